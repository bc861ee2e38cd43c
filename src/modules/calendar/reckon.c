#include "modules/calendar/reckon.h"

#include "core/form.h"
#include "core/json.h"
#include "core/text.h"
#include "modules/calendar/calendar.h"

enum { PAUSES_MAX = 50 };

static const struct field error_fields[] = {
    FIELD(struct reckon_error, field, F_STR, "字段"),
    FIELD(struct reckon_error, message, F_STR, "怎么改"),
    {0},
};
const struct shape reckon_error_shape = {"calendar-error", sizeof(struct reckon_error),
                                         error_fields};

void reckon_add_error(struct task *t, struct list *errors, struct str field, struct str message)
{
    struct reckon_error *error = list_add(t, errors, sizeof *error);

    *error = (struct reckon_error){field, message};
}

struct list reckon_errors(struct task *t, const struct field_error *errors)
{
    struct list list = {0};

    for (; errors; errors = errors->next)
        reckon_add_error(t, &list, errors->field, errors->message);
    return list;
}

struct reckon_page {
    struct str start, limit, pause, law; /* as typed */
    bool answered;
    struct str legal, safe; /* 2026-10-19, 2026-10-19T10:00 */
    struct str legal_zh, safe_zh;
    bool provisional, strip_cut;
    int64_t version; /* of the calendar */
    struct list why, strip, errors;
    bool has_errors;
};

#define PAGE(member, type, title)       FIELD(struct reckon_page, member, type, title)
#define PAGE_LIST(member, shape, title) FIELD_OF(struct reckon_page, member, F_LIST, shape, title)

static const struct field page_fields[] = {
    PAGE(start, F_STR, "起算时间"),
    PAGE(limit, F_STR, "期限"),
    PAGE(pause, F_STR, "暂停"),
    PAGE(law, F_STR, "依据"),
    PAGE(answered, F_BOOL, "有结果"),
    PAGE(legal, F_STR, "法定日"),
    PAGE(safe, F_STR, "稳妥日"),
    PAGE(legal_zh, F_STR, "法定日，给人看"),
    PAGE(safe_zh, F_STR, "稳妥日，给人看"),
    PAGE(provisional, F_BOOL, "暂定"),
    PAGE(strip_cut, F_BOOL, "略去了几周"),
    PAGE(version, F_INT, "日历版次"),
    PAGE_LIST(why, &due_step_shape, "为什么"),
    PAGE_LIST(strip, &due_day_shape, "逐日"),
    PAGE_LIST(errors, &reckon_error_shape, "错误"),
    PAGE(has_errors, F_BOOL, "有错误"),
    {0},
};
const struct shape reckon_shape = {"due", sizeof(struct reckon_page), page_fields};

static const struct ask asks[] = {
    {"start", "起算时间", ASK_TEXT, true, .max = 40, .hint = "2026-09-14T10:00"},
    {"limit", "期限", ASK_TEXT, true, .max = 40,
     .hint = "20 working days、7 calendar days、24 hours、1 months、same day"},
    {"pause", "暂停", ASK_TEXT, false, .max = 1200,
     .hint = "第一日..最后一日，多段用逗号隔开：2026-09-16..2026-09-18,2026-10-12..2026-10-13"},
    {"law", "依据", ASK_TEXT, false, .max = 100},
    {NULL},
};
const struct form reckon_form = {"due-query", asks};

static bool in_years(int32_t day)
{
    return day >= day_from_civil(CALENDAR_FIRST_YEAR, 1, 1) &&
           day <= day_from_civil(CALENDAR_LAST_YEAR, 12, 31);
}

static const char *read_pause(struct str text, struct pause *pause)
{
    size_t dots = str_find(text, S(".."));

    if (dots == SIZE_MAX || !day_parse(str_first(text, dots), &pause->from) ||
        !day_parse(str_from(text, dots + 2), &pause->to))
        return "每段请写成 2026-09-16..2026-09-18";
    if (pause->to < pause->from)
        return "有一段的最后一日早于第一日";
    if (!in_years(pause->from) || !in_years(pause->to))
        return "只能算 2010 至 2060 年";
    return NULL;
}

