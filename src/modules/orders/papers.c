/*
 * papers.c - what leaves the house after the commit, under the order's key: papers and messages.
 *
 * A paper is looked at by whoever may see its order.  Looking never changes anything: what is not
 * kept yet is drawn for the look.  The job keeps it, and the event says what it was.
 */
#include "modules/orders/act.h"

#include <stdio.h>

#include "core/log.h"
#include "modules/notices/notices.h"
#include "modules/orders/read_page.h"

struct open_args {
    const struct actor *actor;
    int64_t order;
    struct key key;
};

static enum err open_order(struct task *t, void *arg)
{
    struct open_args *a = arg;
    struct order order;
    enum err e = order_load(t, a->actor, a->order, &order);

    if (e)
        return e;
    if (!order.wrapped_key.len)
        return task_fail(t, ERR_NOT_FOUND, "这一件的内容已按规定清除");
    return order_key(t, &order, &a->key);
}

enum err order_paper_pdf(struct task *t, const struct actor *actor, int64_t order, int64_t paper,
                         struct str *ret_pdf, struct str *ret_file_name)
{
    struct open_args a = {actor, order, {{0}}};
    enum err e = store_read(t, open_order, &a);

    if (e)
        return e;
    e = paper_pdf(t, &a.key, order, paper, ret_pdf, ret_file_name);
    key_clear(&a.key);
    return e;
}

/* --- Keeping ---------------------------------------------------------------------------------- */

struct record_args {
    const struct actor *actor;
    int64_t order, paper;
    const struct paper_kept *kept;
};

static enum err fill_event(struct change *c, void *arg)
{
    const struct record_args *a = arg;
    struct str hash = str_hex(c->t, a->kept->hash.at, a->kept->hash.len);

    json_put_id(c->t, c->body, "paper", a->paper);
    json_put_str(c->t, c->body, "hash", hash);
    json_put_str(c->t, c->body, "what",
                 str_format(c->t, "%.*s %.*s，散列 %.16s", STR_ARG(a->kept->title),
                            STR_ARG(a->kept->no), hash.at));
    json_put_bool(c->t, c->body, "internal", true);
    return OK;
}

static enum err record(struct task *t, void *arg)
{
    struct record_args *a = arg;
    bool first;
    enum err e = paper_mark_kept(t, a->paper, a->kept, &first);

    if (e || !first)
        return e;
    return order_engine_event(t, a->actor, a->order, "paper-drawn", t->now, fill_event, a);
}

enum err order_keep_paper(struct task *t, int64_t order, int64_t paper)
{
    struct actor system = system_actor;
    struct open_args a = {&system, order, {{0}}};
    struct paper_kept kept;

    system.tenant = t->tenant;
    enum err e = store_read(t, open_order, &a);
    if (e)
        return e;
    e = paper_keep(t, &a.key, order, paper, &kept);
    key_clear(&a.key);
    if (e || !kept.blob.len)
        return e;
    return store_write(t, record, &(struct record_args){&system, order, paper, &kept});
}

struct due_args {
    int64_t most;
    struct list papers;
};

static enum err read_due(struct task *t, void *arg)
{
    struct due_args *a = arg;

    return papers_due(t, a->most, &a->papers);
}

enum { WHY_CHARACTERS = 60 };

struct failure {
    const struct paper_due *paper;
    char why[WHY_CHARACTERS * 4 + 1]; /* whole characters: half of one is refused by the store */
};

static enum err put_off(struct task *t, void *arg)
{
    const struct failure *failure = arg;

    return paper_put_off(t, failure->paper, str_of(failure->why));
}

/* It is tried again later, alone; those behind it are drawn now.  Of an erased order nothing is
 * left to draw. */
static enum err keep_or_put_off(struct task *t, const struct paper_due *paper, int64_t *done)
{
    struct task_mark mark = task_mark(t);
    struct failure failure = {.paper = paper};
    enum err e = order_keep_paper(t, paper->order, paper->id);

