/* What org offers to the rest of the program: its table, and the routes of the tree of units. */
#include "modules/module.h"

#include "core/form.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "modules/org/page_form.h"
#include "org_sql.h"

struct units_view {
    struct list units;   /* struct unit */
    struct list windows; /* struct window */
};

struct window_row {
    struct str name, kind_title, unit_name;
};

static const struct field window_row_fields[] = {
    FIELD(struct window_row, name, F_STR, "窗口"),
    FIELD(struct window_row, kind_title, F_STR, "类别"),
    FIELD(struct window_row, unit_name, F_STR, "机构"),
    {0},
};
static const struct shape window_row_shape = {"window-row", sizeof(struct window_row),
                                              window_row_fields};

struct admin_view {
    struct page_errors errors;
    struct str page_title;
    struct units_view all;
    struct list rows;                       /* struct window_row */
    struct list unit_fields, window_fields; /* struct page_field: of a new one */
};

static const struct field units_fields[] = {
    FIELD_OF(struct units_view, units, F_LIST, &unit_shape, "机构"),
    FIELD_OF(struct units_view, windows, F_LIST, &window_shape, "窗口"),
    {0},
};
static const struct shape units_shape = {"units", sizeof(struct units_view), units_fields};

static const struct field admin_fields[] = {
    PAGE_ERROR_FIELDS(struct admin_view),
    FIELD(struct admin_view, page_title, F_STR, "页名"),
    FIELD_OF(struct admin_view, all, F_OBJECT, &units_shape, "机构和窗口"),
    FIELD_OF(struct admin_view, rows, F_LIST, &window_row_shape, "窗口"),
    FIELD_OF(struct admin_view, unit_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct admin_view, window_fields, F_LIST, &page_field_shape, NULL),
    {0},
};
static const struct shape admin_shape = {"units-admin", sizeof(struct admin_view), admin_fields};

static enum err read_units(struct task *t, void *arg)
{
    struct units_view *view = arg;
    enum err e = org_units(t, S(""), &view->units);

    return e ? e : org_windows(t, 0, &view->windows);
}

static enum err get_units(struct task *t, struct request *request, struct response *response)
{
    struct units_view *view = NEW(t, struct units_view, 1);

    (void)request;
    response->view = view;
    return store_read(t, read_units, view);
}

static const struct choice unit_kind_choices[] = {
    {"city", "市级中心"},   {"town", "乡镇（街道）中心"}, {"village", "村（社区）工作站"},
    {"park", "园区工作站"}, {"industry", "行业工作站"},   {"department", "部门"},
    {NULL, NULL},
};

static const struct ask new_unit_asks[] = {
    {"parent", "上级机构", ASK_ID, true},
    {"kind", "类别", ASK_CHOICE, true, .choices = unit_kind_choices},
    {"code", "代码", ASK_TEXT, true, .max = 32, .hint = "工单号以它开头，定了就不改"},
    {"name", "名称", ASK_TEXT, true, .max = 60},
    {"short_name", "简称", ASK_TEXT, false, .max = 20},
    {"division", "行政区划代码", ASK_TEXT, false, .max = 12},
    {"address", "地址", ASK_TEXT, false, .max = 120},
    {"phone", "电话", ASK_PHONE, false},
    {"hours", "服务时间", ASK_TEXT, false, .max = 120},
    {"open", "正在服务", ASK_BOOL, false},
    {NULL},
};
static const struct form new_unit_form = {"new-unit", new_unit_asks};

static const struct choice window_kind_choices[] = {
    {"mediation", "人民调解"},
    {"legal-aid", "法律援助"},
    {"consultation", "法律咨询"},
    {"comprehensive", "综合"},
    {NULL, NULL},
};

static const struct ask window_asks[] = {
    {"unit", "机构", ASK_ID, true},
    {"name", "窗口名称", ASK_TEXT, true, .max = 20},
    {"kind", "类别", ASK_CHOICE, true, .choices = window_kind_choices},
    {NULL},
};
static const struct form window_form = {"new-window", window_asks};

static enum err get_admin(struct task *t, struct request *request, struct response *response)
{
    struct admin_view *view = NEW(t, struct admin_view, 1);
    enum err e = store_read(t, read_units, &view->all);

