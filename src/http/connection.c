#include "http/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/log.h"
#include "core/task.h"
#include "core/time.h"
#include "http/frame.h"

enum { OWNED = 1, PENDING = 2 };

enum {
    FIRST_IN = 4096,
    SMALL = 64 * 1024, /* a page, a form: these have the last quarter of the memory to themselves */
    BYTES_PER_MS = 32, /* what a slow line is granted beyond the fixed time */
    LINGER_MS = 2000,
    LINGER_LARGE_MS = 5000,     /* who sends too much sends for a while */
    LINGER_SLICE = 1024 * 1024, /* read and thrown away in one turn */
    LINGER_MOST = 64 * 1024 * 1024,
    PRESSED = 8, /* how many times less patience there is when room becomes scarce */
    CANNED = 2048
};

/* What an owner does next. */
enum next {
    WAIT,  /* let go until something happens */
    AGAIN, /* look again */
    HANDED /* somebody else owns it now, or it is gone */
};

int64_t server_clock_ms(void)
{
    return time_monotonic_ns() / 1000000;
}

static void set_deadline(struct connection *c, int64_t in_ms)
{
    atomic_store_explicit(&c->deadline_ms, server_clock_ms() + in_ms, memory_order_relaxed);
}

struct connection *connection_make(struct poller *poller, int fd, const char *peer)
{
    struct connection *c = calloc(1, sizeof *c);

    if (!c) {
        close(fd);
        return NULL;
    }
    c->fd = fd;
    c->poller = poller;
    snprintf(c->peer, sizeof c->peer, "%s", peer);
    c->began_ms = server_clock_ms();
    set_deadline(c, poller->server->options.head_ms);
    return c;
}

void connection_free(struct connection *c)
{
    free(c->in);
    free(c->out);
    free(c);
}

/* What clients make the server hold beyond the first piece of a head counts for all of them
 * together: large heads, bodies, answers that are not fetched. */
static bool take_memory(struct connection *c, size_t n, size_t whole)
{
    struct server *server = c->poller->server;
    size_t all = server->options.body_memory, most = whole > SMALL ? all - all / 4 : all;

    if (atomic_fetch_add_explicit(&server->held_bytes, n, memory_order_relaxed) + n <= most)
        return true;
    atomic_fetch_sub_explicit(&server->held_bytes, n, memory_order_relaxed);
    return false;
}

static void give_memory_back(struct connection *c, size_t n)
{
    atomic_fetch_sub_explicit(&c->poller->server->held_bytes, n, memory_order_relaxed);
}

static size_t counted(size_t capacity)
{
    return capacity > FIRST_IN ? capacity : 0;
}

static void drop_in(struct connection *c)
{
    give_memory_back(c, counted(c->in_capacity));
    free(c->in);
    c->in = NULL;
    c->in_capacity = 0;
}

static void drop_out(struct connection *c)
{
    give_memory_back(c, c->out_held);
    free(c->out);
    c->out = NULL;
    c->out_held = c->out_len = c->out_at = 0;
}

/* The end.  It stays owned, so that nobody touches it; its poller frees it after its batch of
 * events. */
static enum next end_connection(struct connection *c)
{
    struct poller *poller = c->poller;

    drop_in(c);
    drop_out(c);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_lock(&poller->lock);
    c->next_dead = poller->dead;
    poller->dead = c;
    pthread_mutex_unlock(&poller->lock);
    atomic_fetch_sub(&poller->server->open, 1);
    return HANDED;
}

/* Room for more of a request: doubling, never more than it may need. */
static bool make_room(struct connection *c)
{
    size_t most = c->need > LIMIT_HEAD ? c->need : LIMIT_HEAD;
    size_t capacity = c->in_capacity ? c->in_capacity * 2 : FIRST_IN;

    if (capacity > most)
        capacity = most;
    size_t more = counted(capacity) - counted(c->in_capacity);
    if (!take_memory(c, more, capacity))
        return false;
    char *bigger = realloc(c->in, capacity);
    if (!bigger) {
        give_memory_back(c, more);
        return false;
    }
    c->in = bigger;
    c->in_capacity = capacity;
    return true;
}

