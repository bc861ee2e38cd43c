#include "catalog_sql.h"
#include "modules/catalog/catalog_private.h"

/* --- Matters --------------------------------------------------------------------------------- */

struct matter_list {
    struct list matters;
};
static const struct field matter_list_fields[] = {
    FIELD_OF(struct matter_list, matters, F_LIST, &matter_shape, "事项"),
    {0},
};
const struct shape matter_list_shape = {"MatterList", sizeof(struct matter_list),
                                        matter_list_fields};

static const struct choice tiers[] = {{"city", "市中心"},
                                      {"town", "镇街中心"},
                                      {"village", "村居站"},
                                      {"park", "园区站"},
                                      {NULL, NULL}};

static const struct form matters_form = {
    "MatterSearch",
    (const struct ask[]){
        {.name = "tier", .title = "哪一级", .type = ASK_CHOICE, .choices = tiers},
        {.name = "q", .title = "名称、拼音首字母或者日常说法", .type = ASK_TEXT, .max = 60},
        {0},
    },
};

struct matters_question {
    struct str tier, typed;
    struct matter_list *list;
};

static enum err read_matters(struct task *t, void *arg)
{
    struct matters_question *question = arg;

    return catalog_matters(t, question->tier, question->typed, &question->list->matters);
}

static enum err get_matters(struct task *t, struct request *request, struct response *response)
{
    struct matter_list *list = NEW(t, struct matter_list, 1);
    struct json *input;
    enum err e = form_check(t, &matters_form, request->query, S(""), &input);

    if (e)
        return e;
    struct matters_question question = {json_get_str(input, "tier"), json_get_str(input, "q"),
                                        list};
    e = store_read(t, read_matters, &question);
    if (e)
        return e;
    response->view = list;
    return OK;
}

struct matter_question {
    struct str code;
    struct matter *matter;
};

static enum err read_matter(struct task *t, void *arg)
{
    struct matter_question *question = arg;

    return catalog_matter(t, question->code, question->matter);
}

static enum err get_matter(struct task *t, struct request *request, struct response *response)
{
    struct matter_question question = {json_get_str(request->params, "code"),
                                       NEW(t, struct matter, 1)};
    enum err e = store_read(t, read_matter, &question);

    if (e)
        return e;
    response->view = question.matter;
    return OK;
}

/* --- Which unit ---------------------------------------------------------------- */

static const struct choice difficulties[] = {
    {"simple", "简单"}, {"ordinary", "一般"}, {"complex", "复杂"}, {NULL, NULL}};

static const struct form route_form = {
    "RouteQuestion",
    (const struct ask[]){
        {.name = "tier",
         .title = "现在在哪一级",
         .type = ASK_CHOICE,
         .required = true,
         .choices = tiers},
        {.name = "difficulty", .title = "难易", .type = ASK_CHOICE, .choices = difficulties},
        {.name = "place_known", .title = "知道纠纷发生地", .type = ASK_BOOL},
        {.name = "in_park", .title = "在园区内", .type = ASK_BOOL},
        {0},
    },
};

struct routing_question {
    struct route_question question;
    struct route_answer *answer;
};

static enum err read_route(struct task *t, void *arg)
{
    struct routing_question *question = arg;

    return catalog_suggest_unit(t, &question->question, question->answer);
}

static enum err get_route(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &route_form, request->query, S(""), &input);

    if (e)
        return e;
    struct routing_question question = {
        .question = {.matter = json_get_str(request->params, "code"),
                     .tier = json_get_str(input, "tier"),
                     .difficulty = json_get_str(input, "difficulty"),
                     .place_known = json_get_bool(input, "place_known"),
                     .in_park = json_get_bool(input, "in_park")},
        .answer = NEW(t, struct route_answer, 1),
    };
    e = store_read(t, read_route, &question);
    if (e)
        return e;
    response->view = question.answer;
    return OK;
}

/* --- Procedures ------------------------------------------------------------------------------ */

struct procedure_list {
    struct list procedures;
};
static const struct field procedure_list_fields[] = {
    FIELD_OF(struct procedure_list, procedures, F_LIST, &procedure_row_shape, "规程"),
    {0},
};
const struct shape procedure_list_shape = {"ProcedureList", sizeof(struct procedure_list),
                                           procedure_list_fields};

static enum err read_procedures(struct task *t, void *arg)
{
    struct procedure_list *list = arg;

    return catalog_procedures(t, &list->procedures);
}

static enum err get_procedures(struct task *t, struct request *request, struct response *response)
{
    struct procedure_list *list = NEW(t, struct procedure_list, 1);
    enum err e = store_read(t, read_procedures, list);

    (void)request;
    if (e)
        return e;
    response->view = list;
    return OK;
}

static const struct form procedure_form = {
    "ProcedureQuestion",
    (const struct ask[]){
        {.name = "version", .title = "版本", .type = ASK_INT, .min = 1, .max = 1000000},
        {0},
    },
};

struct procedure_question {
    struct str code;
    int64_t version;
    const struct procedure *procedure;
};

static enum err read_procedure(struct task *t, void *arg)
{
    struct procedure_question *question = arg;

    return catalog_procedure(t, question->code, (int32_t)question->version, &question->procedure);
}

