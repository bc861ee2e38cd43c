/* What helps while registering: which matter, which materials, until when, who came before. */
#include <string.h>

#include "core/task.h"
#include "modules/calendar/calendar.h"
#include "modules/desk/register.h"
#include "modules/knowledge/triage.h"
#include "modules/orders/orders.h"
#include "core/text.h"
#include "modules/org/org.h"

enum { SUGGESTIONS = 4, SIMILAR_MOST = 8, PEOPLE_COMPARED = 4 };

static void add_risk(struct task *t, struct register_work *w, struct str text)
{
    ((struct desk_text *)list_add(t, &w->page->risks, sizeof(struct desk_text)))->text = text;
    w->page->has_risks = true;
}

static const char *difficulty_title(struct str difficulty)
{
    return str_is(difficulty, "simple") ? "简单" : str_is(difficulty, "complex") ? "复杂" : "一般";
}

/* What is urgent stands above every other risk: who to call, and what to do first. */
static void add_urgent(struct task *t, struct register_work *w, const struct triage *triage)
{
    LIST_EACH (struct triage_urgent, urgent, triage->urgent) {
        struct buf b = buf_new(t, 4096);

        buf_format(&b, tr(t, "紧急：%.*s（原话“%.*s”）。"), STR_ARG(tr_str(t, urgent->title)),
                   STR_ARG(urgent->words));
        LIST_EACH (struct triage_call, call, urgent->calls)
            buf_format(&b, "%.*s %.*s　", STR_ARG(tr_str(t, call->title)), STR_ARG(call->number));
        add_risk(t, w, buf_str(&b));
    }
}

/* A person confirms: which matter, the kind of dispute, how difficult, by which words. */
static enum err add_suggestions(struct task *t, struct register_work *w)
{
    struct triage triage = {.topic = {0}};
    struct str content = json_get_str(w->input, "content");

    if (!content.len)
        return OK;
    enum err e = triage_question(t, w->tier, content, &triage);
    if (e)
        return e;
    LIST_EACH (struct triage_matter, one, triage.matters) {
        struct register_suggestion *row =
            list_add(t, &w->page->suggestions, sizeof(struct register_suggestion));
        *row = (struct register_suggestion){
            .value = one->code,
            .title = one->title,
            .words = one->why,
            .chosen = w->matter_known && str_eq(one->code, w->matter.code),
        };
        if (w->page->suggestions.count == 1)
            row->words = str_format(t, tr(t, "%.*s · 把握 %d%% · %.*s · %s"), STR_ARG(one->why),
                                    (int)(one->confidence * 100), STR_ARG(tr_str(t, triage.kind)),
                                    tr(t, difficulty_title(triage.difficulty)));
        if (w->page->suggestions.count == SUGGESTIONS)
            break;
    }
    w->page->has_suggestions = triage.matters.count > 0;
    add_urgent(t, w, &triage);
    return OK;
}

static const struct choice states[] = {
    {"in", "已收"}, {"promised", "承诺后补"}, {"missing", "缺"}, {NULL, NULL}};

static struct str state_of(const struct json *marks, struct str code)
{
    JSON_EACH (mark, marks) {
        if (str_eq(json_get_str(mark, "code"), code))
            return json_get_str(mark, "state");
    }
    return S("missing");
}

static void add_materials(struct task *t, struct register_work *w)
{
    int64_t index = 0, in = 0, required = 0;

    LIST_EACH (struct material, material, w->matter.materials) {
        struct register_material *row = list_add(t, &w->page->materials, sizeof *row);
        row->index = index++;
        row->code = material->code;
        row->title = material->title;
        row->where = material->here ? S("中心可以打印、复印") : material->where;
        row->required = material->required;
        row->state = state_of(json_get(w->input, "materials"), material->code);
        for (const struct choice *state = states; state->value; state++)
            if (material->promise || strcmp(state->value, "promised") != 0)
                *(struct desk_option *)list_add(t, &row->options, sizeof(struct desk_option)) =
                    (struct desk_option){str_of(state->value), str_of(state->title),
                                         str_is(row->state, state->value)};
        required += material->required;
        in += material->required && !str_is(row->state, "missing");
    }
    w->page->has_materials = index > 0;
    w->page->materials_text =
        str_format(t, tr(t, "必需的 %lld / %lld"), (long long)in, (long long)required);
}

/* What is promised as things stand: an answer may key another limit, under another law. */
static struct limit_case limit_now(struct register_work *w, const struct duty_rule *rule)
{
    struct limit_case plain = {.limit = rule->limit, .law = rule->law};
    struct str value = json_get_str(json_get(w->input, "fields"), "difficulty");

    if (!rule->keyed_by.len)
        return plain;
    struct str keyed = json_as_str(json_find(json_get(w->input, "fields"), rule->keyed_by));
    if (keyed.len)
        value = keyed;
    else if (!value.len)
        value = json_get_str(w->input, "difficulty");
    if (!value.len)
        value = w->matter.difficulty;
    for (size_t i = 0; i < rule->case_count; i++)
        if (!rule->cases[i].value.len || str_eq(rule->cases[i].value, value))
            return rule->cases[i];
    return plain;
}

