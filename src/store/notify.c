/*
 * notify.c - what changed, told to whoever listens in this process, and handed to the part that
 * carries it to other servers (store_pg_news.c).
 *
 * A note is one line on that wire: tenant, word, id, and the text if there is one.  What waits to
 * be sent is bounded: beyond it "anything" is sent instead, which is always true.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/time.h"
#include "store/store_private.h"

enum { LISTENERS = 16, WAITING_MOST = 64 * 1024, LINE_MOST = 320, TEXT_MOST = 200 };

struct listener {
    news_fn *fn;
    void *arg;
};

struct board {
    pthread_rwlock_t lock; /* of the listeners; held for reading while they run */
    struct listener listeners[LISTENERS];
    size_t count;

    pthread_mutex_t out_lock; /* of the rest */
    int wake;                 /* -1: nobody else is told */
    size_t waiting;
    bool too_much;
    char out[WAITING_MOST];
};

struct board *board_make(void)
{
    struct board *board = calloc(1, sizeof *board);

    if (!board)
        return NULL;
    pthread_rwlock_init(&board->lock, NULL);
    pthread_mutex_init(&board->out_lock, NULL);
    board->wake = -1;
    return board;
}

void board_free(struct board *board)
{
    if (!board)
        return;
    pthread_rwlock_destroy(&board->lock);
    pthread_mutex_destroy(&board->out_lock);
    free(board);
}

/* ---- Listening ------------------------------------------------------------------------------- */

bool store_listen(struct store *store, news_fn *fn, void *arg)
{
    struct board *board = store->board;

    pthread_rwlock_wrlock(&board->lock);
    bool room = board->count < LISTENERS;
    if (room)
        board->listeners[board->count++] = (struct listener){fn, arg};
    pthread_rwlock_unlock(&board->lock);
    return room;
}

void store_unlisten(struct store *store, news_fn *fn, void *arg)
{
    struct board *board = store->board;

    pthread_rwlock_wrlock(&board->lock);
    for (size_t i = 0; i < board->count; i++) {
        if (board->listeners[i].fn == fn && board->listeners[i].arg == arg) {
            board->listeners[i] = board->listeners[--board->count];
            break;
        }
    }
    pthread_rwlock_unlock(&board->lock);
}

static void deliver(struct board *board, const struct news *news)
{
    pthread_rwlock_rdlock(&board->lock);
    for (size_t i = 0; i < board->count; i++)
        board->listeners[i].fn(board->listeners[i].arg, news);
    pthread_rwlock_unlock(&board->lock);
}

/* ---- Telling --------------------------------------------------------------------------------- */

static void put_out(struct board *board, const struct news *news)
{
    char line[LINE_MOST];
    uint64_t one = 1;

    pthread_mutex_lock(&board->out_lock);
    int wake = board->wake;
    bool was_empty = !board->waiting && !board->too_much;
    if (wake >= 0 && !board->too_much) {
        int len = snprintf(line, sizeof line, "%" PRId64 " %.*s %" PRId64 " %.*s\n", news->tenant,
                           STR_ARG(news->word), news->id, STR_ARG(news->text));
        board->too_much = len < 0 || (size_t)len >= sizeof line ||
                          board->waiting + (size_t)len > sizeof board->out;
        if (!board->too_much) {
            memcpy(board->out + board->waiting, line, (size_t)len);
            board->waiting += (size_t)len;
        }
    }
    pthread_mutex_unlock(&board->out_lock);
    if (wake >= 0 && was_empty && write(wake, &one, sizeof one) < 0)
        return; /* the counter is full: it is awake */
}

static void spread(struct board *board, const struct news *news)
{
    deliver(board, news);
    put_out(board, news);
}

void store_notify(struct task *t, const char *word, int64_t id)
{
    struct told *told = t->told;

    if (!told)
        return;
    for (size_t i = 0; i < told->count; i++)
        if (told->rows[i].id == id && !strcmp(told->rows[i].word, word))
            return;
    if (told->count == TOLD_MOST) {
        told->more = true;
        return;
    }
    told->rows[told->count].word = word;
    told->rows[told->count++].id = id;
}

void board_spread(struct board *board, int64_t tenant, const struct told *told)
{
    for (size_t i = 0; i < told->count && !told->more; i++) {
        const struct news news = {.tenant = tenant,
                                  .word = str_of(told->rows[i].word),
                                  .id = told->rows[i].id,
                                  .here = true};
        spread(board, &news);
    }
    if (told->more)
        spread(board, &(struct news){.tenant = tenant, .here = true});
}

void store_tell(struct task *t, const char *word, int64_t id, struct str text)
{
    const struct news news = {t->tenant, str_of(word), id, text, true};

    if (text.len <= TEXT_MOST && !memchr(text.at ? text.at : "", '\n', text.len))
        spread(t->store->board, &news);
}

/* ---- The wire -------------------------------------------------------------------------------- */

void board_wire(struct board *board, int wake)
{
    pthread_mutex_lock(&board->out_lock);
    board->wake = wake;
    board->waiting = 0;
    board->too_much = false;
    pthread_mutex_unlock(&board->out_lock);
}

size_t board_take(struct board *board, char *out, size_t size)
{
    static const char anything[] = "0  0 \n";
    size_t n = 0;

    pthread_mutex_lock(&board->out_lock);
    if (board->too_much && size >= sizeof anything - 1) {
        n = sizeof anything - 1;
        memcpy(out, anything, n);
        board->waiting = 0;
        board->too_much = false;
    } else {
        n = board->waiting < size ? board->waiting : size;
        while (n && board->out[n - 1] != '\n')
            n--;
        memcpy(out, board->out, n);
        memmove(board->out, board->out + n, board->waiting - n);
        board->waiting -= n;
    }
    pthread_mutex_unlock(&board->out_lock);
    return n;
}

void board_receive(struct board *board, struct str lines)
{
    struct str line, tenant, word, id;

    while (str_cut(&lines, '\n', &line)) {
        struct news news = {0};

        if (!str_cut(&line, ' ', &tenant) || !str_cut(&line, ' ', &word) ||
            !str_cut(&line, ' ', &id) || !str_int(tenant, &news.tenant) || !str_int(id, &news.id))
            continue; /* another version's: its pages look by themselves */
        news.word = word;
        news.text = line;
        deliver(board, &news);
    }
}

void board_missed(struct board *board)
{
    pthread_mutex_lock(&board->out_lock);
    board->too_much = true;
    pthread_mutex_unlock(&board->out_lock);
}

void board_anything(struct board *board)
{
    deliver(board, &(struct news){0});
}

/* ---- Work under a lease ---------------------------------------------------------------------- */

static _Thread_local const _Atomic int64_t *guard;

void store_guard(const _Atomic int64_t *until_ns)
{
    guard = until_ns;
}

bool guard_passed(void)
{
    return guard && time_monotonic_ns() > *guard;
}

enum err guard_fail(struct task *t)
{
    return task_fail(t, ERR_BUSY, "这项工作已由另一台服务器接手");
}
