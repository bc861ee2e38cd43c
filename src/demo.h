/*
 * demo.h - the example city at work: orders of the last months, made by the real engine on a
 * virtual clock.  How they go is data (data/demo/scenarios.yaml); what people ask is data
 * (data/demo/questions.tsv).
 */
#ifndef DEMO_H
#define DEMO_H

#include "core/shape.h"
#include "core/task.h"

struct demo_options {
    int64_t orders; /* about so many; every scenario is played once at least */
    int64_t seed;
    int64_t days;                                /* how far back the first one lies */
    int64_t now;                                 /* where it ends */
    void (*progress)(int64_t done, int64_t all); /* NULL: silent */
};

struct demo_visit { /* a step of a procedure, and how often an order stood in it */
    struct str procedure, step;
    int64_t times;
};

struct demo_pick { /* an order to show a citizen's page with */
    struct str no, code, what;
};

struct demo_report {
    int64_t orders, acts;
    int64_t troubles;          /* acts that the engine refused against the plan */
    struct list trouble_lines; /* struct str: which, and why */
    struct list visits;        /* struct demo_visit: every step of every procedure */
    struct list picks;         /* struct demo_pick */
};

/* The tenant of t->tenant was just made from the profile lanjiang, at t->now or before. */
MUST_USE enum err demo_play(struct task *t, const struct demo_options *options,
                            struct demo_report *ret_report);

#endif
