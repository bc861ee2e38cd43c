#include "search/chars.h"

#include <pthread.h>
#include <string.h>

#include "core/str.h"

extern const struct str search_simplified, search_initials; /* generated from data/search/ */

uint32_t char_table[0x10000];
static char initials[0xA000];
static pthread_once_t made = PTHREAD_ONCE_INIT;

enum { WORD_FLAG = 0x10000 };

static void range(uint32_t first, uint32_t last)
{
    for (uint32_t c = first; c <= last; c++)
        char_table[c] = c;
}

static void words(uint32_t base)
{
    for (uint32_t i = 0; i < 10; i++)
        char_table[base + '0' + i] = WORD_FLAG | ('0' + i);
    for (uint32_t i = 0; i < 26; i++) {
        char_table[base + 'A' + i] = WORD_FLAG | ('a' + i);
        char_table[base + 'a' + i] = WORD_FLAG | ('a' + i);
    }
}

static void breaks(uint32_t first, uint32_t last)
{
    for (uint32_t c = first; c <= last; c++)
        char_table[c] = CHAR_BREAK;
}

static struct str line_of(struct str *rest)
{
    struct str line = {0};

    do
        if (!str_cut(rest, '\n', &line))
            return (struct str){0};
    while (line.len == 0 || line.at[0] == '#');
    return line;
}

static void read_simplified(void)
{
    struct str rest = search_simplified;

    for (struct str line = line_of(&rest); line.len; line = line_of(&rest)) {
        size_t offset = 0;
        uint32_t from = utf8_next(line, &offset), to = utf8_next(line, &offset);

        if (from < 0x10000 && to < 0x10000)
            char_table[from] = to;
    }
    /* A chain ends at its end. */
    for (uint32_t c = 0x3400; c < 0xA000; c++)
        char_table[c] = char_table[char_table[c]];
}

static void read_initials(void)
{
    struct str rest = search_initials;

    for (struct str line = line_of(&rest); line.len > 5; line = line_of(&rest)) {
        uint32_t base = 0;

        for (int i = 0; i < 4; i++) {
            char c = line.at[i];
            base = base * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
        }
        for (size_t i = 5; i < line.len && base + i - 5 < sizeof initials; i++)
            if (line.at[i] != '.')
                initials[base + i - 5] = line.at[i];
    }
}

static void make(void)
{
    for (uint32_t c = 0; c < 0x10000; c++)
        char_table[c] = CHAR_SLOW;
    breaks(0, 0x7F);
    words(0);
    breaks(0x2010, 0x2027);
    breaks(0x3000, 0x303F);
    breaks(0xFF00, 0xFF65);
    words(0xFEE0);
    char_table[0x200B] = char_table[0xFEFF] = CHAR_SLOW;
    range(0x3005, 0x3007);
    range(0x3041, 0x3096);
    range(0x30A1, 0x30FA);
    range(0x30FC, 0x30FC);
    range(0x3400, 0x4DBF);
    range(0x4E00, 0x9FFF);
    range(0xAC00, 0xD7A3);
    read_simplified();
    read_initials();
    initials[0x3007] = 'l';
}

void chars_ready(void)
{
    pthread_once(&made, make);
}

bool char_is_wide_gram(uint32_t c)
{
    return c >= 0x20000 && c <= 0x3FFFD;
}

char char_initial(uint32_t c)
{
    return c < sizeof initials ? initials[c] : 0;
}

int char_digit(uint32_t c)
{
    static const struct {
        uint32_t c;
        int value;
    } table[] = {
        {0x3007, 0},  {0x96F6, 0},   {0x4E00, 1},    {0x4E8C, 2},     {0x4E24, 2}, {0x4E09, 3},
        {0x56DB, 4},  {0x4E94, 5},   {0x516D, 6},    {0x4E03, 7},     {0x516B, 8}, {0x4E5D, 9},
        {0x5341, 10}, {0x767E, 100}, {0x5343, 1000}, {0x4E07, 10000},
    };

    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 0xFF10 && c <= 0xFF19)
        return (int)(c - 0xFF10);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].c == c)
            return table[i].value;
    return -1;
}
