/* An answer goes, or is canned; what a refused client still sends is thrown away. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "http/connection_steps.h"

enum {
    LINGER_MS = 2000,
    LINGER_LARGE_MS = 5000,     /* who sends too much sends for a while */
    LINGER_SLICE = 1024 * 1024, /* read and thrown away in one turn */
    LINGER_MOST = 64 * 1024 * 1024,
    CANNED = 2048
};

void connection_drop_out(struct connection *c)
{
    connection_give_memory_back(c, c->out_held);
    free(c->out);
    c->out = NULL;
    c->out_held = c->out_len = c->out_at = 0;
}

enum next connection_answer(struct connection *c, int status, const char *sentence, bool close)
{
    connection_drop_out(c);
    c->out = malloc(CANNED);
    c->out_len = c->out ? answer_canned(c->out, CANNED, status, sentence, close) : 0;
    c->close_after = close || !c->out_len;
    c->stage = STAGE_WRITING;
    c->began_ms = server_clock_ms();
    connection_deadline(c, c->poller->server->options.write_ms);
    return AGAIN;
}

enum next connection_refuse(struct connection *c, int status, const char *sentence)
{
    c->refuse = status;
    return connection_answer(c, status, sentence, true);
}

enum next connection_turn_down(struct connection *c, bool guest_has_too_much)
{
    struct server *server = c->poller->server;

    atomic_fetch_add(guest_has_too_much ? &server->refused_guests : &server->refused, 1);
    return connection_answer(c, guest_has_too_much ? 429 : 503,
                             guest_has_too_much ? TOO_MUCH : BUSY, !c->keep_alive || c->refuse);
}

/* Everything is written: the next request, or the end. */
static enum next after_answer(struct connection *c)
{
    bool more = c->refuse || c->in_len > c->need;

    connection_drop_out(c);
    connection_is_of(c, NULL);
    c->answered = true;
    c->hold_until_ms = 0;
    if (c->close_after) {
        if (!more || c->ended)
            return connection_end(c);
        /* Closing with unread bytes would reset the connection and destroy the answer on its way.
         */
        shutdown(c->fd, SHUT_WR);
        c->stage = STAGE_LINGERING;
        c->began_ms = server_clock_ms();
        bool large = c->refuse == 413 || c->need > c->in_len + SMALL;
        connection_deadline(c, large ? LINGER_LARGE_MS : LINGER_MS);
        return AGAIN;
    }
    if (c->in_len > c->need)
        memmove(c->in, c->in + c->need, c->in_len - c->need);
    c->in_len -= c->need;
    c->head_size = c->need = c->scanned = 0;
    if (c->in_len == 0)
        connection_drop_in(c); /* who only waits costs little */
    c->stage = STAGE_READING;
    c->began_ms = server_clock_ms();
    connection_deadline(c, c->in_len ? c->poller->server->options.head_ms
                                     : c->poller->server->options.idle_ms);
    return AGAIN;
}

enum next connection_write(struct connection *c)
{
    while (c->out_at < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WAIT;
        if (n < 0)
            return connection_end(c);
        c->out_at += (size_t)n;
        atomic_store_explicit(&c->deadline_ms,
                              c->began_ms + c->poller->server->options.write_ms +
                                  (int64_t)c->out_at / BYTES_PER_MS,
                              memory_order_relaxed);
    }
    return after_answer(c);
}

bool connection_write_answer(struct connection *c, const struct answer *answer)
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
    if (connection_take_memory(c, all - written, all) != ROOM)
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
enum next connection_linger(struct connection *c)
{
    char waste[16 * 1024];

    for (size_t here = 0; here < LINGER_SLICE;) {
        ssize_t n = recv(c->fd, waste, sizeof waste, 0);

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return WAIT;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return connection_end(c);
        here += (size_t)n;
    }
    c->lingered += LINGER_SLICE;
    /* The others have their turn; the kernel then says again that there is something to read. */
    if (c->lingered >= LINGER_MOST || !connection_yield(c))
        return connection_end(c);
    return WAIT;
}
