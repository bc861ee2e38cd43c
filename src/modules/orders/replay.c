/*
 * replay.c - requests that come twice: what a key stands for, and the answer to the second.
 */
#include <string.h>

#include "modules/access/staff.h"
#include "modules/orders/read.h"

#include "orders_sql.h"

static struct str request_key(struct task *t, const struct actor *actor, struct str key)
{
    return str_format(t, "%d/%lld/%lld/%.*s", (int)actor->kind, (long long)actor->staff,
                      (long long)actor->order, STR_ARG(key));
}

static enum err key_known(struct task *t, struct str key, struct str input_hash,
                          struct act_done *ret_done)
{
    struct rows *rows;
    enum err e = store_run(t, &q_orders_idempotency_find,
                           ARGS(INT("tenant", t->tenant), TEXT("key", key)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    if (!str_eq(row_str(rows, "input_hash"), input_hash))
        return task_fail(t, ERR_CONFLICT,
                         "同一份表单已经提交过，这次的内容不一样，请重新打开页面再交");
    *ret_done = (struct act_done){
        .order = row_int(rows, "order_id"), .seq = row_int(rows, "seq"), .replayed = true};
    return OK;
}

/* The second of two at once waits for the first and then finds what it did. */
static enum err lock_key(struct task *t, struct str key)
{
    unsigned char hash[HASH_BYTES];
    int64_t number;

    crypto_digest(&key, 1, hash);
    memcpy(&number, hash, sizeof number);
    return store_lock(t, number);
}

static enum err key_keep(struct task *t, struct str key, struct str input_hash,
                         const struct act_done *done)
{
    return store_run(t, &q_orders_idempotency_insert,
                     ARGS(INT("tenant", t->tenant), TEXT("key", key),
                          BYTES("input_hash", input_hash), INT("order_id", done->order),
                          INT("seq", done->seq), INT("recorded_at", t->now)),
                     NULL);
}

/* What the key stands for: action and input, files by what is in them. */
static struct str input_hash(struct task *t, struct str what, const struct json *input,
                             struct list files)
{
    struct buf b = buf_new(t, 4 * 1024 * 1024);
    unsigned char hash[HASH_BYTES];

    buf_add(&b, what);
    JSON_EACH (member, input) {
        if (member->name.len && member->name.at[0] == '_')
            continue;
        buf_add(&b, member->name);
        buf_add_char(&b, '=');
        json_write(&b, member);
    }
    LIST_EACH (struct file_in, file, files) {
        struct str parts[] = {file->name, file->content};

        crypto_digest(parts, 2, hash);
        buf_add(&b, (struct str){(const char *)hash, sizeof hash});
    }
    struct str part = buf_str(&b);
    crypto_digest(&part, 1, hash);
    return str_copy(t, (struct str){(const char *)hash, sizeof hash});
}

/* What was done took the order out of the actor's reach (a transfer).  It is done all the same, and
 * they may hear again what they heard then: its number and the step it was led to. */
static enum err answer_from_event(struct task *t, struct act_done *done)
{
    struct actor system = system_actor;
    struct order order;
    struct json *effects;
    struct list rows;

    system.tenant = t->tenant;
    enum err e = order_load(t, &system, done->order, &order);
    if (e)
        return e;
    e = event_rows(t, done->order, done->seq - 1, 1, &rows);
    if (e)
        return e;
    if (!rows.count)
        return task_fail(t, ERR_INTERNAL, "工单 %.*s 缺一条留痕", STR_ARG(order.no));
    e = event_effects(t, rows.at, &effects);
    if (e)
        return e;
    done->no = order.no;
    done->version = done->seq;
    done->step = json_get_str(json_get(effects, "set"), "step");
    return OK;
}

struct now_args {
    const struct actor *actor;
    struct act_done *done;
    bool of_key; /* the actor did it then */
};

static enum err read_now(struct task *t, void *arg)
{
    struct now_args *a = arg;
    struct order order;
    enum err e = order_load(t, a->actor, a->done->order, &order);

    if (e == ERR_NOT_FOUND && a->of_key) {
        task_clear_error(t);
        return answer_from_event(t, a->done);
    }
    if (e)
        return e;
    a->done->no = order.no;
    a->done->version = order.version;
    a->done->step = order.step;
    return OK;
}

enum err answer_as_now(struct task *t, const struct actor *actor, struct act_done *done)
{
    return store_read(t, read_now, &(struct now_args){actor, done, false});
}

static enum err once_inside(struct task *t, void *arg)
{
    struct once *once = arg;
    enum err e;

    *once->done = (struct act_done){0}; /* it may be run again */
    if (once->full_key.len) {
        e = lock_key(t, once->full_key);
        if (!e)
            e = key_known(t, once->full_key, once->hash, once->done);
        if (e != ERR_NOT_FOUND)
            return e;
        task_clear_error(t);
    }
    e = staff_may_work(t, once->actor);
    if (e)
        return e;
    e = once->run(t, once->arg);
    if (e || !once->full_key.len)
        return e;
    return key_keep(t, once->full_key, once->hash, once->done);
}

/* The answer to a repeated request comes from the order as it is now, under today's permissions. */
enum err do_once(struct task *t, struct once *once)
{
    if (once->key.len) {
        once->full_key = request_key(t, once->actor, once->key);
        once->hash = input_hash(t, once->what, once->input, once->files);
    }
    enum err e = once->ahead    ? store_write_ahead(t, once_inside, once)
                 : once->beside ? store_write_beside(t, once_inside, once)
                                : store_write(t, once_inside, once);
    if (e || !once->done->replayed)
        return e;
    return store_read(t, read_now, &(struct now_args){once->actor, once->done, true});
}
