/* Any bytes as a settings file: settings, or errors that have a line. */
#include <assert.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct conf conf;
    enum err e = conf_parse(t, *text, "fuzz.conf", NULL, &conf);

    assert(!e == !t->field_errors);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