static void read_pauses(struct task *t, struct str text, struct due_question *q)
{
    struct pause *pauses = NEW(t, struct pause, PAUSES_MAX);
    struct str one;

    q->pauses = pauses;
    while (str_cut(&text, ',', &one)) {
        one = str_trim(one);
        if (!one.len)
            continue;
        if (q->pause_count == PAUSES_MAX) {
            task_field_error(t, S("pause"), "最多 %d 段", PAUSES_MAX);
            return;
        }
        const char *wrong = read_pause(one, &pauses[q->pause_count++]);
        if (wrong) {
            task_field_error(t, S("pause"), "%s", tr(t, wrong));
            return;
        }
    }
}

static void read_start(struct task *t, struct str text, struct due_question *q)
{
    int32_t day;

    if (day_parse(text, &day)) {
        q->start = day_start(day);
        if (q->limit.kind == LIMIT_HOURS)
            task_field_error(t, S("start"), "按小时计算要写明时刻，例如 2026-09-14T10:00");
    } else if (!moment_parse(text, &q->start)) {
        task_field_error(t, S("start"), "请写成 2026-09-14T10:00");
        return;
    }
    if (!in_years(day_of(q->start)))
        task_field_error(t, S("start"), "只能算 %d 至 %d 年", CALENDAR_FIRST_YEAR,
                         CALENDAR_LAST_YEAR);
}

/* Everything that is wrong, at once. */
static enum err read_question(struct task *t, const struct json *query, struct due_question *q)
{
    struct json *input;
    const char *why;
    enum err e = form_check(t, &reckon_form, query, S(""), &input);

    if (e && e != ERR_BAD_INPUT)
        return e;
    struct str limit = json_get_str(input, "limit"), start = json_get_str(input, "start");
    if (limit.len && !limit_parse(limit, &q->limit, &why))
        task_field_error(t, S("limit"), "%s", tr(t, why));
    if (start.len)
        read_start(t, start, q);
    read_pauses(t, json_get_str(input, "pause"), q);
    q->law = json_get_str(input, "law");
    q->today = day_of(t->now);
    return task_input_verdict(t);
}

static enum err read_calendar(struct task *t, void *arg)
{
    return calendar_current(t, arg);
}

static void put_date(struct task *t, const struct due *due, int32_t day, int64_t at,
                     struct str *ret_text, struct str *ret_zh)
{
    *ret_text = due->by_hour ? str_first(moment_rfc3339(t, at), 16) : day_text(t, day);
    *ret_zh = due->by_hour ? moment_text_zh(t, at) : day_text_zh_full(t, day);
}

static enum err answer(struct task *t, const struct due_question *q, struct reckon_page *page)
{
    const struct calendar *calendar;
    enum err e = store_read(t, read_calendar, &calendar);

    if (e)
        return e;
    struct due due = due_compute(calendar, q);
    page->answered = true;
    page->provisional = due.provisional;
    page->version = due.calendar_version;
    put_date(t, &due, due.legal_day, due.legal_at, &page->legal, &page->legal_zh);
    put_date(t, &due, due.safe_day, due.safe_at, &page->safe, &page->safe_zh);
    page->why = due_explain(t, calendar, q, &due);
    page->strip = due_strip(t, calendar, q, &due, &page->strip_cut);
    return OK;
}

enum err reckon_get(struct task *t, struct request *request, struct response *response)
{
    struct reckon_page *page = NEW(t, struct reckon_page, 1);
    struct due_question q = {0};

    page->start = json_get_str(request->query, "start");
    page->limit = json_get_str(request->query, "limit");
    page->pause = json_get_str(request->query, "pause");
    page->law = json_get_str(request->query, "law");
    response->view = page;
    /* The page as it is first opened asks; the API is only called with a question. */
    if (!request->api && !json_get(request->query, "start") && !json_get(request->query, "limit"))
        return OK;
    enum err e = read_question(t, request->query, &q);
    if (e == ERR_BAD_INPUT && !request->api) {
        page->errors = reckon_errors(t, t->field_errors);
        page->has_errors = true;
        task_clear_error(t);
        response->status = 422;
        return OK;
    }
    return e ? e : answer(t, &q, page);
}
