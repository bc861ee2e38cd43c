/* HMAC-SHA-1, which one-time codes of RFC 6238 are made of on every device people have.  Nothing
 * else may use it. */
#include "core/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void crypto_hmac_sha1(struct str key, struct str data, unsigned char ret_mac[SHA1_BYTES])
{
    unsigned int len = SHA1_BYTES;

    if (!HMAC(EVP_sha1(), key.at, (int)key.len, (const unsigned char *)data.at, data.len, ret_mac,
              &len))
        abort();
}
