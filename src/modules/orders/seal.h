/*
 * seal.h - signatures over the chains of all orders (design 1, invariant 3).
 *
 * The chain of an order shows that an event was changed, unless whoever changed it reckoned all
 * hashes behind it again.  Therefore a job signs what was committed, with a key that is not in the
 * database: at least once a day, once an hour when something happened, and whenever SEAL_EVENTS
 * events wait.  A seal costs what happened since the one before it, however many orders there are.
 *
 * What is signed is this text; `before` is the hash of the text of the seal before, `digest` folds
 * the hashes of the events FIRST..LAST of the feed (no events: LAST is FIRST less 1), `audit` is
 * the head of the audit record:
 *
 *     yimen seal 1
 *     tenant 7340032
 *     seal 12
 *     at 2026-10-14T00:00:03+08:00
 *     events 1001 1500
 *     digest 64 hexadecimal digits
 *     audit 77 64 hexadecimal digits
 *     before 64 hexadecimal digits
 *
 * The key pair follows from the tenant's lasting key (purpose "seal-heads"): Ed25519, or SM2 in the
 * chinese suite.  Whoever can write the database but does not have the key file cannot sign.  What
 * was cut off at the end, seals and all, only shows against a copy kept elsewhere: heads_write().
 */
#ifndef ORDERS_SEAL_H
#define ORDERS_SEAL_H

#include <stdio.h>

#include "modules/orders/orders.h"

enum { SEAL_EVENTS = 1000 };

/* The job: seal what is due.  *ret_seals counts.  Short: what is left comes next time. */
MUST_USE enum err orders_seal(struct task *t, int64_t *ret_seals);

struct seals_checked {
    int64_t seals, events; /* events: how many of them are sealed */
    int64_t last_at;       /* 0: there is none */
};
/* How far sealing has come.  Outside any transaction. */
MUST_USE enum err seals_last(struct task *t, struct seals_checked *ret_last);
/* Every seal against its signature, the feed, the events and the audit record.  Adds to `findings`
 * (struct finding, in the memory of t) at most `most`.  Outside any transaction. */
MUST_USE enum err seals_verify(struct task *t, struct list *findings, size_t most,
                               struct seals_checked *ret_checked);

/* --- heads.c: for keeping elsewhere --- */

/*
 * All seals and the number of events and head of every order, as lines of text, with a signature at
 * the end: "yimen heads 1", "tenant ID", "at MOMENT", "key HEX" (SubjectPublicKeyInfo), then "seal
 * N HASH SIGNATURE", "order ID VERSION HEAD", and "end ORDERS DIGEST SIGNATURE"; the signature is
 * over the text "yimen heads DIGEST".  Hexadecimal digits all.
 */
MUST_USE enum err heads_write(struct task *t, FILE *out, void (*progress)(int64_t done),
                              int64_t *ret_orders);
/* The tenant that a file is of; 0: it is no such file.  Begins at the start of the file. */
int64_t heads_tenant(FILE *in);
/* Each order and seal of the file must still be there with what the file says; what came later may
 * stand behind it.  Adds to `findings` as above. */
MUST_USE enum err heads_check(struct task *t, FILE *in, void (*progress)(int64_t done),
                              struct list *findings, size_t most, int64_t *ret_orders);

/* Inside the module: the pair's key; call key_clear(). */
MUST_USE enum err seal_key(struct task *t, struct key *ret_key);

#endif
