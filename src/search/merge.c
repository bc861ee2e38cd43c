/*
 * Merging: several segments become one without their dead documents, while readers and the writer
 * go on.  What dies of the inputs meanwhile dies in the new segment before it is put in their
 * place.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "search/make_segment.h"
#include "search/state.h"

enum { FANOUT = 8, LEVEL_BASE = 4096, DEAD_WORTH = 512 };

struct merge {
    struct index *index;
    struct state *inputs;
    uint32_t docs;
    uint32_t **places; /* of every input: the new number of a document, UINT32_MAX for a dead one */
    char path[PATH_BYTES];
    bool made;
    struct maker maker;
    struct posting_reader reader;
};

static uint32_t living(const struct part *part)
{
    return part->segment->foot->docs - (part->dead ? part->dead->docs : 0);
}

/* ---- what is worth it ---- */

static int level_of(uint32_t docs)
{
    int level = 0;

    for (uint64_t size = LEVEL_BASE; size < docs; size *= FANOUT)
        level++;
    return level;
}

static void add_level(const struct state *now, int level, struct state *inputs)
{
    for (uint32_t i = 0; i < now->n && inputs->n < 2 * FANOUT; i++)
        if (level_of(living(&now->parts[i])) <= level)
            state_add(inputs, now->parts[i].segment, now->parts[i].dead);
}

/* Too many of one level, the lowest first; or one of which a quarter is dead. */
static void choose(const struct state *now, struct state *inputs)
{
    uint32_t counts[32] = {0};

    for (uint32_t i = 0; i < now->n; i++)
        counts[level_of(living(&now->parts[i]))]++;
    for (int level = 0; level < 32; level++)
        if (counts[level] >= FANOUT) {
            add_level(now, level, inputs);
            return;
        }
    for (uint32_t i = 0; i < now->n; i++) {
        const struct part *part = &now->parts[i];
        if (part->dead && part->dead->docs >= DEAD_WORTH &&
            part->dead->docs >= part->segment->foot->docs / 4) {
            state_add(inputs, part->segment, part->dead);
            return;
        }
    }
}

/* ---- making the segment ---- */

static bool number_docs(struct merge *m)
{
    m->places = calloc(m->inputs->n + 1, sizeof *m->places);
    for (uint32_t i = 0; m->places && i < m->inputs->n; i++) {
        const struct part *part = &m->inputs->parts[i];
        uint32_t n = part->segment->foot->docs;

        m->places[i] = malloc(n * sizeof **m->places + 4);
        if (!m->places[i])
            return false;
        for (uint32_t doc = 0; doc < n; doc++)
            m->places[i][doc] = is_dead(part->dead, doc) ? UINT32_MAX : m->docs++;
    }
    return m->places != NULL;
}

static bool merge_term(struct merge *m, int field, const struct entry *entry, uint32_t input)
{
    struct segment *s = m->inputs->parts[input].segment;
    const uint32_t *places = m->places[input];
    struct posting_reader *r = &m->reader;

    if (!posting_begin(r, s, field, entry))
        return false;
    while (posting_next(r))
        for (int i = 0; i < r->n; i++)
            if (places[r->docs[i]] != UINT32_MAX)
                maker_posting(&m->maker, places[r->docs[i]], r->frequencies[i]);
    return !atomic_load(&s->damaged);
}

struct input {
    struct entry_reader reader;
    bool more;
};

static bool merge_terms(struct merge *m, int field)
{
    uint32_t n = m->inputs->n;
    struct input *inputs = calloc(n + 1, sizeof *inputs);
    bool fine = inputs != NULL;

    for (uint32_t i = 0; i < n && fine; i++) {
        fine = entries_begin(&inputs[i].reader, m->inputs->parts[i].segment, field);
        inputs[i].more = fine && entries_next(&inputs[i].reader);
    }
    while (fine && !m->maker.out.failed) {
        uint64_t term = UINT64_MAX;

        for (uint32_t i = 0; i < n; i++)
            if (inputs[i].more && inputs[i].reader.entry.term < term)
                term = inputs[i].reader.entry.term;
        if (term == UINT64_MAX)
            break;
        maker_term_begin(&m->maker, term);
        for (uint32_t i = 0; i < n && fine; i++)
            if (inputs[i].more && inputs[i].reader.entry.term == term) {
                fine = merge_term(m, field, &inputs[i].reader.entry, i);
                inputs[i].more = entries_next(&inputs[i].reader);
            }
        maker_term_end(&m->maker);
    }
    for (uint32_t i = 0; i < n && fine; i++)
        fine = !atomic_load(&m->inputs->parts[i].segment->damaged);
    free(inputs);
    return fine;
}

