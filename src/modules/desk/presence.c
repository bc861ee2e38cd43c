#include "modules/desk/presence.h"

#include <pthread.h>
#include <string.h>

/* A small table with few places per order: what does not fit pushes out the oldest. */
enum { BUCKETS = 512, PLACES = 4, NAME_MOST = 48 };

struct look {
    int64_t tenant, order, staff, at;
    size_t name_len;
    char name[NAME_MOST];
};

static struct look looks[BUCKETS][PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct look *bucket_of(int64_t tenant, int64_t order)
{
    uint64_t hash = (uint64_t)order * 0x9e3779b97f4a7c15u ^ (uint64_t)tenant;

    return looks[(hash >> 40) % BUCKETS];
}

void presence_note(struct task *t, const struct actor *actor, int64_t order)
{
    struct look *bucket = bucket_of(t->tenant, order), *place = bucket;

    if (!actor->staff || !order)
        return;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < PLACES; i++) {
        if (bucket[i].tenant == t->tenant && bucket[i].order == order &&
            bucket[i].staff == actor->staff) {
            place = &bucket[i];
            break;
        }
        if (bucket[i].at < place->at)
            place = &bucket[i];
    }
    *place =
        (struct look){.tenant = t->tenant, .order = order, .staff = actor->staff, .at = t->now};
    place->name_len = utf8_prefix(actor->name, 10);
    if (place->name_len > NAME_MOST)
        place->name_len = 0;
    if (place->name_len)
        memcpy(place->name, actor->name.at, place->name_len);
    pthread_mutex_unlock(&lock);
}

struct str presence_other(struct task *t, const struct actor *actor, int64_t order)
{
    const struct look *bucket = bucket_of(t->tenant, order);
    char name[NAME_MOST];
    size_t len = 0;

    /* Copied first: nothing is allocated while the lock is held. */
    pthread_mutex_lock(&lock);
    for (int i = 0; i < PLACES && !len; i++) {
        const struct look *look = &bucket[i];
        if (look->tenant != t->tenant || look->order != order || look->staff == actor->staff ||
            look->at < t->now - PRESENCE_MS)
            continue;
        len = look->name_len;
        memcpy(name, look->name, len);
    }
    pthread_mutex_unlock(&lock);
    return len ? str_copy(t, (struct str){name, len}) : (struct str){0};
}
