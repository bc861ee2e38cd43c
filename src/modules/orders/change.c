#include "modules/orders/change.h"

void change_set(struct change *c, const char *name, struct json *value)
{
    struct json *none = NULL;

    if (!value) {
        none = NEW(c->t, struct json, 1); /* null: the fold removes the member */
        json_put(c->t, c->set, str_of(name), none);
        json_put(c->t, c->state, str_of(name), NULL);
        return;
    }
    json_put(c->t, c->set, str_of(name), json_copy(c->t, value));
    json_put(c->t, c->state, str_of(name), json_copy(c->t, value));
}

void change_set_str(struct change *c, const char *name, struct str value)
{
    change_set(c, name, json_str(c->t, value));
}

void change_set_int(struct change *c, const char *name, int64_t value)
{
    change_set(c, name, json_int(c->t, value));
}

void change_set_id(struct change *c, const char *name, int64_t id)
{
    change_set(c, name, json_id(c->t, id));
}

void change_set_in(struct change *c, const char *object, struct str name, struct json *value)
{
    const struct json *before = json_get(c->state, object);
    struct json *after = before ? json_copy(c->t, before) : json_object(c->t);

    json_put(c->t, after, name, value);
    change_set(c, object, after);
}

void change_duty(struct change *c, const struct duty_facts *duty)
{
    struct str n = str_format(c->t, "%lld", (long long)duty->n);
    struct json *duties = json_get(c->state, "duties");

    if (!duties) {
        duties = json_object(c->t);
        json_put(c->t, c->state, S("duties"), duties);
        duties = json_get(c->state, "duties");
    }
    json_put(c->t, duties, n, duty_json(c->t, duty));
    json_put(c->t, c->duties, n, duty_json(c->t, duty));
}
