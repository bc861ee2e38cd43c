/* What the staff's side offers, in one table. */
#include "modules/setup.h"
#include "research.h"
#include "upkeep.h"

static const struct permission permissions[] = {
    {"research.use", "查法规、问答、案例和看得到的办结工单；把办结的咨询拟为问答"},
    {"knowledge.keep", "维护问答知识：看问了什么、载入文件、审核问答、改词表"},
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
    {GET, "/research/propose", ACCESS_STAFF, "research.use", propose_get,
     .page = "knowledge/propose", .view = &propose_shape, .summary = "把办结的咨询拟为问答"},
    {POST, "/research/propose", ACCESS_STAFF, "research.use", propose_post, .form = &propose_form,
     .on_bad_input = propose_get, .summary = "提出问答"},
    {GET, "/knowledge", ACCESS_STAFF, "knowledge.keep", upkeep_get, .page = "knowledge/upkeep",
     .view = &upkeep_view_shape, .form = &upkeep_form, .summary = "最近问了什么，什么没有找到"},
    {GET, "/knowledge/files", ACCESS_STAFF, "knowledge.keep", upkeep_files_get,
     .page = "knowledge/upkeep-files", .view = &upkeep_files_shape, .summary = "载入的文件"},
    {POST, "/knowledge/files", ACCESS_STAFF, "knowledge.keep", upkeep_files_post,
     .view = &upkeep_files_shape, .form = &upkeep_files_form, .on_bad_input = upkeep_files_get,
     .summary = "载入法规、问答、案例的文件", .flags = ROUTE_UPLOAD},
    {GET, "/knowledge/proposals", ACCESS_STAFF, "knowledge.keep", proposals_get,
     .page = "knowledge/upkeep-proposals", .view = &proposals_shape, .form = &proposals_form,
     .summary = "提出的问答"},
    {GET, "/knowledge/proposals/{id}", ACCESS_STAFF, "knowledge.keep", proposal_page_get,
     .page = "knowledge/upkeep-proposal", .view = &proposal_shape, .summary = "一条提出的问答"},
    {POST, "/knowledge/proposals/{id}", ACCESS_STAFF, "knowledge.keep", proposal_post,
     .form = &proposal_form, .on_bad_input = proposal_page_get, .summary = "审核问答"},
    {GET, "/knowledge/words", ACCESS_STAFF, "knowledge.keep", words_get,
     .page = "knowledge/upkeep-words", .view = &words_shape, .summary = "词表和它的效果"},
    {POST, "/knowledge/words", ACCESS_STAFF, "knowledge.keep", words_post, .form = &words_form,
     .on_bad_input = words_get, .summary = "改词表：存草稿、发布"},
    {POST, "/knowledge/kept", ACCESS_STAFF, "knowledge.keep", kept_post, .form = &kept_form,
     .on_bad_input = words_get, .summary = "核对用的问题"},
    {0},
};

/* Another process may be at it: then there is nothing to do. */
static enum err run_orders(struct task *t, const struct setup *setup)
{
    enum err e = setup ? knowledge_follow_orders(t, setup->data) : OK;

    if (e != ERR_BUSY)
        return e;
    task_clear_error(t);
    return OK;
}

static const struct job jobs[] = {
    {"research.orders", 10, run_orders, .everywhere = true},
    {0},
};

const struct module research_module = {
    .name = "research",
    .permissions = permissions,
    .routes = routes,
    .jobs = jobs,
};
