/*
 * One page of what was found, of one kind: laws, answers, cases from what the index gives back,
 * orders from the store, each asked about again.
 */
#include <stdlib.h>

#include "core/text.h"
#include "modules/catalog/catalog.h"
#include "modules/orders/orders.h"
#include "modules/org/org.h"
#include "research.h"
#include "store/store.h"

enum { SHOWN = 140, OUTCOME_SHOWN = 24, ORDERS_LOOKED_AT = 200 };

static const struct field piece_fields[] = {
    FIELD(struct ask_piece, text, F_STR, "文字"),
    FIELD(struct ask_piece, mark, F_BOOL, "检索词"),
    {0},
};
static const struct shape piece_shape = {"ResearchPiece", sizeof(struct ask_piece), piece_fields};
static const struct field row_fields[] = {
    FIELD(struct research_row, pick, F_STR, "选用时的名字"),
    FIELD(struct research_row, href, F_STR, "地址"),
    FIELD(struct research_row, title, F_STR, "题目"),
    FIELD(struct research_row, facts, F_STR, "出处、日期"),
    FIELD(struct research_row, tag, F_STR, "效力或者结果"),
    FIELD(struct research_row, tone, F_STR, NULL),
    FIELD_OF(struct research_row, pieces, F_LIST, &piece_shape, "摘出的文字"),
    FIELD(struct research_row, ticked, F_BOOL, "已选"),
    {0},
};
const struct shape research_row_shape = {"ResearchRow", sizeof(struct research_row), row_fields};

struct hunt {
    const struct research_ask *ask;
    struct research_found *found;
    struct index_view *view;
    struct index_hits hits;
    struct ask_terms terms; /* to mark */
    struct list reach;      /* int64_t: units, sorted */
};

/* --- Rows ------------------------------------------------------------------------------------ */

static struct str with_comma(struct task *t, struct str so_far, struct str more)
{
    if (!more.len)
        return so_far;
    return so_far.len ? str_format(t, "%.*s　%.*s", STR_ARG(so_far), STR_ARG(more)) : more;
}

static void law_to_row(struct task *t, const struct str *p, struct research_row *row)
{
    bool expired = p[LP_EXPIRED].len > 0;

    row->pick = str_join(t, S("law:"), p[LP_ID]);
    row->href = str_join(t, S("/laws/article/"), p[LP_ID]);
    row->title = str_format(t, tr(t, "《%.*s》%.*s"), STR_ARG(law_short(p[LP_TITLE])),
                            STR_ARG(p[LP_ARTICLE]));
    row->facts = with_comma(t, p[LP_KIND], p[LP_REGION]);
    row->facts = with_comma(t, row->facts, p[LP_CHAPTER]);
    if (p[LP_VERSION].len)
        row->facts =
            with_comma(t, row->facts, str_format(t, tr(t, "%.*s 版本"), STR_ARG(p[LP_VERSION])));
    row->tag = expired ? tr_str(t, S("已失效")) : tr_str(t, S("现行有效"));
    row->tone = expired ? S("amber") : S("green");
}

static void answer_to_row(struct task *t, const struct str *p, struct research_row *row)
{
    row->pick = str_join(t, S("answer:"), p[AP_ID]);
    row->href = str_join(t, S("/answers/"), p[AP_ID]);
    row->title = p[AP_QUESTION];
    row->facts = with_comma(t, with_comma(t, p[AP_BY], p[AP_ON]), p[AP_TOPIC]);
    row->tag = p[AP_APPROVED_BY].len ? tr_str(t, S("本中心审核过"))
               : p[AP_MACHINE].len   ? tr_str(t, S("机器写的，没有审核"))
                                     : S("");
    row->tone = p[AP_APPROVED_BY].len ? S("green") : S("amber");
}

static void case_to_row(struct task *t, const struct str *p, struct research_row *row)
{
    row->pick = str_join(t, S("case:"), p[CP_ID]);
    row->href = str_join(t, S("/cases/"), p[CP_ID]);
    row->title = p[CP_TITLE].len ? p[CP_TITLE] : p[CP_CAUSE].len ? p[CP_CAUSE] : p[CP_KIND];
    row->facts = with_comma(t, with_comma(t, p[CP_COURT], p[CP_NUMBER]), p[CP_DATE]);
    if (p[CP_TITLE].len)
        row->facts = with_comma(t, row->facts, p[CP_CAUSE]);
    /* The first sentence says it; the rest of a judgment's end is signatures. */
    size_t end = str_find(p[CP_OUTCOME], S("。"));
    struct str outcome = str_first(p[CP_OUTCOME], end);
    row->tag = str_first(outcome, utf8_prefix(outcome, OUTCOME_SHOWN));
}

static enum err add_row(struct task *t, struct hunt *f, struct index_hit hit)
{
    static const size_t parts_of[] = {LAW_PARTS, ANSWER_PARTS, CASE_PARTS};
    struct str p[PAYLOAD_MOST], text;
    struct index_stored stored;
    enum err e = index_stored(t, f->view, hit, &stored);
    bool cut;

    if (e)
        return e;
    if (!payload_unpack(stored.payload, p, parts_of[f->ask->kind]))
        return task_fail(t, ERR_CONFLICT, "索引里的内容读不出来");
    struct research_row *row = list_add(t, &f->found->rows, sizeof *row);
    if (f->ask->kind == RESEARCH_LAW) {
        law_to_row(t, p, row);
        text = p[LP_TEXT];
    } else if (f->ask->kind == RESEARCH_ANSWER) {
        answer_to_row(t, p, row);
        text = p[AP_ANSWER];
    } else {
        case_to_row(t, p, row);
        text = p[CP_TEXT];
    }
    row->pieces = ask_pieces(t, text, &f->terms, SHOWN, &cut);
    return OK;
}

