/* The server, sockets and the visitor; the crowd stands in storm_crowd.c. */
#include "storm.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MOST = 2 * 1024 * 1024, VISITS_MOST = 100000, VISIT_EVERY_MS = 10 };

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void storm_die(const char *what)
{
    fprintf(stderr, "overload: %s: %s\n", what, strerror(errno));
    exit(1);
}

int64_t storm_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void storm_pause(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000},
              NULL);
}

/* ---- the server ------------------------------------------------------------------------------ */

/* Run the program; its output up to `most` bytes. */
static void run(struct storm *storm, const char *const words[], char *out, size_t most)
{
    int ends[2];
    size_t n = 0;
    ssize_t got;

    if (pipe(ends))
        storm_die("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(storm->program, (char *const *)(uintptr_t)words);
        _exit(127);
    }
    close(ends[1]);
    while (n + 1 < most && (got = read(ends[0], out + n, most - 1 - n)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(ends[0]);
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
        fprintf(stderr, "%s\n", out);
        storm_die(words[3]);
    }
}

static void make_token(struct storm *storm, const char *name, const char *post, char token[128])
{
    char out[4096];
    const char *at;

    run(storm,
        (const char *const[]){storm->program, "--data", storm->data, "user", "token", "centre",
                              name, post, "C01", "--days", "1", NULL},
        out, sizeof out);
    at = strstr(out, "yt_");
    if (!at || sscanf(at, "%127s", token) != 1)
        storm_die("token");
}

/* As many files as the kernel allows, for this process and for what it starts. */
static int raise_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files))
        storm_die("getrlimit");
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files))
        storm_die("setrlimit");
    return files.rlim_max > 60000 ? 60000 : (int)files.rlim_max;
}

static void start(struct storm *storm)
{
    char line[8192], log[100];
    const char *at;

    snprintf(log, sizeof log, "%s/log", storm->folder);
    storm->pid = fork();
    if (storm->pid == 0) {
        int file = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);

        dup2(file, STDERR_FILENO);
        setenv("YIMEN_ACCESS_LOG", "no", 1);
        setenv("YIMEN_LOG_LEVEL", "warn", 1);
        setenv("TMPDIR", storm->folder, 1);
        execl(storm->program, storm->program, "--data", storm->data, "serve", "--port", "0", NULL);
        _exit(127);
    }
    for (int i = 0; i < 600 && !storm->port; i++) {
        FILE *in = fopen(log, "r");

        storm_pause(50);
        while (in && fgets(line, sizeof line, in))
            if ((at = strstr(line, "http://127.0.0.1:")))
                storm->port = atoi(at + 17);
        if (in)
            fclose(in);
    }
    if (!storm->port)
        storm_die("the server does not start");
}

void storm_begin(struct storm *storm, const char *program)
{
    char out[65536];
    const char *parent = getenv("TMPDIR");

    *storm = (struct storm){.program = program, .connections_most = raise_files()};
    signal(SIGPIPE, SIG_IGN);
    snprintf(storm->folder, sizeof storm->folder, "%.40s/yimen-storm-XXXXXX",
             parent ? parent : "/tmp");
    if (!mkdtemp(storm->folder))
        storm_die(storm->folder);
    snprintf(storm->data, sizeof storm->data, "%s/data", storm->folder);
    run(storm,
        (const char *const[]){program, "--data", storm->data, "init", "--profile", "minimal",
                              "--no-laws", "--password", "lasting-power-cut", NULL},
        out, sizeof out);
    run(storm,
        (const char *const[]){program, "--data", storm->data, "user", "grant", "centre", "keeper",
                              "C01", NULL},
        out, sizeof out);
    make_token(storm, "load", "clerk", storm->token);
    make_token(storm, "keep", "keeper", storm->keeper);
    start(storm);
}

void storm_end(struct storm *storm)
{
    int status;

    kill(storm->pid, SIGTERM);
    if (waitpid(storm->pid, &status, 0) != storm->pid || !WIFEXITED(status) || WEXITSTATUS(status))
        storm_die("the server did not stop well");
    nftw(storm->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

long storm_memory(const struct storm *storm, const char *name)
{
    char path[64], line[256];
    long kb = 0;

    snprintf(path, sizeof path, "/proc/%d/status", storm->pid);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in))
        if (!strncmp(line, name, strlen(name)))
            kb = atol(line + strlen(name));
    if (!in || fclose(in) || !kb)
        storm_die("the server is gone");
    return kb;
}

void storm_forget_peak(const struct storm *storm)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/clear_refs", storm->pid);
    FILE *out = fopen(path, "w");
    if (!out || fputs("5", out) < 0 || fclose(out))
        storm_die(path);
}

long storm_open_files(const struct storm *storm)
{
    char path[64];
    long count = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", storm->pid);
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count - 2;
}

static long disk_bytes;

