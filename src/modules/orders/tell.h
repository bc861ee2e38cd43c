/*
 * tell.h - what papers and notices of an order show (tell_facts.c), for who issues them (tell.c).
 */
#ifndef ORDERS_TELL_H
#define ORDERS_TELL_H

#include "modules/orders/change.h"

/* Into `facts`, an object; the first party apart, for how they are reached (empty: there is none).
 */
MUST_USE enum err tell_gather(struct change *c, struct json *facts, struct identity *ret_applicant);
/* Whose number and seal a paper bears: the unit. */
int64_t tell_issuer(const struct change *c);

#endif
