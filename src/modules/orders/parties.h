/*
 * parties.h - who takes part in an order.  Inside the orders module only.
 */
#ifndef ORDERS_PARTIES_H
#define ORDERS_PARTIES_H

#include "modules/orders/change.h"

extern const struct choice party_roles[]; /* applicant 申请人 ... */
const char *party_role_title(struct str role);

/* Add {role, identity, authority, represents} (checked) as the next party of the order. */
MUST_USE enum err party_add(struct change *c, const struct json *item);
MUST_USE enum err party_change_phone(struct change *c, int64_t n, struct str phone);
/* A subject stands in the clear on lists: no name, phone or paper number of a party, no long
 * digits. */
MUST_USE enum err subject_check(struct task *t, const struct order *order, struct str subject,
                                struct str field);
bool subject_check_against(struct task *t, struct str subject, const struct identity *identity,
                           struct str field);
/* The place where an order's party is sealed. */
struct str party_place(struct task *t, int64_t order, int64_t n);

#endif
