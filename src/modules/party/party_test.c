#include "modules/party/party.h"

#include <string.h>

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

/* ---- records ---- */

struct keeping {
    struct identity identity;
    bool unvouched;
    int64_t party;
    struct str typed;
    struct list ids;
};

static enum err keep(struct task *t, void *arg)
{
    struct keeping *k = arg;

    return party_keep(t, &k->identity, !k->unvouched, &k->party);
}

static enum err read_back(struct task *t, void *arg)
{
    struct keeping *k = arg;

    return party_identity_of(t, k->party, &k->identity);
}

static enum err look_up(struct task *t, void *arg)
{
    struct keeping *k = arg;

    return party_look_up(t, k->typed, 20, &k->ids);
}

static enum err erase(struct task *t, void *arg)
{
    return party_erase(t, ((struct keeping *)arg)->party);
}

static int64_t kept(struct city *city, struct identity identity)
{
    struct keeping k = {.identity = identity};

    if (!k.identity.kind.len)
        k.identity.kind = S("person");
    CITY_OK(city, store_write(&city->t, keep, &k));
    return k.party;
}

static size_t found(struct city *city, const char *typed, int64_t *ret_first)
{
    struct keeping k = {.typed = str_of(typed)};

    CITY_OK(city, store_read(&city->t, look_up, &k));
    *ret_first = k.ids.count ? *(int64_t *)k.ids.at : 0;
    return k.ids.count;
}

static struct identity identity_of(struct city *city, int64_t party)
{
    struct keeping k = {.party = party};

    CITY_OK(city, store_read(&city->t, read_back, &k));
    return k.identity;
}

static const struct identity wang = {.kind = STR_INIT("person"),
                                     .name = STR_INIT("王小芳"),
                                     .paper = STR_INIT("id-card"),
                                     .paper_number = STR_INIT("11010519491231002X"),
                                     .phone = STR_INIT("13912342675"),
                                     .address = STR_INIT("双塔街道枣园社区 3 幢"),
                                     .birth = DAY_NONE};

static void a_party_is_found_by_what_people_remember(void **state)
{
    static const char *const typed[] = {
        "王小芳", " 王 小芳",           "13912342675",        "139 1234 2675",
        "2675",   "11010519491231002X", "11010519491231002x", "１３９１２３４２６７５",
    };
    static const char *const not_found[] = {"王小", "王芳", "1391234", "0000", "110105194912310021",
                                            ""};
    struct city *city = *state;
    int64_t party = kept(city, wang), first;

    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        if (found(city, typed[i], &first) != 1 || first != party)
            fail_msg("not found: %s", typed[i]);
    }
    for (size_t i = 0; i < sizeof not_found / sizeof *not_found; i++) {
        if (found(city, not_found[i], &first))
            fail_msg("found: %s", not_found[i]);
    }
}

static void names_with_dots_are_found_however_the_dot_is_typed(void **state)
{
    struct city *city = *state;
    int64_t first;
    int64_t party = kept(city, (struct identity){.name = S("阿卜杜拉·买买提"), .birth = DAY_NONE});

    assert_int_equal(found(city, "阿卜杜拉•买买提", &first), 1);
    assert_int_equal(first, party);
    assert_int_equal(found(city, "阿卜杜拉买买提", &first), 1);
}

static void one_number_is_one_record_and_newer_facts_win(void **state)
{
    struct city *city = *state;
    struct identity moved = wang;
    int64_t first, party = kept(city, wang);

    moved.phone = S("13800001111");
    moved.address = (struct str){0};
    moved.employer = S("岚江纺织厂");
    assert_int_equal(kept(city, moved), party);
    struct identity now = identity_of(city, party);
    assert_str(now.phone, "13800001111");
    assert_str(now.address, "双塔街道枣园社区 3 幢");
    assert_str(now.employer, "岚江纺织厂");
    /* The old phone finds nobody any more, the new one does. */
    assert_int_equal(found(city, "13912342675", &first), 0);
    assert_int_equal(found(city, "13800001111", &first), 1);
}

