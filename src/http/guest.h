/*
 * guest.h - who is at the other end, by address, and what of the common things each has.
 *
 * Connections, requests under way and the memory for what is sent and not fetched are shared by
 * all; each address has a bound of its own below what there is, so that one cannot use up what the
 * others need.  What counts as one address stands in address.h.  Behind a trusted proxy
 * it is the address that the proxy names; a trusted proxy itself, and who asks from the host
 * itself without being named, has no bound.
 *
 * The table has an entry for each address that has a connection or a request under way, no more: it
 * is as large as these are many.
 */
#ifndef HTTP_GUEST_H
#define HTTP_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/str.h"
#include "http/pool.h"

enum guest_lane { LANE_QUICK, LANE_UPLOAD, GUEST_LANES }; /* one for each pool */

struct guest {
    struct guest *next;
    uint64_t key[2];
    int here;     /* connections, and requests that came by a proxy; under the table's lock */
    bool trusted; /* no bounds */
    _Atomic size_t held_bytes;
    struct lane lanes[GUEST_LANES];
};

bool guest_address_good(struct str address); /* in numbers */
/* Is it one of `trusted` (as below)? */
bool guest_trusted(const char *trusted, struct str address);

struct guests;

/* `most`: how many connections, or requests by a proxy, one address may have at a time.
 * `trusted`: addresses separated by blanks; NULL: 127.0.0.1 and ::1.  It is the caller's. */
struct guests *guests_make(int most, const char *trusted); /* NULL: no memory */
void guests_free(struct guests *guests);
/* One more connection or request of this address.  False: it has as many as it may have, or there
 * is no memory. */
bool guest_come(struct guests *guests, struct str address, struct guest **ret_guest);
void guest_leave(struct guests *guests, struct guest *guest);

#endif
