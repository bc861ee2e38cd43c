/*
 * The file of a model as somebody might send it.  The checksum is put right first, so that the
 * checks behind it are met.  Whatever comes, it is refused with a note, or it runs and its
 * confidences are numbers that make 1.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "search/classify_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct task *t, const struct classify_model *model)
{
    double confidence[CLASSIFY_MAX_LABELS], sum = 0;
    struct str text = S("老板拖欠工资，邻居的狗咬人 2026 abc");
    size_t labels = classify_label_count(model);

    classify_run(t, model, text, confidence);
    for (size_t l = 0; l < labels; l++) {
        assert(confidence[l] >= 0 && confidence[l] <= 1 && classify_label(model, l).len);
        sum += confidence[l];
    }
    assert(fabs(sum - 1) < 1e-6);
    LIST_EACH (struct classify_reason, reason, classify_why(t, model, text, 0, 3))
        assert(reason->words.at >= text.at &&
               reason->words.at + reason->words.len <= text.at + text.len);
}

static enum err open_input(struct task *t, void *arg)
{
    const struct str *bytes = arg;
    const struct classify_model *model;

    if (classify_open(t, *bytes, &model))
        assert(t->note.len);
    else
        run(t, model);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    char *copy = NEW(&t, char, size + 1);
    if (size)
        memcpy(copy, data, size);
    struct str bytes = {copy, size};
    if (size >= CLASSIFY_SUM_AT + 4) {
        uint32_t sum = classify_sum(bytes);
        memcpy(copy + CLASSIFY_SUM_AT, &sum, sizeof sum);
    }
    enum err e = task_protect(&t, open_input, &bytes);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
