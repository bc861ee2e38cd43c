#include "http/limiter.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/crypto.h"
#include "http/address.h"

enum { SETS = 1024, WAYS = 4 };

struct bucket {
    uint64_t key; /* 0: never used */
    int64_t used_ms;
    double tokens;
};

struct limiter {
    pthread_mutex_t lock;
    uint64_t seed;
    double burst, per_ms;
    struct bucket buckets[SETS][WAYS];
};

struct limiter *limiter_make(int burst, int per_minute)
{
    struct limiter *limiter = calloc(1, sizeof *limiter);

    if (!limiter)
        return NULL;
    pthread_mutex_init(&limiter->lock, NULL);
    random_bytes(&limiter->seed, sizeof limiter->seed);
    limiter->burst = burst;
    limiter->per_ms = per_minute / 60000.0;
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter)
        pthread_mutex_destroy(&limiter->lock);
    free(limiter);
}

/* A seeded hash: who does not know the seed cannot choose addresses that share a bucket. */
static uint64_t hash(uint64_t seed, const unsigned char *bytes, size_t n)
{
    uint64_t h = seed;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ bytes[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    h = (h ^ (h >> 32)) * 0xbf58476d1ce4e5b9u;
    h ^= h >> 31;
    return h ? h : 1;
}

static uint64_t key_of(const struct limiter *limiter, struct str address)
{
    uint64_t counted[2];

    address_counted(address, counted);
    return hash(limiter->seed, (const unsigned char *)counted, sizeof counted);
}

int64_t limiter_take(struct limiter *limiter, struct str address, int64_t now_ms)
{
    uint64_t key = key_of(limiter, address);
    struct bucket *set = limiter->buckets[key % SETS], *bucket = NULL;
    int64_t wait_s = 0;

    pthread_mutex_lock(&limiter->lock);
    for (int i = 0; i < WAYS && !bucket; i++)
        if (set[i].key == key)
            bucket = &set[i];
    if (!bucket) {
        bucket = &set[0];
        for (int i = 1; i < WAYS; i++)
            if (set[i].key == 0 || (bucket->key && set[i].used_ms < bucket->used_ms))
                bucket = &set[i];
        *bucket = (struct bucket){.key = key, .used_ms = now_ms, .tokens = limiter->burst};
    }
    /* A clock that was set back takes nothing away: nobody waits for the hours it lost. */
    if (now_ms > bucket->used_ms)
        bucket->tokens += (double)(now_ms - bucket->used_ms) * limiter->per_ms;
    if (bucket->tokens > limiter->burst)
        bucket->tokens = limiter->burst;
    bucket->used_ms = now_ms;
    if (bucket->tokens >= 1)
        bucket->tokens -= 1;
    else
        wait_s = (int64_t)((1 - bucket->tokens) / limiter->per_ms / 1000) + 1;
    pthread_mutex_unlock(&limiter->lock);
    return wait_s;
}
