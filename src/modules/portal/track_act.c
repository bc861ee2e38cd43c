/*
 * What a citizen does with an order: hand in what is missing, rate, complain, withdraw, change the
 * phone - whatever the procedure gives to `party` in this step.  All of it goes through
 * order_act().
 */
#include "track_private.h"

struct act_view {
    struct portal_form form;
    struct str title, number, question, lead, action, button, after, conflict;
    int64_t version;
    bool danger;
};

static const struct field act_fields[] = {
    PORTAL_FORM_FIELDS(struct act_view),
    FIELD(struct act_view, title, F_STR, "什么事"),
    FIELD(struct act_view, number, F_STR, "工单号"),
    FIELD(struct act_view, question, F_STR, "问题"),
    FIELD(struct act_view, lead, F_STR, NULL),
    FIELD(struct act_view, action, F_STR, NULL),
    FIELD(struct act_view, button, F_STR, NULL),
    FIELD(struct act_view, after, F_STR, "之后"),
    FIELD(struct act_view, conflict, F_STR, NULL),
    FIELD(struct act_view, version, F_INT, "版本"),
    FIELD(struct act_view, danger, F_BOOL, NULL),
    {0},
};
const struct shape track_act_shape = {"TrackAct", sizeof(struct act_view), act_fields};

static enum err read_tracked(struct task *t, void *arg)
{
    return tracked_read(t, arg, false);
}

static enum err open_tracked(struct task *t, const struct request *request, struct tracked *tracked)
{
    *tracked = (struct tracked){.actor = request->actor};
    return store_read(t, read_tracked, tracked);
}

enum err track_act(struct task *t, struct request *request, struct response *response)
{
    struct act_view *view = NEW(t, struct act_view, 1);
    struct str name = json_get_str(request->params, "action");
    struct tracked tracked;
    enum err e = open_tracked(t, request, &tracked);

    if (e)
        return e;
    const struct action_rule *rule = tracked_rule(&tracked, name);
    if (!rule || rule_has_effect(rule, EFFECT_ATTACH))
        return task_fail(t, ERR_CONFLICT, "这件事现在不能这样办了，请回到进度页看看");
    struct act_words words = act_words_of(t, tracked.procedure, rule);
    *view = (struct act_view){
        .form = portal_form(t, &rule->form, request->body, request->errors),
        .title = tracked.title,
        .number = tracked.order.no,
        .question = str_of(words.question),
        .lead = str_of(words.lead),
        .action = str_format(t, "/track/act/%.*s", STR_ARG(name)),
        .button = str_of(words.button),
        .after = words.after ? str_of(words.after) : rule->hint,
        .version = tracked.order.version,
        .danger = rule->danger,
    };
    response->shape = &track_act_shape;
    response->view = view;
    return OK;
}

/* Somebody acted meanwhile: the page again, with what was typed and what changed. */
static enum err show_conflict(struct task *t, struct request *request, struct response *response)
{
    struct str note = t->note;

    task_clear_error(t);
    enum err e = track_act(t, request, response);
    if (e)
        return e;
    struct act_view *view = NEW(t, struct act_view, 1);
    *view = *(const struct act_view *)response->view;
    view->conflict = note;
    response->view = view;
    response->template = "portal/act";
    response->status = 409;
    return OK;
}

const struct form *track_act_asked(struct task *t, const struct request *request)
{
    const struct actor *actor = request->actor;

    return order_act_form(t, actor, actor ? actor->order : 0,
                          json_get_str(request->params, "action"), (struct str){0});
}

enum err track_act_post(struct task *t, struct request *request, struct response *response)
{
    struct act act = {
        .order = request->actor->order,
        .action = json_get_str(request->params, "action"),
        .input = request->body,
        .seen_version = json_get_int(request->body, "_version"),
        .key = request->idempotency_key,
    };
    struct act_done done;
    enum err e = order_act(t, request->actor, &act, &done);

    if (e == ERR_CONFLICT && !request->api)
        return show_conflict(t, request, response);
    if (e)
        return e;
    response->id = act.order;
    response->redirect = str_format(t, "/track/order?done=%.*s", STR_ARG(act.action));
    return OK;
}

/* --- Handing in ---------------------------------------------------------------------------- */

struct material_line {
    int64_t id; /* 1, 2 ...: place in the matter's list */
    struct str title, where_from, state;
    bool state_done;
};
struct supplement_view {
    struct str title, until;
    bool has_missing, has_received;
    struct list missing, received;
};
struct material_page {
    struct portal_form form;
    struct str title, matter, where_from, action, back, file_error;
    int64_t number, count;
    bool has_files;
    struct list files;
};

static const struct field material_line_fields[] = {
    FIELD(struct material_line, id, F_INT, "序号"),
    FIELD(struct material_line, title, F_STR, "材料"),
    FIELD(struct material_line, where_from, F_STR, "从哪里得到"),
    FIELD(struct material_line, state, F_STR, "情况"),
    FIELD(struct material_line, state_done, F_BOOL, NULL),
    {0},
};
static const struct shape material_line_shape = {"TrackMaterial", sizeof(struct material_line),
                                                 material_line_fields};

static const struct field supplement_fields[] = {
    FIELD(struct supplement_view, title, F_STR, "什么事"),
    FIELD(struct supplement_view, until, F_STR, "最晚"),
    FIELD(struct supplement_view, has_missing, F_BOOL, NULL),
    FIELD(struct supplement_view, has_received, F_BOOL, NULL),
    FIELD_OF(struct supplement_view, missing, F_LIST, &material_line_shape, "还缺"),
    FIELD_OF(struct supplement_view, received, F_LIST, &material_line_shape, "已收到"),
    {0},
};
const struct shape track_supplement_shape = {"TrackSupplement", sizeof(struct supplement_view),
                                             supplement_fields};

