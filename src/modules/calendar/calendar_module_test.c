/* The tenant's calendar on a real store: loading, sharing, refusing, reckoning again. */
#include "modules/calendar/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/test.h"
#include "modules/access/access.h"
#include "modules/audit/audit.h"
#include "modules/calendar/reckon.h"
#include "modules/module.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "store/store.h"

struct world {
    char folder[64];
    struct store *store;
    struct task t;
    struct actor actor;
    int64_t other; /* another tenant */
};

static enum err make_tenant(struct task *t, void *arg)
{
    struct tenant tenant = {.code = str_of(arg),
                            .name = S("公共法律服务中心"),
                            .city = S("岚江市"),
                            .hotline = S("12348")};
    int64_t id;

    return org_create_tenant(t, &tenant, &id);
}

static int set_up(void **state)
{
    static char name[] = "other", code[] = "lanjiang";
    struct world *w = calloc(1, sizeof *w);
    char key_file[80];

    strcpy(w->folder, "/tmp/yimen-calendar-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(key_file, sizeof key_file, "%s/key", w->folder);
    task_begin(&w->t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(keys_make_file(&w->t, key_file, SUITE_INTERNATIONAL), OK);
    assert_int_equal(keys_open(&w->t, key_file), OK);
    const struct store_options options = {.directory = w->folder, .create = true};
    assert_int_equal(store_open(&w->t, &options, &w->store), OK);
    w->t.store = w->store;
    const struct module *const needed[] = {&org_module, &audit_module, &calendar_module};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        size_t n = 0;
        while (needed[i]->migrations[n].sql)
            n++;
        assert_int_equal(store_migrate(&w->t, needed[i]->migrations, n), OK);
    }
    assert_int_equal(store_write(&w->t, make_tenant, name), OK);
    w->other = w->t.tenant;
    assert_int_equal(store_write(&w->t, make_tenant, code), OK);
    w->actor = (struct actor){.kind = ACTOR_STAFF,
                              .tenant = w->t.tenant,
                              .staff = 12,
                              .name = S("郑平"),
                              .post = post_find(S("sysadmin"))};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char command[128];

    calendar_follow(NULL);
    task_end(&w->t);
    store_close(w->store);
    keys_close();
    snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
    assert_int_equal(system(command), 0);
    free(w);
    return 0;
}

struct load {
    const struct actor *actor;
    enum calendar_days kind;
    const char *text;
    int64_t version;
    bool fail_after;
};

static enum err load_fn(struct task *t, void *arg)
{
    struct load *l = arg;
    enum err e = calendar_load(t, l->actor, l->kind, str_of(l->text), S("国办发明电"), &l->version);

    if (e || !l->fail_after)
        return e;
    /* The transaction sees what it loaded; nobody may see it after. */
    const struct calendar *calendar;
    e = calendar_current(t, &calendar);
    assert_int_equal(e, OK);
    assert_int_equal(calendar_version(calendar), l->version);
    assert_int_equal(calendar_kind(calendar, day_from_civil(2027, 3, 9)), DAY_REST);
    return task_fail(t, ERR_BUSY, "不做了");
}

static enum err load(struct world *w, enum calendar_days kind, const char *text)
{
    struct load l = {&w->actor, kind, text, 0, false};

    task_clear_error(&w->t);
    return store_write(&w->t, load_fn, &l);
}

static enum err current_fn(struct task *t, void *arg)
{
    return calendar_current(t, arg);
}

static const struct calendar *current(struct world *w)
{
    const struct calendar *calendar = NULL;

    assert_int_equal(store_read(&w->t, current_fn, &calendar), OK);
    return calendar;
}

static enum day_kind kind_of(struct world *w, int month, int day)
{
    return calendar_kind(current(w), day_from_civil(2027, month, day));
}

/* A notice for 2027 as it might look: the first eleven days of January off. */
static const char notice_2027[] =
    "{\"years\":{\"2027\":{\"papers\":[],\"days\":{"
    "\"2027-01-01\":\"off\",\"2027-01-02\":\"off\",\"2027-01-03\":\"off\",\"2027-01-04\":\"off\","
    "\"2027-01-05\":\"off\",\"2027-01-06\":\"off\",\"2027-01-07\":\"off\",\"2027-01-08\":\"off\","
    "\"2027-01-09\":\"off\",\"2027-01-10\":\"off\",\"2027-01-11\":\"off\",\"2027-01-16\":\"work\"},"
    "\"names\":{\"2027-01-01\":\"元旦\"}}}}";
static const char own_days[] = "{\"years\":{\"2027\":{\"days\":{\"2027-01-11\":\"work\","
                               "\"2027-03-09\":\"off\"},\"names\":{\"2027-03-09\":\"地方节日\"}}}}";

static void without_a_load_the_calendar_of_the_program_counts(void **state)
{
    struct world *w = *state;
    const struct calendar *calendar = current(w);

    assert_int_equal(calendar_version(calendar), 0);
    assert_int_equal(calendar_published_until(calendar), day_from_civil(2026, 12, 31));
    assert_ptr_equal(current(w), calendar);
}

static void a_notice_adds_its_year_and_the_own_days_go_before_it(void **state)
{
    struct world *w = *state;

    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    const struct calendar *first = current(w);
    assert_int_equal(calendar_version(first), 1);
    assert_int_equal(calendar_published_until(first), day_from_civil(2027, 12, 31));
    assert_int_equal(kind_of(w, 1, 11), DAY_REST);
    assert_int_equal(kind_of(w, 1, 16), DAY_WORKING);
    assert_int_equal(calendar_kind(first, day_from_civil(2026, 10, 1)), DAY_REST);

    assert_int_equal(load(w, CALENDAR_OWN, own_days), OK);
    assert_int_equal(calendar_version(current(w)), 2);
    assert_int_equal(kind_of(w, 1, 11), DAY_WORKING);
    assert_int_equal(kind_of(w, 3, 9), DAY_REST);
    assert_str(calendar_name(current(w), day_from_civil(2027, 3, 9)), "地方节日");
    assert_int_equal(calendar_kind(first, day_from_civil(2027, 3, 9)), DAY_WORKING); /* as it was */

    /* An empty year takes the own days away again. */
    assert_int_equal(load(w, CALENDAR_OWN, "{\"years\":{\"2027\":{\"days\":{}}}}"), OK);
    assert_int_equal(calendar_version(current(w)), 3);
    assert_int_equal(kind_of(w, 3, 9), DAY_WORKING);
}

static void other_tenants_keep_theirs_and_equal_ones_are_shared(void **state)
{
    struct world *w = *state;
    int64_t tenant = w->t.tenant;

    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    const struct calendar *ours = current(w);
    w->t.tenant = w->other;
    assert_int_equal(calendar_version(current(w)), 0);
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_ptr_equal(current(w), ours);
    w->t.tenant = tenant;
}

static void a_load_that_is_rolled_back_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct load l = {&w->actor, CALENDAR_OWN, own_days, 0, true};

    assert_int_equal(store_write(&w->t, load_fn, &l), ERR_BUSY);
    assert_int_equal(calendar_version(current(w)), 0);
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(calendar_version(current(w)), 1);
    assert_int_equal(kind_of(w, 3, 9), DAY_WORKING);
}

