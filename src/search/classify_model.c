/* The file of a model: written by training, opened by whoever asks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify_private.h"
#include "core/task.h"

enum {
    MAGIC = 0x4c434d59, /* YMCL */
    VERSION = 1,
    HEAD_WORDS = 10,
    MOST_FEATURES = 1 << 24,
    MOST_WEIGHTS = 1 << 28
};

/* In this order, all of 32 bits. */
enum {
    AT_MAGIC,
    AT_VERSION,
    AT_LABELS,
    AT_FEATURES,
    AT_WEIGHTS,
    AT_GRAMS,
    AT_TEMPERATURE,
    AT_NAMES,
    AT_SOURCE,
    AT_SUM
};

static uint32_t checksum(struct str s)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.at[i]) * 1099511628211u;
    return (uint32_t)(hash ^ hash >> 32);
}

/* The head counts, too. */
static uint32_t whole_sum(const uint32_t *head, struct str body)
{
    uint32_t sum = checksum(body);

    for (int i = 0; i < AT_SUM; i++)
        sum = (sum ^ head[i]) * 16777619u;
    return sum;
}

uint32_t classify_sum(struct str bytes)
{
    uint32_t head[HEAD_WORDS];

    if (bytes.len < sizeof head)
        return 0;
    memcpy(head, bytes.at, sizeof head);
    return whole_sum(head, str_from(bytes, sizeof head));
}

static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

/* --- Writing --------------------------------------------------------------------------------- */

static void put(struct buf *b, const void *at, size_t bytes)
{
    buf_add_bytes(b, at, bytes);
    while (b->len % 4 && !b->overflown)
        buf_add_char(b, 0);
}

struct packed {
    uint32_t *start;
    uint8_t *label;
    int8_t *strength;
    float *scale;
    size_t count;
};

/* The largest weight of a label is 127 steps; what is no step is no weight. */
static struct packed quantize(struct task *t, const struct classify_weights *w, double smallest)
{
    struct packed p = {.start = NEW(t, uint32_t, w->features + 1),
                       .label = NEW(t, uint8_t, w->features * w->labels + 1),
                       .strength = NEW(t, int8_t, w->features * w->labels + 1),
                       .scale = NEW(t, float, w->labels)};

    for (size_t f = 0; f < w->features; f++)
        for (size_t l = 0; l < w->labels; l++)
            p.scale[l] = fmaxf(p.scale[l], fabsf(w->weight[f * w->labels + l]));
    for (size_t l = 0; l < w->labels; l++)
        p.scale[l] = p.scale[l] > 0 ? p.scale[l] / (127.0f * 127.0f) : 1;
    for (size_t f = 0; f < w->features; f++) {
        for (size_t l = 0; l < w->labels; l++) {
            float weight = w->weight[f * w->labels + l];
            /* Square roots: small weights are many and must not fall into one step. */
            long n = lroundf(sqrtf(fabsf(weight) / p.scale[l]));
            if (n == 0 || fabsf(weight) < (float)smallest)
                continue;
            p.label[p.count] = (uint8_t)l;
            p.strength[p.count++] = (int8_t)(weight < 0 ? -n : n);
        }
        p.start[f + 1] = (uint32_t)p.count;
    }
    return p;
}

struct str classify_pack(struct task *t, const struct classify_weights *weights,
                         const struct classify_options *options)
{
    struct packed p = quantize(t, weights, options->smallest);
    struct buf names = buf_new(t, 64 * 1024);
    float temperature = (float)(options->temperature > 0 ? options->temperature : 1);
    uint32_t head[HEAD_WORDS] = {MAGIC,
                                 VERSION,
                                 (uint32_t)weights->labels,
                                 (uint32_t)weights->features,
                                 (uint32_t)p.count,
                                 (uint32_t)options->gram_min << 8 | (uint32_t)options->gram_max};

    for (size_t l = 0; l < weights->labels; l++) {
        buf_add(&names, options->labels[l]);
        buf_add_char(&names, '\n');
    }
    memcpy(&head[AT_TEMPERATURE], &temperature, sizeof temperature);
    head[AT_NAMES] = (uint32_t)names.len;
    head[AT_SOURCE] = (uint32_t)options->source.len;
    struct buf b = buf_new(t, (size_t)2 << 30);
    put(&b, buf_str(&names).at, names.len);
    put(&b, options->source.at, options->source.len);
    put(&b, weights->hash, weights->features * sizeof(uint32_t));
    put(&b, weights->rarity, weights->features * sizeof(float));
    put(&b, p.start, (weights->features + 1) * sizeof(uint32_t));
    put(&b, weights->bias, weights->labels * sizeof(float));
    put(&b, p.scale, weights->labels * sizeof(float));
    put(&b, p.label, p.count);
    put(&b, p.strength, p.count);
    head[AT_SUM] = whole_sum(head, buf_str(&b));
    struct buf whole = buf_new(t, (size_t)2 << 30);
    buf_add_bytes(&whole, head, sizeof head);
    buf_add(&whole, buf_str(&b));
    return buf_str(&whole);
}

