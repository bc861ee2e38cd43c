/*
 * demo_show.c - the orders of the example city that a citizen's page is shown with: one of each
 * kind.
 */
#include "demo_private.h"
#include "store/store.h"

struct picking {
    struct demo *d;
    int kind;
};

static bool has_effect(const struct action_rule *rule, enum effect effect)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == effect)
            return true;
    return false;
}

/* The step waits until somebody hands something in; or it can be rated. */
static bool offers(const struct step_rule *step, enum effect effect)
{
    for (size_t i = 0; i < step->action_count; i++) {
        const struct action_rule *rule = &step->actions[i];

        if (has_effect(rule, effect) && (effect != EFFECT_ATTACH || rule->close_count))
            return true;
    }
    return false;
}

static bool picks(const struct demo *d, int kind, const struct order *order)
{
    const struct procedure *procedure = demo_procedure(d, order->procedure_code);
    const struct step_rule *step = procedure ? procedure_step(procedure, order->step) : NULL;
    bool open = str_is(order->status, "open");

    if (!step || str_is(order->nature, "consultation") || order->party_count > 1)
        return false;
    return kind == 0   ? open && order->due_flags & DUE_OF_PARTY && offers(step, EFFECT_ATTACH)
           : kind == 1 ? open && !step->citizen_must.len && order->version >= 5
                       : str_is(order->outcome, "resolved") && offers(step, EFFECT_RATE);
}

/* One matter, one rating: what is shown must still be open to one. */
static enum err is_rated(struct task *t, const struct order *order, bool *ret_rated)
{
    struct list events;
    enum err e = order_events(t, order, &events);

    if (e)
        return e;
    LIST_EACH (const struct event_view, event, events) {
        *ret_rated = *ret_rated || str_is(event->action, "rate") ||
                     str_is(event->action, "rate-later") || str_is(event->action, "call-back");
    }
    return OK;
}

static bool is_made_here(const struct matter *matter, struct str code)
{
    LIST_EACH (const struct material, material, matter->materials) {
        if (str_eq(material->code, code))
            return material->here;
    }
    return false;
}

/* Something is still to be handed in: it may have come meanwhile. */
static enum err lacks_material(struct task *t, const struct order *order, bool *ret_lacks)
{
    struct list materials;
    struct matter matter;
    enum err e = order_materials(t, order, &materials);

    if (!e)
        e = catalog_matter(t, order->matter, &matter);
    if (e)
        return e;
    LIST_EACH (const struct material_view, material, materials)
        *ret_lacks = *ret_lacks || (material->required && str_is(material->state, "missing") &&
                                    !is_made_here(&matter, material->code));
    return OK;
}

/* What is shown under these words must be so. */
static enum err is_as_said(struct task *t, int kind, const struct order *order, bool *ret_is)
{
    bool rated = false, lacks = kind != 0;
    enum err e = kind == 2 ? is_rated(t, order, &rated) : OK;

    if (!e && kind == 0)
        e = lacks_material(t, order, &lacks);
    *ret_is = !rated && lacks;
    return e;
}

static enum err pick_one(struct task *t, void *arg)
{
    static const char *const words[] = {"等您补材料", "正在办理", "已经办结，可以评价、投诉"};
    struct picking *p = arg;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    for (size_t i = p->d->walker_count; i-- > 0;) {
        const struct walker *w = &p->d->walkers[i];
        struct order order;

        if (!w->order || !w->code.len)
            continue;
        enum err e = order_load(t, &system, w->order, &order);
        if (e)
            return e;
        bool is = false;
        if (!picks(p->d, p->kind, &order))
            continue;
        e = is_as_said(t, p->kind, &order, &is);
        if (e)
            return e;
        if (!is)
            continue;
        *(struct demo_pick *)list_add(p->d->t, &p->d->report.picks, sizeof(struct demo_pick)) =
            (struct demo_pick){w->no, w->code, str_of(words[p->kind])};
        return OK;
    }
    return OK;
}

enum err demo_show(struct demo *d)
{
    enum err e = OK;

    for (int kind = 0; !e && kind < 3; kind++) {
        struct picking p = {d, kind};

        e = store_read(d->t, pick_one, &p);
    }
    return e;
}
