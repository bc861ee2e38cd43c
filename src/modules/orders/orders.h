/*
 * orders.h - orders (工单): the engine, and reading them.
 *
 * order_create() and order_act() are the only ways an order changes.  The window, the portal, the
 * API, an import, a timer and a test all call them; nothing else writes an order.  Both run inside
 * one store_write() of their own (or join the running one), check everything first, append one
 * hash-chained event that holds the decided effects, and apply them: step, owner, duties, links,
 * counters, notices and papers as rows, in the same transaction.
 *
 * An order's state is what its events say (state.h).  `yimen verify` checks: every open order has
 * an owner or a desk and an open duty with a due moment; state equals the fold of the events; the
 * chain of hashes is whole; a duty is closed once; counters equal a recount.
 */
#ifndef ORDERS_ORDERS_H
#define ORDERS_ORDERS_H

#include "core/crypto.h"
#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"
#include "core/time.h"
#include "modules/access/access.h"
#include "modules/catalog/procedure.h"
#include "modules/party/party.h"

enum { DUE_PROVISIONAL = 1, DUE_PAUSED = 2, DUE_BY_HOUR = 4, DUE_OF_PARTY = 8 }; /* due_flags */

#define DUE_SORT_LAST INT64_C(0x7fffffffffff)

struct order { /* one row */
    int64_t id;
    struct str no;           /* LJ01-20261009-04138 */
    int64_t unit, home_unit; /* handles it; registered it */
    struct str unit_path, home_path;
    int64_t registrar; /* staff; 0: the citizen or a machine */
    struct str procedure_code;
    int64_t procedure_version;
    struct str matter;       /* code */
    struct str nature;       /* consultation, handling */
    struct str channel;      /* window phone web grid kiosk transfer hotline import paper */
    struct str subject;      /* the cause in a few words, free of personal data (checked) */
    struct str party_masked; /* 王*; empty when anonymous */
    int64_t party_count;
    struct str green; /* words of green-channel classes joined by ",", empty: none */
    bool emergency;
    struct str step, status, outcome;
    int64_t owner;       /* staff; 0: the queue of `desk` at `unit` */
    struct str desk;     /* post */
    struct str due_duty; /* name of the most urgent open duty that the house owes */
    int32_t due_legal_day, due_safe_day;
    int64_t due_legal_at, due_sort; /* due_sort: safe moment; what waits for others last */
    int64_t due_flags;
    int64_t chain, parent;
    int64_t version;        /* number of events */
    struct str head;        /* hash of the last event */
    struct str wrapped_key; /* empty after erasure */
    struct str state;       /* JSON text, state.h */
    struct str packed;      /* the same as it stands in the row */
    int64_t occurred_at, recorded_at, changed_at, closed_at;
};
extern const struct shape order_shape;

/* --- Changing --- */

struct file_in { /* an upload that was sealed and stored before the transaction began */
    struct str name, type, material;
    int64_t size;
    struct str content; /* in the clear; order_store_files() turns it into a blob */
    struct str blob;
    struct key key; /* the blob's own; the row keeps it under the order's key */
};

struct act {
    int64_t order;
    struct str action;
    const struct json *input; /* unchecked; `_` members are ignored */
    int64_t seen_version;     /* of the order the actor saw; 0: does not matter (timers) */
    struct str key;           /* idempotency key; empty only for the system */
    int64_t occurred_at;      /* 0: now.  Later than now is refused; long ago needs a reason (P2) */
    struct str back_reason;   /* why it is entered so late */
    struct list files;        /* struct file_in */
};

struct act_done {
    int64_t order;
    struct str no;
    int64_t seq; /* of the event */
    int64_t version;
    struct str step;
    bool replayed;      /* the key was known: nothing happened this time */
    struct str code;    /* order_create(): the applicant's tracking code, shown this once; a citizen
                         * who sends the same again within a day gets it again */
    struct list papers; /* int64_t: ids of papers issued */
    struct list made;   /* int64_t: orders opened by this act */
};

/*
 * Do one action on one order.
 *
 * ERR_NOT_FOUND  no such order, or out of the actor's reach
 * ERR_FORBIDDEN  the post may not do this; the person is suspended or recused
 * ERR_CONFLICT   the step has no such action now, a condition is not met, or the order is no longer
 * as seen (the note says which); the same key came with other input ERR_BAD_INPUT  fields; all of
 * them
 */
MUST_USE enum err order_act(struct task *t, const struct actor *actor, const struct act *act,
                            struct act_done *ret_done);

