/* Chips, words and choices that several of the desk's pages show. */
#include <string.h>

#include "core/task.h"
#include "core/text.h"
#include "core/time.h"
#include "modules/access/staff.h"
#include "modules/catalog/catalog.h"
#include "modules/desk/draw.h"
#include "modules/org/org.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

const struct shape desk_chip_shape = {
    "DeskChip", sizeof(struct desk_chip),
    FIELDS(FIELD(struct desk_chip, state, F_STR, NULL), FIELD(struct desk_chip, word, F_STR, NULL),
           FIELD(struct desk_chip, icon, F_STR, NULL), FIELD(struct desk_chip, safe, F_STR, NULL),
           FIELD(struct desk_chip, legal, F_STR, NULL),
           FIELD(struct desk_chip, reason, F_STR, NULL),
           FIELD(struct desk_chip, href, F_STR, NULL))};

static struct str icon_of(struct str state)
{
    static const struct {
        const char *state, *icon;
    } rows[] = {{"overdue", "clock-x"},
                {"today", "clock-exclamation"},
                {"paused", "player-pause"},
                {"done", "check"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_is(state, rows[i].state))
            return str_of(rows[i].icon);
    return S("clock");
}

/* A day of another year says so. */
static struct str short_day(struct task *t, int32_t day, bool with_year)
{
    int year, month, of_month, this_year;

    if (day == DAY_NONE)
        return (struct str){0};
    day_to_civil(day, &year, &month, &of_month);
    day_to_civil(day_of(t->now), &this_year, &month, &of_month);
    return with_year || year != this_year ? day_text(t, day) : day_text_short(t, day);
}

struct desk_chip desk_chip_of_due(struct task *t, const struct calendar *calendar,
                                  const struct due *due, int64_t flags, bool open)
{
    struct chip made = duty_chip(t, calendar, due, flags, open);
    struct desk_chip chip = {.state = made.kind, .word = made.text, .icon = icon_of(made.kind)};

    if (flags & DUE_PAUSED) {
        chip.reason = S("时限停止计算");
        return chip;
    }
    chip.safe = short_day(t, due->safe_day, due->provisional);
    chip.legal = short_day(t, due->legal_day, due->provisional);
    return chip;
}

struct desk_chip desk_chip_of_order(struct task *t, const struct calendar *calendar,
                                    const struct order *order)
{
    struct due due = {
        .legal_day = order->due_legal_day,
        .safe_day = order->due_safe_day,
        .legal_at = order->due_legal_at,
        .by_hour = order->due_flags & DUE_BY_HOUR,
        .provisional = order->due_flags & DUE_PROVISIONAL,
    };
    bool open = str_is(order->status, "open");
    struct desk_chip chip;

    if (open && !order->due_duty.len)
        return (struct desk_chip){0};
    if (!open)
        return (struct desk_chip){.state = S("done"),
                                  .word = S("办结"),
                                  .icon = S("check"),
                                  .reason = short_day(t, day_of(order->closed_at), false),
                                  .href = str_format(t, "/orders/%lld", (long long)order->id)};
    chip = desk_chip_of_due(t, calendar, &due, order->due_flags, true);
    if (order->due_flags & DUE_OF_PARTY && !(order->due_flags & DUE_PAUSED))
        chip.reason = S("等当事人");
    chip.href = str_format(t, "/orders/%lld#duties", (long long)order->id);
    return chip;
}

struct desk_chip desk_chip_of_duty(struct task *t, const struct duty_view *duty)
{
    struct desk_chip chip = {
        .state = duty->chip,
        .word = duty->chip_text,
        .icon = icon_of(duty->chip),
        .href = str_format(t, "#duty-%lld", (long long)duty->n),
    };

    if (duty->paused)
        chip.reason = S("时限停止计算");
    else if (duty->open) {
        chip.safe = short_day(t, duty->safe_day, duty->provisional);
        chip.legal = short_day(t, duty->legal_day, duty->provisional);
    }
    return chip;
}

static const struct {
    const char *channel, *title, *icon;
} channels[] = {
    {"window", "窗口", "desk"},
    {"phone", "电话", "phone"},
    {"hotline", "热线", "phone-call"},
    {"web", "网上", "world"},
    {"kiosk", "自助机", "device-mobile"},
    {"grid", "网格", "map-pin"},
    {"transfer", "转来", "switch-horizontal"},
    {"import", "导入", "table-import"},
    {"paper", "来信", "mail"},
};

struct str desk_channel(struct str channel)
{
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        if (str_is(channel, channels[i].channel))
            return str_of(channels[i].title);
    return channel;
}

struct str desk_channel_icon(struct str channel)
{
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        if (str_is(channel, channels[i].channel))
            return str_of(channels[i].icon);
    return S("circle");
}

/* A row has room for five characters; the order page says it in full. */
struct str desk_green(struct str green)
{
    struct str rest = green, first = {0};

