/* register.h - registering a visitor.  Inside the desk only. */
#ifndef DESK_REGISTER_H
#define DESK_REGISTER_H

#include "modules/catalog/catalog.h"
#include "modules/desk/draw.h"

struct register_person {
    int64_t n, index;
    struct str anchor, visits;
    bool kind_firm, more_open;
    struct desk_field role, authority, represents, name, paper_number, phone;
    struct list facts;       /* struct desk_text */
    struct list green_tags;  /* struct desk_title */
    struct list more_fields; /* struct desk_field */
    struct list speaks;      /* struct desk_field: for all and how far, of the first of many */
};
struct register_group {
    struct str title;
    struct list options; /* struct register_matter */
};
struct register_matter {
    struct str value, title, words;
    bool chosen;
};
struct register_suggestion {
    struct str value, title, words, key;
    bool chosen;
};
struct register_limit {
    struct str title, text, law;
    struct desk_chip chip;
};
struct register_material {
    int64_t index;
    struct str code, title, where, state;
    bool required;
    struct list options; /* struct desk_option */
};
struct register_law { /* an article, or a question answered before, that fits what is said */
    struct str id, title, text, href, words, key;
    bool cited;
};
struct register_offer { /* what is shown, as the form brings it back: "article L1.2 《...》第二条"
                         */
    struct str value;
};
struct register_similar {
    int64_t id;
    struct str number, who, matter, cause, step, why, tone;
};

struct register_page {
    struct desk_errors errors;
    struct str page_title, occurred_at, matter_error, roster_text, roster_error, submit_label,
        submit_hint;
    struct str materials_text, fee, limitation_text, similar_text, gate_title, gate_text;
    bool is_anonymous, asks_back_reason, has_fields, receipt, has_thens;
    bool has_suggestions, has_gate, has_materials, has_limits, has_risks, has_similar;
    struct desk_field anonymous, anonymous_reason, content, amount, subject, back_reason,
        limitation_from, remark;
    struct register_person *first;
    struct list others;              /* struct register_person */
    struct list channels;            /* struct desk_option */
    struct list matter_groups;       /* struct register_group */
    struct list fields, then_fields; /* struct desk_field */
    struct list thens;               /* struct desk_option */
    struct list suggestions, limits, materials, risks, similar;
    struct list laws, answers; /* struct register_law */
    struct list offers;        /* struct register_offer */
    bool has_laws, has_answers;
};
extern const struct shape desk_register_shape, desk_registered_shape;

struct register_work {
    const struct request *request;
    const struct actor *actor;
    const struct json *input; /* what was typed so far */
    struct str tier;
    struct matter matter;
    bool matter_known;
    const struct procedure *procedure;
    struct register_page *page;
    struct desk_drawing drawing;
};

/* Articles and answered questions for what was typed so far: outside any transaction.  Search that
 * is not available shows nothing; registering goes on. */
MUST_USE enum err register_law(struct task *t, const struct request *request,
                               const struct json *input, struct register_page *page);
/* Open orders about the same thing, whoever came: outside any transaction. */
MUST_USE enum err register_alike(struct task *t, const struct request *request,
                                 const struct json *input, struct register_page *page);
/* The article chosen by the button goes behind what was said at the counter. */
void register_cite(struct task *t, struct json *body);
/* On record: what of the offers was taken. */
MUST_USE enum err register_note_offers(struct task *t, const struct request *request);

/* The people of the form, with what their numbers say and how often they came before. */
MUST_USE enum err register_people(struct task *t, struct register_work *w);
/* The right column: suggestions, materials, limits, similar orders. */
MUST_USE enum err register_side(struct task *t, struct register_work *w);
/* Actions that can follow at once, and the questions of the chosen one. */
MUST_USE enum err register_thens(struct task *t, struct register_work *w);

/* Read a roster (CSV or XLSX): one JSON party {role, identity} per row is appended to `parties`.
 * ERR_BAD_INPUT: the note says what is wrong with the file. */
MUST_USE enum err roster_read(struct task *t, struct str file_name, struct str content,
                              struct json *parties, int64_t *ret_count);
enum { ROSTER_ROWS = 201 }; /* with the heading */

form_fn desk_intake_asked;
handler_fn desk_register, desk_register_check, desk_create;

#endif
