/*
 * When the answer to a commit was lost, nobody knows whether it was done, and the page says so.
 * Whoever presses again finds the wished state there: that is told as done, and stands on record
 * once.
 */
#include "story.h"

#include <string.h>

#include "http/router.h"
#include "modules/module.h"
#include "world_rows.h"

struct again {
    const char *who, *route;
    const char *path, *json;
    bool anew;           /* a password is shown once: asking again gives another one, on record */
    const char *refused; /* asking again takes nothing from what was done: these words say so */
};

static int64_t on_record(struct world *w)
{
    return world_number(w, "SELECT COUNT(*) FROM audit");
}

static void said_twice(struct world *w, const struct again *act)
{
    world_as(w, act->who);
    int64_t before = on_record(w);
    world_post_json(w, act->path, act->json);
    if (w->status >= 400)
        fail_msg("%s: %d %.*s", act->route, w->status, STR_ARG(w->body));
    int status = w->status;
    int64_t once = on_record(w), id = json_get_id(w->json, "id");
    if (once == before)
        fail_msg("%s stands on no record", act->route);
    world_post_json(w, act->path, act->json);
    if (act->refused) {
        WORLD_STATUS(w, 409);
        WORLD_SAYS(w, act->refused);
        assert_int_equal(on_record(w), once);
        return;
    }
    if (w->status != status)
        fail_msg("%s again: %d %.*s", act->route, w->status, STR_ARG(w->body));
    assert_int_equal(json_get_id(w->json, "id"), id);
    if (!act->anew && on_record(w) != once)
        fail_msg("%s stands on record twice", act->route);
}

static int64_t new_token(struct world *w, const char *login)
{
    world_as(w, login);
    world_post_json(w, "/account/tokens",
                    world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}",
                            (long long)world_actor(w, login, NULL).grant));
    return world_number(w, "SELECT MAX(id) FROM token");
}

/* A device, and wrong passwords: something to take away. */
static void give_device_and_tries(struct world *w, int64_t staff)
{
    world_sql(w, world_f(w, "UPDATE staff SET totp = %s WHERE id = %lld", world_bytes(w, S("x")),
                         (long long)staff));
    world_sql(w, world_f(w,
                         "INSERT INTO sign_in_try (tenant, kind, subject, failures, last_at, "
                         "locked_until) VALUES (%lld, 'account', 'zhoumin', 3, %lld, 0)",
                         (long long)w->tenant, (long long)w->now));
}

#define PERSON(deed) world_f(w, "/admin/staff/%lld/" deed, (long long)zhou)
#define OWN_DAYS                                                                                   \
    "{\\\"years\\\":{\\\"2026\\\":{\\\"papers\\\":[],\\\"days\\\":"                                \
    "{\\\"2026-11-12\\\":\\\"off\\\"}}}}"

static const struct again *acts(struct world *w, size_t *ret_count)
{
    int64_t zhou = world_staff(w, "zhoumin"), token = new_token(w, "zhoumin"),
            unit = world_unit(w, "LJ01");
    const char *grants = PERSON("grants");
    const struct again list[] = {
        {"shilei", "/admin/units", "/admin/units",
         world_f(w,
                 "{\"parent\":\"%lld\",\"kind\":\"town\",\"code\":\"LJ77\",\"name\":\"新街所\","
                 "\"open\":true}",
                 (long long)unit)},
        {"shilei", "/admin/windows", "/admin/windows",
         world_f(w, "{\"unit\":\"%lld\",\"name\":\"九号窗\",\"kind\":\"consultation\"}",
                 (long long)unit)},
        {"shilei", "/admin/staff", "/admin/staff", "{\"login\":\"xinren\",\"name\":\"辛仁\"}",
         .refused = "没有看到初始密码"},
        {"shilei", "/admin/staff/{id}/password",
         world_f(w, "/admin/staff/%lld/password", (long long)world_staff(w, "linxia")), "{}",
         .anew = true},
        {"shilei", "/admin/calendar", "/admin/calendar",
         "{\"kind\":\"own\",\"text\":\"" OWN_DAYS "\",\"note\":\"地方节日\"}"},
        {"anran", "/admin/security", "/admin/security",
         "{\"second_factor\":\"choice\",\"first_days\":9}"},
        {"anran", "/admin/tokens/{id}/end", world_f(w, "/admin/tokens/%lld/end", (long long)token),
         "{}"},
        {"anran", "/admin/staff/{id}/grants", grants,
         world_f(w, "{\"post\":\"handler\",\"unit\":\"%lld\"}", (long long)unit)},
        {"anran", "/admin/staff/{id}/sign-out", PERSON("sign-out"), "{}"},
        {"anran", "/admin/staff/{id}/factor", PERSON("factor"), "{\"why\":\"当面核对身份证\"}"},
        {"anran", "/admin/staff/{id}/unlock", PERSON("unlock"), "{}"},
        {"anran", "/admin/staff/{id}/suspend", PERSON("suspend"), "{\"why\":\"核查\"}"},
        {"anran", "/admin/staff/{id}/resume", PERSON("resume"), "{}"},
        {"anran", "/admin/staff/{id}/grants/{grant}/end",
         world_f(w, "%s/%lld/end", grants, (long long)world_actor(w, "zhoumin", NULL).grant), "{}"},
        {"shilei", "/admin/units/{id}",
         world_f(w, "/admin/units/%lld", (long long)world_unit(w, "LJ02")),
         "{\"name\":\"换了名的所\",\"open\":true}"},
    };
    struct again *copy = NEW(&w->home, struct again, sizeof list / sizeof *list);

    memcpy(copy, list, sizeof list);
    *ret_count = sizeof list / sizeof *list;
    return copy;
}

