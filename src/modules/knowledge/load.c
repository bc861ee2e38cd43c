/*
 * Loading: documents out of files, some hundred to a transaction, each transaction with the line it
 * came to, so that a load that broke off goes on there.
 */
#include <string.h>
#include <sys/stat.h>

#include "knowledge_private.h"
#include "knowledge_sql.h"
#include "store/store.h"

extern const struct str shipped_laws, shipped_answers;

enum {
    BATCH = 500,
    SETTLED_FROM = 1000, /* rows */
    BATCH_BYTES = 4 * 1024 * 1024,
    FIELDS = 40,
    FAULTS_TOLD = 200,
    BAD_MOST = 10000
};
enum format { FORMAT_JSONL, FORMAT_CSV, FORMAT_MARKDOWN };

struct loading {
    const struct knowledge_load *load;
    struct knowledge_loaded *loaded;
    struct task *home;
    struct lines *lines;
    enum format format;
    struct str name;   /* of the file, for faults */
    struct str source; /* which very file */
    struct csv csv;
    struct markdown *markdown;
    struct str open_record; /* CSV: a row whose quote is not closed yet */
    int64_t done_before;
    bool fresh[DOC_CASE + 1]; /* nothing of this kind was there when the load began */
    /* one transaction */
    struct doc *docs;
    int64_t *numbers; /* their lines */
    size_t count, bytes;
    bool finished;
};

/* --- Keeping a batch ------------------------------------------------------------------------- */

/* Who stands for an answer is not the file's to say: it stays as it was. */
static enum err keep_approval(struct task *t, struct answered *answered)
{
    struct answered kept;
    enum err e = answered_get(t, answered->id, &kept);

