#include "core/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/test.h"

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

static char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

static char port[] = " 9000 ", suite[] = "none";

static char *two_variables(const char *name)
{
    return strcmp(name, "YIMEN_PORT") == 0 ? port : strcmp(name, "YIMEN_SUITE") == 0 ? suite : NULL;
}

static void an_empty_file_gives_the_defaults(void **state)
{
    struct conf conf;

    (void)state;
    assert_int_equal(conf_parse(&t, S(""), "yimen.conf", no_variable, &conf), OK);
    assert_str(conf.listen, "127.0.0.1");
    assert_int_equal(conf.port, 8080);
    assert_int_equal(conf.workers, 64);
    assert_int_equal(conf.suite, SUITE_INTERNATIONAL);
    assert_int_equal(conf.log_level, LEVEL_INFO);
    assert_true(conf.access_log);
    assert_false(conf.secure_cookies);
    assert_int_equal(conf.key_file.len, 0);
}

static void what_stands_in_the_file_counts(void **state)
{
    struct conf conf;

    (void)state;
    assert_int_equal(conf_parse(&t,
                                S("# comment\r\n\r\n  port=81\r\nsuite =chinese\nlog_level= warn\n"
                                  "base_url = https://yimen.example.cn\naccess_log = no\n"
                                  "key_file = /etc/yimen/a = b # c"),
                                "yimen.conf", NULL, &conf),
                     OK);
    assert_int_equal(conf.port, 81);
    assert_int_equal(conf.suite, SUITE_CHINESE);
    assert_int_equal(conf.log_level, LEVEL_WARN);
    assert_str(conf.base_url, "https://yimen.example.cn");
    assert_str(conf.key_file, "/etc/yimen/a = b # c");
    assert_false(conf.access_log);
}

static void every_wrong_line_is_named(void **state)
{
    struct conf conf = {.port = 7};

    (void)state;
    assert_int_equal(
        conf_parse(&t,
                   S("port = 70000\n\nprot = 1\nport = 2\nnonsense\naccess_log = true\n"
                     "base_url = yimen.cn/\nworkers = 1x\nlisten = \xff"),
                   "a.conf", two_variables, &conf),
        ERR_BAD_INPUT);
    assert_string_equal(error_at(&t, "a.conf:1"), "port：应为 0 到 65535 之间的整数");
    assert_string_equal(error_at(&t, "a.conf:3"), "没有“prot”这个设置");
    assert_string_equal(error_at(&t, "a.conf:4"), "port 写了两次");
    assert_string_equal(error_at(&t, "a.conf:5"), "这一行不是“名称 = 值”");
    assert_string_equal(error_at(&t, "a.conf:6"), "access_log：应为 yes 或 no");
    assert_string_equal(error_at(&t, "a.conf:7"),
                        "base_url：应以 http:// 或 https:// 开头，末尾不带斜杠");
    assert_non_null(error_at(&t, "a.conf:8"));
    assert_non_null(error_at(&t, "a.conf:9"));
    assert_string_equal(error_at(&t, "YIMEN_SUITE"), "suite：不认识“none”");
    assert_int_equal(error_count(&t), 9);
    assert_int_equal(conf.port, 7);
}

static char *one_variable(const char *name)
{
    return strcmp(name, "YIMEN_PORT") == 0 ? port : NULL;
}

static void the_environment_wins(void **state)
{
    struct conf conf;

    (void)state;
    assert_int_equal(conf_parse(&t, S("port = 81"), "a.conf", one_variable, &conf), OK);
    assert_int_equal(conf.port, 9000);
}

/* The example is a file that can be used: with every # before a setting taken away, too. */
static void the_example_is_a_valid_file(void **state)
{
    struct buf b = buf_new(&t, 1 << 16);
    struct conf conf;
    size_t settings = 0;

    (void)state;
    conf_write_example(&b);
    assert_false(buf_overflown(&b));
    assert_int_equal(conf_parse(&t, buf_str(&b), "example", NULL, &conf), OK);
    char *text = str_terminated(&t, buf_str(&b));
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (line[0] == '#' && line[1] != ' ') {
            line[0] = ' ';
            settings++;
        }
    }
    assert_true(settings >= 18);
    assert_int_equal(conf_parse(&t, str_of(text), "example", NULL, &conf), OK);
    assert_int_equal(conf.port, 8080);
}

static void a_file_may_be_missing_or_must_not(void **state)
{
    char name[] = "/tmp/yimen-conf-XXXXXX";
    struct conf conf;
    int fd = mkstemp(name);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "port = 82\n", 10), 10);
    assert_int_equal(conf_load(&t, name, true, &conf), OK);
    assert_int_equal(conf.port, 82);
    assert_int_equal(ftruncate(fd, 100000), 0);
    assert_int_equal(conf_load(&t, name, true, &conf), ERR_TOO_LARGE);
    close(fd);
    unlink(name);
    task_clear_error(&t);
    assert_int_equal(conf_load(&t, name, false, &conf), OK);
    assert_int_equal(conf_load(&t, name, true, &conf), ERR_NOT_FOUND);
}

