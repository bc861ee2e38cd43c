/*
 * begin.c - somebody comes: to which unit, with what, who takes it in, and what is wrong with it.
 *
 * Twice the same walker is looked at: when the person comes (who will serve them, and when is that
 * person free), and when it is their turn.
 */
#include "simulate/simulate_private.h"

enum { PEOPLE = 400000, GROUP = 30 };

/* --- Where --------------------------------------------------------------------------------------
 */

static int kind_of(const struct unit *unit)
{
    static const char *const kinds[4] = {"city", "town", "village", "park"};

    for (int i = 0; i < 4; i++)
        if (str_is(unit->kind, kinds[i]))
            return i;
    return -1;
}

static int choose_unit(struct sim *sim, struct dice *dice, int channel)
{
    int64_t left = 0;

    if (channel == CHANNEL_HOTLINE)
        return sim->centre;
    for (int pass = 0; pass < 2; pass++) {
        int i = 0;

        if (pass)
            left = dice_below(dice, left);
        LIST_EACH (struct unit, unit, sim->demo.units) {
            int kind = kind_of(unit);
            int64_t weight =
                kind < 0 || (channel == CHANNEL_GRID && kind != 2) ? 0 : sim->habits.visitors[kind];

            if (!pass)
                left += weight;
            else if ((left -= weight) < 0)
                return i;
            i++;
        }
    }
    return sim->centre;
}

static const struct sim_offer *choose_offer(struct sim *sim, struct dice *dice, int unit)
{
    int kind = kind_of(sim_unit(sim, unit));
    int64_t left = dice_below(dice, sim->offer_weights[kind]);
    const struct sim_offer *last = NULL;

    LIST_EACH (struct sim_offer, offer, sim->offers[kind]) {
        last = offer;
        if ((left -= offer->weight) < 0)
            break;
    }
    return last;
}

/* --- Who takes it in ----------------------------------------------------------------------------
 */

static bool registers(const struct actor *actor, int channel, bool of_house)
{
    const char *post = actor->post->code;

    if (of_house)
        return str_is(str_of(post), "head");
    if (channel == CHANNEL_GRID)
        return str_is(str_of(post), "grid");
    return str_is(str_of(post), "clerk") ||
           ((channel == CHANNEL_PHONE || channel == CHANNEL_HOTLINE) &&
            str_is(str_of(post), "lawyer"));
}

/* Of those who could, the one who is free first. */
static int choose_registrar(struct sim *sim, const struct sim_walker *w, bool of_house)
{
    int64_t unit = sim_unit(sim, w->unit)->id, best_at = 0;
    int best = -1;

    for (int i = 0; i < (int)sim_actor_count(sim); i++) {
        const struct actor *actor = sim_actor(sim, i);

        if (actor->unit != unit || !sim_works(sim, i) || !registers(actor, w->channel, of_house))
            continue;
        int64_t free_at = sim->head->free_at[sim->actor_staff[i]];
        int64_t at = sim_at_work(sim, sim->actor_staff[i], w->next > free_at ? w->next : free_at);

        if (best < 0 || at < best_at) {
            best = i;
            best_at = at;
        }
    }
    return best;
}

/* --- What they say ------------------------------------------------------------------------------
 */

static void add_party(struct task *t, struct json *parties, const char *role, struct json *identity)
{
    struct json *party = json_object(t);

    json_put_str(t, party, "role", str_of(role));
    json_put(t, party, S("identity"), identity);
    if (str_is(str_of(role), "agent"))
        json_put_str(t, party, "authority", S("代为申请、提交材料；不得承认、变更请求"));
    json_append(parties, party);
}

static void add_group(struct task *t, struct json *parties, int64_t who)
{
    for (int64_t i = 0; i < GROUP; i++) {
        add_party(t, parties, "applicant", demo_person(t, PEOPLE + who % 900 * GROUP + i, 22, 58));
        if (i < 2)
            json_put_bool(t, parties->last, "represents", true);
    }
}

