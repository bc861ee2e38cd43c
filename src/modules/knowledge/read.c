/*
 * From what files say to documents: JSON objects with the fields of data/README.md, rows of CSV.
 */
#include <string.h>

#include "knowledge_private.h"

static struct str text_of(struct task *t, const struct json *json, const char *name)
{
    const struct json *member = json_get(json, name);

    if (!member)
        return (struct str){0};
    if (member->kind == JSON_STRING)
        return str_copy(t, str_trim(member->text));
    if (member->kind == JSON_INT)
        return str_format(t, "%lld", (long long)member->number);
    if (member->kind != JSON_LIST)
        return (struct str){0};
    struct buf b = buf_new(t, LINE_MOST);
    JSON_EACH (item, member) {
        if (b.len)
            buf_add(&b, S("\n"));
        buf_add(&b, json_as_str(item));
    }
    return buf_str(&b);
}

static bool flag_of(const struct json *json, const char *name)
{
    const struct json *member = json_get(json, name);
    struct str text = json_as_str(member);

    return json_get_bool(json, name) || json_as_int(member) > 0 || str_is(text, "true") ||
           str_is(text, "是");
}

/* 2020-05-28; also 2020/5/28 and 2020年5月28日.  Empty stays empty; anything else is wrong. */
static bool day_of_text(struct task *t, struct str text, struct str *ret_day)
{
    int parts[3] = {0}, n = 0;
    bool digits = false;
    int32_t day;

    if (!text.len || day_parse(text, &day)) {
        *ret_day = text;
        return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c >= '0' && c <= '9') {
            n += !digits;
            if (n > 3 || parts[n - 1] > 99999)
                return false;
            parts[n - 1] = parts[n - 1] * 10 + c - '0';
            digits = true;
        } else {
            digits = false;
        }
    }
    if (n != 3 || !day_valid_civil(parts[0], parts[1], parts[2]))
        return false;
    *ret_day = day_text(t, day_from_civil(parts[0], parts[1], parts[2]));
    return true;
}

static enum err need(struct task *t, struct str value, const char *name, size_t most)
{
    if (!value.len)
        return task_fail(t, ERR_BAD_INPUT, "缺少 %s", name);
    if (value.len > most)
        return task_fail(t, ERR_BAD_INPUT, "%s 太长（最多 %zu 字节）", name, most);
    return OK;
}

enum { ID_MOST = 120, TITLE_MOST = 2000, TEXT_MOST = 900 * 1024 };

/* The law's code is what stands before the first dot: L0186 of L0186.1042. */
static struct str code_of_id(struct str id)
{
    struct str rest = id, code;

    str_cut(&rest, '.', &code);
    return code;
}

static enum err article_of_json(struct task *t, const struct json *json, struct article *a)
{
    *a = (struct article){
        .id = text_of(t, json, "id"),
        .article = text_of(t, json, "article"),
        .chapter = text_of(t, json, "chapter"),
        .text = text_of(t, json, "text"),
        .of = {.title = text_of(t, json, "law"),
               .kind = text_of(t, json, "law_type"),
               .region = text_of(t, json, "region"),
               .expired = flag_of(json, "expired")},
    };
    a->law = a->of.code = code_of_id(a->id);
    if (!a->of.kind.len)
        a->of.kind = S("其他");
    if (!day_of_text(t, text_of(t, json, "date"), &a->of.version))
        return task_fail(t, ERR_BAD_INPUT, "date 不是日期");
    enum err e = need(t, a->id, "id", ID_MOST);
    if (!e)
        e = need(t, a->of.title, "law", TITLE_MOST);
    return e ? e : need(t, a->text, "text", TEXT_MOST);
}

/* Who answered, as the collections that are known say it, in words for readers. */
static struct str answerer(struct task *t, struct str by)
{
    static const char *const known[][2] = {
        {"legal team", "法律团队"},
        {"lawyer", "律师"},
        {"lawyer (forum)", "律师（论坛答复）"},
        {"lawyer (live)", "律师（在线答复）"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(by, known[i][0]))
            return str_of(known[i][1]);
    return str_starts(by, S("gpt")) ? str_format(t, "机器（%.*s）", STR_ARG(by)) : by;
}

static enum err answered_of_json(struct task *t, const struct json *json, struct answered *a)
{
    struct str keywords = text_of(t, json, "keywords");