/* Answer from here, without a worker. */
static enum next answer_briefly(struct connection *c, int status, const char *sentence, bool close)
{
    drop_out(c);
    c->out = malloc(CANNED);
    c->out_len = c->out ? answer_canned(c->out, CANNED, status, sentence, close) : 0;
    c->close_after = close || !c->out_len;
    c->stage = STAGE_WRITING;
    c->began_ms = server_clock_ms();
    set_deadline(c, c->poller->server->options.write_ms);
    return AGAIN;
}

/* The same, and the end of the connection: there may be more to read that nobody understands. */
static enum next refuse(struct connection *c, int status, const char *sentence)
{
    c->refuse = status;
    return answer_briefly(c, status, sentence, true);
}

/* A request that was read to its end and cannot be worked on now.  The connection stays: to come
 * again with a new one costs both sides more than this answer. */
static enum next turn_down(struct connection *c)
{
    atomic_fetch_add(&c->poller->server->refused, 1);
    return answer_briefly(c, 503, "系统正忙，请稍后再试。\n", !c->keep_alive || c->refuse);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void say_continue(struct connection *c)
{
    static const char words[] = "HTTP/1.1 100 Continue\r\n\r\n";

    /* When not even this fits the client is not waiting for it. */
    ssize_t ignored = send(c->fd, words, sizeof words - 1, MSG_NOSIGNAL);
    (void)ignored;
}

/* The head is complete: may it have its body? */
static enum next take_head(struct connection *c, size_t size)
{
    struct server *server = c->poller->server;
    struct head head;
    const char *why = "";
    int status = head_parse((struct str){c->in, c->in_len}, &head, &why);

    if (status != HEAD_DONE) {
        log_write(LEVEL_INFO, "http.bad-head",
                  LOG_PAIRS(LOG_INT("status", status), LOG_STR("why", str_of(why))));
        return refuse(c, status, "请求格式不正确。\n");
    }
    c->head_size = c->need = size;
    if (head.content_length > site_body_limit(server->options.site, &head)) {
        c->refuse = 413;
        return AGAIN;
    }
    c->need = size + head.content_length;
    c->keep_alive = head.keep_alive && !head.head_only; /* what is canned has a body */
    c->began_ms = server_clock_ms();
    if (head.expect_continue && c->in_len < c->need)
        say_continue(c);
    return AGAIN;
}

static enum next receive(struct connection *c)
{
    struct server_options *o = &c->poller->server->options;

    if (c->ended)
        return end_connection(c); /* a request that will never be complete, or none */
    if (c->drained)
        return WAIT;
    if (c->in_len == c->in_capacity && !make_room(c)) {
        atomic_fetch_add(&c->poller->server->refused, 1);
        return refuse(c, 503, "系统正忙，请稍后再试。\n");
    }
    size_t room = c->in_capacity - c->in_len;
    ssize_t n = recv(c->fd, c->in + c->in_len, room, 0);
    if (n < 0 && errno == EINTR)
        return AGAIN;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        c->drained = true;
        return AGAIN;
    }
    if (n < 0)
        return end_connection(c);
    if (n == 0) {
        c->ended = true;
        return AGAIN;
    }
    if (c->in_len == 0 && !c->head_size) {
        c->began_ms = server_clock_ms();
        set_deadline(c, o->head_ms);
    }
    c->in_len += (size_t)n;
    /* An end that was told together with these bytes is not told again. */
    c->drained = (size_t)n < room && !atomic_load_explicit(&c->hung_up, memory_order_relaxed);
    if (c->head_size)
        atomic_store_explicit(&c->deadline_ms,
                              c->began_ms + o->body_ms + (int64_t)c->in_len / BYTES_PER_MS,
                              memory_order_relaxed);
    return AGAIN;
}

