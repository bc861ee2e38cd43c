/*
 * command_verify.c - `yimen verify` and `yimen rebuild`: what the events say, and derived rows from
 * them.
 */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "modules/audit/audit.h"
#include "modules/orders/orders.h"

static void show_verified(int64_t done)
{
    progress_show("核对工单", done, 0);
}

static void show_rebuilt(int64_t done)
{
    progress_show("重建", done, 0);
}

struct tenants {
    struct list ids;
};

static enum err read_tenants(struct task *t, void *arg)
{
    struct tenants *tenants = arg;

    return app_tenants(t, &tenants->ids);
}

static enum err verify_audit(struct task *t, int64_t *ret_findings)
{
    int64_t bad = 0, count = 0;
    enum err e = audit_verify(t, &bad, &count);

    if (e)
        return e;
    printf("审计记录 %lld 条\n", (long long)count);
    if (bad) {
        printf("  审计第 %lld 条：散列不符\n", (long long)bad);
        (*ret_findings)++;
    }
    return OK;
}

static enum err verify_tenant(struct task *t, int64_t *ret_findings)
{
    int64_t orders, events;
    struct list findings;
    enum err e = order_verify(t, show_verified, &findings, &orders, &events);

    if (e)
        return e;
    progress_end();
    printf("平台 %lld：工单 %lld 件，留痕 %lld 条，问题 %zu 处\n", (long long)t->tenant,
           (long long)orders, (long long)events, findings.count);
    LIST_EACH (struct finding, finding, findings) {
        printf("  工单 %lld 第 %lld 条：%.*s\n", (long long)finding->order, (long long)finding->seq,
               STR_ARG(finding->what));
    }
    *ret_findings += (int64_t)findings.count;
    return verify_audit(t, ret_findings);
}

int command_verify(struct task *t, struct app *app, int argc, char **argv)
{
    struct tenants tenants = {0};
    int64_t findings = 0;

    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "yimen verify takes no arguments\n");
        return 2;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);
    if (e == OK)
        e = store_read(t, read_tenants, &tenants);
    LIST_EACH (int64_t, id, tenants.ids) {
        t->tenant = *id;
        if (e == OK)
            e = verify_tenant(t, &findings);
    }
    if (e)
        return app_report(t, e);
    return findings ? 1 : 0;
}

int command_rebuild(struct task *t, struct app *app, int argc, char **argv)
{
    struct tenants tenants = {0};

    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "yimen rebuild takes no arguments\n");
        return 2;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);
    if (e == OK)
        e = store_read(t, read_tenants, &tenants);
    LIST_EACH (int64_t, id, tenants.ids) {
        t->tenant = *id;
        if (e == OK)
            e = order_rebuild(t, show_rebuilt);
    }
    progress_end();
    return app_report(t, e);
}
