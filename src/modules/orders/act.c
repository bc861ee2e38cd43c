/*
 * act.c - the one way an order changes: check everything, decide, append one event, apply.
 */
#include "modules/access/staff.h"
#include "modules/orders/act.h"

#include <string.h>

#include "modules/orders/read.h"
#include "orders_sql.h"

enum { MAX_DEPTH = 4 }; /* acts that cause acts that cause acts */

enum err change_begin(struct task *t, const struct actor *actor, const struct order *order,
                      struct change *c)
{
    *c = (struct change){.t = t, .actor = actor, .order = *order, .seq = order->version + 1};
    enum err e = order_procedure(t, order, &c->procedure);
    if (e)
        return e;
    e = json_parse(t, order->state, &c->state);
    if (e)
        return e;
    c->step = procedure_step(c->procedure, order->step);
    if (!c->step)
        return task_fail(t, ERR_INTERNAL, "工单所在环节在规程中不存在");
    c->set = json_object(t);
    c->duties = json_object(t);
    c->body = json_object(t);
    c->counted_before = counted_of(c->state);
    c->occurred_at = t->now;
    c->done = NEW(t, struct act_done, 1);
    return order_key(t, order, &c->key);
}

static int step_to(struct change *c)
{
    struct str value;

    if (!c->rule->to_keyed_by.len)
        return c->rule->to;
    value = json_as_str(json_find(c->input, c->rule->to_keyed_by));
    if (!value.len)
        value = json_as_str(json_find(json_get(c->state, "fields"), c->rule->to_keyed_by));
    int otherwise = TO_STAY;
    for (size_t i = 0; i < c->rule->to_case_count; i++) {
        if (c->rule->to_cases[i].value.len && str_eq(c->rule->to_cases[i].value, value))
            return c->rule->to_cases[i].step;
        if (!c->rule->to_cases[i].value.len)
            otherwise = c->rule->to_cases[i].step;
    }
    return otherwise;
}

static enum err run_effects(struct change *c)
{
    for (size_t i = 0; i < c->rule->effect_count; i++) {
        const struct action_effect *effect = &c->rule->effects[i];
        enum err e;

        if (effect->conditional) {
            bool holds;

            e = condition_holds(c, effect->only_if, &holds);
            if (e)
                return e;
            if (!holds)
                continue;
            e = effect_refused(c, effect->effect);
            if (e)
                return e;
        }
        e = effect_table[effect->effect](c, effect);
        if (e)
            return e;
    }
    return task_input_verdict(c->t);
}

static enum err move_duties(struct change *c)
{
    enum err e;

    for (size_t i = 0; i < c->rule->close_count; i++) {
        e = change_close_duty(c, c->procedure->duties[c->rule->closes[i]].name, "done");
        if (e)
            return e;
    }
    for (size_t i = 0; i < c->rule->open_count; i++) {
        int duty = c->rule->opens[i];

        if (change_find_duty(c, c->procedure->duties[duty].name))
            continue;
        e = change_open_duty(c, duty, true, (struct limit){LIMIT_NONE, 0});
        if (e)
            return e;
    }
    return OK;
}

static enum err move_step(struct change *c)
{
    int to = step_to(c);

    if (to == TO_STAY)
        return OK;
    if (to == TO_BACK) {
        to = procedure_step_index(c->procedure, json_get_str(c->state, "back"));
        if (to < 0)
            to = 0;
    }
    return change_enter_step(c, to);
}

enum err change_apply_action(struct change *c)
{
    enum err e = run_effects(c);

    if (e)
        return e;
    if (c->rule->sets.len) {
        const struct json *as = json_find(json_get(c->state, "moments"), c->rule->sets_as);
        int64_t moment = as && as->kind == JSON_INT ? as->number : c->occurred_at;

        change_set_in(c, "moments", c->rule->sets, json_int(c->t, moment));
    }
    e = move_duties(c);
    if (e)
        return e;
    e = move_step(c);
    if (e)
        return e;
    return change_tell(c);
}

/* A member of the state as text in the event body, for the timeline. */
static void keep_input(struct change *c, const struct act *act)
{
    if (c->input && c->input->count)
        json_put(c->t, c->body, S("input"), json_copy(c->t, c->input));
    if (act->back_reason.len)
        json_put_str(c->t, c->body, "back_reason", act->back_reason);
}

