#include "core/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/task.h"

/*
 * What is sealed, by its first byte:
 *   1: nonce (12), ciphertext, tag (16)             AES-256-GCM, place as associated data
 *   2: iv (16), ciphertext, HMAC-SM3 (32)           SM4-CTR; keys for both by HKDF from the key
 * given
 */
enum { GCM_NONCE = 12, GCM_TAG = 16, SM4_IV = 16, SM4_KEY = 16, LARGEST_TEXT = 1 << 30 };

static enum crypto_suite chosen = SUITE_INTERNATIONAL;

/* Fetched once: a fetch by name takes longer than most of the work done with it. */
static struct {
    EVP_CIPHER *aes, *sm4;
    EVP_MD *sha256, *sm3;
    EVP_MAC *hmac;
    EVP_KDF *hkdf;
} fetched;

/* The library fails only when memory or the installation is broken; sealing half is no way out. */
static void must(bool fine)
{
    if (fine)
        return;
    fputs("yimen: the cryptographic library failed\n", stderr);
    abort();
}

static void fetch_all(void)
{
    fetched.aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    fetched.sm4 = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    fetched.sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    fetched.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    must(fetched.aes && fetched.sm4 && fetched.sha256 && fetched.sm3 && fetched.hmac &&
         fetched.hkdf);
}

static void prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fetch_all);
}

void crypto_set_suite(enum crypto_suite suite)
{
    chosen = suite;
}

enum crypto_suite crypto_suite(void)
{
    return chosen;
}

static const char *hash_name(enum crypto_suite suite)
{
    return suite == SUITE_CHINESE ? "SM3" : "SHA2-256";
}

void random_bytes(void *at, size_t n)
{
    unsigned char *p = at;

    while (n) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        must(got > 0);
        p += got;
        n -= (size_t)got;
    }
}

struct key key_random(void)
{
    struct key key;

    random_bytes(key.bytes, sizeof key.bytes);
    return key;
}

void key_clear(struct key *key)
{
    OPENSSL_cleanse(key->bytes, sizeof key->bytes);
}

static void hkdf(enum crypto_suite suite, const struct key *from, const char *purpose, void *at,
                 size_t n)
{
    char *hash = (char *)(uintptr_t)hash_name(suite);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)from->bytes,
                                          KEY_BYTES),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)purpose,
                                          strlen(purpose)),
        OSSL_PARAM_END,
    };

    prepare();
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(fetched.hkdf);
    must(ctx && EVP_KDF_derive(ctx, at, n, params) > 0);
    EVP_KDF_CTX_free(ctx);
}

struct key key_derive(const struct key *from, const char *purpose)
{
    struct key key;

    hkdf(chosen, from, purpose, key.bytes, sizeof key.bytes);
    return key;
}

static void length_prefix(size_t len, unsigned char ret_prefix[8])
{
    for (int i = 0; i < 8; i++)
        ret_prefix[i] = (unsigned char)((uint64_t)len >> (8 * i));
}

void crypto_digest(const struct str *parts, size_t n, unsigned char ret_hash[HASH_BYTES])
{
    unsigned char prefix[8];

    prepare();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx &&
         EVP_DigestInit_ex2(ctx, chosen == SUITE_CHINESE ? fetched.sm3 : fetched.sha256, NULL));
    for (size_t i = 0; i < n; i++) {
        length_prefix(parts[i].len, prefix);
        must(EVP_DigestUpdate(ctx, prefix, sizeof prefix) &&
             EVP_DigestUpdate(ctx, parts[i].at, parts[i].len));
    }
    must(EVP_DigestFinal_ex(ctx, ret_hash, NULL));
    EVP_MD_CTX_free(ctx);
}

static void hmac(enum crypto_suite suite, const unsigned char key[KEY_BYTES],
                 const struct str *parts, size_t n, unsigned char ret_mac[HASH_BYTES])
{
    char *hash = (char *)(uintptr_t)hash_name(suite);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
        OSSL_PARAM_END,
    };
    unsigned char prefix[8];
    size_t len;

    prepare();
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(fetched.hmac);
    must(ctx && EVP_MAC_init(ctx, key, KEY_BYTES, params));
    for (size_t i = 0; i < n; i++) {
        length_prefix(parts[i].len, prefix);
        must(EVP_MAC_update(ctx, prefix, sizeof prefix));
        must(EVP_MAC_update(ctx, (const unsigned char *)parts[i].at, parts[i].len));
    }
    must(EVP_MAC_final(ctx, ret_mac, &len, HASH_BYTES) && len == HASH_BYTES);
    EVP_MAC_CTX_free(ctx);
}

void crypto_hmac(const struct key *key, const struct str *parts, size_t n,
                 unsigned char ret_mac[HASH_BYTES])
{
    hmac(chosen, key->bytes, parts, n, ret_mac);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

/* Both directions of AES-256-GCM.  The tag is written when sealing and compared when opening. */
static bool run_gcm(bool seal, const struct key *key, const unsigned char *nonce, struct str place,
                    struct str in, unsigned char *out, unsigned char *tag)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    must(ctx && EVP_CipherInit_ex2(ctx, fetched.aes, key->bytes, nonce, seal, NULL));
    must(!place.len ||
         EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)place.at, (int)place.len));
    must(!in.len || EVP_CipherUpdate(ctx, out, &n, (const unsigned char *)in.at, (int)in.len));
    if (!seal)
        must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) > 0);
    bool right = EVP_CipherFinal_ex(ctx, out + in.len, &n) > 0;
    if (seal)
        must(right && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, tag) > 0);
    EVP_CIPHER_CTX_free(ctx);
    return right;
}

