#include "modules/orders/seal.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "modules/audit/audit.h"
#include "modules/orders/slice.h"
#include "modules/org/keys.h"
#include "orders_feed_sql.h"
#include "orders_seal_sql.h"

enum { SEALS_AT_ONCE = 50 };

/* A run of a job is short, so that a server can stop. */
#define RUN_NS  ((int64_t)3000000000)
#define HOUR_MS ((int64_t)3600000)

struct seal {
    int64_t n, at, last_event, audit_seq;
    struct str digest, audit_hash, hash, signature;
};

static const struct shape seal_shape = {
    .name = "Seal",
    .size = sizeof(struct seal),
    .fields =
        (const struct field[]){
            FIELD(struct seal, n, F_INT, NULL),
            FIELD(struct seal, at, F_MOMENT, NULL),
            FIELD(struct seal, last_event, F_INT, NULL),
            FIELD(struct seal, digest, F_STR, NULL),
            FIELD(struct seal, audit_seq, F_INT, NULL),
            FIELD(struct seal, audit_hash, F_STR, NULL),
            FIELD(struct seal, hash, F_STR, NULL),
            FIELD(struct seal, signature, F_STR, NULL),
            {0},
        },
};

enum err seal_key(struct task *t, struct key *ret_key)
{
    return lasting_key(t, "seal-heads", ret_key);
}

static struct str hex(struct task *t, struct str bytes)
{
    return str_hex(t, bytes.at, bytes.len);
}

static struct str seal_text(struct task *t, const struct seal *seal, const struct seal *before)
{
    return str_format(t,
                      "yimen seal 1\ntenant %lld\nseal %lld\nat %.*s\nevents %lld %lld\n"
                      "digest %.*s\naudit %lld %.*s\nbefore %.*s\n",
                      (long long)t->tenant, (long long)seal->n,
                      STR_ARG(moment_rfc3339(t, seal->at)), (long long)before->last_event + 1,
                      (long long)seal->last_event, STR_ARG(hex(t, seal->digest)),
                      (long long)seal->audit_seq, STR_ARG(hex(t, seal->audit_hash)),
                      STR_ARG(hex(t, before->hash)));
}

static struct str hash_str(struct task *t, struct str text)
{
    unsigned char hash[HASH_BYTES];

    crypto_digest(&text, 1, hash);
    return str_copy(t, (struct str){(const char *)hash, sizeof hash});
}

/* --- Folding events --- */

struct fold {
    int64_t after, until;
    int64_t last; /* feed number reached */
    unsigned char digest[HASH_BYTES];
    struct list
        *missing; /* struct finding: what the feed names and is not there; NULL: not asked */
};

static void fold_one(struct fold *fold, struct str facts, struct str hash)
{
    struct str parts[] = {{(const char *)fold->digest, HASH_BYTES}, facts, hash};

    crypto_digest(parts, 3, fold->digest);
}

/* At most SEAL_EVENTS of them.  A gap ends it: what was taken out is not passed over. */
static enum err fold_events(struct task *t, struct fold *fold)
{
    struct rows *rows;
    enum err e = store_run(t, &q_seals_events,
                           ARGS(INT("tenant", t->tenant), INT("after", fold->after),
                                INT("until", fold->until), INT("most", SEAL_EVENTS)),
                           &rows);

    if (e)
        return e;
    memset(fold->digest, 0, sizeof fold->digest);
    fold->last = fold->after;
    while (rows_next(rows)) {
        int64_t n = row_int(rows, "n"), order = row_int(rows, "order_id"),
                seq = row_int(rows, "seq");

        if (n != fold->last + 1)
            return OK;
        fold->last = n;
        fold_one(fold,
                 str_format(t, "%lld %lld %lld", (long long)n, (long long)order, (long long)seq),
                 row_str(rows, "hash"));
        if (fold->missing && row_is_null(rows, "hash"))
            *(struct finding *)list_add(t, fold->missing, sizeof(struct finding)) =
                (struct finding){order, seq, S("这条留痕不见了")};
    }
    return OK;
}

/* --- Sealing --- */

struct sealing {
    struct seal before, seal;
    struct key key;
    bool due;
};

static enum err read_last(struct task *t, struct seal *ret_seal)
{
    enum err e = store_one(t, &q_seals_last, ARGS(INT("tenant", t->tenant)), &seal_shape, ret_seal);

    if (e != ERR_NOT_FOUND)
        return e;
    *ret_seal = (struct seal){0};
    return OK;
}

