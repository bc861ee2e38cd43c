/* read.c - after the end: the invariants, what was late, how much it is. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "modules/audit/audit.h"
#include "modules/orders/seal.h"
#include "simulate/simulate_private.h"
#include "simulate_sql.h"
#include "store/store.h"

static const struct shape duty_row_shape = {
    .name = "SimulatedDuties",
    .size = sizeof(struct sim_duty_row),
    .fields =
        (const struct field[]){
            FIELD(struct sim_duty_row, name, F_STR, NULL),
            FIELD(struct sim_duty_row, count, F_INT, NULL),
            FIELD(struct sim_duty_row, overdue, F_INT, NULL),
            FIELD(struct sim_duty_row, open, F_INT, NULL),
            {0},
        },
};

struct chunk {
    int64_t after, upto;
    struct list rows;
};

static enum err read_chunk(struct task *t, void *arg)
{
    enum { AT_ONCE = 5000 };
    struct chunk *chunk = arg;
    struct list ids;
    enum err e = order_ids_after(t, chunk->after, AT_ONCE, &ids);

    chunk->upto = 0;
    if (e || !ids.count)
        return e;
    chunk->upto = ((const int64_t *)ids.at)[ids.count - 1];
    return store_list(
        t, &q_simulate_duties,
        ARGS(INT("tenant", t->tenant), INT("after", chunk->after), INT("upto", chunk->upto)),
        &duty_row_shape, &chunk->rows);
}

static void add_duties(struct sim *sim, const struct sim_duty_row *more)
{
    LIST_EACH (struct sim_duty_row, row, sim->duty_rows) {
        if (!str_eq(row->name, more->name))
            continue;
        row->count += more->count;
        row->overdue += more->overdue;
        row->open += more->open;
        return;
    }
    struct sim_duty_row *row = list_add(sim->t, &sim->duty_rows, sizeof *row);

    *row = *more;
    row->name = str_copy(sim->t, more->name);
}

static enum err read_duties(struct sim *sim)
{
    struct chunk chunk = {0};
    enum err e = OK;

    do {
        struct task t;

        task_begin(&t, sim->t->store, sim->t->now, TASK_BUDGET);
        t.tenant = sim->t->tenant;
        e = store_read(&t, read_chunk, &chunk);
        if (!e && chunk.upto)
            LIST_EACH (struct sim_duty_row, row, chunk.rows)
                add_duties(sim, row);
        chunk.after = chunk.upto;
        task_end(&t);
    } while (!e && chunk.upto);
    return e;
}

enum err sim_read_suspended(struct sim *sim)
{
    struct rows *rows;
    enum err e =
        store_run(sim->st, &q_simulate_suspended, ARGS(INT("tenant", sim->st->tenant)), &rows);

    if (e)
        return e;
    memset(sim->suspended, 0, sizeof sim->suspended);
    while (rows_next(rows))
        for (int i = 0; i < sim->staff_count; i++)
            if (sim->staff_id[i] == row_int(rows, "id"))
                sim->suspended[i] = true;
    return OK;
}

static void show_verified(int64_t done)
{
    progress_show("核对工单", done, 0);
}

/* What /proc says about this process, in KiB; 0 when it does not. */
static int64_t memory_peak(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long long kib = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

/* With what still stands in the log. */
static int64_t size_of(struct sim *sim)
{
    static const char *const names[] = {"yimen.db", "yimen.db-wal"};
    int64_t bytes = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat about;
        struct str path = str_format(sim->t, "%s/%s", sim->app->data, names[i]);

        bytes += stat(str_terminated(sim->t, path), &about) ? 0 : (int64_t)about.st_size;
    }
    return bytes;
}

/* Days at work that were not worked, of everybody. */
static void count_absences(struct sim *sim)
{
    int64_t days = 0;

    for (int32_t d = 0; d < sim->options->days; d++) {
        int32_t day = sim->options->first_day + d;

        if (calendar_kind(sim->demo.calendar, day) == DAY_REST)
            continue;
        for (int i = 0; i < sim->staff_count; i++)
            days += sim_absent(sim, i, day);
    }
    sim->head->figures.counts[COUNT_ABSENCES] = days;
}

enum err sim_read_end(struct sim *sim)
{
    struct task *t = sim->t;
    int64_t begun = time_monotonic_ns(), bad = 0, count = 0;
    struct list findings = {0};

    enum err e = read_duties(sim);
    if (!e)
        e = order_verify(t, show_verified, &findings, &sim->orders, &sim->events);
    if (!e)
        e = audit_verify(t, &bad, &count);
    if (e)
        return e;
    progress_end();
    sim->memory_kib = memory_peak();
    sim->finding_rows = findings;
    sim->findings = (int64_t)findings.count + (bad != 0);
    sim->verify_ms = (time_monotonic_ns() - begun) / 1000000;
    sim->bytes = size_of(sim);
    count_absences(sim);
    return OK;
}
