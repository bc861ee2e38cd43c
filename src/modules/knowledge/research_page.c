/*
 * GET /research: a line of words with operators, filters beside it, one kind of source at a time.
 * The ticks of a page go along when one searches again: they are fields of the same form.
 */
#include "ask_page.h"
#include "core/text.h"
#include "modules/orders/orders.h"
#include "modules/setup.h"
#include "research.h"
#include "store/store.h"

enum { WORDS_MOST = 500, PICKED_MOST = 50, SUGGESTED = 8, SUGGESTED_TEXT = 140 };

static const struct choice regions[] = {
    {"", "全国"},     {"local", "地方（各地）"},
    {"BJ", "北京"},   {"TJ", "天津"},
    {"HE", "河北"},   {"SX", "山西"},
    {"NM", "内蒙古"}, {"LN", "辽宁"},
    {"JL", "吉林"},   {"HL", "黑龙江"},
    {"SH", "上海"},   {"JS", "江苏"},
    {"ZJ", "浙江"},   {"AH", "安徽"},
    {"FJ", "福建"},   {"JX", "江西"},
    {"SD", "山东"},   {"HA", "河南"},
    {"HB", "湖北"},   {"HN", "湖南"},
    {"GD", "广东"},   {"GX", "广西"},
    {"HI", "海南"},   {"CQ", "重庆"},
    {"SC", "四川"},   {"GZ", "贵州"},
    {"YN", "云南"},   {"XZ", "西藏"},
    {"SN", "陕西"},   {"GS", "甘肃"},
    {"QH", "青海"},   {"NX", "宁夏"},
    {"XJ", "新疆"},   {NULL, NULL},
};

const struct form research_form = {
    "ResearchQuery",
    (const struct ask[]){
        {.name = "kind", .title = "查什么", .type = ASK_CHOICE, .choices = research_kind_choices},
        {.name = "s", .title = "检索词", .type = ASK_TEXT, .max = WORDS_MOST},
        {.name = "region", .title = "地区", .type = ASK_CHOICE, .choices = regions},
        {.name = "court", .title = "法院", .type = ASK_TEXT, .max = 60},
        {.name = "cause", .title = "案由", .type = ASK_TEXT, .max = 60},
        {.name = "from", .title = "从", .type = ASK_DAY},
        {.name = "until", .title = "到", .type = ASK_DAY},
        {.name = "expired", .title = "连同已失效的", .type = ASK_BOOL},
        {.name = "sort", .title = "排序", .type = ASK_CHOICE, .choices = research_sort_choices},
        {.name = "after",
         .title = "前面的条数",
         .type = ASK_INT,
         .min = 0,
         .max = RESEARCH_DEEPEST},
        {.name = "order", .title = "为哪一件工单查", .type = ASK_ID},
        {0},
    },
};

static const struct field option_fields[] = {
    FIELD(struct research_option, value, F_STR, "值"),
    FIELD(struct research_option, title, F_STR, "名称"),
    FIELD(struct research_option, href, F_STR, "地址"),
    FIELD(struct research_option, chosen, F_BOOL, "选中"),
    {0},
};
const struct shape research_option_shape = {"ResearchOption", sizeof(struct research_option),
                                            option_fields};

