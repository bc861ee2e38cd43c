/*
 * Documents as rows: laws and their articles, answered questions, cases.
 */
#include "knowledge_private.h"

#include "knowledge_sql.h"
#include "store/store.h"

struct str law_short(struct str title)
{
    struct str state = S("中华人民共和国");

    return str_starts(title, state) && title.len > state.len ? str_from(title, state.len) : title;
}

/* --- Looking --------------------------------------------------------------------------------- */

static struct law law_of_row(const struct rows *rows, const char *version, const char *code)
{
    return (struct law){
        .tenant = row_int(rows, "tenant"),
        .code = row_str(rows, code),
        .title = row_str(rows, "title"),
        .short_title = row_str(rows, "short"),
        .kind = row_str(rows, "kind"),
        .region = row_str(rows, "region"),
        .version = row_str(rows, version),
        .expired = row_int(rows, "expired") != 0,
    };
}

static enum err law_at(struct task *t, int64_t tenant, struct str code, struct law *ret_law)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_knowledge_law_get, ARGS(INT("tenant", tenant), TEXT("code", code)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    *ret_law = law_of_row(rows, "version", "code");
    return OK;
}

/* The tenant's own row, else the one of the installation. */
typedef enum err row_fn(struct task *t, int64_t tenant, struct str id, void *ret);

static enum err own_or_shared(struct task *t, row_fn *fn, struct str id, void *ret)
{
    enum err e = t->tenant ? fn(t, t->tenant, id, ret) : ERR_NOT_FOUND;

    return e == ERR_NOT_FOUND ? fn(t, KNOWLEDGE_SHARED, id, ret) : e;
}

static enum err law_row(struct task *t, int64_t tenant, struct str id, void *ret)
{
    return law_at(t, tenant, id, ret);
}

enum err law_get(struct task *t, struct str code, struct law *ret_law)
{
    return own_or_shared(t, law_row, code, ret_law);
}

