/*
 * page_form.h - forms of the administration's pages, drawn from their asks.
 *
 * A view that has a form begins with `struct page_errors errors` and PAGE_ERROR_FIELDS, and holds
 * one list of page_field for each form; the partials org/parts/errors and org/parts/field draw
 * them.  After bad input every field keeps what was typed and carries its message.
 */
#ifndef ORG_PAGE_FORM_H
#define ORG_PAGE_FORM_H

#include "core/form.h"
#include "core/shape.h"
#include "http/http.h"

struct page_error {
    struct str anchor, message;
};

struct page_errors {
    bool has_errors;
    struct str error_title;
    struct list errors; /* struct page_error */
};

struct page_option {
    struct str value, title;
    bool chosen;
};

struct page_field {
    struct str id, name, label, hint, error, value;
    struct str input, inputmode; /* type of the <input>; keyboard of a phone */
    bool optional, is_line, is_area, is_select, is_tick;
    struct list options; /* struct page_option */
};

extern const struct shape page_error_shape, page_option_shape, page_field_shape;

#define PAGE_ERROR_FIELDS(type_)                                                                   \
    {"has_errors", "有错误", F_BOOL, offsetof(type_, errors.has_errors), NULL},                    \
        {"error_title", "错误标题", F_STR, offsetof(type_, errors.error_title), NULL},             \
    {                                                                                              \
        "errors", "错误", F_LIST, offsetof(type_, errors.errors), &page_error_shape                \
    }

/* What stands at the top: one line for each wrong field, or the note. */
struct page_errors page_errors(struct task *t, const struct request *request);
/* The message at a field of the request, and what was typed there. */
struct str page_field_id(struct task *t,
                         struct str name); /* "relatives[0].name" -> "relatives-0-name" */
/* Was this page asked for by a POST to an address that ends so, and refused? */
bool page_refused(const struct request *request, const char *path_end);

/* Fields of a form, lists and objects left out; `values` (may be NULL) is what stands in them
 * unless `typed`: then it is what the request brought. */
struct list page_fields(struct task *t, const struct form *form, const struct request *request,
                        const struct json *values, bool typed);
/* A field that is chosen from what the store holds: becomes a select. */
void page_field_add_option(struct task *t, struct list *fields, const char *name, struct str value,
                           struct str title);

#endif