static int add_size(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)path;
    (void)at;
    if (kind == FTW_F)
        disk_bytes += status->st_blocks * 512;
    return 0;
}

long storm_disk(const struct storm *storm)
{
    disk_bytes = 0;
    nftw(storm->folder, add_size, 16, FTW_PHYS);
    return disk_bytes / 1024;
}

/* ---- sockets --------------------------------------------------------------------------------- */

int storm_dial(const struct storm *storm, int receive)
{
    return storm_dial_from(storm, INADDR_LOOPBACK, receive);
}

int storm_dial_from(const struct storm *storm, uint32_t from, int receive)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)storm->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 15};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (fd < 0)
        return -1;
    if (receive)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    /* The kernel chooses the port when it knows the other end: more connections than ports. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if ((from != INADDR_LOOPBACK && bind(fd, (struct sockaddr *)&own, sizeof own)) ||
        connect(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool storm_send(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

int storm_hear(int fd)
{
    char head[8192], *end = NULL;
    size_t got = 0;

    while (!end) {
        ssize_t n = recv(fd, head + got, sizeof head - 1 - got, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        got += (size_t)n;
        head[got] = '\0';
        end = strstr(head, "\r\n\r\n");
        if (!end && got == sizeof head - 1)
            return 0;
    }
    const char *length = strcasestr(head, "\r\nContent-Length: ");
    size_t whole =
        (size_t)(end + 4 - head) + (length && length < end ? strtoul(length + 18, NULL, 10) : 0);
    if (whole > ANSWER_MOST)
        return 0;
    while (got < whole) {
        char waste[65536];
        size_t want = whole - got < sizeof waste ? whole - got : sizeof waste;
        ssize_t n = recv(fd, waste, want, 0);

        if (n <= 0)
            return 0;
        got += (size_t)n;
    }
    return atoi(head + 9);
}

int storm_ask(int fd, const char *request)
{
    return storm_send(fd, request, strlen(request)) ? storm_hear(fd) : 0;
}

/* ---- the visitor ----------------------------------------------------------------------------- */

struct visitor {
    const struct storm *storm;
    pthread_t thread;
    _Atomic bool stop;
    double *times;
    size_t count;
    int64_t failed, refused;
    int status;  /* of the last that failed */
    bool health; /* asks for nothing but /healthz */
};

double percentile(double *times, size_t count, double part)
{
    for (size_t gap = count / 2; gap; gap /= 2) /* of a hundred thousand: shell sort will do */
        for (size_t i = gap; i < count; i++) {
            double x = times[i];
            size_t k = i;

            for (; k >= gap && times[k - gap] > x; k -= gap)
                times[k] = times[k - gap];
            times[k] = x;
        }
    return count ? times[(size_t)((double)(count - 1) * part)] : 0;
}

static void *visit(void *arg)
{
    static const char health[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    struct visitor *v = arg;
    char list[512];
    int fd = -1;

    snprintf(list, sizeof list,
             "GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n",
             v->storm->token);
    if (v->health)
        strcpy(list, health);
    for (int64_t i = 0; !atomic_load(&v->stop) && v->count < VISITS_MOST; i++) {
        int64_t began = storm_ns();

        if (fd >= 0 && i % 10 == 0) {
            close(fd);
            fd = -1;
        }
        if (fd < 0)
            fd = storm_dial(v->storm, 0);
        int status = storm_ask(fd, i % 2       ? list
                                   : v->health ? health
                                               : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        if (status == 503) {
            v->refused++;
        } else if (status != 200) {
            v->failed++;
            v->status = status;
            if (fd >= 0)
                close(fd);
            fd = -1;
        }
        v->times[v->count++] = (double)(storm_ns() - began) / 1e6;
        storm_pause(VISIT_EVERY_MS);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static struct visitor *begin(const struct storm *storm, bool only_health)
{
    struct visitor *v = calloc(1, sizeof *v);

    if (!v || !(v->times = calloc(VISITS_MOST, sizeof *v->times)))
        storm_die("memory");
    v->storm = storm;
    v->health = only_health;
    if (pthread_create(&v->thread, NULL, visit, v))
        storm_die("thread");
    return v;
}

struct visitor *visitor_begin(const struct storm *storm)
{
    return begin(storm, false);
}

struct visitor *visitor_of_health(const struct storm *storm)
{
    return begin(storm, true);
}

struct visitor_result visitor_end(struct visitor *v)
{
    atomic_store(&v->stop, true);
    pthread_join(v->thread, NULL);
    struct visitor_result result = {.pages = (int64_t)v->count,
                                    .failed = v->failed,
                                    .refused = v->refused,
                                    .status = v->status};
    result.p99_ms = percentile(v->times, v->count, 0.99); /* sorted from here on */
    result.p50_ms = v->count ? v->times[v->count / 2] : 0;
    result.most_ms = v->count ? v->times[v->count - 1] : 0;
    free(v->times);
    free(v);
    return result;
}
