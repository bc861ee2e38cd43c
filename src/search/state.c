#include "search/state.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "core/buf.h"
#include "search/make_segment.h"

#define MANIFEST_MAGIC UINT64_C(0x316e616d6d6979) /* "yimman1" */

enum { MANIFEST_BYTES_MOST = 16 * 1024 * 1024, TRIES = 5 };

struct manifest_head {
    uint64_t magic, schema;
    int64_t mark;
    uint64_t parts;
};
struct manifest_row {
    uint64_t segment, dead; /* dead 0: none */
};

enum err damage_fail(struct task *t, struct index *index)
{
    if (index)
        atomic_store(&index->damaged, true);
    return task_fail(t, ERR_CONFLICT, "检索索引已损坏或已过时，需要重建");
}

enum err disk_fail(struct task *t)
{
    return task_fail(t, ERR_STORE, "检索索引读写失败，请检查磁盘");
}

uint64_t schema_hash(const struct index_schema *schema)
{
    char text[16384];
    struct buf b = buf_over(text, sizeof text);

    buf_format(&b, "format %d tokens %d schema %u\n", SEGMENT_FORMAT, TOKENS_VERSION,
               schema->version);
    for (int i = 0; i < schema->n_texts; i++)
        buf_format(&b, "text %s\n", schema->texts[i]);
    for (int i = 0; i < schema->n_fields; i++) {
        const struct index_field *f = &schema->fields[i];
        buf_format(&b, "field %s %u %u %.6f %.6f\n", f->name, f->texts, f->kinds, (double)f->k1,
                   (double)f->b);
    }
    for (int i = 0; i < schema->n_columns; i++)
        buf_format(&b, "column %s\n", schema->columns[i]);
    return XXH3_64bits(text, buf_str(&b).len);
}

uint64_t number_new(void)
{
    uint64_t number = 0;

    while (number == 0)
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            number = 0;
    return number;
}

bool number_path(char *path, const char *folder, const char *kind, uint64_t number)
{
    char name[64];

    snprintf(name, sizeof name, "%s-%016" PRIx64, kind, number);
    return path_of(path, folder, name);
}

/* ---- states ---- */

struct state *state_new(uint32_t most)
{
    struct state *state = calloc(1, sizeof *state + most * sizeof *state->parts);

    if (state)
        state->references = 1;
    return state;
}

void state_add(struct state *state, struct segment *segment, struct dead *dead)
{
    atomic_fetch_add(&segment->references, 1);
    if (dead)
        atomic_fetch_add(&dead->references, 1);
    state->parts[state->n++] = (struct part){segment, dead};
}

struct state *state_retain(struct state *state)
{
    atomic_fetch_add(&state->references, 1);
    return state;
}

void state_release(struct state *state)
{
    if (!state || atomic_fetch_sub(&state->references, 1) > 1)
        return;
    for (uint32_t i = 0; i < state->n; i++) {
        segment_release(state->parts[i].segment);
        dead_release(state->parts[i].dead);
    }
    free(state);
}

struct state *index_now(struct index *index)
{
    pthread_mutex_lock(&index->lock);
    struct state *state = state_retain(index->now);
    pthread_mutex_unlock(&index->lock);
    return state;
}

static void become(struct index *index, struct state *next)
{
    pthread_mutex_lock(&index->lock);
    struct state *before = index->now;
    index->now = state_retain(next);
    pthread_mutex_unlock(&index->lock);
    state_release(before);
}

/* ---- the manifest ---- */

static const struct part *part_of(const struct state *state, uint64_t segment)
{
    for (uint32_t i = 0; state && i < state->n; i++)
        if (state->parts[i].segment->number == segment)
            return &state->parts[i];
    return NULL;
}

/* One row: what is open already is taken over.  False when a file is missing or damaged. */
static bool load_part(struct index *index, const struct state *now, struct manifest_row row,
                      struct state *next)
{
    const struct part *open = part_of(now, row.segment);
    struct segment *segment = open ? open->segment : NULL;
    struct dead *dead = NULL;
    char path[PATH_BYTES];

    if (!open) {
        if (!number_path(path, index->folder, "seg", row.segment))
            return false;
        segment = segment_open(path, row.segment, &index->schema, index->schema_hash);
        if (!segment)
            return false;
    } else if (open->dead && open->dead->number == row.dead) {
        dead = open->dead;
    }
    bool fine = true, fresh = false;
    if (row.dead && !dead) {
        dead = dead_read(index->folder, row.dead, segment);
        fresh = fine = dead != NULL;
    }
    if (fine)
        state_add(next, segment, dead);
    if (!open)
        segment_release(segment);
    if (fresh)
        dead_release(dead);
    return fine;
}

static struct state *load(struct index *index, const struct state *now, const uint8_t *bytes,
                          size_t n)
{
    struct manifest_head head;
    uint64_t hash;

    if (n < sizeof head + 8)
        return NULL;
    memcpy(&head, bytes, sizeof head);
    memcpy(&hash, bytes + n - 8, 8);
    if (head.magic != MANIFEST_MAGIC || head.schema != index->schema_hash ||
        hash != XXH3_64bits(bytes, n - 8) || head.parts > MANIFEST_BYTES_MOST ||
        n != sizeof head + head.parts * sizeof(struct manifest_row) + 8)
        return NULL;
    struct state *next = state_new((uint32_t)head.parts);
    if (!next)
        return NULL;
    next->mark = head.mark;
    for (uint64_t i = 0; i < head.parts; i++) {
        struct manifest_row row;
        memcpy(&row, bytes + sizeof head + i * sizeof row, sizeof row);
        if (!load_part(index, now, row, next)) {
            state_release(next);
            return NULL;
        }
    }
    return next;
}

