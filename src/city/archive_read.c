#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <zstd.h>

#include "city/archive_private.h"
#include "core/crypto.h"

enum { INPUT_SIZE = 128 * 1024 };

struct archive_reader {
    FILE *file;
    int64_t size, taken; /* bytes: of the file, given to zstd and used */
    ZSTD_DCtx *zstd;
    char *input, *block;
    ZSTD_inBuffer in;
    size_t len, at;                 /* of the block */
    unsigned char hash[HASH_BYTES]; /* of the blocks before this one */
    const struct sql_table *table;
    int64_t table_rows, rows, blobs; /* read so far */
};

void archive_fold(unsigned char *hash, const char *block, size_t len)
{
    struct str parts[] = {{(const char *)hash, HASH_BYTES}, {block, len}};
    unsigned char next[HASH_BYTES];

    crypto_digest(parts, 2, next);
    memcpy(hash, next, sizeof next);
}

static void drop(void *thing)
{
    archive_close(thing);
}

void archive_close(struct archive_reader *r)
{
    ZSTD_freeDCtx(r->zstd);
    if (r->file)
        fclose(r->file);
    r->zstd = NULL;
    r->file = NULL;
}

int64_t archive_position(const struct archive_reader *r)
{
    return r->taken;
}

int64_t archive_size(const struct archive_reader *r)
{
    return r->size;
}

/* Where the reader stands, for whoever has to look at the file. */
static enum err damaged(struct task *t, const struct archive_reader *r, const char *why)
{
    if (r->blobs)
        return task_fail(t, ERR_BAD_INPUT, "归档损坏：%s（第 %lld 字节附近，第 %lld 个文件之后）",
                         why, (long long)r->taken, (long long)r->blobs);
    if (r->table)
        return task_fail(t, ERR_BAD_INPUT, "归档损坏：%s（第 %lld 字节附近，表 %s 第 %lld 行之后）",
                         why, (long long)r->taken, r->table->name, (long long)r->table_rows);
    return task_fail(t, ERR_BAD_INPUT, "归档损坏：%s（第 %lld 字节附近）", why,
                     (long long)r->taken);
}

/* More bytes for zstd; false at the end of the file. */
static bool fill(struct archive_reader *r)
{
    if (r->in.pos < r->in.size)
        return true;
    r->in = (ZSTD_inBuffer){r->input, fread(r->input, 1, INPUT_SIZE, r->file), 0};
    return r->in.size > 0;
}

/* One frame is one block; what it says about its own size is not believed. */
static enum err read_block(struct task *t, struct archive_reader *r)
{
    ZSTD_outBuffer out = {r->block, ARCHIVE_BLOCK, 0};
    size_t left = 1;

    if (r->len)
        archive_fold(r->hash, r->block, r->len);
    r->len = r->at = 0;
    ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only);
    while (left) {
        if (!fill(r))
            return damaged(t, r, ferror(r->file) ? "读不了" : "文件不完整");
        size_t in_before = r->in.pos, out_before = out.pos;
        left = ZSTD_decompressStream(r->zstd, &out, &r->in);
        r->taken += (int64_t)(r->in.pos - in_before);
        if (ZSTD_isError(left))
            return damaged(t, r, "解压不了或校验和不符");
        if (left && r->in.pos == in_before && out.pos == out_before)
            return damaged(t, r, "一段太长");
    }
    if (!out.pos)
        return damaged(t, r, "有空的一段");
    r->len = out.pos;
    return OK;
}

static enum err take_bytes(struct task *t, struct archive_reader *r, void *ret, size_t n)
{
    char *to = ret;

    while (n) {
        enum err e = r->at == r->len ? read_block(t, r) : OK;

        if (e)
            return e;
        size_t part = r->len - r->at < n ? r->len - r->at : n;
        memcpy(to, r->block + r->at, part);
        r->at += part;
        to += part;
        n -= part;
    }
    return OK;
}

static enum err take_number(struct task *t, struct archive_reader *r, uint64_t *ret)
{
    uint64_t number = 0;
    unsigned char byte;

    for (int shift = 0; shift < 64; shift += 7) {
        enum err e = take_bytes(t, r, &byte, 1);

        if (e)
            return e;
        if (shift == 63 && byte > 1)
            break;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *ret = number;
            return OK;
        }
    }
    return damaged(t, r, "数字太大");
}

static enum err take_str(struct task *t, struct archive_reader *r, size_t most, struct str *ret)
{
    uint64_t len = 0;
    enum err e = take_number(t, r, &len);

    if (e)
        return e;
    if (len > most)
        return damaged(t, r, "一项太长");
    char *bytes = NEW(t, char, len + 1);
    e = take_bytes(t, r, bytes, len);
    if (e)
        return e;
    *ret = (struct str){bytes, len};
    return OK;
}

static enum err read_header(struct task *t, struct archive_reader *r, struct str *ret_header)
{
    char magic[sizeof ARCHIVE_MAGIC - 1];
    enum err e = take_bytes(t, r, magic, sizeof magic);

    if (e || memcmp(magic, ARCHIVE_MAGIC_WORD, strlen(ARCHIVE_MAGIC_WORD)) != 0) {
        task_clear_error(t);
        return task_fail(t, ERR_BAD_INPUT, "这不是城市归档，或者开头已损坏");
    }
    if (memcmp(magic, ARCHIVE_MAGIC, sizeof magic) != 0)
        return task_fail(t, ERR_BAD_INPUT,
                         "归档的格式比这个程序新，读不了；请用写它的版本或更新的版本");
    return take_str(t, r, ARCHIVE_HEADER_MOST, ret_header);
}

