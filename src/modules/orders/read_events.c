/*
 * read_events.c - the timeline: what happened, in the words of the order's procedure.
 */
#include "modules/orders/read.h"

#include "modules/access/staff.h"
#include "orders_sql.h"

const struct engine_action engine_actions[] = {
    {"register", "登记", "收到申请"},
    {"overdue", "超期", ""},
    {"overdue-lifted", "撤销超期记录", ""},
    {"child-closed", "子工单办结", ""},
    {"child-reopened", "子工单重新办理", ""},
    {"linked", "被关联", ""},
    {"merged", "并入一件工单", ""},
    {"owner-left", "承办人离岗，退回队列", ""},
    {"owner-recused", "承办人申报后回避，退回队列", ""},
    {"owner-related", "承办人申报后须核实回避", ""},
    {"paper-drawn", "文书已生成", ""},
    {"date-moved", "期限随放假安排变动", "放假安排有变，日期改了"},
    {"suspension-ended", "暂停期满，恢复服务资格", ""},
    {"rating-contested", "评价申诉", ""},
    {"rating-voided", "评价不计入考核", ""},
    {"notice-told", "告知本人", ""},
    {NULL, NULL, NULL},
};

const struct engine_action *engine_action_find(struct str name)
{
    for (const struct engine_action *row = engine_actions; row->name; row++)
        if (str_is(name, row->name))
            return row;
    return NULL;
}

const struct shape event_row_shape = {
    .name = "EventRow",
    .size = sizeof(struct event_row),
    .fields =
        (const struct field[]){
            FIELD(struct event_row, seq, F_INT, NULL),
            FIELD(struct event_row, id, F_ID, NULL),
            FIELD(struct event_row, action, F_STR, NULL),
            FIELD(struct event_row, actor_kind, F_INT, NULL),
            FIELD(struct event_row, staff, F_ID, NULL),
            FIELD(struct event_row, post, F_STR, NULL),
            FIELD(struct event_row, unit, F_ID, NULL),
            FIELD(struct event_row, occurred_at, F_MOMENT, NULL),
            FIELD(struct event_row, recorded_at, F_MOMENT, NULL),
            FIELD(struct event_row, cause_order, F_ID, NULL),
            FIELD(struct event_row, cause_seq, F_INT, NULL),
            FIELD(struct event_row, effects, F_STR, NULL),
            FIELD(struct event_row, packed, F_STR, NULL),
            FIELD(struct event_row, body, F_STR, NULL),
            FIELD(struct event_row, hash, F_STR, NULL),
            {0},
        },
};

const struct shape event_view_shape = {
    .name = "OrderEvent",
    .size = sizeof(struct event_view),
    .fields =
        (const struct field[]){
            FIELD(struct event_view, seq, F_INT, "序号"),
            FIELD(struct event_view, action, F_STR, "操作"),
            FIELD(struct event_view, title, F_STR, "操作（中文）"),
            FIELD(struct event_view, citizen, F_STR, "给当事人看的说法"),
            FIELD(struct event_view, who, F_STR, "谁"),
            FIELD(struct event_view, post, F_STR, "岗位"),
            FIELD(struct event_view, unit, F_STR, "机构"),
            FIELD(struct event_view, occurred_at, F_MOMENT, "发生时间"),
            FIELD(struct event_view, recorded_at, F_MOMENT, "录入时间"),
            FIELD(struct event_view, late, F_BOOL, "补录"),
            FIELD(struct event_view, text, F_STR, "内容"),
            FIELD(struct event_view, step_to, F_STR, "到哪一环节"),
            FIELD(struct event_view, law, F_STR, "依据"),
            FIELD(struct event_view, cause_order, F_ID, "由哪件工单引起"),
            FIELD(struct event_view, hash, F_STR, "散列前八位"),
            FIELD(struct event_view, internal, F_BOOL, "仅内部可见"),
            {0},
        },
};

enum err event_rows(struct task *t, int64_t order, int64_t after, int64_t most,
                    struct list *ret_rows)
{
    return store_list(t, &q_orders_events,
                      ARGS(INT("tenant", t->tenant), INT("order_id", order), INT("after", after),
                           INT("most", most)),
                      &event_row_shape, ret_rows);
}

static enum err open_body(struct task *t, const struct order *order, const struct key *key,
                          const struct event_row *row, struct json **ret_body)
{
    struct str text;
    enum err e =
        text_open(t, key, event_place(t, t->tenant, order->id, row->seq), row->body, &text);

    return e ? e : json_parse(t, text, ret_body);
}

enum err order_event_body(struct task *t, const struct order *order, const struct key *key,
                          int64_t seq, struct json **ret_body)
{
    struct list rows;
    enum err e = event_rows(t, order->id, seq - 1, 1, &rows);

    if (e)
        return e;
    if (!rows.count)
        return task_fail(t, ERR_NOT_FOUND, "没有这条留痕");
    return open_body(t, order, key, rows.at, ret_body);
}

/* A form's answers as lines "题目：回答", choices by their titles. */
static void add_answers(struct task *t, struct buf *text, const struct form *form,
                        const struct json *input, const char *without)
{
    for (const struct ask *ask = form ? form->asks : NULL; ask && ask->name; ask++) {
        const struct json *value = json_get(input, ask->name);
        struct str shown = json_as_str(value);

        if (without && str_is(str_of(ask->name), without))
            continue;
        if (!value || value->kind == JSON_LIST || value->kind == JSON_OBJECT)
            continue;
        if (ask->type == ASK_ID || (ask->type == ASK_BOOL && !value->boolean))
            continue;
        for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
            if (str_is(shown, choice->value))
                shown = str_of(choice->title);
        if (ask->type == ASK_BOOL)
            shown = S("是");
        if (ask->type == ASK_INT)
            shown = str_format(t, "%lld", (long long)value->number);
        if (!shown.len)
            continue;
        if (text->len)
            buf_add_char(text, '\n');
        if (ask->type != ASK_LONG || form->asks[1].name)
            buf_format(text, "%s：", ask->title);
        buf_add(text, shown);
    }
}

