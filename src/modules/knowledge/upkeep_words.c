/*
 * /knowledge/words: words that mean the same are edited as a draft; before it goes live, the kept
 * questions are searched with and without it, and what moves stands beside them.
 */
#include "ask_page.h"
#include "core/text.h"
#include "modules/setup.h"
#include "research.h"
#include "research_sql.h"
#include "store/store.h"
#include "upkeep.h"
#include "words.h"

enum { TOP = 5, SHOWN_TOP = 3, KEPT_MOST = 60 };

static const struct choice deeds[] = {
    {"try", "看效果"}, {"publish", "发布"}, {"drop", "不要草稿"}, {NULL, NULL}};

const struct form words_form = {
    "WordsChange",
    (const struct ask[]){
        {.name = "text", .title = "词表", .type = ASK_LONG, .max = WORDS_TEXT_MOST},
        {.name = "version", .title = "草稿的版次", .type = ASK_INT},
        {.name = "worse", .title = "效果变差也发布", .type = ASK_BOOL},
        {.name = "do", .title = "怎么处理", .type = ASK_CHOICE, .required = true, .choices = deeds},
        {0},
    },
};
static const struct choice kept_deeds[] = {{"add", "添上"}, {"remove", "去掉"}, {NULL, NULL}};
const struct form kept_form = {
    "KeptQuestion",
    (const struct ask[]){
        {.name = "question", .title = "问题", .type = ASK_TEXT, .max = 200},
        {.name = "expected",
         .title = "应当找到的法条",
         .type = ASK_TEXT,
         .max = 100,
         .hint = "例如：劳动法 第五十条"},
        {.name = "id", .title = "哪一个", .type = ASK_ID},
        {.name = "do",
         .title = "怎么处理",
         .type = ASK_CHOICE,
         .required = true,
         .choices = kept_deeds},
        {0},
    },
};

struct top_row {
    struct str title, href, tone, mark;
};
static const struct field top_fields[] = {
    FIELD(struct top_row, title, F_STR, "法条"),
    FIELD(struct top_row, href, F_STR, "地址"),
    FIELD(struct top_row, tone, F_STR, NULL),
    FIELD(struct top_row, mark, F_STR, "应有的、新来的"),
    {0},
};
static const struct shape top_shape = {"WordsTop", sizeof(struct top_row), top_fields};

struct kept_row {
    int64_t id;
    struct str question, expected, expected_title, expected_href, change, tone, rank_now, rank_then;
    struct list now, then; /* struct top_row */
};
static const struct field kept_fields[] = {
    FIELD(struct kept_row, id, F_ID, "编号"),
    FIELD(struct kept_row, question, F_STR, "问题"),
    FIELD(struct kept_row, expected, F_STR, "应有的法条，编号"),
    FIELD(struct kept_row, expected_title, F_STR, "应有的法条"),
    FIELD(struct kept_row, expected_href, F_STR, NULL),
    FIELD(struct kept_row, change, F_STR, "变化"),
    FIELD(struct kept_row, tone, F_STR, NULL),
    FIELD(struct kept_row, rank_now, F_STR, "现在第几"),
    FIELD(struct kept_row, rank_then, F_STR, "改后第几"),
    FIELD_OF(struct kept_row, now, F_LIST, &top_shape, "现在的前几条"),
    FIELD_OF(struct kept_row, then, F_LIST, &top_shape, "改后的前几条"),
    {0},
};
static const struct shape kept_shape = {"KeptQuestionRow", sizeof(struct kept_row), kept_fields};

struct words_view {
    struct str page_title;
    struct str text, text_error, live_text, error, effect, note, question, expected, question_error,
        expected_error;
    int64_t live_version, version, live_at, in_now, in_then, with_expected, changed, rules;
    struct list kept; /* struct kept_row */
    bool has_draft, has_kept, has_errors, worse, unavailable, has_live;
};
static const struct field view_fields[] = {
    FIELD(struct words_view, page_title, F_STR, NULL),
    FIELD(struct words_view, text, F_STR, "词表"),
    FIELD(struct words_view, text_error, F_STR, NULL),
    FIELD(struct words_view, live_text, F_STR, "现用的词表"),
    FIELD(struct words_view, error, F_STR, NULL),
    FIELD(struct words_view, effect, F_STR, "改动的效果"),
    FIELD(struct words_view, note, F_STR, "检索用不了的说明"),
    FIELD(struct words_view, question, F_STR, NULL),
    FIELD(struct words_view, expected, F_STR, NULL),
    FIELD(struct words_view, question_error, F_STR, NULL),
    FIELD(struct words_view, expected_error, F_STR, NULL),
    FIELD(struct words_view, live_version, F_INT, "现用的版次"),
    FIELD(struct words_view, version, F_INT, "草稿的版次"),
    FIELD(struct words_view, live_at, F_MOMENT, "现用的从何时起"),
    FIELD(struct words_view, in_now, F_INT, "现在排进前五的问题数"),
    FIELD(struct words_view, in_then, F_INT, "改后排进前五的问题数"),
    FIELD(struct words_view, with_expected, F_INT, "写了应有法条的问题数"),
    FIELD(struct words_view, changed, F_INT, "有变化的问题数"),
    FIELD(struct words_view, rules, F_INT, "现用的行数"),
    FIELD_OF(struct words_view, kept, F_LIST, &kept_shape, "核对用的问题"),
    FIELD(struct words_view, has_draft, F_BOOL, "有草稿"),
    FIELD(struct words_view, has_kept, F_BOOL, NULL),
    FIELD(struct words_view, has_errors, F_BOOL, NULL),
    FIELD(struct words_view, worse, F_BOOL, "效果变差"),
    FIELD(struct words_view, unavailable, F_BOOL, "检索用不了"),
    FIELD(struct words_view, has_live, F_BOOL, NULL),
    {0},
};
const struct shape words_shape = {"Words", sizeof(struct words_view), view_fields};

