/*
 * bench_pg - acts on orders in process, on PostgreSQL, against plain loops of libpq that run the
 * same statements with the same values, one transaction per act, in a copy of the database.
 *
 *   tools/postgres run bench_pg [--json] [--orders N] [--passes N]
 *
 * 64 threads act through the store's 16 connections; the plain loops have 16 connections.  One does
 * what the program has to do: waits for what it reads, lets what it writes go out in a pipeline.
 * The other waits for every statement, as most programs do.  Both lock what the program locks by
 * store_lock(), without which they would end in deadlocks over the counters.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "city.h"
#include "figures.h"
#include "store/postgres_fixture.h"
#include "tape.h"

enum { PLAIN = 16, PREPARED = 256 };

struct bench {
    struct city city;
    char *url, *copy;
    bool json;
    int64_t n;
    int passes;
    int64_t *orders, next;
    struct figure pipeline, each;
};

/* ---- a plain connection ---- */

struct player {
    pthread_t thread;
    PGconn *session;
    size_t number;
    bool each;
    const struct query *prepared[PREPARED];
};

static void player_die(const struct player *p, const char *what)
{
    fprintf(stderr, "bench: plain loop: %s\n", PQerrorMessage(p->session));
    bench_die(what, NULL);
}

/* The answers to `n` statements; the last one's values are looked at, as whoever reads would. */
static void answers(const struct player *p, int n)
{
    static volatile int64_t seen;

    if (!PQsendFlushRequest(p->session) || PQflush(p->session) < 0)
        player_die(p, "flush");
    for (; n; n--) {
        PGresult *answer = PQgetResult(p->session);
        ExecStatusType status = PQresultStatus(answer);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            player_die(p, "statement");
        for (int row = 0; row < PQntuples(answer); row++)
            for (int i = 0; i < PQnfields(answer); i++)
                seen += PQgetlength(answer, row, i);
        PQclear(answer);
        PQclear(PQgetResult(p->session));
    }
}

static int number_of(struct player *p, const struct query *query)
{
    for (int i = 0; i < PREPARED; i++) {
        char name[16];

        if (p->prepared[i] == query)
            return i;
        if (p->prepared[i])
            continue;
        snprintf(name, sizeof name, "p%d", i);
        if (!PQsendPrepare(p->session, name, query->postgres, 0, NULL))
            player_die(p, query->name);
        answers(p, 1);
        p->prepared[i] = query;
        return i;
    }
    bench_die("too many queries", NULL);
}

static void send_entry(struct player *p, const struct entry *entry)
{
    const char *values[128];
    char name[16], numbers[128][24];
    int lengths[128], formats[128];

    snprintf(name, sizeof name, "p%d", number_of(p, entry->query));
    for (size_t i = 0; i < entry->n; i++) {
        const struct arg *arg = &entry->args[i];

        formats[i] = arg->type != ARG_INT;
        lengths[i] = (int)arg->text.len;
        values[i] = arg->type == ARG_NULL ? NULL : arg->text.at ? arg->text.at : "";
        if (arg->type == ARG_INT) {
            snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)arg->number);
            values[i] = numbers[i];
        }
    }
    if (!PQsendQueryPrepared(p->session, name, (int)entry->n, values, lengths, formats, 1))
        player_die(p, entry->query->name);
}

static void send_step(const struct player *p, enum connection_step step)
{
    const char *sql = step == BEGIN_READ    ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                      : step == BEGIN_WRITE ? "BEGIN"
                      : step == COMMIT      ? "COMMIT"
                                            : "ROLLBACK";

    if (!PQsendQueryParams(p->session, sql, 0, NULL, NULL, NULL, NULL, 0))
        player_die(p, sql);
}

static void send_lock(const struct player *p, int64_t what)
{
    char text[24];
    const char *values[] = {text};

    snprintf(text, sizeof text, "%lld", (long long)what);
    if (!PQsendQueryParams(p->session, "SELECT pg_advisory_xact_lock($1::bigint)", 1, NULL, values,
                           NULL, NULL, 0))
        player_die(p, "lock");
}

static void play(struct player *p, const struct entry *entry)
{
    int sent = 0;

    for (; entry; entry = entry->next) {
        bool reads = entry->query && entry->query->kind == QUERY_READ;

        if (entry->query)
            send_entry(p, entry);
        else if (entry->locks)
            send_lock(p, entry->lock);
        else
            send_step(p, entry->step);
        sent++;
        bool commits = !entry->query && !entry->locks && entry->step == COMMIT;
        if (!reads && !p->each && !commits)
            continue;
        answers(p, sent);
        sent = 0;
    }
    answers(p, sent);
}

