/*
 * command_exchange.c - `yimen import FILE` and `yimen export FILE`: orders as lines of JSON.
 *
 * Import: each line is what POST /api/v1/orders takes.  With `source` and `external` a line comes
 * in once, for ever, so a broken-off import is simply done again.  A bad line is told with its
 * number and skipped. Export: each line an order, its duties and its events; names masked unless a
 * reason is given, which goes on record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "core/time.h"
#include "modules/access/access.h"
#include "modules/access/staff.h"
#include "modules/catalog/catalog.h"
#include "modules/orders/orders.h"
#include "modules/orders/seal.h"

enum { LINE_MOST = 1024 * 1024 };

struct who {
    const char *login;
    struct actor actor;
};

/* The first post of the person that may register. */
static enum err find_actor(struct task *t, void *arg)
{
    struct who *who = arg;
    struct staff staff;
    struct list grants;
    enum err e = staff_by_login(t, str_of(who->login), &staff);

    if (e == ERR_NOT_FOUND)
        return task_fail(t, e, "没有登录名 %s", who->login);
    if (!e)
        e = staff_grants(t, staff.id, true, &grants);
    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        if (post_may(post_find(grant->post), "order.create"))
            return access_actor_of_grant(t, grant->id, &who->actor);
    }
    return task_fail(t, ERR_FORBIDDEN, "%s 没有可以登记工单的岗位", who->login);
}

struct line {
    const struct actor *actor;
    struct str text;
    bool known;
};

static enum err import_line(struct task *t, void *arg)
{
    struct line *line = arg;
    struct intake intake = {0};
    struct act_done done;
    struct json *input;
    enum err e = json_parse(t, line->text, &input);

    if (e)
        return e;
    intake.input = input;
    struct str occurred = json_get_str(input, "occurred_at");
    if (occurred.len && !moment_parse(occurred, &intake.occurred_at))
        task_field_error(t, S("occurred_at"), "时间要写成 2026-10-14T09:42");
    intake.back_reason = json_get_str(input, "back_reason");
    e = task_input_verdict(t);
    if (e)
        return e;
    e = order_create(t, line->actor, &intake, &done);
    line->known = e == OK && done.replayed;
    return e;
}

static void tell_line(const char *file, int64_t number, const struct task *t)
{
    fprintf(stderr, "\n%s:%lld：%.*s\n", file, (long long)number, STR_ARG(t->note));
    for (const struct field_error *error = t->field_errors; error; error = error->next)
        fprintf(stderr, "  %.*s：%.*s\n", STR_ARG(error->field), STR_ARG(error->message));
}

struct tally {
    int64_t lines, made, known, bad;
};

/* Each line is a task of its own: its memory goes with it. */
static enum err import_file(struct task *home, const struct actor *actor, const char *name,
                            FILE *file, struct tally *tally)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t n;
    enum err e = OK;

    while (!e && (n = getline(&text, &size, file)) > 0) {
        struct line line = {actor, str_trim((struct str){text, (size_t)n}), false};
        struct task t;

        tally->lines++;
        if (!line.text.len)
            continue;
        task_begin(&t, home->store, time_now(), TASK_BUDGET);
        t.tenant = home->tenant;
        enum err verdict = n > LINE_MOST ? task_fail(&t, ERR_TOO_LARGE, "这一行太长")
                                         : task_protect(&t, import_line, &line);
        if (verdict == OK && line.known)
            tally->known++;
        else if (verdict == OK)
            tally->made++;
        else
            tally->bad++;
        if (verdict)
            tell_line(name, tally->lines, &t);
        if (verdict == ERR_STORE || verdict == ERR_BUSY || verdict == ERR_UNCERTAIN)
            e = task_fail(home, verdict, "%.*s", STR_ARG(t.note));
        task_end(&t);
        progress_show("导入", tally->lines, 0);
    }
    free(text);
    return e;
}

int command_import(struct task *t, struct app *app, int argc, char **argv)
{
    struct who who = {0};
    struct tally tally = {0};
    const char *name = NULL;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--as") && i + 1 < argc)
            who.login = argv[++i];
        else
            name = argv[i];
    }
    if (!name || !who.login) {
        fprintf(stderr, "usage: yimen [--data DIR] import --as LOGIN FILE.jsonl\n");
        return 2;
    }
    FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
    if (!file) {
        fprintf(stderr, "yimen: 打不开 %s\n", name);
        return 3;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);
    if (e == OK)
        e = store_read(t, find_actor, &who);
    if (e == OK)
        e = import_file(t, &who.actor, name, file, &tally);
    if (file != stdin)
        fclose(file);
    progress_end();
    if (e)
        return app_report(t, e);
    printf("%lld 行：新登记 %lld 件，已有 %lld 件，有误 %lld 行\n", (long long)tally.lines,
           (long long)tally.made, (long long)tally.known, (long long)tally.bad);
    return tally.bad ? 2 : 0;
}

/* --- Export --- */

struct export
{
    FILE *out;
    struct actor actor;
    struct str reason; /* empty: masked */
    int64_t order, done;
    struct str text;
};

