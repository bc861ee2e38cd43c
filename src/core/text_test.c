/* The catalogue: every translation is found under its key, and nothing else is. */
#include "core/text.h"

#include "core/task.h"
#include "core/test.h"

static void chinese_is_its_own_key(void **state)
{
    struct task t = {.language = NULL};

    (void)state;
    assert_string_equal(tr(&t, "请先登录。"), "请先登录。");
    t.language = &languages[0];
    assert_string_equal(tr(&t, "请先登录。"), "请先登录。");
    t.language = &languages[1];
    assert_string_equal(tr(&t, "请先登录。"), "Please sign in first.");
    assert_string_equal(tr(&t, "这一句没有译文"), "这一句没有译文");
    assert_string_equal(tr(&t, ""), "");
    assert_int_equal(tr_str(&t, (struct str){0}).len, 0);
}

static uint32_t number(struct str mo, size_t at)
{
    const unsigned char *b = (const unsigned char *)mo.at + at;

    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Against the tables of the file itself, so that a wrong hash cannot hide a translation. */
static void every_translation_is_found(void **state)
{
    (void)state;
    for (const struct language *language = languages; language->tag; language++) {
        if (!language->catalogue)
            continue;
        struct str mo = *language->catalogue;
        uint32_t count = number(mo, 8), keys = number(mo, 12), texts = number(mo, 16);

        assert_true(count > 500);
        for (uint32_t i = 1; i < count; i++) { /* the first is the file's own header */
            struct str key = {mo.at + number(mo, keys + 8 * i + 4), number(mo, keys + 8 * i)};
            struct str said = {mo.at + number(mo, texts + 8 * i + 4), number(mo, texts + 8 * i)};
            struct str found = language_text(language, key);

            assert_ptr_equal(found.at, said.at);
            assert_int_equal(found.len, said.len);
        }
    }
}

static void a_language_is_known_by_its_tag(void **state)
{
    (void)state;
    assert_ptr_equal(language_find(S("zh")), &languages[0]);
    assert_string_equal(language_find(S("en"))->html, "en");
    assert_null(language_find(S("")));
    assert_null(language_find(S("EN")));
    assert_null(language_find(S("en-GB")));
}

static void errors_are_told_in_the_language_of_the_task(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    t.language = &languages[1];
    assert_int_equal(task_fail(&t, ERR_TOO_MANY, "试得太多了，请过 %lld 秒再试。", 5LL),
                     ERR_TOO_MANY);
    assert_true(str_is(t.note, "Too many tries. Please try again in 5 seconds."));
    task_field_error(&t, S("phone"), "要 11 位，现在是 %zu 位", (size_t)9);
    assert_true(str_is(t.field_errors->message, "11 digits are needed, there are 9"));
    task_end(&t);
}

/* A translation may put the arguments elsewhere: positions are part of C's formats. */
static void arguments_may_change_places(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    t.language = &languages[1];
    struct str day = str_format(&t, tr(&t, "%s %d 日（%s）"), "Oct", 14, "Wed");
    assert_true(str_is(day, "Wed 14 Oct"));
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese_is_its_own_key),
        cmocka_unit_test(every_translation_is_found),
        cmocka_unit_test(a_language_is_known_by_its_tag),
        cmocka_unit_test(errors_are_told_in_the_language_of_the_task),
        cmocka_unit_test(arguments_may_change_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
