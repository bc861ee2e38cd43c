#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/time.h"
#include "http/connection_steps.h"

enum {
    EVENTS = 128,
    TICK_MS = 500,
    STOPPING_TICK_MS = 20,
    LIVE_TICK_MS = 100,
    BACKLOG = 1024,
    RESERVED_FILES = 128, /* for the store, the log, uploads */
    TRIM_MS = 2000,
    TRIM_SERVED = 20, /* in that time: it is quiet */
    TRIM_BYTES = 8 * 1024 * 1024,
    QUICK_WAIT_MS = 50,
    UPLOAD_WAIT_MS = 5000,
    UPLOAD_NICE = 5
};

/* ---- pollers --------------------------------------------------------------------------------- */

/* Take in what was accepted and free what ended; no event of this batch is left to be looked at. */
static void tidy(struct poller *poller)
{
    struct connection *fresh, *dead;

    pthread_mutex_lock(&poller->lock);
    fresh = poller->fresh;
    dead = poller->dead;
    poller->fresh = poller->dead = NULL;
    pthread_mutex_unlock(&poller->lock);
    for (struct connection *c = fresh; c; c = c->next_fresh) {
        c->next = poller->connections;
        if (c->next)
            c->next->previous = c;
        poller->connections = c;
    }
    while (dead) {
        struct connection *c = dead;

        dead = c->next_dead;
        if (c->previous)
            c->previous->next = c->next;
        else
            poller->connections = c->next;
        if (c->next)
            c->next->previous = c->previous;
        connection_free(c);
    }
}

/* News are taken to the held requests a few times in a second, however thick they come.  True:
 * look again soon. */
static bool tell_held(struct poller *poller, int64_t now_ms, bool soon, int64_t *heard)
{
    int64_t newest = live_heard(poller->server->live);

    if (newest == *heard && !soon)
        return false;
    if (now_ms < poller->live_looked_ms + LIVE_TICK_MS)
        return true;
    poller->live_looked_ms = now_ms;
    *heard = newest;
    soon = false;
    for (struct connection *c = poller->connections; c; c = c->next)
        soon = connection_live(c, now_ms) || soon;
    tidy(poller);
    return soon;
}

static void figures(const struct server *server, int64_t *ret_waiting, int64_t *ret_busy)
{
    *ret_waiting = *ret_busy = 0;
    for (int i = 0; i < GUEST_LANES; i++) {
        int64_t waiting, busy;

        pool_figures(server->pools[i], &waiting, &busy);
        *ret_waiting += waiting;
        *ret_busy += busy;
    }
}

/* After a crowd the allocator keeps what it had: give it back when hardly anybody asks. */
static void trim_memory(struct server *server)
{
    int64_t waiting, busy, served = atomic_load_explicit(&server->served, memory_order_relaxed);
    bool quiet = served - server->served_seen <= TRIM_SERVED;

    server->served_seen = served;
    figures(server, &waiting, &busy);
    if (quiet && !waiting && !busy && mallinfo2().fordblks > TRIM_BYTES)
        malloc_trim(0);
}

static void *poll_events(void *arg)
{
    struct poller *poller = arg;
    struct server *server = poller->server;
    struct epoll_event events[EVENTS];
    int64_t next_check_ms = 0, next_trim_ms = 0, heard = 0;
    bool soon = false;

    for (;;) {
        bool stopping = atomic_load(&server->stopping), forced = atomic_load(&server->forced);

        if (stopping && poller == server->pollers && server->listener >= 0) {
            close(server->listener);
            server->listener = -1;
        }
        int n = epoll_wait(poller->epoll, events, EVENTS,
                           stopping ? STOPPING_TICK_MS
                           : soon   ? LIVE_TICK_MS
                                    : TICK_MS);
        int64_t now_ms;

        for (int i = 0; i < n; i++) {
            uint64_t ignored;

            if (events[i].data.ptr == server)
                server_accept(server);
            else if (events[i].data.ptr == poller)
                ignored = read(poller->wake, &ignored, sizeof ignored) > 0;
            else
                connection_event(events[i].data.ptr,
                                 events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
        }
        tidy(poller);
        now_ms = server_clock_ms();
        soon = tell_held(poller, now_ms, soon, &heard);
        if (now_ms >= next_check_ms || stopping) {
            bool pressed = server_pressed(server);

            for (struct connection *c = poller->connections; c; c = c->next)
                connection_check(c, now_ms, pressed);
            tidy(poller);
            next_check_ms = now_ms + TICK_MS;
            if (poller == server->pollers && now_ms >= next_trim_ms) {
                trim_memory(server);
                next_trim_ms = now_ms + TRIM_MS;
            }
        }
        if (stopping && (!poller->connections || forced))
            return NULL;
    }
}

/* ---- start and stop -------------------------------------------------------------------------- */

static bool complain(char **ret_why, const char *what)
{
    if (asprintf(ret_why, "%s: %s", what, strerror(errno)) < 0)
        *ret_why = NULL;
    return false;
}

static bool open_listener(struct server *server, char **ret_why)
{
    const char *address = server->options.address ? server->options.address : "127.0.0.1";
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)server->options.port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons((uint16_t)server->options.port)};
    bool four = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    int on = 1, off = 0;

    errno = EINVAL;
    if (!four && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
        return complain(ret_why, "address to listen on (numbers, not a name)");
    server->listener =
        socket(four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listener < 0)
        return complain(ret_why, "socket");
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!four)
        setsockopt(server->listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(server->listener, four ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6,
             four ? sizeof v4 : sizeof v6) ||
        listen(server->listener, BACKLOG))
        return complain(ret_why, "address and port to listen on");
    if (getsockname(server->listener, (struct sockaddr *)&bound, &len))
        return complain(ret_why, "getsockname");
    server->port = ntohs(four ? ((const struct sockaddr_in *)(const void *)&bound)->sin_port
                              : ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port);
    return true;
}

