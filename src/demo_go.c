/*
 * demo_go.c - the next act of an order: what its path says, else the usual way.
 */
#include <limits.h>

#include "demo_private.h"

enum { ACTORS_TRIED = 6, USUAL_MOST = 14, WAITS_MOST = 140 };

struct entry { /* of a path, read */
    struct str action, by;
    struct json *say;
    bool timer;
};

static struct entry read_entry(struct task *t, struct str text)
{
    struct entry entry = {.say = json_object(t)};
    struct str word;

    while (str_cut(&text, ' ', &word)) {
        struct str name;

        if (str_is(word, "~timer"))
            entry.timer = true;
        else if (str_starts(word, S("~by:")))
            entry.by = str_from(word, 4);
        else if (!word.len || word.at[0] == '~')
            continue;
        else if (str_find(word, S("=")) != SIZE_MAX && str_cut(&word, '=', &name))
            json_put(t, entry.say, name, json_str(t, word));
        else
            entry.action = word;
    }
    return entry;
}

/* --- Who --- */

static bool by_kind(const struct action_rule *rule, enum acting kind)
{
    for (size_t i = 0; i < rule->by_count; i++)
        if (rule->by[i] == kind)
            return true;
    return false;
}

static bool by_system_alone(const struct action_rule *rule)
{
    return rule->by_count == 1 && by_kind(rule, ACTING_SYSTEM);
}

static bool given_to(const struct scene *s, const struct action_rule *rule,
                     const struct actor *actor)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);

    for (size_t i = 0; i < rule->by_count; i++) {
        if (rule->by[i] == ACTING_POST && str_is(rule->by_post[i], actor->post->code))
            return true;
        if (rule->by[i] == ACTING_OWNER && s->order.owner == actor->staff)
            return true;
        if (rule->by[i] != ACTING_STAFF)
            continue;
        /* Anybody in reach may; those at the desk do. */
        if (s->order.owner == actor->staff)
            return true;
        for (size_t d = 0; d < step->desk_count; d++)
            if (str_is(step->desk[d], actor->post->code))
                return true;
    }
    return false;
}

/* The owner first, then those nearest to the order's unit. */
static int64_t nearness(struct scene *s, const struct actor *actor)
{
    int64_t near = (int64_t)actor->unit_path.len * 1000 + dice_below(&s->dice, 1000);

    if (s->order.owner == actor->staff)
        near += 1000000;
    return actor->unit == s->order.unit ? near + 500000 : near;
}

static bool allows(struct scene *s, const struct actor *actor, struct str action)
{
    struct list actions;

    if (order_actions(s->t, actor, &s->order, &actions))
        return false;
    LIST_EACH (struct action_view, view, actions) {
        if (str_eq(view->name, action))
            return view->allowed;
    }
    return false;
}

/* Only one person may: everybody is asked. */
static bool for_one_person(const struct action_rule *rule)
{
    for (size_t i = 0; i < rule->when_count; i++)
        if (rule->when[i] == COND_IS_THE_PERSON || rule->when[i] == COND_WAS_RATED)
            return true;
    return false;
}

static bool find_staff(struct scene *s, const struct action_rule *rule, struct str by,
                       struct actor *ret_actor)
{
    int64_t below = INT64_MAX;

    int most = for_one_person(rule) ? INT_MAX : ACTORS_TRIED;

    for (int tried = 0; tried < most; tried++) {
        const struct actor *best = NULL;
        struct dice again = s->dice; /* the same throws for everybody in each round */
        int64_t best_near = -1;

        s->dice = dice_of(s->d->options->seed, s->w->index, s->w->turn);
        LIST_EACH (struct actor, actor, s->d->actors) {
            int64_t near;

            if ((by.len && !str_is(by, actor->post->code)) || !given_to(s, rule, actor) ||
                !actor_reaches(actor, s->order.unit_path, s->order.owner, s->order.registrar))
                continue;
            near = nearness(s, actor);
            if (near < below && near > best_near) {
                best = actor;
                best_near = near;
            }
        }
        s->dice = again;
        if (!best)
            return false;
        if (allows(s, best, rule->name)) {
            *ret_actor = *best;
            return true;
        }
        below = best_near;
    }
    return false;
}