    view->page_title = S("机构和窗口");
    view->errors = page_errors(t, request);
    view->unit_fields =
        page_fields(t, &new_unit_form, request, NULL, page_refused(request, "/units"));
    view->window_fields =
        page_fields(t, &window_form, request, NULL, page_refused(request, "/windows"));
    LIST_EACH (struct unit, unit, view->all.units) {
        struct str id = str_format(t, "%lld", (long long)unit->id);

        page_field_add_option(t, &view->unit_fields, "parent", id, unit->name);
        page_field_add_option(t, &view->window_fields, "unit", id, unit->name);
        LIST_EACH (struct window, window, view->all.windows) {
            if (window->unit == unit->id)
                *(struct window_row *)list_add(t, &view->rows, sizeof(struct window_row)) =
                    (struct window_row){window->name, str_of(window_kind_title(window->kind)),
                                        unit->name};
        }
    }
    response->view = view;
    return e;
}

static struct unit unit_from(const struct json *input)
{
    return (struct unit){
        .parent = json_get_id(input, "parent"),
        .kind = json_get_str(input, "kind"),
        .code = json_get_str(input, "code"),
        .name = json_get_str(input, "name"),
        .short_name = json_get_str(input, "short_name"),
        .division = json_get_str(input, "division"),
        .address = json_get_str(input, "address"),
        .phone = json_get_str(input, "phone"),
        .hours = json_get_str(input, "hours"),
        .open = json_get_bool(input, "open"),
    };
}

/* ---- what an administrator changes stands on record ---- */

static org_changed_fn *changed_fn;

void org_when_changed(org_changed_fn *fn)
{
    changed_fn = fn;
}

static enum err tell_changed(struct task *t, const struct actor *actor, int64_t id,
                             struct str detail)
{
    struct unit unit;
    enum err e = org_unit(t, id, &unit);

    if (e || !changed_fn)
        return e;
    return changed_fn(
        t, actor, str_format(t, "%.*s（%.*s）", STR_ARG(unit.name), STR_ARG(unit.code)), detail);
}

struct saving {
    const struct actor *actor;
    struct unit unit;
    struct window window;
};

static struct str unit_facts(struct task *t, const char *deed, const struct unit *unit)
{
    return str_format(t, "%s：名称 %.*s，简称 %.*s，区划 %.*s，地址 %.*s，电话 %.*s，时间 %.*s，%s",
                      deed, STR_ARG(unit->name), STR_ARG(unit->short_name), STR_ARG(unit->division),
                      STR_ARG(unit->address), STR_ARG(unit->phone), STR_ARG(unit->hours),
                      unit->open ? "正在服务" : "停止服务");
}

/* The unit is there as it is asked for: the first answer did not come, or it was pressed twice. */
static bool says_the_same(const struct unit *there, const struct unit *asked)
{
    struct str short_name = asked->short_name.len ? asked->short_name : asked->name;

    return str_eq(there->name, asked->name) && str_eq(there->short_name, short_name) &&
           str_eq(there->division, asked->division) && str_eq(there->address, asked->address) &&
           str_eq(there->phone, asked->phone) && str_eq(there->hours, asked->hours) &&
           there->open == asked->open;
}

static enum err create_unit(struct task *t, void *arg)
{
    struct saving *saving = arg;
    struct unit *unit = &saving->unit, there;
    enum err e = org_unit_by_code(t, unit->code, &there);

    if (!e && there.parent == unit->parent && str_eq(there.kind, unit->kind) &&
        says_the_same(&there, unit)) {
        unit->id = there.id;
        return OK;
    }
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        e = OK;
    }
    if (!e)
        e = org_create_unit(t, unit, &unit->id); /* where it is taken it says so */
    return e ? e : tell_changed(t, saving->actor, unit->id, unit_facts(t, "新增机构", unit));
}

static enum err change_unit(struct task *t, void *arg)
{
    const struct saving *saving = arg;
    const struct unit *unit = &saving->unit;
    struct unit there;
    enum err e = org_unit(t, unit->id, &there);

    if (e || says_the_same(&there, unit))
        return e;
    e = org_change_unit(t, unit);
    return e ? e : tell_changed(t, saving->actor, unit->id, unit_facts(t, "修改机构", unit));
}

