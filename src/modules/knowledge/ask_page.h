/* ask_page.h - the pages and addresses of the module.  Inside the module only. */
#ifndef KNOWLEDGE_ASK_PAGE_H
#define KNOWLEDGE_ASK_PAGE_H

#include "ask.h"
#include "core/form.h"

/* Everything that answers a question.  Outside any transaction. */
MUST_USE enum err ask_answer(struct task *t, struct asking *asking, struct ask_view *view);

struct linked_piece {
    struct str text, href;
};
/* Of a text: struct linked_piece of linked_shape; what names an article that the house has links to
 * it.  `own`: short title of the law that the text stands in.  Inside store_read(). */
MUST_USE enum err link_text(struct task *t, struct str text, struct str own,
                            struct list *ret_pieces);
extern const struct shape linked_shape;
struct str url_escape(struct task *t, struct str text);

handler_fn ask_get, ask_useful_post, ask_thanks;
handler_fn laws_get, law_page_get, article_page_get, answered_page_get, case_page_get;
extern const struct form ask_form, ask_useful_form, laws_form;
extern const struct shape laws_view_shape, law_view_shape, article_view_shape, answered_view_shape,
    case_view_shape;

#endif
