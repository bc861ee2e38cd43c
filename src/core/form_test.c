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

typedef const char *check_fn(struct task *task, struct str text, struct str *ret_normal);

struct row {
    const char *text;
    const char *normal;  /* NULL: wrong */
    const char *message; /* NULL: any */
};

static void check_rows(check_fn *check, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str normal = S("untouched");
        const char *message = check(&t, str_of(rows[i].text), &normal);

        if (!message != !!rows[i].normal)
            fail_msg("\"%s\": %s", rows[i].text, message ? message : "accepted");
        assert_str(normal, rows[i].normal ? rows[i].normal : "untouched");
        if (rows[i].message)
            assert_string_equal(message, rows[i].message);
    }
}

#define CHECK_ROWS(check, rows) check_rows(check, rows, sizeof(rows) / sizeof *(rows))

static void id_numbers(void **state)
{
    static const struct row rows[] = {
        {"11010519491231002X", "11010519491231002X", NULL},
        {"440524188001010014", "440524188001010014", NULL},
        {"990101199003074024", "990101199003074024",
         NULL}, /* no such region: the example city lives there */
        {"830000198012310016", "830000198012310016", NULL}, /* residence permit, Taiwan */
        {"11010519491231002x", "11010519491231002X", NULL},
        {" 110105 19491231 002X ", "11010519491231002X", NULL},
        {"１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", NULL},
        {"990101200002290011", "990101200002290011", NULL}, /* 2000 was a leap year */
        {"110105194912310021", NULL, "校验位不对，有一位抄错了，请对照证件逐位再看一遍"},
        {"11010519491231003X", NULL, "校验位不对，有一位抄错了，请对照证件逐位再看一遍"},
        {"11010519491231002Y", NULL, "第 18 位应为 0–9 或 X，请对照证件再看一遍"},
        {"1101051949123100X2", NULL, "第 17 位应为数字，请对照证件再看一遍"},
        {"11010519491231O02X", NULL, "第 15 位应为数字，请对照证件再看一遍"},
        {"1101051949123100王2", NULL, "第 17 位应为数字，请对照证件再看一遍"},
        {"11010519491231002王", NULL, "第 18 位应为 0–9 或 X，请对照证件再看一遍"},
        {"990101199013074028", NULL, "第 11–12 位是月份，应为 01–12，请对照证件再看一遍"},
        {"990101190002290015", NULL, "第 13–14 位是日，那个月没有这一天，请对照证件再看一遍"},
        {"990101202611230013", NULL, "第 7–14 位是出生日期，不会晚于今天，请对照证件再看一遍"},
        {"990101184912310010", NULL, "第 7–10 位是出生年份，请对照证件再看一遍"},
        {"010105194912310020", NULL, "第 1 位不会是 0，请对照证件再看一遍"},
        {"11010519491231002", NULL, "要 18 位，现在是 17 位"},
        {"11010519491231002XX", NULL, "要 18 位，现在是 19 位"},
        {"110105491231002", NULL, "这是 15 位的旧号码，请填 18 位的新号码"},
        {"", NULL, "要 18 位，现在是 0 位"},
        {"11010519491231002X\x80", NULL, NULL}, /* a stray byte is no character */
    };

    (void)state;
    CHECK_ROWS(check_id_number, rows);
}

/* GB 11643 promises that every single wrong digit is found. */
static void one_wrong_digit_is_always_found(void **state)
{
    char id[] = "990101199003074024";
    struct str normal;

    (void)state;
    for (size_t i = 0; i < 17; i++) {
        char right = id[i];
        for (char c = '0'; c <= '9'; c++) {
            id[i] = c;
            const char *message = check_id_number(&t, S("990101199003074024"), &normal);
            assert_null(message);
            message = check_id_number(&t, str_of(id), &normal);
            if (!message != (c == right))
                fail_msg("%s", id);
        }
        id[i] = right;
    }
}

/* The check character reckoned the other way round, as ISO 7064 writes MOD 11-2. */
static void every_check_character_is_known(void **state)
{
    bool seen[11] = {false};
    struct str normal;

    (void)state;
    for (int serial = 0; serial < 1000; serial++) {
        char id[32];
        int product = 0, check = 0;
        snprintf(id, sizeof id, "99010119900307%03d", serial);
        for (size_t i = 0; i < 17; i++)
            product = (product + (id[i] - '0')) * 2 % 11;
        while ((product + check) % 11 != 1)
            check++;
        id[17] = "0123456789X"[check];
        id[18] = 0;
        seen[check] = true;
        if (check_id_number(&t, str_of(id), &normal))
            fail_msg("%s", id);
    }
    for (size_t i = 0; i < 11; i++)
        assert_true(seen[i]);
}

