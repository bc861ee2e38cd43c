/*
 * Queries on PostgreSQL: prepared once per session, numbers sent as text, all else as bytes,
 * answers in binary.
 */
#include "store/store_pg.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum oid {
    OID_BOOL = 16,
    OID_BYTES = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_FLOAT8 = 701,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_NUMERIC = 1700,
    OID_VOID = 2278
};

static bool grow(struct pg *c, int slot)
{
    if (slot <= c->statement_count)
        return true;
    int count = slot + 63;
    struct pg_statement *bigger = realloc(c->statements, (size_t)count * sizeof *bigger);
    if (!bigger)
        return false;
    memset(bigger + c->statement_count, 0, (size_t)(count - c->statement_count) * sizeof *bigger);
    c->statements = bigger;
    c->statement_count = count;
    return true;
}

static enum err no_memory(struct task *t)
{
    return task_fail(t, ERR_STORE, "服务器内存不足，什么都没有改动；请稍后再试或联系管理员。");
}

static void name_of(int slot, char ret_name[16])
{
    snprintf(ret_name, 16, "q%d", slot);
}

/* The types of the parameters are what the query makes of them. */
static bool send_prepare(struct pg *c, const struct query *query, int slot)
{
    char name[16];

    name_of(slot, name);
    c->statements[slot - 1].prepared = true;
    return pg_sent(c, PQsendPrepare(c->session, name, query->postgres, 0, NULL), SENT_PREPARE, slot,
                   query->name);
}

static enum err statement_for(struct task *t, struct pg *c, const struct query *query,
                              int *ret_slot)
{
    int slot = query_slot(query);

    if (c->failure.cause != PG_NOTHING)
        return pg_fail_query(t, c);
    if (!grow(c, slot))
        return no_memory(t);
    if (!c->statements[slot - 1].prepared && !send_prepare(c, query, slot))
        return pg_fail_query(t, c);
    *ret_slot = slot;
    return OK;
}

enum err pg_prepare(struct task *t, struct connection *base, const struct query *query)
{
    struct pg *c = pg_of(base);
    int slot;
    enum err e = statement_for(t, c, query, &slot);

    if (e)
        return e;
    return pg_answers(c) ? OK : pg_fail_query(t, c);
}

static bool send_query(struct pg *c, const struct query *query, int slot,
                       const struct arg *const *args)
{
    char name[16], numbers[PARAMETERS_MOST][24];
    const char *values[PARAMETERS_MOST];
    int lengths[PARAMETERS_MOST], formats[PARAMETERS_MOST];
    int n = (int)query->parameter_count;

    for (int i = 0; i < n; i++) {
        const struct arg *arg = args[i];

        formats[i] = arg->type != ARG_INT;
        lengths[i] = (int)arg->text.len;
        values[i] = arg->type == ARG_NULL ? NULL : arg->text.at ? arg->text.at : "";
        if (arg->type == ARG_INT) {
            snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)arg->number);
            values[i] = numbers[i];
        }
    }
    name_of(slot, name);
    return pg_sent(c, PQsendQueryPrepared(c->session, name, n, values, lengths, formats, 1),
                   query->kind == QUERY_WRITE ? SENT_WRITE : SENT_QUERY, slot, query->name);
}

/* ---- answers ---- */

static enum err describe(struct task *t, struct pg *c, int slot, const PGresult *answer)
{
    struct pg_statement *s = &c->statements[slot - 1];
    size_t n = (size_t)PQnfields(answer);

    if (c->cell_room < n + 1) {
        struct cell *bigger = realloc(c->cells, (n + 1) * sizeof *bigger);
        if (!bigger)
            return no_memory(t);
        c->cells = bigger;
        c->cell_room = n + 1;
    }
    if (s->described)
        return s->columns.count == n ? OK
                                     : task_fail(t, ERR_STORE, "数据库的表变了；请重新启动服务。");
    s->columns.names = calloc(n + 1, sizeof *s->columns.names);
    s->columns.fields = calloc(n + 1, sizeof *s->columns.fields);
    if (!s->columns.names || !s->columns.fields)
        return no_memory(t);
    s->columns.count = n;
    for (size_t i = 0; i < n; i++) {
        if (!(s->columns.names[i] = strdup(PQfname(answer, (int)i))))
            return no_memory(t);
    }
    s->described = true;
    return OK;
}