static enum err count_child_closed(struct change *c, void *arg)
{
    int64_t open = json_get_int(c->state, "children_open");

    (void)arg;
    change_set_int(c, "children_open", open > 0 ? open - 1 : 0);
    return OK;
}

static enum err count_child_reopened(struct change *c, void *arg)
{
    (void)arg;
    change_set_int(c, "children_open", json_get_int(c->state, "children_open") + 1);
    return OK;
}

/* When the last child is closed, the step that waits for them goes on by itself. */
static enum err go_on_when_joined(struct task *t, int64_t order_id, int64_t cause_order,
                                  int64_t cause_seq, int depth)
{
    struct actor system = system_actor;
    const struct procedure *procedure;
    struct order order;
    struct json *state;
    enum err e;

    system.tenant = t->tenant;
    e = order_load(t, &system, order_id, &order);
    if (e)
        return e;
    e = order_procedure(t, &order, &procedure);
    if (e)
        return e;
    e = json_parse(t, order.state, &state);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, order.step);
    if (!step || !step->joined.len || json_get_int(state, "children_open") ||
        !json_get_int(state, "children_all"))
        return OK;
    struct act act = {.order = order_id, .action = step->joined};
    return act_run(t, &system, &act, &(struct act_cause){cause_order, cause_seq, depth + 1}, NULL);
}

static enum err after_event(struct change *c, bool was_open)
{
    bool open = str_is(json_get_str(c->state, "status"), "open");
    bool closed = was_open && !open;
    int64_t parent = json_get_id(c->state, "parent");
    const struct step_rule *now = procedure_step(c->procedure, json_get_str(c->state, "step"));
    enum err e;

    if (closed && parent) {
        e = change_engine_event(c, parent, "child-closed", count_child_closed, NULL);
        if (e)
            return e;
        e = go_on_when_joined(c->t, parent, c->order.id, c->seq, c->depth);
        if (e)
            return e;
    }
    if (open && !was_open && parent) {
        e = change_engine_event(c, parent, "child-reopened", count_child_reopened, NULL);
        if (e)
            return e;
    }
    if (now && now != c->step && now->joined.len)
        return go_on_when_joined(c->t, c->order.id, c->order.id, c->seq, c->depth);
    return OK;
}

/* A paper that was drawn meanwhile, a word that was passed on, changes nothing about the order. */
static enum err still_as_seen(struct task *t, const struct order *order, int64_t seen)
{
    struct list rows;
    bool same = seen == order->version;

    if (!seen || same)
        return OK;
    enum err e = event_rows(t, order->id, seen, 32, &rows);
    if (e)
        return e;
    same = rows.count == (size_t)(order->version - seen);
    LIST_EACH (struct event_row, row, rows)
        same = same && (str_is(row->action, "paper-drawn") || str_is(row->action, "notice-told"));
    if (!same)
        return task_fail(t, ERR_CONFLICT, "您打开之后有人先办了这件工单，请看最新内容后再办");
    return OK;
}

/* What nobody would keep is refused, not lost. */
static void check_files(struct task *t, const struct action_rule *rule, struct list files)
{
    bool takes = files.count == 0;

    for (size_t i = 0; i < rule->effect_count; i++)
        takes = takes || rule->effects[i].effect == EFFECT_ATTACH;
    if (!takes)
        task_field_error(t, S("files[0]"), "“%.*s”不收文件，请先用“添加材料”交上来",
                         STR_ARG(rule->title));
}

static void say_done(struct change *c)
{
    c->done->order = c->order.id;
    c->done->no = c->order.no;
    c->done->seq = c->seq;
    c->done->version = c->seq;
    c->done->step = json_get_str(c->state, "step");
}

