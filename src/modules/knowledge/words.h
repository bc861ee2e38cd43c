/*
 * words.h - what people say and what the law calls it: a text that the knowledge officer edits.
 * Inside the module only.
 *
 *   炒鱿鱼、开除 = 解除劳动合同
 *   [工资] 欠薪、讨薪、工钱 = 拖欠工资、劳动报酬     a topic: its questions are counted under its
 * name
 *
 * A question in which one of the words on the left stands is searched with those on the right, too;
 * what was typed stays in front and is what the page shows.
 */
#ifndef KNOWLEDGE_WORDS_H
#define KNOWLEDGE_WORDS_H

#include "core/shape.h"
#include "core/task.h"

enum { WORDS_LINES = 500, WORDS_TEXT_MOST = 20000, WORDS_IN_LINE = 30, WORD_MOST = 30 };

struct word_rule {
    int64_t line;
    struct str topic;        /* empty: only words */
    struct list said, means; /* struct str */
};
/* Faults at the field `text`, with their line: ERR_BAD_INPUT. */
MUST_USE enum err words_parse(struct task *t, struct str text, struct list *ret_rules);
/* The question with what its words mean behind it. */
struct str words_widen(struct task *t, struct list rules, struct str question);
/* The first topic that one of its words is in; empty: none. */
struct str words_topic(struct list rules, struct str question);

struct words_version {
    int64_t version, at_ms, staff;
    struct str text;
    bool live;
};
/* What holds now, and the newest draft behind it; version 0: there is none.  Inside store_read().
 */
MUST_USE enum err words_read(struct task *t, struct words_version *ret_live,
                             struct words_version *ret_draft);
/* The rules that hold now for t->tenant.  Inside store_read(). */
MUST_USE enum err words_rules(struct task *t, struct list *ret_rules);

#endif
