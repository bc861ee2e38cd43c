/* One order on one page: what it is, what is owed until when and why, and what may be done now. */
#include "modules/desk/order_page.h"

#include "core/task.h"
#include "modules/access/staff.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/desk/presence.h"
#include "core/text.h"
#include "modules/org/org.h"

enum { ACTIONS_SHOWN = 5 };

static void add_fact(struct task *t, struct order_work *w, struct str label, struct str strong,
                     struct str more)
{
    *(struct order_fact *)list_add(t, &w->page->facts, sizeof(struct order_fact)) =
        (struct order_fact){label, strong, more};
}

/* Stages before the one of the step are done, also those that this order never needed. */
static void add_stages(struct task *t, struct order_work *w, const struct step_rule *step)
{
    const struct procedure *p = w->procedure;
    size_t now = 0;

    for (size_t i = 0; step && i < p->stage_count; i++)
        if (str_eq(p->stages[i], step->stage))
            now = i;
    for (size_t i = 0; i < p->stage_count; i++) {
        struct order_stage *stage = list_add(t, &w->page->stages, sizeof *stage);
        stage->title = p->stages[i];
        stage->done = i < now || (step && step->end);
        stage->now = i == now && !stage->done;
        stage->state = stage->done ? S("done") : stage->now ? S("now") : S("coming");
        stage->icon = stage->done ? S("check") : stage->now ? S("circle-dot") : S("circle");
    }
}

static enum err add_people_facts(struct task *t, struct order_work *w)
{
    const struct order *o = &w->order;
    const struct post *desk = post_find(o->desk);
    struct unit unit = {0}, home = {0};
    struct str name = {0}, registrar = {0};
    enum err e = org_unit(t, o->unit, &unit);

    if (e == OK)
        e = org_unit(t, o->home_unit, &home);
    if (e == OK && o->owner)
        e = staff_name(t, o->owner, &name);
    if (e == OK && o->registrar)
        e = staff_name(t, o->registrar, &registrar);
    if (e)
        return e;
    if (str_is(o->status, "open"))
        add_fact(t, w, S("承办"),
                 name.len ? name
                 : desk   ? str_of(desk->title)
                          : S("待认领"),
                 str_format(t, tr(t, "（%.*s）"),
                            STR_ARG(unit.short_name.len ? unit.short_name : unit.name)));
    struct str channel = desk_channel(o->channel);
    add_fact(t, w,
             str_format(t, tr(t, "来自 %.*s %.*s %.*s"),
                        STR_ARG(home.short_name.len ? home.short_name : home.name),
                        STR_ARG(channel), STR_ARG(registrar)),
             S(""), S(""));
    return OK;
}

static void add_amount(struct task *t, struct order_work *w)
{
    struct json *state;

    if (json_parse(t, w->order.state, &state)) {
        task_clear_error(t);
        return;
    }
    int64_t fen = json_get_int(state, "amount");
    if (fen)
        add_fact(t, w,
                 str_format(t, tr(t, "标的 %lld.%02lld 元"), (long long)(fen / 100),
                            (long long)(fen % 100)),
                 S(""), S(""));
}

enum err order_page_head(struct task *t, struct order_work *w)
{
    const struct order *o = &w->order;
    struct order_page *page = w->page;
    const struct step_rule *step = procedure_step(w->procedure, o->step);
    const struct calendar *calendar;
    enum err e = catalog_matter(t, o->matter, &w->matter);

