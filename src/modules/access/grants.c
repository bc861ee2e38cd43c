/* Posts that people hold: giving, ending, who holds which. */
#include "modules/access/staff.h"

#include "modules/access/staff_private.h"
#include "modules/org/org.h"
#include "staff_sql.h"
#include "store/store.h"

#define GRANT(member, type, title) FIELD(struct grant, member, type, title)

static const struct field grant_fields[] = {
    GRANT(id, F_ID, "授权编号"),
    GRANT(staff, F_ID, "人员编号"),
    GRANT(post, F_STR, "岗位"),
    GRANT(unit, F_ID, "机构"),
    GRANT(from_day, F_DAY, "起"),
    GRANT(to_day, F_DAY, "止"),
    {0},
};
const struct shape grant_shape = {"grant", sizeof(struct grant), grant_fields};

/* Three administrators, three people, and none of them at the orders (posts_apart()). */
static enum err check_apart(struct task *t, int64_t staff, const struct post *post, int32_t from,
                            int32_t to)
{
    struct list grants;
    enum err e = staff_grants(t, staff, false, &grants);

    if (e)
        return e;
    LIST_EACH (struct grant, held, grants) {
        const char *why = posts_apart(post, post_find(held->post));

        if (why && held->to_day >= from && (to == DAY_NONE || held->from_day <= to))
            return task_fail(t, ERR_CONFLICT, "%s；此人已有%s", why, post_find(held->post)->title);
    }
    return OK;
}

/* The same post for the same days is held already: asked again, or pressed twice, also after
 * midnight when it is "from today".  0: it is not. */
static enum err same_grant(struct task *t, const struct grant *asked, int32_t from,
                           int64_t *ret_there)
{
    struct list grants;
    int32_t to = asked->to_day;
    enum err e = staff_grants(t, asked->staff, false, &grants);

    if (e)
        return e;
    if (to == DAY_NONE)
        (void)day_parse(S(OPEN_END), &to);
    *ret_there = 0;
    LIST_EACH (struct grant, held, grants) {
        bool begins = asked->from_day == DAY_NONE ? held->from_day <= from : held->from_day == from;

        if (begins && held->to_day == to && held->unit == asked->unit &&
            str_eq(held->post, asked->post))
            *ret_there = held->id;
    }
    return OK;
}

enum err staff_grant(struct task *t, const struct actor *actor, const struct grant *grant,
                     int64_t *ret_id)
{
    int32_t today = day_of(t->now);
    int32_t from = grant->from_day == DAY_NONE ? today : grant->from_day;
    int64_t there;
    struct staff staff;
    struct unit unit;
    bool removed = false;
    enum err e;

    if (actor->kind == ACTOR_STAFF && actor->staff == grant->staff)
        return task_fail(t, ERR_FORBIDDEN, "不能给自己授权");
    const struct post *post = post_find(grant->post);
    if (!post)
        task_field_error(t, S("post"), "请选择岗位");
    if (grant->to_day != DAY_NONE && grant->to_day < from)
        task_field_error(t, S("to_day"), "截止日不能早于起始日");
    e = task_input_verdict(t);
    if (!e)
        e = staff_by_id(t, grant->staff, &staff);
    if (!e)
        e = org_unit(t, grant->unit, &unit);
    if (!e)
        e = staff_is_removed(t, grant->staff, &removed);
    if (!e)
        e = check_apart(t, grant->staff, post, from, grant->to_day);
    if (e)
        return e;
    if (removed)
        return task_fail(t, ERR_CONFLICT, "此人已被取消服务资格，撤销决定后岗位自动恢复");
    e = same_grant(t, grant, from, &there);
    if (e)
        return e;
    if (there) {
        *ret_id = there;
        return OK;
    }

    int64_t id = store_new_id(t);
    bool open_end = grant->to_day == DAY_NONE;
    struct str to = open_end ? S(OPEN_END) : day_text(t, grant->to_day);
    e = store_run(t, &q_staff_grant_add,
                  ARGS(INT("tenant", t->tenant), INT("id", id), INT("staff", grant->staff),
                       TEXT("post", grant->post), INT("unit", grant->unit),
                       TEXT("from_day", day_text(t, from)), TEXT("to_day", to), INT("now", t->now),
                       INT("made_by", actor->staff)),
                  NULL);
    if (e)
        return e;
    *ret_id = id;
    return record_about(t, actor, "grant", grant->staff,
                        str_format(t, "授予%s（%.*s），%.*s 起%s%.*s", post->title,
                                   STR_ARG(unit.name), STR_ARG(day_text(t, from)),
                                   open_end ? "，长期" : "，至 ", STR_ARG(open_end ? S("") : to)));
}

