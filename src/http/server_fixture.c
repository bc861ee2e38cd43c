#include <setjmp.h>
#include <stdarg.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/server_fixture.h"
#include "http/site_fixture.h"

struct site *site;
struct server *server;
int idle_ms = 1000;

struct server *start_bounded(const struct server_options *bounds)
{
    struct server_options options = *bounds;
    char *why = NULL;

    options.site = site;
    options.head_ms = 700;
    options.body_ms = options.body_ms ? options.body_ms : 700;
    options.write_ms = 1000;
    options.idle_ms = idle_ms;
    struct server *made = server_start(&options, &why);
    if (!made) {
        print_error("%s\n", why);
        exit(1);
    }
    return made;
}

struct server *start(int workers, int queue, int connections)
{
    return start_bounded(&(const struct server_options){
        .workers = workers, .queue = queue, .connections = connections});
}

int dial_from(const char *from)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct timeval patience = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, from, &own.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

int dial(void)
{
    return dial_from("127.0.0.1");
}

void send_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server has closed: its answer says why */
        bytes += n;
        len -= (size_t)n;
    }
}

void send_text(int fd, const char *text)
{
    send_all(fd, text, strlen(text));
}

int receive_answer(int fd, char *out, size_t size, bool head_only)
{
    size_t len = 0, need = SIZE_MAX;
    int status = 0;

    while (len < need && len + 1 < size) {
        /* The head byte by byte, so that nothing of the next answer is taken. */
        ssize_t n = recv(fd, out + len, need == SIZE_MAX ? 1 : need - len, 0);

        if (n <= 0)
            return 0;
        len += (size_t)n;
        out[len] = '\0';
        if (need == SIZE_MAX && len >= 4 && memcmp(out + len - 4, "\r\n\r\n", 4) == 0) {
            const char *length = strstr(out, "Content-Length: ");

            if (sscanf(out, "HTTP/1.1 %d", &status) == 1 && status == 100) {
                len = 0;
                continue;
            }
            need = len + (length && !head_only ? strtoul(length + 16, NULL, 10) : 0);
        }
    }
    return status;
}

char answer[256 * 1024];

int receive(int fd)
{
    return receive_answer(fd, answer, sizeof answer, false);
}

int ask(const char *raw)
{
    int fd = dial();

    send_text(fd, raw);
    int status = receive_answer(fd, answer, sizeof answer, false);
    close(fd);
    return status;
}

void assert_closed(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

int make_site(void **state)
{
    (void)state;
    site = fixture_site(-1);
    return 0;
}

int free_site(void **state)
{
    (void)state;
    site_free(site);
    return 0;
}
