/*
 * pack.h - short texts (JSON of a few hundred bytes) packed by what they have in common.
 *
 * A text of its own is too short to be compressed: its names and words occur once.  So a table of
 * the words of all of them, made from such texts beforehand (data/pack/), stands behind every one.
 * A packed text says in its first byte which table it was packed with; a table that was ever
 * shipped stays, or what was packed with it is lost.  Whatever begins otherwise is the text itself:
 * what was written before there were tables, or what would not get shorter.
 */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include "core/crypto.h"

struct str text_pack(struct task *t, struct str text);
/* ERR_STORE: damaged; ERR_NO_MEMORY. */
MUST_USE enum err text_unpack(struct task *t, struct str packed, struct str *ret_text);

/* Packed and then sealed (crypto.h): the length of what is sealed tells little more than it did. */
struct str text_seal(struct task *t, const struct key *key, struct str place, struct str text);
/* Also what was sealed without being packed.  Errors of crypto_open() and text_unpack(). */
MUST_USE enum err text_open(struct task *t, const struct key *key, struct str place,
                            struct str sealed, struct str *ret_text);

#endif
