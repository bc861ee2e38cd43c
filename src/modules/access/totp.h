/*
 * totp.h - six digits that change every 30 seconds (RFC 6238), and the text of their secret.
 */
#ifndef ACCESS_TOTP_H
#define ACCESS_TOTP_H

#include "core/task.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_STEP_S = 30, TOTP_DIGITS = 6 };

int64_t totp_counter(int64_t moment);
/* The code of that step, with so many digits. */
struct str totp_code(struct task *t, struct str secret, int64_t counter, int digits);
/* Does `typed` fit the step of `now`, the one before or the one after, and is that step later than
 * `used`?  Then *ret_counter is the step, which is used up by that. */
bool totp_matches(struct task *t, struct str secret, int64_t now, int64_t used, struct str typed,
                  int64_t *ret_counter);
/* RFC 4648, without padding: how authenticator apps take a secret. */
struct str base32(struct task *t, struct str bytes);

#endif
