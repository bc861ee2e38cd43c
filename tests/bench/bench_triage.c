/*
 * How well the classifier sorts (src/search/classify.h), trained and cross-validated here on
 * labelled texts that are not part of the program: letters to officials (7 classes), consultations
 * (20).
 *
 *   bench_triage DATA WORDS    DATA: the folder with appeals*.jsonl.zst, consult-category.jsonl,
 *                              legal-questions.jsonl.zst, legal-qa.jsonl.zst; WORDS: that of
 *                              consult_words.tsv.  Fails when a goal is missed.
 *
 * Near copies of a text are never on both sides of a fold (classify_group(), and the twins that the
 * data names).  Self-taught: each fold's model labels questions that have no label and learns from
 * those it is sure of.  The word list was written by somebody who had read the 400 rows, so the
 * goal is measured without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/json.h"
#include "core/task.h"
#include "core/time.h"
#include "search/classify.h"

enum { FOLDS = 5, MOST_SAMPLES = 40000 };
static const size_t BENCH_BUDGET = (size_t)6 << 30;
static const double LETTER_GOAL = 0.88, CONSULT_GOAL = 0.42;

struct material {
    struct task *t;
    const char *folder;
    struct classify_sample *samples;
    size_t count;
    struct str labels[CLASSIFY_MAX_LABELS];
    size_t label_count;
    int32_t twins; /* groups given out */
    struct str twin_ids[4000];
};

static void fail(const char *what)
{
    fprintf(stderr, "bench_triage: %s\n", what);
    exit(1);
}

/* A whole file, unpacked when its name ends in .zst. */
static struct str read_whole(struct task *t, const char *folder, const char *name)
{
    char path[1000];
    size_t size = 0, capacity = 64 << 20;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return (struct str){0};
    char *bytes = NEW(t, char, capacity);
    size = fread(bytes, 1, capacity, file);
    fclose(file);
    if (!str_ends(str_of(name), S(".zst")))
        return (struct str){bytes, size};
    char *text = NEW(t, char, capacity);
    size_t n = ZSTD_decompress(text, capacity, bytes, size);
    if (ZSTD_isError(n))
        fail("a file is damaged");
    return (struct str){text, n};
}

static int32_t label_of(struct material *m, struct str name)
{
    for (size_t i = 0; i < m->label_count; i++)
        if (str_eq(m->labels[i], name))
            return (int32_t)i;
    m->labels[m->label_count] = name;
    return (int32_t)m->label_count++;
}

static int32_t twin_group(struct material *m, struct str id)
{
    if (!id.len)
        return 0;
    for (int32_t i = 0; i < m->twins; i++)
        if (str_eq(m->twin_ids[i], id))
            return i + 1;
    if (m->twins == (int32_t)(sizeof m->twin_ids / sizeof *m->twin_ids))
        fail("too many twins");
    m->twin_ids[m->twins++] = id;
    return m->twins;
}

static struct classify_sample *add(struct material *m, struct str text, int32_t label)
{
    if (m->count == MOST_SAMPLES)
        fail("too many samples");
    m->samples[m->count] =
        (struct classify_sample){.text = text, .label = label, .weight = 1, .group = 0};
    return &m->samples[m->count++];
}

static struct str without_blanks(struct task *t, struct str text)
{
    char *at = NEW(t, char, text.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != ' ')
            at[n++] = text.at[i];
    return (struct str){at, n};
}

/* Letters as they were written: `ask` them, or only learn from them. */
static void add_letters(struct material *m, bool ask)
{
    struct str all = read_whole(m->t, m->folder, "appeals.jsonl.zst"), line;
    struct json *row;

    while (str_cut(&all, '\n', &line)) {
        if (json_parse(m->t, line, &row) || !json_get_str(row, "category").len)
            continue;
        struct str subject = json_get_str(row, "subject"), text = json_get_str(row, "text");
        struct classify_sample *s =
            add(m, str_format(m->t, "%.*s。%.*s", STR_ARG(subject), STR_ARG(text)),
                label_of(m, json_get_str(row, "category")));
        s->group = twin_group(m, json_get_str(row, "id"));
        s->helper = !ask;
    }
}

