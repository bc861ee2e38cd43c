/*
 * GET /knowledge: what people asked, what found nothing, what did not help, for the knowledge
 * officer.  The same words asked several times are one row.
 */
#include <stdlib.h>

#include "ask_page.h"
#include "core/text.h"
#include "modules/org/keys.h"
#include "research.h"
#include "research_sql.h"
#include "store/store.h"
#include "words.h"

enum { DAYS_USUAL = 7, DAYS_MOST = 180, READ_MOST = 3000, SHOWN_MOST = 100 };

static const struct choice shows[] = {
    {"all", "全部"},      {"none", "没有找到"}, {"useless", "说没用"},
    {"bare", "只有法条"}, {"topics", "按话题"}, {NULL, NULL},
};

const struct form upkeep_form = {
    "KnowledgeQuery",
    (const struct ask[]){
        {.name = "days", .title = "最近几天", .type = ASK_INT, .min = 1, .max = DAYS_MOST},
        {.name = "show", .title = "看哪些", .type = ASK_CHOICE, .choices = shows},
        {0},
    },
};

struct asked_row {
    struct str question, verdict_title, tone, best, best_href, answer, answer_href, topic,
        asked_text;
    int64_t times, last_at, useful, useless;
    bool none;
};
static const struct field row_fields[] = {
    FIELD(struct asked_row, question, F_STR, "问题，号码已遮盖"),
    FIELD(struct asked_row, verdict_title, F_STR, "结果"),
    FIELD(struct asked_row, tone, F_STR, NULL),
    FIELD(struct asked_row, best, F_STR, "排在最前的法条"),
    FIELD(struct asked_row, best_href, F_STR, NULL),
    FIELD(struct asked_row, answer, F_STR, "最近的问答"),
    FIELD(struct asked_row, answer_href, F_STR, NULL),
    FIELD(struct asked_row, topic, F_STR, "话题"),
    FIELD(struct asked_row, asked_text, F_STR, NULL),
    FIELD(struct asked_row, times, F_INT, "问过几次"),
    FIELD(struct asked_row, last_at, F_MOMENT, "最近一次"),
    FIELD(struct asked_row, useful, F_INT, "说有用"),
    FIELD(struct asked_row, useless, F_INT, "说没用"),
    FIELD(struct asked_row, none, F_BOOL, "没有找到"),
    {0},
};
static const struct shape row_shape = {"AskedQuestion", sizeof(struct asked_row), row_fields};

struct topic_row {
    struct str title;
    int64_t times, none;
};
static const struct field topic_fields[] = {
    FIELD(struct topic_row, title, F_STR, "话题"),
    FIELD(struct topic_row, times, F_INT, "问过几次"),
    FIELD(struct topic_row, none, F_INT, "没有找到"),
    {0},
};
static const struct shape topic_shape = {"AskedTopic", sizeof(struct topic_row), topic_fields};

struct offer_row {
    struct str title, share;
    int64_t offered, taken;
};
static const struct field offer_fields[] = {
    FIELD(struct offer_row, title, F_STR, "建议什么"),
    FIELD(struct offer_row, share, F_STR, NULL),
    FIELD(struct offer_row, offered, F_INT, "建议了几次"),
    FIELD(struct offer_row, taken, F_INT, "采用了几次"),
    {0},
};
static const struct shape offer_shape = {"KnowledgeOffer", sizeof(struct offer_row), offer_fields};

struct upkeep_view {
    struct str page_title;
    int64_t days, asked, none, useful, useless, bare;
    struct str show, period, none_text, useless_text, bare_text;
    struct list shows, periods; /* struct research_option */
    struct list rows;           /* struct asked_row */
    struct list topics;         /* struct topic_row */
    struct list offers;         /* struct offer_row */
    bool has_offers, has_rows, by_topic, cut;
};
static const struct field view_fields[] = {
    FIELD(struct upkeep_view, page_title, F_STR, NULL),
    FIELD(struct upkeep_view, days, F_INT, "最近几天"),
    FIELD(struct upkeep_view, asked, F_INT, "问了几次"),
    FIELD(struct upkeep_view, none, F_INT, "没有找到的次数"),
    FIELD(struct upkeep_view, useful, F_INT, "说有用的次数"),
    FIELD(struct upkeep_view, useless, F_INT, "说没用的次数"),
    FIELD(struct upkeep_view, bare, F_INT, "只有法条的次数"),
    FIELD(struct upkeep_view, show, F_STR, "看哪些"),
    FIELD(struct upkeep_view, period, F_STR, "从哪天到哪天"),
    FIELD(struct upkeep_view, none_text, F_STR, NULL),
    FIELD(struct upkeep_view, useless_text, F_STR, NULL),
    FIELD(struct upkeep_view, bare_text, F_STR, NULL),
    FIELD_OF(struct upkeep_view, shows, F_LIST, &research_option_shape, "可看的"),
    FIELD_OF(struct upkeep_view, periods, F_LIST, &research_option_shape, "可选的天数"),
    FIELD_OF(struct upkeep_view, rows, F_LIST, &row_shape, "问题"),
    FIELD_OF(struct upkeep_view, topics, F_LIST, &topic_shape, "话题"),
    FIELD_OF(struct upkeep_view, offers, F_LIST, &offer_shape, "登记时的建议采用了多少"),
    FIELD(struct upkeep_view, has_offers, F_BOOL, NULL),
    FIELD(struct upkeep_view, has_rows, F_BOOL, NULL),
    FIELD(struct upkeep_view, by_topic, F_BOOL, NULL),
    FIELD(struct upkeep_view, cut, F_BOOL, "记录太多，只看了最近的"),
    {0},
};
const struct shape upkeep_view_shape = {"Knowledge", sizeof(struct upkeep_view), view_fields};

