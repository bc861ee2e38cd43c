#include "modules/shell/ask_box.h"

#include <stdlib.h>

struct ask_box ask_box(const struct ask *ask)
{
    switch (ask->type) {
    case ASK_INT:
        return (struct ask_box){S("text"), S("numeric"), {0}};
    case ASK_MONEY:
        return (struct ask_box){S("text"), S("decimal"), S("元")};
    case ASK_DAY:
        return (struct ask_box){S("date"), {0}, {0}};
    case ASK_MOMENT:
        return (struct ask_box){S("datetime-local"), {0}, {0}};
    case ASK_PHONE:
        return (struct ask_box){S("tel"), S("tel"), {0}};
    default:
        return (struct ask_box){S("text"), {0}, {0}};
    }
}

struct str ask_value(struct task *t, const struct ask *ask, const struct json *value)
{
    if (!value)
        return (struct str){0};
    switch (value->kind) {
    case JSON_STRING:
        return value->text;
    case JSON_BOOL:
        return value->boolean ? S("1") : S("0");
    case JSON_INT:
        if (ask && ask->type == ASK_MONEY) {
            lldiv_t parts = lldiv(value->number, 100);

            return parts.rem ? str_format(t, "%lld.%02lld", parts.quot, parts.rem)
                             : str_format(t, "%lld", parts.quot);
        }
        return str_format(t, "%lld", (long long)value->number);
    default:
        return (struct str){0};
    }
}

bool ask_holds(struct task *t, const struct ask *ask, const struct json *value, struct str one)
{
    if (value && value->kind == JSON_LIST) {
        JSON_EACH (item, value) {
            if (str_eq(json_as_str(item), one))
                return true;
        }
        return false;
    }
    return value && str_eq(ask_value(t, ask, value), one);
}
