/*
 * command_simulate.c - `yimen simulate`: a year of a city on a virtual clock.
 *
 * With --faults the command starts itself as a child that dies on the way and is started again.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app.h"
#include "core/time.h"
#include "simulate/simulate.h"
#include "store/fault_vfs.h"

enum { STARTS_MOST = 200, YEAR_DAYS = 365 };

static int64_t days_all;

static void show_progress(int64_t acts, int64_t day)
{
    static int64_t shown = -1;

    if (isatty(STDERR_FILENO))
        progress_show("模拟（天）", day, days_all);
    else if (day / 10 != shown / 10)
        fprintf(stderr, "模拟：第 %lld 天，共 %lld 天，%lld 次操作\n", (long long)day,
                (long long)days_all, (long long)acts);
    shown = day;
}

static int run_once(struct task *t, struct app *app, const struct simulate_options *options,
                    const char *report)
{
    struct sim *sim;
    enum err e = simulate_run(t, app, options, &sim);

    progress_end();
    if (options->faults && options->restart >= 0 && (e == ERR_STORE || e == ERR_UNCERTAIN))
        return SIMULATE_AGAIN;
    if (!e)
        e = simulate_report(t, sim, report);
    if (!e) {
        struct str text = simulate_summary(t, sim);

        fwrite(text.at, 1, text.len, stdout);
        fflush(stdout);
    }
    return app_report(t, e);
}

/* The parent touches no data: it only starts what was killed, until it comes to its end. */
static int run_with_faults(struct task *t, struct app *app, struct simulate_options *options,
                           const char *report)
{
    for (int start = 0; start < STARTS_MOST; start++) {
        pid_t child = fork();
        int status = 0;

        if (child < 0) {
            perror("yimen simulate");
            return 1;
        }
        if (!child) {
            options->restart = start;
            fault_install();
            simulate_fail_disk();
            int code = run_once(t, app, options, report);
            app_close(app);
            _exit(code);
        }
        if (waitpid(child, &status, 0) != child)
            return 1;
        if (WIFEXITED(status) && WEXITSTATUS(status) != SIMULATE_AGAIN) {
            printf("重新开始 %d 次\n", start);
            return WEXITSTATUS(status);
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
            fprintf(stderr, "yimen simulate: 第 %d 次运行被信号 %d 中断\n", start + 1,
                    WTERMSIG(status));
            return 1;
        }
    }
    fprintf(stderr, "yimen simulate: 重新开始了 %d 次，仍没有到头\n", STARTS_MOST);
    return 1;
}

static bool read_words(int argc, char **argv, struct simulate_options *o, const char **report)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (more && !strcmp(argv[i], "--days")) {
            o->days = atoll(argv[++i]);
        } else if (more && !strcmp(argv[i], "--seed")) {
            o->seed = atoll(argv[++i]);
        } else if (more && !strcmp(argv[i], "--matters")) {
            o->matters = atoll(argv[++i]);
        } else if (more && !strcmp(argv[i], "--report")) {
            *report = argv[++i];
        } else if (more && !strcmp(argv[i], "--begin") &&
                   day_parse(str_of(argv[i + 1]), &o->first_day)) {
            i++;
        } else if (!strcmp(argv[i], "--faults")) {
            o->faults = true;
        } else {
            fprintf(stderr, "yimen simulate: %s?\n", argv[i]);
            return false;
        }
    }
    if (o->days < 1 || o->days > 10 * YEAR_DAYS || o->matters < 0) {
        fprintf(stderr, "yimen simulate: --days 1..3650\n");
        return false;
    }
    return true;
}

int command_simulate(struct task *t, struct app *app, int argc, char **argv)
{
    struct simulate_options options = {.seed = 1,
                                       .days = YEAR_DAYS,
                                       .first_day = day_from_civil(2025, 1, 1),
                                       .restart = -1,
                                       .progress = show_progress};
    const char *report = NULL;

    if (!read_words(argc, argv, &options, &report))
        return 2;
    options.window = options.matters ? options.days : YEAR_DAYS;
    if (!options.matters)
        options.matters = SIMULATE_A_YEAR;
    days_all = options.days;
    if (!report)
        report = str_terminated(t, str_format(t, "%s/simulate.xlsx", app->data));
    return options.faults ? run_with_faults(t, app, &options, report)
                          : run_once(t, app, &options, report);
}
