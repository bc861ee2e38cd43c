/*
 * next.c - 取下一件: the order that comes next at this desk is mine.
 */
#include "modules/desk/worklist.h"

#include "modules/access/access.h"
#include "modules/orders/orders.h"

struct next_view {
    int64_t id;
    struct str number, step;
};

const struct shape desk_next_shape = {
    .name = "NextOrder",
    .size = sizeof(struct next_view),
    .fields =
        (const struct field[]){
            FIELD(struct next_view, id, F_ID, "取到的工单"),
            FIELD(struct next_view, number, F_STR, "工单号"),
            FIELD(struct next_view, step, F_STR, "环节"),
            {0},
        },
};

enum err desk_next(struct task *t, struct request *request, struct response *response)
{
    struct next_view *view = NEW(t, struct next_view, 1);
    struct act_done done = {0};
    enum err e = order_next(t, request->actor, request->idempotency_key, &done);

    if (e)
        return e;
    *view = (struct next_view){.id = done.order, .number = done.no, .step = done.step};
    response->view = view;
    response->redirect = str_format(t, "/orders/%lld", (long long)done.order);
    return OK;
}
