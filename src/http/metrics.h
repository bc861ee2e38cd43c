/*
 * metrics.h - counts for /metrics: answers by route and status, and how long they took.
 */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include "core/buf.h"
#include "http/router.h"

struct metrics;

/* What only the server knows; asked for when /metrics is. */
struct gauges {
    int64_t connections, queue, busy_workers, workers, refused, refused_guests, body_bytes;
};

struct metrics *metrics_make(size_t routes); /* NULL: no memory */
void metrics_free(struct metrics *metrics);
/* `index` of the route, SIZE_MAX when there was none. */
void metrics_count(struct metrics *metrics, size_t index, bool api, int status, int64_t took_ns);
void metrics_write(struct metrics *metrics, const struct router *router,
                   const struct gauges *gauges, struct buf *out);

#endif
