#include "modules/catalog/rules.h"

#include "modules/party/party.h"

const struct rule condition_rules[COND_COUNT] = {
    [COND_MATERIALS_COMPLETE] = {"materials-complete",
                                 "材料还没有收齐（可以承诺后补的请先记承诺）"},
    [COND_MATERIALS_MISSING] = {"materials-missing", "材料已经齐全，不需要补正"},
    [COND_IDENTIFIED] = {"identified", "匿名来访不能办理此项，请先登记身份"},
    [COND_NOT_OWN_WORK] = {"not-own-work", "您经办过这件工单，不能由您回访或评判"},
    [COND_RESULT_RECORDED] = {"result-recorded", "还没有登记办理结果"},
    [COND_RESULT_TOLD] = {"result-told", "还没有把结果告知当事人"},
    [COND_TRANSFER_NOT_REFUSED] = {"transfer-not-refused",
                                   "已经退回过一次，不能再退，请报中心裁定"},
    [COND_TRANSFER_REFUSED] = {"transfer-refused", "没有被退回过，不需要裁定"},
    [COND_NOTICE_NOT_SENT] = {"notice-not-sent", "已经发过一次性告知"},
    [COND_NOTICE_SENT] = {"notice-sent", "还没有发过一次性告知"},
    [COND_CHILDREN_CLOSED] = {"children-closed", "还有子工单没有办结"},
    [COND_RATED] = {"rated", "还没有评价"},
    [COND_RATED_BADLY] = {"rated-badly", "没有不满意的评价"},
    [COND_FILE_COMPLETE] = {"file-complete", "卷内材料还不完整，不能归档"},
    [COND_PAUSED] = {"paused", "没有暂停计时的时限"},
    [COND_NOT_PAUSED] = {"not-paused", "时限已经暂停"},
    [COND_MAIN] = {"main", "子工单不能这样办理，请在主工单上操作"},
    [COND_CHILD] = {"child", "只有子工单才能这样办理"},
    [COND_MATERIALS_IN] = {"materials-in", "还有承诺后补的材料没有交来"},
    [COND_CHILDREN_EXIST] = {"children-exist", "还没有分出子工单"},
    [COND_UNIT_NOT_DECIDED] = {"unit-not-decided", "中心已经裁定由本机构承办，不能再转"},
    [COND_IS_THE_PERSON] = {"is-the-person", "只有当事人员本人可以这样办"},
    [COND_NOT_THE_PERSON] = {"not-the-person", "这件事关系到您本人，不能由您办理"},
    [COND_WAS_RATED] = {"was-rated", "只有被评价的承办人可以申诉"},
    [COND_EXTENSION_ASKED] = {"extension-asked", "没有待批准的延期申请"},
    [COND_RECUSAL_ASKED] = {"recusal-asked", "没有待决定的回避申请"},
};

const struct rule effect_rules[EFFECT_COUNT] = {
    [EFFECT_MATERIALS] = {"materials", "登记材料：已收、承诺后补、缺"},
    [EFFECT_ONE_TIME_NOTICE] = {"one-time-notice", "一次性告知全部缺少的材料"},
    [EFFECT_ASSIGN] = {"assign", "指定承办人"},
    [EFFECT_TAKE] = {"take", "由本人承办"},
    [EFFECT_RELEASE] = {"release", "退回本环节的待办"},
    [EFFECT_RECUSE] = {"recuse", "承办人回避"},
    [EFFECT_TRANSFER] = {"transfer", "转给其他机构，等待接收"},
    [EFFECT_RETURN_TRANSFER] = {"return-transfer", "退回转来的机构，只能退一次"},
    [EFFECT_DECIDE_UNIT] = {"decide-unit", "中心裁定承办机构，不得再退"},
    [EFFECT_PAUSE] = {"pause", "依法暂停计时"},
    [EFFECT_RESUME] = {"resume", "恢复计时"},
    [EFFECT_ASK_EXTENSION] = {"ask-extension", "申请延长期限"},
    [EFFECT_GRANT_EXTENSION] = {"grant-extension", "批准延长"},
    [EFFECT_RESULT] = {"result", "登记办理结果"},
    [EFFECT_TELL] = {"tell", "登记告知的方式和内容"},
    [EFFECT_CALL] = {"call", "登记一次联系"},
    [EFFECT_RATE] = {"rate", "登记对事项和对承办人的评价"},
    [EFFECT_CONTEST_RATING] = {"contest-rating", "对评价提出申诉"},
    [EFFECT_SPAWN] = {"spawn", "开出子工单或关联工单"},
    [EFFECT_LINK] = {"link", "与其他工单关联"},
    [EFFECT_MERGE] = {"merge", "并入其他工单"},
    [EFFECT_VOID] = {"void", "误登作废"},
    [EFFECT_CORRECT] = {"correct", "更正登记内容"},
    [EFFECT_ADD_PARTY] = {"add-party", "增加当事人"},
    [EFFECT_EMERGENCY] = {"emergency", "标为紧急，立即报告主任"},
    [EFFECT_CALM] = {"calm", "解除紧急"},
    [EFFECT_GUIDE] = {"guide", "告知应当找的机关和救济途径"},
    [EFFECT_REOPEN] = {"reopen", "已办结的工单重新办理"},
    [EFFECT_ARCHIVE] = {"archive", "归档：编卷号、定保管期限"},
    [EFFECT_NOTE] = {"note", "记一条情况"},
    [EFFECT_ATTACH] = {"attach", "添加附件"},
    [EFFECT_CHANGE_PHONE] = {"change-phone", "更换联系电话"},
    [EFFECT_NAME_PERSON] = {"name-person", "写明被追究的人"},
    [EFFECT_SUSPEND_STAFF] = {"suspend-staff", "暂停服务资格到某日，其工单回到待办，期满自动恢复"},
    [EFFECT_REMOVE_STAFF] = {"remove-staff", "取消服务资格：收回全部岗位，其工单回到待办"},
    [EFFECT_RESUME_STAFF] = {"resume-staff", "撤销决定，恢复服务资格和岗位"},
    [EFFECT_VOID_RATING] = {"void-rating", "评价不计入考核"},
};

