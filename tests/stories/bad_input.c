/*
 * Bad input: every fault has its clear message at its field, all of them at once, for people and
 * for programs alike; what was typed stays; nothing is half done (K5, K6, K17, K24; no source asks
 * for it and no centre lives without it).
 */
#include "story.h"

#include <string.h>

/* Forty mistakes are made in a day at a window; these at once. */
#define WRONG_JSON                                                                                   \
    "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"欠薪 13900001234\","      \
    "\"content\":\"没有发工资\",\"limitation_from\":\"2026-02-30\","                            \
    "\"fields\":{\"kind\":\"labour\",\"source\":\"moon\"},"                                          \
    "\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"王小满\"," \
    "\"paper\":\"id-card\",\"paper_number\":\"990101199003154025\",\"phone\":\"1390000\"}},"         \
    "{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"李四\","                 \
    "\"paper\":\"id-card\",\"paper_number\":\"990101199002304024\"}}]}"
#define WRONG_FORM                                                                                 \
    "matter=legal-aid-wage&channel=window&subject=%E6%AC%A0%E8%96%AA13900001234"                   \
    "&content=no+pay+since+May&limitation_from=2026-02-30&fields.kind=labour&fields.source=moon"   \
    "&parties[0].role=applicant&parties[0].identity.kind=person"                                   \
    "&parties[0].identity.name=%E7%8E%8B%E5%B0%8F%E6%BB%A1&parties[0].identity.paper=id-card"      \
    "&parties[0].identity.paper_number=990101199003154025&parties[0].identity.phone=1390000"       \
    "&parties[1].role=applicant&parties[1].identity.kind=person"                                   \
    "&parties[1].identity.name=%E6%9D%8E%E5%9B%9B&parties[1].identity.paper=id-card"               \
    "&parties[1].identity.paper_number=990101199002304024"

static const struct {
    const char *field, *says;
} wrong[] = {
    {"subject", "请不要写电话"},
    {"limitation_from", "没有这一天"},
    {"fields.source", "请从这些中选"},
    {"fields.hardship", "经济困难情形"},
    {"parties[0].identity.paper_number", "校验位不对"},
    {"parties[0].identity.phone", "要 11 位"},
    {"parties[1].identity.paper_number", "那个月没有这一天"},
};

static int64_t orders_there(struct world *w)
{
    world_get_json(w, "/orders?view=unit&status=all&limit=100");
    WORLD_STATUS(w, 200);
    return (int64_t)json_get(w->json, "rows")->count;
}

/* Found by fuzzing: what stands below a party that is not there was written to. */
static void a_party_without_anybody_is_refused(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(
        w, "/orders",
        "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"欠薪\","
        "\"content\":\"怎么办？\",\"parties\":[{\"role\":\"applicant\"}]}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "parties[0].identity", "请填写身份信息");
    struct registered made = story_register(w, STORY_AID);
    story_try(w, made.id, "add-party", "{\"role\":\"third-party\"}", 422);
}

static void all_faults_at_once_for_programs(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(w, "/orders", WRONG_JSON);
    WORLD_STATUS(w, 422);
    assert_int_equal(json_get(w->json, "errors")->count, sizeof wrong / sizeof *wrong);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        STORY_REFUSED(w, wrong[i].field, wrong[i].says);
    assert_int_equal(orders_there(w), 0);
}

static void all_faults_at_once_for_people_and_what_was_typed_stays(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(w, "/orders", WRONG_JSON);
    struct str messages[sizeof wrong / sizeof *wrong];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        messages[i] = world_keep(w, story_field_error(w, wrong[i].field));

    world_post(w, "/orders", WRONG_FORM);
    WORLD_STATUS(w, 422);
    /* The words are the same for both. */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (str_find(w->body, messages[i]) == SIZE_MAX) {
            print_error("%.*s\n", STR_ARG(w->body));
            fail_msg("%s: the page does not say %.*s", wrong[i].field, STR_ARG(messages[i]));
        }
    WORLD_SAYS(w, "990101199003154025");
    WORLD_SAYS(w, "990101199002304024");
    WORLD_SAYS(w, "no pay since May");
    WORLD_SAYS(w, "王小满");
    WORLD_SAYS(w, "1390000");
    WORLD_SAYS(w, "李四");
    assert_int_equal(orders_there(w), 0);
}

static const char *long_text(struct world *w, const char *character, size_t n)
{
    size_t len = strlen(character);
    char *text = NEW(&w->home, char, n *len + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, character, len);
    return text;
}

/* Longer than world_f() takes. */
static const char *joined(struct world *w, const char *a, const char *b, const char *c)
{
    return str_terminated(&w->home, str_format(&w->home, "%s%s%s", a, b, c));
}

static void a_hundred_thousand_characters(void **state)
{
    struct world *w = *state;
    const char *text = long_text(w, "长", 100000);

    world_as(w, "zhoumin");
    world_post_json(w, "/orders",
                    joined(w,
                           "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                           "\"subject\":\"问一件事\",\"content\":\"",
                           text, "\",\"parties\":[" WORLD_APPLICANT "]}"));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "content", "5000");
    const char *ascii = long_text(w, "x", 100000);
    world_post(w, "/orders",
               joined(w, "matter=legal-consultation&channel=window&subject=%E9%97%AE&content=",
                      ascii, ""));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "5000");
    assert_true(world_says(w, ascii)); /* to be shortened, not to be typed again */

    /* And beyond what a request may hold. */
    const char *huge = long_text(w, "x", 1100000);
    world_post(w, "/orders/bulk", joined(w, "text=", huge, ""));
    WORLD_STATUS(w, 413);
    assert_int_equal(orders_there(w), 0);
}

