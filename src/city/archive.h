/*
 * archive.h - the file that holds a whole city; docs/city-archive.md describes every byte.
 *
 * The file is a row of Zstandard frames, each of one block of at most 1 MiB with a checksum, so
 * memory stays small and damage is found where it is.  The blocks joined are the content: a line
 * with the format's version, a header of JSON, tables with their rows, sealed files, the row of the
 * city itself, and an end with counts and a hash over all blocks before it (the hash of the
 * installation's suite).  The same rows give the same bytes.
 *
 * Reading is safe against any bytes.  What is read lives in the task that is given; nothing of it
 * is more than ARCHIVE_CELL_MOST (files: ARCHIVE_BLOB_MOST) bytes long.
 */
#ifndef CITY_ARCHIVE_H
#define CITY_ARCHIVE_H

#include "city/tables.h"
#include "store/store.h"

enum {
    ARCHIVE_FORMAT = 1,
    ARCHIVE_BLOCK = 1024 * 1024,
    ARCHIVE_CELL_MOST = 64 * 1024 * 1024,
    ARCHIVE_BLOB_MOST = 256 * 1024 * 1024,
    ARCHIVE_HEADER_MOST = 1024 * 1024,
    ARCHIVE_COLUMNS_MOST = 100
};

/* --- Writing: trouble is remembered, and told by archive_finish(). --- */

struct archive_writer;

/* `path` must be new (ERR_CONFLICT).  The file ends with the task unless it is finished. */
MUST_USE enum err archive_create(struct task *t, const char *path, struct archive_writer **ret);
/* Forget what was written and begin with this header. */
void archive_begin(struct archive_writer *w, struct str header);
void archive_put_table(struct archive_writer *w, const struct sql_table *table);
/* One value for every column of the table that was put last, without the tenant. */
void archive_put_row(struct archive_writer *w, const struct arg *values);
void archive_put_blob(struct archive_writer *w, struct str name, struct str sealed);
bool archive_is_broken(const struct archive_writer *w);
/* The end; everything is on disk after it.  *ret_hash: hexadecimal. */
MUST_USE enum err archive_finish(struct task *t, struct archive_writer *w, struct str *ret_hash);

/* --- Reading: every refusal is ERR_BAD_INPUT with a note that says where. --- */

struct archive_reader;

enum archive_kind { ARCHIVE_TABLE, ARCHIVE_ROW, ARCHIVE_BLOB, ARCHIVE_END };

struct archive_record {
    enum archive_kind kind;
    const struct sql_table *table; /* of a table, of a row */
    struct arg *values;            /* of a row: every column but the tenant, by name */
    struct str name, sealed;       /* of a file */
    int64_t rows, blobs;           /* of the end: how many there were, agrees with what was read */
    struct str hash;               /* of the end */
};

/* ERR_NOT_FOUND, ERR_BAD_INPUT: no archive, or of a newer format. */
MUST_USE enum err archive_open(struct task *t, const char *path, struct archive_reader **ret,
                               struct str *ret_header);
/* The next record, into `t`, which may be another task than the reader's own. */
MUST_USE enum err archive_next(struct task *t, struct archive_reader *r,
                               struct archive_record *ret);
int64_t archive_position(const struct archive_reader *r); /* bytes of the file that were read */
int64_t archive_size(const struct archive_reader *r);
void archive_close(struct archive_reader *r); /* task_end() of its task does it as well */

#endif
