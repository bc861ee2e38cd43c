#include "core/json.h"

#include <string.h>

#include "core/shape.h"
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

static enum err parse(struct str text, struct json **ret_json)
{
    task_clear_error(&t);
    return json_parse(&t, text, ret_json);
}

static void what_is_read_is_written_the_same(void **state)
{
    static const char *const same[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9007199254740992",
        "\"\"",
        "\"王\"",
        "{\"b\":1,\"a\":[1,2,{\"c\":null}],\"\":\"\"}",
        "0.1",
        "1e+300",
        "-2.5",
        "[[],{}]",
        "\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\"",
        "\"\\u003c/script\\u003e\\u0026\\u2028\\u2029\"",
        "\"€😀\"",
    };
    struct json *json;

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_int_equal(parse(str_of(same[i]), &json), OK);
        assert_str(json_text(&t, json), same[i]);
    }
}

static void one_value_has_one_writing(void **state)
{
    static const struct {
        const char *text, *written;
    } rows[] = {
        {" { \"a\" :\t1 , \"b\" : [ ] }\r\n", "{\"a\":1,\"b\":[]}"},
        {"1.0", "1"},
        {"1e2", "100"},
        {"-0", "0"},
        {"\"\\u738b\\/\\ud83d\\ude00\"", "\"王/😀\""},
        {"\"<b>&\"", "\"\\u003cb\\u003e\\u0026\""},
        {"1E-2", "0.01"},
        {"9007199254740994", "9007199254740994"},
        {"123456789012345678901234567890", "1.2345678901234568e+29"},
    };
    struct json *json;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(parse(str_of(rows[i].text), &json), OK);
        assert_str(json_text(&t, json), rows[i].written);
    }
}

static void what_is_not_json_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "[1 2]",
        "nul",
        "nulll",
        "truefalse",
        "True",
        "01",
        "-",
        "-a",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x10",
        "1.e5",
        "-01",
        "Infinity",
        "NaN",
        "1e999",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\uzzzz\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"a\tb\"",
        "\"a\nb\"",
        "\x01[]",
        "[]\x0c",
        "[]\x0b",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\xef\xbb\xbf[]",
        "{} {}",
        "[] x",
        "'a'",
        "[1]]",
        "[}",
        "// c\n1",
        "{\"a\":1,\"a\":2}",
        "[{\"x\":{\"a\":1,\"b\":2,\"\\u0061\":3}}]",
        "{\"\":1,\"\":1}",
    };
    struct json *json;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json = NULL;
        if (parse(str_of(wrong[i]), &json) != ERR_BAD_INPUT)
            fail_msg("accepted: %s", wrong[i]);
        assert_null(json);
        assert_true(t.note.len > 0);
    }
    assert_int_equal(parse((struct str){"\"a\0b\"", 5}, &json), ERR_BAD_INPUT);
    assert_int_equal(parse((struct str){"1\0", 2}, &json), ERR_BAD_INPUT);
    assert_int_equal(parse((struct str){NULL, 0}, &json), ERR_BAD_INPUT);
    /* Not terminated: nothing behind the end is looked at. */
    assert_int_equal(parse((struct str){"[1]]", 3}, &json), OK);
    assert_int_equal(parse((struct str){"12", 1}, &json), OK);
    assert_int_equal(json->number, 1);
}

static void the_note_says_where(void **state)
{
    struct json *json;

    (void)state;
    assert_int_equal(parse(S("[1, x]"), &json), ERR_BAD_INPUT);
    assert_str(t.note, "JSON 第 5 个字节处：有不认识的字符");
    assert_int_equal(parse(S("[1,]"), &json), ERR_BAD_INPUT);
    assert_str(t.note, "JSON 第 4 个字节处写法不对");
}

static void depth_has_a_limit(void **state)
{
    char text[80];
    struct json *json;

    (void)state;
    for (size_t depth = 31; depth <= 33; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(parse((struct str){text, 2 * depth}, &json),
                         depth <= JSON_MAX_DEPTH ? OK : ERR_BAD_INPUT);
    }
}