static enum next read_request(struct connection *c)
{
    struct server *server = c->poller->server;

    if (!c->head_size && c->in_len) {
        size_t size;
        int status = head_end((struct str){c->in, c->in_len}, &c->scanned, &size);

        if (status == HEAD_DONE)
            return take_head(c, size);
        if (status != HEAD_MORE) {
            log_write(LEVEL_INFO, "http.bad-head",
                      LOG_PAIRS(LOG_INT("status", status), LOG_STR("why", S("bytes of the head"))));
            return refuse(c, status, "请求格式不正确。\n");
        }
    }
    if (!c->head_size || (c->in_len < c->need && !c->refuse)) {
        if (!c->in_len && atomic_load_explicit(&server->stopping, memory_order_relaxed))
            return end_connection(c);
        return receive(c);
    }
    c->stage = STAGE_RUNNING;
    atomic_store_explicit(&c->deadline_ms, INT64_MAX, memory_order_relaxed);
    return pool_push(server->pool, c) ? HANDED : turn_down(c);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Everything is written: the next request, or the end. */
static enum next after_answer(struct connection *c)
{
    bool more = c->refuse || c->in_len > c->need;

    drop_out(c);
    c->answered = true;
    c->hold_until_ms = 0;
    if (c->close_after) {
        if (!more || c->ended)
            return end_connection(c);
        /* Closing with unread bytes would reset the connection and destroy the answer on its way.
         */
        shutdown(c->fd, SHUT_WR);
        c->stage = STAGE_LINGERING;
        c->began_ms = server_clock_ms();
        set_deadline(c, c->refuse == 413 ? LINGER_LARGE_MS : LINGER_MS);
        return AGAIN;
    }
    if (c->in_len > c->need)
        memmove(c->in, c->in + c->need, c->in_len - c->need);
    c->in_len -= c->need;
    c->head_size = c->need = c->scanned = 0;
    if (c->in_len == 0)
        drop_in(c); /* who only waits costs little */
    c->stage = STAGE_READING;
    c->began_ms = server_clock_ms();
    set_deadline(c, c->in_len ? c->poller->server->options.head_ms
                              : c->poller->server->options.idle_ms);
    return AGAIN;
}

static enum next write_rest(struct connection *c)
{
    while (c->out_at < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WAIT;
        if (n < 0)
            return end_connection(c);
        c->out_at += (size_t)n;
        atomic_store_explicit(&c->deadline_ms,
                              c->began_ms + c->poller->server->options.write_ms +
                                  (int64_t)c->out_at / BYTES_PER_MS,
                              memory_order_relaxed);
    }
    return after_answer(c);
}

/* Write what goes at once and keep the rest.  False when the client is gone. */
static bool write_answer(struct connection *c, const struct answer *answer)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)answer->head.at, answer->head.len},
                             {(void *)(uintptr_t)answer->body.at, answer->body.len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = answer->body.len ? 2 : 1};
    size_t all = answer->head.len + answer->body.len, written;
    ssize_t n;

    do
        n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    written = n < 0 ? 0 : (size_t)n;
    if (written == all)
        return true;
    if (!take_memory(c, all - written, all))
        return false;
    c->out_held = all - written;
    c->out = malloc(all - written);
    if (!c->out)
        return false;
    for (int i = 0; i < 2; i++) {
        size_t skip = written < parts[i].iov_len ? written : parts[i].iov_len;
        size_t rest = parts[i].iov_len - skip;

        if (rest)
            memcpy(c->out + c->out_len, (const char *)parts[i].iov_base + skip, rest);
        c->out_len += rest;
        written -= skip;
    }
    return true;
}

/* The rest of what a refused client sends is read and thrown away for a while, or closing would
 * reset the connection before the client has read why. */