/* --- Opening --------------------------------------------------------------------------------- */

struct reader {
    struct str rest;
    bool short_of;
};

/* A part of the file where it lies: the bytes are aligned as the parts are padded. */
static const void *take(struct reader *r, size_t bytes)
{
    const char *at = r->rest.at;

    if (r->short_of || padded(bytes) > r->rest.len) {
        r->short_of = true;
        return NULL;
    }
    r->rest = str_from(r->rest, padded(bytes));
    return at;
}

static bool read_names(struct task *t, struct classify_model *model, struct str names)
{
    model->names = NEW(t, struct str, model->labels + 1);
    for (size_t i = 0; i < model->labels; i++)
        if (!str_cut(&names, '\n', &model->names[i]) || !model->names[i].len ||
            !utf8_valid(model->names[i]))
            return false;
    return names.len == 0;
}

static bool all_finite(const float *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(at[i]) || fabsf(at[i]) > 1e6f)
            return false;
    return true;
}

static bool sound(const struct classify_model *m)
{
    if (!all_finite(m->rarity, m->features) || !all_finite(m->bias, m->labels) ||
        !all_finite(m->scale, m->labels) || m->start[0] || m->start[m->features] != m->weights)
        return false;
    for (size_t i = 0; i < m->features; i++)
        if (m->start[i] > m->start[i + 1] || m->rarity[i] <= 0 ||
            (i && m->hash[i] <= m->hash[i - 1]))
            return false;
    for (size_t i = 0; i < m->weights; i++)
        if (m->label[i] >= m->labels)
            return false;
    return true;
}

static enum err refuse(struct task *t, const char *why)
{
    return task_fail(t, ERR_BAD_INPUT, "分类模型不能用：%s", why);
}

enum err classify_open(struct task *t, struct str bytes, const struct classify_model **ret_model)
{
    struct classify_model *m = NEW(t, struct classify_model, 1);
    uint32_t head[HEAD_WORDS];
    float temperature;

    if (bytes.len < sizeof head)
        return refuse(t, "文件不完整");
    memcpy(head, bytes.at, sizeof head);
    if (head[AT_MAGIC] != MAGIC)
        return refuse(t, "不是分类模型");
    if (head[AT_VERSION] != VERSION)
        return refuse(t, "版本不同");
    struct str body = str_from(bytes, sizeof head);
    if (whole_sum(head, body) != head[AT_SUM])
        return refuse(t, "文件有损坏");
    /* An embedded file may lie anywhere; a copy lies as the arena lays it, aligned. */
    if ((uintptr_t)body.at % 4) {
        char *copy = (char *)NEW(t, uint64_t, body.len / 8 + 1);
        memcpy(copy, body.at, body.len);
        body.at = copy;
    }
    memcpy(&temperature, &head[AT_TEMPERATURE], sizeof temperature);
    *m = (struct classify_model){.labels = head[AT_LABELS],
                                 .features = head[AT_FEATURES],
                                 .weights = head[AT_WEIGHTS],
                                 .gram_min = (int)(head[AT_GRAMS] >> 8),
                                 .gram_max = (int)(head[AT_GRAMS] & 0xff),
                                 .temperature = (double)temperature};
    if (!m->labels || m->labels > CLASSIFY_MAX_LABELS || m->features > MOST_FEATURES ||
        m->weights > MOST_WEIGHTS || m->gram_min < 1 || m->gram_min > m->gram_max ||
        m->gram_max > CLASSIFY_MOST_GRAM || !(temperature > 1e-3f && temperature < 1e3f))
        return refuse(t, "文件头不对");
    struct reader r = {.rest = body};
    struct str names = {take(&r, head[AT_NAMES]), head[AT_NAMES]};
    m->source = (struct str){take(&r, head[AT_SOURCE]), head[AT_SOURCE]};
    m->hash = take(&r, m->features * sizeof(uint32_t));
    m->rarity = take(&r, m->features * sizeof(float));
    m->start = take(&r, (m->features + 1) * sizeof(uint32_t));
    m->bias = take(&r, m->labels * sizeof(float));
    m->scale = take(&r, m->labels * sizeof(float));
    m->label = take(&r, m->weights);
    m->strength = take(&r, m->weights);
    if (r.short_of || r.rest.len)
        return refuse(t, "文件长度不对");
    if (!read_names(t, m, names) || !sound(m))
        return refuse(t, "内容不对");
    *ret_model = m;
    return OK;
}

/* --- Asking ---------------------------------------------------------------------------------- */

size_t classify_label_count(const struct classify_model *model)
{
    return model->labels;
}

struct str classify_label(const struct classify_model *model, size_t label)
{
    return label < model->labels ? model->names[label] : (struct str){0};
}

struct str classify_source(const struct classify_model *model)
{
    return model->source;
}

