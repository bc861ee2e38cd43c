/*
 * Makes data/triage/topics.model: which topic a question in everyday words belongs to.
 *
 *   train_triage [--check] QUESTIONS.tsv OUT [ASKED.tsv DATA]
 *
 * QUESTIONS.tsv is data/triage/questions.tsv; topics and their words, matters and theirs come from
 * the files that the program brings along.  Prints cross-validated figures.  ASKED.tsv names
 * questions by id, in files of DATA, with the topics that fit: laymen's questions labelled by hand
 * and never learned from; the figures that count.  --check writes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/crypto.h"
#include "core/json.h"
#include "core/task.h"
#include "core/time.h"
#include "modules/knowledge/triage_rules.h"

enum { FOLDS = 10, MOST_SAMPLES = 20000, MOST_FILE = 64 << 20 };
/* What the law of an article says about a question is right less often than a hand. */
static const float STARD_WEIGHT = 0.35f, WORD_WEIGHT = 0.5f;

static void fail(const char *what, struct str more)
{
    fprintf(stderr, "train_triage: %s%.*s\n", what, STR_ARG(more));
    exit(1);
}

static struct str read_whole(struct task *t, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NEW(t, char, MOST_FILE);

    if (!file)
        fail("cannot read ", str_of(path));
    struct str text = {bytes, fread(bytes, 1, MOST_FILE, file)};
    fclose(file);
    if (!str_ends(str_of(path), S(".zst")))
        return text;
    char *unpacked = NEW(t, char, MOST_FILE);
    size_t n = ZSTD_decompress(unpacked, MOST_FILE, text.at, text.len);
    if (ZSTD_isError(n))
        fail("damaged: ", str_of(path));
    return (struct str){unpacked, n};
}

/* --- What is learned from -------------------------------------------------------------------- */

struct lessons {
    struct task *t;
    const struct triage_topics *topics;
    struct classify_sample *samples;
    size_t count;
    struct str *labels;
};

static int32_t topic_of(const struct triage_topics *topics, struct str code)
{
    for (size_t i = 0; i < topics->count; i++)
        if (str_eq(topics->topics[i].code, code))
            return (int32_t)i;
    fail("no such topic: ", code);
    return 0;
}

static void add(struct lessons *m, struct str text, int32_t label, float weight, bool helper)
{
    if (m->count == MOST_SAMPLES)
        fail("too many samples", S(""));
    m->samples[m->count++] =
        (struct classify_sample){.text = text, .label = label, .weight = weight, .helper = helper};
}

static void add_questions(struct lessons *m, struct str file)
{
    struct str line, topic, question;

    while (str_cut(&file, '\n', &line)) {
        if (str_starts(line, S("#")) || !str_cut(&line, '\t', &topic) ||
            !str_cut(&line, '\t', &question))
            continue;
        bool own = str_is(line, "own");
        add(m, question, topic_of(m->topics, topic), own ? 1 : STARD_WEIGHT, !own);
    }
}

/* Words of a topic, and what the catalogue says of the matter that it names first. */
static void add_words(struct lessons *m)
{
    for (size_t i = 0; i < m->topics->count; i++) {
        LIST_EACH (struct str, word, m->topics->topics[i].words)
            add(m, *word, (int32_t)i, WORD_WEIGHT, true);
        add(m, m->topics->topics[i].title, (int32_t)i, WORD_WEIGHT, true);
    }
}

static void add_matters(struct lessons *m)
{
    struct list faults = {0};
    struct node *root = node_parse(m->t, S("matters.yaml"), triage_shipped_file(S("matters.yaml")),
                                   NODE_MAX_FILE, &faults);

    NODE_EACH(matter, node_get(root, "matters"))
    {
        int32_t label = -1;
        for (size_t i = 0; i < m->topics->count && label < 0; i++) {
            const struct list *codes = &m->topics->topics[i].matters;
            if (codes->count && str_eq(((struct str *)codes->at)[0], matter->key))
                label = (int32_t)i;
        }
        if (label < 0)
            continue;
        add(m, node_text(matter, "summary"), label, WORD_WEIGHT, true);
        NODE_EACH(word, node_get(matter, "words"))
        add(m, word->text, label, WORD_WEIGHT, true);
    }
}

/* --- Figures --------------------------------------------------------------------------------- */

struct asked_figures {
    size_t asked, right, in_five, silent, sure, sure_right;
    double bins[10][2], counts[10];
};

static bool fits(struct str topics, struct str code)
{
    struct str topic;

    while (str_cut(&topics, ',', &topic))
        if (str_eq(topic, code))
            return true;
    return false;
}

/* Are the best matters those of a topic that fits? */
static void ask_one(struct task *t, const struct triage_shipped *shipped, struct str question,
                    struct str topics, struct asked_figures *f, bool tell)
{
    struct triage_guess guess = triage_guess_topic(t, shipped, question);
    bool right = fits(topics, guess.topic->code), in_five = false;
    size_t better;

    for (size_t i = 0; i < shipped->topics->count; i++) {
        better = 0;
        for (size_t k = 0; k < shipped->topics->count; k++)
            better += guess.all[k] > guess.all[i];
        in_five = in_five || (better < 3 && fits(topics, shipped->topics->topics[i].code));
    }
    int bin = guess.confidence >= 1 ? 9 : (int)(guess.confidence * 10);
    f->asked++;
    f->counts[bin]++;
    f->bins[bin][0] += guess.confidence;
    f->bins[bin][1] += right;
    f->in_five += in_five;
    if (guess.confidence < shipped->topics->silence || !guess.topic->matters.count)
        f->silent++;
    else
        f->right += right;
    f->sure += guess.confidence >= shipped->topics->sure;
    f->sure_right += right && guess.confidence >= shipped->topics->sure;
    if (tell && !right)
        printf("    %.2f %.*s, not %.*s: %.*s\n", guess.confidence, STR_ARG(guess.topic->code),
               STR_ARG(topics), STR_ARG(str_first(question, utf8_prefix(question, 50))));
}

