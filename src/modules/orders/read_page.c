#include "modules/orders/read_page.h"

#include "modules/notices/notices.h"
#include "modules/orders/act.h"
#include "modules/orders/read.h"
#include "read_page_sql.h"

enum { FRESH_MOST = 100 };

enum err order_newest(struct task *t, int64_t *ret_id)
{
    return store_number(t, &q_orders_page_newest, ARGS(INT("tenant", t->tenant)), ret_id);
}

/* What may not be read is not counted either: that a colleague's case moved is nobody's business.
 */
static enum err count_readable(struct task *t, const struct actor *actor, int64_t id,
                               int64_t *ret_count)
{
    struct order order;
    enum err e = order_load(t, actor, id, &order);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (!e)
        ++*ret_count;
    return e;
}

static enum err count_fresh(struct task *t, const struct actor *actor, int64_t newest,
                            int64_t *ret_fresh)
{
    bool whole = actor->post && actor->post->scope == SCOPE_TENANT;
    struct str path = whole ? S("") : actor->unit_path;
    struct str end = whole ? S("\x7f") : str_join(t, actor->unit_path, S("\x7f"));
    struct rows *rows;
    enum err e = store_run(t, &q_orders_page_fresh,
                           ARGS(INT("tenant", t->tenant), INT("newest", newest), TEXT("path", path),
                                TEXT("path_end", end), INT("most", FRESH_MOST)),
                           &rows);

    while (!e && rows_next(rows))
        e = count_readable(t, actor, row_int(rows, "id"), ret_fresh);
    return e;
}

enum err order_changes(struct task *t, const struct actor *actor, int64_t newest, int64_t since,
                       struct list ids, struct order_changes *ret_changes)
{
    struct order_changes changes = {0};
    enum err e = count_fresh(t, actor, newest, &changes.fresh);

    if (e)
        return e;
    LIST_EACH (int64_t, id, ids) {
        int64_t at = 0;

        e = store_number(t, &q_orders_page_changed, ARGS(INT("tenant", t->tenant), INT("id", *id)),
                         &at);
        if (!e && at > since)
            e = count_readable(t, actor, *id, &changes.changed);
        if (e)
            return e;
    }
    *ret_changes = changes;
    return OK;
}

enum err order_notice_is_for(struct task *t, const struct actor *actor, const struct order *order,
                             const struct notice_view *notice, bool *ret_theirs)
{
    bool head = actor->post && str_is(str_of(actor->post->code), "head");
    bool about = str_is(notice->kind, "staff-related") && order->owner == actor->staff;
    struct json *state;

    if (notice->party_n || notice->staff || !head || about) {
        *ret_theirs = !notice->party_n && notice->staff && notice->staff == actor->staff;
        return OK;
    }
    enum err e = json_parse(t, order->state, &state);
    if (!e)
        *ret_theirs =
            !order_recused(state, actor->staff) && json_get_id(state, "person") != actor->staff;
    return e;
}

/* What one of the staff is told is theirs to read.  That somebody may have to withdraw tells
 * already of what they declared (K11): others do not learn that it was sent. */
static enum err keep_to_whom_told(struct task *t, const struct actor *actor,
                                  const struct order *order, struct list notices,
                                  struct list *ret_notices)
{
    struct list kept = {0};

    LIST_EACH (struct notice_view, notice, notices) {
        bool theirs = true;
        enum err e = notice->party_n ? OK : order_notice_is_for(t, actor, order, notice, &theirs);

        if (e)
            return e;
        if (!theirs && str_is(notice->kind, "staff-related"))
            continue;
        struct notice_view *row = list_add(t, &kept, sizeof *row);
        *row = *notice;
        if (!theirs)
            row->text = (struct str){0};
    }
    *ret_notices = kept;
    return OK;
}

enum err order_notices(struct task *t, const struct actor *actor, const struct order *order,
                       struct list *ret_notices)
{
    struct key key = {{0}};
    struct list notices;

    if (!order->wrapped_key.len) {
        *ret_notices = (struct list){0};
        return OK;
    }
    enum err e = order_key(t, order, &key);
    if (e)
        return e;
    e = notices_of_order(t, &key, order->id, &notices);
    key_clear(&key);
    return e ? e : keep_to_whom_told(t, actor, order, notices, ret_notices);
}

enum err order_papers(struct task *t, const struct order *order, struct list *ret_papers)
{
    return papers_of_order(t, order->id, ret_papers);
}