static const struct action_rule *rule_anywhere(const struct procedure *procedure, struct str action)
{
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct action_rule *rule = step_action(&procedure->steps[i], action);

        if (rule)
            return rule;
    }
    return NULL;
}

/* The number of the other order is for who may see that order: it stands with the links. */
static bool links(const struct action_rule *rule)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == EFFECT_LINK)
            return true;
    return false;
}

static struct str event_text(struct task *t, const struct procedure *procedure,
                             const struct event_row *row, const struct json *body)
{
    const struct action_rule *rule = rule_anywhere(procedure, row->action);
    const struct json *input = json_get(body, "input");
    struct buf text = buf_new(t, 64 * 1024);

    if (str_is(row->action, "register")) {
        buf_add(&text, json_get_str(input, "content"));
        if (json_get_str(input, "remark").len)
            buf_format(&text, "\n当场说明：%.*s", STR_ARG(json_get_str(input, "remark")));
        if (json_get_str(input, "anonymous_reason").len)
            buf_format(&text, "\n匿名：%.*s", STR_ARG(json_get_str(input, "anonymous_reason")));
        add_answers(t, &text, &procedure->form, json_get(body, "fields"), NULL);
    } else if (rule) {
        add_answers(t, &text, &rule->form, input, links(rule) ? "other" : NULL);
    }
    if (json_get_str(body, "what").len)
        buf_add(&text, json_get_str(body, "what"));
    if (json_get_str(body, "why").len)
        buf_format(&text, "%s%.*s", text.len ? "\n" : "", STR_ARG(json_get_str(body, "why")));
    if (json_get_str(body, "lifted").len)
        buf_format(&text, "%s%.*s", text.len ? "\n" : "", STR_ARG(json_get_str(body, "lifted")));
    if (json_get(body, "files")) {
        buf_add(&text, text.len ? S("\n文件：") : S("文件："));
        JSON_EACH (name, json_get(body, "files")) {
            buf_format(&text, "%.*s%s", STR_ARG(json_as_str(name)), name->next ? "、" : "");
        }
    }
    if (json_get_str(body, "back_reason").len)
        buf_format(&text, "\n补录原因：%.*s", STR_ARG(json_get_str(body, "back_reason")));
    return buf_str(&text);
}

static enum err event_view_of(struct task *t, const struct procedure *procedure,
                              const struct event_row *row, const struct json *body,
                              struct event_view *ret_view)
{
    const struct action_rule *rule = rule_anywhere(procedure, row->action);
    const struct engine_action *own = engine_action_find(row->action);
    const struct post *post = post_find(row->post);
    struct json *effects;
    struct str name = {0};
    enum err e = event_effects(t, row, &effects);

    if (e)
        return e;
    e = staff_name(t, row->staff, &name);
    if (e)
        return e;
    const struct step_rule *step =
        procedure_step(procedure, json_get_str(json_get(effects, "set"), "step"));
    *ret_view = (struct event_view){
        .seq = row->seq,
        .action = row->action,
        .title = rule  ? rule->title
                 : own ? str_of(own->title)
                       : row->action,
        .citizen = rule  ? rule->citizen
                   : own ? str_of(own->citizen)
                         : (struct str){0},
        .who = row->actor_kind == ACTOR_PARTY ? S("当事人")
               : row->staff                   ? name
                                              : S("系统"),
        .post = post ? str_of(post->title) : (struct str){0},
        .occurred_at = row->occurred_at,
        .recorded_at = row->recorded_at,
        .late = day_of(row->recorded_at) != day_of(row->occurred_at),
        .text = body ? event_text(t, procedure, row, body) : S("（内容已按规定清除）"),
        .step_to = step ? step->title : (struct str){0},
        .law = rule ? rule->law : (struct str){0},
        .cause_order = row->cause_order,
        .hash = str_first(str_hex(t, row->hash.at, row->hash.len), 8),
        .internal = json_get_bool(body, "internal"),
    };
    if (row->unit) {
        struct unit unit;

        e = org_unit(t, row->unit, &unit);
        if (e)
            return e;
        ret_view->unit = unit.short_name.len ? unit.short_name : unit.name;
    }
    return OK;
}

enum err order_events_since(struct task *t, const struct order *order, int64_t version,
                            struct list *ret_events)
{
    const struct procedure *procedure;
    struct list rows, views = {0};
    struct key key = {{0}};
    bool erased = order->wrapped_key.len == 0;
    enum err e = order_procedure(t, order, &procedure);

    if (e)
        return e;
    e = event_rows(t, order->id, version, 1000, &rows);
    if (e)
        return e;
    if (!erased && (e = order_key(t, order, &key)))
        return e;
    LIST_EACH (struct event_row, row, rows) {
        struct event_view view;
        struct json *body = NULL;

        if (!erased && (e = open_body(t, order, &key, row, &body)))
            return e;
        e = event_view_of(t, procedure, row, body, &view);
        if (e)
            return e;
        *(struct event_view *)list_add(t, &views, sizeof view) = view;
    }
    *ret_events = views;
    return OK;
}

enum err order_events(struct task *t, const struct order *order, struct list *ret_events)
{
    return order_events_since(t, order, 0, ret_events);
}
