/*
 * Lines of files of any size, plain or packed with zstd, without holding the file.
 */
#include "knowledge_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { PIECE = 128 * 1024, BOUND_WINDOW_LOG = 25 /* 32 MiB */ };

struct lines {
    int file;        /* -1: from memory */
    struct str rest; /* of the memory */
    ZSTD_DStream *packed;
    char *in, *out, *line;
    ZSTD_inBuffer in_buffer;
    size_t out_at, out_len;
    int64_t done, size;
    int64_t most, unpacked; /* most: 0 for no limit */
    bool ended, too_large;
    const char *fault;
};

static void close_lines(void *thing)
{
    struct lines *lines = thing;

    if (lines->file >= 0)
        close(lines->file);
    ZSTD_freeDStream(lines->packed);
}

static enum err begin(struct task *t, struct lines *lines, bool compressed)
{
    task_defer(t, close_lines, lines);
    lines->in = NEW(t, char, PIECE);
    lines->out = NEW(t, char, PIECE);
    lines->line = NEW(t, char, LINE_MOST);
    if (!compressed)
        return OK;
    lines->packed = ZSTD_createDStream();
    if (!lines->packed)
        return task_fail(t, ERR_NO_MEMORY, "内存不够");
    return OK;
}

enum err lines_open(struct task *t, const char *path, struct lines **ret_lines)
{
    struct lines *lines = NEW(t, struct lines, 1);
    struct stat status;

    lines->file = open(path, O_RDONLY | O_CLOEXEC);
    if (lines->file < 0)
        return task_fail(t, errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE, "打不开 %s：%s", path,
                         strerror(errno));
    enum err e = begin(t, lines, str_ends(str_of(path), S(".zst")));
    if (e)
        return e;
    if (fstat(lines->file, &status) || !S_ISREG(status.st_mode))
        return task_fail(t, ERR_BAD_INPUT, "%s 不是文件", path);
    lines->size = status.st_size;
    *ret_lines = lines;
    return OK;
}

enum err lines_of_text(struct task *t, struct str text, bool compressed, struct lines **ret_lines)
{
    struct lines *lines = NEW(t, struct lines, 1);

    lines->file = -1;
    lines->rest = text;
    lines->size = (int64_t)text.len;
    enum err e = begin(t, lines, compressed);
    if (!e)
        *ret_lines = lines;
    return e;
}

enum err lines_bound(struct task *t, struct lines *lines, int64_t most)
{
    lines->most = most;
    if (lines->packed &&
        ZSTD_isError(ZSTD_DCtx_setParameter(lines->packed, ZSTD_d_windowLogMax, BOUND_WINDOW_LOG)))
        return task_fail(t, ERR_INTERNAL, "zstd");
    return OK;
}

/* Raw bytes into `at`; 0 at the end. */
static size_t read_raw(struct lines *lines, char *at)
{
    size_t n;

    if (lines->file < 0) {
        struct str part = str_first(lines->rest, PIECE);

        memcpy(at, part.at ? part.at : "", part.len);
        lines->rest = str_from(lines->rest, part.len);
        n = part.len;
    } else {
        ssize_t got = read(lines->file, at, PIECE);

        if (got < 0)
            lines->fault = strerror(errno);
        n = got > 0 ? (size_t)got : 0;
    }
    lines->done += (int64_t)n;
    return n;
}

static void unpack(struct lines *lines)
{
    ZSTD_outBuffer out = {lines->out, PIECE, 0};

    while (!out.pos) {
        if (lines->in_buffer.pos == lines->in_buffer.size) {
            lines->in_buffer = (ZSTD_inBuffer){lines->in, read_raw(lines, lines->in), 0};
            if (!lines->in_buffer.size)
                break;
        }
        size_t left = ZSTD_decompressStream(lines->packed, &out, &lines->in_buffer);
        if (ZSTD_isError(left)) {
            lines->fault = ZSTD_getErrorName(left);
            break;
        }
    }
    lines->out_at = 0;
    lines->out_len = out.pos;
}

static bool fill(struct lines *lines)
{
    if (lines->ended)
        return false;
    if (lines->packed) {
        unpack(lines);
    } else {
        lines->out_at = 0;
        lines->out_len = read_raw(lines, lines->out);
    }
    lines->unpacked += (int64_t)lines->out_len;
    if (lines->most && lines->unpacked > lines->most) {
        lines->too_large = true;
        lines->out_len = 0;
    }
    lines->ended = !lines->out_len;
    return !lines->ended;
}

bool lines_next(struct lines *lines, struct str *ret_line, bool *ret_cut)
{
    size_t len = 0;
    bool any = false, cut = false;

    while (lines->out_at < lines->out_len || fill(lines)) {
        const char *from = lines->out + lines->out_at;
        size_t have = lines->out_len - lines->out_at;
        const char *end = memchr(from, '\n', have);
        size_t n = end ? (size_t)(end - from) : have;
        size_t room = LINE_MOST - len;

        any = true;
        cut = cut || n > room;
        memcpy(lines->line + len, from, n < room ? n : room);
        len += n < room ? n : room;
        lines->out_at += n + (end != NULL);
        if (end)
            break;
    }
    if (len && lines->line[len - 1] == '\r')
        len--;
    *ret_line = (struct str){lines->line, len};
    *ret_cut = cut;
    return any;
}

int64_t lines_done(const struct lines *lines)
{
    return lines->done;
}

int64_t lines_size(const struct lines *lines)
{
    return lines->size;
}

bool lines_too_large(const struct lines *lines)
{
    return lines->too_large;
}

const char *lines_fault(const struct lines *lines)
{
    return lines->fault;
}