/* On the web anybody may give somebody's number with another name and telephone. */
static void what_a_stranger_says_of_somebody_takes_nothing_away(void **state)
{
    struct city *city = *state;
    struct keeping k = {.identity = wang, .unvouched = true};
    int64_t first, party = kept(city, wang);

    k.identity.name = S("钱生");
    k.identity.phone = S("13800001111");
    k.identity.address = S("别处");
    k.identity.employer = S("岚江纺织厂");
    CITY_OK(city, store_write(&city->t, keep, &k));
    assert_int_equal(k.party, party);
    struct identity now = identity_of(city, party);
    assert_str(now.name, "王小芳");
    assert_str(now.phone, "13912342675");
    assert_str(now.address, "双塔街道枣园社区 3 幢");
    assert_str(now.employer, "岚江纺织厂"); /* nothing was known */
    /* Found by what was known, and by what was said. */
    assert_int_equal(found(city, "13912342675", &first), 1);
    assert_int_equal(found(city, "王小芳", &first), 1);
    assert_int_equal(found(city, "13800001111", &first), 1);
    assert_int_equal(first, party);
    /* The same again changes nothing; at the counter the person says what is so. */
    CITY_OK(city, store_write(&city->t, keep, &k));
    k.identity = wang;
    k.identity.phone = S("13800001111");
    k.unvouched = false;
    CITY_OK(city, store_write(&city->t, keep, &k));
    assert_str(identity_of(city, party).phone, "13800001111");
    assert_int_equal(found(city, "13912342675", &first), 0);
}

static void without_a_number_phone_and_name_tell_who_it_is(void **state)
{
    struct city *city = *state;
    struct identity li = {.name = S("李强"), .phone = S("13700002222"), .birth = DAY_NONE};
    struct identity namesake = {.name = S("李强"), .phone = S("13700003333"), .birth = DAY_NONE};
    struct identity wife = {.name = S("赵敏"), .phone = S("13700002222"), .birth = DAY_NONE};
    int64_t first, party = kept(city, li);

    assert_int_equal(kept(city, li), party);
    assert_int_not_equal(kept(city, namesake), party);
    assert_int_not_equal(kept(city, wife), party);
    assert_int_equal(found(city, "李强", &first), 2);
    assert_int_equal(found(city, "13700002222", &first), 2);
}

static void nobody_in_particular_leaves_no_record(void **state)
{
    assert_int_equal(kept(*state, (struct identity){.green = S("woman"), .birth = DAY_NONE}), 0);
}

static void erasure_leaves_nothing_that_can_be_read_or_found(void **state)
{
    struct city *city = *state;
    struct keeping k = {.party = kept(city, wang)};
    int64_t first;

    CITY_OK(city, store_write(&city->t, erase, &k));
    CITY_FAILS(city, store_read(&city->t, read_back, &k), ERR_NOT_FOUND);
    assert_int_equal(found(city, "王小芳", &first), 0);
    assert_int_equal(found(city, "11010519491231002X", &first), 0);
    CITY_FAILS(city, store_write(&city->t, erase, &k), ERR_NOT_FOUND);
    /* Who comes again is a new record. */
    assert_int_not_equal(kept(city, wang), k.party);
}

static void no_name_or_number_stands_in_the_file(void **state)
{
    static const char *const secrets[] = {"王小芳", "11010519491231002X", "13912342675",
                                          "枣园社区 3 幢"};
    struct city *city = *state;
    struct str path = str_format(&city->t, "%s/yimen.db", city->folder);

    kept(city, wang);
    store_close(city->store);
    FILE *file = fopen(str_terminated(&city->t, path), "rb");
    assert_non_null(file);
    char *bytes = NEW(&city->t, char, 1 << 22);
    size_t len = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    assert_non_null(memmem(bytes, len, "王*", strlen("王*")));
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        assert_null(memmem(bytes, len, secrets[i], strlen(secrets[i])));

    struct store_options options = {.directory = city->folder};
    CITY_OK(city, store_open(&city->t, &options, &city->store));
}

