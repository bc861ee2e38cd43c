/*
 * read_duties.c - duties with their dates, their chip and the reasons; what an actor may do now.
 */
#include "modules/orders/read.h"

#include "modules/calendar/calendar.h"
#include "core/text.h"
#include "modules/access/staff.h"
#include "modules/orders/effects.h"
#include "modules/orders/materials.h"

const struct shape duty_view_shape = {
    .name = "Duty",
    .size = sizeof(struct duty_view),
    .fields =
        (const struct field[]){
            FIELD(struct duty_view, n, F_INT, "序号"),
            FIELD(struct duty_view, name, F_STR, "名称"),
            FIELD(struct duty_view, title, F_STR, "义务"),
            FIELD(struct duty_view, owed_by, F_STR, "由谁履行"),
            FIELD(struct duty_view, owed_by_title, F_STR, "由谁履行（中文）"),
            FIELD(struct duty_view, tell, F_STR, "给当事人看的说法"),
            FIELD(struct duty_view, opened_seq, F_INT, "由哪条留痕产生"),
            FIELD(struct duty_view, closed_seq, F_INT, "由哪条留痕结束"),
            FIELD(struct duty_view, how, F_STR, "怎样结束"),
            FIELD(struct duty_view, start_at, F_MOMENT, "起算"),
            FIELD(struct duty_view, limit, F_STR, "期限"),
            FIELD(struct duty_view, law, F_STR, "依据"),
            FIELD(struct duty_view, basis, F_STR, "承诺"),
            FIELD(struct duty_view, legal_day, F_DAY, "法定日"),
            FIELD(struct duty_view, safe_day, F_DAY, "稳妥日"),
            FIELD(struct duty_view, legal_short, F_STR, "法定日（月日）"),
            FIELD(struct duty_view, safe_short, F_STR, "稳妥日（月日）"),
            FIELD(struct duty_view, legal_zh, F_STR, "法定日（中文）"),
            FIELD(struct duty_view, legal_at, F_MOMENT, "超过这一刻为超期"),
            FIELD(struct duty_view, safe_at, F_MOMENT, "稳妥时刻"),
            FIELD(struct duty_view, by_hour, F_BOOL, "按小时"),
            FIELD(struct duty_view, provisional, F_BOOL, "暂定"),
            FIELD(struct duty_view, paused, F_BOOL, "暂停"),
            FIELD(struct duty_view, overdue, F_BOOL, "超期"),
            FIELD(struct duty_view, open, F_BOOL, "未了"),
            FIELD(struct duty_view, left, F_INT, "剩几个工作日；负数为超期日数"),
            FIELD(struct duty_view, chip, F_STR, "标签样式"),
            FIELD(struct duty_view, chip_text, F_STR, "标签文字"),
            FIELD_OF(struct duty_view, why, F_LIST, &due_step_shape, "为什么是这一天"),
            FIELD_OF(struct duty_view, strip, F_LIST, &due_day_shape, "日期条"),
            FIELD(struct duty_view, strip_cut, F_BOOL, "日期条只显示一部分"),
            {0},
        },
};

/* State is a word, then a shape, then a colour.  n counts working days to the safe date;
 * overdue counts calendar days from the legal one. */
struct chip duty_chip(struct task *t, const struct calendar *calendar, const struct due *due,
                      int64_t flags, bool open)
{
    int32_t today = day_of(t->now);
    struct chip chip = {S("fine"), S("")};

    if (!open)
        return (struct chip){S("done"), S("办结")};
    if (flags & DUE_PAUSED)
        return (struct chip){S("paused"), S("暂停")};
    if (due->provisional)
        return (struct chip){S("provisional"), S("暂定")};
    if (t->now >= due->legal_at) {
        int32_t days = today - due->legal_day;

        chip.kind = S("overdue");
        chip.text = days > 0 ? str_format(t, tr(t, "超 %d 日"), days) : S("已超时");
        return chip;
    }
    int32_t left = calendar_working_days_between(calendar, today, due->safe_day);
    if (due->safe_day == today)
        return (struct chip){S("today"), S("今天")};
    if (due->safe_day < today)
        return (struct chip){S("today"), S("稳妥已过")};
    chip.kind = left <= 2 ? S("soon") : S("fine");
    chip.text = str_format(t, tr(t, "剩 %d 日"), left);
    return chip;
}