static void born_today_but_not_tomorrow(void **state)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static const char *const births[] = {"20261014", "20261015"};
    struct str normal;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char id[19] = "990101________001";
        int sum = 0;
        memcpy(id + 6, births[i], 8);
        for (size_t n = 0; n < 17; n++)
            sum += (id[n] - '0') * weights[n];
        id[17] = "10X98765432"[sum % 11];
        assert_true(!check_id_number(&t, str_of(id), &normal) == (i == 0));
    }
}

static void an_id_number_tells_birth_sex_and_age(void **state)
{
    int32_t birth = id_number_birth(S("990101199003074024"));

    (void)state;
    assert_int_equal(birth, day_from_civil(1990, 3, 7));
    assert_true(id_number_female(S("990101199003074024")));
    assert_false(id_number_female(S("440524188001010014")));
    assert_int_equal(age_on(birth, day_from_civil(2026, 3, 6)), 35);
    assert_int_equal(age_on(birth, day_from_civil(2026, 3, 7)), 36);
    assert_int_equal(age_on(birth, birth), 0);
    assert_int_equal(age_on(day_from_civil(2000, 2, 29), day_from_civil(2018, 2, 28)), 17);
    assert_int_equal(age_on(day_from_civil(2000, 2, 29), day_from_civil(2018, 3, 1)), 18);
}

static void phones(void **state)
{
    static const struct row rows[] = {
        {"13912345678", "13912345678", NULL},
        {"139-1234-5678", "13912345678", NULL},
        {"139 1234 5678", "13912345678", NULL},
        {"+86 13912345678", "13912345678", NULL},
        {"0086-13912345678", "13912345678", NULL},
        {"8613912345678", "13912345678", NULL},
        {"１３９１２３４５６７８", "13912345678", NULL},
        {"0576-88812345", "0576-88812345", NULL},
        {"（0576）88812345", "0576-88812345", NULL},
        {"057688812345", "0576-88812345", NULL},
        {"01012345678", NULL, "座机号码不会以 0 或 1 开头，请再看一遍"},
        {"010-62345678", "010-62345678", NULL},
        {"021 62345678", "021-62345678", NULL},
        {"0935-6234567", "0935-6234567", NULL},
        {"1391234567", NULL, "要 11 位，现在是 10 位"},
        {"139123456789", NULL, "要 11 位，现在是 12 位"},
        {"12912345678", NULL, "手机号第 2 位应为 3–9，请再看一遍"},
        {"23912345678", NULL, "手机号第 1 位应为 1，请再看一遍"},
        {"88812345", NULL, "座机请加区号，例如 0576-88812345"},
        {"0576-888123", NULL, "座机请写区号和 7–8 位号码，例如 0576-88812345"},
        {"0576-888123456", NULL, "座机请写区号和 7–8 位号码，例如 0576-88812345"},
        {"00-88812345", NULL, NULL},
        {"0", NULL, NULL},
        {"139a2345678", NULL, "电话只写数字，例如 13912345678 或 0576-88812345"},
        {"一三九", NULL, "电话只写数字，例如 13912345678 或 0576-88812345"},
        {"", NULL, "要 11 位，现在是 0 位"},
    };

    (void)state;
    CHECK_ROWS(check_phone, rows);
}

static void credit_codes(void **state)
{
    static const struct row rows[] = {
        {"91350100M000100Y43", "91350100M000100Y43", NULL},
        {"91350100m000100y43", "91350100M000100Y43", NULL},
        {"9135 0100 M000 100Y 43", "91350100M000100Y43", NULL},
        {"91350100M000100Y44", NULL, "校验位不对，有一位抄错了，请对照执照逐位再看一遍"},
        {"91350100M0001O0Y43", NULL,
         "第 14 位不对：只有数字和大写字母，没有 I、O、S、V、Z，请对照执照再看一遍"},
        {"9135A100M000100Y43", NULL, "第 5 位应为数字，请对照执照再看一遍"},
        {"91350100M000100Y4", NULL, "要 18 位，现在是 17 位"},
        {"350100400000123", NULL, "这是 15 位的旧注册号，请填 18 位的统一社会信用代码"},
        {"91350100M000100Y4王", NULL, NULL},
        {"91350100M000100Y43\x80", NULL, NULL},
        {"", NULL, NULL},
    };

    (void)state;
    CHECK_ROWS(check_credit_code, rows);
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
        cmocka_unit_test_setup_teardown(id_numbers, begin, end),
        cmocka_unit_test_setup_teardown(one_wrong_digit_is_always_found, begin, end),
        cmocka_unit_test_setup_teardown(every_check_character_is_known, begin, end),
        cmocka_unit_test_setup_teardown(born_today_but_not_tomorrow, begin, end),
        cmocka_unit_test_setup_teardown(an_id_number_tells_birth_sex_and_age, begin, end),
        cmocka_unit_test_setup_teardown(phones, begin, end),
        cmocka_unit_test_setup_teardown(credit_codes, begin, end),
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
