/* Numbers of people, phones and firms: what a form takes for one. */
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
    };
    return cmocka_run_group_tests_name("core_form_numbers", tests, NULL, NULL);
}
