/*
 * knowledge_index.h - the search indexes of the module: what their documents look like, opening
 * them, following the store, asking them.
 *
 * Three schemas; national laws, local rules, answers and cases each have a folder of their own, per
 * tenant, so that statistics of one do not bend those of another:
 *
 *   DATA/index/0-law  0-local  0-answer  0-case  <tenant>-answer ...
 *
 * An index is a copy of rows of the store up to its mark; it may be removed at any time.
 */
#ifndef KNOWLEDGE_INDEX_H
#define KNOWLEDGE_INDEX_H

#include "knowledge_private.h"
#include "search/index.h"

struct setup;

/* Raise it when what is written into an index changes: indexes are then made again. */
enum { KNOWLEDGE_SCHEMA = 1 };

/* Texts, fields, columns of laws: a document is an article. */
enum law_text { LAW_TITLE, LAW_CHAPTER, LAW_TEXT, LAW_KEYS, LAW_NUMBER };
enum law_field {
    LAW_ALL,     /* bigrams of title, chapter, text in one bag */
    LAW_CHARS,   /* unigrams of the same */
    LAW_OF,      /* bigrams of the title */
    LAW_HEADING, /* bigrams of the chapter */
    LAW_SAYS,    /* bigrams of the text */
    LAW_KEY,    /* keywords: term_keyword() of the id, of the law's code, of the short title, of its
                   initials; "cites:ID" of every article that the text names */
    LAW_ARTICLE /* TERM_ARTICLE of its own number */
};
enum law_column {
    LAW_KIND,     /* index in law_kinds[] */
    LAW_REGION,   /* 0: national, else the two letters as a number */
    LAW_EXPIRED,  /* 1 */
    LAW_DATE,     /* YYYYMMDD, 0: not known */
    LAW_CODE,     /* keyword of the law's code, cut to 62 bits */
    LAW_POSITION, /* in its law */
    LAW_TENANT
};
extern const struct index_schema law_schema;
extern const char
    *const law_kinds[]; /* 宪法, 法律, ... ended by NULL; the last stands for others */

/* Of answered questions. */
enum answer_text { ANSWER_QUESTION, ANSWER_ANSWER, ANSWER_TOPIC, ANSWER_KEYS };
enum answer_field {
    ANSWER_ASKED,       /* bigrams of the question */
    ANSWER_ASKED_CHARS, /* unigrams of the question */
    ANSWER_SAID,        /* bigrams of the answer and topic */
    ANSWER_KEY          /* keywords: id, topic, "cites:ID" */
};
enum answer_column { ANSWER_MACHINE, ANSWER_APPROVED, ANSWER_DATE, ANSWER_TENANT };
extern const struct index_schema answer_schema;

/* Of cases. */
enum case_text { CASE_TITLE, CASE_CAUSE, CASE_TEXT, CASE_KEYS };
enum case_field {
    CASE_ALL,   /* bigrams of all texts */
    CASE_CHARS, /* unigrams of title and cause */
    CASE_NAMED, /* bigrams of title and cause */
    CASE_KEY    /* keywords: id, court, case number, cause, "cites:ID" */
};
enum case_column { CASE_KIND, CASE_DATE, CASE_COURT, CASE_TENANT }; /* kind: 0 civil, 1 criminal */
extern const struct index_schema case_schema;

/* What an index gives back of a document: texts in a fixed order, packed.  They point into the
 * stored payload. */
enum { PAYLOAD_MOST = 12 };
struct str payload_pack(struct task *t, const struct str *parts, size_t n);
bool payload_unpack(struct str payload, struct str *ret_parts, size_t n);
enum law_part {
    LP_ID,
    LP_LAW,
    LP_TITLE,
    LP_KIND,
    LP_REGION,
    LP_VERSION,
    LP_EXPIRED,
    LP_ARTICLE,
    LP_CHAPTER,
    LP_TEXT,
    LAW_PARTS
};
enum answer_part {
    AP_ID,
    AP_QUESTION,
    AP_ANSWER,
    AP_BY,
    AP_ON,
    AP_TOPIC,
    AP_LAWS,
    AP_SOURCE,
    AP_MACHINE,
    AP_APPROVED_BY,
    AP_APPROVED_AT,
    ANSWER_PARTS
};
enum case_part {
    CP_ID,
    CP_KIND,
    CP_TITLE,
    CP_COURT,
    CP_NUMBER,
    CP_DATE,
    CP_CAUSE,
    CP_OUTCOME,
    CP_TEXT,
    CP_SOURCE,
    CASE_PARTS
};

/* --- Which, and how fresh -------------------------------------------------------------------- */

enum knowledge_set { SET_LAW, SET_LOCAL, SET_ANSWER, SET_CASE, SET_COUNT };

/* The shared index of a set and the tenant's own, as one; released with the task.  `tenant` 0: the
 * shared one alone.  ERR_BUSY: search is not available (never made, damaged, being made again);
 * the note says so. */
MUST_USE enum err knowledge_look(struct task *t, const char *data, enum knowledge_set set,
                                 struct index_view **ret_view);

/* Indexes are opened once in a process and shared; another schema than the folder's, or damage:
 * ERR_CONFLICT, then close it, index_discard() and begin again. */
MUST_USE enum err knowledge_index_open(struct task *t, struct str folder,
                                       const struct index_schema *schema, struct index **ret_index);
/* What another process committed, looked at twice a second at most. */
MUST_USE enum err knowledge_index_refresh(struct task *t, struct str folder, struct index *index);
void knowledge_index_close(struct str folder);

/* The index of t->tenant's orders (research_index.c): up to its numbered events; thrown away.
 * Outside any transaction.  ERR_BUSY: somebody else does. */
MUST_USE enum err knowledge_follow_orders(struct task *t, const char *data);
MUST_USE enum err knowledge_discard_orders(struct task *t, const char *data);
#endif
