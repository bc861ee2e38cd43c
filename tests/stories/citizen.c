/*
 * The citizen, with number and code and no account (K5, K8, K9, K14, K15, K22): applies, tracks,
 * sees why a date is that date, changes the phone, gets papers; wrong codes are all alike and slow
 * down; one timeline over everything that hangs together.
 */
#include "story.h"

#include "http/site.h"

#include <string.h>

#define NB "\xc2\xa0" /* a number does not part from its unit at the end of a line */
#define APPLY                                                                                              \
    "{\"content\":\"老板拖欠三个月工资。\",\"fields\":{\"kind\":\"labour\",\"source\":\"self\"," \
    "\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]}"

static struct registered applied(struct world *w)
{
    world_as_nobody(w);
    world_post_json(w, "/guide/legal-aid-wage/apply", APPLY);
    WORLD_STATUS(w, 201);
    struct registered made = {json_get_id(w->json, "order"),
                              world_keep(w, json_get_str(w->json, "no")),
                              world_keep(w, json_get_str(w->json, "code"))};
    assert_true(made.id && made.no.len && made.code.len >= 16);
    return made;
}

static void track(struct world *w, const char *no, const char *code)
{
    world_as_nobody(w);
    world_post(w, "/track",
               world_f(w, "no=%s&code=%s", world_escape(w, no), world_escape(w, code)));
}

static void applies_and_tracks(void **state)
{
    struct world *w = *state;
    struct registered made = applied(w);
    const char *no = str_terminated(&w->home, made.no), *code = str_terminated(&w->home, made.code);

    assert_str(world_order(w, made.id).channel, "web");
    track(w, no, code);
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/track/order");
    world_get(w, "/track/order");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "10" NB "月" NB "21" NB "日");
    WORLD_SAYS(w, "告诉您是否给予法律援助");
    world_get(w, "/track/why");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "法律援助法 第四十三条");
    WORLD_SAYS(w, "10-21");

    /* As people type it: small letters, blanks, a long dash. */
    char small[64], spaced[64];
    size_t n = 0;
    for (size_t i = 0; i < made.no.len && i < sizeof small - 1; i++)
        small[i] = (char)(made.no.at[i] >= 'A' && made.no.at[i] <= 'Z' ? made.no.at[i] + 32
                                                                       : made.no.at[i]);
    small[made.no.len] = '\0';
    for (size_t i = 0; code[i] && n < sizeof spaced - 2; i++) {
        char c = code[i];
        spaced[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (i % 4 == 3)
            spaced[n++] = ' ';
    }
    spaced[n] = '\0';
    track(w, small, spaced);
    WORLD_STATUS(w, 303);
    world_get(w, "/track/order");
    w->csrf = world_keep(w, world_hidden(w, "_csrf"));
    world_post(w, "/track/leave", "");
    WORLD_STATUS(w, 303);
    world_get(w, "/track/order");
    WORLD_STATUS(w, 303); /* to the door */
    world_verify(w);
}

/* The answer was lost on the way: the application is in, and without its code nobody could follow
 * it.  The same again - the same key, the same words - hears it again; nothing else does (K5). */
static void a_lost_answer_is_told_again(void **state)
{
    struct world *w = *state;
    const char *path = "/guide/legal-aid-wage/apply", *key = "lost-answer-0001";

    world_as_nobody(w);
    world_post_json_key(w, path, APPLY, key);
    WORLD_STATUS(w, 201);
    int64_t id = json_get_id(w->json, "order");
    struct str no = world_keep(w, json_get_str(w->json, "no")),
               code = world_keep(w, json_get_str(w->json, "code"));
    for (int i = 0; i < 2; i++) {
        world_post_json_key(w, path, APPLY, key);
        WORLD_STATUS(w, 201);
        assert_true(json_get_id(w->json, "order") == id);
        assert_true(str_eq(json_get_str(w->json, "no"), no));
        assert_true(str_eq(json_get_str(w->json, "code"), code));
    }
    track(w, str_terminated(&w->home, no), str_terminated(&w->home, code));
    WORLD_STATUS(w, 303);

    /* Other words with that key, and these words with another. */
    world_as_nobody(w);
    struct str other = world_keep(w, S(APPLY));
    char *words = str_terminated(&w->home, other);
    words[str_find(other, S("13900001234")) + 10] = '5';
    world_post_json_key(w, path, words, key);
    WORLD_STATUS(w, 409);
    assert_false(world_says(w, str_terminated(&w->home, code)));
    world_post_json_key(w, path, APPLY, "lost-answer-0002");
    WORLD_STATUS(w, 201);
    assert_false(str_eq(json_get_str(w->json, "code"), code));
    /* Of the staff nobody: their key is another, and they have the receipt. */
    world_as(w, "zhoumin");
    world_post_json_key(w, "/orders", STORY_AID, key);
    WORLD_STATUS(w, 201);
    assert_false(str_eq(json_get_str(w->json, "code"), code));
    world_post_json_key(w, "/orders", STORY_AID, key);
    assert_int_equal(json_get_str(w->json, "code").len, 0);

    /* For a day. */
    world_as_nobody(w);
    world_pass(w, "25 hours");
    world_post_json_key(w, path, APPLY, key);
    WORLD_STATUS(w, 201);
    assert_true(json_get_id(w->json, "order") == id);
    assert_int_equal(json_get_str(w->json, "code").len, 0);
    world_verify(w);
}

