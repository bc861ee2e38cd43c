/*
 * connection_steps.h - what the files of a connection share: connection.c (whose it is, and for how
 * long), connection_read.c (a request comes), connection_write.c (an answer goes).
 *
 * Only the owner calls these.
 */
#ifndef HTTP_CONNECTION_STEPS_H
#define HTTP_CONNECTION_STEPS_H

#include "http/connection.h"

enum {
    SMALL = 64 * 1024, /* a page, a form: these have the last quarter of the memory to themselves */
    BYTES_PER_MS = 32  /* what a slow line is granted beyond the fixed time */
};

#define BUSY     "系统正忙，请稍后再试。\n"
#define TOO_MUCH "这个网络地址同时来的请求太多，请稍后再试。\n"

/* What an owner does next. */
enum next {
    WAIT,  /* let go until something happens */
    AGAIN, /* look again */
    HANDED /* somebody else owns it now, or it is gone */
};

/* connection.c */
void connection_deadline(struct connection *c, int64_t in_ms);
/* The end.  It stays owned, so that nobody touches it; its poller frees it after its batch of
 * events. */
enum next connection_end(struct connection *c);
/* There may be more to read than one turn takes: the others have theirs, then the kernel says so
 * again.  False: it cannot. */
bool connection_yield(struct connection *c);

/* memory.  What clients make the server hold beyond the first piece of a head counts for all of
 * them together and for each address: large heads, bodies, answers that are not fetched. */
enum room { ROOM, NO_ROOM, NO_ROOM_FOR_GUEST };
enum room connection_take_memory(struct connection *c, size_t n, size_t whole);
void connection_give_memory_back(struct connection *c, size_t n);
/* From now on it is this address that asks; NULL: the one that the connection came from. */
void connection_is_of(struct connection *c, struct guest *guest);

/* connection_read.c */
enum next connection_read(struct connection *c);
void connection_drop_in(struct connection *c);
/* To the pool: the request is complete. */
enum next connection_queue(struct connection *c);

/* connection_write.c */
/* Answer from here, without a worker. */
enum next connection_answer(struct connection *c, int status, const char *sentence, bool close);
/* The same, and the end of the connection: there may be more to read that nobody understands. */
enum next connection_refuse(struct connection *c, int status, const char *sentence);
/* A request that was read to its end and cannot be worked on now.  The connection stays: to come
 * again with a new one costs both sides more than this answer. */
enum next connection_turn_down(struct connection *c, bool guest_has_too_much);
enum next connection_write(struct connection *c);
enum next connection_linger(struct connection *c);
/* Write what goes at once and keep the rest.  False when the client is gone. */
bool connection_write_answer(struct connection *c, const struct answer *answer);
void connection_drop_out(struct connection *c);

#endif