const struct rule owed_by_rules[OWED_COUNT] = {
    [OWED_OWNER] = {"owner", "承办人"},   [OWED_UNIT] = {"unit", "承办机构"},
    [OWED_PARTY] = {"party", "当事人"},   [OWED_HEAD] = {"head", "主任"},
    [OWED_CENTRE] = {"centre", "市中心"}, [OWED_BUREAU] = {"bureau", "司法局"},
    [OWED_CALLER] = {"caller", "回访员"},
};

const struct rule acting_rules[ACTING_COUNT] = {
    [ACTING_POST] = {NULL, "岗位"},         [ACTING_OWNER] = {"owner", "承办人"},
    [ACTING_STAFF] = {"staff", "工作人员"}, [ACTING_PARTY] = {"party", "当事人"},
    [ACTING_SYSTEM] = {"system", "系统"},
};

const struct rule link_rules[LINK_COUNT] = {
    [LINK_CHILD] = {"child", "子工单"},       [LINK_CHAIN] = {"chain", "后续事项"},
    [LINK_COMPLAINT] = {"complaint", "投诉"}, [LINK_RATING] = {"rating", "差评整改"},
    [LINK_ACCOUNT] = {"account", "责任追究"}, [LINK_SUPERVISE] = {"supervise", "督办"},
    [LINK_RELATED] = {"related", "相关"},
};

const struct rule outcome_rules[] = {
    {"resolved", "已办结"},  {"answered", "已答复"}, {"withdrawn", "已撤回"},
    {"refused", "不予办理"}, {"guided", "已指引"},   {"terminated", "已终止"},
    {"void", "已作废"},      {"merged", "已并入"},   {NULL, NULL},
};

const struct rule paper_rules[] = {
    {"receipt", "收件回执"},
    {"acceptance", "受理通知书"},
    {"one-time-notice", "一次性告知单"},
    {"refusal", "不予受理告知书"},
    {"guidance", "办事指引告知单"},
    {"deemed-withdrawn", "视为撤回告知书"},
    {"decision", "办理决定书"},
    {"aid-decision", "给予法律援助决定书"},
    {"aid-refusal", "不予法律援助决定书"},
    {"aid-assignment", "法律援助指派通知书"},
    {"aid-termination", "终止法律援助决定书"},
    {"objection-reply", "异议审查决定书"},
    {"transfer", "转办函"},
    {"pause", "不计入期限告知书"},
    {"extension", "延长期限告知书"},
    {"result", "办理结果告知书"},
    {"reply", "答复书"},
    {"complaint-decision", "投诉处理决定书"},
    {"accountability-decision", "责任追究决定书"},
    {NULL, NULL},
};

const struct rule notice_rules[] = {
    {"received", "已登记"},
    {"accepted", "已受理"},
    {"must-supplement", "请补材料"},
    {"supplemented", "补交材料已收到"},
    {"transferred", "已转办"},
    {"assigned", "已确定承办人"},
    {"paused", "暂停计时"},
    {"resumed", "恢复计时"},
    {"extended", "期限延长"},
    {"decided", "已作决定"},
    {"result", "办理结果"},
    {"call-back", "回访未接通"},
    {"replied", "已答复"},
    {"refused", "不予受理"},
    {"guided", "应找的机关"},
    {"withdrawn", "已撤回"},
    {"closed", "已办结"},
    {"reopened", "重新办理"},
    {"date-moved", "日期变动"},
    {"supplement-moved", "补交期限变动"},
    {"staff-date-moved", "期限变动"},
    {"staff-emergency", "紧急情况"},
    {"staff-assigned", "有新的待办"},
    {"staff-returned", "转办被退回"},
    {"staff-not-extended", "延期没有批准"},
    {"staff-resumed", "恢复服务资格"},
    {"staff-cleared", "追究决定已撤销"},
    {"staff-supervised", "督办"},
    {"staff-related", "须核实回避"},
    {NULL, NULL},
};