static void broken_text_and_broken_json(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(w, "/orders", "{\"matter\":\"legal-consultation\",\"subject\":\"\xff\xfe\"}");
    assert_true(w->status == 400 || w->status == 422);
    WORLD_SAYS(w, "urn:yimen:problem:");
    world_post_json(w, "/orders", "{\"matter\":");
    assert_true(w->status == 400 || w->status == 422);
    world_post_json(w, "/orders", "{\"matter\":\"a\",\"matter\":\"b\"}");
    assert_true(w->status == 400 || w->status == 422);
    world_post(w, "/orders", "matter=legal-consultation&channel=window&content=%FF%FE&subject=ok");
    assert_true(w->status == 400 || w->status == 422);
    assert_false(world_says(w, "\xff"));
    world_post(w, "/orders", "matter=%00&channel=window");
    assert_true(w->status == 400 || w->status == 422);
    world_post_json(w, "/orders", "[1,2]");
    assert_true(w->status == 400 || w->status == 422);
    world_post_json(w, "/orders",
                    "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"colour\":\"red\","
                    "\"subject\":\"问\",\"content\":\"问\",\"parties\":[" WORLD_APPLICANT "]}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "colour", "没有这个字段");
    world_post_json(w, "/orders",
                    "{\"matter\":\"to-the-moon\",\"channel\":\"rocket\",\"subject\":\"问\","
                    "\"content\":\"问\",\"parties\":[" WORLD_APPLICANT "]}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "matter", "没有这个事项");
    STORY_REFUSED(w, "channel", "请从列出的选项中选");
    assert_int_equal(orders_there(w), 0);
}

static void a_double_click_makes_one_order(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json_key(w, "/orders", WORLD_CONSULTATION, "a-double-click");
    WORLD_STATUS(w, 201);
    world_post_json_key(w, "/orders", WORLD_CONSULTATION, "a-double-click");
    assert_true(json_get_bool(w->json, "replayed"));
    assert_int_equal(orders_there(w), 1);
    /* The same key with something else in it is told, not done. */
    world_post_json_key(w, "/orders", STORY_AID, "a-double-click");
    WORLD_STATUS(w, 409);
    assert_int_equal(orders_there(w), 1);
    /* Without a key nothing is done. */
    world_send(
        w, "POST", "/api/v1/orders",
        world_f(w, "Content-Type: application/json\r\nX-CSRF-Token: %.*s\r\n", STR_ARG(w->csrf)),
        S(WORLD_CONSULTATION));
    assert_true(w->status == 400 || w->status == 422);
    assert_int_equal(orders_there(w), 1);
}

static void what_the_step_does_not_have(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_try(w, made.id, "fly", NULL, 409);
    assert_true(str_find(json_get_str(w->json, "detail"), S("不能做这项操作")) != SIZE_MAX);
    story_try(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"好\"}", 409);
    story_try(w, 12345, "note", "{\"text\":\"谁的？\"}", 404);
    story_try(w, made.id, "note", NULL, 422);
    STORY_REFUSED(w, "text", "情况");
    world_post_json(w, "/orders/abc/act/note", "{\"text\":\"谁的？\"}");
    WORLD_STATUS(w, 404);
    world_post_json(w, world_f(w, "/orders/%lld/act/%%E9%%A3%%9E", ID(made.id)), "{}");
    WORLD_STATUS(w, 409);
}

static void a_stale_page_is_told_what_changed(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    const char *path = world_f(w, "/orders/%lld/act/note", ID(made.id));
    world_get(w, world_f(w, "/orders/%lld?act=note", ID(made.id)));
    struct str version = world_keep(w, world_hidden(w, "_version"));
    world_as(w, "linxia");
    story_act(w, made.id, "note", "{\"text\":\"来访人打过电话\"}");
    world_as(w, "zhoumin");
    world_post(w, path, world_f(w, "text=typed+with+care&_version=%.*s", STR_ARG(version)));
    WORLD_STATUS(w, 409);
    WORLD_SAYS(w, "您打开之后，这一件有了变化，刚才没有提交");
    WORLD_SAYS(w, "来访人打过电话");
    WORLD_SAYS(w, "typed with care");
    assert_int_equal(world_order(w, made.id).version, 2);
    world_as(w, "zhoumin");
    world_get(w, world_f(w, "/orders/%lld?act=note", ID(made.id)));
    version = world_keep(w, world_hidden(w, "_version"));
    world_post(w, path, world_f(w, "text=typed+with+care&_version=%.*s", STR_ARG(version)));
    WORLD_STATUS(w, 303);
}

static void a_file_is_what_its_first_bytes_say(void **state)
{
    static const char program[200] = "MZ\x90\0\3\0\0\0this is a program";
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    const char *path = world_f(w, "/orders/%lld/act/attach", ID(made.id));
    struct str disguised = {program, sizeof program};
    world_post_file(w, path, "", "files", "photo.jpg", "image/jpeg", disguised);
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "的内容和它的类型不符");
    world_post_file(w, path, "", "files", "tool.exe", "application/octet-stream", disguised);
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "不能收");
    world_post_file(w, path, "", "files", "empty.pdf", "application/pdf", (struct str){"", 0});
    WORLD_STATUS(w, 422);
    world_post(w, path, "");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "请选择要交的文件");

    /* From the citizen too. */
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "correct-materials", NULL);
    int64_t version = world_order(w, made.id).version;
    world_as_citizen(w, made.no, made.code);
    world_post_file(w, "/track/supplement/3", "", "files", "photo.jpg", "image/jpeg", disguised);
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "不是照片或 PDF");
    world_post(w, "/track/supplement/3", "");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "请先拍照或选文件");

    /* More than a request may hold is not read to its end. */
    struct str huge = str_of(long_text(w, "x", (size_t)33 * 1024 * 1024));
    memcpy((char *)(uintptr_t)huge.at, "%PDF-", 5);
    world_post_file(w, "/track/supplement/3", "", "files", "big.pdf", "application/pdf", huge);
    WORLD_STATUS(w, 413);
    assert_int_equal(world_order(w, made.id).version, version);
    world_verify(w);
}