    if (!str_cut(&rest, ',', &first))
        return (struct str){0};
    return str_is(first, "soldier-family") ? S("军属") : party_green_title(first);
}

struct list desk_green_titles(struct task *t, struct str green)
{
    struct list titles = {0};
    struct str rest = green, class;

    while (str_cut(&rest, ',', &class))
        ((struct desk_title *)list_add(t, &titles, sizeof(struct desk_title)))->title =
            party_green_title(class);
    return titles;
}

struct str desk_when(struct task *t, int64_t moment)
{
    int year, month, of_month, this_year;

    day_to_civil(day_of(moment), &year, &month, &of_month);
    day_to_civil(day_of(t->now), &this_year, &month, &of_month);
    return year == this_year ? moment_text_short(t, moment) : moment_text(t, moment);
}

/* A person once, however many posts they have. */
static void add_person(struct task *t, struct list *options, int64_t id, struct str name,
                       struct str code, const char *remark)
{
    const struct post *post = post_find(code);
    struct str value = str_format(t, "%lld", (long long)id);

    if (!post_may(post, "order.act"))
        return;
    LIST_EACH (struct desk_option, option, *options) {
        if (str_eq(option->value, value))
            return;
    }
    *(struct desk_option *)list_add(t, options, sizeof(struct desk_option)) = (struct desk_option){
        value, str_format(t, "%.*s · %s%s", STR_ARG(name), post ? post->title : "", remark), false};
}

enum err desk_staff_options(struct task *t, int64_t unit, struct list *ret_options)
{
    struct list people = {0}, options = {0};
    enum err e = staff_find(t, unit, S(""), &people);

    if (e)
        return e;
    LIST_EACH (struct staff_at, person, people)
        add_person(t, &options, person->id, person->name, person->post, "");
    *ret_options = options;
    return OK;
}

struct list desk_assignee_options(struct task *t, const struct list *staff)
{
    struct list options = {0};

    LIST_EACH (struct assignee, person, *staff) {
        if (person->interest != INTEREST_BLOCKS)
            add_person(t, &options, person->staff, person->name, person->post,
                       person->interest == INTEREST_WARNS ? tr(t, "（与当事人有关联，须核实）")
                                                          : "");
    }
    return options;
}

/* A person with two posts stands in the list twice. */
static bool stands_before(const struct list *staff, const struct assignee *person)
{
    for (const struct assignee *before = staff->at; before < person; before++)
        if (before->staff == person->staff)
            return true;
    return false;
}

struct str desk_kept_away(struct task *t, const struct list *staff)
{
    struct buf b = buf_new(t, 4096);

    LIST_EACH (struct assignee, person, *staff) {
        if (person->interest == INTEREST_BLOCKS && !stands_before(staff, person))
            buf_format(&b, "%s%.*s", buf_str(&b).len ? tr(t, "、") : "", STR_ARG(person->name));
    }
    struct str names = buf_str(&b);
    return names.len ? str_format(t, tr(t, "应当回避、不能指定：%.*s"), STR_ARG(names))
                     : (struct str){0};
}

enum err desk_unit_options(struct task *t, struct list *ret_options)
{
    struct list units = {0}, options = {0};
    enum err e = org_units(t, S(""), &units);

    if (e)
        return e;
    LIST_EACH (struct unit, unit, units) {
        if (!unit->open)
            continue;
        *(struct desk_option *)list_add(t, &options, sizeof(struct desk_option)) =
            (struct desk_option){str_format(t, "%lld", (long long)unit->id), unit->name, false};
    }
    *ret_options = options;
    return OK;
}

struct json *desk_defaults(struct task *t, const struct action_rule *rule,
                           const struct matter *matter)
{
    struct json *answers = json_object(t);

    for (size_t i = 0; i < rule->effect_count; i++) {
        if (rule->effects[i].effect != EFFECT_GUIDE || !matter->body.len)
            continue;
        json_put_str(t, answers, "body", matter->body);
        json_put_str(t, answers, "remedies", matter->remedies);
        json_put_str(t, answers, "reason", matter->body_law);
        return answers;
    }
    return NULL;
}
