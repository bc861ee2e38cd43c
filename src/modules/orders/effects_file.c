/*
 * effects_file.c - what lies in the file of an order: materials, notices of what is missing, notes,
 * corrections, parties, attachments, the archive.
 */
#include "modules/orders/effects.h"

#include "modules/orders/materials.h"
#include "modules/orders/parties.h"
#include "orders_sql.h"

static const struct material *material_of(const struct matter *matter, struct str code)
{
    LIST_EACH (struct material, material, matter->materials) {
        if (str_eq(material->code, code))
            return material;
    }
    return NULL;
}

/* Mark what came in.  `prefix` is the path of the list in the input. */
enum err materials_mark(struct change *c, const struct json *marks, const char *prefix)
{
    struct matter matter;
    int i = 0;
    enum err e = catalog_matter(c->t, json_get_str(c->state, "matter"), &matter);

    if (e)
        return e;
    JSON_EACH (mark, marks) {
        struct str code = json_get_str(mark, "code"), state = json_get_str(mark, "state");
        const struct material *material = material_of(&matter, code);

        if (!material) {
            task_field_error(c->t, str_format(c->t, "%s[%d].code", prefix, i),
                             "这个事项没有这项材料");
        } else if (str_is(state, "promised") && !material->promise) {
            task_field_error(c->t, str_format(c->t, "%s[%d].state", prefix, i),
                             "“%.*s”不能承诺后补", STR_ARG(material->title));
        } else {
            change_set_in(c, "materials", code, json_str(c->t, state));
        }
        i++;
    }
    return OK;
}

struct handed_in {
    int64_t required, there; /* in, promised, or handed in to be looked at */
};

static enum err count_handed_in(struct change *c, struct handed_in *ret_count)
{
    const struct json *marks = json_get(c->state, "materials");
    struct handed_in count = {0};
    struct matter matter;
    enum err e = catalog_matter(c->t, json_get_str(c->state, "matter"), &matter);

    if (e)
        return e;
    LIST_EACH (struct material, material, matter.materials) {
        struct str mark = json_as_str(json_find(marks, material->code));

        count.required += material->required;
        count.there += material->required && (str_is(mark, "in") || str_is(mark, "promised") ||
                                              str_is(mark, "handed-in"));
    }
    *ret_count = count;
    return OK;
}

/* Only after a notice, and where a duty runs from it. */
static bool follows_supplement(const struct change *c)
{
    if (!json_get(c->state, "notice"))
        return false;
    for (size_t i = 0; i < c->procedure->duty_count; i++)
        if (str_is(c->procedure->duties[i].from, "supplemented"))
            return true;
    return false;
}

/*
 * The moment `supplemented` (licensing law 32): when, after a one-time notice, the materials came
 * so as to be complete; while something is still out, when the last of them came.  What comes later
 * moves it no more, a further notice forgets it.  An open duty that runs from it runs from the new
 * day.
 */
static void set_supplemented(struct change *c)
{
    struct list duties = state_duties(c->t, c->state);

    change_set_in(c, "moments", S("supplemented"), json_int(c->t, c->occurred_at));
    LIST_EACH (struct duty_facts, duty, duties) {
        int rule = procedure_duty_index(c->procedure, duty->name);

        if (!duty_is_open(duty) || rule < 0 ||
            !str_is(c->procedure->duties[rule].from, "supplemented"))
            continue;
        duty->start_at = c->occurred_at;
        change_duty(c, duty);
    }
}

static bool was_complete(const struct change *c, const struct handed_in *count)
{
    return count->there == count->required &&
           json_get_int(json_get(c->state, "moments"), "supplemented");
}

enum err effect_materials(struct change *c, const struct action_effect *effect)
{
    struct handed_in before, after;
    enum err e = count_handed_in(c, &before);

    (void)effect;
    if (!e)
        e = materials_mark(c, json_get(c->input, "materials"), "materials");
    if (!e)
        e = count_handed_in(c, &after);
    if (e || c->t->field_errors)
        return e;
    /* Looking at what was handed in brings nothing new. */
    if (after.there > before.there && follows_supplement(c) && !was_complete(c, &before))
        set_supplemented(c);
    return OK;
}