static void add_people(struct scene *s, struct sim *sim, struct json *input)
{
    struct task *t = s->t;
    struct json *parties = json_list(t);
    int64_t who = dice_below(&s->dice, PEOPLE), what = dice_below(&s->dice, 1000);

    if (s->procedure->nature == NATURE_CONSULTATION && what < sim->habits.anonymous) {
        json_put_bool(t, input, "anonymous", true);
        json_put_str(t, input, "anonymous_reason", S("没带证件"));
        return;
    }
    if (what >= 940) {
        add_party(t, parties, "applicant", demo_firm(t, who));
        add_party(t, parties, "agent", demo_person(t, who, 24, 55));
    } else if (what >= 928) {
        add_party(t, parties, "applicant", demo_person(t, PEOPLE * 2 + who, 9, 16));
        add_party(t, parties, "guardian", demo_person(t, who, 32, 50));
    } else if (what >= 880) {
        add_party(t, parties, "applicant", demo_person(t, PEOPLE * 3 + who, 68, 86));
    } else if (what == 879 && s->procedure->nature == NATURE_HANDLING) {
        add_group(t, parties, who);
    } else {
        add_party(t, parties, "applicant", demo_person(t, who, 20, 68));
        if (what < 40)
            json_put_bool(t, json_get(parties->last, "identity"), "no_message", true);
    }
    json_put(t, input, S("parties"), parties);
}

static void add_materials(struct scene *s, struct sim *sim, struct sim_walker *w,
                          struct json *input, const struct matter *matter)
{
    int64_t what = dice_below(&s->dice, 1000);
    bool missing = what < sim->habits.missing, any = false;
    bool promised = !missing && what < sim->habits.missing + sim->habits.promised;
    struct json *marks = json_list(s->t);

    LIST_EACH (struct material, material, matter->materials) {
        struct json *mark = json_object(s->t);
        bool out = missing && (!any || dice_percent(&s->dice, 30)) && !material->here;

        if (!material->required)
            continue;
        any = any || out;
        json_put_str(s->t, mark, "code", material->code);
        json_put_str(s->t, mark, "state",
                     out                             ? S("missing")
                     : promised && material->promise ? S("promised")
                                                     : S("in"));
        json_append(marks, mark);
    }
    if (any)
        w->flags |= WALKER_MISSING;
    if (promised)
        w->flags |= WALKER_PROMISED;
    if (marks->count)
        json_put(s->t, input, S("materials"), marks);
}

static const struct question *choose_question(struct scene *s, struct sim *sim,
                                              const struct matter *matter)
{
    ptrdiff_t at = matter - (const struct matter *)sim->demo.matters.at;
    struct list fitting = sim->questions[at < 256 ? at : 255];

    if (!fitting.count)
        return NULL;
    return ((const struct question **)fitting.at)[dice_below(&s->dice, (int64_t)fitting.count)];
}

static enum err fill(struct scene *s, struct sim *sim, struct sim_walker *w,
                     const struct matter *matter, const struct actor *actor, struct json *input)
{
    const struct question *question = choose_question(s, sim, matter);
    struct json *fields;

    json_put_str(s->t, input, "matter", matter->code);
    json_put_str(s->t, input, "subject", question ? question->subject : matter->title);
    json_put_str(s->t, input, "content",
                 question ? question->text
                          : str_format(s->t, "来办%.*s。", STR_ARG(matter->title)));
    json_put_str(s->t, input, "channel",
                 str_of(matter->tiers.count ? sim_channel_words[w->channel] : "transfer"));
    add_people(s, sim, input);
    add_materials(s, sim, w, input, matter);
    s->action = S("register");
    s->target = -1;
    s->say = json_object(s->t);
    enum err e = demo_fill(s, &s->procedure->form, actor, &fields);
    if (!e)
        json_put(s->t, input, S("fields"), fields);
    return e;
}

/* --- Registering --------------------------------------------------------------------------------
 */

static bool by_party(const struct sim_walker *w, const struct sim_offer *offer)
{
    return (w->channel == CHANNEL_WEB || w->channel == CHANNEL_KIOSK) && offer->matter->tiers.count;
}