/*
 * Register an order.  Input (intake.c holds the form): matter, channel, subject, content, parties
 * (party_form plus role, authority, represents), anonymous_reason, difficulty, amount, green_facts,
 * materials, limitation, fields (the procedure's form), window, source and external number
 * (imports), parent or linked_to; `then` names an action done at once in the same transaction,
 * `then_input` its input.
 */
struct intake {
    const struct json *input;
    struct str key;
    int64_t occurred_at;
    struct str back_reason;
    struct list files;
    int64_t linked_to; /* an order whose chain this joins; 0 */
    int64_t unit;      /* where it is registered; 0: the actor's unit, for citizens the centre */
};
extern const struct form intake_form;
MUST_USE enum err order_create(struct task *t, const struct actor *actor,
                               const struct intake *intake, struct act_done *ret_done);
/* Take the next order from the queue of the actor's desk (K20): emergencies first, then one of the
 * green channel for two others, by their safe dates.  ERR_NOT_FOUND: none waits that this person
 * may take. */
MUST_USE enum err order_next(struct task *t, const struct actor *actor, struct str key,
                             struct act_done *ret_done);
/* Seal uploads for an order to come or there, outside any transaction; fills `blob`.  The key of a
 * new order does not exist yet: blobs are sealed with a key of their own, which the event keeps. */
MUST_USE enum err order_store_files(struct task *t, struct list files);

/* --- Reading (inside store_read() or store_write()) --- */

/* ERR_NOT_FOUND also when out of the actor's reach. */
MUST_USE enum err order_load(struct task *t, const struct actor *actor, int64_t id,
                             struct order *ret_order);
MUST_USE enum err order_id_of_no(struct task *t, struct str no, int64_t *ret_id); /* 0: none */
MUST_USE enum err order_procedure(struct task *t, const struct order *order,
                                  const struct procedure **ret_procedure);

struct duty_view {
    int64_t n;
    struct str name, title;
    struct str owed_by, owed_by_title; /* word and Chinese of the rule table */
    struct str tell;
    int64_t opened_seq, closed_seq;
    struct str how; /* done, lapsed, void; empty while open */
    int64_t start_at;
    struct str limit, law; /* limit in Chinese; law empty: `basis` */
    struct str basis;      /* 本平台承诺 when it is the tenant's */
    int32_t legal_day, safe_day;
    struct str legal_short, safe_short, legal_zh; /* 10-19; 10 月 19 日（周一） */
    int64_t legal_at, safe_at;
    bool by_hour, provisional, paused, overdue, open;
    int64_t left;         /* working days to the safe day; negative: overdue by so many days */
    struct str chip;      /* overdue today soon fine paused provisional done: CSS class */
    struct str chip_text; /* 超 5 日, 今天, 剩 2 日, 暂停 2 天, 暂定, 办结 */
    struct list why;      /* struct due_step */
    struct list strip;    /* struct due_day */
    bool strip_cut;
};
extern const struct shape duty_view_shape;
struct calendar;
struct chip {
    struct str kind, text;
};
/* The chip of any date, also for list rows (flags: due_flags). */
struct chip duty_chip(struct task *t, const struct calendar *calendar, const struct due *due,
                      int64_t flags, bool open);
MUST_USE enum err order_duties(struct task *t, const struct order *order, bool explain,
                               struct list *ret_duties);

struct event_view {
    int64_t seq;
    struct str action, title, citizen; /* titles from the procedure */
    struct str who, post, unit;        /* 周敏, 窗口受理岗, ... ; for parties 当事人 */
    int64_t occurred_at, recorded_at;
    bool late;          /* entered on a later day than it happened */
    struct str text;    /* what was said, in the clear, one or several lines */
    struct str step_to; /* title of the step it led to; empty: it stayed */
    struct str law;
    int64_t cause_order;
    struct str hash; /* first 8 hexadecimal digits */
    bool internal;   /* not for the citizen */
};
extern const struct shape event_view_shape;
MUST_USE enum err order_events(struct task *t, const struct order *order, struct list *ret_events);
/* What happened since the version somebody saw, for the page that says so. */
MUST_USE enum err order_events_since(struct task *t, const struct order *order, int64_t version,
                                     struct list *ret_events);

struct party_view {
    int64_t n, party;
    struct str role, role_title; /* applicant 申请人 ... */
    struct str kind;             /* person, firm, other */
    struct str name, phone, paper_number,
        address;            /* masked, or in the clear after a stated reason */
    struct str paper_title; /* 居民身份证 */
    struct str sex, authority;
    int64_t age;      /* 0: unknown */
    struct str green; /* words of green-channel classes joined by "," */
    bool no_message;  /* safe contact: leave no message */
    bool represents;  /* speaks for the group */
    bool unmasked;
};
extern const struct shape party_view_shape;
/* Masked, unless `reason` is not empty: then in the clear, and the look is on record (needs
 * store_write and party.reveal; order_reveal() is the door). */
