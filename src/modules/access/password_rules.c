/*
 * What makes a new password too weak: what can be explained by what people commonly type is guessed
 * by those who know it, too.  The password is cut into pieces - common words, the own name and
 * login, dates, telephone numbers, ways over the keyboard, repetitions - in the way that leaves the
 * fewest characters over; who adds three characters of their own to such pieces has added nothing.
 */
#include "modules/access/staff.h"

#include <string.h>

#include "core/crypto.h"
#include "modules/access/password_words.h"

enum {
    LEFT_LEAST = 4,  /* characters of one's own that a password must have */
    OWN_WORDS = 16,  /* parts of login and name */
    OWN_LEAST = 3,   /* bytes of such a part: one Chinese character, or min */
    WALK_LEAST = 4,  /* keys in a row */
    FEW_DIGITS = 4,  /* a year, a day, the end of a number */
    LONG_NUMBER = 16 /* digits and signs, from which on they are not known by heart */
};

struct str password_random(struct task *t)
{
    return random_code(t, 4);
}

struct pieces {
    struct str text; /* small letters */
    struct str own[OWN_WORDS];
    size_t own_count;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Also what stands for a letter on many keyboards: p@55w0rd. */
static bool same_letter(char typed, char letter)
{
    static const char signs[][3] = {"@a", "4a", "$s", "5s", "0o", "1i", "!i",
                                    "1l", "3e", "7t", "8b", "9g", "6g", "2z"};

    if (typed == letter)
        return true;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i][0] == typed && signs[i][1] == letter)
            return true;
    return false;
}

static size_t word_at(struct str rest, struct str word)
{
    if (word.len > rest.len)
        return 0;
    for (size_t i = 0; i < word.len; i++)
        if (!same_letter(rest.at[i], word.at[i]))
            return 0;
    return word.len;
}

/* --- Pieces: each tells how many bytes from here on it explains; 0: none --------------------- */

static size_t longest_of(struct str rest, const char *const *list)
{
    size_t longest = 0;

    for (; *list; list++) {
        size_t n = word_at(rest, str_of(*list));

        longest = n > longest ? n : longest;
    }
    return longest;
}

static size_t digits_at(struct str rest)
{
    size_t n = 0;

    while (n < rest.len && is_digit(rest.at[n]))
        n++;
    return n;
}

static int number(struct str digits)
{
    int64_t value = 0;

    return str_int(digits, &value) ? (int)value : 0;
}

