/*
 * Any bytes as the archive of a city: refused with a note, or read to the end as whole.
 *
 * The first byte chooses: the rest is a file as it stands, or the content of one, which is then
 * packed into frames, so that what stands behind the checksums is reached as well; with the header
 * of a right one or without.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zstd.h>

#include "app.h"
#include "city/archive.h"
#include "city/city.h"
#include "city/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_IT_STANDS, CONTENT, WITH_HEADER, WAYS, PACKED_MOST = 4 << 20 };

static struct list migrations;
static struct task home;
static struct str right_header;

static void make_header(void)
{
    static int64_t counts[300];

    task_begin(&home, NULL, 0, TASK_BUDGET);
    migrations = app_migrations(&home);
    counts[table_find("tenant") - sql_tables] = 1;
    struct city_header header = {.tenant = 7,
                                 .rows = 1,
                                 .code = S("x"),
                                 .name = S("x"),
                                 .suite = city_suite(),
                                 .counts = counts,
                                 .migrations = city_migrations_text(&home, &migrations)};
    right_header = city_header_text(&home, &header);
}

static void put(int fd, const void *bytes, size_t n)
{
    ssize_t written = write(fd, bytes, n);

    assert(written == (ssize_t)n);
}

/* A frame; a second one when the content is cut at the byte 0xFF. */
static void put_frames(int fd, const char *content, size_t n)
{
    static char packed[PACKED_MOST];

    while (n) {
        const char *cut = memchr(content, 0xFF, n);
        size_t part = cut && cut > content ? (size_t)(cut - content) : n;
        size_t len = ZSTD_compress(packed, sizeof packed, content, part, 1);

        assert(!ZSTD_isError(len));
        put(fd, packed, len);
        content += part;
        n -= part;
    }
}

static void put_with_header(int fd, const uint8_t *data, size_t size)
{
    char *content = malloc(right_header.len + size + 64);
    size_t n = 0;

    assert(content);
    n += (size_t)sprintf(content, "yimen-city 1\n");
    for (size_t len = right_header.len; len; len >>= 7)
        content[n++] = (char)((len & 127) | (len > 127 ? 128 : 0));
    memcpy(content + n, right_header.at, right_header.len);
    n += right_header.len;
    put_frames(fd, content, n);
    if (size) {
        memcpy(content, data, size);
        put_frames(fd, content, size);
    }
    free(content);
}

struct reading {
    const char *path;
};

static enum err read_archive(struct task *t, void *arg)
{
    const struct reading *reading = arg;
    struct city_options options = {.file = reading->path, .migrations = &migrations};
    struct city_figures figures;
    enum err e = city_look(t, &options, &figures);

    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_NO_MEMORY);
    assert(e == OK || t->note.len);
    assert(e || (figures.rows == 1 && figures.hash.len == 64));
    return OK;
}

/* Record by record, whatever the header says. */
static enum err read_records(struct task *t, void *arg)
{
    const struct reading *reading = arg;
    struct archive_record record = {0};
    struct archive_reader *r;
    struct str header;
    enum err e = archive_open(t, reading->path, &r, &header);

    while (!e && record.kind != ARCHIVE_END) {
        e = archive_next(t, r, &record);
        if (!e && record.kind == ARCHIVE_ROW)
            assert(record.table && record.values[0].name);
    }
    assert(e == OK || e == ERR_BAD_INPUT);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct reading reading = {path};
    struct task t;

    if (!migrations.count)
        make_header();
    if (!size || size > PACKED_MOST / 2)
        return 0;
    int fd = memfd_create("city", MFD_CLOEXEC);
    assert(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    switch (*data++ % WAYS) {
    case AS_IT_STANDS:
        put(fd, data, size - 1);
        break;
    case CONTENT:
        put_frames(fd, (const char *)data, size - 1);
        break;
    default:
        put_with_header(fd, data, size - 1);
        break;
    }
    task_begin(&t, NULL, 0, 16 << 20);
    enum err e = task_protect(&t, read_archive, &reading);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    task_begin(&t, NULL, 0, 16 << 20);
    e = task_protect(&t, read_records, &reading);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    close(fd);
    return 0;
}
