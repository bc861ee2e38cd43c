#include "http/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/task.h"

static struct task t;

static int begin(void **state)
{
    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    return 0;
}

static int end(void **state)
{
    (void)state;
    task_end(&t);
    return 0;
}

static void assert_form(const char *text, const char *expected)
{
    struct json *tree = NULL;

    task_clear_error(&t);
    assert_int_equal(input_urlencoded(&t, str_of(text), &tree), OK);
    struct str json = json_text(&t, tree);
    if (!str_is(json, expected))
        fail_msg("%s gave %.*s, not %s", text, STR_ARG(json), expected);
}

static enum err form_error(const char *text)
{
    struct json *tree = NULL;

    task_clear_error(&t);
    return input_urlencoded(&t, str_of(text), &tree);
}

static void names_nest(void **state)
{
    (void)state;
    assert_form("", "{}");
    assert_form("a=1", "{\"a\":\"1\"}");
    assert_form("a=&b", "{\"a\":\"\",\"b\":\"\"}");
    assert_form("&&a=1&", "{\"a\":\"1\"}");
    assert_form("a.b=1&a.c=2", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}");
    assert_form("p[0].n=x&p[0].m=y&p[1].n=z", "{\"p\":[{\"n\":\"x\",\"m\":\"y\"},{\"n\":\"z\"}]}");
    assert_form("p[7].n=b&p[2].n=a", "{\"p\":[{\"n\":\"a\"},{\"n\":\"b\"}]}");
    assert_form("p[1]=b&p[0]=a", "{\"p\":[\"a\",\"b\"]}");
    assert_form("p[0].q[1].r=1&p[0].q[0].r=0", "{\"p\":[{\"q\":[{\"r\":\"0\"},{\"r\":\"1\"}]}]}");
    assert_form("m[0][0]=a&m[0][1]=b", "{\"m\":[[\"a\",\"b\"]]}");
    assert_form("a=1&a=2&a=3", "{\"a\":[\"1\",\"2\",\"3\"]}");
    assert_form("a=x%3Dy+z%26", "{\"a\":\"x=y z\\u0026\"}");
    assert_form("a=1=2", "{\"a\":\"1=2\"}");
    assert_form("%e5%90%8d=%e7%8e%8b", "{\"名\":\"王\"}");
    assert_form("a=1%0d%0a2%0d3%0a", "{\"a\":\"1\\n2\\r3\\n\"}");
}

