/* order_page.h - one order: reading it, acting on it, its files.  Inside the desk only. */
#ifndef DESK_ORDER_PAGE_H
#define DESK_ORDER_PAGE_H

#include "modules/catalog/catalog.h"
#include "modules/desk/draw.h"

struct order_stage {
    struct str title, state, icon;
    bool done, now;
};
struct order_fact {
    struct str label, strong, more;
};
struct order_duty {
    int64_t n;
    struct str name, title, owes, date_text, limit, law;
    int32_t safe_day, legal_day;
    int64_t legal_at;
    bool shown, open, overdue, provisional, has_strip, strip_cut;
    struct desk_chip chip;
    struct list why, strip; /* struct due_step, struct due_day */
};
struct order_event {
    int64_t seq, occurred_at, recorded_at;
    struct str action, title, when, step_to, who, post, recorded, law, hash, tone, text;
    bool internal, has_text;
    struct list lines; /* struct desk_text */
};
struct order_party_row {
    int64_t n;
    struct str role, role_title, name, about, line, reveal_href;
    bool asks, unmasked, can_reveal;
    struct list green; /* struct desk_title */
};
struct order_link_row {
    int64_t id;
    struct str title, kind, day, state;
    bool here;
};
struct order_material_row {
    struct str code, title, where, state, tone, icon;
    bool required;
};
struct order_paper_row {
    int64_t id, order;
    struct str title, no, state;
    bool drawn;
};
struct order_attachment_row {
    int64_t id, order, size;
    struct str name, type, size_text, material;
};
struct order_notice_row {
    int64_t id;
    struct str title, when, text, state, tone, icon, told;
    int64_t order, told_at, told_by;
    bool can_tell, can_see;
};
struct order_reveal {
    int64_t n;
    struct str name, error;
    struct list reasons; /* struct desk_option */
};
struct order_action {
    struct str name, title, hint, law, why_not, href, address, label, draft;
    bool allowed, primary, danger, current;
};
struct order_act_form {
    struct str name, title, hint, law, why_not, address, label, draft, occurred_at, back_reason,
        back_error;
    struct str procedure; /* its code: whose questions these are */
    int64_t version;
    bool allowed, danger, asks_back_reason, takes_files;
    struct list fields; /* struct desk_field */
};

struct order_page {
    struct desk_errors errors;
    int64_t id, version, unit, owner_id, occurred_at, changed_at, party_count_number;
    struct str page_title, number, who, more_parties, title, matter_code, cause, step, step_title,
        step_tone;
    struct str status, outcome, done_text, party_count, materials_text, channel, looked_by;
    bool emergency, stale, can_act, can_research, can_propose, has_more_actions, has_chain,
        has_materials, has_notices, no_papers;
    bool parties_cut, revealed;
    int64_t open_duties, chain_count, chain_hidden, parties_shown;
    struct desk_chip chip;
    struct list green; /* struct desk_title */
    struct list facts, stages, duties;
    struct list since, events;         /* struct order_event */
    struct list actions, more_actions; /* struct order_action */
    struct order_act_form *act;
    struct list parties, chain, materials, papers, attachments, notices;
    struct order_reveal *reveal;
};
extern const struct shape desk_order_shape;

struct order_work {
    const struct request *request;
    const struct actor *actor;
    int64_t id;
    struct str action;    /* chosen; empty: the primary one */
    struct list revealed; /* struct party_view in the clear; empty: masked */
    struct order order;
    const struct procedure *procedure;
    struct matter matter; /* without a code when the catalogue has it no more */
    struct order_page *page;
};

/* Pieces of the page, each from the order that was loaded. */
MUST_USE enum err order_page_head(struct task *t, struct order_work *w);
MUST_USE enum err order_page_duties(struct task *t, struct order_work *w);
MUST_USE enum err order_page_actions(struct task *t, struct order_work *w);
MUST_USE enum err order_page_events(struct task *t, struct order_work *w);
MUST_USE enum err order_page_parties(struct task *t, struct order_work *w);
MUST_USE enum err order_page_papers(struct task *t, struct order_work *w);
MUST_USE enum err order_page_chain(struct task *t, struct order_work *w);

extern const struct shape desk_act_shape, desk_events_shape;
extern const struct form desk_unmask_form;
form_fn desk_act_asked;
handler_fn desk_notice_told, desk_notice_seen, desk_order, desk_order_act, desk_order_unmask,
    desk_attachment, desk_paper, desk_order_events;

/* Uploads as files of an act or an intake. */
struct list desk_files(struct task *t, const struct request *request, const char *field);
/* `_occurred_at` or `occurred_at` of a body; 0 when absent.  A field error when it is no moment. */
int64_t desk_occurred_at(struct task *t, const struct json *body, const char *name);

#endif
