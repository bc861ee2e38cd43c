/* `yimen due` as it is typed. */
#include "due_command.h"

#include "core/calendar_fixture.h"

struct answer {
    int code;
    char *out, *complaints;
};

static struct answer type(const char *const *words)
{
    struct answer answer;
    size_t out_len, complaints_len;
    char *argv[140];
    int argc = 0;

    argv[argc++] = strdup("due");
    for (; *words; words++)
        argv[argc++] = strdup(*words);
    FILE *out = open_memstream(&answer.out, &out_len);
    FILE *complaints = open_memstream(&answer.complaints, &complaints_len);
    answer.code = due_command_to(argc, argv, out, complaints);
    fclose(out);
    fclose(complaints);
    while (argc)
        free(argv[--argc]);
    return answer;
}
#define TYPE(...) type((const char *const[]){__VA_ARGS__, NULL})

static void done(struct answer answer)
{
    free(answer.out);
    free(answer.complaints);
}

static void json_has_the_dates_and_the_reasons(void **state)
{
    static const char begins[] =
        "{\"legal\":\"2026-10-20\",\"safe\":\"2026-10-20\",\"provisional\":false,\"why\":[{\"what\":"
        "\"起算\",\"how\":\"09-14 周一，当日不计入\",\"law\":\"民法典 第二百零一条\"},";
    (void)state;

    struct answer a = TYPE("--start", "2026-09-14T10:00", "--limit=20 working days", "--pause",
                           "2026-09-16..2026-09-17", "--pause", "2026-09-17..2026-09-17", "--json");
    assert_int_equal(a.code, 0);
    assert_string_equal(a.complaints, "");
    assert_memory_equal(a.out, begins, sizeof begins - 1);
    assert_string_equal(a.out + strlen(a.out) - 4, "}]}\n");
    done(a);
    a = TYPE("--start", "2026-11-06T17:30", "--limit", "24 hours", "--json");
    static const char hours[] =
        "{\"legal\":\"2026-11-07T17:30\",\"safe\":\"2026-11-07T17:30\",\"provisional\":false,";
    assert_memory_equal(a.out, hours, sizeof hours - 1);
    done(a);
    a = TYPE("--start", "2026-12-20", "--limit", "20 working days", "--json");
    assert_non_null(strstr(a.out, "\"provisional\":true"));
    done(a);
}

static void people_read_chinese(void **state)
{
    (void)state;

    struct answer a = TYPE("--start", "2026-09-18T10:00", "--limit", "15 calendar days", "--law",
                           "信访工作条例 第二十三条");
    assert_int_equal(a.code, 0);
    assert_non_null(strstr(a.out, "法定  2026-10-08 周四\n稳妥  2026-09-30 周三\n"));
    assert_non_null(
        strstr(a.out, " 2  期限　  15 日，自然日，休息日也计  〔信访工作条例 第二十三条〕\n"));
    assert_non_null(strstr(a.out, "稳妥日  "));
    done(a);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
    (void)state;

    struct answer a = TYPE("--start", "2026-02-29T10:00", "--limit", "7 days", "--pause",
                           "2026-09-18..2026-09-16", "--pause", "yesterday", "--soon", "--calendar",
                           "/nonexistent/file");
    assert_int_equal(a.code, 2);
    assert_string_equal(a.out, "");
    static const char *const told[] = {"--start：", "--limit：", "早于第一日",
                                       "yesterday", "--soon：",  "/nonexistent/file"};
    size_t lines = 0;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (!strstr(a.complaints, told[i]))
            fail_msg("not told: %s\n%s", told[i], a.complaints);
    for (const char *at = a.complaints; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, sizeof told / sizeof *told);
    done(a);
}

static void each_bad_word_has_its_own_answer(void **state)
{
    static const struct {
        const char *words[6], *told;
    } rows[] = {
        {{"--json"}, "--start：请写起算时间"},
        {{"--start", "2026-09-14T10:00"}, "--limit：请写期限"},
        {{"--limit", "same day", "--start"}, "--start：后面要有一个值"},
        {{"--limit", "same day", "--start", "2009-12-31"}, "只能算 2010 至 2060 年"},
        {{"--limit", "2 hours", "--start", "2026-09-14"}, "要写明时刻"},
        {{"--limit", "2 hours", "--limit=same day", "--start", "2026-09-14T01:00"}, "只能给一次"},
        {{"--limit", "same day", "--start", "2026-09-14", "--pause", "2026-01-01..2061-01-01"},
         "2060"},
        {{"--limit", "same day", "--start", "2026-09-14", "--calendar="}, "--calendar"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *words[7] = {0};
        memcpy(words, rows[i].words, sizeof rows[i].words);
        struct answer a = type(words);
        if (a.code != 2 || !strstr(a.complaints, rows[i].told))
            fail_msg("row %zu: code %d, %s", i, a.code, a.complaints);
        done(a);
    }
}

static void another_calendar_file_counts(void **state)
{
    const char *source = getenv("YIMEN_SOURCE");
    char path[4096];
    (void)state;

    snprintf(path, sizeof path, "%s/data/own-days-example.json", source ? source : ".");
    struct answer a =
        TYPE("--start", "2026-11-11", "--limit", "1 working days", "--json", "--calendar", path);
    assert_int_equal(a.code, 0);
    assert_non_null(strstr(a.out, "\"legal\":\"2026-11-16\""));
    done(a);
    snprintf(path, sizeof path, "%s/meson.build", source ? source : ".");
    a = TYPE("--start", "2026-11-11", "--limit", "same day", "--calendar", path);
    assert_int_equal(a.code, 2);
    assert_true(strlen(a.complaints) > strlen("yimen due: \n"));
    done(a);
}

static void help_is_help(void **state)
{
    (void)state;

    struct answer a = TYPE("--help");
    assert_int_equal(a.code, 0);
    assert_memory_equal(a.out, "usage: yimen due", 16);
    assert_string_equal(a.complaints, "");
    done(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_dates_and_the_reasons),
        cmocka_unit_test(people_read_chinese),
        cmocka_unit_test(all_that_is_wrong_is_told_at_once),
        cmocka_unit_test(each_bad_word_has_its_own_answer),
        cmocka_unit_test(another_calendar_file_counts),
        cmocka_unit_test(help_is_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
