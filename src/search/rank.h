/*
 * rank.h - the second stage of search: documents that answer a question in plain language.
 *
 * It knows documents, groups and questions, nothing of law.  A folder's worth of documents (each in
 * a group and a section of it: article, law, chapter) and of past questions with the documents that
 * answered them becomes one file, the ground.  It is derived and mapped: made again whenever the
 * documents change, shared by all tasks, never written after it has its name.
 *
 *   rank_build_*()            documents, past questions -> ground
 *   rank_open()               ground
 *   rank_ask(ground, models)  question -> documents, best first, each with its features
 *   trees_open(), trees_run() the model: boosted regression trees over the features
 *
 * How a question is ranked.  Every document is scored by BM25 over bigrams and over unigrams.  The
 * past questions most like it lend their documents, and through lists made when the ground was
 * built also documents like those and like their answers.  A weighted sum of all that and of how
 * often a group answers anything chooses RANK_CANDIDATES; of these the features are computed
 * (rank_feature_names) and the trees say how likely each is an answer.
 *
 * Most of what is learned is what people ask about, so groups that never answered a past question
 * would vanish.  Therefore a few candidates belong to the plain order, and the last of the first
 * ten places to a second model that knows words alone: one place when the first is sure, eight
 * when it expects nothing.
 *
 * Training asks with some past questions left out (rank_question.without), so the features of a
 * question never know its own answer; docs/ranking.md has the whole way and its figures.
 */
#ifndef SEARCH_RANK_H
#define SEARCH_RANK_H

#include "core/task.h"
#include "search/tokens.h"

/* Of the fold RANK_WRITTEN are questions that somebody wrote for the purpose: they lend documents
 * as the others do, but are no sign of how often something is asked. */
enum { RANK_VERSION = 1, RANK_TRAITS = 4, RANK_FOLDS = 16, RANK_WRITTEN = RANK_FOLDS - 1 };
enum {
    RANK_DOCS_MAX = 1 << 24,
    RANK_PAST_MAX = 1 << 16,
    RANK_CANDIDATES = 400, /* of each question */
    RANK_NEAR = 400,       /* length of the lists of like documents */
};

/* ---- the ground ---- */

struct rank_doc {
    uint64_t id;                       /* the caller's */
    uint64_t group, section;           /* numbers of the caller's; a section is of one group */
    struct units title, heading, text; /* of the group, of the section, its own */
    float traits[RANK_TRAITS];         /* what the trees may know beside: kind, year ... */
};
struct rank_past {
    struct units question, answer; /* the answer may be empty */
    const uint64_t *docs;          /* ids; those that were not built are passed over */
    size_t n_docs;
    unsigned fold; /* below RANK_FOLDS: what training leaves out together */
};

struct rank_builder;
/* Uses memory outside the arena, given back with the task; NULL when there is none. */
struct rank_builder *rank_build_begin(struct task *t);
/* Documents of a group come one behind the other, in their order; before all questions.
 * ERR_TOO_LARGE, ERR_BAD_INPUT (an id twice, a group not together). */
MUST_USE enum err rank_build_doc(struct task *t, struct rank_builder *b,
                                 const struct rank_doc *doc);
MUST_USE enum err rank_build_past(struct task *t, struct rank_builder *b,
                                  const struct rank_past *past);
/* Computes and writes; the file appears whole or not at all.  `mark` is the caller's.  ERR_STORE.
 */
MUST_USE enum err rank_build_end(struct task *t, struct rank_builder *b, const char *path,
                                 int64_t mark);

struct rank_ground;
/*
 * ERR_NOT_FOUND; ERR_CONFLICT: another version, cut short or damaged as far as its head tells: to
 * be built again.  Reading never leaves the file, whatever stands in it.
 */
MUST_USE enum err rank_open(struct task *t, const char *path, struct rank_ground **ret_ground);
/* Everything is read and compared with its checksum.  ERR_CONFLICT. */
MUST_USE enum err rank_verify(struct task *t, const struct rank_ground *ground);
void rank_close(struct rank_ground *ground); /* NULL is fine */
int64_t rank_mark(const struct rank_ground *ground);
size_t rank_docs(const struct rank_ground *ground);

/* ---- asking ---- */

enum { RANK_FEATURES_MAX = 96 };
/* In the order of rank_hit.features; a model names those it was trained on.  Ended by NULL. */
extern const char *const rank_feature_names[];
extern const size_t rank_feature_count;

struct trees;

struct rank_models {
    const struct trees *learned; /* NULL: the weighted sum orders */
    const struct trees *words;   /* knows no past question; NULL: keeps no places */
};

struct rank_question {
    struct units asked;
    uint32_t without;       /* folds of past questions that do not exist, as bits; 0: all do */
    const uint64_t *unseen; /* groups whose past questions do not exist; for training */
    size_t n_unseen;
    struct rank_models models;
    size_t most; /* so many best; at most RANK_CANDIDATES */
};
struct rank_hit {
    uint64_t id;
    float score;           /* of the trees: log odds of being an answer; without: the sum */
    float plain;           /* BM25 */
    const float *features; /* rank_feature_count of them */
};
struct rank_hits {
    struct rank_hit *at; /* best first; equal ones by their place in the ground */
    size_t n;
    float top;      /* the best score; -INFINITY without hits */
    float expected; /* how many answers the trees expect among the first ten */
};
/* Nothing in the question that any document has: no hits, OK. */
MUST_USE enum err rank_ask(struct task *t, const struct rank_ground *ground,
                           const struct rank_question *question, struct rank_hits *ret_hits);

/* ---- the model ---- */

/*
 * A file: a head, names of the features, nodes; little-endian, checksummed.  Every number is
 * checked here, so that trees_run() of a hostile file ends and never leaves it.  Over the bytes,
 * which must live as long.  ERR_BAD_INPUT; the note says what is wrong.
 */
MUST_USE enum err trees_open(struct task *t, struct str bytes, const char *const *feature_names,
                             const struct trees **ret_trees);
/* One score for each of `rows` rows of `width` features. */
void trees_run(const struct trees *trees, const float *features, size_t width, size_t rows,
               float *ret_scores);
size_t trees_count(const struct trees *trees);

#endif
