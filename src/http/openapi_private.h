/*
 * openapi_private.h - schemas of shapes and forms, for the document that openapi.c puts together.
 */
#ifndef HTTP_OPENAPI_PRIVATE_H
#define HTTP_OPENAPI_PRIVATE_H

#include "core/form.h"
#include "core/json.h"
#include "core/shape.h"

struct schemas {
    struct task *t;
    struct json *components;   /* the object components/schemas */
    struct list shapes, forms; /* struct known: which struct stands behind each name */
    const char *clash;         /* a name that two different tables have, or NULL */
};

struct json *openapi_ref(struct task *t, const char *section, struct str name);
/* A reference to the schema of a shape or form, which is made when it is not there yet. */
struct json *openapi_shape(struct schemas *s, const struct shape *shape);
struct json *openapi_form(struct schemas *s, const struct form *form);
/* The schema of one question, in place. */
struct json *openapi_ask(struct schemas *s, const struct ask *ask);

#endif
