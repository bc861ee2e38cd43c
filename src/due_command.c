#include "due_command.h"

#include <errno.h>
#include <string.h>

#include "core/json.h"
#include "core/legal_time.h"
#include "core/task.h"

enum { PAUSES_MAX = 100, CALENDAR_FILE_MAX = 4 * 1024 * 1024, OUTPUT_MAX = 1024 * 1024 };

static const char help[] =
    "usage: yimen due --start MOMENT --limit LIMIT [--pause FROM..TO]... [--json]\n"
    "\n"
    "Says until when something is due, the legal and the safe date, and why.\n"
    "\n"
    "  --start MOMENT    when the limit begins: 2026-09-14T10:00, or 2026-09-14 unless the limit\n"
    "                    is in hours; +08:00 where no zone is given\n"
    "  --limit LIMIT     'N working days', 'N calendar days', 'N hours', 'N months', 'same day'\n"
    "  --pause FROM..TO  the first suspended day and the last, both included: 2026-09-16..2026-09-18;\n"
    "                    may be given again; days that overlap count once\n"
    "  --law TEXT        the law of the limit, cited in the explanation\n"
    "  --calendar FILE   count with this calendar (format: data/README.md) instead of the one built in\n"
    "  --json            {\"legal\":..., \"safe\":..., \"provisional\":..., \"why\":[...]}\n"
    "  --help            this text\n"
    "\n"
    "The safe date is the last working day not after the last day of the limit; the legal date is the\n"
    "last day, moved on over rest days where the law does so.  Dates after the published calendar are\n"
    "provisional.  Exit code: 0 fine, 1 failed, 2 bad usage or input.\n";

struct due_options {
    int argc;
    char **argv;
    FILE *out, *complaints;

    const char *start, *limit, *law, *calendar_file;
    bool json, help;
    struct due_question question;
    struct pause pauses[PAUSES_MAX];
    struct calendar *calendar;
};

/* The value of `--name VALUE` or `--name=VALUE` at argument *i; NULL when this is another option.
 */
static const char *value_of(struct task *t, struct due_options *o, const char *name, int *i)
{
    const char *arg = o->argv[*i];
    size_t len = strlen(name);

    if (strncmp(arg, name, len) != 0 || (arg[len] && arg[len] != '='))
        return NULL;
    const char *value = "";
    if (arg[len] == '=')
        value = arg + len + 1;
    else if (*i + 1 < o->argc)
        value = o->argv[++*i];
    if (!*value)
        task_field_error(t, str_of(name), "后面要有一个值");
    return value;
}

static void set_once(struct task *t, const char *name, const char **at, const char *value)
{
    if (*at)
        task_field_error(t, str_of(name), "只能给一次");
    *at = value;
}

static bool in_years(int32_t day)
{
    return day >= day_from_civil(CALENDAR_FIRST_YEAR, 1, 1) &&
           day <= day_from_civil(CALENDAR_LAST_YEAR, 12, 31);
}

static void read_pause(struct task *t, struct due_options *o, struct str text)
{
    struct pause pause = {0};
    size_t dots = str_find(text, S(".."));

    if (!text.len)
        return; /* told already: no value */
    if (dots == SIZE_MAX || !day_parse(str_first(text, dots), &pause.from) ||
        !day_parse(str_from(text, dots + 2), &pause.to))
        task_field_error(t, S("--pause"), "请写成 2026-09-16..2026-09-18：%.*s", STR_ARG(text));
    else if (pause.to < pause.from)
        task_field_error(t, S("--pause"), "最后一日早于第一日：%.*s", STR_ARG(text));
    else if (!in_years(pause.from) || !in_years(pause.to))
        task_field_error(t, S("--pause"), "只能算 %d 至 %d 年：%.*s", CALENDAR_FIRST_YEAR,
                         CALENDAR_LAST_YEAR, STR_ARG(text));
    else if (o->question.pause_count == PAUSES_MAX)
        task_field_error(t, S("--pause"), "最多 %d 段", PAUSES_MAX);
    else
        o->pauses[o->question.pause_count++] = pause;
}

