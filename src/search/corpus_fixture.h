/*
 * corpus_fixture.h - documents as large as wanted out of real law sentences, and lay questions to
 * ask.
 */
#ifndef SEARCH_CORPUS_FIXTURE_H
#define SEARCH_CORPUS_FIXTURE_H

#include "core/task.h"

struct corpus {
    struct str *articles; /* of the national laws: law, chapter, text */
    struct str *sentences;
    struct str *questions;
    size_t n_articles, n_sentences, n_questions;
    uint64_t random;
    char *texts, *texts_end; /* what all of them point into */
};

/* From the data folder (statutes.jsonl.zst, stard-dev.jsonl); ERR_NOT_FOUND when it is not there.
 */
MUST_USE enum err corpus_read(struct task *t, const char *folder, struct corpus *ret_corpus);
void corpus_free(struct corpus *corpus);
/* Document i of any number: the real articles first, then two to eight sampled sentences (about
 * 650 bytes).  The same for the same i.  `room` holds CORPUS_DOC_MOST bytes. */
enum { CORPUS_DOC_MOST = 16384 };
struct str corpus_doc(const struct corpus *corpus, size_t i, char *room);

double seconds_now(void);
double seconds_of_cpu(void);

#endif
