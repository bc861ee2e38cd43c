/*
 * The sources behind every answer: laws to browse, an article with its versions, what it names and
 * what names it; an answered question; a case.
 */
#include "ask_page.h"

#include "cite.h"
#include "core/text.h"
#include "knowledge_sql.h"
#include "law_row.h"
#include "modules/setup.h"
#include "schema.h"
#include "store/store.h"

enum { CITED_BY_MOST = 10 };

struct link {
    struct str title, href, more;
};
static const struct field link_fields[] = {
    FIELD(struct link, title, F_STR, "名称"),
    FIELD(struct link, href, F_STR, "地址"),
    FIELD(struct link, more, F_STR, "说明"),
    {0},
};
static const struct shape link_shape = {"SourceLink", sizeof(struct link), link_fields};

static void add_link(struct task *t, struct list *list, struct str title, struct str href,
                     struct str more)
{
    *(struct link *)list_add(t, list, sizeof(struct link)) = (struct link){title, href, more};
}

static struct str article_href(struct task *t, struct str id)
{
    return str_format(t, "/laws/article/%.*s", STR_ARG(id));
}

/* --- One law --------------------------------------------------------------------------------- */

struct law_line {
    struct str id, href, article, text, heading;
};
static const struct field law_line_fields[] = {
    FIELD(struct law_line, id, F_STR, "编号"),
    FIELD(struct law_line, href, F_STR, "地址"),
    FIELD(struct law_line, article, F_STR, "条"),
    FIELD(struct law_line, text, F_STR, "条文"),
    FIELD(struct law_line, heading, F_STR, "从这里开始的章节"),
    {0},
};
static const struct shape law_line_shape = {"LawLine", sizeof(struct law_line), law_line_fields};

struct law_view {
    struct law_row law;
    struct list lines, chapters, others;
    bool has_chapters, has_others;
};
static const struct field law_fields[] = {
    FIELD_OF(struct law_view, law, F_OBJECT, &law_row_shape, "法规"),
    FIELD_OF(struct law_view, lines, F_LIST, &law_line_shape, "条文"),
    FIELD_OF(struct law_view, chapters, F_LIST, &link_shape, "目录"),
    FIELD_OF(struct law_view, others, F_LIST, &law_row_shape, "同名的其他版本"),
    FIELD(struct law_view, has_chapters, F_BOOL, NULL),
    FIELD(struct law_view, has_others, F_BOOL, NULL),
    {0},
};
const struct shape law_view_shape = {"Law", sizeof(struct law_view), law_fields};

struct law_question {
    struct str code;
    struct law_view *view;
};

static enum err read_others(struct task *t, const struct law *law, struct list *others)
{
    struct rows *rows;
    enum err e = store_run(t, &q_knowledge_law_named,
                           ARGS(INT("tenant", t->tenant), TEXT("short", law->short_title)), &rows);

    *others = (struct list){0};
    while (!e && rows_next(rows))
        if (!str_eq(row_str(rows, "code"), law->code))
            law_row_fill(t, rows, list_add(t, others, sizeof(struct law_row)));
    return e;
}

static void add_lines(struct task *t, struct rows *rows, struct law_view *v)
{
    struct str chapter = {0};

    v->lines = v->chapters = (struct list){0};
    while (rows_next(rows)) {
        struct law_line *line = list_add(t, &v->lines, sizeof *line);
        struct str of = row_str(rows, "chapter");

        *line = (struct law_line){.id = row_str(rows, "id"),
                                  .article = row_str(rows, "article"),
                                  .text = row_str(rows, "text")};
        line->href = article_href(t, line->id);
        if (!str_eq(of, chapter)) {
            chapter = line->heading = of;
            add_link(t, &v->chapters, of, str_format(t, "#%.*s", STR_ARG(line->id)), S(""));
        }
    }
}

