/* The steps of an application, made from the matter and the form of its procedure. */
#include "apply_private.h"

struct ask *wizard_step_asks(struct task *t, struct wizard_step *step)
{
    struct ask *asks = NEW(t, struct ask, FIELDS_IN_STEP + 1);

    step->form = (struct form){"portal-step", asks};
    return asks;
}

struct wizard_step *wizard_add_step(struct wizard *wizard, enum step_kind kind,
                                    const char *question, const char *answer_title)
{
    struct wizard_step *step = &wizard->steps[wizard->count++];

    *step = (struct wizard_step){.kind = kind, .question = question, .answer_title = answer_title};
    return step;
}

bool wizard_consults(const struct wizard *wizard)
{
    return wizard->procedure->nature == NATURE_CONSULTATION;
}

/* The procedure's own question about what happened, when it has one: then it is not asked twice. */
static const struct ask *own_content(const struct procedure *procedure)
{
    for (const struct ask *ask = procedure->form.asks; ask && ask->name; ask++)
        if (ask->type == ASK_LONG && ask->required)
            return ask;
    return NULL;
}

static bool named(const struct ask *ask, const char *name)
{
    return str_is(str_of(ask->name), name);
}

bool wizard_asks_opponent(const struct procedure *procedure, bool *ret_required)
{
    for (const struct ask *ask = procedure->form.asks; ask && ask->name; ask++)
        if (named(ask, "opponent")) {
            *ret_required = ask->required;
            return true;
        }
    return false;
}

/* "Where does this come from?" has one answer when the person applies in person: not asked. */
static const char *self_evident(const struct ask *ask)
{
    for (const struct choice *choice = ask->type == ASK_CHOICE ? ask->choices : NULL;
         choice && choice->value; choice++)
        if (str_is(str_of(choice->value), "self") || str_is(str_of(choice->value), "asked"))
            return choice->value;
    return NULL;
}

/* What the counter or the next page knows, a page for citizens does not ask. */
static bool left_to_others(const struct ask *ask)
{
    return ask->type == ASK_LIST || ask->type == ASK_OBJECT || ask->type == ASK_ID ||
           (ask->type == ASK_MOMENT && !ask->required) || self_evident(ask) ||
           named(ask, "opponent") || named(ask, "opponent_phone");
}

/* How much of a page a question takes: a list of radio buttons fills half a screen. */
static int weight(const struct ask *ask)
{
    int n = 0;

    if (ask->type == ASK_LONG)
        return 2;
    while (ask->choices && ask->choices[n].value)
        n++;
    return n > 3 ? 2 : 1;
}

/* What happened, and then the procedure's own questions: at most three to a page, and not too much.
 */
static void add_questions(struct task *t, struct wizard *wizard)
{
    struct wizard_step *step = wizard_add_step(
        wizard, STEP_MATTER, wizard_consults(wizard) ? "您想问什么？" : "是什么事？", "什么事");
    const struct ask *own = own_content(wizard->procedure);
    struct ask *asks = wizard_step_asks(t, step);
    int n = 1, taken = 2;

    asks[0] = (struct ask){
        .name = "content",
        .title = own                       ? own->title
                 : wizard_consults(wizard) ? "您的问题"
                                           : "事情的经过",
        .type = ASK_LONG,
        .required = true,
        .max = own && own->max ? own->max : 5000,
        .hint = own ? own->hint : "什么时候、在哪里、和谁、怎么了，您想要什么结果。不用写法律词",
    };
    for (const struct ask *ask = wizard->procedure->form.asks; ask && ask->name; ask++) {
        if (ask == own || left_to_others(ask))
            continue;
        taken += weight(ask);
        if ((n == FIELDS_IN_STEP || taken > WEIGHT_OF_STEP) && wizard->count < STEPS_MOST - 6) {
            step = wizard_add_step(wizard, STEP_MORE, "再说明一点", "再说明");
            asks = wizard_step_asks(t, step);
            n = 0;
            taken = weight(ask);
        }
        if (n == FIELDS_IN_STEP)
            return;
        if (n && step->kind == STEP_MORE)
            step->question = "再说明几点";
        asks[n] = *ask;
        asks[n++].name = str_terminated(t, str_format(t, "f_%s", ask->name));
    }
}

