#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "city.h"

enum { THREADS = 2, CONNECTIONS_MOST = 256, ANSWER_MOST = 1024 * 1024 };

struct connection {
    int fd, number;
    int64_t asked;
    int64_t sent_at;
    char *answer;
    size_t got, whole; /* whole: head and body; 0 while the head is not here */
    size_t body;
};

struct crew {
    int port, status, first, count;
    client_request *request;
    void *arg;
    struct connection connections[CONNECTIONS_MOST];
    int64_t answers, bytes;
    double *times;
    size_t time_count, time_room;
};

static void dial(struct crew *crew, struct connection *c, int epoll)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)crew->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address))
        bench_die("connect", NULL);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->answer = malloc(ANSWER_MOST + 1);
    if (!c->answer || epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event))
        bench_die("epoll_ctl", NULL);
}

/* False when there is nothing more to ask. */
static bool ask(struct crew *crew, struct connection *c)
{
    char text[REQUEST_MOST];
    size_t n = crew->request(crew->arg, c->number, c->asked++, text);

    if (!n)
        return false;
    c->got = c->whole = 0;
    c->sent_at = time_monotonic_ns();
    if (send(c->fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
        bench_die("send", NULL);
    return true;
}

static void read_head(struct crew *crew, struct connection *c)
{
    c->answer[c->got] = '\0';
    char *end = strstr(c->answer, "\r\n\r\n");
    char *length = strcasestr(c->answer, "\r\nContent-Length: ");

    if (!end)
        return;
    if (!length || length > end)
        bench_die("an answer without a length", NULL);
    c->body = strtoul(length + 18, NULL, 10);
    c->whole = (size_t)(end - c->answer) + 4 + c->body;
    if (c->whole > ANSWER_MOST)
        bench_die("an answer too large", NULL);
    if (atoi(c->answer + 9) != crew->status) {
        fprintf(stderr, "%s\n", c->answer);
        bench_die("an answer of another status", NULL);
    }
}

static void keep_time(struct crew *crew, const struct connection *c)
{
    if (crew->time_count == crew->time_room) {
        crew->time_room = crew->time_room ? crew->time_room * 2 : 4096;
        crew->times = realloc(crew->times, crew->time_room * sizeof *crew->times);
        if (!crew->times)
            bench_die("memory", NULL);
    }
    crew->times[crew->time_count++] = (double)(time_monotonic_ns() - c->sent_at) / 1e6;
}

/* True when the answer is whole. */
static bool hear(struct crew *crew, struct connection *c)
{
    ssize_t n = recv(c->fd, c->answer + c->got, ANSWER_MOST - c->got, 0);

    if (n <= 0)
        bench_die("the server closed a connection", NULL);
    c->got += (size_t)n;
    if (!c->whole)
        read_head(crew, c);
    if (!c->whole || c->got < c->whole)
        return false;
    crew->answers++;
    crew->bytes += (int64_t)c->body;
    keep_time(crew, c);
    return true;
}

static void *talk(void *arg)
{
    struct crew *crew = arg;
    struct epoll_event events[64];
    int epoll = epoll_create1(EPOLL_CLOEXEC), busy = 0;

    for (int i = 0; i < crew->count; i++) {
        struct connection *c = &crew->connections[i];

        *c = (struct connection){.number = crew->first + i};
        dial(crew, c, epoll);
    }
    for (int i = 0; i < crew->count; i++)
        busy += ask(crew, &crew->connections[i]);
    while (busy) {
        int n = epoll_wait(epoll, events, 64, 60000);

        if (n <= 0 && errno != EINTR)
            bench_die("no answer within a minute", NULL);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (hear(crew, c))
                busy -= !ask(crew, c);
        }
    }
    for (int i = 0; i < crew->count; i++) {
        close(crew->connections[i].fd);
        free(crew->connections[i].answer);
    }
    close(epoll);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void gather(struct client_result *result, const struct crew *crews)
{
    size_t n = 0;

    for (int i = 0; i < THREADS; i++) {
        result->answers += crews[i].answers;
        result->bytes += crews[i].bytes;
        n += crews[i].time_count;
    }
    double *times = calloc(n + 1, sizeof *times);
    if (!times)
        bench_die("memory", NULL);
    n = 0;
    for (int i = 0; i < THREADS; i++)
        for (size_t k = 0; k < crews[i].time_count; k++)
            times[n++] = crews[i].times[k];
    qsort(times, n, sizeof *times, compare);
    result->median_ms = times[n / 2];
    result->p99_ms = times[n * 99 / 100];
    free(times);
}

struct client_result client_run(int port, int connections, int status, client_request *request,
                                void *arg)
{
    static struct crew crews[THREADS];
    pthread_t threads[THREADS];
    struct client_result result = {0};
    int64_t begun = time_monotonic_ns();
    int share = (connections + THREADS - 1) / THREADS;

    for (int i = 0; i < THREADS; i++) {
        int first = i * share, count = connections - first < share ? connections - first : share;

        crews[i] = (struct crew){.port = port,
                                 .status = status,
                                 .first = first,
                                 .count = count > 0 ? count : 0,
                                 .request = request,
                                 .arg = arg};
        if (pthread_create(&threads[i], NULL, talk, &crews[i]))
            bench_die("pthread_create", NULL);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int64_t took = time_monotonic_ns() - begun;
    gather(&result, crews);
    result.per_second = (double)result.answers * 1e9 / (double)took;
    for (int i = 0; i < THREADS; i++)
        free(crews[i].times);
    return result;
}
