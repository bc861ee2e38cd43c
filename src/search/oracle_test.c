/*
 * SQLite's FTS5 with the same tokens says what the best hundred are: its bm25() has k1 1.2 and b
 * 0.75, too, and its own idf, which the weights of our terms make the same.
 */
#include "core/buf.h"
#include "core/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "corpus_fixture.h"
#include "index_fixture.h"

enum { TOP = 100, TERMS_MOST = 512 };

static const struct index_schema schema = {.version = 1,
                                           .n_texts = 1,
                                           .n_fields = 1,
                                           .texts = {"text"},
                                           .fields = {{"text", 1, TERMS_ALL, 1.2F, 0.75F}}};

struct bed {
    struct task task;
    struct index *index;
    sqlite3 *db;
    sqlite3_stmt *insert;
    struct index_writer *w;
    char *folder;
    uint64_t docs;
};

static void run(struct bed *bed, const char *sql)
{
    assert_int_equal(sqlite3_exec(bed->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void begin(struct bed *bed)
{
    struct task *t = &bed->task;

    task_begin(t, NULL, TEST_NOW, (size_t)1 << 30);
    bed->folder = folder_new(t);
    assert_int_equal(index_open(t, str_of(bed->folder), &schema, &bed->index), OK);
    assert_int_equal(index_write(t, bed->index, 2 * 1024 * 1024, &bed->w),
                     OK); /* several segments */
    assert_int_equal(sqlite3_open(":memory:", &bed->db), SQLITE_OK);
    run(bed, "CREATE VIRTUAL TABLE f USING fts5(t, content='', tokenize='ascii'); BEGIN");
    assert_int_equal(sqlite3_prepare_v2(bed->db, "INSERT INTO f(rowid, t) VALUES (?, ?)", -1,
                                        &bed->insert, NULL),
                     SQLITE_OK);
}

/* Terms as FTS5 shall see them. */
static struct str spelled(struct task *t, const uint64_t *terms, size_t n, const char *between)
{
    struct buf b = buf_new(t, 1 << 20);

    for (size_t i = 0; i < n; i++)
        buf_format(&b, "%st%llx", i ? between : "", (unsigned long long)terms[i]);
    return buf_str(&b);
}

static void add(struct bed *bed, struct str text)
{
    struct task *t = &bed->task;
    struct task_mark mark = task_mark(t);
    struct index_doc doc = {.id = ++bed->docs, .texts = {units_of(t, text)}};
    size_t most = terms_most(doc.texts[0], TERMS_ALL);
    uint64_t *terms = NEW(t, uint64_t, most + 1);
    struct str words = spelled(t, terms, terms_of(doc.texts[0], TERMS_ALL, terms, most), " ");

    assert_int_equal(index_put(t, bed->w, &doc), OK);
    sqlite3_bind_int64(bed->insert, 1, (sqlite3_int64)doc.id);
    sqlite3_bind_text(bed->insert, 2, words.at, (int)words.len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(bed->insert), SQLITE_DONE);
    sqlite3_reset(bed->insert);
    task_reset(t, mark);
}

static void commit(struct bed *bed)
{
    run(bed, "COMMIT");
    assert_int_equal(index_commit(&bed->task, bed->w, 1), OK);
    index_write_end(bed->w);
}

static void end(struct bed *bed)
{
    sqlite3_finalize(bed->insert);
    sqlite3_close(bed->db);
    index_close(bed->index);
    folder_remove(bed->folder);
    task_end(&bed->task);
}

/* What makes our idf theirs. */
static float weight_of(uint64_t docs, uint64_t df)
{
    double theirs = log(((double)docs - (double)df + 0.5) / ((double)df + 0.5));

    return (float)((theirs <= 0 ? 1e-6 : theirs) / index_idf(docs, df));
}

static void compare(struct bed *bed, struct index_view *view, struct str question)
{
    struct task *t = &bed->task;
    uint64_t *terms, theirs[TOP];
    double scores[TOP];
    size_t n = terms_of_text(t, question, TERMS_ALL, &terms), kept = 0, rows = 0;
    struct index_term asked[TERMS_MOST];
    struct index_hits hits;
    sqlite3_stmt *select;

    for (size_t i = 0; i < n && kept < TERMS_MOST; i++) {
        uint64_t df = index_df(view, 0, terms[i]);
        if (df) {
            terms[kept] = terms[i];
            asked[kept++] = (struct index_term){terms[i], 0, weight_of(bed->docs, df)};
        }
    }
    if (kept == 0)
        return;
    struct index_ask ask = {.terms = asked, .n_terms = kept, .most = TOP};
    assert_int_equal(index_search(t, view, &ask, &hits), OK);
    struct str match = spelled(t, terms, kept, " OR ");
    assert_int_equal(
        sqlite3_prepare_v2(bed->db,
                           "SELECT rowid, bm25(f) FROM f WHERE f MATCH ? ORDER BY rank LIMIT 100",
                           -1, &select, NULL),
        SQLITE_OK);
    sqlite3_bind_text(select, 1, match.at, (int)match.len, SQLITE_STATIC);
    while (sqlite3_step(select) == SQLITE_ROW) {
        theirs[rows] = (uint64_t)sqlite3_column_int64(select, 0);
        scores[rows++] = -sqlite3_column_double(select, 1);
    }
    sqlite3_finalize(select);
    assert_int_equal(hits.n, rows);
    for (size_t i = 0; i < rows; i++) {
        bool found =
            scores[i] < scores[rows - 1] + 1e-3; /* among equals at the edge either will do */

        assert_true(fabs(hits.at[i].score - scores[i]) < 1e-3);
        for (size_t k = 0; k < rows && !found; k++)
            found = hits.at[k].id == theirs[i] && fabs(hits.at[k].score - scores[i]) < 1e-3;
        assert_true(found);
    }
}

static void test_made_up(void **state)
{
    static struct bed bed;
    struct index_view *view;

    (void)state;
    begin(&bed);
    for (uint64_t i = 0; i < 20000; i++) { /* several windows, many blocks */
        struct task_mark mark = task_mark(&bed.task);
        add(&bed, text_of(&bed.task, i, 60));
        task_reset(&bed.task, mark);
    }
    commit(&bed);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(index_look(&bed.task, &bed.index, 1, &view), OK);
        for (uint64_t i = 0; i < 20; i++)
            compare(&bed, view, text_of(&bed.task, i + 100000 + (uint64_t)round * 50, 30));
        index_view_end(view);
        assert_int_equal(index_merge_all(&bed.task, bed.index), OK);
    }
    end(&bed);
}

static void test_laws(void **state)
{
    static struct bed bed;
    static struct task t;
    struct corpus corpus;
    struct index_view *view;
    const char *folder = getenv("YIMEN_TEST_DATA"), *source = getenv("YIMEN_SOURCE");
    char path[4096];

    (void)state;
    snprintf(path, sizeof path, "%s/../shared/data", source ? source : ".");
    task_begin(&t, NULL, TEST_NOW, (size_t)1 << 30);
    if (corpus_read(&t, folder ? folder : path, &corpus)) {
        task_end(&t);
        print_message("skipped: the data folder is not there\n");
        skip();
    }
    begin(&bed);
    for (size_t i = 0; i < corpus.n_articles; i += 6)
        add(&bed, corpus.articles[i]);
    commit(&bed);
    assert_int_equal(index_look(&bed.task, &bed.index, 1, &view), OK);
    for (size_t i = 0; i < corpus.n_questions; i += 12)
        compare(&bed, view, corpus.questions[i]);
    index_view_end(view);
    assert_int_equal(index_merge_all(&bed.task, bed.index), OK);
    assert_int_equal(index_look(&bed.task, &bed.index, 1, &view), OK);
    for (size_t i = 5; i < corpus.n_questions; i += 48)
        compare(&bed, view, corpus.questions[i]);
    index_view_end(view);
    end(&bed);
    corpus_free(&corpus);
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_up),
        cmocka_unit_test(test_laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
