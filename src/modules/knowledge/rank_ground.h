/*
 * rank_ground.h - laws and answered questions as the ground of ranking (search/rank.h): an article
 * is a document, its law the group, its chapter the section.  Inside the module and for the tools
 * that train and measure.
 */
#ifndef KNOWLEDGE_RANK_GROUND_H
#define KNOWLEDGE_RANK_GROUND_H

#include "knowledge_index.h"
#include "search/rank.h"

/* What the trees may know of an article. */
enum ground_trait { TRAIT_KIND, TRAIT_EXPIRED, TRAIT_YEAR, TRAIT_DECISION };

/* A document of law_schema, as it goes into the index or as it comes from there. */
void ground_doc(struct task *t, uint64_t id, const struct units *texts, const int64_t *columns,
                struct str payload, struct rank_doc *ret_doc);
/* The fold of a question: the same wherever it is built; below 10. */
unsigned ground_fold(struct str id);
/* Questions written for this program (data/ranking/asked.tsv), in a fold of their own. */
MUST_USE enum err ground_add_own(struct task *t, struct rank_builder *b);

/* Of the questions that the program brings along: another program, another number. */
int64_t ground_questions_mark(void);
/*
 * The ground of all documents of a view over laws, and of the questions that the program brings
 * along (data/answers.jsonl.zst with data/ranking/links.tsv; asked.tsv), written to `path`.  Some
 * seconds.
 */
MUST_USE enum err ground_build(struct task *t, struct index_view *laws, const char *path,
                               int64_t mark);

#endif
