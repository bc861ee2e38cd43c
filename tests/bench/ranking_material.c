/*
 * What training and measuring the ranking need of the program itself: the ground and the features,
 * made by the code that serves (src/search/rank.h), so that both are one.
 *
 *   ranking_material ground LAWS ANSWERS QUESTIONS GROUND
 *   ranking_material links QUESTIONS                          data/ranking/links.tsv, to stdout
 *   ranking_material features GROUND QUESTIONS OUT [OPTION]...
 *   ranking_material rank GROUND QUESTIONS LEARNED WORDS [OPTION]...  figures and times, to stdout
 *   ranking_material select GROUND ANSWERS                    which answer fits: P@1
 *   ranking_material check      has it become worse? a test; builds a ground of its own
 *
 * Options: outer=N (past questions of fold N do not exist, nor those of a question's own fold),
 * own-unseen (laws of a question's answers were never asked about), unseen=CODE (this law was never
 * asked about).
 *
 * OUT is 32-bit words: number of features; then for each question its id, fold, number of its
 * answers, number of candidates; then for each candidate 1 when it is an answer, and its features.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/time.h"
#include "modules/knowledge/rank_ground.h"
#include "modules/knowledge/schema.h"
#include "search/files.h"
#include "search/rank_private.h"

enum { MOST_ARTICLES = 200000, MOST_QUESTIONS = 20000, MOST_LINKS = 64, MOST_UNSEEN = 4000 };
static const size_t BUDGET = (size_t)4 << 30;

extern const struct str ranking_learned, ranking_words;

struct question {
    struct str id, text, answer; /* id as in the answers: lecoqa-2 */
    int64_t number;
    uint64_t docs[MOST_LINKS], laws[MOST_LINKS];
    size_t n_docs;
};

struct material {
    struct question *questions;
    size_t n_questions;
};

static void fail(const char *what, const struct task *t)
{
    fprintf(stderr, "ranking_material: %s: %.*s\n", what, STR_ARG(t->note));
    exit(1);
}

static struct json *next_json(struct task *t, struct lines *lines)
{
    struct str line;
    struct json *json;
    bool cut;

    if (!lines_next(lines, &line, &cut))
        return NULL;
    if (json_parse(t, str_copy(t, line), &json))
        fail("not JSON", t);
    return json;
}

static struct lines *open_lines(struct task *t, const char *path)
{
    struct lines *lines;

    if (lines_open(t, path, &lines))
        fail(path, t);
    return lines;
}

/* --- Questions ------------------------------------------------------------------------------- */

static struct str law_of(struct str article)
{
    size_t dot = str_find(article, S("."));

    return dot == SIZE_MAX ? article : str_first(article, dot);
}

static void read_questions(struct task *t, const char *path, struct material *m)
{
    struct lines *lines = open_lines(t, path);
    struct json *json;

    m->questions = NEW(t, struct question, MOST_QUESTIONS);
    while (m->n_questions < MOST_QUESTIONS && (json = next_json(t, lines))) {
        struct question *q = &m->questions[m->n_questions++];
        const struct json *relevant = json_get(json, "relevant");

        q->number = json_get_int(json, "query_id");
        q->id = str_format(t, "lecoqa-%lld", (long long)q->number);
        q->text = json_get_str(json, "query");
        for (struct json *one = relevant ? relevant->first : NULL; one && q->n_docs < MOST_LINKS;
             one = one->next) {
            q->laws[q->n_docs] = (uint64_t)keyword_column(law_of(one->text));
            q->docs[q->n_docs++] = doc_id(KNOWLEDGE_SHARED, one->text);
        }
    }
}

static void read_answers(struct task *t, const char *path, struct material *m)
{
    struct lines *lines = open_lines(t, path);
    struct json *json;

    while ((json = next_json(t, lines)))
        for (size_t i = 0; i < m->n_questions; i++)
            if (str_eq(m->questions[i].id, json_get_str(json, "id")))
                m->questions[i].answer = json_get_str(json, "answer");
}

/* --- The ground ------------------------------------------------------------------------------ */

struct placed {
    struct article article;
    size_t at;
};

