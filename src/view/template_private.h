/*
 * template_private.h - the bound form of a template: ops over offsets, shared by the binder and the
 * renderer and by nobody else.
 *
 * Frames are the data that names were found in: frame 0 is the shell, frame 1 the page, the rest
 * the sections around an op, outermost first.  The binder knows at which frame and offset each name
 * lies, so rendering looks nothing up.
 */
#ifndef VIEW_TEMPLATE_PRIVATE_H
#define VIEW_TEMPLATE_PRIVATE_H

#include "view/template.h"

enum {
    TEMPLATE_MAX_FRAMES = 16,
    TEMPLATE_MAX_LINKS = 4,    /* pointers followed by one name */
    TEMPLATE_MAX_PARTIALS = 12 /* partials within partials */
};

enum op_kind { OP_TEXT, OP_FIELD, OP_SECTION, OP_INVERTED };

struct op {
    enum op_kind kind;
    enum field_type type;
    uint32_t from, len;                       /* OP_TEXT: where in the pool */
    uint32_t end;                             /* sections: the op after the body */
    uint32_t offsets[TEMPLATE_MAX_LINKS + 1]; /* every one but the last leads to a pointer */
    uint8_t links;                            /* how many pointers to follow */
    uint8_t frame;                            /* where the name begins */
    bool words;    /* OP_FIELD in another language: looked up when it is written */
    uint8_t push;  /* sections over lists, objects, links: the frame that the body sees */
    uint32_t size; /* lists: of an element */
};

struct template
{
    const struct language *language; /* NULL: Chinese, nothing is looked up */
    struct op *ops;
    size_t count, capacity;
    char *pool;
    size_t pool_len, pool_capacity;
};

#endif
