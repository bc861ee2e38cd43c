/*
 * bench_engine - acts on orders in process and through HTTP, and pages of the worklist, each
 * against a plain loop of SQLite calls that writes or reads the same rows (tape.h).
 *
 *   bench_engine [--json] [--only act|http|list] [--orders N] [--passes N]
 *
 * Every pass has N orders of its own.  In each pass all measurements take their turn.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "city.h"
#include "client.h"
#include "figures.h"
#include "http/server.h"
#include "http/site.h"
#include "tape.h"

enum { ROWS = 50, PAGES = 640, PLAIN_PAGES = 400 };

struct bench {
    struct city city;
    struct plain *plain, *reader;
    struct server *server;
    const char *only;
    bool json;
    int64_t n; /* orders of one pass */
    int passes;
    int64_t *orders;
    int64_t next; /* the next order that nobody acted on */
    struct figure act, act_cpu, http, page, list;
};

/* --- Acts in process -------------------------------------------------------------------------- */

static double group_since(struct bench *b, struct store_figures before)
{
    struct store_figures now = store_figures(b->city.app.store);

    return (double)(now.writes - before.writes) / (double)(now.commits - before.commits);
}

static void pass_act(struct bench *b)
{
    struct store_figures before = store_figures(b->city.app.store);

    tape_begin(TAPE_WRITES);
    double ours = city_act_all(&b->city, b->orders + b->next, b->n);
    tape_end();
    b->next += b->n;
    b->act.extra = group_since(b, before);
    figure_add(&b->act, ours, plain_play(b->plain, 1) * (double)(b->n * ACTS));
    /* What other programs on the machine cannot move: acts per second of processor. */
    double acts = (double)(b->n * ACTS);
    figure_add(&b->act_cpu, acts / tape_writer_cpu(), acts / plain_cpu(b->plain));
}

/* --- Acts through HTTP ------------------------------------------------------------------------ */

static size_t act_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct bench *b = arg;
    int64_t at = connection + i / ACTS * CONNECTIONS;
    const struct city_act *act = &city_acts[i % ACTS];

    if (at >= b->n)
        return 0;
    long long order = (long long)b->orders[b->next + at];
    int n = snprintf(out, REQUEST_MOST,
                     "POST /api/v1/orders/%lld/act/%s HTTP/1.1\r\nHost: lanjiang.test\r\n"
                     "Authorization: Bearer %.*s\r\nContent-Type: application/json\r\n"
                     "Idempotency-Key: bench-%lld-%d\r\nContent-Length: %zu\r\n\r\n%s",
                     order, act->action, STR_ARG(b->city.tokens[at % OFFICERS]), order,
                     (int)(i % ACTS), strlen(act->input), act->input);
    return (size_t)n;
}

static void pass_http(struct bench *b)
{
    struct store_figures before = store_figures(b->city.app.store);

    tape_begin(TAPE_WRITES);
    struct client_result result =
        client_run(server_port(b->server), CONNECTIONS, 200, act_request, b);
    tape_end();
    b->next += b->n;
    if (result.answers != b->n * ACTS)
        bench_die("answers are missing", NULL);
    b->http.extra = group_since(b, before);
    figure_add(&b->http, result.per_second, plain_play(b->plain, 1) * (double)(b->n * ACTS));
}

/* --- The worklist ----------------------------------------------------------------------------- */

struct page {
    const struct bench *b;
    const char *path;
    int64_t times;
};

static size_t page_text(const struct page *page, char out[REQUEST_MOST])
{
    return (size_t)snprintf(out, REQUEST_MOST,
                            "GET %s HTTP/1.1\r\nHost: lanjiang.test\r\n"
                            "Authorization: Bearer %.*s\r\n\r\n",
                            page->path, STR_ARG(page->b->city.tokens[0]));
}

static size_t page_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct page *page = arg;

    (void)connection;
    return i < page->times / CONNECTIONS ? page_text(page, out) : 0;
}

/* One request in this thread, with its queries on the tape. */
static void tape_page(struct bench *b, const struct page *page)
{
    char text[REQUEST_MOST];
    size_t n = page_text(page, text);
    struct task t;

    city_task(&b->city, &t);
    t.tenant = 0;
    tape_begin(TAPE_ALL);
    struct str answer = http_handle(&t, b->city.site, (struct str){text, n}, S("127.0.0.1"));
    tape_end();
    if (atoi(answer.at + 9) != 200)
        bench_die(page->path, NULL);
    task_end(&t);
}

