/*
 * server_fixture.h - a server with the fixture's site, and raw sockets to it.
 */
#ifndef HTTP_SERVER_FIXTURE_H
#define HTTP_SERVER_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

extern struct site *site;
extern struct server *server;
extern char answer[256 * 1024];

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

/* For a group of tests: the site of all of them. */
int make_site(void **state);
int free_site(void **state);

/* `server`, with a second of patience (`idle_ms` between requests); ends the program when it cannot
 * be started. */
extern int idle_ms;
struct server *start(int workers, int queue, int connections);
/* The same, with these bounds for one address. */
struct server *start_bounded(const struct server_options *bounds);

/* A connected socket that waits at most five seconds; from another address of this host. */
int dial(void);
int dial_from(const char *address);
void send_all(int fd, const char *bytes, size_t len);
void send_text(int fd, const char *text);
/* One answer, head and body, terminated; its status, or 0 when the connection ended before.
 * `head_only`: the answer to a HEAD. */
int receive_answer(int fd, char *out, size_t size, bool head_only);
int receive(int fd); /* into `answer` */
int ask(const char *raw);
void assert_closed(int fd);
void sleep_ms(int ms);

#endif
