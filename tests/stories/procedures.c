/*
 * Every shipped procedure through the engine: each matter of the catalogue from the door to the
 * archive by its plainest way, and then by chance, over every action that a step has (K4-K9, K14,
 * K22, K30, K31, P8). An action is done or refused with a reason; it never fails.
 */
#include "world.h"

#include <string.h>

#include "modules/access/staff.h"
#include "modules/catalog/catalog.h"

enum { PLAIN_ACTS = 40, CHANCE_ACTS = 60, CHANCE_MATTERS = 20 };

/* --- Who can do it --------------------------------------------------------------------------- */

struct people {
    int64_t unit;
    struct str post;
    struct unit at;
    struct list found; /* struct staff_at */
};

static enum err find_people(struct task *t, void *arg)
{
    struct people *people = arg;
    enum err e = org_unit(t, people->unit, &people->at);

    return e ? e : staff_find(t, people->unit, people->post, &people->found);
}

/* Somebody with that post at the unit; false when nobody has it there. */
static bool somebody(struct world *w, int64_t unit, struct str post, uint32_t turn,
                     struct actor *ret_actor)
{
    struct people people = {.unit = unit, .post = post};

    w->home.now = w->now;
    if (store_read(&w->home, find_people, &people))
        fail_msg("people: %.*s", STR_ARG(w->home.note));
    if (!people.found.count)
        return false;
    struct staff_at *one = (struct staff_at *)people.found.at + turn % people.found.count;
    *ret_actor =
        world_actor(w, str_terminated(&w->home, one->login), str_terminated(&w->home, one->post));
    return true;
}

static bool owner_of(struct world *w, const struct order *order, struct actor *ret_actor)
{
    struct people people = {.unit = order->unit};

    w->home.now = w->now;
    if (!order->owner || store_read(&w->home, find_people, &people))
        return false;
    LIST_EACH (struct staff_at, one, people.found) {
        if (one->id != order->owner)
            continue;
        *ret_actor = world_actor(w, str_terminated(&w->home, one->login),
                                 str_terminated(&w->home, one->post));
        return true;
    }
    return false;
}

/* The first who is named by the action and is there: at the order's unit, else at the centre or the
 * bureau. */
static bool who_may(struct world *w, const struct order *order, const struct action_rule *action,
                    uint32_t turn, struct actor *ret_actor)
{
    int64_t places[] = {order->unit, world_unit(w, "LJ01"), world_unit(w, "LJ90")};

    for (size_t i = 0; i < action->by_count; i++) {
        switch (action->by[i]) {
        case ACTING_POST:
            for (size_t p = 0; p < sizeof places / sizeof *places; p++)
                if (somebody(w, places[p], action->by_post[i], turn, ret_actor) &&
                    actor_reaches(ret_actor, order->unit_path, order->owner, order->registrar))
                    return true;
            break;
        case ACTING_OWNER:
            if (owner_of(w, order, ret_actor))
                return true;
            break;
        case ACTING_STAFF:
            if (owner_of(w, order, ret_actor) ||
                somebody(w, order->unit, S("head"), turn, ret_actor))
                return true;
            break;
        case ACTING_PARTY:
            *ret_actor = (struct actor){.kind = ACTOR_PARTY,
                                        .tenant = w->tenant,
                                        .name = S("当事人"),
                                        .order = order->id,
                                        .order_party = 1};
            return true;
        case ACTING_SYSTEM:
        case ACTING_COUNT:
            break; /* the timer's own */
        }
    }
    return false;
}

/* --- What they say --------------------------------------------------------------------------- */

struct look_up {
    struct str code;
    int32_t version;
    struct matter matter;
    const struct procedure *procedure;
    struct list matters;
};

static enum err find_matter(struct task *t, void *arg)
{
    struct look_up *look = arg;

    return catalog_matter(t, look->code, &look->matter);
}

static enum err find_procedure(struct task *t, void *arg)
{
    struct look_up *look = arg;

    return catalog_procedure(t, look->code, look->version, &look->procedure);
}

static struct matter matter_of(struct world *w, struct str code)
{
    struct look_up look = {.code = code};

