/*
 * commit.c - the rows of a decided change: event, order, duties, counters.
 */
#include "modules/orders/change.h"

#include <stdio.h>
#include <string.h>

#include "modules/calendar/calendar.h"
#include "modules/orders/commit.h"
#include "modules/org/keys.h"
#include "orders_feed_sql.h"
#include "orders_sql.h"

struct str event_place(struct task *t, int64_t tenant, int64_t order, int64_t seq)
{
    return str_format(t, "event/%lld/%lld/%lld", (long long)tenant, (long long)order,
                      (long long)seq);
}

enum err order_key(struct task *t, const struct order *order, struct key *ret_key)
{
    if (!order->wrapped_key.len)
        return task_fail(t, ERR_NOT_FOUND, "这件工单的个人信息已按规定清除");
    return row_key_open(t, order_key_place(t, order->id), order->wrapped_key, ret_key);
}

struct str order_key_place(struct task *t, int64_t order)
{
    return str_format(t, "order/%lld", (long long)order);
}

void event_hash(const struct event_row *event, struct str previous, struct str order_id,
                unsigned char ret_hash[HASH_BYTES])
{
    char facts[320];
    int n = snprintf(facts, sizeof facts, "%lld %lld %.*s %lld %lld %.*s %lld %lld %lld %lld %lld",
                     (long long)event->seq, (long long)event->id, STR_ARG(event->action),
                     (long long)event->actor_kind, (long long)event->staff, STR_ARG(event->post),
                     (long long)event->unit, (long long)event->occurred_at,
                     (long long)event->recorded_at, (long long)event->cause_order,
                     (long long)event->cause_seq);
    struct str parts[] = {previous,       order_id,    {facts, (size_t)n},
                          event->effects, event->body, event->packed};
    size_t count = sizeof parts / sizeof *parts;

    /* Events of before there was packing had five parts. */
    crypto_digest(parts, event->packed.len ? count : count - 1, ret_hash);
}

enum err event_effects(struct task *t, const struct event_row *event, struct json **ret_effects)
{
    struct str text = event->effects;
    enum err e = event->packed.len ? text_unpack(t, event->packed, &text) : OK;

    return e ? e : json_parse(t, text, ret_effects);
}

static enum err append_event(struct change *c)
{
    struct task *t = c->t;
    struct json *effects = json_object(t);
    unsigned char hash[HASH_BYTES];

    json_put(t, effects, S("set"), c->set);
    if (c->duties->count)
        json_put(t, effects, S("duties"), c->duties);
    struct event_row event = {
        .seq = c->seq,
        .id = store_new_id(t),
        .action = c->action,
        .actor_kind = c->actor->kind,
        .staff = c->actor->staff,
        .post = c->actor->post ? str_of(c->actor->post->code) : S(""),
        .unit = c->actor->unit,
        .occurred_at = c->occurred_at,
        .recorded_at = t->now,
        .cause_order = c->cause_order,
        .cause_seq = c->cause_seq,
        .packed = text_pack(t, json_text(t, effects)),
        .body = text_seal(t, &c->key, event_place(t, t->tenant, c->order.id, c->seq),
                          json_text(t, c->body)),
    };
    event_hash(&event, c->order.head,
               str_format(t, "%lld/%lld", (long long)t->tenant, (long long)c->order.id), hash);
    c->order.head = str_copy(t, (struct str){(const char *)hash, sizeof hash});
    enum err e = store_run(
        t, &q_orders_event_insert,
        ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id), INT("seq", event.seq),
             INT("id", event.id), TEXT("action", event.action), INT("actor_kind", event.actor_kind),
             INT("staff", event.staff), TEXT("post", event.post), INT("unit", event.unit),
             INT("occurred_at", event.occurred_at), INT("recorded_at", event.recorded_at),
             INT("cause_order", event.cause_order), INT("cause_seq", event.cause_seq),
             BYTES("packed", event.packed), BYTES("body", event.body),
             BYTES("hash", c->order.head)),
        NULL);
    if (e)
        return e;
    return store_run(t, &q_orders_event_new,
                     ARGS(INT("tenant", t->tenant), INT("id", event.id),
                          INT("order_id", c->order.id), INT("seq", event.seq)),
                     NULL);
}

