/*
 * store_pg_gate.c - who waits for a city waits here, without a connection.
 *
 * The city's lock is the database's.  But whoever waited for it there would do so on one of this
 * server's few connections, and when one city does something long, here or on another server, those
 * who want to write in it would soon have all of them: the other cities would wait, too.  So the
 * writes of this server stay in front of the gate, in the order in which they came: those that
 * share the city pass together, one that wants it alone passes when it is empty.  A second of those
 * stands in the database already, so that it has the lock the moment the first one commits.
 *
 * Of those that share the city only a few at a time ask the database for its lock; whoever has it
 * makes room for the next (gate_passed).  So a city that another server holds costs a few
 * connections, and one that gets on uses as many as it is given: all but those that are kept for
 * the others, which also wait for nothing that is locked inside of it.
 */
#include "store/store_pg.h"

#include <stdlib.h>
#include <time.h>

enum { ALONE_MOST = 2 };

struct waiter {
    struct waiter *next;
    bool sharing, entered;
    pthread_cond_t turn;
};

struct gate {
    pthread_mutex_t lock;
    struct waiter *first;
    int sharing, alone;
    int asking; /* of those that share: they do not have the city's lock yet */
    int sharing_most, asking_most;
};

static bool has_room(const struct gate *gate, bool sharing)
{
    return sharing ? !gate->alone && gate->sharing < gate->sharing_most &&
                         gate->asking < gate->asking_most
                   : !gate->sharing && gate->alone < ALONE_MOST;
}

static void take(struct gate *gate, bool sharing)
{
    if (sharing) {
        gate->sharing++;
        gate->asking++;
    } else {
        gate->alone++;
    }
}

static void let_in(struct gate *gate)
{
    while (gate->first && has_room(gate, gate->first->sharing)) {
        struct waiter *waiter = gate->first;

        gate->first = waiter->next;
        take(gate, waiter->sharing);
        waiter->entered = true;
        pthread_cond_signal(&waiter->turn);
    }
}

static struct waiter **place_of(struct gate *gate, const struct waiter *waiter)
{
    struct waiter **at = &gate->first;

    while (*at != waiter)
        at = &(*at)->next;
    return at;
}

/* With the lock of the gate. */
static bool wait_for_turn(struct gate *gate, bool sharing, int wait_ms)
{
    struct waiter waiter = {.sharing = sharing};
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    pthread_cond_init(&waiter.turn, NULL);
    *place_of(gate, NULL) = &waiter;
    while (!waiter.entered &&
           !pthread_cond_clockwait(&waiter.turn, &gate->lock, CLOCK_MONOTONIC, &until))
        continue;
    if (!waiter.entered) {
        *place_of(gate, &waiter) = waiter.next;
        let_in(gate); /* whom this one was in the way of */
    }
    pthread_cond_destroy(&waiter.turn);
    return waiter.entered;
}

bool gate_enter(struct gate *gate, bool sharing, int wait_ms, struct pass *ret_pass)
{
    bool entered = true;

    pthread_mutex_lock(&gate->lock);
    if (!gate->first && has_room(gate, sharing))
        take(gate, sharing);
    else
        entered = wait_for_turn(gate, sharing, wait_ms);
    pthread_mutex_unlock(&gate->lock);
    if (entered)
        *ret_pass = (struct pass){.gate = gate, .sharing = sharing, .asking = sharing};
    return entered;
}

void gate_asks(struct pass *pass)
{
    if (!pass->sharing || pass->asking)
        return;
    pass->asking = true;
    pthread_mutex_lock(&pass->gate->lock);
    pass->gate->asking++;
    pthread_mutex_unlock(&pass->gate->lock);
}

void gate_passed(struct pass *pass)
{
    if (!pass->asking)
        return;
    pass->asking = false;
    pthread_mutex_lock(&pass->gate->lock);
    pass->gate->asking--;
    let_in(pass->gate);
    pthread_mutex_unlock(&pass->gate->lock);
}

void gate_leave(struct pass *pass)
{
    struct gate *gate = pass->gate;

    pthread_mutex_lock(&gate->lock);
    if (pass->sharing)
        gate->sharing--;
    else
        gate->alone--;
    if (pass->asking)
        gate->asking--;
    let_in(gate);
    pthread_mutex_unlock(&gate->lock);
}

/* Cities that share a gate wait for each other without need; that they are few is enough. */
struct gate *gate_of(const struct store *store, int64_t tenant)
{
    return &store->gates[(uint64_t)tenant * 0x9E3779B97F4A7C15u >> 32 & (GATES - 1)];
}

bool gates_make(struct store *store, int writers)
{
    store->gates = calloc(GATES, sizeof *store->gates);
    for (int i = 0; store->gates && i < GATES; i++) {
        struct gate *gate = &store->gates[i];

        pthread_mutex_init(&gate->lock, NULL);
        gate->sharing_most = writers;
        gate->asking_most = (writers + 3) / 4;
    }
    return store->gates != NULL;
}

void gates_free(struct store *store)
{
    for (int i = 0; store->gates && i < GATES; i++)
        pthread_mutex_destroy(&store->gates[i].lock);
    free(store->gates);
    store->gates = NULL;
}
