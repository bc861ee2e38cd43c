#include "modules/desk/presence.h"

#include <pthread.h>
#include <string.h>

#include "modules/desk/desk.h"
#include "store/store.h"

/* A small table with few places per order: what does not fit pushes out the oldest. */
enum { BUCKETS = 512, PLACES = 4, NAME_MOST = 48, TELL_AGAIN_MS = PRESENCE_MS / 4 };

struct look {
    int64_t tenant, order, staff, at;
    int64_t told_at; /* to the other servers */
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

/* True when the others have not been told of it lately. */
static bool put_look(const struct look *look)
{
    struct look *bucket = bucket_of(look->tenant, look->order), *place = bucket;
    bool news = true;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < PLACES; i++) {
        if (bucket[i].tenant == look->tenant && bucket[i].order == look->order &&
            bucket[i].staff == look->staff) {
            place = &bucket[i];
            break;
        }
        if (bucket[i].at < place->at)
            place = &bucket[i];
    }
    int64_t told_at = look->at;
    if (place->tenant == look->tenant && place->order == look->order &&
        place->staff == look->staff) {
        news = look->at - place->told_at >= TELL_AGAIN_MS || look->at < place->told_at;
        told_at = news ? look->at : place->told_at;
    }
    *place = *look;
    place->told_at = told_at;
    pthread_mutex_unlock(&lock);
    return news;
}

static void name_look(struct look *look, struct str name)
{
    look->name_len = utf8_prefix(name, 10);
    if (look->name_len > NAME_MOST)
        look->name_len = 0;
    if (look->name_len)
        memcpy(look->name, name.at, look->name_len);
}

void presence_note(struct task *t, const struct actor *actor, int64_t order)
{
    struct look look = {.tenant = t->tenant, .order = order, .staff = actor->staff, .at = t->now};

    if (!actor->staff || !order)
        return;
    name_look(&look, actor->name);
    if (put_look(&look) && t->store)
        store_tell(t, "looking", order,
                   str_format(t, "%lld %lld %.*s", (long long)look.staff, (long long)look.at,
                              (int)look.name_len, look.name));
}

static void hear(void *arg, const struct news *news)
{
    struct look look = {.tenant = news->tenant, .order = news->id};
    struct str text = news->text, staff, at;

    (void)arg;
    if (news->here || !str_is(news->word, "looking") || !str_cut(&text, ' ', &staff) ||
        !str_cut(&text, ' ', &at) || !str_int(staff, &look.staff) || !str_int(at, &look.at) ||
        !look.staff || !utf8_valid(text))
        return;
    name_look(&look, text);
    (void)put_look(&look);
}

void presence_hear(struct store *store)
{
    (void)!store_listen(store, hear, NULL); /* no room: each server knows its own visitors */
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
