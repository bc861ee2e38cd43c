/* What an answer looks like from outside: the page and the API are the same. */
#include "ask.h"

static const struct field piece_fields[] = {
    FIELD(struct ask_piece, text, F_STR, "原文"),
    FIELD(struct ask_piece, mark, F_BOOL, "与问题相符"),
    {0},
};
static const struct shape piece_shape = {"AskPiece", sizeof(struct ask_piece), piece_fields};

static const struct field article_fields[] = {
    FIELD(struct ask_article, id, F_STR, "编号"),
    FIELD(struct ask_article, href, F_STR, "全文地址"),
    FIELD(struct ask_article, law, F_STR, "法规"),
    FIELD(struct ask_article, short_law, F_STR, "简称"),
    FIELD(struct ask_article, article, F_STR, "条"),
    FIELD(struct ask_article, chapter, F_STR, "章节"),
    FIELD(struct ask_article, kind, F_STR, "类别"),
    FIELD(struct ask_article, version, F_STR, "版本日期"),
    FIELD(struct ask_article, in_force, F_BOOL, "现行有效"),
    FIELD(struct ask_article, state, F_STR, "效力"),
    FIELD(struct ask_article, text, F_STR, "条文"),
    FIELD(struct ask_article, cut, F_BOOL, "下面的片段不是全文"),
    FIELD(struct ask_article, usual, F_BOOL, "这类事常用，不是按问题找到的"),
    FIELD_OF(struct ask_article, pieces, F_LIST, &piece_shape, "片段"),
    {0},
};
const struct shape ask_article_shape = {"AskArticle", sizeof(struct ask_article), article_fields};

static const struct field answered_fields[] = {
    FIELD(struct ask_answered, id, F_STR, "编号"),
    FIELD(struct ask_answered, href, F_STR, "地址"),
    FIELD(struct ask_answered, question, F_STR, "问题"),
    FIELD(struct ask_answered, answer, F_STR, "答复"),
    FIELD(struct ask_answered, excerpt, F_STR, "答复的开头"),
    FIELD(struct ask_answered, by, F_STR, "谁答的"),
    FIELD(struct ask_answered, on, F_STR, "何时"),
    FIELD(struct ask_answered, source, F_STR, "来源"),
    FIELD(struct ask_answered, approved, F_STR, "谁审核"),
    FIELD(struct ask_answered, machine, F_BOOL, "机器写的"),
    FIELD(struct ask_answered, cut, F_BOOL, NULL),
    {0},
};
const struct shape ask_answered_shape = {"AskAnswered", sizeof(struct ask_answered),
                                         answered_fields};

static const struct field case_fields[] = {
    FIELD(struct ask_case, id, F_STR, "编号"),
    FIELD(struct ask_case, href, F_STR, "地址"),
    FIELD(struct ask_case, title, F_STR, "案件"),
    FIELD(struct ask_case, court, F_STR, "法院"),
    FIELD(struct ask_case, number, F_STR, "案号"),
    FIELD(struct ask_case, date, F_STR, "公布日期"),
    FIELD(struct ask_case, cause, F_STR, "案由"),
    FIELD(struct ask_case, outcome, F_STR, "结果"),
    FIELD(struct ask_case, source, F_STR, "来源"),
    FIELD_OF(struct ask_case, pieces, F_LIST, &piece_shape, "片段"),
    {0},
};
const struct shape ask_case_shape = {"AskCase", sizeof(struct ask_case), case_fields};

static const struct field here_fields[] = {
    FIELD(struct ask_here, code, F_STR, "事项"),
    FIELD(struct ask_here, title, F_STR, "事项名称"),
    FIELD(struct ask_here, why, F_STR, "为什么"),
    FIELD(struct ask_here, summary, F_STR, "是什么"),
    FIELD(struct ask_here, limit, F_STR, "多久"),
    FIELD(struct ask_here, fee, F_STR, "收费"),
    FIELD(struct ask_here, materials, F_STR, "要带"),
    FIELD(struct ask_here, body, F_STR, "归谁管"),
    FIELD(struct ask_here, body_law, F_STR, "依据"),
    FIELD(struct ask_here, remedies, F_STR, "还可以"),
    FIELD(struct ask_here, apply_word, F_STR, NULL),
    FIELD(struct ask_here, can_apply, F_BOOL, "可以在这里申请"),
    FIELD(struct ask_here, guided, F_BOOL, "应找其他机关"),
    {0},
};
static const struct shape here_shape = {"AskHere", sizeof(struct ask_here), here_fields};

