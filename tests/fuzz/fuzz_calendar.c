/* Any bytes as a list of holidays.  What is read makes a calendar in which days can be counted. */
#include <assert.h>
#include <stdint.h>

#include "core/legal_time.h"
#include "core/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct calendar_day *days = NULL;
    size_t count = 0;
    int32_t until = DAY_NONE;
    enum err e = calendar_read_holidays(t, *text, &days, &count, &until);

    if (e)
        return e;
    struct calendar *calendar = calendar_make(days, count, until, 1);
    assert(calendar);
    calendar_free(calendar);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_TOO_LARGE || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