    *a = (struct answered){
        .id = text_of(t, json, "id"),
        .question = text_of(t, json, "question"),
        .answer = text_of(t, json, "answer"),
        .answered_by = text_of(t, json, "answer_by"),
        .topic = text_of(t, json, "topic"),
        .laws = text_of(t, json, "laws"),
        .source = text_of(t, json, "source"),
        .machine = flag_of(json, "machine"),
    };
    if (!a->topic.len)
        a->topic = keywords;
    /* Written by a machine: found and shown as such, never the short answer. */
    a->machine = a->machine || str_find(a->answered_by, S("gpt")) != SIZE_MAX;
    a->answered_by = answerer(t, a->answered_by);
    if (!day_of_text(t, text_of(t, json, "answered_on"), &a->answered_on))
        return task_fail(t, ERR_BAD_INPUT, "answered_on 不是日期");
    enum err e = need(t, a->id, "id", ID_MOST);
    if (!e)
        e = need(t, a->question, "question", TEXT_MOST);
    return e ? e : need(t, a->answer, "answer", TEXT_MOST);
}

/* 判处有期徒刑六个月，并处罚金 1000 元: from the fields, where the text does not hold the judgment.
 */
static struct str outcome_of_fields(struct task *t, const struct json *json)
{
    struct buf b = buf_new(t, 4096);
    const struct json *term = json_get(json, "term_months");
    bool any = false;

    JSON_EACH (charge, json_get(json, "charges")) {
        buf_add(&b, any ? S("、") : S("犯"));
        buf_add(&b, json_as_str(charge));
        if (!str_ends(json_as_str(charge), S("罪")))
            buf_add(&b, S("罪"));
        any = true;
    }
    if (term && term->kind == JSON_INT && term->number > 0) {
        int64_t years = term->number / 12, months = term->number % 12;

        buf_add(&b, any ? S("，判处自由刑 ") : S("判处自由刑 "));
        if (years)
            buf_format(&b, "%lld 年", (long long)years);
        if (months)
            buf_format(&b, "%s%lld 个月", years ? " " : "", (long long)months);
    } else if (term && str_is(json_as_str(term), "life")) {
        buf_add(&b, any ? S("，判处无期徒刑") : S("判处无期徒刑"));
    } else if (term && str_is(json_as_str(term), "death")) {
        buf_add(&b, any ? S("，判处死刑") : S("判处死刑"));
    }
    if (json_get_int(json, "fine") > 0)
        buf_format(&b, "，罚金 %lld 元", (long long)json_get_int(json, "fine"));
    return buf_str(&b);
}

/* The judgment itself, as the text has it: what stands behind 判决如下. */
static struct str outcome_of_text(struct str text)
{
    static const char *const begins[] = {"判决如下：", "裁定如下：", "决定如下：", "判决如下:",
                                         "裁定如下:",  "裁判要点\n", "裁判要点",   "裁判摘要"};
    enum { OUTCOME_MOST = 160 };

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        struct str rest = text, last = {0};

        /* The last one: before it stands what other courts said. */
        for (size_t at; (at = str_find(rest, str_of(begins[i]))) != SIZE_MAX;) {
            rest = str_from(rest, at + strlen(begins[i]));
            last = str_trim(rest);
            if (i >= 5)
                break;
        }
        if (last.len)
            return str_first(last, utf8_prefix(last, OUTCOME_MOST));
    }
    return (struct str){0};
}

static enum err case_of_json(struct task *t, const struct json *json, struct court_case *one)
{
    *one = (struct court_case){
        .id = text_of(t, json, "id"),
        .kind = text_of(t, json, "kind"),
        .title = text_of(t, json, "title"),
        .court = text_of(t, json, "court"),
        .case_no = text_of(t, json, "case_no"),
        .cause = text_of(t, json, "cause"),
        .outcome = text_of(t, json, "outcome"),
        .text = text_of(t, json, "text"),
        .source = text_of(t, json, "source"),
    };
    if (!day_of_text(t, text_of(t, json, "published"), &one->published))
        return task_fail(t, ERR_BAD_INPUT, "published 不是日期");
    if (!one->cause.len) {
        struct str charges = text_of(t, json, "charges");
        char *at = str_terminated(t, charges);

        for (char *c = at; *c; c++)
            *c = *c == '\n' ? ' ' : *c;
        one->cause = (struct str){at, charges.len};
    }
    if (!one->outcome.len)
        one->outcome = outcome_of_fields(t, json);
    if (!one->outcome.len)
        one->outcome = outcome_of_text(one->text);
    enum err e = need(t, one->id, "id", ID_MOST);
    return e ? e : need(t, one->text, "text", TEXT_MOST);
}

