/*
 * What the example city's knowledge officer finds: a week of questions, words with a draft behind
 * them, questions kept to try it on, answers that wait.  Asked and put as any other.
 */
#include "ask_page.h"
#include "modules/access/staff.h"
#include "modules/org/org.h"
#include "research_sql.h"
#include "store/store.h"
#include "upkeep.h"

#define WORDS                                                                                      \
    "# 左边是大家的说法，右边是法律的说法\n"                                      \
    "[工资] 欠薪、讨薪、工钱、拖欠工资 = 拖欠工资、劳动报酬\n"             \
    "[离婚] 离婚、分居 = 离婚诉讼、夫妻感情确已破裂\n"                         \
    "[借钱] 借条、欠条 = 民间借贷、借款合同\n"

static const char live_words[] = WORDS "[辞退] 炒鱿鱼、开除 = 解除劳动合同\n";
static const char draft_words[] =
    WORDS "[辞退] 炒鱿鱼、开除 = 解除劳动合同、支付经济补偿\n"
          "[抚养] 孩子归谁、抚养权 = 离婚后、不满两周岁的子女、抚养\n";

static const struct {
    const char *question;
    int times, useful; /* 1 yes, 2 no */
} asked[] = {
    {"老板拖欠工资三个月了怎么办", 5, 1},
    {"被公司炒鱿鱼有补偿吗", 4, 0},
    {"离婚后孩子归谁抚养", 4, 1},
    {"借钱不还没有借条怎么办", 3, 0},
    {"邻居装修漏水把我家泡了谁赔", 3, 2},
    {"物业费可以不交吗", 2, 0},
    {"工伤认定要多久", 2, 1},
    {"交通事故对方全责怎么赔", 2, 0},
    {"网购买到假货能退一赔三吗", 2, 0},
    {"没有签劳动合同能要双倍工资吗", 2, 1},
    {"父母的房子我能继承吗", 1, 0},
    {"土地承包合同到期了怎么办", 1, 0},
    {"无人机黑飞罚多少钱", 1, 0},
    {"比特币被骗了能追回来吗", 1, 2},
    {"试用期被辞退要赔偿吗 13900001234", 1, 0},
    {"量子纠缠", 1, 0},
};

static const struct {
    const char *question, *article;
} kept[] = {
    {"老板拖欠工资三个月了怎么办", "劳动法 第五十条"},
    {"被公司炒鱿鱼有补偿吗", "劳动合同法 第四十六条"},
    {"离婚后孩子归谁抚养", "民法典 第一千零八十四条"},
    {"没有签劳动合同能要双倍工资吗", "劳动合同法 第八十二条"},
    {"邻居装修漏水把我家泡了谁赔", "民法典 第二百九十六条"},
    {"工伤认定要多久", "工伤保险条例 第二十条"},
};

static const struct {
    const char *question, *answer, *topic, *laws;
} proposed[] = {
    {"没有借条，只有转账记录，能要回借款吗？",
     "可以起诉。先把转账记录、聊天记录、催款的录音整理好；对方说是别的款项的，由对方举证。"
     "起诉状写清借款时间、数额、约定的还款时间，到被告住所地的人民法院立案。",
     "借钱", "《民法典》第六百七十五条"},
    {"试用期内被口头辞退，能要补偿吗？",
     "试用期内单位也不能随意解除。没有证明不符合录用条件的，属于违法解除，可以要求继续履行，"
     "或者要求按经济补偿标准的二倍支付赔偿金。先保留考勤、工资和辞退的聊天记录，一年内申请仲裁。",
     "辞退", "《劳动合同法》第二十一条、第八十七条"},
    {"租的房子漏水，房东不修怎么办？",
     "先书面通知房东在合理期限内维修，留下通知的凭据；房东不修的，可以自行维修，费用由房东承担。"
     "影响使用的，可以要求减少租金或者延长租期。",
     "", "《民法典》第七百一十三条"},
};

/* --- A week of questions --------------------------------------------------------------------- */

static enum err ask_once(struct task *t, const char *data, const char *question, int useful)
{
    struct ask_view *view = NEW(t, struct ask_view, 1);
    struct asking asking = {.question = str_of(question),
                            .full = str_of(question),
                            .data = data,
                            .articles = 3,
                            .answers = 3};
    int64_t id;
    enum err e = ask_answer(t, &asking, view);

    if (e)
        return e;
    asked_note(t, view, "web", &id);
    return useful ? asked_useful(t, id, useful == 1) : OK;
}

/* Each as if it had been asked then. */
static enum err ask_all(struct task *t, const char *data)
{
    enum { APART = 227, WEEK = 7 * 24 * 60 - 600 };
    int64_t now = t->now, turn = 0;
    enum err e = OK;

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        for (int n = 0; !e && n < asked[i].times; n++) {
            struct task_mark mark = task_mark(t);

            t->now = now - (turn++ * APART % WEEK) * 60000;
            e = ask_once(t, data, asked[i].question, n ? 0 : asked[i].useful);
            task_reset(t, mark);
        }
    t->now = now;
    return e ? e : asked_flush(t);
}

/* --- Words, questions to try them on, answers that wait -------------------------------------- */

static enum err put_words(struct task *t, int64_t staff)
{
    const char *const texts[] = {live_words, draft_words};
    enum err e = OK;

    for (int i = 0; !e && i < 2; i++)
        e = store_run(t, &q_words_add,
                      ARGS(INT("tenant", t->tenant), INT("version", i + 1),
                           TEXT("text", str_of(texts[i])), INT("staff", staff),
                           INT("now", t->now - (2 - i) * DAY_MS)),
                      NULL);
    return e ? e
             : store_run(t, &q_words_publish, ARGS(INT("tenant", t->tenant), INT("version", 1)),
                         NULL);
}

static enum err put_kept(struct task *t)
{
    enum err e = OK;

    for (size_t i = 0; !e && i < sizeof kept / sizeof *kept; i++) {
        struct str id = {0};

        e = kept_resolve(t, str_of(kept[i].article), &id);
        if (e == ERR_BAD_INPUT) {
            task_clear_error(t);
            e = OK;
        }
        if (!e)
            e = store_run(t, &q_kept_add,
                          ARGS(INT("tenant", t->tenant), INT("id", store_new_id(t)),
                               TEXT("question", str_of(kept[i].question)), TEXT("expected", id)),
                          NULL);
    }
    return e;
}

static enum err put_all(struct task *t, void *arg)
{
    struct tenant tenant;
    struct unit centre;
    struct list lawyers;
    enum err e = org_tenant(t, &tenant);

    (void)arg;
    if (!e)
        e = org_unit(t, tenant.centre, &centre);
    if (!e)
        e = staff_find(t, tenant.centre, S("lawyer"), &lawyers);
    int64_t staff = !e && lawyers.count ? ((struct staff_at *)lawyers.at)->id : 0;
    for (size_t i = 0; !e && i < sizeof proposed / sizeof *proposed; i++) {
        struct proposal p = {
            .staff = staff,
            .question = str_of(proposed[i].question),
            .answer = str_of(proposed[i].answer),
            .topic = str_of(proposed[i].topic),
            .laws = str_of(proposed[i].laws),
            .proposed_by = str_format(t, "%.*s 值班律师岗", STR_ARG(centre.name)),
        };

        e = proposal_put(t, &p);
    }
    if (!e)
        e = put_words(t, staff);
    return e ? e : put_kept(t);
}

enum err knowledge_example(struct task *t, const char *data)
{
    enum err e = store_write(t, put_all, NULL);

    return e ? e : ask_all(t, data);
}
