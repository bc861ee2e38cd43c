/* What calendar offers to the rest of the program: the page of the calendar, the reckoning of a
 * date, the job. */
#include "calendar_sql.h"
#include "core/form.h"
#include "core/json.h"
#include "modules/access/access.h"
#include "modules/calendar/calendar.h"
#include "modules/calendar/reckon.h"
#include "core/text.h"
#include "modules/module.h"

enum { FILE_CHARACTERS = 1000000, CHUNK = 100, CHUNKS_A_RUN = 100 };

/* A box of a month */
struct box {
    int32_t day;
    int64_t number;  /* of the month */
    struct str kind; /* CSS classes: rest or work, then exception provisional is-today; the first
                        has from-N, N being its day of the week, 1 Monday */
    struct str mark; /* 休, 班 for an exception */
    struct str name;
};

static const struct field box_fields[] = {
    FIELD(struct box, day, F_DAY, "日期"),  FIELD(struct box, number, F_INT, "几号"),
    FIELD(struct box, kind, F_STR, "种类"), FIELD(struct box, mark, F_STR, "休或班"),
    FIELD(struct box, name, F_STR, "名称"), {0},
};
static const struct shape box_shape = {"calendar-day", sizeof(struct box), box_fields};

struct month {
    struct str title;
    struct list days; /* struct box */
};

static const struct field month_fields[] = {
    FIELD(struct month, title, F_STR, "月份"),
    FIELD_OF(struct month, days, F_LIST, &box_shape, "日"),
    {0},
};
static const struct shape month_shape = {"calendar-month", sizeof(struct month), month_fields};

struct holiday {
    struct str name, days, work; /* 国庆节, 10-01 至 10-07 共 7 日, 09-20、10-10 上班 */
};

static const struct field holiday_fields[] = {
    FIELD(struct holiday, name, F_STR, "名称"),
    FIELD(struct holiday, days, F_STR, "休息"),
    FIELD(struct holiday, work, F_STR, "调休上班"),
    {0},
};
static const struct shape holiday_shape = {"calendar-holiday", sizeof(struct holiday),
                                           holiday_fields};

struct calendar_page {
    int64_t year, previous, next; /* 0: there is none */
    int64_t version;
    int32_t published_until;
    bool provisional; /* the year shown is not published */
    struct list months, holidays, versions;
    bool may_load, may_reckon;
    bool own;              /* what was chosen in the form */
    struct str text, note; /* what was typed */
    struct list errors;    /* struct reckon_error */
    bool has_errors;
};

#define PAGE(member, type, title)       FIELD(struct calendar_page, member, type, title)
#define PAGE_LIST(member, shape, title) FIELD_OF(struct calendar_page, member, F_LIST, shape, title)

static const struct field page_fields[] = {
    PAGE(year, F_INT, "年份"),
    PAGE(previous, F_INT, "上一年"),
    PAGE(next, F_INT, "下一年"),
    PAGE(version, F_INT, "版次"),
    PAGE(published_until, F_DAY, "公布到"),
    PAGE(provisional, F_BOOL, "尚未公布"),
    PAGE_LIST(months, &month_shape, "月份"),
    PAGE_LIST(holidays, &holiday_shape, "节日"),
    PAGE_LIST(versions, &calendar_version_shape, "版本"),
    PAGE(may_load, F_BOOL, "可以载入"),
    PAGE(may_reckon, F_BOOL, NULL),
    PAGE(own, F_BOOL, "选了本地日期"),
    PAGE(text, F_STR, "填写的内容"),
    PAGE(note, F_STR, "填写的说明"),
    PAGE_LIST(errors, &reckon_error_shape, "错误"),
    PAGE(has_errors, F_BOOL, "有错误"),
    {0},
};
static const struct shape page_shape = {"calendar", sizeof(struct calendar_page), page_fields};

/* The year */

static void add_word(struct task *t, struct str *at, const char *word)
{
    *at = at->len ? str_format(t, "%.*s %s", STR_ARG(*at), word) : str_of(word);
}

