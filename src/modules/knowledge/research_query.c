/*
 * What a researcher typed and chose, as an index is asked: the query language with the names of
 * each kind, and the filters beside it.
 */
#include "core/text.h"
#include "research.h"
#include "schema.h"

const struct choice research_kind_choices[] = {
    [RESEARCH_LAW] = {"law", "法规"},   [RESEARCH_ANSWER] = {"answer", "问答"},
    [RESEARCH_CASE] = {"case", "案例"}, [RESEARCH_ORDER] = {"order", "办结工单"},
    [RESEARCH_KINDS] = {NULL, NULL},
};
const struct choice research_sort_choices[] = {
    {"near", "最相近的在前"}, {"new", "最新的在前"}, {NULL, NULL}};

/* In the order of law_kinds[]. */
static const struct query_choice kinds_of_law[] = {
    {"宪法", 0},     {"法律", 1},       {"行政法规", 2}, {"司法解释", 3},
    {"部门规章", 4}, {"地方性法规", 5}, {"其他", 6},     {NULL, 0},
};
static const struct query_choice kinds_of_case[] = {{"民事", 0}, {"刑事", 1}, {NULL, 0}};

static const struct query_name law_names[] = {
    {.name = "法规", .other = "law", .type = QUERY_TEXT, .column = -1, .fields = 1u << LAW_OF},
    {.name = "章",
     .other = "chapter",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << LAW_HEADING},
    {.name = "正文", .other = "text", .type = QUERY_TEXT, .column = -1, .fields = 1u << LAW_SAYS},
    {.name = "条",
     .other = "article",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << LAW_ARTICLE},
    {.name = "种类",
     .other = "kind",
     .type = QUERY_CHOICE,
     .column = LAW_KIND,
     .choices = kinds_of_law},
    {.name = "日期", .other = "date", .type = QUERY_DAY, .column = LAW_DATE},
    {0},
};
static const struct query_name answer_names[] = {
    {.name = "问",
     .other = "question",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << ANSWER_ASKED},
    {.name = "答",
     .other = "answer",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << ANSWER_SAID},
    {.name = "日期", .other = "date", .type = QUERY_DAY, .column = ANSWER_DATE},
    {0},
};
static const struct query_name case_names[] = {
    {.name = "案由",
     .other = "cause",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << CASE_NAMED},
    {.name = "种类",
     .other = "kind",
     .type = QUERY_CHOICE,
     .column = CASE_KIND,
     .choices = kinds_of_case},
    {.name = "日期", .other = "date", .type = QUERY_DAY, .column = CASE_DATE},
    {0},
};
static const struct query_name order_names[] = {
    {.name = "事由",
     .other = "cause",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << ORDER_CAUSE},
    {.name = "事项",
     .other = "matter",
     .type = QUERY_TEXT,
     .column = -1,
     .fields = 1u << ORDER_WHAT},
    {.name = "日期", .other = "date", .type = QUERY_DAY, .column = ORDER_CLOSED},
    {0},
};

static const struct query_language languages_of[RESEARCH_KINDS] = {
    [RESEARCH_LAW] = {law_names, {[LAW_ALL] = 1}, true},
    [RESEARCH_ANSWER] = {answer_names, {[ANSWER_ASKED] = 1, [ANSWER_SAID] = 0.5f}, true},
    [RESEARCH_CASE] = {case_names, {[CASE_ALL] = 1}, true},
    [RESEARCH_ORDER] = {order_names, {[ORDER_ALL] = 1}, true},
};
static const int date_columns[RESEARCH_KINDS] = {
    [RESEARCH_LAW] = LAW_DATE,
    [RESEARCH_ANSWER] = ANSWER_DATE,
    [RESEARCH_CASE] = CASE_DATE,
    [RESEARCH_ORDER] = ORDER_CLOSED,
};

/* --- What must hold beside the words --------------------------------------------------------- */

enum { FILTERS_MOST = 4 };

static const struct index_match *both(struct task *t, const struct index_match *a,
                                      const struct index_match *b)
{
    struct index_match *match = NEW(t, struct index_match, 1);

    if (!a || !b)
        return a ? a : b;
    *match = (struct index_match){.kind = MATCH_AND, .left = a, .right = b};
    return match;
}

