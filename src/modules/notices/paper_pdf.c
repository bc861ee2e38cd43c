/*
 * paper_pdf.c - the PDF of a paper: what was drawn is kept as a blob under the order's key.
 */
#include "modules/notices/notices.h"

#include "modules/notices/words.h"
#include "notices_sql.h"
#include "store/store.h"

struct paper_row {
    int64_t order, id;
    struct str no, blob;
};

static enum err read_row(struct task *t, void *arg)
{
    struct paper_row *paper = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_papers_by_id,
        ARGS(INT("tenant", t->tenant), INT("id", paper->id), INT("order_id", paper->order)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_NOT_FOUND, "没有这份文书");
    paper->no = row_str(rows, "no");
    paper->blob = row_str(rows, "blob");
    return OK;
}

enum err paper_pdf(struct task *t, const struct key *key, int64_t order, int64_t id,
                   struct str *ret_pdf, struct str *ret_file_name)
{
    struct paper_row paper = {.order = order, .id = id};
    struct str sealed;
    enum err e = store_read(t, read_row, &paper);

    if (e)
        return e;
    if (!paper.blob.len)
        return task_fail(t, ERR_BUSY, "文书正在生成，请稍后再看");
    e = blob_get(t, paper.blob, &sealed);
    if (e)
        return e;
    e = crypto_open(t, key, paper_place(t, id), sealed, ret_pdf);
    if (e == OK)
        *ret_file_name = str_format(t, "%.*s.pdf", STR_ARG(paper.no));
    return e;
}