static size_t feature_of(const struct classify_model *m, uint32_t hash)
{
    size_t low = 0, high = m->features;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->hash[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->features && m->hash[low] == hash ? low : SIZE_MAX;
}

static double weight_at(const struct classify_model *m, size_t at)
{
    double n = m->strength[at];

    return (n < 0 ? -n * n : n * n) * (double)m->scale[m->label[at]];
}

bool classify_margins(struct task *t, const struct classify_model *m, struct str text,
                      double *ret_margins)
{
    struct task_mark mark = task_mark(t);
    struct grams grams = classify_grams(t, text, m->gram_min, m->gram_max);
    double square = 0;

    for (size_t l = 0; l < m->labels; l++)
        ret_margins[l] = 0;
    for (size_t i = 0; i < grams.count; i++) {
        size_t feature = feature_of(m, grams.at[i].hash);
        if (feature == SIZE_MAX)
            continue;
        double value = classify_value(grams.at[i].count, (double)m->rarity[feature]);
        square += value * value;
        for (size_t w = m->start[feature]; w < m->start[feature + 1]; w++)
            ret_margins[m->label[w]] += value * weight_at(m, w);
    }
    for (size_t l = 0; l < m->labels; l++)
        ret_margins[l] = (square > 0 ? ret_margins[l] / sqrt(square) : 0) + (double)m->bias[l];
    task_reset(t, mark);
    return square > 0;
}

void classify_softmax(const double *margins, size_t count, double temperature, double *ret)
{
    double most = margins[0], sum = 0;

    for (size_t i = 1; i < count; i++)
        most = fmax(most, margins[i]);
    for (size_t i = 0; i < count; i++)
        sum += ret[i] = exp((margins[i] - most) / temperature);
    for (size_t i = 0; i < count; i++)
        ret[i] /= sum;
}

void classify_run(struct task *t, const struct classify_model *model, struct str text,
                  double *ret_confidence)
{
    double margins[CLASSIFY_MAX_LABELS];

    if (classify_margins(t, model, text, margins)) {
        classify_softmax(margins, model->labels, model->temperature, ret_confidence);
        return;
    }
    for (size_t l = 0; l < model->labels; l++)
        ret_confidence[l] = 1.0 / (double)model->labels;
}

/* --- Why ------------------------------------------------------------------------------------- */

static double weight_for(const struct classify_model *m, size_t feature, size_t label)
{
    for (size_t w = m->start[feature]; w < m->start[feature + 1]; w++)
        if (m->label[w] == label)
            return weight_at(m, w);
    return 0;
}

/* A piece that touches a stronger one says the same again. */
static bool apart(const struct list *reasons, struct str piece)
{
    LIST_EACH (struct classify_reason, there, *reasons)
        if (piece.at < there->words.at + there->words.len && there->words.at < piece.at + piece.len)
            return false;
    return true;
}

static double said(const double *spoken, size_t from, size_t to)
{
    double sum = 0;

    for (size_t at = from; at < to; at++)
        sum += spoken[at];
    return sum;
}

/* Characters at the ends that say little go: 打我不敢 becomes 打我. */
static struct str trim_silent(struct str text, const double *spoken, struct str piece)
{
    size_t from = (size_t)(piece.at - text.at), to = from + piece.len;

    for (size_t letters = utf8_length(piece); letters > 2; letters--) {
        size_t first = from, last = to - 1;
        utf8_next(str_first(text, to), &first);
        while (last > from && ((unsigned char)text.at[last] & 0xc0) == 0x80)
            last--;
        double least = 0.5 * said(spoken, from, to) / (double)letters;
        double left = said(spoken, from, first), right = said(spoken, last, to);
        if (left >= least && right >= least)
            break;
        if (left < right)
            from = first;
        else
            to = last;
    }
    return (struct str){text.at + from, to - from};
}

struct list classify_why(struct task *t, const struct classify_model *m, struct str text,
                         size_t label, size_t most)
{
    struct list reasons = {0};

    text = str_first(text, CLASSIFY_MAX_TEXT);
    struct grams places = classify_places(t, text, m->gram_min, m->gram_max);
    /* Each gram speaks with what the grams inside it say too, so that words win over letters. */
    double *spoken = NEW(t, double, text.len + 1);
    for (size_t i = 0; i < places.count; i++) {
        struct gram *g = &places.at[i];
        size_t feature = feature_of(m, g->hash);
        double weight =
            feature == SIZE_MAX ? 0 : weight_for(m, feature, label) * (double)m->rarity[feature];
        for (size_t at = g->from; at < g->to; at++)
            spoken[at] += weight / (g->to - g->from);
    }
    while (reasons.count < most) {
        struct classify_reason best = {.weight = 0};
        for (size_t i = 0; i < places.count; i++) {
            struct gram *g = &places.at[i];
            struct str piece = {text.at + g->from, g->to - g->from};
            double sum = said(spoken, g->from, g->to);
            if (piece.len > 3 && sum > best.weight && apart(&reasons, piece))
                best = (struct classify_reason){piece, sum};
        }
        const struct classify_reason *strongest = reasons.at;
        if (!best.words.len || (reasons.count && best.weight < 0.3 * strongest->weight))
            break;
        best.words = trim_silent(text, spoken, best.words);
        *(struct classify_reason *)list_add(t, &reasons, sizeof best) = best;
    }
    return reasons;
}
