/*
 * A city changes a copy of a procedure and loads it: what began under the old one ends under the
 * old one (K15), faults are told with their line, and work is split over several units and joined
 * again (K7, K13): the order moves on by itself when the last one is done.
 */
#include "story.h"

#define REVIEW                                                                                     \
    "procedure: unit-review\n"                                                                     \
    "title: {zh: 分送审查, en: Review}\n"                                                      \
    "nature: handling\n"                                                                           \
    "keep: {for: 10 years, basis: tenant}\n"                                                       \
    "use: [base, queue]\n"                                                                         \
    "stages: [审查]\n"                                                                           \
    "duties:\n"                                                                                    \
    "  review: {title: 审查, within: 5 working days, basis: tenant, owed-by: unit}\n"            \
    "steps:\n"                                                                                     \
    "  reviewing:\n"                                                                               \
    "    title: 待审查\n"                                                                       \
    "    stage: 审查\n"                                                                          \
    "    desk: [clerk, handler]\n"                                                                 \
    "    owes: [review]\n"                                                                         \
    "    actions:\n"                                                                               \
    "      opinion: {title: 出具意见, by: [clerk, handler], effect: [result, archive], "       \
    "to: reviewed, primary: true}\n"                                                               \
    "  reviewed:\n"                                                                                \
    "    title: 已审查\n"                                                                       \
    "    stage: 审查\n"                                                                          \
    "    end: answered\n"                                                                          \
    "    actions:\n"                                                                               \
    "      again: {title: 重新审查, by: [clerk, handler], effect: [reopen], to: reviewing}\n"

#define MATTER(limit)                                                                              \
    "procedure: administrative-matter\n"                                                           \
    "title: {zh: 行政事项, en: Administrative matter}\n"                                       \
    "nature: handling\n"                                                                           \
    "keep: {for: 10 years, basis: tenant}\n"                                                       \
    "use: [base, citizen, queue, tail]\n"                                                          \
    "stages: [受理, 审查, 告知回访, 归档]\n"                                             \
    "duties:\n"                                                                                    \
    "  send-out: {title: 分送, within: 1 working days, basis: tenant, owed-by: unit}\n"          \
    "  decide: {title: 作出决定, within: " limit ", basis: tenant, owed-by: unit, "                \
    "from: received}\n"                                                                            \
    "steps:\n"                                                                                     \
    "  registered:\n"                                                                              \
    "    title: 待分送\n"                                                                       \
    "    stage: 受理\n"                                                                          \
    "    citizen: 正在分送\n"                                                                  \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [send-out, decide]\n"                                                               \
    "    actions:\n"                                                                               \
    "      send-out: {title: 分送各机构, by: [clerk], effect: {spawn: {procedure: "           \
    "unit-review, link: child, each-unit: true}}, to: handling, primary: true}\n"                  \
    "  handling:\n"                                                                                \
    "    title: 审查中\n"                                                                       \
    "    stage: 审查\n"                                                                          \
    "    citizen: 正在审查\n"                                                                  \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [decide]\n"                                                                         \
    "    joined: all-in\n"                                                                         \
    "    actions:\n"                                                                               \
    "      all-in: {title: 各机构审查完毕, by: [system], to: deciding-now}\n"               \
    "  deciding-now:\n"                                                                            \
    "    title: 待决定\n"                                                                       \
    "    stage: 审查\n"                                                                          \
    "    citizen: 正在决定\n"                                                                  \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [decide]\n"                                                                         \
    "    actions:\n"                                                                               \
    "      decide: {title: 作出决定, by: [clerk], when: [children-closed], "                   \
    "effect: [result], to: telling, primary: true}\n"

static void load(struct world *w, const char *yaml, int status)
{
    struct json *body = json_object(&w->home);

    json_put_str(&w->home, body, "text", str_of(yaml));
    world_post_json(w, "/procedures", str_terminated(&w->home, json_text(&w->home, body)));
    WORLD_STATUS(w, status);
}

static struct registered registered_by_form(struct world *w, const char *fields)
{
    world_as(w, "zhoumin");
    return story_register(
        w, world_f(w,
                   "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","
                   "\"content\":\"申请办学。\",\"materials\":[{\"code\":\"identity\","
                   "\"state\":\"in\"},{\"code\":\"application\",\"state\":\"in\"},"
                   "{\"code\":\"special\",\"state\":\"in\"}],\"fields\":%s,"
                   "\"parties\":[" WORLD_APPLICANT "]}",
                   fields));
}

static struct registered old;

