#include "core/form.h"

#include "core/form_private.h"
#include "core/task.h"
#include "core/text.h"
#include "core/time.h"

/* Full-width ASCII (U+FF01..FF5E) is what Chinese keyboards give; people do not see the difference.
 */
struct str form_plain(struct task *t, struct str s)
{
    char *plain = NEW(t, char, s.len + 1);
    size_t n = 0, at = 0;

    while (at < s.len) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);

        if (c == UINT32_MAX)
            plain[n++] = s.at[at++];
        else if (c >= 0xff01 && c <= 0xff5e)
            plain[n++] = (char)(c - 0xff01 + '!');
        else if (c == 0x3000)
            plain[n++] = ' ';
        else
            while (from < at)
                plain[n++] = s.at[from++];
    }
    return str_trim((struct str){plain, n});
}

/* Plain, without any of the characters in `drop`, letters made upper case. */
static struct str squeezed(struct task *t, struct str s, const char *drop)
{
    struct str plain = form_plain(t, s);
    char *kept = NEW(t, char, plain.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.at[i];
        if (str_find(str_of(drop), (struct str){&c, 1}) != SIZE_MAX)
            continue;
        kept[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (struct str){kept, n};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits of a part that is known to hold digits only. */
static int number_at(struct str s, size_t from, size_t n)
{
    int number = 0;

    for (size_t i = from; i < from + n; i++)
        number = number * 10 + (s.at[i] - '0');
    return number;
}

static const char *wrong_birth(struct task *t, struct str id)
{
    int year = number_at(id, 6, 4), month = number_at(id, 10, 2), day = number_at(id, 12, 2);

    if (year < 1850)
        return "第 7–10 位是出生年份，请对照证件再看一遍";
    if (month < 1 || month > 12)
        return "第 11–12 位是月份，应为 01–12，请对照证件再看一遍";
    if (!day_valid_civil(year, month, day))
        return "第 13–14 位是日，那个月没有这一天，请对照证件再看一遍";
    if (day_from_civil(year, month, day) > day_of(t->now))
        return "第 7–14 位是出生日期，不会晚于今天，请对照证件再看一遍";
    return NULL;
}

/* MOD 11-2 over the first 17 digits. */
static char id_check_character(struct str id)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (size_t i = 0; i < 17; i++)
        sum += (id.at[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

const char *check_id_number(struct task *t, struct str text, struct str *ret_normal)
{
    struct str id = squeezed(t, text, " \t-");

    if (id.len == 15)
        return "这是 15 位的旧号码，请填 18 位的新号码";
    if (utf8_length(id) != 18)
        return SAY(t, "要 18 位，现在是 %zu 位", utf8_length(id));
    for (size_t i = 0; i < 17; i++)
        if (!is_digit(id.at[i]))
            return SAY(t, "第 %zu 位应为数字，请对照证件再看一遍", i + 1);
    if (id.len != 18 || (!is_digit(id.at[17]) && id.at[17] != 'X'))
        return "第 18 位应为 0–9 或 X，请对照证件再看一遍";
    if (id.at[0] == '0')
        return "第 1 位不会是 0，请对照证件再看一遍";
    const char *wrong = wrong_birth(t, id);
    if (wrong)
        return wrong;
    if (id_check_character(id) != id.at[17])
        return "校验位不对，有一位抄错了，请对照证件逐位再看一遍";
    *ret_normal = id;
    return NULL;
}

int32_t id_number_birth(struct str id)
{
    return day_from_civil(number_at(id, 6, 4), number_at(id, 10, 2), number_at(id, 12, 2));
}

bool id_number_female(struct str id)
{
    return (id.at[16] - '0') % 2 == 0;
}

int age_on(int32_t birth, int32_t day)
{
    int birth_year, birth_month, birth_day, year, month, of_month;

    day_to_civil(birth, &birth_year, &birth_month, &birth_day);
    day_to_civil(day, &year, &month, &of_month);
    bool before = month < birth_month || (month == birth_month && of_month < birth_day);
    return year - birth_year - before;
}

static struct str without_country(struct str s)
{
    static const struct str heads[] = {STR_INIT("+86"), STR_INIT("0086"), STR_INIT("86")};

    /* A bare 86 is a country only in front of a whole mobile number. */
    for (size_t i = 0; i < 3; i++)
        if (str_starts(s, heads[i]) && (i < 2 || (s.len == 13 && s.at[2] == '1')))
            return str_from(s, heads[i].len);
    return s;
}

static const char *check_land_line(struct task *t, struct str digits, struct str *ret_normal)
{
    /* 010 and 02x have three digits, all others four. */
    size_t area = digits.at[1] == '1' || digits.at[1] == '2' ? 3 : 4;
    struct str number = str_from(digits, area);

    if (digits.at[1] == '0' || number.len < 7 || number.len > 8)
        return "座机请写区号和 7–8 位号码，例如 0576-88812345";
    if (number.at[0] == '0' || number.at[0] == '1')
        return "座机号码不会以 0 或 1 开头，请再看一遍";
    *ret_normal = str_format(t, "%.*s-%.*s", STR_ARG(str_first(digits, area)), STR_ARG(number));
    return NULL;
}

const char *check_phone(struct task *t, struct str text, struct str *ret_normal)
{
    struct str digits = without_country(squeezed(t, text, " \t-()"));

    for (size_t i = 0; i < digits.len; i++)
        if (!is_digit(digits.at[i]))
            return "电话只写数字，例如 13912345678 或 0576-88812345";
    if (digits.len >= 2 && digits.at[0] == '0')
        return check_land_line(t, digits, ret_normal);
    if (digits.len && digits.at[0] != '1' && (digits.len == 7 || digits.len == 8))
        return "座机请加区号，例如 0576-88812345";
    if (digits.len != 11)
        return SAY(t, "要 11 位，现在是 %zu 位", digits.len);
    if (digits.at[0] != '1')
        return "手机号第 1 位应为 1，请再看一遍";
    if (digits.at[1] < '3')
        return "手机号第 2 位应为 3–9，请再看一遍";
    *ret_normal = digits;
    return NULL;
}

static const char credit_characters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int credit_value(char c)
{
    size_t at = str_find(str_of(credit_characters), (struct str){&c, 1});

    return at == SIZE_MAX ? -1 : (int)at;
}

const char *check_credit_code(struct task *t, struct str text, struct str *ret_normal)
{
    struct str code = squeezed(t, text, " \t-");
    int sum = 0, weight = 1;

    if (code.len == 15)
        return "这是 15 位的旧注册号，请填 18 位的统一社会信用代码";
    if (utf8_length(code) != 18)
        return SAY(t, "要 18 位，现在是 %zu 位", utf8_length(code));
    for (size_t i = 0; i < 18; i++) {
        int value = credit_value(code.at[i]);

        if (value < 0)
            return str_format(
                       t,
                       tr(t,
                          "第 %zu 位不对：只有数字和大写字母，没有 I、O、S、V、Z，请对照执照再看一遍"),
                       i + 1)
                .at;
        if (i >= 2 && i < 8 && value > 9)
            return SAY(t, "第 %zu 位应为数字，请对照执照再看一遍", i + 1);
        if (i < 17)
            sum += value * weight;
        weight = weight * 3 % 31;
    }
    if (code.len != 18 || credit_characters[(31 - sum % 31) % 31] != code.at[17])
        return "校验位不对，有一位抄错了，请对照执照逐位再看一遍";
    *ret_normal = code;
    return NULL;
}