static enum next linger(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    char waste[16 * 1024];

    for (size_t here = 0; here < LINGER_SLICE;) {
        ssize_t n = recv(c->fd, waste, sizeof waste, 0);

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WAIT;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return end_connection(c);
        here += (size_t)n;
    }
    c->lingered += LINGER_SLICE;
    /* The others have their turn; the kernel then says again that there is something to read. */
    if (c->lingered >= LINGER_MOST || epoll_ctl(c->poller->epoll, EPOLL_CTL_MOD, c->fd, &event))
        return end_connection(c);
    return WAIT;
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
    c->stage = STAGE_RUNNING;
    atomic_store_explicit(&c->deadline_ms, INT64_MAX, memory_order_relaxed);
    return pool_push(server->pool, c) ? HANDED : turn_down(c);
}

/* The client may have gone; what it sends meanwhile is left where it is. */
static enum next held(struct connection *c)
{
    char byte;
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK);

    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)))
        return WAIT;
    live_hold(c->poller->server->live, -1);
    return end_connection(c);
}

/* ---- ownership ------------------------------------------------------------------------------- */

/* Go on until there is nothing to do, then let go. */
static void advance(struct connection *c)
{
    for (;;) {
        enum next next = c->stage == STAGE_READING     ? read_request(c)
                         : c->stage == STAGE_WRITING   ? write_rest(c)
                         : c->stage == STAGE_LINGERING ? linger(c)
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
    late = now_ms > c->began_ms + (pressed ? patience / PRESSED : patience);
    bool idle = c->stage == STAGE_READING && c->in_len == 0;
    if (c->stage == STAGE_HELD) {
        if (late || stopping)
            c->hold_until_ms = now_ms;
        if ((!late && !stopping) || run_again(c) == AGAIN)
            advance(c);
        return;
    }
    if (atomic_load_explicit(&server->forced, memory_order_relaxed) || (stopping && idle)) {
        end_connection(c);
        return;
    }
    if (late && c->stage == STAGE_READING && !idle)
        refuse(c, 408, "等得太久，连接已关闭。\n"); /* then written below */
    else if (late) {
        end_connection(c);
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

/* A large answer may have to be held here whole: better none than half of one. */
static bool room_for(const struct server *server, const struct answer *answer)
{
    size_t all = server->options.body_memory;

    return answer->body.len <= SMALL ||
           atomic_load_explicit(&server->held_bytes, memory_order_relaxed) + answer->body.len <=
               all - all / 4;
}

void connection_serve(void *connection, bool late)
{
    struct connection *c = connection;
    struct server *server = c->poller->server;
    int64_t now = server->options.now ? server->options.now() : time_now();
    size_t size = c->refuse ? c->head_size : c->need;
    struct poller *poller = c->poller;
    int64_t heard = live_heard(server->live);
    struct answer answer;
    struct task t;

    if (late) {
        turn_down(c);
        advance(c);
        return;
    }
    task_begin(&t, server->options.store, now, TASK_BUDGET);
    t.gives_way = true;
    site_answer(&t, server->options.site, (struct str){c->in, size}, str_of(c->peer), c->refuse,
                &answer);
    if (hold(c, &answer.watch, heard)) {
        task_end(&t);
        advance(c);
        /* What was said meanwhile found nobody waiting. */
        if (live_heard(server->live) != heard)
            poller_wake(poller);
        return;
    }
    if (!room_for(server, &answer)) {
        task_end(&t);
        turn_down(c);
        advance(c);
        return;
    }
    c->close_after = answer.close || atomic_load_explicit(&server->stopping, memory_order_relaxed);
    c->stage = STAGE_WRITING;
    c->began_ms = server_clock_ms();
    set_deadline(c, server->options.write_ms);
    bool alive = write_answer(c, &answer);
    task_end(&t);
    if (alive)
        advance(c);
    else
        end_connection(c);
}
