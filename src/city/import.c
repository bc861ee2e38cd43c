#include "city/archive.h"
#include "city/city.h"
#include "city/header.h"
#include "city/rows.h"
#include "core/task.h"
#include "modules/org/moving.h"

#include <string.h>

enum {
    ROWS_MOST = 500,
    CHUNK_BYTES = 4 * 1024 * 1024,
    REMOVED_AT_ONCE = 5000,
    RECORD_BUDGET = ARCHIVE_BLOB_MOST + 64 * 1024 * 1024
};

struct queued {
    const struct table_queries *queries;
    const struct arg *values;
};

struct incoming {
    const struct city_options *options;
    struct city_header header;
    struct city_figures figures; /* what the first reading counted */
    struct archive_reader *in;
    struct task *home;                 /* what lasts as long as the import */
    const struct table_queries *table; /* of the rows that come now */
    int64_t rows, blobs;               /* read in this pass */
    int64_t reached;                   /* rows that are in the database */
    struct queued *queue;              /* of the chunk */
    size_t queued, bytes;
    struct queued city; /* the row of `tenant` */
    bool ended;
};

static void show(const struct city_options *options, const char *what, int64_t done, int64_t all)
{
    if (options->progress)
        options->progress(what, done, all);
}

/* --- Looking through the whole file --- */

static enum err miscounted(struct task *t, const struct sql_table *table, int64_t said, int64_t n)
{
    return task_fail(t, ERR_BAD_INPUT, "归档损坏：表 %s 应有 %lld 行，却有 %lld 行", table->name,
                     (long long)said, (long long)n);
}

struct look {
    struct archive_reader *in;
    struct city_header *header;
    const struct city_options *options;
    const struct sql_table *table;
    int64_t *counts;
    struct city_figures *figures;
    bool ended;
};

static enum err look_at(struct task *t, struct look *look, const struct archive_record *record)
{
    if (record->kind == ARCHIVE_END) {
        look->figures->rows = record->rows;
        look->figures->blobs = record->blobs;
        look->figures->hash = record->hash;
        look->ended = true;
        return OK;
    }
    if (record->kind == ARCHIVE_ROW)
        ++look->counts[record->table - sql_tables];
    /* Each table once, in the order of the program; the city itself behind everything. */
    if (record->kind == ARCHIVE_TABLE) {
        bool last = look->table && !strcmp(look->table->name, "tenant");
        bool rises =
            !look->table || record->table > look->table || !strcmp(record->table->name, "tenant");

        if (last || !rises)
            return task_fail(t, ERR_BAD_INPUT, "归档损坏：表 %s 的位置不对", record->table->name);
        look->table = record->table;
    }
    return OK;
}

/* One record after the other, each with memory of its own. */
static enum err look_on(struct task *t, void *arg)
{
    struct look *look = arg;
    enum err e = OK;

    for (int i = 0; i < 1000 && !e && !look->ended; i++) {
        struct task_mark mark = task_mark(t);
        struct archive_record record;

        e = archive_next(t, look->in, &record);
        if (!e)
            e = look_at(t, look, &record);
        if (!e && !look->ended)
            task_reset(t, mark);
    }
    show(look->options, "检查", archive_position(look->in) / 1024, archive_size(look->in) / 1024);
    return e;
}

static enum err look_through(struct task *home, struct look *look)
{
    enum err e = OK;

    while (!e && !look->ended) {
        struct task t;

        task_begin(&t, NULL, home->now, RECORD_BUDGET);
        e = task_protect(&t, look_on, look);
        if (e)
            (void)task_fail(home, e, "%.*s", STR_ARG(t.note));
        look->figures->hash = str_copy(home, look->figures->hash);
        task_end(&t);
    }
    for (const struct sql_table *table = sql_tables; table->name && !e; table++) {
        int64_t said = look->header->counts[table - sql_tables],
                n = look->counts[table - sql_tables];
        if (said != n)
            e = miscounted(home, table, said, n);
    }
    if (!e && look->counts[table_find("tenant") - sql_tables] != 1)
        e = task_fail(home, ERR_BAD_INPUT, "归档损坏：没有平台本身的一行");
    return e;
}

