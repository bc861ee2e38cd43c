/*
 * The page of one order: where it stands, until when it is told, what the citizen must do, one
 * timeline over all orders of the chain that are the citizen's own, and what comes next.
 */
#include "track_private.h"

#include <stdlib.h>

#include "modules/access/staff.h"
#include "modules/notices/notices.h"

struct track_entry {
    struct str what, when, detail, link, href;
    bool current;
    int64_t at; /* sorts */
};
struct track_line {
    struct str title, href;
    int64_t place;
};
struct track_view {
    struct str number, title, applicants, state;
    struct str told_day, told_word, closed_word, late_word;
    struct str must, must_until, must_word, must_href, calm, done, result;
    bool has_missing, has_coming;
    struct list missing, timeline, coming, acts;
    struct str handler_phone, handler_dial, handler_call, handler_hours;
    int64_t version;
};

static const struct field entry_fields[] = {
    FIELD(struct track_entry, what, F_STR, "什么事"),
    FIELD(struct track_entry, when, F_STR, "什么时候"),
    FIELD(struct track_entry, detail, F_STR, "哪里、谁"),
    FIELD(struct track_entry, link, F_STR, NULL),
    FIELD(struct track_entry, href, F_STR, NULL),
    FIELD(struct track_entry, current, F_BOOL, "现在"),
    {0},
};
static const struct shape entry_shape = {"TrackEntry", sizeof(struct track_entry), entry_fields};

static const struct field line_fields[] = {
    FIELD(struct track_line, title, F_STR, NULL),
    FIELD(struct track_line, href, F_STR, NULL),
    {0},
};
static const struct shape line_shape = {"TrackLine", sizeof(struct track_line), line_fields};

static const struct field track_fields[] = {
    FIELD(struct track_view, number, F_STR, "工单号"),
    FIELD(struct track_view, title, F_STR, "什么事"),
    FIELD(struct track_view, applicants, F_STR, "申请人"),
    FIELD(struct track_view, state, F_STR, "现在"),
    FIELD(struct track_view, told_day, F_STR, "最晚哪一天"),
    FIELD(struct track_view, told_word, F_STR, "那一天做什么"),
    FIELD(struct track_view, closed_word, F_STR, NULL),
    FIELD(struct track_view, late_word, F_STR, NULL),
    FIELD(struct track_view, must, F_STR, "要您做什么"),
    FIELD(struct track_view, must_until, F_STR, "最晚"),
    FIELD(struct track_view, must_word, F_STR, NULL),
    FIELD(struct track_view, must_href, F_STR, NULL),
    FIELD(struct track_view, calm, F_STR, NULL),
    FIELD(struct track_view, done, F_STR, "刚才做的"),
    FIELD(struct track_view, result, F_STR, "结果"),
    FIELD(struct track_view, has_missing, F_BOOL, NULL),
    FIELD(struct track_view, has_coming, F_BOOL, NULL),
    FIELD_OF(struct track_view, missing, F_LIST, &line_shape, "还缺的材料"),
    FIELD_OF(struct track_view, timeline, F_LIST, &entry_shape, "经过"),
    FIELD_OF(struct track_view, coming, F_LIST, &line_shape, "接下来"),
    FIELD_OF(struct track_view, acts, F_LIST, &line_shape, "您可以"),
    FIELD(struct track_view, handler_phone, F_STR, "承办电话"),
    FIELD(struct track_view, handler_dial, F_STR, NULL),
    FIELD(struct track_view, handler_call, F_STR, NULL),
    FIELD(struct track_view, handler_hours, F_STR, "服务时间"),
    FIELD(struct track_view, version, F_INT, "版本"),
    {0},
};
const struct shape track_shape = {"Track", sizeof(struct track_view), track_fields};

struct tracking { /* arg of the reading function */
    struct tracked tracked;
    struct track_view *view;
};

/* --- Timeline
 * -------------------------------------------------------------------------------------- */

static const struct paper_view *paper_of(const struct list *papers, int64_t seq)
{
    LIST_EACH (const struct paper_view, paper, *papers)
        if (paper->seq == seq)
            return paper;
    return NULL;
}

/* The citizen's words of each event.  `of` is empty for the order itself. */
static enum err add_events(struct task *t, const struct order *order, struct str of, bool own,
                           struct list *timeline)
{
    struct list events = {0}, papers = {0};
    enum err e = order_events(t, order, &events);

