/*
 * files.h - how the index writes: a file from beginning to end with a checksum for every page, a
 * small file replaced at once, locks.  Every operation can be made to fail by a test.
 */
#ifndef SEARCH_FILES_H
#define SEARCH_FILES_H

#include "core/task.h"

enum { PAGE = 65536, PATH_BYTES = 4096 };

/* A test sets it: a value other than 0 becomes errno and the operation does not happen.  `what` is
 * "open", "write", "fsync", "rename", "fsync-folder", "unlink". */
extern int (*index_fault)(const char *what);

struct out {
    int fd;
    uint8_t *page; /* PAGE bytes */
    size_t used;   /* of the page */
    uint64_t at;   /* bytes so far */
    uint32_t *sums;
    size_t n_sums, sums_capacity;
    bool failed; /* nothing is written any more; out_end() says so */
};

bool out_begin(struct out *out, const char *path);
void out_bytes(struct out *out, const void *bytes, size_t n);
void out_align(struct out *out, size_t to); /* zeroes up to a multiple */
void out_page_end(struct out *out);         /* zeroes to the end of the page */
/* False when anything failed. */
bool out_end(struct out *out, bool sync);

uint32_t page_sum(const uint8_t *page, size_t n);

/* A temporary file, synced, renamed over `path`.  False: the old one stands.  The folder is not
 * synced. */
bool file_replace(const char *path, const void *bytes, size_t n);
bool folder_sync(const char *folder);
bool file_remove(const char *path); /* true also when there is none */

/* The content in memory of malloc; NULL when it cannot be read or is larger than `most`. */
uint8_t *file_read(const char *path, size_t most, size_t *ret_n);

/* A lock of the folder; `fd` -1 when somebody has it, or the disk fails.  Given back by
 * lock_drop(), or with the task. */
struct lock {
    int fd;
};
struct lock *lock_take(struct task *t, const char *folder, const char *name, bool wait);
void lock_drop(struct lock *lock);

/* "FOLDER/NAME"; false when it is too long. */
bool path_of(char *path, const char *folder, const char *name);

#endif
