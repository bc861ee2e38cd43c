#include "modules/party/party.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
