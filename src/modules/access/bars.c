/*
 * bars.c - who may not work, and why: the administrator's word, or a decision on accountability
 * (K18) that suspends until a day or takes every post away.
 */
#include "modules/access/staff.h"

#include "modules/access/posts.h"
#include "modules/access/staff_private.h"
#include "staff_sql.h"
#include "store/store.h"

static const struct shape bar_shape = {
    .name = "StaffBar",
    .size = sizeof(struct staff_bar),
    .fields =
        (const struct field[]){
            FIELD(struct staff_bar, staff, F_ID, NULL),
            {"order_id", NULL, F_ID, offsetof(struct staff_bar, order), NULL},
            {"until_day", NULL, F_DAY, offsetof(struct staff_bar, until), NULL},
            FIELD(struct staff_bar, why, F_STR, NULL),
            {0},
        },
};

static bool open_ended(int32_t day)
{
    int32_t end;

    return day == DAY_NONE || (day_parse(S(OPEN_END), &end) && day >= end);
}

enum err staff_bars(struct task *t, int64_t staff, struct list *ret_bars)
{
    return store_list(t, &q_staff_bars_of, ARGS(INT("tenant", t->tenant), INT("staff", staff)),
                      &bar_shape, ret_bars);
}

/* The state of the account is what its bars say; shown is the one that lasts longest. */
static enum err follow_bars(struct task *t, int64_t staff)
{
    struct list bars;
    struct str why = {0};
    enum err e = staff_bars(t, staff, &bars);

    if (e)
        return e;
    if (bars.count) {
        const struct staff_bar *last = bars.at;

        why = open_ended(last->until)
                  ? last->why
                  : str_format(t, "至 %.*s，%.*s", STR_ARG(day_text_zh_full(t, last->until)),
                               STR_ARG(last->why));
    }
    return store_run(t, &q_staff_set_state,
                     ARGS(INT("tenant", t->tenant), INT("id", staff),
                          TEXT("state", bars.count ? S("suspended") : S("active")),
                          TEXT("why", why)),
                     NULL);
}

/* Nobody is barred by themselves, and not without a word why. */
static enum err check_bar(struct task *t, const struct actor *actor, const struct staff_bar *bar)
{
    struct staff there;

    if (!bar->why.len) {
        task_field_error(t, S("why"), "请写明停用的理由");
        return task_input_verdict(t);
    }
    if (actor->kind == ACTOR_STAFF && actor->staff == bar->staff)
        return task_fail(t, ERR_FORBIDDEN, "不能停用自己的账号");
    return staff_by_id(t, bar->staff, &there);
}

static enum err put_bar(struct task *t, const struct staff_bar *bar)
{
    enum err e = store_run(
        t, &q_staff_bar_add,
        ARGS(INT("tenant", t->tenant), INT("staff", bar->staff), INT("order_id", bar->order),
             TEXT("until_day", open_ended(bar->until) ? S(OPEN_END) : day_text(t, bar->until)),
             TEXT("why", bar->why), INT("now", t->now)),
        NULL);

    if (e)
        return e;
    return store_changed(t) ? OK : task_fail(t, ERR_CONFLICT, "账号已经是这个状态");
}

/* The administrator said just that already: the first answer did not come, or it was pressed twice.
 */
static enum err said_already(struct task *t, const struct staff_bar *bar, bool *ret_said)
{
    struct list bars = {0};
    enum err e = bar->order ? OK : staff_bars(t, bar->staff, &bars);

    if (e)
        return e;
    *ret_said = false;
    LIST_EACH (struct staff_bar, there, bars)
        *ret_said = *ret_said || (!there->order && str_eq(there->why, bar->why));
    return OK;
}

/* Out at once: sessions and tokens end, the orders go back to their queue. */
static enum err out_at_once(struct task *t, const struct actor *actor, const struct staff_bar *bar)
{
    const struct leaving leaving = {.staff = bar->staff, .why = bar->why};
    struct str ended = {0};
    enum err e = sessions_end(t, bar->staff, 0);

    if (!e)
        e = tokens_revoke(t, bar->staff, &ended);
    if (!e && ended.len)
        e = record_about(t, actor, "token", bar->staff, ended);
    return e ? e : tell_leaving(t, actor, &leaving);
}

enum err staff_bar(struct task *t, const struct actor *actor, const struct staff_bar *bar)
{
    bool said = false;
    enum err e = check_bar(t, actor, bar);

