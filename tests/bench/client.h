/*
 * client.h - 64 connections that stay open, on two threads: each sends its next request when the
 * answer to the last one has come whole.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

enum { REQUEST_MOST = 4096 };

/* Write request `i` of a connection; 0 when the connection has nothing more to ask. */
typedef size_t client_request(void *arg, int connection, int64_t i, char out[REQUEST_MOST]);

struct client_result {
    int64_t answers, bytes; /* of bodies */
    double per_second;
    double median_ms, p99_ms;
};

/* Any answer but `status` ends the program. */
struct client_result client_run(int port, int connections, int status, client_request *request,
                                void *arg);

#endif
