/*
 * intake_form.c - what registering asks, whatever the door, and the number that an order gets.
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