/* A new index has neither a manifest nor segments.  Segments without one have lost it: that is
 * damage, and not an index in which nothing is found. */
static bool holds_segments(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;

    for (struct dirent *e = folder ? readdir(folder) : NULL; e && !found; e = readdir(folder))
        found = strncmp(e->d_name, "seg-", 4) == 0;
    if (folder)
        closedir(folder);
    return found;
}

/* Anything new?  Remembers what it saw. */
static bool manifest_changed(struct index *index, const char *path)
{
    struct stat status = {0};

    if (stat(path, &status) != 0)
        memset(&status, 0, sizeof status);
    uint64_t time = (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
    pthread_mutex_lock(&index->lock);
    bool changed = index->manifest_inode != status.st_ino || index->manifest_time != time;
    index->manifest_inode = status.st_ino;
    index->manifest_time = time;
    pthread_mutex_unlock(&index->lock);
    return changed;
}

enum err state_refresh(struct task *t, struct index *index, bool always)
{
    char path[PATH_BYTES];

    if (!path_of(path, index->folder, "manifest"))
        return disk_fail(t);
    if (!manifest_changed(index, path) && !always)
        return OK;
    /* A merge may remove a segment between our reading its name and opening it: then there is a new
     * manifest. */
    for (int i = 0; i < TRIES; i++) {
        size_t n = 0;
        uint8_t *bytes = file_read(path, MANIFEST_BYTES_MOST, &n);
        struct state *now = index_now(index), *next = NULL;

        if (!bytes && errno == ENOENT && !holds_segments(index->folder))
            next = state_new(0);
        else if (bytes)
            next = load(index, now, bytes, n);
        free(bytes);
        if (next)
            become(index, next);
        state_release(next);
        state_release(now);
        if (next)
            return OK;
    }
    return damage_fail(t, index);
}

enum err state_commit(struct task *t, struct index *index, struct state *next)
{
    struct manifest_head head = {MANIFEST_MAGIC, index->schema_hash, next->mark, next->n};
    struct bytes blob = {0};
    char path[PATH_BYTES];

    bytes_add(&blob, &head, sizeof head);
    for (uint32_t i = 0; i < next->n; i++) {
        const struct part *part = &next->parts[i];
        struct manifest_row row = {part->segment->number, part->dead ? part->dead->number : 0};
        bytes_add(&blob, &row, sizeof row);
    }
    uint64_t hash = XXH3_64bits(blob.at, blob.n);
    bytes_add(&blob, &hash, 8);
    /* The names of the new files must last before the manifest that names them. */
    bool fine = !blob.failed && path_of(path, index->folder, "manifest") &&
                folder_sync(index->folder) && file_replace(path, blob.at, blob.n);
    bytes_free(&blob);
    if (!fine)
        return disk_fail(t);
    become(index, next);
    manifest_changed(index, path);
    if (!folder_sync(index->folder))
        return task_fail(t, ERR_UNCERTAIN, "不能确认检索索引是否已保存，请重试");
    return OK;
}

/* ---- garbage ---- */

static bool named(const struct state *state, const char *name)
{
    uint64_t number;

    if (sscanf(name, "seg-%" SCNx64, &number) == 1)
        return part_of(state, number) != NULL;
    if (sscanf(name, "dead-%" SCNx64, &number) == 1)
        for (uint32_t i = 0; i < state->n; i++)
            if (state->parts[i].dead && state->parts[i].dead->number == number)
                return true;
    return false;
}

void state_clean(struct index *index)
{
    struct state *now = index_now(index);
    DIR *folder = opendir(index->folder);
    char path[PATH_BYTES];

    for (struct dirent *e = folder ? readdir(folder) : NULL; e; e = readdir(folder)) {
        bool ours = strncmp(e->d_name, "seg-", 4) == 0 || strncmp(e->d_name, "dead-", 5) == 0 ||
                    strcmp(e->d_name, "manifest.tmp") == 0;
        if (ours && (strstr(e->d_name, ".tmp") || !named(now, e->d_name)) &&
            path_of(path, index->folder, e->d_name))
            file_remove(path);
    }
    if (folder)
        closedir(folder);
    state_release(now);
}

void state_forget(struct index *index, const struct state *before, const struct state *after)
{
    char path[PATH_BYTES];

    for (uint32_t i = 0; i < before->n; i++) {
        const struct part *part = &before->parts[i];
        const struct part *kept = part_of(after, part->segment->number);

        if (!kept && number_path(path, index->folder, "seg", part->segment->number))
            file_remove(path);
        if (part->dead && (!kept || !kept->dead || kept->dead->number != part->dead->number) &&
            number_path(path, index->folder, "dead", part->dead->number))
            file_remove(path);
    }
}
