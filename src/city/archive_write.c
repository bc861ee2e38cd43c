#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include "city/archive_private.h"
#include "core/crypto.h"

enum { LEVEL = 3 };

struct archive_writer {
    int fd;
    const char *path;
    ZSTD_CCtx *zstd;
    char *block, *packed;
    size_t len, packed_size;
    unsigned char hash[HASH_BYTES]; /* of the blocks before this one */
    const struct sql_table *table;
    int64_t rows, blobs;
    int broken; /* errno */
};

static void drop(void *thing)
{
    struct archive_writer *w = thing;

    ZSTD_freeCCtx(w->zstd);
    if (w->fd >= 0) {
        close(w->fd);
        unlink(w->path); /* half a city is no archive */
    }
    w->fd = -1;
    w->zstd = NULL;
}

enum err archive_create(struct task *t, const char *path, struct archive_writer **ret)
{
    struct archive_writer *w = NEW(t, struct archive_writer, 1);

    w->path = str_terminated(t, str_of(path));
    w->packed_size = ZSTD_compressBound(ARCHIVE_BLOCK);
    w->block = NEW(t, char, ARCHIVE_BLOCK);
    w->packed = NEW(t, char, w->packed_size);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w->fd < 0)
        return task_fail(t, errno == EEXIST ? ERR_CONFLICT : ERR_STORE,
                         "写不了 %s（不覆盖已有文件）：%s", path, strerror(errno));
    w->zstd = ZSTD_createCCtx();
    task_defer(t, drop, w);
    if (!w->zstd)
        return task_fail(t, ERR_NO_MEMORY, "%s", err_sentence(ERR_NO_MEMORY));
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, ARCHIVE_WINDOW_LOG);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    *ret = w;
    return OK;
}

static void write_all(struct archive_writer *w, const char *at, size_t n)
{
    while (n && !w->broken) {
        ssize_t done = write(w->fd, at, n);

        if (done < 0 && errno != EINTR)
            w->broken = errno;
        if (done > 0) {
            at += done;
            n -= (size_t)done;
        }
    }
}

static void flush_block(struct archive_writer *w)
{
    if (!w->len || w->broken)
        return;
    size_t n = ZSTD_compress2(w->zstd, w->packed, w->packed_size, w->block, w->len);
    if (ZSTD_isError(n))
        w->broken = ENOMEM;
    else
        write_all(w, w->packed, n);
    archive_fold(w->hash, w->block, w->len);
    w->len = 0;
}

static void put_bytes(struct archive_writer *w, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n) {
        size_t part = ARCHIVE_BLOCK - w->len < n ? ARCHIVE_BLOCK - w->len : n;

        memcpy(w->block + w->len, at, part);
        w->len += part;
        at += part;
        n -= part;
        if (w->len == ARCHIVE_BLOCK)
            flush_block(w);
    }
}

static void put_number(struct archive_writer *w, uint64_t number)
{
    unsigned char bytes[10];
    size_t n = 0;

    for (; number >= 128; number >>= 7)
        bytes[n++] = (unsigned char)(number | 128);
    bytes[n++] = (unsigned char)number;
    put_bytes(w, bytes, n);
}

static void put_str(struct archive_writer *w, struct str s)
{
    put_number(w, s.len);
    if (s.len)
        put_bytes(w, s.at, s.len);
}

static void put_tag(struct archive_writer *w, char tag)
{
    put_bytes(w, &tag, 1);
}

void archive_begin(struct archive_writer *w, struct str header)
{
    if (ftruncate(w->fd, 0) || lseek(w->fd, 0, SEEK_SET))
        w->broken = errno;
    w->len = 0;
    w->rows = w->blobs = 0;
    w->table = NULL;
    memset(w->hash, 0, sizeof w->hash);
    put_bytes(w, ARCHIVE_MAGIC, strlen(ARCHIVE_MAGIC));
    put_str(w, header);
}

void archive_put_table(struct archive_writer *w, const struct sql_table *table)
{
    w->table = table;
    put_tag(w, TAG_TABLE);
    put_str(w, str_of(table->name));
}

/* Numbers near zero are short, whatever their sign. */
static uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

void archive_put_row(struct archive_writer *w, const struct arg *values)
{
    put_tag(w, TAG_ROW);
    for (size_t i = 0; i + 1 < w->table->column_count; i++) {
        const struct arg *value = &values[i];

        if (value->type == ARG_NULL) {
            put_tag(w, CELL_IS_NULL);
        } else if (value->type == ARG_INT) {
            put_tag(w, CELL_IS_INT);
            put_number(w, zigzag(value->number));
        } else {
            put_tag(w, CELL_IS_BYTES);
            put_str(w, value->text);
        }
    }
    w->rows++;
}

void archive_put_blob(struct archive_writer *w, struct str name, struct str sealed)
{
    put_tag(w, TAG_BLOB);
    put_str(w, name);
    put_str(w, sealed);
    w->blobs++;
}

bool archive_is_broken(const struct archive_writer *w)
{
    return w->broken != 0;
}

enum err archive_finish(struct task *t, struct archive_writer *w, struct str *ret_hash)
{
    unsigned char hash[HASH_BYTES];

    flush_block(w);
    memcpy(hash, w->hash, sizeof hash);
    put_tag(w, TAG_END);
    put_number(w, (uint64_t)w->rows);
    put_number(w, (uint64_t)w->blobs);
    put_bytes(w, hash, sizeof hash);
    flush_block(w);
    if (!w->broken && fsync(w->fd))
        w->broken = errno;
    if (w->broken)
        return task_fail(t, ERR_STORE, "写不了 %s：%s", w->path, strerror(w->broken));
    close(w->fd);
    w->fd = -1;
    *ret_hash = str_hex(t, hash, sizeof hash);
    return OK;
}
