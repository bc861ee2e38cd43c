/*
 * The indexes follow the store: opened once in a process, brought up to the rows by a job or a
 * command, made again when they are missing, damaged or of another kind.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "knowledge_sql.h"
#include "rank_articles.h"
#include "schema.h"
#include "store/store.h"

enum { SLOTS = 64, PATH_MOST = 700, PAGE = 1000, REFRESH_NS = 500 * 1000 * 1000 };

static const struct {
    const char *word, *title;
    const struct index_schema *schema;
} sets[SET_COUNT] = {
    [SET_LAW] = {"law", "法规索引", &law_schema},
    [SET_LOCAL] = {"local", "地方法规索引", &law_schema},
    [SET_ANSWER] = {"answer", "问答索引", &answer_schema},
    [SET_CASE] = {"case", "案例索引", &case_schema},
};

/* --- Open indexes ---------------------------------------------------------------------------- */

struct slot {
    char folder[PATH_MOST];
    struct index *index;
    int64_t refreshed_ns;
};

static struct slot slots[SLOTS];
static size_t slot_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct str folder_of(struct task *t, const char *data, enum knowledge_set set,
                            int64_t tenant)
{
    return str_format(t, "%s/index/%lld-%s", data, (long long)tenant, sets[set].word);
}

static struct slot *find_slot(struct str folder)
{
    for (size_t i = 0; i < slot_count; i++)
        if (str_is(folder, slots[i].folder))
            return &slots[i];
    return NULL;
}

static enum err open_locked(struct task *t, struct str folder, const struct index_schema *schema,
                            struct index **ret_index)
{
    struct slot *slot = find_slot(folder);

    if (slot && slot->index) {
        *ret_index = slot->index;
        return OK;
    }
    if (!slot && (slot_count == SLOTS || folder.len >= PATH_MOST))
        return task_fail(t, ERR_INTERNAL, "索引太多");
    struct index *index;
    enum err e = index_open(t, folder, schema, &index);
    if (e)
        return e;
    if (!slot)
        slot = &slots[slot_count++];
    memcpy(slot->folder, folder.at, folder.len);
    slot->folder[folder.len] = '\0';
    slot->index = index;
    slot->refreshed_ns = time_monotonic_ns();
    *ret_index = index;
    return OK;
}

enum err knowledge_index_open(struct task *t, struct str folder, const struct index_schema *schema,
                              struct index **ret_index)
{
    pthread_mutex_lock(&lock);
    enum err e = open_locked(t, folder, schema, ret_index);
    pthread_mutex_unlock(&lock);
    return e;
}

void knowledge_index_close(struct str folder)
{
    pthread_mutex_lock(&lock);
    struct slot *slot = find_slot(folder);
    if (slot && slot->index) {
        index_close(slot->index);
        slot->index = NULL;
    }
    pthread_mutex_unlock(&lock);
}

void knowledge_close(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < slot_count; i++)
        if (slots[i].index)
            index_close(slots[i].index);
    slot_count = 0;
    pthread_mutex_unlock(&lock);
    rank_articles_close();
}

/* What another process committed is seen within half a second. */
enum err knowledge_index_refresh(struct task *t, struct str folder, struct index *index)
{
    int64_t now = time_monotonic_ns();
    bool due = false;

    pthread_mutex_lock(&lock);
    struct slot *slot = find_slot(folder);
    if (slot && now - slot->refreshed_ns > REFRESH_NS) {
        slot->refreshed_ns = now;
        due = true;
    }
    pthread_mutex_unlock(&lock);
    return due ? index_refresh(t, index) : OK;
}

static bool is_there(struct task *t, struct str folder)
{
    return !access(str_terminated(t, folder), F_OK);
}

enum err knowledge_look(struct task *t, const char *data, enum knowledge_set set,
                        struct index_view **ret_view)
{
    const int64_t tenants[] = {KNOWLEDGE_SHARED, t->tenant};
    struct index *indexes[2];
    size_t n = 0;
    enum err e = OK;

