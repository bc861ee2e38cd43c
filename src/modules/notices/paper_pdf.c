/*
 * paper_pdf.c - the PDF of a paper: drawn from its row, kept as a blob under the order's key.
 */
#include "modules/notices/drawer.h"

#include "modules/notices/words.h"
#include "notices_sql.h"
#include "store/store.h"

static struct str address = STR_INIT("http://127.0.0.1:8080");

void notices_set_address(struct str base_url)
{
    address = base_url;
}

struct paper_row {
    int64_t order, id;
    struct str kind, no, blob, sealed;
    int64_t template_version, recorded_at;
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
    paper->kind = row_str(rows, "kind");
    paper->no = row_str(rows, "no");
    paper->blob = row_str(rows, "blob");
    paper->sealed = row_str(rows, "sealed");
    paper->template_version = row_int(rows, "template");
    paper->recorded_at = row_int(rows, "recorded_at");
    return OK;
}

/* The PDF has a place of its own, so that it is never taken for the facts. */
static struct str pdf_place(struct task *t, int64_t id)
{
    return str_format(t, "paper-pdf/%lld/%lld", (long long)t->tenant, (long long)id);
}

static const struct paper_kind *kind_of(struct str name)
{
    const struct paper_kind *kind = paper_kinds;

    while (kind->name && !str_is(name, kind->name))
        kind++;
    return kind->name ? kind : NULL;
}

static enum err draw(struct task *t, const struct key *key, const struct paper_row *paper,
                     struct str *ret_pdf)
{
    struct paper_source source = {.kind = kind_of(paper->kind),
                                  .no = paper->no,
                                  .template_version = paper->template_version,
                                  .recorded_at = paper->recorded_at,
                                  .base_url = address};
    struct str text;
    struct json *facts;
    enum err e = text_open(t, key, paper_place(t, paper->id), paper->sealed, &text);

    if (e)
        return e;
    if (!source.kind)
        return task_fail(t, ERR_INTERNAL, "没有这种文书的模板");
    e = json_parse(t, text, &facts);
    if (e)
        return e;
    source.facts = facts;
    return drawer_draw(t, &source, ret_pdf);
}

enum err paper_pdf(struct task *t, const struct key *key, int64_t order, int64_t id,
                   struct str *ret_pdf, struct str *ret_file_name)
{
    struct paper_row paper = {.order = order, .id = id};
    struct str sealed, pdf;
    enum err e = store_read(t, read_row, &paper);

    if (e)
        return e;
    if (!paper.blob.len) {
        e = draw(t, key, &paper, &pdf);
    } else {
        e = blob_get(t, paper.blob, &sealed);
        if (e == OK)
            e = crypto_open(t, key, pdf_place(t, id), sealed, &pdf);
    }
    if (e)
        return e;
    *ret_pdf = pdf;
    *ret_file_name = str_format(t, "%s %.*s.pdf", kind_of(paper.kind)->title, STR_ARG(paper.no));
    return OK;
}

enum err paper_keep(struct task *t, const struct key *key, int64_t order, int64_t id,
                    struct paper_kept *ret_kept)
{
    struct paper_row paper = {.order = order, .id = id};
    struct paper_kept kept = {0};
    unsigned char hash[HASH_BYTES];
    struct str pdf;
    enum err e = store_read(t, read_row, &paper);

    if (e)
        return e;
    kept.no = paper.no;
    kept.title = kind_of(paper.kind) ? str_of(kind_of(paper.kind)->title) : paper.kind;
    if (!paper.blob.len) {
        e = draw(t, key, &paper, &pdf);
        if (e)
            return e;
        crypto_digest(&pdf, 1, hash);
        kept.hash = str_copy(t, (struct str){(const char *)hash, sizeof hash});
        e = blob_put(t, crypto_seal(t, key, pdf_place(t, id), pdf), &kept.blob);
        if (e)
            return e;
    }
    *ret_kept = kept;
    return OK;
}

enum err paper_mark_kept(struct task *t, int64_t id, const struct paper_kept *kept, bool *ret_first)
{
    enum err e = store_run(t, &q_papers_drawn,
                           ARGS(INT("tenant", t->tenant), INT("id", id), INT("drawn_at", t->now),
                                TEXT("blob", kept->blob), BYTES("pdf_hash", kept->hash)),
                           NULL);

    if (e == OK)
        *ret_first = store_changed(t) == 1;
    return e;
}
