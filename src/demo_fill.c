/*
 * demo_fill.c - answers to what a form asks: said by the path, written down in the phrases, or
 * invented to suit the type.
 */
#include "core/time.h"
#include "demo_private.h"
#include "modules/access/staff.h"

extern const struct str demo_scan_png; /* generated */

static struct str phrase_for(struct scene *s, const struct ask *ask)
{
    const struct phrase *phrase = demo_phrase(s->d, s->t, s->procedure->code, s->action, ask->name);

    if (!phrase)
        return (struct str){0};
    return ((struct str *)phrase->values.at)[dice_below(&s->dice, (int64_t)phrase->values.count)];
}

/* --- Units ------------------------------------------------------------------------------------ */

static const struct unit *random_unit(struct scene *s, const char *kind, int64_t parent)
{
    struct list there = {0};

    LIST_EACH (struct unit, unit, s->d->units) {
        if (str_is(unit->kind, kind) && (!parent || unit->parent == parent))
            *(struct unit **)list_add(s->t, &there, sizeof unit) = unit;
    }
    if (!there.count)
        return NULL;
    return ((struct unit **)there.at)[dice_below(&s->dice, (int64_t)there.count)];
}

/* Where it goes: reports go up to the centre, simple disputes down, other work to the neighbour
 * above; the centre decides for whoever has it. */
static int64_t other_unit(struct scene *s)
{
    const struct unit *here = demo_unit(s->d, s->order.unit), *to = NULL;
    bool up = str_is(s->action, "hand-up") || str_is(s->action, "send-up");

    if (str_is(s->action, "decide-unit") || str_is(s->action, "decide-routing"))
        return here->id;
    if (str_is(here->kind, "city"))
        to = random_unit(s, "town", 0);
    else if (str_is(here->kind, "town") && str_is(s->action, "route"))
        to = random_unit(s, "village", here->id);
    else if (up || !str_is(here->kind, "village"))
        to = demo_unit(s->d, s->d->centre);
    else
        to = demo_unit(s->d, here->parent);
    return to ? to->id : 0;
}

/* --- People ----------------------------------------------------------------------------------- */

static bool at_desk(const struct scene *s, const struct actor *actor)
{
    const struct step_rule *step = s->target >= 0 ? &s->procedure->steps[s->target]
                                                  : procedure_step(s->procedure, s->order.step);

    for (size_t i = 0; step && i < step->desk_count; i++)
        if (str_is(step->desk[i], actor->post->code))
            return true;
    return !step || !step->desk_count;
}

static bool offered(const struct act_choices *choices, int64_t staff)
{
    LIST_EACH (const struct assignee, person, choices->staff) {
        if (person->staff == staff)
            return true;
    }
    return !choices->of_staff;
}

static int64_t somebody(struct scene *s, const struct actor *not_them)
{
    struct list there = {0};
    struct act_choices choices;

    if (order_choices(s->t, not_them, &s->order, s->action, &choices))
        return 0;
    LIST_EACH (struct actor, actor, s->d->actors) {
        if (actor->unit == s->order.unit && at_desk(s, actor) && actor->staff != not_them->staff &&
            !str_is(str_of(actor->post->code), "grid") && offered(&choices, actor->staff))
            *(struct actor *)list_add(s->t, &there, sizeof *actor) = *actor;
    }
    if (!there.count)
        return offered(&choices, not_them->staff) ? not_them->staff : 0;
    return ((struct actor *)there.at)[dice_below(&s->dice, (int64_t)there.count)].staff;
}

static int64_t staff_of_login(const struct demo *d, struct str login)
{
    LIST_EACH (struct actor, actor, d->actors) {
        if (str_eq(actor->login, login))
            return actor->staff;
    }
    return 0;
}

/* --- Other orders ----------------------------------------------------------------------------- */

/* One that is open and within reach, for merging and linking: the one that nobody touches for the
 * longest time to come. */
static struct str another_order(struct scene *s, const struct actor *actor)
{
    struct str no = {0};
    int64_t next = 0;

    for (size_t i = 0; i < s->d->walker_count; i++) {
        const struct walker *other = &s->d->walkers[i];
        struct order order;

        if (!other->open || other == s->w || !other->order || other->next <= next ||
            other->next == INT64_MAX)
            continue;
        if (!order_load(s->t, actor, other->order, &order) && str_is(order.status, "open") &&
            actor_reaches(actor, order.unit_path, order.owner, order.registrar)) {
            no = order.no;
            next = other->next;
        }
        task_clear_error(s->t);
    }
    return no;
}

/* --- One ask ---------------------------------------------------------------------------------- */

static struct json *day_for(struct scene *s, const struct ask *ask)
{
    int32_t today = day_of(s->t->now);
    struct str name = str_of(ask->name);
    bool past = str_is(name, "released_on") || str_is(name, "known_on");
    int64_t days = 6 + dice_below(&s->dice, 12);

    return json_str(s->t, day_text(s->t, past ? today - (int32_t)days * 3 : today + (int32_t)days));
}

static struct json *materials_for(struct scene *s)
{
    struct json *marks = json_list(s->t);
    struct list materials;

    if (order_materials(s->t, &s->order, &materials))
        return NULL;
    LIST_EACH (struct material_view, material, materials) {
        struct json *mark = json_object(s->t);

        if (!material->required || str_is(material->state, "in"))
            continue;
        json_put_str(s->t, mark, "code", material->code);
        json_put_str(s->t, mark, "state", S("in"));
        json_append(marks, mark);
    }
    return marks->count ? marks : NULL;
}

