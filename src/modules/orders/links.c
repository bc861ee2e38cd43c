/*
 * links.c - orders that belong together: one chain, one timeline for the citizen (W5).
 */
#include "modules/orders/read.h"

#include "orders_sql.h"

const struct shape link_view_shape = {
    .name = "OrderLink",
    .size = sizeof(struct link_view),
    .fields =
        (const struct field[]){
            FIELD(struct link_view, id, F_ID, "内部编号"),
            FIELD(struct link_view, no, F_STR, "工单号"),
            FIELD(struct link_view, kind, F_STR, "关系"),
            FIELD(struct link_view, kind_title, F_STR, "关系（中文）"),
            FIELD(struct link_view, forward, F_BOOL, "由这件引出"),
            FIELD(struct link_view, matter, F_STR, "事项"),
            FIELD(struct link_view, matter_title, F_STR, "事项（中文）"),
            FIELD(struct link_view, subject, F_STR, "事由"),
            FIELD(struct link_view, step_title, F_STR, "环节"),
            FIELD(struct link_view, citizen, F_STR, "给当事人看的说法"),
            FIELD(struct link_view, status, F_STR, "open 在办，closed 办结"),
            FIELD(struct link_view, outcome, F_STR, "结局"),
            FIELD(struct link_view, recorded_at, F_MOMENT, "登记时间"),
            FIELD(struct link_view, occurred_at, F_MOMENT, "发生时间"),
            FIELD(struct link_view, closed_at, F_MOMENT, "办结时间"),
            {0},
        },
};

/* A link is a way to see that there is an order: it shows no more than its own page would. */
static enum err may_see(struct task *t, const struct actor *actor, int64_t id, bool *ret_may)
{
    struct order other;
    enum err e = order_load(t, actor, id, &other);

    *ret_may = e == OK;
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    return e;
}

enum err order_links(struct task *t, const struct actor *actor, const struct order *order,
                     struct list *ret_links, int64_t *ret_hidden)
{
    struct list views = {0};
    int64_t hidden = 0;
    struct rows *rows;
    enum err e = store_run(t, &q_orders_links,
                           ARGS(INT("tenant", t->tenant), INT("order_id", order->id)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        const struct procedure *procedure;
        struct matter matter = {0};
        bool may;
        int kind = rule_find(link_rules, LINK_COUNT, row_str(rows, "kind"));

        e = may_see(t, actor, row_int(rows, "other"), &may);
        if (e)
            return e;
        if (!may) {
            hidden++;
            continue;
        }
        e = catalog_procedure(t, row_str(rows, "procedure_code"),
                              (int32_t)row_int(rows, "procedure_version"), &procedure);
        if (e)
            return e;
        e = catalog_matter(t, row_str(rows, "matter"), &matter);
        if (e)
            return e;
        const struct step_rule *step = procedure_step(procedure, row_str(rows, "step"));
        *(struct link_view *)list_add(t, &views, sizeof(struct link_view)) = (struct link_view){
            .id = row_int(rows, "other"),
            .no = row_str(rows, "no"),
            .kind = row_str(rows, "kind"),
            .kind_title = kind < 0 ? (struct str){0} : str_of(link_rules[kind].title),
            .forward = row_int(rows, "forward") != 0,
            .matter = row_str(rows, "matter"),
            .matter_title = matter.title,
            .subject = row_str(rows, "subject"),
            .step_title = step ? step->title : row_str(rows, "step"),
            .citizen = step ? step->citizen : (struct str){0},
            .status = row_str(rows, "status"),
            .outcome = row_str(rows, "outcome"),
            .recorded_at = row_int(rows, "recorded_at"),
            .occurred_at = row_int(rows, "occurred_at"),
            .closed_at = row_int(rows, "closed_at"),
        };
    }
    *ret_links = views;
    *ret_hidden = hidden;
    return OK;
}