static enum err look(struct task *t, const struct city_options *options, bool any_suite,
                     struct city_header *ret_header, struct city_figures *ret)
{
    struct city_figures figures = {0};
    struct city_header header;
    struct archive_reader *in = NULL;
    struct str text;
    enum err e = archive_open(t, options->file, &in, &text);

    if (!e)
        e = city_header_read(t, text, options->migrations, any_suite, &header);
    if (e)
        return e;
    figures.code = header.code;
    figures.name = header.name;
    figures.tenant = header.tenant;
    struct look whole = {.in = in,
                         .header = &header,
                         .options = options,
                         .counts = NEW(t, int64_t, 300),
                         .figures = &figures};
    e = look_through(t, &whole);
    archive_close(in);
    if (e)
        return e;
    *ret_header = header;
    *ret = figures;
    return OK;
}

enum err city_look(struct task *t, const struct city_options *options, struct city_figures *ret)
{
    struct city_header header;

    return look(t, options, true, &header, ret);
}

/* --- Taking it in --- */

/* Go on with what stands there already, or begin. */
static enum err begin(struct task *t, void *arg)
{
    struct incoming *i = arg;
    struct moving moving;
    enum err e = moving_check_free(t, i->header.code, i->header.host);

    if (e)
        return e;
    e = moving_find(t, &moving);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        i->reached = 0;
        return moving_begin(t, i->header.code, i->figures.hash);
    }
    if (e)
        return e;
    i->reached = moving.rows_done;
    if (!str_eq(moving.archive, i->figures.hash))
        return task_fail(
            t, ERR_CONFLICT,
            "这个平台的另一份归档导入了一半；请用那一份继续，或先 yimen city forget %.*s",
            STR_ARG(i->header.code));
    return OK;
}

static enum err insert(struct task *t, const struct queued *row)
{
    struct arg args[ARCHIVE_COLUMNS_MOST];
    size_t n = row->queries->table->column_count;

    args[0] = INT("tenant", t->tenant);
    memcpy(args + 1, row->values, (n - 1) * sizeof *args);
    enum err e = store_run(t, &row->queries->insert, args, n, NULL);
    if (e == ERR_CONFLICT) {
        task_clear_error(t);
        return task_fail(t, e, "表 %s 里已有相同的行，什么都没有改动", row->queries->table->name);
    }
    return e;
}

/* The rows and how far they go, in one transaction. */
static enum err write_chunk(struct task *t, void *arg)
{
    struct incoming *i = arg;
    enum err e = OK;

    for (size_t n = 0; n < i->queued && !e; n++)
        e = insert(t, &i->queue[n]);
    return e ? e : moving_reached(t, i->table->table->name, i->figures.hash, i->reached, i->rows);
}

static enum err flush(struct task *t, struct incoming *i)
{
    enum err e = i->queued ? store_write(t, write_chunk, i) : OK;

    if (!e)
        i->reached = i->rows > i->reached ? i->rows : i->reached;
    i->queued = i->bytes = 0;
    return e;
}

static enum err take_row(struct task *t, struct incoming *i, const struct archive_record *record)
{
    const struct table_queries *queries = i->table;

    if (!strcmp(record->table->name, "tenant")) {
        i->city = (struct queued){queries, NEW(i->home, struct arg, record->table->column_count)};
        struct arg *kept = (struct arg *)(uintptr_t)i->city.values;
        for (size_t k = 0; k + 1 < record->table->column_count; k++) {
            kept[k] = record->values[k];
            kept[k].text = str_copy(i->home, record->values[k].text);
        }
        return OK;
    }
    i->rows++;
    if (i->rows <= i->reached)
        return OK;
    i->queue[i->queued++] = (struct queued){queries, record->values};
    for (size_t k = 0; k + 1 < record->table->column_count; k++)
        i->bytes += sizeof(struct arg) + record->values[k].text.len;
    return i->queued == ROWS_MOST || i->bytes > CHUNK_BYTES ? flush(t, i) : OK;
}

