/* What the files of the classifier share. */
#ifndef SEARCH_CLASSIFY_PRIVATE_H
#define SEARCH_CLASSIFY_PRIVATE_H

#include "search/classify.h"

enum { CLASSIFY_MOST_GRAM = 6 };

struct gram {
    uint32_t hash;
    uint32_t count;
    uint32_t from, to; /* bytes of the text where it stands first */
};
struct grams {
    struct gram *at; /* sorted by hash, each hash once */
    size_t count;
};
/* Every place where a gram stands, unsorted and with repetitions; for classify_why(). */
struct grams classify_places(struct task *t, struct str text, int shortest, int longest);
struct grams classify_grams(struct task *t, struct str text, int shortest, int longest);
/* What one gram of a text weighs before the whole is scaled to length 1. */
double classify_value(uint32_t count, double rarity);

struct classify_model {
    size_t labels, features, weights;
    int gram_min, gram_max;
    double temperature;
    struct str source;
    struct str *names;
    const uint32_t *hash; /* sorted */
    const float *rarity;
    const uint32_t *start;  /* features + 1 */
    const float *bias;      /* labels */
    const float *scale;     /* labels: a weight is scale * number */
    const uint8_t *label;   /* weights */
    const int8_t *strength; /* weights */
};
/* Margins of all labels; false when nothing of the text is known. */
bool classify_margins(struct task *t, const struct classify_model *model, struct str text,
                      double *ret_margins);
void classify_softmax(const double *margins, size_t count, double temperature, double *ret);

/* What the last number of the head must be, for drivers that damage the rest. */
enum { CLASSIFY_SUM_AT = 36 };
uint32_t classify_sum(struct str bytes);

struct classify_weights { /* what training found */
    size_t labels, features;
    const uint32_t *hash;
    const float *rarity;
    float *weight; /* features * labels */
    float *bias;   /* labels */
};
struct str classify_pack(struct task *t, const struct classify_weights *weights,
                         const struct classify_options *options);

#endif
