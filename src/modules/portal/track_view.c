/*
 * The page of one order: where it stands, until when it is told, what the citizen must do, one
 * timeline over all orders of the chain that are the citizen's own, and what comes next.
 */
#include "track_private.h"

#include "core/text.h"

#include <stdlib.h>

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
    FIELD_OF(struct track_view, timeline, F_LIST, &track_entry_shape, "经过"),
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

/* --- What comes next ----------------------------------------------------------------------- */

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
            line->title = within.len ? str_format(t, tr(t, "%.*s%.*s"), STR_ARG(within),
                                                  STR_ARG(tr_str(t, duty->tell)))
                                     : duty->tell;
            told++;
        }
    }
}

/* --- State, date, what to do --------------------------------------------------------------- */

static void read_told(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    const struct duty_view *duty = tracked_told(tracked);

    if (!duty)
        return;
    view->told_word = duty->tell;
    view->told_day =
        duty->by_hour ? portal_moment(t, duty->legal_at) : portal_day(t, duty->legal_day);
    if (duty->overdue) {
        view->late_word = str_format(t, tr(t, "原定最晚 %.*s%.*s，我们超时了，正在催办。"),
                                     STR_ARG(view->told_day), STR_ARG(tr_str(t, duty->tell)));
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

/* Handing in is what the step waits for - not only something that is possible at any time. */
static bool waits_for_files(const struct tracked *tracked, const struct action_view *attach)
{
    const struct action_rule *rule = attach ? step_action(tracked->step, attach->name) : NULL;

    return rule && (rule->open_count || rule->close_count);
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
    if (waits_for_files(tracked, attach)) {
        enum err e = read_missing(t, tracked, view);

        if (e)
            return e;
        if (!view->has_missing) {
            view->state = S("正在核对您补的材料");
            view->calm = S("材料都交上来了。现在不用您做什么。");
            return OK;
        }
        view->must_word = S("补交材料");
        view->must_href = S("/track/supplement");
    }
    view->must = tracked->step->citizen_must;
    if (owed)
        view->must_until = portal_day(t, owed->legal_day);
    return OK;
}

static int by_place(const void *a, const void *b)
{
    const struct track_line *x = a, *y = b;

    return x->place < y->place ? -1 : x->place > y->place;
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

/* One matter, one rating. */
static bool rated_already(const struct tracked *tracked)
{
    LIST_EACH (const struct event_view, event, tracked->events) {
        const struct action_rule *rule = rule_named(tracked->procedure, event->action);

        if (rule && rule_has_effect(rule, EFFECT_RATE))
            return true;
    }
    return false;
}

static void read_acts(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    bool rated = rated_already(tracked);
    struct track_line *line;

    LIST_EACH (const struct action_view, action, tracked->actions) {
        const struct action_rule *rule =
            action->allowed ? step_action(tracked->step, action->name) : NULL;

        if (!rule || rule_has_effect(rule, EFFECT_ATTACH) ||
            (rated && rule_has_effect(rule, EFFECT_RATE)) ||
            (view->result.len && rule_ends(tracked->procedure, rule, "withdrawn")))
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

/* Does this act tell the person what came out?  Advice is told as it is given; a result of handling
 * only when somebody told it. */
static bool tells_result(const struct procedure *p, const struct action_rule *rule)
{
    return rule_has_effect(rule, EFFECT_TELL) || rule_has_effect(rule, EFFECT_GUIDE) ||
           (rule_has_effect(rule, EFFECT_RESULT) && p->nature == NATURE_CONSULTATION);
}

/* Which line of the form does this text begin a new answer of? */
static const struct ask *ask_of_line(const struct form *form, struct str line)
{
    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        if (str_starts(line, str_of(ask->title)) &&
            str_starts(str_from(line, str_of(ask->title).len), S("：")))
            return ask;
    return NULL;
}

/* An event's text holds every answer under its title; the citizen is told the one that says what
 * came out, not by which way it was told. */
static struct str said_result(struct task *t, const struct action_rule *rule, struct str text)
{
    struct buf b = buf_new(t, text.len + 1);
    struct str rest = text, line;
    bool within = false;

    while (str_cut(&rest, '\n', &line)) {
        const struct ask *ask = ask_of_line(&rule->form, line);

        if (ask) {
            within = str_is(str_of(ask->name), "told_what") ||
                     str_is(str_of(ask->name), "result") || str_is(str_of(ask->name), "body") ||
                     str_is(str_of(ask->name), "remedies");
            line = str_from(line, str_of(ask->title).len + S("：").len);
        }
        if (!within)
            continue;
        if (b.len)
            buf_add_char(&b, '\n');
        buf_add(&b, line);
    }
    return b.len ? buf_str(&b) : text;
}

static void read_result(struct task *t, const struct tracked *tracked, struct track_view *view)
{
    LIST_EACH (const struct event_view, event, tracked->events) {
        const struct action_rule *rule =
            event->internal ? NULL : rule_named(tracked->procedure, event->action);

        if (rule && event->text.len && event->citizen.len && tells_result(tracked->procedure, rule))
            view->result = portal_glue(t, said_result(t, rule, event->text));
    }
}

static enum err read_track(struct task *t, void *arg)
{
    struct tracking *tracking = arg;
    struct tracked *tracked = &tracking->tracked;
    struct track_view *view = tracking->view;
    enum err e = tracked_read(t, tracked, false);

    if (e || (e = order_events(t, &tracked->order, &tracked->events)))
        return e;
    const struct order *order = &tracked->order;
    *view = (struct track_view){
        .number = order->no,
        .title = tracked->title,
        .applicants = order->party_count > 1
                          ? str_format(t, tr(t, "%.*s等\xc2\xa0%lld\xc2\xa0人"),
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
            str_format(t, tr(t, "%.*s办结"), STR_ARG(portal_day(t, day_of(order->closed_at))));
    read_told(t, tracked, view);
    read_coming(t, tracked, view);
    view->has_coming = view->coming.count > 0;
    read_result(t, tracked, view);
    read_acts(t, tracked, view);
    e = read_must(t, tracked, view);
    return e ? e : track_timeline(t, tracked, view->state, &view->timeline);
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