static const struct index_match *one_of(struct task *t, int column, struct list ids)
{
    struct index_match *match = NEW(t, struct index_match, 1);

    *match = (struct index_match){
        .kind = MATCH_FILTER,
        .filter = {.column = column, .values = ids.at, .n_values = ids.count},
    };
    return match;
}

static const struct index_match *either(struct task *t, const struct index_match *a,
                                        const struct index_match *b)
{
    struct index_match *match = NEW(t, struct index_match, 1);

    *match = (struct index_match){.kind = MATCH_OR, .left = a, .right = b};
    return match;
}

/* What the person may see at most; each order is asked about again before it is shown. */
const struct index_match *research_reach_match(struct task *t, const struct actor *actor,
                                               struct list reach)
{
    struct list me = {0};

    if (actor->post->scope == SCOPE_TENANT)
        return NULL;

    *(int64_t *)list_add(t, &me, sizeof(int64_t)) = actor->staff;
    const struct index_match *mine = one_of(t, ORDER_OWNER, me);
    if (actor->post->scope == SCOPE_OWN)
        mine = either(t, mine, one_of(t, ORDER_REGISTRAR, me));
    if (!reach.count)
        return mine;
    return either(t, mine, either(t, one_of(t, ORDER_UNIT, reach), one_of(t, ORDER_HOME, reach)));
}

static void add_range(struct index_filter *filters, size_t *n, int column, int64_t low,
                      int64_t high)
{
    filters[(*n)++] = (struct index_filter){.column = column, .low = low, .high = high};
}

static void add_filters(struct task *t, const struct research_ask *ask, struct index_ask *out)
{
    struct index_filter *filters = NEW(t, struct index_filter, FILTERS_MOST);
    size_t n = 0;

    if (ask->from != DAY_NONE || ask->until != DAY_NONE)
        add_range(filters, &n, date_columns[ask->kind],
                  ask->from == DAY_NONE ? 1 : day_column(day_text(t, ask->from)),
                  ask->until == DAY_NONE ? INT64_MAX : day_column(day_text(t, ask->until)));
    if (ask->kind == RESEARCH_LAW && !ask->expired)
        add_range(filters, &n, LAW_EXPIRED, 0, 0);
    if (ask->kind == RESEARCH_LAW && ask->region.len == 2)
        add_range(filters, &n, LAW_REGION, region_column(ask->region), region_column(ask->region));
    if (ask->kind == RESEARCH_ORDER)
        add_range(filters, &n, ORDER_OPEN, 0, 0);
    if (ask->kind == RESEARCH_CASE && ask->court.len)
        add_range(filters, &n, CASE_COURT, keyword_column(ask->court), keyword_column(ask->court));
    out->filters = filters;
    out->n_filters = n;
}

static const struct index_match *cause_match(struct task *t, struct str cause)
{
    struct index_match *match = NEW(t, struct index_match, 1);

    *match = (struct index_match){
        .kind = MATCH_PHRASE, .field = CASE_NAMED, .phrase = units_of(t, cause)};
    return match;
}

enum err research_make_ask(struct task *t, const struct research_ask *ask, struct list reach,
                           struct index_ask *ret_ask)
{
    struct query_error error = {0};
    struct index_ask out = {0};

    if (ask->words.len && query_parse(t, &languages_of[ask->kind], ask->words, &out, &error)) {
        task_clear_error(t);
        task_field_error(t, S("s"), "%.*s", STR_ARG(error.message));
        return task_input_verdict(t);
    }
    if (ask->kind == RESEARCH_CASE && ask->cause.len)
        out.match = both(t, out.match, cause_match(t, ask->cause));
    if (ask->kind == RESEARCH_ORDER)
        out.match = both(t, out.match, research_reach_match(t, ask->actor, reach));
    if (!out.match && !out.n_terms) {
        struct index_match *all = NEW(t, struct index_match, 1);

        all->kind = MATCH_ALL;
        out.match = all;
    }
    add_filters(t, ask, &out);
    out.count = true;
    out.by_column = ask->newest || !ask->words.len;
    out.order_column = date_columns[ask->kind];
    *ret_ask = out;
    return OK;
}