    for (size_t i = 0; i < 2 && !e; i++) {
        struct str folder = folder_of(t, data, set, tenants[i]);

        if ((i && tenants[1] == tenants[0]) || (!find_slot(folder) && !is_there(t, folder)))
            continue;
        e = knowledge_index_open(t, folder, sets[set].schema, &indexes[n]);
        if (!e)
            e = knowledge_index_refresh(t, folder, indexes[n]);
        n += !e;
    }
    if (!e && n)
        e = index_look(t, indexes, n, ret_view);
    if (!e && n)
        return OK;
    if (e)
        log_write(LEVEL_WARN, "knowledge.search-unavailable",
                  LOG_PAIRS(LOG_STR("set", str_of(sets[set].word)),
                            LOG_STR("error", str_of(err_word(e))), LOG_STR("note", t->note)));
    task_clear_error(t);
    return task_fail(t, ERR_BUSY, "检索暂时用不了，正在恢复；可以过几分钟再问，或者打电话问");
}

/* --- Following ------------------------------------------------------------------------------- */

struct page {
    enum knowledge_set set;
    int64_t tenant, after;
    char after_id[200];
    bool last;
    struct index_writer *writer;
    int64_t done;
    struct rows *rows;
};

static enum err read_page(struct task *t, void *arg)
{
    static const struct query *const queries[SET_COUNT] = {
        [SET_LAW] = &q_knowledge_articles_changed,
        [SET_LOCAL] = &q_knowledge_articles_changed,
        [SET_ANSWER] = &q_knowledge_answers_changed,
        [SET_CASE] = &q_knowledge_cases_changed,
    };
    struct page *page = arg;

    return store_run(t, queries[page->set],
                     ARGS(INT("tenant", page->tenant), INT("after", page->after),
                          TEXT("after_id", str_of(page->after_id)), INT("most", PAGE)),
                     &page->rows);
}

static struct article article_of_row(const struct rows *rows, int64_t tenant)
{
    return (struct article){
        .tenant = tenant,
        .id = row_str(rows, "id"),
        .law = row_str(rows, "law"),
        .article = row_str(rows, "article"),
        .chapter = row_str(rows, "chapter"),
        .text = row_str(rows, "text"),
        .position = row_int(rows, "position"),
        .gone = row_int(rows, "gone") != 0,
        .of = {.tenant = tenant,
               .code = row_str(rows, "law"),
               .title = row_str(rows, "title"),
               .kind = row_str(rows, "kind"),
               .region = row_str(rows, "region"),
               .version = row_str(rows, "version"),
               .expired = row_int(rows, "expired") != 0},
    };
}

static enum err take_row(struct task *t, struct page *page)
{
    struct str id = row_str(page->rows, "id");
    bool gone = row_int(page->rows, "gone") != 0;
    struct index_doc doc;

    if (page->set == SET_LAW || page->set == SET_LOCAL) {
        struct article article = article_of_row(page->rows, page->tenant);

        gone = gone || (page->set == SET_LAW) != !article.of.region.len;
        if (!gone)
            law_doc(t, &article, &doc);
    } else if (page->set == SET_ANSWER) {
        struct answered answered = answered_of_row(page->rows, page->tenant);

        if (!gone)
            answer_doc(t, &answered, &doc);
    } else {
        struct court_case one = case_of_row(page->rows, page->tenant);

        if (!gone)
            case_doc(t, &one, &doc);
    }
    return gone ? index_delete(t, page->writer, doc_id(page->tenant, id))
                : index_put(t, page->writer, &doc);
}

static enum err follow_page(struct task *t, void *arg)
{
    struct page *page = arg;
    enum err e = store_read(t, read_page, page);

    page->last = e || rows_count(page->rows) < PAGE;
    while (!e && rows_next(page->rows)) {
        struct task_mark mark = task_mark(t);

        e = take_row(t, page);
        task_reset(t, mark);
        page->after = row_int(page->rows, "changed");
        snprintf(page->after_id, sizeof page->after_id, "%.*s", STR_ARG(row_str(page->rows, "id")));
        page->done++;
    }
    return e;
}

/* Each page in a task of its own: its memory goes with it. */
static enum err run_page(struct task *home, struct page *page)
{
    struct task t;

    task_begin(&t, home->store, home->now, TASK_BUDGET);
    enum err e = task_protect(&t, follow_page, page);
    if (e)
        e = task_fail(home, e, "%.*s", STR_ARG(t.note));
    task_end(&t);
    return e;
}

