/*
 * One person, one phone, no account: asks, applies step by step, hands in a photograph, tracks,
 * changes the number, withdraws (K4-K6, K13, K14, K17; W5), through HTTP in process and without
 * script.
 */
#include <string.h>

#include "http/site.h"
#include "modules/audit/audit.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/notices/notices.h"
#include "modules/org/testing.h"
#include "modules/portal/portal.h"
#include "modules/shell/shell.h"
#include "portal_private.h"

struct phone {
    struct city city;
    struct site *site;
    struct task t; /* of the last request */
    char cookies[4][400];
    int status;
    struct str head, body, location;
    char here[300]; /* the page that go() led to */
};

static int set_up(void **state)
{
    struct phone *phone = calloc(1, sizeof *phone);
    const struct route *routes[] = {portal_module.routes, NULL};
    struct list faults = {0};
    char *why = NULL;

    city_build(&phone->city,
               (const struct migration *const[]){
                   org_module.migrations, audit_module.migrations, access_module.migrations,
                   calendar_module.migrations, party_module.migrations, catalog_module.migrations,
                   notices_module.migrations, orders_module.migrations, portal_module.migrations,
                   NULL});
    enum err e = catalog_load_folder(&phone->city.t, getenv("YIMEN_SOURCE"), &faults);
    LIST_EACH (const struct fault, fault, faults)
        print_error("%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line, STR_ARG(fault->message));
    assert_int_equal(e, OK);
    struct site_options options = {
        .title = "test",
        .version = "0",
        .routes = routes,
        .shell = &shell_shape,
        .hooks = {.authenticate = access_authenticate,
                  .admit = access_admit,
                  .csrf = access_csrf,
                  .shell = shell_make,
                  .sign_in = access_sign_in_address},
        .secret_burst = -1,
        .quiet = true,
    };
    phone->site = site_make(&options, &why);
    if (!phone->site)
        fail_msg("%s", why);
    task_begin(&phone->t, phone->city.store, TEST_NOW, TASK_BUDGET);
    *state = phone;
    return 0;
}

static int tear_down(void **state)
{
    struct phone *phone = *state;

    task_end(&phone->t);
    site_free(phone->site);
    city_clear(&phone->city);
    free(phone);
    return 0;
}

/* --- A browser of forty lines -------------------------------------------------------------- */

static void keep_cookie(struct phone *phone, struct str line)
{
    struct str value;

    if (!str_cut(&line, ';', &value))
        return;
    size_t name = str_find(value, S("=")) + 1;
    for (size_t i = 0; i < 4; i++) {
        if (phone->cookies[i][0] && strncmp(phone->cookies[i], value.at, name) != 0)
            continue;
        bool gone = str_find(line, S("Max-Age=0")) != SIZE_MAX;
        snprintf(phone->cookies[i], sizeof phone->cookies[i], "%.*s", gone ? 0 : (int)value.len,
                 value.at);
        return;
    }
}

static void answer(struct phone *phone, struct str raw)
{
    size_t cut = str_find(raw, S("\r\n\r\n"));
    struct str lines, line;

    assert_true(cut != SIZE_MAX);
    phone->head = str_first(raw, cut);
    phone->body = str_from(raw, cut + 4);
    phone->status = atoi(raw.at + 9);
    phone->location = (struct str){0};
    for (lines = phone->head; str_cut(&lines, '\n', &line);) {
        line = str_trim(line);
        if (str_starts(line, S("Set-Cookie: ")))
            keep_cookie(phone, str_from(line, 12));
        if (str_starts(line, S("Location: ")))
            phone->location = str_from(line, 10);
    }
}

static void send(struct phone *phone, const char *method, const char *path, const char *type,
                 struct str body)
{
    struct task *t = &phone->t;
    char address[300];

    snprintf(address, sizeof address, "%s", path);
    task_end(t);
    task_begin(t, phone->city.store, TEST_NOW, TASK_BUDGET);
    struct buf raw = buf_new(t, 4 * 1024 * 1024);
    buf_format(&raw, "%s %s HTTP/1.1\r\nHost: lanjiang\r\n", method, address);
    buf_format(&raw, "Cookie: %s; %s; %s; %s\r\n", phone->cookies[0], phone->cookies[1],
               phone->cookies[2], phone->cookies[3]);
    if (type)
        buf_format(&raw, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.len);
    buf_add(&raw, S("\r\n"));
    buf_add(&raw, body);
    answer(phone, http_handle(t, phone->site, buf_str(&raw), S("127.0.0.1")));
}

static void get(struct phone *phone, const char *path)
{
    send(phone, "GET", path, NULL, (struct str){0});
}

/* A hidden field of the page before. */
static const char *hidden(struct phone *phone, const char *name)
{
    static char value[200];
    struct str mark = str_format(&phone->t, "name=\"%s\" value=\"", name);
    size_t at = str_find(phone->body, mark);

    value[0] = '\0';
    if (at != SIZE_MAX) {
        struct str rest = str_from(phone->body, at + mark.len);

        snprintf(value, sizeof value, "%.*s", (int)str_find(rest, S("\"")), rest.at);
    }
    return value;
}

static void post(struct phone *phone, const char *path, const char *fields)
{
    char body[8000];
    char csrf[200];

    snprintf(csrf, sizeof csrf, "%s", hidden(phone, "_csrf"));
    int n = snprintf(body, sizeof body, "%s&_csrf=%s&_key=%s", fields, csrf, hidden(phone, "_key"));
    send(phone, "POST", path, "application/x-www-form-urlencoded", (struct str){body, (size_t)n});
}

static void go(struct phone *phone)
{
    char path[300];

    snprintf(path, sizeof path, "%.*s", STR_ARG(phone->location));
    if (phone->status != 303)
        print_error("%.*s\n%.*s\n", STR_ARG(phone->head), STR_ARG(phone->body));
    assert_int_equal(phone->status, 303);
    snprintf(phone->here, sizeof phone->here, "%s", path);
    get(phone, path);
}

static bool says(struct phone *phone, const char *words)
{
    return str_find(phone->body, str_of(words)) != SIZE_MAX;
}

#define SAYS(phone, words)                                                                         \
    do {                                                                                           \
        if (!says(phone, words)) {                                                                 \
            print_error("%.*s\n", STR_ARG((phone)->body));                                         \
            fail_msg("the page does not say %s", words);                                           \
        }                                                                                          \
    } while (0)

/* --- Stories ------------------------------------------------------------------------------- */

static void every_open_page_is_there_with_a_person_one_tap_away(void **state)
{
    static const char *const pages[] = {"/",
                                        "/guide",
                                        "/guide?q=%E6%8B%96%E6%AC%A0%E5%B7%A5%E8%B5%84",
                                        "/speak",
                                        "/places",
                                        "/track",
                                        "/privacy",
                                        "/accessibility",
                                        "/apply/resume",
                                        "/guide/legal-aid-civil",
                                        "/apply/start/legal-aid-civil"};
    struct phone *phone = *state;

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        get(phone, pages[i]);
        if (phone->status != 200)
            fail_msg("%s: %d %.*s", pages[i], phone->status, STR_ARG(phone->body));
        SAYS(phone, "12348");
        SAYS(phone, "大字版");
    }
}

