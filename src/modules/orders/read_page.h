/*
 * read_page.h - reading for pages that watch and print: what changed, notices, papers.
 *
 * Inside store_read() unless said otherwise.
 */
#ifndef ORDERS_READ_PAGE_H
#define ORDERS_READ_PAGE_H

#include "modules/orders/orders.h"

/* The highest id given so far: orders after it are new. */
MUST_USE enum err order_newest(struct task *t, int64_t *ret_id);

struct order_changes {
    int64_t fresh;   /* orders within reach registered after `newest`; at most 100 are counted */
    int64_t changed; /* of the orders on the page, those with an event since then */
};
/* `ids` (int64_t) are the orders that the page shows, at most 100; both are ranges or single rows
 * of the primary key, so polling costs nothing that grows. */
MUST_USE enum err order_changes(struct task *t, const struct actor *actor, int64_t newest,
                                int64_t since, struct list ids, struct order_changes *ret_changes);

/* struct notice_view, struct paper_view (modules/notices/notices.h); empty after erasure.  What
 * somebody else of the staff was told has no text; that an owner is to be looked into (K11) is not
 * there at all. */
MUST_USE enum err order_notices(struct task *t, const struct actor *actor,
                                const struct order *order, struct list *ret_notices);
/* A person told the citizen what no message could: who, when, how, with an event.  Input as
 * notice_told_form asks.  ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_CONFLICT (it is for staff),
 * ERR_BAD_INPUT.  Outside a transaction; told already: nothing happens. */
extern const struct form notice_told_form;
struct str notice_how_title(struct str how);
MUST_USE enum err order_notice_told(struct task *t, const struct actor *actor, int64_t order,
                                    int64_t notice, const struct json *input);
/* Is a notice to staff for this one: sent to them; or, where no head was found, they head a unit
 * and may be asked about the order. */
struct notice_view;
MUST_USE enum err order_notice_is_for(struct task *t, const struct actor *actor,
                                      const struct order *order, const struct notice_view *notice,
                                      bool *ret_theirs);
/* Whom a notice on the desk is for has seen it. */
MUST_USE enum err order_notice_seen(struct task *t, const struct actor *actor, int64_t order,
                                    int64_t notice);
/* What the actor has not seen yet of orders within reach, the newest first.  So many are looked at,
 * that those of orders which went elsewhere hide no others.  Inside store_read(). */
enum { REMINDERS_LOOKED_AT = 200 };
struct reminder {
    int64_t id, order, recorded_at;
    struct str title, no;
};
MUST_USE enum err order_reminders(struct task *t, const struct actor *actor, int64_t most,
                                  struct list *ret_reminders);
MUST_USE enum err order_papers(struct task *t, const struct order *order, struct list *ret_papers);
/* The PDF of a paper of an order within reach.  Outside a transaction. */
MUST_USE enum err order_paper_pdf(struct task *t, const struct actor *actor, int64_t order,
                                  int64_t paper, struct str *ret_pdf, struct str *ret_file_name);

#endif
