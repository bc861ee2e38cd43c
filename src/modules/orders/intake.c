/*
 * intake.c - registering an order: one form for the window, the portal, the API, imports and the
 * engine.
 */
#include "modules/access/staff.h"
#include "modules/orders/intake.h"

#include <stdio.h>

#include "modules/orders/effects.h"
#include "modules/orders/parties.h"
#include "modules/orders/read.h"
#include "modules/org/keys.h"
#include "orders_sql.h"

/* A row of a new order and a change that holds nothing yet. */
static enum err begin_order(struct task *t, const struct actor *actor, const struct draft *draft,
                            struct change *c)
{
    int64_t id = store_new_id(t);
    struct str no, wrapped;
    struct key key;
    enum err e = order_number(t, &draft->unit, t->now, &no);

    if (e)
        return e;
    e = row_key_make(t, order_key_place(t, id), &key, &wrapped);
    if (e)
        return e;
    *c = (struct change){
        .t = t,
        .actor = actor,
        .order =
            {
                .id = id,
                .no = no,
                .unit = draft->unit.id,
                .home_unit = draft->unit.id,
                .home_path = draft->unit.path,
                .registrar = actor->staff,
                .procedure_code = draft->procedure->code,
                .procedure_version = draft->procedure->version,
                .matter = draft->matter,
                .nature = draft->procedure->nature == NATURE_CONSULTATION ? S("consultation")
                                                                          : S("handling"),
                .channel = draft->channel,
                .subject = draft->subject,
                .wrapped_key = wrapped,
                .occurred_at = draft->occurred_at,
                .recorded_at = t->now,
            },
        .state = json_object(t),
        .procedure = draft->procedure,
        .action = S("register"),
        .body = json_object(t),
        .set = json_object(t),
        .duties = json_object(t),
        .key = key,
        .seq = 1,
        .occurred_at = draft->occurred_at,
        .done = NEW(t, struct act_done, 1),
        .new_order = true,
    };
    change_set_id(c, "unit", draft->unit.id);
    change_set_str(c, "unit_path", draft->unit.path);
    change_set_str(c, "status", S("open"));
    change_set_str(c, "outcome", S(""));
    change_set_str(c, "matter", draft->matter);
    change_set_str(c, "subject", draft->subject);
    change_set_id(c, "owner", 0);
    change_set_id(c, "chain", draft->chain ? draft->chain : id);
    change_set_in(c, "moments", S("received"), json_int(t, draft->occurred_at));
    return OK;
}

/* Step, event, row; then what was opened is told. */
static enum err finish_order(struct change *c)
{
    enum err e = change_enter_step(c, 0);

    if (e)
        return e;
    e = change_tell(c);
    if (e)
        return e;
    e = change_commit(c);
    if (e)
        return e;
    c->done->order = c->order.id;
    c->done->no = c->order.no;
    c->done->seq = c->seq;
    c->done->version = c->seq;
    c->done->step = json_get_str(c->state, "step");
    return OK;
}

/* The applicant's code (80 bits): shown once, kept as a keyed hash; sealed in the event for the
 * papers. */
static enum err give_code(struct change *c)
{
    struct task *t = c->t;
    struct str code = random_code(t, 4), hash;
    enum err e = code_hash(t, c->order.no, code, &hash);

    if (e)
        return e;
    json_put_str(t, c->body, "code", code);
    c->done->code = code;
    return store_run(t, &q_orders_code_insert,
                     ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id), INT("n", 1),
                          BYTES("hash", hash)),
                     NULL);
}

static enum err add_people(struct change *c, const struct json *clean)
{
    enum err e;

    if (json_get_bool(clean, "anonymous")) {
        change_set(c, "anonymous", json_bool(c->t, true));
        return give_code(c);
    }
    /* Applicants first: the code, the notices and the papers are for the first party. */
    for (int round = 0; round < 2; round++) {
        JSON_EACH (party, json_get(clean, "parties")) {
            if (str_is(json_get_str(party, "role"), "applicant") != (round == 0))
                continue;
            e = party_add(c, party);
            if (e)
                return e;
        }
    }
    return give_code(c);
}