static void add_steps(struct task *t, struct wizard *wizard)
{
    bool must, opponent = wizard_asks_opponent(wizard->procedure, &must);
    LIST_EACH (const struct material, material, wizard->matter.materials)
        if (!material->here && !(opponent && str_is(material->code, "opponent")))
            *(struct material *)list_add(t, &wizard->materials, sizeof *material) = *material;
    add_questions(t, wizard);
    wizard_add_people(t, wizard);
    if (wizard->materials.count)
        (void)wizard_add_step(wizard, STEP_MATERIALS, "材料", "材料");
    (void)wizard_add_step(wizard, STEP_CHECK, "看一遍，再交", NULL);
}

struct wizard_question {
    struct str code;
    struct wizard *wizard;
};

static enum err read_matter(struct task *t, void *arg)
{
    const struct wizard_question *q = arg;
    enum err e = catalog_matter(t, q->code, &q->wizard->matter);

    if (e == ERR_NOT_FOUND || (!e && !portal_offers(&q->wizard->matter)))
        return task_fail(t, ERR_NOT_FOUND, "没有这个事项，可能已经改名，请从全部事项里找");
    return e ? e : catalog_procedure(t, q->wizard->matter.procedure, 0, &q->wizard->procedure);
}

static enum err fill(struct task *t, struct str code, struct wizard *wizard)
{
    enum err e = store_read(t, read_matter, &(struct wizard_question){code, wizard});

    if (e)
        return e;
    if (str_is(wizard->matter.treatment, "guide"))
        return task_fail(t, ERR_NOT_FOUND, "这件事不在这里申请，请看事项页上写的该找谁");
    add_steps(t, wizard);
    return OK;
}

enum err wizard_begin(struct task *t, struct str matter, struct wizard *ret_wizard)
{
    *ret_wizard = (struct wizard){.draft.body = json_object(t)};
    enum err e = fill(t, matter, ret_wizard);

    if (e)
        return e;
    json_put_str(t, ret_wizard->draft.body, "matter", ret_wizard->matter.code);
    json_put(t, ret_wizard->draft.body, S("answers"), json_object(t));
    return OK;
}

enum err wizard_open(struct task *t, const struct request *request, struct response *response,
                     struct wizard *ret_wizard)
{
    response->no_store = true;
    *ret_wizard = (struct wizard){.kept = true};
    enum err e = draft_open(t, request, &ret_wizard->draft);

    if (e == ERR_NOT_FOUND)
        return task_fail(
            t, e, "没有找到没交的申请，可能已经到期删除，或者浏览器关过。有续填码的，可以接着填");
    return e ? e : fill(t, json_get_str(ret_wizard->draft.body, "matter"), ret_wizard);
}

struct json *wizard_answers(struct task *t, const struct wizard *wizard)
{
    struct json *answers = json_get(wizard->draft.body, "answers");

    return answers ? answers : json_object(t);
}

const struct wizard_step *wizard_step(const struct wizard *wizard, int64_t n)
{
    return n >= 1 && n <= wizard->count ? &wizard->steps[n - 1] : NULL;
}

int wizard_find(const struct wizard *wizard, enum step_kind kind)
{
    for (int i = 0; i < wizard->count; i++)
        if (wizard->steps[i].kind == kind)
            return i + 1;
    return 0;
}

struct str wizard_address(struct task *t, const struct wizard *wizard, int64_t step)
{
    const struct wizard_step *there = wizard_step(wizard, step);

    if (!there)
        return str_format(t, "/guide/%.*s", STR_ARG(wizard->matter.code));
    return there->kind == STEP_CHECK ? S("/apply/check")
                                     : str_format(t, "/apply/step/%lld", (long long)step);
}

/* The answers that a form knows: a draft that was begun under another version may hold more. */
static struct json *part_of(struct task *t, const struct form *form, const struct json *answers)
{
    struct json *part = json_object(t);

