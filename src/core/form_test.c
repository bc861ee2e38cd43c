#include "core/form.h"

#include <stdio.h>
#include <string.h>

#include "core/test.h"
#include "core/time.h"

static struct task t;

static int begin(void **state)
{
    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    return 0;
}

static int end(void **state)
{
    (void)state;
    task_end(&t);
    return 0;
}

static const struct choice causes[] = {
    {"wage", "欠薪"}, {"land", "土地"}, {"other", NULL}, {NULL, NULL}};
static const struct ask person_asks[] = {
    {.name = "name", .title = "姓名", .type = ASK_TEXT, .required = true, .max = 10},
    {.name = "id_number", .title = "身份证号", .type = ASK_ID_NUMBER},
    {.name = "phone", .title = "电话", .type = ASK_PHONE, .required = true},
    {0},
};
static const struct form person = {"person", person_asks};
static const struct ask order_asks[] = {
    {.name = "title", .title = "标题", .type = ASK_TEXT, .required = true, .min = 2, .max = 60},
    {.name = "story", .title = "经过", .type = ASK_LONG},
    {.name = "cause", .title = "事由", .type = ASK_CHOICE, .required = true, .choices = causes},
    {.name = "marks", .title = "标记", .type = ASK_CHOICES, .choices = causes, .max = 2},
    {.name = "agree", .title = "同意", .type = ASK_BOOL},
    {.name = "people", .title = "人数", .type = ASK_INT, .min = 1, .max = 500},
    {.name = "floor", .title = "下限", .type = ASK_INT, .min = 3},
    {.name = "amount", .title = "金额", .type = ASK_MONEY, .max = 10000000},
    {.name = "day", .title = "日期", .type = ASK_DAY, .min = -365},
    {.name = "any_day", .title = "日期", .type = ASK_DAY},
    {.name = "at", .title = "时间", .type = ASK_MOMENT},
    {.name = "matter", .title = "事项", .type = ASK_ID},
    {.name = "firm", .title = "单位", .type = ASK_CREDIT_CODE},
    {.name = "agent", .title = "代理人", .type = ASK_OBJECT, .of = &person},
    {.name = "parties",
     .title = "当事人",
     .type = ASK_LIST,
     .required = true,
     .of = &person,
     .max = 3},
    {0},
};
static const struct form order = {"order", order_asks};

static const struct ask one_asks[] = {
    {.name = "owner", .title = "业主", .type = ASK_OBJECT, .required = true, .of = &person}, {0}};
static const struct form one = {"one", one_asks};

static enum err check(const struct form *form, const char *text, struct json **ret_clean)
{
    struct json *json = NULL;

    task_clear_error(&t);
    assert_int_equal(json_parse(&t, str_of(text), &json), OK);
    return form_check(&t, form, json, S(""), ret_clean);
}

static void assert_error(const char *field, const char *message)
{
    const char *got = error_at(&t, field);

    if (!got || strcmp(got, message) != 0)
        fail_msg("%s: got \"%s\", expected \"%s\"", field, got ? got : "(nothing)", message);
}

static void what_is_right_comes_back_normalised(void **state)
{
    struct json *clean;

    (void)state;
    assert_int_equal(
        check(
            &order,
            "{\"title\":\"　　拖欠工资 \",\"story\":\"第一行\\r\\n第二行\\r三\\u200b\",\"cause\":\"欠薪\","
            "\"marks\":[\"land\",\"wage\",\"land\"],\"agree\":\"on\",\"people\":\"３０\",\"floor\":9,"
            "\"amount\":\"1200.5\",\"day\":\"2026年10月1日\",\"any_day\":\"1955/3/7\",\"at\":\"2026-10-14 09:42\","
            "\"matter\":7,\"firm\":\"91350100m000100y43\",\"_csrf\":\"x\","
            "\"agent\":{\"name\":\"\",\"phone\":\" \",\"_new\":\"1\"},"
            "\"parties\":[{\"name\":\"王某\",\"phone\":\"139 1234 5678\"},{\"name\":\"\"},"
            "{\"name\":\"李某\",\"phone\":\"0576-88812345\",\"id_number\":\"990101199003074024\"}]}",
            &clean),
        OK);
    assert_str(
        json_text(&t, clean),
        "{\"title\":\"拖欠工资\",\"story\":\"第一行\\n第二行\\n三\",\"cause\":\"wage\","
        "\"marks\":[\"land\",\"wage\"],\"agree\":true,\"people\":30,\"floor\":9,\"amount\":120050,"
        "\"day\":\"2026-10-01\",\"any_day\":\"1955-03-07\",\"at\":\"2026-10-14T09:42:00+08:00\","
        "\"matter\":\"7\",\"firm\":\"91350100M000100Y43\","
        "\"parties\":[{\"name\":\"王某\",\"phone\":\"13912345678\"},"
        "{\"name\":\"李某\",\"id_number\":\"990101199003074024\",\"phone\":\"0576-88812345\"}]}");
    assert_int_equal(error_count(&t), 0);
}