/* Where it will probably go, and why: a person decides on the order page. */
static enum err add_direction(struct task *t, struct register_work *w)
{
    struct route_question question = {.matter = w->matter.code,
                                      .tier = w->tier,
                                      .difficulty = json_get_str(w->input, "difficulty")};
    struct route_answer answer = {0};
    enum err e = catalog_suggest_unit(t, &question, &answer);

    if (e || !answer.kind.len)
        return e;
    const char *kind = unit_kind_title(answer.kind);
    *(struct register_limit *)list_add(t, &w->page->limits, sizeof(struct register_limit)) =
        (struct register_limit){
            .title = S("去向"),
            .text = str_format(t, tr(t, "%s：%.*s"), kind ? kind : tr(t, "留在本机构"),
                               STR_ARG(answer.reason)),
            .law = answer.basis,
        };
    return OK;
}

/* The duties that registering opens, reckoned from now. */
static enum err add_limits(struct task *t, struct register_work *w)
{
    const struct step_rule *step = &w->procedure->steps[0];
    const struct calendar *calendar;
    enum err e = calendar_current(t, &calendar);

    if (e)
        return e;
    for (size_t i = 0; i < step->owe_count; i++) {
        const struct duty_rule *rule = &w->procedure->duties[step->owes[i]];
        struct limit_case now = limit_now(w, rule);
        struct due_question question = {
            .start = t->now, .limit = now.limit, .today = day_of(t->now)};
        if (question.limit.kind == LIMIT_NONE)
            continue;
        struct due due = due_compute(calendar, &question);
        *(struct register_limit *)list_add(t, &w->page->limits, sizeof(struct register_limit)) =
            (struct register_limit){
                .title = rule->title,
                .text = limit_text_zh(t, question.limit),
                .law = now.law.len     ? now.law
                       : rule->law.len ? rule->law
                                       : S("本平台承诺"),
                .chip = desk_chip_of_due(t, calendar, &due, 0, true),
            };
    }
    if (w->matter.limit.len)
        *(struct register_limit *)list_add(t, &w->page->limits, sizeof(struct register_limit)) =
            (struct register_limit){
                .title = S("全程"), .text = w->matter.limit, .law = w->matter.limit_law};
    e = add_direction(t, w);
    if (e)
        return e;
    w->page->fee = w->matter.fee;
    if (w->matter.fee_basis.len)
        w->page->fee = str_format(t, tr(t, "%.*s（%.*s）"), STR_ARG(w->matter.fee),
                                  STR_ARG(w->matter.fee_basis));
    w->page->has_limits = w->page->limits.count > 0 || w->page->fee.len;
    return OK;
}

static void add_limitation(struct task *t, struct register_work *w)
{
    int32_t from;

    w->page->limitation_text = w->matter.limitation;
    if (!w->matter.limitation_months ||
        !day_parse(json_get_str(w->input, "limitation_from"), &from))
        return;
    int32_t until = day_add_months(from, (int)w->matter.limitation_months);
    bool over = until < day_of(t->now);
    w->page->limitation_text =
        str_format(t, tr(t, "%s %.*s（%.*s）"),
                   over ? tr(t, "已于此日届满，请提醒核对中断、中止：") : tr(t, "到"),
                   STR_ARG(day_text_zh_full(t, until)), STR_ARG(w->matter.limitation));
    w->page->limitation_from.hint = str_format(
        t, "%s %.*s", over ? tr(t, "时效已过") : tr(t, "时效至"), STR_ARG(day_text(t, until)));
}

static void add_gate(struct task *t, struct register_work *w)
{
    const struct matter *m = &w->matter;

    LIST_EACH (struct tag, tag, m->risks) {
        add_risk(t, w, str_format(t, tr(t, "法律风险：%.*s"), STR_ARG(tag->title)));
    }
    if (!str_is(m->treatment, "guide") && !m->body.len)
        return;
    w->page->has_gate = true;
    w->page->gate_title = S("这件事归别的机关办");
    w->page->gate_text =
        str_format(t, tr(t, "应找：%.*s。%.*s%s%.*s"), STR_ARG(m->body), STR_ARG(m->body_law),
                   m->remedies.len ? tr(t, "。也可以：") : "", STR_ARG(m->remedies));
}

/* --- Orders that look like this one --- */