    if (!e && own)
        e = papers_of_order(t, order->id, &papers);
    if (e)
        return e;
    LIST_EACH (const struct event_view, event, events) {
        if (!event->citizen.len || event->internal)
            continue;
        struct track_entry *entry = list_add(t, timeline, sizeof *entry);
        const struct paper_view *paper = paper_of(&papers, event->seq);

        entry->at = event->occurred_at;
        entry->when = portal_moment(t, event->occurred_at);
        entry->what = of.len ? str_format(t, "%.*s：%.*s", STR_ARG(of), STR_ARG(event->citizen))
                             : event->citizen;
        if (of.len)
            entry->detail = event->unit;
        if (paper) {
            entry->link = str_format(t, "看%.*s", STR_ARG(paper->title));
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
    enum err e = order_links(t, &tracked->order, &links);

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
        struct order other;
        bool same;

        reader.order = link->id;
        if ((e = order_load(t, &reader, link->id, &other)) ||
            (e = same_person(t, &other, party, &same)))
            return e;
        if (same && (e = add_events(t, &other, link->matter_title, false, timeline)))
            return e;
    }
    return OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct track_entry *x = a, *y = b;

    return x->at < y->at ? 1 : x->at > y->at ? -1 : 0;
}

static enum err add_current(struct task *t, const struct tracked *tracked, struct list *timeline)
{
    struct track_entry *entry = list_add(t, timeline, sizeof *entry);
    struct str name = {0};
    enum err e = staff_name(t, tracked->order.owner, &name);

    entry->current = true;
    entry->at = INT64_MAX;
    entry->what = tracked->step->citizen.len ? tracked->step->citizen : tracked->step->title;
    if (e)
        return e;
    entry->detail = name.len ? str_format(t, "承办人 %.*s", STR_ARG(name))
                             : str_format(t, "%.*s", STR_ARG(tracked->unit.name));
    return OK;
}

static enum err read_timeline(struct task *t, const struct tracked *tracked,
                              struct track_view *view)
{
    enum err e = OK;

    if (!tracked->step->end)
        e = add_current(t, tracked, &view->timeline);
    if (e || (e = add_events(t, &tracked->order, (struct str){0}, true, &view->timeline)) ||
        (e = add_chain(t, tracked, &view->timeline)))
        return e;
    /* Events come in the order of their numbers: a stable order of equal moments needs them
     * reversed. */
    struct track_entry *entries = view->timeline.at;
    for (size_t i = 0; i < view->timeline.count; i++)
        if (entries[i].at != INT64_MAX)
            entries[i].at += (int64_t)i % 1000;
    qsort(entries, view->timeline.count, sizeof *entries, newest_first);
    return OK;
}

/* --- What comes next
 * ------------------------------------------------------------------------------- */

static const struct action_rule *way_on(const struct step_rule *step)
{
    const struct action_rule *first = NULL;

    for (size_t i = 0; i < step->action_count; i++) {
        const struct action_rule *rule = &step->actions[i];

        if (rule->to < 0 || rule->danger)
            continue;
        if (rule->primary)
            return rule;
        if (!first)
            first = rule;
    }
    return first;
}

/* Follow the way a matter usually takes, and tell the promises on it. */
static void read_coming(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    const struct procedure *p = tracked->procedure;
    const struct step_rule *step = tracked->step;
    size_t told = 0;

    for (int hops = 0; hops < 6 && step && !step->end && told < 3; hops++) {
        const struct action_rule *rule = way_on(step);

        step = rule ? &p->steps[rule->to] : NULL;
        if (!step || step == tracked->step)
            return;
        for (size_t i = 0; i < step->owe_count && told < 3; i++) {
            const struct duty_rule *duty = &p->duties[step->owes[i]];
            struct str law, within = portal_within(t, portal_longest(duty, &law));

            if (!duty->tell.len || duty->owed_by == OWED_PARTY ||
                str_eq(duty->tell, view->told_word))
                continue;
            struct track_line *line = list_add(t, &view->coming, sizeof *line);
            line->title = within.len
                              ? str_format(t, "%.*s%.*s", STR_ARG(within), STR_ARG(duty->tell))
                              : duty->tell;
            told++;
        }
    }
}

/* --- State, date, what to do
 * ----------------------------------------------------------------------- */

static void read_told(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    const struct duty_view *duty = tracked_told(tracked);

    if (!duty)
        return;
    view->told_word = duty->tell;
    view->told_day =
        duty->by_hour ? portal_moment(t, duty->legal_at) : portal_day(t, duty->legal_day);
    if (duty->overdue) {
        view->late_word = str_format(t, "原定最晚 %.*s%.*s，我们超时了，正在催办。",
                                     STR_ARG(view->told_day), STR_ARG(duty->tell));
        view->told_day = (struct str){0};
    }
}

static enum err read_missing(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    struct list materials;
    enum err e = order_materials(t, &tracked->order, &materials);

    if (e)
        return e;
    LIST_EACH (const struct material_view, material, materials) {
        if (!material->required || !str_is(material->state, "missing") ||
            material_made_here(&tracked->matter, material->code))
            continue;
        struct track_line *line = list_add(t, &view->missing, sizeof *line);
        line->title = material->title;
    }
    view->has_missing = view->missing.count > 0;
    return OK;
}

static enum err read_must(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    const struct duty_view *owed = tracked_owed(tracked);
    const struct action_view *attach = tracked_attach(tracked);

    if (!tracked->step->citizen_must.len) {
        view->calm =
            tracked->step->end ? S("这件事办完了，不用您再做什么。") : S("现在不用您做什么。");
        return OK;
    }
    view->must = tracked->step->citizen_must;
    if (owed)
        view->must_until = portal_day(t, owed->legal_day);
    if (attach) {
        view->must_word = S("补交材料");
        view->must_href = S("/track/supplement");
        return read_missing(t, tracked, view);
    }
    return OK;
}

static int by_place(const void *a, const void *b)
{
    const struct track_line *x = a, *y = b;

    return x->place < y->place ? -1 : x->place > y->place;
}

static void read_acts(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    struct track_line *line;

    LIST_EACH (const struct action_view, action, tracked->actions) {
        const struct action_rule *rule =
            action->allowed ? step_action(tracked->step, action->name) : NULL;

        if (!rule || rule_has_effect(rule, EFFECT_ATTACH))
            continue;
        struct act_words words = act_words_of(t, tracked->procedure, rule);
        line = list_add(t, &view->acts, sizeof *line);
        line->title = str_of(words.entry);
        line->href = str_format(t, "/track/act/%.*s", STR_ARG(action->name));
        line->place = words.place;
    }
    if (tracked_attach(tracked)) {
        line = list_add(t, &view->acts, sizeof *line);
        *line = (struct track_line){S("补充材料"), S("/track/supplement"), 2};
    }
    line = list_add(t, &view->acts, sizeof *line);
    *line = (struct track_line){S("谁看过我的信息"), S("/track/looks"), 4};
    qsort(view->acts.at, view->acts.count, sizeof *line, by_place);
}

static const struct action_rule *rule_named(const struct procedure *p, struct str action)
{
    for (size_t i = 0; i < p->step_count; i++) {
        const struct action_rule *rule = step_action(&p->steps[i], action);

        if (rule)
            return rule;
    }
    return NULL;
}

/* Does this act tell the person what came out?  Advice is told as it is given; a result of handling
 * only when somebody told it. */
static bool tells_result(const struct procedure *p, const struct action_rule *rule)
{
    return rule_has_effect(rule, EFFECT_TELL) || rule_has_effect(rule, EFFECT_GUIDE) ||
           (rule_has_effect(rule, EFFECT_RESULT) && p->nature == NATURE_CONSULTATION);
}

static enum err read_result(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    struct list events;
    enum err e = order_events(t, &tracked->order, &events);

    if (e)
        return e;
    LIST_EACH (const struct event_view, event, events) {
        const struct action_rule *rule =
            event->internal ? NULL : rule_named(tracked->procedure, event->action);

        if (rule && event->text.len && event->citizen.len && tells_result(tracked->procedure, rule))
            view->result = portal_glue(t, event->text);
    }
    return OK;
}

static enum err read_track(struct task *t, void *arg)
{
    struct tracking *tracking = arg;
    struct tracked *tracked = &tracking->tracked;
    struct track_view *view = tracking->view;
    enum err e = tracked_read(t, tracked, false);

