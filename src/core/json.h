/*
 * json.h - JSON as a tree in the arena: what strangers send, what event bodies hold.
 *
 * Reading refuses invalid UTF-8, U+0000, duplicate names in one object, nesting beyond
 * JSON_MAX_DEPTH and numbers that are not finite.  Objects keep the order of their members.
 * Ids are strings in JSON.  Writing is canonical for a given tree: no white space, members in
 * order, so the same tree always gives the same bytes (hashes rest on that).
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/buf.h"
#include "core/str.h"

enum { JSON_MAX_DEPTH = 32 };

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STRING, JSON_LIST, JSON_OBJECT };

struct json {
    enum json_kind kind;
    bool boolean;
    int64_t number; /* JSON_INT */
    double real;    /* JSON_REAL: has a fraction, or exceeds 2^53; 1.0 and 1e2 are integers */
    struct str text;
    struct str name;           /* when a member of an object */
    struct json *first, *last; /* children */
    struct json *next;         /* sibling */
    size_t count;              /* children */
};

/* ERR_BAD_INPUT: not JSON as described above; the note says where. */
MUST_USE enum err json_parse(struct task *t, struct str text, struct json **ret_json);
void json_write(struct buf *b, const struct json *json);
struct str json_text(struct task *t, const struct json *json);
/* One string with quotes and escapes; also safe inside HTML and scripts (escapes <, >, &, U+2028
 * and U+2029). */
void json_write_str(struct buf *b, struct str s);

/* Making */
struct json *json_object(struct task *t);
struct json *json_list(struct task *t);
struct json *json_str(struct task *t, struct str s);
struct json *json_int(struct task *t, int64_t number);
struct json *json_bool(struct task *t, bool value);
struct json *json_id(struct task *t, int64_t id); /* a string */
/* Put a member, replacing one of the same name; NULL removes it.  `name` is copied. */
void json_put(struct task *t, struct json *object, struct str name, struct json *value);
void json_put_str(struct task *t, struct json *object, const char *name, struct str value);
void json_put_int(struct task *t, struct json *object, const char *name, int64_t value);
void json_put_bool(struct task *t, struct json *object, const char *name, bool value);
void json_put_id(struct task *t, struct json *object, const char *name, int64_t id);
void json_append(struct json *list, struct json *value);

/* Looking; all of them accept NULL and a wrong kind, and answer with nothing.  Those that take a
 * literal name stand here, so that its length is known when the program is compiled: an act looks a
 * few hundred times. */
struct json *json_find(const struct json *object, struct str name);
struct str json_as_str(const struct json *json);
int64_t json_as_int(const struct json *json); /* also from a decimal string */

static inline struct json *json_get(const struct json *object, const char *name)
{
    return json_find(object, (struct str){name, __builtin_strlen(name)});
}

static inline struct str json_get_str(const struct json *object, const char *name)
{
    return json_as_str(json_get(object, name));
}

static inline int64_t json_get_int(const struct json *object, const char *name)
{
    return json_as_int(json_get(object, name));
}

static inline bool json_get_bool(const struct json *object, const char *name)
{
    const struct json *member = json_get(object, name);

    return member && member->kind == JSON_BOOL && member->boolean;
}

static inline int64_t json_get_id(const struct json *object, const char *name)
{
    return json_as_int(json_get(object, name));
}

#define JSON_EACH(child, parent)                                                                   \
    for (struct json *child = (parent) ? (parent)->first : NULL; child; child = child->next)

#endif
