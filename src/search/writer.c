/*
 * The writer: a buffer, segments that were written because it was full, and what is to die of the
 * committed ones.  Nothing of it is visible before the commit.
 */
#include <stdlib.h>
#include <string.h>

#include "search/buffer.h"
#include "search/state.h"

struct pending {
    struct segment *segment;
    uint64_t *bits; /* of the dead */
    uint32_t dead;
};

struct where {
    int column;
    int64_t value;
};

struct index_writer {
    struct index *index;
    size_t budget;
    struct lock *lock;
    bool broken, ended; /* broken: can only be ended */
    struct state *base; /* what was committed when it began: knows which ids there are */
    struct buffer buffer;
    struct bytes pending; /* struct pending */
    struct bytes deletes; /* ids that are in `base` */
    struct bytes wheres;  /* struct where */
};

static struct pending *pending_of(const struct index_writer *w, size_t *ret_n)
{
    *ret_n = w->pending.n / sizeof(struct pending);
    return (void *)w->pending.at;
}

static void forget_pending(struct index_writer *w, bool files)
{
    size_t n;
    struct pending *pending = pending_of(w, &n);
    char path[PATH_BYTES];

    for (size_t i = 0; i < n; i++) {
        if (files && number_path(path, w->index->folder, "seg", pending[i].segment->number))
            file_remove(path);
        segment_release(pending[i].segment);
        free(pending[i].bits);
    }
    w->pending.n = w->deletes.n = w->wheres.n = 0;
}

static void end_writer(void *thing)
{
    index_write_end(thing);
}

void index_write_end(struct index_writer *w)
{
    if (w->ended)
        return;
    w->ended = true;
    forget_pending(w, true);
    buffer_end(&w->buffer);
    bytes_free(&w->pending);
    bytes_free(&w->deletes);
    bytes_free(&w->wheres);
    state_release(w->base);
    if (w->lock)
        lock_drop(w->lock);
}

enum err index_write(struct task *t, struct index *index, size_t budget,
                     struct index_writer **ret_writer)
{
    struct index_writer *w = NEW(t, struct index_writer, 1);

    *w = (struct index_writer){.index = index, .budget = budget};
    buffer_begin(&w->buffer, &index->schema);
    task_defer(t, end_writer, w);
    w->lock = lock_take(t, index->folder, "write.lock", false);
    if (w->lock->fd < 0)
        return task_fail(t, ERR_BUSY, "检索索引正在写入，请稍后再试");
    enum err e = state_refresh(t, index, false);
    if (e) {
        index_write_end(w);
        return e;
    }
    struct lock *merging = lock_take(t, index->folder, "merge.lock", false);
    if (merging->fd >= 0)
        state_clean(index);
    lock_drop(merging);
    w->base = index_now(index);
    *ret_writer = w;
    return OK;
}

static enum err broken(struct task *t, struct index_writer *w)
{
    w->broken = true;
    return disk_fail(t);
}

/* ---- dying ---- */

static bool kill_pending(struct pending *p, uint32_t doc)
{
    if (p->bits[doc / 64] >> doc % 64 & 1)
        return false;
    p->bits[doc / 64] |= UINT64_C(1) << doc % 64;
    p->dead++;
    return true;
}

/* An id lives in one place at most: the buffer, a pending segment, or what is committed. */
static void kill_id(struct index_writer *w, uint64_t id)
{
    size_t n;
    struct pending *pending = pending_of(w, &n);

    for (size_t i = 0; i < n; i++) {
        uint32_t doc = segment_find(pending[i].segment, id);
        if (doc != UINT32_MAX)
            kill_pending(&pending[i], doc);
    }
    for (uint32_t i = 0; i < w->base->n; i++) {
        uint32_t doc = segment_find(w->base->parts[i].segment, id);
        if (doc != UINT32_MAX && !is_dead(w->base->parts[i].dead, doc)) {
            bytes_add(&w->deletes, &id, sizeof id);
            break;
        }
    }
}

enum err index_delete(struct task *t, struct index_writer *w, uint64_t id)
{
    if (w->broken)
        return disk_fail(t);
    buffer_delete(&w->buffer, id);
    kill_id(w, id);
    return w->deletes.failed ? broken(t, w) : OK;
}

enum err index_delete_where(struct task *t, struct index_writer *w, int column, int64_t value)
{
    struct where where = {column, value};
    size_t n;
    struct pending *pending = pending_of(w, &n);

    if (column < 0 || column >= w->index->schema.n_columns)
        return task_fail(t, ERR_BAD_INPUT, "没有这一列");
    if (w->broken)
        return disk_fail(t);
    buffer_delete_where(&w->buffer, column, value);
    for (size_t i = 0; i < n; i++)
        for (uint32_t doc = 0; doc < pending[i].segment->foot->docs; doc++)
            if (segment_value(pending[i].segment, column, doc) == value)
                kill_pending(&pending[i], doc);
    bytes_add(&w->wheres, &where, sizeof where);
    return w->wheres.failed ? broken(t, w) : OK;
}

/* ---- putting ---- */

static bool flush(struct index_writer *w)
{
    uint64_t number = number_new();
    struct pending pending = {0};
    char path[PATH_BYTES];
    struct index *index = w->index;

    if (w->buffer.docs > w->buffer.dead) {
        if (!number_path(path, index->folder, "seg", number) ||
            !buffer_write(&w->buffer, path, index->schema_hash))
            return false;
        pending.segment = segment_open(path, number, &index->schema, index->schema_hash);
        if (pending.segment)
            pending.bits = calloc(pending.segment->foot->docs / 64 + 1, sizeof *pending.bits);
        if (pending.bits)
            bytes_add(&w->pending, &pending, sizeof pending);
        if (!pending.bits || w->pending.failed) {
            free(pending.bits);
            segment_release(pending.segment);
            file_remove(path);
            return false;
        }
    }
    buffer_end(&w->buffer);
    buffer_begin(&w->buffer, &index->schema);
    return true;
}

