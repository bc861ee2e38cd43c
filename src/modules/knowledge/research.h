/*
 * research.h - the staff's side: searching with operators and filters, what was picked put to an
 * order, and the upkeep of what the robot answers from.
 *
 * Files: research_*.c (searching, citing), upkeep_*.c (upkeep), their queries in research.sql.
 * research_module.c has the addresses.  Inside the module only.
 *
 * Only the closed orders that the person may see are found, each looked up again before it is
 * shown. Of an order the index holds what stands in the clear on its row (cause, matter, outcome),
 * which holds no personal data; what was said, who said it and what was handed in is not indexed.
 */
#ifndef KNOWLEDGE_RESEARCH_H
#define KNOWLEDGE_RESEARCH_H

#include "ask.h"
#include "core/form.h"
#include "http/http.h"
#include "modules/access/access.h"
#include "search/query.h"

/* --- The index of orders (research_index.c) ------------------------------------------- */

enum order_text { ORDER_SUBJECT, ORDER_MATTER, ORDER_KEYS };
enum order_field {
    ORDER_ALL,   /* bigrams of cause, matter, outcome */
    ORDER_CHARS, /* unigrams of the cause */
    ORDER_CAUSE, /* bigrams of the cause */
    ORDER_WHAT,  /* bigrams of matter and outcome */
    ORDER_KEY    /* keywords: number, code of the matter */
};
enum order_column {
    ORDER_UNIT, /* handles it */
    ORDER_HOME, /* registered it */
    ORDER_OWNER,
    ORDER_REGISTRAR,
    ORDER_CLOSED, /* YYYYMMDD; 0: open */
    ORDER_OPEN    /* 1 */
};
extern const struct index_schema order_schema;

/* ERR_BUSY: search is not available; the note says so. */
MUST_USE enum err research_look_orders(struct task *t, const char *data,
                                       struct index_view **ret_view);

/* --- Asking (research_query.c) --------------------------------------------------------------- */

enum research_kind { RESEARCH_LAW, RESEARCH_ANSWER, RESEARCH_CASE, RESEARCH_ORDER, RESEARCH_KINDS };
extern const struct choice research_kind_choices[], research_sort_choices[];

struct research_ask {
    enum research_kind kind;
    struct str words;                /* what was typed: the query language */
    struct str court, cause, region; /* filters; empty: any */
    int32_t from, until;             /* days; DAY_NONE: open */
    bool expired;                    /* laws no longer in force, too */
    bool newest;                     /* by date, not by relevance */
    int64_t after;                   /* rows shown before */
    const struct actor *actor;
    const char *data;
};
/* Units (int64_t, sorted) whose orders the actor reaches by the post; none for a post that reaches
 * all, or only its own.  Inside store_read(). */
MUST_USE enum err research_reach(struct task *t, const struct actor *actor, struct list *ret_units);
/* What the person may see at most, as a condition; NULL: everything. */
const struct index_match *research_reach_match(struct task *t, const struct actor *actor,
                                               struct list reach);
/* The words and filters as the index is asked.  ERR_BAD_INPUT with the error at the field `s`.
 * `reach` (ids of units, sorted) limits orders. */
MUST_USE enum err research_make_ask(struct task *t, const struct research_ask *ask,
                                    struct list reach, struct index_ask *ret_ask);

struct research_option {
    struct str value, title, href;
    bool chosen;
};
extern const struct shape research_option_shape;

/* --- Finding (research_find.c) --------------------------------------------------------------- */

struct research_row {
    struct str pick; /* law:ID, answer:ID, case:ID, order:ID: what a tick sends */
    struct str href, title, facts, tag, tone;
    struct list pieces; /* struct ask_piece */
    bool ticked;
};
extern const struct shape research_row_shape;

struct research_found {
    struct list rows; /* struct research_row */
    int64_t count;    /* all that match; of orders those of this page */
    int64_t next;     /* `after` of the next page; 0: there is none */
    bool unavailable;
    struct str note;
};
enum { RESEARCH_PAGE = 20, RESEARCH_DEEPEST = 2000 };
/* One page.  Outside any transaction.  ERR_BAD_INPUT at the field `s`. */
MUST_USE enum err research_find(struct task *t, const struct research_ask *ask,
                                struct research_found *ret_found);

/* --- Citing (research_cite.c) ---------------------------------------------------------------- */

struct citation {
    struct str pick, kind, id, title, facts, href;
    struct str line; /* as it stands in the note */
};
/* Of what was picked, in that order; what is gone or out of reach is left out and counted.  Inside
 * store_read() or store_write(). */
MUST_USE enum err research_citations(struct task *t, const struct actor *actor,
                                     const struct json *picks, struct list *ret_citations,
                                     int64_t *ret_left_out);

/* --- Pages ----------------------------------------------------------------------------------- */

extern const struct shape research_view_shape, research_list_shape, upkeep_view_shape,
    upkeep_files_shape;
extern const struct form research_form, research_list_form, research_attach_form, upkeep_form,
    upkeep_files_form;
handler_fn research_get, research_list_get, research_attach_post;
handler_fn upkeep_get, upkeep_files_get, upkeep_files_post;

#endif
