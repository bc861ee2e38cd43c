/*
 * Many clerks on many connections, a few threads: where the server has more threads that want a
 * core than the crowd has, one thread would not get to send what it is to send.  They go before the
 * server's where that is allowed, as a crowd on machines of its own would.
 */
#include "storm.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_MOST = 4096,
    TIMES_MOST = 2000000,
    EVENTS = 256,
    WRITE_EVERY = 8,
    IDLE_S = 5,
    THREADS = 4,
    AHEAD = 10
};

struct clerk {
    struct clerk *next_free;
    int fd;
    bool busy;
    int64_t sent_at;
    char head[HEAD_MOST];
    size_t head_len, left; /* left: of the body; while the head is not here, 0 */
    bool in_body;
};

struct crowd { /* of one thread */
    const struct storm *storm;
    pthread_t thread;
    int epoll, connections;
    double rate, wanted_s;
    struct clerk *clerks, *free;
    int busy;
    int64_t asked, run_id;
    double *times;
    size_t count;
    struct crowd_result result;
};

static const char matter[] =
    "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"人多\",\"content\":"
    "\"人多的一天\",\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\","
    "\"name\":\"何小川\",\"paper\":\"none\",\"phone\":\"13900004321\"}}]}";

static void seat(struct crowd *crowd, struct clerk *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    c->fd = storm_dial(crowd->storm, 0);
    c->sent_at = storm_ns();
    if (c->fd < 0 || fcntl(c->fd, F_SETFL, O_NONBLOCK) ||
        epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, c->fd, &event))
        storm_die("connection of the crowd");
}

static void let_go(struct crowd *crowd, struct clerk *c)
{
    crowd->busy -= c->busy;
    c->busy = false;
    c->next_free = crowd->free;
    crowd->free = c;
}

static void again(struct crowd *crowd, struct clerk *c)
{
    close(c->fd);
    seat(crowd, c);
    if (!c->busy)
        return; /* it stands among the free already */
    crowd->result.failed++;
    let_go(crowd, c);
}

static void ask(struct crowd *crowd, struct clerk *c)
{
    char text[1024];
    int64_t number = crowd->asked++;
    int n;

    if (storm_ns() - c->sent_at > (int64_t)IDLE_S * 1000000000) { /* it may have been ended */
        close(c->fd);
        seat(crowd, c);
    }

    if (number % WRITE_EVERY == 0)
        n = snprintf(text, sizeof text,
                     "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                     "%s\r\nContent-Type: application/json\r\nIdempotency-Key: crowd-%lld-%lld\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     crowd->storm->token, (long long)crowd->run_id, (long long)number,
                     sizeof matter - 1, matter);
    else
        n = snprintf(text, sizeof text,
                     "GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n",
                     number % 2 ? "/" : "/api/v1/orders", crowd->storm->token);
    c->busy = true;
    crowd->busy++;
    c->head_len = c->left = 0;
    c->in_body = false;
    c->sent_at = storm_ns();
    if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        again(crowd, c);
}

/* True when the answer is whole. */
static bool hear(struct crowd *crowd, struct clerk *c)
{
    char bytes[65536];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0 || !c->busy) {
        again(crowd, c);
        return false;
    }
    if (c->in_body) {
        c->left -= (size_t)n < c->left ? (size_t)n : c->left;
        return !c->left;
    }
    size_t room = HEAD_MOST - 1 - c->head_len, take = (size_t)n < room ? (size_t)n : room;
    memcpy(c->head + c->head_len, bytes, take);
    c->head_len += take;
    c->head[c->head_len] = '\0';
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end)
        return false;
    char *length = strcasestr(c->head, "\r\nContent-Length: ");
    size_t body = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
    size_t here = c->head_len - take; /* before these bytes */
    size_t of_body = (size_t)n - ((size_t)(end + 4 - c->head) - here);
    c->in_body = true;
    c->left = body > of_body ? body - of_body : 0;
    return !c->left;
}

