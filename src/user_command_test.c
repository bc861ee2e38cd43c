#include "user_command.h"

#include <string.h>

#include "modules/access/access.h"
#include "modules/access/staff.h"
#include "modules/audit/audit.h"
#include "modules/module.h"
#include "modules/org/testing.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(city,
               (const struct migration *const[]){org_module.migrations, audit_module.migrations,
                                                 access_module.migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

/* Run with words separated by '|'; what it printed goes to `printed`. */
static enum err user(struct city *city, const char *line, const char *typed, char printed[4096])
{
    char *argv[16] = {str_terminated(&city->t, S("user"))};
    char *rest = str_terminated(&city->t, str_of(line));
    FILE *in = fmemopen(str_terminated(&city->t, str_of(typed)), strlen(typed) + 1, "r");
    FILE *out = fmemopen(printed, 4096, "w");
    int argc = 1;

    for (char *word; argc < 16 && (word = strsep(&rest, "|"));)
        argv[argc++] = word;
    memset(printed, 0, 4096);
    enum err e = user_command_to(&city->t, argc, argv, in, out);
    fclose(in);
    fclose(out);
    return e;
}

static enum err sign_in(struct city *city, const char *login, const char *password,
                        struct signed_in *ret_in)
{
    int64_t wait;

    return access_sign_in(&city->t, str_of(login), str_of(password), S("local"), S(""), ret_in,
                          &wait);
}

static void an_account_can_be_made_used_and_taken_away(void **state)
{
    struct city *city = *state;
    struct signed_in in;
    char printed[4096], first[64];

    CITY_OK(city, user(city, "add|li.wei|李伟|--post|clerk|--unit|LJ02", "", printed));
    assert_int_equal(sscanf(printed, "已建账号 li.wei\n初始密码：%19s", first), 1);
    CITY_OK(city, sign_in(city, "li.wei", first, &in));
    assert_true(in.must_change);
    assert_string_equal(in.post->code, "clerk");

    CITY_OK(city, user(city, "passwd|li.wei|--password-stdin", "一句自己记得的话 7\n", printed));
    assert_string_equal(printed, "");
    CITY_OK(city, sign_in(city, "li.wei", "一句自己记得的话 7", &in));
    assert_false(in.must_change);

    CITY_OK(city, user(city, "grant|li.wei|head|LJ01|--to|2026-12-31", "", printed));
    CITY_OK(city, user(city, "revoke|li.wei|clerk|LJ02", "", printed));
    CITY_OK(city, sign_in(city, "li.wei", "一句自己记得的话 7", &in));
    assert_string_equal(in.post->code, "head");
    CITY_OK(city, user(city, "list", "", printed));
    assert_non_null(strstr(printed, "李伟"));
    assert_non_null(strstr(printed, "head（主任岗） @ LJ01"));
    assert_null(strstr(printed, "clerk"));

    CITY_OK(city, user(city, "suspend|li.wei|离职", "", printed));
    CITY_FAILS(city, sign_in(city, "li.wei", "一句自己记得的话 7", &in), ERR_UNAUTHENTICATED);
    CITY_OK(city, user(city, "resume|li.wei", "", printed));
    CITY_OK(city, sign_in(city, "li.wei", "一句自己记得的话 7", &in));
}

static void a_token_is_printed_and_works(void **state)
{
    struct city *city = *state;
    const struct actor *actor;
    char printed[4096];

    CITY_OK(city, user(city, "add|hotline|热线平台|--post|gateway|--unit|LJ01", "", printed));
    CITY_OK(city, user(city, "token|hotline|12348|gateway|LJ01|--days|30", "", printed));
    CITY_OK(city, access_actor_of_token(&city->t, str_trim(str_of(printed)), &actor));
    assert_non_null(actor);
    assert_string_equal(actor->post->code, "gateway");
}

static void wrong_usage_and_wrong_input_are_told(void **state)
{
    static const struct {
        const char *line, *typed;
        enum err expected;
    } rows[] = {
        {"dance", "", ERR_BAD_INPUT},
        {"add|only-login", "", ERR_BAD_INPUT},
        {"add|a.b|某人|--post|clerk", "", ERR_BAD_INPUT},
        {"add|a.b|某人|--post|clerk|--unit|NOWHERE", "", ERR_NOT_FOUND},
        {"add|a.b|某人|--post|king|--unit|LJ01", "", ERR_BAD_INPUT},
        {"add|a.b|某人|--password-stdin", "password12345\n", ERR_BAD_INPUT},
        {"add|a.b|某人|--password-stdin", "", ERR_BAD_INPUT},
        {"passwd|nobody", "", ERR_NOT_FOUND},
        {"list|--what", "", ERR_BAD_INPUT},
        {"totp|nobody|on", "", ERR_BAD_INPUT},
    };
    struct city *city = *state;
    char printed[4096];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CITY_FAILS(city, user(city, rows[i].line, rows[i].typed, printed), rows[i].expected);
    /* What failed left nothing: the login is still free. */
    CITY_OK(city, user(city, "add|a.b|某人", "", printed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(an_account_can_be_made_used_and_taken_away),
        T(a_token_is_printed_and_works),
        T(wrong_usage_and_wrong_input_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
