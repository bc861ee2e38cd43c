/* How good a classifier is: cross-validation by group, temperature, near copies. */
#include <math.h>
#include <stdlib.h>

#include "classify_private.h"
#include "core/task.h"

/* --- Near copies ----------------------------------------------------------------------------- */

enum { BANDS = 12, ROWS = 3, SKETCH = BANDS * ROWS };

static int32_t root(int32_t *parent, int32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void join(int32_t *parent, int32_t a, int32_t b)
{
    a = root(parent, a);
    b = root(parent, b);
    if (a != b)
        parent[a > b ? a : b] = a < b ? a : b;
}

static void sketch(struct task *t, struct str text, uint32_t *ret_sketch)
{
    struct task_mark mark = task_mark(t);
    struct grams grams = classify_grams(t, text, 4, 4);

    for (int k = 0; k < SKETCH; k++) {
        uint32_t least = UINT32_MAX;
        for (size_t i = 0; i < grams.count; i++) {
            uint32_t h = (grams.at[i].hash ^ (uint32_t)k * 0x9e3779b9u) * 0x85ebca6bu;
            h = (h ^ h >> 13) * 0xc2b2ae35u;
            least = h < least ? h : least;
        }
        ret_sketch[k] = least;
    }
    task_reset(t, mark);
}

struct bucket {
    uint64_t key;
    int32_t sample;
};

static int compare_buckets(const void *a, const void *b)
{
    const struct bucket *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->sample - y->sample;
}

static void join_equal(struct bucket *buckets, size_t count, int32_t *parent)
{
    qsort(buckets, count, sizeof *buckets, compare_buckets);
    for (size_t i = 1; i < count; i++)
        if (buckets[i].key == buckets[i - 1].key)
            join(parent, buckets[i].sample, buckets[i - 1].sample);
}

void classify_group(struct task *t, struct classify_sample *samples, size_t count)
{
    int32_t *parent = NEW(t, int32_t, count + 1);
    uint32_t *sketches = NEW(t, uint32_t, count * SKETCH + 1);
    struct bucket *buckets = NEW(t, struct bucket, count + 1);
    size_t named = 0;

    for (size_t i = 0; i < count; i++) {
        parent[i] = (int32_t)i;
        sketch(t, samples[i].text, sketches + i * SKETCH);
        if (samples[i].group)
            buckets[named++] = (struct bucket){(uint64_t)(uint32_t)samples[i].group, (int32_t)i};
    }
    join_equal(buckets, named, parent);
    for (int band = 0; band < BANDS; band++) {
        size_t filled = 0;
        for (size_t i = 0; i < count; i++) {
            const uint32_t *s = sketches + i * SKETCH + band * ROWS;
            uint64_t key = s[0] * 0x9e3779b97f4a7c15u ^ s[1] * 0xc2b2ae3d27d4eb4fu ^
                           s[2] * 0x165667b19e3779f9u;
            if (s[0] != UINT32_MAX)
                buckets[filled++] = (struct bucket){key, (int32_t)i};
        }
        join_equal(buckets, filled, parent);
    }
    for (size_t i = 0; i < count; i++)
        samples[i].group = root(parent, (int32_t)i) + 1;
}

/* --- Folds ----------------------------------------------------------------------------------- */

int classify_fold(const struct classify_sample *sample, int folds)
{
    uint32_t h = (uint32_t)sample->group * 0x9e3779b1u;

    h = (h ^ h >> 15) * 0x85ebca6bu;
    return (int)((h ^ h >> 13) % (uint32_t)folds);
}

struct folded { /* margins of every sample by the model of the other folds */
    const struct classify_sample *samples;
    size_t count, labels;
    int folds;
    double *margins;
};

static enum err run_fold(struct task *t, struct folded *all, const struct classify_options *options,
                         int fold)
{
    struct task *scratch = NEW(t, struct task, 1);
    struct classify_sample *known = NEW(t, struct classify_sample, all->count + 1);
    const struct classify_model *model;
    struct str bytes;
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++)
        if (classify_fold(&all->samples[i], all->folds) != fold)
            known[n++] = all->samples[i];
    task_begin(scratch, NULL, t->now, t->budget);
    enum err e = classify_train(scratch, known, n, options, &bytes);
    if (!e)
        e = classify_open(scratch, bytes, &model);
    for (size_t i = 0; !e && i < all->count; i++)
        if (classify_fold(&all->samples[i], all->folds) == fold)
            classify_margins(scratch, model, all->samples[i].text, all->margins + i * all->labels);
    if (e)
        e = task_fail(t, e, "%.*s", STR_ARG(scratch->note));
    task_end(scratch);
    return e;
}