    if (!e)
        e = said_already(t, bar, &said);
    if (e || said)
        return e;
    if (!bar->order)
        e = power_stays(t, actor, bar->staff, 0);
    if (!e)
        e = put_bar(t, bar);
    if (!e)
        e = follow_bars(t, bar->staff);
    if (!e)
        e = record_about(t, actor, "staff", bar->staff,
                         open_ended(bar->until)
                             ? str_format(t, "停用：%.*s", STR_ARG(bar->why))
                             : str_format(t, "停用至 %.*s：%.*s", STR_ARG(day_text(t, bar->until)),
                                          STR_ARG(bar->why)));
    return e ? e : out_at_once(t, actor, bar);
}

enum err staff_suspend(struct task *t, const struct actor *actor, int64_t staff, struct str why)
{
    return staff_bar(t, actor, &(struct staff_bar){.staff = staff, .until = DAY_NONE, .why = why});
}

enum err staff_remove(struct task *t, const struct actor *actor, int64_t staff, int64_t order,
                      struct str why)
{
    struct str yesterday = day_text(t, day_of(t->now) - 1);
    const struct staff_bar bar = {.staff = staff, .order = order, .until = DAY_NONE, .why = why};
    enum err e = staff_bar(t, actor, &bar);

    if (!e)
        e = store_run(t, &q_staff_grants_take,
                      ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("order_id", order),
                           TEXT("to_day", yesterday)),
                      NULL);
    return e ? e : record_about(t, actor, "grant", staff, S("收回全部岗位"));
}

/* Posts that the decision took and that would still last are given again, from today on. */
static enum err give_back(struct task *t, const struct actor *actor, int64_t staff, int64_t order)
{
    struct str today = day_text(t, day_of(t->now));
    struct rows *rows;
    enum err e = store_run(t, &q_staff_grants_taken,
                           ARGS(INT("tenant", t->tenant), INT("staff", staff),
                                INT("order_id", order), TEXT("today", today)),
                           &rows);

    while (!e && rows_next(rows)) {
        const struct post *post = post_find(row_str(rows, "post"));

        e = store_run(t, &q_staff_grant_add,
                      ARGS(INT("tenant", t->tenant), INT("id", store_new_id(t)),
                           INT("staff", staff), TEXT("post", row_str(rows, "post")),
                           INT("unit", row_int(rows, "unit")), TEXT("from_day", today),
                           TEXT("to_day", row_str(rows, "was_to")), INT("now", t->now),
                           INT("made_by", actor->staff)),
                      NULL);
        if (!e)
            e = record_about(t, actor, "grant", staff,
                             str_format(t, "撤销决定，恢复%s", post ? post->title : "岗位"));
    }
    return e;
}

enum err staff_unbar(struct task *t, const struct actor *actor, int64_t staff, int64_t order,
                     bool *ret_lifted)
{
    enum err e = store_run(
        t, &q_staff_bar_lift,
        ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("order_id", order)), NULL);

    if (e)
        return e;
    *ret_lifted = store_changed(t) != 0;
    if (!*ret_lifted)
        return OK;
    e = follow_bars(t, staff);
    if (!e)
        e = record_about(t, actor, "staff", staff, S("恢复"));
    return e || !order ? e : give_back(t, actor, staff, order);
}

enum err staff_resume(struct task *t, const struct actor *actor, int64_t staff)
{
    struct staff there;
    bool lifted = false;
    enum err e = staff_by_id(t, staff, &there);

    if (!e)
        e = staff_unbar(t, actor, staff, 0, &lifted);
    if (e || lifted)
        return e;
    if (str_is(there.state, "suspended"))
        return task_fail(t, ERR_FORBIDDEN, "由司法局决定停用：期满自动恢复，要提前恢复须撤销决定");
    return OK; /* works already: the first answer did not come */
}

enum err staff_is_removed(struct task *t, int64_t staff, bool *ret_removed)
{
    struct list bars;
    enum err e = staff_bars(t, staff, &bars);

    if (e)
        return e;
    *ret_removed = false;
    LIST_EACH (struct staff_bar, bar, bars)
        *ret_removed = *ret_removed || (bar->order && open_ended(bar->until));
    return OK;
}

enum err staff_bars_ended(struct task *t, struct list *ret_bars)
{
    return store_list(t, &q_staff_bars_ended,
                      ARGS(INT("tenant", t->tenant), TEXT("today", day_text(t, day_of(t->now)))),
                      &bar_shape, ret_bars);
}
