/*
 * knowledge_private.h - what the files of the module share.
 */
#ifndef KNOWLEDGE_PRIVATE_H
#define KNOWLEDGE_PRIVATE_H

#include "core/json.h"
#include "core/time.h"
#include "knowledge.h"

/* --- Documents (docs.c) ---------------------------------------------------------------------- */

struct law {
    int64_t tenant;
    struct str code, title, short_title, kind, region, version;
    bool expired;
};
struct article {
    int64_t tenant;
    struct str id, law, article, chapter, text;
    int64_t position, changed;
    bool gone;
    struct law of;
};
struct answered {
    int64_t tenant;
    struct str id, question, answer, answered_by, answered_on, topic, laws, source, approved_by;
    bool machine;
    int64_t approved_at, changed;
    bool gone;
};
struct court_case {
    int64_t tenant;
    struct str id, kind, title, court, case_no, published, cause, outcome, text, source;
    int64_t changed;
    bool gone;
};
extern const struct shape law_shape, article_shape, answered_shape, court_case_shape;

/* By id: the tenant's own before the shared one.  Inside store_read().  ERR_NOT_FOUND. */
MUST_USE enum err law_get(struct task *t, struct str code, struct law *ret_law);
MUST_USE enum err article_get(struct task *t, struct str id, struct article *ret_article);
MUST_USE enum err answered_get(struct task *t, struct str id, struct answered *ret_answered);
MUST_USE enum err case_get(struct task *t, struct str id, struct court_case *ret_case);

struct rows;
struct answered answered_of_row(const struct rows *rows, int64_t tenant);
struct court_case case_of_row(const struct rows *rows, int64_t tenant);

/* Keep a document of `tenant`; *ret_what says what that did.  Inside store_write(). */
enum put { PUT_SAME, PUT_ADDED, PUT_CHANGED };
/* `changed`: the state's number that the change belongs to. */
/* What documents that are put in one transaction have in common. */
struct putting {
    /* Nobody has been asked whether they are there: nothing of the tenant was when the load began.
     * One that is there all the same is ERR_CONFLICT. */
    bool fresh;
    struct law last; /* that was put */
};
MUST_USE enum err article_put(struct task *t, struct putting *putting,
                              const struct article *article, enum put *ret_what);
MUST_USE enum err answered_put(struct task *t, const struct putting *putting,
                               const struct answered *answered, enum put *ret_what);
MUST_USE enum err case_put(struct task *t, const struct putting *putting,
                           const struct court_case *one, enum put *ret_what);
/* The number of the next change of `tenant`; raises it. */
MUST_USE enum err knowledge_raise(struct task *t, int64_t tenant, int64_t *ret_number);
/* 中华人民共和国民法典 -> 民法典 */
struct str law_short(struct str title);

/* --- Reading files (lines.c, read_*.c) ------------------------------------------------------- */

struct lines; /* lines of a file or a text, plain or compressed */
enum { LINE_MOST = 4 * 1024 * 1024 };
/* ERR_NOT_FOUND, ERR_BAD_INPUT.  Given back with the task. */
MUST_USE enum err lines_open(struct task *t, const char *path, struct lines **ret_lines);
MUST_USE enum err lines_of_text(struct task *t, struct str text, bool compressed,
                                struct lines **ret_lines);
/* The next line without its end, valid until the next call; false at the end.  A line longer than
 * LINE_MOST is given cut off, with *ret_cut. */
bool lines_next(struct lines *lines, struct str *ret_line, bool *ret_cut);
/* What was read of the file so far and its size, in bytes. */
int64_t lines_done(const struct lines *lines);
int64_t lines_size(const struct lines *lines);
/* End after `most` bytes, and want no more than 32 MiB to unpack: for files of strangers. */
MUST_USE enum err lines_bound(struct task *t, struct lines *lines, int64_t most);
bool lines_too_large(const struct lines *lines);
/* Why reading ended early; NULL: it did not. */
const char *lines_fault(const struct lines *lines);

/* What one line or one piece of a file says. */
enum doc_kind { DOC_NONE, DOC_ARTICLE, DOC_ANSWER, DOC_CASE };
struct doc {
    enum doc_kind kind;
    struct article article;
    struct answered answered;
    struct court_case one;
};
/* From a JSON object with the fields of the data's README.  ERR_BAD_INPUT. */
MUST_USE enum err doc_of_json(struct task *t, const struct json *json, struct doc *ret_doc);

/* CSV: a heading row, then a document a row.  Rows may go over several lines (quotes). */
struct csv {
    struct str names[40];
    size_t count;
};
/* Fields of one record; false when a quote is not closed: more lines are needed. */
bool csv_split(struct task *t, struct str record, struct str *fields, size_t most,
               size_t *ret_count);
/* A row under its heading as a JSON object, headings in Chinese understood. */
struct json *csv_json(struct task *t, const struct csv *csv, const struct str *fields,
                      size_t count);

/* Markdown of one law, as LawRefBook writes it, line by line. */
struct markdown;
struct markdown *markdown_new(struct task *home, struct str file_name);
/* Takes a line; true: *ret_article is complete (NULL line: the end of the file).  In `t`'s arena.
 */
bool markdown_line(struct task *t, struct markdown *markdown, const struct str *line,
                   struct article *ret_article);

/* The bytes at the beginning of `text` that are 第……条(之……); 0: none. */
size_t article_prefix(struct str text);

#endif
