/*
 * One intake for every channel (K24, L2): another platform hands an order over once, whatever
 * happens on the line; a program works with a token of its own and can do what its post can do; the
 * front desk takes in, the back office handles, and the result comes back to both.  Emergency
 * (K19).
 */
#include "story.h"

#define FROM_HOTLINE(number)                                                                       \
    "{\"matter\":\"consult-labour\",\"channel\":\"hotline\",\"subject\":\"公司不交社保\","   \
    "\"content\":\"公司一直不给我交社保。\",\"source\":\"12345\",\"external\":\"" number           \
    "\",\"parties\":[" WORLD_APPLICANT "]}"

/* A request of a program: no cookie, no CSRF token, a bearer token and a key. */
static void call(struct world *w, struct str token, const char *method, const char *path,
                 const char *json, const char *key)
{
    w->session = w->csrf = (struct str){0};
    world_send(w, method, world_f(w, "/api/v1%s", path),
               world_f(w, "Authorization: Bearer %.*s\r\n%s%s%s%s", STR_ARG(token),
                       json ? "Content-Type: application/json\r\n" : "",
                       key ? "Idempotency-Key: " : "", key ? key : "", key ? "\r\n" : ""),
               json ? str_of(json) : (struct str){0});
}

static struct str token_of(struct world *w, const char *login, int64_t *ret_id)
{
    const struct json *grants;

    world_as(w, login);
    world_get_json(w, "/account");
    WORLD_STATUS(w, 200);
    grants = json_get(w->json, "held");
    int64_t grant = grants && grants->first ? json_get_id(grants->first, "id") : 0;
    if (!grant) {
        print_error("%.*s\n", STR_ARG(w->body));
        fail_msg("no grant in /account");
    }
    world_post_json(
        w, "/account/tokens",
        world_f(w, "{\"name\":\"对接\",\"grant\":\"%lld\",\"days\":\"30\"}", ID(grant)));
    if (w->status != 200 && w->status != 201)
        WORLD_STATUS(w, 201);
    struct str token = world_keep(w, json_get_str(w->json, "new_token"));
    if (!token.len)
        token = world_keep(w, json_get_str(w->json, "token"));
    if (!token.len) {
        print_error("%.*s\n", STR_ARG(w->body));
        fail_msg("no token in the answer");
    }
    const struct json *tokens = json_get(w->json, "tokens");
    *ret_id = tokens && tokens->first ? json_get_id(tokens->first, "id") : 0;
    return token;
}

