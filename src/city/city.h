/*
 * city.h - a whole city in one file: out of one installation, into another.
 *
 * What moves: every row of the city in every table (city/tables.h names the few that stay, with the
 * reason), and every sealed file of its folder.  What is sealed stays sealed; of keys, only those
 * of the city move, wrapped by the installation's key.  Search indexes do not move: they are made
 * again from the rows.  Laws and answers of the installation (tenant 0) do not move either.
 *
 * Memory does not grow with the city: rows are read and written in chunks, files one by one.
 * Functions are called outside any transaction.
 */
#ifndef CITY_CITY_H
#define CITY_CITY_H

#include "core/shape.h"
#include "core/task.h"

typedef void city_progress_fn(const char *what, int64_t done, int64_t all);

struct city_options {
    const char *file;
    const struct list *migrations; /* struct migration: all of this program */
    const char *key_file;       /* import: where the key of the other installation lies, or NULL */
    city_progress_fn *progress; /* or NULL */
};

struct city_figures {
    struct str code, name;
    int64_t tenant;
    int64_t rows, blobs;
    int64_t resumed; /* of the rows: were here already from an import that was broken off */
    struct str hash;
};

/* Write t->tenant into a new file, from one snapshot: acts go on meanwhile and are not in it.
 * Sealed files are read after the rows, so that none that a row names is missing.
 * ERR_CONFLICT: the file is there already. */
MUST_USE enum err city_export(struct task *t, const struct city_options *options,
                              struct city_figures *ret);
/* Read the whole file and say what it holds; needs no database.  ERR_BAD_INPUT: damaged, and where;
 * of a newer program. */
MUST_USE enum err city_look(struct task *t, const struct city_options *options,
                            struct city_figures *ret);
/* Check the whole file, then take it in and set t->tenant.  The row of the city comes last, after
 * everything was read again and its hash agreed: until then nobody sees it.  Broken off, the same
 * file goes on where it stopped.
 *
 * ERR_BAD_INPUT  damaged; of another version of the tables; of the other suite of algorithms
 * ERR_CONFLICT   the city is here already, or its code or host; another archive of it is half in;
 *                somebody else imports it or takes it away at the same time
 * ERR_FORBIDDEN  the key that wraps its keys is neither here nor in key_file */
MUST_USE enum err city_import(struct task *t, const struct city_options *options,
                              struct city_figures *ret);
/* Take away what a broken-off import has left of the city with this code, some thousands of rows at
 * a time; one that goes on all the same ends at its next chunk.  ERR_NOT_FOUND: there is no such
 * import; ERR_CONFLICT: it ended well meanwhile, or begins anew.  A city that is here as a whole is
 * never touched. */
MUST_USE enum err city_forget_import(struct task *t, struct str code, city_progress_fn *progress);

#endif