static void add_box(struct task *t, struct list *days, const struct calendar *calendar, int32_t day,
                    int number)
{
    static const char *const from[] = {"from-1", "from-2", "from-3", "from-4",
                                       "from-5", "from-6", "from-7"};
    bool rest = calendar_kind(calendar, day) == DAY_REST;
    bool exception = calendar_exception(calendar, day);
    struct box *box = list_add(t, days, sizeof *box);

    box->day = day;
    box->number = number;
    box->name = calendar_name(calendar, day);
    add_word(t, &box->kind, rest ? "rest" : "work");
    if (exception)
        add_word(t, &box->kind, "exception");
    if (calendar_provisional(calendar, day))
        add_word(t, &box->kind, "provisional");
    if (day == day_of(t->now))
        add_word(t, &box->kind, "is-today");
    if (number == 1)
        add_word(t, &box->kind, from[day_weekday(day) - 1]);
    box->mark = !exception ? S("") : rest ? S("休") : S("班");
}

static struct list months_of(struct task *t, const struct calendar *calendar, int year)
{
    struct list months = {0};

    for (int month = 1; month <= 12; month++) {
        struct month *m = list_add(t, &months, sizeof *m);
        m->title = str_format(t, tr(t, "%d 月"), month);
        for (int day = 1; day <= 31; day++)
            if (day_valid_civil(year, month, day))
                add_box(t, &m->days, calendar, day_from_civil(year, month, day), day);
    }
    return months;
}

static struct holiday *holiday_named(struct task *t, struct list *holidays, struct str name)
{
    LIST_EACH (struct holiday, holiday, *holidays) {
        if (str_eq(holiday->name, name))
            return holiday;
    }
    struct holiday *holiday = list_add(t, holidays, sizeof *holiday);
    holiday->name = name;
    return holiday;
}

static struct str and_also(struct task *t, struct str list, struct str more)
{
    return list.len ? str_format(t, tr(t, "%.*s、%.*s"), STR_ARG(list), STR_ARG(more)) : more;
}

static struct list holidays_of(struct task *t, const struct calendar *calendar, int year)
{
    int32_t day = day_from_civil(year, 1, 1), last = day_from_civil(year, 12, 31);
    struct list holidays = {0};

    for (; day <= last; day++) {
        struct str name = calendar_name(calendar, day);
        int32_t first = day;
        if (!name.len)
            continue;
        struct holiday *holiday = holiday_named(t, &holidays, name);
        struct str text = day_text_short(t, day);
        if (calendar_kind(calendar, day) == DAY_WORKING) {
            holiday->work = and_also(t, holiday->work, text);
            continue;
        }
        while (day < last && calendar_kind(calendar, day + 1) == DAY_REST &&
               str_eq(calendar_name(calendar, day + 1), name))
            day++;
        struct str until = day_text_short(t, day);
        if (day > first)
            text = str_format(t, tr(t, "%.*s 至 %.*s，共 %d 日"), STR_ARG(text), STR_ARG(until),
                              (int)(day - first + 1));
        holiday->days = and_also(t, holiday->days, text);
    }
    return holidays;
}

static enum err read_page(struct task *t, void *arg)
{
    struct calendar_page *page = arg;
    const struct calendar *calendar;
    enum err e = calendar_current(t, &calendar);

    if (!e)
        e = calendar_versions(t, &page->versions);
    if (e)
        return e;
    page->version = calendar_version(calendar);
    page->published_until = calendar_published_until(calendar);
    page->provisional = calendar_provisional(calendar, day_from_civil((int)page->year, 12, 31));
    page->months = months_of(t, calendar, (int)page->year);
    page->holidays = holidays_of(t, calendar, (int)page->year);
    return OK;
}

static const struct ask page_asks[] = {
    {"year", "年份", ASK_INT, false, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR},
    {NULL},
};
static const struct form page_form = {"calendar-query", page_asks};

static enum err get_calendar(struct task *t, struct request *request, struct response *response)
{
    struct calendar_page *page = NEW(t, struct calendar_page, 1);
    int year, month, day;
    struct json *input;
    enum err e =
        form_check(t, &page_form, request->method == GET ? request->query : NULL, S(""), &input);

