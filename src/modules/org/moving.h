/*
 * moving.h - a city on its way from one database to another (src/city): how far it has come, and
 * its keys.
 *
 * The functions run inside store_read() or store_write() for t->tenant, unless they say otherwise.
 */
#ifndef ORG_MOVING_H
#define ORG_MOVING_H

#include "core/shape.h"
#include "core/task.h"

struct moving {
    struct str code, archive; /* of the city; the hash that ends the archive */
    struct str table_name;    /* rows_done ends in it */
    int64_t rows_done;
};

/* An import that is not finished.  ERR_NOT_FOUND: there is none. */
MUST_USE enum err moving_find(struct task *t, struct moving *ret_moving);
/* The same by the code of the city: 0 when there is none.  t->tenant does not matter. */
MUST_USE enum err moving_of_code(struct task *t, struct str code, int64_t *ret_tenant);
/* ERR_CONFLICT: the city, or another one with this code or host, is here already. */
MUST_USE enum err moving_check_free(struct task *t, struct str code, struct str host);
MUST_USE enum err moving_begin(struct task *t, struct str code, struct str archive);
/* From rows_before to rows_done of this archive.  ERR_CONFLICT: it did not stand there; another
 * import of it goes on, or it is being taken away. */
MUST_USE enum err moving_reached(struct task *t, const char *table, struct str archive,
                                 int64_t rows_before, int64_t rows_done);
/* What there is of it goes on with no archive any more: it can only be taken away. */
MUST_USE enum err moving_spoil(struct task *t);
MUST_USE enum err moving_end(struct task *t);

/* Names (struct str) of the installation's keys that wrap the city's, each once. */
MUST_USE enum err moving_key_names(struct task *t, struct list *ret_names);
/* Whether this key is in the open key file or in the one given (NULL: none).  ERR_FORBIDDEN: in
 * neither; errors of keys_open() for the file.  Outside a transaction: touches files. */
MUST_USE enum err moving_check_key(struct task *t, struct str name, const char *key_file);
/* Wrap the city's keys by the installation's key in force where they are wrapped by one that only
 * `key_file` holds.  Inside store_write(). */
MUST_USE enum err moving_adopt_keys(struct task *t, const char *key_file);

#endif
