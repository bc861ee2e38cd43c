/*
 * Writes that are worked out beside the writer: nobody sees the difference but in time.
 */
#include "store/store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, TIMES = 60 };

/* What a function does with an item, and how often it was called. */
struct step {
    int64_t id, amount;
    atomic_int runs;
    struct fixture *w; /* to write from outside meanwhile */
};

static enum err read_amount(struct task *t, int64_t id, int64_t *ret_amount)
{
    struct item item;
    enum err e =
        store_one(t, &q_item_by_id, ARGS(INT("tenant", 1), INT("id", id)), &item_shape, &item);

    if (!e)
        *ret_amount = item.amount;
    return e;
}

static enum err set_amount(struct task *t, int64_t id, int64_t amount)
{
    return store_run(t, &q_item_set, ARGS(INT("tenant", 1), INT("id", id), INT("amount", amount)),
                     NULL);
}

static enum err look(struct task *t, void *arg)
{
    struct step *step = arg;

    return read_amount(t, step->id, &step->amount);
}

static int64_t amount_now(struct fixture *w, int64_t id)
{
    struct step step = {.id = id};

    assert_int_equal(store_read(&w->t, look, &step), OK);
    return step.amount;
}

static enum err set(struct task *t, void *arg)
{
    struct step *step = arg;

    step->runs++;
    return set_amount(t, step->id, step->amount);
}

static enum err add_one(struct task *t, void *arg)
{
    struct step *step = arg;
    int64_t amount;
    enum err e = read_amount(t, step->id, &amount);

    step->runs++;
    return e ? e : set_amount(t, step->id, amount + 1);
}

static struct fixture *with_items(void **state, int64_t count)
{
    struct fixture *w = *state;

    for (int64_t id = 1; id <= count; id++) {
        struct item item = {.id = id, .name = str_format(&w->t, "item %d", (int)id)};
        assert_int_equal(store_write(&w->t, item_put_fn, &item), OK);
    }
    return w;
}

static void what_is_undisturbed_runs_once(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct step step = {.id = 1};
    int64_t before = store_figures(w->store).ahead;

    assert_int_equal(store_write_ahead(&w->t, add_one, &step), OK);
    assert_int_equal(step.runs, 1);
    assert_int_equal(amount_now(w, 1), 1);
    assert_int_equal(store_figures(w->store).ahead, before + 1);
}

/* Somebody writes between reading and writing, once: the same row, or another one. */
static enum err disturbed(struct task *t, void *arg)
{
    struct step *step = arg, other = {.id = step->amount, .amount = 100};
    int64_t amount;
    enum err e = read_amount(t, step->id, &amount);

    if (!e && step->runs++ == 0) {
        struct task outside;
        task_begin(&outside, step->w->store, TEST_NOW, TASK_BUDGET);
        outside.tenant = 1;
        e = store_write(&outside, set, &other);
        task_end(&outside);
    }
    return e ? e : set_amount(t, step->id, amount + 1);
}

static void what_was_read_and_then_written_is_read_anew(void **state)
{
    struct fixture *w = with_items(state, 2);
    struct step same = {.id = 1, .amount = 1, .w = w}, another = {.id = 1, .amount = 2, .w = w};

    assert_int_equal(store_write_ahead(&w->t, disturbed, &same), OK);
    assert_int_equal(same.runs, 2);
    assert_int_equal(amount_now(w, 1), 101);
    assert_int_equal(store_write_ahead(&w->t, disturbed, &another), OK);
    assert_int_equal(another.runs, 1);
    assert_int_equal(amount_now(w, 1), 102);
}

static void *crowd_main(void *arg)
{
    struct step *step = arg;
    struct task t;

    for (int i = 0; i < TIMES; i++) {
        task_begin(&t, step->w->store, TEST_NOW, TASK_BUDGET);
        t.tenant = 1;
        if (store_write_ahead(&t, add_one, step))
            abort();
        task_end(&t);
    }
    return NULL;
}

static void a_crowd_on_one_row_loses_no_addition(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct step step = {.id = 1, .w = w};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &step), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(amount_now(w, 1), THREADS * TIMES);
}

static enum err nothing_to_do(struct task *t, void *arg)
{
    struct step *step = arg;

    step->runs++;
    return step->amount ? task_fail(t, ERR_FORBIDDEN, "不可以") : OK;
}