struct research_view {
    struct str page_title;
    struct str kind, kind_title, s, s_error, court, cause, from, until, from_error, until_error;
    struct str note, count_text, order_no, order_subject;
    int64_t order, count, after, next;
    bool expired, is_law, is_case, is_order, asked, unavailable, nothing, suggested, has_rows,
        has_picked, has_errors;
    struct list kinds, regions, sorts; /* struct research_option */
    struct list rows;                  /* struct research_row */
    struct list picked;                /* struct research_option: ticked on other pages */
};
static const struct field view_fields[] = {
    FIELD(struct research_view, page_title, F_STR, NULL),
    FIELD(struct research_view, kind, F_STR, "查的种类"),
    FIELD(struct research_view, kind_title, F_STR, "查的种类（中文）"),
    FIELD(struct research_view, s, F_STR, "检索词"),
    FIELD(struct research_view, s_error, F_STR, "检索词的错误"),
    FIELD(struct research_view, court, F_STR, "法院"),
    FIELD(struct research_view, cause, F_STR, "案由"),
    FIELD(struct research_view, from, F_STR, "从"),
    FIELD(struct research_view, until, F_STR, "到"),
    FIELD(struct research_view, from_error, F_STR, NULL),
    FIELD(struct research_view, until_error, F_STR, NULL),
    FIELD(struct research_view, note, F_STR, "检索用不了的说明"),
    FIELD(struct research_view, next, F_INT, "下一页的 after；0 没有"),
    FIELD(struct research_view, count_text, F_STR, "找到多少"),
    FIELD(struct research_view, order, F_ID, "为哪一件工单查"),
    FIELD(struct research_view, order_no, F_STR, "工单号"),
    FIELD(struct research_view, order_subject, F_STR, "工单的事由"),
    FIELD(struct research_view, count, F_INT, "找到几条"),
    FIELD(struct research_view, after, F_INT, "前面的条数"),
    FIELD(struct research_view, expired, F_BOOL, "连同已失效的"),
    FIELD(struct research_view, is_law, F_BOOL, NULL),
    FIELD(struct research_view, is_case, F_BOOL, NULL),
    FIELD(struct research_view, is_order, F_BOOL, NULL),
    FIELD(struct research_view, asked, F_BOOL, NULL),
    FIELD(struct research_view, unavailable, F_BOOL, "检索用不了"),
    FIELD(struct research_view, nothing, F_BOOL, "没有找到"),
    FIELD(struct research_view, suggested, F_BOOL, "没有检索，按工单的事由列出"),
    FIELD(struct research_view, has_rows, F_BOOL, NULL),
    FIELD(struct research_view, has_picked, F_BOOL, NULL),
    FIELD(struct research_view, has_errors, F_BOOL, NULL),
    FIELD_OF(struct research_view, kinds, F_LIST, &research_option_shape, "可查的种类"),
    FIELD_OF(struct research_view, regions, F_LIST, &research_option_shape, "地区"),
    FIELD_OF(struct research_view, sorts, F_LIST, &research_option_shape, "排序"),
    FIELD_OF(struct research_view, rows, F_LIST, &research_row_shape, "找到的"),
    FIELD_OF(struct research_view, picked, F_LIST, &research_option_shape, "先前选的"),
    {0},
};
const struct shape research_view_shape = {"Research", sizeof(struct research_view), view_fields};

/* --- What was typed -------------------------------------------------------------------------- */

static enum research_kind kind_of(struct str word)
{
    for (int kind = 0; kind < RESEARCH_KINDS; kind++)
        if (str_is(word, research_kind_choices[kind].value))
            return (enum research_kind)kind;
    return RESEARCH_LAW;
}

static int32_t day_in(const struct json *input, const char *name)
{
    int32_t day;

    return day_parse(json_get_str(input, name), &day) ? day : DAY_NONE;
}

static struct str error_at(const struct task *t, const char *field)
{
    for (const struct field_error *e = t->field_errors; e; e = e->next)
        if (str_is(e->field, field))
            return e->message;
    return (struct str){0};
}

static void add_option(struct task *t, struct list *list, const struct choice *choice, bool chosen,
                       struct str href)
{
    *(struct research_option *)list_add(t, list, sizeof(struct research_option)) =
        (struct research_option){str_of(choice->value), tr_str(t, str_of(choice->title)), href,
                                 chosen};
}

static void add_parameter(struct task *t, struct buf *b, const char *name, struct str value)
{
    if (!value.len)
        return;
    buf_add_char(b, b->len && b->at[b->len - 1] != '?' ? '&' : '?');
    buf_format(b, "%s=%.*s", name, STR_ARG(url_escape(t, value)));
}