enum err duty_row_put(struct task *t, int64_t order, const struct duty_facts *duty,
                      const struct due *due)
{
    bool dated = duty->limit.kind != LIMIT_NONE;

    return store_run(t, &q_orders_duty_put,
                     ARGS(INT("tenant", t->tenant), INT("order_id", order), INT("n", duty->n),
                          TEXT("name", duty->name), INT("owed_by", duty->owed_by),
                          INT("opened_seq", duty->opened_seq), INT("closed_seq", duty->closed_seq),
                          INT("start_at", duty->start_at),
                          TEXT("legal_day", dated ? day_text(t, due->legal_day) : S("")),
                          TEXT("safe_day", dated ? day_text(t, due->safe_day) : S("")),
                          INT("legal_at", due->legal_at), INT("safe_at", due->safe_at),
                          INT("provisional", due->provisional), INT("paused", duty_is_paused(duty)),
                          INT("overdue", duty->overdue_at != 0),
                          INT("calendar_version", due->calendar_version)),
                     NULL);
}

/* The most urgent open duty decides the order's place in lists: what the house owes and runs comes
 * before what is paused or owed by the party. */
void order_dates(struct task *t, const struct json *state, const struct calendar *calendar,
                 struct order *order)
{
    struct list duties = state_duties(t, state);
    bool found = false;

    order->due_duty = S("");
    order->due_legal_day = order->due_safe_day = DAY_NONE;
    order->due_legal_at = 0;
    order->due_sort = DUE_SORT_LAST;
    order->due_flags = 0;
    LIST_EACH (struct duty_facts, duty, duties) {
        if (!duty_is_open(duty))
            continue;
        struct due_question question = duty_question(duty, day_of(t->now));
        struct due due = due_compute(calendar, &question);
        int64_t flags = (due.provisional ? DUE_PROVISIONAL : 0) |
                        (duty_is_paused(duty) ? DUE_PAUSED : 0) | (due.by_hour ? DUE_BY_HOUR : 0) |
                        (duty->owed_by == OWED_PARTY ? DUE_OF_PARTY : 0);
        int64_t sort = due.safe_at + (flags & (DUE_PAUSED | DUE_OF_PARTY) ? DUE_SORT_WAITING : 0);

        if (found && sort >= order->due_sort)
            continue;
        found = true;
        order->due_duty = duty->name;
        order->due_legal_day = due.legal_day;
        order->due_safe_day = due.safe_day;
        order->due_legal_at = due.legal_at;
        order->due_sort = sort;
        order->due_flags = flags;
    }
}

/* The columns of the row that the state decides. */
void order_columns(const struct json *state, struct order *order)
{
    order->unit = json_get_id(state, "unit");
    order->unit_path = json_get_str(state, "unit_path");
    order->matter = json_get_str(state, "matter");
    order->subject = json_get_str(state, "subject");
    order->party_masked = json_get_str(state, "party_masked");
    order->party_count = json_get_int(state, "party_count");
    order->green = json_get_str(state, "green");
    order->emergency = json_get_bool(state, "emergency");
    order->step = json_get_str(state, "step");
    order->status = json_get_str(state, "status");
    order->outcome = json_get_str(state, "outcome");
    order->owner = json_get_id(state, "owner");
    order->desk = json_get_str(state, "desk");
    order->chain = json_get_id(state, "chain");
    order->parent = json_get_id(state, "parent");
    order->closed_at = json_get_int(state, "closed_at");
}

static enum err put_duty_rows(struct change *c, const struct calendar *calendar)
{
    JSON_EACH (item, c->duties) {
        struct duty_facts duty = duty_from_json(c->t, item);
        struct due_question question = duty_question(&duty, day_of(c->t->now));
        struct due due = due_compute(calendar, &question);
        enum err e = duty_row_put(c->t, c->order.id, &duty, &due);

        if (e)
            return e;
    }
    return OK;
}

/* Many acts leave the state as it was: then it stands packed already. */
void order_keep_state(struct task *t, const struct json *state, struct order *order)
{
    struct str text = json_text(t, state);

    if (order->packed.len && str_eq(text, order->state))
        return;
    order->state = text;
    order->packed = text_pack(t, text);
}

