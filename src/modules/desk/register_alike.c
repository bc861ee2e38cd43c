/* Beside the form: open orders about the same thing, so that what belongs together is joined. */
#include "core/text.h"
#include "modules/desk/register.h"
#include "modules/knowledge/knowledge.h"
#include "modules/orders/orders.h"
#include "modules/setup.h"

enum { SAID_LEAST = 4, ALIKE_MOST = 4, SIMILAR_MOST = 8 };

struct alike {
    const struct actor *actor;
    struct register_page *page;
    struct list ids, rows; /* int64_t; struct register_similar */
};

static bool is_known(const struct alike *a, int64_t id)
{
    LIST_EACH (struct register_similar, row, a->page->similar) {
        if (row->id == id)
            return true;
    }
    return false;
}

static enum err add_row(struct task *t, struct alike *a, int64_t id)
{
    const struct procedure *procedure;
    struct order order;
    enum err e = order_load(t, a->actor, id, &order);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (e || !str_is(order.status, "open"))
        return e;
    e = order_procedure(t, &order, &procedure);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, order.step);
    *(struct register_similar *)list_add(t, &a->rows, sizeof(struct register_similar)) =
        (struct register_similar){
            .id = order.id,
            .number = order.no,
            .who = order.party_masked,
            .matter = procedure->title,
            .cause = order.subject,
            .step = step ? step->title : S(""),
            .why = S("事由相近"),
        };
    return OK;
}

static enum err read_rows(struct task *t, void *arg)
{
    struct alike *a = arg;
    enum err e = OK;

    a->rows = (struct list){0};
    LIST_EACH (int64_t, id, a->ids) {
        if (!e && !is_known(a, *id))
            e = add_row(t, a, *id);
    }
    return e;
}

enum err register_alike(struct task *t, const struct request *request, const struct json *input,
                        struct register_page *page)
{
    const struct setup *setup = request->setup;
    struct str subject = json_get_str(input, "subject"), content = json_get_str(input, "content");
    struct str said = str_format(t, "%.*s\n%.*s", STR_ARG(subject), STR_ARG(content));
    struct alike a = {.actor = request->actor, .page = page};

    if (utf8_length(str_trim(said)) < SAID_LEAST)
        return OK;
    enum err e = knowledge_alike_orders(t, request->actor, setup->data, said, ALIKE_MOST, &a.ids);
    /* Without the search the form is as good as before. */
    if (e == ERR_BUSY || e == ERR_CONFLICT) {
        task_clear_error(t);
        return OK;
    }
    if (!e)
        e = store_read(t, read_rows, &a);
    if (e)
        return e;
    LIST_EACH (struct register_similar, row, a.rows) {
        if (page->similar.count < SIMILAR_MOST)
            *(struct register_similar *)list_add(t, &page->similar, sizeof *row) = *row;
    }
    page->has_similar = page->similar.count > 0;
    if (page->has_similar)
        page->similar_text = str_format(t, tr(t, "%zu 件"), page->similar.count);
    return OK;
}
