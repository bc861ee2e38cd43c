/*
 * interview.h - guided interviews: a few short questions per topic that end in articles, deadlines,
 * a matter and what to bring.
 *
 * An interview is a file, data/interviews/<code>.yaml; docs/triage.md is the manual of its grammar.
 * The engine keeps nothing: all answers given so far come in (hidden fields of a form, or the query
 * of an address), the next question or the outcome comes back.  It invents nothing: everything it
 * shows stands in the file, and a test looks up every article in the statutes.
 */
#ifndef KNOWLEDGE_INTERVIEW_H
#define KNOWLEDGE_INTERVIEW_H

#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"

struct interview;

struct interview_line { /* of the list of interviews */
    struct str code, title, intro;
    struct str topic; /* of the triage */
    struct str icon;  /* name of a picture, may be empty */
};
/* Those that the program brings along, in the order of their names: struct interview_line. */
MUST_USE enum err interview_list(struct task *t, struct list *ret_lines);
/* ERR_NOT_FOUND.  Shared, lives as long as the program. */
MUST_USE enum err interview_find(struct task *t, struct str code,
                                 const struct interview **ret_interview);
/* wages; empty when NULL. */
struct str interview_code(const struct interview *interview);
/* The one whose topic it is; NULL: none. */
MUST_USE enum err interview_of_topic(struct task *t, struct str topic,
                                     const struct interview **ret_interview);
/* From a file somebody wrote.  ERR_BAD_INPUT with faults (struct fault). */
MUST_USE enum err interview_read(struct task *t, struct str file, struct str text,
                                 const struct interview **ret_interview, struct list *ret_faults);

struct interview_choice {
    struct str value, title;
};
struct interview_answered { /* what was said so far */
    struct str name, question, value, answer;
};
struct interview_article {
    struct str law, article; /* 民法典, 第一百八十八条 */
};
/* 民法典 第一百八十八条、第一百九十五条；反家庭暴力法 第二十三条: what a `law:` names, as struct
 * interview_article; what is no article is left out. */
struct list interview_articles(struct task *t, struct str text);
struct interview_deadline {
    struct str text, law;
    int64_t months, days; /* 0: not to be reckoned from one day */
};

struct interview_step {
    struct str code, title;
    struct list answered; /* struct interview_answered, in order */
    int64_t number, most; /* this is question 2 of at most 6 */
    bool done;
    /* the next question, unless done */
    struct str name, question, hint;
    struct list choices; /* struct interview_choice */
    /* the outcome, when done */
    struct str query;      /* words for the search: 拖欠工资 劳动报酬 未签劳动合同 */
    struct list says;      /* struct str: plain sentences, each with its ground in `articles` */
    struct list articles;  /* struct interview_article, each once */
    struct list deadlines; /* struct interview_deadline */
    struct list matters;   /* struct str: codes, the likeliest first */
    struct list bring;     /* struct str */
    struct list calls;     /* struct str: 110, 12338; empty: nobody is in danger */
};
extern const struct shape interview_line_shape, interview_step_shape;

/* `answers`: an object of question names and values; NULL or what does not fit counts as not
 * answered yet, so a doctored address only asks again. */
void interview_step(struct task *t, const struct interview *interview, const struct json *answers,
                    struct interview_step *ret_step);

#endif
