/*
 * Every operation on a file fails once, and from some one on all of them: whatever happens, the
 * state on the disk is the one before or the one after, and OK means after.
 */
#include "index_fixture.h"

#include <errno.h>

#include "search/files.h"

static int counter, fail_from, fail_to;

static int fault(const char *what)
{
    (void)what;
    counter++;
    return counter >= fail_from && counter <= fail_to ? EIO : 0;
}

static void allow(void)
{
    fail_from = fail_to = 0;
}

/* What is changed: new documents, replaced and deleted ones. */
static enum err change(struct task *t, struct index *index, struct model *model, bool merge)
{
    struct index_writer *w;
    enum err e = OK;
    bool did;

    if (merge)
        return index_merge_all(t, index);
    for (uint64_t id = 30; id < 80; id++)
        model->seeds[id] = id % 7 ? 900 + id : 0;
    e = index_write(t, index, 30000, &w);
    for (uint64_t id = 30; id < 80 && !e; id++) {
        struct index_doc doc = doc_of(t, id, 900 + id);
        e = id % 7 ? index_put(t, w, &doc) : index_delete(t, w, id);
    }
    if (!e)
        e = index_commit(t, w, 2);
    index_write_end(w);
    if (!e)
        e = index_merge(t, index, &did);
    return e;
}

static void begin(struct task *t, struct index *index, struct model *model)
{
    struct index_writer *w;

    for (int round = 0; round < 3; round++) {
        assert_int_equal(index_write(t, index, INDEX_BUDGET, &w), OK);
        for (uint64_t id = 1; id < 50; id++)
            if (id % 3 == (uint64_t)round || id % 10 == 0) {
                put_doc(t, w, id, id + 100 * (uint64_t)round);
                model->seeds[id] = id + 100 * (uint64_t)round;
            }
        assert_int_equal(index_commit(t, w, 1), OK);
        index_write_end(w);
    }
}

static bool is(struct task *t, struct index *index, const struct model *model)
{
    struct index_view *view;
    struct index_hit hit;
    bool same = true;

    assert_int_equal(index_look(t, &index, 1, &view), OK);
    for (uint64_t id = 1; id < DOCS && same; id++) {
        struct index_stored stored;
        enum err e = index_find(t, view, id, &hit);
        task_clear_error(t);
        same = (e == OK) == (model->seeds[id] != 0);
        if (same && !e) {
            assert_int_equal(index_stored(t, view, hit, &stored), OK);
            same = str_eq(stored.payload, doc_of(t, id, model->seeds[id]).payload);
        }
    }
    index_view_end(view);
    return same;
}

/* True when the fault was met. */
static bool run(int from, int to, bool merge)
{
    static struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    char *folder = folder_new(&t), *other_folder = folder_new(&t);
    struct index *index = index_in(&t, folder);
    struct model before = {0}, after;
    begin(&t, index, &before);
    after = before;

    counter = 0;
    fail_from = from;
    fail_to = to;
    enum err e = change(&t, index, &after, merge);
    bool met = counter >= from;
    allow();
    task_clear_error(&t);
    assert_true(e == OK || e == ERR_STORE || e == ERR_UNCERTAIN);

    /* The program that met it goes on, and one that starts anew sees the same. */
    bool new_state = is(&t, index, &after);
    assert_true(new_state || is(&t, index, &before));
    if (!e)
        assert_true(new_state);
    index_close(index);
    index = index_in(&t, folder);
    assert_int_equal(index_verify(&t, index), OK);
    assert_true(is(&t, index, new_state ? &after : &before));

    /* And it can be written again. */
    assert_int_equal(change(&t, index, &after, merge), OK);
    struct index *other = fresh(&t, other_folder, &after);
    assert_same(&t, index, other, 5, 3);
    index_close(other);
    index_close(index);
    folder_remove(folder);
    folder_remove(other_folder);
    task_end(&t);
    return met;
}

static void loop(int forever, bool merge)
{
    int n = 1;

    index_fault = fault;
    while (run(n, forever ? 1 << 30 : n, merge))
        n++;
    index_fault = NULL;
    assert_true(n > 6); /* there were operations to fail */
}

static void test_one_fails(void **state)
{
    (void)state;
    loop(0, false);
}

static void test_all_fail_from_one_on(void **state)
{
    (void)state;
    loop(1, false);
}

static void test_merge(void **state)
{
    (void)state;
    loop(0, true);
    loop(1, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_fails),
        cmocka_unit_test(test_all_fail_from_one_on),
        cmocka_unit_test(test_merge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
