/* reckon.h - GET /due: by when something is due, on a page and in the API. */
#ifndef CALENDAR_RECKON_H
#define CALENDAR_RECKON_H

#include "http/http.h"

handler_fn reckon_get;
extern const struct shape reckon_shape;
extern const struct form reckon_form;

struct field_error;

struct reckon_error {
    struct str field, message;
};
extern const struct shape reckon_error_shape;
struct list reckon_errors(struct task *t, const struct field_error *errors);
void reckon_add_error(struct task *t, struct list *errors, struct str field, struct str message);

#endif
