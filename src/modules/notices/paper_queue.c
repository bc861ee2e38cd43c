/*
 * paper_queue.c - papers that wait to be kept, and those that cannot be drawn.
 *
 * A paper that fails is put off by itself, so that those behind it are drawn in the same run; who
 * looks after the machine sees it on a page and, once the cause is mended, lets all be tried again.
 */
#include "modules/notices/notices.h"

#include "core/time.h"
#include "notices_sql.h"
#include "store/store.h"

enum { PAUSE_MOST_MINUTES = 60, ERASED_MINUTES = 24 * 60 };

static const int64_t minute_ms = 60 * (int64_t)1000;

static enum err waiting(struct task *t, int64_t from, int64_t until, int64_t most,
                        struct list *ret_papers)
{
    struct list papers = {0};
    struct rows *rows;
    enum err e = store_run(
        t, &q_papers_undrawn,
        ARGS(INT("tenant", t->tenant), INT("from", from), INT("until", until), INT("most", most)),
        &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct paper_due *)list_add(t, &papers, sizeof(struct paper_due)) = (struct paper_due){
            row_int(rows, "id"), row_int(rows, "order_id"), row_int(rows, "tries")};
    *ret_papers = papers;
    return OK;
}

enum err papers_due(struct task *t, int64_t most, struct list *ret_papers)
{
    struct list papers;
    enum err e = waiting(t, 0, t->now, most, &papers);

    /* What is put off further than any pause was written while the clock was wrong. */
    if (e == OK && !papers.count)
        e = waiting(t, t->now + (ERASED_MINUTES + 1) * minute_ms, INT64_MAX, most, &papers);
    if (e == OK)
        *ret_papers = papers;
    return e;
}

static int64_t pause_minutes(const struct paper_due *paper, struct str why)
{
    if (!why.len)
        return ERASED_MINUTES;
    return paper->tries < 6 ? (int64_t)1 << paper->tries : PAUSE_MOST_MINUTES;
}

enum err paper_put_off(struct task *t, const struct paper_due *paper, struct str why)
{
    return store_run(
        t, &q_papers_put_off,
        ARGS(INT("tenant", t->tenant), INT("id", paper->id), INT("tries", paper->tries + 1),
             INT("next_at", t->now + pause_minutes(paper, why) * minute_ms), TEXT("failure", why)),
        NULL);
}

enum err papers_stuck(struct task *t, int64_t most, struct list *ret_papers)
{
    struct list papers = {0};
    struct rows *rows;
    enum err e =
        store_run(t, &q_papers_stuck, ARGS(INT("tenant", t->tenant), INT("most", most)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct paper_stuck *paper = list_add(t, &papers, sizeof *paper);
        const struct paper_kind *kind = paper_kinds;

        while (kind->name && !str_is(row_str(rows, "kind"), kind->name))
            kind++;
        *paper = (struct paper_stuck){
            .id = row_int(rows, "id"),
            .tries = row_int(rows, "tries"),
            .recorded_at = row_int(rows, "recorded_at"),
            .next_at = row_int(rows, "next_at"),
            .title = kind->name ? str_of(kind->title) : row_str(rows, "kind"),
            .no = row_str(rows, "no"),
            .failure = row_str(rows, "failure"),
        };
    }
    *ret_papers = papers;
    return OK;
}

enum err papers_try_again(struct task *t, int64_t *ret_count)
{
    enum err e =
        store_run(t, &q_papers_try_again, ARGS(INT("tenant", t->tenant), INT("now", t->now)), NULL);

    if (e)
        return e;
    *ret_count = store_changed(t);
    if (*ret_count)
        store_notify(t, "paper", 0);
    return OK;
}
