/*
 * demo_begin.c - registering: who comes, with what, where, and who takes it in.
 */
#include "core/time.h"
#include "demo_private.h"

static bool in_list(struct list words, struct str word)
{
    LIST_EACH (struct str, one, words) {
        if (str_eq(*one, word))
            return true;
    }
    return false;
}

static bool offered_at(const struct matter *matter, struct str tier)
{
    LIST_EACH (struct tag, tag, matter->tiers) {
        if (str_eq(tag->code, tier))
            return true;
    }
    return false;
}

static bool suits(const struct scene *s, const struct unit *unit, const struct matter *matter)
{
    const struct scenario *scenario = s->w->scenario;

    if (!str_eq(matter->procedure, scenario->procedure))
        return false;
    if (scenario->matter.len && !str_eq(matter->code, scenario->matter))
        return false;
    if (scenario->at.count && !in_list(scenario->at, unit->kind))
        return false;
    /* Matters of the house itself are begun at the centre. */
    return matter->tiers.count ? offered_at(matter, unit->kind) : unit->id == s->d->centre;
}

/* How often people come to a kind of unit. */
static int64_t visitors_of(const struct unit *unit)
{
    static const struct {
        const char *kind;
        int64_t visitors;
    } kinds[] = {{"city", 9}, {"town", 3}, {"park", 2}, {"village", 1}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(unit->kind, kinds[i].kind))
            return kinds[i].visitors;
    return 0;
}

/* A unit and a matter that go together. */
static bool choose_place(struct scene *s, const struct unit **ret_unit,
                         const struct matter **ret_matter)
{
    int64_t all = 0;

    for (int pass = 0; pass < 2; pass++) {
        int64_t left = pass ? dice_below(&s->dice, all) : 0;

        LIST_EACH (struct unit, unit, s->d->units) {
            LIST_EACH (struct matter, matter, s->d->matters) {
                int64_t weight = suits(s, unit, matter) ? visitors_of(unit) : 0;

                if (!pass) {
                    all += weight;
                } else if (weight && (left -= weight) < 0) {
                    *ret_unit = unit;
                    *ret_matter = matter;
                    return true;
                }
            }
        }
        if (!all)
            return false;
    }
    return false;
}

/* One about this matter; where it has none and people ask about everything, one of its procedure.
 */
static const struct question *choose_question(struct scene *s, const struct matter *matter)
{
    bool broad =
        str_is(matter->procedure, "consultation") || str_is(matter->procedure, "legal-aid");
    struct list fitting = {0};

    for (int wide = 0; wide <= broad && !fitting.count; wide++) {
        LIST_EACH (struct question, question, s->d->questions) {
            bool fits = str_eq(question->matter, matter->code);

            LIST_EACH (struct matter, other, s->d->matters) {
                if (wide && str_eq(other->code, question->matter) &&
                    str_eq(other->procedure, matter->procedure))
                    fits = true;
            }
            if (fits)
                *(struct question **)list_add(s->t, &fitting, sizeof question) = question;
        }
    }
    if (!fitting.count)
        return NULL;
    return ((struct question **)fitting.at)[dice_below(&s->dice, (int64_t)fitting.count)];
}

static void add_party(struct scene *s, struct json *parties, const char *role,
                      struct json *identity)
{
    struct json *party = json_object(s->t);

    json_put_str(s->t, party, "role", str_of(role));
    json_put(s->t, party, S("identity"), identity);
    if (str_is(str_of(role), "agent"))
        json_put_str(s->t, party, "authority", S("代为申请、提交材料；不得承认、变更请求"));
    json_append(parties, party);
}

static void add_people(struct scene *s, struct json *input)
{
    struct task *t = s->t;
    struct str people = s->w->scenario->people;
    struct json *parties = json_list(t);
    int64_t who = dice_below(&s->dice, DEMO_POOL);

    if (str_is(people, "anonymous")) {
        json_put_bool(t, input, "anonymous", true);
        json_put_str(t, input, "anonymous_reason",
                     dice_percent(&s->dice, 50) ? S("没带证件") : S("家庭暴力，不愿留姓名"));
        return;
    }
    if (str_is(people, "firm")) {
        add_party(s, parties, "applicant", demo_firm(t, who));
        add_party(s, parties, "agent", demo_person(t, who, 24, 55));
    } else if (str_is(people, "minor")) {
        add_party(s, parties, "applicant", demo_person(t, 2000 + who, 9, 16));
        add_party(s, parties, "guardian", demo_person(t, who, 32, 50));
    } else if (str_is(people, "thirty")) {
        enum { WORKERS = 30 };

        for (int64_t i = 0; i < WORKERS; i++) {
            struct json *worker = demo_person(t, 3000 + who % 50 * WORKERS + i, 22, 58);
            struct json *green = json_list(t);

            json_append(green, json_str(t, S("migrant-worker")));
            json_put(t, worker, S("green"), green);
            add_party(s, parties, "applicant", worker);
            if (i < 2)
                json_put_bool(t, parties->last, "represents", true);
        }
    } else if (str_is(people, "relative")) {
        add_party(s, parties, "applicant", demo_relative(t));
    } else if (str_is(people, "elderly")) {
        add_party(s, parties, "applicant", demo_person(t, 2500 + who, 68, 86));
    } else {
        add_party(s, parties, "applicant", demo_person(t, who, 20, 68));
        if (str_is(people, "danger"))
            json_put_bool(t, json_get(parties->last, "identity"), "no_message", true);
    }
    json_put(t, input, S("parties"), parties);
}

