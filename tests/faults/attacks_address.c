/* One address that is no proxy takes whatever it can have. */
#include "attacks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GREEDY = 0x7f000002,
    CONNECTIONS = 3000,
    MOST = 2048,
    UPLOADS = 6,
    UPLOAD_MIB = 31,
    UPLOADS_MOST = 3
};

struct greed {
    struct attack *attack;
    int64_t served, refused, other; /* answers: 200, 429, what should not be */
    int turned_away, uploads, uploads_refused, held_most; /* uploads held at one time */
};

/* Uploads that never end, more of them than one address has memory for. */
static void *upload(void *arg)
{
    static char piece[MIB];
    struct greed *g = arg;
    char head[256];

    snprintf(head, sizeof head,
             "POST /apply/material/1 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
             "boundary=x\r\nContent-Length: %d\r\n\r\n",
             UPLOAD_MIB * MIB);
    while (attack_going(g->attack)) {
        int fds[UPLOADS], held = 0;

        for (int i = 0; i < UPLOADS; i++) {
            fds[i] = storm_dial_from(g->attack->storm, GREEDY, 0);
            storm_send(fds[i], head, strlen(head));
            int part = 0;
            while (part < UPLOAD_MIB && attack_going(g->attack) &&
                   storm_send(fds[i], piece, sizeof piece - (part == UPLOAD_MIB - 1)))
                part++;
            char first[16] = "";
            ssize_t n = recv(fds[i], first, sizeof first - 1, MSG_DONTWAIT);
            g->uploads++;
            g->uploads_refused += n > 12 && !memcmp(first + 9, "429", 3);
            held += n < 0 && part == UPLOAD_MIB;
        }
        if (held > g->held_most)
            g->held_most = held;
        for (int i = 0; i < 10 && attack_going(g->attack); i++)
            storm_pause(100);
        attack_close(fds, UPLOADS);
    }
    return NULL;
}

/* What came on a connection: how many answers of which kind.  False: it is over. */
static bool hear(struct greed *g, int fd, bool *ret_answered)
{
    char bytes[16384];
    ssize_t n = recv(fd, bytes, sizeof bytes - 1, MSG_DONTWAIT);

    *ret_answered = n > 0;
    if (n <= 0)
        return n < 0;
    bytes[n] = '\0';
    const char *status = memmem(bytes, (size_t)n, "HTTP/1.1 ", 9);
    if (!status || status + 12 > bytes + n)
        return true;
    int code = atoi(status + 9);
    g->served += code == 200;
    g->refused += code == 429;
    g->other += code != 200 && code != 429 && code != 503; /* 503: the queue of all is crowded */
    if (code == 429 && strstr(bytes, "Connection: close")) {
        g->turned_away++;
        return false;
    }
    return true;
}

/* Look at each once; `ask`: and ask again who was answered, or NULL. */
static void look(struct greed *g, int fds[], int n, const char *ask)
{
    for (int i = 0; i < n; i++) {
        bool answered = false;

        if (fds[i] < 0)
            continue;
        if (!hear(g, fds[i], &answered)) {
            close(fds[i]);
            fds[i] = -1;
        } else if (answered && ask) {
            send(fds[i], ask, strlen(ask), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }
    storm_pause(10); /* it is the server that is to be busy */
}

/* A request on each connection all the time. */
static void flood(struct greed *g, int fds[], int n)
{
    char ask[256];

    snprintf(ask, sizeof ask,
             "GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n",
             g->attack->storm->token);
    for (int i = 0; i < n; i++)
        storm_send(fds[i], ask, strlen(ask));
    while (attack_going(g->attack))
        look(g, fds, n, ask);
    for (int i = 0; i < 300 && (!g->served || g->turned_away < n - MOST); i++)
        look(g, fds, n, NULL); /* a short attack: the rest of what it is told */
}

void attack_one_address(struct attack *a)
{
    static int fds[CONNECTIONS];
    struct greed g = {.attack = a};
    int most = a->storm->connections_most / 2 - 500, n = 0;
    pthread_t thread;

    if (pthread_create(&thread, NULL, upload, &g))
        storm_die("thread");
    while (n < CONNECTIONS && n < most && attack_going(a) &&
           (fds[n] = storm_dial_from(a->storm, GREEDY, 0)) >= 0)
        n++;
    flood(&g, fds, n);
    pthread_join(thread, NULL);
    for (int i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (g.other)
        attack_wrong(a, "%lld answers are neither 200, 429 nor 503", (long long)g.other);
    if (n == CONNECTIONS && g.turned_away < CONNECTIONS - MOST)
        attack_wrong(a, "%d of %d connections are turned away", g.turned_away, n);
    if (!g.refused || !g.served)
        attack_wrong(a, "%lld served, %lld refused", (long long)g.served, (long long)g.refused);
    if (g.held_most > UPLOADS_MOST)
        attack_wrong(a, "%d uploads at a time are held", g.held_most);
    attack_note(a, "%d connections, %d told 429; %.0f lists/s, %.0f/s told 429; %d of %d uploads",
                n, g.turned_away, (double)g.served / a->seconds, (double)g.refused / a->seconds,
                g.uploads_refused, g.uploads);
}
