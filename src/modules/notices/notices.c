/*
 * notices.c - notices and papers as rows, written in the transaction of the event that causes them.
 */
#include "modules/notices/notices.h"

#include "core/time.h"
#include "modules/catalog/rules.h"
#include "modules/module.h"
#include "modules/notices/words.h"
#include "modules/org/org.h"
#include "notices_sql.h"

struct str notice_place(struct task *t, int64_t id)
{
    return str_format(t, "notice/%lld/%lld", (long long)t->tenant, (long long)id);
}

struct str paper_place(struct task *t, int64_t id)
{
    return str_format(t, "paper/%lld/%lld", (long long)t->tenant, (long long)id);
}

static struct str title_of(const struct rule *rules, struct str word)
{
    for (; rules->word; rules++)
        if (str_is(word, rules->word))
            return str_of(rules->title);
    return word;
}

/* A notice that must not be left on a phone, or has no phone to go to, waits for a person to speak.
 */
enum err notice_post(struct task *t, const struct key *key, const struct notice_request *request)
{
    int64_t id = store_new_id(t);
    bool to_staff = request->party_n == 0;
    bool sendable = !to_staff && request->phone.len && !request->no_message;
    struct json *sealed = json_object(t);

    json_put_str(t, sealed, "phone", request->phone);
    json_put_str(t, sealed, "text", notice_text(t, request->kind, request->facts));
    if (sendable)
        store_notify(t, "notice", id);
    return store_run(
        t, &q_notices_insert,
        ARGS(INT("tenant", t->tenant), INT("id", id), INT("order_id", request->order),
             INT("seq", request->seq), INT("party_n", request->party_n),
             INT("staff", request->staff), INT("unit", request->unit), TEXT("kind", request->kind),
             TEXT("channel", to_staff   ? S("desk")
                             : sendable ? S("sms")
                                        : S("voice")),
             TEXT("status", sendable ? S("waiting") : S("to-call")), INT("next_at", t->now),
             INT("recorded_at", t->now),
             BYTES("sealed", text_seal(t, key, notice_place(t, id), json_text(t, sealed)))),
        NULL);
}

static struct str status_title(struct str status, struct str channel, struct str how)
{
    if (str_is(status, "seen") && how.len)
        return S("已告知");
    if (str_is(status, "waiting"))
        return S("待发送");
    if (str_is(status, "sent"))
        return S("已发送");
    if (str_is(status, "failed"))
        return S("发送失败，请打电话");
    if (str_is(status, "seen"))
        return S("已看");
    return str_is(channel, "desk") ? S("站内提醒") : S("请打电话告知");
}

const struct shape notice_view_shape = {
    .name = "Notice",
    .size = sizeof(struct notice_view),
    .fields =
        (const struct field[]){
            FIELD(struct notice_view, id, F_ID, "编号"),
            FIELD(struct notice_view, seq, F_INT, "由哪条留痕引起"),
            FIELD(struct notice_view, party_n, F_INT, "告知哪位当事人，0 为工作人员"),
            FIELD(struct notice_view, kind, F_STR, "种类"),
            FIELD(struct notice_view, title, F_STR, "标题"),
            FIELD(struct notice_view, channel, F_STR, "sms 短信，voice 电话，desk 站内"),
            FIELD(struct notice_view, status, F_STR, "状态"),
            FIELD(struct notice_view, status_title, F_STR, "状态（中文）"),
            FIELD(struct notice_view, text, F_STR, "内容"),
            FIELD(struct notice_view, recorded_at, F_MOMENT, "产生时间"),
            FIELD(struct notice_view, sent_at, F_MOMENT, "发送时间"),
            FIELD(struct notice_view, staff, F_ID, "给哪位工作人员"),
            FIELD(struct notice_view, told_at, F_MOMENT, "告知或者看到的时间"),
            FIELD(struct notice_view, told_by, F_ID, "由谁告知或者看到"),
            FIELD(struct notice_view, told_how, F_STR, "怎样告知的"),
            {0},
        },
};

static struct notice_view view_of(const struct rows *rows)
{
    struct str status = row_str(rows, "status"), channel = row_str(rows, "channel");
    struct str how = row_str(rows, "told_how");

    return (struct notice_view){
        .id = row_int(rows, "id"),
        .seq = row_int(rows, "seq"),
        .party_n = row_int(rows, "party_n"),
        .staff = row_int(rows, "staff"),
        .kind = row_str(rows, "kind"),
        .title = title_of(notice_rules, row_str(rows, "kind")),
        .channel = channel,
        .status = str_is(status, "seen") && how.len ? S("told") : status,
        .status_title = status_title(status, channel, how),
        .recorded_at = row_int(rows, "recorded_at"),
        .sent_at = row_int(rows, "sent_at"),
        .told_at = row_int(rows, "told_at"),
        .told_by = row_int(rows, "told_by"),
        .told_how = how,
    };
}

enum err notice_find(struct task *t, int64_t order, int64_t id, struct notice_view *ret_notice)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_notices_by_id,
                  ARGS(INT("tenant", t->tenant), INT("id", id), INT("order_id", order)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_NOT_FOUND, "没有这条通知");
    *ret_notice = view_of(rows);
    return OK;
}

enum err notices_unseen(struct task *t, int64_t staff, int64_t before, int64_t most,
                        struct list *ret_notices)
{
    struct list notices = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_notices_unseen,
                           ARGS(INT("tenant", t->tenant), INT("staff", staff),
                                INT("before", before), INT("most", most)),
                           &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct notice_unseen *)list_add(t, &notices, sizeof(struct notice_unseen)) =
            (struct notice_unseen){row_int(rows, "id"), row_int(rows, "order_id"),
                                   row_int(rows, "recorded_at"),
                                   title_of(notice_rules, row_str(rows, "kind"))};
    *ret_notices = notices;
    return OK;
}

