/*
 * What was offered beside a form, and whether it was taken: material for learning what helps. Codes
 * and ids only; nothing of what was said.
 */
#include "knowledge_private.h"

#include "knowledge_sql.h"
#include "store/store.h"

struct noting {
    int64_t staff;
    const struct list *offers;
};

static enum err write_offers(struct task *t, void *arg)
{
    const struct noting *noting = arg;
    enum err e = OK;

    LIST_EACH (const struct knowledge_offer, offer, *noting->offers)
        if (!e)
            e = store_run(t, &q_knowledge_offer_add,
                          ARGS(INT("tenant", t->tenant), INT("id", store_new_id(t)),
                               INT("now", t->now), INT("staff", noting->staff),
                               TEXT("kind", offer->kind), TEXT("offered", offer->what),
                               INT("taken", offer->taken)),
                          NULL);
    return e;
}

enum err knowledge_note_offers(struct task *t, int64_t staff, const struct list *offers)
{
    return offers->count ? store_write(t, write_offers, &(struct noting){staff, offers}) : OK;
}