MUST_USE enum err order_parties(struct task *t, const struct order *order, size_t most,
                                struct list *ret_parties);
MUST_USE enum err order_reveal(struct task *t, const struct actor *actor, int64_t order,
                               int64_t party_n, struct str reason, struct list *ret_parties);
/* Identity of one party for papers and notices, without a look on record: only for the engine's own
 * use. */
MUST_USE enum err order_identity(struct task *t, const struct order *order, int64_t n,
                                 struct identity *ret_identity);
/* The key of an order that order_load() gave, for drawing its papers.  ERR_NOT_FOUND after erasure.
 */
MUST_USE enum err order_key(struct task *t, const struct order *order, struct key *ret_key);

struct action_view {
    struct str name, title, hint, law;
    bool primary, danger;
    bool allowed;       /* conditions are met */
    struct str why_not; /* Chinese; empty when allowed */
    const struct form *form;
};
extern const struct shape action_view_shape; /* without the form: pages draw it from asks */
/* What this actor may do here and now; what their post may never do is left out. */
MUST_USE enum err order_actions(struct task *t, const struct actor *actor,
                                const struct order *order, struct list *ret_actions);

/*
 * What the questions of a form are called that is given back to who typed it.  Of an action: as the
 * order's procedure asks them, where the actor (may be NULL) reaches the order; else as the
 * procedure does whose code the form brought along, or, when it brought none, as all procedures
 * agree: neither says anything about the order.  Of a registration: the intake form with
 * the questions of the matter's procedure under "fields", of `then` under "then_input".  Outside
 * any transaction; NULL: nothing can be said now.
 */
const struct form *order_act_form(struct task *t, const struct actor *actor, int64_t order,
                                  struct str action, struct str procedure);
const struct form *order_intake_form(struct task *t, const struct json *input);

/* May this one be done?  A step without such an action, an order out of reach: false. */
MUST_USE enum err order_may(struct task *t, const struct actor *actor, const struct order *order,
                            struct str action, bool *ret_may);
/* Could anything forbid it to a post that it is given to, besides recusal? */
bool action_guarded(const struct action_rule *rule);

struct assignee {
    int64_t staff;
    struct str name, post; /* code; a person with two posts comes twice */
    /* With one of the parties (K11): it keeps them away, or who assigns must look into it. */
    enum interest interest;
};
struct act_choices {
    bool of_staff, of_duties; /* does the action choose from these at all? */
    struct list staff;  /* struct assignee: whom it may give the order to, but for interests */
    struct list duties; /* struct str: open ones that it may pause or extend */
};
/* What may be chosen in the form of an action of the step as the order stands: what is not among it
 * would be refused.  ERR_NOT_FOUND: the step has no such action. */
MUST_USE enum err order_choices(struct task *t, const struct actor *actor,
                                const struct order *order, struct str action,
                                struct act_choices *ret_choices);

struct link_view {
    int64_t id;
    struct str no, kind, kind_title, matter, matter_title, subject, step_title, citizen, status,
        outcome;
    bool forward; /* the other was opened from this one */
    int64_t recorded_at, occurred_at, closed_at;
};
extern const struct shape link_view_shape;
/* Only what the actor may see; *ret_hidden counts the others. */
MUST_USE enum err order_links(struct task *t, const struct actor *actor, const struct order *order,
                              struct list *ret_links, int64_t *ret_hidden);

struct attachment_view {
    int64_t id, seq, size;
    struct str name, type, material, size_text;
};
extern const struct shape attachment_view_shape;
MUST_USE enum err order_attachments(struct task *t, const struct order *order,
                                    struct list *ret_attachments);
/* The content in the clear; outside a transaction.  ERR_NOT_FOUND. */
MUST_USE enum err order_attachment_content(struct task *t, const struct actor *actor, int64_t order,
                                           int64_t id, struct attachment_view *ret_view,
                                           struct str *ret_content);

struct material_view {
    struct str code, title, where, state; /* state: in, promised, missing, unknown */
    bool required, promise;
};
extern const struct shape material_view_shape;
MUST_USE enum err order_materials(struct task *t, const struct order *order,
                                  struct list *ret_materials);

/* --- Lists ------------------------------------------------------------------------------------ */

