#include "cite.h"

#include <string.h>

#include "search/tokens.h"

enum { CITES_MOST = 400, TITLE_BYTES = 240 };

static bool split_number(struct str article, int64_t *ret_number, int64_t *ret_of)
{
    struct str di = S("第"), zhi = S("之");
    size_t tiao = str_find(article, S("条"));

    *ret_of = 0;
    if (!str_starts(article, di) || tiao == SIZE_MAX ||
        !number_of_numerals((struct str){article.at + di.len, tiao - di.len}, ret_number))
        return false;
    struct str rest = str_from(article, tiao + S("条").len);
    return !str_starts(rest, zhi) || number_of_numerals(str_from(rest, zhi.len), ret_of);
}

struct str cite_key(struct task *t, struct str law, struct str article)
{
    int64_t number, of;

    if (!split_number(article, &number, &of))
        return (struct str){0};
    return of ? str_format(t, "%.*s#%lld-%lld", STR_ARG(law), (long long)number, (long long)of)
              : str_format(t, "%.*s#%lld", STR_ARG(law), (long long)number);
}

static void add_numeral(struct buf *b, int64_t n)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四",
                                         "五", "六", "七", "八", "九"};
    static const char *const units[] = {"千", "百", "十", ""};
    static const int64_t values[] = {1000, 100, 10, 1};
    bool begun = false, zero = false;

    for (int i = 0; i < 4; i++) {
        int64_t digit = n / values[i] % 10;

        if (!digit) {
            zero = begun;
            continue;
        }
        if (zero)
            buf_add(b, S("零"));
        zero = false;
        if (!(digit == 1 && i == 2 && !begun))
            buf_add(b, str_of(digits[digit]));
        buf_add(b, str_of(units[i]));
        begun = true;
    }
}

struct str cite_article_zh(struct task *t, int64_t number, int64_t of)
{
    struct buf b = buf_new(t, 128);

    buf_add(&b, S("第"));
    add_numeral(&b, number % 10000);
    buf_add(&b, S("条"));
    if (of) {
        buf_add(&b, S("之"));
        add_numeral(&b, of % 10000);
    }
    return buf_str(&b);
}

struct finder {
    struct task *t;
    struct list *list;
    struct str text;
    size_t at;
};

static void add(struct finder *f, size_t begin, size_t end, struct str law, struct str article)
{
    if (f->list->count < CITES_MOST)
        *(struct cite *)list_add(f->t, f->list, sizeof(struct cite)) =
            (struct cite){begin, end, law, article};
}

/* 第三条、第四条和第五条 at f->at: the first belongs to what stands before it. */
static bool add_articles(struct finder *f, size_t begin, struct str law)
{
    static const char *const joins[] = {"、", "和", "及", "或者", "，"};
    bool any = false;

    for (;;) {
        struct str rest = str_from(f->text, f->at);
        size_t n = article_prefix(rest), join = 0;

        if (!n)
            return any;
        add(f, any ? f->at : begin, f->at + n, law, str_first(rest, n));
        any = true;
        f->at += n;
        rest = str_from(f->text, f->at);
        for (size_t i = 0; i < sizeof joins / sizeof *joins; i++)
            if (!join && str_starts(rest, str_of(joins[i])) &&
                article_prefix(str_from(rest, strlen(joins[i]))))
                join = strlen(joins[i]);
        if (!join)
            return true;
        f->at += join;
    }
}

/* （以下简称……） between the title and the number. */
static void skip_parenthesis(struct finder *f)
{
    struct str rest = str_from(f->text, f->at);
    size_t end = str_starts(rest, S("（")) ? str_find(rest, S("）")) : SIZE_MAX;

    if (end != SIZE_MAX && end < TITLE_BYTES)
        f->at += end + S("）").len;
}

static bool try_title(struct finder *f)
{
    struct str open = S("《"), close = S("》"), rest = str_from(f->text, f->at);
    size_t begin = f->at;

    if (!str_starts(rest, open))
        return false;
    struct str title = str_first(str_from(rest, open.len), TITLE_BYTES);
    size_t end = str_find(title, close);
    if (end == SIZE_MAX)
        return false;
    f->at += open.len + end + close.len;
    skip_parenthesis(f);
    add_articles(f, begin, law_short(str_first(title, end)));
    return true;
}

static bool try_own(struct finder *f, struct str own)
{
    static const char *const words[] = {"本法", "本条例", "本规定", "本办法", "本解释"};
    struct str rest = str_from(f->text, f->at);

    for (size_t i = 0; own.len && i < sizeof words / sizeof *words; i++) {
        size_t begin = f->at;

        if (!str_starts(rest, str_of(words[i])))
            continue;
        f->at += strlen(words[i]);
        add_articles(f, begin, own);
        return true;
    }
    return false;
}

struct list cites_find(struct task *t, struct str text, struct str own)
{
    struct list list = {0};
    struct finder f = {t, &list, text, 0};

    while (f.at < text.len) {
        /* Nearly every byte begins neither: 《 is E3, 本 is E6. */
        unsigned char c = (unsigned char)text.at[f.at];

        if ((c == 0xE3 && try_title(&f)) || (c == 0xE6 && try_own(&f, own)))
            continue;
        f.at++;
    }
    return list;
}