/* --- Reading --------------------------------------------------------------------------------- */

struct reading {
    struct upkeep_view *view;
    struct list all; /* struct asked_row, one for each wording */
    struct list rules;
    struct key key;
};

static bool wanted(const struct upkeep_view *v, const struct asked_row *row)
{
    if (str_is(v->show, "none"))
        return row->none;
    if (str_is(v->show, "useless"))
        return row->useless > 0;
    if (str_is(v->show, "bare"))
        return !row->none && !row->answer.len;
    return true;
}

static void count_topic(struct task *t, struct upkeep_view *v, struct str topic, bool none)
{
    struct str title = topic.len ? topic : tr_str(t, S("没有归入话题"));
    struct topic_row *row = NULL;

    LIST_EACH (struct topic_row, known, v->topics) {
        if (str_eq(known->title, title))
            row = known;
    }
    if (!row) {
        row = list_add(t, &v->topics, sizeof *row);
        row->title = title;
    }
    row->times++;
    row->none += none;
}

static void take(struct task *t, struct reading *r, const struct rows *rows, struct str question)
{
    struct upkeep_view *v = r->view;
    bool none = str_is(row_str(rows, "verdict"), "none");
    int64_t useful = row_int(rows, "useful");
    struct asked_row *row = NULL;

    LIST_EACH (struct asked_row, known, r->all) {
        if (!row && str_eq(known->question, question))
            row = known;
    }
    if (!row) {
        row = list_add(t, &r->all, sizeof *row);
        *row = (struct asked_row){
            .question = question,
            .last_at = row_int(rows, "asked_at"),
            .best = row_str(rows, "best"),
            .answer = row_str(rows, "answer"),
            .none = none,
            .topic = words_topic(r->rules, question),
        };
    }
    row->times++;
    row->useful += useful == 1;
    row->useless += useful == 2;
    v->asked++;
    v->none += none;
    v->useful += useful == 1;
    v->useless += useful == 2;
    v->bare += !none && !row_str(rows, "answer").len;
    count_topic(t, v, row->topic, none);
}

static enum err name_sources(struct task *t, struct asked_row *row)
{
    struct article article;
    struct answered answered;
    enum err e = row->best.len ? article_get(t, row->best, &article) : ERR_NOT_FOUND;

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (!e) {
        row->best_href = str_join(t, S("/laws/article/"), row->best);
        row->best = str_format(t, tr(t, "《%.*s》%.*s"), STR_ARG(article.of.short_title),
                               STR_ARG(article.article));
    }
    e = row->answer.len ? answered_get(t, row->answer, &answered) : ERR_NOT_FOUND;
    if (!e) {
        row->answer_href = str_join(t, S("/answers/"), row->answer);
        row->answer = answered.question;
    }
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        e = OK;
    }
    row->verdict_title = row->none         ? tr_str(t, S("没有找到"))
                         : row->useless    ? tr_str(t, S("说没用"))
                         : row->answer.len ? tr_str(t, S("有问答"))
                                           : tr_str(t, S("只有法条"));
    row->tone = row->none || row->useless ? S("amber") : row->answer.len ? S("green") : S("");
    row->asked_text = moment_text_short(t, row->last_at);
    return e;
}

static struct str share(struct task *t, int64_t part, int64_t whole)
{
    return whole ? str_format(t, tr(t, "占 %lld%%"), (long long)((part * 100 + whole / 2) / whole))
                 : S("");
}

/* What clerks took of what was offered beside the form. */
static enum err read_offers(struct task *t, struct upkeep_view *v, int64_t since)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_upkeep_offers, ARGS(INT("tenant", t->tenant), INT("since", since)), &rows);

    v->offers = (struct list){0};
    while (!e && rows_next(rows)) {
        struct offer_row *row = list_add(t, &v->offers, sizeof *row);
        struct str kind = row_str(rows, "kind");

        row->title = str_is(kind, "matter")    ? tr_str(t, S("建议的事项"))
                     : str_is(kind, "article") ? tr_str(t, S("可引的法条"))
                                               : kind;
        row->offered = row_int(rows, "offered");
        row->taken = row_int(rows, "used");
        row->share = share(t, row->taken, row->offered);
    }
    v->has_offers = v->offers.count > 0;
    return e;
}

