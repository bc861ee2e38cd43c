/*
 * rank_articles.h - articles of national laws that answer a question, by what was learned
 * (search/rank.h, docs/ranking.md).  Inside the module only.
 */
#ifndef KNOWLEDGE_RANK_ARTICLES_H
#define KNOWLEDGE_RANK_ARTICLES_H

#include "knowledge_index.h"

/*
 * Hits of `view` (over SET_LAW), best first, their score the chance that they answer it (below 0.05
 * the best is as weak as those of small talk).  ERR_NOT_FOUND: there is nothing to rank by (the
 * ground is not made yet, or of another version; there are too few articles): search plainly.
 */
MUST_USE enum err rank_articles(struct task *t, const char *data, struct index_view *view,
                                struct str question, size_t most, bool expired,
                                struct index_hits *ret_hits);

/* Make the ground again when the index of laws has moved on since; some seconds.  For the job and
 * the commands that fill the index. */
MUST_USE enum err rank_articles_follow(struct task *t, const char *data);
/* Remove it; rank_articles_follow() makes it again. */
void rank_articles_discard(struct task *t, const char *data);
/* Give back what is open; at the end of the program. */
void rank_articles_close(void);

#endif
