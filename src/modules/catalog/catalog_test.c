#include "modules/catalog/catalog.h"

#include <string.h>

#include "core/time.h"
#include "modules/org/testing.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(city, (const struct migration *const[]){org_module.migrations,
                                                       catalog_module.migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

static void load(struct city *city)
{
    struct list faults = {0};
    enum err e = catalog_load_shipped(&city->t, &faults);

    LIST_EACH (struct fault, fault, faults)
        fprintf(stderr, "%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line,
                STR_ARG(fault->message));
    if (e)
        fail_msg("shipped files: %.*s", STR_ARG(city->t.note));
}

struct asked {
    struct str tier, typed, code;
    struct list found;
    struct matter matter;
    struct route_question question;
    struct route_answer answer;
    const struct procedure *procedure;
    int32_t version;
    int64_t changed;
    const struct procedure *stored;
    struct catalogue *catalogue;
};

static enum err find(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_matters(t, a->tier, a->typed, &a->found);
}

static enum err matter(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_matter(t, a->code, &a->matter);
}

static enum err route(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_suggest_unit(t, &a->question, &a->answer);
}

static enum err procedure(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_procedure(t, a->code, a->version, &a->procedure);
}

static enum err store_procedure(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_store_procedure(t, a->stored, &a->version);
}

static enum err store_catalogue(struct task *t, void *arg)
{
    struct asked *a = arg;

    return catalog_store(t, a->catalogue, &a->changed);
}

static const struct matter *first_of(struct city *city, const char *tier, const char *typed)
{
    struct asked a = {.tier = str_of(tier), .typed = str_of(typed)};

    CITY_OK(city, store_read(&city->t, find, &a));
    if (!a.found.count)
        fail_msg("\"%s\" finds nothing", typed);
    return a.found.at;
}

static void matters_are_found_by_what_people_type(void **state)
{
    struct city *city = *state;

    load(city);
    assert_str(first_of(city, "city", "tqgz")->code, "legal-aid-wage");
    assert_str(first_of(city, "city", "TQGZ")->code, "legal-aid-wage");
    assert_str(first_of(city, "city", "讨薪")->code, "legal-aid-wage");
    assert_str(first_of(city, "town", "法律援助")->code, "legal-aid-receipt");
    assert_str(first_of(city, "", "司法鉴定")->code, "appraisal");
    struct asked all = {.tier = S("village")};
    CITY_OK(city, store_read(&city->t, find, &all));
    assert_true(all.found.count >= 20);
    LIST_EACH (struct matter, m, all.found) {
        bool here = false;
        LIST_EACH (struct tag, tier, m->tiers)
            here = here || str_is(tier->code, "village");
        assert_true(here);
    }
    struct asked none = {.tier = S("city"), .typed = S("zzzzzz")};
    CITY_OK(city, store_read(&city->t, find, &none));
    assert_int_equal(none.found.count, 0);
}

static void a_matter_knows_what_the_window_needs(void **state)
{
    struct city *city = *state;
    struct asked a = {.code = S("legal-aid-wage")};
    bool proof = false;

    load(city);
    CITY_OK(city, store_read(&city->t, matter, &a));
    assert_str(a.matter.procedure, "legal-aid");
    assert_str(a.matter.limit_law, "法律援助法 第四十三条");
    assert_int_equal(a.matter.limitation_months, 12);
    LIST_EACH (struct material, m, a.matter.materials)
        proof =
            proof || (str_is(m->code, "labour-proof") && m->required && m->promise && m->where.len);
    assert_true(proof);
    a.code = S("crime-report");
    CITY_OK(city, store_read(&city->t, matter, &a));
    assert_true(a.matter.body.len && a.matter.body_law.len && a.matter.remedies.len);
    a.code = S("no-such");
    CITY_FAILS(city, store_read(&city->t, matter, &a), ERR_NOT_FOUND);
}

