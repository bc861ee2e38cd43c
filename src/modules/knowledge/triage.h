/*
 * triage.h - what a question in everyday words is about: topic, matters, how sure, what is urgent.
 *
 * Rules and model are data that the program brings along: data/triage/topics.yaml (topics and the
 * matters that may help), data/triage/topics.model (made by tools/train-triage), data/urgent.yaml
 * (words that bring a hotline to the top).  Nothing is decided here: a person confirms.
 */
#ifndef KNOWLEDGE_TRIAGE_H
#define KNOWLEDGE_TRIAGE_H

#include "core/shape.h"
#include "core/task.h"

enum { TRIAGE_MATTERS = 5, TRIAGE_TEXT_MAX = 16 * 1024 };

struct triage_matter {
    struct str code, title;
    struct str summary;                    /* one sentence for the citizen */
    struct str treatment, treatment_title; /* handle 办理, receive 收件, guide 指引 */
    double confidence; /* that this matter is among those that fit: 0.8 is right in 8 of 10 */
    bool sure;         /* from the `sure` of topics.yaml on */
    struct str why;    /* 提到“工资”“拖欠” */
};

struct triage_call {
    struct str number, title; /* 110, 报警 */
};
struct triage_urgent {
    struct str code, title; /* violence, 正在受到暴力或者威胁 */
    bool now;               /* life or body: above everything, in red */
    struct str say;         /* what to do first */
    struct str law;         /* articles, may be empty */
    struct str words;       /* the piece of the text that it was seen in */
    struct list calls;      /* struct triage_call */
    struct list matters;    /* struct str: the emergency path, codes */
};

struct triage {
    struct str topic, topic_title; /* empty: not sure enough to say anything */
    double confidence;             /* of the topic */
    struct str kind;               /* kind of dispute as people's mediation counts: 劳动争议 */
    struct str difficulty;         /* simple, ordinary, complex */
    struct list risks;             /* struct tag of the first matter */
    struct list matters;           /* struct triage_matter, at most TRIAGE_MATTERS, best first */
    struct list urgent;            /* struct triage_urgent, `now` first; also when nothing else */
};

/*
 * Inside store_read() or store_write(): which matters there are is the tenant's.  `tier` limits
 * them to what is offered there (city, town, village, park; empty: any).  A text that says nothing
 * gives no topic and no matters, which is no error.
 */
MUST_USE enum err triage_question(struct task *t, struct str tier, struct str text,
                                  struct triage *ret_triage);

/* Only what is urgent; needs no store.  Empty list: nothing. */
MUST_USE enum err triage_urgent_of(struct task *t, struct str text, struct list *ret_urgent);

/* Count which of the suggestions for `text` a clerk took (code of the registered matter), for
 * whoever corrects the topics; neither text nor person is kept.  Outside any transaction, after the
 * registration: that it could not be counted is nobody's error. */
void triage_note_taken(struct task *t, struct str text, struct str taken);

/* The page of the robot with the same words: /ask?q=... */
struct str triage_ask_address(struct task *t, struct str text);

extern const struct shape triage_call_shape, triage_urgent_shape;

#endif