static void count(struct crowd *crowd, struct clerk *c)
{
    int status = atoi(c->head + 9);

    if (status == 200 || status == 201) {
        crowd->result.admitted++;
        if (crowd->count < TIMES_MOST / THREADS)
            crowd->times[crowd->count++] = (double)(storm_ns() - c->sent_at) / 1e6;
    } else if (status == 503) {
        crowd->result.refused++;
        crowd->result.without_retry_after += !strcasestr(c->head, "\r\nRetry-After: ");
    } else {
        if (!crowd->result.failed)
            fprintf(stderr, "%.*s\n", 200, c->head);
        crowd->result.failed++;
    }
    bool ended = strcasestr(c->head, "\r\nConnection: close") != NULL;
    if (ended) {
        close(c->fd);
        seat(crowd, c);
    }
    let_go(crowd, c);
}

static void send_due(struct crowd *crowd, double rate, int64_t began, int64_t *due)
{
    int64_t should = rate > 0 ? (int64_t)((double)(storm_ns() - began) / 1e9 * rate) : INT64_MAX;

    for (; *due < should && crowd->free; ++*due) {
        struct clerk *c = crowd->free;

        crowd->free = c->next_free;
        ask(crowd, c);
    }
    if (rate > 0 && *due < should) { /* nobody is free to ask: these are not asked later */
        crowd->result.unsent += should - *due;
        *due = should;
    }
}

static void turn(struct crowd *crowd, int ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(crowd->epoll, events, EVENTS, ms);

    for (int i = 0; i < n; i++) {
        struct clerk *c = events[i].data.ptr;

        if (hear(crowd, c))
            count(crowd, c);
    }
}

static void *be_crowd(void *arg)
{
    struct crowd *crowd = arg;
    int64_t due = 0;

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), -AHEAD);
    for (int i = 0; i < crowd->connections; i++) {
        seat(crowd, &crowd->clerks[i]);
        let_go(crowd, &crowd->clerks[i]);
    }
    int64_t began = storm_ns(), end = began + (int64_t)(crowd->wanted_s * 1e9);
    while (storm_ns() < end) {
        send_due(crowd, crowd->rate, began, &due);
        turn(crowd, 1);
    }
    crowd->result.seconds = (double)(storm_ns() - began) / 1e9;
    for (int64_t until = storm_ns() + 30000000000; crowd->busy && storm_ns() < until;)
        turn(crowd, 10);
    crowd->result.failed += crowd->busy;
    for (int i = 0; i < crowd->connections; i++)
        close(crowd->clerks[i].fd);
    return NULL;
}

static void add_up(struct crowd *all, const struct crowd *part)
{
    all->result.admitted += part->result.admitted;
    all->result.refused += part->result.refused;
    all->result.failed += part->result.failed;
    all->result.unsent += part->result.unsent;
    all->result.without_retry_after += part->result.without_retry_after;
    if (part->result.seconds > all->result.seconds)
        all->result.seconds = part->result.seconds;
    memcpy(all->times + all->count, part->times, part->count * sizeof *all->times);
    all->count += part->count;
}

struct crowd_result crowd_run(const struct storm *storm, int connections, double rate,
                              double seconds)
{
    struct crowd parts[THREADS], all = {0};

    for (int i = 0; i < THREADS; i++) {
        parts[i] = (struct crowd){.storm = storm,
                                  .epoll = epoll_create1(EPOLL_CLOEXEC),
                                  .run_id = storm_ns(),
                                  .connections = connections / THREADS,
                                  .rate = rate / THREADS,
                                  .wanted_s = seconds};
        parts[i].clerks = calloc((size_t)connections, sizeof *parts[i].clerks);
        parts[i].times = malloc(TIMES_MOST / THREADS * sizeof *parts[i].times);
        if (!parts[i].clerks || !parts[i].times || parts[i].epoll < 0 ||
            pthread_create(&parts[i].thread, NULL, be_crowd, &parts[i]))
            storm_die("crowd");
    }
    if (!(all.times = malloc(TIMES_MOST * sizeof *all.times)))
        storm_die("memory");
    for (int i = 0; i < THREADS; i++) {
        pthread_join(parts[i].thread, NULL);
        add_up(&all, &parts[i]);
        close(parts[i].epoll);
        free(parts[i].clerks);
        free(parts[i].times);
    }
    all.result.p99_ms = percentile(all.times, all.count, 0.99);
    all.result.p50_ms = all.count ? all.times[all.count / 2] : 0;
    free(all.times);
    return all.result;
}