static void what_an_administrator_does_is_done_once_and_told_twice(void **state)
{
    struct world *w = *state;
    size_t count;
    const struct again *list = acts(w, &count);

    give_device_and_tries(w, world_staff(w, "zhoumin"));
    for (size_t i = 0; i < count; i++)
        said_twice(w, &list[i]);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM unit WHERE code = 'LJ77'"), 1);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM staff WHERE login = 'xinren'"), 1);
    world_verify(w);
}

/* Whoever adds a way to administer says here how it is told again; papers have no record of it. */
static void every_act_of_administrators_is_tried_here(void **state)
{
    struct world *w = *state;
    size_t count;
    const struct again *list = acts(w, &count);

    for (const struct route *const *table = app_routes(); *table; table++)
        for (const struct route *route = *table; route->path; route++) {
            bool tried = !strcmp(route->path, "/admin/machine/papers");

            for (size_t i = 0; i < count; i++)
                tried = tried || !strcmp(route->path, list[i].route);
            if (route->method == POST && !strncmp(route->path, "/admin/", 7) && !tried)
                fail_msg("POST %s is not tried", route->path);
        }
}

/* Somebody else who takes the same login or the same unit by chance is told so. */
static void what_somebody_else_has_is_no_repetition(void **state)
{
    struct world *w = *state;

    world_as(w, "shilei");
    world_post_json(w, "/admin/staff", "{\"login\":\"xinren\",\"name\":\"另一人\"}");
    WORLD_STATUS(w, 409);
    world_post_json(w, "/admin/staff", "{\"login\":\"zhoumin\",\"name\":\"周敏\"}");
    WORLD_STATUS(w, 409);
    world_post_json(w, "/admin/units",
                    world_f(w,
                            "{\"parent\":\"%lld\",\"kind\":\"town\",\"code\":\"LJ77\","
                            "\"name\":\"别的所\",\"open\":true}",
                            (long long)world_unit(w, "LJ01")));
    WORLD_STATUS(w, 409);
    /* Not the same because it reads alike in one line. */
    world_post_json(w, "/admin/units",
                    world_f(w,
                            "{\"parent\":\"%lld\",\"kind\":\"town\",\"code\":\"LJ78\","
                            "\"name\":\"北街所\",\"short_name\":\"北街，简称 北\",\"open\":true}",
                            (long long)world_unit(w, "LJ01")));
    assert_true(w->status < 300);
    world_post_json(w, "/admin/units",
                    world_f(w,
                            "{\"parent\":\"%lld\",\"kind\":\"town\",\"code\":\"LJ78\","
                            "\"name\":\"北街所，简称 北街\",\"short_name\":\"北\",\"open\":true}",
                            (long long)world_unit(w, "LJ01")));
    WORLD_STATUS(w, 409);
    world_pass(w, "20 minutes");
    world_as(w, "shilei");
    world_post_json(w, "/admin/staff", "{\"login\":\"xinren\",\"name\":\"辛仁\"}");
    WORLD_STATUS(w, 409);
}

