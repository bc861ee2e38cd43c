/*
 * effects_time.c - pausing and extending on legal grounds.
 */
#include "modules/orders/effects.h"

static const struct duty_rule *rule_of(struct change *c, struct str duty)
{
    int index = procedure_duty_index(c->procedure, duty);

    return index < 0 ? NULL : &c->procedure->duties[index];
}

static bool may_be_paused(const struct duty_rule *rule, const struct duty_facts *duty)
{
    return rule->pause_ground_count && !duty_is_paused(duty);
}

/* Why it may not last longer, with the duty's title before it; NULL: it may. */
static const char *not_extended(const struct duty_rule *rule, const struct duty_facts *duty)
{
    if (rule->extend_up_to.kind == LIMIT_NONE)
        return "不能延长";
    if (duty->overdue_at)
        return "已经超期，期限届满后不能再延长";
    return rule->extend_once && duty->extension_count ? "只能延长一次，已经延长过" : NULL;
}

struct list change_duties_for(struct change *c, enum effect effect)
{
    struct list duties = state_duties(c->t, c->state), names = {0};

    LIST_EACH (struct duty_facts, duty, duties) {
        const struct duty_rule *rule = rule_of(c, duty->name);

        if (rule && duty_is_open(duty) &&
            (effect == EFFECT_PAUSE ? may_be_paused(rule, duty) : !not_extended(rule, duty)))
            *(struct str *)list_add(c->t, &names, sizeof(struct str)) = duty->name;
    }
    return names;
}

enum err may_pause(struct change *c)
{
    if (!change_duties_for(c, EFFECT_PAUSE).count)
        return task_fail(c->t, ERR_CONFLICT, "现在没有依法可以暂停的时限");
    return OK;
}

enum err may_ask_extension(struct change *c)
{
    if (change_find_duty(c, S("approve-extension")))
        return task_fail(c->t, ERR_CONFLICT, "已经申请延长，等待批准");
    if (change_duties_for(c, EFFECT_ASK_EXTENSION).count)
        return OK;
    struct list duties = state_duties(c->t, c->state);
    LIST_EACH (struct duty_facts, duty, duties) {
        const struct duty_rule *rule = rule_of(c, duty->name);

        if (rule && duty_is_open(duty) && rule->extend_up_to.kind != LIMIT_NONE)
            return task_fail(c->t, ERR_CONFLICT, "“%.*s”%s", STR_ARG(rule->title),
                             not_extended(rule, duty));
    }
    return task_fail(c->t, ERR_CONFLICT, "现在没有可以延长的时限");
}

/* A ground that the duty's law names (licensing law 45 and the like); nothing else stops a clock.
 */
enum err effect_pause(struct change *c, const struct action_effect *effect)
{
    struct str name = json_get_str(c->input, "duty"), ground = json_get_str(c->input, "ground");
    const struct duty_rule *rule = rule_of(c, name);
    struct duty_facts *duty = change_find_duty(c, name);
    int32_t until = DAY_NONE;
    int check = procedure_duty_index(c->procedure, S("check-pause"));

    (void)effect;
    if (!rule || !duty || duty_is_paused(duty)) {
        task_field_error(c->t, S("duty"), "这个时限现在没有在计算");
        return OK;
    }
    struct str law = {0};
    for (size_t i = 0; i < rule->pause_ground_count; i++)
        if (str_eq(rule->pause_grounds[i], ground))
            law = rule->pause_laws[i];
    if (!law.len) {
        task_field_error(c->t, S("ground"), "“%.*s”不能因此暂停，法律没有规定这个事由",
                         STR_ARG(rule->title));
        return OK;
    }
    if (!day_parse(json_get_str(c->input, "until"), &until) || until < day_of(c->t->now) ||
        until > day_of(c->t->now) + PAUSE_MOST_DAYS) {
        task_field_error(c->t, S("until"), "预计到哪一天，应在今天之后、%d 天之内",
                         PAUSE_MOST_DAYS);
        return OK;
    }
    enum err e = change_pause_duty(c, duty, ground, law);
    if (e)
        return e;
    int32_t days = until - day_of(c->occurred_at);
    struct limit limit = {days > 0 ? LIMIT_CALENDAR_DAYS : LIMIT_SAME_DAY, days > 0 ? days : 0};
    return change_open_duty(c, check, true, limit);
}

enum err effect_resume(struct change *c, const struct action_effect *effect)
{
    struct list duties = state_duties(c->t, c->state);
    enum err e;

