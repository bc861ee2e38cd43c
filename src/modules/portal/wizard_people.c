/*
 * Who applies: oneself, with the identity card or another paper; for somebody else, as agent or
 * guardian; or for a firm.  The first is assumed, the others are one tap away (P1).
 */
#include "apply_private.h"

enum who { WHO_CARD, WHO_PAPER, WHO_OTHER, WHO_FIRM, WHO_COUNT };
static const char *const who_words[WHO_COUNT] = {"card", "paper", "other", "firm"};

static const struct choice papers[] = {
    {"household-book", "户口簿"},
    {"residence-permit", "港澳台居民居住证"},
    {"hk-mo-tw-permit", "港澳台居民来往内地（大陆）通行证"},
    {"passport", "护照"},
    {NULL, NULL},
};
static const struct choice messages[] = {
    {"yes", "可以打电话，也可以发短信"},
    {"no", "只跟我本人说，不发短信、不让别人转告"},
    {NULL, NULL},
};
static const struct choice kinds[] = {{"person", "个人"}, {"firm", "公司、单位"}, {NULL, NULL}};
static const struct choice agents[] = {
    {"agent", "代理人：家人、朋友，受他委托"},
    {"guardian", "监护人：他未成年，或者自己办不了事"},
    {NULL, NULL},
};

static enum who who_of(struct str word)
{
    for (int who = WHO_CARD; who < WHO_COUNT; who++)
        if (str_is(word, who_words[who]))
            return (enum who)who;
    return WHO_CARD;
}

static void ask_card(struct ask *ask, bool must)
{
    *ask = (struct ask){
        .name = "id_number", .title = "身份证号码", .type = ASK_ID_NUMBER, .required = must};
}

static void ask_firm(struct ask *asks)
{
    asks[0] = (struct ask){.name = "name",
                           .title = "单位名称",
                           .type = ASK_TEXT,
                           .required = true,
                           .max = 100,
                           .hint = "和营业执照上一样"};
    asks[1] = (struct ask){.name = "credit_code",
                           .title = "统一社会信用代码",
                           .type = ASK_CREDIT_CODE,
                           .required = true,
                           .hint = "营业执照上的 18 位代码"};
    asks[2] = (struct ask){.name = "contact",
                           .title = "联系人",
                           .type = ASK_TEXT,
                           .required = true,
                           .max = 60,
                           .hint = "由谁和我们联系"};
}

void wizard_who(struct task *t, struct wizard *wizard, const char *word)
{
    enum who who = who_of(str_of(word));
    int n = wizard_find(wizard, STEP_WHO);
    bool must = !wizard_consults(wizard);

    if (!n)
        return;
    struct wizard_step *step = &wizard->steps[n - 1];
    struct ask *asks = wizard_step_asks(t, step);
    step->question = who == WHO_FIRM    ? "哪个单位申请？"
                     : who == WHO_OTHER ? "替谁申请？"
                     : must             ? "谁申请？"
                                        : "怎么称呼您？";
    step->variant = who_words[who];
    if (who == WHO_FIRM) {
        ask_firm(asks);
        return;
    }
    asks[0] = (struct ask){.name = "name",
                           .title = who == WHO_OTHER ? "他的姓名" : "姓名",
                           .type = ASK_TEXT,
                           .required = true,
                           .max = 50,
                           .hint = "和证件上一样"};
    if (who == WHO_PAPER) {
        asks[1] = (struct ask){.name = "paper",
                               .title = "什么证件",
                               .type = ASK_CHOICE,
                               .required = must,
                               .choices = papers};
        asks[2] = (struct ask){.name = "paper_number",
                               .title = "证件号码",
                               .type = ASK_TEXT,
                               .required = must,
                               .max = 40};
        return;
    }
    ask_card(&asks[1], must);
    if (who == WHO_OTHER)
        asks[1].title = "他的身份证号码";
}

/* What belongs to another way of saying who applies is forgotten. */
void wizard_take_who(struct task *t, struct wizard *wizard, struct str word)
{
    static const char *const all[] = {"id_number", "paper", "paper_number", "credit_code",
                                      "contact"};
    struct json *answers = wizard_answers(t, wizard);
    enum who who = who_of(word);

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_put(t, answers, str_of(all[i]), NULL);
    json_put(t, answers, S("_who"), json_str(t, str_of(who_words[who])));
    wizard_who(t, wizard, who_words[who]);
}

struct list wizard_other_ways(struct task *t, const struct wizard_step *step, struct str address)
{
    static const char *const titles[WHO_COUNT] = {"给自己申请，有身份证", "没有身份证，用其他证件",
                                                  "替家人或者别人申请", "给公司、单位申请"};
    struct list ways = {0};

    for (int who = WHO_CARD; step->variant && who < WHO_COUNT; who++) {
        if (who == (int)who_of(str_of(step->variant)))
            continue;
        struct wizard_way *way = list_add(t, &ways, sizeof *way);
        way->title = str_of(titles[who]);
        way->href = str_format(t, "%.*s?who=%s", STR_ARG(address), who_words[who]);
    }
    return ways;
}

