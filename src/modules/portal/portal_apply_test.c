/*
 * Open pages, and applying step by step: what was typed stays, drafts come back with their code
 * (K4-K6, K14).
 */
#include "testing_phone.h"

#include "modules/audit/audit.h"

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
        phone_get(phone, pages[i]);
        if (phone->status != 200)
            fail_msg("%s: %d %.*s", pages[i], phone->status, STR_ARG(phone->body));
        SAYS(phone, "12348");
        SAYS(phone, "大字版");
    }
}

static void words_that_name_nothing_lead_to_a_person(void **state)
{
    struct phone *phone = *state;

    phone_get(phone, "/guide?q=zzzz");
    SAYS(phone, "没有找到");
    SAYS(phone, "有人当天答复");
}

static void large_type_stays_chosen(void **state)
{
    struct phone *phone = *state;

    phone_get(phone, "/?elder=1");
    SAYS(phone, "citizen elder");
    phone_get(phone, "/places");
    SAYS(phone, "普通版");
    phone_get(phone, "/places?elder=0");
    phone_get(phone, "/");
    SAYS(phone, "大字版");
}

static void all_errors_at_once_and_what_was_typed_stays(void **state)
{
    struct phone *phone = *state;

    phone_get(phone, "/apply/start/people-mediation");
    phone_post(phone, "/apply/start/people-mediation", "content=");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "有 1 处要改");
    SAYS(phone, "<title>错误：");
    SAYS(phone, "href=\"#content\"");
    phone_post(phone, "/apply/start/people-mediation", "content=墙外滴水");
    phone_go(phone);
    phone_post(phone, phone->here, "f_dispute=moon");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "href=\"#f_dispute\"");
    phone_get(phone, "/track");
    phone_post(phone, "/track", "no=&code=");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "有 2 处要改");
    phone_post(phone, "/track", "no=LJ01-x&code=");
    SAYS(phone, "有 1 处要改");
    SAYS(phone, "value=\"LJ01-x\"");
}

static void a_draft_is_put_aside_and_taken_up_with_its_code(void **state)
{
    struct phone *phone = *state;
    char code[20];

    phone_apply(phone);
    phone_post(phone, phone->here, "_save=1");
    phone_go(phone);
    SAYS(phone, "续填码");
    struct str mark = S("<dt>续填码</dt><dd>");
    snprintf(code, sizeof code, "%.*s", 19,
             str_from(phone->body, str_find(phone->body, mark) + mark.len).at);
    phone_post(phone, "/apply/leave", "");
    phone_get(phone, "/apply/check");
    assert_int_equal(phone->status, 404);
    phone_get(phone, "/apply/resume");
    phone_post(phone, "/apply/resume", "code=AAAA-AAAA-AAAA-AAAA");
    assert_int_equal(phone->status, 422);
    char fields[60];
    snprintf(fields, sizeof fields, "code=%s", code);
    phone_post(phone, "/apply/resume", fields);
    phone_go(phone);
    SAYS(phone, "看一遍，再交");
    SAYS(phone, "139****2675");
    assert_false(phone_says(phone, "13900002675"));
    SAYS(phone, "洁宇家政公司");
}