static void a_wrong_code_is_like_a_wrong_number(void **state)
{
    struct world *w = *state;
    struct registered made = applied(w), other = applied(w);
    const char *no = str_terminated(&w->home, made.no),
               *code = str_terminated(&w->home, other.code);
    static const char words[] = "工单号和查询码对不上";

    track(w, no, code); /* somebody else's */
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, words);
    WORLD_SAYS(w, no); /* typed, and stays */
    track(w, "LJ01-20261014-99999", code);
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, words);
    track(w, no, "");
    WORLD_STATUS(w, 422);
    world_get(w, "/track/order");
    assert_int_equal(w->status, 303); /* nobody's session: to the door */
}

static void guessing_is_slowed_down(void **state)
{
    struct world *w = *state;
    struct registered made = applied(w);
    struct site *site = w->site;
    int64_t before = w->app.conf.secret_per_minute;
    const char *no = str_terminated(&w->home, made.no);
    char *why = NULL;
    int refused = 0;

    w->app.conf.secret_per_minute = 5;
    w->site = app_site(&w->app, &why);
    if (!w->site)
        fail_msg("%s", why);
    for (int i = 0; i < 60; i++) {
        track(w, no, "AAAABBBBCCCCDDDD");
        refused += w->status == 429;
    }
    assert_true(refused > 10);
    assert_int_equal(w->status, 429);
    assert_true(str_find(w->head, S("Retry-After:")) != SIZE_MAX);
    /* Also the right one waits now: what is limited is the address. */
    track(w, no, str_terminated(&w->home, made.code));
    WORLD_STATUS(w, 429);
    site_free(w->site);
    w->site = site;
    w->app.conf.secret_per_minute = before;
    track(w, no, str_terminated(&w->home, made.code));
    WORLD_STATUS(w, 303);
}

static void one_line_over_everything_that_hangs_together(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    story_act(w, made.id, "answer", "{\"result\":\"您可以申请法律援助。\"}");
    story_act(w, made.id, "open-aid", NULL);
    int64_t aid = story_made(w);
    assert_true(aid != 0);
    struct order order = world_order(w, aid);
    assert_str(order.matter, "legal-aid-civil");
    assert_true(order.chain == world_order(w, made.id).chain);
    story_act_as(w, "chenliqun", NULL, aid, "begin", NULL);
    story_act(w, aid, "correct-materials", NULL);

    /* With the number and code of the first. */
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "已答复您");
    WORLD_SAYS(w, "请您补充材料");
    /* What the staff said among themselves is not on it. */
    world_as(w, "chenliqun");
    story_act(w, aid, "note", "{\"text\":\"内部讨论：证据不足\",\"internal\":true}");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    assert_false(world_says(w, "证据不足"));
    world_verify(w);
}

static void the_phone_is_changed_by_its_owner(void **state)
{
    struct world *w = *state;
    struct registered made = applied(w);

    world_as_citizen(w, made.no, made.code);
    world_post_json(w, "/track/act/change-phone", "{\"phone\":\"123\"}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "phone", "要 11 位");
    world_post(w, "/track/act/change-phone", "phone=123");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "要 11 位");
    WORLD_SAYS(w, "value=\"123\"");
    story_citizen_act(w, "change-phone", "{\"phone\":\"13900009999\"}");
    world_as(w, "zhoumin");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "139****9999");
    /* What is for staff is not for citizens, whatever is sent. */
    world_as_citizen(w, made.no, made.code);
    static const char *const theirs[] = {"void", "begin", "assign", "note", "check-in", "correct"};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        world_post_json(w, world_f(w, "/track/act/%s", theirs[i]), "{\"reason\":\"x\"}");
        assert_true(w->status == 403 || w->status == 409);
    }
    world_verify(w);
}

static void what_can_be_asked_for_is_open_to_all(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_get(w, "/guide/legal-aid-wage");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "劳动关系证明");
    WORLD_SAYS(w, "7" NB "日内决定");
    WORLD_SAYS(w, "免费");
    world_get(w, world_f(w, "/guide?q=%s", world_escape(w, "老板跑了工钱没给")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "/guide/legal-aid-wage");
}

/* No date is running: the page says so instead of not being there. */
static void why_there_is_no_date(void **state)
{
    struct world *w = *state;
    struct actor lawyer = world_actor(w, "wuhaitao", NULL);
    struct act_done made = world_create(w, &lawyer, WORLD_CONSULTATION);
    struct str no = world_keep(w, made.no), code = world_keep(w, made.code);

    world_act(w, &lawyer, made.order, "answer",
              "{\"result\":\"可以先协商，再去劳动监察大队投诉。\"}");
    world_as_citizen(w, no, code);
    world_get(w, "/track/why");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "现在没有要等的日子");
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(applies_and_tracks),
                       cmocka_unit_test(a_lost_answer_is_told_again),
                       cmocka_unit_test(a_wrong_code_is_like_a_wrong_number),
                       cmocka_unit_test(guessing_is_slowed_down),
                       cmocka_unit_test(one_line_over_everything_that_hangs_together),
                       cmocka_unit_test(the_phone_is_changed_by_its_owner),
                       cmocka_unit_test(what_can_be_asked_for_is_open_to_all),
                       cmocka_unit_test(why_there_is_no_date));
}
