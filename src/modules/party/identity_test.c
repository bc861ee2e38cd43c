/* What is known of one person or firm: shown in part, checked, compared with who handles it. */
#include "modules/party/party.h"

#include <string.h>

#include "core/text.h"
#include "modules/access/staff.h"
#include "modules/module.h"
#include "modules/org/testing.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(city, (const struct migration *const[]){org_module.migrations,
                                                       party_module.migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

/* ---- masks ---- */

static void a_name_keeps_its_family_and_one_star(void **state)
{
    static const char *const rows[][2] = {
        {"王芳", "王*"},
        {"王建国", "王*"},
        {"欧阳修", "欧阳*"},
        {"欧阳娜娜", "欧阳*"},
        {"欧阳", "欧*"},
        {"司马相如", "司马*"},
        {"阿卜杜拉·买买提", "阿*"},
        {"John Smith", "J*"},
        {"", ""},
        {" 李 ", "李*"},
        {"𠮷田", "𠮷*"},
    };
    struct city *city = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_str(mask_name(&city->t, str_of(rows[i][0])), rows[i][1]);
}

static void a_firm_keeps_its_name(void **state)
{
    struct city *city = *state;
    struct identity firm = {.kind = S("firm"), .name = S("双塔物业有限公司")};
    struct identity person = {.kind = S("person"), .name = S("双某")};

    assert_str(identity_masked_name(&city->t, &firm), "双塔物业有限公司");
    assert_str(identity_masked_name(&city->t, &person), "双*");
}

static void numbers_and_addresses_keep_what_tells_them_apart(void **state)
{
    struct task *t = &((struct city *)*state)->t;

    assert_str(mask_id_number(t, S("990101199003074021")), "990101********4021");
    assert_str(mask_id_number(t, S("E12345678")), "E*****678");
    assert_str(mask_id_number(t, S("E12")), "***");
    assert_str(mask_phone(t, S("13912342675")), "139****2675");
    assert_str(mask_phone(t, S("0571-88123456")), "0571-****3456");
    assert_str(mask_phone(t, S("")), "");
    assert_str(mask_address(t, S("双塔街道枣园社区 3 幢 501 室")), "双塔街道枣园社区 ***");
    assert_str(mask_address(t, S("岚江市东区解放路 18 号西区 2 幢")), "岚江市东区 ***");
    assert_str(mask_address(t, S("解放路 18 号")), "***");
    assert_str(mask_address(t, S("")), "");
}

/* ---- the form ---- */

static struct json *parse(struct task *t, const char *text)
{
    struct json *json;

    assert_int_equal(json_parse(t, str_of(text), &json), OK);
    return json;
}

static enum err check(struct task *t, const char *text, struct json **ret_clean)
{
    enum err e = form_check(t, &party_form, parse(t, text), S("parties[1]."), ret_clean);

    party_check(t, S("parties[1]."), *ret_clean);
    return e ? e : task_input_verdict(t);
}

static void the_number_is_checked_by_its_kind_of_paper(void **state)
{
    static const struct {
        const char *input, *field; /* NULL: right */
    } rows[] = {
        {"{\"name\":\"王芳\",\"paper_number\":\"11010519491231002X\"}", NULL},
        {"{\"name\":\"王芳\",\"paper_number\":\"110105194912310021\"}", "paper_number"},
        {"{\"name\":\"王芳\",\"paper\":\"passport\",\"paper_number\":\"e 1234-5678\"}", NULL},
        {"{\"name\":\"王芳\",\"paper\":\"passport\",\"paper_number\":\"12\"}", "paper_number"},
        {"{\"name\":\"王芳\",\"paper\":\"passport\",\"paper_number\":\"护照一二三\"}",
         "paper_number"},
        {"{\"name\":\"王芳\",\"paper\":\"id-card\"}", "paper_number"},
        {"{\"name\":\"王芳\",\"paper\":\"none\"}", NULL},
        {"{\"name\":\"王芳\",\"paper\":\"none\",\"paper_number\":\"11010519491231002X\"}", "paper"},
        {"{\"kind\":\"firm\",\"name\":\"某公司\",\"paper_number\":\"91350100M000100Y43\"}", NULL},
        {"{\"kind\":\"firm\",\"name\":\"某公司\",\"paper_number\":\"91350100M000100Y44\"}",
         "paper_number"},
        {"{\"kind\":\"person\",\"name\":\"王芳\",\"paper\":\"credit-code\",\"paper_number\":\"91350100M000100Y43\"}",
         "paper"},
        {"{\"phone\":\"13912342675\"}", "name"},
        {"{}", NULL},
    };
    struct task *t = &((struct city *)*state)->t;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *clean;
        enum err e = check(t, rows[i].input, &clean);

        if (!rows[i].field) {
            if (e)
                fail_msg("%s: %.*s", rows[i].input, STR_ARG(t->field_errors->message));
        } else {
            struct str path = str_format(t, "parties[1].%s", rows[i].field);

            if (!error_at(t, str_terminated(t, path)))
                fail_msg("%s: no error at %s", rows[i].input, rows[i].field);
        }
        task_clear_error(t);
    }
}

static void the_id_number_tells_birth_and_sex(void **state)
{
    struct task *t = &((struct city *)*state)->t;
    struct json *clean;

    assert_int_equal(
        check(t,
              "{\"name\":\"王芳\",\"paper_number\":\"11010519491231002x\",\"sex\":\"男\","
              "\"green\":[\"elderly\",\"low-income\"],\"no_message\":true}",
              &clean),
        OK);
    struct identity identity = party_identity(t, clean);
    assert_str(identity.paper, "id-card");
    assert_str(identity.paper_number, "11010519491231002X");
    assert_str(identity.sex, "女");
    assert_int_equal(identity.birth, day_from_civil(1949, 12, 31));
    assert_str(identity.green, "elderly,low-income");
    assert_true(identity.no_message);
    assert_str(identity.kind, "person");

    struct identity again = identity_from_json(t, identity_json(t, &identity));
    assert_true(
        str_eq(json_text(t, identity_json(t, &again)), json_text(t, identity_json(t, &identity))));
    assert_int_equal(again.birth, identity.birth);
}

