#include "modules/notices/notices.h"

const struct paper_kind paper_kinds[] = {
    {"receipt", "收件回执", "收", 1},
    {"acceptance", "受理通知书", "受", 1},
    {"one-time-notice", "一次性告知单", "告", 1},
    {"refusal", "不予受理告知书", "不受", 1},
    {"guidance", "办事指引告知单", "指", 1},
    {"deemed-withdrawn", "视为撤回告知书", "撤", 1},
    {"decision", "办理决定书", "决", 1},
    {"aid-decision", "给予法律援助决定书", "援决", 1},
    {"aid-refusal", "不予法律援助决定书", "援不", 1},
    {"aid-assignment", "法律援助指派通知书", "援指", 1},
    {"aid-termination", "终止法律援助决定书", "援终", 1},
    {"objection-reply", "异议审查决定书", "异", 1},
    {"transfer", "转办函", "转", 1},
    {"pause", "不计入期限告知书", "停", 1},
    {"extension", "延长期限告知书", "延", 1},
    {"result", "办理结果告知书", "结", 1},
    {"reply", "答复书", "复", 1},
    {"complaint-decision", "投诉处理决定书", "诉", 1},
    {"accountability-decision", "责任追究决定书", "责", 1},
    {NULL, NULL, NULL, 0},
};
