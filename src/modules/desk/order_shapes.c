/* What the order page and the API say of one order. */
#include "modules/desk/order_page.h"

#define FIELDS(...)                  ((const struct field[]){__VA_ARGS__, {0}})
#define F(type, member, kind, title) FIELD(struct type, member, kind, title)

static const struct shape stage_shape = {
    "OrderStage", sizeof(struct order_stage),
    FIELDS(F(order_stage, title, F_STR, "阶段"), F(order_stage, state, F_STR, "done now coming"),
           F(order_stage, icon, F_STR, NULL), F(order_stage, done, F_BOOL, NULL),
           F(order_stage, now, F_BOOL, NULL))};

static const struct shape fact_shape = {"OrderFact", sizeof(struct order_fact),
                                        FIELDS(F(order_fact, label, F_STR, NULL),
                                               F(order_fact, strong, F_STR, NULL),
                                               F(order_fact, more, F_STR, NULL))};

static const struct shape duty_shape = {
    "OrderDuty", sizeof(struct order_duty),
    FIELDS(F(order_duty, n, F_INT, "序号"), F(order_duty, name, F_STR, "名称"),
           F(order_duty, title, F_STR, "义务"), F(order_duty, owes, F_STR, "由谁履行"),
           F(order_duty, date_text, F_STR, "法定日"), F(order_duty, limit, F_STR, "期限"),
           F(order_duty, law, F_STR, "依据"), F(order_duty, safe_day, F_DAY, "稳妥日"),
           F(order_duty, legal_day, F_DAY, "法定日"),
           F(order_duty, legal_at, F_MOMENT, "到这一刻为超期"), F(order_duty, shown, F_BOOL, NULL),
           F(order_duty, open, F_BOOL, "未了"), F(order_duty, overdue, F_BOOL, "超期"),
           F(order_duty, provisional, F_BOOL, "暂定"), F(order_duty, has_strip, F_BOOL, NULL),
           F(order_duty, strip_cut, F_BOOL, NULL),
           FIELD_OF(struct order_duty, chip, F_OBJECT, &desk_chip_shape, NULL),
           FIELD_OF(struct order_duty, why, F_LIST, &due_step_shape, "为什么是这一天"),
           FIELD_OF(struct order_duty, strip, F_LIST, &due_day_shape, "逐日"))};

static const struct shape event_shape = {
    "OrderEvent", sizeof(struct order_event),
    FIELDS(F(order_event, seq, F_INT, "序号"), F(order_event, action, F_STR, "操作"),
           F(order_event, title, F_STR, "操作名称"),
           F(order_event, occurred_at, F_MOMENT, "发生时间"),
           F(order_event, recorded_at, F_MOMENT, "记录时间"), F(order_event, when, F_STR, NULL),
           F(order_event, step_to, F_STR, "转到的环节"), F(order_event, who, F_STR, "谁"),
           F(order_event, post, F_STR, "岗位"), F(order_event, recorded, F_STR, NULL),
           F(order_event, law, F_STR, "依据"), F(order_event, hash, F_STR, "散列的前 8 位"),
           F(order_event, tone, F_STR, NULL), F(order_event, text, F_STR, "内容"),
           F(order_event, internal, F_BOOL, "只供内部"), F(order_event, has_text, F_BOOL, NULL),
           FIELD_OF(struct order_event, lines, F_LIST, &desk_text_shape, NULL))};

static const struct shape party_shape = {
    "OrderPartyRow", sizeof(struct order_party_row),
    FIELDS(F(order_party_row, n, F_INT, "序号"), F(order_party_row, role, F_STR, "身份代码"),
           F(order_party_row, role_title, F_STR, "身份"),
           F(order_party_row, name, F_STR, "姓名或名称"),
           F(order_party_row, about, F_STR, "性别、年龄等"),
           F(order_party_row, line, F_STR, "证件、电话、住址"),
           F(order_party_row, reveal_href, F_STR, NULL), F(order_party_row, asks, F_BOOL, NULL),
           F(order_party_row, unmasked, F_BOOL, "是原文"),
           F(order_party_row, can_reveal, F_BOOL, NULL),
           FIELD_OF(struct order_party_row, green, F_LIST, &desk_title_shape, "绿色通道"))};

