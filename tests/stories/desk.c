/*
 * The desk's pages, as a browser without a script sees them (P1, P2, K20): signing in, the list
 * with its filters and its cursor, registering with all errors at once, a group from a table, the
 * page that somebody else made stale, acts on several orders.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "modules/desk/presence.h"
#include "paper/xlsx.h"

#define PARTY(i, name, phone)                                                                      \
    "parties[" i "].role=applicant&parties[" i "].identity.name=" name "&parties[" i               \
    "].identity.phone=" phone

static size_t times(const struct world *w, const char *words)
{
    struct str rest = w->body;
    size_t n = 0, at;

    while ((at = str_find(rest, str_of(words))) != SIZE_MAX) {
        rest = str_from(rest, at + strlen(words));
        n++;
    }
    return n;
}

static void the_way_in(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_get(w, "/orders");
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/sign-in?next=/orders");
    world_get(w, "/sign-in?next=/orders");
    WORLD_SAYS(w, "name=\"next\" value=\"/orders\"");
    world_post(w, "/sign-in", "login=zhoumin&password=wrong-password&next=/orders");
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "登录名或密码不对");
    WORLD_SAYS(w, "value=\"zhoumin\"");
    assert_false(world_says(w, "wrong-password"));
    /* Only ever to an address of this site. */
    world_post(w, "/sign-in", "login=zhoumin&password=" WORLD_PASSWORD "&next=//evil.test/");
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/orders");
}

static void all_errors_at_once_and_what_was_typed_stays(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders",
               world_f(w, "channel=window&content=%s&" PARTY("0", "%s", "1390000"),
                       world_escape(w, "老板 <b>不发</b> 工资"), world_escape(w, "赵小秀")));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "<title>错误：登记来访");
    WORLD_SAYS(w, "href=\"#matter\"");
    WORLD_SAYS(w, "href=\"#subject\"");
    WORLD_SAYS(w, "href=\"#parties-0-identity-phone\"");
    WORLD_SAYS(w, "id=\"parties-0-identity-phone\"");
    WORLD_SAYS(w, "老板 &lt;b&gt;不发&lt;/b&gt; 工资");
    WORLD_SAYS(w, "value=\"赵小秀\"");
    WORLD_SAYS(w, "value=\"1390000\"");
}

static void a_look_registers_nothing(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_get_json(w, "/orders?view=unit&status=all&limit=100");
    size_t before = json_get(w->json, "rows")->count;
    world_post(w, "/orders/check",
               world_f(w, "content=%s&matter=legal-aid-wage&channel=window",
                       world_escape(w, "工地拖欠工资，没签合同")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "建议事项");
    WORLD_SAYS(w, "法律援助申请表");
    WORLD_SAYS(w, "7 日（自然日）");
    /* One more person, then one less. */
    world_post(w, "/orders/check", PARTY("0", "A", "13900000001") "&_more=party");
    WORLD_SAYS(w, "第 2 方");
    world_post(w, "/orders/check",
               PARTY("0", "A", "13900000001") "&" PARTY("1", "B", "13900000002") "&_less=1");
    assert_false(world_says(w, "第 2 方"));
    WORLD_SAYS(w, "value=\"A\"");
    world_get_json(w, "/orders?view=unit&status=all&limit=100");
    assert_int_equal(json_get(w->json, "rows")->count, before);
}

static void a_group_comes_from_a_table(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_file(
        w, "/orders/check", PARTY("0", "A", "13900000001") "&_more=roster", "roster", "名册.csv",
        "text/csv",
        S("姓名,身份证号,电话\n谢大勇,990101199003154024,13900001111\n王小明,990101199003154025,\n"));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "读入 2 人");
    WORLD_SAYS(w, "value=\"谢大勇\"");
    WORLD_SAYS(w, "第 3 方");
    assert_int_equal(times(w, "</svg>校验位正确</span>"),
                     1); /* the second number is wrong, and does not say so */
    world_post_file(w, "/orders/check", "_more=roster", "roster", "a.csv", "text/csv",
                    S("一,二\n三,四\n"));
    WORLD_SAYS(w, "没有找到“姓名”这一列");
}

static void registered_with_number_and_code(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders",
               world_f(w,
                       "channel=window&content=%s&subject=%s&matter=legal-consultation&"
                       "materials[0].code=x&" PARTY("0", "%s", "13900002675"),
                       world_escape(w, "借出去的钱不还"), world_escape(w, "借款不还"),
                       world_escape(w, "钱多多")));
    WORLD_STATUS(w, 422); /* a material that is none */
    world_post(w, "/orders",
               world_f(w,
                       "channel=window&content=%s&subject=%s&matter=legal-consultation&"
                       "then=answer&then_input.result=%s&" PARTY("0", "%s", "13900002675"),
                       world_escape(w, "借出去的钱不还"), world_escape(w, "借款不还"),
                       world_escape(w, "先发催款函，时效三年"), world_escape(w, "钱多多")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "已登记");
    WORLD_SAYS(w, "查询码");
    WORLD_SAYS(w, "已答复");
    /* What is asked at once is asked like the rest: its errors stand at its fields. */
    world_post(w, "/orders",
               world_f(w,
                       "channel=window&content=%s&subject=%s&matter=legal-consultation&"
                       "then=answer&" PARTY("0", "%s", "13900002675"),
                       world_escape(w, "借出去的钱不还"), world_escape(w, "借款不还"),
                       world_escape(w, "钱多多")));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "then_input.result");
}