static bool find_actor(struct scene *s, const struct action_rule *rule, struct str by,
                       struct actor *ret_actor)
{
    bool party_may = by_kind(rule, ACTING_PARTY) && s->order.party_count > 0;
    bool party_wanted = str_is(by, "party") || (!by.len && dice_percent(&s->dice, 45));
    struct actor party = {.kind = ACTOR_PARTY,
                          .tenant = s->t->tenant,
                          .name = S("当事人"),
                          .order = s->order.id,
                          .order_party = 1};

    if (party_may && party_wanted && allows(s, &party, rule->name)) {
        *ret_actor = party;
        return true;
    }
    if (!str_is(by, "party") && find_staff(s, rule, by, ret_actor))
        return true;
    if (!party_may || by.len || !allows(s, &party, rule->name))
        return false;
    *ret_actor = party;
    return true;
}

/* --- What --- */

static enum err make_deed(struct scene *s, const struct action_rule *rule,
                          const struct actor *actor, const struct json *say, struct deed *deed)
{
    struct json *input;

    s->action = rule->name;
    s->target = rule->to >= 0 ? rule->to : -1;
    s->say = say;
    enum err e = demo_fill(s, &rule->form, actor, &input);
    deed->act = (struct act){.order = s->order.id, .action = rule->name, .input = input};
    for (size_t i = 0; !e && i < rule->effect_count; i++)
        if (rule->effects[i].effect == EFFECT_ATTACH)
            e = demo_files(s, &deed->act.files);
    deed->kind = DEED_ACT;
    deed->actor = *actor;
    return e;
}

/* Before they act on what lies in a queue, people often put it on their own list. */
static bool takes_first(struct scene *s, const struct action_rule *rule, const struct actor *actor)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);

    if (s->order.owner || s->w->taken || actor->kind != ACTOR_STAFF ||
        s->procedure->nature == NATURE_CONSULTATION || step->end)
        return false;
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == EFFECT_TAKE || rule->effects[i].effect == EFFECT_ASSIGN ||
            rule->effects[i].effect == EFFECT_TRANSFER ||
            rule->effects[i].effect == EFFECT_RETURN_TRANSFER)
            return false;
    for (size_t i = 0; i < step->desk_count; i++)
        if (str_is(step->desk[i], actor->post->code))
            return dice_percent(&s->dice, 65) && allows(s, actor, S("take"));
    return false;
}

static enum err do_action(struct scene *s, const struct action_rule *rule,
                          const struct actor *actor, const struct json *say, bool of_path,
                          struct deed *deed)
{
    const struct action_rule *take;

    if (takes_first(s, rule, actor)) {
        take = step_action(procedure_step(s->procedure, s->order.step), S("take"));
        if (take)
            return make_deed(s, take, actor, json_object(s->t), deed);
    }
    deed->of_path = of_path;
    return make_deed(s, rule, actor, say, deed);
}

/* Ways off the usual one: only a path takes them. */
static bool leads_astray(struct str action)
{
    static const char *const words[] = {"withdraw",
                                        "void",
                                        "merge",
                                        "transfer",
                                        "guide",
                                        "refuse",
                                        "end-calls",
                                        "reopen",
                                        "object",
                                        "ask-again",
                                        "failed",
                                        "settle",
                                        "no-fault",
                                        "no-ground",
                                        "to-bureau",
                                        "again",
                                        "send-back",
                                        "contest",
                                        "postpone",
                                        "return-transfer",
                                        "return-routing",
                                        "ask-centre",
                                        "deny",
                                        "aid-first",
                                        "reappoint",
                                        "ask-centre-routing",
                                        "complain",
                                        "rate-later",
                                        "decide-and-account",
                                        "receive-by-bureau",
                                        "lapse",
                                        "investigate-self",
                                        "without-report",
                                        "without-explanation",
                                        "aid-termination"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(action, words[i]))
            return true;
    return false;
}

