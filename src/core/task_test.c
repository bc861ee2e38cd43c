#include "core/task.h"

#include <string.h>

#include "core/buf.h"
#include "core/form.h"
#include "core/json.h"
#include "core/test.h"

static char order[16];
static char letters[][2] = {"a", "b", "c", "d"};

static void note_undo(void *letter)
{
    strcat(order, letter);
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    struct task t;
    unsigned char *before = NULL;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        unsigned char *at = task_alloc(&t, size, 1);
        assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xaa, size);
        if (before)
            assert_int_equal(*before, 0xaa);
        before = at;
    }
    assert_non_null(NEW(&t, char, 0));
    task_end(&t);
}

static enum err ask_for(struct task *t, void *arg)
{
    task_alloc(t, *(size_t *)arg, 2);
    return OK;
}

static void sizes_cannot_overflow(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 2 - 8,
                                   TASK_BUDGET};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        assert_int_equal(task_protect(&t, ask_for, &size), ERR_NO_MEMORY);
        assert_int_equal(t.err, ERR_NO_MEMORY);
        assert_true(t.note.len > 0);
        task_clear_error(&t);
    }
    assert_int_equal(t.used, 0);
    task_end(&t);
}

/* What all tasks hold together has a ceiling, too, for those that give way. */
static void tasks_give_way_to_each_other(void **state)
{
    enum { MIB = 1024 * 1024 };
    size_t half = 4 * MIB; /* ask_for() takes two of them */
    struct task a, b;

    (void)state;
    task_memory_most(10 * MIB);
    task_begin(&a, NULL, TEST_NOW, TASK_BUDGET);
    task_begin(&b, NULL, TEST_NOW, TASK_BUDGET);
    a.gives_way = true;
    assert_int_equal(task_protect(&a, ask_for, &half), OK);
    assert_int_equal(task_protect(&b, ask_for, &half), OK); /* does not */
    assert_int_equal(task_protect(&a, ask_for, &half), ERR_BUSY);
    assert_true(a.note.len > 0);
    task_clear_error(&a);
    task_end(&b);
    task_end(&a);
    task_begin(&a, NULL, TEST_NOW, TASK_BUDGET);
    a.gives_way = true;
    assert_int_equal(task_protect(&a, ask_for, &half), OK); /* all was given back */
    task_end(&a);
    task_memory_most(SIZE_MAX);
}

static void what_was_deferred_is_undone_newest_first(void **state)
{
    struct task t;

    (void)state;
    order[0] = 0;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    task_defer(&t, note_undo, letters[0]);
    struct task_mark mark = task_mark(&t);
    size_t used = t.used;
    task_defer(&t, note_undo, letters[1]);
    NEW(&t, char, 3000000);
    task_defer(&t, note_undo, letters[2]);
    task_fail(&t, ERR_CONFLICT, "%s", "x");
    task_reset(&t, mark);
    assert_string_equal(order, "cb");
    assert_int_equal(t.used, used);
    assert_int_equal(t.err, OK);
    assert_null(t.field_errors);
    task_defer(&t, note_undo, letters[3]);
    task_end(&t);
    assert_string_equal(order, "cbda");
}

/* A store runs its function again and again: a mark must give everything back each time. */
static void a_reset_gives_everything_back(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, 1 << 20);
    char *kept = NEW(&t, char, 10);
    strcpy(kept, "kept");
    struct task_mark mark = task_mark(&t);
    for (int i = 0; i < 1000; i++) {
        memset(NEW(&t, char, 500000), i, 500000);
        task_reset(&t, mark);
    }
    assert_string_equal(kept, "kept");
    char *fresh = NEW(&t, char, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(fresh[i], 0);
    /* A mark made before anything was. */
    struct task empty;
    task_begin(&empty, NULL, TEST_NOW, 1 << 20);
    mark = task_mark(&empty);
    NEW(&empty, char, 100);
    task_reset(&empty, mark);
    assert_int_equal(empty.used, 0);
    NEW(&empty, char, 100);
    task_end(&empty);
    task_end(&t);
}

static void the_first_note_wins(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(task_input_verdict(&t), OK);
    assert_int_equal(task_fail(&t, ERR_CONFLICT, "工单 %d 已由别人处理", 7), ERR_CONFLICT);
    assert_int_equal(task_fail(&t, ERR_STORE, "second"), ERR_STORE);
    assert_str(t.note, "工单 7 已由别人处理");
    assert_int_equal(t.err, ERR_CONFLICT);
    task_clear_error(&t);
    task_field_error(&t, S("a"), "一%d", 1);
    task_field_error(&t, S("b"), "二");
    assert_int_equal(task_input_verdict(&t), ERR_BAD_INPUT);
    assert_str(t.note, err_sentence(ERR_BAD_INPUT));
    assert_string_equal(error_at(&t, "a"), "一1");
    assert_string_equal(error_at(&t, "b"), "二");
    assert_int_equal(error_count(&t), 2);
    task_end(&t);
}