static bool merge_field(struct merge *m, int field, uint32_t *lengths)
{
    for (uint32_t i = 0; i < m->inputs->n; i++) {
        struct segment *s = m->inputs->parts[i].segment;
        const struct segment_field *f = &s->foot->fields[field];
        const void *from = segment_section(s, f->lengths);

        if (!from)
            return false;
        for (uint32_t doc = 0; doc < s->foot->docs; doc++)
            if (m->places[i][doc] != UINT32_MAX)
                lengths[m->places[i][doc]] = length_at(from, f->length_size, doc);
    }
    maker_field_begin(&m->maker, field, lengths);
    bool fine = merge_terms(m, field);
    maker_field_end(&m->maker);
    return fine;
}

static bool merge_records(struct merge *m)
{
    maker_records_begin(&m->maker);
    for (uint32_t i = 0; i < m->inputs->n; i++) {
        struct segment *s = m->inputs->parts[i].segment;
        const uint32_t *at = segment_section(s, s->foot->stored_at);

        for (uint32_t doc = 0; at && doc < s->foot->docs; doc++) {
            uint64_t begin = (uint64_t)at[doc] * 8, end = (uint64_t)at[doc + 1] * 8;

            if (m->places[i][doc] == UINT32_MAX)
                continue;
            if (begin > end || end > s->foot->stored.bytes ||
                !segment_holds(s, s->foot->stored.at + begin, end - begin))
                return false;
            maker_record(&m->maker, s->map + s->foot->stored.at + begin, end - begin);
        }
        if (!at)
            return false;
    }
    return true;
}

static bool merge_docs(struct merge *m, int64_t *scratch)
{
    const struct index_schema *schema = &m->index->schema;

    for (int c = -1; c < schema->n_columns; c++) {
        for (uint32_t i = 0; i < m->inputs->n; i++) {
            struct segment *s = m->inputs->parts[i].segment;

            for (uint32_t doc = 0; doc < s->foot->docs; doc++)
                if (m->places[i][doc] != UINT32_MAX)
                    scratch[m->places[i][doc]] =
                        c < 0 ? (int64_t)segment_id(s, doc) : segment_value(s, c, doc);
            if (atomic_load(&s->damaged))
                return false;
        }
        if (c < 0)
            maker_ids(&m->maker, (const uint64_t *)scratch);
        else
            maker_column(&m->maker, c, scratch);
    }
    return merge_records(m);
}

static bool make(struct merge *m, const char *path)
{
    int64_t *scratch = NULL;
    bool fine = number_docs(m);

    if (fine)
        scratch = malloc((size_t)m->docs * sizeof *scratch + 8);
    if (!scratch)
        return false;
    maker_begin(&m->maker, path, &m->index->schema, m->index->schema_hash, m->docs);
    for (int f = 0; f < m->index->schema.n_fields && fine; f++)
        fine = merge_field(m, f, (uint32_t *)(void *)scratch);
    fine = fine && merge_docs(m, scratch);
    if (!fine)
        m->maker.out.failed = true;
    fine = maker_end(&m->maker, path, true);
    free(scratch);
    return fine;
}

/* ---- putting it in place ---- */

static const struct part *input_of(const struct state *inputs, uint64_t number, uint32_t *ret_place)
{
    for (uint32_t i = 0; i < inputs->n; i++)
        if (inputs->parts[i].segment->number == number) {
            *ret_place = i;
            return &inputs->parts[i];
        }
    return NULL;
}

/* What died since: documents of the new segment.  A segment that is gone died as a whole. */
static uint32_t died(const struct merge *m, const struct state *now, uint32_t *docs)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->inputs->n; i++) {
        const struct part *input = &m->inputs->parts[i];
        const struct part *part = NULL;

        for (uint32_t k = 0; k < now->n; k++)
            if (now->parts[k].segment->number == input->segment->number)
                part = &now->parts[k];
        for (uint32_t doc = 0; doc < input->segment->foot->docs; doc++)
            if (m->places[i][doc] != UINT32_MAX && (!part || is_dead(part->dead, doc)))
                docs[n++] = m->places[i][doc];
    }
    return n;
}