/* Something required is left out, or the number on the card is typed wrongly: the form says so. */
static void try_wrongly(struct sim *sim, struct scene *s, const struct actor *actor,
                        const struct intake *good)
{
    struct json *input = sim_copy(s->t, good->input);
    struct json *parties = json_get(input, "parties");
    struct json *identity = parties ? json_get(parties->first, "identity") : NULL;
    struct intake bad = *good;
    struct act_done done = {0};

    if (json_get_str(identity, "paper_number").len && dice_percent(&s->dice, 60))
        json_put_str(s->t, identity, "paper_number", S("990101198001011230"));
    else
        json_put(s->t, input, s->dice.state & 64 ? S("subject") : S("content"), NULL);
    bad.input = input;
    bad.key = str_format(s->t, "%.*s-x", STR_ARG(good->key));
    sim_tried_wrongly(sim, S("register"), order_create(s->t, actor, &bad, &done));
}

static enum err register_it(struct sim *sim, struct sim_walker *w, struct scene *s,
                            const struct sim_offer *offer, const struct actor *actor)
{
    struct json *input = json_object(s->t);
    struct act_done done = {0};
    struct order order;
    enum err e = fill(s, sim, w, offer->matter, actor, input);

    if (e)
        return e;
    struct intake intake = {
        .input = input,
        .key = str_format(s->t, "s%lld", (long long)w->arrival),
        .unit = actor->kind == ACTOR_PARTY ? sim_unit(sim, w->unit)->id : 0,
    };
    int64_t wrong =
        actor->kind == ACTOR_PARTY ? sim->habits.mistake_party : sim->habits.mistake_staff;
    if (dice_below(&s->dice, 1000) < wrong)
        try_wrongly(sim, s, actor, &intake);
    e = sim_try_create(sim, w, actor, &intake, &done);
    if (e || !done.order)
        return e;
    e = sim_where(sim, done.order, &order);
    if (e)
        return e;
    w->order = done.order;
    w->procedure = (int16_t)offer->procedure;
    sim_add(sim, COUNT_REGISTERED, 1);
    sim->head->figures.by_channel[w->channel]++;
    sim->head->figures.unit_registered[w->unit]++;
    if (actor->kind == ACTOR_STAFF)
        sim_contact(sim, w);
    sim_digest(sim, done.order, s->t->now, done.no);
    sim_follow(sim, w, &order, true);
    return sim_follow_made(sim, &done);
}

enum err sim_begin(struct sim *sim, struct sim_walker *w)
{
    struct scene s = {.d = &sim->demo,
                      .t = sim->st,
                      .w = &sim->demo_walker,
                      .dice = dice_of(sim->options->seed, w->arrival, 5)};
    struct actor party = {.kind = ACTOR_PARTY, .tenant = sim->st->tenant, .name = S("当事人")};
    bool first = !(w->flags & WALKER_CHOSEN);

    if (first)
        w->unit = (int16_t)choose_unit(sim, &s.dice, w->channel);
    s.dice = dice_of(sim->options->seed, w->arrival, 6);
    const struct sim_offer *offer = choose_offer(sim, &s.dice, w->unit);
    if (by_party(w, offer)) {
        s.procedure = sim_procedure(sim, offer->procedure);
        return register_it(sim, w, &s, offer, &party);
    }
    if (first || !sim_works(sim, w->actor)) {
        int actor = choose_registrar(sim, w, !offer->matter->tiers.count);

        if (actor < 0) { /* the only one there may not work now: people go to the centre */
            w->unit = (int16_t)sim->centre;
            s.dice = dice_of(sim->options->seed, w->arrival, 6);
            offer = choose_offer(sim, &s.dice, w->unit);
            actor = choose_registrar(sim, w, !offer->matter->tiers.count);
        }
        if (actor < 0)
            return task_fail(sim->st, ERR_INTERNAL, "没有人能登记");
        w->actor = (int16_t)actor;
        int64_t came = w->next, ms = (40 + dice_below(&s.dice, 81)) * (int64_t)1000;
        w->next = sim_reserve(sim, sim->actor_staff[actor], came, ms);
        w->flags |= WALKER_CHOSEN;
        if (w->next > came) {
            sim_add(sim, COUNT_NEXT_DAY, day_of(w->next) != day_of(came));
            sim_push(sim, w);
            return OK;
        }
    }
    w->flags &= (uint16_t)~WALKER_CHOSEN;
    s.dice = dice_of(sim->options->seed, w->arrival, 7);
    s.procedure = sim_procedure(sim, offer->procedure);
    return register_it(sim, w, &s, offer, sim_actor(sim, w->actor));
}
