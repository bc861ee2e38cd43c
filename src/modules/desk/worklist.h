/* worklist.h - the list of orders, what changed in it, bulk actions.  Inside the desk only. */
#ifndef DESK_WORKLIST_H
#define DESK_WORKLIST_H

#include "modules/desk/draw.h"

extern const struct shape desk_worklist_shape, desk_changes_shape, desk_bulk_shape;
extern const struct form desk_list_form, desk_changes_form, desk_bulk_form;

/* What the address of a list says; the same words are the API's. */
struct desk_list_state {
    struct str view, status, due, green, emergency, step, matter, channel, owner, q, after;
};
struct desk_list_state desk_list_state(const struct json *query);
/* The address of the list with one part changed (NULL: none); the cursor is dropped. */
struct str desk_list_href(struct task *t, const struct desk_list_state *state, const char *name,
                          struct str value);

struct list_query desk_list_query(const struct desk_list_state *state, int64_t most);
/* The parts that are set, as hidden fields: struct desk_option of name and value. */
struct list desk_list_fields(struct task *t, const struct desk_list_state *state);

struct desk_filter {
    struct str title;
    struct list options; /* struct desk_link */
};
extern const struct shape desk_filter_shape;
/* Filters of the list, and those in force as links that take them away. */
MUST_USE enum err desk_list_filters(struct task *t, const struct actor *actor,
                                    const struct desk_list_state *state, struct list staff,
                                    struct list *ret_filters, struct list *ret_active);

struct list_row {
    int64_t id, unit, owner_id, party_count, version;
    struct str number, number_head, number_tail, who, more_parties, green, matter_code, matter,
        cause;
    struct str step_code, step, status, owner, channel_code, channel, channel_icon, looked_by;
    int32_t safe_day, legal_day;
    int64_t occurred_at, changed_at;
    bool is_green, emergency, is_new, overdue;
    struct desk_chip chip;
};
extern const struct shape desk_list_row_shape;
/* One row of the list.  `names` keeps the owners' names of one page: each is asked for once. */
MUST_USE enum err desk_list_row(struct task *t, const struct calendar *calendar, struct list *names,
                                const struct order *order, struct list_row *ret_row);

handler_fn desk_worklist, desk_list_changes, desk_bulk, desk_export;

/* Lists kept under a name (saved_views.c): GET and POST /orders/views, POST
 * /orders/views/{id}/drop. */
struct saved_view {
    int64_t id;
    struct str title, href;
    bool current;
};
extern const struct shape desk_views_shape, desk_saved_view_shape;
extern const struct form desk_view_form;
handler_fn desk_views, desk_view_save, desk_view_drop;
/* Those of this person; `current` is set on the one that shows what `state` shows (NULL: none). */
MUST_USE enum err desk_saved_views(struct task *t, const struct actor *actor,
                                   const struct desk_list_state *state, struct list *ret_views);

/* POST /orders/next: the next order of the desk's queue becomes the actor's. */
extern const struct shape desk_next_shape;
handler_fn desk_next;

#endif