static enum err insert_order(struct task *t, const struct order *o)
{
    return store_run(
        t, &q_orders_insert,
        ARGS(INT("tenant", t->tenant), INT("id", o->id), TEXT("no", o->no), INT("unit", o->unit),
             TEXT("unit_path", o->unit_path), INT("home_unit", o->home_unit),
             TEXT("home_path", o->home_path), INT("registrar", o->registrar),
             TEXT("procedure_code", o->procedure_code),
             INT("procedure_version", o->procedure_version), TEXT("matter", o->matter),
             TEXT("nature", o->nature), TEXT("channel", o->channel), TEXT("subject", o->subject),
             TEXT("party_masked", o->party_masked), INT("party_count", o->party_count),
             TEXT("green", o->green), INT("emergency", o->emergency), TEXT("step", o->step),
             TEXT("status", o->status), TEXT("outcome", o->outcome), INT("owner", o->owner),
             TEXT("desk", o->desk), TEXT("due_duty", o->due_duty),
             TEXT("due_legal_day", day_text(t, o->due_legal_day)),
             TEXT("due_safe_day", day_text(t, o->due_safe_day)),
             INT("due_legal_at", o->due_legal_at), INT("due_sort", o->due_sort),
             INT("due_flags", o->due_flags), INT("chain", o->chain), INT("parent", o->parent),
             INT("version", o->version), BYTES("head", o->head),
             BYTES("wrapped_key", o->wrapped_key), BYTES("packed", o->packed),
             INT("occurred_at", o->occurred_at), INT("recorded_at", o->recorded_at),
             INT("changed_at", o->changed_at), INT("closed_at", o->closed_at)),
        NULL);
}

enum err order_row_update(struct task *t, const struct order *o, int64_t seen_version)
{
    enum err e = store_run(
        t, &q_orders_update,
        ARGS(INT("tenant", t->tenant), INT("id", o->id), INT("seen_version", seen_version),
             INT("unit", o->unit), TEXT("unit_path", o->unit_path), TEXT("matter", o->matter),
             TEXT("subject", o->subject), TEXT("party_masked", o->party_masked),
             INT("party_count", o->party_count), TEXT("green", o->green),
             INT("emergency", o->emergency), TEXT("step", o->step), TEXT("status", o->status),
             TEXT("outcome", o->outcome), INT("owner", o->owner), TEXT("desk", o->desk),
             TEXT("due_duty", o->due_duty), TEXT("due_legal_day", day_text(t, o->due_legal_day)),
             TEXT("due_safe_day", day_text(t, o->due_safe_day)),
             INT("due_legal_at", o->due_legal_at), INT("due_sort", o->due_sort),
             INT("due_flags", o->due_flags), INT("chain", o->chain), INT("parent", o->parent),
             INT("version", o->version), BYTES("head", o->head), BYTES("packed", o->packed),
             INT("changed_at", o->changed_at), INT("closed_at", o->closed_at)),
        NULL);

    if (e)
        return e;
    if (store_changed(t) != 1)
        return task_fail(t, ERR_CONFLICT, "刚才有人先办了这件工单，请看最新内容后再办");
    return OK;
}

bool duty_no_longer_overdue(struct task *t, const struct calendar *calendar,
                            const struct duty_facts *duty)
{
    if (!duty_is_open(duty) || !duty->overdue_at)
        return false;
    struct due_question question = duty_question(duty, day_of(t->now));
    struct due due = due_compute(calendar, &question);
    return due.provisional || duty_is_paused(duty) || due.legal_at > t->now;
}

/* A pause, or a calendar, may move a date that had passed: the event that follows says so, and the
 * duty can fall overdue anew. */
static void lift_overdue(struct change *c, const struct calendar *calendar)
{
    struct list duties = state_duties(c->t, c->state);

    LIST_EACH (struct duty_facts, duty, duties) {
        int index = procedure_duty_index(c->procedure, duty->name);

        if (!duty_no_longer_overdue(c->t, calendar, duty))
            continue;
        duty->overdue_at = 0;
        change_duty(c, duty);
        json_put_str(
            c->t, c->body, "lifted",
            str_format(c->t, "“%.*s”的期限已顺延，此前记的超期撤销",
                       STR_ARG(index < 0 ? duty->name : c->procedure->duties[index].title)));
    }
}

enum err change_commit(struct change *c)
{
    const struct calendar *calendar;
    int64_t seen = c->order.version;
    enum err e;

    if (str_is(json_get_str(c->state, "status"), "closed") && !json_get_int(c->state, "closed_at"))
        change_set_int(c, "closed_at", c->occurred_at);
    e = calendar_current(c->t, &calendar);
    if (e)
        return e;
    lift_overdue(c, calendar);
    e = append_event(c);
    if (e)
        return e;
    order_columns(c->state, &c->order);
    order_dates(c->t, c->state, calendar, &c->order);
    c->order.version = c->seq;
    order_keep_state(c->t, c->state, &c->order);
    c->order.changed_at = c->t->now;
    e = c->new_order ? insert_order(c->t, &c->order) : order_row_update(c->t, &c->order, seen);
    if (e)
        return e;
    e = put_duty_rows(c, calendar);
    if (e)
        return e;
    /* For lists and pages that stay open, of any server. */
    store_notify(c->t, "order", c->order.id);
    return counts_move(c->t, c->procedure, &c->counted_before, c->state);
}