static enum err fill(struct task *t, struct index *index, enum knowledge_set set, int64_t tenant,
                     int64_t state, void (*progress)(const char *, int64_t, int64_t))
{
    struct page page = {.set = set, .tenant = tenant, .after = index_mark(index) + 1};
    enum err e = index_write(t, index, INDEX_BUDGET, &page.writer);

    if (e)
        return e;
    while (!e && !page.last) {
        e = run_page(t, &page);
        if (progress)
            progress(sets[set].title, page.done, 0);
    }
    if (!e)
        e = index_commit(t, page.writer, state);
    index_write_end(page.writer);
    /* What a large fill took goes back to the system at once: an idle server is small. */
    if (page.done > 1000)
        malloc_trim(0);
    return e;
}

struct state_question {
    int64_t tenant, state;
};

static enum err read_state(struct task *t, void *arg)
{
    struct state_question *q = arg;

    return store_number(t, &q_knowledge_state, ARGS(INT("tenant", q->tenant)), &q->state);
}

/* A damaged index, or one of another schema, is thrown away and begun again. */
static enum err open_or_begin(struct task *t, struct str folder, enum knowledge_set set,
                              struct index **ret_index)
{
    enum err e = knowledge_index_open(t, folder, sets[set].schema, ret_index);

    if (!e)
        e = index_refresh(t, *ret_index);
    if (e != ERR_CONFLICT)
        return e;
    log_write(LEVEL_WARN, "knowledge.index-made-again",
              LOG_PAIRS(LOG_STR("folder", folder), LOG_STR("note", t->note)));
    task_clear_error(t);
    knowledge_index_close(folder);
    e = index_discard(t, folder);
    return e ? e : knowledge_index_open(t, folder, sets[set].schema, ret_index);
}

static enum err follow_set(struct task *t, const char *data, enum knowledge_set set, int64_t tenant,
                           int64_t state, void (*progress)(const char *, int64_t, int64_t))
{
    struct str folder = folder_of(t, data, set, tenant);
    struct index *index;
    bool more = true;

    /* A tenant without documents of its own has no index of its own. */
    if (tenant && !state)
        return OK;
    enum err e = open_or_begin(t, folder, set, &index);
    if (e || index_mark(index) == state)
        return e;
    e = fill(t, index, set, tenant, state, progress);
    if (e == ERR_CONFLICT) {
        task_clear_error(t);
        knowledge_index_close(folder);
        e = index_discard(t, folder);
        if (!e)
            e = knowledge_index_open(t, folder, sets[set].schema, &index);
        if (!e)
            e = fill(t, index, set, tenant, state, progress);
    }
    while (!e && more)
        e = index_merge(t, index, &more);
    return e;
}

enum err knowledge_follow(struct task *t, const char *data,
                          void (*progress)(const char *what, int64_t done, int64_t all))
{
    const int64_t tenants[] = {KNOWLEDGE_SHARED, t->tenant};
    const char *folder = str_terminated(t, str_format(t, "%s/index", data));
    enum err e = OK;

    if (mkdir(folder, 0700) && errno != EEXIST)
        return task_fail(t, ERR_STORE, "不能建文件夹 %s：%s", folder, strerror(errno));
    for (size_t i = 0; i < 2 && !e; i++) {
        struct state_question q = {.tenant = tenants[i]};

        if (i && tenants[1] == tenants[0])
            break;
        e = store_read(t, read_state, &q);
        for (int set = 0; set < SET_COUNT && !e; set++)
            e = follow_set(t, data, set, tenants[i], q.state, progress);
    }
    return e ? e : rank_articles_follow(t, data);
}

enum err knowledge_rebuild(struct task *t, const char *data,
                           void (*progress)(const char *what, int64_t done, int64_t all))
{
    const int64_t tenants[] = {KNOWLEDGE_SHARED, t->tenant};

    for (size_t i = 0; i < 2; i++)
        for (int set = 0; set < SET_COUNT; set++) {
            struct str folder = folder_of(t, data, set, tenants[i]);

            if ((i && tenants[1] == tenants[0]) || !is_there(t, folder))
                continue;
            knowledge_index_close(folder);
            enum err e = index_discard(t, folder);
            if (e)
                return e;
        }
    rank_articles_discard(t, data);
    enum err e = t->tenant ? knowledge_discard_orders(t, data) : OK;
    if (!e)
        e = knowledge_follow(t, data, progress);
    /* Events are numbered by the server; what has no number yet follows when it runs. */
    return e || !t->tenant ? e : knowledge_follow_orders(t, data);
}
