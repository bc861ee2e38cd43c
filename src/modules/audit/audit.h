/*
 * audit.h - who did and who looked: an append-only, hash-chained record per tenant.
 *
 * What changes an order is in the order's own events; here stands what those do not hold: sign-ins,
 * looks at personal data, exports, loads, grants, keys, erasures.  Each entry carries the hash of
 * the one before it; the head row keeps count and hash, so a removed last entry is found too.  The
 * detail (a typed reason) is sealed; who, when and what about are in the clear and hold no personal
 * data of parties.  Names, posts and units are kept as they then were.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "core/shape.h"
#include "core/task.h"

/* Words, a closed list (audit.c holds their titles):
 *   sign-in sign-in-failed sign-out post-switch password second-factor token
 *   look export grant staff unlock org load keys erasure backup knowledge
 *   proof security power */

/* In Chinese; NULL: there is no such word. */
const char *audit_title(const char *word);

struct audit_entry {
    const char *word;
    int64_t staff;               /* 0: nobody signed in, or the system */
    struct str name, post, unit; /* 周敏, 窗口受理岗, 双塔街道中心; empty: none */
    int64_t order, party;        /* concerned; 0: none */
    struct str subject;          /* another thing: "staff/12", "procedure/legal-aid@3" */
    struct str remote;           /* address of the client */
    struct str detail;           /* reason or explanation; sealed */
};

/* Append.  Inside store_write().  An entry that cannot be written fails what it would record. */
MUST_USE enum err audit_record(struct task *t, const struct audit_entry *entry);

struct audit_view {
    int64_t seq, at;
    struct str word, title; /* look, 查看个人信息 */
    int64_t staff;
    struct str name, post, unit;
    int64_t order, party;
    struct str subject, remote, detail;
};
extern const struct shape audit_view_shape;

struct audit_query {
    struct str word;      /* empty: all */
    int64_t staff, order; /* 0: all */
    int64_t from, until;  /* moments; 0: open */
    int64_t before;       /* only entries with a lower seq; 0: from the newest */
    int64_t most;         /* 0: 50, at most 200 */
};
/* Newest first.  Inside store_read(). */
MUST_USE enum err audit_list(struct task *t, const struct audit_query *query,
                             struct list *ret_entries);

struct audit_look { /* for the person concerned: post and unit, never a name */
    int64_t at;
    struct str post, unit, detail;
    int64_t order, party;
};
extern const struct shape audit_look_shape;
/* Who looked at this order, or, with order 0, at this party anywhere.  Newest first, at most 200.
 * Inside store_read(). */
MUST_USE enum err audit_looks(struct task *t, int64_t order, int64_t party, struct list *ret_looks);

/* Follow the chain of t->tenant.  *ret_bad_seq is the first entry that does not fit, 0 when whole;
 * *ret_count how many there are.  Outside a transaction: it reads in chunks. */
MUST_USE enum err audit_verify(struct task *t, int64_t *ret_bad_seq, int64_t *ret_count);

/* For whoever signs the record: its newest entry (0 and an empty hash: there is none yet), and the
 * hash of an entry (empty: there is no such entry).  Inside store_read(). */
MUST_USE enum err audit_head(struct task *t, int64_t *ret_seq, struct str *ret_hash);
MUST_USE enum err audit_hash_at(struct task *t, int64_t seq, struct str *ret_hash);

struct module;
extern const struct module audit_module;

#endif