static void set_facts(struct change *c, const struct json *clean, const struct json *fields)
{
    static const char *const copied[] = {"difficulty", "amount", "limitation_from", "window"};

    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        const struct json *value = json_get(clean, copied[i]);

        if (value)
            change_set(c, copied[i], json_copy(c->t, value));
    }
    struct json *plain = intake_plain_fields(c->t, &c->procedure->form, fields);
    if (plain->count)
        change_set(c, "fields", plain);
    json_put(c->t, c->body, S("input"), json_copy(c->t, clean));
    if (fields && fields->count)
        json_put(c->t, c->body, S("fields"), json_copy(c->t, fields));
}

static enum err keep_source(struct task *t, const struct json *clean, int64_t order)
{
    struct str external = json_get_str(clean, "external");

    if (!external.len)
        return OK;
    enum err e =
        store_run(t, &q_orders_source_insert,
                  ARGS(INT("tenant", t->tenant), TEXT("source", json_get_str(clean, "source")),
                       TEXT("external", external), INT("order_id", order)),
                  NULL);
    if (e)
        return e;
    if (!store_changed(t))
        return task_fail(t, ERR_CONFLICT, "来源系统的这个编号已经登记过");
    return OK;
}

/* --- The door --- */

struct create_args {
    const struct actor *actor;
    const struct intake *intake;
    struct act_done done;
};

static enum err unit_for(struct task *t, const struct create_args *a, struct unit *ret_unit)
{
    int64_t id = a->intake->unit ? a->intake->unit : a->actor->unit;

    if (!id) {
        struct tenant tenant;
        enum err e = org_tenant(t, &tenant);

        if (e)
            return e;
        id = tenant.centre;
    }
    enum err e = org_unit(t, id, ret_unit);

    if (e && e != ERR_NOT_FOUND)
        return e;
    bool own = a->actor->kind != ACTOR_STAFF || id == a->actor->unit;
    if (e || !ret_unit->open || !(own || actor_reaches(a->actor, ret_unit->path, 0, 0))) {
        task_clear_error(t);
        task_field_error(t, S("unit"), "请选择您管辖范围内的开放机构");
        return task_input_verdict(t);
    }
    return OK;
}

/* Each tier has its own list (K2); matters without tiers are the house's own. */
static enum err check_tier(struct task *t, const struct matter *matter, const struct unit *unit)
{
    if (!matter->tiers.count)
        return OK;
    LIST_EACH (const struct tag, tier, matter->tiers) {
        if (str_eq(tier->code, unit->kind))
            return OK;
    }
    task_field_error(t, S("matter"), "%.*s不办“%.*s”，请到办这一项的机构登记或者转办",
                     STR_ARG(unit->name), STR_ARG(matter->title));
    return task_input_verdict(t);
}

/* Everything that can be wrong with the input, all of it. */
static enum err check_intake(struct task *t, struct create_args *a, struct draft *draft,
                             struct json **ret_clean, struct json **ret_fields)
{
    const struct json *input = a->intake->input;
    struct matter matter = {0};
    enum err e;

    (void)!form_check(t, &intake_form, intake_common_part(t, input), S(""), ret_clean);
    draft->occurred_at = a->intake->occurred_at ? a->intake->occurred_at : t->now;
    check_occurred(t, a->actor, draft->occurred_at, 0, a->intake->back_reason);
    struct str code = json_get_str(*ret_clean, "matter");
    e = code.len ? catalog_matter(t, code, &matter) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) {
        if (code.len)
            task_field_error(t, S("matter"), "没有这个事项，请从列表中选择");
        t->err = OK; /* the field says it */
    } else if (e) {
        return e;
    } else {
        draft->matter = matter.code;
        e = catalog_procedure(t, matter.procedure, 0, &draft->procedure);
        if (e)
            return e;
        (void)!form_check(t, &draft->procedure->form, json_get(input, "fields"), S("fields"),
                          ret_fields);
    }
    intake_check_together(t, *ret_clean, draft->procedure);
    e = task_input_verdict(t);
    if (e)
        return e;
    draft->channel = json_get_str(*ret_clean, "channel");
    draft->subject = json_get_str(*ret_clean, "subject");
    e = unit_for(t, a, &draft->unit);
    return e ? e : check_tier(t, &matter, &draft->unit);
}

