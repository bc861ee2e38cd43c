#include "faults_postgres.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/postgres_fixture.h"
#include "world_rows.h"

const struct faults_kind faults_kinds_postgres[] = {
    {"connection ended before a query", FAULT_BEFORE_QUERY, 0, 3, 1, 2},
    {"connection ended after a query", FAULT_AFTER_QUERY, 0, 3, 1, 2},
    {"file", FAULTS_IN_FILES, ENOSPC, 2, 1, 1},
    {NULL, 0, 0, 0, 0, 0},
};

/* --- Queries ---------------------------------------------------------------------------------- */

enum { LASTING = 3 }; /* so many in a row: the program gives up after some seconds only */

static struct {
    pthread_mutex_t lock;
    struct world *w; /* armed */
    unsigned kind;
    int64_t nth, last, calls, hits;
} queries = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Every session of the program. */
static void end_sessions(const struct world *w)
{
    postgres_do(w->database, "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                             "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static bool counts(unsigned kind)
{
    bool hit = false;

    pthread_mutex_lock(&queries.lock);
    if (queries.w && queries.kind == kind) {
        queries.calls++;
        hit = queries.calls >= queries.nth && queries.calls <= queries.last;
        queries.hits += hit;
    }
    pthread_mutex_unlock(&queries.lock);
    return hit;
}

static void before_query(void)
{
    if (counts(FAULT_BEFORE_QUERY))
        end_sessions(queries.w);
}

/* What was sent has come to the server, which did it. */
static int after_query(PGconn *session, int went)
{
    static const struct timespec while_it_is_done = {0, 20 * 1000 * 1000};

    if (counts(FAULT_AFTER_QUERY)) {
        (void)PQflush(session);
        nanosleep(&while_it_is_done, NULL);
        end_sessions(queries.w);
    }
    return went;
}

int __real_PQsendQueryParams(PGconn *session, const char *sql, int n, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format);
int __wrap_PQsendQueryParams(PGconn *session, const char *sql, int n, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format);
int __real_PQsendQueryPrepared(PGconn *session, const char *name, int n, const char *const *values,
                               const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryPrepared(PGconn *session, const char *name, int n, const char *const *values,
                               const int *lengths, const int *formats, int format);

int __wrap_PQsendQueryParams(PGconn *session, const char *sql, int n, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format)
{
    before_query();
    return after_query(session, __real_PQsendQueryParams(session, sql, n, types, values, lengths,
                                                         formats, format));
}

int __wrap_PQsendQueryPrepared(PGconn *session, const char *name, int n, const char *const *values,
                               const int *lengths, const int *formats, int format)
{
    before_query();
    return after_query(
        session, __real_PQsendQueryPrepared(session, name, n, values, lengths, formats, format));
}

void faults_postgres_arm(struct world *w, const struct faults_kind *kind, int64_t nth, bool lasting)
{
    pthread_mutex_lock(&queries.lock);
    queries.w = w;
    queries.kind = kind->kinds;
    queries.nth = nth;
    queries.last = lasting ? nth + LASTING - 1 : nth;
    queries.calls = queries.hits = 0;
    pthread_mutex_unlock(&queries.lock);
}

int64_t faults_postgres_disarm(int64_t *ret_calls)
{
    pthread_mutex_lock(&queries.lock);
    queries.w = NULL;
    int64_t hits = queries.hits;
    *ret_calls = queries.calls;
    pthread_mutex_unlock(&queries.lock);
    return hits;
}

/* --- Beginning again -------------------------------------------------------------------------- */

static char *kept;

void faults_postgres_keep(struct world *w)
{
    world_rows_end(w);
    postgres_drop(kept);
    kept = postgres_database(w->database);
}

void faults_postgres_restore(struct world *w)
{
    world_rows_end(w);
    postgres_drop(w->database);
    w->app.url = w->database = postgres_database(kept);
}

void faults_postgres_forget(void)
{
    postgres_drop(kept);
    kept = NULL;
}

/* --- Looking ---------------------------------------------------------------------------------- */

char *faults_postgres_census(struct world *w)
{
    static const char *const asked[] = {
        "SELECT step, status, outcome, version, due_duty, due_sort, due_flags, desk, owner,"
        " party_count, emergency, changed_at FROM orders ORDER BY id",
        "SELECT name, opened_seq, closed_seq, legal_day, safe_day, paused, overdue"
        " FROM duty ORDER BY order_id, n",
        "SELECT what, sum(n) FROM order_count GROUP BY what ORDER BY what",
    };
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct task_mark mark = task_mark(&w->t);
    struct world_rows tables = world_tables(w);

    for (size_t i = 0; i < tables.count; i++) {
        const char *name = str_terminated(&w->t, tables.cells[i]);
        char sql[128];

        snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s", name);
        fprintf(out, "%s %lld \n", name, (long long)world_number(w, sql));
    }
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct world_rows rows = world_select(w, asked[i]);

        for (size_t k = 0; k < rows.count * rows.columns; k++)
            fprintf(out, "%.*s%s", STR_ARG(rows.cells[k]), (k + 1) % rows.columns ? " " : " \n");
    }
    fclose(out);
    task_reset(&w->t, mark);
    world_rows_end(w); /* its session would be ended with the program's */
    return text;
}