    if (e == ERR_NOT_FOUND)
        task_clear_error(t);
    else if (e)
        return e;
    e = calendar_current(t, &calendar);
    if (e)
        return e;
    page->id = o->id;
    page->number = o->no;
    page->version = o->version;
    page->unit = o->unit;
    page->owner_id = o->owner;
    page->occurred_at = o->occurred_at;
    page->changed_at = o->changed_at;
    page->party_count_number = o->party_count;
    page->who = o->party_masked.len ? o->party_masked : S("匿名");
    if (o->party_count > 1)
        page->more_parties = str_format(t, tr(t, " 等 %lld 人"), (long long)o->party_count);
    page->title = o->subject.len ? o->subject : w->matter.title;
    page->cause = o->subject;
    page->matter_code = o->matter;
    page->channel = o->channel;
    page->step = o->step;
    page->step_title = step ? step->title : o->step;
    page->step_tone = str_is(o->status, "closed") ? S("green") : S("brand");
    page->status = o->status;
    page->outcome = o->outcome;
    page->emergency = o->emergency;
    page->green = desk_green_titles(t, o->green);
    page->chip = desk_chip_of_order(t, calendar, o);
    page->page_title = str_format(t, "%.*s · %.*s", STR_ARG(page->who), STR_ARG(page->title));
    add_fact(t, w, w->matter.title.len ? w->matter.title : o->matter, S(""), S(""));
    add_fact(t, w,
             str_format(t, tr(t, "%.*s规程 第 %lld 版"), STR_ARG(w->procedure->title),
                        (long long)o->procedure_version),
             S(""), S(""));
    e = add_people_facts(t, w);
    if (e)
        return e;
    add_amount(t, w);
    add_stages(t, w, step);
    return OK;
}

enum err order_page_duties(struct task *t, struct order_work *w)
{
    struct list duties = {0};
    enum err e = order_duties(t, &w->order, true, &duties);
    bool first = true;

    if (e)
        return e;
    LIST_EACH (struct duty_view, duty, duties) {
        if (!duty->open && !w->request->api)
            continue;
        struct order_duty *row = list_add(t, &w->page->duties, sizeof *row);
        *row = (struct order_duty){
            .n = duty->n,
            .name = duty->name,
            .title = duty->title,
            .owes =
                str_format(t, "%.*s · %.*s", STR_ARG(duty->owed_by_title), STR_ARG(duty->limit)),
            .date_text = duty->paused ? (struct str){0} : duty->legal_zh,
            .limit = duty->limit,
            .law = duty->law.len ? duty->law : duty->basis,
            .safe_day = duty->safe_day,
            .legal_day = duty->legal_day,
            .legal_at = duty->legal_at,
            .open = duty->open,
            .overdue = duty->overdue,
            .provisional = duty->provisional,
            .has_strip = duty->strip.count > 0,
            .strip_cut = duty->strip_cut,
            .chip = desk_chip_of_duty(t, duty),
            .why = duty->why,
            .strip = duty->strip,
        };
        /* The most urgent one that the house owes is open; the others open at a click. */
        row->shown = first && str_eq(duty->name, w->order.due_duty);
        first = first && !row->shown;
        w->page->open_duties += duty->open;
    }
    return OK;
}

/* --- Acting ---------------------------------------------------------------------------------- */

static bool asks_named(const struct form *form, const char *name)
{
    return desk_ask(form, name) != NULL;
}

static const struct action_rule *rule_of(const struct order_work *w, struct str action)
{
    const struct step_rule *step = procedure_step(w->procedure, w->order.step);

    return step ? step_action(step, action) : NULL;
}

static bool has_effect(const struct order_work *w, struct str action, enum effect effect)
{
    const struct action_rule *rule = rule_of(w, action);

    for (size_t i = 0; rule && i < rule->effect_count; i++)
        if (rule->effects[i].effect == effect)
            return true;
    return false;
}

/* Units of the kind that the routing rules name come first, and the reason stands at the field. */
static enum err suggest_unit(struct task *t, const struct order_work *w, struct list *units,
                             struct str *ret_hint)
{
    struct route_question question = {.matter = w->order.matter};
    struct route_answer answer = {0};
    struct list all = {0}, sorted = {0};
    struct unit here = {0};
    enum err e = org_unit(t, w->order.unit, &here);

    if (e)
        return e;
    question.tier = here.kind;
    e = catalog_suggest_unit(t, &question, &answer);
    if (e || !answer.kind.len)
        return e;
    e = org_units(t, S(""), &all);
    if (e)
        return e;
    for (int round = 0; round < 2; round++) {
        LIST_EACH (struct unit, unit, all) {
            bool fits = str_eq(unit->kind, answer.kind);
            if (!unit->open || fits != (round == 0) || unit->id == here.id)
                continue;
            *(struct desk_option *)list_add(t, &sorted,
                                            sizeof(struct desk_option)) = (struct desk_option){
                str_format(t, "%lld", (long long)unit->id),
                str_format(t, "%.*s%s", STR_ARG(unit->name), fits ? tr(t, "（建议）") : ""), false};
        }
    }
    const char *kind = unit_kind_title(answer.kind);
    *units = sorted;
    *ret_hint = str_format(t, tr(t, "建议%s：%.*s%s%.*s"), kind ? kind : tr(t, "留在本机构"),
                           STR_ARG(answer.reason), answer.basis.len ? tr(t, "，") : "",
                           STR_ARG(answer.basis));
    return OK;
}

