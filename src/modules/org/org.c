#include "modules/org/org.h"

#include "modules/org/keys.h"
#include "org_sql.h"
#include "core/text.h"
#include "store/store.h"

#define UNIT(member, type, title) FIELD(struct unit, member, type, title)

static const struct field unit_fields[] = {
    UNIT(id, F_ID, "机构编号"),
    UNIT(parent, F_ID, "上级机构"),
    UNIT(path, F_STR, "路径"),
    UNIT(kind, F_STR, "类别"),
    UNIT(code, F_STR, "代码"),
    UNIT(name, F_STR, "名称"),
    UNIT(short_name, F_STR, "简称"),
    UNIT(division, F_STR, "行政区划代码"),
    UNIT(address, F_STR, "地址"),
    UNIT(phone, F_STR, "电话"),
    UNIT(hours, F_STR, "服务时间"),
    UNIT(open, F_BOOL, "正在服务"),
    {0},
};
const struct shape unit_shape = {"unit", sizeof(struct unit), unit_fields};

static const struct field window_fields[] = {
    FIELD(struct window, id, F_ID, "窗口编号"),
    FIELD(struct window, unit, F_ID, "机构"),
    FIELD(struct window, name, F_STR, "名称"),
    FIELD(struct window, kind, F_STR, "类别"),
    {0},
};
const struct shape window_shape = {"window", sizeof(struct window), window_fields};

#define TENANT(member, type, title) FIELD(struct tenant, member, type, title)

static const struct field tenant_fields[] = {
    TENANT(id, F_ID, "平台编号"),
    TENANT(code, F_STR, "代码"),
    TENANT(name, F_STR, "名称"),
    TENANT(city, F_STR, "城市"),
    TENANT(hotline, F_STR, "热线"),
    TENANT(host, F_STR, "网址"),
    TENANT(centre, F_ID, "市级中心"),
    TENANT(own_days, F_INT, "本地日历版本"),
    {0},
};
const struct shape tenant_shape = {"tenant", sizeof(struct tenant), tenant_fields};

struct kind_title {
    const char *kind, *title;
};

static const struct kind_title unit_kinds[] = {
    {"city", "市级中心"},   {"town", "乡镇（街道）中心"}, {"village", "村（社区）工作站"},
    {"park", "园区工作站"}, {"industry", "行业工作站"},   {"department", "部门"},
    {NULL, NULL},
};

static const struct kind_title window_kinds[] = {
    {"mediation", "人民调解"},
    {"legal-aid", "法律援助"},
    {"consultation", "法律咨询"},
    {"comprehensive", "综合"},
    {NULL, NULL},
};

static const char *title_of(const struct kind_title *kinds, struct str kind)
{
    for (; kinds->kind; kinds++) {
        if (str_is(kind, kinds->kind))
            return kinds->title;
    }
    return NULL;
}

const char *unit_kind_title(struct str kind)
{
    return title_of(unit_kinds, kind);
}

const char *window_kind_title(struct str kind)
{
    return title_of(window_kinds, kind);
}

static enum err found(struct task *t, enum err e, const char *note)
{
    return e == ERR_NOT_FOUND ? task_fail(t, e, "%s", tr(t, note)) : e;
}

enum err org_tenant(struct task *t, struct tenant *ret_tenant)
{
    return found(t,
                 store_one(t, &q_org_tenant_by_id, ARGS(INT("tenant", t->tenant)), &tenant_shape,
                           ret_tenant),
                 "没有这个平台");
}

enum err org_tenant_by_code(struct task *t, struct str code, struct tenant *ret_tenant)
{
    return found(
        t, store_one(t, &q_org_tenant_by_code, ARGS(TEXT("code", code)), &tenant_shape, ret_tenant),
        "没有这个平台");
}

enum err org_tenants(struct task *t, struct list *ret_tenants)
{
    return store_list(t, &q_org_tenant_list, NO_ARGS, &tenant_shape, ret_tenants);
}

enum err org_tenant_of_host(struct task *t, struct str host, int64_t *ret_tenant)
{
    /* "[::1]:8080" keeps its brackets, everything else loses what stands behind the colon. */
    size_t colon = str_starts(host, S("[")) ? SIZE_MAX : str_find(host, S(":"));

    return store_number(t, &q_org_tenant_at_host, ARGS(TEXT("host", str_first(host, colon))),
                        ret_tenant);
}

enum err org_unit(struct task *t, int64_t id, struct unit *ret_unit)
{
    return found(t,
                 store_one(t, &q_org_unit_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                           &unit_shape, ret_unit),
                 "没有这个机构");
}

enum err org_unit_by_code(struct task *t, struct str code, struct unit *ret_unit)
{
    return found(t,
                 store_one(t, &q_org_unit_by_code,
                           ARGS(INT("tenant", t->tenant), TEXT("code", code)), &unit_shape,
                           ret_unit),
                 "没有这个机构");
}

enum err org_units(struct task *t, struct str under_path, struct list *ret_units)
{
    return store_list(t, &q_org_unit_list,
                      ARGS(INT("tenant", t->tenant), TEXT("path", under_path),
                           TEXT("path_end", str_join(t, under_path, S(":")))),
                      &unit_shape, ret_units);
}

enum err org_windows(struct task *t, int64_t unit, struct list *ret_windows)
{
    return store_list(t, &q_org_window_list, ARGS(INT("tenant", t->tenant), INT("unit", unit)),
                      &window_shape, ret_windows);
}

