#include "modules/notices/words.h"

#include "core/time.h"

/* {name} is a member of the facts; {due} the first date that a duty of the house names. */
const struct notice_kind notice_kinds[] = {
    {"received", "已登记", "您的“{matter}”已登记，工单号 {order_no}，查询码 {code}。{due}", true},
    {"accepted", "已受理", "您的“{matter}”（{order_no}）已受理。{due}", true},
    {"must-supplement", "请补材料",
     "您的“{matter}”（{order_no}）还缺材料，请看一次性告知单，{until}前补交。", true},
    {"supplemented", "补交材料已收到", "您补交的材料（{order_no}）已收到。{due}", true},
    {"transferred", "已转办", "您的“{matter}”（{order_no}）已转{unit}办理。", true},
    {"assigned", "已确定承办人", "您的“{matter}”（{order_no}）已确定承办人。{due}", true},
    {"paused", "暂停计时", "您的“{matter}”（{order_no}）因法定事由暂停计时，详见告知书。", true},
    {"resumed", "恢复计时", "您的“{matter}”（{order_no}）已恢复办理。{due}", true},
    {"extended", "期限延长", "您的“{matter}”（{order_no}）办理期限已经批准延长，详见告知书。{due}",
     true},
    {"decided", "已作决定", "您的“{matter}”（{order_no}）已作出决定，请凭查询码查看或到窗口领取。",
     true},
    {"result", "办理结果", "您的“{matter}”（{order_no}）已有结果，请凭查询码查看或来电询问。",
     true},
    {"call-back", "回访未接通",
     "想听听您对“{matter}”（{order_no}）的意见，刚才没有打通，方便时请回电。", true},
    {"replied", "已答复", "您的“{matter}”（{order_no}）已答复，请凭查询码查看。", true},
    {"refused", "不予受理", "您的“{matter}”（{order_no}）不能受理，原因和救济途径见告知书。", true},
    {"guided", "应找的机关",
     "您的“{matter}”（{order_no}）应由其他机关办理，去哪里、怎么办见告知单。", true},
    {"withdrawn", "已撤回", "您的“{matter}”（{order_no}）已撤回，需要时可以重新申请。", true},
    {"closed", "已办结", "您的“{matter}”（{order_no}）已办结。", true},
    {"reopened", "重新办理", "您的“{matter}”（{order_no}）已重新办理。{due}", true},
    {"date-moved", "日期变动", "因放假安排公布或调整，您的“{matter}”（{order_no}）日期有变。{due}",
     true},
    {"supplement-moved", "补交期限变动",
     "因放假安排公布或调整，您的“{matter}”（{order_no}）请{until}前补交。", true},
    {"staff-date-moved", "期限变动", "期限随放假安排变动：{order_no} {matter}", false},
    {"staff-emergency", "紧急情况", "紧急：{order_no} {matter}", false},
    {"staff-assigned", "有新的待办", "待办：{order_no} {matter}", false},
    {"staff-returned", "转办被退回", "退回：{order_no} {matter}", false},
    {"staff-not-extended", "延期没有批准", "延期没有批准：{order_no} {matter}，请按原期限办理。",
     false},
    {"staff-resumed", "恢复服务资格", "您的服务资格已恢复（{order_no}），可以照常登录。", false},
    {"staff-cleared", "追究决定已撤销",
     "对您的追究决定已撤销（{order_no}）；停用过的账号和收回的岗位同时恢复。", false},
    {"staff-related", "须核实回避", "请核实承办人是否应当回避：{order_no} {matter}。{why}", false},
    {"staff-supervised", "督办", "督办：{order_no} {matter}，请按要求反馈。", false},
    {NULL, NULL, NULL, false},
};

bool notice_kind_known(struct str name)
{
    for (const struct notice_kind *kind = notice_kinds; kind->name; kind++)
        if (str_is(name, kind->name))
            return true;
    return false;
}

/* 最晚 10 月 19 日（周一）告诉您是否给予援助。 */
static struct str due_sentence(struct task *t, const struct json *facts)
{
    JSON_EACH (duty, json_get(facts, "duties")) {
        struct str tell = json_get_str(duty, "tell");
        int32_t day;

        if (tell.len && day_parse(json_get_str(duty, "legal_day"), &day))
            return str_format(t, "最晚 %.*s%.*s。", STR_ARG(day_text_zh(t, day)), STR_ARG(tell));
    }
    return (struct str){0};
}

static struct str until_day(struct task *t, const struct json *facts)
{
    JSON_EACH (duty, json_get(facts, "duties")) {
        int32_t day;

        if (str_is(json_get_str(duty, "owed_by"), "party") &&
            day_parse(json_get_str(duty, "legal_day"), &day))
            return day_text_zh(t, day);
    }
    return S("期限");
}

struct str notice_text(struct task *t, struct str kind, const struct json *facts)
{
    struct buf text = buf_new(t, 2000);
    struct str form = kind;

    for (const struct notice_kind *row = notice_kinds; row->name; row++)
        if (str_is(kind, row->name))
            form = str_of(row->text);
    while (form.len) {
        struct str before, name;

        str_cut(&form, '{', &before);
        buf_add(&text, before);
        if (!form.len || !str_cut(&form, '}', &name))
            break;
        buf_add(&text, str_is(name, "due")     ? due_sentence(t, facts)
                       : str_is(name, "until") ? until_day(t, facts)
                                               : json_as_str(json_find(facts, name)));
    }
    if (json_get_str(facts, "unit_phone").len)
        buf_format(&text, "电话 %.*s。", STR_ARG(json_get_str(facts, "unit_phone")));
    return buf_str(&text);
}