static void a_wrong_file_is_told_with_its_line(void **state)
{
    struct world *w = *state;

    old = registered_by_form(w, "{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"}");
    load(w, REVIEW, 403); /* a clerk loads nothing */
    world_as(w, "shilei");
    load(w, "procedure: [", 422);
    load(w, MATTER("10 days"), 422);
    STORY_REFUSED(w, "text", "第 9 行");
    /* The other procedure is not there yet: told when it is needed, or here. */
    load(w, REVIEW, 200);
    load(w, MATTER("10 working days"), 200);
    assert_int_equal(json_get_int(w->json, "version"), 2);
    load(w, MATTER("10 working days"), 200); /* the same again is no new version */
    assert_int_equal(json_get_int(w->json, "version"), 2);
}

static void what_began_under_the_old_one_ends_under_it(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_order(w, old.id).procedure_version, 1);
    world_as(w, "zhoumin");
    story_act(w, old.id, "accept", NULL);
    world_as(w, "mengfan");
    story_due(w, old.id, "decide", "2026-11-11");
    world_verify(w);
}

static void split_over_units_and_joined(void **state)
{
    struct world *w = *state;
    struct registered made = registered_by_form(w, "{}");
    int64_t children[2];

    assert_int_equal(world_order(w, made.id).procedure_version, 2);
    story_due(w, made.id, "decide", "2026-10-28");
    story_try(w, made.id, "send-out", "{\"units\":[]}", 422);
    STORY_REFUSED(w, "units", "请至少填一项");
    story_try(w, made.id, "send-out", "{\"units\":[{\"unit\":\"77\"}]}", 422);
    story_act(w, made.id, "send-out",
              world_f(w, "{\"units\":[{\"unit\":\"%lld\"},{\"unit\":\"%lld\"}]}",
                      ID(world_unit(w, "LJ02")), ID(world_unit(w, "LJ03"))));
    const struct json *child = json_get(w->json, "made")->first;
    children[0] = json_get_id(child, "id");
    children[1] = json_get_id(child->next, "id");
    story_step(w, made.id, "handling");
    assert_true(world_order(w, children[0]).parent == made.id);

    static const char opinion[] = "{\"outcome\":\"done\",\"result\":\"同意\"}";
    story_act_as(w, "lumei", NULL, children[0], "opinion", opinion);
    story_step(w, made.id, "handling");
    story_try(w, children[1], "opinion", opinion, 404); /* not hers */
    story_act_as(w, "yaofang", NULL, children[1], "opinion", opinion);
    story_step(w, made.id, "deciding-now");
    /* One is opened again: it is counted, and nothing is decided before it is done once more. */
    static const char decision[] = "{\"outcome\":\"done\",\"result\":\"准予\"}";
    story_act(w, children[1], "again", "{\"reason\":\"漏看一份材料\"}");
    world_verify(w);
    story_as(w, "zhoumin", NULL);
    story_try(w, made.id, "decide", decision, 409);
    WORLD_SAYS(w, "还有子工单没有办结");
    story_act_as(w, "yaofang", NULL, children[1], "opinion", opinion);
    world_as(w, "zhoumin");
    story_act(w, made.id, "decide", decision);
    story_step(w, made.id, "telling");
    world_verify(w);
}

static void an_order_with_open_parts_is_not_void(void **state)
{
    struct world *w = *state;
    struct registered made = registered_by_form(w, "{}");

    /* On the page units are ticked: the second and the fifth box. */
    world_get(w, world_f(w, "/orders/%lld?act=send-out", ID(made.id)));
    WORLD_SAYS(w, "units[0].unit");
    world_post(w, world_f(w, "/orders/%lld/act/send-out", ID(made.id)),
               world_f(w, "units[1].unit=%lld&units[4].unit=%lld", ID(world_unit(w, "LJ02")),
                       ID(world_unit(w, "LJ04"))));
    WORLD_STATUS(w, 303);
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    int64_t parts[2] = {0}, n = 0;
    JSON_EACH (row, json_get(w->json, "chain")) {
        if (str_is(json_get_str(row, "kind"), "子工单") && n < 2)
            parts[n++] = json_get_id(row, "id");
    }
    assert_int_equal(n, 2);
    story_try(w, made.id, "void", "{\"reason\":\"点错了\"}", 409);
    /* One part was opened by mistake, the other is done: nothing is missing any more. */
    bool first = world_order(w, parts[0]).unit == world_unit(w, "LJ02");
    story_act_as(w, "lumei", NULL, parts[first ? 0 : 1], "void", "{\"reason\":\"不该送我们\"}");
    story_step(w, made.id, "handling");
    story_act_as(w, "yuanlin", NULL, parts[first ? 1 : 0], "opinion",
                 "{\"outcome\":\"done\",\"result\":\"同意\"}");
    story_step(w, made.id, "deciding-now");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_wrong_file_is_told_with_its_line),
                       cmocka_unit_test(what_began_under_the_old_one_ends_under_it),
                       cmocka_unit_test(split_over_units_and_joined),
                       cmocka_unit_test(an_order_with_open_parts_is_not_void));
}