    if (!e && kept.tenant == answered->tenant && str_eq(kept.answer, answered->answer)) {
        answered->approved_by = kept.approved_by;
        answered->approved_at = kept.approved_at;
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

static enum err put_doc(struct task *t, struct loading *l, struct putting *putting, struct doc *doc,
                        int64_t line, int64_t changed, enum put *ret_what)
{
    int64_t tenant = l->load->tenant;
    enum err e = OK;

    putting->fresh = l->fresh[doc->kind];
    switch (doc->kind) {
    case DOC_ARTICLE:
        doc->article.tenant = doc->article.of.tenant = tenant;
        doc->article.position = line;
        doc->article.changed = changed;
        return article_put(t, putting, &doc->article, ret_what);
    case DOC_ANSWER:
        doc->answered.tenant = tenant;
        doc->answered.changed = changed;
        if (!putting->fresh)
            e = keep_approval(t, &doc->answered);
        return e ? e : answered_put(t, putting, &doc->answered, ret_what);
    case DOC_CASE:
        doc->one.tenant = tenant;
        doc->one.changed = changed;
        return case_put(t, putting, &doc->one, ret_what);
    default:
        return OK;
    }
}

struct tally {
    int64_t added, changed, same;
};

struct batch {
    struct loading *loading;
    struct tally tally;
};

static enum err put_batch(struct task *t, void *arg)
{
    struct batch *batch = arg;
    struct loading *l = batch->loading;
    struct putting putting = {0};
    int64_t changed = 0;
    enum err e = l->count ? knowledge_raise(t, l->load->tenant, &changed) : OK;

    batch->tally = (struct tally){0};
    for (size_t i = 0; !e && i < l->count; i++) {
        enum put what = PUT_SAME;

        e = put_doc(t, l, &putting, &l->docs[i], l->numbers[i], changed, &what);
        batch->tally.added += what == PUT_ADDED;
        batch->tally.changed += what == PUT_CHANGED;
        batch->tally.same += what == PUT_SAME;
    }
    if (e)
        return e;
    return store_run(t, &q_knowledge_load_put,
                     ARGS(INT("tenant", l->load->tenant), TEXT("source", l->source),
                          INT("lines", l->loaded->lines), INT("finished", l->finished),
                          INT("now", t->now)),
                     NULL);
}

static enum err keep_batch(struct task *t, struct loading *l)
{
    struct batch batch = {.loading = l};
    enum err e = store_write(t, put_batch, &batch);

    if (e == ERR_CONFLICT) { /* twice in the file, or somebody else loads too: ask for each */
        task_clear_error(t);
        memset(l->fresh, 0, sizeof l->fresh);
        e = store_write(t, put_batch, &batch);
    }
    if (e)
        return e;
    l->loaded->added += batch.tally.added;
    l->loaded->changed += batch.tally.changed;
    l->loaded->same += batch.tally.same;
    l->count = l->bytes = 0;
    return OK;
}

/* --- Reading a batch ------------------------------------------------------------------------- */

static void tell_bad(struct task *t, struct loading *l, int64_t line)
{
    l->loaded->bad++;
    if (l->load->errors && l->loaded->bad <= FAULTS_TOLD)
        fprintf(l->load->errors, "%.*s:%lld：%.*s\n", STR_ARG(l->name), (long long)line,
                STR_ARG(t->note));
    if (l->load->errors && l->loaded->bad == FAULTS_TOLD)
        fprintf(l->load->errors, "%.*s：后面的坏行不再一一列出\n", STR_ARG(l->name));
    task_clear_error(t);
}

static void take(struct loading *l, const struct doc *doc, int64_t line)
{
    l->numbers[l->count] = line;
    l->docs[l->count++] = *doc;
}

static enum err take_json(struct task *t, struct loading *l, const struct json *json, int64_t line)
{
    struct doc doc;
    enum err e = doc_of_json(t, json, &doc);

    if (!e)
        take(l, &doc, line);
    return e;
}

static enum err take_csv(struct task *t, struct loading *l, struct str line, int64_t number)
{
    struct str fields[FIELDS];
    size_t count;
    struct str record = l->open_record.len
                            ? str_format(t, "%.*s\n%.*s", STR_ARG(l->open_record), STR_ARG(line))
                            : line;

    if (!csv_split(t, record, fields, FIELDS, &count)) {
        if (record.len > LINE_MOST / 4) {
            l->open_record = (struct str){0};
            return task_fail(t, ERR_BAD_INPUT, "引号没有结束");
        }
        l->open_record = str_copy(t, record);
        return OK;
    }
    l->open_record = (struct str){0};
    if (!l->csv.count) {
        for (size_t i = 0; i < count; i++)
            l->csv.names[i] = str_copy(l->home, fields[i]);
        l->csv.count = count;
        return OK;
    }
    return number <= l->done_before ? OK
                                    : take_json(t, l, csv_json(t, &l->csv, fields, count), number);
}

static void take_markdown(struct task *t, struct loading *l, const struct str *line, int64_t number)
{
    struct doc doc = {.kind = DOC_ARTICLE};

    if (markdown_line(t, l->markdown, line, &doc.article))
        take(l, &doc, number);
}

static enum err take_line(struct task *t, struct loading *l, struct str line, bool cut)
{
    int64_t number = l->loaded->lines;
    struct json *json;
    enum err e;

    if (cut)
        return task_fail(t, ERR_TOO_LARGE, "这一行太长");
    if (!utf8_valid(line))
        return task_fail(t, ERR_BAD_INPUT, "不是 UTF-8 文字");
    switch (l->format) {
    case FORMAT_CSV:
        return take_csv(t, l, line, number);
    case FORMAT_MARKDOWN:
        take_markdown(t, l, &line, number);
        return OK;
    default:
        if (!str_trim(line).len || number <= l->done_before)
            return OK;
        e = json_parse(t, line, &json);
        return e ? e : take_json(t, l, json, number);
    }
}

/* Lines until a batch is full; what they say lives in `t`. */
static enum err read_batch(struct task *t, struct loading *l)
{
    struct str line;
    bool cut;

    l->docs = NEW(t, struct doc, BATCH + 1);
    l->numbers = NEW(t, int64_t, BATCH + 1);
    if (l->open_record.len)
        l->open_record = str_copy(t, l->open_record);
    while (l->count < BATCH && l->bytes < BATCH_BYTES && !l->finished) {
        if (!lines_next(l->lines, &line, &cut)) {
            if (l->format == FORMAT_MARKDOWN)
                take_markdown(t, l, NULL, l->loaded->lines);
            l->finished = true;
            break;
        }
        l->loaded->lines++;
        if (l->load->most && l->loaded->bad >= BAD_MOST) {
            l->finished = true;
            break;
        }
        l->bytes += line.len + 1; /* empty lines are lines, too */
        if (l->loaded->lines <= l->done_before)
            l->loaded->skipped++;
        struct task_mark mark = task_mark(t);
        if (take_line(t, l, line, cut)) {
            tell_bad(t, l, l->loaded->lines);
            task_reset(t, mark); /* millions of them cost no memory */
        }
    }
    return OK;
}

static enum err run_batch(struct task *t, void *arg)
{
    struct loading *l = arg;
    enum err e = read_batch(t, l);

    return e ? e : keep_batch(t, l);
}

/* Into empty tables nothing is looked up before it is written: on PostgreSQL each look is a way to
 * the server and back. */
static enum err find_fresh(struct task *t, struct loading *l)
{
    struct rows *rows;
    enum err e = store_run(t, &q_knowledge_any, ARGS(INT("tenant", l->load->tenant)), &rows);

    memset(l->fresh, 1, sizeof l->fresh);
    while (!e && rows_next(rows))
        l->fresh[row_int(rows, "kind")] = false;
    return e;
}

static enum err find_beginning(struct task *t, void *arg)
{
    struct loading *l = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_knowledge_load_get,
                           ARGS(INT("tenant", l->load->tenant), TEXT("source", l->source)), &rows);

    if (!e)
        e = find_fresh(t, l);
    if (e || !rows_next(rows))
        return e;
    l->finished = row_int(rows, "finished") != 0;
    l->done_before = l->finished || l->format == FORMAT_MARKDOWN ? 0 : row_int(rows, "lines");
    return OK;
}

/* The indexes read it next. */
static enum err settle(struct task *t, const struct knowledge_loaded *loaded, enum err e)
{
    if (!e && loaded->added + loaded->changed >= SETTLED_FROM)
        store_analyze(t, "knowledge_law, knowledge_article, knowledge_answer, knowledge_case");
    return e;
}

static enum err load_lines(struct loading *l)
{
    struct task *home = l->home;
    enum err e = OK;