static int64_t big_endian(const char *at, int length)
{
    uint64_t number = length > 0 && (signed char)*at < 0 ? UINT64_MAX : 0;

    for (int i = 0; i < length; i++)
        number = number << 8 | (unsigned char)at[i];
    return (int64_t)number;
}

static int short_at(const char *at)
{
    return (int)big_endian(at, 2);
}

/* Sums of BIGINT are numeric: groups of four decimal digits, the first with the highest weight. */
static bool whole_numeric(const char *at, int length, int64_t *ret_number)
{
    int groups = length >= 8 ? short_at(at) : -1;
    int weight = length >= 8 ? short_at(at + 2) : 0;
    bool negative = length >= 8 && short_at(at + 4) == 0x4000;
    int64_t number = 0;

    if (groups < 0 || length < 8 + 2 * groups || weight > 5)
        return false;
    for (int i = 0; i <= weight; i++) {
        int64_t group = i < groups ? short_at(at + 8 + 2 * i) : 0;
        if (__builtin_mul_overflow(number, 10000, &number) ||
            __builtin_add_overflow(number, group, &number))
            return false;
    }
    for (int i = weight + 1; i < groups; i++) {
        if (i >= 0 && short_at(at + 8 + 2 * i))
            return false; /* a fraction */
    }
    *ret_number = negative ? -number : number;
    return true;
}

static bool read_cell(const PGresult *answer, int row, int column, struct cell *cell)
{
    const char *at = PQgetvalue(answer, row, column);
    int length = PQgetlength(answer, row, column);

    *cell = (struct cell){0};
    if (PQgetisnull(answer, row, column))
        return true;
    cell->type = CELL_INT;
    switch ((enum oid)PQftype(answer, column)) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        cell->number = big_endian(at, length);
        return true;
    case OID_NUMERIC:
        return whole_numeric(at, length, &cell->number);
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_BPCHAR:
    case OID_NAME:
        cell->type = CELL_TEXT;
        break;
    case OID_BYTES:
        cell->type = CELL_BYTES;
        break;
    case OID_VOID:
        cell->type = CELL_NULL;
        return true;
    default:
        return false;
    }
    cell->text = (struct str){at, (size_t)length};
    return true;
}

static enum err read_rows(struct task *t, struct pg *c, const struct query *query, int slot,
                          row_fn *row, void *sink)
{
    struct columns *columns = &c->statements[slot - 1].columns;
    int rows = PQntuples(c->active);

    for (int n = 0; n < rows; n++) {
        for (size_t i = 0; i < columns->count; i++) {
            if (!read_cell(c->active, n, (int)i, &c->cells[i]))
                return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：列 %s 的类型 %u 读不了",
                                 query->name, columns->names[i], PQftype(c->active, (int)i));
        }
        enum err e = row(t, sink, columns, c->cells);
        if (e)
            return e;
    }
    return OK;
}

enum err pg_run(struct task *t, struct connection *base, const struct query *query,
                const struct arg *args, size_t n, row_fn *row, void *sink, int64_t *ret_changed)
{
    struct pg *c = pg_of(base);
    const struct arg *ordered[PARAMETERS_MOST];
    bool later = query->kind == QUERY_WRITE && !row && !c->awaiting;
    int slot;
    enum err e = args_in_order(t, query, args, n, ordered);

    if (!e)
        e = statement_for(t, c, query, &slot);
    if (e)
        return e;
    if (!send_query(c, query, slot, ordered))
        return pg_fail_query(t, c);
    if (later) {
        *ret_changed = -1;
        return OK;
    }
    if (!pg_answers(c))
        return pg_fail_query(t, c);
    if (query->kind == QUERY_WRITE)
        *ret_changed = c->changed;
    if (!row)
        return OK;
    c->told = true;
    e = describe(t, c, slot, c->active);
    if (!e)
        e = row(t, sink, &c->statements[slot - 1].columns, NULL);
    if (!e)
        e = read_rows(t, c, query, slot, row, sink);
    connection_settle(base);
    return e;
}