    if (e)
        return e;
    const struct order *order = &tracked->order;
    *view = (struct track_view){
        .number = order->no,
        .title = tracked->title,
        .applicants = order->party_count > 1
                          ? str_format(t, "%.*s等\xc2\xa0%lld\xc2\xa0人",
                                       STR_ARG(order->party_masked), (long long)order->party_count)
                          : order->party_masked,
        .state = tracked->step->citizen.len ? tracked->step->citizen : tracked->step->title,
        .version = order->version,
        .handler_phone = portal_glue(t, tracked->unit.phone),
        .handler_dial = portal_dial(t, tracked->unit.phone),
        .handler_call = order->owner ? S("给承办人打电话") : S("打电话问"),
        .handler_hours = tracked->unit.hours,
        .done = view->done,
    };
    if (tracked->step->end && order->closed_at)
        view->closed_word =
            str_format(t, "%.*s办结", STR_ARG(portal_day(t, day_of(order->closed_at))));
    read_told(t, tracked, view);
    read_acts(t, tracked, view);
    read_coming(t, tracked, view);
    view->has_coming = view->coming.count > 0;
    if ((e = read_must(t, tracked, view)) || (e = read_timeline(t, tracked, view)))
        return e;
    return read_result(t, tracked, view);
}

enum err track_order(struct task *t, struct request *request, struct response *response)
{
    struct tracking tracking = {.tracked.actor = request->actor,
                                .view = NEW(t, struct track_view, 1)};
    struct str done = json_get_str(request->query, "done");

    response->view = tracking.view;
    enum err e = store_read(t, read_track, &tracking);
    if (e)
        return e;
    const struct action_rule *rule = done.len ? rule_named(tracking.tracked.procedure, done) : NULL;
    if (rule)
        tracking.view->done = str_of(act_words_of(t, tracking.tracked.procedure, rule).done);
    return OK;
}
