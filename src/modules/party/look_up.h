/* look_up.h - text as look-up compares it. */
#ifndef PARTY_LOOK_UP_H
#define PARTY_LOOK_UP_H

#include "core/str.h"

struct task;

/* Upper case, full-width letters and digits made plain, blanks and the dots inside names dropped.
 */
struct str normal_text(struct task *t, struct str text);

#endif