static enum err gather(struct task *t, void *arg)
{
    struct sealing *s = arg;
    struct fold fold = {.until = INT64_MAX};
    enum err e = read_last(t, &s->before);

    if (!e)
        e = seal_key(t, &s->key);
    fold.after = s->before.last_event;
    if (!e)
        e = fold_events(t, &fold);
    s->seal = (struct seal){.n = s->before.n + 1, .at = t->now, .last_event = fold.last};
    if (!e)
        e = audit_head(t, &s->seal.audit_seq, &s->seal.audit_hash);
    if (e)
        return e;
    int64_t events = fold.last - fold.after;
    s->due = events >= SEAL_EVENTS || !s->before.n || day_of(t->now) > day_of(s->before.at) ||
             (events && llabs(t->now - s->before.at) >= HOUR_MS); /* also after a clock set back */
    s->seal.digest = str_copy(t, (struct str){(const char *)fold.digest, HASH_BYTES});
    return OK;
}

static enum err write_seal(struct task *t, void *arg)
{
    const struct seal *seal = arg;

    return store_run(t, &q_seals_add,
                     ARGS(INT("tenant", t->tenant), INT("n", seal->n), INT("at", seal->at),
                          INT("last_event", seal->last_event), BYTES("digest", seal->digest),
                          INT("audit_seq", seal->audit_seq), BYTES("audit_hash", seal->audit_hash),
                          BYTES("hash", seal->hash), BYTES("signature", seal->signature)),
                     NULL);
}

/* Also told to the log, which is another place than the database. */
static enum err seal_once(struct task *t, bool *ret_sealed, int64_t *ret_events)
{
    struct sealing s = {0};
    enum err e = store_read(t, gather, &s);

    *ret_sealed = false;
    if (e || !s.due) {
        key_clear(&s.key);
        return e;
    }
    struct str text = seal_text(t, &s.seal, &s.before);
    s.seal.hash = hash_str(t, text);
    s.seal.signature = sign_text(t, &s.key, text);
    key_clear(&s.key);
    e = store_write(t, write_seal, &s.seal);
    if (e)
        return e;
    *ret_sealed = true;
    *ret_events = s.seal.last_event - s.before.last_event;
    log_write(LEVEL_INFO, "orders.sealed",
              LOG_PAIRS(LOG_ID("tenant", t->tenant), LOG_INT("seal", s.seal.n),
                        LOG_STR("hash", hex(t, s.seal.hash))));
    return OK;
}

enum err orders_seal(struct task *t, int64_t *ret_seals)
{
    int64_t events = SEAL_EVENTS, end = time_monotonic_ns() + RUN_NS;
    bool sealed = true;

    *ret_seals = 0;
    while (sealed && events == SEAL_EVENTS && time_monotonic_ns() < end) {
        struct task_mark mark = task_mark(t);
        enum err e = seal_once(t, &sealed, &events);

        if (e)
            return e;
        *ret_seals += sealed;
        task_reset(t, mark);
    }
    return OK;
}

static enum err last_sealed(struct task *t, void *arg)
{
    struct seals_checked *last = arg;
    struct seal seal;
    enum err e = read_last(t, &seal);

    if (!e)
        *last = (struct seals_checked){seal.n, seal.last_event, seal.at};
    return e;
}

enum err seals_last(struct task *t, struct seals_checked *ret_last)
{
    return store_read(t, last_sealed, ret_last);
}

/* --- Verifying --- */

struct check {
    struct task *home; /* findings outlive the memory of a slice */
    struct list *findings;
    size_t most;
    struct str public;
    struct seal before;
    int64_t seals;
    bool more;
};

static void found(struct check *c, int64_t order, int64_t seq, struct str what)
{
    if (c->findings->count < c->most)
        *(struct finding *)list_add(c->home, c->findings, sizeof(struct finding)) =
            (struct finding){order, seq, str_copy(c->home, what)};
}

static enum err check_events(struct task *t, struct check *c, const struct seal *seal)
{
    struct list missing = {0};
    struct fold fold = {
        .after = c->before.last_event, .until = seal->last_event, .missing = &missing};
    enum err e = fold_events(t, &fold);