static enum err read_law(struct task *t, void *arg)
{
    struct law_question *q = arg;
    struct rows *rows;
    struct law law;
    enum err e = law_get(t, q->code, &law);

    if (e == ERR_NOT_FOUND)
        return task_fail(t, e, "没有这部法规");
    if (!e)
        e = store_run(t, &q_knowledge_articles_of_law,
                      ARGS(INT("tenant", law.tenant), TEXT("law", law.code)), &rows);
    if (e)
        return e;
    q->view->law = (struct law_row){
        .code = law.code,
        .href = str_format(t, "/laws/%.*s", STR_ARG(law.code)),
        .title = law.title,
        .kind = law.kind,
        .region = law.region,
        .version = law.version,
        .state = law.expired ? tr_str(t, S("已失效")) : tr_str(t, S("现行有效")),
        .in_force = !law.expired,
    };
    add_lines(t, rows, q->view);
    return read_others(t, &law, &q->view->others);
}

enum err law_page_get(struct task *t, struct request *request, struct response *response)
{
    struct law_question q = {json_get_str(request->params, "code"), NEW(t, struct law_view, 1)};
    enum err e = store_read(t, read_law, &q);

    response->view = q.view;
    q.view->has_chapters = q.view->chapters.count > 1;
    q.view->has_others = q.view->others.count > 0;
    return e;
}

/* --- One article ----------------------------------------------------------------------------- */

static const struct field linked_fields[] = {
    FIELD(struct linked_piece, text, F_STR, "原文"),
    FIELD(struct linked_piece, href, F_STR, "所指的条文"),
    {0},
};
const struct shape linked_shape = {"LinkedText", sizeof(struct linked_piece), linked_fields};

struct past_row {
    struct str version, text;
    int64_t replaced_at;
};
static const struct field past_fields[] = {
    FIELD(struct past_row, version, F_STR, "版本日期"),
    FIELD(struct past_row, text, F_STR, "原来的条文"),
    FIELD(struct past_row, replaced_at, F_MOMENT, "何时更换"),
    {0},
};
static const struct shape past_shape = {"ArticlePast", sizeof(struct past_row), past_fields};

struct article_view {
    struct str id, law, short_law, law_href, article, chapter, kind, version, state, text;
    bool in_force, has_past, has_cited_by, has_others;
    struct list pieces, past, cited_by, others;
    struct link next, before;
};
static const struct field article_fields[] = {
    FIELD(struct article_view, id, F_STR, "编号"),
    FIELD(struct article_view, law, F_STR, "法规"),
    FIELD(struct article_view, short_law, F_STR, "简称"),
    FIELD(struct article_view, law_href, F_STR, "法规地址"),
    FIELD(struct article_view, article, F_STR, "条"),
    FIELD(struct article_view, chapter, F_STR, "章节"),
    FIELD(struct article_view, kind, F_STR, "类别"),
    FIELD(struct article_view, version, F_STR, "版本日期"),
    FIELD(struct article_view, state, F_STR, "效力"),
    FIELD(struct article_view, text, F_STR, "条文"),
    FIELD(struct article_view, in_force, F_BOOL, "现行有效"),
    FIELD(struct article_view, has_past, F_BOOL, NULL),
    FIELD(struct article_view, has_cited_by, F_BOOL, NULL),
    FIELD(struct article_view, has_others, F_BOOL, NULL),
    FIELD_OF(struct article_view, pieces, F_LIST, &linked_shape, "条文，所指的条文有地址"),
    FIELD_OF(struct article_view, past, F_LIST, &past_shape, "以前的条文"),
    FIELD_OF(struct article_view, cited_by, F_LIST, &link_shape, "被谁引用"),
    FIELD_OF(struct article_view, others, F_LIST, &law_row_shape, "同名的其他版本"),
    FIELD_OF(struct article_view, next, F_OBJECT, &link_shape, "下一条"),
    FIELD_OF(struct article_view, before, F_OBJECT, &link_shape, "上一条"),
    {0},
};
const struct shape article_view_shape = {"Article", sizeof(struct article_view), article_fields};

