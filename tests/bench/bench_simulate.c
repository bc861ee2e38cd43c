/*
 * bench_simulate - the simulated city against a plain loop of SQLite calls that writes the same
 * rows in the same transactions (tape.h): a window of some days out of the middle.
 *
 *   bench_simulate [--matters N] [--seed N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "city.h"
#include "core/log.h"
#include "core/time.h"
#include "simulate/simulate.h"
#include "store/store.h"
#include "tape.h"

enum { DAYS = 14, FROM = 8, TO = 12 };

static struct {
    struct app app;
    char copy[4096];
    int64_t begun, acts_before, acts;
    double seconds;
    bool taping, taped;
} bench;

static void copy_database(void)
{
    struct task t;

    task_begin(&t, bench.app.store, time_now(), TASK_BUDGET);
    if (store_backup(&t, bench.copy, NULL))
        bench_die("backup", &t);
    task_end(&t);
}

/* Between two slices: nothing runs. */
static void watch(int64_t acts, int64_t day)
{
    if (!bench.taping && !bench.taped && day >= FROM) {
        copy_database();
        bench.taping = true;
        bench.acts_before = acts;
        tape_begin(TAPE_WRITES);
        bench.begun = time_monotonic_ns();
    } else if (bench.taping && day >= TO) {
        bench.seconds = (double)(time_monotonic_ns() - bench.begun) / 1e9;
        tape_end();
        bench.acts = acts - bench.acts_before;
        bench.taping = false;
        bench.taped = true;
    }
}

static void show(void)
{
    struct plain *plain = plain_open(bench.copy);
    double tapes = plain_play(plain, 1), ours = (double)bench.acts / bench.seconds;
    double theirs = tapes * (double)bench.acts;

    printf(
        "simulate      %.2f  %.0f against %.0f acts/s: %lld acts, %lld statements, %lld commits\n",
        ours / theirs, ours, theirs, (long long)bench.acts, (long long)tape_queries(),
        (long long)tape_commits());
    printf(
        "simulate-cpu  %.2f  %.2f s of processor for the plain loop, %.2f s for everything here\n",
        plain_cpu(plain) / tape_writer_cpu(), plain_cpu(plain), tape_writer_cpu());
    plain_close(plain);
}

int main(int argc, char **argv)
{
    struct simulate_options options = {.seed = 1,
                                       .days = DAYS,
                                       .window = DAYS,
                                       .matters = 6000,
                                       .first_day = day_from_civil(2025, 3, 3),
                                       .restart = -1,
                                       .progress = watch};

    char folder[] = "/tmp/yimen-bench-XXXXXX", data[4096];
    struct sim *sim;
    struct task t;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--matters"))
            options.matters = atoll(argv[i + 1]);
        else if (!strcmp(argv[i], "--seed"))
            options.seed = atoll(argv[i + 1]);
    }
    if (!mkdtemp(folder))
        bench_die(folder, NULL);
    setenv("YIMEN_LOG_LEVEL", "error", 0);
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(bench.copy, sizeof bench.copy, "%s/plain.db", folder);
    bench.app.data = data;
    task_begin(&t, NULL, time_now(), (size_t)4 * TASK_BUDGET);
    if (simulate_run(&t, &bench.app, &options, &sim))
        bench_die("simulate", &t);
    if (!bench.taped)
        bench_die("no window", NULL);
    show();
    app_close(&bench.app);
    task_end(&t);
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0;
}
