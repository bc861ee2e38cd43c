/* Any text as a template: bound or refused with a reason, and what is bound renders. */
#include <stdint.h>
#include <stdlib.h>

#include "core/shape.h"
#include "core/task.h"
#include "core/text.h"
#include "view/template.h"

struct node {
    struct str name;
    int64_t number;
    bool yes;
    const struct node *next;
    struct list list;
};

extern const struct shape node_shape;
static const struct field node_fields[] = {
    FIELD(struct node, name, F_STR, NULL),
    FIELD(struct node, number, F_INT, NULL),
    FIELD(struct node, yes, F_BOOL, NULL),
    FIELD_OF(struct node, next, F_LINK, &node_shape, NULL),
    FIELD_OF(struct node, list, F_LIST, &node_shape, NULL),
    {0},
};
const struct shape node_shape = {"node", sizeof(struct node), node_fields};

static struct node leaf = {.name = STR_INIT("<leaf>"), .number = 7};
static struct node middle = {.name = STR_INIT("&"), .yes = true, .next = &leaf, .list = {&leaf, 1}};
static const struct node root = {.name = STR_INIT("root"), .next = &middle, .list = {&middle, 1}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(const uint8_t *data, size_t size, const struct language *language)
{
    struct template_file self[] = {{"self", (const char *)data, size}, {NULL, NULL, 0}};
    char *why = NULL;
    struct task t;

    struct template *template = template_bind_text("self", (struct str){(const char *)data, size},
                                                   self, &node_shape, NULL, language, &why);
    if (!template && !why)
        abort();
    free(why);
    if (!template)
        return;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    struct buf out = buf_new(&t, 1 << 16);
    template_render(&out, template, &root, NULL);
    task_end(&t);
    template_free(template);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    try(data, size, NULL);
    try(data, size, &languages[1]); /* the same in English: read for its words first */
    return 0;
}