enum rank { RANK_PRIMARY, RANK_HELP, RANK_OTHER, RANK_COUNT };

/* In which round an action of the usual way is looked at; RANK_COUNT: in none. */
static enum rank rank_of(const struct action_rule *rule)
{
    static const char *const helpers[] = {"hand-in", "check-in", "resume", "made-good", "made-up"};

    if (by_system_alone(rule))
        return RANK_COUNT;
    if (rule->primary)
        return RANK_PRIMARY;
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        if (str_is(rule->name, helpers[i]))
            return RANK_HELP;
    if (rule->to == TO_STAY || rule->danger || leads_astray(rule->name))
        return RANK_COUNT;
    return RANK_OTHER;
}

static bool materials_wanting(struct scene *s)
{
    struct list materials;

    if (order_materials(s->t, &s->order, &materials))
        return false;
    LIST_EACH (struct material_view, material, materials) {
        if (material->required && !str_is(material->state, "in"))
            return true;
    }
    return false;
}

static bool helps_now(struct scene *s, struct str action)
{
    if (str_is(action, "hand-in"))
        return materials_wanting(s) && s->w->usual % 2 == 0;
    return !str_is(action, "check-in") || materials_wanting(s);
}

/* Nobody here has the post for it: to a unit that has. */
static enum err send_on(struct scene *s, const struct step_rule *step, struct deed *deed)
{
    const struct action_rule *transfer = step_action(step, S("transfer"));
    struct actor actor;

    if (!transfer || !find_actor(s, transfer, (struct str){0}, &actor))
        return OK;
    return make_deed(s, transfer, &actor, json_object(s->t), deed);
}

static enum err usual_way(struct scene *s, struct deed *deed)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);

    for (enum rank rank = RANK_PRIMARY; rank < RANK_COUNT; rank++)
        for (size_t i = 0; i < step->action_count; i++) {
            const struct action_rule *rule = &step->actions[i];
            struct actor actor;

            if (rank_of(rule) != rank || (rank == RANK_HELP && !helps_now(s, rule->name)) ||
                !find_actor(s, rule, (struct str){0}, &actor))
                continue;
            return do_action(s, rule, &actor, json_object(s->t), false, deed);
        }
    deed->kind = DEED_WAIT;
    return s->w->waited > 1 ? send_on(s, step, deed) : OK;
}

/* What the owner alone may do, or what takes it away from them, needs one. */
static bool needs_owner(const struct scene *s, const struct action_rule *rule)
{
    bool of_owner = rule->by_count == 1 && by_kind(rule, ACTING_OWNER);

    for (size_t i = 0; i < rule->effect_count; i++)
        of_owner = of_owner || rule->effects[i].effect == EFFECT_RECUSE;
    return of_owner && !s->order.owner;
}

static enum err take_it(struct scene *s, struct deed *deed)
{
    const struct action_rule *take =
        step_action(procedure_step(s->procedure, s->order.step), S("take"));
    struct actor actor;

    if (!take || !find_actor(s, take, (struct str){0}, &actor))
        return OK;
    return make_deed(s, take, &actor, json_object(s->t), deed);
}

/* --- The path --- */

static enum err wait_for_timer(struct scene *s, struct deed *deed)
{
    deed->of_path = false;
    deed->kind = DEED_WAIT;
    if (++s->w->waited > WAITS_MOST)
        deed->end = true;
    return OK;
}

