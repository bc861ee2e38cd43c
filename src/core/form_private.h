/* form_private.h - what the files of form.h share. */
#ifndef CORE_FORM_PRIVATE_H
#define CORE_FORM_PRIVATE_H

#include "core/form.h"
#include "core/text.h"

/* One field under check.  Exactly one of two things comes of it: a value, or a message. */
struct check {
    struct task *t;
    const struct ask *ask;
    const struct json *input;
    struct str path;
    struct json *clean;  /* NULL: wrong or, without a message, left out */
    const char *message; /* NULL: right */
};

/* A message with numbers in it, for `return` and for check.message: in the task's language. */
#define SAY(t, format, ...) (str_format(t, tr(t, format), __VA_ARGS__).at)

/* A copy with full-width ASCII made plain, trimmed. */
struct str form_plain(struct task *t, struct str s);
bool form_is_blank(const struct json *json);

void form_text(struct check *c);
void form_choice(struct check *c);
void form_choices(struct check *c);
void form_bool(struct check *c);
void form_int(struct check *c);
void form_money(struct check *c);
void form_id(struct check *c);
void form_day(struct check *c);
void form_moment(struct check *c);
void form_phone(struct check *c);
void form_id_number(struct check *c);
void form_credit_code(struct check *c);

#endif
