#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>
#include <xxhash.h>

#include "search/make_segment.h"
#include "search/view.h"

uint64_t index_id(struct str id)
{
    return XXH3_64bits(id.at ? id.at : "", id.len);
}

/* ---- opening ---- */

static bool schema_fine(const struct index_schema *s)
{
    if (s->n_texts < 1 || s->n_texts > INDEX_TEXTS || s->n_fields < 1 ||
        s->n_fields > INDEX_FIELDS || s->n_columns < 0 || s->n_columns > INDEX_COLUMNS)
        return false;
    for (int i = 0; i < s->n_fields; i++)
        if (!(s->fields[i].k1 > 0) || !(s->fields[i].b >= 0 && s->fields[i].b < 1))
            return false;
    return true;
}

enum err index_open(struct task *t, struct str folder, const struct index_schema *schema,
                    struct index **ret_index)
{
    struct index *index = calloc(1, sizeof *index);

    if (!schema_fine(schema) || folder.len + 64 > PATH_BYTES) {
        free(index);
        return task_fail(t, ERR_INTERNAL, "检索索引的定义有误");
    }
    if (index) {
        index->folder = strndup(folder.at, folder.len);
        index->now = state_new(0);
    }
    if (!index || !index->folder || !index->now) {
        if (index) {
            free(index->folder);
            free(index->now);
        }
        free(index);
        return task_fail(t, ERR_NO_MEMORY, "内存不足");
    }
    index->schema = *schema;
    index->schema_hash = schema_hash(schema);
    pthread_mutex_init(&index->lock, NULL);
    enum err e = OK;
    if (mkdir(index->folder, 0700) != 0 && errno != EEXIST)
        e = disk_fail(t);
    if (!e)
        e = state_refresh(t, index, true);
    if (e) {
        index_close(index);
        return e;
    }
    *ret_index = index;
    return OK;
}

void index_close(struct index *index)
{
    if (!index)
        return;
    state_release(index->now);
    pthread_mutex_destroy(&index->lock);
    free(index->folder);
    free(index);
}

static bool is_ours(const char *name)
{
    return strncmp(name, "seg-", 4) == 0 || strncmp(name, "dead-", 5) == 0 ||
           strncmp(name, "manifest", 8) == 0;
}

enum err index_discard(struct task *t, struct str folder)
{
    char *name = str_terminated(t, folder), path[PATH_BYTES];
    bool fine = true;

    if (access(name, F_OK) != 0)
        return OK;
    struct lock *writing = lock_take(t, name, "write.lock", false);
    struct lock *merging = lock_take(t, name, "merge.lock", false);
    bool busy = writing->fd < 0 || merging->fd < 0;
    DIR *entries = busy ? NULL : opendir(name);
    if (entries) {
        /* The manifest first: without it, the rest is garbage. */
        fine = path_of(path, name, "manifest") && file_remove(path);
        for (struct dirent *e = readdir(entries); e && fine; e = readdir(entries))
            if (is_ours(e->d_name))
                fine = path_of(path, name, e->d_name) && file_remove(path);
    }
    if (entries)
        closedir(entries);
    lock_drop(merging);
    lock_drop(writing);
    if (busy)
        return task_fail(t, ERR_BUSY, "检索索引正在写入，请稍后再试");
    return fine && entries ? OK : disk_fail(t);
}

enum err index_refresh(struct task *t, struct index *index)
{
    /* What a search came upon: its pages are read when they are first needed, not when it is
     * opened. */
    if (atomic_load(&index->damaged))
        return damage_fail(t, index);
    return state_refresh(t, index, false);
}

const struct index_schema *index_schema(const struct index *index)
{
    return &index->schema;
}

int64_t index_mark(struct index *index)
{
    struct state *now = index_now(index);
    int64_t mark = now->mark;

    state_release(now);
    return mark;
}

enum err index_verify(struct task *t, struct index *index)
{
    struct state *now = index_now(index);
    bool fine = !atomic_load(&index->damaged);

    for (uint32_t i = 0; i < now->n && fine; i++) {
        struct segment *s = now->parts[i].segment;

        for (uint64_t page = 0; page < s->foot->pages && fine; page++)
            fine = page_sum(s->map + page * PAGE, PAGE) == s->sums[page];
    }
    state_release(now);
    return fine ? OK : damage_fail(t, index);
}

/* ---- views ---- */

static void end_view(void *thing)
{
    index_view_end(thing);
}

void index_view_end(struct index_view *view)
{
    if (view->ended)
        return;
    view->ended = true;
    for (uint32_t i = 0; i < view->n_states; i++)
        state_release(view->states[i]);
    for (int i = 0; i < INDEX_FIELDS; i++)
        free(view->norms[i]);
    view->n = view->n_states = 0;
}

static void add_part(struct index_view *view, const struct part *part, uint32_t index)
{
    const struct footer *f = part->segment->foot;

    view->index_of[view->n] = index;
    view->parts[view->n++] = *part;
    view->docs += f->docs - (part->dead ? part->dead->docs : 0);
    for (int i = 0; i < view->schema.n_fields; i++)
        view->lengths[i] += f->fields[i].length - (part->dead ? part->dead->fields[i].length : 0);
}

enum err index_look(struct task *t, struct index *const *indexes, size_t n,
                    struct index_view **ret_view)
{
    struct index_view *view = NEW(t, struct index_view, 1);
    uint32_t parts = 0;

