/* What the staff's side offers, in one table. */
#include "modules/setup.h"
#include "research.h"

static const struct permission permissions[] = {
    {"research.use", "查法规、问答、案例和看得到的办结工单"},
    {0},
};

static const struct route routes[] = {
    {GET, "/research", ACCESS_STAFF, "research.use", research_get, .page = "knowledge/research",
     .view = &research_view_shape, .form = &research_form,
     .summary = "查依据：法规、问答、案例、看得到的办结工单"},
    {GET, "/research/list", ACCESS_STAFF, "research.use", research_list_get,
     .page = "knowledge/research-list", .view = &research_list_shape, .form = &research_list_form,
     .summary = "选中的依据"},
    {POST, "/research/attach", ACCESS_STAFF, "research.use", research_attach_post,
     .form = &research_attach_form, .on_bad_input = research_list_get,
     .summary = "把选中的依据附到工单"},
    {0},
};

/* Another process may be at it: then there is nothing to do. */
static enum err run_orders(struct task *t, const struct setup *setup)
{
    enum err e = setup ? research_follow_orders(t, setup->data) : OK;

    if (e != ERR_BUSY)
        return e;
    task_clear_error(t);
    return OK;
}

static const struct job jobs[] = {
    {"research.orders", 10, run_orders},
    {0},
};

const struct module research_module = {
    .name = "research",
    .permissions = permissions,
    .routes = routes,
    .jobs = jobs,
};
