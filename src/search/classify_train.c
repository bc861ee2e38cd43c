/*
 * From labelled texts to weights: one label against the rest, L2-loss support vectors, dual
 * coordinate descent (Hsieh et al., ICML 2008).  Everything is in one order and one seed, so a
 * model can be made again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify_private.h"
#include "core/task.h"

const struct classify_options classify_usual = {
    .gram_min = 1,
    .gram_max = 4,
    .rarest = 2,
    .cost = 1,
    .smallest = 0,
    .rounds = 30,
    .temperature = 0,
};

struct entry {
    uint32_t feature;
    float value;
};
struct corpus {
    size_t samples, features;
    size_t *start; /* samples + 1 */
    struct entry *entries;
    uint32_t *hash;
    float *rarity;
};

/* --- The dictionary -------------------------------------------------------------------------- */

struct slot {
    uint32_t hash, seen, feature;
    bool used;
};
struct table {
    struct slot *slots;
    size_t size, count;
};

static struct slot *find_slot(struct table *table, uint32_t hash)
{
    size_t at = hash & (table->size - 1);

    while (table->slots[at].used && table->slots[at].hash != hash)
        at = (at + 1) & (table->size - 1);
    return &table->slots[at];
}

static void grow(struct task *t, struct table *table)
{
    struct table larger = {.size = table->size ? table->size * 4 : 1 << 14};

    larger.slots = NEW(t, struct slot, larger.size);
    for (size_t i = 0; i < table->size; i++)
        if (table->slots[i].used)
            *find_slot(&larger, table->slots[i].hash) = table->slots[i];
    larger.count = table->count;
    *table = larger;
}

static void note(struct task *t, struct table *table, uint32_t hash)
{
    if (table->count * 2 >= table->size)
        grow(t, table);
    struct slot *slot = find_slot(table, hash);
    if (!slot->used) {
        *slot = (struct slot){.hash = hash, .used = true};
        table->count++;
    }
    slot->seen++;
}

static int compare_hashes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Grams that are common enough, in order of their hashes, with how rare each is. */
static void number_features(struct task *t, struct table *table, int rarest, struct corpus *corpus)
{
    corpus->hash = NEW(t, uint32_t, table->count + 1);
    for (size_t i = 0; i < table->size; i++)
        if (table->slots[i].used && table->slots[i].seen >= (uint32_t)rarest)
            corpus->hash[corpus->features++] = table->slots[i].hash;
    qsort(corpus->hash, corpus->features, sizeof *corpus->hash, compare_hashes);
    corpus->rarity = NEW(t, float, corpus->features + 1);
    for (size_t i = 0; i < corpus->features; i++) {
        struct slot *slot = find_slot(table, corpus->hash[i]);
        slot->feature = (uint32_t)i + 1;
        corpus->rarity[i] =
            (float)(log((double)(corpus->samples + 1) / (double)(slot->seen + 1)) + 1);
    }
}

/* --- Texts as vectors ------------------------------------------------------------------------ */

static size_t add_sample(struct table *table, const struct corpus *corpus, struct grams grams,
                         struct entry *entries)
{
    size_t made = 0;
    double square = 0;

    for (size_t i = 0; i < grams.count; i++) {
        uint32_t feature = find_slot(table, grams.at[i].hash)->feature;
        if (!feature)
            continue;
        double value = classify_value(grams.at[i].count, corpus->rarity[feature - 1]);
        entries[made++] = (struct entry){feature - 1, (float)value};
        square += value * value;
    }
    float length = square > 0 ? (float)sqrt(square) : 1;
    for (size_t i = 0; i < made; i++)
        entries[i].value /= length;
    return made;
}

static void end_scratch(void *scratch)
{
    task_end(scratch);
}

/* Grams are made in a task of their own, so that those of one text make room for the next. */
static struct corpus read_corpus(struct task *t, const struct classify_sample *samples,
                                 size_t count, const struct classify_options *options)
{
    struct corpus corpus = {.samples = count};
    struct table table = {0};
    struct task *scratch = NEW(t, struct task, 1);
    struct task_mark mark;
    size_t total = 0;

    task_begin(scratch, NULL, t->now, TASK_BUDGET);
    task_defer(t, end_scratch, scratch);
    mark = task_mark(scratch);
    grow(t, &table);
    for (size_t i = 0; i < count; i++) {
        struct grams grams =
            classify_grams(scratch, samples[i].text, options->gram_min, options->gram_max);
        for (size_t g = 0; g < grams.count; g++)
            note(t, &table, grams.at[g].hash);
        total += grams.count;
        task_reset(scratch, mark);
    }
    number_features(t, &table, options->rarest, &corpus);
    corpus.start = NEW(t, size_t, count + 1);
    corpus.entries = NEW(t, struct entry, total + 1);
    for (size_t i = 0; i < count; i++) {
        struct grams grams =
            classify_grams(scratch, samples[i].text, options->gram_min, options->gram_max);
        corpus.start[i + 1] =
            corpus.start[i] + add_sample(&table, &corpus, grams, corpus.entries + corpus.start[i]);
        task_reset(scratch, mark);
    }
    return corpus;
}

