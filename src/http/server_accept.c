/*
 * server_accept.c - connections as they come in: told that there are too many, or given to a
 * poller.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "http/connection_steps.h"

enum {
    ACCEPTS = 64, /* in one turn: then those already here */
    NARROW = 16   /* connections beyond the last one, for /healthz alone */
};

static void name_peer(const struct sockaddr_storage *address, char *out, size_t size)
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;

    *out = '\0';
    if (address->ss_family == AF_INET)
        inet_ntop(AF_INET, &v4->sin_addr, out, (socklen_t)size);
    else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, (socklen_t)size);
    else
        inet_ntop(AF_INET6, &v6->sin6_addr, out, (socklen_t)size);
}

static void turn_away(int fd, int status, const char *sentence)
{
    char text[2048];
    size_t n = answer_canned(text, sizeof text, status, sentence, true);

    if (send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
        shutdown(fd, SHUT_WR);
    close(fd);
}

static void adopt(struct server *server, int fd, const char *peer, struct guest *guest, bool narrow)
{
    struct poller *poller = &server->pollers[server->next_poller];
    struct connection *c = connection_make(poller, fd, peer, guest, narrow);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};

    if (!c)
        return;
    server->next_poller = (server->next_poller + 1) % server->poller_count;
    atomic_fetch_add(&server->open, 1);
    /* Known to its poller before its first event. */
    pthread_mutex_lock(&poller->lock);
    c->next_fresh = poller->fresh;
    poller->fresh = c;
    pthread_mutex_unlock(&poller->lock);
    if (epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event))
        atomic_store(&c->deadline_ms, 0); /* the next tick ends it */
}

static void admit(struct server *server, int fd, const char *peer)
{
    int open = atomic_load(&server->open), most = server->options.connections;
    struct guest *guest;

    if (open >= most + NARROW) {
        atomic_fetch_add(&server->refused, 1);
        turn_away(fd, 503, BUSY);
    } else if (!guest_come(server->guests, str_of(peer), &guest)) {
        atomic_fetch_add(&server->refused_guests, 1);
        turn_away(fd, 429, TOO_MUCH);
    } else {
        adopt(server, fd, peer, guest, open >= most);
    }
}

void server_accept(struct server *server)
{
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        char peer[INET6_ADDRSTRLEN];
        int one = 1;
        int fd = accept4(server->listener, (struct sockaddr *)&address, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                log_write(LEVEL_ERROR, "http.accept", LOG_PAIRS(LOG_INT("errno", errno)));
                nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
            }
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        name_peer(&address, peer, sizeof peer);
        admit(server, fd, peer);
    }
}
