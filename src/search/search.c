/*
 * The search: exact best k by MaxScore over windows of documents.
 *
 * In each window the terms are sorted by the most they can still add.  The strongest, without
 * which no document can reach the worst of the best k, are added up document by document; only
 * for the documents that may still reach it the weaker ones are looked up, strongest first, and
 * each time those that fell behind are dropped.
 */
#include <math.h>
#include <string.h>

#include "search/best.h"
#include "search/cursor.h"
#include "search/match.h"

/* A term as it is asked, over all parts. */
struct asked {
    uint64_t term;
    int field;
    double weight;         /* given, then with idf and k1 + 1, then scaled */
    struct entry *entries; /* of every part; df 0: not there */
};

struct run {
    struct task *t;
    struct index_view *view;
    const struct index_ask *ask;
    struct asked *asked;
    size_t n_asked;
    double scale;
    struct best best;
    uint64_t count;
    bool no_memory;
    struct cursor *cursors;
    struct cursor **order;
    /* the part under way */
    uint32_t part;
    struct segment *segment;
    struct dead *dead;
    struct set allowed; /* without bits: all */
    uint32_t sums[WINDOW];
    uint64_t bits[WINDOW / 64];
    bool limited;
    uint32_t candidates[WINDOW + 1]; /* places in the window */
    uint32_t frequencies[WINDOW];
};

/* Marking a document costs so much less than looking one up. */
enum { MARKING = 8 };

/* ---- the terms ---- */

static void gather_terms(struct run *run)
{
    const struct index_ask *ask = run->ask;

    run->asked = NEW(run->t, struct asked, ask->n_terms + 1);
    for (size_t i = 0; i < ask->n_terms; i++) {
        const struct index_term *term = &ask->terms[i];
        size_t k = 0;

        if (!(term->weight > 0))
            continue;
        while (k < run->n_asked &&
               (run->asked[k].term != term->term || run->asked[k].field != term->field))
            k++;
        if (k == run->n_asked)
            run->asked[run->n_asked++] = (struct asked){.term = term->term, .field = term->field};
        run->asked[k].weight += (double)term->weight;
    }
}

static void weigh_terms(struct run *run)
{
    const struct index_view *view = run->view;
    double sum = 0;

    for (size_t i = 0; i < run->n_asked; i++) {
        struct asked *a = &run->asked[i];
        uint64_t df = 0;

        a->entries = NEW(run->t, struct entry, view->n + 1);
        for (uint32_t k = 0; k < view->n; k++)
            if (segment_entry(view->parts[k].segment, a->field, a->term, &a->entries[k])) {
                uint32_t gone = dead_df(view->parts[k].dead, a->field, a->term);
                df += gone < a->entries[k].df ? a->entries[k].df - gone : 0;
            }
        a->weight *=
            df ? index_idf(view->docs, df) * ((double)view->schema.fields[a->field].k1 + 1) : 0;
        sum += a->weight;
    }
    /* The best sum stays below 2^30, whatever it is. */
    run->scale = sum > 0 ? exp2(floor(29.5 - log2(sum))) : 1;
    for (size_t i = 0; i < run->n_asked; i++)
        run->asked[i].weight *= run->scale;
}

static size_t begin_cursors(struct run *run)
{
    size_t n = 0;

    for (size_t i = 0; i < run->n_asked; i++) {
        const struct asked *a = &run->asked[i];
        struct cursor *c = &run->cursors[n];
        double average = view_average(run->view, a->field);
        double made_with = (double)run->segment->foot->fields[a->field].average;
        /* Impacts were reckoned with the segment's own average length. */
        double growth = made_with > 0 && average > made_with ? average / made_with : 1;

        if (a->entries[run->part].df == 0)
            continue;
        if (!view_norms(run->view, a->field)) {
            run->no_memory = true;
            return 0;
        }
        c->ended = false;
        c->frequencies_there = false;
        if (!cursor_begin(c, run->segment, a->field, &a->entries[run->part]))
            continue;
        c->weight = (float)a->weight;
        c->bound_unit = (float)(a->weight * growth * 1.0001 / 255);
        c->norms = view_norms(run->view, a->field);
        c->field = &run->view->schema.fields[a->field];
        c->average = average;
        run->order[n++] = c;
    }
    return n;
}

/* ---- one window ---- */

static uint32_t worst(const struct run *run)
{
    return run->best.n == run->best.most ? (uint32_t)run->best.at[0].key : 1;
}

static bool allowed(const struct run *run, uint32_t doc)
{
    if (is_dead(run->dead, doc) || (run->allowed.bits && !set_has(run->allowed, doc)))
        return false;
    for (size_t i = 0; i < run->ask->n_filters; i++)
        if (!filter_passes(run->segment, &run->ask->filters[i], doc))
            return false;
    return true;
}

