#include "modules/orders/state.h"

struct json *json_copy(struct task *t, const struct json *json)
{
    struct json *copy = NEW(t, struct json, 1);

    *copy = *json;
    copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    JSON_EACH (child, json) {
        struct json *member = json_copy(t, child);

        if (copy->last)
            copy->last->next = member;
        else
            copy->first = member;
        copy->last = member;
        copy->count++;
    }
    return copy;
}

/* Alike whatever the order of members. */
bool json_same(const struct json *a, const struct json *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == JSON_OBJECT) {
        JSON_EACH (member, a) {
            const struct json *other = json_find(b, member->name);

            if (!other || !json_same(member, other))
                return false;
        }
        return true;
    }
    const struct json *other = b->first;
    JSON_EACH (item, a) {
        if (!json_same(item, other))
            return false;
        other = other->next;
    }
    return a->boolean == b->boolean && a->number == b->number && str_eq(a->text, b->text);
}

static void replace_members(struct task *t, struct json *object, const struct json *by)
{
    JSON_EACH (member, by) {
        json_put(t, object, member->name, member->kind == JSON_NULL ? NULL : json_copy(t, member));
    }
}

void state_fold(struct task *t, struct json *state, const struct json *effects)
{
    const struct json *changed = json_get(effects, "duties");

    replace_members(t, state, json_get(effects, "set"));
    if (!changed)
        return;
    struct json *duties = json_get(state, "duties");
    if (!duties) {
        duties = json_object(t);
        json_put(t, state, S("duties"), duties);
    }
    replace_members(t, duties, changed);
}

bool duty_is_open(const struct duty_facts *duty)
{
    return duty->closed_seq == 0;
}

bool duty_is_paused(const struct duty_facts *duty)
{
    return duty->pause_count && duty->pauses[duty->pause_count - 1].to == DAY_NONE;
}

static struct json *pauses_json(struct task *t, const struct duty_facts *duty)
{
    struct json *list = json_list(t);

    for (size_t i = 0; i < duty->pause_count; i++) {
        const struct pause *pause = &duty->pauses[i];
        struct json *item = json_object(t);

        json_put_str(t, item, "from", day_text(t, pause->from));
        if (pause->to != DAY_NONE)
            json_put_str(t, item, "to", day_text(t, pause->to));
        json_put_str(t, item, "why", pause->reason);
        json_put_str(t, item, "law", pause->law);
        json_append(list, item);
    }
    return list;
}

static struct json *extensions_json(struct task *t, const struct duty_facts *duty)
{
    struct json *list = json_list(t);

    for (size_t i = 0; i < duty->extension_count; i++) {
        const struct extension *extension = &duty->extensions[i];
        struct json *item = json_object(t);

        json_put_str(t, item, "by", limit_text(t, extension->by));
        json_put_str(t, item, "why", extension->reason);
        json_put_str(t, item, "law", extension->law);
        json_put_str(t, item, "who", extension->approver);
        json_append(list, item);
    }
    return list;
}

struct json *duty_json(struct task *t, const struct duty_facts *duty)
{
    struct json *json = json_object(t);

    json_put_int(t, json, "n", duty->n);
    json_put_str(t, json, "do", duty->name);
    json_put_str(t, json, "owed", str_of(owed_by_rules[duty->owed_by].word));
    if (duty->by_action)
        json_put_bool(t, json, "by_action", true);
    json_put_int(t, json, "opened", duty->opened_seq);
    json_put_int(t, json, "start", duty->start_at);
    json_put_str(t, json, "limit", limit_text(t, duty->limit));
    if (duty->law.len)
        json_put_str(t, json, "law", duty->law);
    if (duty->otherwise.len)
        json_put_str(t, json, "else", duty->otherwise);
    if (duty->pause_count)
        json_put(t, json, S("pauses"), pauses_json(t, duty));
    if (duty->paused_by.len)
        json_put_str(t, json, "paused_by", duty->paused_by);
    if (duty->extension_count)
        json_put(t, json, S("extensions"), extensions_json(t, duty));
    if (duty->overdue_at)
        json_put_int(t, json, "overdue", duty->overdue_at);
    if (duty->closed_seq) {
        json_put_int(t, json, "closed", duty->closed_seq);
        json_put_str(t, json, "how", duty->how);
    }
    return json;
}

static struct limit limit_of(struct str text)
{
    struct limit limit = {LIMIT_NONE, 0};
    const char *why;

    (void)!limit_parse(text, &limit, &why);
    return limit;
}

static void read_pauses(struct task *t, const struct json *list, struct duty_facts *duty)
{
    if (!list || !list->count)
        return;
    duty->pauses = NEW(t, struct pause, list->count);
    JSON_EACH (item, list) {
        struct pause *pause = &duty->pauses[duty->pause_count++];

        *pause = (struct pause){DAY_NONE, DAY_NONE, json_get_str(item, "why"),
                                json_get_str(item, "law")};
        (void)!day_parse(json_get_str(item, "from"), &pause->from);
        (void)!day_parse(json_get_str(item, "to"), &pause->to);
    }
}

static void read_extensions(struct task *t, const struct json *list, struct duty_facts *duty)
{
    if (!list || !list->count)
        return;
    duty->extensions = NEW(t, struct extension, list->count);
    JSON_EACH (item, list) {
        duty->extensions[duty->extension_count++] = (struct extension){
            .by = limit_of(json_get_str(item, "by")),
            .reason = json_get_str(item, "why"),
            .law = json_get_str(item, "law"),
            .approver = json_get_str(item, "who"),
        };
    }
}

struct duty_facts duty_from_json(struct task *t, const struct json *json)
{
    struct duty_facts duty = {
        .n = json_get_int(json, "n"),
        .name = json_get_str(json, "do"),
        .by_action = json_get_bool(json, "by_action"),
        .opened_seq = json_get_int(json, "opened"),
        .closed_seq = json_get_int(json, "closed"),
        .how = json_get_str(json, "how"),
        .start_at = json_get_int(json, "start"),
        .limit = limit_of(json_get_str(json, "limit")),
        .law = json_get_str(json, "law"),
        .otherwise = json_get_str(json, "else"),
        .overdue_at = json_get_int(json, "overdue"),
        .paused_by = json_get_str(json, "paused_by"),
    };
    int owed = rule_find(owed_by_rules, OWED_COUNT, json_get_str(json, "owed"));

    duty.owed_by = owed < 0 ? OWED_OWNER : (enum owed_by)owed;
    read_pauses(t, json_get(json, "pauses"), &duty);
    read_extensions(t, json_get(json, "extensions"), &duty);
    return duty;
}

struct list state_duties(struct task *t, const struct json *state)
{
    const struct json *duties = json_get(state, "duties");
    struct list list = {NEW(t, struct duty_facts, duties ? duties->count : 0), 0};

    JSON_EACH (item, duties) {
        ((struct duty_facts *)list.at)[list.count++] = duty_from_json(t, item);
    }
    return list;
}

struct due_question duty_question(const struct duty_facts *duty, int32_t today)
{
    return (struct due_question){
        .start = duty->start_at,
        .limit = duty->limit,
        .pauses = duty->pauses,
        .pause_count = duty->pause_count,
        .extensions = duty->extensions,
        .extension_count = duty->extension_count,
        .today = today,
        .law = duty->law,
    };
}
