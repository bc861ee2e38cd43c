/*
 * Many people in one order (P1): thirty workers from a roster, read on the page and registered from
 * it, one who speaks for all and how far, an agent with his authority; nobody is typed twice and
 * nothing wrong comes in.  Advice without a name, with the reason (K4, P8).
 */
#include "story.h"

enum { WORKERS = 30 };

/* The last character of an id number. */
static char check_digit(const char *seventeen)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (seventeen[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static const char *roster(struct world *w, int wrong)
{
    struct buf b = buf_new(&w->home, 16384);

    buf_add(&b, S("\xef\xbb\xbf姓名,身份证号,手机号码,家庭住址\r\n"));
    for (int i = 0; i < WORKERS; i++) {
        const char *number =
            world_f(w, "99010119%02d0%d1%d%03d", 60 + i, i % 9 + 1, i % 9, 100 + i * 7);
        buf_format(&b, "工友%c%c,%s%c,139000%05d,岚江市临江镇\r\n", 'A' + i % 26, 'A' + i / 26,
                   number, i == wrong ? '?' : check_digit(number), 20000 + i);
    }
    return str_terminated(&w->home, buf_str(&b));
}

#define FIRST                                                                                      \
    "matter=legal-aid-wage&channel=window&subject=%E5%B7%A5%E5%9C%B0%E6%AC%A0%E8%96%AA"            \
    "&content=thirty+of+us+got+no+pay&fields.kind=labour&fields.source=self"                       \
    "&fields.hardship=exempt&parties[0].role=applicant&parties[0].identity.kind=person"            \
    "&parties[0].identity.name=%E7%8E%8B%E5%B0%8F%E6%BB%A1&parties[0].identity.paper=id-card"      \
    "&parties[0].identity.paper_number=990101199003154024"                                         \
    "&parties[0].identity.phone=13900001234&parties[0].represents=1"                               \
    "&parties[0].authority=all&_more=roster"

static void thirty_workers_come_from_a_file(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_file(w, "/orders/check", FIRST, "roster", "名册.csv", "text/csv",
                    str_of(roster(w, -1)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "读入 30 人");
    const char *form = story_form(w, "/orders");
    world_post(w, "/orders", form);
    if (w->status != 200 && w->status != 201)
        WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "已登记");

    world_get_json(w, "/orders?view=unit");
    int64_t id = json_get_id(json_get(w->json, "rows")->first, "id");
    struct order order = world_order(w, id);
    assert_int_equal(order.party_count, WORKERS + 1);
    world_get(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_SAYS(w, "等 31 人");
    WORLD_SAYS(w, " · 代表");
    assert_false(world_says(w, "13900020007"));
    /* The same people again: the window is told of the open order. */
    world_post(w, "/orders/check", form);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "同一人");
    world_verify(w);
}

static void a_wrong_row_is_told_at_its_person(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_file(w, "/orders/check", FIRST, "roster", "名册.csv", "text/csv",
                    str_of(roster(w, 17)));
    WORLD_STATUS(w, 200);
    world_post(w, "/orders", story_form(w, "/orders"));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "parties-18-identity-paper_number");
    world_post_file(w, "/orders/check", FIRST, "roster", "photo.jpg", "image/jpeg",
                    S("\xff\xd8\xff\xe0 a photograph is no roster"));
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "photo.jpg 读入"));
}

