/* One line over all orders of a chain that are the citizen's own (W5), newest first. */
#include "track_private.h"

#include <stdlib.h>

#include "modules/access/staff.h"
#include "core/text.h"
#include "modules/notices/notices.h"

static const struct field entry_fields[] = {
    FIELD(struct track_entry, what, F_STR, "什么事"),
    FIELD(struct track_entry, when, F_STR, "什么时候"),
    FIELD(struct track_entry, detail, F_STR, "哪里、谁"),
    FIELD(struct track_entry, link, F_STR, NULL),
    FIELD(struct track_entry, href, F_STR, NULL),
    FIELD(struct track_entry, current, F_BOOL, "现在"),
    {0},
};
const struct shape track_entry_shape = {"TrackEntry", sizeof(struct track_entry), entry_fields};

static const struct paper_view *paper_of(const struct list *papers, int64_t seq)
{
    LIST_EACH (const struct paper_view, paper, *papers)
        if (paper->seq == seq)
            return paper;
    return NULL;
}

/* Whose words: of the order itself, or of another of its chain (`of` says which). */
struct telling {
    const struct order *order;
    const struct list *events;
    struct str of;
    bool began_here; /* the other one was opened by an act that stands in the line already */
};

static enum err add_events(struct task *t, const struct telling *telling, struct list *timeline)
{
    bool own = !telling->of.len;
    struct list papers = {0};
    enum err e = own ? papers_of_order(t, telling->order->id, &papers) : OK;

    if (e)
        return e;
    LIST_EACH (const struct event_view, event, *telling->events) {
        if (!event->citizen.len || event->internal ||
            (telling->began_here && str_is(event->action, "register")))
            continue;
        struct track_entry *entry = list_add(t, timeline, sizeof *entry);
        const struct paper_view *paper = paper_of(&papers, event->seq);

        entry->at = event->occurred_at;
        entry->when = portal_moment(t, event->occurred_at);
        entry->what = own ? event->citizen
                          : str_format(t, tr(t, "%.*s：%.*s"), STR_ARG(tr_str(t, telling->of)),
                                       STR_ARG(tr_str(t, event->citizen)));
        if (!own)
            entry->detail = event->unit;
        if (paper) {
            entry->link = str_format(t, tr(t, "看%.*s"), STR_ARG(tr_str(t, paper->title)));
            entry->href = str_format(t, "/track/paper/%lld", (long long)paper->id);
        }
    }
    return OK;
}

static enum err same_person(struct task *t, const struct order *other, int64_t party,
                            bool *ret_same)
{
    struct list parties;
    enum err e = order_parties(t, other, 100, &parties);

    if (e)
        return e;
    *ret_same = false;
    LIST_EACH (const struct party_view, one, parties)
        if (one->party == party)
            *ret_same = true;
    return OK;
}

/* Orders of the chain, but only those in which the same person takes part. */
static enum err add_chain(struct task *t, const struct tracked *tracked, struct list *timeline)
{
    struct list links, parties;
    int64_t party = 0;
    /* Which of them are the citizen's own is asked of each below. */
    struct actor system = system_actor;
    int64_t hidden;

    system.tenant = t->tenant;
    enum err e = order_links(t, &system, &tracked->order, &links, &hidden);

    if (e || !links.count)
        return e;
    if ((e = order_parties(t, &tracked->order, 100, &parties)))
        return e;
    LIST_EACH (const struct party_view, one, parties)
        if (one->n == tracked->actor->order_party)
            party = one->party;
    if (!party)
        return OK;
    LIST_EACH (const struct link_view, link, links) {
        struct actor reader = *tracked->actor;
        bool rating = str_is(link->kind, "rating"), same;
        struct list events;
        struct order other;

        reader.order = link->id;
        if ((e = order_load(t, &reader, link->id, &other)) ||
            (e = same_person(t, &other, party, &same)))
            return e;
        if (!same)
            continue;
        struct telling telling = {&other, &events,
                                  rating ? S("您不满意的地方") : link->matter_title,
                                  rating || str_is(link->kind, "complaint")};
        if ((e = order_events(t, &other, &events)) || (e = add_events(t, &telling, timeline)))
            return e;
    }
    return OK;
}

/* Of what happened at one moment, the later event stands above. */
static int newest_first(const void *a, const void *b)
{
    const struct track_entry *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? 1 : -1;
    return x->place < y->place ? 1 : x->place > y->place ? -1 : 0;
}

static enum err add_current(struct task *t, const struct tracked *tracked, struct str state,
                            struct list *timeline)
{
    struct track_entry *entry = list_add(t, timeline, sizeof *entry);
    struct str name = {0};
    enum err e = staff_name(t, tracked->order.owner, &name);

    entry->current = true;
    entry->at = INT64_MAX;
    entry->what = state;
    if (e)
        return e;
    entry->detail =
        name.len ? str_format(t, tr(t, "承办人 %.*s"), STR_ARG(name)) : tracked->unit.name;
    return OK;
}

enum err track_timeline(struct task *t, const struct tracked *tracked, struct str state,
                        struct list *ret_timeline)
{
    enum err e = OK;

    if (!tracked->step->end)
        e = add_current(t, tracked, state, ret_timeline);
    struct telling own = {.order = &tracked->order, .events = &tracked->events};
    if (e || (e = add_events(t, &own, ret_timeline)) || (e = add_chain(t, tracked, ret_timeline)))
        return e;
    struct track_entry *entries = ret_timeline->at;
    for (size_t i = 0; i < ret_timeline->count; i++)
        entries[i].place = (int64_t)i;
    qsort(entries, ret_timeline->count, sizeof *entries, newest_first);
    return OK;
}
