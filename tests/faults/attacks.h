/*
 * attacks.h - what one client does to the others: each function goes on until it is told to stop,
 * notes what happened, and tells what is wrong.  overload.c runs them.
 */
#ifndef FAULTS_ATTACKS_H
#define FAULTS_ATTACKS_H

#include <stdatomic.h>

#include "bombs.h"
#include "storm.h"

enum { MIB = 1024 * 1024 };

struct attack {
    const char *name;
    void (*run)(struct attack *attack);
    bomb_fn *make; /* what `run` throws */
    struct bomb bomb;
    const struct storm *storm;
    double seconds;
    _Atomic bool stop;
    char note[160];
    int wrong;
};

typedef void attack_fn(struct attack *attack);

/* attacks_slow.c */
attack_fn attack_nothing, attack_slow_readers, attack_slow_senders, attack_slowloris, attack_silent,
    attack_idle, attack_pipelined, attack_half_closed, attack_resets;
/* attacks_large.c */
attack_fn attack_gigabyte, attack_uploads, attack_endless_chunks, attack_header_flood,
    attack_rosters, attack_documents;

/* attacks_address.c */
attack_fn attack_one_address;

void attack_wrong(struct attack *a, const char *format, ...) PRINTF(2, 3);
void attack_note(struct attack *a, const char *format, ...) PRINTF(2, 3);
bool attack_going(struct attack *a);
/* Many sockets; those that could be had. */
int attack_dial(struct attack *a, int fds[], int n, int receive);
void attack_close(int fds[], int n);

#endif
