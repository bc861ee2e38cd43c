/*
 * overload.c - what one client does must not be felt by the others.
 *
 *   overload YIMEN [SECONDS]      2 s for each attack (`make check`); 15 and more: `make
 * check-long`
 *
 * A server with its usual settings.  During each attack a visitor looks at pages all the time: each
 * is to be there, 99 of 100 within PAGE_MS; one in fifty may be told to come again, when an attack
 * begins with a thousand requests at once.  The server's largest resident memory stays below
 * MEMORY_MIB, which docs/OPERATION.md derives.  At the end the crowd comes: four times as many
 * requests as can be done, of which those that are admitted are to be answered about as soon as
 * when no more come than can be done, the others told at once when to come again.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bombs.h"
#include "storm.h"

enum {
    PAGE_MS = 250,
    MEMORY_MIB = 640, /* docs/OPERATION.md, "Limits" */
    IDLE = 10000,
    IDLE_KIB = 4, /* at most, of the server's own memory for each idle connection */
    CROWD = 2000,
    CROWD_TIMES = 4, /* p99 of the admitted, to p99 at capacity */
    MIB = 1024 * 1024
};

struct attack {
    const char *name;
    void (*run)(struct attack *attack);
    bomb_fn *make; /* what `run` throws */
    struct bomb bomb;
    const struct storm *storm;
    double seconds;
    _Atomic bool stop;
    char note[160];
    int wrong;
};

static PRINTF(2, 3) void wrong(struct attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s: ", a->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    a->wrong++;
}

static void note(struct attack *a, const char *format, ...) PRINTF(2, 3);
static void note(struct attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(a->note, sizeof a->note, format, args);
    va_end(args);
}

/* On a machine that does other things as well it may be more: the environment says how much. */
static double page_ms(void)
{
    const char *text = getenv("YIMEN_PAGE_MS");

    return text ? atof(text) : PAGE_MS;
}

static bool going(struct attack *a)
{
    return !atomic_load(&a->stop);
}

/* Many sockets; those that could be had. */
static int dial_many(struct attack *a, int fds[], int n, int receive)
{
    int count = 0;

    while (count < n && going(a) && (fds[count] = storm_dial(a->storm, receive)) >= 0)
        count++;
    return count;
}

static void close_all(int fds[], int n)
{
    for (int i = 0; i < n; i++)
        close(fds[i]);
}

/* ---- the slow -------------------------------------------------------------------------------- */

static void nothing(struct attack *a)
{
    while (going(a))
        storm_pause(50);
    note(a, "a quiet server");
}

/* Large answers that nobody fetches: one byte a second. */
static void slow_readers(struct attack *a)
{
    static const char large[] = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
    enum { N = 1000 };
    static int fds[N];
    int n = dial_many(a, fds, N, 2048), ended = 0;
    char byte;

    for (int i = 0; i < n; i++) {
        storm_send(fds[i], large, sizeof large - 1);
        if (i % 10 == 0)
            storm_pause(1); /* not a crowd: that comes last */
    }
    do {
        storm_pause(1000);
        for (int i = 0; i < n; i++)
            if (recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno))
                ended++;
    } while (going(a));
    close_all(fds, n);
    note(a, "%d connections", n);
}