struct list_query {
    struct str view; /* mine, window (the desk of my post at my unit), unit, subtree */
    struct str step, matter, channel, procedure; /* filters; empty: any */
    int64_t owner;
    bool overdue, today, green, emergency;
    struct str status;            /* open (default), closed, all */
    struct str words;             /* what was typed in the search box */
    int64_t after_sort, after_id; /* cursor of the last row seen */
    int64_t most;                 /* at most 100; 0: 50 */
};
struct list_end { /* where a page ends: the cursor of the next one */
    bool more;
    bool cut; /* what was searched for has more, which only a narrower search finds */
    int64_t sort, id;
};
/* struct order rows without `state`, `wrapped_key` and `head`, in order of due_sort.  One call
 * looks at no more than 20,000 rows: where a filter fits few of them a page may be short, even
 * empty, and still have more behind it. */
MUST_USE enum err order_list(struct task *t, const struct actor *actor,
                             const struct list_query *query, struct list *ret_orders,
                             struct list_end *ret_end);
struct order_counts {
    int64_t mine, desk, unit, subtree;
    int64_t today, overdue, green, emergency, queue; /* of the given view; at most 1000 counted */
    int64_t changed; /* moment of the newest change within reach, for the live bar */
};
extern const struct shape order_counts_shape;
MUST_USE enum err order_counts(struct task *t, const struct actor *actor, struct str view,
                               struct order_counts *ret_counts);
/* Open orders of the unit (or of all that the actor reaches) in steps of this name: chips such as
 * 待补正. */
MUST_USE enum err order_step_count(struct task *t, const struct actor *actor, bool unit_only,
                                   struct str step, int64_t *ret_n);
/* Open orders that look like the one being registered: same party, same firm. */
MUST_USE enum err order_similar(struct task *t, const struct actor *actor,
                                const struct identity *identities, size_t n,
                                struct list *ret_orders);

/* --- The citizen ----------------------------------------------------------------------------- */

/* Number and code -> which party of which order.  ERR_NOT_FOUND for any mismatch, alike in time. */
MUST_USE enum err order_track(struct task *t, struct str no, struct str code, int64_t *ret_order,
                              int64_t *ret_party_n);

/* --- Upkeep ---------------------------------------------------------------------------------- */

/* What is due: overdue facts recorded, `else:` actions done.  A job; *ret_done counts. */
MUST_USE enum err order_timers(struct task *t, int64_t most, int64_t *ret_done);
/* Open duties reckoned with another calendar are reckoned again; what calendar_follow() takes. */
MUST_USE enum err orders_follow_calendar(struct task *t, int64_t most, int64_t *cursor,
                                         bool *ret_finished);
/* Papers are drawn after the commit: keep those that are not kept yet, each with an event that
 * holds its hash.  One that fails is put off by itself (paper_put_off()).  A job; *ret_done counts.
 */
MUST_USE enum err order_keep_papers(struct task *t, int64_t most, int64_t *ret_done);
MUST_USE enum err order_keep_paper(struct task *t, int64_t order, int64_t paper);
/* Messages that wait go to the gateway.  A job; *ret_done counts. */
struct gateway;
MUST_USE enum err order_send_notices(struct task *t, const struct gateway *gateway, int64_t most,
                                     int64_t *ret_done);
/* Suspensions whose last day has passed end, each with an event on its order and a word to the
 * person (K18).  A job, outside any transaction. */
MUST_USE enum err orders_end_suspensions(struct task *t);
/* At start, once: orders of people who leave go to their queue in the same transaction. */
void orders_watch_staff(void);

struct finding {
    int64_t order, seq;
    struct str what; /* Chinese */
};
/* Ids (int64_t) of all orders of the tenant, in order; for exports. */
MUST_USE enum err order_ids_after(struct task *t, int64_t after, int64_t most,
                                  struct list *ret_ids);
/* All orders of the tenant; findings are gathered (at most 1000).  progress may be NULL. */
MUST_USE enum err order_verify(struct task *t, void (*progress)(int64_t done),
                               struct list *ret_findings, int64_t *ret_orders, int64_t *ret_events);
/* Make derived rows (order columns, duties, counters) again from events. */
MUST_USE enum err order_rebuild(struct task *t, void (*progress)(int64_t done));
/* Destroy the order's key: inputs, identities, files of it become unreadable; the chain still
 * verifies. */
MUST_USE enum err order_erase(struct task *t, const struct actor *actor, int64_t id,
                              struct str reason);

/* Files that attachments name (office/sweep.h). */
MUST_USE enum err order_blobs(struct task *t, struct str from, struct str to, struct list *names);

extern const struct choice order_channels[], party_roles[];
const char *party_role_title(struct str role);

struct key_holder;
extern const struct key_holder order_key_holder; /* for the rotation of keys */
struct module;
extern const struct module orders_module;

#endif
