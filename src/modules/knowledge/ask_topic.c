/*
 * What is usual for a topic beside what the ranking found.  The ranking learned from questions of
 * one sentence and follows words; the topic is known for most questions and its articles
 * (data/triage/topics.yaml) were chosen by hand.  Both together give the first articles of a page;
 * `yimen ask --batch` and what comes behind the first places stay the ranking's own.
 */
#include "ask.h"

#include <stdlib.h>

#include "interview.h"
#include "knowledge_sql.h"
#include "schema.h"
#include "store/store.h"
#include "triage_rules.h"

enum { SHARED_PLACES = 3, GROUNDS_MOST = 10, ALARM_MOST = 2 };

/*
 * What an article is worth beside the chance (0 to 1) that the ranking gives it: of the topic; of
 * the topic with a word that was said, and each word more, both as far as the topic is believed;
 * of an alarm.  What stands further behind in its list loses a little.  What the ranking shows
 * with a chance from STRONG on is worth SAID, too, and its first is always shown then; PLAIN is the
 * best of a search that only counts words.  Measured in docs/ranking.md.
 */
static const double USUAL = 0.1, SAID = 0.25, SAID_MORE = 0.05, ALARM = 2, PLACE = 0.001,
                    STRONG = 0.3, PLAIN = 0.1;

/* --- Grounds --------------------------------------------------------------------------------- */

enum err ask_article_named(struct task *t, struct str law, struct str article, int64_t *ret_tenant,
                           struct str *ret_id)
{
    struct rows *laws, *rows;
    struct str id = {0};
    int64_t tenant = 0;
    enum err e = store_run(t, &q_knowledge_law_named,
                           ARGS(INT("tenant", t->tenant), TEXT("short", law_short(law))), &laws);

    while (!e && !id.len && rows_next(laws)) {
        if (row_int(laws, "expired"))
            continue;
        tenant = row_int(laws, "tenant");
        e = store_run(t, &q_knowledge_article_numbered,
                      ARGS(INT("tenant", tenant), TEXT("law", row_str(laws, "code")),
                           TEXT("article", article)),
                      &rows);
        if (!e && rows_next(rows))
            id = row_str(rows, "id");
    }
    if (e)
        return e;
    *ret_tenant = tenant;
    *ret_id = id;
    return OK;
}

static enum err add_ground(struct task *t, struct str law, struct str article, double weight,
                           struct ask_view *view)
{
    int64_t tenant;
    struct str id;
    enum err e = ask_article_named(t, law, article, &tenant, &id);

    if (e || !id.len)
        return e;
    LIST_EACH (struct ask_ground, there, view->grounds)
        if (str_eq(there->id, id)) {
            there->weight += weight;
            return OK;
        }
    *(struct ask_ground *)list_add(t, &view->grounds, sizeof(struct ask_ground)) =
        (struct ask_ground){tenant, id, weight, false};
    return OK;
}

static size_t words_said(struct str text, struct list words)
{
    size_t said = 0;

    LIST_EACH (const struct str, word, words)
        said += str_find(text, *word) != SIZE_MAX;
    return said;
}

/* Those whose words were said, then those of every question. */
static enum err add_usual(struct task *t, const struct triage_topic *topic, double confidence,
                          struct str text, struct ask_view *view)
{
    enum err e = OK;

    for (int always = 0; always < 2; always++) {
        size_t place = 0;
        LIST_EACH (const struct triage_ground, ground, topic->grounds) {
            size_t said = words_said(text, ground->words);
            double weight = (said ? SAID + SAID_MORE * (double)(said - 1) : USUAL);

            place++;
            if ((always ? ground->words.count > 0 : !said) || e ||
                view->grounds.count >= GROUNDS_MOST)
                continue;
            e = add_ground(t, ground->law, ground->article,
                           confidence * (weight - PLACE * (double)place), view);
        }
    }
    return e;
}

enum err ask_topic_grounds(struct task *t, const struct asking *asking, const struct triage *triage,
                           struct ask_view *view)
{
    const struct triage_shipped *shipped;
    enum err e = triage_shipped(t, &shipped);