static bool start_poller(struct server *server, struct poller *poller, char **ret_why)
{
    struct epoll_event wake = {.events = EPOLLIN, .data.ptr = poller};
    struct epoll_event arrivals = {.events = EPOLLIN, .data.ptr = server};

    poller->server = server;
    pthread_mutex_init(&poller->lock, NULL);
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    poller->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (poller->epoll < 0 || poller->wake < 0 ||
        epoll_ctl(poller->epoll, EPOLL_CTL_ADD, poller->wake, &wake) ||
        (poller == server->pollers &&
         epoll_ctl(poller->epoll, EPOLL_CTL_ADD, server->listener, &arrivals)))
        return complain(ret_why, "epoll");
    errno = pthread_create(&poller->thread, NULL, poll_events, poller);
    return errno ? complain(ret_why, "thread") : true;
}

/* A connection is an open file: as many as the kernel lets this process have. */
static void set_connections(struct server_options *o)
{
    struct rlimit files;
    rlim_t wanted = (rlim_t)o->connections + RESERVED_FILES;

    if (getrlimit(RLIMIT_NOFILE, &files))
        return;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &files);
        if (getrlimit(RLIMIT_NOFILE, &files))
            return;
    }
    if (files.rlim_cur > 2 * RESERVED_FILES && files.rlim_cur < wanted)
        o->connections = (int)(files.rlim_cur - RESERVED_FILES);
}

static int at_most(int value, int most)
{
    return value < most ? value : most > 1 ? most : 1;
}

static void set_defaults(struct server_options *o)
{
    enum { MIB = 1024 * 1024 };
    /* A quarter of it is for what is small; then there is room for one upload. */
    const size_t one_upload = ((size_t)LIMIT_UPLOAD + MIB) / 3 * 4;

    o->pollers = o->pollers ? o->pollers : 2;
    o->workers = o->workers ? o->workers : 64;
    o->upload_workers = o->upload_workers ? o->upload_workers : 8;
    o->queue = o->queue ? o->queue : 1024;
    o->connections = o->connections ? o->connections : 16384;
    o->body_memory = o->body_memory ? o->body_memory : (size_t)256 * MIB;
    o->head_ms = o->head_ms ? o->head_ms : 10000;
    o->body_ms = o->body_ms ? o->body_ms : 60000;
    o->write_ms = o->write_ms ? o->write_ms : 60000;
    o->idle_ms = o->idle_ms ? o->idle_ms : 30000;
    set_connections(o);
    o->guest_connections =
        at_most(o->guest_connections ? o->guest_connections : 2048, o->connections / 2);
    o->guest_requests = at_most(o->guest_requests ? o->guest_requests : 256, o->queue / 2);
    o->guest_memory = o->guest_memory ? o->guest_memory : (size_t)128 * MIB;
    if (o->guest_memory > o->body_memory / 2)
        o->guest_memory = o->body_memory / 2;
    if (o->guest_memory < one_upload)
        o->guest_memory = one_upload;
}

