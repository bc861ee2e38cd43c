/*
 * bench_ask - whole answers over HTTP, one client: a fresh folder with the national laws in force,
 * the answered questions and cases of the test data, a server of its own, and laymen's questions
 * asked one after the other on a connection that stays open.
 *
 *   bench_ask [--json] [--yimen PROGRAM] [--data FOLDER]      the test data (../shared/data)
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "city.h"
#include "client.h"
#include "core/json.h"
#include "figures.h"

enum { QUESTIONS = 900, QUESTION_BYTES = 3000 };

struct bench {
    bool json;
    const char *yimen, *data;
    char *folder;
    int port;
    pid_t pid;
    char (*questions)[QUESTION_BYTES];
    int count, first;
    const char *where; /* /ask or /api/v1/ask */
    struct figure page, page_p99, api, api_p99;
};

/* Run the program with these words; its output goes nowhere. */
static void run(struct bench *b, const char *const *words)
{
    const char *argv[12] = {b->yimen, "--data", b->folder};
    int n = 3, status;

    while (*words)
        argv[n++] = *words++;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execv(b->yimen, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
        bench_die("yimen failed", NULL);
}

static void fill(struct bench *b)
{
    char qa[1000], cases[1000];

    snprintf(qa, sizeof qa, "%s/legal-qa.jsonl.zst", b->data);
    snprintf(cases, sizeof cases, "%s/cases.jsonl.zst", b->data);
    run(b, (const char *const[]){"init", "--profile", "lanjiang", "--password", "lanjiang-demo",
                                 NULL});
    run(b, (const char *const[]){"knowledge", "load", qa, cases, NULL});
}

static void escape(const char *from, size_t n, char *to)
{
    size_t len = 0;

    for (size_t i = 0; i < n && len + 4 < QUESTION_BYTES; i++)
        len += (size_t)sprintf(to + len, "%%%02X", (unsigned char)from[i]);
    to[len] = '\0';
}

static void read_questions(struct bench *b)
{
    char path[1000], *line = NULL;
    size_t size = 0;
    struct task t;

    snprintf(path, sizeof path, "%s/stard-dev.jsonl", b->data);
    FILE *file = fopen(path, "r");
    if (!file)
        bench_die(path, NULL);
    b->questions = calloc(QUESTIONS, sizeof *b->questions);
    task_begin(&t, NULL, time_now(), TASK_BUDGET);
    for (ssize_t n; b->count < QUESTIONS && (n = getline(&line, &size, file)) > 0;) {
        struct json *json;

        if (json_parse(&t, str_trim((struct str){line, (size_t)n}), &json))
            bench_die(path, &t);
        struct str query = json_get_str(json, "query");
        query = str_first(query, utf8_prefix(query, 200));
        escape(query.at, query.len, b->questions[b->count++]);
    }
    task_end(&t);
    free(line);
    fclose(file);
}

static void serve(struct bench *b)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char port[16];

    if (bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        bench_die("no port", NULL);
    close(fd);
    b->port = ntohs(address.sin_port);
    snprintf(port, sizeof port, "%d", b->port);
    b->pid = fork();
    if (b->pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDERR_FILENO);
        setenv("YIMEN_ASK_PER_MINUTE", "0", 1);
        execl(b->yimen, b->yimen, "--data", b->folder, "serve", "--port", port, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000; i++) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        bool there = !connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (there)
            return;
        usleep(10000);
    }
    bench_die("the server does not answer", NULL);
}

static size_t question(void *arg, int connection, int64_t i, char out[REQUEST_MOST])
{
    const struct bench *b = arg;
    int each = b->count / PASSES;

    (void)connection;
    if (i >= each)
        return 0;
    return (size_t)snprintf(out, REQUEST_MOST,
                            "GET %s?q=%s HTTP/1.1\r\nHost: lanjiang.test\r\n\r\n", b->where,
                            b->questions[b->first + i]);
}

static void pass(struct bench *b, const char *where, struct figure *half, struct figure *p99)
{
    b->where = where;
    struct client_result result = client_run(b->port, 1, 200, question, b);
    figure_add(half, result.median_ms, 0);
    figure_add(p99, result.p99_ms, 0);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

int main(int argc, char **argv)
{
    static struct bench b = {
        .yimen = "build/src/yimen",
        .data = "../shared/data",
        .page = {"ask-page", "answer page, median", 3, true, "ms"},
        .page_p99 = {"ask-page-p99", "answer page, 99th percentile", 15, true, "ms"},
        .api = {"ask-api", "answer as JSON, median", 3, true, "ms"},
        .api_p99 = {"ask-api-p99", "answer as JSON, 99th percentile", 15, true, "ms"},
    };
    char folder[] = "/tmp/yimen-bench-ask-XXXXXX", data[64];
    bool good = true;

    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--json"))
            b.json = true;
        else if (!strcmp(argv[i], "--yimen") && i + 1 < argc)
            b.yimen = argv[++i];
        else if (!strcmp(argv[i], "--data") && i + 1 < argc)
            b.data = argv[++i];
        else
            bench_die("usage: bench_ask [--json] [--yimen PROGRAM] [--data FOLDER]", NULL);
    if (!mkdtemp(folder))
        bench_die("no folder", NULL);
    snprintf(data, sizeof data, "%s/data", folder);
    b.folder = data;
    read_questions(&b);
    fill(&b);
    serve(&b);
    b.where = "/ask";
    (void)client_run(b.port, 1, 200, question, &b); /* pages of the files come into memory */
    for (int i = 0; i < PASSES; i++) {
        b.first = i * (b.count / PASSES);
        pass(&b, "/ask", &b.page, &b.page_p99);
        pass(&b, "/api/v1/ask", &b.api, &b.api_p99);
    }
    kill(b.pid, SIGTERM);
    waitpid(b.pid, NULL, 0);
    const struct figure *const figures[] = {&b.page, &b.page_p99, &b.api, &b.api_p99};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        good = figure_print(figures[i], b.json) && good;
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(b.questions);
    return good ? 0 : 1;
}
