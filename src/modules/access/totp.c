#include "modules/access/totp.h"

#include "core/buf.h"
#include "core/crypto.h"

int64_t totp_counter(int64_t moment)
{
    return moment / 1000 / TOTP_STEP_S;
}

struct str totp_code(struct task *t, struct str secret, int64_t counter, int digits)
{
    unsigned char mac[SHA1_BYTES];
    unsigned char message[8];
    uint32_t modulus = 1;

    for (int i = 0; i < 8; i++)
        message[i] = (unsigned char)((uint64_t)counter >> (56 - 8 * i));
    crypto_hmac_sha1(secret, (struct str){(const char *)message, sizeof message}, mac);

    /* RFC 4226 5.3: the last half-byte says where the 31 bits stand. */
    const unsigned char *at = mac + (mac[SHA1_BYTES - 1] & 15);
    uint32_t bits = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
                    (uint32_t)at[3];
    for (int i = 0; i < digits; i++)
        modulus *= 10;
    return str_format(t, "%0*u", digits, bits % modulus);
}

bool totp_matches(struct task *t, struct str secret, int64_t now, int64_t used, struct str typed,
                  int64_t *ret_counter)
{
    int64_t here = totp_counter(now);
    int64_t found = 0;

    if (typed.len != TOTP_DIGITS)
        return false;
    /* All three are looked at, so that the time taken says nothing. */
    for (int64_t counter = here - 1; counter <= here + 1; counter++) {
        struct str code = totp_code(t, secret, counter, TOTP_DIGITS);

        if (crypto_equal(code.at, typed.at, TOTP_DIGITS) && counter > used)
            found = counter;
    }
    if (!found)
        return false;
    *ret_counter = found;
    return true;
}

struct str base32(struct task *t, struct str bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct buf b = buf_new(t, bytes.len * 2 + 8);
    uint32_t held = 0;
    int bits = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | (unsigned char)bytes.at[i]) & 0xffff;
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(&b, letters[held >> (bits - 5) & 31]);
    }
    if (bits)
        buf_add_char(&b, letters[held << (5 - bits) & 31]);
    return buf_str(&b);
}
