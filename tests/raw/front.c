/*
 * front.c - the table of raw requests through a real nginx, set up as packaging/nginx.conf says.
 *
 *   front NGINX-CONF        77: nginx is not installed
 *
 * What nginx sends on is read with the program's own parser.  Each row goes alone, and once more
 * with a second request right behind it.  Wrong is
 *   - a connection from nginx that holds anything but exactly one whole request: the rest would be
 *     somebody else's;
 *   - another number of requests than nginx wrote into its log, or another method or target;
 *   - a forged X-Real-IP or X-Forwarded-Proto that comes through.
 * How often nginx refuses itself, sends on what is refused behind it, or mends what would have been
 * refused is printed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/head.h"
#include "http/raw_table.h"

enum { SKIPPED = 77, MOST = 128 * 1024, QUIET_MS = 60, SEEN_MOST = 8 };

#define MARKER "GET /marker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

struct seen { /* one connection from nginx */
    char bytes[MOST];
    size_t len;
};

static struct seen seen[SEEN_MOST];
static int seen_count, front_port, back_port;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[] = "/tmp/yimen-front-XXXXXX", log_path[64];
static int wrong;

static void die(const char *what)
{
    fprintf(stderr, "front: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int listen_any(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        die("listen");
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* ---- behind nginx ---------------------------------------------------------------------------- */

/* Of the bytes: 0 more is needed, 200 one request is whole (with its size), else refused. */
static int whole_request(struct str bytes, struct head *head, size_t *ret_size)
{
    const char *why;
    int status = head_parse(bytes, head, &why);

    if (status != HEAD_DONE)
        return status;
    *ret_size = head->size + head->content_length;
    return bytes.len >= *ret_size ? 200 : HEAD_MORE;
}

static void answer_one(int fd)
{
    static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    static const char bad[] =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    struct seen *s = &seen[seen_count < SEEN_MOST ? seen_count : SEEN_MOST - 1];
    struct head head;
    int status = HEAD_MORE;
    size_t size;

    s->len = 0;
    /* All that comes is kept, also what comes behind the first request. */
    while (s->len < MOST && poll(&wait, 1, status == HEAD_MORE ? 2000 : QUIET_MS) > 0) {
        ssize_t n = recv(fd, s->bytes + s->len, MOST - s->len, 0);

        if (n <= 0)
            break;
        s->len += (size_t)n;
        if (status == HEAD_MORE)
            status = whole_request((struct str){s->bytes, s->len}, &head, &size);
        if (status != HEAD_MORE)
            break;
    }
    if (status != HEAD_MORE && poll(&wait, 1, 5) > 0) { /* is there something behind it? */
        ssize_t n = recv(fd, s->bytes + s->len, MOST - s->len, 0);
        s->len += n > 0 ? (size_t)n : 0;
    }
    if (status == 200)
        send(fd, good, sizeof good - 1, MSG_NOSIGNAL);
    else
        send(fd, bad, sizeof bad - 1, MSG_NOSIGNAL);
    seen_count++;
}

static void *serve(void *arg)
{
    int listener = *(int *)arg;

    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            return NULL;
        pthread_mutex_lock(&lock);
        answer_one(fd);
        pthread_mutex_unlock(&lock);
        close(fd);
    }
}

/* ---- nginx ----------------------------------------------------------------------------------- */

static void replace(char *text, size_t most, const char *what, const char *with)
{
    char *at = strstr(text, what);

    if (!at || strlen(text) + strlen(with) >= most)
        die(what);
    memmove(at + strlen(with), at + strlen(what), strlen(at + strlen(what)) + 1);
    memcpy(at, with, strlen(with));
}

/* Lines with this are left out: what needs a certificate, the limit of rates, the log. */
static void drop_lines(char *text, const char *what)
{
    for (char *at; (at = strstr(text, what));) {
        char *begin = at, *end = strchr(at, '\n');

        while (begin > text && begin[-1] != '\n')
            begin--;
        memmove(begin, end + 1, strlen(end + 1) + 1);
    }
}

static void write_conf(const char *packaged, char *ret_path, size_t size)
{
    static char text[16384];
    char line[200];
    FILE *in = fopen(packaged, "r");
    size_t n = in ? fread(text, 1, sizeof text - 1000, in) : 0;

    if (!in || !n)
        die(packaged);
    fclose(in);
    text[n] = '\0';
    char *redirect = strstr(text, "server {"), *real = strstr(redirect + 1, "server {");
    if (!real)
        die("two servers in nginx.conf");
    memmove(redirect, real, strlen(real) + 1);
    snprintf(line, sizeof line, "listen 127.0.0.1:%d;", front_port);
    replace(text, sizeof text, "listen 443 ssl http2;", line);
    drop_lines(text, "listen [::]:443");
    drop_lines(text, "ssl_");
    drop_lines(text, "limit_req");
    drop_lines(text, "access_log");
    snprintf(line, sizeof line, "proxy_pass http://127.0.0.1:%d;", back_port);
    replace(text, sizeof text, "proxy_pass http://127.0.0.1:8080;", line);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(ret_path, size, "%s/conf", folder);
    FILE *out = fopen(ret_path, "w");
    fprintf(out,
            "daemon off; master_process off; pid %s/pid; error_log %s/error;\n"
            "events { worker_connections 64; }\nhttp {\n"
            "client_body_temp_path %s/body; proxy_temp_path %s/proxy; fastcgi_temp_path %s/f;\n"
            "uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
            "log_format plain '$upstream_status|$status|$request';\naccess_log %s plain;\n%s\n}\n",
            folder, folder, folder, folder, folder, folder, folder, log_path, text);
    if (fclose(out))
        die(ret_path);
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)front_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static pid_t start_nginx(const char *conf)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl("/usr/sbin/nginx", "nginx", "-c", conf, "-e", "/dev/null", NULL);
        _exit(127);
    }
    for (int i = 0; i < 200; i++) {
        int fd = dial();

        if (fd >= 0) {
            close(fd);
            return pid;
        }
        usleep(20000);
    }
    die("nginx does not start");
    return -1;
}