static enum err add_similar_of(struct task *t, struct register_work *w, const struct json *party,
                               int64_t *open)
{
    const struct json *identity = json_get(party, "identity");
    struct identity who = {.paper_number = json_get_str(identity, "paper_number"),
                           .phone = json_get_str(identity, "phone"),
                           .name = json_get_str(identity, "name")};
    bool firm = str_is(json_get_str(identity, "kind"), "firm") ||
                str_is(json_get_str(party, "role"), "respondent");
    struct list orders = {0};

    /* A person's name alone says little: many share it. */
    if (!firm && !who.paper_number.len && who.phone.len < 11)
        return OK;
    enum err e = order_similar(t, w->actor, &who, 1, &orders);
    if (e)
        return e;
    LIST_EACH (struct order, order, orders) {
        const struct procedure *procedure;
        bool known = w->page->similar.count >= SIMILAR_MOST;
        LIST_EACH (struct register_similar, row, w->page->similar) {
            known = known || row->id == order->id;
        }
        bool is_open = str_is(order->status, "open");
        *open += firm && is_open;
        if (known)
            continue;
        e = order_procedure(t, order, &procedure);
        if (e)
            return e;
        const struct step_rule *step = procedure_step(procedure, order->step);
        *(struct register_similar *)list_add(
            t, &w->page->similar, sizeof(struct register_similar)) = (struct register_similar){
            .id = order->id,
            .number = order->no,
            .who = order->party_masked,
            .matter = procedure->title,
            .cause = order->subject,
            .step = is_open && step ? step->title : S("已办结"),
            .why = firm ? S("同一单位") : S("同一人"),
            .tone = is_open ? S("red") : S(""),
        };
    }
    return OK;
}

static enum err add_similar(struct task *t, struct register_work *w)
{
    int64_t open = 0, compared = 0;

    JSON_EACH (party, json_get(w->input, "parties")) {
        if (compared++ == PEOPLE_COMPARED)
            break;
        enum err e = add_similar_of(t, w, party, &open);
        if (e)
            return e;
    }
    if (open)
        add_risk(
            t, w,
            str_format(
                t,
                tr(t, "同一单位已有 %lld 件未办结的工单，连同这一件共 %lld 件，可能是群体性的事。"
                      "登记后可在工单页上关联。"),
                (long long)open, (long long)open + 1));
    w->page->has_similar = w->page->similar.count > 0;
    w->page->similar_text = str_format(t, tr(t, "%zu 件"), w->page->similar.count);
    return OK;
}

enum err register_side(struct task *t, struct register_work *w)
{
    enum err e = add_suggestions(t, w);

    if (e)
        return e;
    if (w->matter_known) {
        add_materials(t, w);
        add_limitation(t, w);
        add_gate(t, w);
        e = add_limits(t, w);
        if (e)
            return e;
    }
    return add_similar(t, w);
}

/* --- At once --------------------------------------------------------------------------------- */

static bool may_take(const struct action_rule *rule, const struct actor *actor)
{
    for (size_t i = 0; i < rule->by_count; i++) {
        if (rule->by[i] == ACTING_STAFF)
            return true;
        if (rule->by[i] == ACTING_POST && actor->post &&
            str_is(rule->by_post[i], actor->post->code))
            return true;
    }
    return false;
}

/* What makes sense in the same breath as registering; the rest is done on the order page. */
static bool fits_at_once(const struct action_rule *rule)
{
    if (rule->primary || (!rule->effect_count && rule->to != TO_STAY && !rule->danger))
        return true;
    for (size_t i = 0; i < rule->effect_count; i++) {
        enum effect effect = rule->effects[i].effect;
        if (effect == EFFECT_ONE_TIME_NOTICE || effect == EFFECT_RESULT || effect == EFFECT_GUIDE ||
            effect == EFFECT_EMERGENCY)
            return true;
    }
    return false;
}

static void add_then(struct task *t, struct register_work *w, struct str value, struct str title,
                     bool chosen)
{
    *(struct desk_option *)list_add(t, &w->page->thens, sizeof(struct desk_option)) =
        (struct desk_option){value, title, chosen};
}

enum err register_thens(struct task *t, struct register_work *w)
{
    struct str then = json_get_str(w->input, "then");
    const struct json *input = json_get(w->input, "then_input");

    w->page->submit_label = S("登记");
    w->page->submit_hint = S("登记后给出工单号和查询码");
    if (!w->procedure)
        return OK;
    const struct step_rule *step = &w->procedure->steps[0];
    add_then(t, w, S(""), S("先登记"), !then.len);
    for (size_t i = 0; i < step->action_count; i++) {
        const struct action_rule *rule = &step->actions[i];
        if (!may_take(rule, w->actor) || !fits_at_once(rule))
            continue;
        bool chosen = str_eq(then, rule->name);
        if (chosen && !input)
            input = desk_defaults(t, rule, &w->matter);
        add_then(t, w, rule->name, rule->title, chosen);
        if (!chosen)
            continue;
        w->page->then_fields = desk_draw(t, &w->drawing, &rule->form, S("then_input."), input);
        w->page->submit_label = str_format(t, tr(t, "登记并%.*s"), STR_ARG(rule->title));
        if (rule->hint.len)
            w->page->submit_hint = rule->hint;
    }
    w->page->has_thens = w->page->thens.count > 1;
    return OK;
}
