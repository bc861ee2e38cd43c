/*
 * bench_growth - a small and a large city, each behind a server of its own: what a working day asks
 * (worklist, an order's page, look-ups, acts, new orders, the scan for what is due) by turns, the
 * first answer after a start, the memory of an idle server, and the disk for each order.
 *
 *   bench_growth [--json] [--yimen PROGRAM] [--small N] [--large N] [--no-verify] [--keep]
 *                [--use SMALL LARGE]
 *
 * --keep leaves both cities where they are and says where; --use measures such cities again.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulk.h"
#include "client.h"
#include "disk.h"
#include "figures.h"
#include "orders_sql.h"

enum {
    OPEN_MOST = 2000,
    FEW = 4,
    MANY = 16,
    ASKED = 240,
    MADE = 640,
    STARTS = 5,
    SCANS = 200,
    SCAN_ROWS = 100
};

struct place { /* a city and its server */
    struct city city;
    char *data;
    int64_t n, open[OPEN_MOST], open_count, next_key, next_intake;
    char token[128];
    int port;
    pid_t pid;
    int64_t tenant;
};

/* One kind of request, as it is asked of both cities. */
struct probe {
    struct figure figure; /* median of the large city against that of the small one */
    client_request *request;
    int connections, status;
    bool rate; /* answers per second, and not the time of one */
    double p99[PASSES_MOST];
};

enum { PROBES = 6 };

struct bench {
    bool json, verify, keep;
    const char *yimen;
    struct place small, large;
    struct probe probes[PROBES];
    struct figure due, start, memory, memory_after;
};

/* --- The server ------------------------------------------------------------------------------- */

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        bench_die("no port", NULL);
    close(fd);
    return ntohs(address.sin_port);
}

static size_t get(const struct place *place, const char *path, char out[REQUEST_MOST])
{
    return (size_t)snprintf(out, REQUEST_MOST,
                            "GET %s HTTP/1.1\r\nHost: lanjiang.test\r\n"
                            "Authorization: Bearer %s\r\n\r\n",
                            path, place->token);
}

static size_t page_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    (void)connection;
    return i < ASKED / FEW ? get(arg, "/orders?view=unit", out) : 0;
}

/* One page on a connection of its own; false while nobody listens. */
static bool first_page(const struct place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)place->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char text[REQUEST_MOST], answer[16];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t n = page_request((void *)(uintptr_t)place, 0, 0, text);
    bool there = !connect(fd, (struct sockaddr *)&address, sizeof address);

    if (there) {
        if (send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n ||
            recv(fd, answer, sizeof answer, MSG_WAITALL) != sizeof answer ||
            strncmp(answer, "HTTP/1.1 200", 12) != 0)
            bench_die("the first page", NULL);
    }
    close(fd);
    return there;
}

/* Seconds from the start of the program to the first page. */
static double serve(struct bench *b, struct place *place)
{
    char port[16];

    place->port = free_port();
    snprintf(port, sizeof port, "%d", place->port);
    int64_t begun = time_monotonic_ns();
    place->pid = fork();
    if (place->pid < 0)
        bench_die("fork", NULL);
    if (place->pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDERR_FILENO);
        execl(b->yimen, b->yimen, "--data", place->data, "serve", "--port", port, (char *)NULL);
        _exit(127);
    }
    while (!first_page(place)) {
        int status;

        if (waitpid(place->pid, &status, WNOHANG) == place->pid)
            bench_die("the server ended", NULL);
        usleep(2000);
    }
    return (double)(time_monotonic_ns() - begun) / 1e9;
}

static void stop(struct place *place)
{
    int status;

    kill(place->pid, SIGTERM);
    waitpid(place->pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        bench_die("the server did not end well", NULL);
}

static double memory_mib(const struct place *place, const char *name)
{
    char path[64], line[256];
    double kib = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)place->pid);
    FILE *file = fopen(path, "r");
    if (!file)
        bench_die(path, NULL);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)))
            kib = strtod(line + strlen(name), NULL);
    fclose(file);
    return kib / 1024;
}

/* --- Measuring -------------------------------------------------------------------------------- */

/* A prime steps through all open orders, near and far ones alike. */
static long long some_open(const struct place *place, int64_t n)
{
    return (long long)place->open[n * 7919 % place->open_count];
}

static size_t order_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;
    char path[80];

    snprintf(path, sizeof path, "/orders/%lld", some_open(place, connection + i * FEW));
    return i < ASKED / FEW ? get(place, path, out) : 0;
}

/* One in five thousand has this name; of the small city as of the large one. */
static size_t name_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    (void)connection;
    return i < ASKED / FEW ? get(arg, "/orders?view=unit&q=%E7%8E%8B%E5%B0%8F%E6%BB%A1", out) : 0;
}

