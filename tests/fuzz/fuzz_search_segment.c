/*
 * A segment in which bytes were changed and whose checksums were made good again: whatever is asked
 * of it, nothing is read outside its mapping, and it answers, or says that it is damaged.
 *
 * The input is a list of changes, 5 bytes each: where (4 bytes; with the upper bit it counts from
 * the footer), and the new byte.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "core/task.h"
#include "search/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct index_schema schema = {
    .version = 1,
    .n_texts = 2,
    .n_fields = 2,
    .n_columns = 2,
    .texts = {"title", "body"},
    .fields = {{"all", 3, TERMS_PLAIN, 1.2F, 0.75F}, {"chars", 2, TERM_UNIGRAM, 1.2F, 0.75F}},
    .columns = {"day", "kind"},
};
enum { DOCS = 400 };
static char folder[] = "/tmp/fuzz-segment-XXXXXX", segment_path[PATH_BYTES];
static uint8_t *original;
static size_t original_size;

static struct str text_of(struct task *t, uint64_t seed)
{
    static const char words[] = "工资劳动合同拖欠婚姻房屋";
    char text[256];
    size_t n = 0;

    while (n < 200) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        memcpy(text + n, words + (seed >> 33) % (sizeof words / 3) * 3, 3);
        n += 3;
    }
    return str_copy(t, (struct str){text, n});
}

static void clean(void)
{
    DIR *entries = opendir(folder);
    char path[PATH_BYTES];

    for (struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries)) {
        bool fits = path_of(path, folder, e->d_name);
        if (fits && e->d_name[0] != '.')
            unlink(path);
    }
    if (entries)
        closedir(entries);
    rmdir(folder);
}

static void make_original(void)
{
    static struct task t;
    struct index *index;
    struct index_writer *w;

    assert(mkdtemp(folder));
    atexit(clean);
    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = index_open(&t, str_of(folder), &schema, &index);
    assert(!e);
    e = index_write(&t, index, INDEX_BUDGET, &w);
    assert(!e);
    for (uint64_t i = 0; i < DOCS; i++) {
        struct index_doc doc = {
            .id = i * 7919 % 1000 + 1,
            .texts = {units_of(&t, text_of(&t, i)), units_of(&t, text_of(&t, i + 9))},
            .columns = {20210101 + (int64_t)i, (int64_t)i % 3},
            .payload = S("payload")};
        e = index_put(&t, w, &doc);
        assert(!e);
    }
    e = index_commit(&t, w, 1);
    assert(!e);
    struct state *now = index_now(index);
    assert(now->n == 1 && number_path(segment_path, folder, "seg", now->parts[0].segment->number));
    state_release(now);
    index_close(index);
    task_end(&t);
    original = file_read(segment_path, 1 << 26, &original_size);
    assert(original);
}

static void mend(uint8_t *bytes)
{
    struct footer foot;
    uint64_t pages;

    memcpy(&foot, original + original_size - sizeof foot, sizeof foot);
    pages = foot.pages;
    memcpy(&foot, bytes + original_size - sizeof foot, sizeof foot);
    for (uint64_t i = 0; i < pages; i++) {
        uint32_t sum = page_sum(bytes + i * PAGE, PAGE);
        memcpy(bytes + pages * PAGE + i * 4, &sum, 4);
    }
    foot.sums_hash = XXH3_64bits(bytes + pages * PAGE, pages * 4);
    foot.hash = XXH3_64bits(&foot, offsetof(struct footer, hash));
    memcpy(bytes + original_size - sizeof foot, &foot, sizeof foot);
}

static enum err ask(struct task *t, struct index_view *view)
{
    static const char *const questions[] = {"拖欠工资", "婚姻房屋劳动合同工资拖欠", "房"};
    struct index_match phrase = {
        .kind = MATCH_PHRASE, .field = 0, .phrase = units_of(t, S("劳动合同"))};
    struct index_hits hits;
    enum err e = OK;

    for (int i = 0; i < 6 && !e; i++) {
        uint64_t terms[64];
        struct index_term asked[128];
        size_t n = terms_of(units_of(t, str_of(questions[i / 2])), TERMS_ALL, terms, 64);
        for (size_t k = 0; k < n; k++) {
            asked[2 * k] = (struct index_term){terms[k], 0, 1};
            asked[2 * k + 1] = (struct index_term){terms[k], 1, 0.5F};
        }
        struct index_filter filter = {.column = 1, .low = 0, .high = 1};
        struct index_ask a = {.terms = asked,
                              .n_terms = 2 * n,
                              .filters = &filter,
                              .n_filters = (size_t)i % 2,
                              .match = i == 3 ? &phrase : NULL,
                              .most = 5 + (size_t)i * 100,
                              .count = i == 4,
                              .by_column = i == 5};
        e = index_search(t, view, &a, &hits);
        for (size_t k = 0; k < hits.n && !e; k++) {
            struct index_stored stored;
            e = index_stored(t, view, hits.at[k], &stored);
        }
    }
    return e;
}

static enum err use(struct task *t, void *arg)
{
    struct index *index = NULL;
    struct index_view *view;
    struct index_hit hit = {0};
    enum err e = index_open(t, str_of(folder), &schema, &index);

    (void)arg;
    if (e)
        return e;
    e = index_look(t, &index, 1, &view);
    if (!e) {
        e = ask(t, view);
        task_clear_error(t);
        for (uint64_t id = 1; id < 1000; id += 37)
            if (index_find(t, view, id, &hit))
                task_clear_error(t);
        hit = (struct index_hit){0};
        for (int i = 0; i < 2 * DOCS && index_each(view, &hit); i++) {
            struct index_stored stored;
            if (index_stored(t, view, hit, &stored))
                task_clear_error(t);
        }
        struct entry_reader entries;
        static struct posting_reader postings;
        struct segment *s = view->parts[0].segment;
        for (int f = 0; f < 2; f++)
            if (entries_begin(&entries, s, f))
                while (entries_next(&entries))
                    if (posting_begin(&postings, s, f, &entries.entry))
                        while (posting_next(&postings))
                            continue;
        index_view_end(view);
    }
    index_close(index);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!original)
        make_original();
    uint8_t *bytes = malloc(original_size);
    struct task t;

    assert(bytes);
    memcpy(bytes, original, original_size);
    for (size_t i = 0; i + 5 <= size; i += 5) {
        uint32_t where;
        memcpy(&where, data + i, 4);
        size_t begin = where >> 31 ? original_size - sizeof(struct footer) : 0;
        bytes[begin + (where & 0x7FFFFFFF) % (original_size - begin)] = data[i + 4];
    }
    mend(bytes);
    int fd = open(segment_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t written = write(fd, bytes, original_size);
    assert(written == (ssize_t)original_size);
    close(fd);
    free(bytes);
    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, use, NULL);
    assert(!e || e == ERR_CONFLICT || e == ERR_NOT_FOUND || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
