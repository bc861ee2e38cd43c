/*
 * paper_texts.c - what each kind of paper says.
 *
 * Remedies stand on the law of the matter: what the actor wrote about them goes first, the words
 * here are for where nothing was written.  Words of law are cited, not retold.
 */
#include "modules/notices/paper_draw.h"

#define ASKED "您于 {received} 提出的" PDF_BOLD "{matter}" PDF_PLAIN "（工单 {order_no}）"

#define OBJECTION_49                                                                                                                                \
    "对本决定有异议的，可以向设立本机构的司法行政部门提出；司法行政部门自收到异议之日起五日内审查，" \
    "作出维持决定或者责令改正的决定。对维持决定不服的，可以依法申请行政复议或者提起行政诉讼"             \
    "（《中华人民共和国法律援助法》第四十九条）。"

#define ASK_AGAIN                                                                                  \
    "有不同意见的，可以向本单位提出[，电话 {issuer_phone}]；也可以拨打 {hotline}，或者投诉。"

const struct paper_text paper_texts[] = {
    {"receipt",
     PAPER_TWO_COPIES,
     {{PART_TEXT, NULL,
       "您于 " PDF_BOLD "{moment}" PDF_PLAIN " 提出" PDF_BOLD "{matter}" PDF_PLAIN
       "的请求，本单位已经登记，工单号 {order_no}。特此出具回执。",
       NULL},
      {PART_REQUEST, "请求的内容", NULL, NULL},
      {PART_PRESENT, "收到的材料", "没有收到书面材料。", NULL},
      {PART_TEXT, "这份回执证明什么",
       "本回执证明您提出上述请求的时间。[{receipt}。][依照{interrupts}，诉讼时效自您提出请求之日起"
       "中断。]",
       NULL},
      {PART_DUTIES, "接下来", NULL, NULL}}},
    {"acceptance",
     0,
     {{PART_TEXT, NULL,
       ASKED "，材料已经核对，符合受理条件。[依照{law}，]本单位决定自 " PDF_BOLD "{day}" PDF_PLAIN
             " 起" PDF_BOLD "予以受理" PDF_PLAIN "。[您承诺在 {said:promised}前补齐其余材料。]",
       NULL},
      {PART_PRESENT, "收到的材料", "没有收到书面材料。", NULL},
      {PART_DUTIES, "办理期限", NULL, NULL},
      {PART_TEXT, "费用和权利",
       "[费用：{fee}。]办理中您可以查询进度、补充材料、申请承办人回避、撤回申请，对服务可以评价和"
       "投诉。",
       NULL}}},
    {"one-time-notice",
     PAPER_TWO_COPIES,
     {{PART_MISSING, "请补充", NULL, NULL},
      {PART_PRESENT, "已收到，不用再交", "还没有收到材料。", NULL},
      {PART_HAND_IN, "什么时候、怎么交", NULL, NULL},
      {PART_TEXT, "期限与后果",
       "[等您补充的时间不计入“{paused}”的期限，材料补齐后继续计算。]材料没有补齐以前，这件事不能往下"
       "办理。[到期的后果：{else}[（{else_law}）]。]",
       NULL},
      {PART_TEXT, NULL,
       "[费用：" PDF_BOLD "{fee}" PDF_PLAIN "。]认为不应当要求补充的，可以向本单位提出[，电话 "
       "{issuer_phone}]；也可以拨打 {hotline}。",
       NULL}}},
    {"refusal",
     0,
     {{PART_TEXT, NULL,
       ASKED "，经审查，本单位决定" PDF_BOLD "不予受理" PDF_PLAIN
             "。[依据：{law}。]现将理由和救济途径"
             "书面告知如下。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_SAID, "应当找哪个机关", NULL, "body"},
      {PART_SAID, "救济途径", ASK_AGAIN, "remedies"}}},
    {"guidance",
     0,
     {{PART_TEXT, NULL,
       ASKED "，应当由其他机关办理。现将去哪里、怎么办书面告知如下。[依据：{law}。]", NULL},
      {PART_SAID, "应当找哪个机关", NULL, "body"},
      {PART_SAID, "为什么", NULL, "reason"},
      {PART_SAID, "救济途径和期限", ASK_AGAIN, "remedies"}}},
    {"deemed-withdrawn",
     0,
     {{PART_TEXT, NULL,
       ASKED
       "，本单位已经一次性告知需要补充的材料。您没有在期限内补充材料或者作出说明，[依照{law}，]"
       "自 {day} 起" PDF_BOLD "视为撤回申请" PDF_PLAIN "。",
       NULL},
      {PART_MISSING, "还缺的材料", NULL, NULL},
      {PART_TEXT, "您还可以怎么办",
       "材料齐了可以重新申请，不受这次撤回的影响；以前交来的材料可以继续使用。" ASK_AGAIN, NULL}}},
    {"decision",
     0,
     {{PART_TEXT, NULL, ASKED "，经审查，[依照{law}，]决定如下：", NULL},
      {PART_SAID, "决定", NULL, "decision result"},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_SAID, "救济途径",
       "不服本决定的，可以自收到本决定书之日起六十日内依法申请行政复议，也可以自收到之日起六个月内"
       "依法向人民法院提起行政诉讼。",
       "remedies"}}},
    {"aid-decision",
     0,
     {{PART_TEXT, NULL,
       ASKED "，经审查，[依照{law}，]决定" PDF_BOLD "[因{said:ground}，先行]给予法律援助" PDF_PLAIN
             "。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_DUTIES, "接下来", NULL, NULL},
      {PART_TEXT, "请您知道",
       "法律援助不收费，法律援助人员不得向您收取任何财物（《中华人民共和国法律援助法》第二十条）。"
       "您有权了解办理情况；法律援助人员没有依法履行职责的，您可以投诉，并可以请求更换（同法"
       "第五十五条）。请如实陈述案情，情况有变化请及时告诉我们。",
       NULL}}},
    {"aid-refusal",
     0,
     {{PART_TEXT, NULL, ASKED "，经审查，[依照{law}，]决定" PDF_BOLD "不予法律援助" PDF_PLAIN "。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_SAID, "救济途径", OBJECTION_49, "remedies"}}},
    {"aid-assignment",
     0,
     {{PART_TEXT, NULL,
       ASKED "，已经决定给予法律援助。[依照{law}，]现指派下列单位和人员为您提供法律援助。", NULL},
      {PART_SAID, "承办单位和人员", NULL, "firm lawyer lawyer_phone"},
      {PART_TEXT, "请您知道",
       "法律援助不收费，法律援助人员不得向您收取任何财物（《中华人民共和国法律援助法》第二十条）。"
       "请带上本通知书、身份证件和案件材料与承办人员联系，并签订委托手续。法律援助人员没有依法履行"
       "职责的，您可以投诉，并可以请求更换（同法第五十五条）。",
       NULL}}},
    {"aid-termination",
     0,
     {{PART_TEXT, NULL,
       ASKED "，本单位已经给予法律援助。[因{said:ground}，][依照{law}，]决定自 {day} 起" PDF_BOLD
             "终止法律援助" PDF_PLAIN "。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_SAID, "救济途径", OBJECTION_49, "remedies"}}},
    {"objection-reply",
     0,
     {{PART_TEXT, NULL,
       "您对" PDF_BOLD "{matter}" PDF_PLAIN
       "（工单 {order_no}）的决定提出的异议，经审查，[依照{law}，]"
       "决定" PDF_BOLD "{action}" PDF_PLAIN "。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_SAID, "救济途径",
       "对维持决定不服的，可以依法申请行政复议或者提起行政诉讼（《中华人民共和国法律援助法》"
       "第四十九条）。",
       "remedies"},
      {PART_DUTIES, "接下来", NULL, NULL}}},
    {"transfer",
     PAPER_LETTER | PAPER_NO_CODE,
     {{PART_TEXT, NULL,
       "[{applicant}]于 {received} 提出的" PDF_BOLD "{matter}" PDF_PLAIN
       "（工单 {order_no}）[，事由："
       "{subject}]，应当由你单位办理。[依照{law}，]现转请办理。",
       NULL},
      {PART_SAID, "转办的理由", NULL, "reason"},
      {PART_PRESENT, "随函材料", "没有书面材料。", NULL},
      {PART_DUTIES, "期限", NULL, NULL},
      {PART_TEXT, "请求",
       "请及时接收，并将办理结果告知当事人、反馈本单位。认为不属于你单位办理的，请说明理由退回，由"
       "本单位或者中心裁定。[联系电话：{issuer_phone}。]",
       NULL}}},
    {"pause",
     0,
     {{PART_TEXT, NULL,
       ASKED "，办理中需要" PDF_BOLD "{said:ground}" PDF_PLAIN "。依照{pause_law}，自 {day} 起至"
             " {said:until}，所需时间" PDF_BOLD "不计入“{pause_title}”的期限" PDF_PLAIN "。",
       NULL},
      {PART_SAID, "说明", NULL, "reason"},
      {PART_TEXT, "以后怎么算",
       "上述事由结束的次日起，期限继续计算；提前结束的，提前继续计算。新的最晚日期可以凭工单号和"
       "查询码查看。" ASK_AGAIN,
       NULL}}},
    {"extension",
     0,
     {{PART_TEXT, NULL,
       ASKED "，[“{extended_title}”的期限经本单位负责人批准" PDF_BOLD "延长 {extended_by}" PDF_PLAIN
             "，最晚至 " PDF_BOLD "{extended_day}" PDF_PLAIN "。][依据：{extended_law}。]",
       NULL},
      {PART_SAID, "延长的理由", NULL, "reason"},
      {PART_TEXT, "有不同意见", ASK_AGAIN, NULL}}},
    {"result",
     0,
     {{PART_TEXT, NULL, ASKED "，已经办理完毕，现将结果告知如下。", NULL},
      {PART_SAID, "办理结果", NULL, "result told_what"},
      {PART_SAID, "告知方式", NULL, "told_how"},
      {PART_TEXT, "有不同意见",
       "三个工作日内会有工作人员给您回访，请您评价。对结果有不同意见的，可以要求重新办理或者投诉[，"
       "电话 {issuer_phone}]；也可以拨打 {hotline}。",
       NULL}}},
    {"reply",
     0,
     {{PART_TEXT, NULL,
       "您于 {received} 提出的" PDF_BOLD "{matter}" PDF_PLAIN
       "（工单 {order_no}）[，事由：{subject}]，"
       "已经研究，现答复如下。",
       NULL},
      {PART_SAID, "答复", NULL, "adopted result told_what"},
      {PART_TEXT, "有不同意见", ASK_AGAIN, NULL}}},
    {"complaint-decision",
     0,
     {{PART_TEXT, NULL,
       "您于 {received} 提出的" PDF_BOLD "投诉" PDF_PLAIN
       "（工单 {order_no}）[，事由：{subject}]，经中心"
       "调查、报本机关审查，[依照{law}，]决定如下。",
       NULL},
      {PART_SAID, "决定", NULL, "result"},
      {PART_SAID, "责任追究", NULL, "ground facts"},
      {PART_SAID, "救济途径",
       "对本决定有不同意见的，可以向本机关提出，也可以依法通过信访等途径反映；对其中的具体行政行为"
       "不服的，可以依法申请行政复议或者提起行政诉讼。",
       "remedies"}}},
    {"accountability-decision",
     PAPER_NO_CODE,
     {{PART_TEXT, NULL,
       "关于工单 {order_no}[“{subject}”]所涉的责任，经通知本人说明、中心核实，本机关于 {day} 决定：" PDF_BOLD
       "{action}" PDF_PLAIN "[，至 {said:until}]。",
       NULL},
      {PART_SAID, "理由", NULL, "reason"},
      {PART_TEXT, "申诉",
       "对本决定不服的，可以向本机关申诉；本机关收到申诉后复核并书面答复。"
       "因其他机构的原因造成的延误，不追究本人责任。",
       NULL}}},
    {0},
};
