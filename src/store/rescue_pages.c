/*
 * rescue_pages.c - rows from the pages themselves, for a table whose inner pages or whose entry in
 * the schema are gone.  The format is https://www.sqlite.org/fileformat2.html, chapters 1 and 2.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/rescue_private.h"

enum {
    INNER_INDEX = 2,
    INNER_TABLE = 5,
    LEAF_INDEX = 10,
    LEAF_TABLE = 13,
    FILE_HEADER = 100,
    DEPTH_MOST = 20,
    PAYLOAD_MOST = 512 * 1024 * 1024
};

struct pages {
    int file;
    int64_t size, usable, count;
    unsigned char *known; /* by page number: belongs to a table without gaps, or is free */
};

static uint32_t be16(const unsigned char *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t be32(const unsigned char *at)
{
    return be16(at) << 16 | be16(at + 2);
}

static bool read_page(const struct pages *p, int64_t n, unsigned char *page)
{
    return n >= 1 && n <= p->count &&
           pread(p->file, page, (size_t)p->size, (n - 1) * p->size) == p->size;
}

/* Bytes taken, 0 when it does not end before `end`. */
static int varint(const unsigned char *at, const unsigned char *end, int64_t *ret)
{
    uint64_t value = 0;

    for (int i = 0; i < 9 && at + i < end; i++) {
        if (i == 8) {
            *ret = (int64_t)(value << 8 | at[i]);
            return 9;
        }
        value = value << 7 | (at[i] & 0x7f);
        if (!(at[i] & 0x80)) {
            *ret = (int64_t)value;
            return i + 1;
        }
    }
    return 0;
}

/* Everything below a page is known. */
static void mark_tree(struct pages *p, int64_t n, int depth)
{
    unsigned char *page;

    if (n < 1 || n > p->count || p->known[n] || depth > DEPTH_MOST)
        return;
    p->known[n] = 1;
    page = malloc((size_t)p->size);
    if (page && read_page(p, n, page)) {
        unsigned char *head = page + (n == 1 ? FILE_HEADER : 0);

        if (head[0] == INNER_TABLE || head[0] == INNER_INDEX) {
            for (uint32_t i = 0, cells = be16(head + 3); i < cells && 14 + 2 * i < p->size; i++) {
                uint32_t at = be16(head + 12 + 2 * i);
                if (at + 4 <= p->size)
                    mark_tree(p, be32(page + at), depth + 1);
            }
            mark_tree(p, be32(head + 8), depth + 1);
        }
    }
    free(page);
}

/* Pages that are free hold rows that were deleted. */
static void mark_free(struct pages *p, unsigned char *page)
{
    if (!read_page(p, 1, page))
        return;
    for (int64_t trunk = be32(page + 32); trunk >= 1 && trunk <= p->count && !p->known[trunk];) {
        p->known[trunk] = 1;
        if (!read_page(p, trunk, page))
            return;
        uint32_t leaves = be32(page + 4);
        for (uint32_t i = 0; i < leaves && 12 + 4 * (int64_t)i <= p->usable; i++) {
            uint32_t leaf = be32(page + 8 + 4 * i);
            if (leaf >= 1 && leaf <= p->count)
                p->known[leaf] = 1;
        }
        trunk = be32(page);
    }
}

/* --- One row -------------------------------------------------------------------------------- */

struct value {
    int64_t type; /* as the record says */
    const unsigned char *at;
    int64_t len;
};

struct row {
    int count;
    struct value values[COLUMNS_MOST];
    unsigned char *bytes; /* malloc'ed when it was in several pages */
};

static int64_t length_of(int64_t type)
{
    static const int lengths[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, -1, -1};

    return type >= 12 ? (type - 12) / 2 : type < 0 ? -1 : lengths[type];
}

static bool read_record(struct row *row, const unsigned char *at, int64_t len)
{
    const unsigned char *end = at + len, *head = at;
    int64_t head_len, used;
    int n = varint(at, end, &head_len);

    row->count = 0;
    if (!n || head_len < n || head_len > len)
        return false;
    const unsigned char *body = at + head_len, *head_end = body;
    for (head += n; head < head_end; head += n) {
        struct value *value = &row->values[row->count];

        if (row->count == COLUMNS_MOST || !(n = varint(head, head_end, &value->type)))
            return false;
        used = length_of(value->type);
        if (used < 0 || used > end - body)
            return false;
        value->at = body;
        value->len = used;
        body += used;
        row->count++;
    }
    return body == end;
}

/* The part of a payload that stands on the page itself. */
static int64_t local_part(const struct pages *p, int64_t payload, bool in_index)
{
    int64_t most = in_index ? (p->usable - 12) * 64 / 255 - 23 : p->usable - 35;
    int64_t least = (p->usable - 12) * 32 / 255 - 23;
    int64_t part = least + (payload - least) % (p->usable - 4);

    return payload <= most ? payload : part <= most ? part : least;
}

static bool gather(const struct pages *p, const unsigned char *local, int64_t local_len,
                   int64_t payload, unsigned char *into)
{
    unsigned char *page = malloc((size_t)p->size);
    int64_t next = be32(local + local_len), have = local_len;

    memcpy(into, local, (size_t)local_len);
    while (page && have < payload && !p->known[next < 1 || next > p->count ? 0 : next] &&
           read_page(p, next, page)) {
        int64_t n = payload - have < p->usable - 4 ? payload - have : p->usable - 4;

        memcpy(into + have, page + 4, (size_t)n);
        have += n;
        next = be32(page);
    }
    free(page);
    return have == payload;
}

static bool read_cell(const struct pages *p, const unsigned char *page, uint32_t offset,
                      bool in_index, struct row *row)
{
    const unsigned char *at = page + offset, *end = page + p->usable;
    int64_t payload, rowid;
    int n = varint(at, end, &payload);

    row->bytes = NULL;
    if (!n || payload < 1 || payload > PAYLOAD_MOST)
        return false;
    at += n;
    if (!in_index) {
        n = varint(at, end, &rowid);
        if (!n)
            return false;
        at += n;
    }
    int64_t local = local_part(p, payload, in_index);
    if (local + (local < payload ? 4 : 0) > end - at)
        return false;
    if (local == payload)
        return read_record(row, at, payload);
    if (payload > p->count * p->size || !(row->bytes = malloc((size_t)payload)))
        return false;
    /* Whoever gave the row frees its bytes: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    return gather(p, at, local, payload, row->bytes) && read_record(row, row->bytes, payload);
}

/* --- Whose row ------------------------------------------------------------------------------ */

static bool holds_value(enum holds holds, const struct value *value)
{
    switch (holds) {
    case HOLDS_INT:
        return (value->type >= 1 && value->type <= 6) || value->type == 8 || value->type == 9;
    case HOLDS_TEXT:
        return value->type >= 13 && value->type % 2 == 1;
    case HOLDS_BYTES:
        return value->type >= 12 && value->type % 2 == 0;
    }
    return false;
}

static bool fits(const struct rescue_table *table, const struct row *row, bool in_index)
{
    if (!table->gaps || table->clustered != in_index || row->count != table->column_count)
        return false;
    for (int i = 0; i < row->count; i++) {
        const struct value *value = &row->values[table->stands[i]];

        if (value->type ? !holds_value(table->holds[i], value) : !table->may_be_null[i])
            return false;
    }
    return true;
}

static bool may_be_entry(const struct rescue_index *index, const struct row *row)
{
    if (row->count != index->column_count)
        return false;
    for (int i = 0; i < row->count; i++)
        if (row->values[i].type && !holds_value(index->holds[i], &row->values[i]))
            return false;
    return true;
}

static int64_t integer(const struct value *value)
{
    int64_t number;

    if (value->type >= 8)
        return value->type - 8;
    number = value->at[0] & 0x80 ? -1 : 0;
    for (int64_t i = 0; i < value->len; i++)
        number = (int64_t)((uint64_t)number << 8 | value->at[i]);
    return number;
}

static int insert(struct rescue_table *table, const struct row *row)
{
    sqlite3 *db = sqlite3_db_handle(table->insert);

    for (int i = 0; i < row->count; i++) {
        const struct value *value = &row->values[table->stands[i]];

        if (value->type == 0)
            sqlite3_bind_null(table->insert, i + 1);
        else if (table->holds[i] == HOLDS_INT)
            sqlite3_bind_int64(table->insert, i + 1, integer(value));
        else if (table->holds[i] == HOLDS_TEXT)
            sqlite3_bind_text64(table->insert, i + 1, (const char *)value->at,
                                (sqlite3_uint64)value->len, SQLITE_STATIC, SQLITE_UTF8);
        else
            sqlite3_bind_blob64(table->insert, i + 1, value->at, (sqlite3_uint64)value->len,
                                SQLITE_STATIC);
    }
    sqlite3_step(table->insert);
    int code = sqlite3_reset(table->insert);
    sqlite3_clear_bindings(table->insert);
    if (!code && sqlite3_changes(db) > 0) {
        table->rows++;
        table->by_page++;
    }
    /* A row that a CHECK refuses is one of another table, or damaged. */
    return (code & 0xff) == SQLITE_CONSTRAINT ? SQLITE_OK : code;
}

struct placing {
    struct rescue_table *tables;
    const struct rescue_index *indexes;
    int table_count, index_count;
    int64_t unplaced;
};

static int place(struct placing *to, const struct row *row, bool in_index)
{
    struct rescue_table *found = NULL;
    bool doubt = false;

    for (int i = 0; i < to->table_count; i++) {
        if (!fits(&to->tables[i], row, in_index))
            continue;
        doubt = doubt || found;
        found = &to->tables[i];
    }
    for (int i = 0; found && in_index && !doubt && i < to->index_count; i++)
        doubt = may_be_entry(&to->indexes[i], row);
    to->unplaced += doubt;
    return found && !doubt ? insert(found, row) : SQLITE_OK;
}

static int read_rows(const struct pages *p, int64_t n, const unsigned char *page,
                     struct placing *to)
{
    const unsigned char *head = page + (n == 1 ? FILE_HEADER : 0);
    bool inner = head[0] == INNER_INDEX, in_index = inner || head[0] == LEAF_INDEX;
    uint32_t cells = be16(head + 3), before = inner ? 12 : 8;
    int code = SQLITE_OK;

    if ((!in_index && head[0] != LEAF_TABLE) || before + 2 * (int64_t)cells > p->usable)
        return SQLITE_OK;
    for (uint32_t i = 0; !code && i < cells; i++) {
        /* A child stands before what an inner page of an index holds. */
        uint32_t offset = be16(head + before + 2 * i) + (inner ? 4 : 0);
        struct row row;

        if (offset < 8 || offset >= p->usable)
            continue;
        if (read_cell(p, page, offset, in_index, &row))
            code = place(to, &row, in_index);
        free(row.bytes);
    }
    return code;
}

static void read_sizes(struct pages *p, int64_t file_size)
{
    unsigned char head[FILE_HEADER];
    int64_t size = 0;

    if (pread(p->file, head, sizeof head, 0) == sizeof head) {
        size = be16(head + 16);
        p->usable = head[20];
    }
    if (size == 1)
        size = 65536;
    /* What SQLite makes unless told otherwise. */
    if (size < 512 || (size & (size - 1)) || p->usable > 32) {
        size = 4096;
        p->usable = 0;
    }
    p->size = size;
    p->usable = size - p->usable;
    p->count = file_size / size;
}

int rescue_pages(const char *path, struct rescue_table *tables, int count,
                 const struct rescue_index *indexes, int index_count,
                 void (*progress)(const char *what, int64_t done, int64_t all),
                 int64_t *ret_unplaced)
{
    struct placing to = {tables, indexes, count, index_count, 0};
    struct pages p = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat about;
    unsigned char *page = NULL;
    int code = SQLITE_OK;

    if (p.file < 0 || fstat(p.file, &about)) {
        if (p.file >= 0)
            close(p.file);
        return SQLITE_CANTOPEN;
    }
    read_sizes(&p, about.st_size);
    p.known = calloc((size_t)p.count + 1, 1);
    page = malloc((size_t)p.size);
    if (!p.known || !page)
        code = SQLITE_NOMEM;
    if (!code)
        mark_free(&p, page);
    for (int i = 0; !code && i < count; i++)
        if (!tables[i].gaps)
            mark_tree(&p, tables[i].root, 0);
    for (int64_t n = 1; !code && n <= p.count; n++) {
        if (!p.known[n] && read_page(&p, n, page))
            code = read_rows(&p, n, page, &to);
        if (progress && n % 1024 == 0)
            progress("页", n, p.count);
    }
    *ret_unplaced = to.unplaced;
    free(p.known);
    free(page);
    close(p.file);
    return code;
}
