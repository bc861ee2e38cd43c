/*
 * send.c - the outbox: what waits is sent, later again, or handed to a person.
 */
#include "modules/notices/gateway.h"

#include "core/time.h"
#include "modules/notices/words.h"
#include "notices_sql.h"
#include "store/store.h"

enum { QUIET_FROM = 21, QUIET_UNTIL = 8 };

/* After the first failure, the second ...; then a person calls. */
static const int pauses[] = {1, 5, 30, 120}; /* minutes */
enum { PAUSES = sizeof pauses / sizeof *pauses, PUT_OFF_MOST_MS = 3 * 3600 * 1000 };

bool notices_quiet(int64_t now)
{
    int64_t hour = (now - day_start(day_of(now))) / 3600000;

    return hour >= QUIET_FROM || hour < QUIET_UNTIL;
}

enum err notices_due(struct task *t, int64_t most, struct list *ret_notices)
{
    struct list notices = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_notices_waiting,
                           ARGS(INT("tenant", t->tenant), INT("now", t->now),
                                INT("wrong_at", t->now + PUT_OFF_MOST_MS), INT("most", most)),
                           &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct notice_due *)list_add(t, &notices, sizeof(struct notice_due)) =
            (struct notice_due){row_int(rows, "id"), row_int(rows, "order_id"),
                                row_int(rows, "tries"), row_str(rows, "sealed")};
    *ret_notices = notices;
    return OK;
}

struct mark {
    int64_t id, tries, next_at, sent_at;
    struct str status;
};

static enum err put_mark(struct task *t, void *arg)
{
    const struct mark *mark = arg;

    return store_run(t, &q_notices_mark,
                     ARGS(INT("tenant", t->tenant), INT("id", mark->id),
                          TEXT("status", mark->status), INT("tries", mark->tries),
                          INT("next_at", mark->next_at), INT("sent_at", mark->sent_at)),
                     NULL);
}

static struct mark mark_after(const struct task *t, const struct notice_due *notice,
                              enum gateway_answer answer)
{
    struct mark mark = {notice->id, notice->tries + 1, 0, 0, S("failed")};

    if (answer == GATEWAY_TOOK) {
        mark.status = S("sent");
        mark.sent_at = t->now;
    } else if (answer == GATEWAY_FAILED && notice->tries < PAUSES) {
        mark.status = S("waiting");
        mark.next_at = t->now + (int64_t)pauses[notice->tries] * 60000;
    }
    return mark;
}

enum err notice_send(struct task *t, const struct key *key, const struct gateway *gateway,
                     const struct notice_due *notice, bool *ret_reached)
{
    struct mark mark = {notice->id, notice->tries, 0, 0, S("to-call")};
    bool reached = true;
    struct str text;
    struct json *facts;

    if (gateway->url.len) {
        enum err e = text_open(t, key, notice_place(t, notice->id), notice->sealed, &text);
        if (e == OK)
            e = json_parse(t, text, &facts);
        if (e)
            return e;
        enum gateway_answer answer = gateway_post(
            t, gateway, notice->id, json_get_str(facts, "phone"), json_get_str(facts, "text"));
        mark = mark_after(t, notice, answer);
        reached = answer != GATEWAY_FAILED;
    }
    enum err e = store_write(t, put_mark, &mark);
    if (e == OK)
        *ret_reached = reached;
    return e;
}

enum err notice_give_up(struct task *t, const struct notice_due *notice)
{
    struct mark mark = {notice->id, notice->tries, 0, 0, S("failed")};

    return store_write(t, put_mark, &mark);
}

enum err notices_as_sent(struct task *t, int64_t before)
{
    enum err e = store_run(t, &q_notices_as_sent,
                           ARGS(INT("tenant", t->tenant), INT("before", before)), NULL);

    if (e)
        return e;
    return store_run(
        t, &q_notices_as_seen,
        ARGS(INT("tenant", t->tenant), INT("before", before - (int64_t)7 * 24 * 3600 * 1000)),
        NULL);
}
