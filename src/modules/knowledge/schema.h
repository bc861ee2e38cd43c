/* schema.h - rows as documents of an index.  Inside the module only. */
#ifndef KNOWLEDGE_SCHEMA_H
#define KNOWLEDGE_SCHEMA_H

#include "knowledge_index.h"

void law_doc(struct task *t, const struct article *article, struct index_doc *ret_doc);
void answer_doc(struct task *t, const struct answered *answered, struct index_doc *ret_doc);
void case_doc(struct task *t, const struct court_case *one, struct index_doc *ret_doc);

int64_t day_column(struct str day);       /* 2020-05-28 -> 20200528; empty -> 0 */
int64_t keyword_column(struct str word);  /* for filters on LAW_CODE, CASE_COURT */
int64_t region_column(struct str region); /* SH -> a number; empty -> 0 */
int64_t law_kind_column(struct str kind);

/* A tenant's document and the installation's of the same id are two. */
static inline uint64_t doc_id(int64_t tenant, struct str id)
{
    return index_id(id) ^ ((uint64_t)tenant * UINT64_C(0x9E3779B97F4A7C15));
}

#endif
