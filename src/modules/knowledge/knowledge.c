/* What the module offers, in one table. */
#include "ask_page.h"
#include "knowledge_sql.h"
#include "modules/setup.h"
#include "store/store.h"
#include "triage_http.h"

enum { ASKED_DAYS = 180 };

#define PUBLIC_PAGE(path_, handler_, page_, view_, form_, summary_)                                \
    {                                                                                              \
        .method = GET, .path = path_, .access = ACCESS_PUBLIC, .handler = handler_, .page = page_, \
        .view = view_, .form = form_, .summary = summary_                                          \
    }

static const struct route routes[] = {
    PUBLIC_PAGE("/ask", ask_get, "knowledge/ask", &ask_view_shape, &ask_form,
                "问法律：法条、答过的问题、案例、在这里怎么办"),
    {.method = POST,
     .path = "/ask/useful",
     .access = ACCESS_PUBLIC,
     .handler = ask_useful_post,
     .form = &ask_useful_form,
     .summary = "这次的回答有没有用",
     .flags = ROUTE_NO_KEY},
    {.method = GET,
     .path = "/ask/thanks",
     .access = ACCESS_PUBLIC,
     .handler = ask_thanks,
     .page = "knowledge/thanks",
     .summary = "记下了",
     .flags = ROUTE_PAGE_ONLY},
    PUBLIC_PAGE("/laws", laws_get, "knowledge/laws", &laws_view_shape, &laws_form, "法律法规"),
    PUBLIC_PAGE("/laws/{code}", law_page_get, "knowledge/law", &law_view_shape, NULL, "一部法规"),
    PUBLIC_PAGE("/laws/article/{id}", article_page_get, "knowledge/article", &article_view_shape,
                NULL, "一条：版本、引用、被引用"),
    PUBLIC_PAGE("/answers/{id}", answered_page_get, "knowledge/answered", &answered_view_shape,
                NULL, "一个答过的问题"),
    PUBLIC_PAGE("/cases/{id}", case_page_get, "knowledge/case", &case_view_shape, NULL, "一个案例"),
    {.method = GET,
     .path = "/triage",
     .access = ACCESS_STAFF,
     .permission = "catalog.read",
     .handler = triage_get,
     .view = &triage_view_shape,
     .form = &triage_form,
     .summary = "从来访人的话看：主题、可能的事项、把握、紧急的",
     .flags = ROUTE_API_ONLY},
    {.method = GET,
     .path = "/triage/taken",
     .access = ACCESS_STAFF,
     .permission = "knowledge.keep",
     .handler = triage_taken_get,
     .view = &triage_taken_shape,
     .form = &triage_taken_form,
     .summary = "建议的事项和实际登记的事项，按次数",
     .flags = ROUTE_API_ONLY},
    {0},
};

static enum err sweep(struct task *t, void *arg)
{
    (void)arg;
    return store_run(t, &q_knowledge_asked_sweep,
                     ARGS(INT("tenant", t->tenant), INT("before", t->now - ASKED_DAYS * DAY_MS)),
                     NULL);
}

static enum err run_asked(struct task *t, const struct setup *setup)
{
    (void)setup;
    return asked_flush(t);
}

static enum err run_sweep(struct task *t, const struct setup *setup)
{
    (void)setup;
    return store_write(t, sweep, NULL);
}

/* Another process may be at it: then there is nothing to do. */
static enum err run_follow(struct task *t, const struct setup *setup)
{
    enum err e = setup ? knowledge_follow(t, setup->data, NULL) : OK;

    if (e != ERR_BUSY)
        return e;
    task_clear_error(t);
    return OK;
}

static const struct job jobs[] = {
    {"knowledge.follow", 5, run_follow, .everywhere = true},
    {"knowledge.asked", 10, run_asked, .everywhere = true},
    {"knowledge.sweep", 6 * 3600, run_sweep},
    {0},
};

const struct module knowledge_module = {
    .name = "knowledge",
    .routes = routes,
    .migrations = knowledge_migrations,
    .jobs = jobs,
};
