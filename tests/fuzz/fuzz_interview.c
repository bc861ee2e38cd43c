/*
 * An interview file as somebody might send it.  Whatever comes is refused with faults that have a
 * line and a message, or every first and every last choice leads through it to an outcome.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "modules/knowledge/interview_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct task *t, const struct interview *it, bool last)
{
    struct json *answers = json_object(t);
    struct interview_step step;

    for (int i = 0; i <= INTERVIEW_QUESTIONS; i++) {
        interview_step(t, it, answers, &step);
        if (step.done) {
            assert(step.query.len && step.matters.count);
            return;
        }
        assert(step.choices.count >= 2);
        struct interview_choice *choices = step.choices.at;
        json_put(t, answers, step.name,
                 json_str(t, choices[last ? step.choices.count - 1 : 0].value));
    }
    assert(!"the interview does not end");
}

static enum err read_input(struct task *t, void *arg)
{
    const struct str *text = arg;
    const struct interview *it;
    struct list faults = {0};

    if (interview_read(t, S("interviews/fuzz.yaml"), *text, &it, &faults)) {
        assert(faults.count);
        LIST_EACH (struct fault, fault, faults)
            assert(fault->line >= 1 && fault->message.len && utf8_valid(fault->message));
        return OK;
    }
    walk(t, it, false);
    walk(t, it, true);
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
