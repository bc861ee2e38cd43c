/*
 * classify.h - which of a few dozen classes a text belongs to, how sure, and by which words.
 *
 * A linear model over hashed character n-grams (1 to 4) of the analysed text.  It knows texts and
 * labels, nothing of law.  Training is one-against-the-rest, L2-loss support vectors by dual
 * coordinate descent; confidences are a softmax of the margins whose temperature is fitted on
 * held-out folds.  The same samples, options and machine word give the same bytes.
 *
 * A model is a file: a head, labels, grams sorted by hash, a few weights per gram; little-endian,
 * checksummed.  classify_open() checks every number in it once, so that a hostile file is refused
 * and running never leaves it.
 */
#ifndef SEARCH_CLASSIFY_H
#define SEARCH_CLASSIFY_H

#include "core/shape.h"
#include "core/str.h"

enum { CLASSIFY_MAX_LABELS = 200, CLASSIFY_MAX_TEXT = 64 * 1024 };

struct classify_model; /* over the bytes it was opened from, which must live as long */

/* ERR_BAD_INPUT: no model, another version, cut short or damaged; the note says which. */
MUST_USE enum err classify_open(struct task *t, struct str bytes,
                                const struct classify_model **ret_model);
size_t classify_label_count(const struct classify_model *model);
struct str classify_label(const struct classify_model *model, size_t label);
/* What the trainer was told to write down of its material (hexadecimal); empty: nothing. */
struct str classify_source(const struct classify_model *model);

/* One confidence per label, in all 1.  A text of which the model knows no gram gets the same small
 * one everywhere.  At most CLASSIFY_MAX_TEXT bytes of the text are read. */
void classify_run(struct task *t, const struct classify_model *model, struct str text,
                  double *ret_confidence);

struct classify_reason { /* a piece of the text that spoke for a label */
    struct str words;    /* points into the text */
    double weight;
};
/* The pieces that spoke most for a label, the strongest first, none much weaker than that; a list
 * of struct classify_reason. */
struct list classify_why(struct task *t, const struct classify_model *model, struct str text,
                         size_t label, size_t most);

/* --- Training: for tools and tests, not for a request ---------------------------------------- */

struct classify_sample {
    struct str text;
    int32_t label; /* index into the labels */
    int32_t group; /* samples of one group are never on both sides of a fold */
    float weight;  /* 1; less for material that is only probably labelled right */
    bool helper;   /* only ever trained on, never asked: does not count in figures */
};

struct classify_options {
    const struct str *labels;
    size_t label_count;
    int gram_min, gram_max; /* 1, 4 */
    int rarest;             /* a gram must stand in so many samples */
    double cost;            /* C of the support vectors: the larger, the closer to the samples */
    double smallest;        /* weights below this are not written */
    int rounds;             /* most passes over the samples */
    bool balanced;          /* rare labels weigh more */
    double temperature;     /* 0: 1, until classify_check() found it */
    struct str source;      /* written into the model */
};
extern const struct classify_options classify_usual; /* everything but the labels */

/* The bytes of a model.  ERR_BAD_INPUT: no sample, a label out of range. */
MUST_USE enum err classify_train(struct task *t, const struct classify_sample *samples,
                                 size_t count, const struct classify_options *options,
                                 struct str *ret_bytes);

struct classify_guess {
    int32_t label; /* the likeliest; -1 for helpers */
    double confidence;
    double truth; /* confidence of the sample's own label */
    int32_t rank; /* of the sample's own label, from 0 */
};
struct classify_report {
    struct classify_guess *guesses; /* one per sample, each by a model that never saw its group */
    size_t asked, right;
    double accuracy, macro_f1;
    double temperature;       /* fitted on all folds together: for the final model */
    double log_loss;          /* each fold's temperature fitted on the other folds */
    double calibration_error; /* expected, ten bins of confidence */
};
/* Cross-validation in `folds` parts by group. */
MUST_USE enum err classify_check(struct task *t, const struct classify_sample *samples,
                                 size_t count, const struct classify_options *options, int folds,
                                 struct classify_report *ret_report);

/* Which fold a sample is asked in: all of a group in the same one. */
int classify_fold(const struct classify_sample *sample, int folds);

/* Put texts that are nearly the same (more than about half of their 4-grams) into one group:
 * afterwards samples[i].group names it.  Groups that were set (not 0) stay together. */
void classify_group(struct task *t, struct classify_sample *samples, size_t count);

#endif