static enum err article_row(struct task *t, int64_t tenant, struct str id, void *ret)
{
    struct article *article = ret;
    struct rows *rows;
    enum err e =
        store_run(t, &q_knowledge_article_get, ARGS(INT("tenant", tenant), TEXT("id", id)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    *article = (struct article){
        .tenant = tenant,
        .id = row_str(rows, "id"),
        .law = row_str(rows, "law"),
        .article = row_str(rows, "article"),
        .chapter = row_str(rows, "chapter"),
        .text = row_str(rows, "text"),
        .position = row_int(rows, "position"),
        .changed = row_int(rows, "changed"),
        .gone = row_int(rows, "gone") != 0,
    };
    return law_at(t, tenant, article->law, &article->of);
}

enum err article_get(struct task *t, struct str id, struct article *ret_article)
{
    return own_or_shared(t, article_row, id, ret_article);
}

struct answered answered_of_row(const struct rows *rows, int64_t tenant)
{
    return (struct answered){
        .tenant = tenant,
        .id = row_str(rows, "id"),
        .question = row_str(rows, "question"),
        .answer = row_str(rows, "answer"),
        .answered_by = row_str(rows, "answered_by"),
        .machine = row_int(rows, "machine") != 0,
        .answered_on = row_str(rows, "answered_on"),
        .topic = row_str(rows, "topic"),
        .laws = row_str(rows, "laws"),
        .source = row_str(rows, "source"),
        .approved_by = row_str(rows, "approved_by"),
        .approved_at = row_int(rows, "approved_at"),
        .changed = row_int(rows, "changed"),
        .gone = row_int(rows, "gone") != 0,
    };
}

static enum err answered_row(struct task *t, int64_t tenant, struct str id, void *ret)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_knowledge_answer_get, ARGS(INT("tenant", tenant), TEXT("id", id)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    *(struct answered *)ret = answered_of_row(rows, tenant);
    return OK;
}

enum err answered_get(struct task *t, struct str id, struct answered *ret_answered)
{
    return own_or_shared(t, answered_row, id, ret_answered);
}

struct court_case case_of_row(const struct rows *rows, int64_t tenant)
{
    return (struct court_case){
        .tenant = tenant,
        .id = row_str(rows, "id"),
        .kind = row_str(rows, "kind"),
        .title = row_str(rows, "title"),
        .court = row_str(rows, "court"),
        .case_no = row_str(rows, "case_no"),
        .published = row_str(rows, "published"),
        .cause = row_str(rows, "cause"),
        .outcome = row_str(rows, "outcome"),
        .text = row_str(rows, "text"),
        .source = row_str(rows, "source"),
        .changed = row_int(rows, "changed"),
        .gone = row_int(rows, "gone") != 0,
    };
}

static enum err case_row(struct task *t, int64_t tenant, struct str id, void *ret)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_knowledge_case_get, ARGS(INT("tenant", tenant), TEXT("id", id)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    *(struct court_case *)ret = case_of_row(rows, tenant);
    return OK;
}

enum err case_get(struct task *t, struct str id, struct court_case *ret_case)
{
    return own_or_shared(t, case_row, id, ret_case);
}

/* --- Keeping --------------------------------------------------------------------------------- */

enum err knowledge_raise(struct task *t, int64_t tenant, int64_t *ret_number)
{
    enum err e = store_run(t, &q_knowledge_state_raise, ARGS(INT("tenant", tenant)), NULL);

    return e ? e : store_number(t, &q_knowledge_state, ARGS(INT("tenant", tenant)), ret_number);
}

static bool same_law(const struct law *a, const struct law *b)
{
    return str_eq(a->title, b->title) && str_eq(a->kind, b->kind) && str_eq(a->region, b->region) &&
           str_eq(a->version, b->version) && a->expired == b->expired;
}

/* A law's row is looked at once for its articles: they come one behind the other. */
static enum err law_put(struct task *t, struct putting *putting, const struct law *law,
                        int64_t changed)
{
    struct law kept, last = putting->last;

    if (str_eq(last.code, law->code) && same_law(&last, law))
        return OK;
    putting->last = *law;
    enum err e = law_at(t, law->tenant, law->code, &kept);
    bool there = e == OK;

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (there && same_law(&kept, law))
        return OK;
    e = store_run(t, &q_knowledge_law_put,
                  ARGS(INT("tenant", law->tenant), TEXT("code", law->code),
                       TEXT("title", law->title), TEXT("short", law_short(law->title)),
                       TEXT("kind", law->kind), TEXT("region", law->region),
                       TEXT("version", law->version), INT("expired", law->expired),
                       INT("now", t->now)),
                  NULL);
    if (e || !there)
        return e;
    return store_run(
        t, &q_knowledge_article_touch,
        ARGS(INT("tenant", law->tenant), TEXT("law", law->code), INT("changed", changed)), NULL);
}

static enum err change_article(struct task *t, const struct article *article,
                               const struct article *kept)
{
    enum err e = OK;

    if (!str_eq(kept->text, article->text))
        e = store_run(t, &q_knowledge_article_past_add,
                      ARGS(INT("tenant", kept->tenant), TEXT("id", kept->id), INT("now", t->now),
                           TEXT("version", kept->of.version), TEXT("article", kept->article),
                           TEXT("text", kept->text)),
                      NULL);
    if (e)
        return e;
    return store_run(t, &q_knowledge_article_change,
                     ARGS(INT("tenant", article->tenant), TEXT("id", article->id),
                          TEXT("law", article->law), TEXT("article", article->article),
                          TEXT("chapter", article->chapter), TEXT("text", article->text),
                          INT("changed", article->changed)),
                     NULL);
}

enum err article_put(struct task *t, struct putting *putting, const struct article *article,
                     enum put *ret_what)
{
    struct article kept;
    enum err e =
        putting->fresh ? ERR_NOT_FOUND : article_row(t, article->tenant, article->id, &kept);
    bool there = e == OK;

    if (e && e != ERR_NOT_FOUND)
        return e;
    e = law_put(t, putting, &article->of, article->changed);
    if (e)
        return e;
    if (!there) {
        *ret_what = PUT_ADDED;
        return store_run(t, &q_knowledge_article_add,
                         ARGS(INT("tenant", article->tenant), TEXT("id", article->id),
                              TEXT("law", article->law), INT("position", article->position),
                              TEXT("article", article->article), TEXT("chapter", article->chapter),
                              TEXT("text", article->text), INT("changed", article->changed)),
                         NULL);
    }
    bool same = str_eq(kept.law, article->law) && str_eq(kept.article, article->article) &&
                str_eq(kept.chapter, article->chapter) && str_eq(kept.text, article->text) &&
                !kept.gone;
    *ret_what = same && same_law(&kept.of, &article->of) ? PUT_SAME : PUT_CHANGED;
    return same ? OK : change_article(t, article, &kept);
}

enum err answered_put(struct task *t, const struct putting *putting, const struct answered *a,
                      enum put *ret_what)
{
    struct answered kept;
    enum err e = putting->fresh ? ERR_NOT_FOUND : answered_row(t, a->tenant, a->id, &kept);
    bool there = e == OK;

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (there && str_eq(kept.question, a->question) && str_eq(kept.answer, a->answer) &&
        str_eq(kept.answered_by, a->answered_by) && str_eq(kept.answered_on, a->answered_on) &&
        str_eq(kept.topic, a->topic) && str_eq(kept.laws, a->laws) &&
        str_eq(kept.source, a->source) && kept.approved_at == a->approved_at &&
        kept.machine == a->machine && kept.gone == a->gone) {
        *ret_what = PUT_SAME;
        return OK;
    }
    *ret_what = there ? PUT_CHANGED : PUT_ADDED;
    return store_run(t, putting->fresh ? &q_knowledge_answer_add : &q_knowledge_answer_put,
                     ARGS(INT("tenant", a->tenant), TEXT("id", a->id),
                          TEXT("question", a->question), TEXT("answer", a->answer),
                          TEXT("answered_by", a->answered_by), INT("machine", a->machine),
                          TEXT("answered_on", a->answered_on), TEXT("topic", a->topic),
                          TEXT("laws", a->laws), TEXT("source", a->source),
                          TEXT("approved_by", a->approved_by), INT("approved_at", a->approved_at),
                          INT("changed", a->changed), INT("gone", a->gone)),
                     NULL);
}

enum err case_put(struct task *t, const struct putting *putting, const struct court_case *one,
                  enum put *ret_what)
{
    struct court_case kept;
    enum err e = putting->fresh ? ERR_NOT_FOUND : case_row(t, one->tenant, one->id, &kept);
    bool there = e == OK;

    if (e && e != ERR_NOT_FOUND)
        return e;
    if (there && str_eq(kept.kind, one->kind) && str_eq(kept.title, one->title) &&
        str_eq(kept.court, one->court) && str_eq(kept.case_no, one->case_no) &&
        str_eq(kept.published, one->published) && str_eq(kept.cause, one->cause) &&
        str_eq(kept.outcome, one->outcome) && str_eq(kept.text, one->text) &&
        str_eq(kept.source, one->source) && !kept.gone) {
        *ret_what = PUT_SAME;
        return OK;
    }
    *ret_what = there ? PUT_CHANGED : PUT_ADDED;
    return store_run(t, putting->fresh ? &q_knowledge_case_add : &q_knowledge_case_put,
                     ARGS(INT("tenant", one->tenant), TEXT("id", one->id), TEXT("kind", one->kind),
                          TEXT("title", one->title), TEXT("court", one->court),
                          TEXT("case_no", one->case_no), TEXT("published", one->published),
                          TEXT("cause", one->cause), TEXT("outcome", one->outcome),
                          TEXT("text", one->text), TEXT("source", one->source),
                          INT("changed", one->changed)),
                     NULL);
}
