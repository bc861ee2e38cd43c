/*
 * Ids: 41 bits of milliseconds since 2020, 8 bits of server, 14 bits of sequence.  They follow the
 * task's moment, so a simulation that sets the moment gets the same ids in the same order.
 */
#include "store/store_private.h"

enum { SEQUENCE_BITS = 14, SERVER_BITS = 8 };

static const int64_t EPOCH_2020 = 1577836800000;
static const int64_t SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1;
static const int64_t LAST_MS = ((int64_t)1 << 41) - 1;

static int64_t id_of(int64_t ms, int64_t server, int64_t sequence)
{
    return ms << (SERVER_BITS + SEQUENCE_BITS) | server << SEQUENCE_BITS | sequence;
}

int64_t store_new_id(struct task *t)
{
    struct store *store = t->store;
    int64_t ms = t->now - EPOCH_2020;

    if (ms < 1)
        ms = 1;
    if (ms > LAST_MS)
        ms = LAST_MS;
    pthread_mutex_lock(&store->id_lock);
    int64_t id = id_of(ms, store->server, 0);
    if (id <= store->last_id) {
        /* The same moment, or one before: go on behind the last, in the next millisecond when it is
         * full. */
        int64_t last_ms = store->last_id >> (SERVER_BITS + SEQUENCE_BITS);
        int64_t sequence = (store->last_id & SEQUENCE_MASK) + 1;
        id = sequence <= SEQUENCE_MASK ? id_of(last_ms, store->server, sequence)
                                       : id_of(last_ms + 1, store->server, 0);
    }
    store->last_id = id;
    pthread_mutex_unlock(&store->id_lock);
    return id;
}

void store_seed_ids(struct store *store, int64_t seed)
{
    pthread_mutex_lock(&store->id_lock);
    /* Whatever number this process happened to get, the ids are those of the seed. */
    store->server = (int)((uint64_t)seed & ((1 << SERVER_BITS) - 1));
    store->last_id = 0;
    pthread_mutex_unlock(&store->id_lock);
}

int64_t store_id_moment(int64_t id)
{
    return (id >> (SERVER_BITS + SEQUENCE_BITS)) + EPOCH_2020;
}

int64_t store_id_at(struct str text)
{
    int64_t id;

    /* Only as the program writes it: no sign, no leading zero. */
    if (!text.len || text.at[0] < '1' || text.at[0] > '9' || !str_int(text, &id))
        return 0;
    return id;
}