static void read_arguments(struct task *t, struct due_options *o)
{
    for (int i = 1; i < o->argc; i++) {
        const char *arg = o->argv[i], *value;

        if (strcmp(arg, "--json") == 0)
            o->json = true;
        else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
            o->help = true;
        else if ((value = value_of(t, o, "--start", &i)))
            set_once(t, "--start", &o->start, value);
        else if ((value = value_of(t, o, "--limit", &i)))
            set_once(t, "--limit", &o->limit, value);
        else if ((value = value_of(t, o, "--law", &i)))
            set_once(t, "--law", &o->law, value);
        else if ((value = value_of(t, o, "--calendar", &i)))
            set_once(t, "--calendar", &o->calendar_file, value);
        else if ((value = value_of(t, o, "--pause", &i)))
            read_pause(t, o, str_of(value));
        else
            task_field_error(t, str_of(arg), "没有这个选项，用法见 yimen due --help");
    }
}

static void check_start(struct task *t, struct due_options *o)
{
    struct str text = str_of(o->start);
    int32_t day;

    if (!o->start) {
        task_field_error(t, S("--start"), "请写起算时间，例如 2026-09-14T10:00");
        return;
    }
    if (!text.len)
        return;
    if (day_parse(text, &day)) {
        o->question.start = day_start(day);
        if (o->question.limit.kind == LIMIT_HOURS)
            task_field_error(t, S("--start"), "按小时计算要写明时刻，例如 2026-09-14T10:00");
    } else if (!moment_parse(text, &o->question.start)) {
        task_field_error(t, S("--start"), "不是时间，请写成 2026-09-14T10:00：%.*s", STR_ARG(text));
        return;
    }
    if (!in_years(day_of(o->question.start)))
        task_field_error(t, S("--start"), "只能算 %d 至 %d 年", CALENDAR_FIRST_YEAR,
                         CALENDAR_LAST_YEAR);
}

static void check_limit(struct task *t, struct due_options *o)
{
    const char *why;

    if (!o->limit)
        task_field_error(t, S("--limit"), "请写期限，例如 '20 working days'");
    else if (*o->limit && !limit_parse(str_of(o->limit), &o->question.limit, &why))
        task_field_error(t, S("--limit"), "%s", why);
}

static bool read_file(struct task *t, const char *path, struct str *ret_text)
{
    FILE *in = fopen(path, "rb");

    if (!in) {
        task_field_error(t, S("--calendar"), "打不开 %s：%s", path, strerror(errno));
        return false;
    }
    char *text = NEW(t, char, CALENDAR_FILE_MAX + 1);
    size_t len = fread(text, 1, CALENDAR_FILE_MAX + 1, in);
    bool failed = ferror(in);
    fclose(in);
    if (failed || len > CALENDAR_FILE_MAX) {
        task_field_error(t, S("--calendar"), failed ? "读不出 %s" : "%s 太大了", path);
        return false;
    }
    *ret_text = (struct str){text, len};
    return true;
}

static void free_calendar(void *thing)
{
    struct due_options *o = thing;

    calendar_free(o->calendar);
}

static enum err load_calendar(struct task *t, struct due_options *o)
{
    struct str text = calendar_shipped();
    struct calendar_day *days;
    int32_t published_until;
    size_t count;

    if (o->calendar_file && (!*o->calendar_file || !read_file(t, o->calendar_file, &text)))
        return ERR_BAD_INPUT;
    enum err e = calendar_read_holidays(t, text, &days, &count, &published_until);
    if (e && !t->field_errors)
        task_field_error(t, S("--calendar"), "%.*s", STR_ARG(t->note));
    if (e)
        return e;
    task_defer(t, free_calendar, o);
    o->calendar = calendar_make(days, count, published_until, 0);
    return o->calendar ? OK : task_fail(t, ERR_NO_MEMORY, "内存不够");
}