/* Merging and linking need another open order; there may be none yet. */
static bool finds_its_other(const struct action_rule *rule, const struct deed *deed)
{
    for (size_t i = 0; i < rule->effect_count && str_eq(deed->act.action, rule->name); i++) {
        enum effect effect = rule->effects[i].effect;

        if ((effect == EFFECT_MERGE && !json_get_str(deed->act.input, "into").len) ||
            (effect == EFFECT_LINK && !json_get_str(deed->act.input, "other").len))
            return false;
    }
    return true;
}

/* Trying ends only after enough of it, on other days: once more. */
static enum err try_again(struct scene *s, const struct step_rule *step, struct deed *deed)
{
    for (size_t i = 0; i < step->action_count; i++) {
        const struct action_rule *rule = &step->actions[i];
        struct actor actor;

        for (size_t k = 0; k < rule->effect_count && rule->to == TO_STAY; k++)
            if (rule->effects[k].effect == EFFECT_CALL &&
                find_actor(s, rule, (struct str){0}, &actor))
                return do_action(s, rule, &actor, json_object(s->t), false, deed);
    }
    return OK;
}

/* An extension is asked for before the date, and decided on when it was asked for; otherwise that
 * part of the path is passed over. */
static bool comes_too_late(struct scene *s, const struct action_rule *rule, const struct json *say)
{
    bool asks = false, decides = false, asked = false, overdue = false;
    struct list duties;

    for (size_t i = 0; i < rule->effect_count; i++)
        asks = asks || rule->effects[i].effect == EFFECT_ASK_EXTENSION;
    for (size_t i = 0; i < rule->close_count; i++)
        decides =
            decides || str_is(s->procedure->duties[rule->closes[i]].name, "approve-extension");
    if ((!asks && !decides) || order_duties(s->t, &s->order, false, &duties))
        return false;
    LIST_EACH (struct duty_view, duty, duties) {
        asked = asked || (duty->open && str_is(duty->name, "approve-extension"));
        overdue = overdue ||
                  (duty->open && duty->overdue && str_eq(duty->name, json_get_str(say, "duty")));
    }
    return asks ? overdue : !asked;
}

enum err demo_go(struct scene *s, struct deed *deed)
{
    struct walker *w = s->w;
    struct actor system = system_actor, actor;
    enum err e;

    system.tenant = s->t->tenant;
    e = order_load(s->t, &system, w->order, &s->order);
    if (!e)
        e = order_procedure(s->t, &s->order, &s->procedure);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    bool moved = demo_stands(s->d, w, &s->order); /* by a timer, or by another order */

    while (w->at < w->scenario->path.count) {
        struct entry entry = read_entry(s->t, ((struct str *)w->scenario->path.at)[w->at]);
        const struct action_rule *rule = entry.timer ? NULL : step_action(step, entry.action);

        if (entry.timer && !(moved && w->waited))
            return wait_for_timer(s, deed);
        if (rule && comes_too_late(s, rule, entry.say)) {
            w->at++;
            continue;
        }
        if (rule && needs_owner(s, rule)) {
            e = take_it(s, deed);
            if (e || deed->kind == DEED_ACT)
                return e;
        }
        if (rule && find_actor(s, rule, entry.by, &actor)) {
            e = do_action(s, rule, &actor, entry.say, true, deed);
            return e || finds_its_other(rule, deed) ? e : wait_for_timer(s, deed);
        }
        if (rule && rule->tries) {
            e = try_again(s, step, deed);
            if (e || deed->kind == DEED_ACT)
                return e;
        }
        if (!entry.timer && !step->end && w->usual < USUAL_MOST) {
            e = usual_way(s, deed);
            if (e || deed->kind == DEED_ACT)
                return e;
        }
        w->at++; /* it never comes, or the timer has moved the order */
        w->usual = 0;
        w->waited = 0;
    }
    deed->end = w->scenario->stop || step->end;
    if (deed->end || ++w->waited > WAITS_MOST) {
        deed->kind = DEED_NOTHING;
        deed->end = true;
        return OK;
    }
    return usual_way(s, deed);
}
