/* Hashed character n-grams of a text. */
#include <math.h>
#include <stdlib.h>

#include "classify_private.h"
#include "core/task.h"
#include "search/tokens_private.h"

struct letter {    /* a character, or a word or number of other letters */
    uint32_t code; /* 0: what stands between, which cuts the text */
    uint32_t from, to;
};

static size_t read_letters(struct units units, const struct text_span *spans,
                           struct letter *letters)
{
    size_t count = 0, width;

    for (size_t i = 0; i < units.n; i += width) {
        uint32_t code = units.at[i];
        width = unit_width(units.at[i]);
        if (i + width > units.n)
            break;
        for (size_t k = 1; k < width; k++)
            code = (code ^ units.at[i + k]) * 16777619u;
        letters[count++] = (struct letter){code, spans[i].begin, spans[i].end};
    }
    return count;
}

static uint32_t mix(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x7feb352du;
    hash ^= hash >> 15;
    hash *= 0x846ca68bu;
    return hash ^ hash >> 16;
}

struct grams classify_places(struct task *t, struct str text, int shortest, int longest)
{
    text = str_first(text, CLASSIFY_MAX_TEXT);
    struct text_span *spans;
    struct units units = units_with_spans(t, text, &spans);
    struct letter *letters = NEW(t, struct letter, units.n + 1);
    size_t count = read_letters(units, spans, letters), made = 0;
    struct gram *grams = NEW(t, struct gram, count * (size_t)(longest - shortest + 1) + 1);

    for (size_t i = 0; i < count; i++) {
        uint32_t hash = 2166136261u;
        for (int n = 1; n <= longest && i + (size_t)n <= count; n++) {
            const struct letter *last = &letters[i + (size_t)n - 1];
            if (last->code == UNIT_BREAK)
                break;
            hash = mix((hash ^ last->code) * 16777619u + (uint32_t)n);
            if (n >= shortest)
                grams[made++] = (struct gram){hash, 1, letters[i].from, last->to};
        }
    }
    return (struct grams){grams, made};
}

static int compare_grams(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

struct grams classify_grams(struct task *t, struct str text, int shortest, int longest)
{
    struct grams grams = classify_places(t, text, shortest, longest);
    size_t kept = 0;

    if (grams.count)
        qsort(grams.at, grams.count, sizeof *grams.at, compare_grams);
    for (size_t i = 0; i < grams.count; i++)
        if (kept && grams.at[kept - 1].hash == grams.at[i].hash)
            grams.at[kept - 1].count++;
        else
            grams.at[kept++] = grams.at[i];
    grams.count = kept;
    return grams;
}

double classify_value(uint32_t count, double rarity)
{
    return (1 + log(count)) * rarity;
}
