/*
 * presence.h - who is looking at an order right now: "何静 也在看".  Inside the desk only.
 *
 * Kept in memory, never stored: it is a courtesy between colleagues, gone after two minutes and
 * with the program.  Several servers tell each other (store_tell).  Any thread may call.
 */
#ifndef DESK_PRESENCE_H
#define DESK_PRESENCE_H

#include "modules/access/access.h"

enum { PRESENCE_MS = 120 * 1000 };

void presence_note(struct task *t, const struct actor *actor, int64_t order);
/* Name of another person who looked at the order within two minutes; empty when there is none. */
struct str presence_other(struct task *t, const struct actor *actor, int64_t order);

#endif
