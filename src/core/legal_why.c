/*
 * Why a date is that date: the lines and the strip of days under "为什么是 10 月 19 日".
 *
 * Nothing here decides anything.  What is said is counted with the same functions that made the
 * date.
 */
#include "core/legal_time.h"
#include "core/text.h"
#include "core/task.h"

/* The rules of counting that the lines cite. */
static const struct str LAW_START = STR_INIT("民法典 第二百零一条");
static const struct str LAW_MONTH = STR_INIT("民法典 第二百零二条");
static const struct str LAW_END = STR_INIT("民法典 第二百零三条");
static const struct str OUR_RULE = STR_INIT("本中心规则");
static const struct str NOTICES = STR_INIT("国务院办公厅放假通知");

enum { SPANS_MAX = 6, LINE_MAX = 4096 };

static const struct field step_fields[] = {
    FIELD(struct due_step, what, F_STR, "环节"),
    FIELD(struct due_step, how, F_STR, "怎样算"),
    FIELD(struct due_step, law, F_STR, "依据"),
    {0},
};
const struct shape due_step_shape = {"due-step", sizeof(struct due_step), step_fields};

static const struct field day_fields[] = {
    FIELD(struct due_day, day, F_DAY, "日期"),
    FIELD(struct due_day, label, F_STR, "第几日"),
    FIELD(struct due_day, mark, F_STR, "标记"),
    FIELD(struct due_day, kind, F_STR, "种类"),
    FIELD(struct due_day, short_day, F_STR, "月日和星期"),
    {0},
};
const struct shape due_day_shape = {"due-day", sizeof(struct due_day), day_fields};

struct why {
    struct task *t;
    const struct calendar *calendar;
    const struct due_question *q;
    const struct due *due;
    int32_t start;
    bool years; /* the span crosses a year, so days are written with theirs */
    struct list lines;
};

static struct why why_of(struct task *t, const struct calendar *calendar,
                         const struct due_question *q, const struct due *due)
{
    struct why w = {.t = t, .calendar = calendar, .q = q, .due = due, .start = day_of(q->start)};
    int first, last, month, day;

    day_to_civil(w.start, &first, &month, &day);
    day_to_civil(due->legal_day, &last, &month, &day);
    w.years = first != last;
    return w;
}

static void say(struct why *w, struct str what, struct str how, struct str law)
{
    struct due_step *line = list_add(w->t, &w->lines, sizeof *line);

    *line = (struct due_step){.what = what, .how = how, .law = law};
}

static struct str date(const struct why *w, int32_t day)
{
    return w->years ? day_text(w->t, day) : day_text_short(w->t, day);
}

static struct str date_weekday(const struct why *w, int32_t day)
{
    struct str text = date(w, day);

    return str_format(w->t, "%.*s %s", STR_ARG(text), weekday_text(w->t, day));
}

/* 10-12, or 10-12 至 10-13 */
static struct str range(const struct why *w, int32_t from, int32_t to)
{
    struct str a = date(w, from), b = date(w, to);

    return from == to ? a : str_format(w->t, tr(w->t, "%.*s 至 %.*s"), STR_ARG(a), STR_ARG(b));
}

static const char *unit(const struct why *w)
{
    return tr(w->t, w->q->limit.kind == LIMIT_WORKING_DAYS ? "个工作日" : "日");
}

static int32_t counted(const struct why *w, int32_t from, int32_t to)
{
    return due_countable(w->calendar, w->q, from, to) - due_suspended(w->calendar, w->q, from, to);
}

/* "2026 年日历 第 3 版", or of the calendar that came with the program. */
static struct str calendar_cited(const struct why *w)
{
    int first, last, month, day;
    int version = (int)calendar_version(w->calendar);

