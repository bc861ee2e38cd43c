/*
 * What a person and a program hear when the disk is full, fails, or somebody else holds the
 * database: 503 with a sentence that says what to do and when to come again; nothing half done;
 * what was typed stays; the same request afterwards succeeds once.  Looking goes on meanwhile.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "faults.h"
#include "stories/story.h"

static const struct faults_kind full = {"disk full", FAULT_WRITE, SQLITE_FULL, 0, 0, 0};
static const struct faults_kind broken = {"sync", FAULT_SYNC, SQLITE_IOERR_FSYNC, 0, 0, 0};
static const struct faults_kind no_room = {"file", FAULTS_IN_FILES, ENOSPC, 0, 0, 0};

static void refused(struct world *w, const char *what, const char *what_to_do)
{
    WORLD_STATUS(w, 503);
    assert_true(str_find(w->head, S("Retry-After: ")) != SIZE_MAX);
    WORLD_SAYS(w, what);
    WORLD_SAYS(w, what_to_do);
}

static void works_again(const struct faults_kind *kind)
{
    int64_t calls;

    assert_true(faults_disarm(kind, &calls) > 0);
}

static struct registered begin(struct world *w)
{
    world_as(w, "zhoumin");
    return story_register(w, STORY_AID);
}

static void unchanged(struct world *w, char *before)
{
    char *now = faults_census(w);

    assert_string_equal(now, before);
    free(now);
    free(before);
    faults_verify(w, "2026-10-14T09:42", "after a refusal");
}

static void a_full_disk(void **state)
{
    struct world *w = *state;
    struct registered made = begin(w);
    const char *note = world_f(w, "/orders/%lld/act/note", ID(made.id));
    char *before = faults_census(w);

    faults_arm(&full, 1, true);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "full-disk-one");
    refused(w, "磁盘已满", "请联系管理员腾出空间后再试");
    assert_str(json_get_str(w->json, "type"), "urn:yimen:problem:store");
    world_post(w, note, world_f(w, "text=%s", world_escape(w, "打了一半的话")));
    refused(w, "磁盘已满", "打了一半的话");
    world_post_json_key(w, "/orders", STORY_AID, "full-disk-two");
    refused(w, "磁盘已满", "什么都没有改动");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_STATUS(w, 200);
    works_again(&full);
    unchanged(w, before);

    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "full-disk-one");
    WORLD_STATUS(w, 200);
    assert_false(json_get_bool(w->json, "replayed"));
    world_post_json_key(w, "/orders", STORY_AID, "full-disk-two");
    WORLD_STATUS(w, 201);
    assert_int_equal(world_order(w, made.id).version, 2);
    world_verify(w);
}

static void no_room_for_an_upload(void **state)
{
    static const unsigned char photo[100] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    struct world *w = *state;
    struct registered made = begin(w);
    struct str content = {(const char *)photo, sizeof photo};
    const char *attach = world_f(w, "/orders/%lld/act/attach", ID(made.id));
    char *before = faults_census(w);

    faults_arm(&no_room, 1, true);
    world_post_file(w, attach, "", "files", "card.jpg", "image/jpeg", content);
    refused(w, "磁盘已满，文件没有保存", "请联系管理员腾出空间后再试");
    works_again(&no_room);
    unchanged(w, before);
    world_post_file(w, attach, "", "files", "card.jpg", "image/jpeg", content);
    WORLD_STATUS(w, 303);
    assert_int_equal(world_order(w, made.id).version, 2);
    world_verify(w);
}

/* Every call that reads a file fails once: said each time, and nothing half is handed out. */
static void a_file_that_cannot_be_read(void **state)
{
    static const char photo[20000] = {'\xff', '\xd8', '\xff', '\xe0', 0, 16, 'J', 'F', 'I', 'F'};
    struct world *w = *state;
    struct registered made = begin(w);
    int64_t calls, hits = 1;
    int n = 0;

    world_post_file(w, world_f(w, "/orders/%lld/act/attach", ID(made.id)), "", "files", "card.jpg",
                    "image/jpeg", (struct str){photo, sizeof photo});
    WORLD_STATUS(w, 303);
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    const char *file = world_f(w, "/orders/%lld/attachments/%lld", ID(made.id),
                               ID(json_get_id(json_get(w->json, "attachments")->first, "id")));
    while (hits) {
        n++;
        faults_arm(&faults_reading, n, n % 2 == 0);
        world_get(w, file);
        hits = faults_disarm(&faults_reading, &calls);
        if (hits)
            refused(w, "读写文件出错", "请联系管理员检查磁盘");
    }
    assert_true(n > 2);
    WORLD_STATUS(w, 200);
    assert_true(str_eq(w->body, (struct str){photo, sizeof photo}));
    world_verify(w);
}

