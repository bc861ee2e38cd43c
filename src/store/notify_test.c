#include "store/store_fixture.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "store/store_private.h"

struct heard {
    int count, anything;
    int64_t last_id;
    char words[400];
};

static void hear(void *arg, const struct news *news)
{
    struct heard *heard = arg;

    heard->count++;
    heard->anything += !news->word.len;
    heard->last_id = news->id;
    snprintf(heard->words + strlen(heard->words), sizeof heard->words - strlen(heard->words),
             "%.*s%s%.*s;", STR_ARG(news->word), news->here ? "+" : "-", STR_ARG(news->text));
}

static enum err write_and_tell(struct task *t, void *arg)
{
    enum err e = item_put(t, arg);

    store_notify(t, "item", ((const struct item *)arg)->id);
    store_notify(t, "item", ((const struct item *)arg)->id);
    return e;
}

static void a_note_is_heard_once_after_the_commit(void **state)
{
    struct fixture *w = *state;
    struct heard heard = {0};
    struct item item = {.id = 7, .name = S("李某"), .body = S("x")};

    assert_true(store_listen(w->store, hear, &heard));
    assert_int_equal(store_write(&w->t, write_and_tell, &item), OK);
    assert_string_equal(heard.words, "item+;");
    assert_int_equal(heard.last_id, 7);
    /* The same row again: refused, and nobody hears of it. */
    assert_int_equal(store_write(&w->t, write_and_tell, &item), ERR_CONFLICT);
    assert_int_equal(heard.count, 1);
    task_clear_error(&w->t);
    item = (struct item){.id = 8, .name = S("王某")};
    assert_int_equal(store_write_ahead(&w->t, write_and_tell, &item), OK);
    assert_int_equal(heard.count, 2);
    store_unlisten(w->store, hear, &heard);
    item = (struct item){.id = 9, .name = S("赵某")};
    assert_int_equal(store_write(&w->t, write_and_tell, &item), OK);
    assert_int_equal(heard.count, 2);
}

static enum err tell_much(struct task *t, void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++)
        store_notify(t, "item", i);
    return OK;
}

static void too_much_is_anything(void **state)
{
    struct fixture *w = *state;
    struct heard heard = {0};

    assert_true(store_listen(w->store, hear, &heard));
    assert_int_equal(store_write(&w->t, tell_much, NULL), OK);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.anything, 1);
    store_unlisten(w->store, hear, &heard);
}

static void what_one_sends_another_hears(void **state)
{
    struct fixture *w = *state;
    struct heard heard = {0};
    struct store other = {.board = board_make()}; /* another server: only its board is used */
    char lines[1000];
    int nobody_waits = open("/dev/null", O_WRONLY);

    board_wire(w->store->board, nobody_waits);
    store_tell(&w->t, "open", 5, S("何静 1"));
    store_tell(&w->t, "open", 6, S("zwei\nlines"));
    size_t n = board_take(w->store->board, lines, sizeof lines);
    assert_int_equal(board_take(w->store->board, lines, sizeof lines), 0);
    assert_true(store_listen(&other, hear, &heard));
    board_receive(other.board, (struct str){lines, n});
    assert_string_equal(heard.words, "open-何静 1;");
    assert_int_equal(heard.last_id, 5);
    board_receive(other.board, S("nonsense\n1 x\nz order 5 \n"));
    assert_int_equal(heard.count, 1);

    /* Nobody takes it away: one line stands for all. */
    for (int i = 0; i < 10000; i++)
        store_tell(&w->t, "open", i, S("somebody"));
    n = board_take(w->store->board, lines, sizeof lines);
    board_receive(other.board, (struct str){lines, n});
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.anything, 1);
    board_wire(w->store->board, -1);
    close(nobody_waits);
    board_free(other.board);
}

static void work_without_its_lease_stops(void **state)
{
    struct fixture *w = *state;
    _Atomic int64_t until = time_monotonic_ns() + 60 * (int64_t)1000000000;
    int64_t n = 0;

    store_guard(&until);
    assert_int_equal(store_read(&w->t, item_count_fn, &n), OK);
    until = time_monotonic_ns() - 1;
    assert_int_equal(store_read(&w->t, item_count_fn, &n), ERR_BUSY);
    assert_int_equal(store_write(&w->t, tell_much, NULL), ERR_BUSY);
    store_guard(NULL);
    assert_int_equal(store_read(&w->t, item_count_fn, &n), OK);
    task_clear_error(&w->t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_note_is_heard_once_after_the_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_much_is_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_one_sends_another_hears, set_up, tear_down),
        cmocka_unit_test_setup_teardown(work_without_its_lease_stops, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
