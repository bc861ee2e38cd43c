/* What the portal offers, in one table. */
#include "modules/portal/portal.h"

#include "portal_private.h"
#include "portal_sql.h"

extern const struct shape apply_at_once_shape;

#define PUBLIC_PAGE(path_, handler_, page_, view_, summary_)                                       \
    {                                                                                              \
        .method = GET, .path = path_, .access = ACCESS_PUBLIC, .handler = handler_, .page = page_, \
        .view = view_, .summary = summary_                                                         \
    }
#define APPLY_PAGE(path_, handler_, page_, view_, summary_)                                        \
    {                                                                                              \
        .method = GET, .path = path_, .access = ACCESS_PUBLIC, .handler = handler_, .page = page_, \
        .view = view_, .summary = summary_, .flags = ROUTE_PAGE_ONLY                               \
    }
#define APPLY_POST(path_, handler_, shows_, flags_, summary_)                                      \
    {                                                                                              \
        .method = POST, .path = path_, .access = ACCESS_PUBLIC, .handler = handler_,               \
        .on_bad_input = shows_, .summary = summary_,                                               \
        .flags = ROUTE_PAGE_ONLY | ROUTE_NO_KEY | (flags_)                                         \
    }
#define CITIZEN_PAGE(path_, handler_, page_, view_, summary_)                                      \
    {                                                                                              \
        .method = GET, .path = path_, .access = ACCESS_CITIZEN, .handler = handler_,               \
        .page = page_, .view = view_, .summary = summary_                                          \
    }

static const struct route routes[] = {
    PUBLIC_PAGE("/", portal_home, "portal/home", &portal_home_shape, "首页"),
    PUBLIC_PAGE("/guide", portal_guide, "portal/guide", &portal_guide_shape,
                "能办哪些事：用平常的话找事项"),
    PUBLIC_PAGE("/guide/{code}", portal_matter, "portal/matter", &portal_matter_shape,
                "一次告知单"),
    PUBLIC_PAGE("/places", portal_places, "portal/places", &portal_places_shape, "服务点与地址"),
    PUBLIC_PAGE("/speak", portal_speak, "portal/speak", &portal_speak_shape, "投诉与建议"),
    APPLY_PAGE("/privacy", portal_statement, "portal/privacy", NULL, "隐私"),
    APPLY_PAGE("/accessibility", portal_statement, "portal/accessibility", NULL, "无障碍说明"),

    APPLY_PAGE("/apply/start/{matter}", apply_start, "portal/step", &apply_step_shape, "开始申请"),
    APPLY_POST("/apply/start/{matter}", apply_start_post, apply_start, 0, "交第一页"),
    APPLY_POST("/apply/begin/{matter}", apply_begin, NULL, 0, "带着问过的话开始申请"),
    APPLY_PAGE("/apply/step/{step}", apply_step, "portal/step", &apply_step_shape, "申请的一步"),
    APPLY_POST("/apply/step/{step}", apply_step_post, apply_step, 0, "交一步"),
    APPLY_PAGE("/apply/material/{number}", apply_material, "portal/material", &apply_material_shape,
               "一件材料"),
    APPLY_POST("/apply/material/{number}", apply_material_post, apply_material, ROUTE_UPLOAD,
               "交一件材料"),
    APPLY_PAGE("/apply/check", apply_check, "portal/check", &apply_check_shape, "看一遍，再交"),
    APPLY_POST("/apply/check", apply_check_post, apply_check, ROUTE_SECRET, "交申请"),
    APPLY_PAGE("/apply/done", apply_done, "portal/done", &apply_done_shape,
               "收到了：工单号和查询码"),
    APPLY_PAGE("/apply/saved", apply_saved, "portal/saved", &apply_saved_shape, "存好了：续填码"),
    APPLY_PAGE("/apply/resume", apply_resume, "portal/resume", &apply_resume_shape, "接着填"),
    APPLY_POST("/apply/resume", apply_resume_post, apply_resume, ROUTE_SECRET, "凭续填码打开"),
    APPLY_POST("/apply/leave", apply_leave, NULL, 0, "不留在这台设备上"),
    APPLY_POST("/apply/drop", apply_drop, NULL, 0, "删掉没交的申请"),
    {.method = POST,
     .path = "/guide/{matter}/apply",
     .access = ACCESS_PUBLIC,
     .handler = apply_at_once,
     .view = &apply_at_once_shape,
     .summary = "一次交完申请（供程序使用）",
     .flags = ROUTE_API_ONLY | ROUTE_SECRET},

    PUBLIC_PAGE("/track", track_sign_in, "portal/sign-in", &track_sign_in_shape,
                "查进度：填工单号和查询码"),
    {.method = POST,
     .path = "/track",
     .access = ACCESS_PUBLIC,
     .handler = track_sign_in_post,
     .form = &track_sign_in_form,
     .on_bad_input = track_sign_in,
     .summary = "凭工单号和查询码查进度",
     .flags = ROUTE_NO_KEY | ROUTE_SECRET},
    CITIZEN_PAGE("/track/order", track_order, "portal/track", &track_shape, "我的事办到哪里了"),
    CITIZEN_PAGE("/track/why", track_why, "portal/why", &track_why_shape, "为什么是这一天"),
    CITIZEN_PAGE("/track/looks", track_looks, "portal/looks", &track_looks_shape, "谁看过我的信息"),
    CITIZEN_PAGE("/track/supplement", track_supplement, "portal/supplement",
                 &track_supplement_shape, "要补的材料"),
    CITIZEN_PAGE("/track/supplement/{number}", track_material, "portal/material",
                 &track_material_shape, "交一件材料"),
    {.method = POST,
     .path = "/track/supplement/{number}",
     .access = ACCESS_CITIZEN,
     .handler = track_material_post,
     .on_bad_input = track_material,
     .summary = "交材料",
     .flags = ROUTE_UPLOAD},
    CITIZEN_PAGE("/track/act/{action}", track_act, "portal/act", &track_act_shape,
                 "我要做的事：问什么"),
    {.method = POST,
     .path = "/track/act/{action}",
     .access = ACCESS_CITIZEN,
     .handler = track_act_post,
     .on_bad_input = track_act,
     .summary = "评价、投诉、撤回、换电话等",
     .form_of = track_act_asked},
    {.method = GET,
     .path = "/track/paper/{id}",
     .access = ACCESS_CITIZEN,
     .handler = track_paper,
     .summary = "文书（PDF）"},
    {.method = GET,
     .path = "/track/complain",
     .access = ACCESS_CITIZEN,
     .handler = track_complain,
     .summary = "投诉这件事",
     .flags = ROUTE_PAGE_ONLY},
    {.method = POST,
     .path = "/track/leave",
     .access = ACCESS_CITIZEN,
     .handler = track_leave,
     .summary = "退出",
     .flags = ROUTE_NO_KEY},
    {0},
};

static const struct job jobs[] = {
    {.name = "portal.drafts", .every_seconds = 3600, .run = draft_sweep},
    {0},
};

static const struct permission no_permissions[] = {{0}};

static enum err names_of_files(struct task *t, struct str from, struct str to, struct list *names)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_portal_blobs,
                  ARGS(INT("tenant", t->tenant), TEXT("from", from), TEXT("to", to)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct str *)list_add(t, names, sizeof(struct str)) = row_str(rows, "blob");
    return OK;
}

const struct module portal_module = {
    .name = "portal",
    .permissions = no_permissions,
    .routes = routes,
    .migrations = portal_migrations,
    .blobs = names_of_files,
    .jobs = jobs,
};
