/*
 * materials.h - what a matter asks for and what has come in.  Inside the orders module only.
 */
#ifndef ORDERS_MATERIALS_H
#define ORDERS_MATERIALS_H

#include "modules/orders/change.h"

struct material_count {
    int64_t required, in, promised, missing; /* of the required ones */
};
MUST_USE enum err materials_count(struct task *t, struct str matter, const struct json *state,
                                  struct material_count *ret_count);
bool rated_badly(const struct json *state);

#endif