    day_to_civil(w->start, &first, &month, &day);
    day_to_civil(w->due->legal_day, &last, &month, &day);
    struct str years =
        first == last ? str_format(w->t, "%d", last) : str_format(w->t, "%d—%d", first, last);
    if (version > 0)
        return str_format(w->t, tr(w->t, "%.*s 年日历 第 %d 版"), STR_ARG(years), version);
    return str_format(w->t, tr(w->t, "%.*s 年放假安排"), STR_ARG(years));
}

static void say_start(struct why *w)
{
    struct str day = date_weekday(w, w->start);
    struct str moment = moment_text(w->t, w->q->start);

    if (w->q->limit.kind == LIMIT_HOURS)
        say(w, S("起算"),
            str_format(w->t, tr(w->t, "%.*s %.*s 起"), STR_ARG(day), STR_ARG(str_from(moment, 11))),
            LAW_START);
    else if (w->q->limit.kind == LIMIT_SAME_DAY)
        say(w, S("起算"), str_format(w->t, tr(w->t, "%.*s 当日"), STR_ARG(day)), (struct str){0});
    else
        say(w, S("起算"), str_format(w->t, tr(w->t, "%.*s，当日不计入"), STR_ARG(day)), LAW_START);
}

static void say_limit(struct why *w)
{
    static const char *const how[] = {
        [LIMIT_WORKING_DAYS] = " 个工作日，休息日不计",
        [LIMIT_CALENDAR_DAYS] = " 日，自然日，休息日也计",
        [LIMIT_HOURS] = " 小时，昼夜连续计算",
        [LIMIT_MONTHS] = " 个月，到对应日",
    };
    struct limit limit = w->q->limit;
    struct str text = S("当日办结");

    if (limit.kind != LIMIT_SAME_DAY)
        text = str_format(w->t, "%d%s", (int)limit.amount, tr(w->t, how[limit.kind]));
    say(w, S("期限"), text, w->q->law);
}

static void say_extensions(struct why *w)
{
    int64_t sum = w->q->limit.amount;

    for (size_t i = 0; i < w->q->extension_count; i++) {
        const struct extension *x = &w->q->extensions[i];
        struct buf b = buf_new(w->t, LINE_MAX);
        struct str by = limit_text_zh(w->t, x->by);

        buf_format(&b, tr(w->t, "延长 %.*s"), STR_ARG(by));
        if (x->by.kind == w->q->limit.kind) {
            sum += x->by.amount;
            buf_format(&b, tr(w->t, "，合计 %lld"), (long long)sum);
        } else {
            buf_format(&b, tr(w->t, "，与期限的计算单位不同，没有计入"));
        }
        if (x->reason.len)
            buf_format(&b, tr(w->t, "；%.*s"), STR_ARG(x->reason));
        if (x->approver.len)
            buf_format(&b, tr(w->t, "，%.*s批准"), STR_ARG(x->approver));
        say(w, S("延长"), buf_str(&b), x->law);
    }
}

/* The named rest days and the make-up days up to the end, a group for each holiday. */
static void add_exceptions(struct why *w, struct buf *b)
{
    bool working = w->q->limit.kind == LIMIT_WORKING_DAYS;
    int spans = 0;

    for (int32_t day = w->start + 1; day <= w->due->last_day && spans < SPANS_MAX; day++) {
        bool rest = calendar_kind(w->calendar, day) == DAY_REST;
        struct str name = calendar_name(w->calendar, day);
        int32_t first = day;

        if (!rest && calendar_exception(w->calendar, day)) {
            struct str text = date(w, day);
            buf_format(b,
                       working ? tr(w->t, "；%.*s %s调休上班，计入")
                               : tr(w->t, "；%.*s %s调休上班，不影响自然日"),
                       STR_ARG(text), weekday_text(w->t, day));
            spans++;
        }
        if (!rest || !name.len || !working)
            continue;
        while (day < w->due->last_day && calendar_kind(w->calendar, day + 1) == DAY_REST &&
               str_eq(calendar_name(w->calendar, day + 1), name))
            day++;
        struct str text = range(w, first, day);
        buf_format(b, tr(w->t, "；%.*s %.*s，不计"), STR_ARG(text), STR_ARG(name));
        spans++;
    }
}

