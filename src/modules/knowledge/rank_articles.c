/*
 * The ground of a data folder, opened once in a process and looked at again when its file was
 * replaced; the models that the program brings along; asking both.
 */
#include "rank_articles.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/time.h"
#include "rank_ground.h"

extern const struct str ranking_learned, ranking_words;

/* --- The ground in use ----------------------------------------------------------------------- */

enum { PATH_MOST = 700, LOOK_AGAIN_NS = 500 * 1000 * 1000 };

struct ground_use { /* counted; the last one closes */
    struct rank_ground *ground;
    int users;
};
static struct {
    char path[PATH_MOST];
    struct ground_use *use; /* NULL: none is there */
    struct timespec made;
    ino_t file;
    int64_t looked_ns;
} open_ground;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void let_go_locked(struct ground_use *use)
{
    if (use && --use->users == 0) {
        rank_close(use->ground);
        free(use);
    }
}

static void let_go(void *thing)
{
    pthread_mutex_lock(&lock);
    let_go_locked(thing);
    pthread_mutex_unlock(&lock);
}

static struct str path_of_ground(struct task *t, const char *data)
{
    return str_format(t, "%s/index/%d-law.ground", data, KNOWLEDGE_SHARED);
}

/* Is the file still the one that is open? */
static bool is_same(const char *path)
{
    struct stat status;

    return strcmp(path, open_ground.path) == 0 && stat(path, &status) == 0 &&
           status.st_ino == open_ground.file && status.st_mtim.tv_sec == open_ground.made.tv_sec &&
           status.st_mtim.tv_nsec == open_ground.made.tv_nsec;
}

static void open_locked(struct task *t, const char *path)
{
    struct ground_use *use = calloc(1, sizeof *use);
    struct stat status;

    let_go_locked(open_ground.use);
    open_ground.use = NULL;
    snprintf(open_ground.path, sizeof open_ground.path, "%s", path);
    if (!use || stat(path, &status) || rank_open(t, path, &use->ground)) {
        task_clear_error(t);
        free(use);
        return;
    }
    use->users = 1;
    open_ground.use = use;
    open_ground.file = status.st_ino;
    open_ground.made = status.st_mtim;
}

/* Held until the task ends; NULL when there is none. */
static const struct rank_ground *ground_of(struct task *t, const char *data)
{
    const char *path = str_terminated(t, path_of_ground(t, data));
    int64_t now = time_monotonic_ns();

    pthread_mutex_lock(&lock);
    bool due = now - open_ground.looked_ns > LOOK_AGAIN_NS || strcmp(path, open_ground.path) != 0;
    if (due && strlen(path) < PATH_MOST) {
        open_ground.looked_ns = now;
        if (!open_ground.use || !is_same(path))
            open_locked(t, path);
    }
    struct ground_use *use = open_ground.use;
    if (use)
        use->users++;
    pthread_mutex_unlock(&lock);
    if (!use)
        return NULL;
    task_defer(t, let_go, use);
    return use->ground;
}

void rank_articles_close(void)
{
    pthread_mutex_lock(&lock);
    let_go_locked(open_ground.use);
    memset(&open_ground, 0, sizeof open_ground);
    pthread_mutex_unlock(&lock);
}

/* --- The models ------------------------------------------------------------------------------ */

/* As long as the process: what they take stands in memory of their own. */
static struct rank_models models;
static pthread_once_t models_once = PTHREAD_ONCE_INIT;

static void open_models(void)
{
    static struct task home;

    task_begin(&home, NULL, 0, TASK_BUDGET);
    if (trees_open(&home, ranking_learned, rank_feature_names, &models.learned) ||
        trees_open(&home, ranking_words, rank_feature_names, &models.words))
        models = (struct rank_models){0}; /* the weighted sum orders */
}

/* --- Asking ---------------------------------------------------------------------------------- */

static float chance(float log_odds)
{
    return 1 / (1 + expf(-log_odds));
}

/* Ranked documents as hits of the view; what it does not have any more is left out. */
static enum err hits_of(struct task *t, struct index_view *view, const struct rank_hits *ranked,
                        size_t most, bool expired, struct index_hits *ret_hits)
{
    struct index_hits hits = {.at = NEW(t, struct index_hit, most + 1)};

    for (size_t i = 0; i < ranked->n && hits.n < most; i++) {
        struct index_stored stored;
        struct index_hit hit;
        enum err e = index_find(t, view, ranked->at[i].id, &hit);

        if (e == ERR_NOT_FOUND)
            continue;
        if (!e && !expired)
            e = index_stored(t, view, hit, &stored);
        if (e)
            return e;
        if (!expired && stored.columns[LAW_EXPIRED])
            continue;
        hit.score = chance(ranked->at[i].score);
        hits.at[hits.n++] = hit;
    }
    *ret_hits = hits;
    return OK;
}

enum err rank_articles(struct task *t, const char *data, struct index_view *view,
                       struct str question, size_t most, bool expired, struct index_hits *ret_hits)
{
    const struct rank_ground *ground = ground_of(t, data);
    struct rank_hits ranked;

    if (!ground)
        return ERR_NOT_FOUND;
    pthread_once(&models_once, open_models);
    if (!models.learned)
        return ERR_NOT_FOUND;
    enum err e =
        rank_ask(t, ground,
                 &(struct rank_question){
                     .asked = units_of(t, question), .models = models, .most = RANK_CANDIDATES},
                 &ranked);
    return e ? e : hits_of(t, view, &ranked, most, expired, ret_hits);
}

/* --- Following the index --------------------------------------------------------------------- */

/* What a ground was made of: so many documents with so many terms, and the questions. */
static int64_t mark_of(struct index_view *view)
{
    struct index_stats stats = index_stats(view, LAW_ALL);

    return (int64_t)(stats.docs * 1000003 + stats.length) ^ ground_questions_mark();
}

void rank_articles_discard(struct task *t, const char *data)
{
    unlink(str_terminated(t, path_of_ground(t, data)));
    rank_articles_close();
}

/* The trees know how scores of tens of thousands of articles lie; of a handful plain search knows
 * more. */
enum { LEAST_DOCS = 1000 };

enum err rank_articles_follow(struct task *t, const char *data)
{
    struct str path = path_of_ground(t, data);
    const struct rank_ground *ground = ground_of(t, data);
    struct task shared;
    struct index_view *view;

    /* The ground is that of the documents of the installation, whoever's turn it is. */
    task_begin(&shared, t->store, t->now, (size_t)4 * TASK_BUDGET);
    shared.tenant = KNOWLEDGE_SHARED;
    enum err e = knowledge_look(&shared, data, SET_LAW, &view);
    if (!e && index_stats(view, LAW_ALL).docs < LEAST_DOCS)
        rank_articles_discard(&shared, data);
    else if (!e && (!ground || rank_mark(ground) != mark_of(view)))
        e = ground_build(&shared, view, str_terminated(&shared, path), mark_of(view));
    pthread_mutex_lock(&lock);
    open_ground.looked_ns = 0; /* what was made is seen at once */
    pthread_mutex_unlock(&lock);
    if (e == ERR_BUSY) /* no index of laws, no ground */
        e = OK;
    else if (e)
        e = task_fail(t, e, "%.*s", STR_ARG(shared.note));
    task_end(&shared);
    return e;
}