static const struct field material_page_fields[] = {
    PORTAL_FORM_FIELDS(struct material_page),
    FIELD(struct material_page, title, F_STR, "材料"),
    FIELD(struct material_page, matter, F_STR, "什么事"),
    FIELD(struct material_page, where_from, F_STR, "从哪里得到"),
    FIELD(struct material_page, action, F_STR, NULL),
    FIELD(struct material_page, back, F_STR, NULL),
    FIELD(struct material_page, file_error, F_STR, "错误"),
    FIELD(struct material_page, number, F_INT, "序号"),
    FIELD(struct material_page, count, F_INT, "共几件"),
    FIELD(struct material_page, has_files, F_BOOL, NULL),
    FIELD_OF(struct material_page, files, F_LIST, &portal_file_shape, NULL),
    {0},
};
const struct shape track_material_shape = {"TrackHandIn", sizeof(struct material_page),
                                           material_page_fields};

struct supplement {
    struct tracked tracked;
    struct list materials; /* struct material_view */
};

static enum err read_supplement(struct task *t, void *arg)
{
    struct supplement *s = arg;
    enum err e = tracked_read(t, &s->tracked, false);

    return e ? e : order_materials(t, &s->tracked.order, &s->materials);
}

static struct str state_words(struct str state)
{
    if (str_is(state, "in"))
        return S("已收到");
    if (str_is(state, "handed-in"))
        return S("传上来了，等工作人员看");
    if (str_is(state, "promised"))
        return S("已承诺，还要补");
    return S("还没交");
}

enum err track_supplement(struct task *t, struct request *request, struct response *response)
{
    struct supplement s = {.tracked.actor = request->actor};
    struct supplement_view *view = NEW(t, struct supplement_view, 1);
    int64_t id = 0;
    enum err e = store_read(t, read_supplement, &s);

    if (e)
        return e;
    if (!tracked_attach(&s.tracked))
        return task_fail(t, ERR_CONFLICT, "现在不用交材料，请回到进度页看看");
    const struct duty_view *owed = tracked_owed(&s.tracked);
    view->title = s.tracked.title;
    view->until = owed ? portal_day(t, owed->legal_day) : (struct str){0};
    LIST_EACH (const struct material_view, material, s.materials) {
        bool received = str_is(material->state, "in") || str_is(material->state, "handed-in");

        id++;
        if (!received && material_made_here(&s.tracked.matter, material->code))
            continue;
        if (!received && !material->required && !str_is(material->state, "promised"))
            continue;
        struct material_line *line =
            list_add(t, received ? &view->received : &view->missing, sizeof *line);
        *line = (struct material_line){id, material->title, material->where,
                                       state_words(material->state), received};
    }
    view->has_missing = view->missing.count > 0;
    view->has_received = view->received.count > 0;
    response->view = view;
    return OK;
}

/* The material of the address; number 0 is "something else". */
static enum err material_asked(struct task *t, const struct request *request, struct supplement *s,
                               const struct material_view **ret_material, int64_t *ret_number)
{
    int64_t number = json_get_int(request->params, "number");

    *s = (struct supplement){.tracked.actor = request->actor};
    enum err e = store_read(t, read_supplement, s);
    if (e)
        return e;
    if (number < 0 || number > (int64_t)s->materials.count)
        return task_fail(t, ERR_NOT_FOUND, "没有这项材料");
    *ret_number = number;
    *ret_material = number ? (const struct material_view *)s->materials.at + number - 1 : NULL;
    return OK;
}

enum err track_material(struct task *t, struct request *request, struct response *response)
{
    struct material_page *page = NEW(t, struct material_page, 1);
    const struct material_view *material;
    struct supplement s;
    int64_t number;
    enum err e = material_asked(t, request, &s, &material, &number);

    if (e)
        return e;
    page->form = portal_form(t, NULL, NULL, request->errors);
    page->title = material ? material->title : S("交别的材料");
    page->where_from = material ? material->where : (struct str){0};
    page->matter = s.tracked.title;
    page->action = str_format(t, "/track/supplement/%lld", (long long)number);
    page->back = S("/track/supplement");
    page->number = number;
    page->count = (int64_t)s.materials.count;
    for (const struct field_error *error = request->errors; error; error = error->next)
        page->file_error = error->message;
    response->view = page;
    return OK;
}

enum err track_material_post(struct task *t, struct request *request, struct response *response)
{
    const struct material_view *material;
    struct list uploads;
    struct supplement s;
    int64_t number;
    enum err e = material_asked(t, request, &s, &material, &number);

    if (e)
        return e;
    const struct action_view *attach = tracked_attach(&s.tracked);
    if (!attach)
        return task_fail(t, ERR_CONFLICT, "现在不用交材料，请回到进度页看看");
    if ((e = upload_check(t, request, &uploads)))
        return e;
    if (!uploads.count) {
        task_field_error(t, S("files"), "请先拍照或选文件");
        return ERR_BAD_INPUT;
    }
    struct act act = {
        .order = request->actor->order,
        .action = attach->name,
        .input = json_object(t),
        .key = request->idempotency_key,
    };
    LIST_EACH (const struct upload, upload, uploads) {
        struct file_in *file = list_add(t, &act.files, sizeof *file);

        *file = (struct file_in){
            .name = upload->filename,
            .type = upload->type,
            .material = material ? material->code : (struct str){0},
            .size = (int64_t)upload->content.len,
            .content = upload->content,
        };
    }
    struct act_done done;
    if ((e = order_store_files(t, act.files)) || (e = order_act(t, request->actor, &act, &done)))
        return e;
    response->id = act.order;
    response->redirect = S("/track/supplement");
    return OK;
}
