/* The portal without a store: words, fields, uploads, and that every page fits what fills it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "modules/portal/portal.h"
#include "modules/shell/shell.h"
#include "portal_private.h"
#include "view/template.h"

static struct task task;

static int begin(void **state)
{
    int64_t now;

    (void)state;
    assert_true(moment_parse(S("2026-11-22T09:00"), &now));
    task_begin(&task, NULL, now, TASK_BUDGET);
    return 0;
}

static int end(void **state)
{
    (void)state;
    task_end(&task);
    return 0;
}

static void is(struct str got, const char *wanted)
{
    assert_string_equal(str_terminated(&task, got), wanted);
}

static void every_page_fits_its_shape(void **state)
{
    size_t pages = 0;

    (void)state;
    for (const struct route *route = portal_module.routes; route->path; route++) {
        static const struct field no_fields[] = {{0}};
        static const struct shape nothing = {"nothing", 1, no_fields};
        char *why = NULL;

        if (!route->page)
            continue;
        struct template *page = template_bind(route->page, route->view ? route->view : &nothing,
                                              &shell_shape, NULL, &why);
        if (!page)
            fail_msg("%s", why);
        template_free(page);
        pages++;
    }
    assert_true(pages >= 20);
}

static void every_post_shows_its_page_again(void **state)
{
    (void)state;
    for (const struct route *route = portal_module.routes; route->path; route++) {
        bool found = !route->on_bad_input;

        for (const struct route *get = portal_module.routes; get->path; get++)
            found =
                found || (get->method == GET && get->page && get->handler == route->on_bad_input);
        assert_true(found);
    }
}

static void a_date_carries_its_weekday_and_never_breaks(void **state)
{
    (void)state;
    is(portal_day(&task, day_from_civil(2026, 10, 19)), "10\u00a0月\u00a019\u00a0日（周一）");
    is(portal_day(&task, day_from_civil(2027, 1, 5)),
       "2027\u00a0年\u00a01\u00a0月\u00a05\u00a0日（周二）");
    is(portal_day(&task, DAY_NONE), "");
    is(portal_glue(&task, S("法律援助 第 7 条")), "法律援助 第\u00a07\u00a0条");
}

static void limits_are_said_as_people_say_them(void **state)
{
    (void)state;
    is(portal_within(&task, (struct limit){LIMIT_CALENDAR_DAYS, 7}), "7\u00a0日内");
    is(portal_within(&task, (struct limit){LIMIT_WORKING_DAYS, 3}), "3\u00a0个工作日内");
    is(portal_within(&task, (struct limit){LIMIT_SAME_DAY, 0}), "当天");
    is(portal_within(&task, (struct limit){LIMIT_NONE, 0}), "");
    is(portal_size(&task, 1), "1 KB");
    is(portal_size(&task, 3 * 1024 * 1024 / 2), "1.5 MB");
}

static struct str padded(const char *begins, size_t n)
{
    char *bytes = NEW(&task, char, 200);

    for (size_t i = 0; i < n; i++)
        bytes[i] = begins[i];
    return (struct str){bytes, 200};
}

static void a_file_is_what_its_bytes_say(void **state)
{
    (void)state;
    is(upload_type(padded("\xff\xd8\xff\xe0", 4)), "image/jpeg");
    is(upload_type(padded("\x89PNG\r\n\x1a\n", 8)), "image/png");
    is(upload_type(padded("%PDF-1.7", 8)), "application/pdf");
    is(upload_type(padded("<html><script>", 14)), "");
    is(upload_type(padded("MZ\x90", 3)), "");
    is(upload_type(S("%PDF-")), "");
    is(upload_type((struct str){0}), "");
}

static void a_disguised_file_is_told_at_its_field(void **state)
{
    struct upload files[] = {
        {S("files"), S("照片.jpg"), S("image/jpeg"), padded("MZ\x90", 3)},
        {S("files"), S("b.png"), S("text/html"), padded("\x89PNG\r\n\x1a\n", 8)},
    };
    struct request request = {.uploads = {files, 2}};
    struct list good = {0};

    (void)state;
    assert_int_equal(upload_check(&task, &request, &good), ERR_BAD_INPUT);
    is(task.field_errors->field, "files");
    assert_true(str_find(task.field_errors->message, S("照片.jpg")) != SIZE_MAX);
    task_clear_error(&task);
    request.uploads = (struct list){files + 1, 1};
    assert_int_equal(upload_check(&task, &request, &good), OK);
    assert_int_equal(good.count, 1);
    is(((struct upload *)good.at)->type, "image/png");
}

static const struct choice colours[] = {{"red", "红"}, {"green", "绿"}, {NULL, NULL}};
static const struct ask asks[] = {
    {.name = "name", .title = "姓名", .type = ASK_TEXT, .required = true, .hint = "和证件上一样"},
    {.name = "colour", .title = "颜色", .type = ASK_CHOICE, .choices = colours},
    {.name = "money", .title = "多少钱", .type = ASK_MONEY},
    {0},
};
static const struct form form = {"test", asks};

static void a_form_keeps_what_was_typed_and_names_each_error(void **state)
{
    struct json *values = json_object(&task), *clean;

    (void)state;
    json_put_str(&task, values, "name", S("  "));
    json_put_str(&task, values, "colour", S("blue"));
    json_put_str(&task, values, "money", S("12.5"));
    assert_int_equal(form_check(&task, &form, values, S(""), &clean), ERR_BAD_INPUT);
    struct portal_form drawn = portal_form(&task, &form, values, task.field_errors);

    assert_int_equal(drawn.error_count, 2);
    assert_true(drawn.has_errors);
    struct portal_error *errors = drawn.errors.at;
    assert_true(errors[0].first && !errors[0].last && errors[1].last);
    is(errors[0].field, "name");
    struct portal_field *name = portal_form_field(&drawn, "name");
    assert_true(name->error.len > 0 && !name->optional && name->line);
    is(name->described, "name-hint name-error");
    struct portal_field *colour = portal_form_field(&drawn, "colour");
    assert_true(colour->group && colour->optional && colour->choices.count == 2);
    is(portal_form_field(&drawn, "money")->value, "12.5");
    is(portal_form_field(&drawn, "money")->unit, "元");
    assert_null(portal_form_field(&drawn, "nobody"));
}

static void an_answer_is_shown_in_words(void **state)
{
    (void)state;
    is(portal_answer(&task, &asks[1], json_str(&task, S("green"))), "绿");
    is(portal_answer(&task, &asks[2], json_int(&task, 1320000)), "13200\u00a0元");
    is(portal_answer(&task, &asks[2], json_str(&task, S("12.50"))), "12.50\u00a0元");
    is(portal_answer(&task, &asks[0], NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_page_fits_its_shape, begin, end),
        cmocka_unit_test_setup_teardown(every_post_shows_its_page_again, begin, end),
        cmocka_unit_test_setup_teardown(a_date_carries_its_weekday_and_never_breaks, begin, end),
        cmocka_unit_test_setup_teardown(limits_are_said_as_people_say_them, begin, end),
        cmocka_unit_test_setup_teardown(a_file_is_what_its_bytes_say, begin, end),
        cmocka_unit_test_setup_teardown(a_disguised_file_is_told_at_its_field, begin, end),
        cmocka_unit_test_setup_teardown(a_form_keeps_what_was_typed_and_names_each_error, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_answer_is_shown_in_words, begin, end),
    };

    return cmocka_run_group_tests_name("portal", tests, NULL, NULL);
}