static void run_ctr(const unsigned char key[SM4_KEY], const unsigned char *iv, struct str in,
                    unsigned char *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    must(ctx && EVP_EncryptInit_ex2(ctx, fetched.sm4, key, iv, NULL));
    must(!in.len || EVP_EncryptUpdate(ctx, out, &n, (const unsigned char *)in.at, (int)in.len));
    EVP_CIPHER_CTX_free(ctx);
}

/* SM4 key and MAC key, from one key: a key is never used for two things. */
struct sm_keys {
    unsigned char mac[KEY_BYTES], cipher[SM4_KEY];
};

static struct sm_keys sm_keys(const struct key *key)
{
    struct sm_keys keys;

    hkdf(SUITE_CHINESE, key, "seal", &keys, sizeof keys);
    return keys;
}

/* Over everything but itself: suite byte, iv and ciphertext as they stand, and the place. */
static void sm_mac(const struct sm_keys *keys, struct str place, struct str head,
                   unsigned char ret_mac[HASH_BYTES])
{
    hmac(SUITE_CHINESE, keys->mac, (struct str[]){place, head}, 2, ret_mac);
}

static size_t overhead(enum crypto_suite suite)
{
    return suite == SUITE_CHINESE ? 1 + SM4_IV + HASH_BYTES : 1 + GCM_NONCE + GCM_TAG;
}

struct str crypto_seal(struct task *t, const struct key *key, struct str place, struct str plain)
{
    must(plain.len <= LARGEST_TEXT && place.len <= LARGEST_TEXT);
    size_t len = plain.len + overhead(chosen);
    unsigned char *out = NEW(t, unsigned char, len);
    struct str sealed = {(const char *)out, len};

    prepare();
    out[0] = (unsigned char)chosen;
    if (chosen == SUITE_CHINESE) {
        struct sm_keys keys = sm_keys(key);
        random_bytes(out + 1, SM4_IV);
        run_ctr(keys.cipher, out + 1, plain, out + 1 + SM4_IV);
        sm_mac(&keys, place, str_first(sealed, len - HASH_BYTES), out + len - HASH_BYTES);
        OPENSSL_cleanse(&keys, sizeof keys);
    } else {
        random_bytes(out + 1, GCM_NONCE);
        run_gcm(true, key, out + 1, place, plain, out + 1 + GCM_NONCE, out + len - GCM_TAG);
    }
    return sealed;
}

static bool open_chinese(const struct key *key, struct str place, struct str sealed,
                         unsigned char *out)
{
    size_t body = sealed.len - HASH_BYTES;
    const unsigned char *in = (const unsigned char *)sealed.at;
    unsigned char mac[HASH_BYTES];
    struct sm_keys keys = sm_keys(key);

    sm_mac(&keys, place, str_first(sealed, body), mac);
    bool right = crypto_equal(mac, in + body, HASH_BYTES);
    if (right)
        run_ctr(keys.cipher, in + 1, str_from(str_first(sealed, body), 1 + SM4_IV), out);
    OPENSSL_cleanse(&keys, sizeof keys);
    return right;
}

static bool open_international(const struct key *key, struct str place, struct str sealed,
                               unsigned char *out)
{
    const unsigned char *in = (const unsigned char *)sealed.at;
    unsigned char tag[GCM_TAG];

    memcpy(tag, in + sealed.len - GCM_TAG, GCM_TAG);
    return run_gcm(false, key, in + 1, place,
                   str_from(str_first(sealed, sealed.len - GCM_TAG), 1 + GCM_NONCE), out, tag);
}

enum err crypto_open(struct task *t, const struct key *key, struct str place, struct str sealed,
                     struct str *ret_plain)
{
    enum crypto_suite suite = sealed.len ? (enum crypto_suite)sealed.at[0] : SUITE_INTERNATIONAL;
    bool known = suite == SUITE_INTERNATIONAL || suite == SUITE_CHINESE;

    if (!known || sealed.len < overhead(suite) || sealed.len - overhead(suite) > LARGEST_TEXT ||
        place.len > LARGEST_TEXT)
        return task_fail(t, ERR_STORE, "密封的内容已损坏");
    size_t len = sealed.len - overhead(suite);
    unsigned char *out = NEW(t, unsigned char, len + 1);

    prepare();
    bool right = suite == SUITE_CHINESE ? open_chinese(key, place, sealed, out)
                                        : open_international(key, place, sealed, out);
    if (!right) {
        /* GCM decrypts before it knows: nothing unproven stays in memory. */
        OPENSSL_cleanse(out, len + 1);
        return task_fail(t, ERR_STORE, "密封的内容打不开：已损坏、被挪动，或密钥不对");
    }
    out[len] = 0;
    *ret_plain = (struct str){(const char *)out, len};
    return OK;
}

struct str key_wrap(struct task *t, const struct key *by, struct str place, const struct key *key)
{
    return crypto_seal(t, by, place, (struct str){(const char *)key->bytes, KEY_BYTES});
}

enum err key_unwrap(struct task *t, const struct key *by, struct str place, struct str wrapped,
                    struct key *ret_key)
{
    struct str plain;
    enum err e = crypto_open(t, by, place, wrapped, &plain);

    if (e)
        return e;
    if (plain.len != KEY_BYTES)
        return task_fail(t, ERR_STORE, "密封的密钥长度不对");
    memcpy(ret_key->bytes, plain.at, KEY_BYTES);
    OPENSSL_cleanse((void *)(uintptr_t)plain.at, plain.len);
    return OK;
}
