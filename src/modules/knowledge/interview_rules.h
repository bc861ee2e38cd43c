/* interview_rules.h - an interview as read; for the reader, the engine and their tests. */
#ifndef KNOWLEDGE_INTERVIEW_RULES_H
#define KNOWLEDGE_INTERVIEW_RULES_H

#include "modules/knowledge/interview.h"
#include "modules/knowledge/triage_rules.h"

enum { INTERVIEW_QUESTIONS = 7, INTERVIEW_CHOICES = 8, INTERVIEW_RESULTS = 40 };

struct interview_test { /* this question was answered with one of these */
    int question;       /* index */
    struct list values; /* struct str */
};
struct interview_question {
    struct str name, title, hint;
    struct interview_choice choices[INTERVIEW_CHOICES];
    size_t choice_count;
    struct list when; /* struct interview_test, all of them; empty: always */
};
struct interview_result { /* a piece of the outcome; every piece that fits is given */
    struct list when;
    struct list words, matters, bring, calls; /* struct str */
    struct str say;
    struct list articles; /* struct interview_article */
    struct interview_deadline deadline;
};
struct interview {
    struct str code, title, intro, topic, icon;
    struct interview_question questions[INTERVIEW_QUESTIONS];
    size_t question_count;
    struct interview_result *results;
    size_t result_count;
};

#endif