enum err archive_open(struct task *t, const char *path, struct archive_reader **ret,
                      struct str *ret_header)
{
    struct archive_reader *r = NEW(t, struct archive_reader, 1);
    struct stat about = {0};

    r->input = NEW(t, char, INPUT_SIZE);
    r->block = NEW(t, char, ARCHIVE_BLOCK);
    r->file = fopen(path, "rbe");
    if (!r->file)
        return task_fail(t, errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE, "打不开 %s：%s", path,
                         strerror(errno));
    r->zstd = ZSTD_createDCtx();
    task_defer(t, drop, r);
    if (!r->zstd)
        return task_fail(t, ERR_NO_MEMORY, "%s", err_sentence(ERR_NO_MEMORY));
    ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, ARCHIVE_WINDOW_LOG);
    if (!fstat(fileno(r->file), &about))
        r->size = about.st_size;
    *ret = r;
    return read_header(t, r, ret_header);
}

static enum err take_cell(struct task *t, struct archive_reader *r,
                          const struct table_column *column, struct arg *ret)
{
    uint64_t number = 0;
    char tag = 0;
    enum err e = take_bytes(t, r, &tag, 1);

    *ret = (struct arg){.name = column->name, .type = ARG_NULL};
    if (e)
        return e;
    if (tag == CELL_IS_NULL && column->nullable)
        return OK;
    if (tag == CELL_IS_INT && column->type == COLUMN_INT) {
        e = take_number(t, r, &number);
        ret->type = ARG_INT;
        ret->number = (int64_t)(number >> 1 ^ -(number & 1));
        return e;
    }
    if (tag != CELL_IS_BYTES || column->type == COLUMN_INT)
        return damaged(t, r, "列的类型不对");
    ret->type = column->type == COLUMN_TEXT ? ARG_STR : ARG_BYTES;
    e = take_str(t, r, ARCHIVE_CELL_MOST, &ret->text);
    if (!e && ret->type == ARG_STR && !utf8_valid(ret->text))
        return damaged(t, r, "文字不是 UTF-8");
    return e;
}

static enum err take_row(struct task *t, struct archive_reader *r, struct archive_record *ret)
{
    const struct sql_table *table = r->table;
    size_t n = 0;

    if (!table)
        return damaged(t, r, "行不属于任何表");
    ret->kind = ARCHIVE_ROW;
    ret->table = table;
    ret->values = NEW(t, struct arg, table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];

        if (!strcmp(column->name, "tenant"))
            continue;
        enum err e = take_cell(t, r, column, &ret->values[n++]);
        if (e)
            return e;
    }
    r->rows++;
    r->table_rows++;
    return OK;
}

static enum err take_table(struct task *t, struct archive_reader *r, struct archive_record *ret)
{
    struct str name = {0};
    enum err e = take_str(t, r, ARCHIVE_NAME_MOST, &name);

    if (e)
        return e;
    const struct sql_table *table = utf8_valid(name) ? table_find(str_terminated(t, name)) : NULL;
    if (!table || table_stays(table))
        return damaged(t, r, "有不该有的表");
    ret->kind = ARCHIVE_TABLE;
    ret->table = r->table = table;
    r->table_rows = 0;
    return OK;
}

static enum err take_blob(struct task *t, struct archive_reader *r, struct archive_record *ret)
{
    ret->kind = ARCHIVE_BLOB;
    enum err e = take_str(t, r, ARCHIVE_NAME_MOST, &ret->name);

    if (!e)
        e = take_str(t, r, ARCHIVE_BLOB_MOST, &ret->sealed);
    if (!e)
        r->blobs++;
    return e;
}

/* It stands in a block of its own: the hash covers all blocks before. */
static enum err take_end(struct task *t, struct archive_reader *r, struct archive_record *ret)
{
    unsigned char hash[HASH_BYTES];
    uint64_t rows = 0, blobs = 0;
    bool first = r->at == 1;
    enum err e = take_number(t, r, &rows);

    if (!e)
        e = take_number(t, r, &blobs);
    if (!e)
        e = take_bytes(t, r, hash, sizeof hash);
    if (e)
        return e;
    if (!first || r->at != r->len || fill(r))
        return damaged(t, r, "结尾之后还有内容，或结尾不完整");
    if (memcmp(hash, r->hash, sizeof hash) != 0)
        return damaged(t, r, "散列不符");
    if (rows != (uint64_t)r->rows || blobs != (uint64_t)r->blobs)
        return damaged(t, r, "行数或文件数不符");
    *ret = (struct archive_record){.kind = ARCHIVE_END,
                                   .rows = r->rows,
                                   .blobs = r->blobs,
                                   .hash = str_hex(t, hash, sizeof hash)};
    return OK;
}

enum err archive_next(struct task *t, struct archive_reader *r, struct archive_record *ret)
{
    char tag = 0;
    enum err e = take_bytes(t, r, &tag, 1);

    if (e)
        return e;
    *ret = (struct archive_record){0};
    switch (tag) {
    case TAG_TABLE:
        return take_table(t, r, ret);
    case TAG_ROW:
        return take_row(t, r, ret);
    case TAG_BLOB:
        return take_blob(t, r, ret);
    case TAG_END:
        return take_end(t, r, ret);
    default:
        return damaged(t, r, "有不认识的内容");
    }
}