static void pass_page(struct bench *b, struct figure *figure, const char *path)
{
    struct page page = {b, path, PAGES};

    struct client_result result =
        client_run(server_port(b->server), CONNECTIONS, 200, page_request, &page);
    tape_page(b, &page);
    figure->extra = (double)tape_queries();
    figure_add(figure, result.per_second, plain_play(b->reader, PLAIN_PAGES));
}

/* --- All of it -------------------------------------------------------------------------------- */

static bool wanted(const struct bench *b, const char *what)
{
    return !b->only || !strcmp(b->only, what);
}

static void start(struct bench *b)
{
    char path[4096], live[4096];
    struct task t;

    city_make(&b->city, NULL);
    b->orders = city_orders(&b->city, 0, (2 * b->passes + 1) * b->n);
    snprintf(path, sizeof path, "%s/plain.db", b->city.folder);
    snprintf(live, sizeof live, "%s/yimen.db", b->city.app.data);
    city_task(&b->city, &t);
    if (store_backup(&t, path, NULL))
        bench_die("backup", &t);
    task_end(&t);
    b->plain = plain_open(path);
    b->reader = plain_open(live);
    struct server_options options = {.site = b->city.site, .store = b->city.app.store};
    b->server = server_start(&options, &b->city.why);
    if (!b->server)
        bench_die(b->city.why ? b->city.why : "no server", NULL);
}

static void finish(struct bench *b)
{
    char live[4096];

    snprintf(live, sizeof live, "%s/yimen.db", b->city.app.data);
    if (!server_stop(b->server, 10))
        bench_die("the server does not stop", NULL);
    plain_close(b->reader);
    city_close(&b->city);
    plain_compare(b->plain, live);
    plain_close(b->plain);
    city_remove(&b->city);
}

static void read_words(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            b->json = true;
        } else if (!strcmp(argv[i], "--only") && i + 1 < argc) {
            b->only = argv[++i];
        } else if (!strcmp(argv[i], "--orders") && i + 1 < argc) {
            b->n = atoll(argv[++i]);
        } else if (!strcmp(argv[i], "--passes") && i + 1 < argc) {
            b->passes = atoi(argv[++i]);
        } else {
            fputs("usage: bench_engine [--json] [--only act|http|list] [--orders N] [--passes N]\n",
                  stderr);
            exit(2);
        }
    }
    if (b->n < CONNECTIONS || b->passes < 1 || b->passes > PASSES_MOST)
        bench_die("numbers out of bounds", NULL);
}

int main(int argc, char **argv)
{
    static struct bench b = {
        .n = 2048, /* a second: long against starting 64 threads, holds several copies of the log */
        .passes = PASSES,
        .act = {"act", "order_act, 64 threads / plain loop", 0.70, false, "acts/s"},
        .act_cpu = {"act-cpu", "the same by processor time of the writer", 0.50, false,
                    "acts/s of processor"},
        .http = {"http", "act over HTTP, 64 connections / plain loop", 0.50, false, "acts/s"},
        .page = {"page", "worklist page of 50, HTTP / its SQL alone", 0.25, false, "pages/s"},
        .list = {"list", "worklist as JSON, HTTP / its SQL alone", 0.25, false, "pages/s"},
    };

    read_words(&b, argc, argv);
    start(&b);
    b.act.extra_title = b.http.extra_title = "group";
    b.page.extra_title = b.list.extra_title = "queries";
    for (int pass = 0; pass < b.passes; pass++) {
        if (wanted(&b, "act"))
            pass_act(&b);
        if (wanted(&b, "http"))
            pass_http(&b);
        if (wanted(&b, "list")) {
            pass_page(&b, &b.page, "/orders?view=unit");
            pass_page(&b, &b.list, "/api/v1/orders?view=unit");
        }
    }
    finish(&b);
    struct figure *const figures[] = {&b.act, &b.act_cpu, &b.http, &b.page, &b.list};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (figures[i]->passes)
            (void)figure_print(figures[i], b.json);
    return 0;
}