    if (e)
        return e;
    struct triage_guess guess = triage_guess_topic(t, shipped, asking->question);
    uint64_t *terms;
    /* Who names an article wants to read that one. */
    bool named = terms_of_text(t, asking->question, TERM_ARTICLE, &terms) > 0;
    for (size_t i = 0; i < shipped->topics->count && !e && !named; i++)
        if (guess.all[i] >= shipped->topics->silence)
            e = add_usual(t, &shipped->topics->topics[i], guess.all[i], asking->full, view);
    view->topic_sure = guess.confidence >= shipped->topics->sure && view->grounds.count > 0;
    LIST_EACH (const struct triage_urgent, urgent, triage->urgent) {
        size_t place = 0;
        struct list articles = interview_articles(t, urgent->law);

        LIST_EACH (const struct interview_article, article, articles)
            if (!e && place++ < ALARM_MOST)
                e = add_ground(t, article->law, article->article, ALARM - PLACE * (double)place,
                               view);
        view->alarmed = view->alarmed || articles.count > 0;
    }
    return e;
}

/* --- Merging --------------------------------------------------------------------------------- */

struct place {
    struct index_hit hit;
    double weight;
    size_t order; /* of two alike the one that came first */
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

static size_t find_hit(const struct index_hits *hits, size_t most, struct index_hit hit)
{
    size_t n = hits->n < most ? hits->n : most;

    for (size_t i = 0; i < n; i++)
        if (hits->at[i].segment == hit.segment && hits->at[i].doc == hit.doc)
            return i;
    return SIZE_MAX;
}

/* What the ranking shows and the grounds, whose chance is that of the deeper ranking. */
static enum err weigh(struct task *t, struct index_view *laws, const struct index_hits *deep,
                      const struct index_hits *hits, struct ask_view *view, struct place *places,
                      size_t *ret_n)
{
    /* Plain search, where there is no ranking yet, gives scores and not chances. */
    double best = deep->n ? deep->at[0].score : 0, scale = best > 1 ? PLAIN / best : 1;
    size_t n = 0;

    for (; n < hits->n; n++) {
        double chance = hits->at[n].score * scale;
        places[n] = (struct place){hits->at[n], chance + (chance >= STRONG ? SAID : 0), n};
    }
    LIST_EACH (struct ask_ground, ground, view->grounds) {
        struct index_hit hit;
        enum err e = index_find(t, laws, doc_id(ground->tenant, ground->id), &hit);

        if (e == ERR_NOT_FOUND)
            continue;
        if (e)
            return e;
        size_t shown = find_hit(hits, SIZE_MAX, hit), seen = find_hit(deep, ASK_TOPIC_DEPTH, hit);
        ground->usual = shown == SIZE_MAX && seen == SIZE_MAX;
        hit.score = seen == SIZE_MAX ? 0 : deep->at[seen].score;
        if (shown != SIZE_MAX) {
            places[shown].weight += ground->weight;
            continue;
        }
        places[n] = (struct place){hit, hit.score * scale + ground->weight, n};
        n++;
    }
    *ret_n = n;
    return OK;
}

enum err ask_topic_merge(struct task *t, struct index_view *laws, const struct index_hits *deep,
                         size_t most, struct ask_view *view, struct index_hits *hits)
{
    struct place *places = NEW(t, struct place, hits->n + view->grounds.count + 1);
    struct index_hits merged = {.at = NEW(t, struct index_hit, most + SHARED_PLACES)};
    size_t shared = most < SHARED_PLACES ? most : SHARED_PLACES;
    size_t n;

    if (!view->grounds.count || !shared)
        return OK;
    struct index_hit first = hits->n ? hits->at[0] : (struct index_hit){0};
    enum err e = weigh(t, laws, deep, hits, view, places, &n);
    if (e)
        return e;
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n && merged.n < shared; i++)
        merged.at[merged.n++] = places[i].hit;
    if (hits->n && first.score >= (float)STRONG && merged.n == shared &&
        find_hit(&merged, SIZE_MAX, first) == SIZE_MAX)
        merged.at[shared - 1] = first;
    for (size_t i = 0; i < hits->n && merged.n < most; i++)
        if (find_hit(&merged, SIZE_MAX, hits->at[i]) == SIZE_MAX)
            merged.at[merged.n++] = hits->at[i];
    *hits = merged;
    return OK;
}