    if (n == 0 || n > INDEX_PARTS)
        return task_fail(t, ERR_INTERNAL, "检索的索引个数有误");
    view->schema = indexes[0]->schema;
    task_defer(t, end_view, view);
    for (size_t i = 0; i < n; i++) {
        if (indexes[i]->schema_hash != indexes[0]->schema_hash || atomic_load(&indexes[i]->damaged))
            return damage_fail(t, NULL);
        view->indexes[i] = indexes[i];
        view->states[i] = index_now(indexes[i]);
        view->n_states++;
        parts += view->states[i]->n;
    }
    view->parts = NEW(t, struct part, parts + 1);
    view->index_of = NEW(t, uint32_t, parts + 1);
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < view->states[i]->n; k++)
            add_part(view, &view->states[i]->parts[k], (uint32_t)i);
    if (view_damaged(view))
        return view_damage(t, view);
    *ret_view = view;
    return OK;
}

bool view_damaged(const struct index_view *view)
{
    for (uint32_t i = 0; i < view->n; i++)
        if (atomic_load_explicit(&view->parts[i].segment->damaged, memory_order_relaxed))
            return true;
    return false;
}

enum err view_damage(struct task *t, struct index_view *view)
{
    struct index *index = NULL;

    for (uint32_t i = 0; i < view->n; i++)
        if (atomic_load(&view->parts[i].segment->damaged))
            index = view->indexes[view->index_of[i]];
    return damage_fail(t, index);
}

struct index_stats index_stats(const struct index_view *view, int field)
{
    return (struct index_stats){view->docs, view->lengths[field]};
}

uint64_t index_df(const struct index_view *view, int field, uint64_t term)
{
    uint64_t df = 0;
    struct entry entry;

    for (uint32_t i = 0; i < view->n; i++)
        if (segment_entry(view->parts[i].segment, field, term, &entry)) {
            uint32_t gone = dead_df(view->parts[i].dead, field, term);
            df += gone < entry.df ? entry.df - gone : 0;
        }
    return df;
}

double index_idf(uint64_t docs, uint64_t df)
{
    double n = (double)docs, d = (double)(df < docs ? df : docs);

    return log(1 + (n - d + 0.5) / (d + 0.5));
}

double view_average(const struct index_view *view, int field)
{
    return view->docs ? (double)view->lengths[field] / (double)view->docs : 0;
}

const float *view_norms(struct index_view *view, int field)
{
    if (!view->norms[field]) {
        double average = view_average(view, field);
        float *norms = malloc(NORMS * sizeof *norms);

        for (uint32_t i = 0; norms && i < NORMS; i++)
            norms[i] = norm_of(&view->schema.fields[field], average, i);
        view->norms[field] = norms;
    }
    return view->norms[field];
}

/* ---- documents ---- */

static bool lives(const struct index_view *view, uint32_t part, uint32_t doc)
{
    return part < view->n && doc < view->parts[part].segment->foot->docs &&
           !is_dead(view->parts[part].dead, doc);
}

enum err index_stored(struct task *t, struct index_view *view, struct index_hit hit,
                      struct index_stored *ret_stored)
{
    struct index_stored stored = {0};

    if (!lives(view, hit.segment, hit.doc))
        return task_fail(t, ERR_NOT_FOUND, "没有这份文档");
    struct segment *s = view->parts[hit.segment].segment;
    stored.id = segment_id(s, hit.doc);
    for (int i = 0; i < view->schema.n_fields; i++)
        stored.lengths[i] = segment_length(s, i, hit.doc);
    for (int i = 0; i < view->schema.n_columns; i++)
        stored.columns[i] = segment_value(s, i, hit.doc);
    if (!segment_stored(s, hit.doc, stored.texts, &stored.payload) || atomic_load(&s->damaged))
        return view_damage(t, view);
    *ret_stored = stored;
    return OK;
}

enum err index_find(struct task *t, struct index_view *view, uint64_t id, struct index_hit *ret_hit)
{
    for (uint32_t i = 0; i < view->n; i++) {
        uint32_t doc = segment_find(view->parts[i].segment, id);

        if (doc != UINT32_MAX && lives(view, i, doc)) {
            *ret_hit = (struct index_hit){.id = id, .segment = i, .doc = doc};
            return OK;
        }
    }
    if (view_damaged(view))
        return view_damage(t, view);
    return task_fail(t, ERR_NOT_FOUND, "没有这份文档");
}

bool index_each(struct index_view *view, struct index_hit *hit)
{
    /* A hit of id 0 at document 0 is where one starts; afterwards `score` says that it is not. */
    uint32_t part = hit->segment, doc = hit->score < 0 ? hit->doc + 1 : 0;

    for (; part < view->n; part++, doc = 0)
        for (; doc < view->parts[part].segment->foot->docs; doc++)
            if (lives(view, part, doc)) {
                *hit = (struct index_hit){.id = segment_id(view->parts[part].segment, doc),
                                          .score = -1,
                                          .segment = part,
                                          .doc = doc};
                return true;
            }
    return false;
}

struct index_size index_size(const struct index_view *view)
{
    struct index_size size = {.segments = view->n, .docs = view->docs};

    for (uint32_t i = 0; i < view->n; i++) {
        const struct footer *f = view->parts[i].segment->foot;

        size.deleted += view->parts[i].dead ? view->parts[i].dead->docs : 0;
        size.file_bytes += view->parts[i].segment->size;
        size.forward_bytes += f->stored.bytes + f->stored_at.bytes;
        for (int k = 0; k < view->schema.n_fields; k++) {
            size.terms += f->fields[k].terms;
            size.postings_bytes += f->fields[k].postings.bytes + f->fields[k].lengths.bytes;
            size.dictionary_bytes += f->fields[k].entries.bytes + f->fields[k].groups.bytes;
        }
    }
    return size;
}
