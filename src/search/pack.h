/*
 * pack.h - 128 numbers of one width, in four lanes, so that four are unpacked by one instruction.
 *
 * Number i lies in lane i % 4 as its (i / 4)-th; `bits` 32-bit words of every lane follow each
 * other, 16 * bits bytes in all.  Documents are packed as gaps less one.
 */
#ifndef SEARCH_PACK_H
#define SEARCH_PACK_H

#include <stdint.h>

enum { BLOCK = 128, PACK_MOST = 16 * 32 };

/* Bits of the widest. */
int pack_width(const uint32_t *numbers);
void pack(const uint32_t *numbers, int bits, uint8_t *ret_bytes);
/* 0 <= bits <= 32; reads 16 * bits bytes. */
void unpack(const uint8_t *bytes, int bits, uint32_t *ret_numbers);
/* Gaps less one to documents; `before` is the document before the block, -1 for none. */
void unpack_docs(const uint8_t *bytes, int bits, uint32_t before, uint32_t *ret_docs);

static inline int varint_put(uint8_t *at, uint32_t number)
{
    int n = 0;

    while (number >= 0x80) {
        at[n++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    at[n++] = (uint8_t)number;
    return n;
}

/* 0 at `end`, and for what is cut off. */
static inline uint32_t varint_get(const uint8_t **at, const uint8_t *end)
{
    uint32_t number = 0;

    for (int shift = 0; *at < end && shift < 35; shift += 7) {
        uint8_t byte = *(*at)++;
        number |= (uint32_t)((uint64_t)(byte & 0x7F) << shift);
        if (!(byte & 0x80))
            return number;
    }
    return 0;
}

#endif
