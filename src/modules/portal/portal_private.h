/*
 * portal_private.h - what the files of the portal share.
 */
#ifndef PORTAL_PRIVATE_H
#define PORTAL_PRIVATE_H

#include "core/crypto.h"
#include "core/form.h"
#include "core/json.h"
#include "http/http.h"
#include "modules/access/access.h"
#include "modules/orders/orders.h"

struct setup;

/* --- Fields of a page (fields.c) ----------------------------------------------------------- */

struct portal_choice {
    struct str name, input, value, title, more;
    bool chosen;
};
struct portal_field {
    struct str name, id, label, hint, hint_link, hint_href, error, described;
    struct str value, input, inputmode, autocomplete, unit;
    bool optional, group, line, area, select, file;
    struct list choices; /* struct portal_choice */
};
struct portal_error {
    struct str field, message; /* id of the field; what to do */
    bool first, last;
};
extern const struct shape portal_field_shape, portal_error_shape;

/* What every page with fields has; its names in the templates errors.html and field.html. */
struct portal_form {
    struct list errors, fields;
    int64_t error_count;
    bool has_errors;
};
#define PORTAL_FORM_FIELDS(type)                                                                   \
    {"errors", NULL, F_LIST, offsetof(type, form.errors), &portal_error_shape},                    \
        {"error_count", NULL, F_INT, offsetof(type, form.error_count), NULL},                      \
        {"has_errors", NULL, F_BOOL, offsetof(type, form.has_errors), NULL},                       \
    {                                                                                              \
        "fields", "输入项", F_LIST, offsetof(type, form.fields), &portal_field_shape               \
    }

/* The fields of `form` with `values` (may be NULL) in them and the errors (of the request) beside
 * them. */
struct portal_form portal_form(struct task *t, const struct form *form, const struct json *values,
                               const struct field_error *errors);
struct portal_field *portal_form_field(struct portal_form *form, const char *name); /* NULL: none */
/* One line of what was answered, for "check answers": the title of a choice, an amount in yuan. */
struct str portal_answer(struct task *t, const struct ask *ask, const struct json *value);

/* --- Words (words.c) ----------------------------------------------------------------------- */

/* 10 月 19 日（周一）; with the year when it is another than today's. */
struct str portal_day(struct task *t, int32_t day);
struct str portal_moment(struct task *t, int64_t moment);
/* Blanks between figures and characters become no-break: a date never breaks inside. */
struct str portal_glue(struct task *t, struct str text);
struct str portal_size(struct task *t, int64_t bytes); /* 1.2 MB */
/* 最长 7 日; "7 日内" for running text. */
struct str portal_within(struct task *t, struct limit limit);
/* Of a limit that depends on a choice, the longest; *ret_law: of that case. */
struct duty_rule;
struct limit portal_longest(const struct duty_rule *duty, struct str *ret_law);
/* 12348 转 101 as a phone dials it: 12348,101. */
struct str portal_dial(struct task *t, struct str phone);

struct matter;
bool portal_offers(const struct matter *matter);

/* --- Drafts (draft.c) ---------------------------------------------------------------------- */

enum { DRAFT_DAYS = 7, DRAFT_MOST = 20000, DRAFT_FILES = 20 };

struct draft {
    struct str code; /* 7Q4M-9KXD-2HVP-6T3W */
    struct str id;
    struct key key;
    int64_t version, until;
    struct json *body;  /* see wizard.c */
    struct list remove; /* struct str: blobs no longer named in the body */
};
/* From the cookie.  ERR_NOT_FOUND without a note: there is none, or it expired. */
MUST_USE enum err draft_open(struct task *t, const struct request *request,
                             struct draft *ret_draft);
MUST_USE enum err draft_open_code(struct task *t, struct str typed, struct draft *ret_draft);
MUST_USE enum err draft_new(struct task *t, struct json *body, struct draft *ret_draft);
/* ERR_CONFLICT: another tab saved meanwhile. */
MUST_USE enum err draft_save(struct task *t, struct draft *draft);
MUST_USE enum err draft_drop(struct task *t, const struct draft *draft);
/* An upload, sealed with the draft's key; *ret_blob names it. */
MUST_USE enum err draft_put_file(struct task *t, const struct draft *draft, struct str content,
                                 struct str *ret_blob);
MUST_USE enum err draft_get_file(struct task *t, const struct draft *draft, struct str blob,
                                 struct str *ret_content);
struct str draft_cookie(struct task *t, const struct request *request,
                        struct str code); /* empty: forget it */
enum err draft_sweep(struct task *t, const struct setup *setup);

/* --- Uploads (upload.c) -------------------------------------------------------------------- */

/* By content, not by name: "image/jpeg", "image/png", "application/pdf"; empty: none of them. */
struct str upload_type(struct str content);
/* Checks all uploads of the field "files"; errors go to that field.  Left out: empty parts, which
 * browsers send for a box without a file.  *ret_uploads: struct upload with the type found. */
MUST_USE enum err upload_check(struct task *t, const struct request *request,
                               struct list *ret_uploads);

/* --- Handlers ------------------------------------------------------------------------------ */

form_fn track_act_asked;
handler_fn portal_home, portal_guide, portal_matter, portal_places, portal_speak, portal_statement;
handler_fn apply_start, apply_start_post, apply_begin, apply_leave, apply_step, apply_step_post,
    apply_material, apply_material_post, apply_check, apply_check_post, apply_done, apply_saved,
    apply_resume, apply_resume_post, apply_drop, apply_at_once;
handler_fn track_sign_in, track_sign_in_post, track_leave, track_order, track_why, track_looks,
    track_paper, track_complain, track_supplement, track_material, track_material_post, track_act,
    track_act_post;

extern const struct shape portal_home_shape, portal_guide_shape, portal_matter_shape,
    portal_place_shape, portal_places_shape, portal_speak_shape;
extern const struct shape portal_file_shape, apply_step_shape, apply_material_shape,
    apply_check_shape, apply_done_shape, apply_saved_shape, apply_resume_shape;
extern const struct shape track_shape, track_sign_in_shape, track_why_shape, track_looks_shape,
    track_act_shape, track_supplement_shape, track_material_shape;
extern const struct form track_sign_in_form, apply_resume_form;

#endif
