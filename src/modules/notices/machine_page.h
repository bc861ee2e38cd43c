/*
 * machine_page.h - what did not work and somebody can mend, for who looks after the machine.
 */
#ifndef NOTICES_MACHINE_PAGE_H
#define NOTICES_MACHINE_PAGE_H

#include "modules/module.h"

extern const struct route machine_routes[];

#endif
