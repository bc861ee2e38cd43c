/* The same answers for commands and for other modules: no page, no log. */
#include "ask_page.h"

enum { ANSWERS = 3, CASES = 2 };

enum err knowledge_articles(struct task *t, const char *data, struct str question, size_t most,
                            bool expired, struct list *ret_hits)
{
    struct index_hits hits;
    struct index_view *view;
    struct list list = {0};
    enum err e = knowledge_look(t, data, SET_LAW, &view);

    if (!e)
        e = ask_rank(t, data, view, question, most, expired, &hits);
    for (size_t i = 0; !e && i < hits.n; i++) {
        struct str p[LAW_PARTS];
        struct index_stored stored;

        e = index_stored(t, view, hits.at[i], &stored);
        if (!e && !payload_unpack(stored.payload, p, LAW_PARTS))
            e = task_fail(t, ERR_CONFLICT, "索引里的法条读不出来");
        if (e)
            break;
        *(struct knowledge_hit *)list_add(t, &list, sizeof(struct knowledge_hit)) =
            (struct knowledge_hit){
                .id = p[LP_ID],
                .title = str_format(t, "%.*s %.*s", STR_ARG(law_short(p[LP_TITLE])),
                                    STR_ARG(p[LP_ARTICLE])),
                .text = p[LP_TEXT],
                .href = str_format(t, "/laws/article/%.*s", STR_ARG(p[LP_ID])),
                .version = p[LP_VERSION],
                .in_force = !p[LP_EXPIRED].len,
            };
    }
    if (!e)
        *ret_hits = list;
    return e;
}

enum err knowledge_answers(struct task *t, const char *data, struct str question, size_t most,
                           struct list *ret_hits)
{
    struct asking asking = {.question = question, .full = question, .data = data, .answers = most};
    struct ask_view *view = NEW(t, struct ask_view, 1);
    struct list list = {0};
    enum err e = ask_find(t, &asking, view);

    if (e)
        return e;
    LIST_EACH (const struct ask_answered, a, view->answers)
        *(struct knowledge_hit *)list_add(t, &list, sizeof(struct knowledge_hit)) =
            (struct knowledge_hit){.id = a->id,
                                   .title = a->question,
                                   .text = a->excerpt,
                                   .href = a->href,
                                   .version = a->by,
                                   .in_force = !a->machine};
    *ret_hits = list;
    return OK;
}

enum err knowledge_answer_json(struct task *t, const char *data, struct str question, size_t most,
                               struct buf *out)
{
    struct asking asking = {.question = question,
                            .full = question,
                            .data = data,
                            .articles = most,
                            .answers = ANSWERS,
                            .cases = CASES};
    struct ask_view *view = NEW(t, struct ask_view, 1);
    enum err e = ask_answer(t, &asking, view);

    if (!e)
        shape_write_json(out, &ask_view_shape, view);
    return e;
}
