/*
 * Searching for an answer: articles, questions answered before, like cases; and saying honestly
 * when there is nothing, or when search itself is broken.
 */
#include "ask.h"

#include <stdlib.h>

#include "core/text.h"

enum {
    USUAL_DOCS = 50000,
    RANKED_MOST = 12,
    ON_PAGE_MOST = 10,
    STORY = 32, /* characters */
    COMPARED = 5,
    QUOTED = 180,
    ANSWER_SHOWN = 160,
    CASE_SHOWN = 120,
    SHORT_MOST = 220
};

/*
 * When is there a basis?  What the question shares with the best article or the most like question
 * (information of the shared words, in nats) and how sure its topic is, together.  Of 300 laymen's
 * questions 0.95 have one, of 40 about the weather and the like 0.05, of 21 questions of two
 * to five words all.
 */
static const double SHARED_FULL = 40, STRONG = 1.1, TOPIC_SURE = 0.95, SHARED_LEAST = 3;
/* An answered question must share so much of what is asked. */
static const double ANSWER_LEAST = 0.25, ANSWER_SHARED = 8, ANSWER_SAME = 0.62, ANSWER_ALONE = 0.8,
                    ANSWER_ALONE_SHARED = 12, CASE_LEAST = 0.3;
static const double STRANGER = 0.25;

/* --- How near ------------------------------------------------------------------------------- */