static struct duty_view duty_view_of(struct task *t, const struct procedure *procedure,
                                     const struct calendar *calendar, struct duty_facts *duty,
                                     bool explain)
{
    int index = procedure_duty_index(procedure, duty->name);
    const struct duty_rule *rule = index < 0 ? NULL : &procedure->duties[index];
    struct due_question question = duty_question(duty, day_of(t->now));
    struct due due = due_compute(calendar, &question);
    bool open = duty_is_open(duty);
    struct chip chip = duty_chip(t, calendar, &due, duty_is_paused(duty) ? DUE_PAUSED : 0, open);
    struct duty_view view = {
        .n = duty->n,
        .name = duty->name,
        .title = rule ? rule->title : duty->name,
        .owed_by = str_of(owed_by_rules[duty->owed_by].word),
        .owed_by_title = str_of(owed_by_rules[duty->owed_by].title),
        .tell = rule ? rule->tell : (struct str){0},
        .opened_seq = duty->opened_seq,
        .closed_seq = duty->closed_seq,
        .how = duty->how,
        .start_at = duty->start_at,
        .limit = limit_text_zh(t, duty->limit),
        .law = duty->law,
        .basis = duty->law.len ? (struct str){0} : S("本平台承诺"),
        .legal_day = due.legal_day,
        .safe_day = due.safe_day,
        .legal_short = day_text_short(t, due.legal_day),
        .safe_short = day_text_short(t, due.safe_day),
        .legal_zh = day_text_zh(t, due.legal_day),
        .legal_at = due.legal_at,
        .safe_at = due.safe_at,
        .by_hour = due.by_hour,
        .provisional = due.provisional,
        .paused = duty_is_paused(duty),
        .overdue = duty->overdue_at != 0 ||
                   (open && !due.provisional && !duty_is_paused(duty) && t->now >= due.legal_at),
        .open = open,
        .left = calendar_working_days_between(calendar, day_of(t->now), due.safe_day),
        .chip = chip.kind,
        .chip_text = chip.text,
    };

    if (explain && open) {
        view.why = due_explain(t, calendar, &question, &due);
        view.strip = due_strip(t, calendar, &question, &due, &view.strip_cut);
    }
    return view;
}

enum err order_duties(struct task *t, const struct order *order, bool explain,
                      struct list *ret_duties)
{
    const struct procedure *procedure;
    const struct calendar *calendar;
    struct list views = {0};
    struct json *state;
    enum err e = order_procedure(t, order, &procedure);

    if (e)
        return e;
    e = calendar_current(t, &calendar);
    if (e)
        return e;
    e = json_parse(t, order->state, &state);
    if (e)
        return e;
    struct list duties = state_duties(t, state);
    LIST_EACH (struct duty_facts, duty, duties) {
        *(struct duty_view *)list_add(t, &views, sizeof(struct duty_view)) =
            duty_view_of(t, procedure, calendar, duty, explain);
    }
    *ret_duties = views;
    return OK;
}

const struct shape action_view_shape = {
    .name = "Action",
    .size = sizeof(struct action_view),
    .fields =
        (const struct field[]){
            FIELD(struct action_view, name, F_STR, "操作"),
            FIELD(struct action_view, title, F_STR, "名称"),
            FIELD(struct action_view, hint, F_STR, "之后怎样"),
            FIELD(struct action_view, law, F_STR, "依据"),
            FIELD(struct action_view, primary, F_BOOL, "主要操作"),
            FIELD(struct action_view, danger, F_BOOL, "要谨慎"),
            FIELD(struct action_view, allowed, F_BOOL, "现在可以做"),
            FIELD(struct action_view, why_not, F_STR, "为什么不可以"),
            {0},
        },
};

enum err order_actions(struct task *t, const struct actor *actor, const struct order *order,
                       struct list *ret_actions)
{
    struct list views = {0};
    struct change c;

