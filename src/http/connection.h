/*
 * connection.h - one client's socket: reading requests, writing answers.
 *
 * A connection is worked on by whoever owns it: a poller that got an event, or the worker that runs
 * its request.  Ownership is one atomic word; an event for a connection that is owned leaves a
 * mark there, and the owner looks again before it lets go.  Nothing is registered anew with
 * the kernel between requests.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/frame.h"
#include "http/guest.h"
#include "http/live.h"
#include "http/server.h"

struct poller;

enum stage {
    STAGE_READING,
    STAGE_RUNNING, /* queued or with a worker */
    STAGE_HELD,    /* nothing to tell yet: until news come, or the time is over */
    STAGE_WRITING,
    STAGE_LINGERING /* answered; reading the rest, so that the client can read the answer */
};

struct connection {
    int fd;
    struct poller *poller;
    _Atomic unsigned state;      /* OWNED, PENDING */
    _Atomic int64_t deadline_ms; /* of the monotonic clock; looked at by the poller */
    enum stage stage;
    char peer[48];
    struct guest *home;  /* who came */
    struct guest *guest; /* who asks: `home`, or whom a trusted proxy names */
    struct job job;
    size_t held; /* bytes counted for it, of the guest's and of the server's held_bytes */

    char *in; /* a request and what was sent after it */
    size_t in_len, in_capacity;
    size_t scanned;       /* of the head */
    size_t head_size;     /* 0: not complete yet */
    size_t need;          /* head and body */
    int64_t began_ms;     /* of the stage, for its deadline */
    _Atomic bool hung_up; /* the kernel said that no more will come than is there */
    bool drained;         /* nothing more was there to receive */
    bool ended;           /* the client will send no more */
    bool answered;        /* at least once: waiting now is idling */
    bool keep_alive;      /* the request under way leaves the connection open */
    bool close_after;
    bool narrow;           /* one too many: it may ask for /healthz, quickly, and that is all */
    bool health;           /* the request under way asks for no more than a sign of life */
    bool parts;            /* it is a form that may bring files */
    bool upload;           /* large, or with files, whose reading may take long: the other pool */
    int brief;             /* answers given in this turn without a worker */
    size_t taken;          /* bytes read in this turn */
    struct watch watch;    /* of a held request */
    int64_t held_ms;       /* since when it is held, for this time */
    int64_t hold_until_ms; /* 0: it has not been held yet */
    int64_t heard;         /* news up to this one are known to the answer */
    int refuse;            /* status decided before the body was read */
    char *out;             /* what could not be written at once */
    size_t out_len, out_at, out_held; /* held: counted in the server's held_bytes */
    size_t lingered;

    struct connection *next, *previous; /* in the poller's list, its own business */
    struct connection *next_fresh, *next_dead;
};

struct poller {
    struct server *server;
    pthread_t thread;
    int epoll, wake; /* wake: an eventfd */
    struct connection *connections;
    pthread_mutex_t lock; /* of the two below */
    struct connection *fresh, *dead;
    int64_t live_looked_ms;
};

struct server {
    struct server_options options;
    struct pool *pools[GUEST_LANES];
    bool stopped[GUEST_LANES]; /* those */
    struct guests *guests;
    struct live *live;
    struct poller *pollers;
    int poller_count;
    int listener, port;
    _Atomic int open;
    _Atomic size_t held_bytes; /* of heads, bodies and answers, all connections together */
    _Atomic int64_t refused, refused_guests;
    _Atomic int64_t served; /* by workers */
    int64_t served_seen;    /* at the last look of the poller that trims */
    _Atomic bool stopping, forced;
    int next_poller;
};

int64_t server_clock_ms(void);
void poller_wake(struct poller *poller);
/* server_accept.c: take in some of those who knock. */
void server_accept(struct server *server);

/* For a socket just accepted; takes the fd and the guest.  NULL: no memory, and they are gone. */
struct connection *connection_make(struct poller *poller, int fd, const char *peer,
                                   struct guest *guest, bool narrow);
/* Something can be read or written; `hung_up`: the client sends no more, or is gone. */
void connection_event(struct connection *c, bool hung_up);
/* Connections or memory become scarce: the slow and the idle have an eighth of their time. */
bool server_pressed(const struct server *server);
/* Past its deadline, or idle while the server stops? */
void connection_check(struct connection *c, int64_t now_ms, bool pressed);
/* News came: is this held request to be run again?  True when it will be, a little later. */
bool connection_live(struct connection *c, int64_t now_ms);
/* A worker's turn; `late`: it waited too long and is only told so. */
void connection_serve(void *connection, bool late);
void connection_free(struct connection *c); /* by its poller, after it is dead */

#endif
