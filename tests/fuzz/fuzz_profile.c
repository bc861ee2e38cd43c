/* Any bytes as the profile of a city: read, or refused with faults that have a line. */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "install.h"
#include "modules/catalog/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read(struct task *t, void *arg)
{
    const struct str *text = arg;
    const struct profile *profile;
    struct list faults = {0};

    if (!profile_read(t, S("fuzz.yaml"), *text, &profile, &faults)) {
        assert(profile_code(profile).len && profile_name_of(profile).len);
        return OK;
    }
    assert(faults.count);
    LIST_EACH (const struct fault, fault, faults) {
        assert(fault->line >= 1 && fault->message.len && utf8_valid(fault->message));
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
