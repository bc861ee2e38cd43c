/*
 * notices.h - what people are told (notices) and the documents made for them (papers).
 *
 * A notice is a row, not an act: it is written in the transaction of the event that causes it and
 * sent afterwards by the outbox job, so it goes out if and only if the deed was committed.  A
 * paper's transaction writes its number, template version and frozen input (sealed with the order's
 * key); the PDF is drawn after the commit, kept as a blob, and its hash recorded.
 */
#ifndef NOTICES_NOTICES_H
#define NOTICES_NOTICES_H

#include "core/pack.h"
#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"

/* Closed tables: what procedures may name after `notice:` and `paper:`. */
struct notice_kind {
    const char *name; /* received, decided, must-supplement, result, call-back ... */
    const char *title;
    const char *text; /* a mustache text over notice_facts */
    bool to_party;    /* else to staff: the owner, or the head */
};
extern const struct notice_kind notice_kinds[]; /* ended by a NULL name */
struct paper_kind {
    const char *name;   /* one-time-notice, receipt, decision, refusal, guidance, result ... */
    const char *title;  /* 一次性告知单 */
    const char *prefix; /* 援告: of its number 岚援告〔2026〕412 号 */
    int version;        /* of the template */
};
extern const struct paper_kind paper_kinds[];
bool notice_kind_known(struct str name);
bool paper_kind_known(struct str name);

struct notice_request {
    int64_t order;
    int64_t seq;     /* of the event that causes it */
    int64_t party_n; /* of the order; 0: to staff */
    int64_t staff;   /* 0: to a head, who was to be found nowhere: it stands at the order alone */
    int64_t unit;
    struct str kind;
    struct str
        phone;       /* in the clear here, sealed in the row; empty: cannot be sent, must be told */
    bool no_message; /* safe contact: never sent, a person must speak */
    const struct json *facts; /* order_no, matter, unit, day, reason, missing ... */
};
/* Inside store_write().  `key` is the order's. */
MUST_USE enum err notice_post(struct task *t, const struct key *key,
                              const struct notice_request *request);

struct paper_request {
    int64_t order, seq;
    int64_t unit;
    struct str kind;
    const struct json *facts; /* frozen: everything the paper shows */
};
MUST_USE enum err paper_issue(struct task *t, const struct key *key,
                              const struct paper_request *request, int64_t *ret_id);

struct notice_view {
    int64_t id, seq, party_n, staff; /* staff 0 of one to staff: whoever heads the unit */
    struct str kind, title, channel, status, status_title,
        text; /* status: waiting sent failed told hidden */
    int64_t recorded_at, sent_at;
    int64_t told_at, told_by; /* a person told it, or its reader has seen it; 0 */
    struct str told_how;      /* empty: seen on the desk */
};
extern const struct shape notice_view_shape;
MUST_USE enum err notices_of_order(struct task *t, const struct key *key, int64_t order,
                                   struct list *ret_notices);
/* One of them, without its text.  ERR_NOT_FOUND. */
MUST_USE enum err notice_find(struct task *t, int64_t order, int64_t id,
                              struct notice_view *ret_notice);
/* What stands on a person's desk and they have not seen, of ids below `before`, the newest first.
 */
struct notice_unseen {
    int64_t id, order, recorded_at;
    struct str title;
};
MUST_USE enum err notices_unseen(struct task *t, int64_t staff, int64_t before, int64_t most,
                                 struct list *ret_notices);
/* A person told it (`how`), or has seen it (`how` empty); inside store_write().  *ret_first is
 * false when there was nothing left to do. */
MUST_USE enum err notice_mark_told(struct task *t, int64_t id, int64_t staff, struct str how,
                                   bool *ret_first);
struct paper_view {
    int64_t id, seq;
    struct str kind, title, no, status; /* issued, drawn, stuck */
    int64_t recorded_at;
};
extern const struct shape paper_view_shape;
MUST_USE enum err papers_of_order(struct task *t, int64_t order, struct list *ret_papers);
/*
 * Sending.  A message goes out after the commit, at least once (the gateway knows repeats by the
 * id), and not between 21:00 and 8:00.  Without a gateway, or when it refused or failed for three
 * hours, the notice says that a person must call.
 */
struct gateway {
    struct str url, token; /* url empty: there is none */
};
struct notice_due {
    int64_t id, order, tries;
    struct str sealed;
};
bool notices_quiet(int64_t now); /* the hours in which nobody is disturbed */
/* Inside store_read(). */
MUST_USE enum err notices_due(struct task *t, int64_t most, struct list *ret_notices);
/* Outside a transaction.  *ret_reached is false when the gateway did not answer: others need not be
 * tried now. */
MUST_USE enum err notice_send(struct task *t, const struct key *key, const struct gateway *gateway,
                              const struct notice_due *notice, bool *ret_reached);
/* For an invented city, inside store_write(): what waits from before that moment went out a minute
 * after it was written; what stood on a desk for more than a week was seen. */
MUST_USE enum err notices_as_sent(struct task *t, int64_t before);
/* It cannot be sent any more: the order was erased. */
MUST_USE enum err notice_give_up(struct task *t, const struct notice_due *notice);

/*
 * The PDF of a paper.  Outside a transaction all three; `key` is the order's.
 *
 * A paper is drawn from facts that never change, and drawing reads no clock, so until it is kept it
 * may be drawn as often as it is looked at.  Keeping it is what a job of the orders module does:
 * paper_keep() draws and stores the sealed blob, then paper_mark_kept() marks the row inside
 * store_write(), in the transaction of the event that records the hash.
 */
MUST_USE enum err paper_pdf(struct task *t, const struct key *key, int64_t order, int64_t id,
                            struct str *ret_pdf, struct str *ret_file_name);
struct paper_kept {
    struct str title, no;
    struct str blob; /* empty: it was kept before, there is nothing to record */
    struct str hash; /* of the PDF, HASH_BYTES bytes */
};
MUST_USE enum err paper_keep(struct task *t, const struct key *key, int64_t order, int64_t id,
                             struct paper_kept *ret_kept);
/* Inside store_write().  *ret_first is false when another server was quicker. */
MUST_USE enum err paper_mark_kept(struct task *t, int64_t id, const struct paper_kept *kept,
                                  bool *ret_first);
/* Papers that are not kept yet and whose time has come, new ones first; inside store_read(). */
struct paper_due {
    int64_t id, order, tries;
};
MUST_USE enum err papers_due(struct task *t, int64_t most, struct list *ret_papers);
/* Inside store_write(): it cannot be drawn now; again after one minute, two, four, at most an hour.
 * `why` is shown to who looks after the machine; empty: its order was erased, and it only waits. */
MUST_USE enum err paper_put_off(struct task *t, const struct paper_due *paper, struct str why);
/* What could not be drawn; inside store_read(). */
struct paper_stuck {
    int64_t id, tries, recorded_at, next_at;
    struct str title, no, failure;
};
MUST_USE enum err papers_stuck(struct task *t, int64_t most, struct list *ret_papers);
/* Inside store_write(): what made them fail was mended. */
MUST_USE enum err papers_try_again(struct task *t, int64_t *ret_count);

/* At start: where the citizen's pages are, for QR codes of tenants without a host of their own. */
void notices_set_address(struct str base_url);

/* Draw in a child process from now on (drawer.h); at start, before threads. */
void paper_use_child(bool use);
/* What that child does: draws what it is asked on stdin until nobody asks; an exit code. */
int paper_draw_on_request(void);

struct module;
extern const struct module notices_module;

#endif