int rule_find(const struct rule *rules, int count, struct str word)
{
    for (int i = 0; i < count; i++)
        if (rules[i].word && str_is(word, rules[i].word))
            return i;
    return -1;
}

bool rule_listed(const struct rule *rules, struct str word)
{
    for (; rules->word; rules++)
        if (str_is(word, rules->word))
            return true;
    return false;
}

/* --- What effects ask ------------------------------------------------------------------------ */

static const struct choice material_states[] = {
    {"in", "已收"}, {"promised", "承诺后补"}, {"missing", "缺"}, {NULL, NULL}};

const struct form material_mark_form = {
    "MaterialMark",
    (const struct ask[]){
        {.name = "code", .title = "材料", .type = ASK_TEXT, .required = true, .max = 40},
        {.name = "state",
         .title = "情况",
         .type = ASK_CHOICE,
         .required = true,
         .choices = material_states},
        {.name = "until", .title = "承诺补交日期", .type = ASK_DAY},
        {.name = "note", .title = "说明", .type = ASK_TEXT},
        {0},
    },
};

static const struct choice told_hows[] = {
    {"phone", "电话"}, {"in-person", "当面"}, {"letter", "书面送达"},
    {"mail", "邮寄"},  {"message", "短信"},   {"portal", "网上"},
    {NULL, NULL}};

static const struct choice result_outcomes[] = {{"done", "已办成"},
                                                {"partly", "部分办成"},
                                                {"failed", "未办成，已说明原因"},
                                                {"elsewhere", "转其他途径"},
                                                {NULL, NULL}};

static const struct choice ratings[] = {{"5", "非常满意"}, {"4", "满意"},       {"3", "基本满意"},
                                        {"2", "不满意"},   {"1", "非常不满意"}, {NULL, NULL}};

/* Words of the orders' parties. */
static const struct choice added_roles[] = {
    {"applicant", "申请人"},   {"respondent", "被申请人"},
    {"agent", "代理人"},       {"guardian", "监护人"},
    {"witness", "证人"},       {"third-party", "第三人"},
    {"beneficiary", "受益人"}, {NULL, NULL},
};

/* The same words as link_rules, without the kinds that only the engine makes. */
static const struct choice link_kinds[] = {
    {"related", "相关"}, {"chain", "后续事项"}, {NULL, NULL}};

#define REASON                                                                                     \
    {                                                                                              \
        .name = "reason", .title = "原因", .type = ASK_LONG, .required = true, .max = 1000         \
    }
/* Asked only when something was found: same household, same employer (K11). */
#define DESPITE                                                                                    \
    {                                                                                              \
        .name = "despite", .title = "已核实，没有利害关系", .type = ASK_BOOL                       \
    }
/* Needed only where no action before has named the person. */
#define SANCTIONED                                                                                 \
    {                                                                                              \
        .name = "staff", .title = "工作人员", .type = ASK_ID, .hint = "不选就是当事人员"   \
    }
#define ASKS(...)                                                                                  \
    (const struct ask[])                                                                           \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