static void add_cut_letters(struct material *m, bool ask)
{
    struct str all = read_whole(m->t, m->folder, "appeals-tokens.jsonl.zst"), line;
    struct json *row;

    while (str_cut(&all, '\n', &line)) {
        if (json_parse(m->t, line, &row))
            continue;
        struct classify_sample *s = add(m, without_blanks(m->t, json_get_str(row, "tokens")),
                                        label_of(m, json_get_str(row, "category")));
        s->group = twin_group(m, json_get_str(row, "twin"));
        s->helper = !ask;
    }
}

static bool letters(struct material *m, const char *what, bool goal)
{
    struct classify_options options = classify_usual;
    struct classify_report r;
    size_t sure = 0, sure_right = 0;

    if (!m->count)
        fail("no such data");
    options.labels = m->labels;
    options.label_count = m->label_count;
    int64_t began = time_now();
    classify_group(m->t, m->samples, m->count);
    if (classify_check(m->t, m->samples, m->count, &options, FOLDS, &r))
        fail(str_terminated(m->t, m->t->note));
    for (size_t i = 0; i < m->count; i++) {
        bool is_sure = !m->samples[i].helper && r.guesses[i].confidence >= 0.6;
        sure += is_sure;
        sure_right += is_sure && r.guesses[i].label == m->samples[i].label;
    }
    printf("%-36s asked %5zu  accuracy %.4f  macro F1 %.4f  log loss %.3f  calibration error %.3f\n"
           "%-36s sure (0.6) %.1f %%, of them right %.1f %%; %.0f s\n",
           what, r.asked, r.accuracy, r.macro_f1, r.log_loss, r.calibration_error, "",
           100 * (double)sure / (double)r.asked, sure ? 100 * (double)sure_right / (double)sure : 0,
           (double)(time_now() - began) / 1000);
    fflush(stdout);
    return !goal || r.accuracy >= LETTER_GOAL;
}

/* --- Consultations: 400 rows are few --------------------------------------------------------- */

/* Questions without a label, from which the model of a fold teaches itself. */
struct crowd {
    struct str *texts;
    size_t count;
};

static void add_crowd(struct material *m, struct crowd *crowd, const char *name)
{
    struct str all = read_whole(m->t, m->folder, name), line;
    struct json *row;

    while (crowd->count < MOST_SAMPLES && str_cut(&all, '\n', &line))
        if (!json_parse(m->t, line, &row))
            crowd->texts[crowd->count++] = json_get_str(row, "question");
}

static void add_consultations(struct material *m)
{
    struct str all = read_whole(m->t, m->folder, "consult-category.jsonl"), line;
    struct json *row;

    while (str_cut(&all, '\n', &line))
        if (!json_parse(m->t, line, &row))
            add(m, json_get_str(row, "text"), label_of(m, json_get_str(row, "category")));
}

/* What each class is called and is about: helpers, never asked. */
static void add_words(struct material *m, const char *folder)
{
    struct str all = read_whole(m->t, folder, "consult_words.tsv"), line;

    if (!all.len)
        fail("no consult_words.tsv");
    while (str_cut(&all, '\n', &line)) {
        struct str name, word;
        if (str_starts(line, S("#")) || !str_cut(&line, '\t', &name))
            continue;
        int32_t label = label_of(m, name);
        while (str_cut(&line, ' ', &word)) {
            struct classify_sample *s = add(m, word, label);
            s->weight = 0.5f;
            s->helper = true;
        }
    }
}

static size_t likeliest(const double *confidence, size_t count)
{
    size_t best = 0;

    for (size_t l = 1; l < count; l++)
        if (confidence[l] > confidence[best])
            best = l;
    return best;
}

struct pupil { /* one fold: its samples, and the model of what it knows */
    struct task t;
    struct classify_sample *known;
    size_t count;
    const struct classify_model *model;
};

static void learn(struct pupil *p, const struct classify_options *options)
{
    struct str bytes;

    if (classify_train(&p->t, p->known, p->count, options, &bytes) ||
        classify_open(&p->t, bytes, &p->model))
        fail("training failed");
}

