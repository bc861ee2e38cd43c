#include "http/connection_steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/task.h"
#include "core/time.h"

enum { OWNED = 1, PENDING = 2 };

enum {
    NARROW_MS = 1000,
    PRESSED = 8 /* how many times less patience there is when room becomes scarce */
};

int64_t server_clock_ms(void)
{
    return time_monotonic_ns() / 1000000;
}

void connection_deadline(struct connection *c, int64_t in_ms)
{
    atomic_store_explicit(&c->deadline_ms, server_clock_ms() + in_ms, memory_order_relaxed);
}

struct connection *connection_make(struct poller *poller, int fd, const char *peer,
                                   struct guest *guest, bool narrow)
{
    struct connection *c = calloc(1, sizeof *c);

    if (!c) {
        guest_leave(poller->server->guests, guest);
        close(fd);
        return NULL;
    }
    c->home = c->guest = guest;
    c->narrow = narrow;
    c->fd = fd;
    c->poller = poller;
    snprintf(c->peer, sizeof c->peer, "%s", peer);
    c->began_ms = server_clock_ms();
    connection_deadline(c, narrow ? NARROW_MS : poller->server->options.head_ms);
    return c;
}

void connection_free(struct connection *c)
{
    free(c->in);
    free(c->out);
    free(c);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Of the memory for all, and of the bytes of one guest. */
static bool take(_Atomic size_t *held, size_t n, size_t all, bool large)
{
    size_t most = large ? all - all / 4 : all;

    if (atomic_fetch_add_explicit(held, n, memory_order_relaxed) + n <= most)
        return true;
    atomic_fetch_sub_explicit(held, n, memory_order_relaxed);
    return false;
}

enum room connection_take_memory(struct connection *c, size_t n, size_t whole)
{
    struct server *server = c->poller->server;
    bool large = whole > SMALL;
    size_t of_guest = c->guest->trusted ? SIZE_MAX : server->options.guest_memory;

    if (!take(&c->guest->held_bytes, n, of_guest, large))
        return NO_ROOM_FOR_GUEST;
    if (!take(&server->held_bytes, n, server->options.body_memory, large)) {
        atomic_fetch_sub_explicit(&c->guest->held_bytes, n, memory_order_relaxed);
        return NO_ROOM;
    }
    c->held += n;
    return ROOM;
}

void connection_give_memory_back(struct connection *c, size_t n)
{
    c->held -= n;
    atomic_fetch_sub_explicit(&c->guest->held_bytes, n, memory_order_relaxed);
    atomic_fetch_sub_explicit(&c->poller->server->held_bytes, n, memory_order_relaxed);
}

void connection_is_of(struct connection *c, struct guest *guest)
{
    struct guest *before = c->guest;

    c->guest = guest ? guest : c->home;
    if (c->guest == before)
        return;
    atomic_fetch_sub_explicit(&before->held_bytes, c->held, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->guest->held_bytes, c->held, memory_order_relaxed);
    if (before != c->home)
        guest_leave(c->poller->server->guests, before);
}

/* ---- the end --------------------------------------------------------------------------------- */

enum next connection_end(struct connection *c)
{
    struct poller *poller = c->poller;

    connection_drop_in(c);
    connection_drop_out(c);
    connection_is_of(c, NULL);
    guest_leave(poller->server->guests, c->home);
    c->home = c->guest = NULL;
    close(c->fd);
    c->fd = -1;
    pthread_mutex_lock(&poller->lock);
    c->next_dead = poller->dead;
    poller->dead = c;
    pthread_mutex_unlock(&poller->lock);
    atomic_fetch_sub(&poller->server->open, 1);
    return HANDED;
}

/* ---- held requests --------------------------------------------------------------------------- */

/* What an answer with nothing to tell does instead of going out.  False: its time is over. */
static bool hold(struct connection *c, const struct watch *watch, int64_t heard)
{
    int64_t now = server_clock_ms();

    if (!c->hold_until_ms)
        c->hold_until_ms = now + watch->wait_ms;
    if (!watch->wait_ms || now >= c->hold_until_ms || c->poller->server->stopping)
        return false;
    c->watch = *watch;
    c->heard = heard;
    c->held_ms = c->began_ms = now;
    atomic_store_explicit(&c->deadline_ms, c->hold_until_ms, memory_order_relaxed);
    c->stage = STAGE_HELD;
    live_hold(c->poller->server->live, 1);
    return true;
}

static enum next run_again(struct connection *c)
{
    struct server *server = c->poller->server;

    live_hold(server->live, -1);
    return connection_queue(c);
}

/* The client may have gone; what it sends meanwhile is left where it is. */
static enum next held(struct connection *c)
{
    char byte;
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK);

    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)))
        return WAIT;
    live_hold(c->poller->server->live, -1);
    return connection_end(c);
}

/* ---- ownership ------------------------------------------------------------------------------- */

bool connection_yield(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};

    return epoll_ctl(c->poller->epoll, EPOLL_CTL_MOD, c->fd, &event) == 0;
}

/* Go on until there is nothing to do, then let go. */
static void advance(struct connection *c)
{
    c->taken = 0;
    c->brief = 0;
    for (;;) {
        enum next next = c->stage == STAGE_READING     ? connection_read(c)
                         : c->stage == STAGE_WRITING   ? connection_write(c)
                         : c->stage == STAGE_LINGERING ? connection_linger(c)
                         : c->stage == STAGE_HELD      ? held(c)
                                                       : WAIT;
        unsigned owned = OWNED;

        if (next == HANDED)
            return;
        if (next == AGAIN)
            continue;
        if (atomic_compare_exchange_strong(&c->state, &owned, 0))
            return;
        /* Something happened meanwhile. */
        atomic_fetch_and(&c->state, ~(unsigned)PENDING);
        c->drained = false;
        c->taken = 0;
    }
}