enum err notice_mark_told(struct task *t, int64_t id, int64_t staff, struct str how,
                          bool *ret_first)
{
    enum err e = store_run(t, &q_notices_told,
                           ARGS(INT("tenant", t->tenant), INT("id", id), INT("now", t->now),
                                INT("staff", staff), TEXT("how", how)),
                           NULL);

    if (e == OK)
        *ret_first = store_changed(t) != 0;
    return e;
}

enum err notices_of_order(struct task *t, const struct key *key, int64_t order,
                          struct list *ret_notices)
{
    struct list views = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_notices_of_order,
                           ARGS(INT("tenant", t->tenant), INT("order_id", order)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        int64_t id = row_int(rows, "id");
        struct str text;
        struct json *facts;

        e = text_open(t, key, notice_place(t, id), row_str(rows, "sealed"), &text);
        if (e == OK)
            e = json_parse(t, text, &facts);
        if (e)
            return e;
        struct notice_view *view = list_add(t, &views, sizeof *view);
        *view = view_of(rows);
        view->text = json_get_str(facts, "text");
    }
    *ret_notices = views;
    return OK;
}

/* A paper's number is 岚援告〔2026〕412 号: the city's first character, the kind's prefix, no
 * leading zero; other units than the centre put their short name before it.  What stands before the
 * 412: */
static enum err number_head(struct task *t, int64_t unit_id, const struct paper_kind *kind,
                            int year, struct str *ret_head)
{
    struct tenant tenant;
    struct unit unit;
    enum err e = org_tenant(t, &tenant);

    if (e)
        return e;
    e = org_unit(t, unit_id, &unit);
    if (e)
        return e;
    struct str head = str_first(tenant.city, utf8_prefix(tenant.city, 1));
    if (unit_id != tenant.centre)
        head = unit.short_name.len ? unit.short_name : unit.name;
    *ret_head = str_format(t, "%.*s%s〔%d〕", STR_ARG(head), kind->prefix, year);
    return OK;
}

static const struct paper_kind *kind_of(struct str name)
{
    for (const struct paper_kind *kind = paper_kinds; kind->name; kind++)
        if (str_is(name, kind->name))
            return kind;
    return NULL;
}

bool paper_kind_known(struct str name)
{
    return kind_of(name) != NULL;
}

enum err paper_issue(struct task *t, const struct key *key, const struct paper_request *request,
                     int64_t *ret_id)
{
    const struct paper_kind *kind = kind_of(request->kind);
    int64_t id = store_new_id(t);
    int year, month, day;
    struct str head;

    if (!kind)
        return task_fail(t, ERR_INTERNAL, "规程用了未知的文书");
    day_to_civil(day_of(t->now), &year, &month, &day);
    enum err e = number_head(t, request->unit, kind, year, &head);
    if (e)
        return e;
    e = store_run(t, &q_papers_count_one,
                  ARGS(INT("tenant", t->tenant), INT("unit", request->unit), INT("year", year),
                       TEXT("prefix", str_of(kind->prefix))),
                  NULL);
    if (e)
        return e;
    e = store_run(
        t, &q_papers_insert,
        ARGS(INT("tenant", t->tenant), INT("id", id), INT("order_id", request->order),
             INT("seq", request->seq), INT("unit", request->unit), TEXT("kind", request->kind),
             TEXT("no_head", head), INT("year", year), TEXT("prefix", str_of(kind->prefix)),
             INT("template", kind->version), INT("recorded_at", t->now),
             BYTES("sealed", text_seal(t, key, paper_place(t, id), json_text(t, request->facts)))),
        NULL);
    if (e)
        return e;
    store_notify(t, "paper", id);
    *ret_id = id;
    return OK;
}

const struct shape paper_view_shape = {
    .name = "Paper",
    .size = sizeof(struct paper_view),
    .fields =
        (const struct field[]){
            FIELD(struct paper_view, id, F_ID, "编号"),
            FIELD(struct paper_view, seq, F_INT, "由哪条留痕产生"),
            FIELD(struct paper_view, kind, F_STR, "种类"),
            FIELD(struct paper_view, title, F_STR, "名称"),
            FIELD(struct paper_view, no, F_STR, "文号"),
            FIELD(struct paper_view, status, F_STR,
                  "issued 已编号，drawn 已生成，stuck 生成失败，还会再试"),
            FIELD(struct paper_view, recorded_at, F_MOMENT, "产生时间"),
            {0},
        },
};

enum err papers_of_order(struct task *t, int64_t order, struct list *ret_papers)
{
    struct list views = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_papers_of_order,
                           ARGS(INT("tenant", t->tenant), INT("order_id", order)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        const struct paper_kind *kind = kind_of(row_str(rows, "kind"));

        *(struct paper_view *)list_add(t, &views, sizeof(struct paper_view)) = (struct paper_view){
            .id = row_int(rows, "id"),
            .seq = row_int(rows, "seq"),
            .kind = row_str(rows, "kind"),
            .title = kind ? str_of(kind->title) : row_str(rows, "kind"),
            .no = row_str(rows, "no"),
            .status = row_int(rows, "drawn_at")      ? S("drawn")
                      : row_str(rows, "failure").len ? S("stuck")
                                                     : S("issued"),
            .recorded_at = row_int(rows, "recorded_at"),
        };
    }
    *ret_papers = views;
    return OK;
}
