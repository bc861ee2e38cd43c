/*
 * Rows: read completely into the arena, by name or as structs of a shape.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/time.h"
#include "store/store_private.h"

struct rows {
    const char *const *names;
    size_t column_count;
    struct list cells;  /* struct cell, row after row */
    size_t count, next; /* `next` is one behind the row that is read */
};

static struct str take_text(char **at, struct str text)
{
    struct str taken = {*at, text.len};

    if (text.len)
        memcpy(*at, text.at, text.len);
    *at += text.len;
    return taken;
}

/* One piece of memory for all the texts of a row. */
static char *room_for_texts(struct task *t, const struct cell *cells, size_t n)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += cells[i].text.len;
    return NEW(t, char, bytes);
}

static enum err gather_row(struct task *t, void *sink, struct columns *columns,
                           const struct cell *cells)
{
    struct rows *rows = sink;

    rows->names = columns->names;
    rows->column_count = columns->count;
    if (!cells)
        return OK;
    char *texts = room_for_texts(t, cells, columns->count);
    for (size_t i = 0; i < columns->count; i++) {
        struct cell *cell = list_add(t, &rows->cells, sizeof *cell);
        *cell = cells[i];
        cell->text = take_text(&texts, cells[i].text);
    }
    rows->count++;
    return OK;
}

static enum err run(struct task *t, const struct query *query, const struct arg *args, size_t n,
                    row_fn *row, void *sink)
{
    struct store_txn *txn = t->txn;

    if (!txn)
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 不在 store_read() 或 store_write() 之内",
                         query->name);
    if (query->kind == QUERY_WRITE && !txn->writing)
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 要写入，却在 store_read() 之内",
                         query->name);
    /* Outside its transaction every statement would commit by itself. */
    if (txn->gone)
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    if (txn->ahead && query->kind == QUERY_WRITE) {
        if (row)
            return ahead_refuse(t, txn->ahead);
        txn->changed = 1; /* and the writer sees to it that it does */
        return ahead_keep(t, txn->ahead, query, args, n);
    }
    if (txn->ahead) {
        enum err e = ahead_read(t, txn->ahead, query, args, n);
        if (e)
            return e;
    }
    if (query->kind == QUERY_WRITE) {
        txn->wrote = true;
        if (!t->store->url)
            changes_note(&t->store->writer.changes, query, args, n);
    }
    enum err e = connection_run(t, txn->connection, query, args, n, row, sink, &txn->changed);
    if (e && !connection_in_transaction(txn->connection))
        txn->gone = true;
    return e;
}

enum err store_run(struct task *t, const struct query *query, const struct arg *args, size_t n,
                   struct rows **ret_rows)
{
    if (!ret_rows)
        return run(t, query, args, n, NULL, NULL);
    struct rows *rows = NEW(t, struct rows, 1);
    enum err e = run(t, query, args, n, gather_row, rows);
    if (!e)
        *ret_rows = rows;
    return e;
}

enum err store_prepare(struct task *t, const struct query *query)
{
    if (!t->txn)
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 不在 store_read() 之内", query->name);
    return connection_prepare(t, t->txn->connection, query);
}

int64_t store_changed(struct task *t)
{
    if (t->txn && t->txn->ahead && t->txn->ahead->last)
        t->txn->ahead->last->must_change_one = true;
    if (t->txn && t->txn->changed < 0)
        t->txn->changed = connection_changed(t->txn->connection);
    return t->txn ? t->txn->changed : 0;
}

bool rows_next(struct rows *rows)
{
    if (rows->next >= rows->count)
        return false;
    rows->next++;
    return true;
}

size_t rows_count(const struct rows *rows)
{
    return rows->count;
}

/* A wrong name is a slip of the program that no input can cause: end it before it does harm. */
static const struct cell *cell_named(const struct rows *rows, const char *column)
{
    for (size_t i = 0; rows->next && i < rows->column_count; i++) {
        if (!strcmp(rows->names[i], column))
            return (const struct cell *)rows->cells.at + (rows->next - 1) * rows->column_count + i;
    }
    fprintf(stderr, "yimen: a row was asked for column \"%s\" that it does not have\n", column);
    abort();
}

static int64_t cell_int(const struct cell *cell)
{
    int64_t number;

    if (cell->type == CELL_INT)
        return cell->number;
    return cell->type == CELL_TEXT && str_int(cell->text, &number) ? number : 0;
}

int64_t row_int(const struct rows *rows, const char *column)
{
    return cell_int(cell_named(rows, column));
}

