/*
 * server.h - a site on a socket.  server.c and server_accept.c are the only files that know
 * sockets.
 *
 * A few threads wait on epoll, read requests and check their heads.  A complete request goes to a
 * bounded queue, from which a pool of workers runs plain synchronous handlers; a worker that blocks
 * while its write commits is a thread that waits, a connection without a request is a few hundred
 * bytes.  When the queue is full the answer is 503 with Retry-After, at once; so it is for a
 * request that waited too long in a queue that does not become empty (pool.h).  Requests that bring
 * files, or are large, have a few workers of their own, who let the others go first: a page does
 * not wait behind a large table.  /healthz is answered by the thread that reads it, and some
 * connections beyond the last one may still ask for it.  What one address may have at a time is
 * bounded (guest.h); beyond it the answer is 429.  When seven eighths of the connections or half of
 * the memory for what clients send and do not fetch are taken, who is slow or only waits has an
 * eighth of the usual time.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/site.h"

struct server;

struct server_options {
    struct site *site;
    struct store *store; /* of every task; may be NULL */
    const char *address; /* NULL: 127.0.0.1; "::" for all */
    int port;            /* 0: the kernel chooses; see server_port() */
    int pollers;         /* epoll threads; 0: 2 */
    int workers;         /* 0: 64 */
    int upload_workers;  /* more of them, for requests that bring files; 0: 8 */
    int queue;           /* complete requests waiting for a worker; 0: 1024 */
    int connections;     /* 0: 16384, at most what the process may open */
    size_t body_memory;  /* bytes of requests and answers held at one time; 0: 256 MiB */
    /* Of these for one address, at most half: connections (0: 2048), requests that wait (0: 256;
     * and half of the workers), bytes (0: 128 MiB, never less than one upload needs). */
    int guest_connections, guest_requests;
    size_t guest_memory;
    int64_t (*now)(void); /* the moment of a task; NULL: time_now */
    /* Milliseconds; 0: 10 s for a head, 60 s for a body and for an answer (plus their size at 32
     * KiB/s), 30 s between requests. */
    int head_ms, body_ms, write_ms, idle_ms;
};

/* NULL on failure; *ret_why is malloc'ed. */
struct server *server_start(const struct server_options *options, char **ret_why);
int server_port(const struct server *server);
/* Stop accepting, finish what runs, for at most `seconds`.  False when something still ran: then
 * the program may only exit, for the workers use what it would free. */
bool server_stop(struct server *server, int seconds);

#endif