static void what_is_no_calendar_is_refused_in_full(void **state)
{
    struct world *w = *state;

    assert_int_equal(load(w, CALENDAR_NATIONAL, "not json"), ERR_BAD_INPUT);
    assert_int_equal(load(w, CALENDAR_NATIONAL,
                          "{\"years\":{\"2027\":{\"days\":{\"2027-13-01\":\"off\","
                          "\"2027-01-01\":\"holiday\"}}}}"),
                     ERR_BAD_INPUT);
    assert_int_equal(error_count(&w->t), 2);
    assert_non_null(error_at(&w->t, "years.2027.days.2027-13-01"));
    /* half a notice */
    assert_int_equal(
        load(w, CALENDAR_NATIONAL, "{\"years\":{\"2027\":{\"days\":{\"2027-01-01\":\"off\"}}}}"),
        ERR_BAD_INPUT);
    assert_non_null(error_at(&w->t, "years.2027"));
    /* a year that was published would be so no more */
    assert_int_equal(load(w, CALENDAR_NATIONAL, "{\"years\":{\"2026\":{\"days\":{}}}}"),
                     ERR_BAD_INPUT);
    assert_non_null(error_at(&w->t, "years"));
    assert_int_equal(calendar_version(current(w)), 0);
}

static void the_same_again_is_told_to_whom_it_was_told_before(void **state)
{
    struct world *w = *state;

    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(calendar_version(current(w)), 1);
    w->actor.staff++; /* somebody else may have taken the wrong file */
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), ERR_CONFLICT);
    task_clear_error(&w->t);
    assert_int_equal(calendar_version(current(w)), 1);
}