    if (store_read(&w->home, find_matter, &look))
        fail_msg("matter: %.*s", STR_ARG(w->home.note));
    return look.matter;
}

static const struct procedure *procedure_of(struct world *w, const struct order *order)
{
    struct look_up look = {.code = order->procedure_code,
                           .version = (int32_t)order->procedure_version};

    if (store_read(&w->home, find_procedure, &look))
        fail_msg("procedure: %.*s", STR_ARG(w->home.note));
    return look.procedure;
}

static struct json *materials_in(struct world *w, struct str code)
{
    struct matter matter = matter_of(w, code);
    struct json *list = json_list(&w->home);

    LIST_EACH (struct material, material, matter.materials) {
        struct json *mark = json_object(&w->home);
        json_put_str(&w->home, mark, "code", material->code);
        json_put_str(&w->home, mark, "state", S("in"));
        json_append(list, mark);
    }
    return list;
}

static struct json *some_id(struct world *w, const struct order *order, const struct ask *ask,
                            uint32_t turn)
{
    static const char *const units[] = {"LJ01", "LJ02", "LJ05", "LJ03"};
    struct people people = {.unit = order->unit};

    if (!strcmp(ask->name, "unit") || !strcmp(ask->name, "to_unit"))
        return json_id(&w->home, world_unit(w, units[turn % 4]));
    if (store_read(&w->home, find_people, &people) || !people.found.count)
        return json_id(&w->home, 1);
    return json_id(&w->home, ((struct staff_at *)people.found.at)[turn % people.found.count].id);
}

static struct json *answer(struct world *w, const struct order *order, const struct ask *ask,
                           uint32_t turn)
{
    struct task *t = &w->home;
    size_t choices = 0;

    while (ask->choices && ask->choices[choices].value)
        choices++;
    switch (ask->type) {
    case ASK_CHOICE:
        return choices ? json_str(t, str_of(ask->choices[turn % choices].value)) : NULL;
    case ASK_CHOICES: {
        struct json *list = json_list(t);
        json_append(list, json_str(t, str_of(ask->choices[0].value)));
        return list;
    }
    case ASK_BOOL:
        return json_bool(t, true);
    case ASK_INT:
    case ASK_MONEY:
        return json_int(t, ask->min > 0 ? ask->min : 1);
    case ASK_DAY:
        return json_str(t, day_text(t, day_of(w->now) + 7));
    case ASK_MOMENT:
        return json_str(t, moment_rfc3339(t, w->now));
    case ASK_PHONE:
        return json_str(t, S("13900005678"));
    case ASK_ID_NUMBER:
        return json_str(t, S("990101199003154024"));
    case ASK_CREDIT_CODE:
        return json_str(t, S("91350100M000100Y43"));
    case ASK_ID:
        return some_id(w, order, ask, turn);
    case ASK_LIST:
        return !strcmp(ask->name, "materials") ? materials_in(w, order->matter) : NULL;
    case ASK_OBJECT:
    case ASK_TEXT:
    case ASK_LONG:
        break;
    }
    return ask->type == ASK_OBJECT ? NULL : json_str(t, S("已核实，按规定办理"));
}

static const char *input_for(struct world *w, const struct order *order, const struct form *form,
                             uint32_t turn)
{
    struct json *input = json_object(&w->home);

    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        if (ask->required || ask->type == ASK_BOOL)
            json_put(&w->home, input, str_of(ask->name), answer(w, order, ask, turn));
    return str_terminated(&w->home, json_text(&w->home, input));
}

/* An order that outlives the next request. */
static struct order order_now(struct world *w, int64_t id)
{
    struct order order = world_order(w, id);

    order.matter = world_keep(w, order.matter);
    order.step = world_keep(w, order.step);
    order.status = world_keep(w, order.status);
    order.procedure_code = world_keep(w, order.procedure_code);
    order.unit_path = world_keep(w, order.unit_path);
    return order;
}

/* --- Doing it -------------------------------------------------------------------------------- */

