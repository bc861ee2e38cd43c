#include "modules/desk/desk.h"

#include "modules/desk/order_page.h"
#include "modules/desk/register.h"
#include "modules/desk/sign_in.h"
#include "modules/desk/worklist.h"
#include "saved_views_sql.h"
#include "modules/orders/read_page.h"

enum { WAY_IN = ROUTE_PAGE_ONLY | ROUTE_NO_KEY, FORM = ROUTE_PAGE_ONLY | ROUTE_UPLOAD };

static const struct route routes[] = {
    /* Signing in */
    {GET, "/sign-in", ACCESS_PUBLIC, NULL, desk_sign_in_page, "desk/sign-in", &desk_sign_in_shape,
     .summary = "工作人员登录页", .flags = ROUTE_PAGE_ONLY},
    {POST, "/sign-in", ACCESS_PUBLIC, NULL, desk_sign_in, NULL, NULL, &desk_sign_in_form,
     desk_sign_in_page, "登录", WAY_IN | ROUTE_SECRET},
    {GET, "/sign-in/code", ACCESS_STAFF, "account.own", desk_code_page, "desk/sign-in",
     &desk_sign_in_shape, .summary = "两步验证页", .flags = ROUTE_PAGE_ONLY},
    {POST, "/sign-in/code", ACCESS_STAFF, "account.own", desk_code, NULL, NULL, &desk_code_form,
     desk_code_page, "两步验证", WAY_IN | ROUTE_SECRET},
    {GET, "/account/password", ACCESS_STAFF, "account.own", desk_password_page, "desk/sign-in",
     &desk_sign_in_shape, .summary = "换密码页", .flags = ROUTE_PAGE_ONLY},
    {POST, "/account/password", ACCESS_STAFF, "account.own", desk_password, NULL, NULL,
     &desk_password_form, desk_password_page, "换密码", WAY_IN | ROUTE_SECRET},
    {POST, "/sign-out", ACCESS_PUBLIC, NULL, desk_sign_out, .summary = "退出", .flags = WAY_IN},
    {POST, "/post", ACCESS_STAFF, "account.own", desk_switch_post, NULL, NULL, &desk_post_form,
     NULL, "换到自己的另一个岗位", WAY_IN},

    /* Lists */
    {GET, "/orders", ACCESS_STAFF, "order.read", desk_worklist, "desk/worklist",
     &desk_worklist_shape, &desk_list_form, .summary = "工单列表"},
    {GET, "/orders/changes", ACCESS_STAFF, "order.read", desk_list_changes, NULL,
     &desk_changes_shape, &desk_changes_form, .summary = "列表画出以后有什么变化",
     .flags = ROUTE_API_ONLY},
    {POST, "/orders/bulk", ACCESS_STAFF, "order.act", desk_bulk, NULL, &desk_bulk_shape,
     &desk_bulk_form, .summary = "对选中的工单逐件分派或记一笔"},

    {POST, "/orders/next", ACCESS_STAFF, "order.act", desk_next, NULL, &desk_next_shape,
     .summary = "取本岗待办的下一件：紧急的先，绿色通道一件、其他两件轮着来"},
    {POST, "/orders/export", ACCESS_STAFF, "order.export", desk_export, NULL, NULL, &desk_list_form,
     .summary = "列表导出为 XLSX（最多 2000 件），记入日志", .flags = ROUTE_PROVE},

    {GET, "/orders/views", ACCESS_STAFF, "order.read", desk_views, NULL, &desk_views_shape,
     .summary = "自己保存的视图", .flags = ROUTE_API_ONLY},
    {POST, "/orders/views", ACCESS_STAFF, "order.read", desk_view_save, NULL, NULL, &desk_view_form,
     .summary = "把列表的条件按名称保存；同名的换成新的条件"},
    {POST, "/orders/views/{id}/drop", ACCESS_STAFF, "order.read", desk_view_drop,
     .summary = "删掉自己保存的一个视图"},

    /* Registering */
    {GET, "/orders/new", ACCESS_STAFF, "order.create", desk_register, "desk/register",
     &desk_register_shape, .summary = "登记页", .flags = ROUTE_PAGE_ONLY},
    {POST, "/orders/check", ACCESS_STAFF, "order.create", desk_register_check, "desk/register",
     &desk_register_shape, .summary = "看建议、材料、期限，不登记", .flags = FORM | ROUTE_NO_KEY},
    {POST, "/orders", ACCESS_STAFF, "order.create", desk_create, NULL, &desk_registered_shape,
     &intake_form, desk_register,
     "登记一件；另可带 fields（规程自己的问题）、then 和 then_input（登记后马上做的操作）、"
     "occurred_at、back_reason、linked_to",
     ROUTE_UPLOAD, desk_intake_asked},

    /* One order */
    {GET, "/orders/{id}", ACCESS_STAFF, "order.read", desk_order, "desk/order", &desk_order_shape,
     .summary = "一件工单：环节、时限义务、可做的操作、留痕、各方、材料、文书"},
    {GET, "/orders/{id}/events", ACCESS_STAFF, "order.read", desk_order_events, NULL,
     &desk_events_shape, .summary = "留痕；after 给出已有的最后序号，seen 给出其后已知几条",
     .flags = ROUTE_API_ONLY},
    {POST, "/orders/{id}/act/{action}", ACCESS_STAFF, "order.act", desk_order_act, NULL,
     &desk_act_shape, NULL, desk_order,
     "做一个操作；字段按规程，另可带 _version（看到的版本）、_occurred_at、_back_reason",
     ROUTE_UPLOAD, desk_act_asked},
    {POST, "/orders/{id}/unmask", ACCESS_STAFF, "party.reveal", desk_order_unmask, NULL,
     &desk_order_shape, &desk_unmask_form, desk_order, "按理由查看一方的原文，记入日志", 0},
    {POST, "/orders/{id}/notices/{notice}/told", ACCESS_STAFF, "order.act", desk_notice_told, NULL,
     &desk_act_shape, &notice_told_form, desk_order, "没有短信可发的，记下谁在什么时候怎样告知", 0},
    {POST, "/orders/{id}/notices/{notice}/seen", ACCESS_STAFF, "order.read", desk_notice_seen, NULL,
     &desk_act_shape, NULL, desk_order, "站内提醒：本人已看到", 0},
    {GET, "/orders/{id}/attachments/{file}", ACCESS_STAFF, "order.read", desk_attachment,
     .summary = "下载附件"},
    {GET, "/orders/{id}/papers/{paper}", ACCESS_STAFF, "order.read", desk_paper,
     .summary = "文书（PDF）"},
    {0},
};

static const struct permission permissions[] = {
    {"order.export", "导出工单列表"},
    {0},
};

const struct module desk_module = {
    .name = "desk",
    .permissions = permissions,
    .routes = routes,
    .migrations = desk_migrations,
};
