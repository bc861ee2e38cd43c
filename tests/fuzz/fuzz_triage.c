/*
 * The rule files of the triage as somebody might send them: topics and alarms.  Whatever comes is
 * refused with faults that have a line and a message, or it can be used.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "modules/knowledge/triage_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_faults(struct list faults)
{
    assert(faults.count);
    LIST_EACH (struct fault, fault, faults)
        assert(fault->line >= 1 && fault->message.len && utf8_valid(fault->message));
}

static enum err read_input(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct triage_topics *topics;
    struct triage_alarms *alarms;
    struct list faults = {0};

    if (triage_read_topics(t, S("fuzz.yaml"), *text, &topics, &faults))
        check_faults(faults);
    else
        assert(topics->count && topics->silence >= 0 && topics->sure <= 1);
    task_clear_error(t);
    if (triage_read_urgent(t, S("fuzz.yaml"), *text, &alarms, &faults)) {
        check_faults(faults);
        return OK;
    }
    struct str question = S("老公又打我了，我不敢回家，没有家暴");
    LIST_EACH (struct triage_urgent, urgent, triage_alarms_in(t, alarms, question))
        assert(urgent->words.at >= question.at &&
               urgent->words.at + urgent->words.len <= question.at + question.len);
    (void)triage_alarms_in(t, alarms, *text);
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