/* The whole of one act, inside a transaction. */
enum err act_run(struct task *t, const struct actor *actor, const struct act *act,
                 const struct act_cause *cause, struct act_done *ret_done)
{
    struct order order;
    struct change c;
    struct json *clean;
    enum err e;

    if (cause && cause->depth > MAX_DEPTH)
        return task_fail(t, ERR_INTERNAL, "规程使工单互相触发，没有尽头");
    e = store_lock(t, act->order);
    if (!e)
        e = order_load(t, actor, act->order, &order);
    if (e)
        return e;
    if (!order_within(actor, &order))
        return task_fail(t, ERR_FORBIDDEN, "这件工单由别的机构办理，您只能查看");
    e = still_as_seen(t, &order, act->seen_version);
    if (e)
        return e;
    e = change_begin(t, actor, &order, &c);
    if (e)
        return e;
    c.rule = step_action(c.step, act->action);
    if (!c.rule)
        return task_fail(t, ERR_CONFLICT, "工单现在处于“%.*s”，不能做这项操作",
                         STR_ARG(c.step->title));
    c.action = c.rule->name;
    e = action_refused(&c);
    if (e)
        return e;
    /* Now, when nobody says otherwise, but not before the registration: that is a clock set back.
     */
    c.occurred_at = t->now > order.occurred_at ? t->now : order.occurred_at;
    if (act->occurred_at) {
        c.occurred_at = act->occurred_at;
        check_occurred(t, actor, c.occurred_at, actor->kind == ACTOR_SYSTEM ? 0 : order.occurred_at,
                       act->back_reason);
    }
    (void)!form_check(t, &c.rule->form, act->input, S(""), &clean);
    check_files(t, c.rule, act->files);
    e = task_input_verdict(t);
    if (e)
        return e;
    c.input = clean;
    c.files = act->files;
    if (cause) {
        c.cause_order = cause->order;
        c.cause_seq = cause->seq;
        c.depth = cause->depth;
    }
    bool was_open = str_is(order.status, "open");
    keep_input(&c, act);
    e = change_apply_action(&c);
    if (e)
        return e;
    e = change_commit(&c);
    if (e)
        return e;
    e = after_event(&c, was_open);
    if (e)
        return e;
    say_done(&c);
    if (ret_done)
        *ret_done = *c.done;
    return OK;
}

static enum err engine_event(struct task *t, const struct actor *actor, int64_t order_id,
                             const char *action, int64_t occurred_at, const struct act_cause *cause,
                             engine_event_fn *fill, void *arg)
{
    struct actor system = system_actor;
    struct order order;
    struct change c;
    enum err e;

    system.tenant = t->tenant;
    e = store_lock(t, order_id);
    if (!e)
        e = order_load(t, &system, order_id, &order);
    if (e)
        return e;
    e = change_begin(t, actor, &order, &c);
    if (e)
        return e;
    c.action = str_of(action);
    c.occurred_at = occurred_at ? occurred_at : t->now;
    c.cause_order = cause->order;
    c.cause_seq = cause->seq;
    c.depth = cause->depth;
    e = fill(&c, arg);
    if (e)
        return e;
    return change_commit(&c);
}

enum err change_engine_event(struct change *c, int64_t order, const char *action,
                             engine_event_fn *fill, void *arg)
{
    struct actor system = system_actor;
    struct act_cause cause = {c->order.id, c->seq, c->depth + 1};

    system.tenant = c->t->tenant;
    return engine_event(c->t, &system, order, action, c->occurred_at, &cause, fill, arg);
}

enum err order_engine_event(struct task *t, const struct actor *actor, int64_t order,
                            const char *action, int64_t occurred_at, engine_event_fn *fill,
                            void *arg)
{
    struct act_cause none = {0, 0, 0};

    return engine_event(t, actor, order, action, occurred_at, &none, fill, arg);
}

/* --- The door --------------------------------------------------------------------------------- */

struct act_args {
    const struct actor *actor;
    const struct act *act;
    struct act_done done;
};

static enum err run_act(struct task *t, void *arg)
{
    struct act_args *a = arg;

    return act_run(t, a->actor, a->act, NULL, &a->done);
}

enum err order_act(struct task *t, const struct actor *actor, const struct act *act,
                   struct act_done *ret_done)
{
    struct act_args a = {.actor = actor, .act = act};
    struct once once = {
        .actor = actor,
        .key = act->key,
        .what = str_format(t, "%lld/%.*s %lld %.*s ", (long long)act->order, STR_ARG(act->action),
                           (long long)act->occurred_at, STR_ARG(act->back_reason)),
        .input = act->input,
        .files = act->files,
        .run = run_act,
        .arg = &a,
        .done = &a.done,
        .ahead = true,
    };
    enum err e = do_once(t, &once);

    if (e == OK && ret_done)
        *ret_done = a.done;
    return e;
}
