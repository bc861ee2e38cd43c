/*
 * tell_facts.c - everything that papers and notices show, as it is at this moment.
 *
 * Facts for both, in the clear inside the sealed row: tenant, city, hotline, unit, unit_address,
 * unit_phone, unit_hours, order_no, matter, matter_code, procedure, procedure_version, action,
 * applicant (full name: papers handed to a party carry it), applicants (count), handler, day (of
 * the event), received_day, code (the tracking code), step, law, input (what the actor wrote),
 * missing [{title, where, promise, note}], present [title], duties [{name, title, tell, legal_day,
 * limit, law, owed_by, paused, else (what follows when it is not done), else_law}], subject,
 * content (what was asked for, when it is registered), fee, receipt (what a receipt of this matter
 * counts for), issuer with its address, phone and hours (whose number and seal the paper bears: the
 * unit of who acts), said [{name, title, text}] (what the actor wrote, choices by their titles),
 * and for the papers of these: pause_title, pause_law; extended {title, by, law, legal_day}.
 */
#include "modules/orders/tell.h"

#include "modules/access/staff.h"
#include "modules/calendar/calendar.h"
#include "modules/orders/act.h"
#include "modules/orders/materials.h"
#include "modules/orders/read.h"
#include "orders_sql.h"

static enum err add_place(struct change *c, struct json *facts, struct unit *ret_unit)
{
    struct tenant tenant;
    struct unit unit;
    enum err e = org_tenant(c->t, &tenant);

    if (e)
        return e;
    e = org_unit(c->t, json_get_id(c->state, "unit"), &unit);
    if (e)
        return e;
    json_put_str(c->t, facts, "tenant", tenant.name);
    json_put_str(c->t, facts, "city", tenant.city);
    json_put_str(c->t, facts, "host", tenant.host);
    json_put_str(c->t, facts, "hotline", tenant.hotline);
    json_put_str(c->t, facts, "unit", unit.name);
    json_put_str(c->t, facts, "unit_short", unit.short_name);
    json_put_str(c->t, facts, "unit_address", unit.address);
    json_put_str(c->t, facts, "unit_phone", unit.phone);
    json_put_str(c->t, facts, "unit_hours", unit.hours);
    *ret_unit = unit;
    return OK;
}

/* Who acts signs: the bureau its decision, the old unit the letter that hands an order on. */
int64_t tell_issuer(const struct change *c)
{
    if (c->actor->kind == ACTOR_STAFF && c->actor->unit)
        return c->actor->unit;
    return c->new_order ? json_get_id(c->state, "unit") : c->order.unit;
}

static enum err add_issuer(struct change *c, struct json *facts, struct unit unit)
{
    int64_t issuer = tell_issuer(c);
    enum err e = unit.id == issuer ? OK : org_unit(c->t, issuer, &unit);

    if (e)
        return e;
    json_put_str(c->t, facts, "issuer", unit.name);
    json_put_str(c->t, facts, "issuer_address", unit.address);
    json_put_str(c->t, facts, "issuer_phone", unit.phone);
    json_put_str(c->t, facts, "issuer_hours", unit.hours);
    return OK;
}

/* Ids that a person knows by a name. */
static enum err named(struct task *t, const struct ask *ask, int64_t id, struct str *ret_name)
{
    struct staff staff;
    struct unit unit;
    enum err e = OK;

    if (str_is(str_of(ask->name), "staff")) {
        e = staff_by_id(t, id, &staff);
        if (e == OK)
            *ret_name = staff.name;
    } else if (str_is(str_of(ask->name), "unit")) {
        e = org_unit(t, id, &unit);
        if (e == OK)
            *ret_name = unit.name;
    }
    return e;
}

static struct str answer_shown(struct task *t, const struct ask *ask, const struct json *value)
{
    int32_t day;

    for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
        if (str_is(json_as_str(value), choice->value))
            return str_of(choice->title);
    switch (ask->type) {
    case ASK_BOOL:
        return value->boolean ? S("是") : S("否");
    case ASK_INT:
        return str_format(t, "%lld", (long long)value->number);
    case ASK_MONEY:
        return str_format(t, "%lld.%02d 元", (long long)(value->number / 100),
                          (int)(value->number % 100));
    case ASK_DAY:
        return day_parse(json_as_str(value), &day) ? day_text_zh_full(t, day) : json_as_str(value);
    case ASK_ID:
    case ASK_LIST:
    case ASK_OBJECT:
        return (struct str){0};
    case ASK_TEXT:
    case ASK_LONG:
    case ASK_CHOICE:
    case ASK_CHOICES:
    case ASK_MOMENT:
    case ASK_PHONE:
    case ASK_ID_NUMBER:
    case ASK_CREDIT_CODE:
        break;
    }
    return json_as_str(value);
}

