/*
 * triage_rules.h - the files behind triage and interviews, read and checked.  For the files of
 * triage and interviews, their tests and the trainer.
 */
#ifndef KNOWLEDGE_TRIAGE_RULES_H
#define KNOWLEDGE_TRIAGE_RULES_H

#include "modules/catalog/catalog.h"
#include "modules/catalog/node.h"
#include "modules/knowledge/triage.h"
#include "search/classify.h"

/* --- Small readers: a fault with its line for everything that is not as it should be ---------- */

struct rule_file {
    struct task *t;
    struct list *faults; /* struct fault */
};
/* Nothing but these keys, apart by blanks. */
void rule_keys(struct rule_file *f, const struct node *map, const char *allowed);
struct str rule_text(struct rule_file *f, const struct node *map, const char *key, bool required);
/* A number between 0 and 1. */
double rule_share(struct rule_file *f, const struct node *map, const char *key);
/* A list of texts: struct str. */
struct list rule_words(struct rule_file *f, const struct node *map, const char *key, bool required);
/* A member that must be a map (or a list) with at least one entry; NULL after a fault. */
const struct node *rule_part(struct rule_file *f, const struct node *map, const char *key,
                             enum node_kind kind, bool required);
/* Letters a-z, digits and `-`, at most 40. */
bool rule_code(struct rule_file *f, const struct node *node, struct str code);

/* --- data/triage/topics.yaml ------------------------------------------------------------------ */

struct triage_ground { /* an article that is put in front of somebody who asks about a topic */
    struct str law, article; /* 民法典, 第六百七十五条 */
    struct list words;       /* struct str: only when one of them was said; none: always */
};
struct triage_topic {
    struct str code, title, kind, difficulty;
    struct list matters; /* struct str: codes, the likeliest first; none: nothing is said */
    struct list words;   /* struct str */
    struct list grounds; /* struct triage_ground, the most important first */
};
struct triage_wish { /* words by which somebody says what he wants done */
    struct str kind; /* of matters */
    struct list words;
};
struct triage_topics {
    double silence, sure;
    struct list wishes; /* struct triage_wish */
    struct triage_topic *topics;
    size_t count;
};
/* ERR_BAD_INPUT with faults.  Which matters exist is the caller's to check. */
MUST_USE enum err triage_read_topics(struct task *t, struct str file, struct str text,
                                     struct triage_topics **ret_topics, struct list *ret_faults);

/* --- data/urgent.yaml ------------------------------------------------------------------------- */

struct triage_pattern; /* parts in order, with small gaps */
struct triage_alarm {
    struct triage_urgent shows;   /* without `words` */
    struct list patterns, unless; /* struct triage_pattern */
};
struct triage_alarms {
    struct list alarms; /* struct triage_alarm, `now` first */
};
MUST_USE enum err triage_read_urgent(struct task *t, struct str file, struct str text,
                                     struct triage_alarms **ret_alarms, struct list *ret_faults);
struct list triage_alarms_in(struct task *t, const struct triage_alarms *alarms, struct str text);

/* --- What the program brings along ------------------------------------------------------------ */

struct triage_shipped {
    const struct triage_topics *topics;
    const struct triage_alarms *alarms;
    const struct classify_model *model; /* its labels are topics */
};
/* Read once, kept for good.  ERR_INTERNAL: a shipped file is not as it should be. */
MUST_USE enum err triage_shipped(struct task *t, const struct triage_shipped **ret_shipped);
/* What a model remembers of its material: a hash of questions.tsv, topics.yaml and the analysis. */
struct str triage_source(struct task *t, struct str questions);
/* A file of data/ by its name there; empty when there is none. */
struct str triage_shipped_file(struct str name);

/* The classifier's view of a question, without the store: confidences of all topics. */
struct triage_guess {
    const struct triage_topic *topic; /* the likeliest */
    double confidence;
    double *all; /* by topic, in the order of topics.yaml */
};
struct triage_guess triage_guess_topic(struct task *t, const struct triage_shipped *shipped,
                                       struct str text);

#endif