static void missing_materials_are_named(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","
           "\"content\":\"申请办学。\",\"fields\":{\"applicant_kind\":\"person\","
           "\"request\":\"设立培训学校\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_try(w, made.id, "accept", NULL, 409);
    WORLD_SAYS(w, "还有承诺后补的材料没有交来");
    story_try(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"passport\",\"state\":\"in\"},"
              "{\"code\":\"identity\",\"state\":\"promised\"},{\"code\":\"application\","
              "\"state\":\"lost\"}]}",
              422);
    STORY_REFUSED(w, "materials[2].state", "请从这些中选");
    story_try(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"passport\",\"state\":\"in\"},"
              "{\"code\":\"identity\",\"state\":\"promised\"}]}",
              422);
    STORY_REFUSED(w, "materials[0].code", "没有这项材料");
    STORY_REFUSED(w, "materials[1].state", "不能承诺后补");
}

static void without_the_token_of_the_session_nothing_is_done(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct str csrf = w->csrf;
    w->csrf = S("stolen");
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    WORLD_STATUS(w, 403);
    world_post(w, "/orders", "matter=legal-consultation");
    WORLD_STATUS(w, 403);
    w->csrf = csrf;
    world_verify(w);
}

/* Whoever was signed out while typing, or came too late, finds each text under its question: the
 * procedure's for an action, the matter's for a registration (K5). */