/* Forms of a megabyte, half of it at once, the rest one byte a second. */
static void slow_senders(struct attack *a)
{
    enum { N = 400, HALF = 512 * 1024 };
    static int fds[N];
    static char half[HALF];
    char head[512];
    int n = dial_many(a, fds, N, 0);

    snprintf(head, sizeof head,
             "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n",
             a->storm->token);
    memset(half, ' ', sizeof half);
    for (int i = 0; i < n && going(a); i++) {
        storm_send(fds[i], head, strlen(head));
        storm_send(fds[i], half, sizeof half);
    }
    while (going(a)) {
        for (int i = 0; i < n; i++)
            send(fds[i], " ", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        storm_pause(1000);
    }
    close_all(fds, n);
    note(a, "%d connections, half a MiB each", n);
}

static void slowloris(struct attack *a)
{
    static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\n", more[] = "X-a: b\r\n";
    enum { N = 1000, PATIENCE_S = 14 }; /* 10 s, a look each half second, 2 s to say why */
    static int fds[N];
    int n = dial_many(a, fds, N, 0), ended = 0;
    int64_t began = storm_ns();

    for (int i = 0; i < n; i++)
        storm_send(fds[i], begin, sizeof begin - 1);
    while (going(a)) {
        storm_pause(500);
        for (int i = 0; i < n; i++)
            if (fds[i] >= 0 && send(fds[i], more, sizeof more - 1, MSG_NOSIGNAL) < 0) {
                close(fds[i]);
                fds[i] = -1;
                ended++;
            }
    }
    if (storm_ns() - began > PATIENCE_S * 1000000000ll && ended < n)
        wrong(a, "%d of %d heads may last forever", n - ended, n);
    for (int i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    note(a, "%d connections, %d ended by the server", n, ended);
}

/* Sockets that were opened and say nothing. */
static void silent(struct attack *a)
{
    enum { N = 4000 };
    static int fds[N];
    int n = dial_many(a, fds, N, 0);

    while (going(a))
        storm_pause(100);
    close_all(fds, n);
    note(a, "%d connections", n);
}

static void idle(struct attack *a)
{
    static int fds[IDLE];
    long before = storm_memory(a->storm, "VmRSS:"), after;
    int room = a->storm->connections_most - 1000, wanted = room < IDLE ? room : IDLE, n = 0;

    while (n < wanted && (fds[n] = storm_dial(a->storm, 0)) >= 0) {
        if (storm_ask(fds[n], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") != 200) {
            wrong(a, "connection %d is not answered", n);
            break;
        }
        n++;
    }
    after = storm_memory(a->storm, "VmRSS:");
    double each = n ? (double)(after - before) / n : 0;
    while (going(a))
        storm_pause(50);
    int again = 0;
    for (int i = 0; i < n; i += 100)
        again += storm_ask(fds[i], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") == 200;
    close_all(fds, n);
    if (n < wanted)
        wrong(a, "only %d connections", n);
    if (each > IDLE_KIB)
        wrong(a, "%.2f KiB for each", each);
    note(a, "%d that asked once, %.2f KiB of the server each; %d of %d asked again", n, each, again,
         (n + 99) / 100);
}

/* ---- the large ------------------------------------------------------------------------------- */

/* A gigabyte is announced and sent without waiting: 413, and nothing of it is kept. */
static void gigabyte(struct attack *a)
{
    static char piece[MIB];
    char head[256];
    long disk = storm_disk(a->storm);
    int told = 0, all = 0;

    snprintf(head, sizeof head,
             "POST /apply/material/1 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
             "boundary=x\r\nContent-Length: 1073741824\r\n\r\n");
    for (; going(a); all++) {
        int fd = storm_dial(a->storm, 0);

        storm_send(fd, head, strlen(head));
        for (int i = 0; i < 32 && storm_send(fd, piece, sizeof piece); i++)
            ;
        told += storm_hear(fd) == 413;
        close(fd);
    }
    if (told < all)
        wrong(a, "%d of %d are told 413", told, all);
    if (storm_disk(a->storm) > disk + 1024)
        wrong(a, "%ld KiB more on disk", storm_disk(a->storm) - disk);
    note(a, "%d times, told 413 each time, no byte on disk", all);
}

/* As much as an upload may have, and more of them than there is memory for. */
static void uploads(struct attack *a)
{
    enum { N = 12, SIZE = 31 };
    static char piece[MIB];
    static int fds[N];
    char head[256];
    int rounds = 0;

    snprintf(head, sizeof head,
             "POST /apply/material/1 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
             "boundary=x\r\nContent-Length: %d\r\n\r\n",
             SIZE * MIB);
    while (going(a)) {
        int n = dial_many(a, fds, N, 0);

        for (int i = 0; i < n; i++)
            storm_send(fds[i], head, strlen(head));
        for (int part = 0; part < SIZE && going(a); part++)
            for (int i = 0; i < n && going(a); i++)
                storm_send(fds[i], piece, sizeof piece - (part == SIZE - 1));
        rounds++;
        while (going(a) && rounds > 1)
            storm_pause(100); /* all but the last byte: now they wait */
        close_all(fds, n);
    }
    note(a, "%d rounds of %d times %d MiB", rounds, N, SIZE);
}

static void endless_chunks(struct attack *a)
{
    static const char head[] =
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char chunk[] = "10\r\naaaaaaaaaaaaaaaa\r\n";
    int told = 0, all = 0;

    for (; going(a); all++) {
        int fd = storm_dial(a->storm, 0);

        storm_send(fd, head, sizeof head - 1);
        for (int i = 0; i < 10000 && storm_send(fd, chunk, sizeof chunk - 1); i++)
            ;
        told += storm_hear(fd) == 411;
        close(fd);
    }
    if (told < all)
        wrong(a, "%d of %d are told 411", told, all);
    note(a, "%d times, told 411 each time", all);
}

static void header_flood(struct attack *a)
{
    enum { N = 300, LINES = 2000 };
    static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\n";
    static int fds[N];
    char line[128];
    int told = 0, all = 0;

    memset(line, 'y', sizeof line);
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    while (going(a)) {
        int n = dial_many(a, fds, N, 0);

        for (int i = 0; i < n; i++)
            storm_send(fds[i], begin, sizeof begin - 1);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < LINES && storm_send(fds[i], line, sizeof line); k++)
                ;
            told += storm_hear(fds[i]) == 431;
        }
        all += n;
        close_all(fds, n);
    }
    if (told < all)
        wrong(a, "%d of %d are told 431", told, all);
    note(a, "%d heads of 250 KB, told 431 each time", all);
}

/* ---- files that are larger inside -------------------------------------------------------------
 */

struct bomber {
    struct attack *attack;
    const struct bomb *bomb;
    const char *head;
    int answers[600];
};

static void *throw_bombs(void *arg)
{
    struct bomber *b = arg;

    while (going(b->attack)) {
        int fd = storm_dial(b->attack->storm, 0);

        storm_send(fd, b->head, strlen(b->head));
        storm_send(fd, b->bomb->bytes, b->bomb->size);
        int status = storm_hear(fd);
        b->answers[status >= 0 && status < 600 ? status : 0]++;
        close(fd);
    }
    return NULL;
}

/* Four at a time: as many as there may be people who load files, and more than there are cores. */
static void bombs(struct attack *a, const char *path, const char *token)
{
    const struct bomb *bomb = &a->bomb;
    enum { N = 4 };
    pthread_t threads[N];
    struct bomber bombers[N] = {0};
    char head[512], answers[100] = "";
    long disk = storm_disk(a->storm);

    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nIdempotency-Key: "
             "bomb-0000\r\nContent-Type: multipart/form-data; boundary=bomb\r\n"
             "Content-Length: %zu\r\n\r\n",
             path, token, bomb->size);
    for (int i = 0; i < N; i++) {
        bombers[i] = (struct bomber){.attack = a, .bomb = bomb, .head = head};
        if (pthread_create(&threads[i], NULL, throw_bombs, &bombers[i]))
            storm_die("thread");
    }
    int all = 0;
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int status = 0; status < 600; status++) {
        int sum = 0;

        for (int i = 0; i < N; i++)
            sum += bombers[i].answers[status];
        all += sum;
        if (sum && strlen(answers) < sizeof answers - 30)
            sprintf(answers + strlen(answers), " %d times %d", sum, status);
        if (sum && (status == 0 || status == 500))
            wrong(a, "%d times %d", sum, status);
    }
    if (!all)
        wrong(a, "no bomb was thrown");
    if (storm_disk(a->storm) > disk + 64 * 1024)
        wrong(a, "%ld KiB more on disk", storm_disk(a->storm) - disk);
    note(a, "%zu KB:%s", bomb->size / 1000, answers);
}