enum err index_put(struct task *t, struct index_writer *w, const struct index_doc *doc)
{
    size_t units = 0;

    if (w->broken)
        return disk_fail(t);
    for (int i = 0; i < w->index->schema.n_texts; i++)
        units += doc->texts[i].n;
    if (doc->payload.len > INDEX_PAYLOAD_MAX || units > UNITS_TEXT_MAX)
        return task_fail(t, ERR_TOO_LARGE, "文档太大，不能检索");
    kill_id(w, doc->id);
    if (w->deletes.failed || !buffer_put(&w->buffer, doc))
        return broken(t, w);
    if ((buffer_bytes(&w->buffer) > w->budget || w->buffer.docs > UINT32_MAX / 4) && !flush(w))
        return broken(t, w);
    return OK;
}

/* ---- the commit ---- */

struct victims {
    struct bytes docs;
    uint64_t *seen;
};

static void victim(struct victims *v, const struct dead *dead, uint32_t doc)
{
    if (doc == UINT32_MAX || is_dead(dead, doc) || (v->seen[doc / 64] >> doc % 64 & 1))
        return;
    v->seen[doc / 64] |= UINT64_C(1) << doc % 64;
    bytes_add(&v->docs, &doc, sizeof doc);
}

/* The part as it is after the writer's deletes; false: no memory, disk or damage. */
static bool add_committed(struct index_writer *w, const struct part *part, struct state *next)
{
    struct segment *s = part->segment;
    const uint64_t *ids = (const void *)w->deletes.at;
    const struct where *wheres = (const void *)w->wheres.at;
    struct victims v = {.seen = calloc(s->foot->docs / 64 + 1, sizeof *v.seen)};

    if (!v.seen)
        return false;
    for (size_t i = 0; i < w->deletes.n / sizeof *ids; i++)
        victim(&v, part->dead, segment_find(s, ids[i]));
    for (size_t i = 0; i < w->wheres.n / sizeof *wheres; i++)
        for (uint32_t doc = 0; doc < s->foot->docs; doc++)
            if (segment_value(s, wheres[i].column, doc) == wheres[i].value)
                victim(&v, part->dead, doc);
    uint32_t n = (uint32_t)(v.docs.n / sizeof(uint32_t));
    uint32_t gone = n + (part->dead ? part->dead->docs : 0);
    bool fine = !v.docs.failed && !atomic_load(&s->damaged);
    if (fine && n == 0) {
        state_add(next, s, part->dead);
    } else if (fine && gone < s->foot->docs) {
        struct dead *dead = dead_with(s, part->dead, (const void *)v.docs.at, n);

        fine = dead && dead_write(dead, w->index->folder);
        if (fine)
            state_add(next, s, dead);
        dead_release(dead);
    }
    bytes_free(&v.docs);
    free(v.seen);
    return fine;
}

static bool add_pending(struct index_writer *w, const struct pending *p, struct state *next)
{
    uint32_t n = 0, *docs;

    if (p->dead == p->segment->foot->docs)
        return true; /* its file is garbage */
    if (p->dead == 0) {
        state_add(next, p->segment, NULL);
        return true;
    }
    docs = malloc(p->dead * sizeof *docs);
    if (!docs)
        return false;
    for (uint32_t doc = 0; doc < p->segment->foot->docs; doc++)
        if (p->bits[doc / 64] >> doc % 64 & 1)
            docs[n++] = doc;
    struct dead *dead = dead_with(p->segment, NULL, docs, n);
    bool fine = dead && dead_write(dead, w->index->folder);
    if (fine)
        state_add(next, p->segment, dead);
    dead_release(dead);
    free(docs);
    return fine;
}

static enum err commit_locked(struct task *t, struct index_writer *w, int64_t mark)
{
    enum err e = state_refresh(t, w->index, false);
    size_t n;
    struct pending *pending = pending_of(w, &n);

    if (e)
        return e;
    struct state *now = index_now(w->index), *next = state_new(now->n + (uint32_t)n);
    bool fine = next != NULL;
    for (uint32_t i = 0; i < now->n && fine; i++)
        fine = add_committed(w, &now->parts[i], next);
    for (size_t i = 0; i < n && fine; i++)
        fine = add_pending(w, &pending[i], next);
    if (fine) {
        next->mark = mark;
        e = state_commit(t, w->index, next);
        if (!e)
            state_forget(w->index, now, next);
    } else {
        e = disk_fail(t);
    }
    if (!e) {
        for (size_t i = 0; i < n; i++)
            if (pending[i].dead == pending[i].segment->foot->docs) {
                char path[PATH_BYTES];
                if (number_path(path, w->index->folder, "seg", pending[i].segment->number))
                    file_remove(path);
            }
        forget_pending(w, false);
        state_release(w->base);
        w->base = state_retain(next);
    } else if (e == ERR_UNCERTAIN) {
        forget_pending(w, false);
    }
    state_release(next);
    state_release(now);
    return e;
}

enum err index_commit(struct task *t, struct index_writer *w, int64_t mark)
{
    if (w->broken)
        return disk_fail(t);
    w->broken = true; /* unless all goes well */
    if (!flush(w))
        return disk_fail(t);
    struct lock *lock = lock_take(t, w->index->folder, "commit.lock", true);
    enum err e = lock->fd < 0 ? disk_fail(t) : commit_locked(t, w, mark);
    lock_drop(lock);
    w->broken = e != OK;
    return e;
}
