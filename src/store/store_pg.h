/*
 * store_pg.h - what the files share that know PostgreSQL; nobody else includes it.
 *
 * A connection is always in libpq's pipeline mode: what is sent is queued, and answers come in the
 * order of what was sent.  A query that returns rows is waited for; one that only writes is not,
 * unless `awaiting`.  The first refusal is kept in `failure` until the transaction ends; the server
 * passes over everything behind it up to the next sync.
 */
#ifndef STORE_STORE_PG_H
#define STORE_STORE_PG_H

#include <libpq-fe.h>

#include "store/store_private.h"

enum {
    PIPE_MOST = 128,    /* sent and not yet answered; few enough that no buffer fills up */
    LOCK_CLASS = 31090, /* of this program's advisory locks in a database of its own or shared */
    SERVER_CLASS = 31091
};

enum sent_kind {
    SENT_STEP,
    SENT_SYNC,
    SENT_PREPARE,
    SENT_QUERY,
    SENT_WRITE, /* a query whose changed rows count */
    SENT_BEGIN_LOCK,
    SENT_COMMIT
};

struct sent {
    enum sent_kind kind;
    int slot; /* of the query; 0: none */
    const char *name;
};

/* Why a transaction is lost. */
enum pg_cause {
    PG_NOTHING,
    PG_REFUSED, /* by a rule of the rows, or a mistake: the same again would fail again */
    PG_AGAIN,   /* others were in the way (deadlock, serialisation, a lock too long) */
    PG_LOST     /* no connection */
};

struct pg_failure {
    enum pg_cause cause;
    bool elsewhere; /* it may go in another session */
    struct trouble trouble;
    char words[400]; /* of the server, for mistakes of the program */
};

struct pg_statement {
    bool prepared; /* in this session */
    bool described;
    struct columns columns;
};

struct pg {
    struct connection base;
    enum connection_role role;
    const char *url; /* the store's */
    PGconn *session; /* NULL: none */
    struct pg_statement *statements;
    int statement_count;
    struct cell *cells;
    size_t cell_room;
    PGresult *active; /* rows that are being read */
    struct sent sent[PIPE_MOST];
    unsigned oldest, waiting;
    struct pass *pass; /* of the write that runs; NULL: none */
    bool told;         /* the function that reads was given an answer: it is not run again */
    bool begun;        /* a transaction, or what begins it is on its way */
    bool awaiting;     /* wait for each answer */
    bool side_by_side; /* shares the tenant with others */
    bool wants_alone;  /* and found that it should not */
    struct pg_failure failure;
    int64_t changed;
    char transaction[24]; /* its number as text; empty: not known */
    int64_t timeline;     /* of the server when the session began */
    char life[48];        /* the same: another one after every crash of the server */
};

struct trouble pg_open(const char *url, enum connection_role role, struct connection **ret);
/* A session with nothing sent; makes one where there is none.  The trouble says that there is no
 * way to the server, and nothing happened. */
struct trouble pg_connect(struct pg *c);
void pg_disconnect(struct pg *c);

/* Send; false and `failure` when the connection is lost. */
bool pg_send(struct pg *c, enum sent_kind kind, const char *sql);
bool pg_send_values(struct pg *c, enum sent_kind kind, const char *sql, int n,
                    const char *const *values);
bool pg_send_sync(struct pg *c);
/* Something was handed to the library, and `went`: note what it was. */
bool pg_sent(struct pg *c, int went, enum sent_kind kind, int slot, const char *name);
/* Outside a transaction: the first value of the first row as text, empty when there is none. */
bool pg_ask(struct pg *c, const char *sql, int n, const char *const *values, char ret_answer[64]);
/* Wait for the answers to all that was sent.  The last one is left in `active`.  False: `failure`.
 */
bool pg_answers(struct pg *c);

/* store_pg_gate.c */
enum { GATES = 256 };
struct gate;
/* What one write may do in its city until it leaves. */
struct pass {
    struct gate *gate;
    bool sharing, asking;
};
/* `writers`: connections that one city may have.  False: no memory. */
bool gates_make(struct store *store, int writers);
void gates_free(struct store *store);
struct gate *gate_of(const struct store *store, int64_t tenant);
/* False: it was not let in for so long. */
bool gate_enter(struct gate *gate, bool sharing, int wait_ms, struct pass *ret_pass);
void gate_asks(struct pass *pass);   /* asks for the lock of the city, in another transaction */
void gate_passed(struct pass *pass); /* has it: the next may ask */
void gate_leave(struct pass *pass);

/* store_pg_news.c */
struct trouble pg_news_start(struct store *store);
void pg_news_stop(struct store *store);
/* A new session, not in pipeline mode; NULL: no memory. */
PGconn *pg_session(const char *url);

struct pg_failure pg_failure_of(const PGresult *answer, const char *name);
enum err pg_fail_query(struct task *t, const struct pg *c);

enum err pg_run(struct task *t, struct connection *base, const struct query *query,
                const struct arg *args, size_t n, row_fn *row, void *sink, int64_t *ret_changed);
enum err pg_prepare(struct task *t, struct connection *base, const struct query *query);

static inline struct pg *pg_of(struct connection *base)
{
    return (struct pg *)base;
}

#endif