static void words_that_name_nothing_lead_to_a_person(void **state)
{
    struct phone *phone = *state;

    get(phone, "/guide?q=zzzz");
    SAYS(phone, "没有找到");
    SAYS(phone, "有人当天答复");
}

static void large_type_stays_chosen(void **state)
{
    struct phone *phone = *state;

    get(phone, "/?elder=1");
    SAYS(phone, "citizen elder");
    get(phone, "/places");
    SAYS(phone, "普通版");
    get(phone, "/places?elder=0");
    get(phone, "/");
    SAYS(phone, "大字版");
}

static void all_errors_at_once_and_what_was_typed_stays(void **state)
{
    struct phone *phone = *state;

    get(phone, "/apply/start/people-mediation");
    post(phone, "/apply/start/people-mediation", "content=");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "有 1 处要改");
    SAYS(phone, "<title>错误：");
    SAYS(phone, "href=\"#content\"");
    post(phone, "/apply/start/people-mediation", "content=墙外滴水");
    go(phone);
    post(phone, phone->here, "f_dispute=moon");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "href=\"#f_dispute\"");
    get(phone, "/track");
    post(phone, "/track", "no=&code=");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "有 2 处要改");
    post(phone, "/track", "no=LJ01-x&code=");
    SAYS(phone, "有 1 处要改");
    SAYS(phone, "value=\"LJ01-x\"");
}

