/*
 * Who shares a household or an employer with a party (K11): whoever gives them the order answers
 * for it; what comes to light later, or what they answered for themselves, reaches the head's desk,
 * once for each relation.  When a party is added only the head and the person hear of it; that
 * something was declared anew all readers see, and what it is those two.
 */
#include "story.h"

#include "modules/access/staff.h"
#include "world_rows.h"

#define WORKER(name, phone)                                                                        \
    "{\"role\":\"respondent\",\"party\":{\"kind\":\"person\",\"name\":\"" name "\","               \
    "\"employer\":\"岚江律师事务所\",\"phone\":\"" phone "\"}}"
#define NEIGHBOUR(name, phone)                                                                     \
    "{\"role\":\"third-party\",\"party\":{\"kind\":\"person\",\"name\":\"" name "\","              \
    "\"household\":\"枣园3幢501\",\"phone\":\"" phone "\"}}"
#define EMPLOYER(phone)                                                                            \
    "{\"role\":\"respondent\",\"party\":{\"kind\":\"firm\",\"name\":\"岚江律师事务所\","    \
    "\"phone\":\"" phone "\"}}"
#define MEDIATION                                                                                    \
    "{\"matter\":\"mediation-neighbour\",\"channel\":\"window\",\"subject\":\"楼上漏水\","       \
    "\"content\":\"天花板漏水。\",\"fields\":{\"dispute\":\"neighbour\",\"origin\":\"asked\"," \
    "\"opponent\":\"楼上住户\"},\"parties\":[{\"role\":\"applicant\",\"identity\":{"             \
    "\"kind\":\"person\",\"name\":\"路人乙\",\"phone\":\"13900007801\","                          \
    "\"employer\":\"岚江律师事务所\"}}]}"

static void declares(struct world *w, const char *login, const char *facts)
{
    world_as(w, login);
    world_post_json(w, "/account/facts", facts);
    assert_true(w->status < 300);
}

/* How many notices of that title wait on this person's desk for the order; the id of one. */
static int waits(struct world *w, const char *login, const char *post, int64_t order,
                 const char *title, int64_t *ret_id)
{
    int n = 0;

    story_as(w, login, post);
    world_get_json(w, "/orders?view=mine");
    WORLD_STATUS(w, 200);
    JSON_EACH (reminder, json_get(w->json, "reminders")) {
        if (json_get_id(reminder, "order") != order ||
            !str_is(json_get_str(reminder, "title"), title))
            continue;
        if (ret_id)
            *ret_id = json_get_id(reminder, "id");
        n++;
    }
    return n;
}

static int warned(struct world *w, const char *login, int64_t order)
{
    return waits(w, login, NULL, order, "须核实回避", NULL);
}

/* Chen Liqun, whose employer is known, has it. */
static int64_t an_order_of_chen(struct world *w)
{
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    return made.id;
}

static void the_head_finds_it_on_the_desk(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w), notice = 0;

    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    assert_true(world_order(w, order).owner == world_staff(w, "chenliqun"));
    assert_int_equal(waits(w, "zhaoming", NULL, order, "须核实回避", &notice), 1);
    assert_int_equal(warned(w, "chenliqun", order), 1);
    assert_int_equal(warned(w, "tangyi", order), 0);

    /* Each has their own: what the head has seen still waits for the owner. */
    const char *seen = world_f(w, "/orders/%lld/notices/%lld/seen", ID(order), ID(notice));
    world_as(w, "chenliqun");
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 403);
    world_as(w, "zhaoming");
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 200);
    assert_int_equal(warned(w, "zhaoming", order), 0);
    assert_int_equal(warned(w, "chenliqun", order), 1);
    world_verify(w);
}

