/*
 * limiter.h - how often one address may try a secret: token buckets in a table of fixed size.
 *
 * What counts as one address stands in address.h.  When the table is full the bucket longest unused
 * gives way, which forgives its address; a code or password is strong enough for that (lock-outs
 * of accounts stand in the store).
 */
#ifndef HTTP_LIMITER_H
#define HTTP_LIMITER_H

#include "core/str.h"

struct limiter;

struct limiter *limiter_make(int burst, int per_minute); /* NULL: no memory */
void limiter_free(struct limiter *limiter);
/* Take one try at this moment of a clock in milliseconds; 0, or after how many seconds to come
 * again. */
int64_t limiter_take(struct limiter *limiter, struct str address, int64_t now_ms);

#endif