static void routing_follows_tier_difficulty_and_place(void **state)
{
    static const struct {
        const char *matter, *tier, *difficulty;
        bool place, park;
        const char *kind;
    } rows[] = {
        {"mediation-neighbour", "city", "simple", true, false, "village"},
        {"mediation-neighbour", "city", "", true, false, "village"}, /* its usual difficulty */
        {"mediation-family", "city", "ordinary", true, false, "town"},
        {"mediation-neighbour", "city", "simple", false, false, "town"},
        {"mediation-labour", "city", "ordinary", true, true, "park"},
        {"mediation-medical", "town", "complex", true, false, "city"},
        {"mediation-land", "village", "complex", true, false, "town"},
        {"legal-aid-receipt", "village", "", false, false, "city"},
        {"resettlement", "village", "", false, false, "town"},
        {"notary-video", "town", "", false, false, "city"},
        {"legal-consultation", "town", "", false, false, "here"},
        {"mediation-land", "city", "complex", true, false, "here"},
    };
    struct city *city = *state;

    load(city);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asked a = {.question = {str_of(rows[i].matter), str_of(rows[i].tier),
                                       str_of(rows[i].difficulty), rows[i].place, rows[i].park}};
        CITY_OK(city, store_read(&city->t, route, &a));
        if (!str_is(a.answer.kind, rows[i].kind))
            fail_msg("%s at %s: %.*s, expected %s", rows[i].matter, rows[i].tier,
                     STR_ARG(a.answer.kind), rows[i].kind);
        assert_true(a.answer.reason.len > 0);
    }
}

static struct procedure *read_text(struct city *city, const char *text)
{
    struct procedure *p;
    struct list faults;

    CITY_OK(city, procedure_read(&city->t, S("x"), str_of(text), procedure_part_shipped, NULL, &p,
                                 &faults));
    return p;
}

static void an_order_keeps_the_version_it_began_under(void **state)
{
    static const char first[] =
        "procedure: tiny\ntitle: 一\nnature: handling\nkeep: {for: 1 years, basis: tenant}\n"
        "duties: {d: {title: 做, within: 1 working days, basis: tenant, owed-by: unit}}\n"
        "steps:\n  a: {title: 甲, owes: [d], actions: {go: {title: 走, by: [clerk], to: z}}}\n"
        "  z: {title: 终, end: resolved}\n";
    struct city *city = *state;
    char second[sizeof first];
    struct asked a = {.stored = read_text(city, first)};

    memcpy(second, first, sizeof first);
    memcpy(strstr(second, "1 working"), "5 working", 9);
    CITY_OK(city, store_write(&city->t, store_procedure, &a));
    assert_int_equal(a.version, 1);
    /* The same text again is the same version. */
    CITY_OK(city, store_write(&city->t, store_procedure, &a));
    assert_int_equal(a.version, 1);
    struct asked one = {.code = S("tiny")};
    CITY_OK(city, store_read(&city->t, procedure, &one));
    assert_int_equal(one.procedure->version, 1);
    a.stored = read_text(city, second);
    CITY_OK(city, store_write(&city->t, store_procedure, &a));
    assert_int_equal(a.version, 2);
    struct asked two = {.code = S("tiny")};
    CITY_OK(city, store_read(&city->t, procedure, &two));
    assert_int_equal(two.procedure->version, 2);
    assert_int_equal(two.procedure->duties[0].limit.amount, 5);
    struct asked old = {.code = S("tiny"), .version = 1};
    CITY_OK(city, store_read(&city->t, procedure, &old));
    assert_ptr_equal(old.procedure, one.procedure); /* shared, for good */
    assert_int_equal(old.procedure->duties[0].limit.amount, 1);
    struct asked none = {.code = S("nothing")};
    CITY_FAILS(city, store_read(&city->t, procedure, &none), ERR_NOT_FOUND);
}