static const struct field place_fields[] = {
    FIELD(struct ask_place, name, F_STR, "服务点"),
    FIELD(struct ask_place, address, F_STR, "地址"),
    FIELD(struct ask_place, hours, F_STR, "开放时间"),
    FIELD(struct ask_place, phone, F_STR, "电话"),
    FIELD(struct ask_place, dial, F_STR, NULL),
    {0},
};
static const struct shape place_shape = {"AskPlace", sizeof(struct ask_place), place_fields};

static const struct field call_fields[] = {
    FIELD(struct ask_call, number, F_STR, "电话"),
    FIELD(struct ask_call, title, F_STR, "打给谁"),
    {0},
};
static const struct shape call_shape = {"AskCall", sizeof(struct ask_call), call_fields};

static const struct field option_fields[] = {
    FIELD(struct ask_option, title, F_STR, "说法"),
    FIELD(struct ask_option, href, F_STR, "地址"),
    FIELD(struct ask_option, chosen, F_BOOL, NULL),
    {0},
};
const struct shape ask_option_shape = {"AskOption", sizeof(struct ask_option), option_fields};

static const struct field urgent_fields[] = {
    FIELD(struct ask_urgent, title, F_STR, "什么急事"),
    FIELD(struct ask_urgent, say, F_STR, "先做什么"),
    FIELD(struct ask_urgent, law, F_STR, "依据"),
    FIELD(struct ask_urgent, now, F_BOOL, "人身安全"),
    FIELD_OF(struct ask_urgent, calls, F_LIST, &call_shape, "电话"),
    FIELD_OF(struct ask_urgent, matters, F_LIST, &ask_option_shape, "紧急办理"),
    {0},
};
static const struct shape urgent_shape = {"AskUrgent", sizeof(struct ask_urgent), urgent_fields};

static const struct field line_fields[] = {
    FIELD(struct ask_line, text, F_STR, "说明"),
    FIELD(struct ask_line, law, F_STR, "依据"),
    {0},
};
static const struct shape line_shape = {"AskLine", sizeof(struct ask_line), line_fields};

static const struct field phrased_fields[] = {
    FIELD(struct ask_phrased, text, F_STR, "句子"),
    FIELD(struct ask_phrased, source, F_STR, "出自哪一条"),
    FIELD(struct ask_phrased, href, F_STR, "这一条的地址"),
    {0},
};
static const struct shape phrased_shape = {"AskPhrased", sizeof(struct ask_phrased),
                                           phrased_fields};

static const struct field turn_fields[] = {
    FIELD(struct ask_turn, question, F_STR, "追问"),
    FIELD(struct ask_turn, answer, F_STR, "回答"),
    {0},
};
static const struct shape turn_shape = {"AskTurn", sizeof(struct ask_turn), turn_fields};

