/* setup.c - the city as it was installed: tables that are made once. */
#include "modules/access/staff.h"
#include "modules/org/org.h"
#include "simulate/simulate_private.h"

int sim_unit_index(const struct sim *sim, int64_t id)
{
    int i = 0;

    LIST_EACH (struct unit, unit, sim->demo.units) {
        if (unit->id == id)
            return i;
        i++;
    }
    return -1;
}

int sim_procedure_index(const struct sim *sim, struct str code)
{
    int i = 0;

    LIST_EACH (const struct procedure *, procedure, sim->demo.procedures) {
        if (str_eq((*procedure)->code, code))
            return i;
        i++;
    }
    return -1;
}

static int staff_index(struct sim *sim, int64_t id)
{
    for (int i = 0; i < sim->staff_count; i++)
        if (sim->staff_id[i] == id)
            return i;
    sim->staff_id[sim->staff_count] = id;
    return sim->staff_count++;
}

/* Several grants of one person share the hours of that person. */
static enum err read_staff(struct sim *sim)
{
    int i = 0;

    LIST_EACH (struct actor, actor, sim->demo.actors) {
        int staff = staff_index(sim, actor->staff);

        if (staff >= SIM_STAFF - 1 || i >= SIM_STAFF * 2 - 1)
            return task_fail(sim->t, ERR_INTERNAL, "城市的人员太多");
        if (!sim->staff_name[staff].len) {
            sim->staff_name[staff] = actor->name;
            sim->staff_post[staff] = str_of(actor->post->title);
            sim->staff_unit[staff] = sim_unit_index(sim, actor->unit);
        }
        sim->actor_staff[i++] = staff;
    }
    return OK;
}

static const char *const kinds[4] = {"city", "town", "village", "park"};

static bool offered(const struct matter *matter, const char *kind)
{
    LIST_EACH (struct tag, tier, matter->tiers) {
        if (str_is(tier->code, kind))
            return true;
    }
    return !matter->tiers.count && str_is(str_of(kind), "city");
}

static void read_offers(struct sim *sim)
{
    for (int kind = 0; kind < 4; kind++) {
        int64_t matters[SIM_PROCEDURES] = {0};

        for (int pass = 0; pass < 2; pass++)
            LIST_EACH (struct matter, matter, sim->demo.matters) {
                int procedure = sim_procedure_index(sim, matter->procedure);

                if (procedure < 0 || !offered(matter, kinds[kind]) ||
                    !sim->habits.procedures[procedure])
                    continue;
                if (!pass) {
                    matters[procedure]++;
                    continue;
                }
                /* A matter of the house itself is begun by the centre, and seldom. */
                int64_t weight = sim->habits.procedures[procedure] * 1000 / matters[procedure];
                *(struct sim_offer *)list_add(sim->t, &sim->offers[kind],
                                              sizeof(struct sim_offer)) =
                    (struct sim_offer){matter, procedure, weight};
                sim->offer_weights[kind] += weight;
            }
    }
}

/* What people say about a matter; where nothing is written down for it and people ask about
 * everything, what they say about others of its procedure. */
static void read_questions(struct sim *sim)
{
    size_t i = 0;

    LIST_EACH (struct matter, matter, sim->demo.matters) {
        bool broad =
            str_is(matter->procedure, "consultation") || str_is(matter->procedure, "legal-aid");

        for (int wide = 0; wide <= broad && i < 256 && !sim->questions[i].count; wide++)
            LIST_EACH (struct question, question, sim->demo.questions) {
                bool fits = str_eq(question->matter, matter->code);

                LIST_EACH (struct matter, other, sim->demo.matters) {
                    fits = fits || (wide && str_eq(other->code, question->matter) &&
                                    str_eq(other->procedure, matter->procedure));
                }
                if (fits)
                    *(const struct question **)list_add(sim->t, &sim->questions[i],
                                                        sizeof question) = question;
            }
        i++;
    }
}

static enum err check_sizes(struct sim *sim)
{
    LIST_EACH (const struct procedure *, procedure, sim->demo.procedures) {
        if ((*procedure)->step_count > SIM_STEPS)
            return task_fail(sim->t, ERR_INTERNAL, "规程的环节太多");
        for (size_t i = 0; i < (*procedure)->step_count; i++)
            if ((*procedure)->steps[i].action_count > SIM_ACTIONS)
                return task_fail(sim->t, ERR_INTERNAL, "环节的操作太多");
    }
    if (sim->demo.procedures.count > SIM_PROCEDURES || sim->demo.units.count > SIM_UNITS ||
        sim->demo.matters.count > 256)
        return task_fail(sim->t, ERR_INTERNAL, "城市太大");
    return OK;
}

enum err sim_read_city(struct task *t, void *arg)
{
    struct sim *sim = arg;
    enum err e = demo_read_city(t, &sim->demo);

    if (!e)
        e = demo_read_data(&sim->demo);
    if (!e)
        e = check_sizes(sim);
    if (!e)
        e = read_staff(sim);
    if (!e)
        e = sim_read_habits(sim);
    if (e)
        return e;
    read_offers(sim);
    read_questions(sim);
    int i = 0;
    LIST_EACH (struct unit, unit, sim->demo.units)
        sim->unit_parent[i++] = sim_unit_index(sim, unit->parent);
    sim->centre = sim_unit_index(sim, sim->demo.centre);
    return OK;
}