    if (!order_within(actor, order) || !order->wrapped_key.len) {
        *ret_actions = views;
        return OK;
    }
    enum err e = change_begin(t, actor, order, &c);
    if (e)
        return e;
    for (size_t i = 0; i < c.step->action_count; i++) {
        const struct action_rule *rule = &c.step->actions[i];

        if (!action_given_to(rule, actor, order))
            continue;
        c.rule = rule;
        e = action_refused(&c);
        if (e == ERR_STORE || e == ERR_INTERNAL)
            return e;
        *(struct action_view *)list_add(t, &views, sizeof(struct action_view)) =
            (struct action_view){
                .name = rule->name,
                .title = rule->title,
                .hint = rule->hint,
                .law = rule->law,
                .primary = rule->primary,
                .danger = rule->danger,
                .allowed = e == OK,
                .why_not = e ? t->note : (struct str){0},
                .form = &rule->form,
            };
        task_clear_error(t);
    }
    *ret_actions = views;
    return OK;
}

enum err order_may(struct task *t, const struct actor *actor, const struct order *order,
                   struct str action, bool *ret_may)
{
    struct change c;

    *ret_may = false;
    if (!order_within(actor, order) || !order->wrapped_key.len)
        return OK;
    enum err e = change_begin(t, actor, order, &c);
    if (e)
        return e;
    c.rule = step_action(c.step, action);
    if (!c.rule)
        return OK;
    e = action_refused(&c);
    if (e == ERR_STORE || e == ERR_INTERNAL)
        return e;
    task_clear_error(t);
    *ret_may = e == OK;
    return OK;
}

enum err order_choices(struct task *t, const struct actor *actor, const struct order *order,
                       struct str action, struct act_choices *ret_choices)
{
    struct act_choices choices = {0};
    struct list people = {0};
    struct change c;
    enum err e = change_begin(t, actor, order, &c);

    if (e)
        return e;
    c.rule = step_action(c.step, action);
    if (!c.rule)
        return task_fail(t, ERR_NOT_FOUND, "这一步没有这项操作");
    for (size_t i = 0; i < c.rule->effect_count; i++) {
        enum effect effect = c.rule->effects[i].effect;

        choices.of_staff = choices.of_staff || effect == EFFECT_ASSIGN;
        if (effect == EFFECT_PAUSE || effect == EFFECT_ASK_EXTENSION) {
            choices.of_duties = true;
            choices.duties = change_duties_for(&c, effect);
        }
    }
    if (choices.of_staff)
        e = change_assignees(&c, &people);
    if (e)
        return e;
    LIST_EACH (struct staff_at, person, people) {
        struct assignee *one = list_add(t, &choices.staff, sizeof *one);
        struct str why;

        *one = (struct assignee){person->id, person->name, person->post, INTEREST_NONE};
        e = recusal_interest(&c, person->id, &one->interest, &why);
        if (e)
            return e;
    }
    *ret_choices = choices;
    return OK;
}

const struct shape material_view_shape = {
    .name = "OrderMaterial",
    .size = sizeof(struct material_view),
    .fields =
        (const struct field[]){
            FIELD(struct material_view, code, F_STR, "材料"),
            FIELD(struct material_view, title, F_STR, "名称"),
            FIELD(struct material_view, where, F_STR, "从哪里得到"),
            FIELD(struct material_view, state, F_STR,
                  "in 已收，promised 承诺后补，handed-in 已交待核，missing 缺"),
            FIELD(struct material_view, required, F_BOOL, "必需"),
            FIELD(struct material_view, promise, F_BOOL, "可先承诺"),
            {0},
        },
};

enum err order_materials(struct task *t, const struct order *order, struct list *ret_materials)
{
    struct list views = {0};
    struct matter matter;
    struct json *state;
    enum err e = json_parse(t, order->state, &state);

    if (e)
        return e;
    e = catalog_matter(t, order->matter, &matter);
    if (e)
        return e;
    LIST_EACH (struct material, material, matter.materials) {
        struct str mark = json_as_str(json_find(json_get(state, "materials"), material->code));

        *(struct material_view *)list_add(t, &views, sizeof(struct material_view)) =
            (struct material_view){
                .code = material->code,
                .title = material->title,
                .where = material->where,
                .state = mark.len ? mark : S("missing"),
                .required = material->required,
                .promise = material->promise,
            };
    }
    *ret_materials = views;
    return OK;
}
