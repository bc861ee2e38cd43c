/*
 * copy_folder.h - copies of files for backups: new, durable, or an error.
 */
#ifndef COPY_FOLDER_H
#define COPY_FOLDER_H

#include "core/task.h"

/* `to` must not be there. */
MUST_USE enum err copy_file(struct task *t, const char *from, const char *to);
/* Files and folders below `from`, which may be missing; without what begins with a dot and what is
 * just being written (.part), and without files that go meanwhile.  Progress is shown.  With
 * `failed` a file that cannot be copied is counted there, and the others are copied; NULL: it is an
 * error. */
MUST_USE enum err copy_folder(struct task *t, const char *from, const char *to, int64_t *failed);
/* The names in it are on the disk. */
MUST_USE enum err sync_folder(struct task *t, const char *folder);

#endif
