/*
 * Any bytes as the catalogue of matters and, behind a line "===", the table that routes them: read,
 * or refused with faults that have a line.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "modules/catalog/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read(struct task *t, void *arg)
{
    struct str matters = *(const struct str *)arg, routing = {0};
    struct catalogue *catalogue;
    struct list faults = {0};
    size_t cut = str_find(matters, S("\n===\n"));

    if (cut != SIZE_MAX) {
        routing = str_from(matters, cut + 5);
        matters = str_first(matters, cut + 1);
    }
    if (!catalog_read(t, matters, routing, &catalogue, &faults))
        return OK;
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