enum err materials_count(struct task *t, struct str code, const struct json *state,
                         struct material_count *ret_count)
{
    struct material_count count = {0};
    const struct json *marks = json_get(state, "materials");
    struct matter matter;
    enum err e = catalog_matter(t, code, &matter);

    if (e)
        return e;
    LIST_EACH (struct material, material, matter.materials) {
        struct str mark = json_as_str(json_find(marks, material->code));

        if (!material->required)
            continue;
        count.required++;
        if (str_is(mark, "in"))
            count.in++;
        else if (str_is(mark, "promised"))
            count.promised++;
        else
            count.missing++;
    }
    *ret_count = count;
    return OK;
}

/*
 * The one-time notice (K6): everything missing at once.  A later notice may only repeat what is
 * still unmet of the first; a new item needs the head and counts as our fault.
 */
static enum err still_missing(struct change *c, struct json *ret_items, bool *ret_fresh)
{
    const struct json *first = json_get(c->state, "notice"),
                      *marks = json_get(c->state, "materials");
    struct matter matter;
    bool fresh = false;
    enum err e = catalog_matter(c->t, c->order.matter, &matter);

    if (e)
        return e;
    LIST_EACH (struct material, material, matter.materials) {
        struct str mark = json_as_str(json_find(marks, material->code));

        if (!material->required || str_is(mark, "in") || str_is(mark, "promised"))
            continue;
        bool told = false;
        JSON_EACH (item, json_get(first, "items")) {
            told = told || str_eq(json_as_str(item), material->code);
        }
        fresh = fresh || !told;
        json_append(ret_items, json_str(c->t, material->code));
    }
    *ret_fresh = fresh && first;
    return OK;
}

enum err may_tell_missing(struct change *c)
{
    struct json *items = json_list(c->t);
    bool fresh;
    enum err e = still_missing(c, items, &fresh);

    if (e)
        return e;
    if (!items->count)
        return task_fail(c->t, ERR_CONFLICT, "材料已齐，没有要告知补正的");
    if (fresh && !str_is(str_of(c->actor->post ? c->actor->post->code : ""), "head"))
        return task_fail(
            c->t, ERR_FORBIDDEN,
            "再次告知只能重复第一次没补的；要加新的材料须由主任办理，并记为本机构过错");
    return OK;
}

enum err effect_one_time_notice(struct change *c, const struct action_effect *effect)
{
    struct json *notice = json_object(c->t), *items = json_list(c->t);
    bool fresh;
    enum err e = still_missing(c, items, &fresh);

    (void)effect;
    if (e)
        return e;
    json_put_int(c->t, notice, "seq", c->seq);
    json_put(c->t, notice, S("items"), items);
    if (fresh)
        json_put_bool(c->t, notice, "our_fault", true);
    if (json_get_int(json_get(c->state, "moments"), "supplemented"))
        change_set_in(c, "moments", S("supplemented"), NULL);
    change_set(c, "notice", notice);
    return OK;
}

enum err effect_correct(struct change *c, const struct action_effect *effect)
{
    struct str subject = json_get_str(c->input, "subject");

    (void)effect;
    if (!subject.len && !json_get_str(c->input, "facts").len) {
        task_field_error(c->t, S("facts"), "请写明改成什么");
        return OK;
    }
    if (!subject.len)
        return OK;
    enum err e = subject_check(c->t, &c->order, subject, S("subject"));
    if (e)
        return e;
    change_set_str(c, "subject", subject);
    return OK;
}

enum err effect_note(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    if (json_get_bool(c->input, "internal"))
        json_put_bool(c->t, c->body, "internal", true);
    return OK;
}

enum err effect_add_party(struct change *c, const struct action_effect *effect)
{
    struct json *item = json_object(c->t);
    struct json *party = json_copy(c->t, json_get(c->input, "party"));
    struct str role = json_get_str(c->input, "role");

