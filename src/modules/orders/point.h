/*
 * point.h - up to where a copy of the data goes, and which orders name a file.
 */
#ifndef ORDERS_POINT_H
#define ORDERS_POINT_H

#include "core/shape.h"
#include "store/store.h"

struct order_point {
    int64_t events; /* of the tenant, so far */
    int64_t at;     /* the newest was recorded at that moment; 0: there is none */
    struct str no;  /* on this order, as its event number `seq` */
    int64_t seq;
};
/* Inside store_read(). */
MUST_USE enum err orders_point(struct task *t, struct order_point *ret_point);

/* Ids (int64_t) of at most ten orders whose attachments or papers name this file.  Inside
 * store_read(). */
MUST_USE enum err orders_of_blob(struct task *t, struct str blob, struct list *ret_ids);

#endif