static void the_list_has_a_cursor_and_filters(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    size_t seen = 0, all;
    char after[80] = "";

    for (int i = 0; i < 5; i++)
        world_create(w, &clerk, WORLD_CONSULTATION);
    world_as(w, "zhoumin");
    world_get_json(w, "/orders?view=unit&limit=100");
    all = json_get(w->json, "rows")->count;
    assert_true(all >= 5);
    for (size_t pages = 0; pages < 100; pages++) {
        world_get_json(w, world_f(w, "/orders?view=unit&limit=2%s", after));
        WORLD_STATUS(w, 200);
        seen += json_get(w->json, "rows")->count;
        struct str next = json_get_str(w->json, "next_cursor");
        if (!next.len)
            break;
        snprintf(after, sizeof after, "&after=%.*s", STR_ARG(next));
    }
    assert_int_equal(seen, all);
    world_get(w, "/orders?view=unit&due=today");
    WORLD_SAYS(w, "今天到期");
    WORLD_SAYS(w, "aria-current");
    world_get(w, "/orders?due=overdue&view=mine&channel=kiosk");
    WORLD_SAYS(w, "没有超期");
    world_get(w, "/orders?due=never");
    WORLD_STATUS(w, 422);
    /* A name finds its orders, a whole number opens its order. */
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    world_get(w, world_f(w, "/orders?q=%s", world_escape(w, "王小满")));
    WORLD_SAYS(w, "王*");
    world_get(w, world_f(w, "/orders?q=%.*s", STR_ARG(made.no)));
    WORLD_STATUS(w, 303);
    assert_str(w->location, world_f(w, "/orders/%lld", (long long)made.order));
    world_get(w, "/orders?q=nobody-at-all");
    WORLD_SAYS(w, "没有找到");
}

static void what_changed_is_told_not_inserted(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);

    world_as(w, "linxia");
    const char *query = world_f(w, "/orders/changes?newest=%lld&since=%lld&ids=%lld",
                                (long long)made.order, (long long)w->now, (long long)made.order);
    world_get_json(w, query);
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get_int(w->json, "fresh"), 0);
    assert_int_equal(json_get_int(w->json, "changed"), 0);
    assert_str(json_get_str(w->json, "text"), "");
    world_pass(w, "1 minutes");
    world_act(w, &clerk, made.order, "note", "{\"text\":\"来电催办\"}");
    world_create(w, &clerk, WORLD_CONSULTATION);
    world_as(w, "linxia");
    world_get_json(w, query);
    assert_int_equal(json_get_int(w->json, "fresh"), 1);
    assert_int_equal(json_get_int(w->json, "changed"), 1);
    assert_str(json_get_str(w->json, "text"), "有 1 件新工单、1 件有变化");
}

static void a_stale_page_says_what_changed_and_keeps_what_was_typed(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    const char *act = world_f(w, "/orders/%lld/act/note", (long long)made.order);

    world_act(w, &clerk, made.order, "note", "{\"text\":\"第一个人记的\"}");
    world_as(w, "linxia");
    world_post(w, act, world_f(w, "_version=1&text=%s", world_escape(w, "第二个人正在写的")));
    WORLD_STATUS(w, 409);
    WORLD_SAYS(w, "您打开之后，这一件有了变化");
    WORLD_SAYS(w, "第一个人记的");
    WORLD_SAYS(w, "第二个人正在写的</textarea>");
    assert_int_equal(world_order(w, made.order).version, 2);
    world_post(w, act, world_f(w, "_version=2&text=%s", world_escape(w, "第二个人正在写的")));
    WORLD_STATUS(w, 303);
    assert_str(w->location, world_f(w, "/orders/%lld?done=3", (long long)made.order));
}

static void an_act_is_drawn_from_its_questions(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);

    world_as(w, "zhoumin");
    world_get(w, world_f(w, "/orders/%lld?act=answer", (long long)made.order));
    WORLD_SAYS(w, "name=\"result\"");
    WORLD_SAYS(w, "<option value=\"sample\"");
    world_post(w, world_f(w, "/orders/%lld/act/answer", (long long)made.order), "_version=1");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "href=\"#result\"");
    /* Phones in what was said are masked like those of the parties. */
    world_act(w, &clerk, made.order, "note", "{\"text\":\"对方电话 13912345678，订单 20261014\"}");
    world_get(w, world_f(w, "/orders/%lld", (long long)made.order));
    WORLD_SAYS(w, "139****5678");
    WORLD_SAYS(w, "20261014");
    assert_false(world_says(w, "13912345678"));
    /* The citizen's code is nowhere on the page. */
    assert_false(world_says(w, world_f(w, "%.*s", STR_ARG(made.code))));
}

