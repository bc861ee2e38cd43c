#include "index_fixture.h"

#include "core/buf.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct index_schema fixture_schema = {
    .version = 1,
    .n_texts = 3,
    .n_fields = 4,
    .n_columns = 2,
    .texts = {"title", "body", "keys"},
    .fields = {{"all", 3, TERMS_PLAIN, 1.2F, 0.75F},
               {"title", 1, TERMS_PLAIN, 0.9F, 0.4F},
               {"chars", 2, TERM_UNIGRAM, 1.2F, 0.75F},
               {"keys", 4, TERM_KEYWORD, 1.2F, 0}},
    .columns = {"kind", "day"},
};

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

char *folder_new(struct task *t)
{
    /* In memory where that is possible: these tests sync thousands of files. */
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *folder = str_terminated(t, str_format(t, "%s/yimen-index-XXXXXX", place));

    assert_non_null(mkdtemp(folder));
    return folder;
}

void folder_remove(const char *folder)
{
    DIR *entries = opendir(folder);
    char path[4096];

    for (struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries)) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    if (entries)
        closedir(entries);
    rmdir(folder);
}

struct index *index_in(struct task *t, const char *folder)
{
    struct index *index;

    assert_int_equal(index_open(t, str_of(folder), &fixture_schema, &index), OK);
    return index;
}

/* Words of a small vocabulary, the first ones often: so that many documents share terms. */
struct str text_of(struct task *t, uint64_t seed, int most)
{
    static const char chars[] = "民法典合同工资劳动拖欠婚姻继承房屋租赁借款交通事故赔偿责任";
    struct buf b = buf_new(t, 65536);
    int n = (int)(random_next(&seed) % (uint64_t)most);

    for (int i = 0; i < n; i++) {
        uint64_t r = random_next(&seed), count = sizeof chars / 3;
        uint64_t place = (r >> 32) % count * ((r >> 16) % count) / count;

        buf_add_bytes(&b, chars + place * 3, 3);
        if (r % 13 == 0)
            buf_add(&b, S("，"));
        if (r % 29 == 0)
            buf_format(&b, "第%d条", (int)(r >> 40 & 15) + 1);
        if (r % 31 == 0)
            buf_format(&b, " w%d ", (int)(r >> 40 & 15));
    }
    return buf_str(&b);
}

struct index_doc doc_of(struct task *t, uint64_t id, uint64_t seed)
{
    uint64_t key = term_number((int64_t)(seed % 7));
    uint64_t random = seed;

    return (struct index_doc){
        .id = id,
        .texts = {units_of(t, text_of(t, seed + 1, 8)), units_of(t, text_of(t, seed, 120)),
                  units_of_keywords(t, &key, 1)},
        .columns = {(int64_t)(seed % 5) - 2, 20200101 + (int64_t)(random_next(&random) % 1000)},
        .payload = str_format(t, "payload %llu of %llu", (unsigned long long)seed,
                              (unsigned long long)id)};
}

void put_doc(struct task *t, struct index_writer *w, uint64_t id, uint64_t seed)
{
    struct task_mark mark = task_mark(t);
    struct index_doc doc = doc_of(t, id, seed);

    assert_int_equal(index_put(t, w, &doc), OK);
    task_reset(t, mark);
}

struct index *fresh(struct task *t, const char *folder, const struct model *model)
{
    struct index *index = index_in(t, folder);
    struct index_writer *w;

    assert_int_equal(index_write(t, index, INDEX_BUDGET, &w), OK);
    for (uint64_t id = 1; id < DOCS; id++)
        if (model->seeds[id])
            put_doc(t, w, id, model->seeds[id]);
    assert_int_equal(index_commit(t, w, 0), OK);
    index_write_end(w);
    return index;
}

static struct index_ask question(struct task *t, uint64_t *random)
{
    static const float weights[] = {1, 0.5F, 0.3F, 0.7F};
    struct index_term *terms = NEW(t, struct index_term, 512);
    struct index_filter *filters = NEW(t, struct index_filter, 2);
    struct units units = units_of(t, text_of(t, random_next(random), 30));
    uint64_t found[256];
    size_t n = 0, n_filters = 0;

    for (int f = 0; f < 3; f++) {
        size_t count = terms_of(units, fixture_schema.fields[f].kinds, found, 100);
        for (size_t i = 0; i < count; i++)
            terms[n++] = (struct index_term){found[i], f, weights[f]};
    }
    if (random_next(random) % 4 == 0)
        terms[n++] = (struct index_term){term_number((int64_t)(random_next(random) % 7)),
                                         FIELD_KEYS, weights[3]};
    if (random_next(random) % 3 == 0)
        filters[n_filters++] = (struct index_filter){
            .column = COLUMN_KIND, .low = -1, .high = 1, .negated = random_next(random) % 2};
    return (struct index_ask){.terms = terms,
                              .n_terms = n,
                              .filters = filters,
                              .n_filters = n_filters,
                              .most = 1 + random_next(random) % 40,
                              .count = random_next(random) % 4 == 0};
}

