/* The desk's pages bind with their shapes, anchors and addresses are sound, rosters are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/task.h"
#include "modules/desk/desk.h"
#include "modules/desk/register.h"
#include "modules/desk/worklist.h"
#include "modules/shell/shell.h"
#include "view/template.h"

static void must_bind(const char *page, const struct shape *shape)
{
    char *why = NULL;
    struct template *template = template_bind(page, shape, &shell_shape, NULL, &why);

    if (!template)
        fail_msg("%s", why);
    template_free(template);
}

static void every_page_binds(void **state)
{
    (void)state;
    for (const struct route *route = desk_module.routes; route->path; route++)
        if (route->page)
            must_bind(route->page, route->view);
    must_bind("desk/registered", &desk_registered_shape);
    must_bind("shell/error", &error_page_shape);
}

static void anchors_are_ids(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    struct str anchor = desk_anchor(&t, S("parties[1].identity.paper_number"));
    assert_true(str_is(anchor, "parties-1-identity-paper_number"));
    assert_true(str_is(desk_anchor(&t, S("phone")), "phone"));
    assert_true(str_is(desk_anchor(&t, S("files[0]")), "files-0"));
    task_end(&t);
}

static void addresses_keep_what_is_filtered(void **state)
{
    struct task t;
    struct desk_list_state list = {.view = S("unit"), .step = S("examine"), .q = S("王 a&b")};

    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    assert_true(str_is(desk_list_href(&t, &list, NULL, S("")),
                       "/orders?view=unit&step=examine&q=%E7%8E%8B%20a%26b"));
    assert_true(
        str_is(desk_list_href(&t, &list, "step", S("")), "/orders?view=unit&q=%E7%8E%8B%20a%26b"));
    list.q = (struct str){0};
    assert_true(str_is(desk_list_href(&t, &list, "due", S("today")),
                       "/orders?view=unit&due=today&step=examine"));
    assert_true(str_is(desk_list_href(&t, &list, "after", S("5.6")),
                       "/orders?view=unit&step=examine&after=5.6"));
    task_end(&t);
}

struct roster_case {
    const char *text;
    int64_t people; /* -1: refused */
    const char *name, *number;
};

static void rosters_are_read_as_people_write_them(void **state)
{
    static const struct roster_case cases[] = {
        {"姓名,身份证号,电话\n张三,990101199003070019,13900000001\n李四,,\n", 2, "张三",
         "990101199003070019"},
        {"\xef\xbb\xbf手机;身份证号码;姓名\r\n13900000001;990101199003070019;张三\r\n", 1, "张三",
         "990101199003070019"},
        {"序号\t姓名\t联系方式\n1\t张三\t13900000001", 1, "张三", ""},
        {"姓名,住址\n\"张,三\",\"双塔\n枣园 \"\"五\"\"号\"\n", 1, "张,三", ""},
        {"姓名,电话\n\n,\n王五,\n", 1, "王五", ""},
        {"甲,乙\n张三,1\n", -1, NULL, NULL},
        {"姓名,电话\n", -1, NULL, NULL},
        {"", -1, NULL, NULL},
        {"\xd0\xd5\xc3\xfb\n\xd5\xc5\xc8\xfd\n", 1, "张三", ""}, /* GB18030 */
        {"\x81\xff\x80\n\xff", -1, NULL, NULL},
        {"PK\x03\x04 this is no archive", -1, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct task t;
        int64_t count = -7;
        task_begin(&t, NULL, 0, TASK_BUDGET);
        struct json *parties = json_list(&t);
        enum err e = roster_read(&t, S("名册.csv"), str_of(cases[i].text), parties, &count);
        if (cases[i].people < 0) {
            assert_int_equal(e, ERR_BAD_INPUT);
            assert_true(t.note.len > 0);
        } else {
            const struct json *identity;
            assert_int_equal(e, OK);
            assert_int_equal(count, cases[i].people);
            assert_int_equal(parties->count, cases[i].people);
            identity = json_get(parties->first, "identity");
            assert_true(str_is(json_get_str(identity, "name"), cases[i].name));
            assert_true(str_is(json_get_str(identity, "paper_number"), cases[i].number));
        }
        task_end(&t);
    }
}

static void a_roster_beyond_the_limit_is_refused(void **state)
{
    struct task t;
    int64_t count;

    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    struct buf text = buf_new(&t, 1 << 16);
    buf_add(&text, S("姓名\n"));
    for (int i = 0; i < 201; i++)
        buf_add(&text, S("张三\n"));
    assert_int_equal(roster_read(&t, S("a.csv"), buf_str(&text), json_list(&t), &count),
                     ERR_BAD_INPUT);
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_binds),
        cmocka_unit_test(anchors_are_ids),
        cmocka_unit_test(addresses_keep_what_is_filtered),
        cmocka_unit_test(rosters_are_read_as_people_write_them),
        cmocka_unit_test(a_roster_beyond_the_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