/* Places whose sum with `rest` reaches the worst of the best.  The bits are cleared. */
static size_t take_candidates(struct run *run, uint32_t low, uint32_t rest)
{
    uint32_t needed = worst(run);
    size_t n = 0, kept = 0;

    for (uint32_t word = 0; word < WINDOW / 64; word++) {
        for (uint64_t left = run->bits[word]; left; left &= left - 1) {
            uint32_t place = word * 64 + (uint32_t)__builtin_ctzll(left);

            /* No branch that nobody could foresee. */
            run->candidates[n] = place;
            n += run->sums[place] + rest >= needed;
        }
        run->bits[word] = 0;
    }
    if (!run->limited)
        return n;
    for (size_t i = 0; i < n; i++)
        if (allowed(run, low + run->candidates[i]))
            run->candidates[kept++] = run->candidates[i];
    return kept;
}

/* A weaker term that is in many documents: mark where it is, and add it where a candidate is. */
static void add_marked(struct run *run, struct cursor *c, uint32_t low, size_t n)
{
    uint64_t wanted[WINDOW / 64] = {0};

    for (size_t i = 0; i < n; i++)
        wanted[run->candidates[i] / 64] |= UINT64_C(1) << run->candidates[i] % 64;
    cursor_mark(c, low, run->bits, run->frequencies);
    for (uint32_t word = 0; word < WINDOW / 64; word++) {
        for (uint64_t left = run->bits[word] & wanted[word]; left; left &= left - 1) {
            uint32_t place = word * 64 + (uint32_t)__builtin_ctzll(left);
            run->sums[place] += cursor_worth(c, low + place, run->frequencies[place]);
        }
        run->bits[word] = 0;
    }
}

/* Look up a weaker term for those that are left; `rest` is what the still weaker ones can add. */
static size_t look_up(struct run *run, struct cursor *c, uint32_t low, size_t n, uint32_t rest)
{
    uint32_t needed = worst(run), bound = c->window_bound;
    size_t kept = 0;

    if ((uint64_t)c->entry.df * WINDOW / run->segment->foot->docs < n * MARKING) {
        add_marked(run, c, low, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t place = run->candidates[i], sum = run->sums[place];

            if (sum + bound + rest < needed)
                continue;
            uint32_t missing = needed > sum + rest ? needed - sum - rest : 0;
            run->sums[place] = sum + cursor_score(c, low + place, missing);
        }
    }
    for (size_t i = 0; i < n; i++) {
        run->candidates[kept] = run->candidates[i];
        kept += run->sums[run->candidates[i]] + rest >= needed;
    }
    return kept;
}

static void take_best(struct run *run, uint32_t low, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t place = run->candidates[i], doc = low + place;

        if (run->sums[place] >= worst(run))
            best_add(&run->best, (struct found){.key = run->sums[place],
                                                .id = segment_id(run->segment, doc),
                                                .part = run->part,
                                                .doc = doc});
    }
}

/* By what they can add in this window, weakest first; they are nearly so from the last one. */
static void sort_cursors(struct cursor **order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct cursor *moving = order[i];
        size_t k = i;

        for (; k > 0 && order[k - 1]->window_bound > moving->window_bound; k--)
            order[k] = order[k - 1];
        order[k] = moving;
    }
}

static void search_window(struct run *run, size_t n, uint32_t low)
{
    uint32_t needed = worst(run), all = 0, rest = 0;
    size_t weak = 0;

    for (size_t i = 0; i < n; i++) {
        run->order[i]->window_bound = cursor_bound(run->order[i], low);
        all += run->order[i]->window_bound;
    }
    if (all < needed)
        return;
    sort_cursors(run->order, n);
    while (weak < n && rest + run->order[weak]->window_bound < needed)
        rest += run->order[weak++]->window_bound;
    for (size_t i = weak; i < n; i++)
        cursor_add(run->order[i], low, run->sums, run->bits);
    size_t left = take_candidates(run, low, rest);
    while (weak > 0 && left > 0 && run->order[weak - 1]->window_bound > 0) {
        struct cursor *c = run->order[--weak];
        rest -= c->window_bound;
        left = look_up(run, c, low, left, rest);
    }
    take_best(run, low, left);
    memset(run->sums, 0, sizeof run->sums);
}

/* ---- one part ---- */

static void begin_part(struct run *run, uint32_t part)
{
    run->part = part;
    run->segment = run->view->parts[part].segment;
    run->dead = run->view->parts[part].dead;
    run->allowed = (struct set){0};
}

/* All that match: by the tree, or with one of the terms at least; alive, and through the filters.
 */
static struct set everything(struct run *run)
{
    struct set set;

    if (run->ask->match) {
        set = match_set(run->t, run->view, run->part, run->ask->match);
    } else {
        set = set_new(run->t, run->segment->foot->docs);
        for (size_t i = 0; i < run->n_asked; i++)
            set_add_term(set, run->segment, run->asked[i].field, run->asked[i].term);
    }
    set_filter(set, &run->view->parts[run->part], run->ask->filters, run->ask->n_filters);
    return set;
}