/* Forty workers of one firm are one piece of news; another relation is another. */
static void each_relation_is_told_once(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w);

    world_as(w, "chenliqun");
    story_act(w, order, "add-party", WORKER("路人甲", "13900007793"));
    story_act(w, order, "add-party", WORKER("路人乙", "13900007794"));
    story_act(w, order, "add-party", WORKER("路人丙", "13900007795"));
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    assert_int_equal(warned(w, "chenliqun", order), 1);
    assert_int_equal(warned(w, "zhaoming", order), 1);

    world_as(w, "chenliqun");
    story_act(w, order, "add-party", NEIGHBOUR("路人丁", "13900007796"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\",\"household\":\"枣园 3 幢 501\"}");
    assert_int_equal(warned(w, "zhaoming", order), 2);
    assert_int_equal(warned(w, "chenliqun", order), 2);
    /* A household is told for each party, who may stand on the other side. */
    story_act_as(w, "zhoumin", NULL, order, "add-party", NEIGHBOUR("路人戊", "13900007797"));
    assert_int_equal(warned(w, "zhaoming", order), 3);
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\",\"household\":\"枣园 3 幢 501\"}");
    assert_int_equal(warned(w, "zhaoming", order), 3);

    /* What is known of one owner is not known of the next. */
    story_act(w, order, "assign", world_f(w, "{\"staff\":\"%lld\"}", ID(world_staff(w, "tangyi"))));
    declares(w, "tangyi", "{\"employer\":\"岚江律师事务所\"}");
    assert_true(world_order(w, order).owner == world_staff(w, "tangyi"));
    assert_int_equal(warned(w, "tangyi", order), 1);
    assert_int_equal(warned(w, "zhaoming", order), 4);
    world_verify(w);
}

static void what_was_answered_for_hides_nothing_else(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act(w, made.id, "add-party", WORKER("路人甲", "13900007793"));
    story_act(w, made.id, "add-party", NEIGHBOUR("路人丁", "13900007796"));
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    const char *chen =
        world_f(w, "{\"staff\":\"%lld\",\"despite\":true}", ID(world_staff(w, "chenliqun")));
    story_act_as(w, "zhaoming", NULL, made.id, "assign", chen);
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    assert_int_equal(warned(w, "chenliqun", made.id), 0); /* who assigned it knew, and asked */
    assert_int_equal(warned(w, "zhaoming", made.id), 0);
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\",\"household\":\"枣园 3 幢 501\"}");
    assert_int_equal(warned(w, "chenliqun", made.id), 1);
    assert_int_equal(warned(w, "zhaoming", made.id), 1);
    story_act_as(w, "zhoumin", NULL, made.id, "add-party", WORKER("路人乙", "13900007794"));
    assert_int_equal(warned(w, "zhaoming", made.id), 1);
    world_verify(w);
}

static void who_answers_for_themselves_is_told_of(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act(w, made.id, "add-party", WORKER("路人甲", "13900007793"));
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    story_try(w, made.id, "begin", NULL, 422);
    story_act(w, made.id, "begin", "{\"despite\":true}");
    assert_int_equal(warned(w, "zhaoming", made.id), 1);
    assert_int_equal(warned(w, "chenliqun", made.id), 0); /* who ticked it knows */

    /* The only head of the unit has it: the head of the unit above is asked. */
    declares(w, "xiaqing", "{\"employer\":\"岚江律师事务所\"}");
    story_as(w, "xiaqing", "clerk");
    made = story_register(w, MEDIATION);
    story_as(w, "xiaqing", "mediator");
    story_act(w, made.id, "keep-here", "{\"despite\":true}");
    assert_int_equal(waits(w, "xiaqing", "head", made.id, "须核实回避", NULL), 0);
    assert_int_equal(waits(w, "zengli", "head", made.id, "须核实回避", NULL), 1);
    assert_int_equal(warned(w, "zhaoming", made.id), 0); /* the nearest is enough */
    world_verify(w);
}

static bool reads(struct world *w, const char *login, int64_t order, const char *words)
{
    world_as(w, login);
    world_get_json(w, world_f(w, "/orders/%lld", ID(order)));
    WORLD_STATUS(w, 200);
    bool says = world_says(w, words);
    world_get(w, world_f(w, "/orders/%lld", ID(order)));
    WORLD_STATUS(w, 200);
    assert_true(world_says(w, words) == says);
    return says;
}

/* Adding parties is no way to learn in which household or firm a colleague is.  (A near relation
 * takes the order away from them: that is seen.) */
static void what_it_is_stays_between_the_head_and_the_person(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *login;
        bool told;
    } people[] = {{"zhoumin", false},
                  {"tangyi", false},
                  {"qinfeng", false},
                  {"chenliqun", true},
                  {"zhaoming", true}};
    int64_t order = an_order_of_chen(w);

    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        static const char *const words[] = {"核实", "应当回避", "与当事人同一工作单位"};

        for (size_t word = 0; word < sizeof words / sizeof *words; word++) {
            if (reads(w, people[i].login, order, words[word]) != people[i].told)
                fail_msg("%s: %s", people[i].login, words[word]);
        }
    }
    story_act_as(w, "zhoumin", NULL, order, "add-party", NEIGHBOUR("路人丁", "13900007796"));
    declares(w, "chenliqun", "{\"household\":\"枣园 3 幢 501\"}");
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        assert_true(reads(w, people[i].login, order, "承办人申报后须核实回避"));
        if (reads(w, people[i].login, order, "与当事人同户或共用电话") != people[i].told)
            fail_msg("%s", people[i].login);
    }
    world_verify(w);
}

