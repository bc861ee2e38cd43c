/*
 * Accounts in doubt: a password that somebody else gave opens nothing but the way to one's own; a
 * token ends with the trust in its owner, and the security administrator sees all of them; none of
 * three administrators shuts another out (8.1.4.1, 8.1.4.2, 8.1.5 of GB/T 22239-2019; K11, K17).
 */
#include "story.h"

#include <string.h>

#include "modules/access/staff.h"
#include "world_rows.h"

static void comes_in(struct world *w, struct str token, int status)
{
    world_as_nobody(w);
    world_send(w, "GET", "/api/v1/orders",
               world_f(w, "Authorization: Bearer %.*s\r\n", STR_ARG(token)), (struct str){0});
    WORLD_STATUS(w, status);
}

/* Of whoever is signed in. */
static struct str new_token(struct world *w, int64_t grant)
{
    world_post_json(w, "/account/tokens",
                    world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}", ID(grant)));
    return world_keep(w, json_get_str(w->json, "new_token"));
}

/* What the administrator was told to hand over. */
static const char *given_password(struct world *w, const char *path, const char *json)
{
    world_as(w, "shilei");
    world_post_json(w, path, json);
    assert_true(w->status == 200 || w->status == 201);
    return str_terminated(&w->home, world_keep(w, json_get_str(w->json, "password")));
}

static void sign_in_typed(struct world *w, const char *login, const char *password)
{
    world_as_nobody(w);
    world_get(w, "/sign-in");
    world_post(w, "/sign-in", world_f(w, "login=%s&password=%s", login, world_escape(w, password)));
}

/* A password that somebody else knows is a slip of paper: it opens the way to one's own, for some
 * days, and nothing else (K11, K17). */
static void a_first_password_opens_the_way_to_ones_own_and_nothing_else(void **state)
{
    static const char *const closed[] = {"/orders", "/account", "/orders/new", "/research"};
    struct world *w = *state;
    const char *first =
        given_password(w, "/admin/staff", "{\"login\":\"xin.ren\",\"name\":\"新人\"}");
    int64_t id = json_get_id(w->json, "id");
    const char *reset = world_f(w, "/admin/staff/%lld/password", ID(id));

    world_as(w, "anran");
    world_post_json(
        w, world_f(w, "/admin/staff/%lld/grants", ID(id)),
        world_f(w, "{\"post\":\"clerk\",\"unit\":\"%lld\"}", ID(world_unit(w, "LJ01"))));
    assert_true(w->status == 200 || w->status == 201);
    sign_in_typed(w, "xin.ren", first);
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/account/password");
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        world_get(w, closed[i]);
        WORLD_STATUS(w, 303);
        assert_str(w->location, "/account/password");
        world_get_json(w, closed[i]);
        WORLD_STATUS(w, 401);
    }
    struct actor actor = world_actor(w, "xin.ren", NULL);
    world_post_json(
        w, "/account/tokens",
        world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}", ID(actor.grant)));
    WORLD_STATUS(w, 401);
    world_post_json(w, "/account/totp", "{}");
    WORLD_STATUS(w, 401);
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    WORLD_STATUS(w, 401);

    /* Left lying for a week it is worth nothing, and who has it hears why; others hear nothing. */
    world_pass(w, "8 days");
    sign_in_typed(w, "xin.ren", first);
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "初始密码过期了");
    sign_in_typed(w, "xin.ren", "falsch-geraten");
    WORLD_STATUS(w, 401);
    assert_false(world_says(w, "过期"));
    world_as(w, "shilei");
    world_get(w, world_f(w, "/admin/staff/%lld", ID(id)));
    WORLD_SAYS(w, "已过期，须重设");
    world_as(w, "shenjian");
    world_get(w, "/audit?word=sign-in-failed");
    WORLD_SAYS(w, "初始密码已过期");
    world_get(w, "/audit?word=sign-in");
    WORLD_SAYS(w, "用初始密码");

    /* How long is the house's own choice. */
    world_as(w, "anran");
    world_post(w, "/admin/security", "second_factor=choice&first_days=31");
    WORLD_STATUS(w, 422);
    world_post(w, "/admin/security", "second_factor=choice&first_days=1");
    WORLD_STATUS(w, 303);
    const char *second = given_password(w, reset, "{}");
    world_pass(w, "25 hours");
    sign_in_typed(w, "xin.ren", second);
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "初始密码过期了");
    second = given_password(w, reset, "{}");
    world_pass(w, "23 hours");
    sign_in_typed(w, "xin.ren", second);
    WORLD_STATUS(w, 303);
    world_post(w, "/account/password", "new_password=ein-eigenes-Wort-9&again=ein-eigenes-Wort-9");
    WORLD_STATUS(w, 303);
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);
    /* One's own does not run out. */
    world_pass(w, "3 days");
    sign_in_typed(w, "xin.ren", "ein-eigenes-Wort-9");
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/orders");

    /* Where the house asks for a device, it comes after the password and before all else. */
    second = given_password(w, reset, "{}");
    world_sql(w, "UPDATE security_setting SET second_factor = 'everybody'");
    sign_in_typed(w, "xin.ren", second);
    world_post(w, "/account/password", "new_password=noch-ein-Wort-98&again=noch-ein-Wort-98");
    WORLD_STATUS(w, 303);
    world_get(w, "/orders");
    assert_str(w->location, "/sign-in/enrol?next=/orders");
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 401);
    world_sql(w, "UPDATE security_setting SET second_factor = 'choice', first_days = 7");
}

