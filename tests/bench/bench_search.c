/*
 * The search engine: building, size, opening, asking; the same terms asked of SQLite's FTS5 and of
 * Xapian in turn with ours; asking while a merge runs.
 *
 *   bench_search --data FOLDER --work FOLDER [--docs N] [--rivals] [--json]
 *
 * Documents are the national articles and, beyond them, two to eight sampled sentences of law each;
 * the questions are those lay people asked (stard-dev.jsonl), any of ~22 bigrams.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "rivals.h"
#include "search/corpus_fixture.h"
#include "search/index.h"

static const struct index_schema bigrams = {.version = 1,
                                            .n_texts = 1,
                                            .n_fields = 1,
                                            .texts = {"text"},
                                            .fields = {{"text", 1, TERMS_PLAIN, 1.2F, 0.75F}}};
static const struct index_schema both = {.version = 2,
                                         .n_texts = 1,
                                         .n_fields = 1,
                                         .texts = {"text"},
                                         .fields = {{"text", 1, TERMS_ALL, 1.2F, 0.75F}}};

struct bench {
    struct task *task;
    struct corpus corpus;
    const char *work;
    size_t docs;
    bool json, fine;
    double text_bytes;
};

enum { QUESTIONS = 300, FTS5_QUESTIONS = 12, TERMS_MOST = 1000 };

static void note(struct bench *b, const char *name, const char *title, double value, double goal,
                 bool at_most, const char *unit)
{
    struct figure figure = {
        .name = name, .title = title, .goal = goal, .at_most = at_most, .ours_unit = unit};

    figure_add(&figure, value, 0);
    if (goal > 0 ? !figure_print(&figure, b->json) : false)
        b->fine = false;
    if (goal <= 0 && b->json)
        printf("{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\",\"docs\":%zu}\n", name, value, unit,
               b->docs);
    else if (goal <= 0)
        printf("%-46s %9.3f %s\n", title, value, unit);
    fflush(stdout);
}

static void die(struct bench *b, const char *what)
{
    fprintf(stderr, "bench_search: %s: %.*s\n", what, STR_ARG(b->task->note));
    exit(1);
}

/* ---- building ---- */

static struct index *open_index(struct bench *b, const char *name,
                                const struct index_schema *schema)
{
    struct index *index;

    if (index_open(b->task, str_format(b->task, "%s/%s", b->work, name), schema, &index))
        die(b, name);
    return index;
}

static void fill(struct bench *b, struct index *index, size_t from, size_t to, size_t budget)
{
    struct task *t = b->task;
    struct index_writer *w;
    static char room[CORPUS_DOC_MOST];

    if (index_write(t, index, budget, &w))
        die(b, "write");
    b->text_bytes = 0;
    for (size_t i = from; i < to; i++) {
        struct task_mark mark = task_mark(t);
        struct str text = corpus_doc(&b->corpus, i, room);
        struct index_doc doc = {.id = i + 1, .texts = {units_of(t, text)}};

        b->text_bytes += (double)text.len;
        if (index_put(t, w, &doc))
            die(b, "put");
        task_reset(t, mark);
    }
    if (index_commit(t, w, 1))
        die(b, "commit");
    index_write_end(w);
}

static struct index *build(struct bench *b, const char *name, const struct index_schema *schema)
{
    struct index *index = open_index(b, name, schema);
    double began = seconds_of_cpu(), wall = seconds_now();

    fill(b, index, 0, b->docs, INDEX_BUDGET);
    double built = seconds_of_cpu() - began;
    if (index_merge_all(b->task, index))
        die(b, "merge");
    double merged = seconds_of_cpu() - began;
    bool plain = schema == &bigrams;
    note(b, plain ? "search-build" : "search-build-both",
         plain ? "build, bigrams (processor time)" : "build, bigrams + unigrams",
         b->text_bytes / 1e6 / built, plain ? 25 : 0, false, "MB/s");
    note(b, "search-build-merged", "  the same with one segment made of all",
         b->text_bytes / 1e6 / merged, 0, false, "MB/s");
    note(b, "search-build-wall", "  by the clock", seconds_now() - wall, 0, true, "s");
    return index;
}

static void sizes(struct bench *b, struct index *index, bool plain)
{
    struct index_view *view;

    if (index_look(b->task, &index, 1, &view))
        die(b, "look");
    struct index_size size = index_size(view);
    double inverted = (double)(size.postings_bytes + size.dictionary_bytes);
    note(b, plain ? "search-size" : "search-size-both",
         plain ? "size of the bigram field, parts of the text"
               : "size with unigrams, parts of the text",
         inverted / b->text_bytes, plain ? 0.45 : 0, true, "");
    note(b, "search-stored", "  stored texts beside it", (double)size.forward_bytes / b->text_bytes,
         0, true, "");
    index_view_end(view);
}

