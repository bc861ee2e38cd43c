/*
 * desk.h - the pages of the staff: signing in, the worklist, registering, the order page.
 *
 * The same handlers answer under /api/v1 with the data of their pages.
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "modules/module.h"

extern const struct module desk_module;

/* At start: hear who of another server's visitors has which order open. */
void presence_hear(struct store *store);

#endif
