#include "modules/module.h"

#include "modules/orders/feed.h"
#include "modules/notices/notices.h"
#include "modules/orders/orders.h"
#include "modules/orders/recount.h"
#include "modules/orders/seal.h"
#include "modules/setup.h"
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

static enum err run_sequencer(struct task *t, const struct setup *setup)
{
    (void)setup;
    return orders_number_events(t);
}

static enum err run_seal(struct task *t, const struct setup *setup)
{
    int64_t seals;

    (void)setup;
    return orders_seal(t, &seals);
}

static const struct form feed_form = {
    "FeedQuery",
    (const struct ask[]){
        {.name = "after", .title = "从哪个顺序号之后", .type = ASK_INT, .min = 0, .max = -1},
        {.name = "most", .title = "最多几条", .type = ASK_INT, .min = 1, .max = 500},
        {0},
    },
};

static const struct form duties_form = {
    "DutiesQuery",
    (const struct ask[]){
        {.name = "mine", .title = "只看自己的", .type = ASK_BOOL},
        {.name = "most", .title = "最多几条", .type = ASK_INT, .min = 1, .max = 500},
        {0},
    },
};

static const struct route routes[] = {
    {GET, "/events", ACCESS_STAFF, "order.read", orders_get_events, NULL, &feed_view_shape,
     &feed_form, NULL, "范围内的留痕，按提交的先后", ROUTE_API_ONLY},
    {GET, "/duties", ACCESS_STAFF, "order.read", orders_get_duties, NULL, &owed_view_shape,
     &duties_form, NULL, "范围内未了的时限义务", ROUTE_API_ONLY},
    {0},
};

static enum err run_notices(struct task *t, const struct setup *setup)
{
    struct gateway gateway = {setup->conf->sms_url, setup->conf->sms_token};
    int64_t done;

    return order_send_notices(t, &gateway, 200, &done);
}

static enum err run_suspensions(struct task *t, const struct setup *setup)
{
    (void)setup;
    return orders_end_suspensions(t);
}

static enum err run_counts(struct task *t, const struct setup *setup)
{
    (void)setup;
    return counts_renew_stale(t);
}

static const struct job jobs[] = {
    {"orders.sequencer", 1, run_sequencer},
    {"orders.timers", 20, run_timers},
    {"orders.papers", 5, run_papers, .woken_by = "paper"},
    {"orders.notices", 10, run_notices, .woken_by = "notice"},
    {"orders.sweep-keys", 3600, run_sweep},
    {"orders.seal", 600, run_seal},
    {"orders.suspensions", 600, run_suspensions},
    {"orders.counts", 600, run_counts},
    {0},
};

const struct module orders_module = {
    .name = "orders",
    .permissions = permissions,
    .routes = routes,
    .migrations = orders_migrations,
    .jobs = jobs,
    .blobs = order_blobs,
};
