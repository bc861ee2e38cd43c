#include "modules/notices/paper_draw.h"

#include "core/time.h"

enum { WORDS_MOST = 64 * 1024 };

struct str paper_said(const struct json *facts, struct str name)
{
    JSON_EACH (item, json_get(facts, "said")) {
        if (str_eq(json_get_str(item, "name"), name))
            return json_get_str(item, "text");
    }
    return (struct str){0};
}

const struct json *paper_owed_by_party(const struct json *facts)
{
    JSON_EACH (duty, json_get(facts, "duties")) {
        if (str_is(json_get_str(duty, "owed_by"), "party"))
            return duty;
    }
    return NULL;
}

/* Laws of the National People's Congress bear the name of the state, regulations are cited as the
 * procedure writes them.  Several laws in one text are left as they are. */
struct str paper_law(struct task *t, struct str law)
{
    size_t blank = str_find(law, S(" "));
    struct str name = str_first(law, blank == SIZE_MAX ? law.len : blank);
    struct str article = blank == SIZE_MAX ? (struct str){0} : str_from(law, blank + 1);
    bool national = str_ends(name, S("法")) || str_ends(name, S("法典"));

    if (!law.len || str_find(article, S(" ")) != SIZE_MAX || str_starts(law, S("《")))
        return law;
    return str_format(t, "《%s%.*s》%.*s",
                      national && !str_starts(name, S("中华人民共和国")) ? "中华人民共和国" : "",
                      STR_ARG(name), STR_ARG(article));
}

struct str paper_day(struct task *t, struct str iso_day)
{
    int year, month, of_month;
    int32_t day;

    if (!day_parse(iso_day, &day))
        return (struct str){0};
    day_to_civil(day, &year, &month, &of_month);
    return str_format(t, "%d 年 %d 月 %d 日", year, month, of_month);
}

struct str paper_limit(struct task *t, struct str limit)
{
    size_t digits = 0;

    while (digits < limit.len && limit.at[digits] >= '0' && limit.at[digits] <= '9')
        digits++;
    if (!digits || digits == limit.len || limit.at[digits] == ' ')
        return limit;
    return str_format(t, "%.*s %.*s", STR_ARG(str_first(limit, digits)),
                      STR_ARG(str_from(limit, digits)));
}

static struct str full_day(struct task *t, struct str iso_day)
{
    int32_t day;

    return day_parse(iso_day, &day) ? day_text_zh_full(t, day) : (struct str){0};
}

/* 2026 年 10 月 12 日 9 时 31 分 */
static struct str full_moment(struct task *t, struct str text)
{
    int64_t moment;

    if (!moment_parse(text, &moment))
        return (struct str){0};
    int64_t minutes = (moment - day_start(day_of(moment))) / 60000;
    return str_format(t, "%.*s %d 时 %d 分", STR_ARG(paper_day(t, day_text(t, day_of(moment)))),
                      (int)(minutes / 60), (int)(minutes % 60));
}

static struct str paused_title(const struct json *facts)
{
    JSON_EACH (duty, json_get(facts, "duties")) {
        if (json_get_bool(duty, "paused"))
            return json_get_str(duty, "title");
    }
    return (struct str){0};
}

static struct str value_of(struct task *t, const struct paper_source *source, struct str name)
{
    const struct json *facts = source->facts, *owed = paper_owed_by_party(facts);
    const struct json *extended = json_get(facts, "extended");

    if (str_starts(name, S("said:")))
        return paper_said(facts, str_from(name, 5));
    if (str_is(name, "received"))
        return paper_day(t, json_get_str(facts, "received_day"));
    if (str_is(name, "day"))
        return paper_day(t, json_get_str(facts, "day"));
    if (str_is(name, "moment"))
        return full_moment(t, json_get_str(facts, "moment"));
    if (str_is(name, "law") || str_is(name, "interrupts") || str_is(name, "pause_law"))
        return paper_law(t, json_as_str(json_find(facts, name)));
    if (str_is(name, "limit"))
        return paper_limit(t, json_get_str(owed, "limit"));
    if (str_is(name, "last_day"))
        return full_day(t, json_get_str(owed, "legal_day"));
    if (str_is(name, "else"))
        return json_get_str(owed, "else");
    if (str_is(name, "else_law"))
        return paper_law(t, json_get_str(owed, "else_law"));
    if (str_is(name, "paused"))
        return paused_title(facts);
    if (str_is(name, "extended_title"))
        return json_get_str(extended, "title");
    if (str_is(name, "extended_by"))
        return paper_limit(t, json_get_str(extended, "by"));
    if (str_is(name, "extended_law"))
        return paper_law(t, json_get_str(extended, "law"));
    if (str_is(name, "extended_day"))
        return full_day(t, json_get_str(extended, "legal_day"));
    return json_as_str(json_find(facts, name));
}

/* Fill up to the end or a closing bracket; false when a place stayed empty. */
static bool fill(struct task *t, const struct paper_source *source, struct str *words,
                 struct buf *to)
{
    bool whole = true;

    while (words->len) {
        char c = words->at[0];
        struct str name;

        *words = str_from(*words, 1);
        if (c == ']')
            return whole;
        if (c == '[') {
            struct buf part = buf_new(t, WORDS_MOST);

            if (fill(t, source, words, &part))
                buf_add(to, buf_str(&part));
        } else if (c == '{') {
            str_cut(words, '}', &name);
            struct str value = value_of(t, source, name);
            whole = whole && value.len;
            buf_add(to, value);
        } else {
            buf_add_char(to, c);
        }
    }
    return whole;
}

struct str paper_fill(struct task *t, const struct paper_source *source, struct str words)
{
    struct buf text = buf_new(t, WORDS_MOST);

    (void)fill(t, source, &words, &text);
    return buf_str(&text);
}