static const struct shape link_row_shape = {
    "OrderLinkRow", sizeof(struct order_link_row),
    FIELDS(F(order_link_row, id, F_ID, "工单"), F(order_link_row, title, F_STR, "事项"),
           F(order_link_row, kind, F_STR, "关系"), F(order_link_row, day, F_STR, NULL),
           F(order_link_row, state, F_STR, "现在"), F(order_link_row, here, F_BOOL, "本件"))};

static const struct shape material_row_shape = {
    "OrderMaterialRow", sizeof(struct order_material_row),
    FIELDS(F(order_material_row, code, F_STR, "代码"), F(order_material_row, title, F_STR, "材料"),
           F(order_material_row, where, F_STR, "从哪里得到"),
           F(order_material_row, state, F_STR, "情况"), F(order_material_row, tone, F_STR, NULL),
           F(order_material_row, icon, F_STR, NULL),
           F(order_material_row, required, F_BOOL, "必需"))};

static const struct shape paper_row_shape = {
    "OrderPaperRow", sizeof(struct order_paper_row),
    FIELDS(F(order_paper_row, id, F_ID, "编号"), F(order_paper_row, order, F_ID, NULL),
           F(order_paper_row, title, F_STR, "文书"), F(order_paper_row, no, F_STR, "文号"),
           F(order_paper_row, state, F_STR, NULL), F(order_paper_row, drawn, F_BOOL, "已生成"))};

static const struct shape attachment_row_shape = {
    "OrderAttachmentRow", sizeof(struct order_attachment_row),
    FIELDS(F(order_attachment_row, id, F_ID, "编号"), F(order_attachment_row, order, F_ID, NULL),
           F(order_attachment_row, name, F_STR, "文件名"),
           F(order_attachment_row, type, F_STR, "类型"),
           F(order_attachment_row, size, F_INT, "字节"),
           F(order_attachment_row, size_text, F_STR, NULL),
           F(order_attachment_row, material, F_STR, "作为哪件材料"))};

static const struct shape notice_row_shape = {
    "OrderNoticeRow", sizeof(struct order_notice_row),
    FIELDS(F(order_notice_row, id, F_ID, "编号"), F(order_notice_row, title, F_STR, "通知"),
           F(order_notice_row, when, F_STR, NULL), F(order_notice_row, text, F_STR, "内容"),
           F(order_notice_row, state, F_STR, "送达情况"), F(order_notice_row, tone, F_STR, NULL),
           F(order_notice_row, icon, F_STR, NULL), F(order_notice_row, order, F_ID, NULL),
           F(order_notice_row, told, F_STR, "谁在什么时候怎样告知，或者看到"),
           F(order_notice_row, told_at, F_MOMENT, "告知或者看到的时间"),
           F(order_notice_row, told_by, F_ID, "由谁告知或者看到"),
           F(order_notice_row, can_tell, F_BOOL, "等人告知"),
           F(order_notice_row, can_see, F_BOOL, "等您看到"))};

static const struct shape reveal_shape = {
    "OrderReveal", sizeof(struct order_reveal),
    FIELDS(F(order_reveal, n, F_INT, NULL), F(order_reveal, name, F_STR, NULL),
           F(order_reveal, error, F_STR, NULL),
           FIELD_OF(struct order_reveal, reasons, F_LIST, &desk_option_shape, NULL))};

static const struct shape action_shape = {
    "OrderAction", sizeof(struct order_action),
    FIELDS(F(order_action, name, F_STR, "操作"), F(order_action, title, F_STR, "名称"),
           F(order_action, hint, F_STR, "之后怎样"), F(order_action, law, F_STR, "依据"),
           F(order_action, allowed, F_BOOL, "现在可以做"),
           F(order_action, why_not, F_STR, "为什么不可以"),
           F(order_action, primary, F_BOOL, "主要操作"), F(order_action, danger, F_BOOL, "要谨慎"),
           F(order_action, href, F_STR, NULL), F(order_action, current, F_BOOL, NULL))};

