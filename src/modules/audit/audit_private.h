/* audit_private.h - what the files of audit.h share. */
#ifndef AUDIT_AUDIT_PRIVATE_H
#define AUDIT_AUDIT_PRIVATE_H

#include "core/form.h"

extern const struct choice audit_words[]; /* word and title, ended by NULL */

#endif