    (void)effect;
    party_check(c->t, S("party."), party);
    if (!json_get_str(party, "name").len && !c->t->field_errors)
        task_field_error(c->t, S("party.name"), "请填写姓名或名称");
    if (c->t->field_errors)
        return OK; /* told with what the other effects find */
    json_put_str(c->t, item, "role", role.len ? role : S("third-party"));
    json_put(c->t, item, S("identity"), party);
    enum err e = party_add(c, item);
    if (e)
        return e;
    struct identity identity = party_identity(c->t, party);
    return recuse_related_owner(c, &identity);
}

enum err effect_change_phone(struct change *c, const struct action_effect *effect)
{
    int64_t n = c->actor->kind == ACTOR_PARTY ? c->actor->order_party : 1;

    (void)effect;
    return party_change_phone(c, n, json_get_str(c->input, "phone"));
}

/* Files were sealed and stored before the transaction; here they become rows of the order. */
enum err attach_files(struct change *c)
{
    struct task *t = c->t;
    struct json *names = json_list(t);

    LIST_EACH (struct file_in, file, c->files) {
        int64_t id = store_new_id(t);
        struct str place = str_format(t, "file/%lld/%lld", (long long)c->order.id, (long long)id);
        struct json *facts = json_object(t);

        json_put_str(t, facts, "name", file->name);
        json_put_str(t, facts, "key", str_hex(t, file->key.bytes, sizeof file->key.bytes));
        enum err e = store_run(
            t, &q_orders_attachment_insert,
            ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id), INT("id", id),
                 INT("seq", c->seq), TEXT("material", file->material), TEXT("type", file->type),
                 INT("size", file->size), TEXT("blob", file->blob),
                 BYTES("name_sealed", crypto_seal(t, &c->key, place, json_text(t, facts)))),
            NULL);
        if (e)
            return e;
        json_append(names, json_str(t, file->name));
        if (file->material.len &&
            !str_is(json_as_str(json_find(json_get(c->state, "materials"), file->material)), "in"))
            change_set_in(c, "materials", file->material, json_str(t, S("handed-in")));
    }
    if (names->count)
        json_put(t, c->body, S("files"), names);
    return OK;
}

/* The applicant's hand, an action that begins the clock, or a file entered as a material: what the
 * house puts into its own file must not give it more time. */
static bool is_supplement(const struct change *c)
{
    bool begins = c->actor->kind == ACTOR_PARTY;

    for (size_t i = 0; i < c->rule->open_count; i++)
        begins = begins || str_is(c->procedure->duties[c->rule->opens[i]].from, "supplemented");
    LIST_EACH (struct file_in, file, c->files)
        begins = begins || file->material.len;
    return begins;
}

enum err effect_attach(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    if (!c->files.count) {
        task_field_error(c->t, S("file"), "请选择要交的文件");
        return OK;
    }
    struct handed_in before;
    enum err e = count_handed_in(c, &before);
    bool complete = !e && was_complete(c, &before);

    if (!e)
        e = attach_files(c);
    if (!e && is_supplement(c) && follows_supplement(c) && !complete)
        set_supplemented(c);
    return e;
}

/* K31: an archive number of the unit and year, and how long the file is kept. */
enum err effect_archive(struct change *c, const struct action_effect *effect)
{
    struct task *t = c->t;
    struct json *archive = json_object(t);
    int year, month, day;
    struct unit unit;
    struct rows *rows;
    enum err e = org_unit(t, c->order.unit, &unit);

    (void)effect;
    if (e)
        return e;
    day_to_civil(day_of(t->now), &year, &month, &day);
    e = store_run(t, &q_orders_counter_next,
                  ARGS(INT("tenant", t->tenant), INT("unit", c->order.unit), INT("year", year),
                       TEXT("kind", S("archive"))),
                  &rows);
    if (e)
        return e;
    (void)!rows_next(rows);
    json_put_str(t, archive, "no",
                 str_format(t, "%.*s〔%d〕%lld", STR_ARG(unit.code), year,
                            (long long)row_int(rows, "value")));
    if (c->procedure->keep_years)
        json_put_str(t, archive, "until",
                     str_format(t, "%d-12-31", year + c->procedure->keep_years));
    change_set(c, "archive", archive);
    return OK;
}