/* --- Temperature ----------------------------------------------------------------------------- */

/* Mean log loss of the asked samples, `without` one fold (or of all: -1). */
static double loss_at(const struct folded *all, double temperature, int without)
{
    double confidence[CLASSIFY_MAX_LABELS], sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (all->samples[i].helper || classify_fold(&all->samples[i], all->folds) == without)
            continue;
        classify_softmax(all->margins + i * all->labels, all->labels, temperature, confidence);
        sum -= log(fmax(confidence[all->samples[i].label], 1e-12));
        n++;
    }
    return n ? sum / (double)n : 0;
}

/* Golden section over the logarithm. */
static double best_temperature(const struct folded *all, int without)
{
    double low = log(0.02), high = log(5), g = (sqrt(5) - 1) / 2;

    for (int i = 0; i < 24; i++) {
        double a = high - g * (high - low), b = low + g * (high - low);
        if (loss_at(all, exp(a), without) < loss_at(all, exp(b), without))
            high = b;
        else
            low = a;
    }
    return exp((low + high) / 2);
}

/* --- Figures --------------------------------------------------------------------------------- */

static struct classify_guess guess(const struct folded *all, size_t i, double temperature)
{
    double confidence[CLASSIFY_MAX_LABELS];
    const struct classify_sample *sample = &all->samples[i];
    struct classify_guess g = {0};

    classify_softmax(all->margins + i * all->labels, all->labels, temperature, confidence);
    for (size_t l = 1; l < all->labels; l++)
        if (confidence[l] > confidence[g.label])
            g.label = (int32_t)l;
    for (size_t l = 0; l < all->labels; l++)
        g.rank += confidence[l] > confidence[sample->label];
    g.confidence = confidence[g.label];
    g.truth = confidence[sample->label];
    return g;
}

static double macro_f1(struct task *t, const struct folded *all,
                       const struct classify_guess *guesses)
{
    size_t *count = NEW(t, size_t, all->labels * 3), *said = count + all->labels,
           *right = said + all->labels, labels = 0;
    double sum = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (all->samples[i].helper)
            continue;
        count[all->samples[i].label]++;
        said[guesses[i].label]++;
        right[all->samples[i].label] += guesses[i].label == all->samples[i].label;
    }
    for (size_t l = 0; l < all->labels; l++)
        if (count[l]) {
            sum += 2.0 * (double)right[l] / (double)(count[l] + said[l]);
            labels++;
        }
    return labels ? sum / (double)labels : 0;
}

static double calibration_error(const struct folded *all, const struct classify_guess *guesses)
{
    double confidence[10] = {0}, right[10] = {0}, sum = 0, n = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (all->samples[i].helper)
            continue;
        int bin = (int)fmin(9, guesses[i].confidence * 10);
        confidence[bin] += guesses[i].confidence;
        right[bin] += guesses[i].label == all->samples[i].label;
        n++;
    }
    for (int bin = 0; bin < 10; bin++)
        sum += fabs(confidence[bin] - right[bin]);
    return n > 0 ? sum / n : 0;
}

enum err classify_check(struct task *t, const struct classify_sample *samples, size_t count,
                        const struct classify_options *options, int folds,
                        struct classify_report *ret_report)
{
    struct folded all = {.samples = samples,
                         .count = count,
                         .labels = options->label_count,
                         .folds = folds,
                         .margins = NEW(t, double, count * options->label_count + 1)};
    struct classify_report report = {.guesses = NEW(t, struct classify_guess, count + 1)};
    double loss = 0;

    for (int fold = 0; fold < folds; fold++) {
        enum err e = run_fold(t, &all, options, fold);
        if (e)
            return e;
    }
    for (int fold = 0; fold < folds; fold++) {
        double temperature = best_temperature(&all, fold);
        for (size_t i = 0; i < count; i++) {
            report.guesses[i].label = samples[i].helper ? -1 : report.guesses[i].label;
            if (samples[i].helper || classify_fold(&samples[i], folds) != fold)
                continue;
            report.guesses[i] = guess(&all, i, temperature);
            report.asked++;
            report.right += report.guesses[i].label == samples[i].label;
            loss -= log(fmax(report.guesses[i].truth, 1e-12));
        }
    }
    report.temperature = best_temperature(&all, -1);
    report.accuracy = report.asked ? (double)report.right / (double)report.asked : 0;
    report.log_loss = report.asked ? loss / (double)report.asked : 0;
    report.macro_f1 = macro_f1(t, &all, report.guesses);
    report.calibration_error = calibration_error(&all, report.guesses);
    *ret_report = report;
    return OK;
}