static void search_part(struct run *run, uint32_t part)
{
    struct task_mark mark = task_mark(run->t);

    begin_part(run, part);
    if (run->ask->count || run->ask->match) {
        run->allowed = everything(run);
        run->count += set_count(run->allowed);
    }
    run->limited = run->dead || run->allowed.bits || run->ask->n_filters;
    size_t n = begin_cursors(run);
    for (uint32_t low = 0; n && low < run->segment->foot->docs; low += WINDOW)
        search_window(run, n, low);
    task_reset(run->t, mark);
}

/* Documents that `match` allows without any of the terms come behind all others; or all of them
 * by a column. */
static void list_part(struct run *run, uint32_t part, const struct best *scored)
{
    struct task_mark mark = task_mark(run->t);

    begin_part(run, part);
    struct set set = everything(run);
    for (size_t i = 0; scored && i < scored->n; i++)
        if (scored->at[i].part == part)
            set.bits[scored->at[i].doc / 64] &= ~(UINT64_C(1) << scored->at[i].doc % 64);
    if (!scored)
        run->count += set_count(set);
    for (uint32_t i = 0; i * 64 < set.docs; i++)
        for (uint64_t left = set.bits[i]; left; left &= left - 1) {
            uint32_t doc = i * 64 + (uint32_t)__builtin_ctzll(left);
            best_add(
                &run->best,
                (struct found){.key = run->ask->by_column
                                          ? segment_value(run->segment, run->ask->order_column, doc)
                                          : 0,
                               .id = segment_id(run->segment, doc),
                               .part = part,
                               .doc = doc});
        }
    task_reset(run->t, mark);
}

static void go(struct run *run)
{
    struct index_view *view = run->view;

    if (!run->ask->by_column && run->n_asked) {
        for (uint32_t part = 0; part < view->n; part++)
            search_part(run, part);
        if (!run->ask->match || run->best.n == run->best.most)
            return;
        struct best scored = {NEW(run->t, struct found, run->best.n + 1), run->best.n, 0};
        memcpy(scored.at, run->best.at, scored.n * sizeof *scored.at);
        for (uint32_t part = 0; part < view->n; part++)
            list_part(run, part, &scored);
        return;
    }
    for (uint32_t part = 0; part < view->n; part++)
        list_part(run, part, NULL);
}

/* ---- the face ---- */

static enum err check(struct task *t, const struct index_view *view, const struct index_ask *ask)
{
    enum err e = OK;

    if (ask->n_terms > INDEX_TERMS_MAX || ask->most > INDEX_HITS_MAX)
        return task_fail(t, ERR_BAD_INPUT, "检索的词或结果太多");
    for (size_t i = 0; i < ask->n_terms; i++)
        if (ask->terms[i].field < 0 || ask->terms[i].field >= view->schema.n_fields ||
            !(ask->terms[i].weight < 1e6F))
            return task_fail(t, ERR_BAD_INPUT, "没有这个字段，或者权重有误");
    for (size_t i = 0; i < ask->n_filters && !e; i++)
        e = filter_check(t, &view->schema, &ask->filters[i]);
    if (!e && ask->by_column)
        e = filter_check(t, &view->schema, &(struct index_filter){.column = ask->order_column});
    return e ? e : match_check(t, &view->schema, ask->match, 0);
}

enum err index_search(struct task *t, struct index_view *view, const struct index_ask *ask,
                      struct index_hits *ret_hits)
{
    enum err e = check(t, view, ask);

    if (e)
        return e;
    struct run *run = NEW(t, struct run, 1);
    *run = (struct run){.t = t, .view = view, .ask = ask};
    run->best = (struct best){NEW(t, struct found, ask->most + 1), 0, ask->most};
    gather_terms(run);
    run->cursors = NEW(t, struct cursor, run->n_asked + 1);
    run->order = NEW(t, struct cursor *, run->n_asked + 1);
    weigh_terms(run);
    go(run);
    if (run->no_memory)
        return task_fail(t, ERR_NO_MEMORY, "内存不足");
    if (view_damaged(view))
        return view_damage(t, view);
    best_sort(&run->best);
    struct index_hits hits = {
        .at = NEW(t, struct index_hit, run->best.n + 1), .n = run->best.n, .count = run->count};
    for (size_t i = 0; i < hits.n; i++) {
        const struct found *f = &run->best.at[i];
        hits.at[i] = (struct index_hit){.id = f->id,
                                        .score = ask->by_column ? 0 : (double)f->key / run->scale,
                                        .segment = f->part,
                                        .doc = f->doc};
    }
    if (!ask->count)
        hits.count = 0;
    *ret_hits = hits;
    return OK;
}