/* ---- recusal ---- */

static const struct identity wang = {.kind = STR_INIT("person"),
                                     .name = STR_INIT("王小芳"),
                                     .paper = STR_INIT("id-card"),
                                     .paper_number = STR_INIT("11010519491231002X"),
                                     .phone = STR_INIT("13912342675"),
                                     .address = STR_INIT("双塔街道枣园社区 3 幢"),
                                     .birth = DAY_NONE};

static void who_has_an_interest_is_blocked_and_who_is_near_is_warned(void **state)
{
    struct task *t = &((struct city *)*state)->t;
    struct staff_facts facts = {.id_number = S("110105196001010011"),
                                .household = S("枣园3幢501"),
                                .employer = S("岚江纺织厂")};
    struct relative spouse = {S("配偶"), S("王小芳"), S("")};
    struct relative numbered = {S("父亲"), S("周建国"), S("330100194001010015")};
    struct str interest = S("双塔物业有限公司");
    struct str why = {0};

    *(struct relative *)list_add(t, &facts.relatives, sizeof spouse) = spouse;
    *(struct relative *)list_add(t, &facts.relatives, sizeof numbered) = numbered;
    *(struct str *)list_add(t, &facts.interests, sizeof interest) = interest;

    const struct {
        struct identity identity;
        enum interest expected;
    } rows[] = {
        {{.paper_number = S("110105196001010011"), .name = S("周敏")}, INTEREST_BLOCKS},
        {wang, INTEREST_BLOCKS},
        {{.name = S("周建国"), .paper_number = S("330100194001010015")}, INTEREST_BLOCKS},
        {{.name = S("周建国"), .paper_number = S("990101197001010018")},
         INTEREST_NONE}, /* a namesake */
        {{.kind = S("firm"), .name = S("双塔物业有限公司")}, INTEREST_BLOCKS},
        {{.name = S("钱二"), .household = S("枣园 3 幢 501")}, INTEREST_WARNS},
        {{.name = S("孙三"), .employer = S("岚江纺织厂")}, INTEREST_WARNS},
        {{.kind = S("firm"), .name = S("岚江纺织厂")}, INTEREST_WARNS},
        {{.name = S("陌生人")}, INTEREST_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        why = (struct str){0};
        if (party_interest(t, &facts, &rows[i].identity, &why) != rows[i].expected)
            fail_msg("row %zu", i);
        assert_int_equal(why.len > 0, rows[i].expected != INTEREST_NONE);
    }

    /* Who warns learns of all there is, not of the first. */
    struct identity both = {.household = S("枣园 3 幢 501"), .employer = S("岚江纺织厂")};
    assert_int_equal(party_ties(t, &facts, &both), TIE_HOUSEHOLD | TIE_EMPLOYER);
    assert_int_equal(party_interest(t, &facts, &both, &why), INTEREST_WARNS);
    assert_str(why, "与当事人同户或共用电话、同一工作单位");
    assert_int_equal(party_ties(t, &facts, &wang), 0);

    struct staff_facts reached = {.phone = S("13912342675"), .employer = S("岚江纺织厂")};
    struct identity mill = {.kind = S("firm"), .name = S("岚江纺织厂")};
    assert_int_equal(party_ties(t, &reached, &wang), TIE_PHONE);
    assert_int_equal(party_ties(t, &reached, &mill), TIE_FIRM);
    assert_str(party_ties_why(TIE_PHONE), "与当事人同户或共用电话");
    assert_str(party_ties_why(TIE_FIRM), "与当事人同一工作单位");
}

/* An event keeps it in Chinese, whoever was the cause; who reads it now has their language. */
static void why_is_kept_in_chinese(void **state)
{
    struct task *t = &((struct city *)*state)->t;
    struct staff_facts facts = {.employer = S("岚江纺织厂")};
    struct relative spouse = {S("配偶"), S("王小芳"), S("")};
    struct identity colleague = {.employer = S("岚江纺织厂")};
    const struct language *before = t->language;
    struct str why;

    *(struct relative *)list_add(t, &facts.relatives, sizeof spouse) = spouse;
    t->language = language_find(S("en"));
    assert_int_equal(party_interest(t, &facts, &wang, &why), INTEREST_BLOCKS);
    assert_str(why, "与当事人有近亲属关系（配偶）");
    assert_str(party_interest_text(t, why), "Is a near relation of a party (配偶)");
    assert_int_equal(party_interest(t, &facts, &colleague, &why), INTEREST_WARNS);
    assert_str(why, "与当事人同一工作单位");
    assert_str(party_interest_text(t, why), "Has the same employer as a party");
    t->language = before;
    assert_str(party_interest_text(t, S("与当事人有近亲属关系（配偶）")),
               "与当事人有近亲属关系（配偶）");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_name_keeps_its_family_and_one_star),
        T(a_firm_keeps_its_name),
        T(numbers_and_addresses_keep_what_tells_them_apart),
        T(the_number_is_checked_by_its_kind_of_paper),
        T(the_id_number_tells_birth_and_sex),
        T(who_has_an_interest_is_blocked_and_who_is_near_is_warned),
        T(why_is_kept_in_chinese),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