static void several_at_once_each_for_itself(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done one = world_create(w, &clerk, WORLD_CONSULTATION);
    struct act_done two = world_create(w, &clerk, WORLD_CONSULTATION);

    world_as(w, "zhoumin");
    world_post(w, "/orders/bulk", "action=note");
    WORLD_STATUS(w, 422);
    world_post_json(
        w, "/orders/bulk",
        world_f(w, "{\"action\":\"note\",\"text\":\"统一催办\",\"ids\":[\"%lld\",\"7\",\"%lld\"]}",
                (long long)one.order, (long long)two.order));
    WORLD_STATUS(w, 200);
    const struct json *row = json_get(w->json, "rows")->first;
    assert_true(json_get_bool(row, "done"));
    assert_false(json_get_bool(row->next, "done"));
    assert_true(json_get_str(row->next, "why").len > 0);
    assert_true(json_get_bool(row->next->next, "done"));
    assert_int_equal(world_order(w, one.order).version, 2);
    assert_int_equal(world_order(w, two.order).version, 2);
    world_verify(w);
}

static void colleagues_see_who_looks(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    const char *page = world_f(w, "/orders/%lld", (long long)made.order);

    world_as(w, "zhoumin");
    world_get(w, page);
    assert_false(world_says(w, "也在看"));
    world_as(w, "linxia");
    world_get(w, page);
    WORLD_SAYS(w, "周敏 也在看");
    w->now += PRESENCE_MS + 1000;
    world_as(w, "linxia");
    world_get(w, page);
    assert_false(world_says(w, "周敏 也在看"));
}

static void elsewhere_is_not_found(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);

    world_as(w, "lumei"); /* another town */
    world_get(w, world_f(w, "/orders/%lld", (long long)made.order));
    WORLD_STATUS(w, 404);
    world_get_json(w, "/orders?status=all&limit=100");
    assert_false(world_says(w, world_f(w, "%.*s", STR_ARG(made.no))));
    world_get_json(w, world_f(w, "/orders?q=%.*s", STR_ARG(made.no)));
    assert_int_equal(json_get(w->json, "rows") ? json_get(w->json, "rows")->count : 0, 0);
    world_post(w, world_f(w, "/orders/%lld/act/note", (long long)made.order), "text=x");
    WORLD_STATUS(w, 404);
}

static void a_list_goes_out_masked_and_on_record(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");

    world_create(w, &clerk, WORLD_CONSULTATION);
    world_as(w, "zhoumin"); /* a clerk may not */
    world_post(w, "/orders/export", "view=unit");
    WORLD_STATUS(w, 403);
    world_as(w, "zhaoming");
    world_post(w, "/orders/export", "view=subtree&due=today");
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("PK")));
    assert_true(str_find(w->head, S("attachment;")) != SIZE_MAX);
    struct str content = world_keep(w, w->body);
    struct list rows;
    assert_int_equal(sheet_read(&w->t, content, &rows), OK);
    assert_true(rows.count >= 2);
    const struct sheet_row *row = rows.at;
    assert_str(row[0].cells[0], "工单号");
    assert_str(row[1].cells[1], "王*");
    world_as(w, "shenjian");
    world_get_json(w, "/audit?word=export");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "工单列表");
}

/* Who may not look at orders has no box to look for them in, and no link that leads nowhere. */
static void the_page_offers_what_the_post_may(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_get(w, "/orders");
    WORLD_SAYS(w, "role=\"search\"");
    world_as(w, "shenjian");
    world_get(w, "/audit");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "role=\"search\""));
    world_as(w, "shilei");
    world_get(w, "/admin/calendar");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "href=\"/due\""));
}

int main(void)
{
    return WORLD_TESTS(
        cmocka_unit_test(the_way_in), cmocka_unit_test(all_errors_at_once_and_what_was_typed_stays),
        cmocka_unit_test(a_look_registers_nothing), cmocka_unit_test(a_group_comes_from_a_table),
        cmocka_unit_test(registered_with_number_and_code),
        cmocka_unit_test(the_list_has_a_cursor_and_filters),
        cmocka_unit_test(what_changed_is_told_not_inserted),
        cmocka_unit_test(a_stale_page_says_what_changed_and_keeps_what_was_typed),
        cmocka_unit_test(an_act_is_drawn_from_its_questions),
        cmocka_unit_test(several_at_once_each_for_itself),
        cmocka_unit_test(colleagues_see_who_looks), cmocka_unit_test(elsewhere_is_not_found),
        cmocka_unit_test(a_list_goes_out_masked_and_on_record),
        cmocka_unit_test(the_page_offers_what_the_post_may));
}
