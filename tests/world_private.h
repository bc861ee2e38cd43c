/*
 * world_private.h - what the files of the world share.
 */
#ifndef TESTS_WORLD_PRIVATE_H
#define TESTS_WORLD_PRIVATE_H

#include "world_rows.h"

/* w->t begun anew: every call has a task of its own, as every request has. */
struct task *world_fresh(struct world *w);
/* Else the test ends with what went wrong. */
void world_ended_well(struct world *w, enum err e, const char *what);

#endif