static bool is_month_and_day(int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* 19900315, 900315, 199003: a birthday or a feast.  15031990 as elsewhere. */
static size_t date_at(struct str rest)
{
    size_t n = digits_at(rest);
    struct str d = str_first(rest, n);

    if (n >= 8) {
        int year = number(str_first(d, 4)), last = number(str_first(str_from(d, 4), 4));

        if (year >= 1900 && year <= 2099 && is_month_and_day(last / 100, last % 100))
            return 8;
        if (last >= 1900 && last <= 2099 && is_month_and_day(year % 100, year / 100))
            return 8;
    }
    if (n >= 6) {
        int year = number(str_first(d, 4)), first = number(str_first(d, 2)),
            last = number(str_first(str_from(d, 2), 4));

        if (is_month_and_day(last / 100, last % 100) || is_month_and_day(first, last / 100) ||
            (year >= 1900 && year <= 2099 && is_month_and_day(last % 100, 1)))
            return 6;
    }
    return 0;
}

/* A mobile number; an id number, of which everything is known but four digits. */
static size_t personal_number_at(struct str rest)
{
    size_t n = digits_at(rest);

    if (n >= 17 && date_at(str_from(rest, 6)) == 8)
        return n > 17 ? 18 : rest.len > 17 && rest.at[17] == 'x' ? 18 : 17;
    return n >= 11 && rest.at[0] == '1' && rest.at[1] >= '3' ? 11 : 0;
}

/* Along a row or a column of the keyboard, or the alphabet, either way. */
static size_t walk_at(struct str rest)
{
    size_t longest = 0;

    for (const char *const *walk = password_walks; *walk; walk++)
        for (const char *from = *walk; *from; from++) {
            size_t on = 0, back = 0;

            while (on < rest.len && from[on] && from[on] == rest.at[on])
                on++;
            while (back < rest.len && from - back >= *walk && *(from - back) == rest.at[back])
                back++;
            on = on > back ? on : back;
            longest = on > longest ? on : longest;
        }
    return longest >= WALK_LEAST ? longest : 0;
}

/* aaaa, 123123, woainiwoaini: what stands before here, once more. */
static size_t repeat_at(struct str text, size_t at)
{
    size_t longest = 0;

    for (size_t period = 1; period <= at && period <= 16; period++) {
        size_t n = 0;

        while (at + n < text.len && text.at[at + n] == text.at[at + n - period])
            n++;
        if (n >= period && n > longest)
            longest = n;
    }
    return longest;
}

static size_t own_at(const struct pieces *p, struct str rest)
{
    size_t longest = 0;

    for (size_t i = 0; i < p->own_count; i++) {
        size_t n = word_at(rest, p->own[i]);

        longest = n > longest ? n : longest;
    }
    return longest;
}

/* --- The way that leaves the least over ------------------------------------------------------- */

static void reach(uint16_t *left, size_t to, uint16_t with)
{
    if (with < left[to])
        left[to] = with;
}

/* Of a piece also a shorter part may fit what follows: 2026 of 20261. */
static void explain(const struct pieces *p, size_t at, uint16_t *left)
{
    struct str rest = str_from(p->text, at);
    const size_t found[] = {longest_of(rest, password_words),
                            longest_of(rest, password_digits),
                            own_at(p, rest),
                            date_at(rest),
                            personal_number_at(rest),
                            walk_at(rest),
                            repeat_at(p->text, at)};
    size_t digits = digits_at(rest);

    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (found[i])
            reach(left, at + found[i], left[at]);
    for (size_t n = 1; n <= digits && n <= FEW_DIGITS; n++)
        if (at == 0 || !is_digit(p->text.at[at - 1]))
            reach(left, at + n, left[at]);
}

/* How many characters nothing common explains. */
static size_t left_over(struct task *t, const struct pieces *p)
{
    uint16_t *left = NEW(t, uint16_t, p->text.len + 1);

    memset(left, 0xff, (p->text.len + 1) * sizeof *left);
    left[0] = 0;
    for (size_t at = 0; at < p->text.len; at++) {
        size_t next = at;

        if (left[at] == UINT16_MAX)
            continue;
        explain(p, at, left);
        (void)utf8_next(p->text, &next);
        bool blank = p->text.at[at] == ' ' || p->text.at[at] == '-' || p->text.at[at] == '_' ||
                     p->text.at[at] == '.';
        reach(left, next, (uint16_t)(left[at] + !blank));
    }
    return left[p->text.len];
}

static void add_own(struct pieces *p, struct str word)
{
    if (word.len >= OWN_LEAST && p->own_count < OWN_WORDS)
        p->own[p->own_count++] = word;
}

/* zhou.min: zhou, min, zhoumin, minzhou. */
static void add_login(struct task *t, struct pieces *p, struct str login)
{
    struct str forwards = {0}, backwards = {0};
    size_t from = 0;

    for (size_t i = 0; i <= login.len; i++) {
        if (i < login.len && login.at[i] != '.' && login.at[i] != '_' && login.at[i] != '-')
            continue;
        struct str part = {login.at + from, i - from};
        add_own(p, part);
        forwards = str_join(t, forwards, part);
        backwards = str_join(t, part, backwards);
        from = i + 1;
    }
    add_own(p, forwards);
    add_own(p, backwards);
}

static bool has_few_characters(struct str password)
{
    bool seen[256] = {false};
    int different = 0;

    for (size_t i = 0; i < password.len; i++) {
        unsigned char c = (unsigned char)password.at[i];

        different += !seen[c];
        seen[c] = true;
    }
    return different < 5;
}

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.at[i] >= 'a' && text.at[i] <= 'z') || (unsigned char)text.at[i] >= 0x80)
            return false;
    return text.len < LONG_NUMBER;
}

const char *password_fault(struct task *t, struct str password, struct str login, struct str name)
{
    struct pieces p = {.own_count = 0};

    if (!utf8_valid(password))
        return "密码里有不能识别的字符";
    size_t length = utf8_length(password);
    if (length < PASSWORD_LEAST)
        return "密码至少 10 个字符；一句自己记得住的话就很好";
    if (length > PASSWORD_MOST)
        return "密码最多 200 个字符";

    char *folded = str_terminated(t, password);
    for (size_t i = 0; i < password.len; i++)
        folded[i] = lower(folded[i]);
    p.text = (struct str){folded, password.len};
    if (login.len >= 3 && str_find(p.text, login) != SIZE_MAX)
        return "密码里不能有自己的登录名";
    if (has_few_characters(password))
        return "密码里重复的字符太多";
    add_login(t, &p, login);
    add_own(&p, name);
    if (is_number(p.text) || left_over(t, &p) < LEFT_LEAST)
        return "这个密码太常见，容易被猜中，请换一个";
    return NULL;
}
