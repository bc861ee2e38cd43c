/*
 * upkeep.h - answers of the house on their way to everybody: proposed by who gave them, cleared of
 * everything that says who somebody is, approved by the knowledge officer.  Inside the module only.
 */
#ifndef KNOWLEDGE_UPKEEP_H
#define KNOWLEDGE_UPKEEP_H

#include "core/form.h"
#include "http/http.h"
#include "modules/access/access.h"

struct proposal {
    int64_t id, order, staff, decided_staff, changed_at, proposed_at;
    struct str state; /* waiting, approved, returned, withdrawn */
    struct str question, answer, topic, laws, note;
    struct str proposed_by; /* post and unit, no name: it is shown to everybody */
    struct str decided_by;  /* name and post of who stands for it */
};

/* Inside store_read() or store_write().  ERR_NOT_FOUND. */
MUST_USE enum err proposal_get(struct task *t, int64_t id, struct proposal *ret_proposal);
/* At most `most` of a state, the newest first, with an id below `before`. */
MUST_USE enum err proposal_list(struct task *t, struct str state, int64_t before, int64_t most,
                                struct list *ret_proposals);
/* The same words, whoever wrote them. */
bool proposal_same(const struct proposal *a, const struct proposal *b);
/* Inside store_write(): a new id is given when p->id is 0. */
MUST_USE enum err proposal_put(struct task *t, struct proposal *p);

/* What in the texts says who somebody is, as errors at the fields `question`, `answer`, `topic`:
 * numbers of people and papers anywhere; names, numbers and addresses of the parties of `order` (0:
 * none is known).  Inside store_read() or store_write().  ERR_BAD_INPUT. */
MUST_USE enum err proposal_check_personal(struct task *t, const struct proposal *p);
/* What is written into a proposal: question, answer, topic, laws, note. */
struct ask;
#define PROPOSAL_ASKS                                                                              \
    {.name = "question", .title = "问题", .type = ASK_LONG, .required = true, .max = 300},         \
        {.name = "answer", .title = "答复", .type = ASK_LONG, .required = true, .max = 5000},      \
        {.name = "topic", .title = "主题", .type = ASK_TEXT, .max = 40},                           \
        {.name = "laws", .title = "引用法条", .type = ASK_TEXT, .max = 300},                       \
    {                                                                                              \
        .name = "note", .title = "说明", .type = ASK_LONG, .max = 500                              \
    }
void proposal_take(struct proposal *p, const struct json *input);

extern const struct shape propose_shape, proposals_shape, proposal_shape;
extern const struct form propose_form, proposals_form, proposal_form;
handler_fn propose_get, propose_post, proposals_get, proposal_page_get, proposal_post;

/* 劳动法 第五十条 -> the article's id, by what the house has.  ERR_BAD_INPUT at `expected`.  Inside
 * store_read() or store_write(). */
MUST_USE enum err kept_resolve(struct task *t, struct str typed, struct str *ret_id);

extern const struct shape words_shape;
extern const struct form words_form, kept_form;
handler_fn words_get, words_post, kept_post;

#endif