const struct ask *const effect_asks[EFFECT_COUNT] = {
    [EFFECT_MATERIALS] = ASKS({.name = "materials",
                               .title = "材料",
                               .type = ASK_LIST,
                               .required = true,
                               .max = 60,
                               .of = &material_mark_form}),
    [EFFECT_ASSIGN] =
        ASKS({.name = "staff", .title = "承办人", .type = ASK_ID, .required = true}, DESPITE),
    [EFFECT_TAKE] = ASKS(DESPITE),
    [EFFECT_RECUSE] = ASKS(REASON),
    [EFFECT_TRANSFER] =
        ASKS({.name = "unit", .title = "转往机构", .type = ASK_ID, .required = true}, REASON),
    [EFFECT_RETURN_TRANSFER] = ASKS(REASON),
    [EFFECT_DECIDE_UNIT] =
        ASKS({.name = "unit", .title = "承办机构", .type = ASK_ID, .required = true}, REASON),
    [EFFECT_PAUSE] =
        ASKS({.name = "duty", .title = "暂停哪个时限", .type = ASK_CHOICE, .required = true},
             {.name = "ground", .title = "法定事由", .type = ASK_CHOICE, .required = true},
             {.name = "until", .title = "预计到哪一天", .type = ASK_DAY, .required = true}),
    [EFFECT_ASK_EXTENSION] =
        ASKS({.name = "duty", .title = "延长哪个时限", .type = ASK_CHOICE, .required = true},
             {.name = "amount",
              .title = "延长多少日",
              .type = ASK_INT,
              .required = true,
              .min = 1,
              .max = 365},
             REASON),
    [EFFECT_GRANT_EXTENSION] = ASKS({.name = "granted", .title = "同意延长", .type = ASK_BOOL}),
    [EFFECT_RESULT] = ASKS(
        {.name = "outcome",
         .title = "结果类别",
         .type = ASK_CHOICE,
         .required = true,
         .choices = result_outcomes},
        {.name = "result", .title = "办理结果", .type = ASK_LONG, .required = true, .max = 5000}),
    [EFFECT_TELL] = ASKS({.name = "told_how",
                          .title = "告知方式",
                          .type = ASK_CHOICE,
                          .required = true,
                          .choices = told_hows},
                         {.name = "told_what",
                          .title = "告知内容",
                          .type = ASK_LONG,
                          .required = true,
                          .max = 2000}),
    [EFFECT_CALL] = ASKS({.name = "reached", .title = "联系上了", .type = ASK_BOOL},
                         {.name = "note", .title = "通话情况", .type = ASK_LONG, .max = 1000}),
    [EFFECT_RATE] = ASKS({.name = "rate_matter",
                          .title = "对办理结果",
                          .type = ASK_CHOICE,
                          .required = true,
                          .choices = ratings},
                         {.name = "rate_handler",
                          .title = "对承办人",
                          .type = ASK_CHOICE,
                          .required = true,
                          .choices = ratings},
                         {.name = "opinion", .title = "意见和建议", .type = ASK_LONG, .max = 1000}),
    [EFFECT_CONTEST_RATING] = ASKS(REASON),
    [EFFECT_LINK] = ASKS(
        {.name = "other", .title = "对方工单号", .type = ASK_TEXT, .required = true, .max = 40},
        {.name = "kind",
         .title = "关系",
         .type = ASK_CHOICE,
         .required = true,
         .choices = link_kinds}),
    [EFFECT_MERGE] = ASKS(
        {.name = "into", .title = "并入的工单号", .type = ASK_TEXT, .required = true, .max = 40},
        REASON),
    [EFFECT_VOID] = ASKS(REASON),
    [EFFECT_CORRECT] =
        ASKS({.name = "subject", .title = "事由（改为）", .type = ASK_TEXT, .max = 60},
             {.name = "facts", .title = "内容（改为）", .type = ASK_LONG, .max = 5000}, REASON),
    [EFFECT_ADD_PARTY] = ASKS({.name = "role",
                               .title = "身份",
                               .type = ASK_CHOICE,
                               .choices = added_roles,
                               .hint = "不选就是第三人"},
                              {.name = "party",
                               .title = "当事人",
                               .type = ASK_OBJECT,
                               .required = true,
                               .of = &party_form}),
    [EFFECT_EMERGENCY] =
        ASKS({.name = "what", .title = "紧急情况", .type = ASK_LONG, .required = true, .max = 1000},
             {.name = "first_actions", .title = "已先行处置", .type = ASK_LONG, .max = 1000}),
    [EFFECT_GUIDE] = ASKS(
        {.name = "body", .title = "应当找哪个机关", .type = ASK_TEXT, .required = true, .max = 100},
        REASON,
        {.name = "remedies",
         .title = "救济途径和期限",
         .type = ASK_LONG,
         .required = true,
         .max = 1000}),
    [EFFECT_REOPEN] = ASKS(REASON),
    [EFFECT_NOTE] =
        ASKS({.name = "text", .title = "情况", .type = ASK_LONG, .required = true, .max = 5000},
             {.name = "internal", .title = "仅内部可见", .type = ASK_BOOL}),
    [EFFECT_CHANGE_PHONE] =
        ASKS({.name = "phone", .title = "新的联系电话", .type = ASK_PHONE, .required = true}),
    [EFFECT_NAME_PERSON] =
        ASKS({.name = "staff", .title = "当事人员", .type = ASK_ID, .required = true}),
    [EFFECT_SUSPEND_STAFF] =
        ASKS(SANCTIONED,
             {.name = "until", .title = "暂停到哪一天", .type = ASK_DAY, .required = true}, REASON),
    [EFFECT_REMOVE_STAFF] = ASKS(SANCTIONED, REASON),
};

const char *const effect_duty[EFFECT_COUNT] = {
    [EFFECT_PAUSE] = "check-pause",
    [EFFECT_ASK_EXTENSION] = "approve-extension",
    [EFFECT_EMERGENCY] = "answer-emergency",
};