/* --- What a change does ---------------------------------------------------------------------- */

struct working {
    struct words_view *view;
    struct words_version live, draft;
    struct list live_rules, draft_rules;
};

static enum err read_working(struct task *t, void *arg)
{
    struct working *w = arg;
    struct words_view *v = w->view;
    struct rows *rows;
    enum err e = words_read(t, &w->live, &w->draft);

    v->kept = (struct list){0};
    if (!e)
        e = words_parse(t, w->live.text, &w->live_rules);
    if (!e)
        e = words_parse(t, w->draft.text, &w->draft_rules);
    if (!e)
        e = store_run(t, &q_kept_all, ARGS(INT("tenant", t->tenant)), &rows);
    while (!e && rows_next(rows)) {
        struct kept_row *row = list_add(t, &v->kept, sizeof *row);
        struct article article;

        *row = (struct kept_row){.id = row_int(rows, "id"),
                                 .question = row_str(rows, "question"),
                                 .expected = row_str(rows, "expected")};
        if (!row->expected.len)
            continue;
        e = article_get(t, row->expected, &article);
        if (!e) {
            row->expected_title =
                str_format(t, tr(t, "《%.*s》%.*s"), STR_ARG(article.of.short_title),
                           STR_ARG(article.article));
            row->expected_href = str_join(t, S("/laws/article/"), row->expected);
        } else if (e == ERR_NOT_FOUND) {
            task_clear_error(t);
            e = OK;
        }
    }
    return e;
}

/* The order alone: whether it is enough to answer with is another question. */
static enum err top_of(struct task *t, const char *data, struct list rules, struct str question,
                       struct list *ret_hits, bool *ret_unavailable)
{
    enum err e = knowledge_articles(t, data, words_widen(t, rules, question), TOP, false, ret_hits);

    if (e != ERR_BUSY)
        return e;
    task_clear_error(t);
    *ret_hits = (struct list){0};
    *ret_unavailable = true;
    return OK;
}

static int64_t rank_of(struct list articles, struct str id)
{
    int64_t n = 0;

    LIST_EACH (struct knowledge_hit, a, articles) {
        n++;
        if (str_eq(a->id, id))
            return n;
    }
    return 0;
}

static struct list shown_top(struct task *t, struct list articles, struct str expected,
                             const struct list *before)
{
    struct list top = {0};

    LIST_EACH (struct knowledge_hit, a, articles) {
        if (top.count == SHOWN_TOP)
            break;
        struct top_row *row = list_add(t, &top, sizeof *row);
        row->title = a->title;
        row->href = a->href;
        if (expected.len && str_eq(a->id, expected)) {
            row->tone = S("brand");
            row->mark = tr_str(t, S("应有"));
        } else if (before && !rank_of(*before, a->id)) {
            row->tone = S("green");
            row->mark = tr_str(t, S("新来"));
        }
    }
    return top;
}

static struct str rank_text(struct task *t, int64_t rank)
{
    return rank ? str_format(t, tr(t, "第 %lld"), (long long)rank) : tr_str(t, S("前五没有"));
}

static bool same_order(struct list a, struct list b)
{
    if (a.count != b.count)
        return false;
    for (size_t i = 0; i < a.count; i++)
        if (!str_eq(((struct knowledge_hit *)a.at)[i].id, ((struct knowledge_hit *)b.at)[i].id))
            return false;
    return true;
}

static enum err compare(struct task *t, const char *data, struct working *w, struct kept_row *row)
{
    struct words_view *v = w->view;
    struct list now, then;
    enum err e = top_of(t, data, w->live_rules, row->question, &now, &v->unavailable);

