/*
 * What strangers write as a limit, and dates under pauses of any shape.
 *
 * Input: the text of a limit up to the first newline; then 4 bytes for the start (days after 2015
 * and minutes), 2 for today, and 4 for each pause: its first day after the start and its length.
 * What must hold for every date is checked here, what the right date is by
 * legal_time_property_test.c.
 */
#include <assert.h>
#include <stdint.h>

#include "core/legal_time.h"
#include "core/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAUSES = 16, FIRST_DAY = 16436 /* 2015-01-01 */ };

static struct calendar *calendar;

static void load_calendar(struct task *t)
{
    struct calendar_day *days;
    size_t count;
    int32_t until;

    enum err e = calendar_read_holidays(t, calendar_shipped(), &days, &count, &until);
    assert(e == OK);
    calendar = calendar_make(days, count, until, 1);
    assert(calendar);
}

static int32_t take(struct str *s)
{
    int32_t number = 0;

    for (int i = 0; i < 2 && s->len; i++) {
        number = number * 256 + (unsigned char)s->at[0];
        *s = str_from(*s, 1);
    }
    return number;
}

static void check_words(struct task *t, struct limit limit)
{
    struct limit again;
    const char *why;

    assert(limit.amount >= (limit.kind != LIMIT_SAME_DAY) && limit.amount <= LIMIT_AMOUNT_MAX);
    bool good = limit_parse(limit_text(t, limit), &again, &why);
    assert(good && again.kind == limit.kind && again.amount == limit.amount);
    assert(limit_text_zh(t, limit).len);
}

static void check_due(const struct due_question *q, const struct due *due)
{
    assert(due->legal_at > q->start && due->safe_at > q->start);
    assert(due->safe_at <= due->legal_at && due->safe_day <= due->legal_day);
    assert(due->last_day <= due->legal_day && due->safe_day >= day_of(q->start));
    if (due->by_hour || q->limit.kind == LIMIT_SAME_DAY) {
        assert(due->safe_at == due->legal_at && !due->provisional);
        return;
    }
    assert(due->legal_at == day_start(due->legal_day + 1));
    assert(calendar_kind(calendar, due->legal_day) == DAY_WORKING);
    assert(calendar_kind(calendar, due->safe_day) == DAY_WORKING);
    int32_t start = day_of(q->start);
    int32_t counted = due_countable(calendar, q, start, due->last_day) -
                      due_suspended(calendar, q, start, due->last_day);
    assert(q->limit.kind == LIMIT_MONTHS || counted == q->limit.amount);
}

/* Without the last pause it ends no later. */
static void check_monotone(const struct due_question *q, const struct due *due)
{
    struct due_question less = *q;

    if (!q->pause_count)
        return;
    less.pause_count--;
    struct due before = due_compute(calendar, &less);
    assert(before.legal_at <= due->legal_at && before.last_day <= due->last_day);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, text = {0};
    struct pause pauses[PAUSES];
    struct limit limit;
    const char *why = NULL;
    struct task t;
    bool cut;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    if (!calendar)
        load_calendar(&t);
    if (!str_cut(&rest, '\n', &text) || !limit_parse(text, &limit, &why)) {
        assert(!text.len || why);
        task_end(&t);
        return 0;
    }
    check_words(&t, limit);
    int32_t start = FIRST_DAY + take(&rest) % 5500;
    struct due_question q = {.start = day_start(start) + take(&rest) % 1440 * (int64_t)60000,
                             .limit = limit,
                             .pauses = pauses};
    q.today = start + take(&rest) % 400 - 20;
    while (rest.len && q.pause_count < PAUSES) {
        struct pause *p = &pauses[q.pause_count++];
        *p = (struct pause){.from = start + take(&rest) % 500 - 50};
        int32_t days = take(&rest) % 100 - 2;
        p->to = days == 97 ? DAY_NONE : p->from + days;
    }
    struct due due = due_compute(calendar, &q);
    check_due(&q, &due);
    check_monotone(&q, &due);
    struct list lines = due_explain(&t, calendar, &q, &due);
    struct list strip = due_strip(&t, calendar, &q, &due, &cut);
    assert(lines.count >= 4 && strip.count && strip.count <= STRIP_BOXES_MAX);
    task_end(&t);
    return 0;
}