static void add_materials(struct scene *s, struct json *input, const struct matter *matter)
{
    struct str way = s->w->scenario->materials;
    struct json *marks = json_list(s->t);

    LIST_EACH (struct material, material, matter->materials) {
        bool leave_out = str_is(way, "missing") && !material->here && marks->count > 0;
        bool promise = str_is(way, "promised") && material->promise;
        struct json *mark = json_object(s->t);

        if (!material->required)
            continue;
        json_put_str(s->t, mark, "code", material->code);
        json_put_str(s->t, mark, "state",
                     promise     ? S("promised")
                     : leave_out ? S("missing")
                                 : S("in"));
        json_append(marks, mark);
    }
    /* With a single material there is nothing else that could be missing. */
    if (str_is(way, "missing") && marks->count) {
        bool any = false;

        JSON_EACH (mark, marks)
            any = any || str_is(json_get_str(mark, "state"), "missing");
        if (!any)
            json_put_str(s->t, marks->last, "state", S("missing"));
    }
    if (marks->count)
        json_put(s->t, input, S("materials"), marks);
}

static const struct window *choose_window(struct scene *s, int64_t unit)
{
    struct list there = {0};

    LIST_EACH (struct window, window, s->d->windows) {
        if (window->unit == unit)
            *(struct window **)list_add(s->t, &there, sizeof window) = window;
    }
    if (!there.count)
        return NULL;
    return ((struct window **)there.at)[dice_below(&s->dice, (int64_t)there.count)];
}

/* Somebody at the unit who may register; at the centre only the head begins what is the house's. */
static bool choose_registrar(struct scene *s, const struct unit *unit, const struct matter *matter,
                             struct actor *ret_actor)
{
    static const char *const at_counter[] = {"clerk", "lawyer", NULL};
    static const char *const inside[] = {"head", NULL};
    bool advice = s->procedure->nature == NATURE_CONSULTATION;
    struct list there = {0};

    LIST_EACH (struct actor, actor, s->d->actors) {
        const char *const *codes = matter->tiers.count ? at_counter : inside;

        for (; *codes; codes++) {
            if (actor->unit != unit->id || !str_is(str_of(actor->post->code), *codes) ||
                (!advice && str_is(str_of(*codes), "lawyer") && there.count))
                continue;
            *(struct actor *)list_add(s->t, &there, sizeof *actor) = *actor;
        }
    }
    if (!there.count)
        return false;
    *ret_actor = ((struct actor *)there.at)[dice_below(&s->dice, (int64_t)there.count)];
    return true;
}

static struct str choose_channel(struct scene *s, bool inside)
{
    static const char *const channels[] = {
        "window", "window", "window", "window", "window",  "window",  "window",   "window",
        "window", "window", "phone",  "phone",  "hotline", "hotline", "transfer", "paper"};

    if (inside)
        return S("transfer");
    return str_of(channels[dice_below(&s->dice, (int64_t)(sizeof channels / sizeof *channels))]);
}

static enum err fill_fields(struct scene *s, struct json *input, const struct actor *actor)
{
    struct json *fields;

    s->action = S("register");
    s->target = -1;
    s->say = s->w->scenario->fields;
    enum err e = demo_fill(s, &s->procedure->form, actor, &fields);
    if (!e)
        json_put(s->t, input, S("fields"), fields);
    return e;
}

static void say_what_it_is(struct scene *s, struct json *input, const struct matter *matter)
{
    const struct question *question = choose_question(s, matter);

    json_put_str(s->t, input, "matter", matter->code);
    json_put_str(s->t, input, "subject", question ? question->subject : matter->title);
    json_put_str(s->t, input, "content",
                 question ? question->text
                          : str_format(s->t, "来办%.*s。", STR_ARG(matter->title)));
    s->w->subject = question ? question->subject : matter->title;
    s->w->answer = question ? question->answer : (struct str){0};
}

enum err demo_begin(struct scene *s, struct deed *deed)
{
    struct json *input = json_object(s->t);
    const struct matter *matter;
    const struct unit *unit;

    s->procedure = demo_procedure(s->d, s->w->scenario->procedure);
    if (!choose_place(s, &unit, &matter) || !choose_registrar(s, unit, matter, &deed->actor))
        return OK;
    say_what_it_is(s, input, matter);
    json_put_str(s->t, input, "channel", choose_channel(s, !matter->tiers.count));
    add_people(s, input);
    add_materials(s, input, matter);
    bool advice = s->procedure->nature == NATURE_CONSULTATION;
    bool by_web = str_is(unit->kind, "city") && !advice && matter->tiers.count &&
                  !s->w->scenario->back && dice_percent(&s->dice, 18);
    const struct window *window = choose_window(s, unit->id);

    if (by_web) {
        json_put_str(s->t, input, "channel", S("web"));
        deed->actor =
            (struct actor){.kind = ACTOR_PARTY, .tenant = s->t->tenant, .name = S("当事人")};
    } else if (window && str_is(json_get_str(input, "channel"), "window")) {
        json_put_id(s->t, input, "window", window->id);
    }
    enum err e = fill_fields(s, input, &deed->actor);
    if (e)
        return e;
    deed->kind = DEED_CREATE;
    deed->intake = (struct intake){.input = input};
    if (s->w->scenario->back) {
        deed->intake.occurred_at = s->t->now - s->w->scenario->back * DAY_MS;
        deed->intake.back_reason = S("下村办理，当天没有网络，回来补登");
    }
    return OK;
}