    if (e)
        return e;
    day_to_civil(day_of(t->now), &year, &month, &day);
    page->year = json_get(input, "year") ? json_get_int(input, "year") : year;
    page->previous = page->year > CALENDAR_FIRST_YEAR ? page->year - 1 : 0;
    page->next = page->year < CALENDAR_LAST_YEAR ? page->year + 1 : 0;
    page->may_load = request->actor && actor_may(request->actor, "calendar.load");
    page->may_reckon = request->actor && actor_may(request->actor, "order.read");
    page->own = str_is(json_get_str(request->body, "kind"), "own");
    page->text = json_get_str(request->body, "text");
    page->note = json_get_str(request->body, "note");
    page->errors = reckon_errors(t, request->errors);
    if (request->error && !page->errors.count)
        reckon_add_error(t, &page->errors, S(""), request->error_note);
    page->has_errors = page->errors.count > 0;
    response->view = page;
    response->shape = &page_shape;
    return store_read(t, read_page, page);
}

/* Loading */

static const struct choice kind_choices[] = {
    {"national", "国务院放假安排"},
    {"own", "本地日期"},
    {NULL, NULL},
};

static const struct ask load_asks[] = {
    {"kind", "种类", ASK_CHOICE, true, .choices = kind_choices},
    {"text", "内容", ASK_LONG, false, .max = FILE_CHARACTERS,
     .hint = "JSON，格式见 data/README.md；也可以选文件"},
    {"note", "说明", ASK_TEXT, false, .max = 200, .hint = "例如放假通知的文号"},
    {NULL},
};
static const struct form load_form = {"calendar-load", load_asks};

struct load_arg {
    const struct actor *actor;
    enum calendar_days kind;
    struct str text, note;
    int64_t version;
};

static enum err load(struct task *t, void *arg)
{
    struct load_arg *l = arg;

    return calendar_load(t, l->actor, l->kind, l->text, l->note, &l->version);
}

static enum err post_calendar(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &load_form, request->body, S(""), &input);

    if (e)
        return e;
    struct load_arg arg = {
        .actor = request->actor,
        .kind = str_is(json_get_str(input, "kind"), "own") ? CALENDAR_OWN : CALENDAR_NATIONAL,
        .text = json_get_str(input, "text"),
        .note = json_get_str(input, "note"),
    };
    LIST_EACH (const struct upload, upload, request->uploads) {
        if (!arg.text.len && str_is(upload->field, "file"))
            arg.text = upload->content;
    }
    if (!arg.text.len) {
        task_field_error(t, S("text"), "请粘贴日历内容，或者选一个文件");
        return task_input_verdict(t);
    }
    e = store_write(t, load, &arg);
    if (e)
        return e;
    response->id = arg.version;
    response->redirect = S("/admin/calendar");
    return OK;
}

static const struct route routes[] = {
    {GET, "/admin/calendar", ACCESS_STAFF, "calendar.load", get_calendar,
     .page = "calendar/calendar", .view = &page_shape, .form = &page_form, .summary = "工作日历"},
    {POST, "/admin/calendar", ACCESS_STAFF, "calendar.load", post_calendar, .form = &load_form,
     .on_bad_input = get_calendar, .summary = "载入放假安排或本地日期", .flags = ROUTE_UPLOAD},
    {GET, "/due", ACCESS_STAFF, "order.read", reckon_get, .page = "calendar/due",
     .view = &reckon_shape, .form = &reckon_form, .summary = "算一个期限"},
    {0},
};

static const struct permission permissions[] = {
    {"calendar.load", "载入放假安排和本地日期"},
    {0},
};

/* A run has an end, so that other jobs get their turn; the next goes on where it stopped. */
static enum err recompute(struct task *t, const struct setup *setup)
{
    bool finished = false;

    (void)setup;
    for (int i = 0; i < CHUNKS_A_RUN && !finished; i++) {
        struct task_mark mark = task_mark(t);
        enum err e = calendar_recompute(t, CHUNK, &finished);
        if (e)
            return e;
        task_reset(t, mark);
    }
    return OK;
}

static const struct job jobs[] = {
    {"calendar.recompute", 20, recompute},
    {0},
};

const struct module calendar_module = {
    .name = "calendar",
    .permissions = permissions,
    .routes = routes,
    .migrations = calendar_migrations,
    .jobs = jobs,
};
