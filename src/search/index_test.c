#include "index_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "search/files.h"
#include "search/pack.h"
#include "search/view.h"

static int setup(void **state)
{
    static struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    task_end(*state);
    return 0;
}

static void test_pack(void **state)
{
    uint32_t numbers[BLOCK], back[BLOCK], docs[BLOCK];
    uint8_t bytes[PACK_MOST];
    uint64_t seed = 7;

    (void)state;
    for (int bits = 0; bits <= 32; bits++) {
        for (int i = 0; i < BLOCK; i++)
            numbers[i] = bits ? (uint32_t)random_next(&seed) >> (32 - bits) : 0;
        if (bits)
            numbers[77] |= UINT32_C(1) << (bits - 1);
        assert_int_equal(pack_width(numbers), bits);
        pack(numbers, bits, bytes);
        unpack(bytes, bits, back);
        assert_memory_equal(numbers, back, sizeof numbers);
        unpack_docs(bytes, bits, UINT32_MAX, docs);
        uint32_t doc = UINT32_MAX;
        for (int i = 0; i < BLOCK; i++) {
            doc += numbers[i] + 1;
            assert_int_equal(docs[i], doc);
        }
    }
}

static void fill(struct task *t, struct index *index, uint64_t from, uint64_t to, uint64_t seed)
{
    struct index_writer *w;

    assert_int_equal(index_write(t, index, INDEX_BUDGET, &w), OK);
    for (uint64_t id = from; id < to; id++)
        put_doc(t, w, id, seed + id);
    assert_int_equal(index_commit(t, w, (int64_t)to), OK);
    index_write_end(w);
}

static void test_scores(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder);

    fill(t, index, 1, 400, 1);
    assert_exact(t, index, 11, 25);
    fill(t, index, 300, DOCS, 1000); /* some of them for the second time */
    assert_exact(t, index, 12, 25);
    assert_int_equal(index_merge_all(t, index), OK);
    assert_exact(t, index, 13, 25);
    assert_int_equal(index_mark(index), DOCS);
    index_close(index);
    folder_remove(folder);
}

/* Three indexes searched as one answer as one index does. */
static void test_several(void **state)
{
    struct task *t = *state;
    struct model model = {0};
    char *folders[4];
    struct index *parts[3], *whole;
    struct index_view *view, *other;

    for (int i = 0; i < 4; i++)
        folders[i] = folder_new(t);
    for (uint64_t id = 1; id < DOCS; id++)
        model.seeds[id] = 5 + id;
    for (int i = 0; i < 3; i++) {
        parts[i] = index_in(t, folders[i]);
        fill(t, parts[i], (uint64_t)i * 150 + 1, i == 2 ? DOCS : (uint64_t)i * 150 + 151, 5);
    }
    whole = fresh(t, folders[3], &model);
    assert_int_equal(index_look(t, parts, 3, &view), OK);
    assert_int_equal(index_look(t, &whole, 1, &other), OK);
    struct index_ask ask;
    float weights[INDEX_FIELDS] = {1, 1, 1};
    for (int i = 0; i < 20; i++) {
        struct index_hits a, b;
        struct units units = units_of(t, text_of(t, (uint64_t)i, 20));
        uint64_t terms[128];
        struct index_term asked[128];
        size_t n = terms_of(units, TERMS_PLAIN, terms, 128);
        for (size_t k = 0; k < n; k++)
            asked[k] = (struct index_term){terms[k], FIELD_ALL, weights[0]};
        ask = (struct index_ask){.terms = asked, .n_terms = n, .most = 30};
        assert_int_equal(index_search(t, view, &ask, &a), OK);
        assert_int_equal(index_search(t, other, &ask, &b), OK);
        assert_int_equal(a.n, b.n);
        for (size_t k = 0; k < a.n; k++) {
            assert_int_equal(a.at[k].id, b.at[k].id);
            assert_true(a.at[k].score == b.at[k].score);
        }
    }
    index_view_end(view);
    index_view_end(other);
    for (int i = 0; i < 3; i++)
        index_close(parts[i]);
    index_close(whole);
    for (int i = 0; i < 4; i++)
        folder_remove(folders[i]);
}