static void another_platform_hands_over_once(void **state)
{
    struct world *w = *state;
    int64_t token_id;
    struct str token = token_of(w, "gateway", &token_id);

    call(w, token, "POST", "/orders", FROM_HOTLINE("GD-2026-778"), "hand-over-0001");
    WORLD_STATUS(w, 201);
    int64_t id = json_get_id(w->json, "id");
    struct str no = world_keep(w, json_get_str(w->json, "number"));
    /* The line broke and the platform sends again, with a new key, weeks later. */
    call(w, token, "POST", "/orders", FROM_HOTLINE("GD-2026-778"), "hand-over-0002");
    assert_true(w->status == 200 || w->status == 201);
    assert_true(json_get_id(w->json, "id") == id);
    assert_true(json_get_bool(w->json, "replayed"));
    world_until(w, "2026-11-02T09:00");
    call(w, token, "POST", "/orders", FROM_HOTLINE("GD-2026-778"), "hand-over-0003");
    assert_true(json_get_id(w->json, "id") == id);
    call(w, token, "POST", "/orders", FROM_HOTLINE("GD-2026-779"), "hand-over-0004");
    WORLD_STATUS(w, 201);
    assert_true(json_get_id(w->json, "id") != id);

    /* It reads its orders and follows what becomes of them. */
    call(w, token, "GET", world_f(w, "/orders/%lld", ID(id)), NULL, NULL);
    WORLD_STATUS(w, 200);
    assert_str(json_get_str(w->json, "channel"), "hotline");
    assert_true(str_eq(json_get_str(w->json, "number"), no));

    /* No name without its number, no token without an owner. */
    call(w, token, "POST", "/orders",
         "{\"matter\":\"consult-labour\",\"channel\":\"hotline\",\"subject\":\"社保\","
         "\"content\":\"社保\",\"external\":\"GD-1\",\"parties\":[" WORLD_APPLICANT "]}",
         "hand-over-0005");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "source", "请写明来源系统");
    call(w, S("1.made-up"), "GET", "/orders", NULL, NULL);
    WORLD_STATUS(w, 401);
    /* What its post may not do it may not do. */
    call(w, token, "GET", "/audit", NULL, NULL);
    WORLD_STATUS(w, 403);
    call(w, token, "POST", world_f(w, "/orders/%lld/unmask", ID(id)),
         "{\"party\":\"1\",\"reason\":\"x\"}", "hand-over-0006");
    WORLD_STATUS(w, 403);

    world_as(w, "gateway");
    for (int i = 0; i < 2; i++) { /* the second time there is nothing left to do */
        world_post_json(w, world_f(w, "/account/tokens/%lld/revoke", ID(token_id)), "{}");
        assert_true(w->status == 200 || w->status == 201);
    }
    call(w, token, "GET", "/orders", NULL, NULL);
    WORLD_STATUS(w, 401);
    world_verify(w);
}

static void taken_in_front_handled_behind_told_back(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","
           "\"content\":\"申请办学。\",\"materials\":[{\"code\":\"identity\",\"state\":\"in\"},"
           "{\"code\":\"application\",\"state\":\"in\"},{\"code\":\"special\",\"state\":\"in\"}],"
           "\"fields\":{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"},"
           "\"then\":\"accept\",\"parties\":[" WORLD_APPLICANT "]}");
    story_step(w, made.id, "handling");
    world_as(w, "luoqiong");
    world_get_json(w, "/orders?view=desk");
    WORLD_SAYS(w, str_terminated(&w->home, made.no));
    story_act(w, made.id, "take", NULL);
    story_act(w, made.id, "decide",
              "{\"decision\":\"granted\",\"outcome\":\"done\",\"result\":\"准予设立\"}");
    world_as(w, "zhoumin");
    story_act(w, made.id, "deliver", "{\"how\":\"window\"}");
    story_act(w, made.id, "tell", "{\"told_how\":\"in-person\",\"told_what\":\"准予设立\"}");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "准予设立");
    world_verify(w);
}

static void an_emergency_reaches_the_head(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_try(w, made.id, "emergency", NULL, 422);
    story_act(w, made.id, "emergency",
              "{\"what\":\"来访人说要跳楼\",\"first_actions\":\"已请到接待室，联系家属\"}");
    struct order order = world_order(w, made.id);
    assert_true(order.emergency);
    world_as(w, "zhaoming");
    const struct json *duty = story_duty(w, made.id, "answer-emergency");
    assert_true(json_get_bool(duty, "open"));
    assert_true(str_starts(json_get_str(duty, "legal_at"), S("2026-11-02T11:00")));
    world_get_json(w, "/orders?view=subtree&emergency=true");
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get(w->json, "rows")->count, 1);
    world_as(w, "zhoumin");
    story_try(w, made.id, "calm", "{\"handled\":\"劝回\"}", 403);
    world_as(w, "zhaoming");
    story_try(w, made.id, "calm", NULL, 422);
    story_act(w, made.id, "calm", "{\"handled\":\"家属接回，明日回访\"}");
    assert_false(world_order(w, made.id).emergency);
    story_not_due(w, made.id, "answer-emergency");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(another_platform_hands_over_once),
                       cmocka_unit_test(taken_in_front_handled_behind_told_back),
                       cmocka_unit_test(an_emergency_reaches_the_head));
}