static const struct shape act_form_shape = {
    "OrderActForm", sizeof(struct order_act_form),
    FIELDS(F(order_act_form, name, F_STR, NULL), F(order_act_form, title, F_STR, NULL),
           F(order_act_form, hint, F_STR, NULL), F(order_act_form, law, F_STR, NULL),
           F(order_act_form, why_not, F_STR, NULL), F(order_act_form, address, F_STR, NULL),
           F(order_act_form, label, F_STR, NULL), F(order_act_form, draft, F_STR, NULL),
           F(order_act_form, occurred_at, F_STR, NULL), F(order_act_form, back_reason, F_STR, NULL),
           F(order_act_form, back_error, F_STR, NULL), F(order_act_form, version, F_INT, NULL),
           F(order_act_form, procedure, F_STR, NULL), F(order_act_form, allowed, F_BOOL, NULL),
           F(order_act_form, danger, F_BOOL, NULL),
           F(order_act_form, asks_back_reason, F_BOOL, NULL),
           F(order_act_form, takes_files, F_BOOL, NULL),
           FIELD_OF(struct order_act_form, fields, F_LIST, &desk_field_shape, NULL))};

#define P(member, kind, title)   FIELD(struct order_page, member, kind, title)
#define PL(member, shape, title) FIELD_OF(struct order_page, member, F_LIST, shape, title)

static const struct field order_fields[] = {
    DESK_ERROR_FIELDS(struct order_page),
    P(id, F_ID, "编号"),
    P(number, F_STR, "工单号"),
    P(version, F_INT, "版本：办理时作 _version 传回"),
    P(page_title, F_STR, NULL),
    P(who, F_STR, "当事人（隐去名字）"),
    P(more_parties, F_STR, NULL),
    P(party_count_number, F_INT, "当事人数"),
    P(title, F_STR, "事项"),
    P(matter_code, F_STR, "事项代码"),
    P(cause, F_STR, "事由"),
    P(channel, F_STR, "渠道"),
    P(unit, F_ID, "承办机构"),
    P(owner_id, F_ID, "承办人"),
    P(step, F_STR, "环节代码"),
    P(step_title, F_STR, "环节"),
    P(step_tone, F_STR, NULL),
    P(status, F_STR, "open 在办，closed 已办结"),
    P(outcome, F_STR, "办结的结果"),
    P(occurred_at, F_MOMENT, "发生时间"),
    P(changed_at, F_MOMENT, "最近变化"),
    P(emergency, F_BOOL, "紧急"),
    P(done_text, F_STR, NULL),
    P(looked_by, F_STR, "此刻还有谁在看"),
    P(stale, F_BOOL, NULL),
    P(can_act, F_BOOL, NULL),
    P(can_research, F_BOOL, NULL),
    P(can_propose, F_BOOL, NULL),
    P(has_more_actions, F_BOOL, NULL),
    P(has_chain, F_BOOL, NULL),
    P(chain_count, F_INT, NULL),
    P(chain_hidden, F_INT, "关联的工单里无权查看的件数"),
    P(has_materials, F_BOOL, NULL),
    P(materials_text, F_STR, NULL),
    P(has_notices, F_BOOL, NULL),
    P(no_papers, F_BOOL, NULL),
    P(party_count, F_STR, NULL),
    P(parties_cut, F_BOOL, NULL),
    P(parties_shown, F_INT, NULL),
    P(revealed, F_BOOL, NULL),
    P(open_duties, F_INT, "未了的时限义务"),
    FIELD_OF(struct order_page, chip, F_OBJECT, &desk_chip_shape, NULL),
    PL(green, &desk_title_shape, "绿色通道"),
    PL(facts, &fact_shape, NULL),
    PL(stages, &stage_shape, "进度"),
    PL(duties, &duty_shape, "时限义务"),
    PL(since, &event_shape, NULL),
    PL(events, &event_shape, "留痕"),
    PL(actions, &action_shape, "可做的操作"),
    PL(more_actions, &action_shape, "可做的其他操作"),
    FIELD_OF(struct order_page, act, F_LINK, &act_form_shape, NULL),
    PL(parties, &party_shape, "各方"),
    PL(chain, &link_row_shape, "关联的工单"),
    PL(materials, &material_row_shape, "材料"),
    PL(papers, &paper_row_shape, "文书"),
    PL(attachments, &attachment_row_shape, "附件"),
    PL(notices, &notice_row_shape, "通知"),
    FIELD_OF(struct order_page, reveal, F_LINK, &reveal_shape, NULL),
    {0},
};
const struct shape desk_order_shape = {"OrderPage", sizeof(struct order_page), order_fields};

struct events_only {
    struct list events;
};
const struct shape desk_events_shape = {
    "OrderEvents", sizeof(struct events_only),
    FIELDS(FIELD_OF(struct events_only, events, F_LIST, &event_shape, "留痕"))};
