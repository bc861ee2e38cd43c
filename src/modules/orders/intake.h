/*
 * intake.h - pieces of registering.  Inside the orders module only.
 */
#ifndef ORDERS_INTAKE_H
#define ORDERS_INTAKE_H

#include "modules/orders/act.h"

struct draft { /* an order to be */
    struct str matter, channel, subject;
    const struct procedure *procedure;
    struct unit unit;
    int64_t occurred_at, chain;
};

extern const struct choice order_channels[];
/* The input that intake_form asks for: without what other forms check or belongs to the request. */
struct json *intake_common_part(struct task *t, const struct json *input);
/* What one field alone cannot tell: field errors.  procedure NULL: not known. */
void intake_check_together(struct task *t, const struct json *clean,
                           const struct procedure *procedure);
/* Choices, numbers and days decide limits and ways and are no personal data: they stand in the
 * state.  Texts stay in the sealed body. */
struct json *intake_plain_fields(struct task *t, const struct form *form,
                                 const struct json *fields);
/* Gap-free per unit and year; given in the transaction that uses it. */
MUST_USE enum err order_number(struct task *t, const struct unit *unit, int64_t moment,
                               struct str *ret_no);
/* Keyed hash of number and code. */
MUST_USE enum err code_hash(struct task *t, struct str no, struct str code, struct str *ret_hash);
/* The people of one order become the people of an order that it opens. */
MUST_USE enum err copy_parties(struct change *from, struct change *to);

#endif