static enum err list_fn(struct task *t, void *arg)
{
    return calendar_versions(t, arg);
}

static enum err audit_fn(struct task *t, void *arg)
{
    const struct audit_query query = {.word = S("load")};

    return audit_list(t, &query, arg);
}

static enum err tenant_fn(struct task *t, void *arg)
{
    return org_tenant(t, arg);
}

static void every_load_is_on_record(void **state)
{
    struct world *w = *state;
    struct list versions, entries;
    struct tenant tenant;

    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(load(w, CALENDAR_OWN, own_days), OK);
    assert_int_equal(store_read(&w->t, list_fn, &versions), OK);
    assert_int_equal(versions.count, 2);
    const struct calendar_version *version = versions.at;
    assert_int_equal(version[0].version, 2);
    assert_str(version[0].kind, "own");
    assert_int_equal(version[0].published_until, DAY_NONE);
    assert_int_equal(version[1].version, 1);
    assert_str(version[1].kind_title, "国务院放假安排");
    assert_str(version[1].note, "国办发明电");
    assert_str(version[1].loaded_name, "郑平");
    assert_int_equal(version[1].loaded_at, TEST_NOW);
    assert_int_equal(version[1].published_until, day_from_civil(2027, 12, 31));
    assert_int_equal(version[1].hash.len, 64);
    assert_false(version[1].recomputed);
    assert_int_equal(store_read(&w->t, audit_fn, &entries), OK);
    assert_int_equal(entries.count, 2);
    assert_str(((const struct audit_view *)entries.at)->subject, "calendar/own@2");
    assert_int_equal(store_read(&w->t, tenant_fn, &tenant), OK);
    assert_int_equal(tenant.own_days, 2);
}

/* Ten things to reckon again, numbered 1 to 10. */
static int64_t reckoned, calls, fail_at;

static enum err follow(struct task *t, int64_t most, int64_t *cursor, bool *ret_finished)
{
    if (++calls == fail_at)
        return task_fail(t, ERR_BUSY, "忙");
    for (int64_t i = 0; i < most && *cursor < 10; i++) {
        (*cursor)++;
        reckoned++;
    }
    *ret_finished = *cursor == 10;
    return OK;
}

static void reckoning_again_goes_on_where_it_stopped(void **state)
{
    struct world *w = *state;
    struct list versions;
    bool finished = false;

    reckoned = calls = 0;
    fail_at = 2;
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_true(finished); /* nobody follows */
    calendar_follow(follow);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_false(finished);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), ERR_BUSY);
    task_clear_error(&w->t);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_false(finished);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_true(finished);
    assert_int_equal(reckoned, 10);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_true(finished);
    assert_int_equal(reckoned, 10);

    /* A version that comes while another is under way takes over from the first. */
    assert_int_equal(load(w, CALENDAR_OWN, own_days), OK);
    assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_int_equal(load(w, CALENDAR_OWN, "{\"years\":{\"2027\":{\"days\":{}}}}"), OK);
    for (finished = false; !finished;)
        assert_int_equal(calendar_recompute(&w->t, 4, &finished), OK);
    assert_int_equal(reckoned, 24);
    assert_int_equal(store_read(&w->t, list_fn, &versions), OK);
    LIST_EACH (const struct calendar_version, version, versions)
        assert_true(version->recomputed);
}

static const struct route *route_at(enum method method, const char *path)
{
    for (const struct route *route = calendar_module.routes; route->path; route++)
        if (route->method == method && strcmp(route->path, path) == 0)
            return route;
    fail_msg("no route %s", path);
    return NULL;
}

static struct json *object(struct task *t, const char *text)
{
    struct json *json;

    assert_int_equal(json_parse(t, str_of(text), &json), OK);
    return json;
}

static struct str view_json(struct task *t, const struct route *route,
                            const struct response *response)
{
    struct buf b = buf_new(t, 1 << 20);

    shape_write_json(&b, response->shape ? response->shape : route->view, response->view);
    return buf_str(&b);
}