static struct str logged(const struct log_pair *pairs, size_t n)
{
    static char text[2 * LOG_LINE_MAX];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    log_set_output(ends[1]);
    log_write(LEVEL_INFO, "test.event", pairs, n);
    log_set_output(STDERR_FILENO);
    close(ends[1]);
    ssize_t got = read(ends[0], text, sizeof text);
    close(ends[0]);
    return (struct str){text, got > 0 ? (size_t)got : 0};
}

static void a_log_line_is_one_object(void **state)
{
    struct json *json;
    struct str line = logged(LOG_PAIRS(LOG_INT("status", -5), LOG_ID("order", INT64_MAX),
                                       LOG_STR("route", S("/orders/{id}\n\"<"))));

    (void)state;
    assert_int_equal(json_parse(&t, line, &json), OK);
    assert_true(str_ends(line, S("}\n")));
    assert_str(json_get_str(json, "level"), "info");
    assert_str(json_get_str(json, "event"), "test.event");
    assert_int_equal(json_get_int(json, "status"), -5);
    assert_str(json_get_str(json, "order"), "9223372036854775807");
    assert_str(json_get_str(json, "route"), "/orders/{id}\n\"<");
    assert_int_equal(json_get_str(json, "at").len, 29);
    assert_int_equal(json->count, 6);
}

static void the_log_hides_long_numbers_and_bad_text(void **state)
{
    static const struct {
        const char *text, *logged;
    } rows[] = {
        {"电话 13912345678 完", "电话 *** 完"},
        {"990101199003074024", "***"},
        {"99010119900307402X", "***X"},
        {"2026-10-14 1234567890", "2026-10-14 1234567890"},
        {"a\xff"
         "b",
         "a?b"},
    };
    struct json *json;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str line = logged(LOG_PAIRS(LOG_STR("x", str_of(rows[i].text))));
        assert_int_equal(json_parse(&t, line, &json), OK);
        assert_str(json_get_str(json, "x"), rows[i].logged);
    }
    char text[1000];
    memset(text, 'a', sizeof text);
    assert_int_equal(
        json_parse(&t, logged(LOG_PAIRS(LOG_STR("x", ((struct str){text, sizeof text})))), &json),
        OK);
    assert_int_equal(json_get_str(json, "x").len, LOG_TEXT_MAX);
    /* Characters are not cut in two, and a number at the edge does not run over. */
    for (size_t at = LOG_TEXT_MAX - 14; at < LOG_TEXT_MAX + 2; at++) {
        memset(text, 'a', sizeof text);
        memcpy(text + at, "😀1234567890123", 17);
        assert_int_equal(
            json_parse(&t, logged(LOG_PAIRS(LOG_STR("x", ((struct str){text, at + 17})))), &json),
            OK);
        assert_int_equal(str_find(json_get_str(json, "x"), S("1234")), SIZE_MAX);
    }
}

static void a_line_too_long_is_cut_and_still_json(void **state)
{
    struct log_pair pairs[40];
    char text[LOG_TEXT_MAX];
    struct json *json;

    (void)state;
    memset(text, '<', sizeof text);
    for (size_t i = 0; i < 40; i++)
        pairs[i] = LOG_STR("long", ((struct str){text, sizeof text - i}));
    for (size_t i = 0; i < 40; i++)
        pairs[i].name = str_format(&t, "n%zu", i).at;
    struct str line = logged(pairs, 40);
    assert_true(line.len <= LOG_LINE_MAX);
    assert_int_equal(json_parse(&t, line, &json), OK);
    assert_true(json_get_bool(json, "cut"));
    assert_non_null(json_get(json, "n0"));
    assert_null(json_get(json, "n39"));
}

static void levels_are_kept(void **state)
{
    enum log_level level;

    (void)state;
    assert_true(log_level_parse(S("warn"), &level));
    assert_int_equal(level, LEVEL_WARN);
    assert_false(log_level_parse(S("loud"), &level));
    log_set_level(LEVEL_WARN);
    assert_int_equal(logged(LOG_NOTHING).len, 0);
    log_set_level(LEVEL_INFO);
    assert_true(logged(LOG_NOTHING).len > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_file_gives_the_defaults, begin, end),
        cmocka_unit_test_setup_teardown(what_stands_in_the_file_counts, begin, end),
        cmocka_unit_test_setup_teardown(every_wrong_line_is_named, begin, end),
        cmocka_unit_test_setup_teardown(the_environment_wins, begin, end),
        cmocka_unit_test_setup_teardown(the_example_is_a_valid_file, begin, end),
        cmocka_unit_test_setup_teardown(a_file_may_be_missing_or_must_not, begin, end),
        cmocka_unit_test_setup_teardown(a_log_line_is_one_object, begin, end),
        cmocka_unit_test_setup_teardown(the_log_hides_long_numbers_and_bad_text, begin, end),
        cmocka_unit_test_setup_teardown(a_line_too_long_is_cut_and_still_json, begin, end),
        cmocka_unit_test_setup_teardown(levels_are_kept, begin, end),
    };
    return cmocka_run_group_tests_name("core_conf", tests, NULL, NULL);
}