static void add_list(struct buf *b, const char *name, const struct shape *shape, struct list list)
{
    buf_format(b, ",\"%s\":[", name);
    for (size_t i = 0; i < list.count; i++) {
        if (i)
            buf_add_char(b, ',');
        shape_write_json(b, shape, (const char *)list.at + i * shape->size);
    }
    buf_add_char(b, ']');
}

static enum err export_order(struct task *t, void *arg)
{
    struct export *x = arg;
    struct list parties = {0}, duties, events;
    struct buf b = buf_new(t, 16 * 1024 * 1024);
    struct order order;
    enum err e = order_load(t, &x->actor, x->order, &order);

    if (e)
        return e;
    if (order.wrapped_key.len && !x->reason.len)
        e = order_parties(t, &order, 500, &parties);
    if (!e)
        e = order_duties(t, &order, false, &duties);
    if (!e)
        e = order_events(t, &order, &events);
    if (e)
        return e;
    buf_add(&b, S("{\"order\":"));
    shape_write_json(&b, &order_shape, &order);
    if (!x->reason.len)
        add_list(&b, "parties", &party_view_shape, parties);
    add_list(&b, "duties", &duty_view_shape, duties);
    add_list(&b, "events", &event_view_shape, events);
    x->text = buf_str(&b);
    return OK;
}

static enum err export_one(struct task *t, void *arg)
{
    struct export *x = arg;
    struct list parties = {0};
    enum err e = store_read(t, export_order, x);

    if (e)
        return e;
    fwrite(x->text.at, 1, x->text.len, x->out);
    if (x->reason.len) {
        struct buf b = buf_new(t, 4 * 1024 * 1024);

        e = order_reveal(t, &x->actor, x->order, 0, x->reason, &parties);
        if (e == ERR_NOT_FOUND)
            e = OK; /* anonymous, or erased */
        if (e)
            return e;
        add_list(&b, "parties", &party_view_shape, parties);
        fwrite(buf_str(&b).at, 1, buf_str(&b).len, x->out);
    }
    fputs("}\n", x->out);
    return OK;
}

static enum err export_all(struct task *home, struct export *x)
{
    int64_t after = 0;

    for (;;) {
        struct list ids;
        struct task t;

        task_begin(&t, home->store, home->now, TASK_BUDGET);
        t.tenant = home->tenant;
        enum err e = order_ids_after(&t, after, 100, &ids);
        LIST_EACH (int64_t, id, ids) {
            struct task_mark mark = task_mark(&t);

            x->order = after = *id;
            if (!e)
                e = task_protect(&t, export_one, x);
            if (e)
                break;
            task_reset(&t, mark);
            progress_show("导出", ++x->done, 0);
        }
        if (e)
            (void)!task_fail(home, e, "%.*s", STR_ARG(t.note));
        bool last = !ids.count;
        task_end(&t);
        if (e || last)
            return e;
    }
}

static void show_heads(int64_t done)
{
    progress_show("留存", done, 0);
}

/* Numbers and hashes only: nothing in it is about anybody. */
static int export_heads(struct task *t, struct app *app, const char *name)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);
    int64_t orders = 0;

    if (e)
        return app_report(t, e);
    FILE *out = strcmp(name, "-") ? fopen(name, "wx") : stdout;
    if (!out) {
        fprintf(stderr, "yimen: 写不了 %s（不覆盖已有文件）\n", name);
        return 1;
    }
    e = heads_write(t, out, show_heads, &orders);
    if (out != stdout && fclose(out) && !e)
        e = task_fail(t, ERR_STORE, "写不了 %s", name);
    progress_end();
    return app_report(t, e);
}

int command_export(struct task *t, struct app *app, int argc, char **argv)
{
    struct export x = {.actor = system_actor};
    struct who who = {0};
    const char *name = NULL;

    if (argc == 3 && !strcmp(argv[1], "--heads"))
        return export_heads(t, app, argv[2]);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--unmasked") && i + 1 < argc)
            x.reason = str_of(argv[++i]);
        else if (!strcmp(argv[i], "--as") && i + 1 < argc)
            who.login = argv[++i];
        else
            name = argv[i];
    }
    if (!name || (x.reason.len && !who.login)) {
        fprintf(stderr,
                "usage: yimen [--data DIR] export [--as LOGIN --unmasked REASON] FILE.jsonl\n"
                "       yimen [--data DIR] export --heads FILE\n");
        return 2;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);
    if (e == OK && who.login) {
        e = store_read(t, find_actor, &who);
        x.actor = who.actor;
    }
    if (e)
        return app_report(t, e);
    x.actor.tenant = t->tenant;
    x.out = strcmp(name, "-") ? fopen(name, "wx") : stdout;
    if (!x.out) {
        fprintf(stderr, "yimen: 写不了 %s（不覆盖已有文件）\n", name);
        return 1;
    }
    e = export_all(t, &x);
    if (x.out != stdout && fclose(x.out) && !e)
        e = task_fail(t, ERR_STORE, "写不了 %s", name);
    progress_end();
    return app_report(t, e);
}
