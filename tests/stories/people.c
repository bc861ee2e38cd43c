/*
 * Who may have an order (K11, K12, K13, K18): near relatives and declared interests are kept away,
 * a common household or employer warns and asks; the handler recuses, the citizen may ask for it;
 * the orders of somebody who is suspended go back to the queue at once, and nobody gets new ones.
 */
#include "story.h"

#include "world_rows.h"

#define AID_FOR(person)                                                                            \
    "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"工地欠薪\","          \
    "\"content\":\"从五月起没有拿到工资。\","                                           \
    "\"fields\":{\"kind\":\"labour\",\"source\":\"self\",\"hardship\":\"exempt\"},"                \
    "\"parties\":[" person "]}"

static const char *to_staff(struct world *w, const char *login)
{
    return world_f(w, "{\"staff\":\"%lld\"}", ID(world_staff(w, login)));
}

static void a_near_relative_is_kept_away(void **state)
{
    struct world *w = *state;

    /* 陈立业 is the brother of the aid officer 陈立群. */
    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, AID_FOR(STORY_PERSON("applicant", "陈立业", "990101197908221333", "13900007777")));
    world_as(w, "chenliqun");
    story_try(w, made.id, "begin", NULL, 422);
    STORY_REFUSED(w, "staff", "与当事人有近亲属关系（兄弟）");
    story_try(w, made.id, "take", "{\"despite\":true}", 422);
    STORY_REFUSED(w, "staff", "近亲属");
    world_as(w, "zhaoming");
    story_try(w, made.id, "assign", to_staff(w, "chenliqun"), 422);
    STORY_REFUSED(w, "staff", "近亲属");
    story_act(w, made.id, "assign", to_staff(w, "tangyi"));
    assert_true(world_order(w, made.id).owner == world_staff(w, "tangyi"));

    /* Somebody else of the same name is nobody's brother: the numbers decide. */
    world_as(w, "zhoumin");
    made = story_register(
        w, AID_FOR(STORY_PERSON("applicant", "陈立业", "990101198503124011", "13900007778")));
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    world_verify(w);
}

/* Registered by the relative: the citizen is served, but the matter goes to the queue. */
static void who_registers_a_relative_does_not_get_the_matter(void **state)
{
    struct world *w = *state;

    world_as(w, "mengfan");
    world_post_json(w, "/account/facts",
                    "{\"relatives\":[{\"relation\":\"父女\",\"name\":\"孟小鱼\"}],"
                    "\"employer\":\"岚江建筑公司\"}");
    assert_true(w->status == 200 || w->status == 201 || w->status == 204);
    struct registered made = story_register(
        w, "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","
           "\"content\":\"申请办学。\",\"materials\":[{\"code\":\"identity\",\"state\":\"in\"},"
           "{\"code\":\"application\",\"state\":\"in\"},{\"code\":\"special\",\"state\":\"in\"}],"
           "\"fields\":{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"},"
           "\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\","
           "\"name\":\"孟小鱼\",\"phone\":\"13900007779\"}}]}");
    story_act(w, made.id, "accept", NULL);
    struct order order = world_order(w, made.id);
    assert_str(order.step, "handling");
    assert_true(order.owner == 0);
    assert_str(order.desk, "handler");
    world_verify(w);
}

static void the_same_employer_warns_and_asks(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"夜间施工许可\","
           "\"content\":\"申请夜间施工。\",\"materials\":[{\"code\":\"identity\",\"state\":\"in\"},"
           "{\"code\":\"application\",\"state\":\"in\"},{\"code\":\"special\",\"state\":\"in\"}],"
           "\"fields\":{\"applicant_kind\":\"firm\",\"request\":\"夜间施工\"},"
           "\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"firm\","
           "\"name\":\"岚江建筑公司\",\"contact\":\"经办人\",\"phone\":\"13900007780\"}}]}");
    story_act(w, made.id, "accept", NULL);
    world_as(w, "mengfan");
    story_try(w, made.id, "take", NULL, 422);
    STORY_REFUSED(w, "despite", "与当事人同一工作单位");
    /* On the page the question stands only where something was found. */
    world_get(w, world_f(w, "/orders/%lld?act=take", ID(made.id)));
    assert_false(world_says(w, "已核实，没有利害关系"));
    world_post(w, world_f(w, "/orders/%lld/act/take", ID(made.id)), "");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "已核实，没有利害关系");
    story_act(w, made.id, "take", "{\"despite\":true}");
    assert_true(world_order(w, made.id).owner == world_staff(w, "mengfan"));
    world_verify(w);
}

