#include "core/crypto.h"

#include <string.h>

#include "core/form_private.h"
#include "core/task.h"

static const char code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Four characters of five bits and a dash. */
enum { GROUP = 5 };

struct str random_code(struct task *t, int groups)
{
    size_t n = (size_t)groups * GROUP;
    char *code = NEW(t, char, n + 1);

    random_bytes(code, n);
    for (size_t i = 0; i < n; i++)
        code[i] = i % GROUP == GROUP - 1 ? '-' : code_alphabet[(unsigned char)code[i] & 31];
    return (struct str){code, n ? n - 1 : 0};
}

struct str code_normalise(struct task *t, struct str typed)
{
    struct str plain = form_plain(t, typed);
    char *code = NEW(t, char, plain.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.at[i];

        if (c == ' ' || c == '\t' || c == '-')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c == 'O')
            c = '0';
        if (c == 'I' || c == 'L')
            c = '1';
        if (c == 0 || !strchr(code_alphabet, c))
            return (struct str){0};
        code[n++] = c;
    }
    return (struct str){code, n};
}

struct str base64url(struct task *t, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    char *text = NEW(t, char, n / 3 * 4 + 5);
    size_t len = 0;
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < n; i++) {
        bits = (bits << 8 | p[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            text[len++] = base64_alphabet[bits >> (held - 6) & 63];
    }
    if (held)
        text[len++] = base64_alphabet[bits << (6 - held) & 63];
    return (struct str){text, len};
}

bool base64url_decode(struct task *t, struct str text, struct str *ret_bytes)
{
    char *bytes = NEW(t, char, text.len / 4 * 3 + 4);
    size_t len = 0;
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.at[i] ? strchr(base64_alphabet, text.at[i]) : NULL;

        if (!at)
            return false;
        bits = (bits << 6 | (uint32_t)(at - base64_alphabet)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[len++] = (char)(bits >> held);
        }
    }
    /* One text for each content: a character that gives no byte, or left-over bits, is not ours. */
    if (text.len % 4 == 1 || (bits & ((1u << held) - 1)))
        return false;
    *ret_bytes = (struct str){bytes, len};
    return true;
}
