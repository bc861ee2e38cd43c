/* habits.c - data/simulate/habits.yaml: how often people do what. */
#include "modules/catalog/node.h"
#include "simulate/simulate_private.h"

extern const struct str simulate_habits_yaml; /* generated */

enum { USUAL = 1000, SELDOM = 12, DANGEROUS = 4 };

static int64_t number_at(const struct node *map, struct str key, int64_t otherwise)
{
    const struct node *node = node_find(map, key);
    int64_t number;

    return node && str_int(node->text, &number) ? number : otherwise;
}

static int64_t named(const struct node *map, const char *key)
{
    return number_at(map, str_of(key), 0);
}

static int64_t weight_of(struct task *t, const struct node *actions,
                         const struct procedure *procedure, const struct step_rule *step,
                         const struct action_rule *rule)
{
    bool by_people = false;
    int64_t weight = rule->primary ? USUAL : rule->danger ? DANGEROUS : SELDOM;

    for (size_t i = 0; i < rule->by_count; i++)
        by_people = by_people || rule->by[i] != ACTING_SYSTEM;
    if (!by_people)
        return 0;
    if (!rule->primary)
        weight = number_at(actions, rule->name, weight);
    weight = number_at(
        actions, str_format(t, "%.*s/%.*s", STR_ARG(procedure->code), STR_ARG(rule->name)), weight);
    return number_at(actions,
                     str_format(t, "%.*s/%.*s/%.*s", STR_ARG(procedure->code), STR_ARG(step->name),
                                STR_ARG(rule->name)),
                     weight);
}

static void read_weights(struct sim *sim, const struct node *actions)
{
    int p = 0;

    LIST_EACH (const struct procedure *, procedure, sim->demo.procedures) {
        for (size_t s = 0; s < (*procedure)->step_count; s++) {
            const struct step_rule *step = &(*procedure)->steps[s];

            for (size_t a = 0; a < step->action_count; a++)
                sim->habits.weight[p][s][a] =
                    (int16_t)weight_of(sim->t, actions, *procedure, step, &step->actions[a]);
        }
        p++;
    }
}

static void read_times(struct sim_habits *h, struct task *t, const struct node *root)
{
    const struct node *weekdays = node_get(root, "weekdays"), *hours = node_get(root, "hours");

    for (int i = 1; i <= 7; i++)
        h->weekday[i] = number_at(weekdays, str_format(t, "%d", i), 100);
    for (int i = 0; i < 24; i++)
        h->hours[i] = number_at(hours, str_format(t, "%d", i), 0);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        h->channels[i] = named(node_get(root, "channels"), sim_channel_words[i]);
    h->overload_percent = named(node_get(root, "overload"), "percent");
    h->overload_times = named(node_get(root, "overload"), "times");
}

static void read_visitors(struct sim_habits *h, const struct node *visitors)
{
    h->visitors[0] = named(visitors, "city");
    h->visitors[1] = named(visitors, "town");
    h->visitors[2] = named(visitors, "village");
    h->visitors[3] = named(visitors, "park");
}

static void read_shares(struct sim_habits *h, const struct node *shares)
{
    h->mistake_staff = named(shares, "mistake-staff");
    h->mistake_party = named(shares, "mistake-party");
    h->missing = named(shares, "missing");
    h->promised = named(shares, "promised");
    h->never = named(shares, "never");
    h->late = named(shares, "late");
    h->anonymous = named(shares, "anonymous");
    h->sick = named(shares, "sick");
    h->rate = named(shares, "rate");
    h->complain = named(shares, "complain");
    h->ask_again = named(shares, "ask-again");
    h->object = named(shares, "object");
    h->leave = named(shares, "leave-weeks");
}

enum err sim_read_habits(struct sim *sim)
{
    struct list faults = {0};
    const struct node *root =
        node_parse(sim->t, S("habits.yaml"), simulate_habits_yaml, NODE_MAX_PROCEDURE, &faults);
    int p = 0;

    if (!root) {
        const struct fault *fault = faults.at;

        return task_fail(sim->t, ERR_INTERNAL, "habits.yaml:%d: %.*s", fault->line,
                         STR_ARG(fault->message));
    }
    read_times(&sim->habits, sim->t, root);
    read_visitors(&sim->habits, node_get(root, "visitors"));
    read_shares(&sim->habits, node_get(root, "thousandths"));
    LIST_EACH (const struct procedure *, procedure, sim->demo.procedures)
        sim->habits.procedures[p++] =
            number_at(node_get(root, "procedures"), (*procedure)->code, 0);
    read_weights(sim, node_get(root, "actions"));
    return OK;
}