static void say_counted(struct why *w)
{
    int32_t last = w->due->last_day, today = w->q->today;
    int32_t all = counted(w, w->start, last);
    struct buf b = buf_new(w->t, LINE_MAX);

    if (today != DAY_NONE && today > w->start && today < last) {
        int32_t so_far = counted(w, w->start, today);
        struct str text = date(w, today);
        buf_format(&b, tr(w->t, "到今天 %.*s 已数 %d %s，还有 %d %s"), STR_ARG(text), (int)so_far,
                   unit(w), (int)(all - so_far), unit(w));
    } else {
        struct str text = range(w, w->start + 1, last);
        buf_format(&b, tr(w->t, "%.*s 数满 %d %s"), STR_ARG(text), (int)all, unit(w));
    }
    add_exceptions(w, &b);
    say(w, S("已数"), buf_str(&b), calendar_cited(w));
}

/* What this pause takes out beyond those before it. */
static int32_t taken_out(const struct why *w, size_t i)
{
    struct due_question upto = *w->q;
    bool by_hour = w->due->by_hour;
    int32_t before = by_hour ? w->start - 1 : w->start;
    int32_t last = w->due->last_day;

    /* An hour limit that ends at midnight has not touched the day that begins then. */
    if (by_hour && day_start(last) == w->due->legal_at)
        last--;
    upto.pause_count = i + 1;
    int32_t with = due_suspended(w->calendar, &upto, before, last);
    upto.pause_count = i;
    return with - due_suspended(w->calendar, &upto, before, last);
}

static void say_pause(struct why *w, size_t i)
{
    const struct pause *p = &w->q->pauses[i];
    struct buf b = buf_new(w->t, LINE_MAX);
    int32_t out = w->q->limit.kind == LIMIT_SAME_DAY ? 0 : taken_out(w, i);

    if (p->to == DAY_NONE) {
        struct str text = date(w, p->from);
        buf_format(&b, tr(w->t, "%.*s 起尚未恢复，日期按今天计"), STR_ARG(text));
    } else {
        buf_add(&b, range(w, p->from, p->to));
    }
    if (out > 0 && w->due->by_hour)
        buf_format(&b, tr(w->t, "，%d 日内的时间不计"), (int)out);
    else if (out > 0)
        buf_format(&b, tr(w->t, "，扣除 %d %s"), (int)out, unit(w));
    else if (w->q->limit.kind == LIMIT_SAME_DAY)
        buf_format(&b, tr(w->t, "，当日期限不因暂停变动"));
    else if (p->from > w->due->last_day)
        buf_format(&b, tr(w->t, "，在数满以后，日期不变"));
    else
        buf_format(&b, tr(w->t, "，没有另外要扣除的日子"));
    if (p->reason.len)
        buf_format(&b, tr(w->t, "；%.*s"), STR_ARG(p->reason));
    say(w, S("暂停"), buf_str(&b), p->law);
}

static struct str rest_word(const struct why *w, int32_t day)
{
    struct str name = calendar_name(w->calendar, day);

    return name.len ? str_format(w->t, tr(w->t, "，%.*s放假"), STR_ARG(name))
                    : tr_str(w->t, S("休息"));
}