/* ---- asking ---- */

struct asked {
    uint64_t terms[TERMS_MOST];
    size_t n;
};

static void terms_of_question(struct bench *b, size_t i, unsigned kinds, struct asked *asked)
{
    struct units units = units_of(b->task, b->corpus.questions[i % b->corpus.n_questions]);

    asked->n = terms_of(units, kinds, asked->terms, TERMS_MOST);
}

static double ask_once(struct bench *b, struct index_view *view, const struct asked *asked,
                       size_t most)
{
    struct task_mark mark = task_mark(b->task);
    double began = seconds_now();
    struct index_term *terms = NEW(b->task, struct index_term, asked->n + 1);
    struct index_hits hits;

    for (size_t i = 0; i < asked->n; i++)
        terms[i] = (struct index_term){asked->terms[i], 0, 1};
    struct index_ask ask = {.terms = terms, .n_terms = asked->n, .most = most};
    if (index_search(b->task, view, &ask, &hits))
        die(b, "search");
    double took = seconds_now() - began;
    task_reset(b->task, mark);
    return took * 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Milliseconds at the middle and at the 99th of a hundred. */
static void ask_all(struct bench *b, struct index *index, unsigned kinds, size_t most,
                    double *ret_p50, double *ret_p99)
{
    static double took[10000];
    size_t n = b->corpus.n_questions;
    struct index_view *view;

    if (index_look(b->task, &index, 1, &view))
        die(b, "look");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            struct asked asked;
            struct task_mark mark = task_mark(b->task);
            terms_of_question(b, i, kinds, &asked);
            took[i] = ask_once(b, view, &asked, most);
            task_reset(b->task, mark);
        }
    index_view_end(view);
    qsort(took, n, sizeof *took, by_size);
    *ret_p50 = took[n / 2];
    *ret_p99 = took[n * 99 / 100];
}

static void times(struct bench *b, struct index *index, unsigned kinds, const char *what)
{
    double p50, p99;
    char title[2][80];

    for (size_t most = 10; most <= 100; most *= 10) {
        ask_all(b, index, kinds, most, &p50, &p99);
        snprintf(title[0], sizeof title[0], "%s, best %zu, median", what, most);
        snprintf(title[1], sizeof title[1], "%s, best %zu, 99 of 100 within", what, most);
        note(b, "search-p50", title[0], p50, 0, true, "ms");
        note(b, "search-p99", title[1], p99, 0, true, "ms");
    }
}

/* ---- rivals ---- */

static void *build_rival(struct bench *b, const struct rival *rival)
{
    char path[4096], title[80];
    static char room[CORPUS_DOC_MOST];
    struct task *t = b->task;
    double began = seconds_now();

    snprintf(path, sizeof path, "%s/rival-%.3s", b->work, rival->name);
    void *r = rival->begin(path);
    bool fine = r != NULL;
    for (size_t i = 0; i < b->docs && fine; i++) {
        struct task_mark mark = task_mark(t);
        struct units units = units_of(t, corpus_doc(&b->corpus, i, room));
        size_t most = terms_most(units, TERMS_PLAIN);
        uint64_t *terms = NEW(t, uint64_t, most + 1);

        fine = rival->add(r, i + 1, terms, terms_of(units, TERMS_PLAIN, terms, most));
        task_reset(t, mark);
    }
    if (!fine || !rival->end(r))
        die(b, rival->name);
    snprintf(title, sizeof title, "%s: build by the clock", rival->name);
    note(b, "search-rival-build", title, seconds_now() - began, 0, true, "s");
    return r;
}

/* Question by question in turn; the figure is the ratio of the sums of a pass. */
static void compare(struct bench *b, struct index *index, const struct rival *rival,
                    size_t questions, double goal)
{
    void *r = build_rival(b, rival);
    struct index_view *view;
    char name[40], title[80];
    struct figure figure = {
        .goal = goal, .ours_unit = "ms a question", .name = name, .title = title};

    snprintf(name, sizeof name, "search-against-%.3s", rival->name);
    snprintf(title, sizeof title, "so many times the speed of %s", rival->name);
    if (index_look(b->task, &index, 1, &view))
        die(b, "look");
    for (int pass = 0; pass < 3; pass++) {
        double ours = 0, theirs = 0;

        for (size_t i = 0; i < questions; i++) {
            struct asked asked;
            uint64_t ids[10];
            terms_of_question(b, i * 7 + (size_t)pass, TERMS_PLAIN, &asked);
            ours += ask_once(b, view, &asked, 10);
            double began = seconds_now();
            if (rival->ask(r, asked.terms, asked.n, 10, ids) == 0)
                die(b, rival->name);
            theirs += (seconds_now() - began) * 1e3;
        }
        /* The figure is theirs against ours: the greater, the better. */
        figure_add(&figure, theirs / (double)questions, ours / (double)questions);
    }
    b->fine = figure_print(&figure, b->json) && b->fine;
    index_view_end(view);
    rival->close(r);
}

