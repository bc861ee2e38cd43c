/* The triage as an address: for programs, and for forms that ask while somebody types. */
#include "modules/knowledge/triage_http.h"

#include "ask_page.h"
#include "core/task.h"
#include "modules/catalog/catalog.h"
#include "modules/knowledge/interview.h"
#include "modules/knowledge/triage.h"
#include "store/store.h"

struct triage_row {
    struct str code, title, treatment, treatment_title, why;
    int64_t confidence; /* in hundredths */
    bool sure;
};
struct triage_view {
    struct str topic, topic_title, kind, difficulty;
    struct str interview; /* code of the one that narrows it; empty: none */
    int64_t confidence;
    struct list suggestions, risks, urgent;
};

static const struct field row_fields[] = {
    FIELD(struct triage_row, code, F_STR, "代码"),
    FIELD(struct triage_row, title, F_STR, "事项"),
    FIELD(struct triage_row, treatment, F_STR, "方式"),
    FIELD(struct triage_row, treatment_title, F_STR, "方式名称"),
    FIELD(struct triage_row, why, F_STR, "为什么"),
    FIELD(struct triage_row, confidence, F_INT, "把握，百分之几"),
    FIELD(struct triage_row, sure, F_BOOL, "很可能"),
    {0},
};
static const struct shape row_shape = {"Suggestion", sizeof(struct triage_row), row_fields};

static const struct field view_fields[] = {
    FIELD(struct triage_view, topic, F_STR, "主题的代码，空的是没有把握"),
    FIELD(struct triage_view, topic_title, F_STR, "主题"),
    FIELD(struct triage_view, confidence, F_INT, "把握，百分之几"),
    FIELD(struct triage_view, kind, F_STR, "纠纷类别"),
    FIELD(struct triage_view, difficulty, F_STR, "难易"),
    FIELD(struct triage_view, interview, F_STR, "可以接着问的问答"),
    FIELD_OF(struct triage_view, suggestions, F_LIST, &row_shape, "可能的事项"),
    FIELD_OF(struct triage_view, risks, F_LIST, &tag_shape, "法律风险"),
    FIELD_OF(struct triage_view, urgent, F_LIST, &triage_urgent_shape, "紧急的"),
    {0},
};
const struct shape triage_view_shape = {"Triage", sizeof(struct triage_view), view_fields};

static const struct choice tiers[] = {{"city", "市中心"},
                                      {"town", "镇街中心"},
                                      {"village", "村居站"},
                                      {"park", "园区站"},
                                      {NULL, NULL}};
const struct form triage_form = {
    "TriageQuestion",
    (const struct ask[]){
        {.name = "tier", .title = "哪一级", .type = ASK_CHOICE, .choices = tiers},
        {.name = "text", .title = "来访人的话", .type = ASK_LONG, .required = true, .max = 5000},
        {0},
    },
};

struct triage_asking {
    struct str tier, text;
    struct triage_view *view;
};

static enum err ask_triage(struct task *t, void *arg)
{
    const struct triage_asking *asking = arg;
    const struct interview *interview;
    struct triage_view view = {.topic = {0}};
    struct triage triage;
    enum err e = triage_question(t, asking->tier, asking->text, &triage);

    if (e || (e = interview_of_topic(t, triage.topic, &interview)))
        return e;
    view.topic = triage.topic;
    view.topic_title = triage.topic_title;
    view.kind = triage.kind;
    view.difficulty = triage.difficulty;
    view.confidence = (int64_t)(triage.confidence * 100);
    view.interview = interview_code(interview);
    view.risks = triage.risks;
    view.urgent = triage.urgent;
    LIST_EACH (struct triage_matter, m, triage.matters)
        *(struct triage_row *)list_add(t, &view.suggestions, sizeof(struct triage_row)) =
            (struct triage_row){m->code,      m->title,
                                m->treatment, m->treatment_title,
                                m->why,       (int64_t)(m->confidence * 100),
                                m->sure};
    *asking->view = view;
    return OK;
}

struct str triage_ask_address(struct task *t, struct str text)
{
    return str_format(t, "/ask?q=%.*s", STR_ARG(url_escape(t, text)));
}

enum err triage_get(struct task *t, struct request *request, struct response *response)
{
    struct triage_asking asking = {.view = NEW(t, struct triage_view, 1)};
    struct json *input;
    enum err e = form_check(t, &triage_form, request->query, S(""), &input);

    if (e)
        return e;
    asking.tier = json_get_str(input, "tier");
    asking.text = json_get_str(input, "text");
    e = store_read(t, ask_triage, &asking);
    if (e)
        return e;
    response->view = asking.view;
    return OK;
}
