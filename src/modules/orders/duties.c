/*
 * duties.c - what is owed: duties opened, closed, paused; the step machine of
 * docs/procedure-grammar.md ("Duties follow steps").
 */
#include "modules/orders/effects.h"

#include "modules/calendar/calendar.h"

/* A member of the procedure's form, of the action's input, or of the state. */
static struct str answer(struct change *c, struct str name)
{
    struct str value = json_as_str(json_find(c->input, name));

    if (!value.len)
        value = json_as_str(json_find(json_get(c->state, "fields"), name));
    return value.len ? value : json_as_str(json_find(c->state, name));
}

static const struct limit_case *limit_case_for(struct change *c, const struct duty_rule *rule)
{
    struct str value = answer(c, rule->keyed_by);
    const struct limit_case *otherwise = NULL;

    for (size_t i = 0; i < rule->case_count; i++) {
        if (value.len && str_eq(rule->cases[i].value, value))
            return &rule->cases[i];
        if (!rule->cases[i].value.len)
            otherwise = &rule->cases[i];
    }
    return otherwise;
}

static int64_t named_moment(struct change *c, struct str name)
{
    return name.len ? json_get_int(json_get(c->state, "moments"), str_terminated(c->t, name)) : 0;
}

/* A promise of the same day is one of the office: what reaches it after its hours reaches it on the
 * next working day (as in Civil Code 203(2): where there are business hours, a day ends with them).
 */
static enum err begin_at_work(struct change *c, const struct duty_rule *rule,
                              struct duty_facts *duty)
{
    const struct calendar *calendar;
    int32_t day = day_of(duty->start_at);
    enum err e;

    if (!rule->received_by || duty->limit.kind != LIMIT_SAME_DAY)
        return OK;
    e = calendar_current(c->t, &calendar);
    if (e)
        return e;
    if (calendar_kind(calendar, day) == DAY_REST ||
        duty->start_at >= day_start(day) + rule->received_by * (int64_t)60000)
        duty->start_at = day_start(calendar_add_working_days(calendar, day, 1));
    return OK;
}

enum err change_open_duty(struct change *c, int rule_index, bool by_action, struct limit instead)
{
    const struct duty_rule *rule = &c->procedure->duties[rule_index];
    const struct json *duties = json_get(c->state, "duties");
    const struct limit_case *row = rule->keyed_by.len ? limit_case_for(c, rule) : NULL;
    struct str from = row && row->from.len ? row->from : rule->from;
    int64_t moment = named_moment(c, from);
    struct duty_facts duty = {
        .n = duties ? (int64_t)duties->count + 1 : 1,
        .name = rule->name,
        .owed_by = rule->owed_by,
        .by_action = by_action,
        .opened_seq = c->seq,
        .start_at = moment ? moment : c->occurred_at,
        .limit = row ? row->limit : rule->limit,
        .law = row && row->law.len ? row->law : rule->law,
        .otherwise = rule->otherwise,
    };
    int32_t until;

    if (instead.kind != LIMIT_NONE)
        duty.limit = instead;
    if (rule->until.len && day_parse(answer(c, rule->until), &until)) {
        duty.limit = (struct limit){LIMIT_SAME_DAY, 0};
        duty.start_at = day_start(until);
    }
    enum err e = begin_at_work(c, rule, &duty);
    if (!e)
        change_duty(c, &duty);
    return e;
}

struct duty_facts *change_find_duty(struct change *c, struct str name)
{
    struct list duties = state_duties(c->t, c->state);

    LIST_EACH (struct duty_facts, duty, duties) {
        if (duty_is_open(duty) && str_eq(duty->name, name))
            return duty;
    }
    return NULL;
}

static bool paused_by_action(const struct duty_facts *duty)
{
    return duty_is_open(duty) && duty_is_paused(duty) && !duty->paused_by.len;
}

