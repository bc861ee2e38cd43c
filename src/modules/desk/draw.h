/*
 * draw.h - what the desk's pages are drawn from: form fields made of asks, chips, errors.
 */
#ifndef DESK_DRAW_H
#define DESK_DRAW_H

#include "core/form.h"
#include "core/legal_time.h"
#include "http/http.h"
#include "modules/orders/orders.h"

struct desk_option {
    struct str value, title;
    bool chosen;
};

struct desk_mark { /* one material of a checklist inside a form */
    struct str code, title, where, state, code_name, state_name;
    bool required;
    struct list options; /* struct desk_option */
};

struct desk_field {
    struct str id, name, label, hint, error, value;
    struct str input, inputmode; /* type of the <input>; keyboard of a phone */
    struct str check;            /* what the script checks live: id-number, phone, credit-code */
    struct str good;             /* words behind a right value */
    struct str unit, described;
    int64_t most; /* characters; 0: not shown */
    bool optional, wide;
    bool is_box, is_line, is_area, is_select, is_file, is_group, is_tick, is_marks;
    struct list options; /* struct desk_option */
    struct list marks;   /* struct desk_mark */
};

struct desk_chip {
    struct str state, word, icon, safe, legal, reason, href;
};

struct desk_error {
    struct str anchor, message;
};

struct desk_text {
    struct str text;
};

struct desk_title {
    struct str title;
};

struct desk_link {
    struct str href, title, tone;
    int64_t count;
    bool current;
};

struct desk_errors { /* begins every view with a form */
    bool has_errors;
    struct str error_title;
    struct list errors; /* struct desk_error */
};

extern const struct shape desk_option_shape, desk_mark_shape, desk_field_shape, desk_chip_shape,
    desk_error_shape, desk_text_shape, desk_title_shape, desk_link_shape;

#define DESK_ERROR_FIELDS(type_)                                                                   \
    {"has_errors", NULL, F_BOOL, offsetof(type_, errors.has_errors), NULL},                        \
        {"error_title", NULL, F_STR, offsetof(type_, errors.error_title), NULL},                   \
    {                                                                                              \
        "errors", NULL, F_LIST, offsetof(type_, errors.errors), &desk_error_shape                  \
    }

/* "parties[1].identity.name" -> "parties-1-identity-name": an id, and the anchor of an error. */
struct str desk_anchor(struct task *t, struct str name);
/* The summary of what went wrong; empty when nothing did. */
struct desk_errors desk_errors(struct task *t, const struct request *request);

struct desk_drawing {
    const struct request *request; /* its errors stand at the fields */
    struct list staff, units;      /* struct desk_option: for asks of an id */
    struct list materials;         /* struct material_view: for asks of materials */
    struct act_choices choices;    /* of an action: what else would be refused is not offered */
};

/* The fields of a form: names begin with `prefix` ("then_input."), values come from `input`. */
struct list desk_draw(struct task *t, const struct desk_drawing *drawing, const struct form *form,
                      struct str prefix, const struct json *input);
struct desk_field desk_draw_ask(struct task *t, const struct desk_drawing *drawing,
                                const struct ask *ask, struct str prefix, const struct json *input);
const struct ask *desk_ask(const struct form *form, const char *name);

struct action_rule;
struct matter;
/* What the catalogue already knows of the answers to an action: the body that a matter belongs to.
 * NULL: nothing. */
struct json *desk_defaults(struct task *t, const struct action_rule *rule,
                           const struct matter *matter);

/* The chip of an order's most urgent duty, and of any dates. */
struct desk_chip desk_chip_of_order(struct task *t, const struct calendar *calendar,
                                    const struct order *order);
struct desk_chip desk_chip_of_due(struct task *t, const struct calendar *calendar,
                                  const struct due *due, int64_t flags, bool open);
struct desk_chip desk_chip_of_duty(struct task *t, const struct duty_view *duty);

/* Words */
struct str desk_channel(struct str channel);
struct str desk_channel_icon(struct str channel);
struct str desk_green(struct str green); /* the first class of a list of them; empty */
struct list desk_green_titles(struct task *t, struct str green); /* struct desk_title */
/* 10-14 09:42, with the year when it is another. */
struct str desk_when(struct task *t, int64_t moment);
/* Who can be given an order of this unit, and units below a path: struct desk_option. */
MUST_USE enum err desk_staff_options(struct task *t, int64_t unit, struct list *ret_options);
/* Those of order_choices(): struct desk_option; without those whom an interest keeps away, and who
 * these are, to be said beside them (empty: nobody). */
struct list desk_assignee_options(struct task *t, const struct list *staff);
struct str desk_kept_away(struct task *t, const struct list *staff);
MUST_USE enum err desk_unit_options(struct task *t, struct list *ret_options);

#endif
