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
#include "store/damage.h"
#include "verify_files.h"

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

struct verifying {
    FILE *heads; /* a copy kept elsewhere, or NULL */
    bool whole;  /* every index, every file from its first byte to its last */
    int64_t findings;
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

/* What cannot be read is told, and the rest is looked at all the same. */
static enum err go_on(struct task *t, struct verifying *v, const char *what, enum err e)
{
    if (e != ERR_STORE)
        return e;
    printf("  %s：%.*s\n", what, STR_ARG(t->note));
    task_clear_error(t);
    v->findings++;
    return OK;
}

/* The database itself, page by page. */
static enum err verify_database(struct task *t, struct verifying *v)
{
    struct list damages;
    enum err e = store_check(t, v->whole, progress_show, &damages);

    progress_end();
    if (e)
        return go_on(t, v, "数据库", e);
    if (damages.count)
        printf(
            "数据库文件损坏 %zu 处；先停服务，用 yimen --data 新目录 rescue 抢救，或从备份恢复\n",
            damages.count);
    LIST_EACH (struct damage, damage, damages)
        printf("  表 %.*s：%.*s\n", STR_ARG(damage->table), STR_ARG(damage->what));
    v->findings += (int64_t)damages.count;
    return OK;
}

/* Files that rows name, in one tenant. */
static enum err check_files(struct task *t, struct verifying *v)
{
    struct list findings = {0};
    int64_t files = 0;
    enum err e = verify_files(t, v->whole, progress_show, &files, &findings);

    progress_end();
    if (e)
        return go_on(t, v, "文件", e);
    printf("文件 %lld 个，%s，问题 %zu 处\n", (long long)files,
           v->whole ? "逐个读过" : "都看过在不在", findings.count);
    print_findings(findings);
    v->findings += (int64_t)findings.count;
    return OK;
}

static enum err verify_tenant(struct task *t, struct verifying *v)
{
    int64_t orders, events;
    struct list findings;
    enum err e = order_verify(t, show_verified, &findings, &orders, &events);

    if (e)
        return go_on(t, v, "工单", e);
    progress_end();
    printf("平台 %lld：工单 %lld 件，留痕 %lld 条，问题 %zu 处\n", (long long)t->tenant,
           (long long)orders, (long long)events, findings.count);
    print_findings(findings);
    v->findings += (int64_t)findings.count;
    e = go_on(t, v, "封存", verify_seals(t, events));
    if (!e && v->heads && heads_tenant(v->heads) == t->tenant)
        e = verify_heads(t, v->heads, &v->findings);
    if (!e)
        e = go_on(t, v, "审计", verify_audit(t, &v->findings));
    return e ? e : check_files(t, v);
}

static enum err verify_all(struct task *t, struct verifying *v)
{
    struct tenants tenants = {0};
    int64_t of = v->heads ? heads_tenant(v->heads) : 0;
    bool met = false;
    enum err e = verify_database(t, v);

    if (!e)
        e = store_read(t, read_tenants, &tenants);

    LIST_EACH (int64_t, id, tenants.ids) {
        t->tenant = *id;
        met = met || *id == of;
        if (e == OK)
            e = verify_tenant(t, v);
    }
    if (e == OK && v->heads && !met)
        e = task_fail(t, ERR_BAD_INPUT, "这不是留存文件，或者是别的平台的");
    return e;
}

static bool read_words(int argc, char **argv, struct verifying *v, const char **heads)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--whole"))
            v->whole = true;
        else if (!strcmp(argv[i], "--heads") && i + 1 < argc)
            *heads = argv[++i];
        else
            return false;
    }
    return true;
}

int command_verify(struct task *t, struct app *app, int argc, char **argv)
{
    struct verifying v = {0};
    const char *heads = NULL;

    if (!read_words(argc, argv, &v, &heads)) {
        fprintf(stderr, "usage: yimen [--data DIR] verify [--whole] [--heads FILE]\n");
        return 2;
    }
    if (heads && !(v.heads = fopen(heads, "r"))) {
        fprintf(stderr, "yimen: 读不了 %s\n", heads);
        return 1;
    }
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);
    if (e == OK) {
        app_wire();
        e = verify_all(t, &v);
    }
    if (v.heads)
        fclose(v.heads);
    if (e)
        return app_report(t, e);
    return v.findings ? 1 : 0;
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
