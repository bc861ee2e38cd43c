/*
 * What people asked, for the knowledge officer: numbers masked before anything is kept, the text
 * sealed with a key of the tenant, no address and no session beside it.  A page that is only looked
 * at writes nothing: questions wait in memory for a job, and a few are lost when the program dies.
 */
#include <pthread.h>
#include <string.h>

#include "ask.h"
#include "knowledge_sql.h"
#include "modules/org/keys.h"
#include "store/store.h"

enum { WAITING_MOST = 4096, QUESTION_BYTES = QUESTION_MOST * 4, WORD = 24, DOC = 64, FLUSH = 256 };

struct waiting {
    int64_t tenant, id, at;
    int useful;
    char question[QUESTION_BYTES + 1];
    char verdict[WORD], best[DOC], answer[DOC], channel[WORD];
};

static struct waiting waiting[WAITING_MOST];
static size_t waiting_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct str asked_masked(struct task *t, struct str question)
{
    enum { SECRET = 7 };
    char *at = NEW(t, char, question.len + 1);

    memcpy(at, question.at ? question.at : "", question.len);
    for (size_t i = 0; i < question.len;) {
        size_t end = i, digits = 0;

        /* 139 0000-1234 is one number; so is 99010119900315402X. */
        while (end < question.len &&
               (is_digit(at[end]) || (digits && (at[end] == ' ' || at[end] == '-')) ||
                (digits >= 14 && (at[end] == 'X' || at[end] == 'x')))) {
            digits += is_digit(at[end]);
            end++;
        }
        for (size_t k = i; digits >= SECRET && k < end; k++)
            at[k] = at[k] == ' ' ? ' ' : '*';
        i = end > i ? end : i + 1;
    }
    return (struct str){at, question.len};
}

static void copy(char *to, size_t size, struct str text)
{
    struct str part = str_first(text, size - 1);

    memcpy(to, part.at ? part.at : "", part.len);
    to[part.len] = '\0';
}

void asked_note(struct task *t, const struct ask_view *view, const char *channel, int64_t *ret_id)
{
    struct str masked = asked_masked(t, view->question);
    int64_t id = store_new_id(t);

    pthread_mutex_lock(&lock);
    if (waiting_count < WAITING_MOST) {
        struct waiting *w = &waiting[waiting_count++];

        w->tenant = t->tenant;
        w->id = id;
        w->at = t->now;
        w->useful = 0;
        copy(w->question, sizeof w->question, masked);
        copy(w->verdict, sizeof w->verdict, view->verdict);
        copy(w->channel, sizeof w->channel, str_of(channel));
        copy(w->best, sizeof w->best,
             view->articles.count ? ((struct ask_article *)view->articles.at)->id : S(""));
        copy(w->answer, sizeof w->answer,
             view->answers.count ? ((struct ask_answered *)view->answers.at)->id : S(""));
    }
    pthread_mutex_unlock(&lock);
    *ret_id = id;
}

static struct str asked_place(struct task *t, int64_t id)
{
    return str_format(t, "asked/%lld", (long long)id);
}

struct flush {
    struct waiting rows[FLUSH];
    size_t count;
};

static enum err write_rows(struct task *t, void *arg)
{
    const struct flush *flush = arg;
    struct key key;
    enum err e = lasting_key(t, "knowledge-asked", &key);

    for (size_t i = 0; i < flush->count && !e; i++) {
        const struct waiting *w = &flush->rows[i];
        struct str sealed = crypto_seal(t, &key, asked_place(t, w->id), str_of(w->question));

        e = store_run(t, &q_knowledge_asked_add,
                      ARGS(INT("tenant", t->tenant), INT("id", w->id), INT("asked_at", w->at),
                           BYTES("question", sealed), TEXT("verdict", str_of(w->verdict)),
                           TEXT("best", str_of(w->best)), TEXT("answer", str_of(w->answer)),
                           TEXT("channel", str_of(w->channel)), INT("useful", w->useful)),
                      NULL);
    }
    key_clear(&key);
    return e;
}

static void take_waiting(int64_t tenant, struct flush *flush)
{
    size_t kept = 0;

    flush->count = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < waiting_count; i++) {
        if (waiting[i].tenant == tenant && flush->count < FLUSH)
            flush->rows[flush->count++] = waiting[i];
        else
            waiting[kept++] = waiting[i];
    }
    waiting_count = kept;
    pthread_mutex_unlock(&lock);
}

/* --- Was it useful? --------------------------------------------------------------------------- */

/*
 * The question may wait in the memory of another server that has not written it yet.  So what is
 * said about a question of the last minutes waits, too, until its row is there.
 */
enum { UNMATCHED_MOST = 256, UNMATCHED_MS = 2 * 60 * 1000 };

struct useful {
    int64_t tenant, id;
    bool useful;
};

static struct useful unmatched[UNMATCHED_MOST];
static size_t unmatched_count;

static enum err set_useful(struct task *t, void *arg)
{
    const struct useful *u = arg;
    enum err e = store_run(
        t, &q_knowledge_asked_useful,
        ARGS(INT("tenant", t->tenant), INT("id", u->id), INT("useful", u->useful ? 1 : 2)), NULL);

    return e ? e : store_changed(t) ? OK : task_fail(t, ERR_NOT_FOUND, "这个问题的记录已经不在了");
}

static bool is_fresh(const struct task *t, int64_t id)
{
    int64_t made = store_id_moment(id);

    return made <= t->now + UNMATCHED_MS && t->now - made < UNMATCHED_MS;
}

static bool keep_unmatched(const struct task *t, const struct useful *useful)
{
    bool kept = false;

    if (!is_fresh(t, useful->id))
        return false;
    pthread_mutex_lock(&lock);
    if (unmatched_count < UNMATCHED_MOST) {
        unmatched[unmatched_count++] = *useful;
        kept = true;
    }
    pthread_mutex_unlock(&lock);
    return kept;
}

static size_t take_unmatched(int64_t tenant, struct useful *out)
{
    size_t n = 0, kept = 0;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < unmatched_count; i++) {
        if (unmatched[i].tenant == tenant)
            out[n++] = unmatched[i];
        else
            unmatched[kept++] = unmatched[i];
    }
    unmatched_count = kept;
    pthread_mutex_unlock(&lock);
    return n;
}

/* A mark whose question never came is dropped in the end. */
static enum err match(struct task *t)
{
    struct useful *marks = NEW(t, struct useful, UNMATCHED_MOST);
    size_t n = take_unmatched(t->tenant, marks);
    enum err e = OK;

    for (size_t i = 0; i < n; i++) {
        if (e != ERR_STORE && e != ERR_BUSY)
            e = store_write(t, set_useful, &marks[i]);
        if (e)
            (void)keep_unmatched(t, &marks[i]);
        if (e == ERR_NOT_FOUND)
            task_clear_error(t);
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

static enum err flush_questions(struct task *t)
{
    struct flush *flush = NEW(t, struct flush, 1);
    enum err e = OK;

    do {
        take_waiting(t->tenant, flush);
        if (flush->count)
            e = store_write(t, write_rows, flush);
    } while (!e && flush->count == FLUSH);
    return e;
}

enum err asked_flush(struct task *t)
{
    enum err e = flush_questions(t);

    return e ? e : match(t);
}

enum err asked_useful(struct task *t, int64_t id, bool useful)
{
    struct useful mark = {t->tenant, id, useful};
    enum err e = flush_questions(t);

    if (!e)
        e = store_write(t, set_useful, &mark);
    if (e == ERR_NOT_FOUND && keep_unmatched(t, &mark)) {
        task_clear_error(t);
        return OK;
    }
    return e;
}