    l->finished = false;
    while (!e && !l->finished) {
        struct task t;
        struct str open = l->open_record;

        task_begin(&t, home->store, home->now, TASK_BUDGET);
        t.tenant = home->tenant;
        e = task_protect(&t, run_batch, l);
        if (e)
            e = task_fail(home, e, "%.*s:%lld：%.*s", STR_ARG(l->name), (long long)l->loaded->lines,
                          STR_ARG(t.note));
        if (l->open_record.len && l->open_record.at != open.at)
            l->open_record = str_copy(home, l->open_record);
        task_end(&t);
        if (l->load->progress)
            l->load->progress(str_terminated(home, l->name), lines_done(l->lines),
                              lines_size(l->lines));
    }
    if (!e && l->load->most && l->loaded->bad >= BAD_MOST)
        return task_fail(home, ERR_BAD_INPUT, "%.*s 有 %d 行没有读懂，后面的不读了",
                         STR_ARG(l->name), BAD_MOST);
    if (!e && lines_too_large(l->lines))
        return task_fail(home, ERR_TOO_LARGE, "%.*s 解开以后超过 %lld MiB，请分成几份再载入",
                         STR_ARG(l->name), (long long)(l->load->most / (1024 * 1024)));
    if (!e && lines_fault(l->lines))
        return task_fail(home, ERR_BAD_INPUT, "%.*s 第 %lld 行以后读不下去：%s", STR_ARG(l->name),
                         (long long)l->loaded->lines, lines_fault(l->lines));
    return e;
}

/* --- Files ----------------------------------------------------------------------------------- */

static bool format_of(struct str path, enum format *ret_format)
{
    struct str plain = str_ends(path, S(".zst")) ? str_first(path, path.len - 4) : path;

    *ret_format = str_ends(plain, S(".csv"))  ? FORMAT_CSV
                  : str_ends(plain, S(".md")) ? FORMAT_MARKDOWN
                                              : FORMAT_JSONL;
    return *ret_format != FORMAT_JSONL || str_ends(plain, S(".jsonl")) ||
           str_ends(plain, S(".json")) || str_is(plain, "/dev/stdin") ||
           str_starts(plain, S("/dev/fd/"));
}

static struct str base_name(struct str path)
{
    const char *slash = memrchr(path.at, '/', path.len);

    return slash ? str_from(path, (size_t)(slash + 1 - path.at)) : path;
}

enum err knowledge_load_file(struct task *t, const char *path, const struct knowledge_load *load,
                             struct knowledge_loaded *ret_loaded)
{
    struct loading l = {
        .load = load, .loaded = ret_loaded, .home = t, .name = base_name(str_of(path))};
    struct stat status;

    *ret_loaded = (struct knowledge_loaded){0};
    if (!format_of(str_of(path), &l.format))
        return task_fail(t, ERR_BAD_INPUT, "%s：只认 .jsonl、.csv、.md，后面可以再有 .zst", path);
    enum err e = lines_open(t, path, &l.lines);
    if (e)
        return e;
    if (load->most && (e = lines_bound(t, l.lines, load->most)))
        return e;
    if (stat(path, &status))
        return task_fail(t, ERR_STORE, "打不开 %s", path);
    l.source = str_format(t, "%.*s %lld %lld", STR_ARG(l.name), (long long)status.st_size,
                          (long long)status.st_mtime);
    if (l.format == FORMAT_MARKDOWN) {
        size_t dot = str_find(l.name, S(".md"));
        l.markdown = markdown_new(t, str_first(l.name, dot));
    }
    e = store_read(t, find_beginning, &l);
    if (!e)
        e = load_lines(&l);
    return settle(t, ret_loaded, e);
}

static enum err load_text(struct task *t, struct str text, const char *name,
                          const struct knowledge_load *load, struct knowledge_loaded *sum)
{
    struct knowledge_loaded loaded = {0};
    struct loading l = {.load = load, .loaded = &loaded, .home = t, .name = str_of(name)};

    l.source = str_format(t, "%s %zu", name, text.len);
    enum err e = store_read(t, find_beginning, &l);
    /* What this very program brought along stands already: another tenant of the installation. */
    if (e || l.finished)
        return e;
    e = lines_of_text(t, text, true, &l.lines);
    if (!e)
        e = load_lines(&l);
    sum->lines += loaded.lines;
    sum->added += loaded.added;
    sum->changed += loaded.changed;
    sum->same += loaded.same;
    sum->bad += loaded.bad;
    return e;
}

enum err knowledge_load_shipped(struct task *t, const struct knowledge_load *load,
                                struct knowledge_loaded *ret_loaded)
{
    *ret_loaded = (struct knowledge_loaded){0};
    enum err e = load_text(t, shipped_laws, "法律法规", load, ret_loaded);

    if (!e)
        e = load_text(t, shipped_answers, "问答", load, ret_loaded);
    return settle(t, ret_loaded, e);
}