static enum err do_then(struct task *t, struct create_args *a, const struct change *c)
{
    struct str then = json_get_str(a->intake->input, "then");
    struct act act = {
        .order = c->order.id,
        .action = then,
        .input = json_get(a->intake->input, "then_input"),
        .occurred_at = a->intake->occurred_at,
        .back_reason = a->intake->back_reason,
    };
    struct act_done done = {0};
    struct act_cause cause = {c->order.id, c->seq, 1};

    if (!then.len)
        return OK;
    enum err e = act_run(t, a->actor, &act, &cause, &done);
    if (e) {
        /* The action's own `reason` is not the registration's. */
        for (struct field_error *error = t->field_errors; error; error = error->next)
            error->field = str_join(t, S("then_input."), error->field);
        return e;
    }
    a->done.version = done.version;
    a->done.step = done.step;
    LIST_EACH (int64_t, paper, done.papers) {
        *(int64_t *)list_add(t, &a->done.papers, sizeof(int64_t)) = *paper;
    }
    return OK;
}

/* Beside other registrations and acts (store_write_beside()): the number is a row of the unit's own
 * that its registrations wait for, people and counters are locked where they are looked for, and an
 * external number is a key. */
static enum err create(struct task *t, void *arg)
{
    struct create_args *a = arg;
    struct draft draft = {0};
    struct json *clean, *fields = NULL;
    struct change c;
    enum err e = check_intake(t, a, &draft, &clean, &fields);

    if (e)
        return e;
    if (a->intake->linked_to) {
        struct order other;

        e = store_lock(t, a->intake->linked_to);
        if (!e)
            e = order_load(t, a->actor, a->intake->linked_to, &other);
        if (e)
            return e;
        draft.chain = other.chain;
    }
    e = begin_order(t, a->actor, &draft, &c);
    if (e)
        return e;
    set_facts(&c, clean, fields);
    if (a->intake->back_reason.len)
        json_put_str(t, c.body, "back_reason", a->intake->back_reason);
    e = add_people(&c, clean);
    if (e)
        return e;
    e = materials_mark(&c, json_get(clean, "materials"), "materials");
    if (e == OK)
        e = task_input_verdict(t);
    if (e)
        return e;
    c.files = a->intake->files;
    e = attach_files(&c);
    if (e)
        return e;
    e = finish_order(&c);
    if (e)
        return e;
    e = keep_source(t, clean, c.order.id);
    if (e)
        return e;
    if (a->intake->linked_to && (e = link_orders(&c, a->intake->linked_to, S("chain"))))
        return e;
    a->done = *c.done;
    return do_then(t, a, &c);
}

/* The same external number again: the order that was made then. */
static enum err find_source(struct task *t, void *arg)
{
    struct create_args *a = arg;
    struct str external = json_get_str(a->intake->input, "external");
    int64_t id = 0;

    if (!external.len)
        return OK;
    enum err e = store_number(t, &q_orders_source_find,
                              ARGS(INT("tenant", t->tenant),
                                   TEXT("source", json_get_str(a->intake->input, "source")),
                                   TEXT("external", external)),
                              &id);
    if (e || !id)
        return e;
    a->done = (struct act_done){.order = id, .seq = 1, .replayed = true};
    return OK;
}

static struct once once_of(struct task *t, struct create_args *a)
{
    const struct intake *intake = a->intake;

