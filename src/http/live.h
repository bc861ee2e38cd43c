/*
 * live.h - news for requests that are held: a ring of the last ones, in the order they came.
 *
 * A request is held with the number of the newest news its answer may have known.  A poller that is
 * woken asks for each of its held requests whether anything behind that number concerns it; so
 * nothing is missed between the handler's reading and the holding.
 */
#ifndef HTTP_LIVE_H
#define HTTP_LIVE_H

#include "http/frame.h"

struct live;

struct live *live_make(void); /* NULL: no memory */
void live_free(struct live *live);
/* False: nobody holds anything, no need to wake anybody. */
bool live_hear(struct live *live, const struct news *news);
int64_t live_heard(struct live *live);
void live_hold(struct live *live, int more); /* how many are held: one more or less */
/* Did something behind `heard` concern this watch?  Then *ret_after_ms: held so long it may be run
 * again; longer the more are held, so that all together cost a bounded number of runs. */
bool live_concerns(struct live *live, const struct watch *watch, int64_t heard,
                   int64_t *ret_after_ms);

#endif