static void what_writes_nothing_does_not_wait_for_the_writer(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct step step = {.id = 1};
    int64_t commits = store_figures(w->store).commits;

    assert_int_equal(store_write_ahead(&w->t, nothing_to_do, &step), OK);
    step.amount = 1;
    assert_int_equal(store_write_ahead(&w->t, nothing_to_do, &step), ERR_FORBIDDEN);
    assert_str(w->t.note, "不可以");
    assert_int_equal(step.runs, 2);
    assert_int_equal(store_figures(w->store).commits, commits);
}

static enum err take_back(struct task *t, void *arg)
{
    struct step *step = arg;

    step->runs++;
    return store_number(t, &q_item_take, ARGS(INT("tenant", 1), INT("id", step->id)),
                        &step->amount);
}

static enum err read_own(struct task *t, void *arg)
{
    struct step *step = arg;
    enum err e = set_amount(t, step->id, 40);

    step->runs++;
    if (!e)
        e = read_amount(t, step->id, &step->amount);
    return e ? e : set_amount(t, step->id, step->amount + 2);
}

static void what_cannot_be_kept_is_run_by_the_writer(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct step taken = {.id = 1}, own = {.id = 1};

    assert_int_equal(store_write(&w->t, set, &(struct step){.id = 1, .amount = 7}), OK);
    assert_int_equal(store_write_ahead(&w->t, take_back, &taken), OK);
    assert_int_equal(taken.runs, 2);
    assert_int_equal(taken.amount, 6);
    assert_int_equal(store_write_ahead(&w->t, read_own, &own), OK);
    assert_int_equal(amount_now(w, 1), 42);
}

/* The row is refused when it is written, so the function has to say what that means. */
static void a_clash_is_told_as_the_function_tells_it(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct item twice = {.id = 9, .name = S("item 1")};

    assert_int_equal(store_write_ahead(&w->t, item_put_fn, &twice), ERR_CONFLICT);
    assert_true(w->t.note.len > 0);
    task_clear_error(&w->t);
    assert_int_equal(count(&w->t), 1);
}

static enum err change_nothing(struct task *t, void *arg)
{
    enum err e = set_amount(t, 77, 1);

    (void)arg;
    if (e)
        return e;
    return store_changed(t) == 1 ? OK : task_fail(t, ERR_NOT_FOUND, "没有这一行");
}

static void a_row_that_should_change_and_is_not_there_is_told(void **state)
{
    struct fixture *w = with_items(state, 1);

    assert_int_equal(store_write_ahead(&w->t, change_nothing, NULL), ERR_NOT_FOUND);
    assert_str(w->t.note, "没有这一行");
}

/* Another program on the same folder: its commits are not in our marks. */
static enum err disturbed_from_elsewhere(struct task *t, void *arg)
{
    struct step *step = arg, other = {.id = step->id, .amount = 500};
    int64_t amount;
    enum err e = read_amount(t, step->id, &amount);

    if (!e && step->runs++ == 0) {
        struct store *elsewhere = NULL;
        struct task outside;

        assert_int_equal(open_store(step->w->folder, &elsewhere), OK);
        task_begin(&outside, elsewhere, TEST_NOW, TASK_BUDGET);
        outside.tenant = 1;
        e = store_write(&outside, set, &other);
        task_end(&outside);
        store_close(elsewhere);
    }
    return e ? e : set_amount(t, step->id, amount + 1);
}

static void what_another_program_wrote_is_seen(void **state)
{
    struct fixture *w = with_items(state, 1);
    struct step step = {.id = 1, .w = w};

    /* The writer knows the database as it is now. */
    assert_int_equal(store_write_ahead(&w->t, add_one, &(struct step){.id = 1}), OK);
    assert_int_equal(store_write_ahead(&w->t, disturbed_from_elsewhere, &step), OK);
    assert_int_equal(step.runs, 2);
    assert_int_equal(amount_now(w, 1), 501);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_is_undisturbed_runs_once),
        WITH_STORE(what_was_read_and_then_written_is_read_anew),
        WITH_STORE(a_crowd_on_one_row_loses_no_addition),
        WITH_STORE(what_writes_nothing_does_not_wait_for_the_writer),
        WITH_STORE(what_cannot_be_kept_is_run_by_the_writer),
        WITH_STORE(a_clash_is_told_as_the_function_tells_it),
        WITH_STORE(a_row_that_should_change_and_is_not_there_is_told),
        WITH_STORE(what_another_program_wrote_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
