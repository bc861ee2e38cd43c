/*
 * fault_vfs.h - a disk that fails on command, for tests and `yimen simulate --faults`; nothing else
 * of the program calls it.
 *
 * fault_install() goes between SQLite and the operating system, and must come before anything else
 * touches SQLite.  fault_arm() lets the n-th call of the chosen kinds fail from then on or once.
 */
#ifndef STORE_FAULT_VFS_H
#define STORE_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_READ = 1,
    FAULT_WRITE = 2, /* half of the bytes are written before it fails */
    FAULT_SYNC = 4,
    FAULT_SIZE = 8, /* size and truncation of a file */
    FAULT_OPEN = 16,
    FAULT_SHM_MAP = 32,
    FAULT_SHM_LOCK = 64,
    FAULT_DELETE = 128,
    FAULT_MEMORY = 256 /* SQLite's own memory; `code` does not matter */
};

void fault_install(void);
/* `code` is what SQLite gets: SQLITE_FULL, SQLITE_IOERR_FSYNC ... */
void fault_arm(unsigned kinds, int64_t nth, int code, bool lasting);
/* Everything works again.  How often a call failed; *ret_calls (may be NULL): calls of the kinds.
 */
int64_t fault_disarm(int64_t *ret_calls);

#endif