/* ---- a row ----------------------------------------------------------------------------------- */

static int ask_front(const struct raw_row *row, const char *more)
{
    char answer[65536];
    int fd = dial(), status = 0;
    size_t got = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    if (fd < 0)
        die("nginx is gone");
    send(fd, row->bytes, row->len, MSG_NOSIGNAL);
    send(fd, more, strlen(more), MSG_NOSIGNAL);
    while (got < sizeof answer - 1 && poll(&wait, 1, QUIET_MS) > 0) {
        ssize_t n = recv(fd, answer + got, sizeof answer - 1 - got, 0);

        if (n <= 0)
            break;
        got += (size_t)n;
    }
    answer[got] = '\0';
    if (got > 12 && !strncmp(answer, "HTTP/1.", 7))
        status = atoi(answer + 9);
    close(fd);
    return status;
}

static void complain(const struct raw_row *row, const char *what, const char *detail)
{
    printf("line %d, %s: %s %s\n", row->line, row->name, what, detail);
    wrong++;
}

/* The lines that nginx wrote since `from` of requests that it sent on. */
static int log_lines(long *from, char lines[SEEN_MOST][8192])
{
    FILE *in = fopen(log_path, "r");
    int count = 0;
    char line[20000];

    if (!in)
        return 0;
    fseek(in, *from, SEEK_SET);
    while (fgets(line, sizeof line, in))
        if (line[0] != '-' && line[0] != '|' && count < SEEN_MOST)
            snprintf(lines[count++], 8192, "%s", strchr(strchr(line, '|') + 1, '|') + 1);
    *from = ftell(in);
    fclose(in);
    return count;
}