    if (e == ERR_UNCERTAIN)
        return e;
    if (e && e != ERR_NOT_FOUND) {
        struct str why = str_first(t->note, utf8_prefix(t->note, WHY_CHARACTERS));

        snprintf(failure.why, sizeof failure.why, "%.*s",
                 STR_ARG(why.len ? why : str_of(err_sentence(e))));
        log_write(LEVEL_ERROR, "orders.paper-failed",
                  LOG_PAIRS(LOG_ID("order", paper->order), LOG_ID("paper", paper->id),
                            LOG_STR("error", str_of(err_word(e))), LOG_STR("note", why)));
    }
    task_clear_error(t);
    task_reset(t, mark);
    *done += e == OK;
    return e ? store_write(t, put_off, &failure) : OK;
}

/* A run of a job is short, so that a server can stop; what is left comes next time. */
#define RUN_NS ((int64_t)3000000000)

enum err order_keep_papers(struct task *t, int64_t most, int64_t *ret_done)
{
    struct due_args due = {.most = most};
    int64_t done = 0, end = time_monotonic_ns() + RUN_NS;
    bool more = true;

    while (more) {
        enum err e = store_read(t, read_due, &due);

        if (e)
            return e;
        LIST_EACH (struct paper_due, paper, due.papers) {
            more = time_monotonic_ns() < end;
            if (!more)
                break;
            e = keep_or_put_off(t, paper, &done);
            if (e)
                return e;
        }
        if (!more && done)
            store_tell(t, "paper", 0, S("")); /* go on soon */
        more = more && due.papers.count && done < most;
    }
    *ret_done = done;
    return OK;
}

/* --- Messages --------------------------------------------------------------------------------- */

struct send_args {
    int64_t most;
    struct list notices;
};

static enum err read_notices(struct task *t, void *arg)
{
    struct send_args *a = arg;

    return notices_due(t, a->most, &a->notices);
}

static enum err send_one(struct task *t, const struct gateway *gateway,
                         const struct notice_due *notice, bool *ret_reached)
{
    struct actor system = system_actor;
    struct open_args a = {&system, notice->order, {{0}}};

    system.tenant = t->tenant;
    enum err e = store_read(t, open_order, &a);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return notice_give_up(t, notice);
    }
    if (e)
        return e;
    e = notice_send(t, &a.key, gateway, notice, ret_reached);
    key_clear(&a.key);
    return e;
}

/* A gateway that does not answer is left alone until the next time: every wait for it would hold up
 * the messages behind. */
enum err order_send_notices(struct task *t, const struct gateway *gateway, int64_t most,
                            int64_t *ret_done)
{
    struct send_args due = {.most = most};
    bool reached = true, more;
    int64_t done = 0, end = time_monotonic_ns() + RUN_NS;
    enum err e;

    if (gateway->url.len && notices_quiet(t->now)) {
        *ret_done = 0;
        return OK;
    }
    e = store_read(t, read_notices, &due);
    if (e)
        return e;
    more = (int64_t)due.notices.count == most;
    LIST_EACH (struct notice_due, notice, due.notices) {
        struct task_mark mark = task_mark(t);

        e = send_one(t, gateway, notice, &reached);
        if (e == ERR_BUSY || e == ERR_UNCERTAIN)
            return e;
        done += e == OK;
        if (e)
            log_write(LEVEL_ERROR, "orders.notice-failed",
                      LOG_PAIRS(LOG_ID("order", notice->order), LOG_ID("notice", notice->id),
                                LOG_STR("error", str_of(err_word(e)))));
        task_reset(t, mark);
        if (!reached)
            break;
        if (time_monotonic_ns() > end) {
            more = true;
            break;
        }
    }
    if (done && reached && more)
        store_tell(t, "notice", 0, S("")); /* go on soon, not only in the next interval */
    *ret_done = done;
    return OK;
}
