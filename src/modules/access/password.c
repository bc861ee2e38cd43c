/* Passwords: hashing and comparing.  The only file that knows libsodium here: its names and those
 * of core/crypto.h exclude each other. */
#include "modules/access/staff.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

/* Memory and passes are above what OWASP asks (19 MiB, 2).  At most so many hashes at one time:
 * each takes its memory, and a flood of sign-ins must not take the server's. */
enum { HASH_PASSES = 2, HASH_MEMORY = 32 * 1024 * 1024, HASHES_AT_ONCE = 4, WAIT_SECONDS = 10 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t turns;
static _Atomic uint64_t comparisons;
static char hash_of_nobody[crypto_pwhash_STRBYTES]; /* of a password that was thrown away */

static void start(void)
{
    unsigned char thrown_away[32];

    if (sodium_init() < 0)
        abort();
    randombytes_buf(thrown_away, sizeof thrown_away);
    if (sem_init(&turns, 0, HASHES_AT_ONCE) ||
        crypto_pwhash_str_alg(hash_of_nobody, (const char *)thrown_away, sizeof thrown_away,
                              HASH_PASSES, HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        abort();
}

static bool take_turn(void)
{
    struct timespec until;

    pthread_once(&once, start);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    while (sem_timedwait(&turns, &until)) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

enum err password_hash(struct task *t, struct str password, struct str *ret_hash)
{
    char hash[crypto_pwhash_STRBYTES];

    if (!take_turn())
        return task_fail(t, ERR_BUSY, "系统正忙，请稍后再试");
    int failed = crypto_pwhash_str_alg(hash, password.at ? password.at : "", password.len,
                                       HASH_PASSES, HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    sem_post(&turns);
    if (failed)
        return task_fail(t, ERR_BUSY, "内存不足，请稍后再试");
    *ret_hash = str_copy(t, str_of(hash));
    return OK;
}

uint64_t password_comparisons(void)
{
    return atomic_load(&comparisons);
}

enum err password_verify(struct task *t, struct str hash, struct str password)
{
    if (password.len > PASSWORD_MOST * 4)
        password.len = 0;
    if (!take_turn())
        return task_fail(t, ERR_BUSY, "系统正忙，请稍后再试");
    /* Unknown logins take as long as known ones. */
    const char *stored = hash.len ? str_terminated(t, hash) : hash_of_nobody;
    int wrong = crypto_pwhash_str_verify(stored, password.at ? password.at : "", password.len);
    sem_post(&turns);
    atomic_fetch_add(&comparisons, 1);
    return wrong || !hash.len ? ERR_UNAUTHENTICATED : OK;
}