static void signing_in_on_a_full_disk(void **state)
{
    struct world *w = *state;
    const char *fields = world_f(w, "login=zhoumin&password=%s", WORLD_PASSWORD);

    world_as_nobody(w);
    world_get(w, "/sign-in");
    WORLD_STATUS(w, 200);
    w->csrf = world_keep(w, world_hidden(w, "_csrf"));
    faults_arm(&full, 1, true);
    world_post(w, "/sign-in", fields);
    refused(w, "磁盘已满", "请联系管理员腾出空间后再试");
    works_again(&full);
}

/* The disk failed while it made the commit durable: nobody may say "nothing happened", and the same
 * request again is right either way. */
static void an_uncertain_commit(void **state)
{
    struct world *w = *state;
    struct registered made = begin(w);
    const char *note = world_f(w, "/orders/%lld/act/note", ID(made.id));

    faults_arm(&broken, 1, true);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "uncertain-one");
    refused(w, "暂不确定是否办成", "重复提交不会办两次");
    assert_str(json_get_str(w->json, "type"), "urn:yimen:problem:uncertain");
    works_again(&broken);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "uncertain-one");
    WORLD_STATUS(w, 200);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "uncertain-one");
    WORLD_STATUS(w, 200);
    assert_true(json_get_bool(w->json, "replayed"));
    assert_int_equal(world_order(w, made.id).version, 2);
    world_verify(w);
}

static void post_form(struct world *w, const char *path, const char *fields, struct str key)
{
    world_send(
        w, "POST", path, "Content-Type: application/x-www-form-urlencoded\r\n",
        str_of(world_f(w, "%s&_csrf=%.*s&_key=%.*s", fields, STR_ARG(w->csrf), STR_ARG(key))));
}

/* The same from a page: its form comes back with the key it had, so that a second press of the
 * button does not do it twice. */
static void an_uncertain_form(void **state)
{
    struct world *w = *state;
    struct registered made = begin(w);
    const char *page = world_f(w, "/orders/%lld", ID(made.id));
    const char *note = world_f(w, "/orders/%lld/act/note", ID(made.id));
    const char *fields = world_f(w, "text=%s", world_escape(w, "打了一半的话"));

    world_get(w, page);
    struct str key = world_keep(w, world_hidden(w, "_key"));
    faults_arm(&broken, 1, true);
    post_form(w, note, fields, key);
    refused(w, "暂不确定是否办成", "打了一半的话");
    works_again(&broken);
    assert_true(str_eq(world_hidden(w, "_key"), key));
    for (int i = 0; i < 2; i++) {
        post_form(w, note, fields, key);
        WORLD_STATUS(w, 303);
    }
    assert_int_equal(world_order(w, made.id).version, 2);
    world_verify(w);
}

/* A form that no page shows again: the error page has it. */
static void many_at_once_on_a_full_disk(void **state)
{
    struct world *w = *state;
    int64_t first = begin(w).id, second = begin(w).id;
    struct str key = S("00112233445566778899aabbccddeeff");
    const char *fields = world_f(w, "action=note&ids=%lld&ids=%lld&text=%s", ID(first), ID(second),
                                 world_escape(w, "“整批”的话"));
    char *before = faults_census(w);

    faults_arm(&full, 1, true);
    post_form(w, "/orders/bulk", fields, key);
    refused(w, "磁盘已满", "做好 0 件，2 件没有做成");
    WORLD_SAYS(w, "value=\"“整批”的话\"");
    WORLD_SAYS(w, "action=\"/orders/bulk\"");
    WORLD_SAYS(w, world_f(w, "name=\"_key\" value=\"%.*s\"", STR_ARG(key)));
    assert_true(str_eq(world_hidden(w, "_csrf"), w->csrf));
    assert_true(str_eq(world_hidden(w, "ids[1]"), str_of(world_f(w, "%lld", ID(second)))));
    works_again(&full);
    unchanged(w, before);

    for (int i = 0; i < 2; i++) {
        post_form(w, "/orders/bulk",
                  world_f(w, "action=note&ids[0]=%lld&ids[1]=%lld&text=%s", ID(first), ID(second),
                          world_escape(w, "“整批”的话")),
                  key);
        WORLD_STATUS(w, 303);
        assert_true(str_find(w->location, S("result=")) != SIZE_MAX);
    }
    assert_int_equal(world_order(w, first).version, 2);
    assert_int_equal(world_order(w, second).version, 2);
    world_verify(w);
}

static bool token_is_open(struct world *w, int64_t id)
{
    world_get_json(w, "/account");
    JSON_EACH (token, json_get(w->json, "tokens"))
        if (json_get_id(token, "id") == id)
            return json_get_bool(token, "open");
    fail_msg("the token is gone");
    return false;
}

/* Two transactions in a request, or one and then a look: when the first was committed, no answer
 * says that nothing was changed.  Every 7th piece of memory that SQLite asks for is refused. */
