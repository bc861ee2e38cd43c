#include "http/live.h"

#include <stdlib.h>
#include <string.h>

enum {
    RING = 512,
    WORD = 16,
    WAIT_MOST_S = 25, /* less than what proxies wait for an answer */
    AGAIN_MS = 250,
    RUNS_PER_SECOND = 100 /* of those who watch everything, all together */
};

struct heard_news {
    int64_t tenant, id;
    char word[WORD]; /* empty: anything */
};

struct live {
    pthread_mutex_t lock;
    int64_t count; /* ever heard */
    struct heard_news ring[RING];
    _Atomic int64_t newest; /* of count, read without the lock */
    _Atomic int held;
};

struct live *live_make(void)
{
    struct live *live = calloc(1, sizeof *live);

    if (live)
        pthread_mutex_init(&live->lock, NULL);
    return live;
}

void live_free(struct live *live)
{
    if (live)
        pthread_mutex_destroy(&live->lock);
    free(live);
}

bool live_hear(struct live *live, const struct news *news)
{
    pthread_mutex_lock(&live->lock);
    struct heard_news *heard = &live->ring[live->count % RING];
    *heard = (struct heard_news){.tenant = news->tenant, .id = news->id};
    /* A word too long for the ring is anybody's. */
    if (news->word.len && news->word.len < WORD)
        memcpy(heard->word, news->word.at, news->word.len);
    live->newest = ++live->count;
    pthread_mutex_unlock(&live->lock);
    return live->held > 0;
}

int64_t live_heard(struct live *live)
{
    return live->newest;
}

void live_hold(struct live *live, int more)
{
    live->held += more;
}

static bool is_about(const struct heard_news *news, const struct watch *watch)
{
    if (news->tenant && news->tenant != watch->tenant)
        return false;
    return !news->word[0] ||
           (!strcmp(news->word, watch->word) && (!watch->id || watch->id == news->id));
}

bool live_concerns(struct live *live, const struct watch *watch, int64_t heard,
                   int64_t *ret_after_ms)
{
    int64_t apart = watch->id ? 0 : live->held * (int64_t)1000 / RUNS_PER_SECOND;
    bool concerns = false;

    pthread_mutex_lock(&live->lock);
    if (live->count - heard > RING)
        concerns = true;
    for (int64_t n = heard; n < live->count && !concerns; n++)
        concerns = is_about(&live->ring[n % RING], watch);
    pthread_mutex_unlock(&live->lock);
    *ret_after_ms = apart > AGAIN_MS ? apart : AGAIN_MS;
    return concerns;
}

/* RFC 7240: Prefer: wait=20, perhaps among others. */
static int64_t wanted_wait_s(const struct frame *f)
{
    struct str wishes = head_find(&f->head, "prefer"), wish;
    int64_t seconds;

    while (str_cut(&wishes, ',', &wish)) {
        wish = str_trim(wish);
        if (str_starts(wish, S("wait=")) && str_int(str_from(wish, 5), &seconds) && seconds > 0)
            return seconds < WAIT_MOST_S ? seconds : WAIT_MOST_S;
    }
    return 0;
}

void answer_may_wait(struct frame *f)
{
    const struct response *r = &f->response;

    if (r->live && f->request.method == GET && f->answer.status == 200)
        f->answer.watch = (struct watch){.tenant = f->t->tenant,
                                         .id = r->live_id,
                                         .word = r->live,
                                         .wait_ms = (int)wanted_wait_s(f) * 1000};
}