static enum err add_said(struct change *c, struct json *facts)
{
    struct json *said = json_list(c->t);

    for (const struct ask *ask = c->rule ? c->rule->form.asks : NULL; ask && ask->name; ask++) {
        const struct json *value = json_get(c->input, ask->name);
        struct str text = value ? answer_shown(c->t, ask, value) : (struct str){0};
        struct json *item;
        enum err e = value && ask->type == ASK_ID
                         ? named(c->t, ask, json_get_id(c->input, ask->name), &text)
                         : OK;

        if (e)
            return e;
        if (!text.len)
            continue;
        item = json_object(c->t);
        json_put_str(c->t, item, "name", str_of(ask->name));
        json_put_str(c->t, item, "title", str_of(ask->title));
        json_put_str(c->t, item, "text", text);
        json_append(said, item);
    }
    json_put(c->t, facts, S("said"), said);
    return OK;
}

/* What a paper on a pause or an extension must name: the limit, and the law that allows it. */
static void add_ledger(struct change *c, struct json *facts, const struct duty_facts *duty,
                       const struct duty_rule *rule, int32_t legal_day)
{
    if (str_eq(json_get_str(c->input, "duty"), duty->name) && duty_is_paused(duty)) {
        json_put_str(c->t, facts, "pause_title", rule->title);
        json_put_str(c->t, facts, "pause_law", duty->pauses[duty->pause_count - 1].law);
    }
    if (duty->extension_count) {
        const struct extension *last = &duty->extensions[duty->extension_count - 1];
        struct json *item = json_object(c->t);

        json_put_str(c->t, item, "title", rule->title);
        json_put_str(c->t, item, "by", limit_text_zh(c->t, last->by));
        json_put_str(c->t, item, "law", last->law);
        json_put_str(c->t, item, "legal_day", day_text(c->t, legal_day));
        json_put(c->t, facts, S("extended"), item);
    }
}

static enum err add_materials(struct change *c, struct json *facts)
{
    struct json *missing = json_list(c->t), *present = json_list(c->t);
    const struct json *marks = json_get(c->state, "materials");
    struct matter matter;
    enum err e = catalog_matter(c->t, json_get_str(c->state, "matter"), &matter);

    if (e)
        return e;
    LIST_EACH (struct material, material, matter.materials) {
        struct str mark = json_as_str(json_find(marks, material->code));

        if (str_is(mark, "in") || str_is(mark, "promised")) {
            json_append(present, json_str(c->t, material->title));
        } else if (material->required) {
            struct json *item = json_object(c->t);

            json_put_str(c->t, item, "title", material->title);
            json_put_str(c->t, item, "where", material->where);
            json_put_str(c->t, item, "note", material->note);
            json_put_bool(c->t, item, "promise", material->promise);
            json_append(missing, item);
        }
    }
    json_put_str(c->t, facts, "matter", matter.title);
    json_put_str(c->t, facts, "matter_code", matter.code);
    json_put_str(c->t, facts, "fee", matter.fee);
    json_put_str(c->t, facts, "receipt", matter.receipt);
    json_put(c->t, facts, S("missing"), missing);
    json_put(c->t, facts, S("present"), present);
    return OK;
}

/* What the timer will do when the day has passed, in the words of the step the order then stands
 * in. */
static void add_consequence(struct change *c, struct json *item, const struct duty_facts *duty)
{
    const struct step_rule *step = procedure_step(c->procedure, json_get_str(c->state, "step"));
    const struct action_rule *action =
        step && duty->otherwise.len ? step_action(step, duty->otherwise) : NULL;

    json_put_str(c->t, item, "else", action ? action->citizen : S(""));
    json_put_str(c->t, item, "else_law", action ? action->law : S(""));
}

static enum err add_duties(struct change *c, struct json *facts)
{
    const struct calendar *calendar;
    struct json *list = json_list(c->t);
    struct list duties = state_duties(c->t, c->state);
    enum err e = calendar_current(c->t, &calendar);