static void assert_stored(struct task *t, struct index_view *view, struct index_hit hit,
                          struct index_view *other, struct index_hit twin)
{
    struct index_stored a, b;

    assert_int_equal(index_stored(t, view, hit, &a), OK);
    assert_int_equal(index_stored(t, other, twin, &b), OK);
    assert_int_equal(a.id, b.id);
    assert_true(str_eq(a.payload, b.payload));
    for (int i = 0; i < fixture_schema.n_texts; i++) {
        assert_int_equal(a.texts[i].n, b.texts[i].n);
        assert_memory_equal(a.texts[i].at, b.texts[i].at, a.texts[i].n * 2);
    }
    assert_memory_equal(a.lengths, b.lengths, sizeof a.lengths);
    assert_memory_equal(a.columns, b.columns, sizeof a.columns);
}

void assert_same(struct task *t, struct index *a, struct index *b, uint64_t seed, int questions)
{
    struct task_mark mark = task_mark(t);
    struct index_view *view, *other;

    assert_int_equal(index_look(t, &a, 1, &view), OK);
    assert_int_equal(index_look(t, &b, 1, &other), OK);
    for (int f = 0; f < fixture_schema.n_fields; f++) {
        struct index_stats x = index_stats(view, f), y = index_stats(other, f);
        assert_int_equal(x.docs, y.docs);
        assert_int_equal(x.length, y.length);
    }
    for (int i = 0; i < questions; i++) {
        struct index_ask ask = question(t, &seed);
        struct index_hits x, y;

        assert_int_equal(index_search(t, view, &ask, &x), OK);
        assert_int_equal(index_search(t, other, &ask, &y), OK);
        assert_int_equal(x.n, y.n);
        assert_int_equal(x.count, y.count);
        for (size_t k = 0; k < x.n; k++) {
            assert_int_equal(x.at[k].id, y.at[k].id);
            assert_true(x.at[k].score == y.at[k].score);
            assert_stored(t, view, x.at[k], other, y.at[k]);
        }
    }
    task_reset(t, mark);
}

/* BM25 of one document from its stored texts alone. */
static double score_alone(struct index_view *view, const struct index_ask *ask,
                          const struct index_stored *doc)
{
    static uint64_t terms[4096];
    double score = 0;

    for (size_t i = 0; i < ask->n_terms; i++) {
        const struct index_term *term = &ask->terms[i];
        const struct index_field *field = &fixture_schema.fields[term->field];
        struct index_stats stats = index_stats(view, term->field);
        double average = (double)stats.length / (double)stats.docs, frequency = 0;

        for (int k = 0; k < fixture_schema.n_texts; k++) {
            size_t n =
                field->texts >> k & 1 ? terms_of(doc->texts[k], field->kinds, terms, 4096) : 0;
            for (size_t j = 0; j < n; j++)
                frequency += terms[j] == term->term;
        }
        double norm = (double)field->k1 * (1 - (double)field->b +
                                           (double)field->b * doc->lengths[term->field] / average);
        if (frequency > 0)
            score += (double)term->weight *
                     index_idf(stats.docs, index_df(view, term->field, term->term)) *
                     (double)(field->k1 + 1) * frequency / (frequency + norm);
    }
    return score;
}

static bool passes(const struct index_ask *ask, const struct index_stored *doc)
{
    for (size_t i = 0; i < ask->n_filters; i++) {
        const struct index_filter *f = &ask->filters[i];
        int64_t value = doc->columns[f->column];
        if ((value >= f->low && value <= f->high) == f->negated)
            return false;
    }
    return true;
}

void assert_exact(struct task *t, struct index *index, uint64_t seed, int questions)
{
    struct index_view *view;

    assert_int_equal(index_look(t, &index, 1, &view), OK);
    for (int i = 0; i < questions; i++) {
        struct task_mark mark = task_mark(t);
        struct index_ask ask = question(t, &seed);
        struct index_hits hits;
        struct index_hit hit = {0};
        size_t better = 0, matching = 0;

        assert_int_equal(index_search(t, view, &ask, &hits), OK);
        double worst = hits.n ? hits.at[hits.n - 1].score : 0;
        while (index_each(view, &hit)) {
            struct task_mark inner = task_mark(t);
            struct index_stored doc;
            assert_int_equal(index_stored(t, view, hit, &doc), OK);
            double score = passes(&ask, &doc) ? score_alone(view, &ask, &doc) : 0;
            matching += score > 0;
            better += score > worst + 1e-4;
            for (size_t k = 0; k < hits.n; k++)
                if (hits.at[k].id == hit.id)
                    assert_true(fabs(hits.at[k].score - score) < 1e-4);
            task_reset(t, inner);
        }
        assert_int_equal(hits.n, matching < ask.most ? matching : ask.most);
        assert_true(better <= hits.n);
        if (ask.count)
            assert_int_equal(hits.count, matching);
        task_reset(t, mark);
    }
    index_view_end(view);
}