/* Where a name of an article leads; empty when the house does not have it. */
static enum err resolve(struct task *t, const struct cite *cite, struct str *ret_href)
{
    struct str article = cite->article, key = cite_key(t, cite->law, cite->article);
    size_t hash = str_find(key, S("#"));
    int64_t number = 0, of = 0;
    struct rows *laws, *rows;
    enum err e;

    *ret_href = (struct str){0};
    if (hash != SIZE_MAX) {
        struct str rest = str_from(key, hash + 1), head;

        str_cut(&rest, '-', &head);
        if (str_int(head, &number) && (!rest.len || str_int(rest, &of)))
            article = cite_article_zh(t, number, of);
    }
    e = store_run(t, &q_knowledge_law_named,
                  ARGS(INT("tenant", t->tenant), TEXT("short", cite->law)), &laws);
    while (!e && !ret_href->len && rows_next(laws)) {
        e = store_run(t, &q_knowledge_article_numbered,
                      ARGS(INT("tenant", row_int(laws, "tenant")),
                           TEXT("law", row_str(laws, "code")), TEXT("article", article)),
                      &rows);
        if (!e && rows_next(rows))
            *ret_href = article_href(t, row_str(rows, "id"));
    }
    return e;
}

enum err link_text(struct task *t, struct str text, struct str own, struct list *ret_pieces)
{
    struct list cites = cites_find(t, text, own), pieces = {0};
    size_t at = 0;

    LIST_EACH (const struct cite, cite, cites) {
        struct str href;
        enum err e = resolve(t, cite, &href);

        if (e)
            return e;
        if (!href.len || cite->begin < at)
            continue;
        *(struct linked_piece *)list_add(t, &pieces, sizeof(struct linked_piece)) =
            (struct linked_piece){{text.at + at, cite->begin - at}, {0}};
        *(struct linked_piece *)list_add(t, &pieces, sizeof(struct linked_piece)) =
            (struct linked_piece){{text.at + cite->begin, cite->end - cite->begin}, href};
        at = cite->end;
    }
    *(struct linked_piece *)list_add(t, &pieces, sizeof(struct linked_piece)) =
        (struct linked_piece){str_from(text, at), {0}};
    *ret_pieces = pieces;
    return OK;
}

static enum err read_neighbour(struct task *t, const struct query *query, const struct article *a,
                               struct link *ret_link)
{
    struct rows *rows;
    enum err e = store_run(
        t, query, ARGS(INT("tenant", a->tenant), TEXT("law", a->law), INT("position", a->position)),
        &rows);

    *ret_link = (struct link){0};
    if (!e && rows_next(rows))
        *ret_link =
            (struct link){row_str(rows, "article"), article_href(t, row_str(rows, "id")), {0}};
    return e;
}

static enum err read_past(struct task *t, const struct article *a, struct list *past)
{
    struct rows *rows;
    enum err e = store_run(t, &q_knowledge_article_past,
                           ARGS(INT("tenant", a->tenant), TEXT("id", a->id)), &rows);

    *past = (struct list){0};
    while (!e && rows_next(rows))
        *(struct past_row *)list_add(t, past, sizeof(struct past_row)) = (struct past_row){
            row_str(rows, "version"), row_str(rows, "text"), row_int(rows, "replaced_at")};
    return e;
}

struct article_question {
    struct str id;
    struct article article;
    struct article_view *view;
};

static enum err read_article(struct task *t, void *arg)
{
    struct article_question *q = arg;
    struct article_view *v = q->view;
    struct article *a = &q->article;
    enum err e = article_get(t, q->id, a);