/* A clerk of a unit that offers the matter (K2). */
static struct actor clerk_of(struct world *w, struct matter matter)
{
    static const struct {
        const char *tier, *login;
    } clerks[] = {{"city", "qinfeng"}, {"park", "wenqi"}, {"town", "lumei"}};

    for (size_t i = 0; i < sizeof clerks / sizeof *clerks; i++) {
        LIST_EACH (struct tag, tier, matter.tiers) {
            if (str_is(tier->code, clerks[i].tier))
                return world_actor(w, clerks[i].login, "clerk");
        }
    }
    return world_actor(w, "qinfeng", "clerk");
}

static struct order start(struct world *w, const char *code)
{
    struct look_up look = {.code = matter_of(w, str_of(code)).procedure};
    struct actor clerk = clerk_of(w, matter_of(w, str_of(code)));
    struct order none = {.unit = clerk.unit, .matter = str_of(code)};

    if (store_read(&w->home, find_procedure, &look))
        fail_msg("procedure of %s: %.*s", code, STR_ARG(w->home.note));
    const char *fields = input_for(w, &none, &look.procedure->form, 0);
    struct act_done made = world_create(
        w, &clerk,
        world_f(
            w,
            "{\"matter\":\"%s\",\"channel\":\"window\",\"subject\":\"请求帮助\",\"content\":\"请帮帮我\","
            "\"parties\":[" WORLD_APPLICANT "],\"fields\":%s}",
            code, fields));
    return order_now(w, made.order);
}

/* OK, or refused with a reason.  Anything else is a fault of the procedure or of the engine. */
struct offer {
    const struct actor *actor;
    int64_t order;
    struct str action;
    bool made;
};

static enum err look_whether_offered(struct task *t, void *arg)
{
    struct offer *offer = arg;
    struct actor system = system_actor;
    struct order order;

    system.tenant = t->tenant;
    enum err e = order_load(t, &system, offer->order, &order);
    return e ? e : order_may(t, offer->actor, &order, offer->action, &offer->made);
}

/* Whether the page offers it. */
static bool offered(struct world *w, const struct actor *actor, int64_t order, struct str action)
{
    struct offer offer = {.actor = actor, .order = order, .action = action};

    w->home.now = w->now;
    if (store_read(&w->home, look_whether_offered, &offer))
        fail_msg("offered: %.*s", STR_ARG(w->home.note));
    return offer.made;
}

static enum err do_it(struct world *w, const struct order *order, const struct action_rule *action,
                      uint32_t turn)
{
    struct actor actor;

    if (!who_may(w, order, action, turn, &actor))
        return ERR_FORBIDDEN;
    const char *input = input_for(w, order, &action->form, turn);
    bool may = offered(w, &actor, order->id, action->name);
    enum err e = world_try(w, &actor, order->id, str_terminated(&w->home, action->name), input);
    /* What is offered is refused for what was typed, if at all; what is not offered is refused. */
    if (may && (e == ERR_CONFLICT || e == ERR_FORBIDDEN))
        fail_msg("%.*s / %.*s / %.*s was offered: %.*s", STR_ARG(order->procedure_code),
                 STR_ARG(order->step), STR_ARG(action->name), STR_ARG(w->t.note));
    if (!may && e == OK)
        fail_msg("%.*s / %.*s / %.*s was not offered", STR_ARG(order->procedure_code),
                 STR_ARG(order->step), STR_ARG(action->name));
    if (e == ERR_INTERNAL || e == ERR_STORE || e == ERR_NO_MEMORY || e == ERR_UNCERTAIN ||
        e == ERR_UNAUTHENTICATED)
        fail_msg("%.*s / %.*s / %.*s: %s: %.*s", STR_ARG(order->procedure_code),
                 STR_ARG(order->step), STR_ARG(action->name), err_word(e), STR_ARG(w->t.note));
    /* What is asked for was answered as the form asks: a missing or unknown field is a fault of the
     * form. */
    if (e == ERR_BAD_INPUT && !w->t.field_errors)
        fail_msg("%.*s: bad input without a field", STR_ARG(action->name));
    return e;
}

static bool leads_on(const struct action_rule *action)
{
    return action->to >= 0 || action->to_case_count > 0;
}