static enum err parse_many(struct task *task, void *arg)
{
    struct json *json;

    return json_parse(task, *(struct str *)arg, &json);
}

/* A megabyte of one-byte values, and of members: refused or read, but neither slow nor beyond the
 * budget. */
static void floods_end_at_the_budget(void **state)
{
    enum { BYTES = 1 << 20 };
    char *text = test_malloc(BYTES + 16);
    struct str flood = {text, BYTES};
    struct buf b = buf_over(text, BYTES);
    struct task small;

    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        text[i] = i % 2 ? ',' : '1';
    text[0] = '[';
    text[BYTES - 1] = ']';
    task_begin(&small, NULL, 0, 1 << 20);
    assert_int_equal(task_protect(&small, parse_many, &flood), ERR_NO_MEMORY);
    task_end(&small);

    buf_add_char(&b, '{');
    for (int i = 0; b.len < BYTES - 32; i++)
        buf_format(&b, "%s\"%d\":0", i ? "," : "", i);
    buf_add_char(&b, '}');
    flood.len = b.len;
    task_begin(&small, NULL, 0, TASK_BUDGET);
    int64_t before = time_monotonic_ns();
    assert_int_equal(task_protect(&small, parse_many, &flood), OK);
    assert_true(time_monotonic_ns() - before < 5000000000);
    task_end(&small);
    test_free(text);
}

static void objects_keep_order_and_names_once(void **state)
{
    struct json *object = json_object(&t);

    (void)state;
    json_put_str(&t, object, "a", S("1"));
    json_put_int(&t, object, "b", 2);
    json_put_bool(&t, object, "c", true);
    json_put_id(&t, object, "d", INT64_MAX);
    assert_str(json_text(&t, object),
               "{\"a\":\"1\",\"b\":2,\"c\":true,\"d\":\"9223372036854775807\"}");
    json_put_int(&t, object, "b", 3);
    json_put(&t, object, S("a"), NULL);
    json_put(&t, object, S("none"), NULL);
    assert_str(json_text(&t, object), "{\"b\":3,\"c\":true,\"d\":\"9223372036854775807\"}");
    json_put(&t, object, S("d"), NULL);
    assert_int_equal(object->count, 2);
    json_put_str(&t, object, "e", S("x"));
    assert_str(json_text(&t, object), "{\"b\":3,\"c\":true,\"e\":\"x\"}");
    json_put(&t, object, S("b"), NULL);
    json_put(&t, object, S("c"), NULL);
    json_put(&t, object, S("e"), NULL);
    assert_null(object->first);
    assert_null(object->last);
    assert_int_equal(object->count, 0);
}

static void looking_for_nothing_finds_nothing(void **state)
{
    struct json *json;

    (void)state;
    assert_int_equal(
        parse(S("{\"n\":7,\"s\":\"12\",\"big\":\"9223372036854775807\",\"w\":\"1x\",\"l\":[1]}"),
              &json),
        OK);
    assert_int_equal(json_get_int(json, "n"), 7);
    assert_int_equal(json_get_int(json, "s"), 12);
    assert_true(json_get_id(json, "big") == INT64_MAX);
    assert_int_equal(json_get_int(json, "w"), 0);
    assert_int_equal(json_get_int(json, "l"), 0);
    assert_false(json_get_bool(json, "n"));
    assert_int_equal(json_get_str(json, "n").len, 0);
    assert_null(json_get(json_get(json, "l"), "n"));
    assert_null(json_get(NULL, "n"));
    assert_int_equal(json_get_int(NULL, "n"), 0);
    assert_null(json_find(json, S("nn")));
}

static void a_list_counts(void **state)
{
    struct json *list = json_list(&t);

    (void)state;
    for (int i = 0; i < 3; i++)
        json_append(list, json_int(&t, i));
    assert_int_equal(list->count, 3);
    assert_str(json_text(&t, list), "[0,1,2]");
}