static enum err grant_by_id(struct task *t, int64_t id, struct grant *ret_grant)
{
    enum err e = store_one(t, &q_staff_grant_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                           &grant_shape, ret_grant);

    return e == ERR_NOT_FOUND ? task_fail(t, e, "没有这项授权") : e;
}

/* Hand back what the person held there, once. */
static enum err settle(struct task *t, const struct actor *actor, const struct grant *grant)
{
    const struct leaving leaving = {
        .staff = grant->staff, .unit = grant->unit, .post = grant->post, .why = S("岗位授权结束")};
    enum err e = store_run(t, &q_staff_grant_settle,
                           ARGS(INT("tenant", t->tenant), INT("id", grant->id)), NULL);

    return e ? e : tell_leaving(t, actor, &leaving);
}

enum err staff_end_grant(struct task *t, const struct actor *actor, int64_t grant)
{
    struct grant there;
    int32_t last_day = day_of(t->now) - 1;
    enum err e = grant_by_id(t, grant, &there);

    if (e)
        return e;
    /* Whoever asks again because the first answer did not come has what they want. */
    if (there.to_day <= last_day)
        return OK;
    const struct post *post = post_find(there.post);
    e = power_stays(t, actor, there.staff, grant);
    if (!e)
        e = store_run(
            t, &q_staff_grant_end,
            ARGS(INT("tenant", t->tenant), INT("id", grant), TEXT("to_day", day_text(t, last_day))),
            NULL);
    if (!e)
        e = record_about(t, actor, "grant", there.staff,
                         str_format(t, "收回%s", post ? post->title : ""));
    return e ? e : settle(t, actor, &there);
}

enum err staff_grants(struct task *t, int64_t staff, bool now_only, struct list *ret_grants)
{
    struct str today = day_text(t, day_of(t->now));

    if (now_only)
        return store_list(t, &q_staff_grants_now,
                          ARGS(INT("tenant", t->tenant), INT("staff", staff), TEXT("today", today)),
                          &grant_shape, ret_grants);
    if (!staff)
        return store_list(t, &q_staff_grants_all,
                          ARGS(INT("tenant", t->tenant), TEXT("today", today)), &grant_shape,
                          ret_grants);
    return store_list(t, &q_staff_grants_of, ARGS(INT("tenant", t->tenant), INT("staff", staff)),
                      &grant_shape, ret_grants);
}

/* Grants from before the rule: of two that do not go together the later one ends, on record. */
enum err staff_part_grants(struct task *t)
{
    struct actor actor = system_actor;
    struct list grants;
    enum err e =
        store_list(t, &q_staff_grants_of_admins,
                   ARGS(INT("tenant", t->tenant), TEXT("today", day_text(t, day_of(t->now)))),
                   &grant_shape, &grants);

    actor.tenant = t->tenant;
    if (e)
        return e;
    LIST_EACH (struct grant, later, grants) {
        for (const struct grant *held = grants.at; held < later; held++) {
            const char *why = held->staff == later->staff && held->id
                                  ? posts_apart(post_find(held->post), post_find(later->post))
                                  : NULL;

            if (!why || held->to_day < later->from_day || later->to_day < held->from_day)
                continue;
            e = staff_end_grant(t, &actor, later->id);
            if (!e)
                e = record_about(t, &actor, "grant", later->staff, str_of(why));
            if (e)
                return e;
            later->id = 0; /* it parts nobody any more */
            break;
        }
    }
    return OK;
}

enum err staff_settle_grants(struct task *t)
{
    struct actor actor = system_actor;
    struct list ended;
    enum err e =
        store_list(t, &q_staff_grants_ended,
                   ARGS(INT("tenant", t->tenant), TEXT("today", day_text(t, day_of(t->now)))),
                   &grant_shape, &ended);

    actor.tenant = t->tenant;
    if (e)
        return e;
    LIST_EACH (struct grant, grant, ended) {
        e = settle(t, &actor, grant);
        if (e)
            return e;
    }
    return OK;
}

enum err staff_find(struct task *t, int64_t unit, struct str post, struct list *ret_people)
{
    struct list people = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_staff_at,
                           ARGS(INT("tenant", t->tenant), INT("unit", unit), TEXT("post", post),
                                TEXT("today", day_text(t, day_of(t->now)))),
                           &rows);

    while (!e && rows_next(rows)) {
        struct staff_at *person = list_add(t, &people, sizeof *person);

        *person = (struct staff_at){
            .id = row_int(rows, "id"),
            .grant = row_int(rows, "grant_id"),
            .login = row_str(rows, "login"),
            .name = row_str(rows, "name"),
            .post = row_str(rows, "post"),
            .unit = row_int(rows, "unit"),
        };
    }
    if (!e)
        *ret_people = people;
    return e;
}
