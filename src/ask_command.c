/*
 * ask_command.c - `yimen ask QUESTION` and `yimen ask --batch FILE`.
 */
#include "ask_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/time.h"
#include "modules/knowledge/knowledge.h"

enum { TOP_MOST = 100, TOP = 5, ANSWER_BYTES = 4 * 1024 * 1024 };

const char ask_command_help[] =
    "usage: yimen [--data DIR] ask [--top N] [--json] QUESTION\n"
    "       yimen [--data DIR] ask --batch FILE.jsonl [--top N]\n\n"
    "The articles that answer a question, at most N (5, at most 100).\n"
    "  --json   everything that the page /ask shows\n"
    "  --batch  a line {\"query_id\":..., \"query\":...} for each question; prints a line\n"
    "           {\"query_id\":..., \"hits\":[ids]} for each, over all national laws, also those no\n"
    "           longer in force.  - reads from stdin.\n"
    "Exit code 5: search is not available; `yimen knowledge index` makes the index.\n";

struct ask_request {
    const char *question, *batch;
    size_t top;
    bool json;
};

static bool read_request(int argc, char **argv, struct ask_request *ret_request)
{
    struct ask_request r = {.top = TOP};

    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (more && !strcmp(argv[i], "--top")) {
            long top = strtol(argv[++i], NULL, 10);
            if (top < 1 || top > TOP_MOST)
                return false;
            r.top = (size_t)top;
        } else if (more && !strcmp(argv[i], "--batch")) {
            r.batch = argv[++i];
        } else if (!strcmp(argv[i], "--json")) {
            r.json = true;
        } else if (argv[i][0] == '-' || r.question) {
            return false;
        } else {
            r.question = argv[i];
        }
    }
    if (!r.question == !r.batch)
        return false;
    *ret_request = r;
    return true;
}

/* --- One question ---------------------------------------------------------------------------- */

static enum err ask_one(struct task *t, const char *data, const struct ask_request *r)
{
    struct list hits;

    if (r->json) {
        struct buf b = buf_new(t, ANSWER_BYTES);
        enum err e = knowledge_answer_json(t, data, str_of(r->question), r->top, &b);

        if (!e)
            printf("%.*s\n", STR_ARG(buf_str(&b)));
        return e;
    }
    enum err e = knowledge_articles(t, data, str_of(r->question), r->top, false, &hits);
    if (e)
        return e;
    if (!hits.count)
        printf("没有找到依据\n");
    LIST_EACH (const struct knowledge_hit, hit, hits)
        printf("%.*s  %.*s%s%.*s\n%.*s\n\n", STR_ARG(hit->id), STR_ARG(hit->title),
               hit->version.len ? "  " : "", STR_ARG(hit->version), STR_ARG(hit->text));
    return OK;
}

/* --- Many ------------------------------------------------------------------------------------ */

struct batch_line {
    const char *data;
    struct str text;
    size_t top;
};

static enum err answer_line(struct task *t, void *arg)
{
    const struct batch_line *line = arg;
    struct buf b = buf_new(t, ANSWER_BYTES);
    struct json *json;
    struct list hits;
    bool first = true;
    enum err e = json_parse(t, line->text, &json);

    if (!e && !json_get(json, "query_id"))
        e = task_fail(t, ERR_BAD_INPUT, "缺少 query_id");
    if (!e)
        e = knowledge_articles(t, line->data, json_get_str(json, "query"), line->top, true, &hits);
    if (e)
        return e;
    buf_add(&b, S("{\"query_id\":"));
    json_write(&b, json_get(json, "query_id"));
    buf_add(&b, S(",\"hits\":["));
    LIST_EACH (const struct knowledge_hit, hit, hits) {
        if (!first)
            buf_add_char(&b, ',');
        first = false;
        json_write_str(&b, hit->id);
    }
    buf_add(&b, S("]}\n"));
    fwrite(buf_str(&b).at, 1, buf_str(&b).len, stdout);
    return OK;
}

/* Each line is a task of its own: its memory goes with it. */
static enum err ask_lines(struct task *home, const char *data, FILE *file, const char *name,
                          size_t top)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t n;
    enum err e = OK;

    for (int64_t number = 1; !e && (n = getline(&text, &size, file)) > 0; number++) {
        struct batch_line line = {data, str_trim((struct str){text, (size_t)n}), top};
        struct task t;

        if (!line.text.len)
            continue;
        task_begin(&t, home->store, home->now, TASK_BUDGET);
        t.tenant = home->tenant;
        e = task_protect(&t, answer_line, &line);
        if (e)
            e = task_fail(home, e, "%s:%lld：%.*s", name, (long long)number, STR_ARG(t.note));
        task_end(&t);
    }
    free(text);
    return e;
}

static enum err ask_batch(struct task *t, const char *data, const struct ask_request *r)
{
    bool in = !strcmp(r->batch, "-");
    FILE *file = in ? stdin : fopen(r->batch, "r");

    if (!file)
        return task_fail(t, ERR_NOT_FOUND, "打不开 %s", r->batch);
    enum err e = ask_lines(t, data, file, r->batch, r->top);
    if (!in)
        fclose(file);
    return e;
}

int command_ask(struct task *t, struct app *app, int argc, char **argv)
{
    struct ask_request r;

    if (!read_request(argc, argv, &r)) {
        fputs(ask_command_help, stderr);
        return 2;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_TENANT);
    if (!e)
        e = r.batch ? ask_batch(t, app->data, &r) : ask_one(t, app->data, &r);
    knowledge_close();
    return app_report(t, e);
}