/* A second administrator enters the same person while the first hands over the slip: it holds. */
static void the_slip_that_was_handed_over_holds(void **state)
{
    struct world *w = *state;
    const char *person = "{\"login\":\"zaici\",\"name\":\"再辞\"}";

    world_as(w, "shilei");
    world_post_json(w, "/admin/staff", person);
    int64_t id = json_get_id(w->json, "id");
    struct str slip = world_keep(w, json_get_str(w->json, "password"));
    world_pass(w, "2 minutes");
    world_as(w, "shilei");
    world_post_json(w, "/admin/staff", person);
    WORLD_STATUS(w, 409);
    WORLD_SAYS(w, "3 分钟内刚建好");
    world_as(w, "anran");
    world_post_json(
        w, world_f(w, "/admin/staff/%lld/grants", (long long)id),
        world_f(w, "{\"post\":\"clerk\",\"unit\":\"%lld\"}", (long long)world_unit(w, "LJ01")));
    assert_true(w->status < 300);
    world_as_nobody(w);
    world_get(w, "/sign-in");
    world_post(w, "/sign-in", world_f(w, "login=zaici&password=%.*s", STR_ARG(slip)));
    WORLD_STATUS(w, 303);
}

/* Whoever asks for a reset doubts in whose hands the account is: without a device, too, whoever is
 * in goes out, and the answer says what was found. */
static void a_reset_without_a_device_ends_what_is_open(void **state)
{
    struct world *w = *state;
    int64_t zhaoming = world_staff(w, "zhaoming");
    const char *reset = world_f(w, "/admin/staff/%lld/factor", (long long)zhaoming);
    const char *why = "{\"why\":\"账号可能被盗\"}";

    (void)new_token(w, "zhaoming");
    struct str session = w->session, csrf = w->csrf;
    world_post_json(w, "/account/totp", "{}"); /* begun by whoever is in */
    WORLD_STATUS(w, 200);
    world_as(w, "anran");
    int64_t before = on_record(w);
    world_post_json(w, reset, why);
    assert_true(w->status < 300);
    WORLD_SAYS(w, "此人没有两步验证可以重设");
    WORLD_SAYS(w, "撤销接口令牌 1 个");
    assert_true(on_record(w) > before);
    before = on_record(w);
    world_post_json(w, reset, why);
    assert_true(w->status < 300);
    WORLD_SAYS(w, "什么都没有改");
    assert_int_equal(on_record(w), before);
    world_post(w, reset, "why=x");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "什么都没有改");
    assert_int_equal(
        world_number(w,
                     world_f(w, "SELECT COUNT(*) FROM token WHERE staff = %lld AND revoked_at = 0",
                             (long long)zhaoming)),
        0);
    assert_int_equal(
        world_number(
            w, world_f(w, "SELECT COUNT(*) FROM staff WHERE id = %lld AND totp_next IS NOT NULL",
                       (long long)zhaoming)),
        0);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=second-factor");
    WORLD_SAYS(w, "没有设备");
    w->session = session;
    w->csrf = csrf;
    world_get(w, "/orders");
    WORLD_STATUS(w, 303);
}

static void words_and_questions_are_kept_once(void **state)
{
    struct world *w = *state;
    const struct again list[] = {
        {"wenjing", "/knowledge/words", "/knowledge/words",
         "{\"do\":\"try\",\"text\":\"开除 = 解除劳动合同\"}"},
        {"wenjing", "/knowledge/words", "/knowledge/words",
         "{\"do\":\"publish\",\"text\":\"开除 = 解除劳动合同\",\"version\":1,\"worse\":true}"},
        {"wenjing", "/knowledge/kept", "/knowledge/kept",
         "{\"do\":\"add\",\"question\":\"被开除了怎么办\"}"},
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        said_twice(w, &list[i]);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM knowledge_kept"), 1);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(what_an_administrator_does_is_done_once_and_told_twice),
                       cmocka_unit_test(every_act_of_administrators_is_tried_here),
                       cmocka_unit_test(what_somebody_else_has_is_no_repetition),
                       cmocka_unit_test(the_slip_that_was_handed_over_holds),
                       cmocka_unit_test(a_reset_without_a_device_ends_what_is_open),
                       cmocka_unit_test(words_and_questions_are_kept_once));
}