static void what_comes_back_has_its_labels(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    const char *complain = world_f(w, "content=%s&_back_reason=%s", world_escape(w, "没人 理我"),
                                   world_escape(w, "昨天 停电"));
    const char *intake = world_f(
        w, "matter=legal-aid-wage&content=%s&fields.opponent=%s&parties[0].identity.name=%s",
        world_escape(w, "三个月 没发工资"), world_escape(w, "某某 公司"),
        world_escape(w, "王 小满"));
    struct str session = w->session;

    /* Nothing that is there; signed out: what all procedures agree on, and nothing of the order. */
    for (int i = 0; i < 2; i++) {
        w->session = i ? S("") : session;
        world_post(
            w, i ? world_f(w, "/orders/%lld/act/complain", ID(made.id)) : "/orders/7/act/complain",
            complain);
        WORLD_STATUS(w, i ? 401 : 404);
        WORLD_SAYS(w, "没人 理我");
        WORLD_SAYS(w, ">经过和要求</label>");
        WORLD_SAYS(w, ">补录原因</label>");
    }
    world_post(w, "/orders", intake);
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, ">来访人的话</label>");
    WORLD_SAYS(w, ">对方当事人</label>");
    WORLD_SAYS(w, ">各方 1：姓名或名称</label>");

    /* In reach the order's own procedure says it, also where procedures differ. */
    const char *body = world_f(w, "body=%s", world_escape(w, "岚江 仲裁委"));
    w->session = session;
    struct registered other = story_register(
        w, "{\"matter\":\"arbitration-land\",\"channel\":\"window\",\"subject\":\"承包地\","
           "\"content\":\"承包地被收回。\",\"fields\":{\"kind\":\"land\",\"opponent\":\"村委会\"},"
           "\"parties\":[" WORLD_APPLICANT "]}");
    const char *forward = world_f(w, "/orders/%lld/act/forward", ID(other.id));
    w->session = S("");
    world_post(w, forward, body);
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "aria-label=\"填过的内容\"");
    /* The page's own form says whose questions it asks; what does not exist says nothing. */
    w->session = session;
    world_get(w, world_f(w, "/orders/%lld?act=note", ID(other.id)));
    struct str procedure = world_keep(w, world_hidden(w, "_procedure"));
    assert_true(procedure.len > 0);
    w->session = S("");
    world_post(w, forward, world_f(w, "%s&_procedure=%.*s", body, STR_ARG(procedure)));
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, ">仲裁机构</label>");
    world_post(w, forward, world_f(w, "%s&_procedure=there-is-none", body));
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "aria-label=\"填过的内容\"");
    w->session = session;
    world_send(w, "POST", forward, "Content-Type: application/x-www-form-urlencoded\r\n",
               str_of(world_f(w, "_csrf=old&_key=labels-0001&%s", body)));
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, ">仲裁机构</label>");

    /* The citizen's, too. */
    world_as_citizen(w, made.no, made.code);
    world_send(w, "POST", "/track/act/complain",
               "Content-Type: application/x-www-form-urlencoded\r\n",
               str_of(world_f(w, "_csrf=old&_key=labels-0002&%s", complain)));
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, ">经过和要求</label>");
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(all_faults_at_once_for_programs),
                       cmocka_unit_test(all_faults_at_once_for_people_and_what_was_typed_stays),
                       cmocka_unit_test(a_hundred_thousand_characters),
                       cmocka_unit_test(broken_text_and_broken_json),
                       cmocka_unit_test(a_double_click_makes_one_order),
                       cmocka_unit_test(what_the_step_does_not_have),
                       cmocka_unit_test(a_stale_page_is_told_what_changed),
                       cmocka_unit_test(a_file_is_what_its_first_bytes_say),
                       cmocka_unit_test(missing_materials_are_named),
                       cmocka_unit_test(what_comes_back_has_its_labels),
                       cmocka_unit_test(without_the_token_of_the_session_nothing_is_done),
                       cmocka_unit_test(a_party_without_anybody_is_refused));
}