static void every_wrong_field_is_named_at_once(void **state)
{
    struct json *clean;

    (void)state;
    assert_int_equal(
        check(
            &order,
            "{\"title\":\"字\",\"story\":5,\"cause\":\"none\",\"marks\":[\"wage\",\"land\",\"other\"],\"agree\":\"maybe\","
            "\"people\":501,\"floor\":2,\"amount\":\"12.345\",\"day\":\"2026-02-30\",\"any_day\":\"昨天\","
            "\"at\":\"2026-10-14T09:43\",\"matter\":\"x\",\"firm\":\"1\",\"agent\":{\"name\":\"赵某\"},"
            "\"parties\":[{\"name\":\"王某\",\"phone\":\"1391234567\"},7,{\"phone\":\"13912345678\",\"x\":1}],"
            "\"more\":1}",
            &clean),
        ERR_BAD_INPUT);
    assert_error("title", "至少 2 个字，现在 1 个");
    assert_error("story", "应为文字");
    assert_error("cause", "没有这一项，请从这些中选：欠薪、土地、other");
    assert_error("marks", "最多选 2 项，现在选了 3 项");
    assert_error("agree", "请选“是”或“否”");
    assert_error("people", "应在 1 到 500 之间");
    assert_error("floor", "至少是 3");
    assert_error("amount", "请填金额（元），最多两位小数，例如 1200.50");
    assert_error("day", "没有这一天，请对照日历再看一遍");
    assert_error("any_day", "请写成 2026-10-14 这样的日期");
    assert_error("at", "不能晚于现在");
    assert_error("matter", "编号不对，请重新选择");
    assert_error("firm", "单位要 18 位，现在是 1 位");
    assert_error("agent.phone", "请填写电话");
    assert_error("parties[0].phone", "电话要 11 位，现在是 10 位");
    assert_error("parties[1]", "应为一组字段");
    assert_error("parties[2].name", "请填写姓名");
    assert_error("parties[2].x", "没有这个字段");
    assert_error("more", "没有这个字段");
    assert_int_equal(error_count(&t), 19);
    assert_true(t.note.len > 0);
    /* What was right is there all the same. */
    assert_str(json_text(&t, clean),
               "{\"agent\":{\"name\":\"赵某\"},"
               "\"parties\":[{\"name\":\"王某\"},{\"phone\":\"13912345678\"}]}");
}

static void what_is_missing_is_asked_for(void **state)
{
    struct json *clean;

    (void)state;
    assert_int_equal(form_check(&t, &order, NULL, S(""), &clean), ERR_BAD_INPUT);
    assert_error("title", "请填写标题");
    assert_error("cause", "请选择事由");
    assert_error("parties", "请至少填一项");
    assert_int_equal(error_count(&t), 3);
    assert_str(json_text(&t, clean), "{}");

    assert_int_equal(check(&one, "{}", &clean), ERR_BAD_INPUT);
    assert_error("owner.name", "请填写姓名");
    assert_error("owner.phone", "请填写电话");
    assert_int_equal(error_count(&t), 2);

    assert_int_equal(
        check(&order, "{\"title\":null,\"cause\":\" \",\"parties\":[{},{\"name\":null}]}", &clean),
        ERR_BAD_INPUT);
    assert_int_equal(error_count(&t), 3);
}

static void the_prefix_stands_before_the_path(void **state)
{
    struct json *clean;

    (void)state;
    assert_int_equal(form_check(&t, &one, NULL, S("rows[4]"), &clean), ERR_BAD_INPUT);
    assert_error("rows[4].owner.name", "请填写姓名");
    task_clear_error(&t);
    assert_int_equal(form_check(&t, &one, json_list(&t), S("rows[4]"), &clean), ERR_BAD_INPUT);
    assert_error("rows[4]", "应为一组字段");
}

/* One field of the form, given as JSON; NULL: right, else the message. */
static const char *message_for(const char *field, const char *value)
{
    struct json *clean;
    struct str text = str_format(&t, "{\"%s\":%s}", field, value);

    if (check(&order, str_terminated(&t, text), &clean) == OK)
        return NULL;
    return error_at(&t, field);
}