static const struct field view_fields[] = {
    FIELD(struct ask_view, question, F_STR, "问题"),
    FIELD(struct ask_view, verdict, F_STR, "found、none、unavailable"),
    FIELD(struct ask_view, asked, F_BOOL, NULL),
    FIELD(struct ask_view, found, F_BOOL, "找到依据"),
    FIELD(struct ask_view, none, F_BOOL, "没有找到依据"),
    FIELD(struct ask_view, unavailable, F_BOOL, "检索用不了"),
    FIELD(struct ask_view, note, F_STR, "检索用不了的说明"),
    FIELD(struct ask_view, has_short, F_BOOL, "有简要答复"),
    FIELD(struct ask_view, short_title, F_STR, "简要答复的题目"),
    FIELD(struct ask_view, short_text, F_STR, "简要答复"),
    FIELD(struct ask_view, short_by, F_STR, "简要答复出自"),
    FIELD(struct ask_view, short_href, F_STR, "简要答复的来源地址"),
    FIELD_OF(struct ask_view, phrased, F_LIST, &phrased_shape, "语言模型按法条说的话，逐句核对过"),
    FIELD(struct ask_view, has_phrased, F_BOOL, NULL),
    FIELD(struct ask_view, has_model, F_BOOL, NULL),
    FIELD_OF(struct ask_view, urgent, F_LIST, &urgent_shape, "急事"),
    FIELD_OF(struct ask_view, articles, F_LIST, &ask_article_shape, "法条"),
    FIELD_OF(struct ask_view, answers, F_LIST, &ask_answered_shape, "答过的问题"),
    FIELD_OF(struct ask_view, cases, F_LIST, &ask_case_shape, "相似案例"),
    FIELD(struct ask_view, has_articles, F_BOOL, NULL),
    FIELD(struct ask_view, has_more_articles, F_BOOL, NULL),
    FIELD_OF(struct ask_view, more_articles, F_LIST, &ask_article_shape, "其余依据"),
    FIELD(struct ask_view, has_answers, F_BOOL, NULL),
    FIELD(struct ask_view, has_cases, F_BOOL, NULL),
    FIELD(struct ask_view, has_here, F_BOOL, NULL),
    FIELD_OF(struct ask_view, here, F_OBJECT, &here_shape, "在这里可以办"),
    FIELD(struct ask_view, has_more_matters, F_BOOL, NULL),
    FIELD_OF(struct ask_view, more_matters, F_LIST, &ask_option_shape, "也可能是"),
    FIELD(struct ask_view, has_place, F_BOOL, NULL),
    FIELD_OF(struct ask_view, place, F_OBJECT, &place_shape, "去哪"),
    FIELD(struct ask_view, has_urgent, F_BOOL, NULL),
    FIELD(struct ask_view, topic, F_STR, "主题代码"),
    FIELD(struct ask_view, topic_title, F_STR, "主题"),
    FIELD(struct ask_view, has_follow, F_BOOL, NULL),
    FIELD(struct ask_view, follow_title, F_STR, "追问什么事"),
    FIELD(struct ask_view, follow_question, F_STR, "追问"),
    FIELD(struct ask_view, follow_hint, F_STR, "追问的说明"),
    FIELD(struct ask_view, follow_number, F_INT, "第几问"),
    FIELD(struct ask_view, follow_most, F_INT, "最多几问"),
    FIELD(struct ask_view, has_says, F_BOOL, NULL),
    FIELD_OF(struct ask_view, says, F_LIST, &line_shape, "按您说的情况"),
    FIELD(struct ask_view, has_deadlines, F_BOOL, NULL),
    FIELD_OF(struct ask_view, deadlines, F_LIST, &line_shape, "要赶的期限"),
    FIELD(struct ask_view, has_bring, F_BOOL, NULL),
    FIELD_OF(struct ask_view, bring, F_LIST, &line_shape, "先留好、带上"),
    FIELD_OF(struct ask_view, follow, F_LIST, &ask_option_shape, "追问的选项"),
    FIELD(struct ask_view, has_turns, F_BOOL, NULL),
    FIELD_OF(struct ask_view, turns, F_LIST, &turn_shape, "追问过的"),
    FIELD(struct ask_view, told, F_STR, "申请时带上的话"),
    FIELD(struct ask_view, talk, F_STR, "转给人时带上的话"),
    FIELD(struct ask_view, consult_code, F_STR, "咨询的事项"),
    FIELD_OF(struct ask_view, examples, F_LIST, &ask_option_shape, "常问的"),
    FIELD(struct ask_view, near, F_INT, "最近的法条有多近，0 到 100"),
    FIELD(struct ask_view, id, F_ID, "这次提问"),
    {0},
};
const struct shape ask_view_shape = {"Answer", sizeof(struct ask_view), view_fields};
