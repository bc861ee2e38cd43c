/*
 * ask_phrase.h - a language model phrases the answer, when the installation has set one up
 * (model_url); off by default.  Inside the module only.
 *
 * The model sees the question with its numbers masked and the articles that stand on the page,
 * nothing else.  What it says is a proposal: each sentence names one of those articles, and a judge
 * that knows only the sentences and the articles (ask_checked.c) drops every sentence that its
 * article does not carry.  Slow, broken, busy, or nothing left: the page is what it is without.
 */
#ifndef KNOWLEDGE_ASK_PHRASE_H
#define KNOWLEDGE_ASK_PHRASE_H

#include "ask.h"
#include "core/conf.h"

enum {
    PHRASE_PASSAGES = 6,             /* articles given at most */
    PHRASE_PASSAGE_MOST = 1200,      /* characters of one */
    PHRASE_SENTENCES_MOST = 6,       /* sentences kept */
    PHRASE_SENTENCES_READ = 20,      /* sentences looked at */
    PHRASE_ANSWER_BYTES = 64 * 1024, /* of the model's answer; a longer one is a failure */
};

struct phrase_passage {
    struct str id;             /* "1", "2", ...: made here, so nobody outside can name another */
    struct str law, short_law; /* 中华人民共和国民法典, 民法典 */
    struct str article;        /* 第七条 */
    struct str text, href;
};
struct phrase_sentence { /* as the model gave it */
    struct str text, source;
};

/* --- What is asked and what comes back (ask_phrase.c) ---------------------------------------- */

/* struct phrase_passage: the articles in force that the view shows. */
struct list phrase_passages(struct task *t, const struct ask_view *view);
/* The body of the request: question and passages as JSON inside the user's message. */
struct str phrase_request(struct task *t, struct str model, struct str masked_question,
                          struct list passages);
/* The sentences in the answer of the endpoint, struct phrase_sentence.  ERR_BAD_INPUT: it is not an
 * answer, or holds no list of sentences. */
MUST_USE enum err phrase_read(struct task *t, struct str body, struct list *ret_sentences);
/* Fills view->phrased, or leaves the view as it is.  Waits for the model at most
 * conf->model_timeout: outside any transaction. */
void ask_phrase(struct task *t, const struct conf *conf, struct ask_view *view);

/* --- The judge (ask_checked.c) --------------------------------------------------------------- */

/*
 * The sentences that their passages carry, as struct ask_phrased, in order.  A sentence is dropped
 * - without a passage of that id, when it is two sentences, too short, too long, or holds markup;
 * - when it names an article or a law that is not the passage's (a law may be named in its text);
 * - when an amount in it (number and unit, Chinese or Arabic numerals) is not in the passage;
 * - when it says 应当, 可以, 不得 and the like, or negates, where the passage does not;
 * - when less than three quarters of its letters stand, in pairs, in the passage, or more than four
 *   in a row do not.
 */
struct list phrase_checked(struct task *t, struct list passages, struct list sentences);

/* --- The endpoint (ask_model.c) -------------------------------------------------------------- */

/* Who may ask the model now: a few at once, so many in a minute, nobody for a minute after three
 * failures in a row. */
struct model_gate {
    int running, failures;
    int64_t closed_until;      /* ms */
    int64_t minute, in_minute; /* ms when it began; requests since */
};
enum { MODEL_AT_ONCE = 4, MODEL_FAILURES = 3, MODEL_CLOSED_MS = 60 * 1000 };
/* Any thread.  After true, model_leave(). */
bool model_enter(struct model_gate *gate, int64_t now, int64_t per_minute);
void model_leave(struct model_gate *gate, int64_t now, bool answered);
/* POST `body` to model_url/chat/completions.  False: no answer in time, not 2xx, too long. */
bool model_post(struct task *t, const struct conf *conf, struct str body, struct str *ret_answer);

#endif
