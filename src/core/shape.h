/*
 * shape.h - what a struct looks like from outside: one table of named, typed fields.
 *
 * The same table reads the struct from a row of a query (by column name), fills a page (names in
 * the template are checked against it at start), writes it as JSON, and describes it in OpenAPI.
 * What a page shows and what the API says therefore cannot differ.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/str.h"

enum field_type {
    F_STR,    /* struct str.  Page: escaped.  JSON: string. */
    F_INT,    /* int64_t */
    F_BOOL,   /* bool; in a row, 0 or 1 */
    F_ID,     /* int64_t; JSON: string; 0 is absent (left out of JSON, empty on a page) */
    F_MOMENT, /* int64_t, UTC ms, 0 absent.  Page: 2026-10-14 09:42.  JSON:
                 2026-10-14T09:42:00+08:00 */
    F_DAY,  /* int32_t, days since 1970-01-01, INT32_MIN absent; row: ISO text; both: 2026-10-14 */
    F_HTML, /* struct str made by the program itself, written unescaped; never from a row, never in
               JSON */
    F_LIST, /* struct list of `of`; JSON: array */
    F_OBJECT, /* a struct `of` inside this one */
    F_LINK    /* const struct `of` *, NULL absent */
};

struct list {
    void *at; /* `count` structs of the field's shape */
    size_t count;
};

struct shape;

struct field {
    const char *name;
    const char *title; /* Chinese, for OpenAPI and forms; may be NULL */
    enum field_type type;
    size_t offset;
    const struct shape *of; /* F_LIST, F_OBJECT, F_LINK */
};

struct shape {
    const char *name; /* of the schema in OpenAPI; unique in the program */
    size_t size;
    const struct field *fields; /* ended by a field without a name */
};

#define FIELD(type_, member, field_type, title_)                                                   \
    {                                                                                              \
#member, title_, field_type, offsetof(type_, member), NULL                                 \
    }
#define FIELD_OF(type_, member, field_type, shape_, title_)                                        \
    {                                                                                              \
#member, title_, field_type, offsetof(type_, member), shape_                               \
    }

#define LIST_EACH(type, item, list)                                                                \
    for (__typeof__(type) *item = (list).at,                                                       \
                          *item##_end = (list).count ? item + (list).count : item;                 \
         item < item##_end; item++)

const struct field *shape_field(const struct shape *shape, struct str name);
/* The struct as a JSON object.  Absent ids, moments, days and links are left out. */
void shape_write_json(struct buf *b, const struct shape *shape, const void *at);
/* A growing list: append a zeroed element and return it (the list's memory may move).  Only for a
 * list that began empty and grew by this function alone: the room is reckoned from the count. */
void *list_add(struct task *t, struct list *list, size_t element_size);

#endif