struct inner {
    struct str name;
};
struct outer {
    int64_t id, other_id, at, none_at, count;
    int32_t day, none;
    bool yes;
    struct str text, html;
    struct list rows;
    struct inner inner;
    const struct inner *link, *no_link;
};
static const struct field inner_fields[] = {FIELD(struct inner, name, F_STR, NULL), {0}};
static const struct shape inner_shape = {"inner", sizeof(struct inner), inner_fields};
static const struct field outer_fields[] = {
    FIELD(struct outer, id, F_ID, NULL),
    FIELD(struct outer, other_id, F_ID, NULL),
    FIELD(struct outer, at, F_MOMENT, NULL),
    FIELD(struct outer, none_at, F_MOMENT, NULL),
    FIELD(struct outer, count, F_INT, NULL),
    FIELD(struct outer, day, F_DAY, NULL),
    FIELD(struct outer, none, F_DAY, NULL),
    FIELD(struct outer, yes, F_BOOL, NULL),
    FIELD(struct outer, text, F_STR, NULL),
    FIELD(struct outer, html, F_HTML, NULL),
    FIELD_OF(struct outer, rows, F_LIST, &inner_shape, NULL),
    FIELD_OF(struct outer, inner, F_OBJECT, &inner_shape, NULL),
    FIELD_OF(struct outer, link, F_LINK, &inner_shape, NULL),
    FIELD_OF(struct outer, no_link, F_LINK, &inner_shape, NULL),
    {0},
};
static const struct shape outer_shape = {"outer", sizeof(struct outer), outer_fields};

static void a_shape_is_written_by_its_types(void **state)
{
    struct inner linked = {S("c")};
    struct outer outer = {.id = INT64_MAX,
                          .at = TEST_NOW,
                          .count = INT64_MIN,
                          .day = day_of(TEST_NOW),
                          .none = DAY_NONE,
                          .yes = true,
                          .text = S("<王>"),
                          .html = S("<b>"),
                          .inner = {S("b")},
                          .link = &linked};
    struct buf b = buf_new(&t, 4096);

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct inner *row = list_add(&t, &outer.rows, sizeof *row);
        assert_int_equal(row->name.len, 0);
        row->name = str_format(&t, "%zu", i);
    }
    shape_write_json(&b, &outer_shape, &outer);
    assert_str(
        buf_str(&b),
        "{\"id\":\"9223372036854775807\",\"at\":\"2026-10-14T09:42:00+08:00\","
        "\"count\":-9223372036854775808,\"day\":\"2026-10-14\",\"yes\":true,"
        "\"text\":\"\\u003c王\\u003e\",\"rows\":[{\"name\":\"0\"},{\"name\":\"1\"},{\"name\":\"2\"},"
        "{\"name\":\"3\"},{\"name\":\"4\"},{\"name\":\"5\"},{\"name\":\"6\"},{\"name\":\"7\"},"
        "{\"name\":\"8\"}],\"inner\":{\"name\":\"b\"},\"link\":{\"name\":\"c\"}}");
    assert_ptr_equal(shape_field(&outer_shape, S("day")), &outer_fields[5]);
    assert_null(shape_field(&outer_shape, S("da")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_read_is_written_the_same, begin, end),
        cmocka_unit_test_setup_teardown(one_value_has_one_writing, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_json_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(the_note_says_where, begin, end),
        cmocka_unit_test_setup_teardown(depth_has_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(floods_end_at_the_budget, begin, end),
        cmocka_unit_test_setup_teardown(objects_keep_order_and_names_once, begin, end),
        cmocka_unit_test_setup_teardown(looking_for_nothing_finds_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_list_counts, begin, end),
        cmocka_unit_test_setup_teardown(a_shape_is_written_by_its_types, begin, end),
    };
    return cmocka_run_group_tests_name("core_json", tests, NULL, NULL);
}