enum err doc_of_json(struct task *t, const struct json *json, struct doc *ret_doc)
{
    struct doc doc = {0};
    enum err e;

    if (!json || json->kind != JSON_OBJECT)
        return task_fail(t, ERR_BAD_INPUT, "不是一个 JSON 对象");
    if (json_get(json, "law") && json_get(json, "text")) {
        doc.kind = DOC_ARTICLE;
        e = article_of_json(t, json, &doc.article);
    } else if (json_get(json, "question")) {
        doc.kind = DOC_ANSWER;
        e = answered_of_json(t, json, &doc.answered);
    } else if (json_get(json, "text")) {
        doc.kind = DOC_CASE;
        e = case_of_json(t, json, &doc.one);
    } else {
        e = task_fail(t, ERR_BAD_INPUT,
                      "认不出是什么：法条要有 law、article、text，问答要有 question、answer，"
                      "案例要有 id、text");
    }
    if (!e)
        *ret_doc = doc;
    return e;
}

/* --- CSV ------------------------------------------------------------------------------------- */

bool csv_split(struct task *t, struct str record, struct str *fields, size_t most,
               size_t *ret_count)
{
    size_t count = 0, i = 0;

    while (i <= record.len && count < most) {
        char *at = NEW(t, char, record.len - i + 1);
        size_t len = 0;
        bool quoted = i < record.len && record.at[i] == '"', closed = false;

        i += quoted;
        for (; i < record.len; i++) {
            char c = record.at[i];

            if (quoted && !closed && c == '"') {
                if (i + 1 < record.len && record.at[i + 1] == '"')
                    i++;
                else {
                    closed = true;
                    continue;
                }
            } else if (c == ',' && (!quoted || closed)) {
                break;
            }
            at[len++] = c;
        }
        if (quoted && !closed)
            return false;
        fields[count++] = str_trim((struct str){at, len});
        i++;
    }
    *ret_count = count;
    return true;
}

static struct str english_name(struct str name)
{
    static const char *const names[][2] = {
        {"编号", "id"},
        {"法规", "law"},
        {"法律", "law"},
        {"类别", "law_type"},
        {"日期", "date"},
        {"条", "article"},
        {"条号", "article"},
        {"章", "chapter"},
        {"章节", "chapter"},
        {"条文", "text"},
        {"正文", "text"},
        {"地区", "region"},
        {"失效", "expired"},
        {"问题", "question"},
        {"答复", "answer"},
        {"回答", "answer"},
        {"答复人", "answer_by"},
        {"答复日期", "answered_on"},
        {"主题", "topic"},
        {"关键词", "keywords"},
        {"来源", "source"},
        {"标题", "title"},
        {"法院", "court"},
        {"案号", "case_no"},
        {"公布日期", "published"},
        {"案由", "cause"},
        {"结果", "outcome"},
        {"种类", "kind"},
    };

    if (str_starts(name, S("\xEF\xBB\xBF")))
        name = str_from(name, 3);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i][0]))
            return str_of(names[i][1]);
    return name;
}

struct json *csv_json(struct task *t, const struct csv *csv, const struct str *fields, size_t count)
{
    struct json *json = json_object(t);

    for (size_t i = 0; i < csv->count && i < count; i++)
        if (fields[i].len)
            json_put(t, json, english_name(csv->names[i]), json_str(t, fields[i]));
    return json;
}

/* --- Numbers of articles --------------------------------------------------------------------- */

static bool is_numeral(struct str c)
{
    static const char *const numerals[] = {"零", "〇", "一", "二", "三", "四", "五", "六",
                                           "七", "八", "九", "十", "百", "千", "两"};

    if (c.len == 1)
        return c.at[0] >= '0' && c.at[0] <= '9';
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (str_is(c, numerals[i]))
            return true;
    return false;
}

static size_t numerals(struct str text)
{
    size_t at = 0;

    for (;;) {
        size_t next = at;

        if (utf8_next(text, &next) == UINT32_MAX ||
            !is_numeral((struct str){text.at + at, next - at}))
            return at;
        at = next;
    }
}

size_t article_prefix(struct str text)
{
    struct str di = S("第"), tiao = S("条"), zhi = S("之");

    if (!str_starts(text, di))
        return 0;
    size_t n = numerals(str_from(text, di.len));
    if (!n || !str_starts(str_from(text, di.len + n), tiao))
        return 0;
    size_t at = di.len + n + tiao.len;
    if (str_starts(str_from(text, at), zhi)) {
        size_t more = numerals(str_from(text, at + zhi.len));

        if (more)
            at += zhi.len + more;
    }
    return at;
}