static int64_t tokens_listed(struct world *w, const char *query)
{
    world_as(w, "anran");
    world_get_json(w, world_f(w, "/admin/tokens%s", query));
    WORLD_STATUS(w, 200);
    return (int64_t)json_get(w->json, "tokens")->count;
}

static enum err take_device(struct task *t, void *arg)
{
    struct actor by = system_actor;

    by.tenant = t->tenant;
    return staff_totp_off(t, &by, *(const int64_t *)arg);
}

/* A token outlives no doubt about whose hands the account is in, and somebody beside its owner sees
 * that it is there (K11, K17). */
static void a_token_ends_with_the_trust_in_its_owner(void **state)
{
    struct world *w = *state;
    struct actor guo = world_actor(w, "guowei", NULL), zhou = world_actor(w, "zhoumin", NULL);
    const char *guos = world_f(w, "/admin/staff/%lld", ID(guo.staff));
    int64_t before = tokens_listed(w, ""), first_id = 0;

    world_as(w, "zhoumin");
    struct str first = new_token(w, zhou.grant);

    /* The list has what is in force, to the security administrator alone. */
    assert_int_equal(tokens_listed(w, ""), before + 1);
    JSON_EACH (row, json_get(w->json, "tokens")) {
        if (json_get_id(row, "staff") != zhou.staff || json_get_id(row, "id") < first_id)
            continue;
        first_id = json_get_id(row, "id");
        assert_str(json_get_str(row, "login"), "zhoumin");
        assert_str(json_get_str(row, "name"), "接口");
        assert_str(json_get_str(row, "post_title"), "窗口受理岗");
        assert_true(json_get_str(row, "made_at").len && json_get_str(row, "expires_at").len);
        assert_int_equal(json_get_str(row, "seen_at").len, 0);
    }
    assert_true(first_id != 0);
    comes_in(w, first, 200);
    world_as(w, "anran");
    world_get(w, world_f(w, "/admin/tokens?staff=%lld", ID(zhou.staff)));
    WORLD_SAYS(w, "周敏");
    WORLD_SAYS(w, world_f(w, "/admin/tokens/%lld/end", ID(first_id)));
    world_get(w, "/admin/security");
    WORLD_SAYS(w, "/admin/tokens");
    const char *end = world_f(w, "/admin/tokens/%lld/end", ID(first_id));
    world_as(w, "shilei");
    world_get(w, "/admin/tokens");
    WORLD_STATUS(w, 403);
    world_post_json(w, end, "{}");
    WORLD_STATUS(w, 403);
    comes_in(w, first, 200);

    /* Ended by her, once, on record with its name. */
    world_as(w, "anran");
    world_post(w, end, "");
    WORLD_STATUS(w, 303);
    world_post_json(w, end, "{}");
    assert_true(w->status < 300);
    world_post_json(w, "/admin/tokens/4711/end", "{}");
    WORLD_STATUS(w, 404);
    comes_in(w, first, 401);
    assert_int_equal(tokens_listed(w, ""), before);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=token");
    WORLD_SAYS(w, "撤销：接口");
    WORLD_SAYS(w, "安然");

    /* A password that an administrator gives ends them all; one's own new one ends none. */
    world_as(w, "guowei");
    struct str kept = new_token(w, guo.grant), other = new_token(w, guo.grant);
    assert_true(kept.len && other.len);
    world_as(w, "shilei");
    world_get(w, guos);
    WORLD_SAYS(w, "有效的接口令牌 2 个");
    const char *given = given_password(w, world_f(w, "%s/password", guos), "{}");
    comes_in(w, kept, 401);
    comes_in(w, other, 401);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=password");
    WORLD_SAYS(w, "撤销接口令牌 2 个");
    sign_in_typed(w, "guowei", given);
    world_post(w, "/account/password", "new_password=ein-eigenes-Wort-8&again=ein-eigenes-Wort-8");
    WORLD_STATUS(w, 303);
    kept = new_token(w, guo.grant);
    world_post(w, "/account/password",
               "current=ein-eigenes-Wort-8&new_password=und-noch-ein-Wort-7&again=und-noch-ein-"
               "Wort-7");
    WORLD_STATUS(w, 303);
    comes_in(w, kept, 200);

    /* The device, taken away by command on the host: whoever has it may have had the account. */
    w->home.now = w->now;
    w->home.tenant = w->tenant;
    assert_int_equal(store_write(&w->home, take_device, &guo.staff), OK);
    comes_in(w, kept, 401);
    sign_in_typed(w, "guowei", "und-noch-ein-Wort-7");
    kept = new_token(w, guo.grant);
    comes_in(w, kept, 200);

    /* Suspended: at once, and for good. */
    world_as(w, "shilei");
    world_post(w, world_f(w, "%s/suspend", guos), "why=%E6%A0%B8%E6%9F%A5");
    WORLD_STATUS(w, 303);
    comes_in(w, kept, 401);
    world_as(w, "shilei");
    world_post(w, world_f(w, "%s/resume", guos), "");
    WORLD_STATUS(w, 303);
    comes_in(w, kept, 401);
    assert_int_equal(tokens_listed(w, ""), before);

    /* Nobody fills the list. */
    world_as(w, "zhoumin");
    for (int i = 0; i < TOKENS_MOST; i++)
        assert_true(new_token(w, zhou.grant).len > 0);
    assert_int_equal(new_token(w, zhou.grant).len, 0);
    WORLD_STATUS(w, 409);
}

