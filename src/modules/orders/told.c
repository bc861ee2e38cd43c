/*
 * told.c - what no message could tell, a person told; what stood on the desk, its reader has seen.
 *
 * Telling the citizen is part of the order's story and gets an event; a glance of staff does not.
 */
#include "modules/orders/act.h"

#include "modules/access/staff.h"
#include "modules/notices/notices.h"
#include "modules/orders/read_page.h"

static const struct choice hows[] = {
    {"phone", "电话"}, {"in-person", "当面"}, {"letter", "书面送达"},
    {"mail", "邮寄"},  {NULL, NULL},
};

const struct form notice_told_form = {
    "NoticeTold",
    (const struct ask[]){
        {.name = "how",
         .title = "怎样告知的",
         .type = ASK_CHOICE,
         .required = true,
         .choices = hows},
        {.name = "note", .title = "情况", .type = ASK_TEXT, .max = 200},
        {0},
    },
};

struct str notice_how_title(struct str how)
{
    for (const struct choice *choice = hows; choice->value; choice++)
        if (str_is(how, choice->value))
            return str_of(choice->title);
    return (struct str){0};
}

struct telling {
    const struct actor *actor;
    int64_t order, notice;
    struct str how, note; /* how empty: seen */
    struct order found;
    struct notice_view view;
};

static enum err fill_told(struct change *c, void *arg)
{
    const struct telling *telling = arg;

    json_put_id(c->t, c->body, "notice", telling->notice);
    json_put_str(c->t, c->body, "what",
                 str_format(c->t, "“%.*s”已%.*s告知本人%s%.*s", STR_ARG(telling->view.title),
                            STR_ARG(notice_how_title(telling->how)), telling->note.len ? "：" : "",
                            STR_ARG(telling->note)));
    return OK;
}

/* For the one it was sent to; what found no head, for a head of the unit that has the order, or,
 * where there still is none, for one above; never for whom it is about. */
static enum err addressed(struct task *t, const struct telling *telling, bool *ret_addressed)
{
    const struct actor *actor = telling->actor;
    struct list heads;
    enum err e = order_notice_is_for(t, actor, &telling->found, &telling->view, ret_addressed);

    if (e || !*ret_addressed || telling->view.staff || actor->unit == telling->found.unit)
        return e;
    e = staff_find(t, telling->found.unit, S("head"), &heads);
    if (!e)
        *ret_addressed = heads.count == 0;
    return e;
}

static enum err mark(struct task *t, void *arg)
{
    struct telling *telling = arg;
    bool first, mine;
    enum err e = order_load(t, telling->actor, telling->order, &telling->found);

    if (!e)
        e = notice_find(t, telling->order, telling->notice, &telling->view);
    if (!e)
        e = staff_may_work(t, telling->actor);
    if (e)
        return e;
    if (!order_within(telling->actor, &telling->found) && telling->how.len)
        return task_fail(t, ERR_FORBIDDEN, "这件工单由别的机构办理，您只能查看");
    if ((telling->view.party_n == 0) != (telling->how.len == 0))
        return task_fail(t, ERR_CONFLICT,
                         telling->how.len ? "这是给工作人员的提醒" : "这是给当事人的通知");
    if (!telling->how.len) {
        e = addressed(t, telling, &mine);
        if (e || !mine)
            return e ? e : task_fail(t, ERR_FORBIDDEN, "这条提醒不是给您的");
    }
    e = notice_mark_told(t, telling->notice, telling->actor->staff, telling->how, &first);
    if (e || !first || !telling->how.len)
        return e; /* a second click finds it done */
    return order_engine_event(t, telling->actor, telling->order, "notice-told", t->now, fill_told,
                              telling);
}

enum err order_notice_told(struct task *t, const struct actor *actor, int64_t order, int64_t notice,
                           const struct json *input)
{
    struct telling telling = {.actor = actor, .order = order, .notice = notice};
    struct json *clean;
    enum err e = form_check(t, &notice_told_form, input, S(""), &clean);

    if (e)
        return e;
    telling.how = json_get_str(clean, "how");
    telling.note = json_get_str(clean, "note");
    return store_write(t, mark, &telling);
}

enum err order_notice_seen(struct task *t, const struct actor *actor, int64_t order, int64_t notice)
{
    struct telling telling = {.actor = actor, .order = order, .notice = notice};

    return store_write(t, mark, &telling);
}

static enum err add_reminder(struct task *t, const struct actor *actor,
                             const struct notice_unseen *notice, struct list *reminders)
{
    struct order order;
    enum err e = order_load(t, actor, notice->order, &order);

    if (e == ERR_NOT_FOUND) { /* it went where they do not reach */
        task_clear_error(t);
        return OK;
    }
    if (!e)
        *(struct reminder *)list_add(t, reminders, sizeof(struct reminder)) = (struct reminder){
            notice->id, notice->order, notice->recorded_at, notice->title, order.no};
    return e;
}

enum err order_reminders(struct task *t, const struct actor *actor, int64_t most,
                         struct list *ret_reminders)
{
    struct list notices, reminders = {0};
    int64_t before = INT64_MAX;

    for (int64_t looked = 0; looked < REMINDERS_LOOKED_AT; looked += most) {
        enum err e = notices_unseen(t, actor->staff, before, most, &notices);

        if (e)
            return e;
        LIST_EACH (struct notice_unseen, notice, notices) {
            before = notice->id;
            if (reminders.count == (size_t)most)
                break;
            e = add_reminder(t, actor, notice, &reminders);
            if (e)
                return e;
        }
        if (reminders.count == (size_t)most || notices.count < (size_t)most)
            break;
    }
    *ret_reminders = reminders;
    return OK;
}