static void the_handler_recuses_and_stays_away(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "tangyi", NULL, made.id, "begin", NULL);
    story_try(w, made.id, "recuse", NULL, 422);
    story_act(w, made.id, "recuse", "{\"reason\":\"对方老板是我同学\"}");
    struct order order = world_order(w, made.id);
    assert_true(order.owner == 0);
    assert_str(order.desk, "aid-officer");
    story_try(w, made.id, "take", NULL, 403);
    world_as(w, "zhaoming");
    story_try(w, made.id, "assign", to_staff(w, "tangyi"), 422);
    STORY_REFUSED(w, "staff", "已回避");

    /* The citizen asks for the next one to withdraw; the head answers within one working day. */
    story_act(w, made.id, "assign", to_staff(w, "chenliqun"));
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "ask-recusal", "{\"reason\":\"他和我老板一起吃饭\"}");
    world_as(w, "zhaoming");
    story_due(w, made.id, "decide-recusal", "2026-10-15");
    story_act(w, made.id, "recuse", "{\"reason\":\"当事人的理由成立\"}");
    story_not_due(w, made.id, "decide-recusal");
    assert_true(world_order(w, made.id).owner == 0);
    world_verify(w);
}

static const struct json *offered(struct world *w, const char *action)
{
    JSON_EACH (item, json_get(w->json, "actions")) {
        if (str_is(json_get_str(item, "name"), action))
            return item;
    }
    return NULL;
}

/* In the form on the page. */
static bool may_be_chosen(struct world *w, int64_t order, int64_t staff)
{
    world_get(w, world_f(w, "/orders/%lld?act=assign", ID(order)));
    WORLD_STATUS(w, 200);
    return world_says(w, world_f(w, "<option value=\"%lld\"", ID(staff)));
}

/* K12, K13: a page offers what would be taken; what would be refused says why. */
static void what_is_offered_would_be_taken(void **state)
{
    struct world *w = *state;
    int64_t tangyi = world_staff(w, "tangyi"), chenliqun = world_staff(w, "chenliqun");

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);

    story_act_as(w, "tangyi", NULL, made.id, "begin", NULL);
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    assert_true(json_get_bool(offered(w, "recuse"), "allowed"));
    assert_true(may_be_chosen(w, made.id, tangyi));
    story_act_as(w, "tangyi", NULL, made.id, "recuse", "{\"reason\":\"对方老板是我同学\"}");

    /* Nobody has it: nobody can recuse.  Who recused cannot be chosen any more. */
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    assert_false(json_get_bool(offered(w, "recuse"), "allowed"));
    assert_str(json_get_str(offered(w, "recuse"), "why_not"), "工单还没有承办人，不用回避");
    assert_false(may_be_chosen(w, made.id, tangyi));
    assert_true(may_be_chosen(w, made.id, chenliqun));
    world_verify(w);
}

/* K11: who must withdraw is not among those to choose from, and the page says who it is; where one
 * has to look into it the page says that, too. */
static void the_offer_knows_the_relatives(void **state)
{
    struct world *w = *state;
    int64_t tangyi = world_staff(w, "tangyi"), chenliqun = world_staff(w, "chenliqun");

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, AID_FOR(STORY_PERSON("applicant", "陈立业", "990101197908221333", "13900007777")));
    world_as(w, "zhaoming");
    assert_false(may_be_chosen(w, made.id, chenliqun));
    assert_true(may_be_chosen(w, made.id, tangyi));
    WORLD_SAYS(w, "应当回避、不能指定：陈立群");
    assert_false(world_says(w, "须核实"));

    /* Two of them, and the name of one is a part of the other's. */
    world_as(w, "tangyi");
    world_post_json(w, "/account/facts",
                    "{\"relatives\":[{\"relation\":\"父子\",\"name\":\"陈立业\"}]}");
    world_sql(w, "UPDATE staff SET name = '立群' WHERE login = 'tangyi'");
    world_as(w, "zhaoming");
    assert_false(may_be_chosen(w, made.id, tangyi));
    WORLD_SAYS(w, "应当回避、不能指定：陈立群、立群");
    world_sql(w, "UPDATE staff SET name = '唐毅' WHERE login = 'tangyi'");

    world_as(w, "tangyi");
    world_post_json(w, "/account/facts", "{\"employer\":\"岚江建筑公司\"}");
    assert_true(w->status == 200 || w->status == 201 || w->status == 204);
    world_as(w, "zhoumin");
    made = story_register(
        w, AID_FOR("{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"钱多多\","
                   "\"phone\":\"13900007790\",\"employer\":\"岚江建筑公司\"}}"));
    world_as(w, "zhaoming");
    assert_true(may_be_chosen(w, made.id, tangyi));
    WORLD_SAYS(w, "须核实");
    WORLD_SAYS(w, "已核实，没有利害关系");
    assert_false(world_says(w, "应当回避、不能指定"));
    world_verify(w);
}

