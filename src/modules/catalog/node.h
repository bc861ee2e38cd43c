/*
 * node.h - a YAML file as a tree with line numbers: what procedures, matters and routing are read
 * from.
 *
 * The part of YAML that people write by hand: maps, lists, plain and quoted text, `|` and `>`
 * blocks, flow style.  Refused, each with its line: anchors, aliases and tags, several documents, a
 * key given twice, what is not UTF-8, more than 256 KiB (data files: NODE_MAX_FILE), more than 12
 * levels.
 */
#ifndef CATALOG_NODE_H
#define CATALOG_NODE_H

#include "core/buf.h"
#include "core/shape.h"
#include "core/str.h"

enum {
    NODE_MAX_PROCEDURE = 256 * 1024,
    NODE_MAX_FILE = 2 * 1024 * 1024,
    NODE_MAX_DEPTH = 12,
    NODE_MAX_CHILDREN = 1000
};

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    int line;
    struct str file;
    struct str key;  /* when a member of a map */
    struct str text; /* NODE_TEXT */
    bool quoted;     /* written in quotes: never a number or a word of the grammar's own */
    bool used;       /* for whoever walks the tree */
    struct node *first, *last, *next;
    size_t count;
};

#define NODE_EACH(child, parent)                                                                   \
    for (struct node *child = (parent) ? (parent)->first : NULL; child; child = child->next)

struct fault; /* procedure.h */

/* NULL when the text is no such YAML; then the reason was added to *faults (struct fault). */
struct node *node_parse(struct task *t, struct str file, struct str text, size_t most,
                        struct list *faults);
/* Add a fault at a line. */
void node_fault(struct task *t, struct list *faults, const struct node *at, const char *message,
                ...) PRINTF_LIKE(4, 5);
void fault_add(struct task *t, struct list *faults, struct str file, int line, const char *message,
               ...) PRINTF_LIKE(5, 6);
/* Sort by file and line, so that a person reads from top to bottom. */
void faults_sort(struct list *faults);

struct node *node_get(const struct node *map, const char *key);
struct node *node_find(const struct node *map, struct str key);
/* Text of a member, empty when it is absent or no text. */
struct str node_text(const struct node *map, const char *key);
struct node *node_copy(struct task *t, const struct node *node);
void node_append(struct node *parent, struct node *child);
void node_remove(struct node *parent, struct node *child);
/* Write as YAML in block style; what is written reads back as the same tree. */
void node_write(struct buf *b, const struct node *node, int indent);

#endif
