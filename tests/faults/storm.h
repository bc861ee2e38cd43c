/*
 * storm.h - a server of its own, raw sockets to it, a visitor who only wants a page, and a crowd.
 * For overload.c: what one client does must not be felt by the others.
 */
#ifndef FAULTS_STORM_H
#define FAULTS_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct storm {
    const char *program;
    char folder[64], data[80];
    char token[128], keeper[128]; /* bearers: a clerk; who keeps the knowledge */
    pid_t pid;
    int port, connections_most; /* of this process and of the server: what the kernel lets open */
};

/* Each of these ends the program with a word when it cannot be done. */
void storm_begin(struct storm *storm, const char *program);
void storm_end(struct storm *storm); /* SIGTERM, waits, removes the folder */
void storm_die(const char *what);

int64_t storm_ns(void);
void storm_pause(int ms);
/* Kilobytes of a line of /proc/PID/status ("VmRSS:", "VmHWM:"). */
long storm_memory(const struct storm *storm, const char *line);
void storm_forget_peak(const struct storm *storm); /* VmHWM begins anew */
long storm_open_files(const struct storm *storm);
/* Kilobytes in the data folder and its temporary files. */
long storm_disk(const struct storm *storm);

/* A connected socket that waits at most 15 s for anything; `receive` > 0: its buffer in bytes.
 * -1: not to be had. */
int storm_dial(const struct storm *storm, int receive);
/* The same from another address of this host (127.0.0.x, host order), which the server does not
 * take for its proxy. */
int storm_dial_from(const struct storm *storm, uint32_t from, int receive);
bool storm_send(int fd, const void *bytes, size_t n);
/* One whole answer; its status, 0 when there was none.  What follows is not to be there yet. */
int storm_hear(int fd);
int storm_ask(int fd, const char *request);

/* Who looks at pages all the time: a public page, a worklist and a new connection now and then. */
struct visitor_result {
    int64_t pages, failed, refused; /* refused: told to come again */
    int status;                     /* of the last that failed; 0: no answer */
    double p50_ms, p99_ms, most_ms;
};
struct visitor;
struct visitor *visitor_begin(const struct storm *storm);
struct visitor *visitor_of_health(const struct storm *storm); /* asks for /healthz alone */
struct visitor_result visitor_end(struct visitor *visitor);

/* Many clerks.  `rate` 0: each asks again when it is answered; else so many requests a second come,
 * whatever becomes of those before.  A request in eight registers a matter, the others read. */
struct crowd_result {
    int64_t admitted, refused, failed, unsent, without_retry_after;
    double seconds, p50_ms, p99_ms;
};
struct crowd_result crowd_run(const struct storm *storm, int connections, double rate,
                              double seconds);

double percentile(double *times, size_t count, double part); /* sorts */

#endif
