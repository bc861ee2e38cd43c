/*
 * Lists that a person keeps under a name: their filters, for them alone, and never what was typed
 * in the search box.
 */
#include "story.h"

static int64_t the_one(struct world *w, const char *title)
{
    world_get(w, "/api/v1/orders/views");
    WORLD_STATUS(w, 200);
    JSON_EACH (view, json_get(w->json, "views"))
        if (str_is(json_get_str(view, "title"), title))
            return json_get_id(view, "id");
    return 0;
}

static void a_filter_is_kept_under_a_name(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_get(w, "/orders?view=unit");
    assert_false(world_says(w, "保存当前视图")); /* nothing is filtered */
    world_get(w, "/orders?view=unit&matter=legal-aid-wage&green=1");
    WORLD_SAYS(w, "保存当前视图");
    world_post(w, "/orders/views",
               world_f(w, "title=%s&view=unit&matter=legal-aid-wage&green=1",
                       world_escape(w, "欠薪专项")));
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/orders?view=unit&green=1&matter=legal-aid-wage");
    world_get(w, "/orders?view=unit&green=1&matter=legal-aid-wage");
    WORLD_SAYS(w, "欠薪专项");
    WORLD_SAYS(w, "删掉这个视图");
    assert_false(world_says(w, "保存当前视图"));
    world_get(w, "/orders");
    WORLD_SAYS(w, "欠薪专项");

    /* The same name again: other filters, not another view. */
    world_post_json(w, "/orders/views",
                    "{\"title\":\"欠薪专项\",\"view\":\"unit\",\"emergency\":true}");
    world_get(w, "/api/v1/orders/views");
    assert_int_equal(json_get(w->json, "views")->count, 1);
    assert_str(json_get_str(json_get(w->json, "views")->first, "href"),
               "/orders?view=unit&emergency=1");
}

static void it_is_its_owners_alone(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    int64_t id = the_one(w, "欠薪专项");
    assert_true(id != 0);
    world_as(w, "chenliqun");
    assert_int_equal(the_one(w, "欠薪专项"), 0);
    world_post_json(w, world_f(w, "/orders/views/%lld/drop", (long long)id), "{}");
    WORLD_STATUS(w, 404);
    world_as(w, "zhoumin");
    world_post_json(w, world_f(w, "/orders/views/%lld/drop", (long long)id), "{}");
    assert_int_equal(the_one(w, "欠薪专项"), 0);
    world_post_json(w, world_f(w, "/orders/views/%lld/drop", (long long)id), "{}");
    WORLD_STATUS(w, 404);
}

static void what_was_searched_for_is_not_kept(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_get(w, world_f(w, "/orders?view=unit&q=%s", world_escape(w, "王小满")));
    assert_false(world_says(w, "保存当前视图"));
    world_post(w, "/orders/views",
               world_f(w, "title=a&view=unit&due=today&q=%s", world_escape(w, "王小满")));
    WORLD_STATUS(w, 422);
    world_get(w, "/api/v1/orders/views");
    assert_false(world_says(w, "王小满"));
}

static void there_is_an_end_of_them(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post_json(w, "/orders/views", "{\"title\":\"\",\"view\":\"unit\"}");
    WORLD_STATUS(w, 422);
    for (int i = 0; i < 12; i++)
        world_post_json(w, "/orders/views", world_f(w, "{\"title\":\"n%d\",\"due\":\"today\"}", i));
    world_post_json(w, "/orders/views", "{\"title\":\"one too many\",\"due\":\"today\"}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "title", "先删掉一个");
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_filter_is_kept_under_a_name),
                       cmocka_unit_test(it_is_its_owners_alone),
                       cmocka_unit_test(what_was_searched_for_is_not_kept),
                       cmocka_unit_test(there_is_an_end_of_them));
}