    if (e)
        return e;
    LIST_EACH (struct duty_facts, duty, duties) {
        int index = procedure_duty_index(c->procedure, duty->name);
        struct due_question question = duty_question(duty, day_of(c->t->now));
        struct due due = due_compute(calendar, &question);
        struct json *item = json_object(c->t);

        if (!duty_is_open(duty) || index < 0)
            continue;
        add_ledger(c, facts, duty, &c->procedure->duties[index], due.legal_day);
        json_put_str(c->t, item, "name", duty->name);
        json_put_str(c->t, item, "title", c->procedure->duties[index].title);
        json_put_str(c->t, item, "tell", c->procedure->duties[index].tell);
        json_put_str(c->t, item, "legal_day", day_text(c->t, due.legal_day));
        json_put_str(c->t, item, "limit", limit_text_zh(c->t, duty->limit));
        json_put_str(c->t, item, "law", duty->law);
        json_put_str(c->t, item, "owed_by", str_of(owed_by_rules[duty->owed_by].word));
        json_put_bool(c->t, item, "paused", duty_is_paused(duty));
        add_consequence(c, item, duty);
        json_append(list, item);
    }
    json_put(c->t, facts, S("duties"), list);
    return OK;
}

/* The register event keeps the code sealed; for a new order it is still at hand. */
static enum err add_code(struct change *c, struct json *facts)
{
    struct json *body;

    if (c->new_order) {
        json_put_str(c->t, facts, "code", json_get_str(c->body, "code"));
        return OK;
    }
    enum err e = order_event_body(c->t, &c->order, &c->key, 1, &body);
    if (e)
        return e;
    json_put_str(c->t, facts, "code", json_get_str(body, "code"));
    return OK;
}

static enum err add_applicant(struct change *c, struct json *facts, struct identity *ret_identity)
{
    *ret_identity = (struct identity){.birth = DAY_NONE};
    if (!json_get_int(c->state, "parties"))
        return OK;
    enum err e = order_identity(c->t, &c->order, 1, ret_identity);
    if (e)
        return e;
    json_put_str(c->t, facts, "applicant", ret_identity->name);
    return OK;
}

enum err tell_gather(struct change *c, struct json *facts, struct identity *ret_applicant)
{
    int64_t received = json_get_int(json_get(c->state, "moments"), "received");
    struct unit unit;
    enum err e = add_place(c, facts, &unit);

    if (e)
        return e;
    if (!received) /* reopened: no limit runs from that day any more, but it came in then */
        received = c->order.occurred_at;
    json_put_str(c->t, facts, "order_no", c->order.no);
    json_put_str(c->t, facts, "procedure", c->procedure->title);
    json_put_int(c->t, facts, "procedure_version", c->procedure->version);
    json_put_str(c->t, facts, "interrupts", c->procedure->interrupts);
    json_put_str(c->t, facts, "action", c->rule ? c->rule->title : S("登记"));
    json_put_str(c->t, facts, "law", c->rule ? c->rule->law : S(""));
    json_put_int(c->t, facts, "applicants", json_get_int(c->state, "party_count"));
    json_put_str(c->t, facts, "handler", c->actor->kind == ACTOR_STAFF ? c->actor->name : S(""));
    json_put_str(c->t, facts, "day", day_text(c->t, day_of(c->occurred_at)));
    json_put_str(c->t, facts, "moment", moment_text(c->t, c->occurred_at));
    json_put_str(c->t, facts, "received_day", day_text(c->t, day_of(received)));
    const struct step_rule *step = procedure_step(c->procedure, json_get_str(c->state, "step"));
    json_put_str(c->t, facts, "step", step ? step->citizen : S(""));
    json_put_str(c->t, facts, "subject", json_get_str(c->state, "subject"));
    json_put_str(c->t, facts, "content",
                 json_get_str(json_get(c->body, "input"), c->new_order ? "content" : ""));
    if (c->input)
        json_put(c->t, facts, S("input"), json_copy(c->t, c->input));
    e = add_said(c, facts);
    if (e)
        return e;
    e = add_issuer(c, facts, unit);
    if (e)
        return e;
    e = add_materials(c, facts);
    if (e)
        return e;
    e = add_duties(c, facts);
    if (e)
        return e;
    e = add_code(c, facts);
    return e ? e : add_applicant(c, facts, ret_applicant);
}