static void print_asked(const struct asked_figures *f)
{
    double error = 0, n = (double)f->asked;

    for (int bin = 0; bin < 10; bin++)
        error += f->bins[bin][0] > f->bins[bin][1] ? f->bins[bin][0] - f->bins[bin][1]
                                                   : f->bins[bin][1] - f->bins[bin][0];
    printf("asked %zu: silent %.1f %%; of what is said the first topic fits %.1f %%; among the "
           "first three %.1f %% of all; sure %.1f %%, then right %.1f %%; calibration error %.3f\n",
           f->asked, 100 * (double)f->silent / n,
           100 * (double)f->right / (double)(f->asked - f->silent), 100 * (double)f->in_five / n,
           100 * (double)f->sure / n, 100 * (double)f->sure_right / (double)f->sure, error / n);
    for (int bin = 0; bin < 10; bin++)
        if (f->counts[bin] > 0)
            printf("  confidence %.1f-%.1f: %3.0f questions, said %.2f, right %.2f\n",
                   (double)bin / 10, (double)(bin + 1) / 10, f->counts[bin],
                   f->bins[bin][0] / f->counts[bin], f->bins[bin][1] / f->counts[bin]);
}

/* FILE TAB ID TAB topics, apart by commas. */
static void ask_all(struct task *t, const struct triage_shipped *shipped, const char *list,
                    const char *folder, bool tell)
{
    struct str lines = read_whole(t, list), line, file, id, open = {0}, all = {0};
    struct asked_figures f = {0};

    while (str_cut(&lines, '\n', &line)) {
        if (str_starts(line, S("#")) || !str_cut(&line, '\t', &file) || !str_cut(&line, '\t', &id))
            continue;
        if (!str_eq(file, open)) {
            all = read_whole(t, str_terminated(t, str_format(t, "%s/%.*s", folder, STR_ARG(file))));
            open = file;
        }
        struct str key = str_format(t, "\"id\": \"%.*s\"", STR_ARG(id)), row;
        size_t at = str_find(all, key);
        struct json *json;
        if (at == SIZE_MAX)
            fail("no question ", id);
        while (at && all.at[at - 1] != '\n')
            at--;
        struct str rest = str_from(all, at);
        str_cut(&rest, '\n', &row);
        if (json_parse(t, row, &json))
            fail("bad row ", id);
        ask_one(t, shipped, json_get_str(json, "question"), line, &f, tell);
    }
    print_asked(&f);
}

/* --- All of it ------------------------------------------------------------------------------- */

static void train(struct lessons *m, struct str source, struct str *ret_bytes)
{
    struct classify_options options = classify_usual;
    struct classify_report report;

    m->labels = NEW(m->t, struct str, m->topics->count);
    for (size_t i = 0; i < m->topics->count; i++)
        m->labels[i] = m->topics->topics[i].code;
    options.labels = m->labels;
    options.label_count = m->topics->count;
    options.balanced = true;
    options.smallest = 0.004;
    options.source = source;
    classify_group(m->t, m->samples, m->count);
    if (classify_check(m->t, m->samples, m->count, &options, FOLDS, &report))
        fail("", m->t->note);
    printf("%zu samples, %zu of them own questions; those, cross-validated in %d parts: accuracy "
           "%.4f, macro F1 %.4f, log loss %.3f, calibration error %.3f, temperature %.3f\n",
           m->count, report.asked, FOLDS, report.accuracy, report.macro_f1, report.log_loss,
           report.calibration_error, report.temperature);
    options.temperature = report.temperature;
    if (classify_train(m->t, m->samples, m->count, &options, ret_bytes))
        fail("", m->t->note);
}

int main(int argc, char **argv)
{
    bool write = argc < 2 || strcmp(argv[1], "--check") != 0;
    char **files = argv + (write ? 1 : 2);
    int count = argc - (write ? 1 : 2);
    struct triage_shipped shipped = {0};
    struct triage_topics *topics;
    struct list faults;
    struct task t;

    if (count != 2 && count != 4)
        fail("train_triage [--check] QUESTIONS.tsv OUT [ASKED.tsv DATA]", S(""));
    task_begin(&t, NULL, time_now(), (size_t)3 << 30);
    struct str rules = triage_shipped_file(S("triage/topics.yaml")), bytes;
    if (triage_read_topics(&t, S("topics.yaml"), rules, &topics, &faults)) {
        LIST_EACH (struct fault, fault, faults)
            fprintf(stderr, "topics.yaml:%d: %.*s\n", fault->line, STR_ARG(fault->message));
        return 1;
    }
    struct lessons m = {
        .t = &t, .topics = topics, .samples = NEW(&t, struct classify_sample, MOST_SAMPLES)};
    struct str questions = read_whole(&t, files[0]);
    add_questions(&m, questions);
    add_words(&m);
    add_matters(&m);
    train(&m, triage_source(&t, questions), &bytes);
    if (classify_open(&t, bytes, &shipped.model))
        fail("", t.note);
    printf("model: %zu bytes\n", bytes.len);
    shipped.topics = topics;
    if (count == 4)
        ask_all(&t, &shipped, files[2], files[3], getenv("TELL") != NULL);
    if (write) {
        FILE *out = fopen(files[1], "wb");
        if (!out || fwrite(bytes.at, 1, bytes.len, out) != bytes.len || fclose(out))
            fail("cannot write ", str_of(files[1]));
    }
    task_end(&t);
    return 0;
}
