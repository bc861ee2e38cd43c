/*
 * knowledge.h - what the robot answers from: laws, questions answered before, cases.
 *
 * Documents of tenant 0 (KNOWLEDGE_SHARED) belong to the installation and are read by every tenant:
 * the law is the same for all.  A tenant's own answers, cases and local rules stand beside them.
 * The rows are the truth; the search index in the data folder follows them and can be thrown away.
 *
 * No function here invents a word: whatever an answer shows stands in a document it links.
 */
#ifndef KNOWLEDGE_KNOWLEDGE_H
#define KNOWLEDGE_KNOWLEDGE_H

#include <stdio.h>

#include "core/buf.h"
#include "core/shape.h"
#include "core/task.h"
#include "modules/module.h"

enum { KNOWLEDGE_SHARED = 0 };

extern const struct module knowledge_module;
extern const struct module research_module; /* the staff's side: searching, upkeep */

/* --- Loading ------------------------------------------------------------------------------- */

struct knowledge_load {
    int64_t tenant; /* whose documents these become; KNOWLEDGE_SHARED: everybody's */
    int64_t most;   /* bytes after unpacking, for files of who is not the operator; 0: any */
    FILE *errors;   /* bad lines as FILE:LINE: reason; NULL: silent */
    void (*progress)(const char *what, int64_t done, int64_t all); /* NULL: silent */
};
struct knowledge_loaded {
    int64_t lines, added, changed, same, bad;
    int64_t skipped; /* lines that an earlier run, broken off, had kept already */
};
/*
 * A file: .jsonl (laws, answers and cases told apart by their fields), .csv with a heading, .md as
 * in LawRefBook; each also with .zst behind.  Kept in transactions of some hundred rows; a load
 * that broke off goes on where it stopped; loading again changes what differs.  Bad lines are
 * skipped. Outside any transaction.  ERR_NOT_FOUND, ERR_BAD_INPUT (a kind of file that is not
 * known), ERR_TOO_LARGE (more than `most`; what came before is kept; ten thousand bad lines of such
 * a file end it, too), ERR_STORE.
 */
MUST_USE enum err knowledge_load_file(struct task *t, const char *path,
                                      const struct knowledge_load *load,
                                      struct knowledge_loaded *ret_loaded);
/* National laws in force and the answers that the program brings along, for everybody. */
MUST_USE enum err knowledge_load_shipped(struct task *t, const struct knowledge_load *load,
                                         struct knowledge_loaded *ret_loaded);

/* --- Search indexes -------------------------------------------------------------------------- */

/* Bring the indexes of t->tenant and of the installation up to the rows, in the folder `data`;
 * makes again what is missing, damaged or of another kind.  Outside any transaction.  ERR_BUSY:
 * somebody else does. */
MUST_USE enum err knowledge_follow(struct task *t, const char *data,
                                   void (*progress)(const char *what, int64_t done, int64_t all));
/* Throw them away and make them again. */
MUST_USE enum err knowledge_rebuild(struct task *t, const char *data,
                                    void (*progress)(const char *what, int64_t done, int64_t all));
/* Close them, at the end of a program; the next question opens them again. */
void knowledge_close(void);

/* What the example city's knowledge officer finds: a week of questions, words with a draft behind
 * them, questions kept to try it on, answers that wait.  For t->tenant, whose indexes are there.
 * Outside any transaction. */
MUST_USE enum err knowledge_example(struct task *t, const char *data);

/* --- Asking, without a page ------------------------------------------------------------------ */

struct knowledge_hit {
    struct str id;            /* L0186.1042 */
    struct str title;         /* 民法典 第一千零四十二条; the question */
    struct str text;          /* the article; the beginning of the answer */
    struct str href, version; /* its page; 2020-05-28; who answered */
    bool in_force;
};
/* The articles of national laws that answer the question, best first.  `expired`: also those no
 * longer in force.  Outside any transaction.  ERR_BUSY: search is not available. */
MUST_USE enum err knowledge_articles(struct task *t, const char *data, struct str question,
                                     size_t most, bool expired, struct list *ret_hits);
/* Questions answered before that are like this one. */
MUST_USE enum err knowledge_answers(struct task *t, const char *data, struct str question,
                                    size_t most, struct list *ret_hits);
/* What the page /ask shows, as its JSON. */
MUST_USE enum err knowledge_answer_json(struct task *t, const char *data, struct str question,
                                        size_t most, struct buf *out);

/* --- Beside a form ---------------------------------------------------------------------------- */

struct knowledge_offer {
    struct str kind; /* article */
    struct str what; /* its id */
    bool taken;
};
/* Open orders within the actor's reach whose cause is in the text, more or less: ids (int64_t), the
 * nearest first.  Who looks at one must load it.  Outside any transaction.  ERR_BUSY: search is not
 * available. */
struct actor;
MUST_USE enum err knowledge_alike_orders(struct task *t, const struct actor *actor,
                                         const char *data, struct str text, size_t most,
                                         struct list *ret_ids);
/* Put on record what was offered to a person and taken or not: a list of struct knowledge_offer.
 * Outside any transaction. */
MUST_USE enum err knowledge_note_offers(struct task *t, int64_t staff, const struct list *offers);

#endif