static size_t number_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;
    char path[120];

    snprintf(path, sizeof path, "/api/v1/orders?view=unit&q=LJ01-20250101-%08lld",
             (long long)((connection + i * FEW) * 7919 % place->n));
    return i < ASKED / FEW ? get(place, path, out) : 0;
}

static size_t post(const struct place *place, const char *path, const char *key, int64_t n,
                   const char *body, char out[REQUEST_MOST])
{
    return (size_t)snprintf(out, REQUEST_MOST,
                            "POST %s HTTP/1.1\r\nHost: lanjiang.test\r\n"
                            "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            "Idempotency-Key: %s-%lld-%lld\r\nContent-Length: %zu\r\n\r\n%s",
                            path, place->token, key, (long long)place->pid, (long long)n,
                            strlen(body), body);
}

static size_t note_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;
    int64_t n = place->next_key + connection + i * FEW;
    char path[80];

    snprintf(path, sizeof path, "/api/v1/orders/%lld/act/note", some_open(place, n));
    return i < ASKED / FEW ? post(place, path, "note", n, city_acts[0].input, out) : 0;
}

/* Each of a party of its own that nobody knows yet. */
static size_t create_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;
    int64_t n = place->next_intake + connection + i * MANY;
    char body[2048];

    (void)city_intake(n, body, sizeof body);
    return i < MADE / MANY ? post(place, "/api/v1/orders", "new", n, body, out) : 0;
}

static struct client_result ask(const struct probe *probe, struct place *place)
{
    struct client_result result =
        client_run(place->port, probe->connections, probe->status, probe->request, place);

    place->next_key += ASKED;
    place->next_intake += MADE;
    return result;
}

static void ask_both(struct bench *b, struct probe *probe, bool count)
{
    struct client_result small = ask(probe, &b->small), large = ask(probe, &b->large);

    if (!count)
        return;
    probe->p99[probe->figure.passes] = large.p99_ms;
    if (probe->rate)
        figure_add(&probe->figure, large.per_second, small.per_second);
    else
        figure_add(&probe->figure, large.median_ms, small.median_ms);
}

/* What the timer asks every few seconds, for the month to come, so that both cities have as many
   duties to find as one scan takes here. */
static double scan_us(const struct place *place)
{
    char path[4096];
    sqlite3_stmt *stmt;
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/yimen.db", place->data);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ||
        sqlite3_prepare_v2(db, q_orders_duties_fire.sqlite, -1, &stmt, NULL))
        bench_die("the scan for what is due", NULL);
    sqlite3_bind_int64(stmt, 1, place->tenant);
    sqlite3_bind_int64(stmt, 2, time_now() + 30 * DAY_MS);
    sqlite3_bind_int64(stmt, 3, SCAN_ROWS);
    int64_t begun = 0;
    for (int i = -1; i < SCANS; i++) {
        if (i == 0)
            begun = time_monotonic_ns();
        int rows = 0;
        while (sqlite3_step(stmt) == SQLITE_ROW)
            rows++;
        sqlite3_reset(stmt);
        if (rows != SCAN_ROWS)
            bench_die("the scan for what is due found too little", NULL);
    }
    double us = (double)(time_monotonic_ns() - begun) / 1e3 / SCANS;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return us;
}

static void measure(struct bench *b)
{
    for (int i = 0; i < STARTS; i++) {
        figure_add(&b->start, serve(b, &b->large), 0);
        sleep(1);
        figure_add(&b->memory, memory_mib(&b->large, "VmRSS:"), 0);
        if (i < STARTS - 1)
            stop(&b->large);
    }
    (void)serve(b, &b->small);
    for (int pass = -1; pass < PASSES; pass++) {
        for (int i = 0; i < PROBES; i++)
            ask_both(b, &b->probes[i], pass >= 0);
        double small = scan_us(&b->small);

        if (pass >= 0)
            figure_add(&b->due, scan_us(&b->large), small);
    }
    sleep(6);
    figure_add(&b->memory_after, memory_mib(&b->large, "VmRSS:"), 0);
    /* The rest are pages of files that are mapped: the system takes them back when it wants. */
    b->memory_after.extra_title = "its own MiB";
    b->memory_after.extra = memory_mib(&b->large, "RssAnon:");
    stop(&b->small);
    stop(&b->large);
}

/* --- Making ----------------------------------------------------------------------------------- */

static enum err find_open(struct task *t, void *arg)
{
    struct place *place = arg;
    struct list_query query = {.view = S("unit"), .most = 100};
    struct list_end end = {.more = true};

    while (end.more && place->open_count < OPEN_MOST) {
        struct list orders;
        enum err e = order_list(t, &place->city.officers[0], &query, &orders, &end);

        if (e)
            return e;
        LIST_EACH (struct order, order, orders) {
            if (place->open_count < OPEN_MOST)
                place->open[place->open_count++] = order->id;
        }
        query.after_sort = end.sort;
        query.after_id = end.id;
    }
    return OK;
}