static void somebody_else_or_a_firm_can_be_the_applicant(void **state)
{
    struct phone *phone = *state;

    phone_get(phone, "/apply/start/legal-aid-civil");
    phone_post(phone, "/apply/start/legal-aid-civil", "content=父亲的抚恤金一直没有发");
    phone_go(phone);
    phone_post(phone, phone->here, "f_kind=civil");
    phone_go(phone);
    phone_post(phone, phone->here, "f_hardship=none");
    phone_go(phone);
    SAYS(phone, "替家人或者别人申请");
    phone_get(phone, "/apply/step/4?who=other");
    SAYS(phone, "替谁申请？");
    phone_post(phone, phone->here, "_who=other&name=王大山&id_number=990101198002144030");
    phone_go(phone);
    SAYS(phone, "您是谁？");
    SAYS(phone, "第 5 步，共 9 步");
    phone_post(phone, phone->here,
               "agent_role=agent&agent_name=王小明&agent_id=990101198002144031");
    assert_int_equal(phone->status, 422);
    phone_post(phone, phone->here,
               "agent_role=agent&agent_name=王小明&agent_id=990101198002144030");
    phone_go(phone);
    phone_post(phone, phone->here, "phone=13900002675");
    phone_go(phone);
    phone_post(phone, phone->here, "other_name=");
    phone_go(phone);
    phone_get(phone, "/apply/check");
    SAYS(phone, "谁代办");
    SAYS(phone, "王小明");
    phone_get(phone, "/apply/step/4?from=check");
    SAYS(phone, "替谁申请？");
    phone_get(phone, "/apply/step/4?who=firm");
    phone_post(
        phone, "/apply/step/4",
        "_who=firm&_back=check&name=洁宇家政公司&credit_code=91350100M000100Y43&contact=李芳");
    phone_go(phone);
    SAYS(phone, "看一遍，再交");
    assert_false(phone_says(phone, "谁代办"));
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    SAYS(phone, "申请收到了");
    phone_get(phone, "/track/order");
    SAYS(phone, "洁宇家政公司");
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

    phone_apply(phone);
    phone_get(phone, "/apply/material/1");
    phone_upload(phone, "/apply/material/1", (struct str){phone_photo, sizeof phone_photo});
    phone_go(phone);
    assert_int_equal(sweep(phone, TEST_NOW + (DRAFT_DAYS - 1) * DAY_MS), OK);
    phone_get(phone, "/apply/check");
    assert_int_equal(phone->status, 200);
    assert_int_equal(sweep(phone, TEST_NOW + (DRAFT_DAYS + 1) * DAY_MS), OK);
    phone_get(phone, "/apply/check");
    assert_int_equal(phone->status, 404);
}

static struct draft draft_of(struct phone *phone, struct task *t)
{
    struct draft draft;

    for (size_t i = 0; i < 4; i++) {
        struct str code = str_of(phone->cookies[i]);

        if (!str_starts(code, S("yimen_draft=")))
            continue;
        assert_int_equal(draft_open_code(t, str_from(code, 12), &draft), OK);
        return draft;
    }
    fail_msg("there is no draft");
    return (struct draft){0};
}

/* The server stopped between the order and the draft that was to hold its code. */
static void a_hand_in_that_was_cut_off_is_ended_by_the_next(void **state)
{
    struct phone *phone = *state;
    char code[40] = "";
    struct task t;

    phone_apply(phone);
    phone_get(phone, "/apply/check");
    task_begin(&t, phone->city.store, phone->city.t.now, TASK_BUDGET);
    t.tenant = phone->city.tenant;
    struct draft before = draft_of(phone, &t);
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    SAYS(phone, "申请收到了");
    struct str mark = S("<dt>查询码</dt><dd>");
    size_t at = str_find(phone->body, mark);
    assert_true(at != SIZE_MAX);
    snprintf(code, sizeof code, "%.*s", 16, str_from(phone->body, at + mark.len).at);

    before.version = draft_of(phone, &t).version;
    json_put_str(&t, before.body, "state", S("submitting"));
    json_put_int(&t, before.body, "since", 0);
    assert_int_equal(draft_save(&t, &before), OK);
    task_end(&t);
    phone_get(phone, "/apply/step/2");
    phone_go(phone);
    phone_go(phone);
    SAYS(phone, "看一遍，再交");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    SAYS(phone, "申请收到了");
    SAYS(phone, code);
}

static void a_program_applies_in_one_request(void **state)
{
    struct phone *phone = *state;
    struct str body =
        S("{\"_key\":\"program-0001-0001\",\"content\":\"房东不退押金\",\"parties\":[{\"role\":"
          "\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"李芳\",\"phone\":"
          "\"13900001111\"}}],\"fields\":{\"topic\":\"house\"}}");

    phone_send(phone, "POST", "/api/v1/guide/legal-consultation/apply", "application/json", body);
    if (phone->status != 201)
        fail_msg("%d %.*s", phone->status, STR_ARG(phone->body));
    SAYS(phone, "\"code\":\"");
    phone_send(phone, "POST", "/api/v1/guide/legal-consultation/apply", "application/json",
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
        STORY(every_open_page_is_there_with_a_person_one_tap_away),
        STORY(words_that_name_nothing_lead_to_a_person),
        STORY(large_type_stays_chosen),
        STORY(all_errors_at_once_and_what_was_typed_stays),
        STORY(a_draft_is_put_aside_and_taken_up_with_its_code),
        STORY(somebody_else_or_a_firm_can_be_the_applicant),
        STORY(a_draft_is_gone_after_a_week),
        STORY(a_hand_in_that_was_cut_off_is_ended_by_the_next),
        STORY(a_program_applies_in_one_request),
    };

    return cmocka_run_group_tests_name("portal-apply", tests, NULL, NULL);
}
