/*
 * input.h - what a request carries, as one JSON tree, whichever way it was written.
 *
 * Names nest: `parties[0].name=x` is {"parties":[{"name":"x"}]}.  Numbers in brackets order a list
 * and may have gaps, which close.  A name given twice is a list of both.  Values are valid UTF-8
 * without U+0000, with LF for line ends.  Everything is bounded; a wrong value is an error at its
 * field, and the tree is then returned with the rest, so that a form can be shown again.
 */
#ifndef HTTP_INPUT_H
#define HTTP_INPUT_H

#include "http/http.h"

enum {
    INPUT_FIELDS = 2000,
    INPUT_NAME = 200, /* bytes */
    INPUT_DEPTH = 8,
    INPUT_INDEX = 999
};

/* A tree being built. */
struct input {
    struct json *root;
    size_t count;
};

struct input input_new(struct task *t);
MUST_USE enum err input_put(struct task *t, struct input *input, struct str name, struct str value);

/* application/x-www-form-urlencoded: a query or a body.  *ret_tree is an object. */
MUST_USE enum err input_urlencoded(struct task *t, struct str text, struct json **ret_tree);

/* multipart/form-data: fields into a tree, files into a list of struct upload whose content are
 * slices of `body`.  A file field left empty by a browser is no upload. */
MUST_USE enum err input_multipart(struct task *t, struct str content_type, struct str body,
                                  struct json **ret_tree, struct list *ret_uploads);

/* May this multipart body have a file?  Read fast and without a task: true as well when it only
 * looks so. */
bool input_brings_files(struct str body);

/* A cookie by its name; empty when absent. */
struct str input_cookie(struct str header, const char *name);

/* "text/html" of "text/html; charset=utf-8", for comparing. */
bool input_type_is(struct str content_type, const char *type);
/* A parameter of a header's value: boundary, filename; quoted or not.  False when absent or
 * malformed. */
bool input_parameter(struct task *t, struct str value, const char *name, struct str *ret_value);

#endif
