/*
 * act_form.c - what the questions of a form are called, for the page that gives back what was typed
 * when a request was refused (http/kept.c).  By then the order may stand elsewhere, and whoever
 * typed may be signed out: so the answer is what can be said to who asks now, or nothing.
 */
#include "modules/orders/orders.h"

#include "modules/catalog/catalog.h"
#include "modules/orders/intake.h"

enum { ASKS_MOST = 80 };

struct asked {
    const struct actor *actor;
    const struct json *input; /* of a registration */
    int64_t order;
    struct str action, procedure;
    struct ask *asks; /* room for ASKS_MOST and an end */
    size_t count;
};

static void add_ask(struct asked *asked, struct ask ask)
{
    for (size_t i = 0; i < asked->count; i++) {
        struct ask *known = &asked->asks[i];

        if (!str_is(str_of(known->name), ask.name))
            continue;
        /* Procedures that ask the same under two titles: none of them is right for sure. */
        if (!known->title || !str_is(str_of(known->title), ask.title))
            known->title = NULL;
        return;
    }
    if (ask.title && asked->count < ASKS_MOST)
        asked->asks[asked->count++] = ask;
}

static void add_form(struct asked *asked, const struct form *form)
{
    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        add_ask(asked, *ask);
}

/* What the page of an order asks beside the form of any action. */
static void add_when(struct asked *asked)
{
    add_ask(asked, (struct ask){.name = "_occurred_at", .title = "发生时间"});
    add_ask(asked, (struct ask){.name = "_back_reason", .title = "补录原因"});
}

static void add_action(struct asked *asked, const struct procedure *procedure)
{
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct action_rule *rule = step_action(&procedure->steps[i], asked->action);

        if (rule)
            add_form(asked, &rule->form);
    }
}

static enum err of_order(struct task *t, struct asked *asked)
{
    const struct procedure *procedure;
    struct order order;
    enum err e = order_load(t, asked->actor, asked->order, &order);

    if (!e)
        e = order_procedure(t, &order, &procedure);
    if (e)
        return e;
    /* As the step asks it where the order stands; it may have gone on since. */
    const struct step_rule *step = procedure_step(procedure, order.step);
    const struct action_rule *rule = step ? step_action(step, asked->action) : NULL;
    if (rule)
        add_form(asked, &rule->form);
    else
        add_action(asked, procedure);
    return OK;
}

/* Nothing of the order: what is said here is said to anybody. */
static enum err of_all_procedures(struct task *t, struct asked *asked)
{
    struct list rows;
    enum err e = catalog_procedures(t, &rows);

    if (e)
        return e;
    LIST_EACH (struct procedure_row, row, rows) {
        const struct procedure *procedure;

        e = catalog_procedure(t, row->code, 0, &procedure);
        if (e)
            return e;
        add_action(asked, procedure);
    }
    return OK;
}

/* The form says itself whose questions it asks: whoever was signed out while typing has that. */
static enum err of_named_procedure(struct task *t, struct asked *asked)
{
    const struct procedure *procedure;
    enum err e = catalog_procedure(t, asked->procedure, 0, &procedure);

    if (!e)
        add_action(asked, procedure);
    return e;
}

static enum err read_action(struct task *t, void *arg)
{
    struct asked *asked = arg;
    enum err e = ERR_NOT_FOUND;

    asked->count = 0;
    add_when(asked);
    if (asked->actor)
        e = of_order(t, asked);
    if (e == ERR_NOT_FOUND && asked->procedure.len)
        e = of_named_procedure(t, asked);
    if (e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    return of_all_procedures(t, asked);
}

static enum err read_intake(struct task *t, void *arg)
{
    struct asked *asked = arg;
    const struct procedure *procedure;
    struct matter matter;
    enum err e = catalog_matter(t, json_get_str(asked->input, "matter"), &matter);

    asked->count = 0;
    add_form(asked, &intake_form);
    add_ask(asked, (struct ask){.name = "occurred_at", .title = "发生时间"});
    add_ask(asked, (struct ask){.name = "back_reason", .title = "补录原因"});
    if (!e)
        e = catalog_procedure(t, matter.procedure, 0, &procedure);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    add_ask(asked, (struct ask){.name = "fields",
                                .title = "事项的问题",
                                .type = ASK_OBJECT,
                                .of = &procedure->form});
    const struct action_rule *then =
        procedure->step_count ? step_action(procedure->steps, json_get_str(asked->input, "then"))
                              : NULL;
    if (then)
        add_ask(asked, (struct ask){.name = "then_input",
                                    .title = "当场办理",
                                    .type = ASK_OBJECT,
                                    .of = &then->form});
    return OK;
}

/* A label that is missing is no second trouble. */
static const struct form *read_form(struct task *t, store_fn *read, struct asked *asked)
{
    struct form *form = NEW(t, struct form, 1);

    asked->asks = NEW(t, struct ask, ASKS_MOST + 1);
    if (store_read(t, read, asked)) {
        task_clear_error(t);
        return NULL;
    }
    asked->asks[asked->count] = (struct ask){0};
    *form = (struct form){"asked", asked->asks};
    return form;
}

const struct form *order_act_form(struct task *t, const struct actor *actor, int64_t order,
                                  struct str action, struct str procedure)
{
    return read_form(t, read_action,
                     &(struct asked){actor, NULL, order, action, procedure, NULL, 0});
}

const struct form *order_intake_form(struct task *t, const struct json *input)
{
    return read_form(t, read_intake, &(struct asked){.input = input});
}