    return (struct once){
        .actor = a->actor,
        .key = intake->key,
        .what = str_format(t, "register %lld %lld %lld %.*s ", (long long)intake->unit,
                           (long long)intake->linked_to, (long long)intake->occurred_at,
                           STR_ARG(intake->back_reason)),
        .input = intake->input,
        .files = intake->files,
        .run = create,
        .arg = a,
        .done = &a->done,
        .beside = true,
    };
}

enum { CODE_AGAIN_MS = DAY_MS };

/* Only what still opens the order: it may have been erased since. */
static enum err read_code(struct task *t, void *arg)
{
    struct create_args *a = arg;
    struct actor system = system_actor;
    struct json *body = NULL;
    struct order order;
    struct key key;
    int64_t id, n;

    system.tenant = t->tenant;
    enum err e = order_load(t, &system, a->done.order, &order);
    if (!e && t->now - order.recorded_at > CODE_AGAIN_MS)
        return OK;
    if (!e)
        e = order_key(t, &order, &key);
    if (!e) {
        e = order_event_body(t, &order, &key, 1, &body);
        key_clear(&key);
    }
    struct str code = json_get_str(body, "code");
    if (!e && code.len)
        e = order_track(t, order.no, code, &id, &n);
    if (!e)
        a->done.code = code;
    return e;
}

/* A citizen whose answer was lost has nothing but the number that they did not get: who sends the
 * same key with the same words hears the code again, for a day.  The staff have the receipt.  Where
 * it cannot be read now they must ask once more: who is told "done" without it never would. */
static enum err tell_code_again(struct task *t, struct create_args *a)
{
    enum err e = a->actor->kind == ACTOR_PARTY && a->done.replayed && a->done.seq == 1
                     ? store_read(t, read_code, a)
                     : OK;

    if (e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    return OK;
}

enum err order_create(struct task *t, const struct actor *actor, const struct intake *intake,
                      struct act_done *ret_done)
{
    struct create_args a = {.actor = actor, .intake = intake};
    enum err e = store_read(t, find_source, &a);

    if (e)
        return e;
    if (a.done.order) {
        e = answer_as_now(t, actor, &a.done);
    } else {
        struct once once = once_of(t, &a);

        e = do_once(t, &once);
        if (e == OK)
            e = tell_code_again(t, &a);
    }
    if (e == OK && ret_done)
        *ret_done = a.done;
    return e;
}

/* --- Orders that orders open --- */

enum err change_spawn(struct change *c, const struct spawn *spawn, int64_t *ret_order)
{
    struct task *t = c->t;
    bool child = str_is(spawn->link, link_rules[LINK_CHILD].word);
    struct draft draft = {
        .matter = spawn->matter,
        .subject = spawn->subject,
        .channel = c->order.channel,
        .occurred_at = c->occurred_at,
        .chain = json_get_id(c->state, "chain"),
    };
    struct change made;
    enum err e = catalog_procedure(t, spawn->procedure, 0, &draft.procedure);

    if (e)
        return e;
    e = org_unit(t, spawn->unit, &draft.unit);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        task_field_error(t, S("unit"), "没有这个机构");
        return task_input_verdict(t);
    }
    if (e)
        return e;
    e = begin_order(t, c->actor, &draft, &made);
    if (e)
        return e;
    made.cause_order = c->order.id;
    made.cause_seq = c->seq;
    made.depth = c->depth + 1;
    if (child)
        change_set_id(&made, "parent", c->order.id);
    else
        change_set_id(&made, "of", c->order.id);
    if (json_get_str(c->state, "difficulty").len)
        change_set_str(&made, "difficulty", json_get_str(c->state, "difficulty"));
    set_facts(&made, c->input ? c->input : json_object(t), c->input);
    e = copy_parties(c, &made);
    if (e)
        return e;
    e = finish_order(&made);
    if (e)
        return e;
    *ret_order = made.order.id;
    return OK;
}