static int more_often(const void *a, const void *b)
{
    const struct asked_row *x = a, *y = b;

    if (x->times != y->times)
        return x->times < y->times ? 1 : -1;
    return (x->last_at < y->last_at) - (x->last_at > y->last_at);
}

static int topic_more_often(const void *a, const void *b)
{
    const struct topic_row *x = a, *y = b;

    return (x->times < y->times) - (x->times > y->times);
}

static enum err show_rows(struct task *t, struct reading *r)
{
    struct upkeep_view *v = r->view;

    if (r->all.count)
        qsort(r->all.at, r->all.count, sizeof(struct asked_row), more_often);
    if (v->topics.count)
        qsort(v->topics.at, v->topics.count, sizeof(struct topic_row), topic_more_often);
    LIST_EACH (struct asked_row, row, r->all) {
        if (v->by_topic || v->rows.count == SHOWN_MOST || !wanted(v, row))
            continue;
        enum err e = name_sources(t, row);

        if (e)
            return e;
        *(struct asked_row *)list_add(t, &v->rows, sizeof *row) = *row;
    }
    return OK;
}

static enum err read_asked(struct task *t, void *arg)
{
    struct reading *r = arg;
    struct upkeep_view *v = r->view;
    struct rows *rows;
    int64_t since = day_start(day_of(t->now) - (int32_t)v->days + 1);
    enum err e = lasting_key(t, "knowledge-asked", &r->key);

    r->all = v->rows = v->topics = (struct list){0};
    v->asked = v->none = v->useful = v->useless = v->bare = 0;
    if (!e)
        e = words_rules(t, &r->rules);
    if (!e)
        e = store_run(t, &q_upkeep_asked,
                      ARGS(INT("tenant", t->tenant), INT("since", since), INT("most", READ_MOST)),
                      &rows);
    while (!e && rows_next(rows)) {
        struct str question;

        e = crypto_open(t, &r->key, str_format(t, "asked/%lld", (long long)row_int(rows, "id")),
                        row_str(rows, "question"), &question);
        if (!e)
            take(t, r, rows, question);
    }
    key_clear(&r->key);
    if (e)
        return e;
    v->cut = rows_count(rows) == READ_MOST;
    e = read_offers(t, v, since);
    return e ? e : show_rows(t, r);
}

/* --- The page -------------------------------------------------------------------------------- */

static void add_option(struct task *t, struct list *list, const char *value, struct str title,
                       bool chosen, struct str href)
{
    *(struct research_option *)list_add(t, list, sizeof(struct research_option)) =
        (struct research_option){str_of(value), title, href, chosen};
}

static void draw(struct task *t, struct upkeep_view *v)
{
    static const int64_t periods[] = {1, 7, 30, 180};

    for (const struct choice *show = shows; show->value; show++)
        add_option(t, &v->shows, show->value, tr_str(t, str_of(show->title)),
                   str_is(v->show, show->value),
                   str_format(t, "/knowledge?days=%lld&show=%s", (long long)v->days, show->value));
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        add_option(t, &v->periods, "", str_format(t, tr(t, "%lld 天"), (long long)periods[i]),
                   v->days == periods[i],
                   str_format(t, "/knowledge?days=%lld&show=%.*s", (long long)periods[i],
                              STR_ARG(v->show)));
    int32_t today = day_of(t->now);
    v->period =
        str_format(t, tr(t, "%.*s 至 %.*s"), STR_ARG(day_text(t, today - (int32_t)v->days + 1)),
                   STR_ARG(day_text(t, today)));
    v->none_text = share(t, v->none, v->asked);
    v->useless_text = share(t, v->useless, v->useful + v->useless);
    v->bare_text = share(t, v->bare, v->asked);
    v->has_rows = v->rows.count > 0;
}

enum err upkeep_get(struct task *t, struct request *request, struct response *response)
{
    struct reading *r = NEW(t, struct reading, 1);
    struct json *input;
    enum err e = form_check(t, &upkeep_form, request->query, S(""), &input);

    if (e)
        return e;
    r->view = NEW(t, struct upkeep_view, 1);
    r->view->page_title = tr_str(t, S("知识"));
    r->view->days = json_get_int(input, "days") ? json_get_int(input, "days") : DAYS_USUAL;
    r->view->show = json_get_str(input, "show").len ? json_get_str(input, "show") : S("all");
    r->view->by_topic = str_is(r->view->show, "topics");
    response->view = r->view;
    e = store_read(t, read_asked, r);
    if (!e)
        draw(t, r->view);
    return e;
}