/* Nothing is paused by an action any more: there is nothing left to check. */
static void settle_check(struct change *c)
{
    struct list duties = state_duties(c->t, c->state);
    struct duty_facts *check = change_find_duty(c, S("check-pause"));

    LIST_EACH (struct duty_facts, duty, duties) {
        if (paused_by_action(duty))
            return;
    }
    if (!check)
        return;
    check->closed_seq = c->seq;
    check->how = S("done");
    change_duty(c, check);
}

/* What was to last longer is over: there is nothing left to grant, and nobody owes an answer. */
static void settle_extension(struct change *c, struct str over)
{
    const struct json *asked = json_get(c->state, "extension_asked");
    struct duty_facts *approve = change_find_duty(c, S("approve-extension"));

    if (!approve || !str_eq(json_get_str(asked, "duty"), over))
        return;
    approve->closed_seq = c->seq;
    approve->how = S("done");
    change_duty(c, approve);
    change_set(c, "extension_asked", NULL);
}

static void close_duty(struct change *c, struct duty_facts *duty, const char *how)
{
    bool checked = paused_by_action(duty);

    if (duty_is_paused(duty))
        duty->pauses[duty->pause_count - 1].to = day_of(c->occurred_at);
    duty->paused_by = S("");
    duty->closed_seq = c->seq;
    duty->how = str_of(how);
    change_duty(c, duty);
    if (checked)
        settle_check(c);
    settle_extension(c, duty->name);
}

enum err change_close_duty(struct change *c, struct str name, const char *how)
{
    struct duty_facts *duty = change_find_duty(c, name);

    if (duty)
        close_duty(c, duty, how);
    return OK;
}

enum err change_pause_duty(struct change *c, struct duty_facts *duty, struct str reason,
                           struct str law)
{
    if (duty_is_paused(duty))
        return OK;
    struct pause *pauses = NEW(c->t, struct pause, duty->pause_count + 1);
    for (size_t i = 0; i < duty->pause_count; i++)
        pauses[i] = duty->pauses[i];
    pauses[duty->pause_count++] = (struct pause){day_of(c->occurred_at), DAY_NONE, reason, law};
    duty->pauses = pauses;
    change_duty(c, duty);
    return OK;
}

enum err change_resume_duty(struct change *c, struct duty_facts *duty)
{
    if (!duty_is_paused(duty))
        return OK;
    duty->pauses[duty->pause_count - 1].to = day_of(c->occurred_at);
    duty->paused_by = S("");
    change_duty(c, duty);
    return OK;
}

static const struct step_pause *pause_of(const struct step_rule *step, int duty)
{
    for (size_t i = 0; i < step->pause_count; i++)
        if (step->pauses[i].duty == duty)
            return &step->pauses[i];
    return NULL;
}

enum err change_pause_by_step(struct change *c, struct duty_facts *duty,
                              const struct step_rule *step)
{
    int rule = procedure_duty_index(c->procedure, duty->name);
    const struct step_pause *pause = pause_of(step, rule);

    if (!pause || duty_is_paused(duty))
        return OK;
    duty->paused_by = step->name;
    return change_pause_duty(c, duty, step->title, pause->law);
}

/* Held by a step that is left now, be it by way of a detour; not by an action, which only `resume`
 * undoes.  Orders from before the name was kept: by the step that is left, if it says so. */
static bool was_paused_by_step(struct change *c, const struct duty_facts *duty, int rule)
{
    if (duty->paused_by.len)
        return true;
    return c->step && pause_of(c->step, rule) && !change_find_duty(c, S("check-pause"));
}

static bool owes(const struct step_rule *step, int duty)
{
    for (size_t i = 0; i < step->owe_count; i++)
        if (step->owes[i] == duty)
            return true;
    return false;
}

/* The day passed on a detour, where its `else:` action could not happen: back in the step that has
 * it, the timer does it now.  The event of that day stays. */
static void let_fire_again(struct change *c, const struct step_rule *step, struct duty_facts *duty)
{
    if (!c->step || !c->step->keeps || !duty->overdue_at || !duty->otherwise.len ||
        !step_action(step, duty->otherwise))
        return;
    duty->overdue_at = 0;
    change_duty(c, duty);
}