static void texts_have_bounds_and_no_tricks(void **state)
{
    static const struct {
        const char *field, *value, *message;
    } rows[] = {
        {"title", "\"两字\"", NULL},
        {"title", "\"a\\nb\"", "只能写一行，请去掉换行"},
        {"title", "\"a\\u0001b\"", "有看不见的控制字符，请删去后重新输入"},
        {"title", "\"a\\u202eb\"", "有看不见的控制字符，请删去后重新输入"},
        {"title", "\"a\\u0085b\"", "有看不见的控制字符，请删去后重新输入"},
        {"title", "\"\\u200b\\ufeff\"", "请填写看得见的文字"},
        {"title", "[1]", "应为文字"},
        {"amount", "0", NULL},
        {"amount", "12.34", NULL},
        {"amount", "12.345", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "-1", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"-1\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"-0.5\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"1.\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\".5\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"1.2.3\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"1.2x\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "1e300", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"9999999999999\"", "请填金额（元），最多两位小数，例如 1200.50"},
        {"amount", "\"100000.01\"", "最多 100000 元"},
        {"amount", "\"１００．５\"", NULL},
        {"amount", "true", "应为数字"},
        {"people", "\"1.5\"", "请只填整数，例如 3"},
        {"people", "1.5", "应为数字"},
        {"people", "0", "应在 1 到 500 之间"},
        {"day", "\"2026-10-15\"", "不能晚于今天"},
        {"day", "\"2026-10-14\"", NULL},
        {"day", "\"2025-10-14\"", NULL},
        {"day", "\"2025-10-13\"", "不能早于 2025-10-14"},
        {"day", "\"2026-10-14 \"", NULL},
        {"day", "\"26-10-14\"", "请写成 2026-10-14 这样的日期"},
        {"day", "\"2026-10\"", "请写成 2026-10-14 这样的日期"},
        {"day", "\"2026-10-141\"", "请写成 2026-10-14 这样的日期"},
        {"any_day", "\"9999-12-31\"", NULL},
        {"at", "\"2026-10-14T09:42:00+08:00\"", NULL},
        {"at", "\"2026-10-14\"", "请写成 2026-10-14 09:30 这样的时间"},
        {"matter", "\"0\"", "编号不对，请重新选择"},
        {"matter", "-4", "编号不对，请重新选择"},
        {"matter", "\"9223372036854775808\"", "编号不对，请重新选择"},
        {"agree", "0", NULL},
        {"agree", "false", NULL},
        {"agree", "2", "请选“是”或“否”"},
        {"marks", "\"wage\"", NULL},
        {"marks", "[[]]", NULL},
        {"marks", "[1]", "应为一组选项"},
        {"marks", "{\"a\":1}", "应为列表"},
        {"cause", "[\"wage\"]", "应为文字"},
        {"parties", "{\"a\":1}", "应为列表"},
        {"parties", "[1,2,3,4]", "最多 3 项，现在 4 项"},
        {"agent", "\"x\"", "应为一组字段"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = message_for(rows[i].field, rows[i].value);
        if (!got != !rows[i].message || (got && strcmp(got, rows[i].message) != 0))
            fail_msg("%s = %s: %s", rows[i].field, rows[i].value, got ? got : "accepted");
    }
}

static void a_long_text_is_counted_in_characters(void **state)
{
    struct buf b = buf_new(&t, 1 << 20);
    struct json *clean;

    (void)state;
    for (int i = 0; i < 75; i++)
        buf_add(&b, S("字"));
    struct json *input = json_object(&t);
    json_put_str(&t, input, "title", buf_str(&b));
    assert_int_equal(form_check(&t, &order, input, S(""), &clean), ERR_BAD_INPUT);
    assert_error("title", "最多 60 个字，现在 75 个");
    for (int i = 0; i < 100000; i++)
        buf_add(&b, S("字"));
    task_clear_error(&t);
    json_put_str(&t, input, "title", buf_str(&b));
    assert_int_equal(form_check(&t, &order, input, S(""), &clean), ERR_BAD_INPUT);
    assert_error("title", "最多 60 个字，现在 100075 个");
    task_clear_error(&t);
    json_put_str(&t, input, "title", S("ab\xff"));
    assert_int_equal(form_check(&t, &order, input, S(""), &clean), ERR_BAD_INPUT);
    assert_error("title", "有无法识别的字符，请重新输入");
}

static void made_up_names_do_not_flood(void **state)
{
    struct json *input = json_object(&t), *clean;
    struct json *member;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        member = json_int(&t, i);
        member->name = str_format(&t, "name%d", i);
        json_append(input, member);
    }
    assert_int_equal(form_check(&t, &person, input, S(""), &clean), ERR_BAD_INPUT);
    assert_int_equal(error_count(&t), 2 + 20);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_right_comes_back_normalised, begin, end),
        cmocka_unit_test_setup_teardown(every_wrong_field_is_named_at_once, begin, end),
        cmocka_unit_test_setup_teardown(what_is_missing_is_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(the_prefix_stands_before_the_path, begin, end),
        cmocka_unit_test_setup_teardown(texts_have_bounds_and_no_tricks, begin, end),
        cmocka_unit_test_setup_teardown(a_long_text_is_counted_in_characters, begin, end),
        cmocka_unit_test_setup_teardown(made_up_names_do_not_flood, begin, end),
    };
    return cmocka_run_group_tests_name("core_form", tests, NULL, NULL);
}