static void use(struct place *place)
{
    struct task t;

    city_open(&place->city, place->data);
    city_task(&place->city, &t);
    if (store_read(&t, find_open, place))
        bench_die("open orders", &t);
    task_end(&t);
    city_settle(&place->city);
    place->tenant = place->city.tenant;
    /* Numbers that no run before this one gave away. */
    place->next_intake = 20000000 + time_now() / 1000 % 1000000 * 50;
    snprintf(place->token, sizeof place->token, "%.*s", STR_ARG(place->city.tokens[0]));
    city_close(&place->city);
}

static void make(struct bench *b, struct place *place)
{
    int64_t begun = time_monotonic_ns(), orders = 0, events = 0;

    city_make(&place->city, NULL);
    bulk_load(&place->city, place->n, place->open, OPEN_MOST, &place->open_count);
    double loaded = (double)(time_monotonic_ns() - begun) / 1e9;
    city_settle(&place->city);
    if (b->verify)
        bulk_verify(&place->city, &orders, &events);
    place->tenant = place->city.tenant;
    /* Numbers that no run before this one gave away. */
    place->next_intake = 20000000 + time_now() / 1000 % 1000000 * 50;
    snprintf(place->token, sizeof place->token, "%.*s", STR_ARG(place->city.tokens[0]));
    place->data = strdup(place->city.app.data);
    city_close(&place->city);
    fprintf(stderr,
            "bench: %lld orders loaded in %.1f s; verify read %lld orders, %lld events and found "
            "nothing\n",
            (long long)place->n, loaded, (long long)orders, (long long)events);
}

static void read_words(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (!strcmp(argv[i], "--json"))
            b->json = true;
        else if (!strcmp(argv[i], "--no-verify"))
            b->verify = false;
        else if (!strcmp(argv[i], "--keep"))
            b->keep = true;
        else if (!strcmp(argv[i], "--yimen") && more)
            b->yimen = argv[++i];
        else if (!strcmp(argv[i], "--use") && i + 2 < argc)
            b->small.data = argv[++i], b->large.data = argv[++i], b->keep = true;
        else if (!strcmp(argv[i], "--small") && more)
            b->small.n = atoll(argv[++i]);
        else if (!strcmp(argv[i], "--large") && more)
            b->large.n = atoll(argv[++i]);
        else
            bench_die("usage: bench_growth [--json] [--yimen PROGRAM] [--small N] [--large N] "
                      "[--no-verify] [--keep] [--use SMALL LARGE]",
                      NULL);
    }
}

int main(int argc, char **argv)
{
    static struct bench b = {
        .verify = true,
        .yimen = "build/src/yimen",
        .small.n = 10000,
        .large.n = 100000,
        .probes =
            {
                {{"growth-page", "worklist, large / small city", 1.5, true, "ms"},
                 page_request,
                 FEW,
                 200},
                {{"growth-order", "page of an order", 1.5, true, "ms"}, order_request, FEW, 200},
                {{"growth-name", "look-up by name", 1.5, true, "ms"}, name_request, FEW, 200},
                {{"growth-number", "look-up by number", 1.5, true, "ms"}, number_request, FEW, 200},
                {{"growth-act", "note over HTTP", 1.5, true, "ms"}, note_request, FEW, 200},
                {{"growth-create", "new orders, 16 connections", 0.6, false, "/s"},
                 create_request,
                 MANY,
                 201,
                 true},
            },
        .due = {"growth-due", "scan for what is due, 100 duties", 1.5, true, "us"},
        .start = {"start", "first page after a start, large city", 0.3, true, "s"},
        .memory = {"memory", "idle server, large city", 40, true, "MiB"},
        .memory_after = {"memory-after", "the same after the load, idle again", 60, true, "MiB"},
    };

    read_words(&b, argc, argv);
    if (b.large.n >= 10000000)
        b.probes[PROBES - 1].figure.goal = 0.4;
    if (b.small.data)
        use(&b.small), use(&b.large);
    else
        make(&b, &b.small), make(&b, &b.large);
    measure(&b);
    for (int i = 0; i < PROBES; i++) {
        b.probes[i].figure.extra_title = "p99 ms";
        b.probes[i].figure.extra = median(b.probes[i].p99, PASSES);
        (void)figure_print(&b.probes[i].figure, b.json);
    }
    struct figure *const figures[] = {&b.due, &b.start, &b.memory, &b.memory_after};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        (void)figure_print(figures[i], b.json);
    (void)disk_print(b.large.data, b.large.n, b.json);
    if (b.keep) {
        printf("kept: %s %s\n", b.small.data, b.large.data);
        return 0;
    }
    city_remove(&b.small.city);
    city_remove(&b.large.city);
    free(b.small.data);
    free(b.large.data);
    return 0;
}