static int by_law(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = str_compare(x->article.law, y->article.law);

    if (!order && x->article.position != y->article.position)
        return x->article.position < y->article.position ? -1 : 1;
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void add_laws(struct task *t, const char *path, struct rank_builder *b)
{
    struct placed *all = NEW(t, struct placed, MOST_ARTICLES);
    struct lines *lines = open_lines(t, path);
    struct json *json;
    size_t n = 0;

    while ((json = next_json(t, lines))) {
        struct doc doc;

        if (json_get(json, "region"))
            continue;
        if (doc_of_json(t, json, &doc) || doc.kind != DOC_ARTICLE || n == MOST_ARTICLES)
            fail("not an article", t);
        all[n] = (struct placed){doc.article, n};
        n++;
    }
    qsort(all, n, sizeof *all, by_law);
    for (size_t i = 0; i < n; i++) {
        struct task_mark mark = task_mark(t);
        struct index_doc doc;
        struct rank_doc one;

        law_doc(t, &all[i].article, &doc);
        ground_doc(t, doc.id, doc.texts, doc.columns, doc.payload, &one);
        if (rank_build_doc(t, b, &one))
            fail("article", t);
        task_reset(t, mark);
    }
}

/* LAWS ANSWERS QUESTIONS GROUND */
static void make_ground(struct task *t, const char *const *argv)
{
    struct material m = {0};
    struct rank_builder *b = rank_build_begin(t);

    read_questions(t, argv[2], &m);
    read_answers(t, argv[1], &m);
    add_laws(t, argv[0], b);
    for (size_t i = 0; i < m.n_questions; i++) {
        const struct question *q = &m.questions[i];

        if (rank_build_past(t, b,
                            &(struct rank_past){.question = units_of(t, q->text),
                                                .answer = units_of(t, q->answer),
                                                .docs = q->docs,
                                                .n_docs = q->n_docs,
                                                .fold = ground_fold(q->id)}))
            fail("question", t);
    }
    if (ground_add_own(t, b) || rank_build_end(t, b, argv[3], 0))
        fail("ground", t);
}

static void print_links(struct task *t, const char *path)
{
    struct lines *lines = open_lines(t, path);
    struct json *json;

    while ((json = next_json(t, lines))) {
        const struct json *relevant = json_get(json, "relevant");

        printf("lecoqa-%lld\t", (long long)json_get_int(json, "query_id"));
        for (struct json *one = relevant ? relevant->first : NULL; one; one = one->next)
            printf("%.*s%s", STR_ARG(one->text), one->next ? " " : "\n");
    }
}

/* --- Features -------------------------------------------------------------------------------- */

struct options {
    uint32_t outer; /* folds */
    bool own_unseen;
    uint64_t unseen[MOST_UNSEEN];
    size_t n_unseen;
};

static void read_options(int count, char **argv, struct options *o)
{
    for (int i = 0; i < count; i++) {
        struct str option = str_of(argv[i]);

        if (str_starts(option, S("outer=")))
            o->outer |= 1u << (unsigned)atoi(argv[i] + 6) % RANK_FOLDS;
        else if (str_is(option, "own-unseen"))
            o->own_unseen = true;
        else if (str_starts(option, S("unseen=")) && o->n_unseen < MOST_UNSEEN)
            o->unseen[o->n_unseen++] = (uint64_t)keyword_column(str_from(option, 7));
    }
}

static void write_words(FILE *out, const void *words, size_t n)
{
    if (fwrite(words, 4, n, out) != n) {
        fprintf(stderr, "ranking_material: cannot write\n");
        exit(1);
    }
}

static bool is_answer(const struct question *q, uint64_t id)
{
    for (size_t i = 0; i < q->n_docs; i++)
        if (q->docs[i] == id)
            return true;
    return false;
}

static void write_question(FILE *out, const struct question *q, const struct rank_hits *hits)
{
    int32_t head[] = {(int32_t)q->number, (int32_t)ground_fold(q->id), (int32_t)q->n_docs,
                      (int32_t)hits->n};

    write_words(out, head, 4);
    for (size_t i = 0; i < hits->n; i++) {
        int32_t label = is_answer(q, hits->at[i].id);

        write_words(out, &label, 1);
        write_words(out, hits->at[i].features, rank_feature_count);
    }
}

static void write_features(struct task *t, const char *ground_path, const char *questions,
                           const char *out_path, const struct options *o)
{
    struct rank_ground *ground;
    struct material m = {0};
    FILE *out = fopen(out_path, "wb");
    int32_t width = (int32_t)rank_feature_count;

    if (rank_open(t, ground_path, &ground) || !out)
        fail(ground_path, t);
    read_questions(t, questions, &m);
    write_words(out, &width, 1);
    for (size_t i = 0; i < m.n_questions; i++) {
        const struct question *q = &m.questions[i];
        struct task_mark mark = task_mark(t);
        struct rank_hits hits;
        struct rank_question ask = {.asked = units_of(t, q->text),
                                    .without = 1u << ground_fold(q->id) | o->outer,
                                    .most = RANK_CANDIDATES,
                                    .unseen = o->own_unseen ? q->laws : o->unseen,
                                    .n_unseen = o->own_unseen ? q->n_docs : o->n_unseen};

        if (rank_ask(t, ground, &ask, &hits))
            fail("ask", t);
        write_question(out, q, &hits);
        task_reset(t, mark);
    }
    fclose(out);
    rank_close(ground);
}

/* --- Ranking --------------------------------------------------------------------------------- */

static const struct trees *open_trees(struct task *t, const char *path)
{
    const struct trees *trees;
    size_t n = 0;
    uint8_t *bytes = file_read(path, 64 << 20, &n);

    if (!bytes || trees_open(t, (struct str){(char *)bytes, n}, rank_feature_names, &trees))
        fail(path, t);
    free(bytes);
    return trees;
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct figures {
    double ten, hundred, first; /* Recall@10, Recall@100, MRR@10 */
    double p50, p99;            /* milliseconds */
};

static void count_hits(const struct question *q, const struct rank_hits *hits, struct figures *f)
{
    bool found = false;

    for (size_t at = 0; at < hits->n; at++) {
        if (!is_answer(q, hits->at[at].id))
            continue;
        f->ten += at < 10 ? 1 / (double)q->n_docs : 0;
        f->hundred += 1 / (double)q->n_docs;
        f->first += at < 10 && !found ? 1 / (double)(at + 1) : 0;
        found = true;
    }
}

/* With the past questions of its own fold left out; but the trees have seen it, so the figures are
 * better than those of new questions. */
static struct figures rank_questions(struct task *t, const char *path, const char *questions,
                                     struct rank_models models, const struct options *o)
{
    enum { MOST = 100 };
    struct rank_ground *ground;
    struct material m = {0};
    struct figures f = {0};

    if (rank_open(t, path, &ground))
        fail(path, t);
    read_questions(t, questions, &m);
    int64_t *times = NEW(t, int64_t, m.n_questions + 1);
    double *best = NEW(t, double, m.n_questions + 1);
    for (size_t i = 0; i < m.n_questions; i++) {
        const struct question *q = &m.questions[i];
        struct task_mark mark = task_mark(t);
        struct rank_hits hits;
        int64_t begin = time_monotonic_ns();
        struct rank_question ask = {.asked = units_of(t, q->text),
                                    .without = 1u << ground_fold(q->id) | o->outer,
                                    .most = MOST,
                                    .models = models};

        if (rank_ask(t, ground, &ask, &hits))
            fail("ask", t);
        times[i] = time_monotonic_ns() - begin;
        best[i] = hits.n ? 1 / (1 + exp(-(double)hits.top)) : 0;
        count_hits(q, &hits, &f);
        task_reset(t, mark);
    }
    double n = m.n_questions ? (double)m.n_questions : 1;
    qsort(times, m.n_questions, sizeof *times, by_time);
    qsort(best, m.n_questions, sizeof *best, by_size);
    printf("chance of the best hit:");
    for (size_t i = 5; i < 100 && m.n_questions; i += 15)
        printf(" p%zu %.3f", i, best[m.n_questions * i / 100]);
    printf("\n");
    f = (struct figures){f.ten / n, f.hundred / n, f.first / n,
                         (double)times[m.n_questions / 2] / 1e6,
                         (double)times[m.n_questions * 99 / 100] / 1e6};
    printf("R@10 %.3f R@100 %.3f MRR@10 %.3f; p50 %.2f ms p99 %.2f ms\n", f.ten, f.hundred, f.first,
           f.p50, f.p99);
    rank_close(ground);
    return f;
}

/* --- Which answer fits a question ------------------------------------------------------------ */

struct words {
    uint64_t *at;
    size_t n;
};

static struct words words_of(struct task *t, struct str text)
{
    struct units units = units_of(t, text);
    size_t most = terms_most(units, RANK_KINDS);
    struct words words = {.at = NEW(t, uint64_t, most + 1)};

    words.n = rank_unique(words.at, terms_of(units, RANK_KINDS, words.at, most));
    return words;
}

/* Square of how rare a term is in laws, a single character half as much. */
static double weight_of(const struct rank_ground *g, uint64_t term)
{
    size_t at = rank_term_at(g->term, g->head.n_terms, term);
    uint32_t df = at < g->head.n_terms ? g->term_first[at + 1] - g->term_first[at] : 0;
    double weight = (double)rank_idf(g->head.n_docs, df) * (rank_is_unigram(term) ? 0.5 : 1);

    return weight * weight;
}

static double likeness(const struct rank_ground *g, struct words a, struct words b)
{
    double both = 0, one = 1e-9, two = 1e-9;

    for (size_t i = 0; i < a.n; i++) {
        double weight = weight_of(g, a.at[i]);

        one += weight;
        both += rank_term_at(b.at, b.n, a.at[i]) < b.n ? weight : 0;
    }
    for (size_t i = 0; i < b.n; i++)
        two += weight_of(g, b.at[i]);
    return both / sqrt(one * two);
}

/* legal-answer-select.jsonl: how often the answer that is most like the question is a right one. By
 * the articles that both would be answered by it is worse (0.65), and so is any mixture. */
static void select_answers(struct task *t, char **argv)
{
    struct lines *lines = open_lines(t, argv[1]);
    struct rank_ground *ground;
    struct json *json;
    double right = 0, n = 0;

    if (rank_open(t, argv[0], &ground))
        fail(argv[0], t);
    for (; (json = next_json(t, lines)); n++) {
        const struct json *candidates = json_get(json, "candidates");
        struct words asked = words_of(t, json_get_str(json, "question"));
        double best = -1;
        bool is_right = false;

        for (const struct json *one = candidates ? candidates->first : NULL; one; one = one->next) {
            double like = likeness(ground, asked, words_of(t, json_get_str(one, "answer")));

            if (like > best) {
                best = like;
                is_right = json_get_int(one, "label") == 1;
            }
        }
        right += is_right;
    }
    printf("P@1 %.3f of %.0f\n", right / n, n);
    rank_close(ground);
}

/* The ranking as it ships has not become worse: 77 (skipped) without the data. */
static int check(struct task *t)
{
    /* What it was when the models were trained, less what another order of equal ones may cost. */
    static const struct figures least = {.79, .92, .67, 0, 0};
    const char *data = getenv("YIMEN_TEST_DATA"), *source = getenv("YIMEN_SOURCE");
    const struct options none = {0};
    struct rank_models models;
    const char *files[4];
    static const char *const names[] = {"statutes.jsonl.zst", "legal-qa.jsonl.zst",
                                        "stard-dev.jsonl"};

    if (!data)
        data = str_terminated(t, str_format(t, "%s/../shared/data", source ? source : "."));
    for (int i = 0; i < 3; i++) {
        files[i] = str_terminated(t, str_format(t, "%s/%s", data, names[i]));
        if (access(files[i], R_OK) != 0) {
            printf("skipped: no %s (YIMEN_TEST_DATA names the folder)\n", files[i]);
            return 77;
        }
    }
    files[3] = str_terminated(t, str_format(t, "/tmp/yimen-ranking-%d", (int)getpid()));
    make_ground(t, files);
    if (trees_open(t, ranking_learned, rank_feature_names, &models.learned) ||
        trees_open(t, ranking_words, rank_feature_names, &models.words))
        fail("models", t);
    struct figures f = rank_questions(t, files[3], files[2], models, &none);
    unlink(files[3]);
    bool fine = f.ten >= least.ten && f.hundred >= least.hundred && f.first >= least.first;
    printf("at least %.3f %.3f %.3f: %s\n", least.ten, least.hundred, least.first,
           fine ? "yes" : "no");
    return fine ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct task t;
    struct options *options = calloc(1, sizeof *options);
    int result = 0;

    task_begin(&t, NULL, 0, BUDGET);
    if (argc == 6 && str_is(str_of(argv[1]), "ground"))
        make_ground(&t, (const char *const *)argv + 2);
    else if (argc == 3 && str_is(str_of(argv[1]), "links"))
        print_links(&t, argv[2]);
    else if (argc >= 5 && str_is(str_of(argv[1]), "features")) {
        read_options(argc - 5, argv + 5, options);
        write_features(&t, argv[2], argv[3], argv[4], options);
    } else if (argc >= 6 && str_is(str_of(argv[1]), "rank")) {
        struct rank_models models = {open_trees(&t, argv[4]), open_trees(&t, argv[5])};

        read_options(argc - 6, argv + 6, options);
        rank_questions(&t, argv[2], argv[3], models, options);
    } else if (argc == 4 && str_is(str_of(argv[1]), "select")) {
        select_answers(&t, argv + 2);
    } else if (argc == 2 && str_is(str_of(argv[1]), "check")) {
        result = check(&t);
    } else {
        fprintf(stderr, "ranking_material ground LAWS ANSWERS QUESTIONS GROUND\n"
                        "ranking_material features GROUND QUESTIONS OUT [OPTION]...\n");
        return 2;
    }
    task_end(&t);
    free(options);
    return result;
}
