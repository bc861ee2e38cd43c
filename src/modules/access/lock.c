/* Failed tries, and the growing pauses they lead to. */
#include "modules/access/staff_private.h"

#include "http/address.h"
#include "session_sql.h"
#include "store/store.h"

enum { FREE_PER_ACCOUNT = 5, FREE_PER_ADDRESS = 20, LONGEST_MINUTES = 60 };

#define MINUTE_MS ((int64_t)60 * 1000)
#define MEMORY_MS (24 * 60 * MINUTE_MS) /* tries older than this no longer count */

struct tries {
    int64_t failures, last_at, locked_until;
};

static const struct field tries_fields[] = {
    FIELD(struct tries, failures, F_INT, NULL),
    FIELD(struct tries, last_at, F_INT, NULL),
    FIELD(struct tries, locked_until, F_INT, NULL),
    {0},
};
static const struct shape tries_shape = {"tries", sizeof(struct tries), tries_fields};

static enum err read_tries(struct task *t, const char *kind, struct str subject,
                           struct tries *ret_tries)
{
    struct tries tries = {0};
    enum err e = store_one(
        t, &q_session_try_read,
        ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(kind)), TEXT("subject", subject)),
        &tries_shape, &tries);

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (tries.last_at < t->now - MEMORY_MS)
        tries = (struct tries){0};
    /* Written while the clock was far ahead, and nobody can be shut out until then. */
    if (tries.locked_until > t->now + LONGEST_MINUTES * MINUTE_MS)
        tries = (struct tries){0};
    *ret_tries = tries;
    return OK;
}

static int64_t pause_ms(int64_t failures, int64_t free_tries)
{
    int64_t minutes = 1;

    if (failures < free_tries)
        return 0;
    for (int64_t i = free_tries; i < failures && minutes < LONGEST_MINUTES; i++)
        minutes *= 2;
    return (minutes < LONGEST_MINUTES ? minutes : LONGEST_MINUTES) * MINUTE_MS;
}

static enum err count_one(struct task *t, const char *kind, struct str subject,
                          const struct tries *before, int64_t free_tries)
{
    int64_t failures = before->failures + 1;
    int64_t pause = pause_ms(failures, free_tries);

    return store_run(t, &q_session_try_put,
                     ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(kind)),
                          TEXT("subject", subject), INT("failures", failures), INT("now", t->now),
                          INT("locked_until", pause ? t->now + pause : 0)),
                     NULL);
}

enum err try_count(struct task *t, struct str account, struct str remote, int64_t *ret_wait_s)
{
    struct str address = address_counted_text(t, remote);
    struct tries of_account, of_address;
    enum err e = read_tries(t, "account", account, &of_account);

    if (!e)
        e = read_tries(t, "address", address, &of_address);
    if (e)
        return e;
    int64_t until = of_account.locked_until > of_address.locked_until ? of_account.locked_until
                                                                      : of_address.locked_until;
    if (until > t->now) {
        *ret_wait_s = (until - t->now + 999) / 1000;
        return OK;
    }
    *ret_wait_s = 0;
    e = count_one(t, "account", account, &of_account, FREE_PER_ACCOUNT);
    return e ? e : count_one(t, "address", address, &of_address, FREE_PER_ADDRESS);
}

enum err try_forget(struct task *t, struct str account)
{
    return store_run(
        t, &q_session_try_forget,
        ARGS(INT("tenant", t->tenant), TEXT("kind", S("account")), TEXT("subject", account)), NULL);
}

enum err try_half_right(struct task *t, struct str remote)
{
    return store_run(t, &q_session_try_take_back,
                     ARGS(INT("tenant", t->tenant), TEXT("kind", S("address")),
                          TEXT("subject", address_counted_text(t, remote))),
                     NULL);
}

enum err try_right(struct task *t, struct str account, struct str remote)
{
    enum err e = try_forget(t, account);

    return e ? e : try_half_right(t, remote);
}

struct tried {
    struct str account, remote;
};

static enum err take_back(struct task *t, void *arg)
{
    const struct tried *tried = arg;
    enum err e = store_run(
        t, &q_session_try_take_back,
        ARGS(INT("tenant", t->tenant), TEXT("kind", S("account")), TEXT("subject", tried->account)),
        NULL);

    return e ? e : try_half_right(t, tried->remote);
}

enum err try_not_wrong(struct task *t, enum err e, struct str account, struct str remote)
{
    struct tried tried = {account, remote};
    struct str note = t->note;

    task_clear_error(t);
    if (store_write(t, take_back, &tried))
        task_clear_error(t); /* it stays counted */
    return task_fail(t, e, "%.*s", STR_ARG(note));
}

enum err fail_locked(struct task *t, int64_t wait_s)
{
    return task_fail(t, ERR_TOO_MANY, "连续输错太多次，请 %lld 分钟后再试",
                     (long long)((wait_s + 59) / 60));
}