/* "GET /x HTTP/1.1" of the log against what came. */
static bool same_line(const char *logged, const struct head *head, struct str bytes)
{
    const char *path = strchr(logged, ' ');
    const char *came = memchr(bytes.at, ' ', bytes.len);
    size_t len = path ? strcspn(path + 1, " \n") : 0;
    const char *method = head->head_only ? "HEAD" : head->method == POST ? "POST" : "GET";

    if (!path || !came || strncmp(logged, method, strlen(method)) != 0)
        return false;
    if (strchr(logged, '\\') || memmem(path + 1, len, "://", 3))
        return true; /* written with escapes; or nginx took the host off */
    return !strncmp(path + 1, came + 1, len);
}

static void check_seen(const struct raw_row *row, long *log_from, int tally[4], int status)
{
    static char logged[SEEN_MOST][8192];
    long from = *log_from;
    int lines = 0;

    /* The log is written after the answer. */
    for (int i = 0; i < 100 && (lines = log_lines(log_from, logged)) < seen_count; i++) {
        *log_from = from;
        usleep(5000);
    }
    if (lines != seen_count) {
        char numbers[80];

        snprintf(numbers, sizeof numbers, "%d in its log, %d came", lines, seen_count);
        complain(row, "nginx counts otherwise:", numbers);
    }
    for (int i = 0; i < seen_count && i < SEEN_MOST; i++) {
        struct str bytes = {seen[i].bytes, seen[i].len};
        struct head head;
        size_t size = 0;
        int said = whole_request(bytes, &head, &size);

        if (said != 200) {
            tally[1]++; /* sent on, refused behind it: the connection ends */
            continue;
        }
        tally[0]++;
        if (bytes.len != size)
            complain(row, "more than one request on a connection:", "");
        if (i < lines && !same_line(logged[i], &head, bytes))
            complain(row, "another request than nginx wrote down:", logged[i]);
        if (!str_is(head_find(&head, "x-real-ip"), "127.0.0.1") ||
            !str_is(head_find(&head, "x-forwarded-proto"), "http"))
            complain(row, "who asks is not said by nginx", "");
    }
    if (!seen_count)
        tally[2]++;
    if (row->head >= 400 && seen_count && status == 200)
        tally[3]++;
}

static void try_row(const struct raw_row *row, int tally[4])
{
    static long log_from;

    for (int with_more = 0; with_more < 2; with_more++) {
        pthread_mutex_lock(&lock);
        seen_count = 0;
        pthread_mutex_unlock(&lock);
        int status = ask_front(row, with_more ? MARKER : "");
        usleep(5000);
        pthread_mutex_lock(&lock);
        check_seen(row, &log_from, tally, status);
        pthread_mutex_unlock(&lock);
    }
}

int main(int argc, char **argv)
{
    char conf[100], command[100];
    int tally[4] = {0}, fd, probe;
    size_t count;
    pthread_t thread;

    if (argc != 2)
        return 2;
    if (access("/usr/sbin/nginx", X_OK)) {
        puts("nginx is not installed: skipped");
        return SKIPPED;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder))
        die(folder);
    fd = listen_any(&back_port);
    probe = listen_any(&front_port);
    close(probe);
    write_conf(argv[1], conf, sizeof conf);
    if (pthread_create(&thread, NULL, serve, &fd))
        die("thread");
    pid_t nginx = start_nginx(conf);
    struct raw_row *rows = raw_table_read(&count);
    for (size_t i = 0; i < count; i++)
        try_row(&rows[i], tally);
    printf("%zu rows, each alone and with a request behind it: %d requests sent on and understood "
           "alike, %d sent on and refused, %d times nothing sent on; %d mended by nginx\n",
           count, tally[0], tally[1], tally[2], tally[3]);
    raw_table_free(rows, count);
    kill(nginx, SIGTERM);
    waitpid(nginx, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command))
        die(command);
    return wrong != 0;
}