static void names_that_contradict_are_refused(void **state)
{
    static const char *const bad[] = {"=1",
                                      "a=1&a.b=2",
                                      "a.b=1&a=2",
                                      "a[0]=1&a.b=2",
                                      "a[0]=1&a[0].b=2",
                                      "a[0]=1&a[0]=2",
                                      "a[]=1",
                                      "a[x]=1",
                                      "a[-1]=1",
                                      "a[1000]=1",
                                      "a[99999999999999999999]=1",
                                      "a[1=1",
                                      "a]=1",
                                      "a[1]b=1",
                                      "a..b=1",
                                      ".a=1",
                                      "a.=1",
                                      "[0]=1",
                                      "a%00=1",
                                      "a+b=1",
                                      "a%22=1",
                                      "%ff=1",
                                      "a=%",
                                      "a=%1",
                                      "a=%zz",
                                      "a%=1",
                                      "a.b.c.d.e.f.g.h.i.j=1"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (form_error(bad[i]) != ERR_BAD_INPUT)
            fail_msg("%s was accepted", bad[i]);
}

static void a_broken_value_is_an_error_at_its_field(void **state)
{
    struct json *tree = NULL;

    (void)state;
    task_clear_error(&t);
    assert_int_equal(input_urlencoded(&t, S("a=1&p[0].b=%ff&c=%00"), &tree), ERR_BAD_INPUT);
    assert_true(str_is(t.field_errors->field, "p[0].b"));
    assert_true(str_is(t.field_errors->next->field, "c"));
    assert_true(str_is(json_get_str(tree, "a"), "1"));
}

static void there_is_an_end_to_it(void **state)
{
    struct buf text = buf_new(&t, 1024 * 1024);

    (void)state;
    for (int i = 0; i <= INPUT_FIELDS; i++)
        buf_format(&text, "a%d=1&", i);
    struct json *tree = NULL;
    task_clear_error(&t);
    assert_int_equal(input_urlencoded(&t, buf_str(&text), &tree), ERR_TOO_LARGE);
    struct str name = str_format(&t, "%0*d=1", INPUT_NAME + 1, 0);
    task_clear_error(&t);
    assert_int_equal(input_urlencoded(&t, name, &tree), ERR_BAD_INPUT);
}

/* ---- multipart ------------------------------------------------------------------------------- */

#define TYPE    "multipart/form-data; boundary=xx"
#define FIELD_A "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
#define FILE_F(name, content)                                                                      \
    "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" name "\"\r\nContent-Type: "  \
    "image/png\r\n\r\n" content "\r\n"

static enum err multipart(const char *type, const char *body, struct json **ret_tree,
                          struct list *ret_uploads)
{
    task_clear_error(&t);
    return input_multipart(&t, str_of(type), str_of(body), ret_tree, ret_uploads);
}

static void fields_and_files_are_told_apart(void **state)
{
    struct json *tree;
    struct list uploads;

    (void)state;
    assert_int_equal(multipart("Multipart/Form-Data; charset=x; boundary=\"xx\"",
                               FIELD_A FILE_F("C:\\\\tmp\\\\王 1.png", "\r\n--x\r\n")
                                   FILE_F("", "") "--xx--\r\n",
                               &tree, &uploads),
                     OK);
    assert_true(str_is(json_get_str(tree, "a"), "1"));
    assert_int_equal(uploads.count, 1);
    struct upload *upload = uploads.at;
    assert_true(str_is(upload->field, "f"));
    assert_true(str_is(upload->filename, "王 1.png"));
    assert_true(str_is(upload->type, "image/png"));
    assert_true(str_is(upload->content, "\r\n--x\r\n"));
}

static void file_names_have_no_folders(void **state)
{
    static const struct {
        const char *sent, *kept;
    } rows[] = {
        {"../../etc/passwd", "passwd"}, {"..", "file"},      {"a/..", "file"}, {"/", "file"},
        {"a\\\"b.txt", "a\"b.txt"},     {" x.pdf ", "x.pdf"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *tree;
        struct list uploads;
        struct str body = str_format(&t,
                                     "--xx\r\nContent-Disposition: form-data; name=\"f\"; "
                                     "filename=\"%s\"\r\n\r\nx\r\n--xx--",
                                     rows[i].sent);

        assert_int_equal(multipart(TYPE, str_terminated(&t, body), &tree, &uploads), OK);
        if (!str_is(((struct upload *)uploads.at)->filename, rows[i].kept))
            fail_msg("%s", rows[i].sent);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    static const struct {
        const char *type, *body;
    } rows[] = {
        {"multipart/form-data", FIELD_A "--xx--"},
        {"multipart/form-data; boundary=", FIELD_A "--xx--"},
        {"multipart/form-data; boundary=x\"x", FIELD_A "--xx--"},
        {"multipart/form-data; boundary=xx; boundary=yy", FIELD_A "--xx--"},
        {TYPE, ""},
        {TYPE, "--xx"},
        {TYPE, FIELD_A},
        {TYPE, "preamble\r\n" FIELD_A "--xx--"},
        {TYPE, FIELD_A "--xx-"},
        {TYPE, FIELD_A "--xx--\r\nepilogue"},
        {TYPE, FIELD_A "--xxx--"},
        {TYPE, "--xx\nContent-Disposition: form-data; name=\"a\"\n\n1\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nX-A: b\r\n\r\n1\r\n--xx--"},
        {TYPE,
         "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
         "name=\"b\"\r\n\r\n1\r\n--xx--"},
        {TYPE, "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
               "base64\r\n\r\nMQ==\r\n--xx--"},
        {TYPE, FILE_F("bad\xff.png", "x") "--xx--"},
        {TYPE, FILE_F("bad\x01.png", "x") "--xx--"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *tree;
        struct list uploads;

        if (multipart(rows[i].type, rows[i].body, &tree, &uploads) != ERR_BAD_INPUT)
            fail_msg("row %zu was accepted", i);
    }
}

static void there_are_at_most_so_many_files(void **state)
{
    struct buf body = buf_new(&t, 1024 * 1024);
    struct json *tree;
    struct list uploads;

    (void)state;
    for (int i = 0; i <= LIMIT_FILES; i++)
        buf_add(&body, S(FILE_F("x", "y")));
    buf_add(&body, S("--xx--"));
    assert_int_equal(multipart(TYPE, str_terminated(&t, buf_str(&body)), &tree, &uploads),
                     ERR_TOO_LARGE);
}

static void cookies_and_types_are_found(void **state)
{
    (void)state;
    assert_true(str_is(input_cookie(S("a=1; b=2;c=3"), "b"), "2"));
    assert_true(str_is(input_cookie(S("a=1; b=2;c=3"), "c"), "3"));
    assert_int_equal(input_cookie(S("ab=1; xb=2"), "b").len, 0);
    assert_true(input_type_is(S("Application/JSON ; charset=utf-8"), "application/json"));
    assert_false(input_type_is(S("application/jsonx"), "application/json"));
}

#define PART_BEFORE_FILE "--xx\r\nContent-Disposition: form-data; name=\"f\"; "

static void a_form_without_its_files_is_known(void **state)
{
    static const struct {
        const char *body;
        bool files;
    } rows[] = {
        {"--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfile\r\n--xx--", false},
        {PART_BEFORE_FILE "filename=\"\"\r\nContent-Type: a/b\r\n\r\n\r\n--xx--", false},
        {PART_BEFORE_FILE "filename=\"\"\r\n\r\n\r\n--xx--", false},
        {PART_BEFORE_FILE "filename=\"\"\r\n\r\nx\r\n--xx--", true},
        {PART_BEFORE_FILE "filename=\"a.xlsx\"\r\n\r\nx\r\n--xx--", true},
        {PART_BEFORE_FILE "FileName=a\r\n\r\nx\r\n--xx--", true},
        {PART_BEFORE_FILE "filename*=UTF-8''a\r\n\r\nx\r\n--xx--", true},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(input_brings_files(str_of(rows[i].body)), rows[i].files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_nest),
        cmocka_unit_test(names_that_contradict_are_refused),
        cmocka_unit_test(a_broken_value_is_an_error_at_its_field),
        cmocka_unit_test(there_is_an_end_to_it),
        cmocka_unit_test(fields_and_files_are_told_apart),
        cmocka_unit_test(file_names_have_no_folders),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(there_are_at_most_so_many_files),
        cmocka_unit_test(cookies_and_types_are_found),
        cmocka_unit_test(a_form_without_its_files_is_known),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
