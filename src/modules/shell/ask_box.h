/*
 * ask_box.h - a question of a form (core/form.h) as a box on a page: what the pages of staff and of
 * citizens draw alike.  How the box looks is each page's own.
 */
#ifndef SHELL_ASK_BOX_H
#define SHELL_ASK_BOX_H

#include "core/form.h"
#include "core/task.h"

struct ask_box {
    struct str input;     /* type of the <input> */
    struct str inputmode; /* keyboard of a phone; empty: the usual one */
    struct str unit;      /* stands behind the box */
};
/* Of a question that is answered in one line. */
struct ask_box ask_box(const struct ask *ask);

/* An answer as a form would send it: checked money is fen and becomes yuan.  Empty for lists. */
struct str ask_value(struct task *t, const struct ask *ask, const struct json *value);
/* Is `one` the answer, or among the answers?  `ask` may be NULL. */
bool ask_holds(struct task *t, const struct ask *ask, const struct json *value, struct str one);

#endif