static void say_end(struct why *w)
{
    struct str legal = date_weekday(w, w->due->legal_day);
    struct str last = date_weekday(w, w->due->last_day);
    struct buf b = buf_new(w->t, LINE_MAX);

    if (w->due->by_hour) {
        struct str moment = moment_text(w->t, w->due->legal_at);
        buf_format(&b, tr(w->t, "%.*s %.*s，按时刻届满，不顺延"), STR_ARG(legal),
                   STR_ARG(str_from(moment, 11)));
        say(w, S("届满"), buf_str(&b), LAW_START);
        return;
    }
    if (w->q->limit.kind == LIMIT_MONTHS) {
        int32_t all = counted(w, w->start, w->due->last_day);
        struct str same = date(w, w->start + all);
        buf_format(&b, tr(w->t, "对应日（没有的为月末日）%.*s，"), STR_ARG(same));
        if (w->start + all != w->due->last_day)
            buf_format(&b, tr(w->t, "加上暂停的日子为 "));
    } else if (w->q->limit.kind != LIMIT_SAME_DAY) {
        buf_format(&b, tr(w->t, "第 %d 日 "), (int)counted(w, w->start, w->due->last_day));
    }
    if (w->due->last_day != w->due->legal_day) {
        struct str rest = rest_word(w, w->due->last_day);
        buf_format(&b, tr(w->t, "%.*s%.*s，顺延至 "), STR_ARG(last), STR_ARG(rest));
    }
    buf_format(&b, "%.*s 24:00", STR_ARG(legal));
    bool month = w->q->limit.kind == LIMIT_MONTHS && w->due->last_day == w->due->legal_day;
    say(w, S("届满"), buf_str(&b), month ? LAW_MONTH : LAW_END);
}

static void say_safe(struct why *w)
{
    struct str safe = date_weekday(w, w->due->safe_day);
    struct str last = date(w, w->due->last_day);
    struct str how;

    if (w->due->by_hour || w->q->limit.kind == LIMIT_SAME_DAY)
        how = S("与届满相同，提醒按此发");
    else if (w->due->safe_day > w->due->last_day)
        how = str_format(w->t, tr(w->t, "期限之内没有工作日，按届满日 %.*s，提醒按此日发"),
                         STR_ARG(safe));
    else if (w->due->safe_day == w->due->legal_day)
        how = str_format(w->t, tr(w->t, "届满日 %.*s 是工作日，提醒按此日发"), STR_ARG(safe));
    else
        how = str_format(w->t, tr(w->t, "%.*s 及以前最后一个工作日 %.*s，提醒按此日发"),
                         STR_ARG(last), STR_ARG(safe));
    say(w, S("稳妥日"), how, OUR_RULE);
}

static void say_doubts(struct why *w)
{
    int32_t from = calendar_published_from(w->calendar);
    int32_t until = calendar_published_until(w->calendar);
    struct str text;

    if (w->due->by_hour || w->q->limit.kind == LIMIT_SAME_DAY)
        return;
    if (from != DAY_NONE && w->start < from) {
        text = day_text(w->t, from);
        say(w, S("提示"),
            str_format(w->t, tr(w->t, "%.*s 以前的放假安排没有载入，只按周末计"), STR_ARG(text)),
            NOTICES);
    }
    if (!w->due->provisional)
        return;
    text = day_text(w->t, until);
    say(w, S("暂定"),
        until == DAY_NONE
            ? S("放假安排还没有载入，载入后重算，之前不算逾期")
            : str_format(w->t, tr(w->t, "%.*s 以后的放假安排还没有公布，公布后重算，之前不算逾期"),
                         STR_ARG(text)),
        NOTICES);
}

struct list due_explain(struct task *t, const struct calendar *calendar,
                        const struct due_question *question, const struct due *due)
{
    struct why w = why_of(t, calendar, question, due);

    if (question->limit.kind == LIMIT_NONE)
        return w.lines;
    say_start(&w);
    say_limit(&w);
    say_extensions(&w);
    if (!due->by_hour && question->limit.kind != LIMIT_SAME_DAY)
        say_counted(&w);
    for (size_t i = 0; i < question->pause_count; i++)
        say_pause(&w, i);
    say_end(&w);
    say_safe(&w);
    say_doubts(&w);
    return w.lines;
}

/* The strip */

static bool suspended(const struct why *w, int32_t day)
{
    struct due_question any = *w->q;

    any.limit.kind = LIMIT_CALENDAR_DAYS;
    return due_suspended(w->calendar, &any, day - 1, day) > 0;
}