/* Whether an interest was looked into is asked only where one was found. */
static void leave_out_despite(struct list *fields, const struct list *staff)
{
    LIST_EACH (struct assignee, person, *staff) {
        if (person->interest == INTEREST_WARNS)
            return;
    }
    struct desk_field *at = fields->at;
    size_t kept = 0;

    for (size_t i = 0; i < fields->count; i++)
        if (!str_is(at[i].name, "despite") || at[i].error.len || at[i].value.len)
            at[kept++] = at[i];
    fields->count = kept;
}

static enum err draw_act(struct task *t, struct order_work *w, const struct action_view *action)
{
    const struct request *request = w->request;
    bool typed = str_eq(json_get_str(request->params, "action"), action->name);
    const struct json *input = typed ? request->body : NULL;
    struct desk_drawing drawing = {.request = request};
    struct order_act_form *act = NEW(t, struct order_act_form, 1);
    const struct action_rule *rule = rule_of(w, action->name);
    struct str unit_hint = {0};
    enum err e = OK;

    if (!input && rule && w->matter.code.len)
        input = desk_defaults(t, rule, &w->matter);

    if (rule)
        e = order_choices(t, w->actor, &w->order, rule->name, &drawing.choices);
    if (e == OK && drawing.choices.of_staff)
        drawing.staff = desk_assignee_options(t, &drawing.choices.staff);
    else if (e == OK && asks_named(action->form, "staff"))
        e = desk_staff_options(t, w->order.unit, &drawing.staff);
    if (e == OK && (asks_named(action->form, "unit") || asks_named(action->form, "units")))
        e = desk_unit_options(t, &drawing.units);
    if (e == OK && asks_named(action->form, "unit"))
        e = suggest_unit(t, w, &drawing.units, &unit_hint);
    if (e == OK && asks_named(action->form, "materials"))
        e = order_materials(t, &w->order, &drawing.materials);
    if (e)
        return e;
    *act = (struct order_act_form){
        .name = action->name,
        .title = action->title,
        .hint = action->hint,
        .law = action->law,
        .why_not = action->why_not,
        .allowed = action->allowed,
        .danger = action->danger,
        .version = w->order.version,
        .procedure = w->order.procedure_code,
        .label = action->title,
        .address =
            str_format(t, "/orders/%lld/act/%.*s", (long long)w->order.id, STR_ARG(action->name)),
        .draft = str_format(t, "%lld-%.*s", (long long)w->order.id, STR_ARG(action->name)),
        .occurred_at = json_get_str(input, "_occurred_at"),
        .back_reason = json_get_str(input, "_back_reason"),
        .back_error = request_error(request, "back_reason"),
        .takes_files = has_effect(w, action->name, EFFECT_ATTACH),
        .fields = desk_draw(t, &drawing, action->form, S(""), input),
    };
    leave_out_despite(&act->fields, &drawing.choices.staff);
    struct str kept_away = desk_kept_away(t, &drawing.choices.staff);
    LIST_EACH (struct desk_field, field, act->fields) {
        if (str_is(field->name, "unit") && unit_hint.len)
            field->hint = unit_hint;
        if (str_is(field->name, "staff") && kept_away.len)
            field->hint = kept_away;
    }
    act->asks_back_reason = act->back_reason.len || act->back_error.len || act->occurred_at.len;
    w->page->act = act;
    return OK;
}

static struct order_action action_row(struct task *t, const struct order_work *w,
                                      const struct action_view *action)
{
    return (struct order_action){
        .name = action->name,
        .title = action->title,
        .hint = action->hint,
        .law = action->law,
        .why_not = action->why_not,
        .allowed = action->allowed,
        .primary = action->primary,
        .danger = action->danger,
        .current = str_eq(action->name, w->action),
        .href = str_format(t, "/orders/%lld?act=%.*s#act", (long long)w->order.id,
                           STR_ARG(action->name)),
    };
}

