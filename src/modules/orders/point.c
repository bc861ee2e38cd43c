#include "modules/orders/point.h"

#include "core/task.h"
#include "orders_point_sql.h"
#include "orders_seal_sql.h"

static enum err read_newest(struct task *t, const struct query *query, bool numbered,
                            struct order_point *point)
{
    struct rows *rows;
    enum err e = store_run(t, query, ARGS(INT("tenant", t->tenant)), &rows);

    if (e || !rows_next(rows))
        return e;
    if (numbered)
        point->events = row_int(rows, "n");
    point->seq = row_int(rows, "seq");
    point->at = row_int(rows, "recorded_at");
    point->no = row_str(rows, "no");
    return OK;
}

enum err orders_point(struct task *t, struct order_point *ret_point)
{
    struct order_point point = {0};
    int64_t waiting = 0;
    enum err e = read_newest(t, &q_orders_point_numbered, true, &point);

    if (!e)
        e = store_number(t, &q_seals_all_new, ARGS(INT("tenant", t->tenant)), &waiting);
    if (!e && waiting)
        e = read_newest(t, &q_orders_point_waiting, false, &point);
    if (e)
        return e;
    point.events += waiting;
    *ret_point = point;
    return OK;
}

enum err orders_of_blob(struct task *t, struct str blob, struct list *ret_ids)
{
    struct list ids = {0};
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_of_file, ARGS(INT("tenant", t->tenant), TEXT("blob", blob)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(int64_t *)list_add(t, &ids, sizeof(int64_t)) = row_int(rows, "order_id");
    *ret_ids = ids;
    return OK;
}