/* A view sees what it saw, whatever is written, merged or closed meanwhile. */
static void test_snapshot(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder);
    struct index_view *view;
    struct index_writer *w;
    struct index_hit hit;

    fill(t, index, 1, 50, 1);
    assert_int_equal(index_look(t, &index, 1, &view), OK);
    assert_int_equal(index_write(t, index, INDEX_BUDGET, &w), OK);
    for (uint64_t id = 1; id < 40; id++)
        assert_int_equal(index_delete(t, w, id), OK);
    put_doc(t, w, 100, 100);
    assert_int_equal(index_find(t, view, 100, &hit), ERR_NOT_FOUND);
    task_clear_error(t);
    assert_int_equal(index_commit(t, w, 2), OK);
    index_write_end(w);
    assert_int_equal(index_merge_all(t, index), OK);
    assert_int_equal(index_stats(view, 0).docs, 49);
    assert_int_equal(index_find(t, view, 7, &hit), OK);
    struct index_stored stored;
    assert_int_equal(index_stored(t, view, hit, &stored), OK);
    assert_str(stored.payload, "payload 8 of 7");
    struct index_view *after;
    assert_int_equal(index_look(t, &index, 1, &after), OK);
    assert_int_equal(index_stats(after, 0).docs, 11);
    assert_int_equal(index_find(t, after, 7, &hit), ERR_NOT_FOUND);
    task_clear_error(t);
    assert_int_equal(index_find(t, after, 100, &hit), OK);
    index_view_end(view);
    index_view_end(after);
    index_close(index);
    folder_remove(folder);
}

static void test_locks_and_other_processes(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder), *other = index_in(t, folder);
    struct index_writer *w, *second;
    struct index_view *view;

    assert_int_equal(index_write(t, index, INDEX_BUDGET, &w), OK);
    assert_int_equal(index_write(t, other, INDEX_BUDGET, &second), ERR_BUSY);
    assert_int_equal(index_discard(t, str_of(folder)), ERR_BUSY);
    task_clear_error(t);
    put_doc(t, w, 1, 1);
    assert_int_equal(index_commit(t, w, 9), OK);
    index_write_end(w);
    assert_int_equal(index_mark(other), 0);
    assert_int_equal(index_refresh(t, other), OK);
    assert_int_equal(index_mark(other), 9);
    assert_int_equal(index_write(t, other, INDEX_BUDGET, &second), OK);
    put_doc(t, second, 1, 2);
    assert_int_equal(index_commit(t, second, 10), OK);
    index_write_end(second);
    assert_int_equal(index_refresh(t, index), OK);
    assert_int_equal(index_look(t, &index, 1, &view), OK);
    assert_int_equal(index_stats(view, 0).docs, 1);
    index_view_end(view);
    index_close(index);
    index_close(other);
    assert_int_equal(index_discard(t, str_of(folder)), OK);
    index = index_in(t, folder);
    assert_int_equal(index_mark(index), 0);
    index_close(index);
    folder_remove(folder);
}

static void test_other_schema(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder);
    struct index_schema other = fixture_schema;

    fill(t, index, 1, 5, 1);
    index_close(index);
    other.version = 2;
    assert_int_equal(index_open(t, str_of(folder), &other, &index), ERR_CONFLICT);
    task_clear_error(t);
    other = fixture_schema;
    other.fields[0].b = 0.5F;
    assert_int_equal(index_open(t, str_of(folder), &other, &index), ERR_CONFLICT);
    task_clear_error(t);
    folder_remove(folder);
}

/* The file of the only segment, one byte of it changed. */
static void spoil(struct index *index, uint64_t at)
{
    char path[PATH_BYTES];
    uint8_t byte;
    struct state *now = index_now(index);

    assert_true(number_path(path, index->folder, "seg", now->parts[0].segment->number));
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && pread(fd, &byte, 1, (off_t)at) == 1);
    byte ^= 0x40;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
    state_release(now);
}