static enum err install(struct task *t, struct merge *m, struct segment *made)
{
    enum err e = state_refresh(t, m->index, false);

    if (e)
        return e;
    struct state *now = index_now(m->index), *next = state_new(now->n + 1);
    uint32_t *docs = malloc((size_t)m->docs * sizeof *docs + 4), place;
    uint32_t gone = docs ? died(m, now, docs) : 0;
    struct dead *dead = NULL;
    bool fine = next && docs;
    if (fine && gone && gone < m->docs) {
        dead = dead_with(made, NULL, docs, gone);
        fine = dead && dead_write(dead, m->index->folder);
    }
    if (fine) {
        if (gone < m->docs)
            state_add(next, made, dead);
        for (uint32_t i = 0; i < now->n; i++)
            if (!input_of(m->inputs, now->parts[i].segment->number, &place))
                state_add(next, now->parts[i].segment, now->parts[i].dead);
        next->mark = now->mark;
        e = state_commit(t, m->index, next);
        if (!e)
            state_forget(m->index, now, next);
    } else {
        e = disk_fail(t);
    }
    dead_release(dead);
    free(docs);
    state_release(next);
    state_release(now);
    return e;
}

/* ---- aside ---- */

enum { MERGE_NICE = 10 };

static void *make_in_thread(void *arg)
{
    struct merge *m = arg;

    /* Of this thread alone: what answers people goes first. */
    (void)!setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + MERGE_NICE);
    m->made = make(m, m->path);
    return NULL;
}

/* The caller waits; only its priority is spared, for a thread cannot raise its own again. */
static bool make_aside(struct merge *m)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, make_in_thread, m) != 0)
        return make(m, m->path);
    pthread_join(thread, NULL);
    return m->made;
}

static enum err run(struct task *t, struct merge *m)
{
    uint64_t number = number_new();
    char *path = m->path;
    struct index *index = m->index;

    if (!number_path(path, index->folder, "seg", number))
        return disk_fail(t);
    if (!make_aside(m)) {
        for (uint32_t i = 0; i < m->inputs->n; i++)
            if (atomic_load(&m->inputs->parts[i].segment->damaged))
                return damage_fail(t, index);
        return disk_fail(t);
    }
    struct segment *made = segment_open(path, number, &index->schema, index->schema_hash);
    struct lock *lock = lock_take(t, index->folder, "commit.lock", true);
    enum err e = !made || lock->fd < 0 ? disk_fail(t) : install(t, m, made);
    lock_drop(lock);
    if (e && e != ERR_UNCERTAIN)
        file_remove(path);
    segment_release(made);
    return e;
}

static enum err merge_inputs(struct task *t, struct index *index, struct state *inputs)
{
    struct merge *m = calloc(1, sizeof *m);
    enum err e;

    if (!m)
        return task_fail(t, ERR_NO_MEMORY, "内存不足");
    m->index = index;
    m->inputs = inputs;
    e = run(t, m);
    for (uint32_t i = 0; m->places && i < inputs->n; i++)
        free(m->places[i]);
    free(m->places);
    free(m);
    return e;
}

static enum err merge_some(struct task *t, struct index *index, bool all, bool *ret_did)
{
    struct lock *lock = lock_take(t, index->folder, "merge.lock", false);

    if (lock->fd < 0)
        return task_fail(t, ERR_BUSY, "检索索引正在合并，请稍后再试");
    enum err e = state_refresh(t, index, false);
    struct state *now = index_now(index), *inputs = state_new(now->n + 1);
    if (!e && inputs) {
        if (all && (now->n > 1 || (now->n == 1 && now->parts[0].dead)))
            for (uint32_t i = 0; i < now->n; i++)
                state_add(inputs, now->parts[i].segment, now->parts[i].dead);
        else if (!all)
            choose(now, inputs);
        if (inputs->n)
            e = merge_inputs(t, index, inputs);
        if (!e)
            *ret_did = inputs->n > 0;
    }
    state_release(inputs);
    state_release(now);
    lock_drop(lock);
    return e;
}

enum err index_merge(struct task *t, struct index *index, bool *ret_did)
{
    return merge_some(t, index, false, ret_did);
}

enum err index_merge_all(struct task *t, struct index *index)
{
    bool did;

    return merge_some(t, index, true, &did);
}