void wizard_add_people(struct task *t, struct wizard *wizard)
{
    struct wizard_step *step;
    struct ask *asks;

    (void)wizard_add_step(wizard, STEP_WHO, wizard_consults(wizard) ? "怎么称呼您？" : "谁申请？",
                          "谁申请");
    enum who who = who_of(json_get_str(wizard_answers(t, wizard), "_who"));
    wizard_who(t, wizard, who_words[who]);
    if (who == WHO_OTHER) {
        step = wizard_add_step(wizard, STEP_AGENT, "您是谁？", "谁代办");
        asks = wizard_step_asks(t, step);
        asks[0] = (struct ask){.name = "agent_role",
                               .title = "您是他的",
                               .type = ASK_CHOICE,
                               .required = true,
                               .choices = agents};
        asks[1] = (struct ask){.name = "agent_name",
                               .title = "您的姓名",
                               .type = ASK_TEXT,
                               .required = true,
                               .max = 50};
        asks[2] = (struct ask){
            .name = "agent_id", .title = "您的身份证号码", .type = ASK_ID_NUMBER, .required = true};
    }
    step = wizard_add_step(wizard, STEP_REACH, "怎么找到您？", "怎么找到您");
    asks = wizard_step_asks(t, step);
    asks[0] = (struct ask){.name = "phone",
                           .title = "手机号码",
                           .type = ASK_PHONE,
                           .required = true,
                           .hint = "用来告诉您结果。座机也可以，前面加区号"};
    asks[1] = (struct ask){.name = "message",
                           .title = "方便怎么联系",
                           .type = ASK_CHOICE,
                           .choices = messages,
                           .hint = "不想让家里人知道的，请选第二项"};
    asks[2] = (struct ask){.name = "address",
                           .title = "住在哪里",
                           .type = ASK_TEXT,
                           .max = 200,
                           .hint = "写到街道、村或社区，好交给离您近的服务点"};
    bool must = false;
    if (!wizard_asks_opponent(wizard->procedure, &must))
        return;
    step = wizard_add_step(wizard, STEP_OTHER, "对方是谁？", "对方");
    asks = wizard_step_asks(t, step);
    asks[0] = (struct ask){
        .name = "other_kind", .title = "个人还是单位", .type = ASK_CHOICE, .choices = kinds};
    asks[1] = (struct ask){.name = "other_name",
                           .title = "对方的姓名或名称",
                           .type = ASK_TEXT,
                           .required = must,
                           .max = 100,
                           .hint = "知道多少写多少，不清楚可以不填"};
    asks[2] = (struct ask){.name = "other_phone", .title = "对方的电话", .type = ASK_PHONE};
}

/* --- What order_create() is given --- */

static void copy(struct task *t, struct json *to, const char *name, const struct json *from,
                 const char *as)
{
    struct str value = json_get_str(from, as);

    if (value.len)
        json_put_str(t, to, name, value);
}

static void add_party(struct task *t, struct json *list, struct str role, struct json *identity)
{
    struct json *one = json_object(t);

    json_put_str(t, one, "role", role);
    json_put(t, one, S("identity"), identity);
    json_append(list, one);
}

static void copy_paper(struct task *t, struct json *to, const char *paper,
                       const struct json *answers, const char *as)
{
    if (!json_get_str(answers, as).len)
        return;
    json_put_str(t, to, "paper", str_of(paper));
    copy(t, to, "paper_number", answers, as);
}

static struct json *applicant(struct task *t, const struct json *answers, enum who who)
{
    struct json *one = json_object(t);

    json_put_str(t, one, "kind", who == WHO_FIRM ? S("firm") : S("person"));
    copy(t, one, "name", answers, "name");
    copy(t, one, "phone", answers, "phone");
    copy(t, one, "address", answers, "address");
    if (who == WHO_FIRM) {
        copy_paper(t, one, "credit-code", answers, "credit_code");
        copy(t, one, "contact", answers, "contact");
    } else if (who == WHO_PAPER) {
        copy_paper(t, one, str_terminated(t, json_get_str(answers, "paper")), answers,
                   "paper_number");
    } else {
        copy_paper(t, one, "id-card", answers, "id_number");
    }
    if (str_is(json_get_str(answers, "message"), "no"))
        json_put_bool(t, one, "no_message", true);
    return one;
}

struct json *wizard_parties(struct task *t, const struct json *answers)
{
    enum who who = who_of(json_get_str(answers, "_who"));
    struct json *list = json_list(t);

    add_party(t, list, S("applicant"), applicant(t, answers, who));
    if (who == WHO_OTHER) {
        struct json *agent = json_object(t);

        json_put_str(t, agent, "kind", S("person"));
        copy(t, agent, "name", answers, "agent_name");
        copy_paper(t, agent, "id-card", answers, "agent_id");
        copy(t, agent, "phone", answers, "phone");
        add_party(t, list, json_get_str(answers, "agent_role"), agent);
    }
    if (json_get_str(answers, "other_name").len) {
        struct json *other = json_object(t);

        json_put_str(t, other, "kind",
                     str_is(json_get_str(answers, "other_kind"), "firm") ? S("firm") : S("person"));
        copy(t, other, "name", answers, "other_name");
        copy(t, other, "phone", answers, "other_phone");
        add_party(t, list, S("respondent"), other);
    }
    return list;
}
