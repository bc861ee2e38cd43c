/* The tenant's rules for signing in. */
#include "modules/access/access.h"

#include <string.h>

#include "session_sql.h"
#include "store/store.h"

static const struct {
    const char *word, *title;
} rules[] = {
    [FACTOR_CHOICE] = {"choice", "自愿"},
    [FACTOR_ADMINISTRATORS] = {"administrators", "三个管理岗必须用"},
    [FACTOR_EVERYBODY] = {"everybody", "全体工作人员必须用"},
};

bool second_factor_rule(struct str word, enum second_factor_rule *ret_rule)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (str_is(word, rules[i].word)) {
            *ret_rule = (enum second_factor_rule)i;
            return true;
        }
    return false;
}

bool factor_required(enum second_factor_rule rule, const struct post *post)
{
    return rule == FACTOR_EVERYBODY || (rule == FACTOR_ADMINISTRATORS && post && post->administers);
}

enum err access_factor_rule(struct task *t, enum second_factor_rule *ret_rule)
{
    enum second_factor_rule rule = FACTOR_ADMINISTRATORS;
    struct rows *rows;
    enum err e = store_run(t, &q_session_security, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    if (rows_next(rows))
        (void)second_factor_rule(row_str(rows, "second_factor"), &rule);
    *ret_rule = rule;
    return OK;
}

enum err access_first_days(struct task *t, int64_t *ret_days)
{
    struct rows *rows;
    enum err e = store_run(t, &q_session_security, ARGS(INT("tenant", t->tenant)), &rows);

    if (!e)
        *ret_days = rows_next(rows) ? row_int(rows, "first_days") : FIRST_DAYS_USUAL;
    return e;
}

enum err access_set_first_days(struct task *t, const struct actor *actor, int64_t days)
{
    enum err e = store_run(
        t, &q_session_set_first_days,
        ARGS(INT("tenant", t->tenant), INT("first_days", days), INT("now", t->now)), NULL);

    return e ? e
             : actor_record(t, actor, "security", 0, 0, S("初始密码"),
                            str_format(t, "%lld 天内有效", (long long)days));
}

enum err access_set_factor_rule(struct task *t, const struct actor *actor,
                                enum second_factor_rule rule)
{
    enum err e =
        store_run(t, &q_session_set_security,
                  ARGS(INT("tenant", t->tenant), TEXT("second_factor", str_of(rules[rule].word)),
                       INT("now", t->now)),
                  NULL);

    return e ? e
             : actor_record(t, actor, "security", 0, 0, S("两步验证"), str_of(rules[rule].title));
}
