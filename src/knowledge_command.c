/*
 * knowledge_command.c - `yimen knowledge load|index|rebuild`.
 */
#include "knowledge_command.h"

#include <stdio.h>
#include <string.h>

#include "modules/knowledge/knowledge.h"

const char knowledge_command_help[] =
    "usage: yimen [--data DIR] knowledge load [--own] FILE...\n"
    "       yimen [--data DIR] knowledge index\n"
    "       yimen [--data DIR] knowledge rebuild\n\n"
    "load     laws, answered questions and cases: .jsonl, .csv with a heading, .md (one law), each also\n"
    "         with .zst behind.  Loading again changes what differs.  A load that broke off goes on\n"
    "         where it stopped.  Bad lines are told as FILE:LINE: reason and skipped; then the exit\n"
    "         code is 2.  Everybody in the installation reads what is loaded; with --own only the\n"
    "         platform does (--tenant CODE where there are several).\n"
    "index    bring the search indexes up to what is loaded\n"
    "rebuild  throw the search indexes away and make them again\n";

static void show_progress(const char *what, int64_t done, int64_t all)
{
    progress_show(what, done, all);
}

static enum err load_files(struct task *t, const char *const *paths, int count, bool own,
                           int64_t *ret_bad)
{
    struct knowledge_load load = {
        .tenant = own ? t->tenant : KNOWLEDGE_SHARED, .errors = stderr, .progress = show_progress};
    enum err e = OK;

    for (int i = 0; i < count && !e; i++) {
        struct knowledge_loaded loaded = {0};

        e = knowledge_load_file(t, paths[i], &load, &loaded);
        progress_end();
        printf("%s：%lld 行，新增 %lld，改动 %lld，未变 %lld，坏行 %lld", paths[i],
               (long long)loaded.lines, (long long)loaded.added, (long long)loaded.changed,
               (long long)loaded.same, (long long)loaded.bad);
        if (loaded.skipped)
            printf("（接着上次，前 %lld 行已读过）", (long long)loaded.skipped);
        printf("\n");
        *ret_bad += loaded.bad;
    }
    return e;
}

static enum err follow(struct task *t, struct app *app, bool again)
{
    enum err e = again ? knowledge_rebuild(t, app->data, show_progress)
                       : knowledge_follow(t, app->data, show_progress);

    progress_end();
    if (e == ERR_BUSY) {
        task_clear_error(t);
        printf("索引正由另一个进程更新，稍后自动完成\n");
        return OK;
    }
    return e;
}

int command_knowledge(struct task *t, struct app *app, int argc, char **argv)
{
    bool load = argc > 2 && !strcmp(argv[1], "load");
    bool index = argc == 2 && !strcmp(argv[1], "index");
    bool again = argc == 2 && !strcmp(argv[1], "rebuild");
    bool own = load && !strcmp(argv[2], "--own");
    int64_t bad = 0;

    if (!load && !index && !again) {
        fputs(knowledge_command_help, stderr);
        return 2;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | (own ? APP_NEEDS_TENANT : 0));
    if (!e && load)
        e = load_files(t, (const char *const *)argv + 2 + own, argc - 2 - own, own, &bad);
    if (!e)
        e = follow(t, app, again);
    knowledge_close();
    if (e)
        return app_report(t, e);
    return bad ? 2 : 0;
}
