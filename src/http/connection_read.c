/* A request comes: its bytes, its head, who asks, and what the head alone decides. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/log.h"
#include "http/connection_steps.h"
#include "http/input.h"

enum {
    FIRST_IN = 4096,
    SLICE = 256 * 1024, /* read in one turn of a connection */
    HEALTHS = 16        /* answered here in one turn; more of them have to wait like all others */
};

static size_t counted(size_t capacity)
{
    return capacity > FIRST_IN ? capacity : 0;
}

void connection_drop_in(struct connection *c)
{
    connection_give_memory_back(c, counted(c->in_capacity));
    free(c->in);
    c->in = NULL;
    c->in_capacity = 0;
}

/* Room for more of a request: doubling, never more than it may need. */
static enum room make_room(struct connection *c)
{
    size_t most = c->need > LIMIT_HEAD ? c->need : LIMIT_HEAD;
    size_t capacity = c->in_capacity ? c->in_capacity * 2 : FIRST_IN;

    if (capacity > most)
        capacity = most;
    size_t more = counted(capacity) - counted(c->in_capacity);
    enum room room = connection_take_memory(c, more, capacity);
    if (room != ROOM)
        return room;
    char *bigger = realloc(c->in, capacity);
    if (!bigger) {
        connection_give_memory_back(c, more);
        return NO_ROOM;
    }
    c->in = bigger;
    c->in_capacity = capacity;
    return ROOM;
}

static void say_continue(struct connection *c)
{
    static const char words[] = "HTTP/1.1 100 Continue\r\n\r\n";

    /* When not even this fits the client is not waiting for it. */
    ssize_t ignored = send(c->fd, words, sizeof words - 1, MSG_NOSIGNAL);
    (void)ignored;
}

/* Whom a trusted proxy names is who asks.  False: that address has enough under way. */
static bool find_guest(struct connection *c, const struct head *head)
{
    struct guests *guests = c->poller->server->guests;
    struct str real = c->home->trusted ? head_find(head, "x-real-ip") : S("");
    struct guest *guest = NULL;

    if (guest_address_good(real) && !guest_come(guests, real, &guest))
        return false;
    if (guest == c->home)
        guest_leave(guests, guest); /* the proxy asks for itself */
    else
        connection_is_of(c, guest);
    return true;
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
        return connection_refuse(c, status, "请求格式不正确。\n");
    }
    size_t most = site_body_limit(server->options.site, &head);
    c->head_size = c->need = size;
    c->keep_alive = head.keep_alive && !head.head_only; /* what is canned has a body */
    c->health = head.method == GET && !head.head_only && !head.content_length &&
                str_is(head.path, "/healthz");
    c->parts =
        most > LIMIT_BODY && input_type_is(head_find(&head, "content-type"), "multipart/form-data");
    c->upload = head.content_length > SLICE;
    if (c->narrow && !c->health)
        return connection_refuse(c, 503, BUSY);
    if (!find_guest(c, &head)) {
        atomic_fetch_add(&server->refused_guests, 1);
        return connection_refuse(c, 429, TOO_MUCH);
    }
    if (head.content_length > most) {
        c->refuse = 413;
        return AGAIN;
    }
    c->need = size + head.content_length;
    c->began_ms = server_clock_ms();
    if (head.expect_continue && c->in_len < c->need)
        say_continue(c);
    return AGAIN;
}

static enum next receive(struct connection *c)
{
    struct server_options *o = &c->poller->server->options;

    if (c->ended)
        return connection_end(c); /* a request that will never be complete, or none */
    if (c->drained)
        return WAIT;
    if (c->taken >= SLICE) {
        c->taken = 0;
        return connection_yield(c) ? WAIT : connection_end(c);
    }
    if (c->in_len == c->in_capacity) {
        enum room got = make_room(c);

        if (got != ROOM) {
            atomic_fetch_add(got == NO_ROOM ? &c->poller->server->refused
                                            : &c->poller->server->refused_guests,
                             1);
            return connection_refuse(c, got == NO_ROOM ? 503 : 429,
                                     got == NO_ROOM ? BUSY : TOO_MUCH);
        }
    }
    size_t room = c->in_capacity - c->in_len;
    if (room > SLICE)
        room = SLICE;
    ssize_t n = recv(c->fd, c->in + c->in_len, room, 0);
    if (n < 0 && errno == EINTR)
        return AGAIN;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        c->drained = true;
        return AGAIN;
    }
    if (n < 0)
        return connection_end(c);
    if (n == 0) {
        c->ended = true;
        return AGAIN;
    }
    if (c->in_len == 0 && !c->head_size) {
        c->began_ms = server_clock_ms();
        connection_deadline(c, o->head_ms);
    }
    c->in_len += (size_t)n;
    c->taken += (size_t)n;
    /* An end that was told together with these bytes is not told again. */
    c->drained = (size_t)n < room && !atomic_load_explicit(&c->hung_up, memory_order_relaxed);
    if (c->head_size)
        atomic_store_explicit(&c->deadline_ms,
                              c->began_ms + o->body_ms + (int64_t)c->in_len / BYTES_PER_MS,
                              memory_order_relaxed);
    return AGAIN;
}

enum next connection_queue(struct connection *c)
{
    struct str body = {c->in + c->head_size, c->need - c->head_size};

    /* Most forms that may bring files bring none: they are as quick as any other. */
    c->upload = !c->refuse && (c->upload || (c->parts && input_brings_files(body)));
    enum guest_lane lane = c->upload ? LANE_UPLOAD : LANE_QUICK;
    c->stage = STAGE_RUNNING;
    c->job.what = c;
    atomic_store_explicit(&c->deadline_ms, INT64_MAX, memory_order_relaxed);
    enum pool_verdict verdict =
        pool_push(c->poller->server->pools[lane], &c->guest->lanes[lane], &c->job);
    return verdict == POOL_TAKEN ? HANDED : connection_turn_down(c, verdict == POOL_LANE_FULL);
}

enum next connection_read(struct connection *c)
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
            return connection_refuse(c, status, "请求格式不正确。\n");
        }
    }
    if (!c->head_size || (c->in_len < c->need && !c->refuse)) {
        if (!c->in_len && atomic_load_explicit(&server->stopping, memory_order_relaxed))
            return connection_end(c);
        return receive(c);
    }
    if (c->health && c->brief < HEALTHS) {
        c->brief++;
        metrics_count(server->options.site->metrics, SIZE_MAX, false, 200, 0);
        return connection_answer(c, 200, "ok\n", !c->keep_alive || c->narrow);
    }
    return connection_queue(c);
}