/* Every notice to the staff that has no owner to go to goes to a head. */
static void what_has_no_owner_reaches_the_head(void **state)
{
    struct world *w = *state;

    story_as(w, "linxia", NULL);
    struct registered made = story_register(w, MEDIATION);
    story_act(
        w, made.id, "route",
        world_f(w, "{\"unit\":\"%lld\",\"reason\":\"当事人住在那里\"}", ID(world_unit(w, "LJ02"))));
    story_act_as(w, "hedan", NULL, made.id, "return-routing", "{\"reason\":\"发生地不在本辖区\"}");
    assert_true(world_order(w, made.id).owner == 0);
    assert_int_equal(waits(w, "zhaoming", NULL, made.id, "转办被退回", NULL), 1);
    assert_int_equal(waits(w, "zengli", "head", made.id, "转办被退回", NULL), 0);
    world_verify(w);
}

/* What an earlier program left in the state: the owner's id, which does not say what was known. */
static void an_earlier_state_is_read(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w);

    struct order before = world_order(w, order);
    assert_true(str_starts(before.state, S("{")));
    world_sql(w, world_f(w,
                         "UPDATE orders SET packed = NULL, state = '{\"related\":\"%lld\",%.*s' "
                         "WHERE id = %lld",
                         ID(before.owner), STR_ARG(str_from(before.state, 1)), ID(order)));
    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人乙", "13900007794"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
}

/* Who was known to work for the same firm is not known when the firm comes itself. */
static void the_employer_as_a_party_is_another_relation(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w);

    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
    story_act_as(w, "zhoumin", NULL, order, "add-party", EMPLOYER("13900007798"));
    assert_int_equal(warned(w, "zhaoming", order), 2);
    assert_int_equal(warned(w, "chenliqun", order), 2);
    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人乙", "13900007794"));
    declares(w, "chenliqun", "{\"employer\":\"岚江律师事务所\"}");
    assert_int_equal(warned(w, "zhaoming", order), 2);
    world_verify(w);
}

struct declared {
    struct actor actor;
    struct staff_facts facts;
};

static enum err declare(struct task *t, void *arg)
{
    struct declared *declared = arg;

    return staff_set_facts(t, &declared->actor, declared->actor.staff, &declared->facts);
}

static void a_household_is_not_known_by_the_phone(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w);
    struct declared chen = {world_actor(w, "chenliqun", NULL), {.phone = S("13900007796")}};

    story_act_as(w, "zhoumin", NULL, order, "add-party", NEIGHBOUR("路人丁", "13900007796"));
    assert_int_equal(warned(w, "zhaoming", order), 0);
    for (int i = 0; i < 2; i++) { /* each is told once */
        chen.facts.household = S("");
        assert_int_equal(store_write(&w->home, declare, &chen), OK);
        assert_int_equal(warned(w, "zhaoming", order), i ? 2 : 1);
        chen.facts.household = S("枣园 3 幢 501");
        assert_int_equal(store_write(&w->home, declare, &chen), OK);
        assert_int_equal(warned(w, "zhaoming", order), 2);
    }
    world_verify(w);
}

