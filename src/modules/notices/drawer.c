#include "modules/notices/drawer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/time.h"

extern char **environ;

static struct {
    pthread_mutex_t lock;
    bool use_child;
    int fd; /* -1: none */
    pid_t pid;
} drawer = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

void paper_use_child(bool use)
{
    drawer.use_child = use;
}

/* A message is its length in eight bytes and its bytes; all of it within the time, or nothing. */
static bool send_all(int fd, const void *bytes, size_t n)
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

static bool receive_all(int fd, void *bytes, size_t n, int wait_ms)
{
    char *at = bytes;

    while (n) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};

        if (poll(&ready, 1, wait_ms) <= 0)
            return false;
        ssize_t got = recv(fd, at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool send_message(int fd, struct str message)
{
    uint64_t length = message.len;

    return send_all(fd, &length, sizeof length) && send_all(fd, message.at, message.len);
}

static bool receive_message(struct task *t, int fd, int wait_ms, struct str *ret_message)
{
    uint64_t length;

    if (!receive_all(fd, &length, sizeof length, wait_ms) || length > DRAWER_MOST)
        return false;
    char *bytes = NEW(t, char, length + 1);
    if (!receive_all(fd, bytes, length, DRAWER_ANSWER_MS))
        return false;
    *ret_message = (struct str){bytes, length};
    return true;
}

/* --- The parent --- */

static void let_go(void)
{
    if (drawer.fd < 0)
        return;
    close(drawer.fd);
    drawer.fd = -1;
    kill(drawer.pid, SIGKILL);
    while (waitpid(drawer.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static bool start_child(void)
{
    char name[] = "yimen", command[] = "draw-papers";
    char *const argv[] = {name, command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    sigemptyset(
        &none); /* the server's threads have signals blocked: the child must not inherit that */
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    bool started =
        posix_spawn(&drawer.pid, "/proc/self/exe", &actions, &attributes, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    if (started)
        drawer.fd = ends[0];
    else
        close(ends[0]);
    return started;
}

static bool ask_child(struct task *t, struct str question, struct str *ret_answer)
{
    if (drawer.fd < 0 && !start_child())
        return false;
    if (send_message(drawer.fd, question) &&
        receive_message(t, drawer.fd, DRAWER_ANSWER_MS, ret_answer) && ret_answer->len)
        return true;
    let_go();
    return false;
}

struct exchange {
    struct str question, answer;
    bool answered;
};

/* A child that left because nobody asked is no failure: once more with a new one. */
static enum err exchange_once(struct task *t, void *arg)
{
    struct exchange *x = arg;

    x->answered = ask_child(t, x->question, &x->answer) || ask_child(t, x->question, &x->answer);
    return OK;
}

static struct str question_of(struct task *t, const struct paper_source *source)
{
    struct json *question = json_object(t);

    json_put_str(t, question, "kind", str_of(source->kind->name));
    json_put_str(t, question, "no", source->no);
    json_put_int(t, question, "template", source->template_version);
    json_put_int(t, question, "recorded_at", source->recorded_at);
    json_put_str(t, question, "base_url", source->base_url);
    json_put_str(t, question, "facts", json_text(t, source->facts));
    return json_text(t, question);
}

/* The first byte of an answer is 0, and the PDF follows; or the error, and its note. */
enum err drawer_draw(struct task *t, const struct paper_source *source, struct str *ret_pdf)
{
    struct str answer;

    if (!drawer.use_child)
        return paper_draw(t, source, ret_pdf);
    struct exchange exchange = {.question = question_of(t, source)};
    pthread_mutex_lock(&drawer.lock);
    enum err e = task_protect(t, exchange_once, &exchange);
    if (e) /* out of memory in the middle of a message: this child can no longer be understood */
        let_go();
    pthread_mutex_unlock(&drawer.lock);
    if (e)
        return e;
    answer = exchange.answer;
    if (!exchange.answered)
        return task_fail(t, ERR_BUSY, "文书暂时不能生成，请稍后再试；一直这样，请联系管理员。");
    struct str pdf = str_from(answer, 1);
    e = (enum err)(unsigned char)answer.at[0];
    if (e)
        return task_fail(t, e < ERR_COUNT ? e : ERR_INTERNAL, "%.*s", STR_ARG(pdf));
    *ret_pdf = pdf;
    return OK;
}

/* --- The child --- */

static enum err draw_one(struct task *t, void *arg)
{
    struct str *message = arg, pdf;
    struct json *question, *facts;
    enum err e = json_parse(t, *message, &question);

    if (e == OK)
        e = json_parse(t, json_get_str(question, "facts"), &facts);
    if (e)
        return e;
    const struct paper_kind *kind = paper_kinds;
    while (kind->name && !str_is(json_get_str(question, "kind"), kind->name))
        kind++;
    if (!kind->name)
        return task_fail(t, ERR_INTERNAL, "没有这种文书的模板");
    struct paper_source source = {
        .kind = kind,
        .no = json_get_str(question, "no"),
        .template_version = json_get_int(question, "template"),
        .recorded_at = json_get_int(question, "recorded_at"),
        .base_url = json_get_str(question, "base_url"),
        .facts = facts,
    };
    e = paper_draw(t, &source, &pdf);
    if (e == OK)
        *message = pdf;
    return e;
}

int paper_draw_on_request(void)
{
    for (;;) {
        struct str message;
        struct task t;

        task_begin(&t, NULL, time_now(), (size_t)4 * DRAWER_MOST);
        if (!receive_message(&t, STDIN_FILENO, DRAWER_IDLE_MS, &message)) {
            task_end(&t);
            return 0;
        }
        enum err e = task_protect(&t, draw_one, &message);
        char first = (char)e;
        struct str rest = e ? t.note : message;
        uint64_t length = rest.len + 1;
        bool sent = send_all(STDOUT_FILENO, &length, sizeof length) &&
                    send_all(STDOUT_FILENO, &first, 1) &&
                    send_all(STDOUT_FILENO, rest.at, rest.len);
        task_end(&t);
        if (!sent)
            return 1;
    }
}