static void apply(struct phone *phone)
{
    get(phone, "/apply/start/legal-aid-civil");
    post(phone, "/apply/start/legal-aid-civil", "content=老板三个月没发工资，一共一万三千二百元");
    go(phone);
    SAYS(phone, "第 2 步，共 8 步");
    post(phone, phone->here, "f_kind=labour");
    go(phone);
    post(phone, phone->here, "f_hardship=exempt");
    go(phone);
    SAYS(phone, "谁申请？");
    post(phone, phone->here, "name=王小明&id_number=990101198002144031");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "王小明");
    SAYS(phone, "用其他证件");
    get(phone, "/apply/step/4?who=paper");
    SAYS(phone, "护照");
    post(phone, phone->here, "_who=paper&name=王小明&paper=passport&paper_number=E12345678");
    go(phone);
    SAYS(phone, "怎么找到您？");
    post(phone, phone->here, "phone=139+0000+2675&message=yes&address=双塔街道枣园社区");
    go(phone);
    SAYS(phone, "对方是谁？");
    post(phone, phone->here, "other_kind=firm&other_name=洁宇家政公司");
    go(phone);
    SAYS(phone, "材料");
}

static void a_draft_is_put_aside_and_taken_up_with_its_code(void **state)
{
    struct phone *phone = *state;
    char code[20];

    apply(phone);
    post(phone, phone->here, "_save=1");
    go(phone);
    SAYS(phone, "续填码");
    struct str mark = S("<dt>续填码</dt><dd>");
    snprintf(code, sizeof code, "%.*s", 19,
             str_from(phone->body, str_find(phone->body, mark) + mark.len).at);
    post(phone, "/apply/leave", "");
    get(phone, "/apply/check");
    assert_int_equal(phone->status, 404);
    get(phone, "/apply/resume");
    post(phone, "/apply/resume", "code=AAAA-AAAA-AAAA-AAAA");
    assert_int_equal(phone->status, 422);
    char fields[60];
    snprintf(fields, sizeof fields, "code=%s", code);
    post(phone, "/apply/resume", fields);
    go(phone);
    SAYS(phone, "看一遍，再交");
    SAYS(phone, "139****2675");
    assert_false(says(phone, "13900002675"));
    SAYS(phone, "洁宇家政公司");
}

static void upload(struct phone *phone, const char *path, struct str content)
{
    char csrf[200], key[200];
    struct buf body;

    snprintf(csrf, sizeof csrf, "%s", hidden(phone, "_csrf"));
    snprintf(key, sizeof key, "%s", hidden(phone, "_key"));
    char *copy = malloc(content.len);
    memcpy(copy, content.at, content.len);
    struct task made;
    task_begin(&made, NULL, TEST_NOW, TASK_BUDGET);
    body = buf_new(&made, 1024 * 1024);
    buf_format(&body,
               "--x\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n%s\r\n"
               "--x\r\nContent-Disposition: form-data; name=\"_key\"\r\n\r\n%s\r\n"
               "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"欠条.jpg\"\r\n"
               "Content-Type: image/jpeg\r\n\r\n",
               csrf, key);
    buf_add_bytes(&body, copy, content.len);
    buf_add(&body, S("\r\n--x--\r\n"));
    send(phone, "POST", path, "multipart/form-data; boundary=x", buf_str(&body));
    task_end(&made);
    free(copy);
}

static char photo[300] = "\xff\xd8\xff\xe0";