    if (e == ERR_NOT_FOUND || (!e && a->gone))
        return task_fail(t, ERR_NOT_FOUND, "没有这一条");
    if (e)
        return e;
    *v = (struct article_view){
        .id = a->id,
        .law = a->of.title,
        .short_law = a->of.short_title,
        .law_href = str_format(t, "/laws/%.*s#%.*s", STR_ARG(a->law), STR_ARG(a->id)),
        .article = a->article,
        .chapter = a->chapter,
        .kind = a->of.kind,
        .version = a->of.version,
        .state = a->of.expired ? tr_str(t, S("已失效")) : tr_str(t, S("现行有效")),
        .in_force = !a->of.expired,
        .text = a->text,
    };
    e = link_text(t, a->text, a->of.short_title, &v->pieces);
    if (!e)
        e = read_past(t, a, &v->past);
    if (!e)
        e = read_others(t, &a->of, &v->others);
    if (!e)
        e = read_neighbour(t, &q_knowledge_article_next, a, &v->next);
    return e ? e : read_neighbour(t, &q_knowledge_article_before, a, &v->before);
}

/* --- Cited by -------------------------------------------------------------------------------- */

static void add_citing(struct task *t, enum knowledge_set set, struct str payload,
                       struct list *cited_by)
{
    struct str p[PAYLOAD_MOST];

    if (set == SET_LAW && payload_unpack(payload, p, LAW_PARTS))
        add_link(
            t, cited_by,
            str_format(t, "%.*s %.*s", STR_ARG(law_short(p[LP_TITLE])), STR_ARG(p[LP_ARTICLE])),
            article_href(t, p[LP_ID]), p[LP_KIND]);
    else if (set == SET_ANSWER && payload_unpack(payload, p, ANSWER_PARTS))
        add_link(t, cited_by, p[AP_QUESTION], str_format(t, "/answers/%.*s", STR_ARG(p[AP_ID])),
                 tr_str(t, S("问答")));
    else if (set == SET_CASE && payload_unpack(payload, p, CASE_PARTS))
        add_link(t, cited_by, p[CP_TITLE].len ? p[CP_TITLE] : p[CP_CAUSE],
                 str_format(t, "/cases/%.*s", STR_ARG(p[CP_ID])), tr_str(t, S("案例")));
}

static enum err find_citing(struct task *t, const char *data, struct str key, struct list *cited_by)
{
    static const struct {
        enum knowledge_set set;
        int field;
    } where[] = {{SET_LAW, LAW_KEY}, {SET_ANSWER, ANSWER_KEY}, {SET_CASE, CASE_KEY}};

    for (size_t w = 0; w < sizeof where / sizeof *where; w++) {
        const struct index_match match = {.kind = MATCH_TERM,
                                          .field = where[w].field,
                                          .term = term_keyword(str_join(t, S("cites:"), key))};
        const struct index_ask ask = {.match = &match, .most = CITED_BY_MOST};
        struct index_hits hits = {0};
        struct index_stored stored;
        struct index_view *view;
        enum err e = knowledge_look(t, data, where[w].set, &view);

        if (!e)
            e = index_search(t, view, &ask, &hits);
        for (size_t i = 0; !e && i < hits.n; i++)
            if (!(e = index_stored(t, view, hits.at[i], &stored)))
                add_citing(t, where[w].set, stored.payload, cited_by);
        if (e)
            return e;
    }
    return OK;
}

enum err article_page_get(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    struct article_question q = {.id = json_get_str(request->params, "id"),
                                 .view = NEW(t, struct article_view, 1)};
    enum err e = store_read(t, read_article, &q);

    response->view = q.view;
    if (e)
        return e;
    struct str key = cite_key(t, q.article.of.short_title, q.article.article);
    /* Without the index the article stands all the same. */
    if (key.len && find_citing(t, setup->data, key, &q.view->cited_by))
        task_clear_error(t);
    q.view->has_past = q.view->past.count > 0;
    q.view->has_cited_by = q.view->cited_by.count > 0;
    q.view->has_others = q.view->others.count > 0;
    return OK;
}