static void guardians_agents_and_representatives(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w,
        "{\"matter\":\"legal-aid-injury\",\"channel\":\"window\",\"subject\":\"工伤\","
        "\"content\":\"孩子在厂里打工受了伤。\",\"fields\":{\"kind\":\"labour\","
        "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[" STORY_PERSON(
            "applicant", "小马", "990101201208111044",
            "13900003001") "," STORY_PERSON("guardian", "马大山", "990101198811238053",
                                            "13900003002") ","
                                                           "{\"role\":\"agent\",\"authority\":\"特别授权：可承认、变更请求\",\"identity\":"
                                                           "{\"kind\":\"person\",\"name\":\"何律师\",\"phone\":\"13900003003\"}},"
                                                           "{\"role\":\"respondent\",\"identity\":{\"kind\":\"firm\",\"name\":\"岚江玩具厂\"}}]}");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    const struct json *parties = json_get(w->json, "parties");
    assert_int_equal(parties->count, 4);
    /* What the number says: a girl of fourteen. */
    assert_true(str_find(json_get_str(parties->first, "about"), S("14 岁")) != SIZE_MAX);
    assert_true(str_find(json_get_str(parties->first, "about"), S("女")) != SIZE_MAX);
    WORLD_SAYS(w, "特别授权");
    assert_true(json_get_id(w->json, "id") == made.id);
    story_try(w, made.id, "add-party",
              "{\"role\":\"witness\",\"party\":{\"kind\":\"person\",\"name\":\"工友甲\","
              "\"paper\":\"id-card\",\"paper_number\":\"990101199003154025\"}}",
              422);
    STORY_REFUSED(w, "party.paper_number", "校验位不对");
    story_try(w, made.id, "add-party", "{\"role\":\"witness\",\"party\":{\"kind\":\"person\"}}",
              422);
    STORY_REFUSED(w, "party.name", "姓名");
    story_act(w, made.id, "add-party",
              "{\"role\":\"witness\",\"party\":{\"kind\":\"person\",\"name\":\"工友甲\","
              "\"phone\":\"13900003004\"}}");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    parties = json_get(w->json, "parties");
    assert_int_equal(parties->count, 5);
    assert_str(json_get_str(parties->last, "role"), "witness");
    assert_int_equal(json_get_int(w->json, "party_count_number"), 1); /* who asks */
    world_verify(w);
}

static void advice_without_a_name_has_a_reason(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(w, "/orders",
                    "{\"matter\":\"consult-family\",\"channel\":\"phone\",\"subject\":\"家暴\","
                    "\"content\":\"丈夫打我，我能怎么办？\",\"anonymous\":true}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "anonymous_reason", "请写匿名的理由");
    struct registered made = story_register(
        w, "{\"matter\":\"consult-family\",\"channel\":\"phone\",\"subject\":\"家暴\","
           "\"content\":\"丈夫打我，我能怎么办？\",\"anonymous\":true,"
           "\"anonymous_reason\":\"家庭暴力，不敢留名\"}");
    assert_int_equal(world_order(w, made.id).party_count, 0);
    story_act(w, made.id, "answer", "{\"result\":\"可以申请人身安全保护令，紧急时拨打 110。\"}");

    /* Handling needs a name. */
    world_post_json(w, "/orders",
                    "{\"matter\":\"legal-aid-violence\",\"channel\":\"window\","
                    "\"subject\":\"家暴\",\"content\":\"要离婚\",\"anonymous\":true,"
                    "\"anonymous_reason\":\"不敢留名\",\"fields\":{\"kind\":\"civil\","
                    "\"source\":\"self\",\"hardship\":\"exempt\"}}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "anonymous", "只有咨询可以匿名");

    /* No identity card at hand: a passport, a residence permit, a household book. */
    made = story_register(
        w, "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"租房押金\","
           "\"content\":\"房东不退押金。\",\"parties\":[{\"role\":\"applicant\",\"identity\":"
           "{\"kind\":\"person\",\"name\":\"JOHN DOE\",\"paper\":\"passport\","
           "\"paper_number\":\"E12345678\",\"no_message\":true}}]}");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "E*****678");
    WORLD_SAYS(w, "不可留言");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(thirty_workers_come_from_a_file),
                       cmocka_unit_test(a_wrong_row_is_told_at_its_person),
                       cmocka_unit_test(guardians_agents_and_representatives),
                       cmocka_unit_test(advice_without_a_name_has_a_reason));
}