    if (!e)
        e = top_of(t, data, v->has_draft ? w->draft_rules : w->live_rules, row->question, &then,
                   &v->unavailable);
    if (e)
        return e;
    int64_t before = rank_of(now, row->expected), after = rank_of(then, row->expected);
    bool moved = !same_order(now, then);
    v->changed += moved;
    if (row->expected.len) {
        v->with_expected++;
        v->in_now += before > 0;
        v->in_then += after > 0;
        row->rank_now = rank_text(t, before);
        row->rank_then = rank_text(t, after);
    }
    row->now = shown_top(t, now, row->expected, NULL);
    row->then = shown_top(t, then, row->expected, &now);
    int64_t was = before ? before : TOP + 1, is = after ? after : TOP + 1;
    if (v->has_draft && row->expected.len && is != was) {
        row->change = is < was ? tr_str(t, S("变好")) : tr_str(t, S("变差"));
        row->tone = is < was ? S("green") : S("red");
    } else if (v->has_draft) {
        row->change = moved ? tr_str(t, S("有变化")) : tr_str(t, S("不变"));
    }
    return OK;
}

static enum err draw(struct task *t, const char *data, struct working *w)
{
    struct words_view *v = w->view;
    enum err e = store_read(t, read_working, w);

    if (e)
        return e;
    v->page_title = tr_str(t, S("词表"));
    v->has_draft = w->draft.version > 0;
    v->has_live = w->live.version > 0;
    v->live_version = w->live.version;
    v->live_at = w->live.at_ms;
    v->live_text = w->live.text;
    v->rules = (int64_t)w->live_rules.count;
    v->version = w->draft.version;
    v->has_kept = v->kept.count > 0;
    LIST_EACH (struct kept_row, row, v->kept) {
        if (!e)
            e = compare(t, data, w, row);
    }
    v->worse = v->in_then < v->in_now;
    if (v->has_draft)
        v->effect = str_format(
            t,
            tr(t,
               "应有的法条排进前五的：现在 %lld 个，改后 %lld 个（共 %lld 个问题写了应有的法条）；"
               "%lld 个问题的前五有变化"),
            (long long)v->in_now, (long long)v->in_then, (long long)v->with_expected,
            (long long)v->changed);
    return e;
}

enum err words_get(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    struct words_view *v = NEW(t, struct words_view, 1);
    struct working w = {.view = v};
    enum err e = draw(t, setup->data, &w);

    if (e)
        return e;
    v->text = json_get(request->body, "text") ? json_get_str(request->body, "text")
              : v->has_draft                  ? w.draft.text
                                              : w.live.text;
    v->question =
        json_get_str(request->method == POST ? request->body : request->query, "question");
    v->expected = json_get_str(request->body, "expected");
    v->text_error = request_error(request, "text");
    v->question_error = request_error(request, "question");
    v->expected_error = request_error(request, "expected");
    v->has_errors = request->error != OK;
    if (request->error && !request->errors)
        v->error = request->error_note;
    response->view = v;
    response->shape = &words_shape;
    return OK;
}

/* --- Draft, publish -------------------------------------------------------------------------- */

struct change {
    const struct actor *actor;
    struct str text, deed;
    int64_t version;
};

static enum err record(struct task *t, const struct actor *actor, int64_t version, const char *what)
{
    return actor_record(t, actor, "knowledge", 0, 0,
                        str_format(t, "knowledge/words@%lld", (long long)version), str_of(what));
}

static enum err keep_draft(struct task *t, const struct change *c, int64_t newest)
{
    struct list rules;
    enum err e = words_parse(t, c->text, &rules);

    if (!e)
        e = store_run(t, &q_words_add,
                      ARGS(INT("tenant", t->tenant), INT("version", newest + 1),
                           TEXT("text", c->text), INT("staff", c->actor->staff),
                           INT("now", t->now)),
                      NULL);
    return e ? e : record(t, c->actor, newest + 1, "词表：存草稿");
}

static enum err publish(struct task *t, const struct change *c, const struct words_version *draft)
{
    if (!draft->version || draft->version != c->version || !str_eq(draft->text, c->text))
        return task_fail(t, ERR_CONFLICT, "改过之后还没有看效果，先按“存草稿，看效果”");
    enum err e = store_run(t, &q_words_retire, ARGS(INT("tenant", t->tenant)), NULL);
    if (!e)
        e = store_run(t, &q_words_publish,
                      ARGS(INT("tenant", t->tenant), INT("version", draft->version)), NULL);
    return e ? e : record(t, c->actor, draft->version, "词表：发布");
}

static enum err change_words(struct task *t, void *arg)
{
    const struct change *c = arg;
    struct words_version live, draft;
    enum err e = words_read(t, &live, &draft);
    int64_t newest = draft.version > live.version ? draft.version : live.version;

