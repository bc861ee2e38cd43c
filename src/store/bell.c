#include "store/bell.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wake(struct bell *bell, int most)
{
    syscall(SYS_futex, &bell->strokes, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

void bell_wait(struct bell *bell, const atomic_bool *done)
{
    while (!atomic_load(done)) {
        unsigned seen = atomic_load(&bell->strokes);

        /* Looked at again: a stroke between the two looks changed the number, and nobody falls
         * asleep. */
        if (atomic_load(done))
            break;
        syscall(SYS_futex, &bell->strokes, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        /* Even one that wakes for nothing passes it on. */
        if (atomic_load(&bell->wake_others) && atomic_exchange(&bell->wake_others, false))
            wake(bell, INT_MAX);
    }
}

void bell_ring(struct bell *bell)
{
    atomic_store(&bell->wake_others, true);
    atomic_fetch_add(&bell->strokes, 1);
    wake(bell, 1);
}