/* The same search of another kind. */
static struct str address(struct task *t, const struct json *query, struct str kind)
{
    static const char *const kept[] = {"s",     "region",  "court", "cause", "from",
                                       "until", "expired", "sort",  "order", NULL};
    struct buf b = buf_new(t, LIMIT_TARGET * 3);

    buf_add(&b, S("/research"));
    add_parameter(t, &b, "kind", kind);
    for (const char *const *name = kept; *name; name++)
        add_parameter(t, &b, *name, json_get_str(query, *name));
    return buf_str(&b);
}

static void draw_choices(struct task *t, struct request *request, struct research_view *v,
                         const struct research_ask *ask)
{
    for (int kind = 0; kind < RESEARCH_KINDS; kind++) {
        const struct choice *choice = &research_kind_choices[kind];

        if (kind == RESEARCH_ORDER && !actor_may(request->actor, "order.read"))
            continue;
        add_option(t, &v->kinds, choice, (int)ask->kind == kind,
                   address(t, request->query, str_of(choice->value)));
    }
    for (const struct choice *region = regions; region->value; region++)
        add_option(t, &v->regions, region, str_is(ask->region, region->value), S(""));
    for (const struct choice *sort = research_sort_choices; sort->value; sort++)
        add_option(t, &v->sorts, sort, ask->newest == str_is(str_of(sort->value), "new"), S(""));
}

/* --- Ticks ----------------------------------------------------------------------------------- */

static void tick(struct task *t, struct research_view *v, struct str pick)
{
    if (!pick.len || pick.len > 100 || v->picked.count == PICKED_MOST)
        return;
    LIST_EACH (struct research_row, row, v->rows) {
        if (str_eq(row->pick, pick)) {
            row->ticked = true;
            v->has_picked = true;
            return;
        }
    }
    LIST_EACH (struct research_option, known, v->picked) {
        if (str_eq(known->value, pick))
            return;
    }
    *(struct research_option *)list_add(t, &v->picked, sizeof(struct research_option)) =
        (struct research_option){.value = pick};
    v->has_picked = true;
}

static void keep_ticks(struct task *t, const struct json *picks, struct research_view *v)
{
    if (picks && picks->kind != JSON_LIST)
        tick(t, v, json_as_str(picks));
    JSON_EACH (pick, picks && picks->kind == JSON_LIST ? picks : NULL) {
        tick(t, v, json_as_str(pick));
    }
}

/* --- The page -------------------------------------------------------------------------------- */

struct order_question {
    const struct actor *actor;
    struct research_view *view;
};

static enum err read_order(struct task *t, void *arg)
{
    struct order_question *q = arg;
    struct order order;
    enum err e = order_load(t, q->actor, q->view->order, &order);

    if (e == ERR_NOT_FOUND)
        return task_fail(t, e, "没有这一件工单，或者不在您能看到的范围");
    if (e)
        return e;
    q->view->order_no = order.no;
    q->view->order_subject = order.subject;
    return OK;
}

static void show_found(struct task *t, struct research_view *v, const struct research_found *found)
{
    v->asked = true;
    v->rows = found->rows;
    v->has_rows = found->rows.count > 0;
    v->unavailable = found->unavailable;
    v->note = found->note;
    v->count = found->count;
    v->nothing = !v->has_rows && !v->unavailable && !v->has_errors;
    v->count_text = v->is_order ? str_format(t, tr(t, "本页 %zu 件"), found->rows.count)
                                : str_format(t, tr(t, "共 %lld 条"), (long long)found->count);
    if (found->next && found->next < RESEARCH_DEEPEST)
        v->next = found->next;
}