    for (const struct ask *ask = form->asks; ask && ask->name; ask++) {
        const struct json *value = json_get(answers, ask->name);

        if (value && value->kind == JSON_LIST) {
            struct json *copy = json_list(t);

            JSON_EACH (item, value)
                json_append(copy, json_str(t, json_as_str(item)));
            json_put(t, part, str_of(ask->name), copy);
        } else if (value) {
            json_put(t, part, str_of(ask->name), json_str(t, json_as_str(value)));
        }
    }
    return part;
}

int64_t wizard_unfinished(struct task *t, const struct wizard *wizard)
{
    const struct json *answers = wizard_answers(t, wizard);

    for (int i = 0; i < wizard->count; i++) {
        const struct wizard_step *step = &wizard->steps[i];
        struct json *clean;

        if (!step->form.asks)
            continue;
        if (form_check(t, &step->form, part_of(t, &step->form, answers), S(""), &clean)) {
            task_clear_error(t);
            return i + 1;
        }
    }
    return 0;
}

void wizard_take(struct task *t, struct wizard *wizard, const struct form *form,
                 const struct json *body)
{
    struct json *answers = wizard_answers(t, wizard), *part = part_of(t, form, body);

    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        json_put(t, answers, str_of(ask->name), NULL);
    for (struct json *value = part->first, *next; value; value = next) {
        next = value->next;
        if (value->kind == JSON_LIST || str_trim(value->text).len)
            json_put(t, answers, value->name, value);
    }
    if (!json_get(wizard->draft.body, "answers"))
        json_put(t, wizard->draft.body, S("answers"), answers);
}

/* --- What order_create() is given ---------------------------------------------------------- */

/* Of the procedure's form: what was asked here, what was asked elsewhere, and what goes without
 * asking. */
static struct json *fields(struct task *t, const struct wizard *wizard, const struct json *answers)
{
    const struct ask *own = own_content(wizard->procedure);
    struct json *object = json_object(t);

    for (const struct ask *ask = wizard->procedure->form.asks; ask && ask->name; ask++) {
        struct json *value = json_find(answers, str_join(t, S("f_"), str_of(ask->name))),
                    *copied = NULL;
        const char *evident = self_evident(ask);

        if (ask == own)
            copied = json_str(t, json_get_str(answers, "content"));
        else if (evident)
            copied = json_str(t, str_of(evident));
        else if (named(ask, "opponent"))
            copied = json_str(t, json_get_str(answers, "other_name"));
        else if (named(ask, "opponent_phone"))
            copied = json_str(t, json_get_str(answers, "other_phone"));
        else if (value && value->kind == JSON_LIST) {
            copied = json_list(t);
            JSON_EACH (item, value)
                json_append(copied, json_str(t, json_as_str(item)));
        } else if (value) {
            copied = json_str(t, json_as_str(value));
        }
        if (copied && (copied->kind == JSON_LIST || copied->text.len))
            json_put(t, object, str_of(ask->name), copied);
    }
    return object;
}

static bool handed_in(const struct wizard *wizard, struct str material)
{
    JSON_EACH (file, json_get(wizard->draft.body, "files"))
        if (str_eq(json_get_str(file, "material"), material))
            return true;
    return false;
}

static struct json *promised(struct task *t, const struct wizard *wizard)
{
    struct json *list = json_list(t);

    LIST_EACH (const struct material, material, wizard->materials) {
        const struct json *instead =
            json_find(json_get(wizard->draft.body, "papers"), material->code);

        if (!material->promise || handed_in(wizard, material->code) ||
            !str_is(json_as_str(instead), "promised"))
            continue;
        struct json *mark = json_object(t);
        json_put_str(t, mark, "code", material->code);
        json_put_str(t, mark, "state", S("promised"));
        json_append(list, mark);
    }
    return list;
}

struct json *wizard_intake(struct task *t, const struct wizard *wizard)
{
    const struct json *answers = wizard_answers(t, wizard);
    struct json *input = json_object(t);

    json_put_str(t, input, "matter", wizard->matter.code);
    json_put_str(t, input, "channel", S("web"));
    json_put_str(t, input, "subject", wizard->matter.title);
    json_put_str(t, input, "content", json_get_str(answers, "content"));
    json_put(t, input, S("parties"), wizard_parties(t, answers));
    json_put(t, input, S("fields"), fields(t, wizard, answers));
    json_put(t, input, S("materials"), promised(t, wizard));
    return input;
}
