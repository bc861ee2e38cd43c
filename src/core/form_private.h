/* form_private.h - what form.c and form_check.c share. */
#ifndef CORE_FORM_PRIVATE_H
#define CORE_FORM_PRIVATE_H

#include "core/str.h"

/* A copy with full-width ASCII made plain, trimmed. */
struct str form_plain(struct task *t, struct str s);

#endif
