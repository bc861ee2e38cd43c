/* The people of the register form. */
#include <string.h>

#include "core/task.h"
#include "modules/desk/register.h"
#include "core/text.h"
#include "modules/orders/orders.h"

enum {
    FULL_PERSONS = 6 /* beyond them the other fields are folded away unless they hold something */
};

static const struct ask role_ask = {
    .name = "role", .title = "身份", .type = ASK_CHOICE, .required = true};
static const struct ask authority_ask = {.name = "authority",
                                         .title = "授权范围",
                                         .type = ASK_TEXT,
                                         .hint = "例如：可承认、变更请求：否"};
static const struct ask represents_ask = {
    .name = "represents", .title = "代表全体", .type = ASK_BOOL};

static const struct choice roles[] = {
    {"applicant", "共同申请人"}, {"respondent", "被申请人"},
    {"agent", "代理人"},         {"guardian", "监护人"},
    {"witness", "证人"},         {"third-party", "第三人"},
    {"beneficiary", "受益人"},   {NULL, NULL},
};

static bool is_front(const char *name)
{
    return strcmp(name, "name") == 0 || strcmp(name, "paper_number") == 0 ||
           strcmp(name, "phone") == 0;
}

static void add_fact(struct task *t, struct register_person *person, struct str text)
{
    if (text.len)
        ((struct desk_text *)list_add(t, &person->facts, sizeof(struct desk_text)))->text = text;
}

/* What the number itself says: check digit, sex, birth, age. */
static void read_number(struct task *t, struct register_person *person, const struct json *identity)
{
    struct str number = json_get_str(identity, "paper_number"), normal;
    struct str paper = json_get_str(identity, "paper");
    bool card = !paper.len || str_is(paper, "id-card") || str_is(paper, "residence-permit");

    person->paper_number.check = card ? S("id-number") : S("");
    if (str_is(paper, "credit-code") || person->kind_firm) {
        person->paper_number.check = S("credit-code");
        person->paper_number.label = S("统一社会信用代码");
        if (number.len && !check_credit_code(t, number, &normal))
            person->paper_number.good = S("校验位正确");
        return;
    }
    if (!number.len || !card || check_id_number(t, number, &normal))
        return;
    int32_t birth = id_number_birth(normal);
    person->paper_number.good = S("校验位正确");
    add_fact(t, person, id_number_female(normal) ? S("女") : S("男"));
    add_fact(t, person, day_text(t, birth));
    add_fact(t, person, str_format(t, tr(t, "%d 岁"), age_on(birth, day_of(t->now))));
}

static enum err count_visits(struct task *t, struct register_work *w, const struct json *identity,
                             struct register_person *person)
{
    struct identity who = {.paper_number = json_get_str(identity, "paper_number"),
                           .phone = json_get_str(identity, "phone")};
    struct list orders = {0};

    if (!who.paper_number.len && who.phone.len < 11)
        return OK;
    enum err e = order_similar(t, w->actor, &who, 1, &orders);
    if (e || !orders.count)
        return e;
    const struct order *last = orders.at;
    person->visits =
        str_format(t, tr(t, "来过 %zu 次：最近 %.*s %.*s"), orders.count,
                   STR_ARG(day_text(t, day_of(last->occurred_at))), STR_ARG(last->subject));
    return OK;
}

static void draw_more(struct task *t, struct register_work *w, struct register_person *person,
                      struct str prefix, const struct json *identity)
{
    for (const struct ask *ask = party_form.asks; ask && ask->name; ask++) {
        if (is_front(ask->name))
            continue;
        struct desk_field *field = list_add(t, &person->more_fields, sizeof *field);
        *field = desk_draw_ask(t, &w->drawing, ask, prefix, identity);
        field->optional = false;
        person->more_open = person->more_open || field->error.len ||
                            (field->value.len && person->index < FULL_PERSONS &&
                             strcmp(ask->name, "kind") != 0 && strcmp(ask->name, "paper") != 0);
    }
    const struct json *green = json_get(identity, "green");
    JSON_EACH (word, green && green->kind == JSON_LIST ? green : NULL) {
        ((struct desk_title *)list_add(t, &person->green_tags, sizeof(struct desk_title)))->title =
            party_green_title(json_as_str(word));
    }
    if (json_as_str(green).len)
        ((struct desk_title *)list_add(t, &person->green_tags, sizeof(struct desk_title)))->title =
            party_green_title(json_as_str(green));
}

static struct desk_field front_field(struct task *t, struct register_work *w, const char *name,
                                     struct str prefix, const struct json *identity)
{
    struct desk_field field =
        desk_draw_ask(t, &w->drawing, desk_ask(&party_form, name), prefix, identity);

    field.optional = false;
    field.hint = (struct str){0};
    return field;
}

static struct list role_options(struct task *t, struct str chosen)
{
    struct list options = {0};

    for (const struct choice *role = roles; role->value; role++)
        *(struct desk_option *)list_add(t, &options, sizeof(struct desk_option)) =
            (struct desk_option){str_of(role->value), str_of(role->title),
                                 str_is(chosen, role->value)};
    return options;
}

static enum err draw_person(struct task *t, struct register_work *w, int64_t index,
                            const struct json *party, struct register_person *person)
{
    const struct json *identity = json_get(party, "identity");
    struct str outer = str_format(t, "parties[%lld].", (long long)index);
    struct str prefix = str_format(t, "%.*sidentity.", STR_ARG(outer));
    struct str kind = json_get_str(identity, "kind");

    person->index = index;
    person->n = index + 1;
    person->anchor = str_format(t, "parties-%lld-identity", (long long)index);
    person->kind_firm = str_is(kind, "firm") || str_is(kind, "other");
    person->name = front_field(t, w, "name", prefix, identity);
    person->phone = front_field(t, w, "phone", prefix, identity);
    person->paper_number = front_field(t, w, "paper_number", prefix, identity);
    if (!person->kind_firm)
        person->paper_number.label = S("公民身份号码或其他证件号码");
    if (!person->name.error.len)
        person->name.error = request_error(
            w->request, str_terminated(t, str_format(t, "%.*sidentity", STR_ARG(outer))));
    person->role = desk_draw_ask(t, &w->drawing, &role_ask, outer, party);
    person->role.options = role_options(t, json_get_str(party, "role"));
    person->authority = desk_draw_ask(t, &w->drawing, &authority_ask, outer, party);
    person->represents = desk_draw_ask(t, &w->drawing, &represents_ask, outer, party);
    const struct json *all = json_get(w->input, "parties");
    if (index == 0 && all && all->count > 1) {
        *(struct desk_field *)list_add(t, &person->speaks, sizeof(struct desk_field)) =
            person->represents;
        *(struct desk_field *)list_add(t, &person->speaks, sizeof(struct desk_field)) =
            person->authority;
    }
    read_number(t, person, identity);
    draw_more(t, w, person, prefix, identity);
    return index < FULL_PERSONS ? count_visits(t, w, identity, person) : OK;
}

enum err register_people(struct task *t, struct register_work *w)
{
    const struct json *parties = json_get(w->input, "parties");
    const struct json *party = parties && parties->kind == JSON_LIST ? parties->first : NULL;
    enum err e;

    if (!w->page->is_anonymous) {
        w->page->first = NEW(t, struct register_person, 1);
        e = draw_person(t, w, 0, party, w->page->first);
        if (e)
            return e;
    }
    for (int64_t index = 1; party && (party = party->next); index++) {
        e = draw_person(t, w, index, party,
                        list_add(t, &w->page->others, sizeof(struct register_person)));
        if (e)
            return e;
    }
    return OK;
}
