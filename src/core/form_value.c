/* The check of one value of each type, called by form_check.c for a value of a kind that the type
 * takes. */
#include "core/form.h"

#include <math.h>

#include "core/form_private.h"
#include "core/task.h"
#include "core/text.h"
#include "core/time.h"

enum { DEFAULT_TEXT = 200, DEFAULT_LONG = 5000, LISTED_CHOICES = 8 };

/* Ten thousand million yuan, in fen: larger is a slip of the hand. */
static const int64_t largest_money = 1000000000000;

static void take_str(struct check *c, struct str s)
{
    c->clean = json_str(c->t, s);
}

/* Marks that turn the direction of what follows: a name with one of them shows as another. */
static bool turns_direction(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Nothing to see and nothing to type: comes with copying from other programs. */
static bool is_unseen(uint32_t c)
{
    return c == 0x200b || c == 0xfeff || c == 0x2060;
}

/* Copy s without what is unseen and with \n for every kind of line end. */
static const char *clean_text(struct task *t, struct str s, bool lines, struct str *ret_clean)
{
    char *kept = NEW(t, char, s.len + 1);
    size_t n = 0, at = 0;

    while (at < s.len) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);

        if (c == UINT32_MAX)
            return "有无法识别的字符，请重新输入";
        if (is_unseen(c))
            continue;
        if (c == '\r') {
            if (at < s.len && s.at[at] == '\n')
                continue;
            c = '\n';
        }
        if (c == '\n' && !lines)
            return "只能写一行，请去掉换行";
        if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || turns_direction(c))
            return "有看不见的控制字符，请删去后重新输入";
        if (c < 0x80)
            kept[n++] = (char)c;
        else
            while (from < at)
                kept[n++] = s.at[from++];
    }
    *ret_clean = str_trim((struct str){kept, n});
    return NULL;
}

void form_text(struct check *c)
{
    bool lines = c->ask->type == ASK_LONG;
    int64_t max = c->ask->max ? c->ask->max : lines ? DEFAULT_LONG : DEFAULT_TEXT;
    struct str text = str_trim(c->input->text);

    c->message = clean_text(c->t, text, lines, &text);
    if (c->message)
        return;
    if (!text.len) {
        c->message = c->ask->required ? "请填写看得见的文字" : NULL;
        return;
    }
    int64_t n = (int64_t)utf8_length(text);
    if (n > max)
        c->message = SAY(c->t, "最多 %lld 个字，现在 %lld 个", (long long)max, (long long)n);
    else if (n < c->ask->min)
        c->message =
            SAY(c->t, "至少 %lld 个字，现在 %lld 个", (long long)c->ask->min, (long long)n);
    else
        take_str(c, text);
}

/* By value, else by title: a file that a person filled in holds the words they read. */
static const struct choice *find_choice(const struct ask *ask, struct str text)
{
    for (const struct choice *choice = ask->choices; choice->value; choice++)
        if (str_is(text, choice->value))
            return choice;
    for (const struct choice *choice = ask->choices; choice->value; choice++)
        if (choice->title && str_is(text, choice->title))
            return choice;
    return NULL;
}

static const char *name_choices(struct task *t, const struct ask *ask)
{
    struct buf b = buf_new(t, 4096);
    int n = 0;

    for (const struct choice *choice = ask->choices; choice->value; choice++) {
        if (++n > LISTED_CHOICES)
            return "没有这一项，请从列出的选项中选";
        buf_add(&b, n == 1 ? tr_str(t, S("没有这一项，请从这些中选：")) : tr_str(t, S("、")));
        buf_add(&b, tr_str(t, str_of(choice->title ? choice->title : choice->value)));
    }
    return str_terminated(t, buf_str(&b));
}

void form_choice(struct check *c)
{
    const struct choice *choice = find_choice(c->ask, str_trim(c->input->text));

    if (choice)
        take_str(c, str_of(choice->value));
    else
        c->message = name_choices(c->t, c->ask);
}

static bool has_str(const struct json *list, struct str s)
{
    JSON_EACH (child, list)
        if (str_eq(child->text, s))
            return true;
    return false;
}