static bool leads_away(const struct procedure *p, const struct action_rule *action)
{
    return action->danger || (action->to >= 0 && p->steps[action->to].end && !action->primary);
}

/* The plainest way on: what its button says first; materials come in before. */
static bool step_forward(struct world *w, const struct order *order)
{
    const struct procedure *p = procedure_of(w, order);
    const struct step_rule *step = procedure_step(p, order->step);
    const struct action_rule *materials = step_action(step, S("check-in"));

    if (materials)
        (void)!do_it(w, order, materials, 0);
    for (int primary = 1; primary >= 0; primary--)
        for (uint32_t turn = 0; turn < 3; turn++)
            for (size_t a = 0; a < step->action_count; a++) {
                const struct action_rule *action = &step->actions[a];
                if (action->primary != (primary == 1) || !leads_on(action) || leads_away(p, action))
                    continue;
                struct order now = order_now(w, order->id);
                if (do_it(w, &now, action, turn) == OK)
                    return true;
            }
    return false;
}

static void the_plainest_way_ends(struct world *w, const char *matter)
{
    struct order order = start(w, matter);

    for (int i = 0; i < PLAIN_ACTS && str_is(order.status, "open"); i++) {
        struct str step = order.step;
        if (!step_forward(w, &order))
            fail_msg("%s: nothing leads on from %.*s: %.*s", matter, STR_ARG(step),
                     STR_ARG(w->t.note));
        world_pass(w, "1 hours");
        order = order_now(w, order.id);
    }
    if (!str_is(order.status, "closed"))
        fail_msg("%s: still at %.*s after %d acts", matter, STR_ARG(order.step), PLAIN_ACTS);
}

static enum err find_matters(struct task *t, void *arg)
{
    struct look_up *look = arg;

    return catalog_matters(t, S(""), S(""), &look->matters);
}

static struct list all_matters(struct world *w)
{
    struct look_up look = {0};

    if (store_read(&w->home, find_matters, &look))
        fail_msg("matters: %.*s", STR_ARG(w->home.note));
    return look.matters;
}

static void every_matter_reaches_its_end(void **state)
{
    struct world *w = *state;
    struct list matters = all_matters(w);

    assert_true(matters.count > 40);
    LIST_EACH (struct matter, matter, matters)
        the_plainest_way_ends(w, str_terminated(&w->home, matter->code));
    the_plainest_way_ends(w, "accountability");
    the_plainest_way_ends(w, "supervision");
    the_plainest_way_ends(w, "rating-loop");
    world_verify(w);
}

static uint32_t next_chance(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void chance_finds_no_fault(void **state)
{
    static const char *const matters[] = {"legal-aid-wage", "people-mediation",  "mediation-labour",
                                          "notary-will",    "admin-matter",      "complaint",
                                          "suggestion",     "reconsideration",   "resettlement",
                                          "appraisal",      "accountability",    "supervision",
                                          "rating-loop",    "legal-consultation"};
    struct world *w = *state;
    uint32_t seed = 20261014;
    size_t done = 0;

    for (int m = 0; m < CHANCE_MATTERS; m++) {
        struct order order = start(w, matters[(size_t)m % (sizeof matters / sizeof *matters)]);
        for (int i = 0; i < CHANCE_ACTS; i++) {
            const struct procedure *p = procedure_of(w, &order);
            const struct step_rule *step = procedure_step(p, order.step);
            if (!step->action_count)
                break;
            const struct action_rule *action =
                &step->actions[next_chance(&seed) % step->action_count];
            /* Registered by mistake, merged: too soon over. */
            if (str_is(action->name, "void") || str_is(action->name, "withdraw"))
                continue;
            done += do_it(w, &order, action, next_chance(&seed)) == OK;
            if (i % 7 == 6)
                world_pass(w, "1 days");
            order = order_now(w, order.id);
        }
    }
    assert_true(done > CHANCE_MATTERS * CHANCE_ACTS / 5);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(every_matter_reaches_its_end),
                       cmocka_unit_test(chance_finds_no_fault));
}
