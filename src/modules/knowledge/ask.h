/*
 * ask.h - one question and everything that answers it.  Inside the module only.
 */
#ifndef KNOWLEDGE_ASK_H
#define KNOWLEDGE_ASK_H

#include "knowledge_index.h"
#include "http/http.h"

enum { QUESTION_MOST = 500 }; /* characters */

struct ask_piece { /* of a quotation: marked where it matched */
    struct str text;
    bool mark;
};
struct ask_article {
    struct str id, href, law, short_law, article, chapter, kind, version, state;
    struct str text; /* whole, for programs */
    bool in_force, cut;
    bool usual; /* of the topic (topics.yaml) or of an alarm; the ranking had not found it */
    double score;
    struct list pieces; /* struct ask_piece */
};
struct ask_ground { /* an article of the topic or of an alarm */
    int64_t tenant;
    struct str id;
    double weight; /* beside the chance of a hit, 0 to 1 */
    bool usual;    /* the ranking had not found it */
};
struct ask_answered {
    struct str id, href, question, answer, excerpt, by, on, source, approved;
    bool machine, cut;
    double score;
};
struct ask_case {
    struct str id, href, title, court, number, date, cause, outcome, source;
    double score;
    struct list pieces;
};
struct ask_place {
    struct str name, address, hours, phone, dial, map;
};
struct ask_here { /* what to do in this city */
    struct str code, title, why, summary, limit, fee, materials, body, body_law, remedies,
        apply_word;
    bool can_apply, guided, consult;
};
struct ask_call {
    struct str number, title;
};
struct ask_urgent {
    struct str title, say, law;
    bool now;            /* life or body */
    struct list calls;   /* struct ask_call */
    struct list matters; /* struct ask_option */
};
struct ask_option {
    struct str title, href;
    bool chosen;
};
struct ask_line {
    struct str text, law;
};
struct ask_phrased { /* a sentence of a language model that its article carries */
    struct str text, source, href;
};
struct ask_turn { /* of the follow-up: a question put back, and what was chosen */
    struct str question, answer;
};

/* What is shown, and given as JSON. */
struct ask_view {
    struct str question;
    struct str verdict; /* "found", "none", "unavailable", "" without a question */
    bool asked, found, none, unavailable;
    struct str note; /* why search is not available */
    struct str short_title, short_text, short_by, short_href;
    struct list phrased; /* struct ask_phrased; ask_phrase.h */
    bool has_phrased, has_model;
    struct list urgent;        /* struct ask_urgent */
    struct list grounds;       /* struct ask_ground: to be merged, not shown as they are */
    struct list articles;      /* struct ask_article */
    struct list more_articles; /* further grounds of an outcome */
    struct list answers;       /* struct ask_answered */
    struct list cases;         /* struct ask_case */
    bool has_articles, has_more_articles, has_here, has_answers, has_cases, has_place, has_short,
        has_more_matters;
    struct ask_here here;
    struct list more_matters; /* struct ask_option */
    struct ask_place place;
    double topic_confidence;
    bool topic_sure, alarmed;      /* a sure topic, an alarm with articles of its own: a basis */
    struct str topic, topic_title; /* what the question is about; empty: not sure */
    struct str follow_title, follow_question, follow_hint; /* asked back to narrow it down */
    int64_t follow_number, follow_most;
    struct list follow;    /* struct ask_option */
    struct list turns;     /* struct ask_turn */
    struct list says;      /* struct ask_line: what the answers so far come to */
    struct list deadlines; /* struct ask_line */
    struct list bring;     /* struct ask_line */
    bool has_follow, has_turns, has_says, has_deadlines, has_bring, has_urgent;
    struct str told;         /* what the asker said, for an application */
    struct str talk;         /* the whole conversation, for a person */
    struct str consult_code; /* the matter of a consultation */
    struct list examples;    /* struct ask_option */
    int64_t near;            /* how near the best article is to the question, 0 ... 100 */
    int64_t id;              /* of this question in the log, to say whether it helped */
};
extern const struct shape ask_view_shape, ask_article_shape, ask_answered_shape, ask_case_shape,
    ask_option_shape;

