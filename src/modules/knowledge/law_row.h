/* law_row.h - one law in a list of laws.  Inside the module only. */
#ifndef KNOWLEDGE_LAW_ROW_H
#define KNOWLEDGE_LAW_ROW_H

#include "core/shape.h"
#include "store/store.h"

struct law_row {
    struct str code, href, title, kind, region, version, state;
    bool in_force;
};
extern const struct shape law_row_shape;

/* From the present row of a query over knowledge_law. */
void law_row_fill(struct task *t, const struct rows *rows, struct law_row *ret_row);

#endif