static int compare_terms(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static size_t unique(uint64_t *terms, size_t n)
{
    size_t kept = 0;

    qsort(terms, n, sizeof *terms, compare_terms);
    for (size_t i = 0; i < n; i++)
        if (!kept || terms[kept - 1] != terms[i])
            terms[kept++] = terms[i];
    return kept;
}

/* A small collection knows little about which words are common: it is taken for a large one. */
static uint64_t usual_docs(const struct index_view *view, int field)
{
    uint64_t docs = index_stats(view, field).docs;

    return docs < USUAL_DOCS ? USUAL_DOCS : docs;
}

struct likeness {
    double share;  /* of what the question says, 0 ... 1 */
    double shared; /* how much that is */
};

/* The words of the question, and how much each says in the documents of a set: looked up once. */
struct scale {
    struct index_view *view;
    unsigned texts; /* bits: which texts of a document count */
    const uint64_t *terms;
    double *weights, all;
    size_t n;
};

static struct scale make_scale(struct task *t, struct index_view *view, int field, unsigned texts,
                               const uint64_t *terms, size_t n)
{
    uint64_t docs = usual_docs(view, field);
    struct scale scale = {view, texts, terms, NEW(t, double, n + 1), 0, n};

    for (size_t i = 0; i < n; i++) {
        scale.weights[i] = index_idf(docs, index_df(view, field, terms[i]));
        scale.all += scale.weights[i];
    }
    return scale;
}

static struct likeness likeness(struct task *t, const struct scale *scale, struct index_hit hit)
{
    bool *seen = NEW(t, bool, scale->n + 1);
    struct likeness like = {0};
    struct index_stored stored;

    if (index_stored(t, scale->view, hit, &stored)) {
        task_clear_error(t); /* whoever shows it meets the same */
        return like;
    }
    for (int i = 0; i < INDEX_TEXTS; i++) {
        if (!(scale->texts & 1u << i) || !stored.texts[i].n)
            continue;
        size_t most = terms_most(stored.texts[i], TERM_BIGRAM | TERM_WORD);
        uint64_t *terms = NEW(t, uint64_t, most + 1);
        size_t n = terms_of(stored.texts[i], TERM_BIGRAM | TERM_WORD, terms, most);

        for (size_t k = 0; k < n && k < most; k++) {
            const uint64_t *found =
                bsearch(&terms[k], scale->terms, scale->n, sizeof terms[k], compare_terms);

            if (!found || seen[found - scale->terms])
                continue;
            seen[found - scale->terms] = true;
            like.shared += scale->weights[found - scale->terms];
        }
    }
    like.share = scale->all > 0 ? like.shared / scale->all : 0;
    return like;
}

static uint64_t *asked_terms(struct task *t, struct str question, size_t *ret_n)
{
    uint64_t *terms;
    size_t n = terms_of_text(t, question, TERM_BIGRAM | TERM_WORD, &terms);

    *ret_n = unique(terms, n);
    return terms;
}

/* What is in every tenth document says nothing and is not marked. */
static struct ask_terms worth_marking(struct task *t, const struct index_view *view, int field,
                                      struct str question)
{
    size_t n, kept = 0;
    uint64_t *terms = asked_terms(t, question, &n);
    uint64_t docs = usual_docs(view, field);

    for (size_t i = 0; i < n; i++)
        if (index_df(view, field, terms[i]) * 12 < docs)
            terms[kept++] = terms[i];
    return (struct ask_terms){terms, kept};
}

/* --- Articles -------------------------------------------------------------------------------- */

struct finding {
    const struct asking *asking;
    struct ask_view *view;
    struct ask_terms terms;
    uint64_t *asked;
    size_t n_asked;
    struct index_view *laws, *answers;
    struct index_hits law_hits, deep; /* to be shown; more of them, for the topic's grounds */
    struct index_hits answer_hits[2]; /* of people, of machines */
    struct scale law_scale, answer_scale, case_scale;
    double best; /* the most that any of them shares with the question */
    bool strong;
};

static void note_shared(struct finding *f, struct likeness like)
{
    f->best = like.shared > f->best ? like.shared : f->best;
}

static struct str law_state(const struct task *t, bool expired, struct str version)
{
    if (expired)
        return tr_str(t, S("已失效"));
    return version.len ? tr_str(t, S("现行有效")) : tr_str(t, S("现行有效，版本日期不详"));
}

void ask_article_of_parts(struct task *t, const struct str parts[LAW_PARTS],
                          const struct ask_terms *terms, struct ask_article *ret_article)
{
    struct str short_law = law_short(parts[LP_TITLE]);
    bool expired = parts[LP_EXPIRED].len > 0;

    *ret_article = (struct ask_article){
        .id = parts[LP_ID],
        .href = str_format(t, "/laws/article/%.*s", STR_ARG(parts[LP_ID])),
        .law = parts[LP_TITLE],
        .short_law = short_law,
        .article = parts[LP_ARTICLE],
        .chapter = parts[LP_CHAPTER],
        .kind = parts[LP_KIND],
        .version = parts[LP_VERSION],
        .in_force = !expired,
        .state = law_state(t, expired, parts[LP_VERSION]),
        .text = parts[LP_TEXT],
    };
    ret_article->pieces = ask_pieces(t, parts[LP_TEXT], terms, QUOTED, &ret_article->cut);
}

static enum err add_article(struct task *t, struct finding *f, struct index_view *view,
                            struct index_hit hit)
{
    struct str parts[LAW_PARTS];
    struct index_stored stored;
    enum err e = index_stored(t, view, hit, &stored);

    if (e)
        return e;
    if (!payload_unpack(stored.payload, parts, LAW_PARTS))
        return task_fail(t, ERR_CONFLICT, "索引里的法条读不出来");
    LIST_EACH (const struct ask_article, there, f->view->articles)
        if (str_eq(there->id, parts[LP_ID]))
            return OK;
    struct ask_article *article = list_add(t, &f->view->articles, sizeof *article);
    ask_article_of_parts(t, parts, &f->terms, article);
    article->score = hit.score;
    LIST_EACH (const struct ask_ground, ground, f->view->grounds)
        article->usual = article->usual || (ground->usual && str_eq(ground->id, article->id));
    return OK;
}

/* What was learned may answer in other words than were asked.  But it was learned from questions of
 * one sentence: an article that shares next to nothing with a whole story is left out of a page,
 * and the next one moves up. */
static void drop_strangers(struct task *t, struct finding *f)
{
    double shared[RANKED_MOST], best = 0;
    size_t kept = 0;

    for (size_t i = 0; i < f->law_hits.n; i++) {
        struct likeness like = likeness(t, &f->law_scale, f->law_hits.at[i]);

        shared[i] = like.shared;
        best = like.shared > best ? like.shared : best;
        if (i < COMPARED)
            note_shared(f, like);
    }
    for (size_t i = 0; i < f->law_hits.n && kept < f->asking->articles; i++)
        if (shared[i] >= best * STRANGER)
            f->law_hits.at[kept++] = f->law_hits.at[i];
    f->law_hits.n = kept;
}

static struct index_hits first_hits(struct task *t, const struct index_hits *hits, size_t most)
{
    struct index_hits first = {.at = NEW(t, struct index_hit, hits->n + 1)};

    while (first.n < hits->n && first.n < most) {
        first.at[first.n] = hits->at[first.n];
        first.n++;
    }
    return first;
}

static enum err search_articles(struct task *t, struct finding *f)
{
    bool story = f->asking->articles <= ON_PAGE_MOST && utf8_length(f->asking->full) >= STORY;
    size_t most = story ? RANKED_MOST : f->asking->articles;
    size_t deep = f->view->grounds.count && most < ASK_TOPIC_DEPTH ? ASK_TOPIC_DEPTH : most;
    enum err e = knowledge_look(t, f->asking->data, SET_LAW, &f->laws);

    if (!e)
        e = ask_rank(t, f->asking->data, f->laws, f->asking->full, deep, f->asking->expired,
                     &f->deep);
    if (e)
        return e;
    f->law_hits = first_hits(t, &f->deep, most);
    f->terms = worth_marking(t, f->laws, LAW_ALL, f->asking->full);
    f->law_scale =
        make_scale(t, f->laws, LAW_ALL, 1u << LAW_TITLE | 1u << LAW_CHAPTER | 1u << LAW_TEXT,
                   f->asked, f->n_asked);
    if (story) {
        drop_strangers(t, f);
        return OK;
    }
    for (size_t i = 0; i < f->law_hits.n && i < COMPARED; i++)
        note_shared(f, likeness(t, &f->law_scale, f->law_hits.at[i]));
    return OK;
}

static enum err show_articles(struct task *t, struct finding *f)
{
    enum err e = ask_topic_merge(t, f->laws, &f->deep, f->asking->articles, f->view, &f->law_hits);

    for (size_t i = 0; i < f->law_hits.n && !e; i++)
        e = add_article(t, f, f->laws, f->law_hits.at[i]);
    return e;
}

/* --- Answered questions ---------------------------------------------------------------------- */

static void take_short(struct task *t, struct finding *f, const struct ask_answered *a, double near)
{
    struct ask_view *v = f->view;

    /* Only what a person of this house, or a lawyer, stands for (ui 10.5). */
    if (v->has_short || a->machine || !a->approved.len || near < ANSWER_SAME)
        return;
    struct str text = a->answer;
    bool cut = utf8_length(text) > SHORT_MOST;
    v->has_short = true;
    v->short_title = a->question;
    v->short_text =
        cut ? str_join(t, str_first(text, utf8_prefix(text, SHORT_MOST)), S("……")) : text;
    v->short_by = a->approved;
    v->short_href = a->href;
}

static enum err add_answer(struct task *t, struct finding *f, struct index_view *view,
                           struct index_hit hit)
{
    struct str p[ANSWER_PARTS];
    struct index_stored stored;
    struct likeness like = likeness(t, &f->answer_scale, hit);
    double near = like.share;
    enum err e = index_stored(t, view, hit, &stored);

    if (e || near < ANSWER_LEAST || like.shared < ANSWER_SHARED ||
        (!f->strong && (near < ANSWER_ALONE || like.shared < ANSWER_ALONE_SHARED)))
        return e;
    if (!payload_unpack(stored.payload, p, ANSWER_PARTS))
        return task_fail(t, ERR_CONFLICT, "索引里的问答读不出来");
    struct ask_answered *a = list_add(t, &f->view->answers, sizeof *a);
    bool cut = utf8_length(p[AP_ANSWER]) > ANSWER_SHOWN;
    *a = (struct ask_answered){
        .id = p[AP_ID],
        .href = str_format(t, "/answers/%.*s", STR_ARG(p[AP_ID])),
        .question = p[AP_QUESTION],
        .answer = p[AP_ANSWER],
        .excerpt =
            cut ? str_join(t, str_first(p[AP_ANSWER], utf8_prefix(p[AP_ANSWER], ANSWER_SHOWN)),
                           S("……"))
                : p[AP_ANSWER],
        .by = p[AP_BY],
        .on = p[AP_ON],
        .source = p[AP_SOURCE],
        .machine = p[AP_MACHINE].len > 0,
        .cut = cut,
        .score = near,
    };
    if (p[AP_APPROVED_BY].len)
        a->approved = str_format(t, tr(t, "%.*s 于 %.*s 审核"), STR_ARG(p[AP_APPROVED_BY]),
                                 STR_ARG(p[AP_APPROVED_AT]));
    take_short(t, f, a, near);
    return OK;
}

static size_t plain_terms(struct task *t, struct str text, unsigned kinds, int field, float weight,
                          struct index_term *out, size_t n)
{
    uint64_t *terms;
    size_t count = terms_of_text(t, text, kinds, &terms);

    for (size_t i = 0; i < count && n < INDEX_TERMS_MAX; i++)
        out[n++] = (struct index_term){terms[i], field, weight};
    return n;
}

static enum err search_answers(struct task *t, struct finding *f)
{
    struct index_term *terms = NEW(t, struct index_term, INDEX_TERMS_MAX);
    size_t n = 0;
    enum err e = knowledge_look(t, f->asking->data, SET_ANSWER, &f->answers);

    if (e)
        return e;
    f->answer_scale =
        make_scale(t, f->answers, ANSWER_ASKED, 1u << ANSWER_QUESTION, f->asked, f->n_asked);
    n = plain_terms(t, f->asking->full, TERMS_PLAIN, ANSWER_ASKED, 1, terms, n);
    n = plain_terms(t, f->asking->full, TERM_UNIGRAM, ANSWER_ASKED_CHARS, 0.3f, terms, n);
    n = plain_terms(t, f->asking->full, TERMS_PLAIN, ANSWER_SAID, 0.3f, terms, n);
    for (int machine = 0; n && !e && machine < 2; machine++) {
        const struct index_filter who = {.column = ANSWER_MACHINE, .low = machine, .high = machine};
        const struct index_ask ask = {.terms = terms,
                                      .n_terms = n,
                                      .filters = &who,
                                      .n_filters = 1,
                                      .most = f->asking->answers};

        e = index_search(t, f->answers, &ask, &f->answer_hits[machine]);
        for (size_t i = 0; !e && i < f->answer_hits[machine].n; i++)
            note_shared(f, likeness(t, &f->answer_scale, f->answer_hits[machine].at[i]));
    }
    return e;
}

/* What people answered goes before what a machine wrote. */
static enum err show_answers(struct task *t, struct finding *f)
{
    enum err e = OK;

    for (int machine = 0; machine < 2; machine++)
        for (size_t i = 0;
             !e && i < f->answer_hits[machine].n && f->view->answers.count < f->asking->answers;
             i++)
            e = add_answer(t, f, f->answers, f->answer_hits[machine].at[i]);
    return e;
}

/* --- Cases ----------------------------------------------------------------------------------- */

static enum err add_case(struct task *t, struct finding *f, struct index_view *view,
                         struct index_hit hit)
{
    struct str p[CASE_PARTS];
    struct index_stored stored;
    bool cut;
    double near = likeness(t, &f->case_scale, hit).share;
    enum err e = index_stored(t, view, hit, &stored);

    if (e || near < CASE_LEAST)
        return e;
    if (!payload_unpack(stored.payload, p, CASE_PARTS))
        return task_fail(t, ERR_CONFLICT, "索引里的案例读不出来");
    struct ask_case *one = list_add(t, &f->view->cases, sizeof *one);
    *one = (struct ask_case){
        .id = p[CP_ID],
        .href = str_format(t, "/cases/%.*s", STR_ARG(p[CP_ID])),
        .title = p[CP_TITLE].len   ? p[CP_TITLE]
                 : p[CP_CAUSE].len ? str_format(t, "%.*s%s", STR_ARG(p[CP_CAUSE]),
                                                str_is(p[CP_KIND], "刑事") ? tr(t, "案") : "")
                                   : p[CP_KIND],
        .court = p[CP_COURT],
        .number = p[CP_NUMBER],
        .date = p[CP_DATE],
        .cause = p[CP_CAUSE],
        .outcome = p[CP_OUTCOME],
        .source = p[CP_SOURCE],
        .score = near,
    };
    one->pieces = ask_pieces(t, p[CP_TEXT], &f->terms, CASE_SHOWN, &cut);
    return OK;
}

static enum err find_cases(struct task *t, struct finding *f)
{
    struct index_term *terms = NEW(t, struct index_term, INDEX_TERMS_MAX);
    struct index_hits hits;
    struct index_view *view;
    size_t n = 0;
    enum err e = knowledge_look(t, f->asking->data, SET_CASE, &view);

    if (e)
        return e;
    f->case_scale =
        make_scale(t, view, CASE_ALL, 1u << CASE_TITLE | 1u << CASE_CAUSE | 1u << CASE_TEXT,
                   f->asked, f->n_asked);
    n = plain_terms(t, f->asking->full, TERMS_PLAIN, CASE_ALL, 1, terms, n);
    n = plain_terms(t, f->asking->full, TERMS_PLAIN, CASE_NAMED, 1.5f, terms, n);
    const struct index_ask ask = {.terms = terms, .n_terms = n, .most = f->asking->cases};
    if (n)
        e = index_search(t, view, &ask, &hits);
    for (size_t i = 0; n && !e && i < hits.n; i++)
        e = add_case(t, f, view, hits.at[i]);
    return e;
}

/* --- The verdict ----------------------------------------------------------------------------- */

static void say_unavailable(struct task *t, struct ask_view *view)
{
    struct str note = t->note;

    task_clear_error(t);
    view->articles = view->answers = view->cases = (struct list){0};
    view->has_short = false;
    view->verdict = S("unavailable");
    view->unavailable = true;
    view->note = note;
}

enum err ask_find(struct task *t, const struct asking *asking, struct ask_view *view)
{
    struct finding f = {.asking = asking, .view = view};
    enum err e = OK;

    f.asked = asked_terms(t, asking->full, &f.n_asked);
    if (asking->articles)
        e = search_articles(t, &f);
    if (!e && asking->answers)
        e = search_answers(t, &f);
    double strength = f.best / SHARED_FULL + view->topic_confidence;
    /* A topic that is sure has articles of its own, and so has an alarm. */
    f.strong = view->alarmed ||
               (f.best >= SHARED_LEAST &&
                (strength >= STRONG || view->topic_sure || view->topic_confidence >= TOPIC_SURE));
    view->near = (int64_t)(strength * 100 / STRONG);
    /* An outcome stands on its own grounds. */
    if (!e && f.strong && !view->articles.count)
        e = show_articles(t, &f);
    if (!e)
        e = show_answers(t, &f);
    if (!e && asking->cases && f.strong)
        e = find_cases(t, &f);
    view->asked = true;
    if (e == ERR_BUSY || e == ERR_CONFLICT || e == ERR_STORE) {
        say_unavailable(t, view);
        return OK;
    }
    if (e)
        return e;
    view->has_articles = view->articles.count > 0;
    view->has_answers = view->answers.count > 0;
    view->has_cases = view->cases.count > 0;
    view->found = view->articles.count > 0 || view->has_answers;
    view->none = !view->found;
    view->verdict = view->found ? S("found") : S("none");
    return OK;
}