    if (e)
        return e;
    LIST_EACH (struct finding, gone, missing)
        found(c, gone->order, gone->seq, gone->what);
    if (fold.last != seal->last_event)
        found(c, 0, 0,
              str_format(t, "第 %lld 号封存所封的留痕不全：缺第 %lld 号", (long long)seal->n,
                         (long long)fold.last + 1));
    else if (memcmp(fold.digest, seal->digest.at, HASH_BYTES) != 0)
        found(c, 0, 0,
              str_format(
                  t, "%.*s 封存以后有留痕被改动、删除或调换：第 %lld 号封存，总第 %lld 至 %lld 条",
                  STR_ARG(moment_text(t, seal->at)), (long long)seal->n,
                  (long long)c->before.last_event + 1, (long long)seal->last_event));
    return OK;
}

static enum err check_seal(struct task *t, struct check *c, const struct seal *seal)
{
    struct str text = seal_text(t, seal, &c->before), audit_hash;

    if (seal->n != c->before.n + 1)
        found(c, 0, 0, str_format(t, "第 %lld 号封存不见了", (long long)c->before.n + 1));
    if (!str_eq(seal->hash, hash_str(t, text)) || !sign_check(c->public, text, seal->signature))
        found(c, 0, 0,
              str_format(t, "第 %lld 号封存的签名不对：它或者它前面的一份被改动、删除",
                         (long long)seal->n));
    enum err e = audit_hash_at(t, seal->audit_seq, &audit_hash);
    if (e)
        return e;
    if (!str_eq(audit_hash, seal->audit_hash))
        found(c, 0, 0,
              str_format(t, "第 %lld 号封存所封的审计第 %lld 条被改动或删除", (long long)seal->n,
                         (long long)seal->audit_seq));
    return seal->digest.len == HASH_BYTES ? check_events(t, c, seal) : OK;
}

/* A seal outlives the slice that read it: the next one signs its hash. */
static void remember(struct check *c, const struct seal *seal)
{
    c->before = (struct seal){.n = seal->n, .at = seal->at, .last_event = seal->last_event};
    c->before.hash = str_copy(c->home, seal->hash);
    c->seals++;
}

static enum err check_slice(struct task *t, void *arg)
{
    struct check *c = arg;
    struct list seals;
    enum err e = store_list(
        t, &q_seals_after,
        ARGS(INT("tenant", t->tenant), INT("after", c->before.n), INT("most", SEALS_AT_ONCE)),
        &seal_shape, &seals);

    if (e)
        return e;
    c->more = seals.count == SEALS_AT_ONCE;
    LIST_EACH (struct seal, seal, seals) {
        e = check_seal(t, c, seal);
        if (e)
            return e;
        remember(c, seal);
    }
    return OK;
}

/* Every event is numbered or waits for its number: one that is neither was put in from outside, and
 * a number without its event lost it. */
static enum err check_totals(struct task *t, void *arg)
{
    struct check *c = arg;
    int64_t events, numbered, waiting, last;
    struct arg tenant = INT("tenant", t->tenant);
    enum err e = store_number(t, &q_seals_all_events, ARGS(tenant), &events);

    if (!e)
        e = store_number(t, &q_seals_all_numbered, ARGS(tenant), &numbered);
    if (!e)
        e = store_number(t, &q_seals_all_new, ARGS(tenant), &waiting);
    if (!e)
        e = store_number(t, &q_orders_feed_last, ARGS(tenant), &last);
    if (e)
        return e;
    if (events != numbered + waiting)
        found(c, 0, 0,
              str_format(t, "留痕有 %lld 条，编了号的和待编号的有 %lld 条", (long long)events,
                         (long long)(numbered + waiting)));
    if (last != numbered)
        found(c, 0, 0, S("留痕的总编号不连续，可能被删"));
    return OK;
}

static enum err read_public(struct task *t, void *arg)
{
    struct str *ret_public = arg;
    struct key key;
    enum err e = seal_key(t, &key);

    if (e)
        return e;
    *ret_public = sign_public(t, &key);
    key_clear(&key);
    return OK;
}

enum err seals_verify(struct task *t, struct list *findings, size_t most,
                      struct seals_checked *ret_checked)
{
    struct check c = {.home = t, .findings = findings, .most = most};
    enum err e = store_read(t, read_public, &c.public);

    if (e)
        return e;
    do {
        e = slice_read(t, check_slice, &c);
        if (e)
            return e;
    } while (c.more);
    e = slice_read(t, check_totals, &c);
    if (e)
        return e;
    *ret_checked = (struct seals_checked){c.seals, c.before.last_event, c.before.at};
    return OK;
}