enum err org_window(struct task *t, int64_t id, struct window *ret_window)
{
    return found(t,
                 store_one(t, &q_org_window_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                           &window_shape, ret_window),
                 "没有这个窗口");
}

/* Codes stand in addresses, file names and numbers of orders: plain letters, digits, dashes. */
static bool code_is_plain(struct str code)
{
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c == '-' && i)))
            return false;
    }
    return code.len > 0 && code.len <= 32;
}

enum err org_create_tenant(struct task *t, const struct tenant *tenant, int64_t *ret_id)
{
    if (!code_is_plain(tenant->code))
        task_field_error(t, S("code"), "平台代码只能用字母、数字和连字符，最多 32 个字符");
    if (!tenant->name.len)
        task_field_error(t, S("name"), "请填写平台名称");
    enum err e = task_input_verdict(t);
    if (e)
        return e;

    int64_t before = t->tenant;
    int64_t id = store_new_id(t);
    e = store_run(t, &q_org_tenant_add,
                  ARGS(INT("tenant", id), TEXT("code", tenant->code), TEXT("name", tenant->name),
                       TEXT("city", tenant->city), TEXT("hotline", tenant->hotline),
                       TEXT_OR_NULL("host", tenant->host), INT("now", t->now)),
                  NULL);
    if (e)
        return e;
    if (!store_changed(t))
        return task_fail(t, ERR_CONFLICT, "平台代码或网址已被使用");
    t->tenant = id;
    e = keys_make_tenant(t);
    if (e) {
        t->tenant = before;
        return e;
    }
    *ret_id = id;
    return OK;
}

static enum err check_unit(struct task *t, const struct unit *unit)
{
    if (!unit->name.len)
        task_field_error(t, S("name"), "请填写机构名称");
    return task_input_verdict(t);
}

enum err org_create_unit(struct task *t, const struct unit *unit, int64_t *ret_id)
{
    struct unit parent = {0};
    enum err e;

    if (!code_is_plain(unit->code))
        task_field_error(t, S("code"), "机构代码只能用字母、数字和连字符，最多 32 个字符");
    if (!unit_kind_title(unit->kind))
        task_field_error(t, S("kind"), "请选择机构类别");
    e = check_unit(t, unit);
    if (e)
        return e;
    if (unit->parent) {
        e = org_unit(t, unit->parent, &parent);
        if (e)
            return e;
    }

    int64_t id = store_new_id(t);
    struct str path =
        str_format(t, "%.*s%lld/", STR_ARG(parent.path.len ? parent.path : S("/")), (long long)id);
    e = store_run(t, &q_org_unit_add,
                  ARGS(INT("tenant", t->tenant), INT("id", id), INT("parent", unit->parent),
                       TEXT("path", path), TEXT("kind", unit->kind), TEXT("code", unit->code),
                       TEXT("name", unit->name),
                       TEXT("short_name", unit->short_name.len ? unit->short_name : unit->name),
                       TEXT("division", unit->division), TEXT("address", unit->address),
                       TEXT("phone", unit->phone), TEXT("hours", unit->hours),
                       INT("open", unit->open)),
                  NULL);
    if (e)
        return e;
    if (!store_changed(t))
        return task_fail(t, ERR_CONFLICT, "机构代码已被使用");
    if (!unit->parent) {
        e = store_run(t, &q_org_tenant_set_centre, ARGS(INT("tenant", t->tenant), INT("unit", id)),
                      NULL);
        if (e)
            return e;
    }
    *ret_id = id;
    return OK;
}

enum err org_change_unit(struct task *t, const struct unit *unit)
{
    enum err e = check_unit(t, unit);
    if (e)
        return e;
    e = store_run(t, &q_org_unit_change,
                  ARGS(INT("tenant", t->tenant), INT("id", unit->id), TEXT("name", unit->name),
                       TEXT("short_name", unit->short_name.len ? unit->short_name : unit->name),
                       TEXT("division", unit->division), TEXT("address", unit->address),
                       TEXT("phone", unit->phone), TEXT("hours", unit->hours),
                       INT("open", unit->open)),
                  NULL);
    if (e)
        return e;
    return store_changed(t) ? OK : task_fail(t, ERR_NOT_FOUND, "没有这个机构");
}

enum err org_create_window(struct task *t, const struct window *window, int64_t *ret_id)
{
    struct unit unit;
    enum err e;

    if (!window->name.len)
        task_field_error(t, S("name"), "请填写窗口名称");
    if (!window_kind_title(window->kind))
        task_field_error(t, S("kind"), "请选择窗口类别");
    e = task_input_verdict(t);
    if (e)
        return e;
    e = org_unit(t, window->unit, &unit);
    if (e)
        return e;

    int64_t id = store_new_id(t);
    e = store_run(t, &q_org_window_add,
                  ARGS(INT("tenant", t->tenant), INT("id", id), INT("unit", window->unit),
                       TEXT("name", window->name), TEXT("kind", window->kind)),
                  NULL);
    if (e)
        return e;
    if (!store_changed(t))
        return task_fail(t, ERR_CONFLICT, "这个机构已有同名窗口");
    *ret_id = id;
    return OK;
}

enum err org_set_own_days(struct task *t, int64_t version)
{
    return store_run(t, &q_org_tenant_set_own_days,
                     ARGS(INT("tenant", t->tenant), INT("version", version)), NULL);
}