struct asking {
    struct str question; /* as typed, trimmed */
    struct str full;     /* with what follow-up questions added */
    struct str said;     /* answers to them, as the address has them: code!name=value!... */
    const char *data;
    size_t articles, answers, cases; /* at most; 0: not asked for */
    bool expired;                    /* laws no longer in force, too */
    bool local;                      /* local rules, too */
};

/* Searches; fills articles, answers, cases, verdict, short answer of the view.  Outside any
 * transaction.  Search that is broken is no error: the verdict says it. */
MUST_USE enum err ask_find(struct task *t, const struct asking *asking, struct ask_view *view);
/* What it is about and what is urgent; the follow-up; the matter, the place, the consultation. Adds
 * what was answered to asking->full.  Inside store_read(). */
MUST_USE enum err ask_here(struct task *t, struct asking *asking, struct ask_view *view);
/* The short answer and the conversation for a person, when all else is there. */
void ask_finish(struct task *t, struct ask_view *view);
/* The interview of the topic, with what was said so far (ask_follow.c). */
struct interview_step;
MUST_USE enum err ask_follow(struct task *t, struct asking *asking, struct ask_view *view,
                             struct interview_step *ret_step, bool *ret_any);
/* The articles that an outcome stands on, before those that search finds.  Inside store_read(). */
MUST_USE enum err ask_grounds(struct task *t, const struct interview_step *step,
                              struct ask_view *view);

/* --- What is usual for the topic (ask_topic.c) ----------------------------------------------- */

struct triage;
/* view->grounds: the articles of what the question may be about, weighed by how sure that is, and
 * of alarms; none of a topic for a question that names an article.  Inside store_read(). */
MUST_USE enum err ask_topic_grounds(struct task *t, const struct asking *asking,
                                    const struct triage *triage, struct ask_view *view);
/* How many hits the merging wants to see. */
enum { ASK_TOPIC_DEPTH = 30 };
/* Put the grounds among `hits`, what is to be shown: the first three places are shared.  `deep`:
 * the first ASK_TOPIC_DEPTH of the ranking. */
MUST_USE enum err ask_topic_merge(struct task *t, struct index_view *laws,
                                  const struct index_hits *deep, size_t most, struct ask_view *view,
                                  struct index_hits *hits);
/* The id of an article in force by the short title of its law and its number, 第七条; empty: the
 * house does not have it.  Inside store_read(). */
MUST_USE enum err ask_article_named(struct task *t, struct str law, struct str article,
                                    int64_t *ret_tenant, struct str *ret_id);

/* The terms of a question that are worth marking. */
struct ask_terms {
    uint64_t *at;
    size_t n;
};
/* `text` cut into pieces, matched words marked; when it is longer than `most` characters, around
 * what matched, with …… for what is left out (*ret_cut). */
struct list ask_pieces(struct task *t, struct str text, const struct ask_terms *terms, size_t most,
                       bool *ret_cut);
/* The best articles of a question, as hits of a view over SET_LAW: the ranking. */
MUST_USE enum err ask_rank(struct task *t, const char *data, struct index_view *view,
                           struct str question, size_t most, bool expired,
                           struct index_hits *ret_hits);
/* From the parts of an index's payload. */
void ask_article_of_parts(struct task *t, const struct str parts[LAW_PARTS],
                          const struct ask_terms *terms, struct ask_article *ret_article);

/* --- The log of questions (asked.c) ---------------------------------------------------------- */

/* Digits of seven and more in a row, also with blanks and dashes between, become *. */
struct str asked_masked(struct task *t, struct str question);
/* Remember it until the job writes it; *ret_id names it. */
void asked_note(struct task *t, const struct ask_view *view, const char *channel, int64_t *ret_id);
/* Write what is remembered for t->tenant. */
MUST_USE enum err asked_flush(struct task *t);
/* Whether it helped.  ERR_NOT_FOUND. */
MUST_USE enum err asked_useful(struct task *t, int64_t id, bool useful);

#endif