static void add_choice(struct check *c, struct json *list, const struct json *one)
{
    if (form_is_blank(one))
        return;
    const struct choice *choice =
        one->kind == JSON_STRING ? find_choice(c->ask, str_trim(one->text)) : NULL;

    if (!choice)
        c->message = one->kind == JSON_STRING ? name_choices(c->t, c->ask) : "应为一组选项";
    else if (!has_str(list, str_of(choice->value)))
        json_append(list, json_str(c->t, str_of(choice->value)));
}

void form_choices(struct check *c)
{
    struct json *list = json_list(c->t);

    if (c->input->kind == JSON_STRING)
        add_choice(c, list, c->input);
    else
        JSON_EACH (child, c->input)
            if (!c->message)
                add_choice(c, list, child);
    if (c->message)
        return;
    if (c->ask->max && (int64_t)list->count > c->ask->max)
        c->message =
            SAY(c->t, "最多选 %lld 项，现在选了 %zu 项", (long long)c->ask->max, list->count);
    else if ((int64_t)list->count < c->ask->min)
        c->message =
            SAY(c->t, "至少选 %lld 项，现在选了 %zu 项", (long long)c->ask->min, list->count);
    else
        c->clean = list;
}

void form_bool(struct check *c)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"1", true},  {"on", true},   {"true", true},   {"是", true},
                 {"0", false}, {"off", false}, {"false", false}, {"否", false}};

    if (c->input->kind == JSON_BOOL) {
        c->clean = json_bool(c->t, c->input->boolean);
        return;
    }
    struct str text = c->input->kind == JSON_INT
                          ? str_format(c->t, "%lld", (long long)c->input->number)
                          : form_plain(c->t, c->input->text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(text, words[i].word))
            c->clean = json_bool(c->t, words[i].value);
    if (!c->clean)
        c->message = "请选“是”或“否”";
}

void form_int(struct check *c)
{
    int64_t min = c->ask->min, max = c->ask->max, number = c->input->number;
    bool bounded = min || max;

    if (c->input->kind != JSON_INT && !str_int(form_plain(c->t, c->input->text), &number))
        c->message = "请只填整数，例如 3";
    else if (bounded && max < min && number < min) /* only a lower bound was given */
        c->message = SAY(c->t, "至少是 %lld", (long long)min);
    else if (bounded && max >= min && (number < min || number > max))
        c->message = SAY(c->t, "应在 %lld 到 %lld 之间", (long long)min, (long long)max);
    else
        c->clean = json_int(c->t, number);
}

/* "1200", "1200.5", "1200.50" in fen; false when it is not written so or too large. */
static bool fen_of(struct str text, int64_t *ret_fen)
{
    struct str whole;
    int64_t yuan, cents = 0;
    bool point = str_find(text, S(".")) != SIZE_MAX;

    if (!str_cut(&text, '.', &whole) || whole.len > 12 || !str_int(whole, &yuan) || yuan < 0)
        return false;
    if (whole.at[0] == '-' || (point && (text.len < 1 || text.len > 2)))
        return false;
    for (size_t i = 0; point && i < 2; i++) {
        char digit = i < text.len ? text.at[i] : '0';
        if (digit < '0' || digit > '9')
            return false;
        cents = cents * 10 + (digit - '0');
    }
    *ret_fen = yuan * 100 + cents;
    return true;
}

/* A JSON number that is a whole number of fen. */
static bool fen_of_real(double yuan, int64_t *ret_fen)
{
    double fen = yuan * 100;

    if (!(fen >= 0 && fen <= (double)largest_money) || fabs(fen - nearbyint(fen)) > 1e-4)
        return false;
    *ret_fen = (int64_t)nearbyint(fen);
    return true;
}

static struct str yuan_text(struct task *t, int64_t fen)
{
    return fen % 100 ? str_format(t, "%lld.%02lld", (long long)(fen / 100), (long long)(fen % 100))
                     : str_format(t, "%lld", (long long)(fen / 100));
}

