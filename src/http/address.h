/*
 * address.h - what a limit counts when it counts by address: one household, not one number.
 *
 * An IPv6 subscriber has at least a /64 and chooses any of its addresses at will, so an IPv6
 * address counts by its first 64 bits.  IPv4 in IPv6 clothes (mapped, ::ffff:0:0/96; translated,
 * 64:ff9b::/96 of RFC 6052) counts as the IPv4 address: else all of IPv4 would be one household.
 * Every limit per address goes by this: connections and memory (guest.c), secrets and questions
 * (limiter.c), failed sign-ins (access).
 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <stdint.h>

#include "core/task.h"

enum address_kind { ADDRESS_V4 = 1, ADDRESS_V6, ADDRESS_OTHER };

/* Two numbers that are equal for what counts as one; the second is the kind.  What is no address in
 * numbers counts together with all that is none. */
void address_counted(struct str address, uint64_t ret_key[2]);
/* The same as text, for rows: "203.0.113.7", "2001:db8:0:1::/64"; what is no address stays. */
struct str address_counted_text(struct task *t, struct str address);

#endif