static enum err take_blob(struct task *t, struct incoming *i, const struct archive_record *record)
{
    struct str name;
    enum err e = blob_put(t, record->sealed, &name);

    if (!e && !str_eq(name, record->name))
        return task_fail(t, ERR_BAD_INPUT, "归档损坏：文件 %.*s 的内容与名称不符",
                         STR_ARG(record->name));
    if (!e)
        show(i->options, "文件", ++i->blobs, i->figures.blobs);
    return e;
}

/* Who goes on with it, or is about to, ends. */
static enum err spoil(struct task *t, void *arg)
{
    (void)arg;
    return moving_spoil(t);
}

/* A chunk: until its rows are written, or a file is. */
static enum err take_chunk(struct task *t, void *arg)
{
    struct incoming *i = arg;
    struct archive_record record = {0};
    int64_t before = i->reached;
    enum err e = OK;

    i->queue = NEW(t, struct queued, ROWS_MOST);
    i->queued = i->bytes = 0;
    for (int n = 0; n < 10 * ROWS_MOST && !e; n++) {
        struct task_mark mark = task_mark(t);
        bool there = i->rows < i->reached;

        e = archive_next(t, i->in, &record);
        if (e)
            return e;
        if (record.kind != ARCHIVE_ROW && i->queued)
            e = flush(t, i);
        if (e)
            return e;
        if (record.kind == ARCHIVE_END) {
            i->ended = true;
            break;
        }
        if (record.kind == ARCHIVE_TABLE)
            i->table = table_queries(i->home, record.table);
        else if (record.kind == ARCHIVE_ROW)
            e = take_row(t, i, &record);
        else
            e = take_blob(t, i, &record);
        if (record.kind == ARCHIVE_ROW && there)
            task_reset(t, mark); /* going on: however many there are, they cost no memory */
        if (record.kind == ARCHIVE_BLOB || i->reached != before)
            break;
    }
    if (e)
        return e;
    if (i->ended && !str_eq(record.hash, i->figures.hash)) {
        /* Who knows which rows came from what: the right file must not go on from them. */
        e = store_write(t, spoil, NULL);
        return e ? e
                 : task_fail(t, ERR_BAD_INPUT,
                             "归档在导入时被改动了；请先 yimen city forget %.*s，再重新导入",
                             STR_ARG(i->header.code));
    }
    if (record.kind != ARCHIVE_BLOB)
        show(i->options, "导入", i->rows, i->figures.rows);
    return flush(t, i);
}

static enum err take_all(struct incoming *i)
{
    enum err e = OK;

    while (!e && !i->ended) {
        struct task t;

        task_begin(&t, i->home->store, i->home->now, RECORD_BUDGET);
        t.tenant = i->header.tenant;
        e = task_protect(&t, take_chunk, i);
        if (e)
            (void)task_fail(i->home, e, "%.*s", STR_ARG(t.note));
        task_end(&t);
    }
    return e;
}

/* Now the city is there. */
static enum err finish(struct task *t, void *arg)
{
    struct incoming *i = arg;
    /* Every row of it stands, and nobody takes them away. */
    enum err e = moving_reached(t, "tenant", i->figures.hash, i->reached, i->reached);

    if (!e)
        e = moving_adopt_keys(t, i->options->key_file);
    if (!e)
        e = moving_check_free(t, i->header.code, i->header.host);
    if (!e)
        e = insert(t, &i->city);
    return e ? e : moving_end(t);
}

static enum err check_keys(struct task *t, const struct incoming *i)
{
    LIST_EACH (struct str, name, i->header.keys) {
        enum err e = moving_check_key(t, *name, i->options->key_file);
        if (e)
            return e;
    }
    return OK;
}