/* The phone comes from the house: what people declare on their page says nothing of it. */
static void a_declaration_keeps_the_phone(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w);
    struct declared chen = {world_actor(w, "chenliqun", NULL), {.phone = S("13900007801")}};

    assert_int_equal(store_write(&w->home, declare, &chen), OK);
    declares(w, "chenliqun", "{\"employer\":\"岚江印刷厂\"}");
    story_act_as(w, "zhoumin", NULL, order, "add-party", NEIGHBOUR("路人戊", "13900007801"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
}

/* What a head can no longer reach hides nothing that they can. */
static void the_desk_looks_past_what_went_elsewhere(void **state)
{
    struct world *w = *state;
    int64_t order = an_order_of_chen(w), id = 0;

    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    assert_int_equal(waits(w, "zhaoming", NULL, order, "须核实回避", &id), 1);
    for (int i = 1; i <= 45; i++)
        world_sql(w, world_f(w,
                             "INSERT INTO notice (tenant, id, order_id, seq, party_n, staff, unit, "
                             "kind, channel, status, tries, next_at, recorded_at, sent_at, sealed) "
                             "SELECT tenant, id + %d, 1, seq, party_n, staff, unit, kind, channel, "
                             "status, tries, next_at, recorded_at, sent_at, sealed "
                             "FROM notice WHERE id = %lld",
                             1000 + i, ID(id)));
    assert_int_equal(warned(w, "zhaoming", order), 1);
    world_sql(w, "DELETE FROM notice WHERE order_id = 1");
}

static void heads_the_centre(struct world *w, const char *login, const char *until)
{
    world_as(w, "anran");
    world_post_json(w, world_f(w, "/admin/staff/%lld/grants", ID(world_staff(w, login))),
                    world_f(w, "{\"post\":\"head\",\"unit\":\"%lld\",\"to_day\":\"%s\"}",
                            ID(world_unit(w, "LJ01")), until));
    assert_true(w->status == 200 || w->status == 201);
}

/* Each head of the unit, once; but for who has withdrawn from the order. */
static void every_head_who_may_be_asked_hears_of_it_once(void **state)
{
    struct world *w = *state;

    heads_the_centre(w, "zhaoming", "2026-12-31"); /* a second time */
    heads_the_centre(w, "tangyi", "2026-12-31");
    int64_t order = an_order_of_chen(w), notice = 0;
    story_act_as(w, "zhoumin", NULL, order, "add-party", WORKER("路人甲", "13900007793"));
    assert_int_equal(warned(w, "zhaoming", order), 1);
    assert_int_equal(waits(w, "tangyi", "head", order, "须核实回避", NULL), 1);

    /* Nobody needs to be told what they have done; the other head does. */
    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act(w, made.id, "recuse", "{\"reason\":\"邻居\"}");
    story_act_as(w, "zhaoming", NULL, made.id, "supervise",
                 "{\"method\":\"phone\",\"demand\":\"请尽快办\",\"feedback_by\":\"2026-10-20\"}");
    assert_int_equal(waits(w, "tangyi", "head", made.id, "督办", NULL), 1);
    assert_int_equal(waits(w, "zhaoming", NULL, made.id, "督办", NULL), 0);

    story_act_as(w, "tangyi", "aid-officer", made.id, "begin", NULL);
    story_act(w, made.id, "recuse", "{\"reason\":\"对方老板是我同学\"}");
    story_act_as(w, "zhaoming", NULL, made.id, "assign",
                 world_f(w, "{\"staff\":\"%lld\"}", ID(world_staff(w, "chenliqun"))));
    story_act_as(w, "linxia", NULL, made.id, "add-party", WORKER("路人甲", "13900007793"));
    assert_int_equal(waits(w, "tangyi", "head", made.id, "须核实回避", NULL), 0);
    assert_int_equal(waits(w, "zhaoming", NULL, made.id, "须核实回避", &notice), 1);

    /* What found no head is for any who may be asked. */
    world_sql(w, world_f(w, "UPDATE notice SET staff = 0 WHERE id = %lld", ID(notice)));
    const char *page = world_f(w, "/orders/%lld", ID(made.id));
    const char *seen = world_f(w, "/orders/%lld/notices/%lld/seen", ID(made.id), ID(notice));
    story_as(w, "tangyi", "head");
    world_get(w, page);
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "核实"));
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 403);
    story_as(w, "zhaoming", NULL);
    world_get(w, page);
    WORLD_SAYS(w, "与当事人同一工作单位");
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 200);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_head_finds_it_on_the_desk),
                       cmocka_unit_test(each_relation_is_told_once),
                       cmocka_unit_test(what_was_answered_for_hides_nothing_else),
                       cmocka_unit_test(who_answers_for_themselves_is_told_of),
                       cmocka_unit_test(what_it_is_stays_between_the_head_and_the_person),
                       cmocka_unit_test(what_has_no_owner_reaches_the_head),
                       cmocka_unit_test(an_earlier_state_is_read),
                       cmocka_unit_test(the_employer_as_a_party_is_another_relation),
                       cmocka_unit_test(a_household_is_not_known_by_the_phone),
                       cmocka_unit_test(a_declaration_keeps_the_phone),
                       cmocka_unit_test(the_desk_looks_past_what_went_elsewhere),
                       cmocka_unit_test(every_head_who_may_be_asked_hears_of_it_once));
}
