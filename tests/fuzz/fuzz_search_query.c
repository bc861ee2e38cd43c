/*
 * Any bytes as a query, and as a text.  A query is understood, or refused with a place within it;
 * what it asks can be asked of an index.  A text's spans lie within it, and its terms are as many
 * as said.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/task.h"
#include "search/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct index_schema schema = {
    .version = 1,
    .n_texts = 2,
    .n_fields = 3,
    .n_columns = 2,
    .texts = {"title", "body"},
    .fields = {{"all", 3, TERMS_PLAIN, 1.2F, 0.75F},
               {"chars", 3, TERM_UNIGRAM, 1.2F, 0.75F},
               {"keys", 2, TERM_KEYWORD, 1.2F, 0}},
    .columns = {"day", "kind"},
};
static const struct query_choice kinds[] = {{"a", 1}, {"b", 2}, {0}};
static const struct query_name names[] = {
    {"t", "标题", QUERY_TEXT, 0, 1, NULL},  {"d", NULL, QUERY_DAY, 0, 0, NULL},
    {"n", NULL, QUERY_NUMBER, 1, 0, NULL},  {"k", NULL, QUERY_CHOICE, 1, 0, kinds},
    {"w", NULL, QUERY_KEYWORD, 0, 4, NULL}, {0},
};
static const struct query_language language = {names, {1, 0.5F}, false};
static struct index *index_there;

static enum err fill(struct task *t, void *arg)
{
    static const char *const texts[] = {"劳动合同，工资拖欠", "第一千零四十二条 婚姻",
                                        "gdp 2026 工资"};
    struct index_writer *w;
    enum err e = index_write(t, index_there, INDEX_BUDGET, &w);

    (void)arg;
    for (uint64_t i = 0; i < 3 && !e; i++) {
        struct index_doc doc = {
            .id = i + 1,
            .texts = {units_of(t, str_of(texts[i])), units_of(t, str_of(texts[i]))},
            .columns = {20210101, (int64_t)i}};
        e = index_put(t, w, &doc);
    }
    return e ? e : index_commit(t, w, 1);
}

static void make_index(void)
{
    static struct task t;
    char folder[] = "/tmp/fuzz-query-XXXXXX";

    assert(mkdtemp(folder));
    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = index_open(&t, str_of(folder), &schema, &index_there);
    assert(!e);
    e = fill(&t, NULL);
    assert(!e);
    task_end(&t);
    /* It is mapped: the files need not stay. */
    char command[64];
    task_begin(&t, NULL, 0, TASK_BUDGET);
    e = index_discard(&t, str_of(folder));
    assert(!e);
    task_end(&t);
    static const char *const locks[] = {"write.lock", "merge.lock", "commit.lock"};
    for (int i = 0; i < 3; i++) {
        strcpy(stpcpy(stpcpy(command, folder), "/"), locks[i]);
        unlink(command);
    }
    rmdir(folder);
}

static void check_text(struct task *t, struct str text)
{
    struct text_span *spans, found[16];
    struct units units = units_with_spans(t, text, &spans);
    size_t most = terms_most(units, TERMS_ALL);
    uint64_t *terms = NEW(t, uint64_t, most + 1);

    for (size_t i = 0; i < units.n; i++)
        assert(spans[i].begin <= spans[i].end && spans[i].end <= text.len);
    size_t n = terms_of(units, TERMS_ALL, terms, most);
    assert(n <= most);
    for (size_t i = 0; i < n; i++)
        assert(term_kind(terms[i]) && term_print(t, terms[i]).len > 0);
    assert(units_contain(units, units));
    n = terms_find(t, text, terms, n < 8 ? n : 8, found, 16);
    for (size_t i = 0; i < n; i++)
        assert(found[i].begin < found[i].end && found[i].end <= text.len);
    assert(pinyin_initials(t, text).len <= text.len);
}

static enum err run(struct task *t, void *arg)
{
    struct str text = *(const struct str *)arg;
    struct query_error error = {0};
    struct index_ask ask;
    struct index_hits hits;
    struct index_view *view;

    check_text(t, text);
    enum err e = query_parse(t, &language, text, &ask, &error);
    if (e) {
        assert(e == ERR_BAD_INPUT && error.message.len && error.at <= text.len);
        return e;
    }
    assert(ask.n_terms <= INDEX_TERMS_MAX);
    e = index_look(t, &index_there, 1, &view);
    assert(!e);
    ask.most = 10;
    ask.count = true;
    e = index_search(t, view, &ask, &hits);
    assert((!e && hits.n <= 3 && hits.count == hits.n) || e == ERR_BAD_INPUT);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    if (!index_there)
        make_index();
    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, run, &text);
    assert(!e || e == ERR_BAD_INPUT || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
