#include "http/guest.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "http/address.h"

enum { PLACES = 4096 };

struct guests {
    pthread_mutex_t lock;
    uint64_t seed;
    int most;
    const char *trusted;
    struct guest *places[PLACES];
};

struct guests *guests_make(int most, const char *trusted)
{
    struct guests *guests = calloc(1, sizeof *guests);

    if (!guests)
        return NULL;
    pthread_mutex_init(&guests->lock, NULL);
    random_bytes(&guests->seed, sizeof guests->seed);
    guests->most = most;
    guests->trusted = trusted;
    return guests;
}

void guests_free(struct guests *guests)
{
    if (!guests)
        return;
    for (int i = 0; i < PLACES; i++)
        while (guests->places[i]) {
            struct guest *guest = guests->places[i];

            guests->places[i] = guest->next;
            free(guest);
        }
    pthread_mutex_destroy(&guests->lock);
    free(guests);
}

bool guest_address_good(struct str address)
{
    char text[INET6_ADDRSTRLEN] = {0};
    unsigned char bytes[16];

    if (!address.len || address.len >= sizeof text)
        return false;
    memcpy(text, address.at, address.len);
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

bool guest_trusted(const char *trusted, struct str address)
{
    struct str rest = str_of(trusted ? trusted : "127.0.0.1 ::1"), one;

    while (str_cut(&rest, ' ', &one))
        if (one.len && str_eq(one, address))
            return true;
    return false;
}

/* A trusted address is never taken for its neighbours. */
static void key_of(struct str address, bool trusted, uint64_t ret_key[2])
{
    enum { TRUSTED = 4 };

    address_counted(address, ret_key);
    if (trusted)
        ret_key[1] |= TRUSTED;
}

/* Who does not know the seed cannot choose addresses that share a place. */
static size_t place_of(const struct guests *guests, const uint64_t key[2])
{
    uint64_t h = (key[0] ^ guests->seed) * 0x9e3779b97f4a7c15u;

    h = (h ^ (h >> 32) ^ key[1]) * 0xbf58476d1ce4e5b9u;
    return (h ^ (h >> 31)) % PLACES;
}

bool guest_come(struct guests *guests, struct str address, struct guest **ret_guest)
{
    bool trusted = guest_trusted(guests->trusted, address), room = false;
    uint64_t key[2];

    key_of(address, trusted, key);
    struct guest **place = &guests->places[place_of(guests, key)], *guest;
    pthread_mutex_lock(&guests->lock);
    for (guest = *place; guest; guest = guest->next)
        if (guest->key[0] == key[0] && guest->key[1] == key[1])
            break;
    if (!guest && (guest = calloc(1, sizeof *guest))) {
        memcpy(guest->key, key, sizeof key);
        guest->trusted = trusted;
        for (int i = 0; i < GUEST_LANES; i++)
            guest->lanes[i].unbounded = trusted;
        guest->next = *place;
        *place = guest;
    }
    if (guest && (trusted || guest->here < guests->most)) {
        guest->here++;
        *ret_guest = guest;
        room = true;
    }
    pthread_mutex_unlock(&guests->lock);
    return room;
}

void guest_leave(struct guests *guests, struct guest *guest)
{
    struct guest *gone = NULL;

    pthread_mutex_lock(&guests->lock);
    if (--guest->here == 0) {
        struct guest **at = &guests->places[place_of(guests, guest->key)];

        while (*at != guest)
            at = &(*at)->next;
        *at = guest->next;
        gone = guest;
    }
    pthread_mutex_unlock(&guests->lock);
    free(gone);
}
