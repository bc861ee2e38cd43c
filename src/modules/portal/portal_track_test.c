/*
 * What was handed in once: tracked, supplemented, complained of, and nowhere in the clear (K13,
 * K17; W5).
 */
#include "testing_phone.h"

#include "modules/audit/audit.h"

static void applied_once_and_tracked(void **state)
{
    struct phone *phone = *state;
    char number[60], code[20], done[40], fields[200];
    struct str mark = S("<dt>工单号</dt><dd>"), code_mark = S("<dt>查询码</dt><dd>");

    phone_apply(phone);
    phone_get(phone, "/apply/material/1");
    phone_upload(
        phone, "/apply/material/1",
        S("MZ this is a program and nothing that a centre can read, though it says it is a photograph"));
    assert_int_equal(phone->status, 422);
    SAYS(phone, "不是照片或 PDF");
    phone_upload(phone, "/apply/material/1", (struct str){phone_photo, sizeof phone_photo});
    phone_go(phone);
    SAYS(phone, "已传");
    phone_get(phone, "/apply/check");
    SAYS(phone, "交了以后");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    SAYS(phone, "申请收到了");
    struct str rest = str_from(phone->body, str_find(phone->body, mark) + mark.len);
    snprintf(number, sizeof number, "%.*s", (int)str_find(rest, S("<")), rest.at);
    rest = str_from(phone->body, str_find(phone->body, code_mark) + code_mark.len);
    snprintf(code, sizeof code, "%.*s", (int)str_find(rest, S("<")), rest.at);
    phone_get(phone, "/apply/check");
    snprintf(done, sizeof done, "%.*s", STR_ARG(phone->location));
    assert_string_equal(done, "/apply/done");
    phone_get(phone, "/track/order");
    SAYS(phone, "现在不用您做什么");
    SAYS(phone, "收到申请");
    SAYS(phone, number);
    SAYS(phone, "为什么是这一天");
    assert_false(phone_says(phone, "王小明"));
    phone_get(phone, "/track/why");
    SAYS(phone, "怎么算的");
    phone_get(phone, "/track/looks");
    SAYS(phone, "还没有人看过");
    phone_get(phone, "/track/order");
    phone_post(phone, "/track/leave", "");
    phone_get(phone, "/track/order");
    assert_int_not_equal(phone->status, 200);
    phone_get(phone, "/track");
    snprintf(fields, sizeof fields, "no=%s&code=0000-0000-0000-0000", number);
    phone_post(phone, "/track", fields);
    assert_int_equal(phone->status, 422);
    SAYS(phone, "对不上");
    snprintf(fields, sizeof fields, "no=%s&code=%s", number, code);
    phone_post(phone, "/track", fields);
    phone_go(phone);
    SAYS(phone, "您可以");
    phone_get(phone, "/track/act/change-phone");
    phone_post(phone, "/track/act/change-phone", "phone=123");
    assert_int_equal(phone->status, 422);
    phone_post(phone, "/track/act/change-phone", "phone=13900002676");
    phone_go(phone);
    SAYS(phone, "换好了");
    phone_get(phone, "/track/supplement");
    phone_get(phone, "/track/supplement/0");
    phone_upload(phone, "/track/supplement/0", (struct str){phone_photo, sizeof phone_photo});
    phone_go(phone);
    phone_get(phone, "/track/act/withdraw");
    snprintf(fields, sizeof fields, "_version=1&reason=不办了");
    phone_post(phone, "/track/act/withdraw", fields);
    assert_int_equal(phone->status, 409);
    SAYS(phone, "刚才有了变化");
    SAYS(phone, "不办了");
    phone_get(phone, "/track/act/withdraw");
    snprintf(fields, sizeof fields, "_version=%s&reason=不办了", phone_hidden(phone, "_version"));
    phone_post(phone, "/track/act/withdraw", fields);
    phone_go(phone);
    SAYS(phone, "已撤回");
}

static void nothing_typed_stands_in_the_clear(void **state)
{
    struct phone *phone = *state;
    char path[400];
    size_t found = 0;

    phone_apply(phone);
    phone_get(phone, "/apply/check");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
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

    phone_apply(phone);
    phone_get(phone, "/apply/check");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    struct str rest = str_from(phone->body, str_find(phone->body, mark) + mark.len);
    snprintf(first, sizeof first, "%.*s", (int)str_find(rest, S("<")), rest.at);
    phone_get(phone, "/track/order");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    SAYS(phone, first);
}

static void a_complaint_joins_the_one_line(void **state)
{
    struct phone *phone = *state;

    phone_apply(phone);
    phone_get(phone, "/apply/check");
    phone_post(phone, "/apply/check", "");
    phone_go(phone);
    phone_get(phone, "/track/complain");
    phone_go(phone);
    phone_post(phone, phone->here, "about=delay&against=handler");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "经过和要求");
    phone_get(phone, phone->here);
    phone_post(phone, phone->here, "about=delay&against=handler&content=说好三天，等了十天");
    phone_go(phone);
    SAYS(phone, "投诉收到了");
    SAYS(phone, "您提出了投诉");
    assert_false(phone_says(phone, "投诉：收到申请"));
}

int main(void)
{
    if (!getenv("YIMEN_SOURCE")) {
        print_message("YIMEN_SOURCE is not set: skipped\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        STORY(applied_once_and_tracked),
        STORY(nothing_typed_stands_in_the_clear),
        STORY(two_presses_make_one_order),
        STORY(a_complaint_joins_the_one_line),
    };

    return cmocka_run_group_tests_name("portal-track", tests, NULL, NULL);
}