/* --- Orders ---------------------------------------------------------------------------------- */

static enum err order_to_row(struct task *t, const struct order *order, struct research_row *row)
{
    const struct procedure *procedure;
    struct matter matter = {0};
    struct unit unit;
    enum err e = catalog_matter(t, order->matter, &matter);

    if (e == ERR_NOT_FOUND)
        task_clear_error(t);
    else if (e)
        return e;
    e = order_procedure(t, order, &procedure);
    if (!e)
        e = org_unit(t, order->unit, &unit);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, order->step);
    row->pick = str_format(t, "order:%lld", (long long)order->id);
    row->href = str_format(t, "/orders/%lld", (long long)order->id);
    row->title = order->subject.len ? order->subject : matter.title;
    row->facts = str_format(t, tr(t, "%.*s　%.*s　%.*s　%.*s 办结"), STR_ARG(order->no),
                            STR_ARG(matter.title),
                            STR_ARG(unit.short_name.len ? unit.short_name : unit.name),
                            STR_ARG(day_text(t, day_of(order->closed_at))));
    row->tag = step ? step->title : S("");
    return OK;
}

/* An order that was opened again, erased or moved since is left out. */
static enum err read_orders(struct task *t, void *arg)
{
    struct hunt *f = arg;
    size_t i = (size_t)f->ask->after;

    f->found->rows = (struct list){0};
    for (; i < f->hits.n && f->found->rows.count < RESEARCH_PAGE; i++) {
        struct index_stored stored;
        struct order order;
        enum err e = index_stored(t, f->view, f->hits.at[i], &stored);

        if (e)
            return e;
        e = order_load(t, f->ask->actor, store_id_at(stored.payload), &order);
        if (e == ERR_NOT_FOUND) {
            task_clear_error(t);
            continue;
        }
        if (e)
            return e;
        if (!str_is(order.status, "closed") || !order.wrapped_key.len)
            continue;
        e = order_to_row(t, &order, list_add(t, &f->found->rows, sizeof(struct research_row)));
        if (e)
            return e;
    }
    f->found->next = i < f->hits.n ? (int64_t)i : 0;
    return OK;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

enum err research_reach(struct task *t, const struct actor *actor, struct list *ret_units)
{
    struct list units = {0}, reach = {0};
    enum err e = OK;

    if (actor->post->scope == SCOPE_UNIT)
        *(int64_t *)list_add(t, &reach, sizeof(int64_t)) = actor->unit;
    else if (actor->post->scope == SCOPE_SUBTREE)
        e = org_units(t, actor->unit_path, &units);
    if (e)
        return e;
    LIST_EACH (struct unit, unit, units) {
        *(int64_t *)list_add(t, &reach, sizeof(int64_t)) = unit->id;
    }
    if (units.count)
        qsort(reach.at, reach.count, sizeof(int64_t), compare_ids);
    *ret_units = reach;
    return OK;
}

static enum err read_reach(struct task *t, void *arg)
{
    struct hunt *f = arg;

    return research_reach(t, f->ask->actor, &f->reach);
}

/* --- Looking --------------------------------------------------------------------------------- */

static enum err look(struct task *t, struct hunt *f)
{
    static const enum knowledge_set sets[] = {
        [RESEARCH_LAW] = SET_LAW, [RESEARCH_ANSWER] = SET_ANSWER, [RESEARCH_CASE] = SET_CASE};

    if (f->ask->kind == RESEARCH_ORDER)
        return research_look_orders(t, f->ask->data, &f->view);
    if (f->ask->kind == RESEARCH_LAW && f->ask->region.len)
        return knowledge_look(t, f->ask->data, SET_LOCAL, &f->view);
    return knowledge_look(t, f->ask->data, sets[f->ask->kind], &f->view);
}

static enum err gather(struct task *t, struct hunt *f)
{
    size_t most = (size_t)f->ask->after + RESEARCH_PAGE + 1;
    struct index_ask ask;
    enum err e = f->ask->kind == RESEARCH_ORDER ? store_read(t, read_reach, f) : OK;

    if (!e)
        e = research_make_ask(t, f->ask, f->reach, &ask);
    if (!e)
        e = look(t, f);
    if (e)
        return e;
    ask.most = f->ask->kind == RESEARCH_ORDER ? most + ORDERS_LOOKED_AT : most;
    e = index_search(t, f->view, &ask, &f->hits);
    if (e)
        return e;
    uint64_t *terms;
    size_t n = terms_of_text(t, f->ask->words, TERM_BIGRAM | TERM_WORD, &terms);
    f->terms = (struct ask_terms){terms, n};
    f->found->count = (int64_t)f->hits.count;
    if (f->ask->kind == RESEARCH_ORDER) {
        e = store_read(t, read_orders, f);
        /* The index knows of more than this person may see: not even that it is there. */
        f->found->count = (int64_t)f->found->rows.count;
        return e;
    }
    size_t i = (size_t)f->ask->after;
    for (; !e && i < f->hits.n && f->found->rows.count < RESEARCH_PAGE; i++)
        e = add_row(t, f, f->hits.at[i]);
    f->found->next = i < f->hits.n ? (int64_t)i : 0;
    return e;
}

enum err research_find(struct task *t, const struct research_ask *ask,
                       struct research_found *ret_found)
{
    struct hunt f = {.ask = ask, .found = ret_found};

    *ret_found = (struct research_found){0};
    enum err e = gather(t, &f);
    if (e != ERR_BUSY && e != ERR_CONFLICT && e != ERR_STORE)
        return e;
    /* Broken is not the same as nothing found, and the page says which. */
    struct str note = t->note;
    task_clear_error(t);
    *ret_found = (struct research_found){.unavailable = true, .note = note};
    return OK;
}