static int64_t grant_of(struct world *w, const char *login)
{
    return world_actor(w, login, NULL).grant;
}

static void refused_as_last(struct world *w, const char *by, const char *path, const char *fields)
{
    world_as(w, by);
    world_post(w, path, fields);
    WORLD_STATUS(w, 409);
    WORLD_SAYS(w, "三个管理岗一个都不能空");
}

static enum err suspend_by_command(struct task *t, void *arg)
{
    struct actor by = system_actor;

    by.tenant = t->tenant;
    return staff_suspend(t, &by, *(const int64_t *)arg, S("主机上停用"));
}

/* Whoever shuts the other two out is alone, and nobody watches (8.1.5; K11). */
static void no_power_shuts_another_out(void **state)
{
    struct world *w = *state;
    int64_t anran = world_staff(w, "anran"), shilei = world_staff(w, "shilei"),
            shenjian = world_staff(w, "shenjian");
    const char *end_audit =
        world_f(w, "/admin/staff/%lld/grants/%lld/end", ID(shenjian), ID(grant_of(w, "shenjian")));
    const char *why = "why=%E6%A0%B8%E6%9F%A5";

    refused_as_last(w, "shilei", world_f(w, "/admin/staff/%lld/suspend", ID(anran)), why);
    refused_as_last(w, "shilei", world_f(w, "/admin/staff/%lld/suspend", ID(shenjian)), why);
    refused_as_last(w, "anran", world_f(w, "/admin/staff/%lld/suspend", ID(shilei)), why);
    refused_as_last(w, "anran", end_audit, "");
    refused_as_last(
        w, "anran",
        world_f(w, "/admin/staff/%lld/grants/%lld/end", ID(anran), ID(grant_of(w, "anran"))), "");
    world_post_json(w, end_audit, "{}");
    WORLD_STATUS(w, 409);
    assert_int_equal(grant_of(w, "shenjian") != 0, 1);

    world_as(w, "shenjian");
    world_get(w, "/audit?word=power");
    WORLD_SAYS(w, "停用被拒绝：只有此人能用");
    WORLD_SAYS(w, "收回岗位被拒绝：只有此人能用");

    /* A post on an account that nobody uses is no second pair of eyes; nor one until tomorrow. */
    const char *given =
        given_password(w, "/admin/staff", "{\"login\":\"bei.yong\",\"name\":\"备用\"}");
    int64_t spare = json_get_id(w->json, "id");
    const char *grants = world_f(w, "/admin/staff/%lld/grants", ID(spare));
    const char *centre = world_f(w, "\"unit\":\"%lld\"", ID(world_unit(w, "LJ01")));
    world_as(w, "anran");
    world_post_json(w, grants, world_f(w, "{\"post\":\"auditor\",%s}", centre));
    assert_true(w->status < 300);
    refused_as_last(w, "anran", end_audit, "");
    world_get(w, "/admin/security");
    WORLD_SAYS(w, "备用");
    WORLD_SAYS(w, "要有替补");
    sign_in_typed(w, "bei.yong", given);
    world_post(w, "/account/password", "new_password=ein-eigenes-Wort-6&again=ein-eigenes-Wort-6");
    WORLD_STATUS(w, 303);
    /* Now there are two, and one may go; the other is the last again. */
    world_as(w, "anran");
    world_post(w, end_audit, "");
    WORLD_STATUS(w, 303);
    refused_as_last(w, "shilei", world_f(w, "/admin/staff/%lld/suspend", ID(spare)), why);
    world_as(w, "anran");
    world_post_json(w, world_f(w, "/admin/staff/%lld/grants", ID(shenjian)),
                    world_f(w, "{\"post\":\"auditor\",\"to_day\":\"%s\",%s}",
                            str_terminated(&w->home, day_text(&w->home, day_of(w->now) + 1)),
                            centre));
    assert_true(w->status < 300);
    refused_as_last(w, "shilei", world_f(w, "/admin/staff/%lld/suspend", ID(spare)), why);

    /* The auditor is told what was done to administrators, by whom. */
    world_as(w, "shenjian");
    world_get(w, "/audit");
    WORLD_SAYS(w, "对管理岗的人做了");
    world_get(w, "/audit?word=power");
    WORLD_SAYS(w, "岗位授权：收回审计岗");
    WORLD_SAYS(w, "沈鉴（shenjian）");
    WORLD_SAYS(w, "安然");
    assert_false(world_says(w, "guowei"));

    /* What the operator of the host does is not held up, and is told, too. */
    w->home.now = w->now;
    w->home.tenant = w->tenant;
    assert_int_equal(store_write(&w->home, suspend_by_command, &shilei), OK);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=power");
    WORLD_SAYS(w, "主机上停用");
    world_as(w, "anran");
    world_post(w, world_f(w, "/admin/staff/%lld/resume", ID(shilei)), "");
    WORLD_STATUS(w, 303);
}

int main(void)
{
    return WORLD_TESTS(
        cmocka_unit_test(a_token_ends_with_the_trust_in_its_owner),
        cmocka_unit_test(a_first_password_opens_the_way_to_ones_own_and_nothing_else),
        cmocka_unit_test(no_power_shuts_another_out));
}