static void applied_once_and_tracked(void **state)
{
    struct phone *phone = *state;
    char number[60], code[20], done[40], fields[200];
    struct str mark = S("<dt>工单号</dt><dd>"), code_mark = S("<dt>查询码</dt><dd>");

    apply(phone);
    get(phone, "/apply/material/1");
    upload(
        phone, "/apply/material/1",
        S("MZ this is a program and nothing that a centre can read, though it says it is a photograph"));
    assert_int_equal(phone->status, 422);
    SAYS(phone, "不是照片或 PDF");
    upload(phone, "/apply/material/1", (struct str){photo, sizeof photo});
    go(phone);
    SAYS(phone, "已传");
    get(phone, "/apply/check");
    SAYS(phone, "交了以后");
    post(phone, "/apply/check", "");
    go(phone);
    SAYS(phone, "申请收到了");
    struct str rest = str_from(phone->body, str_find(phone->body, mark) + mark.len);
    snprintf(number, sizeof number, "%.*s", (int)str_find(rest, S("<")), rest.at);
    rest = str_from(phone->body, str_find(phone->body, code_mark) + code_mark.len);
    snprintf(code, sizeof code, "%.*s", (int)str_find(rest, S("<")), rest.at);
    get(phone, "/apply/check");
    snprintf(done, sizeof done, "%.*s", STR_ARG(phone->location));
    assert_string_equal(done, "/apply/done");
    get(phone, "/track/order");
    SAYS(phone, "现在不用您做什么");
    SAYS(phone, "收到申请");
    SAYS(phone, number);
    SAYS(phone, "为什么是这一天");
    assert_false(says(phone, "王小明"));
    get(phone, "/track/why");
    SAYS(phone, "怎么算的");
    get(phone, "/track/looks");
    SAYS(phone, "还没有人看过");
    get(phone, "/track/order");
    post(phone, "/track/leave", "");
    get(phone, "/track/order");
    assert_int_not_equal(phone->status, 200);
    get(phone, "/track");
    snprintf(fields, sizeof fields, "no=%s&code=0000-0000-0000-0000", number);
    post(phone, "/track", fields);
    assert_int_equal(phone->status, 422);
    SAYS(phone, "对不上");
    snprintf(fields, sizeof fields, "no=%s&code=%s", number, code);
    post(phone, "/track", fields);
    go(phone);
    SAYS(phone, "您可以");
    get(phone, "/track/act/change-phone");
    post(phone, "/track/act/change-phone", "phone=123");
    assert_int_equal(phone->status, 422);
    post(phone, "/track/act/change-phone", "phone=13900002676");
    go(phone);
    SAYS(phone, "换好了");
    get(phone, "/track/supplement");
    get(phone, "/track/supplement/0");
    upload(phone, "/track/supplement/0", (struct str){photo, sizeof photo});
    go(phone);
    get(phone, "/track/act/withdraw");
    snprintf(fields, sizeof fields, "_version=1&reason=不办了");
    post(phone, "/track/act/withdraw", fields);
    assert_int_equal(phone->status, 409);
    SAYS(phone, "刚才有了变化");
    SAYS(phone, "不办了");
    get(phone, "/track/act/withdraw");
    snprintf(fields, sizeof fields, "_version=%s&reason=不办了", hidden(phone, "_version"));
    post(phone, "/track/act/withdraw", fields);
    go(phone);
    SAYS(phone, "已撤回");
}

/* P1: a daughter for her father, and a firm. */
static void somebody_else_or_a_firm_can_be_the_applicant(void **state)
{
    struct phone *phone = *state;

    get(phone, "/apply/start/legal-aid-civil");
    post(phone, "/apply/start/legal-aid-civil", "content=父亲的抚恤金一直没有发");
    go(phone);
    post(phone, phone->here, "f_kind=civil");
    go(phone);
    post(phone, phone->here, "f_hardship=none");
    go(phone);
    SAYS(phone, "替家人或者别人申请");
    get(phone, "/apply/step/4?who=other");
    SAYS(phone, "替谁申请？");
    post(phone, phone->here, "_who=other&name=王大山&id_number=990101198002144030");
    go(phone);
    SAYS(phone, "您是谁？");
    SAYS(phone, "第 5 步，共 9 步");
    post(phone, phone->here, "agent_role=agent&agent_name=王小明&agent_id=990101198002144031");
    assert_int_equal(phone->status, 422);
    post(phone, phone->here, "agent_role=agent&agent_name=王小明&agent_id=990101198002144030");
    go(phone);
    post(phone, phone->here, "phone=13900002675");
    go(phone);
    post(phone, phone->here, "other_name=");
    go(phone);
    get(phone, "/apply/check");
    SAYS(phone, "谁代办");
    SAYS(phone, "王小明");
    get(phone, "/apply/step/4?from=check");
    SAYS(phone, "替谁申请？");
    get(phone, "/apply/step/4?who=firm");
    post(phone, "/apply/step/4",
         "_who=firm&_back=check&name=洁宇家政公司&credit_code=91350100M000100Y43&contact=李芳");
    go(phone);
    SAYS(phone, "看一遍，再交");
    assert_false(says(phone, "谁代办"));
    post(phone, "/apply/check", "");
    go(phone);
    SAYS(phone, "申请收到了");
    get(phone, "/track/order");
    SAYS(phone, "洁宇家政公司");
}