/* --- Support vectors ------------------------------------------------------------------------- */

static void shuffle(uint32_t *order, size_t count, uint64_t *seed)
{
    for (size_t i = count; i > 1; i--) {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        size_t j = (size_t)(*seed % i);
        uint32_t keep = order[i - 1];
        order[i - 1] = order[j];
        order[j] = keep;
    }
}

struct side { /* one label against the rest */
    const struct corpus *corpus;
    const struct classify_sample *samples;
    const float *cost; /* of each sample */
    float *weight;     /* features */
    float bias;
    float *alpha;
    uint32_t *order;
    int32_t label;
};

static double step(struct side *side, size_t i)
{
    const struct entry *entry = side->corpus->entries + side->corpus->start[i];
    size_t n = side->corpus->start[i + 1] - side->corpus->start[i];
    float y = side->samples[i].label == side->label ? 1 : -1;
    float slack = 1 / (2 * side->cost[i]);
    float margin = side->bias;

    for (size_t k = 0; k < n; k++)
        margin += side->weight[entry[k].feature] * entry[k].value;
    double gradient = (double)(y * margin - 1 + slack * side->alpha[i]);
    double wrong = side->alpha[i] > 0 ? gradient : gradient < 0 ? gradient : 0;
    if (fabs(wrong) < 1e-6)
        return 0;
    /* The text has length 1, the bias is one more feature of value 1. */
    float next = side->alpha[i] - (float)gradient / ((n ? 2 : 1) + slack);
    if (next < 0)
        next = 0;
    float change = (next - side->alpha[i]) * y;
    side->alpha[i] = next;
    for (size_t k = 0; k < n; k++)
        side->weight[entry[k].feature] += change * entry[k].value;
    side->bias += change;
    return fabs(wrong);
}

static void train_side(struct side *side, int rounds)
{
    size_t count = side->corpus->samples;
    uint64_t seed = 88172645463325252u;

    for (size_t i = 0; i < count; i++)
        side->order[i] = (uint32_t)i;
    memset(side->alpha, 0, count * sizeof *side->alpha);
    memset(side->weight, 0, side->corpus->features * sizeof *side->weight);
    side->bias = 0;
    for (int round = 0; round < rounds; round++) {
        double worst = 0;
        shuffle(side->order, count, &seed);
        for (size_t i = 0; i < count; i++)
            worst = fmax(worst, step(side, side->order[i]));
        if (worst < 0.02)
            break;
    }
}

static float *costs(struct task *t, const struct classify_sample *samples, size_t count,
                    const struct classify_options *options)
{
    float *cost = NEW(t, float, count + 1);
    double *of_label = NEW(t, double, options->label_count), all = 0;

    for (size_t i = 0; i < count; i++) {
        of_label[samples[i].label] += (double)samples[i].weight;
        all += (double)samples[i].weight;
    }
    for (size_t i = 0; i < count; i++) {
        double share = of_label[samples[i].label] * (double)options->label_count / all;
        double balance = options->balanced ? 1 / sqrt(share) : 1;
        cost[i] = (float)(options->cost * (double)samples[i].weight * balance);
        if (cost[i] < 1e-4f)
            cost[i] = 1e-4f;
    }
    return cost;
}

enum err classify_train(struct task *t, const struct classify_sample *samples, size_t count,
                        const struct classify_options *options, struct str *ret_bytes)
{
    if (!count || !options->label_count || options->label_count > CLASSIFY_MAX_LABELS)
        return task_fail(t, ERR_BAD_INPUT, "没有可以学习的样本");
    for (size_t i = 0; i < count; i++)
        if (samples[i].label < 0 || (size_t)samples[i].label >= options->label_count ||
            !(samples[i].weight > 0))
            return task_fail(t, ERR_BAD_INPUT, "第 %zu 个样本的类别不对", i + 1);
    struct corpus corpus = read_corpus(t, samples, count, options);
    struct classify_weights found = {.labels = options->label_count,
                                     .features = corpus.features,
                                     .hash = corpus.hash,
                                     .rarity = corpus.rarity};
    struct side side = {.corpus = &corpus,
                        .samples = samples,
                        .cost = costs(t, samples, count, options),
                        .weight = NEW(t, float, corpus.features + 1),
                        .alpha = NEW(t, float, count),
                        .order = NEW(t, uint32_t, count)};
    found.weight = NEW(t, float, corpus.features *found.labels + 1);
    found.bias = NEW(t, float, found.labels);
    for (size_t label = 0; label < found.labels; label++) {
        side.label = (int32_t)label;
        train_side(&side, options->rounds);
        for (size_t f = 0; f < corpus.features; f++)
            found.weight[f * found.labels + label] = side.weight[f];
        found.bias[label] = side.bias;
    }
    *ret_bytes = classify_pack(t, &found, options);
    return OK;
}