static void *play_some(void *arg)
{
    struct player *p = arg;

    for (size_t i = p->number; i < TAPE_THREADS; i += PLAIN)
        play(p, tape_thread(i));
    return NULL;
}

/* Statements are prepared before: a pass over a tape whose transactions are undone. */
static void get_ready(struct player *p, const char *url)
{
    p->session = PQconnectdb(url);
    if (PQstatus(p->session) != CONNECTION_OK || !PQenterPipelineMode(p->session))
        player_die(p, "connecting");
    for (size_t i = 0; i < TAPE_THREADS; i++)
        for (const struct entry *entry = tape_thread(i); entry; entry = entry->next)
            if (entry->query)
                (void)number_of(p, entry->query);
}

static double plain_acts(struct bench *b, bool each)
{
    struct player players[PLAIN] = {0};
    char *url = postgres_database(b->copy);

    for (size_t i = 0; i < PLAIN; i++) {
        players[i].number = i;
        players[i].each = each;
        get_ready(&players[i], url);
    }
    int64_t begun = time_monotonic_ns();
    for (size_t i = 0; i < PLAIN; i++)
        pthread_create(&players[i].thread, NULL, play_some, &players[i]);
    for (size_t i = 0; i < PLAIN; i++)
        pthread_join(players[i].thread, NULL);
    double seconds = (double)(time_monotonic_ns() - begun) / 1e9;
    for (size_t i = 0; i < PLAIN; i++)
        PQfinish(players[i].session);
    postgres_drop(url);
    return (double)(b->n * ACTS) / seconds;
}

/* ---- all of it ---- */

static void check_copy(const struct bench *b)
{
    static const char events[] = "SELECT COUNT(*) FROM event";
    long long ours = postgres_do(b->url, events), theirs = postgres_do(b->copy, events);

    if (ours != theirs + b->n * ACTS)
        bench_die("the program wrote other rows than the tape says", NULL);
}

/* As the city stands before the pass: the plain loops begin from the same rows. */
static void copy_database(struct bench *b)
{
    char data[4096];

    snprintf(data, sizeof data, "%s", b->city.app.data);
    char *folder = b->city.folder;
    city_close(&b->city);
    postgres_drop(b->copy);
    b->copy = postgres_database(b->url);
    city_open(&b->city, data);
    b->city.folder = folder;
}

static void pass(struct bench *b)
{
    copy_database(b);
    tape_begin(TAPE_EACH);
    double ours = city_act_all(&b->city, b->orders + b->next, b->n);
    tape_end();
    b->next += b->n;
    check_copy(b);
    figure_add(&b->pipeline, ours, plain_acts(b, false));
    figure_add(&b->each, ours, plain_acts(b, true));
}

static void read_words(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            b->json = true;
        } else if (!strcmp(argv[i], "--orders") && i + 1 < argc) {
            b->n = atoll(argv[++i]);
        } else if (!strcmp(argv[i], "--passes") && i + 1 < argc) {
            b->passes = atoi(argv[++i]);
        } else {
            fputs("usage: bench_pg [--json] [--orders N] [--passes N]\n", stderr);
            exit(2);
        }
    }
    if (b->n < CONNECTIONS || b->passes < 1 || b->passes > PASSES_MOST)
        bench_die("numbers out of bounds", NULL);
}

int main(int argc, char **argv)
{
    static struct bench b = {
        .n = 512,
        .passes = PASSES,
        .pipeline = {"pg-act", "order_act on PostgreSQL / libpq, writes in a pipeline", 0.50, false,
                     "acts/s"},
        .each = {"pg-act-each", "the same / libpq, every statement waited for", 0.50, false,
                 "acts/s"},
    };

    read_words(&b, argc, argv);
    if (!postgres_wanted()) {
        puts("skipped: no PostgreSQL (tools/postgres run)");
        return 0;
    }
    b.url = postgres_database(NULL);
    setenv("YIMEN_STORE", b.url, 1);
    city_make(&b.city, NULL);
    b.orders = city_orders(&b.city, 0, b.passes * b.n);
    for (int i = 0; i < b.passes; i++)
        pass(&b);
    city_remove(&b.city);
    postgres_drop(b.copy);
    postgres_drop(b.url);
    (void)figure_print(&b.pipeline, b.json);
    (void)figure_print(&b.each, b.json);
    return 0;
}
