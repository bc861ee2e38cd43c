/*
 * committed.h - whether anything was committed: who answers a request has to know before it says
 * that nothing was changed.
 */
#ifndef STORE_COMMITTED_H
#define STORE_COMMITTED_H

#include <stdint.h>

/* How many store_write() of this thread have ended well so far. */
int64_t store_committed(void);

#endif
