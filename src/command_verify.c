/*
 * command_verify.c - `yimen verify` and `yimen rebuild`: what the events say, and derived rows from
 * them.
 */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "core/time.h"
#include "modules/audit/audit.h"
#include "modules/knowledge/knowledge.h"
#include "modules/orders/orders.h"
#include "modules/orders/seal.h"

enum { FINDINGS_MOST = 1000 };

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

static void print_findings(struct list findings)
{
    LIST_EACH (struct finding, finding, findings) {
        if (finding->order)
            printf("  工单 %lld 第 %lld 条：", (long long)finding->order, (long long)finding->seq);
        else
            printf("  ");
        printf("%.*s\n", STR_ARG(finding->what));
    }
}

static enum err verify_seals(struct task *t, int64_t events)
{
    struct seals_checked seals;
    enum err e = seals_last(t, &seals);

    if (e)
        return e;
    if (seals.seals)
        printf("封存 %lld 份，最近一份 %.*s，此后的留痕 %lld 条还没有封存\n",
               (long long)seals.seals, STR_ARG(moment_text(t, seals.last_at)),
               (long long)(events - seals.events));
    else
        printf("还没有封存；服务运行时自动封存\n");
    return OK;
}

/* Against a copy of the heads that was kept elsewhere. */
static enum err verify_heads(struct task *t, FILE *heads, int64_t *ret_findings)
{
    struct list findings = {0};
    int64_t orders = 0;
    enum err e = heads_check(t, heads, show_verified, &findings, FINDINGS_MOST, &orders);

    if (e)
        return e;
    progress_end();
    printf("留存文件：工单 %lld 件，不符 %zu 处\n", (long long)orders, findings.count);
    print_findings(findings);
    *ret_findings += (int64_t)findings.count;
    return OK;
}

static enum err verify_tenant(struct task *t, FILE *heads, int64_t *ret_findings)
{
    int64_t orders, events;
    struct list findings;
    enum err e = order_verify(t, show_verified, &findings, &orders, &events);

    if (e)
        return e;
    progress_end();
    printf("平台 %lld：工单 %lld 件，留痕 %lld 条，问题 %zu 处\n", (long long)t->tenant,
           (long long)orders, (long long)events, findings.count);
    print_findings(findings);
    *ret_findings += (int64_t)findings.count;
    e = verify_seals(t, events);
    if (!e && heads && heads_tenant(heads) == t->tenant)
        e = verify_heads(t, heads, ret_findings);
    return e ? e : verify_audit(t, ret_findings);
}

static enum err verify_all(struct task *t, FILE *heads, int64_t *ret_findings)
{
    struct tenants tenants = {0};
    int64_t of = heads ? heads_tenant(heads) : 0;
    bool met = false;
    enum err e = store_read(t, read_tenants, &tenants);

    LIST_EACH (int64_t, id, tenants.ids) {
        t->tenant = *id;
        met = met || *id == of;
        if (e == OK)
            e = verify_tenant(t, heads, ret_findings);
    }
    if (e == OK && heads && !met)
        e = task_fail(t, ERR_BAD_INPUT, "这不是留存文件，或者是别的平台的");
    return e;
}

int command_verify(struct task *t, struct app *app, int argc, char **argv)
{
    int64_t findings = 0;
    FILE *heads = NULL;

    if (argc != 1 && !(argc == 3 && !strcmp(argv[1], "--heads"))) {
        fprintf(stderr, "usage: yimen [--data DIR] verify [--heads FILE]\n");
        return 2;
    }
    if (argc == 3 && !(heads = fopen(argv[2], "r"))) {
        fprintf(stderr, "yimen: 读不了 %s\n", argv[2]);
        return 1;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);
    if (e == OK)
        e = verify_all(t, heads, &findings);
    if (heads)
        fclose(heads);
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
        if (e == OK)
            e = knowledge_rebuild(t, app->data, progress_show);
    }
    progress_end();
    knowledge_close();
    return app_report(t, e);
}