/* Everything core does with strangers' text, with a budget that is short by any amount. */
static enum err whole_way(struct task *t, void *arg)
{
    static const struct ask asks[] = {
        {.name = "name", .title = "姓名", .type = ASK_TEXT, .required = true},
        {.name = "phone", .title = "电话", .type = ASK_PHONE},
        {.name = "amount", .title = "金额", .type = ASK_MONEY},
        {0},
    };
    static const struct form form = {"f", asks};
    struct json *json, *clean;
    enum err e = json_parse(
        t,
        S("{\"name\":\"王某\",\"phone\":\"139 1234 5678\",\"amount\":\"12.5\",\"x\":[1,{\"y\":2}]}"),
        &json);

    if (e)
        return e;
    task_defer(t, note_undo, letters[0]);
    json_put(t, json, S("x"), NULL);
    e = form_check(t, &form, json, S(""), &clean);
    if (e)
        return e;
    *(struct str *)arg = json_text(t, clean);
    return OK;
}

static void a_short_budget_ends_cleanly_wherever_it_ends(void **state)
{
    size_t budget = 0, short_runs = 0;
    enum err e;

    (void)state;
    do {
        struct task t;
        struct str text = {0};

        order[0] = 0;
        task_begin(&t, NULL, TEST_NOW, budget);
        e = task_protect(&t, whole_way, &text);
        assert_true(e == OK || e == ERR_NO_MEMORY);
        assert_null(t.recover);
        if (e == OK)
            assert_str(text, "{\"name\":\"王某\",\"phone\":\"13912345678\",\"amount\":1250}");
        else
            short_runs++;
        task_end(&t);
        budget += 16;
    } while (e != OK);
    assert_true(short_runs > 100);
}

static enum err inner(struct task *t, void *arg)
{
    NEW(t, char, 1000);
    return *(int *)arg ? task_fail(t, ERR_BUSY, "x") : OK;
}

static enum err outer(struct task *t, void *arg)
{
    size_t too_much = TASK_BUDGET;

    assert_int_equal(task_protect(t, ask_for, &too_much), ERR_NO_MEMORY);
    task_clear_error(t);
    return task_protect(t, inner, arg);
}

static void protections_nest(void **state)
{
    struct task t;
    int fail = 0;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, 1 << 20);
    assert_int_equal(task_protect(&t, outer, &fail), OK);
    fail = 1;
    assert_int_equal(task_protect(&t, outer, &fail), ERR_BUSY);
    assert_null(t.recover);
    task_end(&t);
}

static void a_buffer_keeps_its_ceiling(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t ceiling = 0; ceiling < 700; ceiling += 7) {
        struct buf b = buf_new(&t, ceiling);
        for (int i = 0; i < 100; i++)
            buf_format(&b, "%d,", i);
        buf_add(&b, S("end"));
        assert_true(b.len <= ceiling);
        assert_int_equal(buf_overflown(&b), ceiling < 293);
        size_t len = b.len;
        buf_add_char(&b, 'x');
        assert_true(ceiling > 293 ? b.len == len + 1 : b.len == len);
    }
    task_end(&t);
}

static void a_buffer_writes_what_printf_writes(void **state)
{
    static const int64_t numbers[] = {0,  1,   -1,        9,         10,
                                      99, 100, INT64_MAX, INT64_MIN, 1234567890123};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct buf b = buf_new(&t, 100), c = buf_new(&t, 100);
        buf_add_int(&b, numbers[i]);
        buf_format(&c, "%lld", (long long)numbers[i]);
        assert_true(str_eq(buf_str(&b), buf_str(&c)));
    }
    for (int width = 250; width < 1100; width += 17) { /* on both sides of the first try */
        struct buf b = buf_new(&t, 4096);
        buf_add(&b, S("<"));
        buf_format(&b, "%*d", width, 7);
        buf_add(&b, S(">"));
        assert_int_equal(b.len, width + 2);
        assert_int_equal(buf_str(&b).at[width], '7');
    }
    task_end(&t);
}

static void every_error_has_its_row(void **state)
{
    (void)state;
    for (int e = OK; e < ERR_COUNT; e++) {
        assert_true(strlen(err_word((enum err)e)) > 0);
        assert_true(strlen(err_sentence((enum err)e)) > 0);
        int status = err_http_status((enum err)e);
        assert_true(e == OK ? status == 200 : status >= 400 && status < 600);
        assert_true((err_exit_code((enum err)e) == 0) == (e == OK));
        for (int other = OK; other < e; other++)
            assert_string_not_equal(err_word((enum err)e), err_word((enum err)other));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(sizes_cannot_overflow),
        cmocka_unit_test(tasks_give_way_to_each_other),
        cmocka_unit_test(what_was_deferred_is_undone_newest_first),
        cmocka_unit_test(a_reset_gives_everything_back),
        cmocka_unit_test(the_first_note_wins),
        cmocka_unit_test(a_short_budget_ends_cleanly_wherever_it_ends),
        cmocka_unit_test(protections_nest),
        cmocka_unit_test(a_buffer_keeps_its_ceiling),
        cmocka_unit_test(a_buffer_writes_what_printf_writes),
        cmocka_unit_test(every_error_has_its_row),
    };
    return cmocka_run_group_tests_name("core_task", tests, NULL, NULL);
}