/* What stands in the store of a draft, or of an order, tells nothing without its keys. */
static void nothing_typed_stands_in_the_clear(void **state)
{
    struct phone *phone = *state;
    char path[400];
    size_t found = 0;

    apply(phone);
    get(phone, "/apply/check");
    post(phone, "/apply/check", "");
    go(phone);
    static const char *const files[] = {"yimen.db", "yimen.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", phone->city.folder, files[i]);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        char *bytes = malloc(64 * 1024 * 1024);
        struct str all = {bytes, fread(bytes, 1, 64 * 1024 * 1024, file)};
        fclose(file);
        found += str_find(all, S("E12345678")) != SIZE_MAX;
        found += str_find(all, S("13900002675")) != SIZE_MAX;
        found += str_find(all, S("王小明")) != SIZE_MAX;
        found += str_find(all, S("三个月没发工资")) != SIZE_MAX;
        free(bytes);
    }
    assert_int_equal(found, 0);
}

static void two_presses_make_one_order(void **state)
{
    struct phone *phone = *state;
    char first[60];
    struct str mark = S("<dt>工单号</dt><dd>");

    apply(phone);
    get(phone, "/apply/check");
    post(phone, "/apply/check", "");
    go(phone);
    struct str rest = str_from(phone->body, str_find(phone->body, mark) + mark.len);
    snprintf(first, sizeof first, "%.*s", (int)str_find(rest, S("<")), rest.at);
    get(phone, "/track/order");
    post(phone, "/apply/check", "");
    go(phone);
    SAYS(phone, first);
}

static void a_complaint_joins_the_one_line(void **state)
{
    struct phone *phone = *state;

    apply(phone);
    get(phone, "/apply/check");
    post(phone, "/apply/check", "");
    go(phone);
    get(phone, "/track/complain");
    go(phone);
    post(phone, phone->here, "about=delay&against=handler");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "经过和要求");
    get(phone, phone->here);
    post(phone, phone->here, "about=delay&against=handler&content=说好三天，等了十天");
    go(phone);
    SAYS(phone, "投诉收到了");
    SAYS(phone, "您提出了投诉");
    assert_false(says(phone, "投诉：收到申请"));
}

static enum err sweep(struct phone *phone, int64_t now)
{
    struct task t;

    task_begin(&t, phone->city.store, now, TASK_BUDGET);
    t.tenant = phone->city.tenant;
    enum err e = draft_sweep(&t, NULL);
    task_end(&t);
    return e;
}

static void a_draft_is_gone_after_a_week(void **state)
{
    struct phone *phone = *state;

    apply(phone);
    get(phone, "/apply/material/1");
    upload(phone, "/apply/material/1", (struct str){photo, sizeof photo});
    go(phone);
    assert_int_equal(sweep(phone, TEST_NOW + (DRAFT_DAYS - 1) * DAY_MS), OK);
    get(phone, "/apply/check");
    assert_int_equal(phone->status, 200);
    assert_int_equal(sweep(phone, TEST_NOW + (DRAFT_DAYS + 1) * DAY_MS), OK);
    get(phone, "/apply/check");
    assert_int_equal(phone->status, 404);
}

static void a_program_applies_in_one_request(void **state)
{
    struct phone *phone = *state;
    struct str body =
        S("{\"_key\":\"program-0001-0001\",\"content\":\"房东不退押金\",\"parties\":[{\"role\":"
          "\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"李芳\",\"phone\":"
          "\"13900001111\"}}],\"fields\":{\"topic\":\"house\"}}");

    send(phone, "POST", "/api/v1/guide/legal-consultation/apply", "application/json", body);
    if (phone->status != 201)
        fail_msg("%d %.*s", phone->status, STR_ARG(phone->body));
    SAYS(phone, "\"code\":\"");
    send(phone, "POST", "/api/v1/guide/legal-consultation/apply", "application/json",
         S("{\"_key\":\"program-0001-0002\",\"channel\":\"window\",\"content\":\"x\"}"));
    assert_int_equal(phone->status, 422);
    SAYS(phone, "channel");
}

int main(void)
{
    if (!getenv("YIMEN_SOURCE")) {
        print_message("YIMEN_SOURCE is not set: skipped\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_open_page_is_there_with_a_person_one_tap_away, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(words_that_name_nothing_lead_to_a_person, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(large_type_stays_chosen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_errors_at_once_and_what_was_typed_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_draft_is_put_aside_and_taken_up_with_its_code, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(applied_once_and_tracked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(somebody_else_or_a_firm_can_be_the_applicant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_typed_stands_in_the_clear, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_presses_make_one_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_complaint_joins_the_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_draft_is_gone_after_a_week, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_program_applies_in_one_request, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("portal-story", tests, NULL, NULL);
}