/* K11: the other side is often known later than the handler. */
static void who_has_the_matter_of_a_relative_who_comes_later_goes(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    assert_true(world_order(w, made.id).owner == world_staff(w, "chenliqun"));
    story_act(w, made.id, "add-party",
              "{\"role\":\"third-party\",\"party\":{\"kind\":\"person\",\"name\":\"无关人\","
              "\"phone\":\"13900007791\"}}");
    assert_true(world_order(w, made.id).owner == world_staff(w, "chenliqun"));
    story_act(w, made.id, "add-party",
              "{\"role\":\"respondent\",\"party\":{\"kind\":\"person\",\"name\":\"陈立业\","
              "\"paper\":\"id-card\",\"paper_number\":\"990101197908221333\","
              "\"phone\":\"13900007777\"}}");
    struct order order = world_order(w, made.id);
    assert_true(order.owner == 0);
    assert_str(order.desk, "aid-officer");
    story_try(w, made.id, "take", NULL, 403);
    world_as(w, "zhaoming");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "承办人与当事人有近亲属关系（兄弟），已回避，请另行指定");
    story_act(w, made.id, "assign", to_staff(w, "tangyi"));
    world_verify(w);
}

/* K11: and what somebody declares counts for what they have already. */
static void who_declares_a_relative_gives_back_their_matter(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered theirs =
        story_register(w, AID_FOR("{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\","
                                  "\"name\":\"唐小妹\",\"phone\":\"13900007792\"}}"));
    struct registered other = story_register(w, STORY_AID);
    story_act_as(w, "tangyi", NULL, theirs.id, "begin", NULL);
    story_act_as(w, "tangyi", NULL, other.id, "begin", NULL);
    world_post_json(w, "/account/facts",
                    "{\"relatives\":[{\"relation\":\"兄妹\",\"name\":\"唐小妹\"}]}");
    assert_true(w->status == 200 || w->status == 201 || w->status == 204);
    struct order order = world_order(w, theirs.id);
    assert_true(order.owner == 0);
    assert_str(order.desk, "aid-officer");
    assert_true(world_order(w, other.id).owner == world_staff(w, "tangyi"));
    story_try(w, theirs.id, "take", NULL, 403);
    world_as(w, "zhaoming");
    world_get(w, world_f(w, "/orders/%lld", ID(theirs.id)));
    WORLD_SAYS(w, "承办人申报后回避");
    WORLD_SAYS(w, "承办人与当事人有近亲属关系（兄妹），已回避，请另行指定");
    story_act(w, theirs.id, "assign", to_staff(w, "chenliqun"));
    world_verify(w);
}

static void orders_of_the_suspended_go_to_the_queue(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered first = story_register(w, STORY_AID), second = story_register(w, STORY_AID);
    world_as(w, "tangyi");
    story_act(w, first.id, "begin", NULL);
    story_act(w, second.id, "begin", NULL);
    world_as(w, "shilei");
    world_post_json(w, world_f(w, "/admin/staff/%lld/suspend", ID(world_staff(w, "tangyi"))),
                    "{\"why\":\"停职检查\"}");
    assert_true(w->status == 200 || w->status == 201);
    assert_true(world_order(w, first.id).owner == 0);
    assert_true(world_order(w, second.id).owner == 0);
    assert_str(world_order(w, second.id).desk, "aid-officer");
    world_as(w, "zhaoming");
    story_try(w, first.id, "assign", to_staff(w, "tangyi"), 422);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_near_relative_is_kept_away),
                       cmocka_unit_test(who_registers_a_relative_does_not_get_the_matter),
                       cmocka_unit_test(the_same_employer_warns_and_asks),
                       cmocka_unit_test(the_handler_recuses_and_stays_away),
                       cmocka_unit_test(what_is_offered_would_be_taken),
                       cmocka_unit_test(the_offer_knows_the_relatives),
                       cmocka_unit_test(who_has_the_matter_of_a_relative_who_comes_later_goes),
                       cmocka_unit_test(who_declares_a_relative_gives_back_their_matter),
                       cmocka_unit_test(orders_of_the_suspended_go_to_the_queue));
}