static void a_date_is_reckoned_with_the_tenants_calendar(void **state)
{
    struct world *w = *state;
    const struct route *route = route_at(GET, "/due");
    struct request request = {
        .api = true,
        .query = object(&w->t, "{\"start\":\"2026-12-31T10:00\",\"limit\":\"1 working days\"}"),
        .actor = &w->actor};
    struct response response = {0};

    assert_int_equal(route->handler(&w->t, &request, &response), OK);
    struct str json = view_json(&w->t, route, &response);
    assert_true(str_find(json, S("\"legal\":\"2027-01-01\"")) != SIZE_MAX);
    assert_true(str_find(json, S("\"provisional\":true")) != SIZE_MAX);
    assert_int_equal(load(w, CALENDAR_NATIONAL, notice_2027), OK);
    assert_int_equal(route->handler(&w->t, &request, &response), OK);
    json = view_json(&w->t, route, &response);
    assert_true(str_find(json, S("\"legal\":\"2027-01-12\"")) != SIZE_MAX);
    assert_true(str_find(json, S("\"provisional\":false")) != SIZE_MAX);
    assert_true(str_find(json, S("年日历 第 1 版")) != SIZE_MAX);

    request.query = object(&w->t, "{\"start\":\"soon\",\"limit\":\"7 days\",\"pause\":\"x\"}");
    assert_int_equal(route->handler(&w->t, &request, &response), ERR_BAD_INPUT);
    assert_int_equal(error_count(&w->t), 3);
    task_clear_error(&w->t);
    request.api = false; /* the page keeps what was typed and shows what is wrong */
    response = (struct response){0};
    assert_int_equal(route->handler(&w->t, &request, &response), OK);
    assert_int_equal(response.status, 422);
    json = view_json(&w->t, route, &response);
    assert_true(str_find(json, S("\"start\":\"soon\"")) != SIZE_MAX);
}

static void the_page_shows_a_year_and_takes_a_file(void **state)
{
    struct world *w = *state;
    const struct route *get = route_at(GET, "/admin/calendar");
    const struct route *post = route_at(POST, "/admin/calendar");
    struct upload upload = {S("file"), S("2027.json"), S("application/json"), str_of(notice_2027)};
    struct request request = {.method = POST,
                              .query = json_object(&w->t),
                              .body = object(&w->t, "{\"kind\":\"national\"}"),
                              .actor = &w->actor};
    struct response response = {0};

    assert_int_equal(post->handler(&w->t, &request, &response), ERR_BAD_INPUT);
    assert_non_null(error_at(&w->t, "text"));
    request.error = ERR_BAD_INPUT;
    request.errors = w->t.field_errors;
    w->t.field_errors = w->t.last_field_error = NULL;
    task_clear_error(&w->t);
    assert_int_equal(post->on_bad_input(&w->t, &request, &response), OK);
    struct str json = view_json(&w->t, get, &response);
    assert_true(str_find(json, S("\"has_errors\":true")) != SIZE_MAX);

    request.uploads = (struct list){&upload, 1};
    request.error = OK;
    request.errors = NULL;
    response = (struct response){0};
    assert_int_equal(post->handler(&w->t, &request, &response), OK);
    assert_int_equal(response.id, 1);
    request = (struct request){
        .method = GET, .query = object(&w->t, "{\"year\":2026}"), .actor = &w->actor};
    assert_int_equal(get->handler(&w->t, &request, &response), OK);
    json = view_json(&w->t, get, &response);
    assert_true(
        str_find(json, S("{\"name\":\"国庆节\",\"days\":\"10-01 至 10-07，共 7 日\",\"work\":"
                         "\"09-20、10-10\"}")) != SIZE_MAX);
    assert_true(str_find(json, S("{\"day\":\"2026-10-01\",\"number\":1,\"kind\":\"rest exception "
                                 "from-4\",\"mark\":\"休\",\"name\":\"国庆节\"}")) != SIZE_MAX);
    assert_true(str_find(json, S("\"may_load\":true")) != SIZE_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_load_the_calendar_of_the_program_counts),
        TEST(a_notice_adds_its_year_and_the_own_days_go_before_it),
        TEST(other_tenants_keep_theirs_and_equal_ones_are_shared),
        TEST(a_load_that_is_rolled_back_leaves_nothing),
        TEST(what_is_no_calendar_is_refused_in_full),
        TEST(the_same_again_is_told_to_whom_it_was_told_before),
        TEST(every_load_is_on_record),
        TEST(reckoning_again_goes_on_where_it_stopped),
        TEST(a_date_is_reckoned_with_the_tenants_calendar),
        TEST(the_page_shows_a_year_and_takes_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