static void parties_outlive_both_rotations(void **state)
{
    struct city *city = *state;
    const struct key_holder *const holders[] = {&party_key_holder, NULL};
    int64_t first, party = kept(city, wang);
    struct keeping gone = {.party =
                               kept(city, (struct identity){.name = S("赵某"), .birth = DAY_NONE})};

    CITY_OK(city, store_write(&city->t, erase, &gone));
    CITY_OK(city, keys_rotate_tenant(&city->t, holders, NULL));
    CITY_OK(city, keys_forget_retired(&city->t, city->t.now + 1));
    CITY_OK(city, keys_rotate_installation(&city->t));
    CITY_OK(city, keys_open(&city->t, city->key_file));
    assert_str(identity_of(city, party).name, "王小芳");
    assert_int_equal(found(city, "王小芳", &first), 1);
}

static enum err make_other_tenant(struct task *t, void *arg)
{
    struct tenant tenant = {.code = S("other"), .name = S("别的市")};
    int64_t id;

    (void)arg;
    return org_create_tenant(t, &tenant, &id); /* t->tenant is the new one from here on */
}

static void another_tenant_finds_nobody(void **state)
{
    struct city *city = *state;
    struct keeping k = {.party = kept(city, wang)};
    int64_t first;

    CITY_OK(city, store_write(&city->t, make_other_tenant, NULL));
    assert_int_not_equal(city->t.tenant, city->tenant);
    CITY_FAILS(city, store_read(&city->t, read_back, &k), ERR_NOT_FOUND);
    assert_int_equal(found(city, "王小芳", &first), 0);
    assert_int_not_equal(kept(city, wang), k.party);
    city->t.tenant = city->tenant;
    assert_int_equal(found(city, "王小芳", &first), 1);
    assert_int_equal(first, k.party);
}

struct sharing {
    int64_t party;
    struct list household, colleagues;
};

static enum err read_sharing(struct task *t, void *arg)
{
    struct sharing *s = arg;
    enum err e = party_household(t, s->party, 10, &s->household);

    return e ? e : party_colleagues(t, s->party, 10, &s->colleagues);
}

static void households_and_employers_are_found(void **state)
{
    struct city *city = *state;
    int64_t a = kept(city, (struct identity){.name = S("钱一"),
                                             .household = S("枣园3幢501"),
                                             .employer = S("岚江纺织厂"),
                                             .birth = DAY_NONE});
    int64_t b = kept(
        city,
        (struct identity){.name = S("钱二"), .household = S("枣园 3 幢 501"), .birth = DAY_NONE});
    int64_t firm = kept(
        city, (struct identity){.kind = S("firm"), .name = S("岚江纺织厂"), .birth = DAY_NONE});
    struct sharing of_a = {.party = a}, of_firm = {.party = firm};

    CITY_OK(city, store_read(&city->t, read_sharing, &of_a));
    assert_int_equal(of_a.household.count, 1);
    assert_int_equal(*(int64_t *)of_a.household.at, b);
    assert_int_equal(of_a.colleagues.count, 1);
    CITY_OK(city, store_read(&city->t, read_sharing, &of_firm));
    assert_int_equal(of_firm.colleagues.count, 1);
    assert_int_equal(*(int64_t *)of_firm.colleagues.at, a);
    assert_int_equal(of_firm.household.count, 0);
}

/* ---- recusal ---- */

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
        T(a_party_is_found_by_what_people_remember),
        T(names_with_dots_are_found_however_the_dot_is_typed),
        T(one_number_is_one_record_and_newer_facts_win),
        T(what_a_stranger_says_of_somebody_takes_nothing_away),
        T(without_a_number_phone_and_name_tell_who_it_is),
        T(nobody_in_particular_leaves_no_record),
        T(erasure_leaves_nothing_that_can_be_read_or_found),
        T(no_name_or_number_stands_in_the_file),
        T(parties_outlive_both_rotations),
        T(another_tenant_finds_nobody),
        T(households_and_employers_are_found),
        T(who_has_an_interest_is_blocked_and_who_is_near_is_warned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