static void test_damage(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder);

    fill(t, index, 1, DOCS, 1);
    struct state *now = index_now(index);
    uint64_t size = now->parts[0].segment->size;
    state_release(now);
    for (uint64_t at = 0; at < size; at += size / 16 + 1) {
        struct index_view *view;
        enum err e;

        index_close(index);
        index = index_in(t, folder);
        spoil(index, at);
        assert_int_equal(index_verify(t, index), ERR_CONFLICT);
        task_clear_error(t);
        assert_int_equal(index_look(t, &index, 1, &view), ERR_CONFLICT);
        task_clear_error(t);
        index_close(index);
        e = index_open(t, str_of(folder), &fixture_schema, &index);
        if (!e) { /* then a question finds it, or never reads it */
            float weights[INDEX_FIELDS] = {1, 1, 1, 1};
            struct index_ask ask;
            struct index_hits hits;
            struct index_term terms[64];
            uint64_t found[64];
            size_t n = terms_of(units_of(t, S("劳动合同工资")), TERMS_PLAIN, found, 64);
            for (size_t i = 0; i < n; i++)
                terms[i] = (struct index_term){found[i], FIELD_ALL, weights[0]};
            ask = (struct index_ask){.terms = terms, .n_terms = n, .most = 10};
            assert_int_equal(index_look(t, &index, 1, &view), OK);
            e = index_search(t, view, &ask, &hits);
            assert_true(e == OK || e == ERR_CONFLICT);
            if (e) /* and from then on nobody is answered */
                assert_int_equal(index_look(t, &index, 1, &view), ERR_CONFLICT);
            index_close(index);
        } else {
            assert_int_equal(e, ERR_CONFLICT);
        }
        task_clear_error(t);
        /* Mend it. */
        int fd = open(folder, O_RDONLY | O_DIRECTORY);
        close(fd);
        assert_int_equal(index_discard(t, str_of(folder)), OK);
        index = index_in(t, folder);
        fill(t, index, 1, DOCS, 1);
    }
    index_close(index);
    folder_remove(folder);
}

static void test_delete_where(void **state)
{
    struct task *t = *state;
    char *folders[2] = {folder_new(t), folder_new(t)};
    struct index *index = index_in(t, folders[0]);
    struct model model = {0};
    struct index_writer *w;

    fill(t, index, 1, 200, 1);
    for (uint64_t id = 1; id < 200; id++)
        model.seeds[id] = 1 + id;
    assert_int_equal(index_write(t, index, 1, &w), OK); /* every document a segment */
    for (uint64_t id = 200; id < 210; id++) {
        put_doc(t, w, id, 1 + id);
        model.seeds[id] = 1 + id;
    }
    assert_int_equal(index_delete_where(t, w, COLUMN_KIND, 1), OK);
    for (uint64_t id = 1; id < 210; id++)
        if (doc_of(t, id, model.seeds[id]).columns[COLUMN_KIND] == 1)
            model.seeds[id] = 0;
    put_doc(t, w, 300, 303); /* kind 1, but put after it */
    model.seeds[300] = 303;
    assert_int_equal(index_commit(t, w, 1), OK);
    index_write_end(w);
    struct index *other = fresh(t, folders[1], &model);
    assert_same(t, index, other, 3, 20);
    index_close(index);
    index_close(other);
    folder_remove(folders[0]);
    folder_remove(folders[1]);
}

static void test_bad_asks(void **state)
{
    struct task *t = *state;
    char *folder = folder_new(t);
    struct index *index = index_in(t, folder);
    struct index_view *view;
    struct index_hits hits;
    struct index_term term = {1, 99, 1};
    struct index_filter filter = {.column = 5};
    struct index_match match = {.kind = MATCH_AND};

    assert_int_equal(index_look(t, &index, 1, &view), OK);
    assert_int_equal(
        index_search(t, view, &(struct index_ask){.terms = &term, .n_terms = 1}, &hits),
        ERR_BAD_INPUT);
    assert_int_equal(
        index_search(t, view, &(struct index_ask){.filters = &filter, .n_filters = 1}, &hits),
        ERR_BAD_INPUT);
    assert_int_equal(index_search(t, view, &(struct index_ask){.match = &match}, &hits),
                     ERR_BAD_INPUT);
    task_clear_error(t);
    term.field = 0;
    assert_int_equal(
        index_search(t, view, &(struct index_ask){.terms = &term, .n_terms = 1, .most = 5}, &hits),
        OK);
    assert_int_equal(hits.n, 0);
    index_view_end(view);
    index_close(index);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pack, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scores, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_locks_and_other_processes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete_where, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_asks, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
