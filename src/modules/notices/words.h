/*
 * words.h - what notices say; inside the notices module only.
 */
#ifndef NOTICES_WORDS_H
#define NOTICES_WORDS_H

#include "modules/notices/notices.h"

/* The text of a notice: at most 70 characters a part, no sensitive word, ends with how to ask. */
struct str notice_text(struct task *t, struct str kind, const struct json *facts);
struct str notice_place(struct task *t, int64_t id);
struct str paper_place(struct task *t, int64_t id);

#endif
