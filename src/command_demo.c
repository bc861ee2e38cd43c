/*
 * command_demo.c - `yimen demo`: an example city in a folder, and serving it.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "core/time.h"
#include "demo.h"
#include "modules/knowledge/knowledge.h"
#include "install.h"

#define DEMO_PASSWORD "lanjiang-demo"

enum {
    ORDERS = 640,
    DAYS = 92,
    SHOWN = 22, /* sign-ins on the screen; all of them in the file */
    TEXT_MOST = 64 * 1024
};

struct demo_request {
    int64_t orders, seed;
    bool serve;
    const char *port;
};

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static const char *in_folder(struct task *t, const char *folder, const char *name)
{
    return str_terminated(t, str_format(t, "%s%s", folder, name));
}

static void show_progress(int64_t done, int64_t all)
{
    progress_show("示例城市（天）", done, all);
}

/* What somebody needs to look around; kept beside the data, because codes are shown only once. */
static struct str welcome(struct task *t, const struct demo_report *report,
                          const struct list *sign_ins, size_t most)
{
    struct buf b = buf_new(t, TEXT_MOST);

    buf_format(&b, "示例城市：岚江市，%lld 件工单，%lld 次操作。全部姓名、号码都是虚构的。\n\n",
               (long long)report->orders, (long long)report->acts);
    buf_add(&b, sign_ins_text(t, sign_ins, most));
    if (most < sign_ins->count)
        buf_add(&b, S("…… 镇街、村居和园区各站的登录名在数据文件夹的 demo.txt 里，密码相同。\n"));
    buf_add(&b, S("\n市民查询（工单号 / 查询码）\n"));
    LIST_EACH (struct demo_pick, pick, report->picks)
        buf_format(&b, "%.*s   %.*s   %.*s\n", STR_ARG(pick->no), STR_ARG(pick->code),
                   STR_ARG(pick->what));
    return buf_str(&b);
}

static enum err write_text(struct task *t, const char *path, struct str text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, text.at, text.len) == (ssize_t)text.len;

    if (fd >= 0)
        close(fd);
    return written ? OK : task_fail(t, ERR_STORE, "不能写 %s：%s", path, strerror(errno));
}

static enum err play(struct task *t, const struct demo_request *request, int64_t now,
                     struct demo_report *ret_report, struct list *ret_sign_ins)
{
    struct install_options install = {.password = S(DEMO_PASSWORD)};
    struct demo_options options = {
        .orders = request->orders,
        .seed = request->seed,
        .days = DAYS,
        .now = now,
        .progress = show_progress,
    };
    struct list faults = {0};
    enum err e = profile_read_file(t, "lanjiang", &install.profile, &faults);

    /* The city is older than its first order. */
    t->now = now - (DAYS + 1) * DAY_MS;
    if (!e)
        e = install_tenant(t, &install, ret_sign_ins, &faults);
    print_faults(&faults);
    if (!e)
        e = demo_play(t, &options, ret_report);
    progress_end();
    t->now = now;
    return e;
}

/* In a folder beside, which gets its name when all of it is there. */
static enum err make_city(struct task *t, struct app *app, const struct demo_request *request)
{
    const char *data = app->data, *part = in_folder(t, data, ".part");
    struct list sign_ins = {0};
    struct demo_report report = {0};

    /* An empty folder is as good as none; one with something in it is not ours to fill. */
    if (rmdir(data) && errno != ENOENT)
        return task_fail(t, ERR_CONFLICT, "%s 里有别的文件，示例城市请用一个新的文件夹", data);
    nftw(part, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    remove(in_folder(t, part, ".key"));
    app->data = part;
    app_wire();
    enum err e = install_folder(t, app);
    if (!e)
        e = play(t, request, t->now, &report, &sign_ins);
    if (!e)
        e = install_knowledge(t, app);
    if (!e)
        e = knowledge_example(t, part);
    app_close(app);
    app->data = data;
    t->store = NULL;
    t->tenant = 0;
    if (!e)
        e = write_text(t, in_folder(t, part, "/demo.txt"),
                       welcome(t, &report, &sign_ins, sign_ins.count));
    if (e)
        return e;
    if (rename(in_folder(t, part, ".key"), in_folder(t, data, ".key")) || rename(part, data))
        return task_fail(t, ERR_STORE, "不能把 %s 改名为 %s：%s", part, data, strerror(errno));
    printf("%.*s", STR_ARG(welcome(t, &report, &sign_ins, SHOWN)));
    LIST_EACH (struct str, line, report.trouble_lines)
        fprintf(stderr, "yimen demo: %.*s\n", STR_ARG(*line));
    return OK;
}

static enum err show_city(struct task *t, const struct app *app)
{
    struct str text;
    enum err e = read_whole_file(t, in_folder(t, app->data, "/demo.txt"), TEXT_MOST, &text);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return task_fail(t, ERR_CONFLICT, "%s 里有数据，但不是示例城市；示例城市请用另一个文件夹",
                         app->data);
    }
    if (!e)
        printf("%.*s", STR_ARG(text));
    return e;
}

static bool read_request(int argc, char **argv, struct demo_request *ret_request)
{
    struct demo_request request = {.orders = ORDERS, .seed = 1, .serve = true, .port = "8080"};

    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (more && !strcmp(argv[i], "--orders")) {
            request.orders = atoll(argv[++i]);
        } else if (more && !strcmp(argv[i], "--seed")) {
            request.seed = atoll(argv[++i]);
        } else if (more && !strcmp(argv[i], "--port")) {
            request.port = argv[++i];
        } else if (!strcmp(argv[i], "--no-serve")) {
            request.serve = false;
        } else {
            fprintf(stderr, "yimen demo: %s?\n", argv[i]);
            return false;
        }
    }
    *ret_request = request;
    return true;
}

int command_demo(struct task *t, struct app *app, int argc, char **argv)
{
    struct demo_request request;
    enum err e;

    if (!read_request(argc, argv, &request))
        return 2;
    if (access(in_folder(t, app->data, "/demo.txt"), F_OK) &&
        access(in_folder(t, app->data, "/yimen.db"), F_OK))
        e = make_city(t, app, &request);
    else
        e = show_city(t, app);
    if (e || !request.serve)
        return app_report(t, e);
    printf("\n工作人员：http://127.0.0.1:%s/sign-in\n市民：    http://127.0.0.1:%s/    "
           "查询：http://127.0.0.1:%s/track\n",
           request.port, request.port, request.port);
    fflush(stdout);
    char serve[] = "serve", listen[] = "--listen", address[] = "127.0.0.1", port[] = "--port";
    char *arguments[] = {serve, listen, address, port, str_terminated(t, str_of(request.port)),
                         NULL};
    return command_serve(t, app, 5, arguments);
}