/* What the new step makes of one open duty. */
static enum err carry_duty(struct change *c, const struct step_rule *step, struct duty_facts *duty)
{
    int rule = procedure_duty_index(c->procedure, duty->name);

    if (step->end) {
        close_duty(c, duty, "done");
        return OK;
    }
    if (pause_of(step, rule))
        return change_pause_by_step(c, duty, step);
    if (owes(step, rule)) {
        if (duty->by_action) {
            duty->by_action = false; /* now it is the step's */
            change_duty(c, duty);
        }
        let_fire_again(c, step, duty);
        return was_paused_by_step(c, duty, rule) ? change_resume_duty(c, duty) : OK;
    }
    /* A detour leaves alone what the step before owed; its own duties close when it is left. */
    if (!step->keeps && !duty->by_action)
        close_duty(c, duty, "done");
    return OK;
}

/* Keep, pause, resume or close what was open; then open what the step owes and is not. */
static enum err carry_duties(struct change *c, const struct step_rule *step)
{
    struct list duties = state_duties(c->t, c->state);
    enum err e;

    LIST_EACH (struct duty_facts, duty, duties) {
        if (duty_is_open(duty) && (e = carry_duty(c, step, duty)))
            return e;
    }
    for (size_t i = 0; i < step->owe_count; i++) {
        if (change_find_duty(c, c->procedure->duties[step->owes[i]].name))
            continue;
        e = change_open_duty(c, step->owes[i], false, (struct limit){LIMIT_NONE, 0});
        if (e)
            return e;
    }
    return OK;
}

static bool desk_has(const struct step_rule *step, struct str post)
{
    for (size_t i = 0; i < step->desk_count; i++)
        if (str_eq(step->desk[i], post))
            return true;
    return false;
}

/* Whose it is now: the owner stays when the desk is theirs; else the actor, when it is theirs and
 * nothing declared keeps them from it (K11); else the queue. */
static enum err settle_owner(struct change *c, const struct step_rule *step)
{
    bool same_unit =
        c->actor->kind == ACTOR_STAFF && c->actor->unit == json_get_id(c->state, "unit");
    enum interest interest = INTEREST_NONE;
    struct str why;

    if (!step->desk_count)
        return OK;
    if (json_get_id(c->state, "owner") && desk_has(step, json_get_str(c->state, "owner_post"))) {
        change_set_str(c, "desk", json_get_str(c->state, "owner_post"));
        return OK;
    }
    if (same_unit && desk_has(step, str_of(c->actor->post->code)) &&
        !order_recused(c->state, c->actor->staff)) {
        enum err e = recusal_interest(c, c->actor->staff, &interest, &why);

        if (e)
            return e;
        if (interest == INTEREST_NONE) {
            change_set_id(c, "owner", c->actor->staff);
            change_set_str(c, "owner_post", str_of(c->actor->post->code));
            change_set_str(c, "desk", str_of(c->actor->post->code));
            return OK;
        }
    }
    change_set_id(c, "owner", 0);
    change_set_str(c, "owner_post", S(""));
    change_set_str(c, "desk", step->desk[0]);
    return OK;
}

static bool is_detour(const struct step_rule *step)
{
    if (step->keeps)
        return true;
    for (size_t i = 0; i < step->action_count; i++)
        if (step->actions[i].to == TO_BACK)
            return true;
    return false;
}

enum err change_enter_step(struct change *c, int step_index)
{
    const struct step_rule *step = &c->procedure->steps[step_index];

    if (c->step && !is_detour(c->step))
        change_set_str(c, "back", c->step->name);
    change_set_str(c, "step", step->name);
    enum err e = carry_duties(c, step);
    if (e)
        return e;
    if (step->end) {
        change_set_str(c, "status", S("closed"));
        change_set_str(c, "outcome", step->outcome);
        return OK;
    }
    if (str_is(json_get_str(c->state, "status"), "closed"))
        change_set_str(c, "status", S("open"));
    return settle_owner(c, step);
}