enum err city_import(struct task *t, const struct city_options *options, struct city_figures *ret)
{
    struct incoming i = {.options = options, .home = t};
    struct str text;
    enum err e = look(t, options, false, &i.header, &i.figures);

    if (e)
        return e;
    t->tenant = i.header.tenant;
    e = check_keys(t, &i);
    if (!e)
        e = store_write(t, begin, &i);
    if (!e)
        e = archive_open(t, options->file, &i.in, &text);
    if (e)
        return e;
    i.figures.resumed = i.reached;
    e = take_all(&i);
    archive_close(i.in);
    if (!e && !i.city.values)
        e = task_fail(t, ERR_BAD_INPUT, "归档损坏：没有平台本身的一行");
    if (!e)
        e = store_write(t, finish, &i);
    if (e)
        return e;
    store_analyze(t, "");
    *ret = i.figures;
    return OK;
}

/* --- Giving up --- */

struct forgetting {
    struct str code;
    const struct sql_table *table;
    bool more; /* rows of the table are left */
};

static enum err find_import(struct task *t, void *arg)
{
    return moving_of_code(t, ((struct forgetting *)arg)->code, &t->tenant);
}

/* An import that ended well, or another one of the same city, is not touched. */
static enum err still_forgetting(struct task *t)
{
    struct moving moving;
    enum err e = moving_find(t, &moving);

    if (e == ERR_NOT_FOUND || (!e && moving.archive.len)) {
        task_clear_error(t);
        return task_fail(t, ERR_CONFLICT, "另有人同时在导入或清除这个平台；请看清楚后再清除");
    }
    return e;
}

/* Some thousands of rows, in the order of their key: who saves something else waits for no more. */
static enum err remove_rows(struct task *t, void *arg)
{
    struct forgetting *f = arg;
    const struct table_queries *queries = table_queries(t, f->table);
    struct arg args[ARCHIVE_COLUMNS_MOST + 1] = {INT("tenant", t->tenant)};
    struct rows *rows = NULL;
    enum err e = still_forgetting(t);

    if (!e && queries->key_count)
        e = store_run(t, &queries->edge,
                      ARGS(INT("tenant", t->tenant), INT("skip_rows", REMOVED_AT_ONCE)), &rows);
    if (e)
        return e;
    f->more = rows && rows_next(rows);
    if (f->more)
        table_key_values(f->table, rows, args + 1);
    return store_run(t, f->more ? &queries->remove_to : &queries->remove, args,
                     1 + (f->more ? queries->key_count : 0), NULL);
}

static enum err remove_table(struct task *t, struct forgetting *f)
{
    enum err e;

    do {
        struct task_mark mark = task_mark(t);

        e = store_write(t, remove_rows, f);
        if (!e)
            task_reset(t, mark);
    } while (!e && f->more);
    return e;
}

static enum err end_import(struct task *t, void *arg)
{
    (void)arg;
    return moving_end(t);
}

enum err city_forget_import(struct task *t, struct str code, city_progress_fn *progress)
{
    struct forgetting f = {.code = code};
    enum err e = store_read(t, find_import, &f);
    int64_t done = 0;

    if (!e && !t->tenant)
        return task_fail(t, ERR_NOT_FOUND, "没有代码为 %.*s 的未完成的导入", STR_ARG(code));
    if (!e)
        e = store_write(t, spoil, NULL);
    for (f.table = sql_tables; f.table->name && !e; f.table++) {
        if (table_stays(f.table))
            continue;
        e = remove_table(t, &f);
        if (!e && progress)
            progress("清除", ++done, 0);
    }
    for (int byte = 0; byte < 256 && !e; byte++) {
        struct task_mark mark = task_mark(t);
        struct list names;

        e = blob_list(t, byte, &names);
        if (e)
            return e;
        LIST_EACH (struct str, name, names) {
            if (!e)
                e = blob_remove(t, *name);
        }
        if (!e)
            task_reset(t, mark);
    }
    return e ? e : store_write(t, end_import, NULL);
}