static struct str date(struct task *t, const struct due *due, int32_t day, int64_t at)
{
    struct str text;

    if (!due->by_hour)
        return day_text(t, day);
    text = str_first(moment_rfc3339(t, at), 16);
    return text;
}

static void write_json(struct task *t, struct buf *b, const struct due *due,
                       const struct list *lines)
{
    buf_add(b, S("{\"legal\":"));
    json_write_str(b, date(t, due, due->legal_day, due->legal_at));
    buf_add(b, S(",\"safe\":"));
    json_write_str(b, date(t, due, due->safe_day, due->safe_at));
    buf_add(b, due->provisional ? S(",\"provisional\":true,\"why\":[")
                                : S(",\"provisional\":false,\"why\":["));
    LIST_EACH (const struct due_step, line, *lines) {
        if (line != lines->at)
            buf_add_char(b, ',');
        shape_write_json(b, &due_step_shape, line);
    }
    buf_add(b, S("]}\n"));
}

static void write_text(struct task *t, struct buf *b, const struct due *due,
                       const struct list *lines)
{
    struct str legal = date(t, due, due->legal_day, due->legal_at);
    struct str safe = date(t, due, due->safe_day, due->safe_at);
    int number = 0;

    buf_format(b, "法定  %.*s 周%s%s\n", STR_ARG(legal), weekday_zh(due->legal_day),
               due->provisional ? "（暂定）" : "");
    buf_format(b, "稳妥  %.*s 周%s\n\n", STR_ARG(safe), weekday_zh(due->safe_day));
    LIST_EACH (const struct due_step, line, *lines) {
        /* Words of two characters are filled up to three, so that the columns stand. */
        const char *fill = utf8_length(line->what) < 3 ? "　" : "";
        buf_format(b, "%2d  %.*s%s  %.*s", ++number, STR_ARG(line->what), fill, STR_ARG(line->how));
        if (line->law.len)
            buf_format(b, "  〔%.*s〕", STR_ARG(line->law));
        buf_add_char(b, '\n');
    }
}

static enum err run(struct task *t, void *arg)
{
    struct due_options *o = arg;

    read_arguments(t, o);
    if (o->help) {
        fputs(help, o->out);
        return OK;
    }
    o->question.pauses = o->pauses;
    o->question.today = DAY_NONE;
    check_limit(t, o);
    check_start(t, o);
    o->question.law = str_of(o->law);
    enum err e = load_calendar(t, o);
    if (e && e != ERR_BAD_INPUT)
        return e;
    e = task_input_verdict(t);
    if (e)
        return e;

    struct due due = due_compute(o->calendar, &o->question);
    struct list lines = due_explain(t, o->calendar, &o->question, &due);
    struct buf b = buf_new(t, OUTPUT_MAX);
    if (o->json)
        write_json(t, &b, &due, &lines);
    else
        write_text(t, &b, &due, &lines);
    fwrite(b.at, 1, b.len, o->out);
    return fflush(o->out) == 0 ? OK : task_fail(t, ERR_INTERNAL, "写不出去：%s", strerror(errno));
}

int due_command_to(int argc, char **argv, FILE *out, FILE *complaints)
{
    struct due_options options = {.argc = argc, .argv = argv, .out = out, .complaints = complaints};
    struct task t;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, run, &options);
    for (const struct field_error *f = t.field_errors; e && f; f = f->next)
        fprintf(complaints, "yimen due: %.*s：%.*s\n", STR_ARG(f->field), STR_ARG(f->message));
    if (e && !t.field_errors)
        fprintf(complaints, "yimen due: %.*s\n", STR_ARG(t.note));
    int code = err_exit_code(e);
    task_end(&t);
    return code;
}

int due_command(int argc, char **argv)
{
    return due_command_to(argc, argv, stdout, stderr);
}
