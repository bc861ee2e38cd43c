/*
 * effects_people.c - who has the order: assigned, taken, recused, moved between units (K7, K11).
 */
#include "modules/orders/effects.h"

#include "modules/access/staff.h"

static void give_to(struct change *c, int64_t staff, struct str post)
{
    change_set_id(c, "owner", staff);
    change_set_str(c, "owner_post", post);
    change_set_str(c, "desk", post);
}

void give_to_queue(struct change *c)
{
    const struct step_rule *step = procedure_step(c->procedure, json_get_str(c->state, "step"));

    change_set_id(c, "owner", 0);
    change_set_str(c, "owner_post", S(""));
    if (step && step->desk_count)
        change_set_str(c, "desk", step->desk[0]);
}

/* Same person, near relative or declared interest blocks; same household or employer warns: the
 * person who assigns must say that they know (`despite`). */
static enum err recusal_check(struct change *c, int64_t staff, const char *field)
{
    enum interest interest;
    struct str why;
    enum err e = recusal_interest(c, staff, &interest, &why);

    if (e)
        return e;
    if (interest == INTEREST_BLOCKS)
        task_field_error(c->t, str_of(field), "%.*s", STR_ARG(party_interest_text(c->t, why)));
    else if (interest == INTEREST_WARNS && !json_get_bool(c->input, "despite"))
        task_field_error(c->t, S("despite"), "%.*s；确无利害关系的，勾选“已核实”再办",
                         STR_ARG(party_interest_text(c->t, why)));
    else if (interest == INTEREST_WARNS)
        return note_despite(c, staff);
    return OK;
}

/* The desk that the order will lie at; the posts of it that work at the unit today. */
enum err change_assignees(struct change *c, struct list *ret_people)
{
    int index = procedure_step_index(c->procedure, json_get_str(c->state, "step"));
    const struct step_rule *step = &c->procedure->steps[c->rule->to >= 0 ? c->rule->to : index];
    int64_t unit = json_get_id(c->state, "unit");
    struct list people = {0};

    if (c->assignees_of == c->rule) {
        *ret_people = c->assignees;
        return OK;
    }
    for (size_t i = 0; i < step->desk_count || i == 0; i++) {
        struct list there;
        enum err e = staff_find(c->t, unit, step->desk_count ? step->desk[i] : S(""), &there);

        if (e)
            return e;
        LIST_EACH (struct staff_at, person, there) {
            if (!order_recused(c->state, person->id))
                *(struct staff_at *)list_add(c->t, &people, sizeof *person) = *person;
        }
    }
    c->assignees = *ret_people = people;
    c->assignees_of = c->rule;
    return OK;
}

enum err may_assign(struct change *c)
{
    struct list people;
    enum err e = change_assignees(c, &people);

    if (e || people.count)
        return e;
    return task_fail(c->t, ERR_CONFLICT, "本机构在这个岗位上没有可以指定的人");
}

enum err effect_assign(struct change *c, const struct action_effect *effect)
{
    int64_t staff = json_get_id(c->input, "staff");
    struct list people;
    struct str post = {0};
    enum err e = change_assignees(c, &people);

    (void)effect;
    if (e)
        return e;
    LIST_EACH (struct staff_at, person, people) {
        if (person->id == staff)
            post = person->post;
    }
    if (!post.len) {
        task_field_error(c->t, S("staff"), "%s",
                         order_recused(c->state, staff) ? "此人已回避这件工单"
                                                        : "请选择本机构在这个岗位上的人");
        return OK;
    }
    e = recusal_check(c, staff, "staff");
    if (e)
        return e;
    give_to(c, staff, post);
    return OK;
}

/* A caller who takes an order to call back has not handled it thereby. */
static enum err note_caller(struct change *c)
{
    bool of_others = false;

    if (!str_is(str_of(c->actor->post->code), "caller"))
        return OK;
    enum err e = condition_holds(c, COND_NOT_OWN_WORK, &of_others);
    if (!e && of_others)
        change_set_id(c, "caller", c->actor->staff);
    return e;
}

enum err effect_take(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    if (c->actor->kind != ACTOR_STAFF)
        return OK;
    enum err e = recusal_check(c, c->actor->staff, "staff");
    if (!e)
        e = note_caller(c);
    if (e)
        return e;
    give_to(c, c->actor->staff, str_of(c->actor->post->code));
    if (c->rule->to != TO_STAY) /* taken over for good; until then it can still be returned */
        change_set(c, "transfer_from", NULL);
    return OK;
}

enum err effect_release(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    give_to_queue(c);
    return OK;
}

enum err may_recuse(struct change *c)
{
    if (!json_get_id(c->state, "owner"))
        return task_fail(c->t, ERR_CONFLICT, "工单还没有承办人，不用回避");
    return OK;
}

static void recuse(struct change *c, int64_t owner)
{
    const struct json *before = json_get(c->state, "recused");
    struct json *recused = before ? json_copy(c->t, before) : json_list(c->t);

    json_append(recused, json_id(c->t, owner));
    change_set(c, "recused", recused);
    give_to_queue(c);
}

enum err effect_recuse(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    recuse(c, json_get_id(c->state, "owner"));
    return OK;
}

void recuse_owner(struct change *c, struct str why)
{
    json_put_str(c->t, c->body, "why",
                 str_format(c->t, "承办人%.*s，已回避，请另行指定", STR_ARG(why)));
    recuse(c, json_get_id(c->state, "owner"));
}

static enum err move_to_unit(struct change *c, int64_t id, const char *field)
{
    struct unit unit;
    enum err e = org_unit(c->t, id, &unit);

    if (e == ERR_NOT_FOUND || (e == OK && !unit.open)) {
        task_clear_error(c->t);
        task_field_error(c->t, str_of(field), "请选择一个开放的机构");
        return OK;
    }
    if (e)
        return e;
    if (unit.id == json_get_id(c->state, "unit")) {
        task_field_error(c->t, str_of(field), "已经在这个机构");
        return OK;
    }
    change_set_id(c, "unit", unit.id);
    change_set_str(c, "unit_path", unit.path);
    give_to_queue(c);
    return OK;
}

enum err effect_transfer(struct change *c, const struct action_effect *effect)
{
    int64_t from = json_get_id(c->state, "unit");

    (void)effect;
    enum err e = move_to_unit(c, json_get_id(c->input, "unit"), "unit");
    if (e)
        return e;
    change_set_id(c, "transfer_from", from);
    return OK;
}

enum err may_return_transfer(struct change *c)
{
    if (!json_get_id(c->state, "transfer_from"))
        return task_fail(c->t, ERR_CONFLICT, "这件工单不是转来的，不能退回");
    return OK;
}

/* Once only: a second refusal is for the centre to decide (the procedure's `when:` says so). */
enum err effect_return_transfer(struct change *c, const struct action_effect *effect)
{
    int64_t from = json_get_id(c->state, "transfer_from");

    (void)effect;
    enum err e = move_to_unit(c, from, "unit");
    if (e)
        return e;
    change_set(c, "transfer_from", NULL);
    change_set_int(c, "transfer_refused", json_get_int(c->state, "transfer_refused") + 1);
    return OK;
}

enum err effect_decide_unit(struct change *c, const struct action_effect *effect)
{
    int64_t unit = json_get_id(c->input, "unit");

    (void)effect;
    change_set_int(c, "unit_decided", c->seq);
    change_set(c, "transfer_from", NULL);
    if (unit == json_get_id(c->state, "unit")) {
        give_to_queue(c);
        return OK;
    }
    return move_to_unit(c, unit, "unit");
}