    if (e)
        return e;
    /* Asked again, because the first answer did not come. */
    bool said = str_is(c->deed, "publish")
                    ? live.version && live.version == c->version && str_eq(live.text, c->text)
                    : str_is(c->deed, "try") && draft.version && str_eq(draft.text, c->text);
    if (said)
        return OK;
    if (str_is(c->deed, "publish"))
        return publish(t, c, &draft);
    if (str_is(c->deed, "try"))
        return keep_draft(t, c, newest);
    /* Dropped: what holds stands as the newest again. */
    const struct change back = {c->actor, live.text, c->deed, 0};
    if (!draft.version)
        return OK;
    e = keep_draft(t, &back, newest);
    const struct words_version same = {.version = newest + 1, .text = live.text};
    const struct change again = {c->actor, live.text, c->deed, newest + 1};
    return e ? e : publish(t, &again, &same);
}

enum err words_post(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    struct json *input;
    enum err e = form_check(t, &words_form, request->body, S(""), &input);

    if (e)
        return e;
    const struct change change = {request->actor, json_get_str(input, "text"),
                                  json_get_str(input, "do"), json_get_int(input, "version")};
    response->redirect = S("/knowledge/words");
    if (str_is(change.deed, "publish") && !json_get_bool(input, "worse")) {
        struct working w = {.view = NEW(t, struct words_view, 1)};

        e = draw(t, setup->data, &w);
        if (!e && w.view->worse)
            return task_fail(t, ERR_CONFLICT, "改后效果变差；仍要发布的，请勾上“变差也发布”");
    }
    return e ? e : store_write(t, change_words, (void *)(uintptr_t)&change);
}

/* --- Kept questions -------------------------------------------------------------------------- */

struct kept_change {
    const struct actor *actor;
    struct str question, expected;
    int64_t id;
    bool removes;
};

enum err kept_resolve(struct task *t, struct str typed, struct str *ret_id)
{
    struct str path = S("/laws/article/");
    struct list pieces;
    struct article article;
    enum err e = article_get(t, typed, &article);

    if (!e) {
        *ret_id = typed;
        return OK;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    size_t di = str_find(typed, S("第"));
    struct str law = str_trim(str_first(typed, di == SIZE_MAX ? typed.len : di));
    if (law.len && str_find(law, S("《")) == SIZE_MAX && di != SIZE_MAX)
        typed = str_format(t, "《%.*s》%.*s", STR_ARG(law), STR_ARG(str_from(typed, di)));
    e = link_text(t, typed, S(""), &pieces);
    if (e)
        return e;
    LIST_EACH (struct linked_piece, piece, pieces) {
        if (str_starts(piece->href, path)) {
            *ret_id = str_from(piece->href, path.len);
            return OK;
        }
    }
    task_field_error(t, S("expected"), "没有找到这一条，写成“劳动法 第五十条”的样子");
    return task_input_verdict(t);
}

static enum err change_kept(struct task *t, void *arg)
{
    const struct kept_change *k = arg;
    struct str id = {0};
    struct rows *rows;
    enum err e;

    if (k->removes) {
        e = store_run(t, &q_kept_remove, ARGS(INT("tenant", t->tenant), INT("id", k->id)), NULL);
        return e || !store_changed(t) ? e : record(t, k->actor, 0, "核对用的问题：去掉");
    }
    e = k->expected.len ? kept_resolve(t, k->expected, &id) : OK;
    if (!e)
        e = store_run(t, &q_kept_all, ARGS(INT("tenant", t->tenant)), &rows);
    while (!e && rows_next(rows)) {
        if (str_eq(row_str(rows, "question"), k->question) && str_eq(row_str(rows, "expected"), id))
            return OK; /* it is there */
    }
    if (!e && rows_count(rows) >= KEPT_MOST)
        e = task_fail(t, ERR_CONFLICT, "核对用的问题最多 60 个，先去掉几个");
    if (!e)
        e = store_run(t, &q_kept_add,
                      ARGS(INT("tenant", t->tenant), INT("id", store_new_id(t)),
                           TEXT("question", k->question), TEXT("expected", id)),
                      NULL);
    return e ? e : record(t, k->actor, 0, "核对用的问题：添上");
}

enum err kept_post(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &kept_form, request->body, S(""), &input);

    if (e)
        return e;
    struct kept_change k = {
        .actor = request->actor,
        .question = asked_masked(t, json_get_str(input, "question")),
        .expected = json_get_str(input, "expected"),
        .id = json_get_id(input, "id"),
        .removes = str_is(json_get_str(input, "do"), "remove"),
    };
    if (!k.removes && !k.question.len)
        task_field_error(t, S("question"), "请填写问题");
    e = task_input_verdict(t);
    if (!e)
        e = store_write(t, change_kept, &k);
    response->redirect = S("/knowledge/words#kept");
    return e;
}
