/*
 * A procedure file as somebody might send it.  Whatever comes, it is either refused with at least
 * one fault that has a line and a message, or what is stored of it reads back as the same
 * procedure.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "modules/catalog/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_faults(struct list faults)
{
    assert(faults.count);
    LIST_EACH (struct fault, fault, faults) {
        assert(fault->line >= 1 && fault->message.len && utf8_valid(fault->message));
    }
}

static void check_same(struct task *t, const struct procedure *p)
{
    struct procedure *again;
    struct list faults;
    struct str dot;

    enum err e = procedure_read(t, S("stored"), p->text, NULL, NULL, &again, &faults);
    assert(e == OK);
    assert(str_eq(again->text, p->text) && again->step_count == p->step_count);
    e = procedure_draw(t, again, "dot", &dot);
    assert(e == OK && dot.len);
}

static enum err read_input(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct procedure *p;
    struct list faults = {0};

    if (procedure_read(t, S("fuzz.yaml"), *text, procedure_part_shipped, NULL, &p, &faults))
        check_faults(faults);
    else
        check_same(t, p);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read_input, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