static void draw(struct task *t, struct request *request, const struct research_ask *ask,
                 struct research_view *v)
{
    v->page_title = tr_str(t, S("查依据"));
    v->kind = str_of(research_kind_choices[ask->kind].value);
    v->kind_title = tr_str(t, str_of(research_kind_choices[ask->kind].title));
    v->s = ask->words;
    v->court = ask->court;
    v->cause = ask->cause;
    v->from = json_get_str(request->query, "from");
    v->until = json_get_str(request->query, "until");
    v->expired = ask->expired;
    v->after = ask->after;
    v->is_law = ask->kind == RESEARCH_LAW;
    v->is_case = ask->kind == RESEARCH_CASE;
    v->is_order = ask->kind == RESEARCH_ORDER;
    draw_choices(t, request, v, ask);
}

/* Nothing was typed yet: what fits the order's cause, found as for a question. */
static enum err suggest(struct task *t, const char *data, struct research_view *v)
{
    struct list hits;
    struct ask_terms none = {0};
    enum err e = knowledge_articles(t, data, v->order_subject, SUGGESTED, false, &hits);

    if (e == ERR_BUSY) {
        task_clear_error(t);
        return OK;
    }
    if (e)
        return e;
    LIST_EACH (struct knowledge_hit, hit, hits) {
        struct research_row *row = list_add(t, &v->rows, sizeof *row);
        bool cut;

        row->pick = str_join(t, S("law:"), hit->id);
        row->href = hit->href;
        row->title = hit->title;
        row->facts =
            hit->version.len ? str_format(t, tr(t, "%.*s 版本"), STR_ARG(hit->version)) : S("");
        row->tag = hit->in_force ? tr_str(t, S("现行有效")) : tr_str(t, S("已失效"));
        row->tone = hit->in_force ? S("green") : S("amber");
        row->pieces = ask_pieces(t, hit->text, &none, SUGGESTED_TEXT, &cut);
    }
    v->suggested = v->has_rows = v->rows.count > 0;
    v->count_text = tr_str(t, S("按工单的事由找的，可能用得上"));
    v->asked = v->suggested;
    return OK;
}

enum err research_get(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    struct research_view *v = NEW(t, struct research_view, 1);
    struct research_found found = {0};
    struct json *input;
    enum err e = form_check(t, &research_form, request->query, S(""), &input);

    if (e && (request->api || !input))
        return e;
    struct research_ask ask = {
        .kind = kind_of(json_get_str(input, "kind")),
        .words = json_get_str(input, "s"),
        .court = json_get_str(input, "court"),
        .cause = json_get_str(input, "cause"),
        .region = json_get_str(input, "region"),
        .from = day_in(input, "from"),
        .until = day_in(input, "until"),
        .expired = json_get_bool(input, "expired"),
        .newest = str_is(json_get_str(input, "sort"), "new"),
        .after = json_get_int(input, "after"),
        .actor = request->actor,
        .data = setup->data,
    };
    if (ask.kind == RESEARCH_ORDER && !actor_may(request->actor, "order.read"))
        return task_fail(t, ERR_FORBIDDEN, "您的岗位不看工单");
    v->order = json_get_id(input, "order");
    response->view = v;
    bool asks = json_get(request->query, "kind") || json_get(request->query, "s");
    if (!e && asks)
        e = research_find(t, &ask, &found);
    draw(t, request, &ask, v);
    if (e && (e != ERR_BAD_INPUT || request->api))
        return e;
    if (e) {
        v->s_error = error_at(t, "s");
        v->from_error = error_at(t, "from");
        v->until_error = error_at(t, "until");
        v->has_errors = true;
        task_clear_error(t);
    }
    if (asks)
        show_found(t, v, &found);
    e = v->order ? store_read(t, read_order, &(struct order_question){request->actor, v}) : OK;
    if (!e && v->order_subject.len && !asks && !v->has_errors)
        e = suggest(t, setup->data, v);
    keep_ticks(t, json_get(request->query, "_pick"), v);
    return e;
}
