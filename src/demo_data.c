/*
 * demo_data.c - scenarios, phrases and questions, embedded in the program.
 */
#include "demo_private.h"
#include "modules/catalog/node.h"

extern const struct str demo_scenarios_yaml, demo_questions_tsv; /* generated */

static struct list texts_of(struct task *t, const struct node *node)
{
    struct list texts = {0};

    NODE_EACH(item, node)
    *(struct str *)list_add(t, &texts, sizeof(struct str)) = item->text;
    return texts;
}

static struct json *fields_of(struct task *t, const struct node *node)
{
    struct json *fields = json_object(t);

    NODE_EACH(item, node)
    json_put(t, fields, item->key, json_str(t, item->text));
    return fields;
}

static struct scenario read_scenario(struct task *t, const struct node *node)
{
    struct scenario scenario = {
        .procedure = node_text(node, "procedure"),
        .matter = node_text(node, "matter"),
        .at = texts_of(t, node_get(node, "at")),
        .path = texts_of(t, node_get(node, "path")),
        .materials = node_text(node, "materials"),
        .people = node_text(node, "people"),
        .fields = fields_of(t, node_get(node, "fields")),
        .stop = str_is(node_text(node, "then"), "stop"),
        .alone = str_is(node_text(node, "alone"), "true"),
        .spawned = str_is(node_text(node, "spawned"), "true"),
    };

    (void)str_int(node_text(node, "weight"), &scenario.weight);
    (void)str_int(node_text(node, "back"), &scenario.back);
    (void)str_int(node_text(node, "fresh"), &scenario.fresh);
    return scenario;
}

/* The action of an entry of a path: the first word that is no mark. */
static struct str entry_action(struct str entry)
{
    struct str word;

    while (str_cut(&entry, ' ', &word))
        if (word.len && word.at[0] != '~')
            return word;
    return (struct str){0};
}

static bool has_action(const struct procedure *procedure, struct str action)
{
    for (size_t i = 0; i < procedure->step_count; i++)
        if (step_action(&procedure->steps[i], action))
            return true;
    return false;
}

static bool fits(const struct procedure *procedure, const struct scenario *scenario)
{
    LIST_EACH (struct str, entry, scenario->path) {
        struct str action = entry_action(*entry);

        if (action.len && !has_action(procedure, action))
            return false;
    }
    return true;
}

static void add_scenario(struct demo *d, const struct scenario *scenario)
{
    if (!str_is(scenario->procedure, "any")) {
        *(struct scenario *)list_add(d->t, &d->scenarios, sizeof *scenario) = *scenario;
        return;
    }
    LIST_EACH (const struct procedure *, procedure, d->procedures) {
        struct scenario copy = *scenario;

        copy.procedure = (*procedure)->code;
        copy.spawned = str_is(copy.procedure, "rating-loop");
        if (fits(*procedure, &copy))
            *(struct scenario *)list_add(d->t, &d->scenarios, sizeof copy) = copy;
    }
}

static enum err read_scenarios(struct demo *d)
{
    struct list faults = {0};
    const struct node *root =
        node_parse(d->t, S("scenarios.yaml"), demo_scenarios_yaml, NODE_MAX_PROCEDURE, &faults);

    if (!root) {
        const struct fault *fault = faults.at;

        return task_fail(d->t, ERR_INTERNAL, "scenarios.yaml:%d: %.*s", fault->line,
                         STR_ARG(fault->message));
    }
    NODE_EACH(node, node_get(root, "scenarios"))
    {
        struct scenario scenario = read_scenario(d->t, node);

        if (!str_is(scenario.procedure, "any")) {
            const struct procedure *procedure = demo_procedure(d, scenario.procedure);

            if (!procedure || !fits(procedure, &scenario))
                return task_fail(d->t, ERR_INTERNAL, "scenarios.yaml:%d: 没有这个规程或操作",
                                 node->line);
        }
        add_scenario(d, &scenario);
    }
    NODE_EACH(node, node_get(root, "phrases"))
    {
        struct phrase phrase = {node->key, texts_of(d->t, node)};

        *(struct phrase *)list_add(d->t, &d->phrases, sizeof phrase) = phrase;
    }
    return OK;
}

static void read_questions(struct demo *d)
{
    struct str rest = demo_questions_tsv, line;

    while (str_cut(&rest, '\n', &line)) {
        struct question question;

        if (!line.len || line.at[0] == '#')
            continue;
        if (str_cut(&line, '\t', &question.matter) && str_cut(&line, '\t', &question.subject) &&
            str_cut(&line, '\t', &question.text)) {
            (void)str_cut(&line, '\t', &question.answer);
            *(struct question *)list_add(d->t, &d->questions, sizeof question) = question;
        }
    }
}

enum err demo_read_data(struct demo *d)
{
    read_questions(d);
    return read_scenarios(d);
}

static const struct phrase *find(const struct demo *d, struct str key)
{
    LIST_EACH (struct phrase, phrase, d->phrases) {
        if (str_eq(phrase->key, key) && phrase->values.count)
            return phrase;
    }
    return NULL;
}

const struct phrase *demo_phrase(const struct demo *d, struct task *t, struct str procedure,
                                 struct str action, const char *ask)
{
    const struct phrase *phrase =
        find(d, str_format(t, "%.*s.%.*s.%s", STR_ARG(procedure), STR_ARG(action), ask));

    if (!phrase)
        phrase = find(d, str_format(t, "%.*s.%s", STR_ARG(action), ask));
    return phrase ? phrase : find(d, str_of(ask));
}

/* --- Chance ----------------------------------------------------------------------------------- */

static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct dice dice_of(int64_t seed, int64_t a, int64_t b)
{
    return (struct dice){stir(stir(stir((uint64_t)seed) ^ (uint64_t)a) ^ (uint64_t)b)};
}

int64_t dice_below(struct dice *dice, int64_t n)
{
    dice->state = stir(dice->state);
    return n > 0 ? (int64_t)(dice->state % (uint64_t)n) : 0;
}

bool dice_percent(struct dice *dice, int percent)
{
    return dice_below(dice, 100) < percent;
}