/* ---- while a merge runs ---- */

struct merging {
    struct index *index;
    atomic_bool runs;
    bool fine;
};

static void *merge(void *arg)
{
    struct merging *m = arg;
    struct task t;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    m->fine = index_merge_all(&t, m->index) == OK;
    task_end(&t);
    atomic_store(&m->runs, false);
    return NULL;
}

static double ask_some(struct bench *b, struct index *index, const atomic_bool *while_runs)
{
    struct index_view *view;
    double sum = 0;
    size_t n = 0;

    if (index_look(b->task, &index, 1, &view))
        die(b, "look");
    for (; while_runs ? atomic_load(while_runs) || n < QUESTIONS : n < QUESTIONS; n++) {
        struct asked asked;
        struct task_mark mark = task_mark(b->task);
        terms_of_question(b, n, TERMS_PLAIN, &asked);
        sum += ask_once(b, view, &asked, 10);
        task_reset(b->task, mark);
    }
    index_view_end(view);
    return sum / (double)n;
}

static void ask_while_merging(struct bench *b)
{
    struct index *index = open_index(b, "merging", &bigrams);
    struct figure figure = {.name = "search-while-merging",
                            .title = "an answer while a merge runs, so many times the time",
                            .goal = 1.5,
                            .at_most = true,
                            .ours_unit = "ms a question"};
    size_t part = b->docs < 400000 ? b->docs / 8 : 50000;

    for (size_t i = 0; i < 8; i++)
        fill(b, index, i * part, (i + 1) * part, INDEX_BUDGET);
    for (int pass = 0; pass < 3; pass++) {
        struct merging m = {.index = index, .runs = true};
        pthread_t thread;

        ask_some(b, index, NULL);
        double alone = ask_some(b, index, NULL);
        if (pthread_create(&thread, NULL, merge, &m))
            die(b, "thread");
        double beside = ask_some(b, index, &m.runs);
        pthread_join(thread, NULL);
        if (!m.fine)
            die(b, "merge");
        figure_add(&figure, beside, alone);
        fill(b, index, (size_t)pass * part, (size_t)(pass + 1) * part, INDEX_BUDGET);
    }
    b->fine = figure_print(&figure, b->json) && b->fine;
    index_close(index);
}

static void run(struct bench *b, bool rivals)
{
    struct index *index = build(b, "bigrams", &bigrams);
    double began;

    sizes(b, index, true);
    index_close(index);
    began = seconds_now();
    index = open_index(b, "bigrams", &bigrams);
    note(b, "search-open", "opening the index", (seconds_now() - began) * 1e3, 50, true, "ms");
    times(b, index, TERMS_PLAIN, "bigrams");
    if (rivals) {
#ifdef WITH_XAPIAN
        compare(b, index, &rival_xapian, 60, 10);
#else
        if (!b->json)
            puts("Xapian: its library was not there when this was built");
#endif
        compare(b, index, &rival_fts5, FTS5_QUESTIONS, b->docs >= 1000000 ? 300 : 50);
    }
    index_close(index);
    index = build(b, "both", &both);
    sizes(b, index, false);
    times(b, index, TERMS_ALL, "bigrams + unigrams");
    index_close(index);
    ask_while_merging(b);
}

int main(int argc, char **argv)
{
    static struct task t;
    struct bench b = {.task = &t, .docs = 60000, .fine = true};
    const char *data = NULL;
    bool rivals = false;

    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (more && strcmp(argv[i], "--data") == 0)
            data = argv[++i];
        else if (more && strcmp(argv[i], "--work") == 0)
            b.work = argv[++i];
        else if (more && strcmp(argv[i], "--docs") == 0)
            b.docs = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rivals") == 0)
            rivals = true;
        else if (strcmp(argv[i], "--json") == 0)
            b.json = true;
        else
            data = NULL;
    }
    if (!data || !b.work || b.docs < 1000) {
        fprintf(stderr,
                "bench_search --data FOLDER --work FOLDER [--docs N] [--rivals] [--json]\n");
        return 2;
    }
    task_begin(&t, NULL, 0, (size_t)1 << 30);
    if (corpus_read(&t, data, &b.corpus)) {
        fprintf(stderr, "bench_search: the data folder is not there: %s\n", data);
        return 3;
    }
    if (!b.json)
        printf("-- %zu documents\n", b.docs);
    run(&b, rivals);
    task_end(&t);
    return b.fine ? 0 : 1;
}
