/*
 * faults.c - `--faults`: at moments that follow from the seed the program kills itself, the disk
 * fails, the clock is wrong.  Whoever started it starts it again; the end must be the same.
 */
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include "simulate/simulate_private.h"
#include "store/fault_vfs.h"

enum { CRASHES = 5, JUMP_EVERY = 9 };

bool sim_disk_fails;

void simulate_fail_disk(void)
{
    sim_disk_fails = true;
}

/* The slice in which the program dies for the n-th time: spread over the run. */
static int64_t crash_slice(const struct sim *sim, int n)
{
    struct dice dice = dice_of(sim->options->seed, n, 91);
    int64_t slices = sim->options->matters * sim->options->days / sim->options->window / 25 + 1,
            part = slices / (CRASHES + 1) + 1;

    return 1 + n * part + dice_below(&dice, part);
}

static bool dies_now(const struct sim *sim, int point)
{
    int n = sim->options->restart;

    if (!sim->options->faults || n < 0 || n >= CRASHES)
        return false;
    struct dice dice = dice_of(sim->options->seed, n, 92);
    return sim->head->serial >= crash_slice(sim, n) && dice_below(&dice, 3) == point;
}

void sim_fault_point(struct sim *sim, int point)
{
    struct dice dice = dice_of(sim->options->seed, sim->head->serial, 93);

    if (dies_now(sim, point) && (point || sim->slice_acts > dice_below(&dice, 50)))
        (void)raise(SIGKILL);
}

/* Once in a while a write, a sync or a growing log fails, in this slice or the next ones. */
static void disk(struct sim *sim, struct dice *dice)
{
    static const unsigned kinds[] = {FAULT_WRITE, FAULT_SYNC, FAULT_WRITE | FAULT_SYNC, FAULT_READ};
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE,
                                SQLITE_IOERR_READ};
    int64_t which = dice_below(dice, 4);

    if (!sim_disk_fails || sim->options->restart < 0)
        return;
    (void)fault_disarm(NULL);
    if (dice_percent(dice, 8))
        fault_arm(kinds[which], 1 + dice_below(dice, 60), codes[which], false);
}

void sim_fault_slice(struct sim *sim)
{
    struct dice dice = dice_of(sim->options->seed, sim->head->serial, 94);

    sim->jump = 0;
    if (!sim->options->faults)
        return;
    if (dice_below(&dice, JUMP_EVERY) == 0) {
        sim->jump = (dice_below(&dice, 240) - 180) * (int64_t)MINUTE_MS;
        sim_add(sim, COUNT_CLOCK_JUMPS, 1);
    }
    /* The same slice does not fail in the same way for ever. */
    int64_t attempt = sim->options->restart * 64 + sim->disk_errors;
    struct dice once = dice_of(sim->options->seed + attempt, sim->head->serial, 95);
    disk(sim, &once);
}
