/*
 * intake_form.c - what registering asks and checks, whatever the door, and the number that an order
 * gets.
 */
#include "modules/orders/intake.h"

#include "modules/orders/parties.h"
#include "orders_sql.h"

const struct choice order_channels[] = {
    {"window", "窗口"},  {"phone", "电话"}, {"hotline", "热线"},  {"web", "网上"},
    {"kiosk", "自助机"}, {"grid", "网格"},  {"transfer", "转来"}, {"import", "导入"},
    {"paper", "来信"},   {NULL, NULL},
};

static const struct choice difficulties[] = {
    {"simple", "简单"}, {"ordinary", "一般"}, {"complex", "复杂"}, {NULL, NULL}};

static const struct form intake_party_form = {
    "IntakeParty",
    (const struct ask[]){
        {.name = "role",
         .title = "身份",
         .type = ASK_CHOICE,
         .required = true,
         .choices = party_roles},
        {.name = "identity",
         .title = "身份信息",
         .type = ASK_OBJECT,
         .required = true,
         .of = &party_form},
        {.name = "authority",
         .title = "授权范围",
         .type = ASK_TEXT,
         .max = 200,
         .hint = "例如：可承认、变更请求：否"},
        {.name = "represents", .title = "代表全体", .type = ASK_BOOL},
        {0},
    },
};

const struct form intake_form = {
    "Intake",
    (const struct ask[]){
        {.name = "matter", .title = "事项", .type = ASK_TEXT, .required = true, .max = 60},
        {.name = "channel",
         .title = "渠道",
         .type = ASK_CHOICE,
         .required = true,
         .choices = order_channels},
        {.name = "subject",
         .title = "事由",
         .type = ASK_TEXT,
         .required = true,
         .max = 60,
         .hint = "显示在列表上，不写姓名、电话"},
        {.name = "content", .title = "来访人的话", .type = ASK_LONG, .required = true, .max = 5000},
        {.name = "anonymous", .title = "匿名咨询", .type = ASK_BOOL},
        {.name = "anonymous_reason", .title = "匿名的理由", .type = ASK_TEXT, .max = 200},
        {.name = "parties",
         .title = "各方",
         .type = ASK_LIST,
         .max = 200,
         .of = &intake_party_form},
        {.name = "difficulty", .title = "难易", .type = ASK_CHOICE, .choices = difficulties},
        {.name = "amount", .title = "标的金额", .type = ASK_MONEY, .max = 1000000000000},
        {.name = "materials",
         .title = "材料",
         .type = ASK_LIST,
         .max = 60,
         .of = &material_mark_form},
        {.name = "limitation_from", .title = "时效起算日", .type = ASK_DAY},
        {.name = "window", .title = "窗口", .type = ASK_ID},
        {.name = "remark", .title = "当场说明", .type = ASK_LONG, .max = 5000},
        {.name = "receipt", .title = "出具收件回执", .type = ASK_BOOL},
        {.name = "source", .title = "来源系统", .type = ASK_TEXT, .max = 40},
        {.name = "external", .title = "来源系统的编号", .type = ASK_TEXT, .max = 80},
        {0},
    },
};

struct json *intake_common_part(struct task *t, const struct json *input)
{
    static const char *const others[] = {"fields",      "then", "then_input", "occurred_at",
                                         "back_reason", "unit", "linked_to"};
    struct json *copy = input ? json_copy(t, input) : json_object(t);

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_put(t, copy, str_of(others[i]), NULL);
    return copy;
}

static bool has_applicant(const struct json *parties)
{
    JSON_EACH (party, parties) {
        if (str_is(json_get_str(party, "role"), "applicant"))
            return true;
    }
    return false;
}

void intake_check_together(struct task *t, const struct json *clean,
                           const struct procedure *procedure)
{
    const struct json *parties = json_get(clean, "parties");
    bool anonymous = json_get_bool(clean, "anonymous");

    if (anonymous && procedure && procedure->nature != NATURE_CONSULTATION)
        task_field_error(t, S("anonymous"), "只有咨询可以匿名；办理事项要写明申请人");
    if (anonymous && !json_get_str(clean, "anonymous_reason").len)
        task_field_error(t, S("anonymous_reason"), "请写匿名的理由，例如：家庭暴力、没带证件");
    if (!anonymous && !has_applicant(parties))
        task_field_error(t, S("parties[0].identity.name"), "请填写申请人（来访人）");
    if (json_get_str(clean, "external").len && !json_get_str(clean, "source").len)
        task_field_error(t, S("source"), "有外部编号的，请写明来源系统");
    int i = 0;
    bool fine = subject_check_against(t, json_get_str(clean, "subject"), NULL, S("subject"));
    JSON_EACH (party, parties) {
        struct str prefix = str_format(t, "parties[%d].identity.", i++);

        party_check(t, prefix, json_get(party, "identity"));
        struct identity identity = party_identity(t, json_get(party, "identity"));

        /* Said once, however many names stand in it. */
        fine = fine &&
               subject_check_against(t, json_get_str(clean, "subject"), &identity, S("subject"));
    }
}

struct json *intake_plain_fields(struct task *t, const struct form *form, const struct json *fields)
{
    struct json *plain = json_object(t);

    for (const struct ask *ask = form->asks; ask && ask->name; ask++) {
        struct json *value = json_get(fields, ask->name);
        bool text = ask->type == ASK_TEXT || ask->type == ASK_LONG || ask->type == ASK_PHONE ||
                    ask->type == ASK_ID_NUMBER || ask->type == ASK_LIST || ask->type == ASK_OBJECT;

        if (value && !text)
            json_put(t, plain, str_of(ask->name), json_copy(t, value));
    }
    return plain;
}

enum err order_number(struct task *t, const struct unit *unit, int64_t moment, struct str *ret_no)
{
    int year, month, day;
    struct rows *rows;

    day_to_civil(day_of(moment), &year, &month, &day);
    enum err e = store_run(t, &q_orders_counter_next,
                           ARGS(INT("tenant", t->tenant), INT("unit", unit->id), INT("year", year),
                                TEXT("kind", S("order"))),
                           &rows);
    if (e)
        return e;
    (void)!rows_next(rows);
    *ret_no = str_format(t, "%.*s-%04d%02d%02d-%05lld", STR_ARG(unit->code), year, month, day,
                         (long long)row_int(rows, "value"));
    return OK;
}