static void loading_again_changes_only_what_changed(void **state)
{
    static const char changed[] =
        "matters:\n  legal-consultation: {title: 法律咨询, initials: flzx, summary: 问律师, tiers: [city], "
        "nature: consultation, treatment: handle, kind: consult, procedure: consultation, "
        "limit: {text: 当日, basis: tenant}, fee: {text: 免费, basis: tenant}}\n";
    struct city *city = *state;
    struct list faults;
    struct asked a = {.code = S("legal-aid-wage")};

    load(city);
    load(city);
    CITY_OK(city, store_read(&city->t, matter, &a));
    assert_int_equal(a.matter.version, 1);
    CITY_OK(city, catalog_read(&city->t, str_of(changed), S(""), &a.catalogue, &faults));
    CITY_OK(city, store_write(&city->t, store_catalogue, &a));
    assert_true(a.changed > 50);
    struct asked all = {0};
    CITY_OK(city, store_read(&city->t, find, &all));
    assert_int_equal(all.found.count, 1);
    /* A closed matter is offered no more, but its orders still find it. */
    CITY_OK(city, store_read(&city->t, matter, &a));
    assert_int_equal(a.matter.version, 2);
}

static void bad_matters_are_told_with_their_lines(void **state)
{
    static const char text[] =
        "matters:\n"
        "  X: {title: 一}\n"
        "  elsewhere: {title: 二, initials: E, summary: 三, tiers: [moon], nature: handling,\n"
        "    treatment: sell, kind: elsewhere, procedure: guidance, fee: {text: 免费},\n"
        "    limit: {text: 当日, basis: tenant}, materials: [unknown], colour: red}\n";
    static const char *const words[] = {"事项代码“X”不对",   "缺少“summary”", "没有“moon”",
                                        "没有“sell”",        "收费依据",      "首字母",
                                        "没有材料“unknown”", "没有“colour”",  "要写“body”"};
    struct city *city = *state;
    struct catalogue *catalogue;
    struct list faults;

    CITY_FAILS(city, catalog_read(&city->t, str_of(text), S(""), &catalogue, &faults),
               ERR_BAD_INPUT);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        bool found = false;
        LIST_EACH (struct fault, fault, faults)
            found = found ||
                    (fault->line >= 2 && str_find(fault->message, str_of(words[i])) != SIZE_MAX);
        if (!found)
            fail_msg("no fault says \"%s\"", words[i]);
    }
}

static void every_opened_order_has_its_matter_and_procedure(void **state)
{
    struct city *city = *state;
    struct asked all = {0};

    load(city);
    CITY_OK(city, store_read(&city->t, find, &all));
    LIST_EACH (struct matter, m, all.found) {
        struct asked a = {.code = m->procedure};
        CITY_OK(city, store_read(&city->t, procedure, &a));
        for (size_t s = 0; s < a.procedure->step_count; s++)
            for (size_t i = 0; i < a.procedure->steps[s].action_count; i++) {
                const struct action_rule *action = &a.procedure->steps[s].actions[i];
                for (size_t e = 0; e < action->effect_count; e++) {
                    if (action->effects[e].effect != EFFECT_SPAWN)
                        continue;
                    struct asked opened = {.code = action->effects[e].procedure};
                    CITY_OK(city, store_read(&city->t, procedure, &opened));
                    struct asked what = {.code = action->effects[e].matter};
                    if (what.code.len)
                        CITY_OK(city, store_read(&city->t, matter, &what));
                }
            }
        /* What the matter says of its nature is what its procedure does. */
        assert_str(m->nature,
                   a.procedure->nature == NATURE_CONSULTATION ? "consultation" : "handling");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(matters_are_found_by_what_people_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_matter_knows_what_the_window_needs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(routing_follows_tier_difficulty_and_place, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_order_keeps_the_version_it_began_under, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(loading_again_changes_only_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_matters_are_told_with_their_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_opened_order_has_its_matter_and_procedure, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
