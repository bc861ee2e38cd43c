/*
 * Signatures: Ed25519, or in the chinese suite SM2 with SM3 (GM/T 0009, with its usual identity).
 * The pair follows from one 32-byte key, so there is nothing more to keep than that key.
 */
#include "core/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"

enum { POINT_BYTES = 65, SIGNATURE_MOST = 128, PUBLIC_MOST = 200 };

static const char sm2_identity[] = "1234567812345678";

static void must(bool fine)
{
    if (fine)
        return;
    fputs("yimen: the cryptographic library failed\n", stderr);
    abort();
}

/* The key as a number between 1 and the order of the curve less 2, and its point. */
static void sm2_numbers(const struct key *key, BIGNUM **ret_number,
                        unsigned char point[POINT_BYTES])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *number = BN_secure_new(), *order = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *public = group ? EC_POINT_new(group) : NULL;

    must(number && order && ctx && public && EC_GROUP_get_order(group, order, ctx) &&
         BN_sub_word(order, 2) && BN_bin2bn(key->bytes, KEY_BYTES, number) &&
         BN_mod(number, number, order, ctx) && BN_add_word(number, 1) &&
         EC_POINT_mul(group, public, number, NULL, NULL, ctx) &&
         EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, POINT_BYTES,
                            ctx) == POINT_BYTES);
    EC_POINT_free(public);
    BN_CTX_free(ctx);
    BN_free(order);
    EC_GROUP_free(group);
    *ret_number = number;
}

static EVP_PKEY *sm2_pair(const struct key *key)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    unsigned char point[POINT_BYTES];
    EVP_PKEY *pair = NULL;
    BIGNUM *number;

    sm2_numbers(key, &number, point);
    must(build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0) &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) &&
         OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    must(params && ctx && EVP_PKEY_fromdata_init(ctx) > 0 &&
         EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, params) > 0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_clear_free(number);
    return pair;
}

static EVP_PKEY *pair_of(const struct key *key)
{
    EVP_PKEY *pair =
        crypto_suite() == SUITE_CHINESE
            ? sm2_pair(key)
            : EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->bytes, KEY_BYTES);

    must(pair != NULL);
    return pair;
}

/* What both directions of a key of either kind need. */
static bool begin(EVP_MD_CTX *ctx, EVP_PKEY *key, bool sign)
{
    bool sm2 = EVP_PKEY_is_a(key, "SM2");
    EVP_PKEY_CTX *own = NULL;

    if (sm2) {
        own = EVP_PKEY_CTX_new(key, NULL);
        if (!own || EVP_PKEY_CTX_set1_id(own, sm2_identity, sizeof sm2_identity - 1) <= 0) {
            EVP_PKEY_CTX_free(own);
            return false;
        }
        EVP_MD_CTX_set_pkey_ctx(ctx, own);
    }
    const EVP_MD *digest = sm2 ? EVP_sm3() : NULL;
    return (sign ? EVP_DigestSignInit(ctx, NULL, digest, NULL, key)
                 : EVP_DigestVerifyInit(ctx, NULL, digest, NULL, key)) > 0;
}

/* A context that was given a key context does not free it. */
static void end(EVP_MD_CTX *ctx, const EVP_PKEY *key)
{
    EVP_PKEY_CTX *own = EVP_PKEY_is_a(key, "SM2") ? EVP_MD_CTX_get_pkey_ctx(ctx) : NULL;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(own);
}

struct str sign_public(struct task *t, const struct key *key)
{
    EVP_PKEY *pair = pair_of(key);
    unsigned char bytes[PUBLIC_MOST], *at = bytes;
    int n = i2d_PUBKEY(pair, NULL);

    must(n > 0 && n <= PUBLIC_MOST && i2d_PUBKEY(pair, &at) == n);
    EVP_PKEY_free(pair);
    return str_copy(t, (struct str){(const char *)bytes, (size_t)n});
}

struct str sign_text(struct task *t, const struct key *key, struct str text)
{
    EVP_PKEY *pair = pair_of(key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char bytes[SIGNATURE_MOST];
    size_t n = sizeof bytes;

    must(ctx && begin(ctx, pair, true) &&
         EVP_DigestSign(ctx, bytes, &n, (const unsigned char *)text.at, text.len) > 0);
    end(ctx, pair);
    EVP_PKEY_free(pair);
    return str_copy(t, (struct str){(const char *)bytes, n});
}

bool sign_check(struct str public, struct str text, struct str signature)
{
    const unsigned char *at = (const unsigned char *)public.at;
    EVP_PKEY *key = public.len ? d2i_PUBKEY(NULL, &at, (long)public.len) : NULL;

    if (!key)
        return false;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx != NULL);
    bool right = begin(ctx, key, false) &&
                 EVP_DigestVerify(ctx, (const unsigned char *)signature.at, signature.len,
                                  (const unsigned char *)text.at, text.len) > 0;
    end(ctx, key);
    EVP_PKEY_free(key);
    return right;
}