void form_money(struct check *c)
{
    int64_t fen, max = c->ask->max ? c->ask->max : largest_money;
    double number = c->input->kind == JSON_INT ? (double)c->input->number : c->input->real;
    bool right = c->input->kind == JSON_STRING ? fen_of(form_plain(c->t, c->input->text), &fen)
                                               : fen_of_real(number, &fen);

    if (!right)
        c->message = "请填金额（元），最多两位小数，例如 1200.50";
    else if (fen > max)
        c->message = SAY(c->t, "最多 %.*s 元", STR_ARG(yuan_text(c->t, max)));
    else if (fen < c->ask->min)
        c->message = SAY(c->t, "至少 %.*s 元", STR_ARG(yuan_text(c->t, c->ask->min)));
    else
        c->clean = json_int(c->t, fen);
}

void form_id(struct check *c)
{
    int64_t id = c->input->number;

    if ((c->input->kind == JSON_STRING && !str_int(str_trim(c->input->text), &id)) || id <= 0)
        c->message = "编号不对，请重新选择";
    else
        c->clean = json_id(c->t, id);
}

static bool take_number(struct str *s, size_t max_digits, int *ret_number)
{
    size_t n = 0;
    int64_t number;

    while (n < s->len && n < max_digits && s->at[n] >= '0' && s->at[n] <= '9')
        n++;
    if (!str_int(str_first(*s, n), &number))
        return false;
    *ret_number = (int)number;
    *s = str_from(*s, n);
    return true;
}

static bool take_one_of(struct str *s, const char *const *marks)
{
    for (; *marks; marks++) {
        struct str mark = str_of(*marks);
        if (str_starts(*s, mark)) {
            *s = str_trim(str_from(*s, mark.len));
            return true;
        }
    }
    return false;
}

/* 2026-10-14, 2026/10/14, 2026.10.14, 2026年10月14日, months and days of one digit too. */
static bool split_day(struct str s, int *ret_year, int *ret_month, int *ret_day)
{
    static const char *const after_year[] = {"-", "/", ".", "年", NULL};
    static const char *const after_month[] = {"-", "/", ".", "月", NULL};
    static const char *const after_day[] = {"日", NULL};

    if (!take_number(&s, 4, ret_year) || !take_one_of(&s, after_year) ||
        !take_number(&s, 2, ret_month) || !take_one_of(&s, after_month) ||
        !take_number(&s, 2, ret_day))
        return false;
    take_one_of(&s, after_day);
    return s.len == 0 && *ret_year >= 1000;
}

static const char *outside(struct task *t, const char *word, int64_t days, int64_t today)
{
    if (days == 0)
        return SAY(t, "不能%s于今天", tr(t, word));
    return SAY(t, "不能%s于 %.*s", tr(t, word), STR_ARG(day_text(t, (int32_t)(today + days))));
}

void form_day(struct check *c)
{
    int year, month, of_month;
    int64_t today = day_of(c->t->now), min = c->ask->min, max = c->ask->max;
    bool bounded = min || max;

    if (!split_day(form_plain(c->t, c->input->text), &year, &month, &of_month)) {
        c->message = "请写成 2026-10-14 这样的日期";
        return;
    }
    if (!day_valid_civil(year, month, of_month)) {
        c->message = "没有这一天，请对照日历再看一遍";
        return;
    }
    int32_t day = day_from_civil(year, month, of_month);
    if (bounded && day > today + max)
        c->message = outside(c->t, "晚", max, today);
    else if (bounded && day < today + min)
        c->message = outside(c->t, "早", min, today);
    else
        take_str(c, day_text(c->t, day));
}

void form_moment(struct check *c)
{
    int64_t moment;

    if (!moment_parse(form_plain(c->t, c->input->text), &moment))
        c->message = "请写成 2026-10-14 09:30 这样的时间";
    else if (moment > c->t->now)
        c->message = "不能晚于现在";
    else
        take_str(c, moment_rfc3339(c->t, moment));
}

static void check_by(struct check *c, const char *(*check)(struct task *, struct str, struct str *))
{
    struct str normal;

    c->message = check(c->t, c->input->text, &normal);
    if (!c->message)
        take_str(c, normal);
}

void form_phone(struct check *c)
{
    check_by(c, check_phone);
}

void form_id_number(struct check *c)
{
    check_by(c, check_id_number);
}

void form_credit_code(struct check *c)
{
    check_by(c, check_credit_code);
}
