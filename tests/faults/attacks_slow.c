/* Clients that are slow, silent, many, or go away; and what all attacks share. */
#include "attacks.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IDLE = 10000,
    IDLE_KIB = 4 /* at most, of the server's own memory for each idle connection */
};

void attack_wrong(struct attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s: ", a->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    a->wrong++;
}

void attack_note(struct attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(a->note, sizeof a->note, format, args);
    va_end(args);
}

bool attack_going(struct attack *a)
{
    return !atomic_load(&a->stop);
}

int attack_dial(struct attack *a, int fds[], int n, int receive)
{
    int count = 0;

    while (count < n && attack_going(a) && (fds[count] = storm_dial(a->storm, receive)) >= 0)
        count++;
    return count;
}

void attack_close(int fds[], int n)
{
    for (int i = 0; i < n; i++)
        close(fds[i]);
}

/* ---- the slow -------------------------------------------------------------------------------- */

void attack_nothing(struct attack *a)
{
    while (attack_going(a))
        storm_pause(50);
    attack_note(a, "a quiet server");
}

/* Large answers that nobody fetches: one byte a second. */
void attack_slow_readers(struct attack *a)
{
    static const char large[] = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
    enum { N = 1000 };
    static int fds[N];
    int n = attack_dial(a, fds, N, 2048), ended = 0;
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
    } while (attack_going(a));
    attack_close(fds, n);
    attack_note(a, "%d connections", n);
}

/* Forms of a megabyte, half of it at once, the rest one byte a second. */
void attack_slow_senders(struct attack *a)
{
    enum { N = 400, HALF = 512 * 1024 };
    static int fds[N];
    static char half[HALF];
    char head[512];
    int n = attack_dial(a, fds, N, 0);

    snprintf(head, sizeof head,
             "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n",
             a->storm->token);
    memset(half, ' ', sizeof half);
    for (int i = 0; i < n && attack_going(a); i++) {
        storm_send(fds[i], head, strlen(head));
        storm_send(fds[i], half, sizeof half);
    }
    while (attack_going(a)) {
        for (int i = 0; i < n; i++)
            send(fds[i], " ", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        storm_pause(1000);
    }
    attack_close(fds, n);
    attack_note(a, "%d connections, half a MiB each", n);
}

void attack_slowloris(struct attack *a)
{
    static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\n", more[] = "X-a: b\r\n";
    enum { N = 1000, PATIENCE_S = 14 }; /* 10 s, a look each half second, 2 s to say why */
    static int fds[N];
    int n = attack_dial(a, fds, N, 0), ended = 0;
    int64_t began = storm_ns();

    for (int i = 0; i < n; i++)
        storm_send(fds[i], begin, sizeof begin - 1);
    while (attack_going(a)) {
        storm_pause(500);
        for (int i = 0; i < n; i++)
            if (fds[i] >= 0 && send(fds[i], more, sizeof more - 1, MSG_NOSIGNAL) < 0) {
                close(fds[i]);
                fds[i] = -1;
                ended++;
            }
    }
    if (storm_ns() - began > PATIENCE_S * 1000000000ll && ended < n)
        attack_wrong(a, "%d of %d heads may last forever", n - ended, n);
    for (int i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    attack_note(a, "%d connections, %d ended by the server", n, ended);
}

/* Sockets that were opened and say nothing. */
void attack_silent(struct attack *a)
{
    enum { N = 4000 };
    static int fds[N];
    int n = attack_dial(a, fds, N, 0);

    while (attack_going(a))
        storm_pause(100);
    attack_close(fds, n);
    attack_note(a, "%d connections", n);
}

void attack_idle(struct attack *a)
{
    static int fds[IDLE];
    long before = storm_memory(a->storm, "VmRSS:"), after;
    int room = a->storm->connections_most - 1000, wanted = room < IDLE ? room : IDLE, n = 0;

    while (n < wanted && (fds[n] = storm_dial(a->storm, 0)) >= 0) {
        if (storm_ask(fds[n], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") != 200) {
            attack_wrong(a, "connection %d is not answered", n);
            break;
        }
        n++;
    }
    after = storm_memory(a->storm, "VmRSS:");
    double each = n ? (double)(after - before) / n : 0;
    while (attack_going(a))
        storm_pause(50);
    int again = 0;
    for (int i = 0; i < n; i += 100)
        again += storm_ask(fds[i], "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") == 200;
    attack_close(fds, n);
    if (n < wanted)
        attack_wrong(a, "only %d connections", n);
    if (each > IDLE_KIB)
        attack_wrong(a, "%.2f KiB for each", each);
    attack_note(a, "%d that asked once, %.2f KiB of the server each; %d of %d asked again", n, each,
                again, (n + 99) / 100);
}

/* ---- the odd --------------------------------------------------------------------------------- */

/* A hundred thousand requests on one connection, always 64 of them under way. */
void attack_pipelined(struct attack *a)
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
        attack_wrong(a, "%d of %d answered", answered, ALL);
    double seconds = (double)(storm_ns() - began) / 1e9;
    while (attack_going(a))
        storm_pause(50);
    attack_note(a, "%d on one connection, %.0f a second", answered, answered / seconds);
}

void attack_half_closed(struct attack *a)
{
    static const char whole[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    int n = 0, answered = 0, ended = 0;
    char byte;

    for (; attack_going(a); n++) {
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
        attack_wrong(a, "of %d: %d answered, %d half ones ended", n, answered, ended);
    attack_note(a, "%d answered and ended, %d half ones ended", answered, ended);
}

void attack_resets(struct attack *a)
{
    static const char whole[] =
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const struct linger at_once = {.l_onoff = 1};
    long files = storm_open_files(a->storm);
    int n = 0;

    for (; attack_going(a); n++) {
        int fd = storm_dial(a->storm, 0);

        if (fd < 0)
            continue;
        storm_send(fd, whole, (size_t)(n * 7) % sizeof whole);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
    }
    storm_pause(700);
    if (storm_open_files(a->storm) > files + 8)
        attack_wrong(a, "%ld files open, %ld before", storm_open_files(a->storm), files);
    attack_note(a, "%d connections reset, %.0f a second", n, n / a->seconds);
}