void connection_event(struct connection *c, bool hung_up)
{
    if (hung_up)
        atomic_store_explicit(&c->hung_up, true, memory_order_relaxed);
    if (atomic_fetch_or(&c->state, OWNED | PENDING) & OWNED)
        return; /* the owner will see the mark */
    atomic_fetch_and(&c->state, ~(unsigned)PENDING);
    c->drained = false;
    advance(c);
}

/* Is so much taken that who comes next might find no room? */
bool server_pressed(const struct server *server)
{
    int most = server->options.connections;

    return atomic_load_explicit(&server->open, memory_order_relaxed) > most - most / 8 ||
           atomic_load_explicit(&server->held_bytes, memory_order_relaxed) >
               server->options.body_memory / 2;
}

void connection_check(struct connection *c, int64_t now_ms, bool pressed)
{
    struct server *server = c->poller->server;
    bool late = now_ms > atomic_load_explicit(&c->deadline_ms, memory_order_relaxed);
    bool stopping = atomic_load_explicit(&server->stopping, memory_order_relaxed);
    unsigned free_of_owner = 0;

    if ((!late && !stopping && !pressed) ||
        !atomic_compare_exchange_strong(&c->state, &free_of_owner, OWNED))
        return;
    int64_t patience = atomic_load_explicit(&c->deadline_ms, memory_order_relaxed) - c->began_ms;
    late = now_ms > c->began_ms + (pressed && !c->narrow ? patience / PRESSED : patience);
    bool idle = c->stage == STAGE_READING && c->in_len == 0;
    if (c->stage == STAGE_HELD) {
        if (late || stopping)
            c->hold_until_ms = now_ms;
        if ((!late && !stopping) || run_again(c) == AGAIN)
            advance(c);
        return;
    }
    if (atomic_load_explicit(&server->forced, memory_order_relaxed) || (stopping && idle)) {
        connection_end(c);
        return;
    }
    if (late && c->stage == STAGE_READING && c->narrow)
        connection_refuse(c, 503, BUSY); /* then written below */
    else if (late && c->stage == STAGE_READING && !idle)
        connection_refuse(c, 408, "等得太久，连接已关闭。\n");
    else if (late) {
        connection_end(c);
        return;
    }
    advance(c);
}

bool connection_live(struct connection *c, int64_t now_ms)
{
    unsigned free_of_owner = 0;
    int64_t due;

    if (!atomic_compare_exchange_strong(&c->state, &free_of_owner, OWNED))
        return false;
    bool concerned =
        c->stage == STAGE_HELD && live_concerns(c->poller->server->live, &c->watch, c->heard, &due);
    bool now = concerned && now_ms >= c->held_ms + due;
    if (!now || run_again(c) == AGAIN)
        advance(c);
    return concerned && !now;
}

static bool fits(const _Atomic size_t *held, size_t n, size_t all)
{
    return atomic_load_explicit(held, memory_order_relaxed) + n <= all - all / 4;
}

/* A large answer may have to be held here whole: better none than half of one. */
static enum room room_for(const struct connection *c, const struct answer *answer)
{
    const struct server *server = c->poller->server;
    size_t n = answer->body.len;

    if (n <= SMALL)
        return ROOM;
    if (!c->guest->trusted && !fits(&c->guest->held_bytes, n, server->options.guest_memory))
        return NO_ROOM_FOR_GUEST;
    return fits(&server->held_bytes, n, server->options.body_memory) ? ROOM : NO_ROOM;
}

void connection_serve(void *connection, bool late)
{
    struct connection *c = connection;
    struct server *server = c->poller->server;
    struct pool *pool = server->pools[c->upload ? LANE_UPLOAD : LANE_QUICK];
    int64_t now = server->options.now ? server->options.now() : time_now();
    size_t size = c->refuse ? c->head_size : c->need;
    struct poller *poller = c->poller;
    int64_t heard = live_heard(server->live);
    struct answer answer;
    struct task t;

    if (late) {
        pool_leave(pool, c->job.lane);
        connection_turn_down(c, false);
        advance(c);
        return;
    }
    atomic_fetch_add_explicit(&server->served, 1, memory_order_relaxed);
    task_begin(&t, server->options.store, now, TASK_BUDGET);
    t.gives_way = true;
    site_answer(&t, server->options.site, (struct str){c->in, size}, str_of(c->peer), c->refuse,
                &answer);
    pool_leave(pool, c->job.lane); /* the guest may go with the connection from here on */
    if (hold(c, &answer.watch, heard)) {
        task_end(&t);
        advance(c);
        /* What was said meanwhile found nobody waiting. */
        if (live_heard(server->live) != heard)
            poller_wake(poller);
        return;
    }
    enum room room = room_for(c, &answer);
    if (room != ROOM) {
        task_end(&t);
        connection_turn_down(c, room == NO_ROOM_FOR_GUEST);
        advance(c);
        return;
    }
    c->close_after = answer.close || atomic_load_explicit(&server->stopping, memory_order_relaxed);
    c->stage = STAGE_WRITING;
    c->began_ms = server_clock_ms();
    connection_deadline(c, server->options.write_ms);
    bool alive = connection_write_answer(c, &answer);
    task_end(&t);
    if (alive)
        advance(c);
    else
        connection_end(c);
}
