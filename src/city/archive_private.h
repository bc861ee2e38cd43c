/* archive_private.h - what writing and reading an archive share. */
#ifndef CITY_ARCHIVE_PRIVATE_H
#define CITY_ARCHIVE_PRIVATE_H

#include "city/archive.h"
#include "core/task.h"

#define ARCHIVE_MAGIC_WORD "yimen-city "
#define ARCHIVE_MAGIC      ARCHIVE_MAGIC_WORD "1\n"

/* A block fits into the window, so no reader needs more memory than a block. */
enum { ARCHIVE_WINDOW_LOG = 20, ARCHIVE_NAME_MOST = 64 };

enum archive_tag { TAG_TABLE = 'T', TAG_ROW = 'R', TAG_BLOB = 'B', TAG_END = 'E' };
enum archive_cell { CELL_IS_NULL = 'n', CELL_IS_INT = 'i', CELL_IS_BYTES = 's' };

/* hash := digest(hash, block) */
void archive_fold(unsigned char *hash, const char *block, size_t len);

#endif
