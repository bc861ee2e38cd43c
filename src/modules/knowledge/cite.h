/*
 * cite.h - where a text names an article of a law: 《民法典》第一千零四十二条、第一千零四十三条,
 * 本法第三条.
 */
#ifndef KNOWLEDGE_CITE_H
#define KNOWLEDGE_CITE_H

#include "knowledge_private.h"

struct cite {
    size_t begin, end;  /* bytes of the text that name it: of the whole, or of 第……条 alone */
    struct str law;     /* short title */
    struct str article; /* as written: 第一千零四十二条之一 */
};
/* `own` is the short title of the law that the text stands in; empty: none.  A list of struct cite,
 * in order of the text. */
struct list cites_find(struct task *t, struct str text, struct str own);
/* 民法典#1042, 刑法#120-1: the same for Chinese and Arabic numerals; empty when it is no number. */
struct str cite_key(struct task *t, struct str law, struct str article);
/* 1042条 -> 第一千零四十二条, as laws write it. */
struct str cite_article_zh(struct task *t, int64_t number, int64_t of);

#endif