static enum err find_procedure(struct task *t, struct request *request,
                               struct procedure_question *question)
{
    struct json *input;
    enum err e = form_check(t, &procedure_form, request->query, S(""), &input);

    if (e)
        return e;
    question->code = json_get_str(request->params, "code");
    question->version = json_get_int(input, "version");
    return store_read(t, read_procedure, question);
}

static enum err get_procedure(struct task *t, struct request *request, struct response *response)
{
    struct procedure_question question = {0};
    enum err e = find_procedure(t, request, &question);

    if (e)
        return e;
    const struct procedure *p = question.procedure;
    struct procedure_row *row = NEW(t, struct procedure_row, 1);
    *row = (struct procedure_row){
        .code = p->code,
        .title = p->title,
        .nature = p->nature == NATURE_CONSULTATION ? S("consultation") : S("handling"),
        .text = p->text,
        .version = p->version,
    };
    response->view = row;
    return OK;
}

/* Drawn outside the transaction: Graphviz takes its time. */
static enum err get_drawing(struct task *t, struct request *request, struct response *response)
{
    struct procedure_question question = {0};
    enum err e = find_procedure(t, request, &question);

    if (!e)
        e = procedure_draw(t, question.procedure, "svg", &response->file);
    if (e)
        return e;
    response->file_type = S("image/svg+xml");
    response->file_name = str_join(t, question.procedure->code, S(".svg"));
    return OK;
}

static const struct form load_form = {
    "ProcedureText",
    (const struct ask[]){
        {.name = "text",
         .title = "规程文件的内容",
         .type = ASK_LONG,
         .required = true,
         .max = NODE_MAX_PROCEDURE},
        {0},
    },
};

struct loading {
    const struct actor *actor;
    const struct procedure *procedure;
    int32_t version;
};

static enum err store_procedure(struct task *t, void *arg)
{
    struct loading *loading = arg;

    return catalog_load_procedure(t, loading->actor, loading->procedure, &loading->version);
}

/* Each fault becomes an error of the field `text`, with its line. */
static enum err post_procedure(struct task *t, struct request *request, struct response *response)
{
    struct loading loading = {.actor = request->actor};
    struct procedure *procedure;
    struct list faults = {0};
    struct json *input;
    enum err e = form_check(t, &load_form, request->body, S(""), &input);

    if (e)
        return e;
    e = procedure_read(t, S("text"), json_get_str(input, "text"), procedure_part_shipped, NULL,
                       &procedure, &faults);
    LIST_EACH (struct fault, fault, faults)
        task_field_error(t, S("text"), "%.*s 第 %d 行：%.*s", STR_ARG(fault->file), fault->line,
                         STR_ARG(fault->message));
    if (e)
        return e;
    loading.procedure = procedure;
    e = store_write(t, store_procedure, &loading);
    if (e)
        return e;
    struct procedure_row *row = NEW(t, struct procedure_row, 1);
    *row = (struct procedure_row){
        .code = procedure->code,
        .title = procedure->title,
        .nature = procedure->nature == NATURE_CONSULTATION ? S("consultation") : S("handling"),
        .version = loading.version,
        .loaded_at = t->now};
    response->view = row;
    return OK;
}

/* --- The module ------------------------------------------------------------------------------ */

static const struct route routes[] = {
    {GET, "/matters", ACCESS_STAFF, "catalog.read", get_matters, .view = &matter_list_shape,
     .form = &matters_form, .summary = "事项目录", .flags = ROUTE_API_ONLY},
    {GET, "/matters/{code}", ACCESS_STAFF, "catalog.read", get_matter, .view = &matter_shape,
     .summary = "一个事项：材料、时限、收费、依据", .flags = ROUTE_API_ONLY},
    {GET, "/matters/{code}/route", ACCESS_STAFF, "catalog.read", get_route,
     .view = &route_answer_shape, .form = &route_form, .summary = "这个事项建议分流到哪里",
     .flags = ROUTE_API_ONLY},
    {GET, "/procedures", ACCESS_STAFF, "catalog.read", get_procedures,
     .view = &procedure_list_shape, .summary = "规程", .flags = ROUTE_API_ONLY},
    {GET, "/procedures/{code}", ACCESS_STAFF, "catalog.read", get_procedure,
     .view = &procedure_row_shape, .form = &procedure_form, .summary = "一个规程的全文",
     .flags = ROUTE_API_ONLY},
    {GET, "/procedures/{code}/drawing", ACCESS_STAFF, "catalog.read", get_drawing,
     .form = &procedure_form, .summary = "一个规程的流程图（SVG）"},
    {POST, "/procedures", ACCESS_STAFF, "catalog.load", post_procedure,
     .view = &procedure_row_shape, .form = &load_form, .summary = "载入一个规程，成为新版本",
     .flags = ROUTE_API_ONLY | ROUTE_PROVE},
    {0},
};

static const struct permission permissions[] = {
    {"catalog.read", "查看事项和规程"},
    {"catalog.load", "载入事项和规程"},
    {0},
};

const struct module catalog_module = {
    .name = "catalog",
    .permissions = permissions,
    .routes = routes,
    .migrations = catalog_migrations,
};
