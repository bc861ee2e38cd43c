#include "modules/module.h"

#include "modules/orders/orders.h"
#include "orders_sql.h"
#include "orders_upkeep_sql.h"

static const struct permission permissions[] = {
    {"order.read", "查看范围内的工单"},
    {"order.create", "登记工单"},
    {"order.act", "按岗位办理工单"},
    {"order.backdate", "补录三十天以前的事"},
    {"party.reveal", "按理由查看个人信息原文"},
    {0},
};

static enum err sweep_keys(struct task *t, void *arg)
{
    (void)arg;
    return store_run(t, &q_orders_idempotency_sweep,
                     ARGS(INT("tenant", t->tenant), INT("before", t->now - 7 * DAY_MS)), NULL);
}

static enum err run_timers(struct task *t, const struct setup *setup)
{
    int64_t done;

    (void)setup;
    return order_timers(t, 500, &done);
}

static enum err run_sweep(struct task *t, const struct setup *setup)
{
    (void)setup;
    return store_write(t, sweep_keys, NULL);
}

static enum err run_papers(struct task *t, const struct setup *setup)
{
    int64_t done;

    (void)setup;
    return order_keep_papers(t, 200, &done);
}

static const struct job jobs[] = {
    {"orders.timers", 20, run_timers},
    {"orders.papers", 5, run_papers},
    {"orders.sweep-keys", 3600, run_sweep},
    {0},
};

const struct module orders_module = {
    .name = "orders",
    .permissions = permissions,
    .migrations = orders_migrations,
    .jobs = jobs,
};
