#include "search/pack.h"

#include <string.h>

/* Four numbers; anywhere in memory. */
typedef uint32_t four __attribute__((vector_size(16)));
typedef uint32_t four_at __attribute__((vector_size(16), aligned(1)));
typedef void unpacker(const uint8_t *bytes, uint32_t before, uint32_t *numbers);

static inline four load(const uint8_t *at)
{
    return *(const four_at *)at;
}

static inline void store(uint32_t *at, four value)
{
    memcpy(at, &value, sizeof value);
}

int pack_width(const uint32_t *numbers)
{
    uint32_t all = 0;

    for (int i = 0; i < BLOCK; i++)
        all |= numbers[i];
    return all ? 32 - __builtin_clz(all) : 0;
}

void pack(const uint32_t *numbers, int bits, uint8_t *bytes)
{
    uint32_t words[4 * 33] = {0};

    for (int i = 0; i < BLOCK && bits; i++) {
        int bit = i / 4 * bits, lane = i % 4, word = bit / 32, shift = bit % 32;

        words[word * 4 + lane] |= numbers[i] << shift;
        if (shift + bits > 32)
            words[(word + 1) * 4 + lane] |= numbers[i] >> (32 - shift);
    }
    memcpy(bytes, words, (size_t)bits * 16);
}

/* Each width has its own code, in which every shift is a constant. */
static inline __attribute__((always_inline)) four row(const uint8_t *bytes, int r, const int bits)
{
    const int bit = r * bits, word = bit / 32, shift = bit % 32;
    const uint32_t mask = bits == 32 ? UINT32_MAX : (UINT32_C(1) << bits) - 1;
    four value = load(bytes + 16 * word) >> shift;

    if (shift + bits > 32)
        value |= load(bytes + 16 * (word + 1)) << (32 - shift);
    return value & mask;
}

static inline __attribute__((always_inline)) void plain(const uint8_t *bytes, uint32_t *numbers,
                                                        const int bits)
{
#pragma GCC unroll 32
    for (int r = 0; r < 32; r++)
        store(numbers + 4 * r, row(bytes, r, bits));
}

static inline __attribute__((always_inline)) void docs(const uint8_t *bytes, uint32_t before,
                                                       uint32_t *numbers, const int bits)
{
    const four zero = {0, 0, 0, 0}, steps = {1, 2, 3, 4};
    four last = {before, before, before, before};

#pragma GCC unroll 32
    for (int r = 0; r < 32; r++) {
        four sum = bits ? row(bytes, r, bits) : zero;

        sum += __builtin_shufflevector(zero, sum, 0, 4, 5, 6);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 4, 5);
        sum += last + steps;
        store(numbers + 4 * r, sum);
        last = __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
    }
}

#define WIDTHS_1(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define WIDTHS_2(X) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16)
#define WIDTHS_3(X) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24)
#define WIDTHS_4(X) X(25) X(26) X(27) X(28) X(29) X(30) X(31) X(32)
#define WIDTHS(X)   WIDTHS_1(X) WIDTHS_2(X) WIDTHS_3(X) WIDTHS_4(X)
#define PLAIN(n)                                                                                   \
    static void plain_##n(const uint8_t *bytes, uint32_t before, uint32_t *numbers)                \
    {                                                                                              \
        (void)before;                                                                              \
        plain(bytes, numbers, n);                                                                  \
    }
#define DOCS(n)                                                                                    \
    static void docs_##n(const uint8_t *bytes, uint32_t before, uint32_t *numbers)                 \
    {                                                                                              \
        docs(bytes, before, numbers, n);                                                           \
    }
#define PLAIN_ROW(n) plain_##n,
#define DOCS_ROW(n)  docs_##n,

WIDTHS(PLAIN)
WIDTHS(DOCS)
DOCS(0)

static unpacker *const plains[33] = {0, WIDTHS(PLAIN_ROW)};
static unpacker *const doc_unpackers[33] = {docs_0, WIDTHS(DOCS_ROW)};

void unpack(const uint8_t *bytes, int bits, uint32_t *numbers)
{
    if (bits == 0)
        memset(numbers, 0, BLOCK * sizeof *numbers);
    else
        plains[bits](bytes, 0, numbers);
}

void unpack_docs(const uint8_t *bytes, int bits, uint32_t before, uint32_t *numbers)
{
    doc_unpackers[bits](bytes, before, numbers);
}
