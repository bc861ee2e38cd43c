/*
 * verify_files.h - is every file there that a row names?
 */
#ifndef VERIFY_FILES_H
#define VERIFY_FILES_H

#include "app.h"

/* Of t->tenant, outside a transaction.  `whole`: read each and compare its hash with its name.  At
 * most 1000 findings (struct finding): a file that is missing or damaged, once for each order that
 * names it.  progress may be NULL. */
MUST_USE enum err verify_files(struct task *t, bool whole,
                               void (*progress)(const char *what, int64_t done, int64_t all),
                               int64_t *ret_files, struct list *ret_findings);

#endif