static void rosters(struct attack *a)
{
    bombs(a, "/orders/check", a->storm->token);
}

static void documents(struct attack *a)
{
    bombs(a, "/api/v1/knowledge/files", a->storm->keeper);
}

/* ---- the odd --------------------------------------------------------------------------------- */

/* A hundred thousand requests on one connection, always 64 of them under way. */
static void pipelined(struct attack *a)
{
    enum { ALL = 100000, AHEAD = 64 };
    static const char ask[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    static char bytes[65536 + 16];
    int fd = storm_dial(a->storm, 0), sent = 0, answered = 0;
    size_t kept = 0;
    int64_t began = storm_ns();

    while (answered < ALL) {
        for (; sent < ALL && sent < answered + AHEAD; sent++)
            if (!storm_send(fd, ask, sizeof ask - 1))
                break;
        ssize_t n = recv(fd, bytes + kept, 65536, 0);
        if (n <= 0)
            break;
        size_t have = kept + (size_t)n, at = 0;
        while (have - at >= 12) {
            const char *next = memmem(bytes + at, have - at, "HTTP/1.1 200", 12);

            if (!next)
                break;
            answered++;
            at = (size_t)(next - bytes) + 12;
        }
        kept = have - at < 11 ? have - at : 11;
        memmove(bytes, bytes + have - kept, kept);
    }
    close(fd);
    if (answered != ALL)
        wrong(a, "%d of %d answered", answered, ALL);
    double seconds = (double)(storm_ns() - began) / 1e9;
    while (going(a))
        storm_pause(50);
    note(a, "%d on one connection, %.0f a second", answered, answered / seconds);
}

static void half_closed(struct attack *a)
{
    static const char whole[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    int n = 0, answered = 0, ended = 0;
    char byte;

    for (; going(a); n++) {
        int fd = storm_dial(a->storm, 0), half = storm_dial(a->storm, 0);

        storm_send(fd, whole, sizeof whole - 1);
        shutdown(fd, SHUT_WR);
        answered += storm_hear(fd) == 200 && recv(fd, &byte, 1, 0) == 0;
        storm_send(half, whole, sizeof whole - 5);
        shutdown(half, SHUT_WR);
        ended += recv(half, &byte, 1, 0) == 0;
        close(fd);
        close(half);
    }
    if (answered < n || ended < n)
        wrong(a, "of %d: %d answered, %d half ones ended", n, answered, ended);
    note(a, "%d answered and ended, %d half ones ended", answered, ended);
}

static void resets(struct attack *a)
{
    static const char whole[] =
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const struct linger at_once = {.l_onoff = 1};
    long files = storm_open_files(a->storm);
    int n = 0;

    for (; going(a); n++) {
        int fd = storm_dial(a->storm, 0);

        if (fd < 0)
            continue;
        storm_send(fd, whole, (size_t)(n * 7) % sizeof whole);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
    }
    storm_pause(700);
    if (storm_open_files(a->storm) > files + 8)
        wrong(a, "%ld files open, %ld before", storm_open_files(a->storm), files);
    note(a, "%d connections reset, %.0f a second", n, n / a->seconds);
}

/* ---- putting it together --------------------------------------------------------------------- */

static void *run_attack(void *arg)
{
    struct attack *a = arg;

    a->run(a);
    return NULL;
}

static int under(struct storm *storm, struct attack *a, double seconds)
{
    pthread_t thread;

    if (a->make)
        a->make(&a->bomb);
    a->storm = storm;
    a->seconds = seconds;
    storm_forget_peak(storm);
    struct visitor *visitor = visitor_begin(storm);
    if (pthread_create(&thread, NULL, run_attack, a))
        storm_die("thread");
    storm_pause((int)(seconds * 1000));
    atomic_store(&a->stop, true);
    pthread_join(thread, NULL);
    struct visitor_result seen = visitor_end(visitor);
    free(a->bomb.bytes);
    long peak = storm_memory(storm, "VmHWM:") / 1024, now = storm_memory(storm, "VmRSS:") / 1024;

    printf("%-15s %6.1f %6.1f %6.1f %5lld %6ld %6ld  %s\n", a->name, seen.p50_ms, seen.p99_ms,
           seen.most_ms, (long long)seen.pages, peak, now, a->note);
    fflush(stdout);
    if (seen.failed)
        wrong(a, "%lld of %lld pages failed (%d)", (long long)seen.failed, (long long)seen.pages,
              seen.status);
    if (seen.refused > 1 + seen.pages / 50)
        wrong(a, "%lld of %lld pages refused", (long long)seen.refused, (long long)seen.pages);
    if (seen.p99_ms > page_ms())
        wrong(a, "99 of 100 pages take %.0f ms, %.0f are allowed", seen.p99_ms, page_ms());
    if (peak > MEMORY_MIB)
        wrong(a, "%ld MiB, %d are allowed", peak, MEMORY_MIB);
    return a->wrong;
}

struct crowds {
    struct crowd_result closed, at, flood; /* 64 clerks; as many as can be done; four times that */
    double capacity, ratio;
};

static void one_crowd(const struct storm *storm, double seconds, struct crowds *c)
{
    c->closed = crowd_run(storm, 64, 0, seconds);
    c->capacity = (double)c->closed.admitted / c->closed.seconds;
    c->at = crowd_run(storm, CROWD, c->capacity, seconds);
    c->flood = crowd_run(storm, CROWD, 4 * c->capacity, seconds);
    c->ratio = c->at.p99_ms > 0 ? c->flood.p99_ms / c->at.p99_ms : 0;
    printf("crowd: 64 clerks do %.0f requests/s, p50 %.1f ms, p99 %.1f ms\n", c->capacity,
           c->closed.p50_ms, c->closed.p99_ms);
    printf("crowd: as many come: %.0f/s admitted, p50 %.1f ms, p99 %.1f ms, %.0f/s refused\n",
           (double)c->at.admitted / c->at.seconds, c->at.p50_ms, c->at.p99_ms,
           (double)c->at.refused / c->at.seconds);
    double offered =
        (double)(c->flood.admitted + c->flood.refused + c->flood.failed) / c->flood.seconds;
    printf("crowd: %.1f times as many come: %.0f/s admitted, p50 %.1f ms, p99 %.1f ms, %.0f/s "
           "refused, peak %ld MiB; p99 %.2f times that at capacity\n",
           offered / c->capacity, (double)c->flood.admitted / c->flood.seconds, c->flood.p50_ms,
           c->flood.p99_ms, (double)c->flood.refused / c->flood.seconds,
           storm_memory(storm, "VmHWM:") / 1024, c->ratio);
    fflush(stdout);
}

/* Threads of the server and of the crowd wait for the same cores, as for those of other programs:
 * the best of three counts. */
static int crowds(struct storm *storm, double seconds)
{
    struct attack a = {.name = "crowd"};
    struct crowds c;

    crowd_run(storm, 64, 0, 1); /* what is read for the first time is read now */
    storm_forget_peak(storm);
    for (int i = 0; i < 3; i++) {
        one_crowd(storm, seconds, &c);
        if (c.closed.failed || c.at.failed || c.flood.failed)
            wrong(&a, "%lld requests failed",
                  (long long)(c.closed.failed + c.at.failed + c.flood.failed));
        if (c.flood.without_retry_after)
            wrong(&a, "%lld refused without Retry-After", (long long)c.flood.without_retry_after);
        if (c.ratio <= CROWD_TIMES || c.flood.p99_ms <= page_ms())
            break;
    }
    if (!c.flood.refused)
        wrong(&a, "nobody was refused");
    if (c.ratio > CROWD_TIMES && c.flood.p99_ms > page_ms())
        wrong(&a, "p99 of the admitted is %.1f times p99 at capacity", c.ratio);
    if (storm_memory(storm, "VmHWM:") / 1024 > MEMORY_MIB)
        wrong(&a, "memory");
    return a.wrong;
}

int main(int argc, char **argv)
{
    static struct attack attacks[] = {
        {"quiet", nothing},
        {"idle", idle}, /* before the allocator has anything to spare */
        {"slow-readers", slow_readers},
        {"slow-senders", slow_senders},
        {"slowloris", slowloris},
        {"silent", silent},
        {"1-GB-upload", gigabyte},
        {"uploads", uploads},
        {"endless-chunks", endless_chunks},
        {"header-flood", header_flood},
        {"xlsx-nested", rosters, bomb_xlsx_nested},
        {"xlsx-names", rosters, bomb_xlsx_names},
        {"xlsx-huge", rosters, bomb_xlsx_huge},
        {"zstd-lines", documents, bomb_zstd_lines},
        {"zstd-one-line", documents, bomb_zstd_one_line},
        {"zstd-window", documents, bomb_zstd_window},
        {"pipelined", pipelined},
        {"half-closed", half_closed},
        {"resets", resets},
    };
    struct storm storm;
    double seconds = argc > 2 ? atof(argv[2]) : 1.2;
    const char *only = argc > 3 ? argv[3] : NULL;
    int failed = 0;

    if (argc < 2 || seconds <= 0) {
        fputs("overload YIMEN [SECONDS [ATTACK]]\n", stderr);
        return 2;
    }
    storm_begin(&storm, argv[1]);
    printf("%-15s %6s %6s %6s %5s %6s %6s\n", "during", "p50 ms", "p99 ms", "most", "pages",
           "peak M", "then M");
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (!only || !strcmp(only, attacks[i].name))
            failed += under(&storm, &attacks[i], seconds);
    if (!only || !strcmp(only, "crowd"))
        failed += crowds(&storm, seconds);
    storm_end(&storm);
    if (failed)
        fprintf(stderr, "overload: %d things are not as they should be\n", failed);
    return failed != 0;
}