static enum err take_unit(struct task *t, struct request *request, struct response *response,
                          const struct form *form, store_fn *save)
{
    struct json *input;
    enum err e = form_check(t, form, request->body, S(""), &input);

    if (e)
        return e;
    struct saving saving = {.actor = request->actor, .unit = unit_from(input)};
    saving.unit.id = json_get_id(request->params, "id");
    e = store_write(t, save, &saving);
    if (e)
        return e;
    response->id = saving.unit.id;
    response->redirect = S("/admin/units");
    return OK;
}

static enum err post_units(struct task *t, struct request *request, struct response *response)
{
    return take_unit(t, request, response, &new_unit_form, create_unit);
}

static const struct ask unit_asks[] = {
    {"name", "名称", ASK_TEXT, true, .max = 60},
    {"short_name", "简称", ASK_TEXT, false, .max = 20},
    {"division", "行政区划代码", ASK_TEXT, false, .max = 12},
    {"address", "地址", ASK_TEXT, false, .max = 120},
    {"phone", "电话", ASK_PHONE, false},
    {"hours", "服务时间", ASK_TEXT, false, .max = 120},
    {"open", "正在服务", ASK_BOOL, false},
    {NULL},
};
static const struct form unit_form = {"unit-change", unit_asks};

static enum err post_unit(struct task *t, struct request *request, struct response *response)
{
    return take_unit(t, request, response, &unit_form, change_unit);
}

static enum err create_window(struct task *t, void *arg)
{
    struct saving *saving = arg;
    struct window *window = &saving->window;
    struct list windows;
    enum err e = org_windows(t, window->unit, &windows);

    if (e)
        return e;
    LIST_EACH (struct window, there, windows) {
        if (there->unit == window->unit && str_eq(there->name, window->name) &&
            str_eq(there->kind, window->kind)) {
            window->id = there->id;
            return OK;
        }
    }
    e = org_create_window(t, window, &window->id);
    return e ? e
             : tell_changed(t, saving->actor, window->unit,
                            str_format(t, "新增窗口：%.*s（%s）", STR_ARG(window->name),
                                       window_kind_title(window->kind)));
}

static enum err post_window(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &window_form, request->body, S(""), &input);

    if (e)
        return e;
    struct saving saving = {
        .actor = request->actor,
        .window = {.unit = json_get_id(input, "unit"),
                   .name = json_get_str(input, "name"),
                   .kind = json_get_str(input, "kind")},
    };
    e = store_write(t, create_window, &saving);
    if (e)
        return e;
    response->id = saving.window.id;
    response->redirect = S("/admin/units");
    return OK;
}

static const struct route routes[] = {
    {GET, "/units", ACCESS_STAFF, "catalog.read", get_units, .view = &units_shape,
     .summary = "机构和窗口", .flags = ROUTE_API_ONLY},
    {GET, "/admin/units", ACCESS_STAFF, "org.manage", get_admin, .page = "org/units",
     .view = &admin_shape, .summary = "管理机构和窗口", .flags = ROUTE_PAGE_ONLY},
    {POST, "/admin/units", ACCESS_STAFF, "org.manage", post_units, .form = &new_unit_form,
     .on_bad_input = get_admin, .summary = "新增机构"},
    {POST, "/admin/units/{id}", ACCESS_STAFF, "org.manage", post_unit, .form = &unit_form,
     .on_bad_input = get_admin, .summary = "修改机构"},
    {POST, "/admin/windows", ACCESS_STAFF, "org.manage", post_window, .form = &window_form,
     .on_bad_input = get_admin, .summary = "新增窗口"},
    {0},
};

static const struct permission permissions[] = {
    {"org.manage", "管理机构和窗口"},
    {0},
};

/* A write that began before a rotation has long ended after a day. */
static enum err forget_retired_keys(struct task *t, const struct setup *setup)
{
    (void)setup;
    return keys_forget_retired(t, t->now - 24 * 3600 * INT64_C(1000));
}

static const struct job jobs[] = {
    {"org.retired-keys", 6 * 3600, forget_retired_keys},
    {0},
};

const struct module org_module = {
    .name = "org",
    .permissions = permissions,
    .routes = routes,
    .migrations = org_migrations,
    .jobs = jobs,
};