/* Primary and possible ones first; what is dangerous or cannot be done now stands behind 更多. */
static int rank(const struct action_view *action)
{
    if (action->danger)
        return 3;
    if (!action->allowed)
        return 2;
    return action->primary ? 0 : 1;
}

enum err order_page_actions(struct task *t, struct order_work *w)
{
    struct list actions = {0};
    struct order_page *page = w->page;
    const struct action_view *chosen = NULL;
    enum err e = order_actions(t, w->actor, &w->order, &actions);

    if (e)
        return e;
    for (int wanted = 0; wanted <= 3; wanted++) {
        LIST_EACH (struct action_view, action, actions) {
            if (!w->action.len && rank(action) == wanted)
                w->action = action->name;
            if (str_eq(action->name, w->action))
                chosen = action;
        }
    }
    for (int wanted = 0; wanted <= 3; wanted++) {
        LIST_EACH (struct action_view, action, actions) {
            bool front = wanted < 2 && page->actions.count < ACTIONS_SHOWN;
            if (rank(action) == wanted)
                *(struct order_action *)list_add(
                    t, front || w->request->api ? &page->actions : &page->more_actions,
                    sizeof(struct order_action)) = action_row(t, w, action);
        }
    }
    page->can_act = actions.count > 0;
    page->can_research = page->can_act && actor_may(w->actor, "research.use");
    page->can_propose = actor_may(w->actor, "research.use") && str_is(w->order.status, "closed") &&
                        str_is(w->order.nature, "consultation");
    page->has_more_actions = page->more_actions.count > 0;
    return chosen && !w->request->api ? draw_act(t, w, chosen) : OK;
}

/* --- The page -------------------------------------------------------------------------------- */

static enum err fill_page(struct task *t, void *arg)
{
    struct order_work *w = arg;
    enum err e = order_load(t, w->actor, w->id, &w->order);

    *w->page = (struct order_page){0};
    if (e)
        return e;
    e = order_procedure(t, &w->order, &w->procedure);
    if (e == OK)
        e = order_page_head(t, w);
    if (e == OK)
        e = order_page_duties(t, w);
    if (e == OK)
        e = order_page_actions(t, w);
    if (e == OK)
        e = order_page_events(t, w);
    if (e == OK)
        e = order_page_parties(t, w);
    if (e == OK)
        e = order_page_chain(t, w);
    if (e == OK)
        e = order_page_papers(t, w);
    return e;
}

enum err desk_order(struct task *t, struct request *request, struct response *response)
{
    struct order_work w = {
        .request = request,
        .actor = request->actor,
        .id = json_get_id(request->params, "id"),
        .action = request->method == POST ? json_get_str(request->params, "action")
                                          : json_get_str(request->query, "act"),
        .page = NEW(t, struct order_page, 1),
    };
    enum err e = store_read(t, fill_page, &w);

    if (e)
        return e;
    w.page->errors = desk_errors(t, request);
    presence_note(t, request->actor, w.id);
    w.page->looked_by = presence_other(t, request->actor, w.id);
    if (w.page->stale)
        w.page->errors = (struct desk_errors){0};
    int64_t done = json_get_int(request->query, "done");
    if (done > 0 && done <= w.order.version)
        w.page->done_text = str_format(t, tr(t, "做好了，记在留痕 #%lld。"), (long long)done);
    response->view = w.page;
    return OK;
}

enum err desk_order_unmask(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    struct order_work w = {
        .request = request,
        .actor = request->actor,
        .id = json_get_id(request->params, "id"),
        .page = NEW(t, struct order_page, 1),
    };
    enum err e = form_check(t, &desk_unmask_form, request->body, S(""), &clean);

    if (e)
        return e;
    e = order_reveal(t, request->actor, w.id, json_get_int(clean, "party"),
                     json_get_str(clean, "reason"), &w.revealed);
    if (e)
        return e;
    e = store_read(t, fill_page, &w);
    if (e)
        return e;
    w.page->revealed = true;
    response->view = w.page;
    response->template = "desk/order";
    response->shape = &desk_order_shape;
    return OK;
}