static struct json *choice_for(struct scene *s, const struct ask *ask, bool several)
{
    int64_t n = 0;

    while (ask->choices && ask->choices[n].value)
        n++;
    if (!n)
        return NULL;
    struct json *value = json_str(s->t, str_of(ask->choices[dice_below(&s->dice, n)].value));
    if (!several)
        return value;
    struct json *list = json_list(s->t);
    json_append(list, value);
    return list;
}

static struct json *id_for(struct scene *s, const struct ask *ask, const struct actor *actor)
{
    struct str said = json_get_str(s->say, ask->name);
    int64_t id = str_is(str_of(ask->name), "unit") ? other_unit(s)
                 : said.len                        ? staff_of_login(s->d, said)
                                                   : somebody(s, actor);

    return id ? json_id(s->t, id) : NULL;
}

static struct json *invent(struct scene *s, const struct ask *ask, const struct actor *actor)
{
    struct task *t = s->t;
    struct str name = str_of(ask->name);

    switch (ask->type) {
    case ASK_TEXT:
        if (str_is(name, "into") || str_is(name, "other")) {
            struct str no = another_order(s, actor);
            return no.len ? json_str(t, no) : NULL;
        }
        return json_str(t, S("见附件"));
    case ASK_LONG:
        return json_str(t, S("情况属实，已当面说明。"));
    case ASK_CHOICE:
        return choice_for(s, ask, false);
    case ASK_CHOICES:
        return choice_for(s, ask, true);
    case ASK_BOOL:
        return json_bool(t, true);
    case ASK_INT:
        return json_int(t, ask->max > ask->min
                               ? ask->min + dice_below(&s->dice, ask->max > 40 ? 30 : ask->max)
                               : 1 + dice_below(&s->dice, 5));
    case ASK_MONEY:
        return json_str(t, str_format(t, "%lld", (long long)(1 + dice_below(&s->dice, 400)) * 100));
    case ASK_DAY:
        return day_for(s, ask);
    case ASK_MOMENT:
        return json_str(t, moment_rfc3339(t, t->now - 3600 * 1000));
    case ASK_PHONE:
        return json_str(t, str_format(t, "1390000%04lld", (long long)dice_below(&s->dice, 10000)));
    case ASK_ID:
        return id_for(s, ask, actor);
    case ASK_LIST:
        return str_is(name, "materials") ? materials_for(s) : NULL;
    case ASK_OBJECT:
        return demo_person(t, dice_below(&s->dice, DEMO_POOL), 20, 68);
    case ASK_ID_NUMBER:
    case ASK_CREDIT_CODE:
        break;
    }
    return NULL;
}

/* The same name may ask other things in another procedure. */
static bool is_choice(const struct ask *ask, struct str word)
{
    for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
        if (str_is(word, choice->value))
            return true;
    return false;
}

static struct json *answer_to(struct scene *s, const struct ask *ask, const struct actor *actor)
{
    struct str said = json_get_str(s->say, ask->name);
    struct str name = str_of(ask->name);

    if (said.len && ask->type != ASK_ID)
        return json_str(s->t, said);
    if (str_is(name, "result") && s->w->answer.len && s->procedure->nature == NATURE_CONSULTATION)
        return json_str(s->t, s->w->answer);
    struct str phrase = phrase_for(s, ask);
    if (phrase.len && (!ask->choices || is_choice(ask, phrase)))
        return json_str(s->t, phrase);
    return ask->required || dice_percent(&s->dice, 15) ? invent(s, ask, actor) : NULL;
}

static bool asks(const struct form *form, const char *name)
{
    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        if (str_is(str_of(ask->name), name))
            return true;
    return false;
}

enum err demo_fill(struct scene *s, const struct form *form, const struct actor *actor,
                   struct json **ret_input)
{
    struct json *input = json_object(s->t);

    for (const struct ask *ask = form->asks; ask && ask->name; ask++) {
        struct json *value = answer_to(s, ask, actor);

        if (value)
            json_put(s->t, input, str_of(ask->name), value);
    }
    if (asks(form, "reached")) /* who rates was reached */
        json_put(s->t, input, S("reached"), json_bool(s->t, asks(form, "rate_matter")));
    *ret_input = input;
    return OK;
}

/* A drawn page for each material that is still missing, at most three. */
enum err demo_files(struct scene *s, struct list *ret_files)
{
    enum { FILES_MOST = 3 };
    struct list materials, files = {0};
    enum err e = order_materials(s->t, &s->order, &materials);

    if (e)
        return e;
    LIST_EACH (struct material_view, material, materials) {
        bool wanted = material->required && !str_is(material->state, "in");

        if (wanted && files.count < FILES_MOST)
            *(struct file_in *)list_add(s->t, &files, sizeof(struct file_in)) = (struct file_in){
                .name = str_format(s->t, "%.*s.png", STR_ARG(material->title)),
                .material = material->code,
                .content = demo_scan_png,
            };
    }
    if (!files.count)
        *(struct file_in *)list_add(s->t, &files, sizeof(struct file_in)) =
            (struct file_in){.name = S("补充材料.png"), .content = demo_scan_png};
    *ret_files = files;
    return OK;
}
