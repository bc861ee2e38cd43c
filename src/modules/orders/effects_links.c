/*
 * effects_links.c - orders that hang together: opened, linked, merged; and registered by mistake.
 */
#include "modules/orders/effects.h"

#include "orders_sql.h"

static enum err note_link(struct change *c, void *arg)
{
    struct str *kind = arg;

    json_put_str(c->t, c->body, "link", *kind);
    return OK;
}

enum err link_orders(struct change *c, int64_t other, struct str kind)
{
    struct task *t = c->t;
    int64_t ends[2][2] = {{c->order.id, other}, {other, c->order.id}};

    for (int i = 0; i < 2; i++) {
        enum err e = store_run(t, &q_orders_link_insert,
                               ARGS(INT("tenant", t->tenant), INT("order_id", ends[i][0]),
                                    INT("other", ends[i][1]), TEXT("kind", kind),
                                    INT("forward", i == 0), INT("seq", c->seq)),
                               NULL);
        if (e)
            return e;
    }
    return OK;
}

/* Another order by its number, which stays as it is read until the commit; errors at the field. */
static enum err other_order(struct change *c, const char *field, struct order *ret_order,
                            bool *ret_found)
{
    struct str no = json_get_str(c->input, field);
    int64_t id;

    *ret_found = false;
    enum err e = order_id_of_no(c->t, no, &id);
    if (e)
        return e;
    if (!id || id == c->order.id) {
        task_field_error(c->t, str_of(field), id ? "不能是这件工单自己" : "没有工单号 %.*s",
                         STR_ARG(no));
        return OK;
    }
    e = store_lock(c->t, id);
    if (!e)
        e = order_load(c->t, c->actor, id, ret_order);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(c->t);
        task_field_error(c->t, str_of(field), "没有工单号 %.*s，或不在您的范围内", STR_ARG(no));
        return OK;
    }
    *ret_found = e == OK;
    return e;
}

enum err effect_link(struct change *c, const struct action_effect *effect)
{
    struct str kind = json_get_str(c->input, "kind");
    struct order other = {0};
    bool found;
    enum err e = other_order(c, "other", &other, &found);

    (void)effect;
    if (e || !found)
        return e;
    if (rule_find(link_rules, LINK_COUNT, kind) < 0) {
        task_field_error(c->t, S("kind"), "请选择关系");
        return OK;
    }
    e = link_orders(c, other.id, kind);
    if (e)
        return e;
    return change_engine_event(c, other.id, "linked", note_link, &kind);
}

static enum err take_in_merged(struct change *c, void *arg)
{
    const int64_t *from = arg;

    json_put_id(c->t, c->body, "merged", *from);
    change_set_int(c, "merged_in", json_get_int(c->state, "merged_in") + 1);
    return OK;
}

enum err no_child_open(struct change *c)
{
    if (json_get_int(c->state, "children_open"))
        return task_fail(c->t, ERR_CONFLICT, "还有没办结的子工单，先办结或作废子工单");
    return OK;
}

/* Into an open order; this one ends, its people and files stay readable in its own file. */
enum err effect_merge(struct change *c, const struct action_effect *effect)
{
    struct order into = {0};
    bool found = false;
    enum err e = other_order(c, "into", &into, &found);

    (void)effect;
    if (e || !found)
        return e;
    if (!order_within(c->actor, &into)) {
        task_field_error(c->t, S("into"), "%.*s 由别的机构办理，不能并入", STR_ARG(into.no));
        return OK;
    }
    if (!str_is(into.status, "open")) {
        task_field_error(c->t, S("into"), "%.*s 已办结，不能并入", STR_ARG(into.no));
        return OK;
    }
    e = link_orders(c, into.id, S("related"));
    if (e)
        return e;
    change_set_id(c, "merged_into", into.id);
    return change_engine_event(c, into.id, "merged", take_in_merged, &c->order.id);
}

enum err effect_void(struct change *c, const struct action_effect *effect)
{
    (void)c;
    (void)effect;
    return OK; /* no_child_open() is its guard, where it leads says the rest */
}

static enum err spawn_one(struct change *c, const struct action_effect *effect, int64_t unit)
{
    struct str subject = json_get_str(c->input, "subject");
    struct spawn spawn = {
        .procedure = effect->procedure,
        .matter = effect->matter.len ? effect->matter : c->order.matter,
        .link = effect->link,
        .subject = subject.len ? subject : c->order.subject,
        .unit = unit ? unit : c->order.unit,
    };
    int64_t made;
    enum err e = change_spawn(c, &spawn, &made);

    if (e)
        return e;
    e = link_orders(c, made, effect->link);
    if (e)
        return e;
    if (str_is(effect->link, link_rules[LINK_CHILD].word)) {
        change_set_int(c, "children_open", json_get_int(c->state, "children_open") + 1);
        change_set_int(c, "children_all", json_get_int(c->state, "children_all") + 1);
    }
    *(int64_t *)list_add(c->t, &c->done->made, sizeof(int64_t)) = made;
    return OK;
}

enum err effect_spawn(struct change *c, const struct action_effect *effect)
{
    if (!effect->each_unit)
        return spawn_one(c, effect, json_get_id(c->input, "unit"));
    const struct json *units = json_get(c->input, "units");
    if (!units || !units->count) {
        task_field_error(c->t, S("units"), "请选择至少一个机构");
        return OK;
    }
    JSON_EACH (item, units) {
        int64_t unit =
            store_id_at(json_as_str(item->kind == JSON_OBJECT ? json_get(item, "unit") : item));
        enum err e = spawn_one(c, effect, unit);

        if (e)
            return e;
    }
    return OK;
}
