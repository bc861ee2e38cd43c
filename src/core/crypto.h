/*
 * crypto.h - hashes, sealing, signatures, random bytes: the only door to OpenSSL.
 *
 * Two suites, chosen per installation and written in the first byte of what is sealed:
 *   international: AES-256-GCM, SHA-256         chinese: SM4-CTR + HMAC-SM3 (encrypt then MAC), SM3
 * A sealed text is bound to its place by `place` (associated data): moved elsewhere, it does not
 * open.
 */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

#include "core/str.h"

enum crypto_suite { SUITE_INTERNATIONAL = 1, SUITE_CHINESE = 2 };
enum { KEY_BYTES = 32, HASH_BYTES = 32, SEAL_OVERHEAD_MAX = 64 };

struct key {
    unsigned char bytes[KEY_BYTES];
};

void crypto_set_suite(
    enum crypto_suite suite); /* once, at start; opening knows by the first byte */
enum crypto_suite crypto_suite(void);

void random_bytes(void *at, size_t n); /* ends the program when the kernel has none */
struct key key_random(void);
/* A key derived from another for a stated purpose (HKDF): "look-up", "tracking", "cookie". */
struct key key_derive(const struct key *from, const char *purpose);
void key_clear(struct key *key);

struct str crypto_seal(struct task *t, const struct key *key, struct str place, struct str plain);
/* ERR_STORE: damaged, moved, or another key. */
MUST_USE enum err crypto_open(struct task *t, const struct key *key, struct str place,
                              struct str sealed, struct str *ret_plain);
/* A key sealed under another key. */
struct str key_wrap(struct task *t, const struct key *by, struct str place, const struct key *key);
MUST_USE enum err key_unwrap(struct task *t, const struct key *by, struct str place,
                             struct str wrapped, struct key *ret_key);

/* Hash of the parts, each length-prefixed (8 bytes, little-endian), so parts cannot be shifted.
 * (Not called crypto_hash: libsodium has that, and a linker may take either.) */
void crypto_digest(const struct str *parts, size_t n, unsigned char ret_hash[HASH_BYTES]);
void crypto_hmac(const struct key *key, const struct str *parts, size_t n,
                 unsigned char ret_mac[HASH_BYTES]);
/* Signatures, for what somebody without our keys must be able to check: Ed25519, in the chinese
 * suite SM2 with SM3.  The pair follows from `key`.  A public key is a SubjectPublicKeyInfo in DER
 * and says itself which kind it is, so sign_check() needs no suite. */
struct str sign_public(struct task *t, const struct key *key);
struct str sign_text(struct task *t, const struct key *key, struct str text);
bool sign_check(struct str public_key, struct str text, struct str signature);
/* For one-time codes (RFC 6238) only. */
enum { SHA1_BYTES = 20 };
void crypto_hmac_sha1(struct str key, struct str data, unsigned char ret_mac[SHA1_BYTES]);
bool crypto_equal(const void *a, const void *b, size_t n); /* in constant time */

/* Crockford base-32 groups of four, without I L O U: "7Q4M-9KXD-2HVP-6T3W" is 80 bits. */
struct str random_code(struct task *t, int groups);
/* Upper case, without blanks and dashes, O->0, I and L->1; empty when it has other characters. */
struct str code_normalise(struct task *t, struct str typed);
struct str base64url(struct task *t, const void *bytes, size_t n);
bool base64url_decode(struct task *t, struct str text, struct str *ret_bytes);

#endif