    (void)effect;
    LIST_EACH (struct duty_facts, duty, duties) {
        if (!duty_is_open(duty) || !duty_is_paused(duty) || duty->paused_by.len)
            continue;
        e = change_resume_duty(c, duty);
        if (!e)
            e = change_pause_by_step(c, duty, c->step);
        if (e)
            return e;
    }
    return change_close_duty(c, S("check-pause"), "done");
}

/* The most an extension may add, beside what was granted before. */
static bool within_extension(struct change *c, const struct duty_rule *rule,
                             const struct duty_facts *duty, int64_t amount)
{
    int64_t sum = amount;

    for (size_t i = 0; i < duty->extension_count; i++)
        sum += duty->extensions[i].by.amount;
    if (sum > rule->extend_up_to.amount) {
        task_field_error(c->t, S("amount"), "最多延长 %.*s（%.*s）",
                         STR_ARG(limit_text_zh(c->t, rule->extend_up_to)),
                         STR_ARG(rule->extend_law));
        return false;
    }
    return true;
}

enum err effect_ask_extension(struct change *c, const struct action_effect *effect)
{
    struct str name = json_get_str(c->input, "duty");
    const struct duty_rule *rule = rule_of(c, name);
    struct duty_facts *duty = change_find_duty(c, name);
    int64_t amount = json_get_int(c->input, "amount");

    (void)effect;
    if (!rule || !duty) {
        task_field_error(c->t, S("duty"), "这个时限现在不能延长");
        return OK;
    }
    const char *why_not = not_extended(rule, duty);
    if (why_not) {
        task_field_error(c->t, S("duty"), "“%.*s”%s", STR_ARG(rule->title), why_not);
        return OK;
    }
    if (!within_extension(c, rule, duty, amount))
        return OK;
    struct json *asked = json_object(c->t);
    json_put_str(c->t, asked, "duty", name);
    json_put_int(c->t, asked, "amount", amount);
    json_put_id(c->t, asked, "by", c->actor->staff);
    json_put_int(c->t, asked, "seq", c->seq);
    change_set(c, "extension_asked", asked);
    return change_open_duty(c, procedure_duty_index(c->procedure, S("approve-extension")), true,
                            (struct limit){LIMIT_NONE, 0});
}

/* Who asked does not approve. */
enum err may_grant_extension(struct change *c)
{
    const struct json *asked = json_get(c->state, "extension_asked");
    const struct duty_rule *rule = rule_of(c, json_get_str(asked, "duty"));
    struct duty_facts *duty = change_find_duty(c, json_get_str(asked, "duty"));

    if (!asked || !rule || !change_find_duty(c, S("approve-extension")))
        return task_fail(c->t, ERR_CONFLICT, "没有待批准的延期申请");
    if (!duty || duty->overdue_at)
        return task_fail(c->t, ERR_CONFLICT, "“%.*s”已经%s，不能再延长", STR_ARG(rule->title),
                         duty ? "超期" : "了结");
    if (c->actor->kind == ACTOR_STAFF && json_get_id(asked, "by") == c->actor->staff)
        return task_fail(c->t, ERR_FORBIDDEN, "延期申请不能由申请人自己批准");
    return OK;
}

/* What is granted stands in the duty's ledger with its approver. */
enum err effect_grant_extension(struct change *c, const struct action_effect *effect)
{
    const struct json *asked = json_get(c->state, "extension_asked");
    const struct duty_rule *rule = rule_of(c, json_get_str(asked, "duty"));
    struct duty_facts *duty = change_find_duty(c, json_get_str(asked, "duty"));

    (void)effect;
    if (!json_get_bool(c->input, "granted")) {
        task_field_error(c->t, S("granted"), "不同意的，请用“不同意延长”办理，写明理由");
        return OK;
    }
    struct extension *extensions = NEW(c->t, struct extension, duty->extension_count + 1);

    for (size_t i = 0; i < duty->extension_count; i++)
        extensions[i] = duty->extensions[i];
    extensions[duty->extension_count++] = (struct extension){
        .by = {rule->extend_up_to.kind, (int32_t)json_get_int(asked, "amount")},
        .reason = S("经批准延长"),
        .law = rule->extend_law,
        .approver = c->actor->name,
    };
    duty->extensions = extensions;
    change_duty(c, duty);
    change_set(c, "extension_asked", NULL);
    return change_close_duty(c, S("approve-extension"), "done");
}
