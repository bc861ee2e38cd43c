#include "http/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The statuses that are given; the last stands for any other. */
static const int statuses[] = {200, 201, 204, 303, 304, 400, 401, 403, 404, 405, 409, 411,
                               413, 414, 415, 417, 422, 429, 431, 500, 501, 503, 505, 0};
enum { STATUSES = sizeof statuses / sizeof *statuses };

static const int64_t bounds_us[] = {500,    1000,   2500,   5000,    10000,   25000,  50000,
                                    100000, 250000, 500000, 1000000, 2500000, 5000000};
enum { BOUNDS = sizeof bounds_us / sizeof *bounds_us };

struct metrics {
    _Atomic uint64_t took[BOUNDS + 1];
    _Atomic uint64_t took_ns;
    size_t routes;
    _Atomic uint64_t counts[]; /* [route + 1 for none][page, API][status] */
};

struct metrics *metrics_make(size_t routes)
{
    struct metrics *metrics =
        calloc(1, sizeof *metrics + (routes + 1) * 2 * STATUSES * sizeof *metrics->counts);

    if (metrics)
        metrics->routes = routes;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

static size_t place(const struct metrics *metrics, size_t index, bool api, size_t status)
{
    if (index > metrics->routes)
        index = metrics->routes;
    return (index * 2 + api) * STATUSES + status;
}

void metrics_count(struct metrics *metrics, size_t index, bool api, int status, int64_t took_ns)
{
    size_t s = 0, b = 0;

    while (s < STATUSES - 1 && statuses[s] != status)
        s++;
    while (b < BOUNDS && took_ns > bounds_us[b] * 1000)
        b++;
    atomic_fetch_add_explicit(&metrics->counts[place(metrics, index, api, s)], 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&metrics->took[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metrics->took_ns, (uint64_t)took_ns, memory_order_relaxed);
}

static void write_counts(struct metrics *metrics, const struct router *router, struct buf *out)
{
    buf_add(out, S("# HELP yimen_http_requests_total Answers by route and status.\n"
                   "# TYPE yimen_http_requests_total counter\n"));
    for (size_t i = 0; i <= metrics->routes; i++)
        for (int api = 0; api < 2; api++)
            for (size_t s = 0; s < STATUSES; s++) {
                uint64_t n = atomic_load_explicit(&metrics->counts[place(metrics, i, api, s)],
                                                  memory_order_relaxed);
                const struct route *route = i < metrics->routes ? router_route(router, i) : NULL;

                if (!n)
                    continue;
                buf_format(
                    out,
                    "yimen_http_requests_total{method=\"%s\",route=\"%s%s\",status=\"%d\"} %llu\n",
                    !route                  ? ""
                    : route->method == POST ? "POST"
                                            : "GET",
                    api ? "/api/v1" : "", route ? route->path : "", statuses[s],
                    (unsigned long long)n);
            }
}

static void write_times(struct metrics *metrics, struct buf *out)
{
    uint64_t sum = 0;

    buf_add(out, S("# HELP yimen_http_seconds From the complete request to the answer made.\n"
                   "# TYPE yimen_http_seconds histogram\n"));
    for (size_t b = 0; b <= BOUNDS; b++) {
        sum += atomic_load_explicit(&metrics->took[b], memory_order_relaxed);
        if (b < BOUNDS)
            buf_format(out, "yimen_http_seconds_bucket{le=\"%g\"} %llu\n",
                       (double)bounds_us[b] / 1e6, (unsigned long long)sum);
        else
            buf_format(out, "yimen_http_seconds_bucket{le=\"+Inf\"} %llu\n",
                       (unsigned long long)sum);
    }
    buf_format(out, "yimen_http_seconds_sum %.6f\nyimen_http_seconds_count %llu\n",
               (double)atomic_load_explicit(&metrics->took_ns, memory_order_relaxed) / 1e9,
               (unsigned long long)sum);
}

static void write_gauge(struct buf *out, const char *name, const char *kind, const char *help,
                        int64_t value)
{
    buf_format(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, kind, name,
               (long long)value);
}

void metrics_write(struct metrics *metrics, const struct router *router,
                   const struct gauges *gauges, struct buf *out)
{
    write_counts(metrics, router, out);
    write_times(metrics, out);
    write_gauge(out, "yimen_http_connections", "gauge", "Open connections.", gauges->connections);
    write_gauge(out, "yimen_http_queue", "gauge", "Complete requests waiting for a worker.",
                gauges->queue);
    write_gauge(out, "yimen_http_workers", "gauge", "Workers.", gauges->workers);
    write_gauge(out, "yimen_http_workers_busy", "gauge", "Workers with a request.",
                gauges->busy_workers);
    write_gauge(out, "yimen_http_body_bytes", "gauge",
                "Memory held by requests that come and answers that go.", gauges->body_bytes);
    write_gauge(out, "yimen_http_refused_total", "counter",
                "Requests and connections turned away because the queue or a table was full.",
                gauges->refused);
    write_gauge(out, "yimen_http_refused_by_address_total", "counter",
                "Requests and connections turned away because one address had enough of them.",
                gauges->refused_guests);
}
