#include "modules/orders/slice.h"

#include "core/task.h"

struct slice {
    store_fn *fn;
    void *arg;
    bool write;
};

static enum err run(struct task *t, void *arg)
{
    struct slice *slice = arg;

    return slice->write ? store_write(t, slice->fn, slice->arg)
                        : store_read(t, slice->fn, slice->arg);
}

static enum err run_alone(struct task *t, struct slice *slice)
{
    struct task own;

    task_begin(&own, t->store, t->now, TASK_BUDGET);
    own.tenant = t->tenant;
    enum err e = task_protect(&own, run, slice);
    if (e)
        (void)!task_fail(t, e, "%.*s", STR_ARG(own.note));
    task_end(&own);
    return e;
}

enum err slice_read(struct task *t, store_fn *fn, void *arg)
{
    return run_alone(t, &(struct slice){fn, arg, false});
}

enum err slice_write(struct task *t, store_fn *fn, void *arg)
{
    return run_alone(t, &(struct slice){fn, arg, true});
}
