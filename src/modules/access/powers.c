/*
 * powers.c - three administrators who keep watch on one another (GB/T 22239-2019, 8.1.5), and stay
 * three: nobody shuts another power out to be alone, and the auditor hears what happens to any of
 * them.
 *
 * A power is somebody who can use it.  The last one who can is neither suspended nor loses the post
 * until somebody else could take over at once: with the post in force, for a month or as long as
 * the one that ends, an own password and, where the house asks for it, a second factor.  Else a
 * post given to an account that nobody uses would do.  What the host's operator does by command,
 * and a decision of the bureau on accountability, is not held up: neither is one of the three.
 */
#include "modules/access/staff_private.h"

#include "core/text.h"
#include "core/time.h"
#include "staff_sql.h"
#include "store/store.h"

enum { LASTS_DAYS = 30 };

/* All that is open of people in one of the three posts, other posts of theirs, too. */
static enum err grants_of_administrators(struct task *t, struct list *ret_grants)
{
    return store_list(t, &q_staff_grants_of_admins,
                      ARGS(INT("tenant", t->tenant), TEXT("today", day_text(t, day_of(t->now)))),
                      &grant_shape, ret_grants);
}

static bool holds_now(const struct grant *grant, int32_t today)
{
    return grant->from_day <= today && grant->to_day >= today;
}

static bool is_able(const struct staff *staff, enum second_factor_rule rule,
                    const struct post *post)
{
    return str_is(staff->state, "active") && !staff->must_change &&
           (staff->totp || !factor_required(rule, post));
}

/* Could somebody do what the holder of `lost` does now?  `all`: the person goes, not the grant. */
static enum err somebody_else(struct task *t, const struct list *grants, const struct grant *lost,
                              bool all, bool *ret_there)
{
    int32_t today = day_of(t->now);
    int32_t until = lost->to_day < today + LASTS_DAYS ? lost->to_day : today + LASTS_DAYS;
    enum second_factor_rule rule;
    struct staff staff;
    enum err e = access_factor_rule(t, &rule);

    *ret_there = false;
    if (e)
        return e;
    LIST_EACH (struct grant, grant, *grants) {
        if (grant->id == lost->id || (all && grant->staff == lost->staff) ||
            !str_eq(grant->post, lost->post) || !holds_now(grant, today) || grant->to_day < until)
            continue;
        e = staff_by_id(t, grant->staff, &staff);
        if (e)
            return e;
        *ret_there = *ret_there || is_able(&staff, rule, post_find(grant->post));
    }
    return OK;
}

enum err power_stays(struct task *t, const struct actor *actor, int64_t staff, int64_t grant)
{
    int32_t today = day_of(t->now);
    struct list grants;
    enum err e = actor->kind == ACTOR_STAFF ? grants_of_administrators(t, &grants) : OK;

    if (e || actor->kind != ACTOR_STAFF)
        return e;
    LIST_EACH (struct grant, held, grants) {
        const struct post *post = post_find(held->post);
        bool there;

        if (held->staff != staff || (grant && held->id != grant) || !post || !post->administers ||
            !holds_now(held, today))
            continue;
        e = somebody_else(t, &grants, held, !grant, &there);
        if (e)
            return e;
        if (!there)
            return task_fail(
                t, ERR_CONFLICT,
                "能用%s的只有此人，三个管理岗一个都不能空。先让接任的人上岗：授岗、登录、设好自己的"
                "密码和两步验证；紧急时在主机上用命令停用",
                post->title);
    }
    return OK;
}

struct tried {
    const struct actor *actor;
    int64_t staff, grant;
};

static enum err record_try(struct task *t, void *arg)
{
    const struct tried *tried = arg;
    struct staff about;
    enum err e = power_stays(t, tried->actor, tried->staff, tried->grant);

    if (e != ERR_CONFLICT)
        return e; /* it was refused for another reason */
    task_clear_error(t);
    e = staff_by_id(t, tried->staff, &about);
    return e ? e
             : actor_record(
                   t, tried->actor, "power", 0, 0,
                   str_format(t, "%.*s（%.*s）", STR_ARG(about.name), STR_ARG(about.login)),
                   tried->grant ? S("收回岗位被拒绝：只有此人能用")
                                : S("停用被拒绝：只有此人能用"));
}

enum err power_tried(struct task *t, const struct actor *actor, int64_t staff, int64_t grant,
                     enum err refused)
{
    struct str note = t->note;

    if (refused != ERR_CONFLICT)
        return refused;
    task_clear_error(t);
    enum err e = store_write(t, record_try, &(struct tried){actor, staff, grant});
    return e ? e : task_fail(t, refused, "%.*s", STR_ARG(note));
}

/* Also one that ended just now, and one that is yet to begin. */
static enum err administers(struct task *t, int64_t staff, bool *ret_administers)
{
    struct list grants;
    enum err e = staff_grants(t, staff, false, &grants);

    *ret_administers = false;
    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        const struct post *post = post_find(grant->post);

        *ret_administers =
            *ret_administers || (post && post->administers && grant->to_day >= day_of(t->now) - 1);
    }
    return OK;
}

enum err power_tell(struct task *t, const struct actor *actor, int64_t staff, struct str subject,
                    struct str what)
{
    bool concerned = false;
    enum err e = actor->staff == staff ? OK : administers(t, staff, &concerned);

    return e || !concerned ? e : actor_record(t, actor, "power", 0, 0, subject, what);
}

enum err powers_read(struct task *t, struct list *ret_powers)
{
    int32_t today = day_of(t->now);
    struct list grants, powers = {0};
    enum second_factor_rule rule;
    enum err e = grants_of_administrators(t, &grants);

    if (!e)
        e = access_factor_rule(t, &rule);
    if (e)
        return e;
    for (const struct post *post = posts; post->code; post++) {
        struct buf able = buf_new(t, 4096), waiting = buf_new(t, 4096);
        struct power *power = post->administers ? list_add(t, &powers, sizeof *power) : NULL;

        if (!power)
            continue;
        power->title = str_of(post->title);
        LIST_EACH (struct grant, grant, grants) {
            struct staff staff;

            if (!str_is(grant->post, post->code) || !holds_now(grant, today))
                continue;
            e = staff_by_id(t, grant->staff, &staff);
            if (e)
                return e;
            struct buf *names = is_able(&staff, rule, post) ? &able : &waiting;
            if (names->len)
                buf_add(names, tr_str(t, S("、")));
            buf_add(names, staff.name);
            power->count += names == &able;
        }
        power->able = buf_str(&able);
        power->waiting = buf_str(&waiting);
        power->only = power->count < 2;
    }
    *ret_powers = powers;
    return OK;
}