/* Hours of the limit that fall on the day, rounded to the nearest. */
static int hours_on(const struct why *w, int32_t day)
{
    int64_t from = day_start(day) > w->q->start ? day_start(day) : w->q->start;
    int64_t to = day_start(day + 1) < w->due->legal_at ? day_start(day + 1) : w->due->legal_at;

    return to > from ? (int)((to - from + 1800000) / 3600000) : 0;
}

static const char *label_day(const struct why *w, int32_t day, struct due_day *box)
{
    bool by_hour = w->due->by_hour;
    bool last = day == w->due->legal_day;

    if (day == w->start) {
        box->label = S("起");
        return last ? "start end" : "start";
    }
    if (last && (day > w->due->last_day || by_hour)) {
        box->label = S("止");
        return "end";
    }
    if (day > w->due->last_day) {
        box->label = S("休");
        return "none";
    }
    if (suspended(w, day)) {
        box->label = S("暂停");
        return "pause";
    }
    if (by_hour) {
        box->label = str_format(w->t, tr(w->t, "%d 时"), hours_on(w, day));
        return "count";
    }
    if (!due_countable(w->calendar, w->q, day - 1, day)) {
        box->label = S("休");
        return "none";
    }
    box->label = str_format(w->t, "%d", (int)counted(w, w->start, day));
    return last ? "end" : "count";
}

static void add_mark(struct task *t, struct due_day *box, const char *word, const char *class)
{
    word = tr(t, word);
    box->mark = box->mark.len ? str_format(t, "%.*s %s", STR_ARG(box->mark), word) : str_of(word);
    box->kind = str_format(t, "%.*s %s", STR_ARG(box->kind), class);
}

static void add_box(struct why *w, int32_t day)
{
    struct due_day *box = list_add(w->t, &w->lines, sizeof *box);
    struct str text = day_text_short(w->t, day);

    box->day = day;
    /* In Chinese one character says it: the boxes are narrow. */
    bool chinese = !w->t->language || !w->t->language->catalogue;
    box->short_day = str_format(w->t, "%.*s %s", STR_ARG(text),
                                chinese ? weekday_zh(day) : weekday_text(w->t, day));
    box->kind = str_of(label_day(w, day, box));
    if (calendar_kind(w->calendar, day) == DAY_REST)
        box->kind = str_format(w->t, "%.*s rest", STR_ARG(box->kind));
    if (day == w->due->safe_day)
        add_mark(w->t, box, "稳妥", "is-safe");
    if (day == w->due->legal_day)
        add_mark(w->t, box, "法定", "is-legal");
    if (day == w->q->today)
        add_mark(w->t, box, "今天", "is-today");
}

static void add_gap(struct why *w, int32_t from, int32_t to)
{
    struct due_day *box = list_add(w->t, &w->lines, sizeof *box);

    box->day = DAY_NONE;
    box->label = str_format(w->t, tr(w->t, "略 %d 日"), (int)(to - from + 1));
    box->kind = S("gap");
    if (w->q->today >= from && w->q->today <= to)
        add_mark(w->t, box, "今天", "is-today");
}

struct list due_strip(struct task *t, const struct calendar *calendar,
                      const struct due_question *question, const struct due *due, bool *ret_cut)
{
    struct why w = why_of(t, calendar, question, due);
    int32_t n = due->legal_day - w.start + 1;

    *ret_cut = false;
    if (question->limit.kind == LIMIT_NONE)
        return w.lines;
    /* Whole weeks are left out, so that the week days stand under each other. */
    int32_t out = n > STRIP_BOXES_MAX ? (n - (STRIP_BOXES_MAX - 1) + 6) / 7 * 7 : 0;
    int32_t head = (n - out) / 2;
    for (int32_t i = 0; i < n; i++) {
        if (out && i == head) {
            add_gap(&w, w.start + i, w.start + i + out - 1);
            i += out - 1;
            continue;
        }
        add_box(&w, w.start + i);
    }
    *ret_cut = out > 0;
    return w.lines;
}
