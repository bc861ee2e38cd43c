/*
 * bench_growth - a small and a large city, each behind a server of its own: pages of the worklist
 * and acts by turns, the first answer after a start, and the memory of an idle server.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulk.h"
#include "client.h"
#include "figures.h"

enum { OPEN_MOST = 2000, FEW = 4, PAGES = 240, ACTS_AT_ONCE = 240, STARTS = 5 };

struct place { /* a city and its server */
    struct city city;
    char *data;
    int64_t n, open[OPEN_MOST], open_count, next_key;
    char token[128];
    int port;
    pid_t pid;
};

struct bench {
    bool json, verify, keep;
    const char *yimen;
    struct place small, large;
    struct figure page, act, start, memory, memory_after;
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

static size_t page_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;

    (void)connection;
    if (i >= PAGES / FEW)
        return 0;
    return (size_t)snprintf(out, REQUEST_MOST,
                            "GET /orders?view=unit HTTP/1.1\r\nHost: lanjiang.test\r\n"
                            "Authorization: Bearer %s\r\n\r\n",
                            place->token);
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

static double resident_mib(const struct place *place)
{
    char path[64], line[256];
    double kib = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)place->pid);
    FILE *file = fopen(path, "r");
    if (!file)
        bench_die(path, NULL);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, "VmRSS:", 6))
            kib = strtod(line + 6, NULL);
    fclose(file);
    return kib / 1024;
}

/* --- Measuring -------------------------------------------------------------------------------- */

static double page_ms(struct place *place)
{
    return client_run(place->port, FEW, 200, page_request, place).median_ms;
}

static size_t note_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct place *place = arg;
    int64_t n = place->next_key + connection + i * FEW;

    if (i >= ACTS_AT_ONCE / FEW)
        return 0;
    /* A prime steps through all open orders, near and far ones alike. */
    long long order = (long long)place->open[n * 7919 % place->open_count];
    return (size_t)snprintf(out, REQUEST_MOST,
                            "POST /api/v1/orders/%lld/act/note HTTP/1.1\r\nHost: lanjiang.test\r\n"
                            "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            "Idempotency-Key: growth-%lld-%lld\r\nContent-Length: %zu\r\n\r\n%s",
                            order, place->token, (long long)place->pid, (long long)n,
                            strlen(city_acts[0].input), city_acts[0].input);
}

static double act_ms(struct place *place)
{
    struct client_result result = client_run(place->port, FEW, 200, note_request, place);

    place->next_key += ACTS_AT_ONCE;
    return result.median_ms;
}

static void measure(struct bench *b)
{
    for (int i = 0; i < STARTS; i++) {
        figure_add(&b->start, serve(b, &b->large), 0);
        sleep(1);
        figure_add(&b->memory, resident_mib(&b->large), 0);
        if (i < STARTS - 1)
            stop(&b->large);
    }
    (void)serve(b, &b->small);
    (void)page_ms(&b->small), (void)page_ms(&b->large), (void)act_ms(&b->small),
        (void)act_ms(&b->large);
    for (int pass = 0; pass < PASSES; pass++) {
        double small = page_ms(&b->small);

        figure_add(&b->page, page_ms(&b->large), small);
        small = act_ms(&b->small);
        figure_add(&b->act, act_ms(&b->large), small);
    }
    sleep(6);
    figure_add(&b->memory_after, resident_mib(&b->large), 0);
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
        .page = {"growth-page", "worklist page, large / small city", 1.5, true, "ms"},
        .act = {"growth-act", "note over HTTP, large / small city", 1.5, true, "ms"},
        .start = {"start", "first page after a start, large city", 0.3, true, "s"},
        .memory = {"memory", "idle server, large city", 40, true, "MiB"},
        .memory_after = {"memory-after", "the same after the load, idle again", 60, true, "MiB"},
    };

    read_words(&b, argc, argv);
    b.page.extra_title = "thousand orders";
    b.page.extra = b.act.extra = (double)b.large.n / 1000;
    b.act.extra_title = "thousand orders";
    if (b.small.data)
        use(&b.small), use(&b.large);
    else
        make(&b, &b.small), make(&b, &b.large);
    measure(&b);
    struct figure *const figures[] = {&b.page, &b.act, &b.start, &b.memory, &b.memory_after};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        (void)figure_print(figures[i], b.json);
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
