/*
 * Whatever the sequence of puts, deletes, commits, merges and crashes: the index is what a fresh
 * build of the same documents is.
 */
#include "index_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "search/files.h"

static uint64_t faults, fault_at;

static int fail_at(const char *what)
{
    (void)what;
    return fault_at && ++faults >= fault_at ? EIO : 0;
}

struct world {
    struct task *task;
    char *folder;
    struct index *index;
    struct index_writer *w;
    struct model now, committed;
    uint64_t random;
};

static void reopen(struct world *world)
{
    if (world->w)
        index_write_end(world->w);
    world->w = NULL;
    index_close(world->index);
    world->index = index_in(world->task, world->folder);
    world->now = world->committed;
}

static void writer(struct world *world)
{
    size_t budget = random_next(&world->random) % 3 ? INDEX_BUDGET : 20000;

    if (!world->w)
        assert_int_equal(index_write(world->task, world->index, budget, &world->w), OK);
}

/* The disk fails from some operation on; then the old state stands, or the new one does. */
static void commit_with_fault(struct world *world)
{
    writer(world);
    faults = 0;
    fault_at = 1 + random_next(&world->random) % 12;
    enum err e = index_commit(world->task, world->w, 1);
    fault_at = 0;
    task_clear_error(world->task);
    struct model before = world->committed, after = world->now;
    index_write_end(world->w);
    world->w = NULL;
    reopen(world);
    if (e == ERR_STORE)
        world->now = before;
    else
        world->now = world->committed = after;
}

static void compare(struct world *world, uint64_t seed)
{
    char *folder = folder_new(world->task);
    struct index *other = fresh(world->task, folder, &world->committed);

    assert_int_equal(index_verify(world->task, world->index), OK);
    assert_same(world->task, world->index, other, seed, 8);
    index_close(other);
    folder_remove(folder);
}

static void commit(struct world *world)
{
    writer(world);
    assert_int_equal(index_commit(world->task, world->w, 1), OK);
    if (random_next(&world->random) % 2) {
        index_write_end(world->w);
        world->w = NULL;
    }
    world->committed = world->now;
}

static void delete_kind(struct world *world)
{
    int64_t kind = (int64_t)(random_next(&world->random) % 5) - 2;

    writer(world);
    assert_int_equal(index_delete_where(world->task, world->w, COLUMN_KIND, kind), OK);
    for (uint64_t id = 1; id < DOCS; id++)
        if (world->now.seeds[id] && (int64_t)(world->now.seeds[id] % 5) - 2 == kind)
            world->now.seeds[id] = 0;
}

static void step(struct world *world)
{
    uint64_t what = random_next(&world->random) % 100,
             id = 1 + random_next(&world->random) % (DOCS - 1);
    bool did;

    if (what < 62) {
        int n = 1 + (int)(random_next(&world->random) % 20);
        writer(world);
        for (int i = 0; i < n; i++) {
            uint64_t seed = 1 + random_next(&world->random) % 100000;
            id = 1 + random_next(&world->random) % (DOCS - 1);
            put_doc(world->task, world->w, id, seed);
            world->now.seeds[id] = seed;
        }
    } else if (what < 74) {
        writer(world);
        assert_int_equal(index_delete(world->task, world->w, id), OK);
        world->now.seeds[id] = 0;
    } else if (what < 76) {
        delete_kind(world);
    } else if (what < 86) {
        commit(world);
    } else if (what < 91) {
        assert_int_equal(index_merge(world->task, world->index, &did), OK);
    } else if (what < 93) {
        assert_int_equal(index_merge_all(world->task, world->index), OK);
    } else if (what < 96) {
        commit_with_fault(world);
    } else {
        reopen(world);
    }
}

static void run(uint64_t seed, int steps)
{
    static struct task t;
    struct world world = {.task = &t, .random = seed};

    task_begin(&t, NULL, TEST_NOW, (size_t)512 * 1024 * 1024);
    world.folder = folder_new(&t);
    world.index = index_in(&t, world.folder);
    for (int i = 0; i < steps; i++) {
        step(&world);
        if (i % 25 == 24)
            compare(&world, seed + (uint64_t)i);
    }
    commit(&world);
    compare(&world, seed);
    assert_exact(&t, world.index, seed, 3);
    if (world.w)
        index_write_end(world.w);
    index_close(world.index);
    folder_remove(world.folder);
    task_end(&t);
}

static void test_any_sequence(void **state)
{
    const char *rounds = getenv("YIMEN_ROUNDS");
    int n = rounds ? atoi(rounds) : 5;

    (void)state;
    index_fault = fail_at;
    for (int i = 0; i < n; i++)
        run((uint64_t)i + 1, 150);
    index_fault = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_sequence)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