static void half_of_a_request(void **state)
{
    static const struct faults_kind memory = {"memory", FAULT_MEMORY, SQLITE_NOMEM, 0, 0, 0};
    struct world *w = *state;
    int uncertain = 0, unchanged_said = 0;
    int64_t calls, hits = 1, id = 0;

    world_as(w, "zhoumin");
    world_get_json(w, "/account");
    int64_t grant = json_get_id(json_get(w->json, "held")->first, "id");
    for (int64_t n = 1; hits; n += 7) {
        if (!id) {
            world_post_json(
                w, "/account/tokens",
                world_f(w, "{\"name\":\"对接\",\"grant\":\"%lld\",\"days\":\"3\"}", ID(grant)));
            id = json_get_id(json_get(w->json, "tokens")->first, "id");
            assert_true(id != 0);
        }
        const char *revoke = world_f(w, "/account/tokens/%lld/revoke", ID(id));
        faults_arm(&memory, n, false);
        world_post_json(w, revoke, "{}");
        hits = faults_disarm(&memory, &calls);
        bool refused = w->status == 503;
        bool says = refused && str_is(json_get_str(w->json, "type"), "urn:yimen:problem:store");
        if (!refused)
            WORLD_STATUS(w, 200);
        bool was_done = !token_is_open(w, id);
        world_post_json(w, revoke, "{}");
        WORLD_STATUS(w, 200);
        if (was_done && says)
            fail_msg("call %lld: said that nothing was changed, and it was", (long long)n);
        unchanged_said += says;
        uncertain += refused && was_done;
        id = 0;
    }
    print_message("  %d times nothing was changed, %d times nobody could say\n", unchanged_said,
                  uncertain);
    assert_true(unchanged_said > 0 && uncertain > 0);
}

/* Whatever fails after a registration, its code comes with the answer, or with the next one. */
static void a_code_is_shown_once(void **state)
{
    static const struct faults_kind memory = {"memory", FAULT_MEMORY, SQLITE_NOMEM, 0, 0, 0};
    struct world *w = *state;
    int64_t calls, hits = 1;
    int refused = 0, shown = 0;

    world_as(w, "zhoumin");
    const char *form = world_f(
        w,
        "matter=legal-consultation&channel=window&subject=%s&content=%s&"
        "parties[0].role=applicant&parties[0].identity.kind=person&"
        "parties[0].identity.paper=none&parties[0].identity.phone=13900004321&"
        "parties[0].identity.name=%s",
        world_escape(w, "欠薪"), world_escape(w, "三个月没有拿到工资"), world_escape(w, "何小川"));
    for (int64_t n = 1; hits; n += 5) {
        struct str key = str_of(world_f(w, "code-once-%lld", (long long)n));

        faults_arm(&memory, n, false);
        post_form(w, "/orders", form, key);
        hits = faults_disarm(&memory, &calls);
        if (w->status == 503) {
            refused++;
            post_form(w, "/orders", form, key);
        }
        if (w->status != 201)
            WORLD_STATUS(w, 200);
        if (!world_says(w, "class=\"code\""))
            fail_msg("call %lld: registered, and no code", (long long)n);
        shown++;
    }
    print_message("  %d registered, %d of them refused at first\n", shown, refused);
    assert_true(refused > 10 && shown > refused);
    world_verify(w);
}

static void somebody_else_holds_the_database(void **state)
{
    struct world *w = *state;
    struct registered made = begin(w);
    const char *note = world_f(w, "/orders/%lld/act/note", ID(made.id));
    char *before = faults_census(w);
    sqlite3 *other;

    assert_int_equal(sqlite3_open(world_f(w, "%s/yimen.db", w->app.data), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "locked-one");
    refused(w, "数据库正被另一个程序占用，什么都没有改动", "请稍后再试");
    assert_str(json_get_str(w->json, "type"), "urn:yimen:problem:busy");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_STATUS(w, 200);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    unchanged(w, before);
    world_post_json_key(w, note, "{\"text\":\"来电催问\"}", "locked-one");
    WORLD_STATUS(w, 200);
    assert_int_equal(world_order(w, made.id).version, 2);
}

static int set_up(void **state)
{
    faults_install();
    return world_set_up(state);
}

static int tear_down(void **state)
{
    faults_forget();
    return world_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(no_room_for_an_upload),
        cmocka_unit_test(a_file_that_cannot_be_read),
        cmocka_unit_test(signing_in_on_a_full_disk),
        cmocka_unit_test(an_uncertain_commit),
        cmocka_unit_test(an_uncertain_form),
        cmocka_unit_test(many_at_once_on_a_full_disk),
        cmocka_unit_test(half_of_a_request),
        cmocka_unit_test(a_code_is_shown_once),
        cmocka_unit_test(somebody_else_holds_the_database),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
