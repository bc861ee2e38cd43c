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

/*
 * Whoever gave the password before counts for themselves: no stranger reaches that tally.  Nor do
 * these tries count on the address, or an address hold them up.  An office is one address: whoever
 * sits in it without a mark would keep all who have one out, which is what marks are there against;
 * and counted without holding, slips of colleagues would pause each new browser of the house, while
 * those who guess with a mark went on as before.
 */
static const char *tally_of(const struct guess *guess)
{
    return guess->known ? "known" : "account";
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

enum err try_count(struct task *t, const struct guess *guess, int64_t *ret_wait_s)
{
    struct str address = address_counted_text(t, guess->remote);
    struct tries of_known, of_account = {0}, of_address = {0};
    enum err e = read_tries(t, "known", guess->login, &of_known);

    if (!e && !guess->known)
        e = read_tries(t, "account", guess->login, &of_account);
    if (!e && !guess->known)
        e = read_tries(t, "address", address, &of_address);
    if (e)
        return e;
    int64_t until =
        later(of_known.locked_until, later(of_account.locked_until, of_address.locked_until));
    *ret_wait_s = until > t->now ? (until - t->now + 999) / 1000 : 0;
    if (*ret_wait_s)
        return OK;
    if (guess->known)
        return count_one(t, "known", guess->login, &of_known, FREE_PER_ACCOUNT);
    e = count_one(t, "account", guess->login, &of_account, FREE_PER_ACCOUNT);
    return e ? e : count_one(t, "address", address, &of_address, FREE_PER_ADDRESS);
}

static enum err forget(struct task *t, const char *tally, struct str login)
{
    return store_run(
        t, &q_session_try_forget,
        ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(tally)), TEXT("subject", login)), NULL);
}

enum err try_forget(struct task *t, struct str login, bool *ret_any)
{
    enum err e = forget(t, "account", login);
    bool any = !e && store_changed(t);

    if (!e)
        e = forget(t, "known", login);
    if (!e && ret_any)
        *ret_any = any || store_changed(t);
    return e;
}

static enum err take_back_one(struct task *t, const char *tally, struct str subject)
{
    return store_run(
        t, &q_session_try_take_back,
        ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(tally)), TEXT("subject", subject)),
        NULL);
}

enum err try_no_guess(struct task *t, const struct guess *guess)
{
    return guess->known ? OK : take_back_one(t, "address", address_counted_text(t, guess->remote));
}

static enum err take_back(struct task *t, const struct guess *guess)
{
    enum err e = take_back_one(t, tally_of(guess), guess->login);

    return e ? e : try_no_guess(t, guess);
}

static enum err write_take_back(struct task *t, void *arg)
{
    const struct guess *const *guess = arg;

    return take_back(t, *guess);
}

enum err try_half_right(struct task *t, const struct guess *guess)
{
    struct tries of_known;

    if (guess->known)
        return OK;
    enum err e = take_back(t, guess);
    if (!e)
        e = read_tries(t, "known", guess->login, &of_known);
    return e ? e : count_one(t, "known", guess->login, &of_known, FREE_PER_ACCOUNT);
}

enum err try_right(struct task *t, const struct guess *guess)
{
    if (guess->known)
        return forget(t, "known", guess->login);
    enum err e = try_forget(t, guess->login, NULL);
    return e ? e : take_back_one(t, "address", address_counted_text(t, guess->remote));
}

enum err try_not_wrong(struct task *t, enum err e, const struct guess *guess)
{
    struct str note = t->note;

    task_clear_error(t);
    if (store_write(t, write_take_back, &guess))
        task_clear_error(t); /* it stays counted */
    return task_fail(t, e, "%.*s", STR_ARG(note));
}

enum err fail_locked(struct task *t, int64_t wait_s)
{
    return task_fail(t, ERR_TOO_MANY, "连续输错太多次，请 %lld 分钟后再试",
                     (long long)((wait_s + 59) / 60));
}