/* What the model is fairly sure of becomes material of little weight, of each class as much. */
static void teach_itself(struct pupil *p, const struct crowd *crowd,
                         const struct classify_options *options)
{
    enum { MOST_OF_ONE = 500 };
    double confidence[CLASSIFY_MAX_LABELS];
    size_t taken[CLASSIFY_MAX_LABELS] = {0};

    for (size_t i = 0; i < crowd->count; i++) {
        classify_run(&p->t, p->model, crowd->texts[i], confidence);
        size_t best = likeliest(confidence, options->label_count);
        if (confidence[best] < 0.5 || taken[best]++ >= MOST_OF_ONE)
            continue;
        p->known[p->count++] = (struct classify_sample){
            .text = crowd->texts[i], .label = (int32_t)best, .weight = 0.1f};
    }
    learn(p, options);
}

static void ask_fold(struct material *m, const struct crowd *crowd,
                     const struct classify_options *options, int fold, size_t *right)
{
    double confidence[CLASSIFY_MAX_LABELS];
    struct pupil p = {.count = 0};

    task_begin(&p.t, NULL, m->t->now, BENCH_BUDGET);
    p.known = NEW(&p.t, struct classify_sample, m->count + crowd->count);
    for (size_t i = 0; i < m->count; i++)
        if (m->samples[i].helper || classify_fold(&m->samples[i], FOLDS) != fold)
            p.known[p.count++] = m->samples[i];
    learn(&p, options);
    if (crowd->count)
        teach_itself(&p, crowd, options);
    for (size_t i = 0; i < m->count; i++) {
        if (m->samples[i].helper || classify_fold(&m->samples[i], FOLDS) != fold)
            continue;
        classify_run(&p.t, p.model, m->samples[i].text, confidence);
        *right += likeliest(confidence, m->label_count) == (size_t)m->samples[i].label;
    }
    task_end(&p.t);
}

static bool consult(struct material *m, const char *what, bool crowded, const char *words)
{
    struct classify_options options = classify_usual;
    struct crowd crowd = {.texts = NEW(m->t, struct str, MOST_SAMPLES)};
    size_t right = 0, asked;

    add_consultations(m);
    asked = m->count;
    if (!asked)
        fail("no such data");
    classify_group(m->t, m->samples, m->count);
    if (words)
        add_words(m, words);
    if (crowded) {
        add_crowd(m, &crowd, "legal-questions.jsonl.zst");
        add_crowd(m, &crowd, "legal-qa.jsonl.zst");
    }
    options.labels = m->labels;
    options.label_count = m->label_count;
    options.temperature = 0.2;
    for (int fold = 0; fold < FOLDS; fold++)
        ask_fold(m, &crowd, &options, fold, &right);
    double accuracy = (double)right / (double)asked;
    printf("%-36s asked %5zu  accuracy %.4f\n", what, asked, accuracy);
    return accuracy >= CONSULT_GOAL;
}

/* --- All of it ------------------------------------------------------------------------------- */

static struct material *begin(struct task *t, const char *folder)
{
    struct material *m;

    task_begin(t, NULL, time_now(), BENCH_BUDGET);
    m = NEW(t, struct material, 1);
    *m = (struct material){
        .t = t, .folder = folder, .samples = NEW(t, struct classify_sample, MOST_SAMPLES)};
    return m;
}

int main(int argc, char **argv)
{
    struct material *m;
    struct task t;
    bool good = true;

    if (argc != 3)
        fail("bench_triage DATA FOLDER-OF-CONSULT-WORDS");
    m = begin(&t, argv[1]);
    add_cut_letters(m, true);
    good &= letters(m, "letters, cut into words", true);
    task_end(&t);
    m = begin(&t, argv[1]);
    add_letters(m, true);
    letters(m, "letters, whole, nothing else known", false);
    task_end(&t);
    m = begin(&t, argv[1]);
    add_letters(m, true);
    add_cut_letters(m, false);
    good &= letters(m, "letters, whole, with the cut ones", true);
    task_end(&t);
    m = begin(&t, argv[1]);
    consult(m, "consultations, nothing else known", false, NULL);
    task_end(&t);
    m = begin(&t, argv[1]);
    good &= consult(m, "consultations, self-taught", true, NULL);
    task_end(&t);
    m = begin(&t, argv[1]);
    consult(m, "consultations, self-taught, words", true, argv[2]);
    task_end(&t);
    return good ? 0 : 1;
}