struct str row_str(const struct rows *rows, const char *column)
{
    return cell_named(rows, column)->text;
}

bool row_is_null(const struct rows *rows, const char *column)
{
    return cell_named(rows, column)->type == CELL_NULL;
}

/* ---- rows as structs ---- */

struct struct_sink {
    const struct query *query;
    const struct shape *shape;
    struct list list;
    void *blank; /* a struct without any value */
    size_t most;
};

static void blank_days(const struct shape *shape, char *at)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        if (field->type == F_DAY)
            *(int32_t *)(void *)(at + field->offset) = DAY_NONE;
        else if (field->type == F_OBJECT)
            blank_days(field->of, at + field->offset);
    }
}

static enum err map_columns(struct task *t, const struct struct_sink *sink, struct columns *columns)
{
    if (columns->shape == sink->shape)
        return OK;
    columns->shape = NULL;
    for (size_t i = 0; i < columns->count; i++) {
        const struct field *field = shape_field(sink->shape, str_of(columns->names[i]));
        if (!field || field->type > F_DAY)
            return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：%s 不能接收列 %s",
                             sink->query->name, sink->shape->name, columns->names[i]);
        columns->fields[i] = field;
    }
    columns->shape = sink->shape;
    return OK;
}

static enum err set_field(struct task *t, const struct struct_sink *sink, const struct field *field,
                          void *at, const struct cell *cell, char **texts)
{
    switch (field->type) {
    case F_STR:
        *(struct str *)at = cell->type == CELL_INT ? str_format(t, "%lld", (long long)cell->number)
                                                   : take_text(texts, cell->text);
        return OK;
    case F_BOOL:
        *(bool *)at = cell_int(cell) != 0;
        return OK;
    case F_DAY:
        if (cell->text.len && !day_parse(cell->text, (int32_t *)at))
            return task_fail(t, ERR_STORE, "数据有误：%s 的 %s 不是日期；请联系管理员。",
                             sink->query->name, field->name);
        return OK;
    default:
        *(int64_t *)at = cell_int(cell);
        return OK;
    }
}

static enum err gather_struct(struct task *t, void *arg, struct columns *columns,
                              const struct cell *cells)
{
    struct struct_sink *sink = arg;

    if (!cells)
        return map_columns(t, sink, columns);
    if (sink->list.count == sink->most)
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：得到的行太多", sink->query->name);
    char *texts = room_for_texts(t, cells, columns->count);
    char *at = list_add(t, &sink->list, sink->shape->size);
    memcpy(at, sink->blank, sink->shape->size);
    for (size_t i = 0; i < columns->count; i++) {
        const struct field *field = columns->fields[i];
        enum err e = set_field(t, sink, field, at + field->offset, &cells[i], &texts);
        if (e)
            return e;
    }
    return OK;
}

static enum err run_into(struct task *t, const struct query *query, const struct arg *args,
                         size_t n, const struct shape *shape, size_t most, struct list *ret_list)
{
    struct struct_sink sink = {.query = query, .shape = shape, .most = most};

    sink.blank = task_alloc(t, shape->size, 1);
    blank_days(shape, sink.blank);
    enum err e = run(t, query, args, n, gather_struct, &sink);
    if (!e)
        *ret_list = sink.list;
    return e;
}

enum err store_list(struct task *t, const struct query *query, const struct arg *args, size_t n,
                    const struct shape *shape, struct list *ret_list)
{
    return run_into(t, query, args, n, shape, SIZE_MAX, ret_list);
}

enum err store_one(struct task *t, const struct query *query, const struct arg *args, size_t n,
                   const struct shape *shape, void *ret_struct)
{
    struct list list;
    enum err e = run_into(t, query, args, n, shape, 1, &list);

    if (e)
        return e;
    if (!list.count)
        return ERR_NOT_FOUND;
    memcpy(ret_struct, list.at, shape->size);
    return OK;
}

struct number_sink {
    bool has_row;
    int64_t number;
};

static enum err gather_number(struct task *t, void *arg, struct columns *columns,
                              const struct cell *cells)
{
    struct number_sink *sink = arg;

    (void)t;
    if (!cells || sink->has_row || !columns->count)
        return OK;
    sink->has_row = true;
    sink->number = cell_int(&cells[0]);
    return OK;
}

enum err store_number(struct task *t, const struct query *query, const struct arg *args, size_t n,
                      int64_t *ret_number)
{
    struct number_sink sink = {0};
    enum err e = run(t, query, args, n, gather_number, &sink);

    if (!e)
        *ret_number = sink.number;
    return e;
}
