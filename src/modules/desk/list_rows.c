/* One order as a row: nothing is decrypted for it, what it shows stands in the clear. */
#include "core/task.h"
#include "modules/access/staff.h"
#include "modules/catalog/catalog.h"
#include "modules/desk/worklist.h"

static const struct field row_fields[] = {
    FIELD(struct list_row, id, F_ID, "编号"),
    FIELD(struct list_row, number, F_STR, "工单号"),
    FIELD(struct list_row, number_head, F_STR, NULL),
    FIELD(struct list_row, number_tail, F_STR, NULL),
    FIELD(struct list_row, who, F_STR, "当事人（隐去名字）"),
    FIELD(struct list_row, more_parties, F_STR, "另有几人"),
    FIELD(struct list_row, party_count, F_INT, "当事人数"),
    FIELD(struct list_row, green, F_STR, "绿色通道"),
    FIELD(struct list_row, is_green, F_BOOL, NULL),
    FIELD(struct list_row, emergency, F_BOOL, "紧急"),
    FIELD(struct list_row, matter_code, F_STR, "事项代码"),
    FIELD(struct list_row, matter, F_STR, "事项"),
    FIELD(struct list_row, cause, F_STR, "事由"),
    FIELD(struct list_row, step_code, F_STR, "环节代码"),
    FIELD(struct list_row, step, F_STR, "环节"),
    FIELD(struct list_row, status, F_STR, "open 在办，closed 已办结"),
    FIELD(struct list_row, unit, F_ID, "承办机构"),
    FIELD(struct list_row, owner_id, F_ID, "承办人"),
    FIELD(struct list_row, owner, F_STR, "承办"),
    FIELD(struct list_row, channel_code, F_STR, "渠道代码"),
    FIELD(struct list_row, channel, F_STR, "渠道"),
    FIELD(struct list_row, channel_icon, F_STR, NULL),
    FIELD(struct list_row, looked_by, F_STR, NULL),
    FIELD(struct list_row, safe_day, F_DAY, "稳妥日"),
    FIELD(struct list_row, legal_day, F_DAY, "法定日"),
    FIELD(struct list_row, overdue, F_BOOL, "已超期"),
    FIELD(struct list_row, occurred_at, F_MOMENT, "发生时间"),
    FIELD(struct list_row, changed_at, F_MOMENT, "最近变化"),
    FIELD(struct list_row, version, F_INT, "版本"),
    FIELD(struct list_row, is_new, F_BOOL, "今天登记，还没有人处理"),
    FIELD_OF(struct list_row, chip, F_OBJECT, &desk_chip_shape, "办理时限"),
    {0},
};
const struct shape desk_list_row_shape = {"OrderRow", sizeof(struct list_row), row_fields};

/* An owner (by id) or a matter (by code): each is asked for once on a page. */
struct known_names {
    int64_t id;
    struct str code, name;
};

static void know(struct task *t, struct list *known, int64_t id, struct str code, struct str name)
{
    *(struct known_names *)list_add(t, known, sizeof(struct known_names)) =
        (struct known_names){id, code, name};
}

static bool is_known(const struct list *known, int64_t id, struct str code, struct str *ret_name)
{
    LIST_EACH (struct known_names, row, *known) {
        if (row->id == id && str_eq(row->code, code)) {
            *ret_name = row->name;
            return true;
        }
    }
    return false;
}

static enum err owner_name(struct task *t, struct list *known, const struct order *order,
                           struct str *ret_name)
{
    const struct post *desk = post_find(order->desk);

    if (!order->owner) {
        *ret_name = desk ? str_of(desk->title) : S("待认领");
        return OK;
    }
    if (is_known(known, order->owner, S(""), ret_name))
        return OK;
    struct str name = {0};
    enum err e = staff_name(t, order->owner, &name);
    if (e)
        return e;
    know(t, known, order->owner, S(""), name);
    *ret_name = name;
    return OK;
}

static enum err matter_title(struct task *t, struct list *known, struct str code,
                             struct str *ret_title)
{
    struct matter matter;

    if (is_known(known, 0, code, ret_title))
        return OK;
    enum err e = catalog_matter(t, code, &matter);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (e)
        task_clear_error(t);
    *ret_title = e ? code : matter.title;
    know(t, known, 0, code, *ret_title);
    return OK;
}

/* LJ01-20261009-04138: the unit is the same on most rows, the running number is what people say. */
static void split_number(struct list_row *row, struct str no)
{
    size_t dash = no.len;

    while (dash > 0 && no.at[dash - 1] != '-')
        dash--;
    row->number = no;
    row->number_tail = str_from(no, dash);
    struct str head = str_first(no, dash);
    struct str unit;
    str_cut(&head, '-', &unit);
    row->number_head = head;
}

enum err desk_list_row(struct task *t, const struct calendar *calendar, struct list *names,
                       const struct order *order, struct list_row *row)
{
    const struct procedure *procedure;
    enum err e = order_procedure(t, order, &procedure);

    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, order->step);
    split_number(row, order->no);
    row->id = order->id;
    row->unit = order->unit;
    row->owner_id = order->owner;
    row->version = order->version;
    row->party_count = order->party_count;
    row->who = order->party_masked.len ? order->party_masked : S("匿名");
    if (order->party_count > 1)
        row->more_parties = str_format(t, "+%lld", (long long)order->party_count - 1);
    row->green = desk_green(order->green);
    row->is_green = order->green.len > 0;
    row->emergency = order->emergency;
    row->matter_code = order->matter;
    row->cause = order->subject;
    row->step_code = order->step;
    row->step = step ? step->title : order->step;
    row->status = order->status;
    row->channel_code = order->channel;
    row->channel = desk_channel(order->channel);
    row->channel_icon = desk_channel_icon(order->channel);
    row->safe_day = order->due_safe_day;
    row->legal_day = order->due_legal_day;
    row->occurred_at = order->occurred_at;
    row->changed_at = order->changed_at;
    row->is_new = order->version == 1 && day_of(order->recorded_at) == day_of(t->now);
    row->chip = desk_chip_of_order(t, calendar, order);
    row->overdue = str_is(row->chip.state, "overdue");
    e = matter_title(t, names, order->matter, &row->matter);
    return e ? e : owner_name(t, names, order, &row->owner);
}