static bool start_pools(struct server *server)
{
    const struct server_options *o = &server->options;
    struct pool_options quick = {.run = connection_serve,
                                 .workers = o->workers,
                                 .capacity = o->queue,
                                 .lane_waiting = o->guest_requests,
                                 .lane_running = at_most(o->workers, (o->workers + 1) / 2),
                                 .wait_ms = QUICK_WAIT_MS};
    struct pool_options upload = quick;

    upload.workers = o->upload_workers;
    upload.lane_running = at_most(o->upload_workers, (o->upload_workers + 1) / 2);
    upload.wait_ms = UPLOAD_WAIT_MS;
    upload.nice = UPLOAD_NICE;
    server->pools[LANE_QUICK] = pool_start(&quick);
    server->pools[LANE_UPLOAD] = pool_start(&upload);
    return server->pools[LANE_QUICK] && server->pools[LANE_UPLOAD];
}

static void tell_gauges(const void *arg, struct gauges *ret_gauges)
{
    const struct server *server = arg;

    *ret_gauges =
        (struct gauges){.connections = server->open,
                        .workers = server->options.workers + server->options.upload_workers,
                        .refused = server->refused,
                        .refused_guests = server->refused_guests,
                        .body_bytes = (int64_t)server->held_bytes};
    figures(server, &ret_gauges->queue, &ret_gauges->busy_workers);
}

void poller_wake(struct poller *poller)
{
    uint64_t one = 1;

    if (write(poller->wake, &one, sizeof one) < 0)
        return; /* it looks by itself at the next tick */
}

static void wake_pollers(struct server *server)
{
    for (int i = 0; i < server->poller_count; i++)
        poller_wake(&server->pollers[i]);
}

static void hear(void *arg, const struct news *news)
{
    struct server *server = arg;

    if (live_hear(server->live, news))
        wake_pollers(server);
}

static void release(struct server *server)
{
    for (int i = 0; i < server->poller_count; i++) {
        tidy(&server->pollers[i]);
        close(server->pollers[i].epoll);
        close(server->pollers[i].wake);
        pthread_mutex_destroy(&server->pollers[i].lock);
    }
    if (server->listener >= 0)
        close(server->listener);
    for (int i = 0; i < GUEST_LANES; i++)
        pool_free(server->pools[i]);
    guests_free(server->guests);
    live_free(server->live);
    free(server->pollers);
    free(server);
}

struct server *server_start(const struct server_options *options, char **ret_why)
{
    struct server *server = calloc(1, sizeof *server);

    /* Tasks take and give back blocks of up to a megabyte at every request: keep them in the
     * process rather than asking the kernel each time, and keep few arenas, for 64 threads mostly
     * sleep. */
    mallopt(M_MMAP_THRESHOLD, 2 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
    mallopt(M_ARENA_MAX, 4);
    if (!server) {
        complain(ret_why, "server");
        return NULL;
    }
    server->options = *options;
    server->listener = -1;
    set_defaults(&server->options);
    server->live = live_make();
    server->guests =
        guests_make(server->options.guest_connections, options->site->options.trusted_proxies);
    server->pollers = calloc((size_t)server->options.pollers, sizeof *server->pollers);
    if (!server->live || !server->guests || !server->pollers || !open_listener(server, ret_why)) {
        release(server);
        return NULL;
    }
    if (!start_pools(server)) {
        complain(ret_why, "workers");
        return NULL; /* the program ends: what was started is not worth unwinding */
    }
    options->site->server = server;
    options->site->gauges = tell_gauges;
    atomic_store(&options->site->closing, false);
    server->poller_count =
        server->options.pollers; /* before any of them takes its turn at accepting */
    for (int i = server->poller_count - 1; i >= 0; i--)
        if (!start_poller(server, &server->pollers[i], ret_why))
            return NULL; /* likewise */
    if (options->store && !store_listen(options->store, hear, server))
        log_write(LEVEL_WARN, "http.no-news", LOG_NOTHING); /* held requests wait their time out */
    return server;
}

int server_port(const struct server *server)
{
    return server->port;
}

bool server_stop(struct server *server, int seconds)
{
    int64_t until_ns = time_monotonic_ns() + (int64_t)seconds * 1000000000;

    atomic_store(&server->options.site->closing, true);
    atomic_store(&server->stopping, true);
    wake_pollers(server);
    while (atomic_load(&server->open) > 0 && time_monotonic_ns() < until_ns)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    for (int i = 0; i < GUEST_LANES; i++)
        if (!server->stopped[i] &&
            !(server->stopped[i] = pool_stop(server->pools[i], until_ns + 100000000)))
            return false;
    atomic_store(&server->forced, true);
    wake_pollers(server);
    for (int i = 0; i < server->poller_count; i++)
        pthread_join(server->pollers[i].thread, NULL);
    server->options.site->gauges = NULL;
    if (server->options.store)
        store_unlisten(server->options.store, hear, server);
    release(server);
    return true;
}
