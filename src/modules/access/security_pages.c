/* /admin/security: who must use a second factor; who has none yet. */
#include "modules/access/pages.h"

#include "core/text.h"
#include "modules/access/staff_private.h"
#include "store/store.h"

struct lacking { /* a person who will be asked to set it up at the next sign-in */
    int64_t id;
    struct str login, name;
};

static const struct field lacking_fields[] = {
    FIELD(struct lacking, id, F_ID, "人员编号"),
    FIELD(struct lacking, login, F_STR, "登录名"),
    FIELD(struct lacking, name, F_STR, "姓名"),
    {0},
};
static const struct shape lacking_shape = {"lacking", sizeof(struct lacking), lacking_fields};

static const struct field power_fields[] = {
    FIELD(struct power, title, F_STR, "岗位"),
    FIELD(struct power, able, F_STR, "能用的人"),
    FIELD(struct power, waiting, F_STR, "授了岗、还不能用的人"),
    FIELD(struct power, count, F_INT, "几人能用"),
    FIELD(struct power, only, F_BOOL, "只有一人或者没有人"),
    {0},
};
static const struct shape power_shape = {"power", sizeof(struct power), power_fields};

struct security_view {
    struct str page_title;
    struct page_errors errors;
    struct str second_factor;
    int64_t first_days;
    struct list fields; /* struct page_field */
    int64_t people, with_factor, tokens;
    struct list powers; /* struct power */
    bool any_lacking;
    struct list lacking; /* struct lacking */
};

#define SECURITY(member, type, title) FIELD(struct security_view, member, type, title)

static const struct field security_fields[] = {
    SECURITY(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct security_view),
    SECURITY(second_factor, F_STR, "谁必须用两步验证"),
    SECURITY(first_days, F_INT, "初始密码几天内有效"),
    FIELD_OF(struct security_view, fields, F_LIST, &page_field_shape, NULL),
    SECURITY(people, F_INT, "在用账号"),
    SECURITY(with_factor, F_INT, "已开两步验证"),
    SECURITY(tokens, F_INT, "有效的接口令牌"),
    FIELD_OF(struct security_view, powers, F_LIST, &power_shape, "三个管理岗"),
    SECURITY(any_lacking, F_BOOL, "有人该开未开"),
    FIELD_OF(struct security_view, lacking, F_LIST, &lacking_shape, "该开未开"),
    {0},
};
const struct shape security_shape = {"security", sizeof(struct security_view), security_fields};

static const struct choice rule_choices[] = {
    {"administrators", "系统管理岗、安全管理岗、审计岗必须用"},
    {"everybody", "全体工作人员必须用"},
    {"choice", "各人自愿"},
    {NULL, NULL},
};

static const struct ask security_asks[] = {
    {"second_factor", "谁必须用两步验证", ASK_CHOICE, true, .choices = rule_choices,
     .hint = "没有开的，下次打开页面就要先设置；接口令牌不受影响"},
    {"first_days", "初始密码几天内有效", ASK_INT, false, .min = 1, .max = FIRST_DAYS_MOST,
     .hint = "建账号、重设密码得到的密码只能用来换成自己的，过期作废；不填就不改"},
    {NULL},
};
const struct form security_form = {"security-rules", security_asks};

struct reading {
    struct security_view *view;
    enum second_factor_rule rule;
};

static bool is_required(const struct reading *reading, const struct list *grants, int64_t staff,
                        int32_t today)
{
    LIST_EACH (struct grant, grant, *grants)
        if (grant->staff == staff && grant->from_day <= today &&
            factor_required(reading->rule, post_find(grant->post)))
            return true;
    return false;
}

static enum err read_security(struct task *t, void *arg)
{
    struct reading *reading = arg;
    struct security_view *view = reading->view;
    struct list staff, grants, tokens;
    enum err e = access_factor_rule(t, &reading->rule);

    if (!e)
        e = access_first_days(t, &view->first_days);
    if (!e)
        e = staff_all(t, &staff);
    if (!e)
        e = staff_grants(t, 0, false, &grants);
    if (!e)
        e = tokens_in_force(t, 0, INT32_MAX, &tokens);
    if (!e)
        e = powers_read(t, &view->powers);
    if (e)
        return e;
    view->tokens = (int64_t)tokens.count;
    view->people = view->with_factor = 0;
    view->lacking = (struct list){0};
    LIST_EACH (struct staff, one, staff) {
        if (!str_is(one->state, "active"))
            continue;
        view->people++;
        view->with_factor += one->totp;
        if (!one->totp && is_required(reading, &grants, one->id, day_of(t->now)))
            *(struct lacking *)list_add(t, &view->lacking, sizeof(struct lacking)) =
                (struct lacking){one->id, one->login, one->name};
    }
    view->any_lacking = view->lacking.count > 0;
    return OK;
}

enum err access_get_security(struct task *t, struct request *request, struct response *response)
{
    static const char *const words[] = {"choice", "administrators", "everybody"};
    struct security_view *view = NEW(t, struct security_view, 1);
    struct reading reading = {.view = view};
    struct json *values = json_object(t);
    enum err e = store_read(t, read_security, &reading);

    if (e)
        return e;
    view->page_title = S("安全设置");
    view->errors = page_errors(t, request);
    view->second_factor = str_of(words[reading.rule]);
    json_put_str(t, values, "second_factor", view->second_factor);
    json_put_str(t, values, "first_days", str_format(t, "%lld", (long long)view->first_days));
    view->fields =
        page_fields(t, &security_form, request, values, page_refused(request, "/security"));
    response->view = view;
    return OK;
}

struct changing {
    const struct actor *actor;
    enum second_factor_rule rule;
    int64_t first_days; /* 0: as it is */
};

static enum err change(struct task *t, void *arg)
{
    const struct changing *changing = arg;

    enum second_factor_rule rule;
    int64_t days = 0;
    enum err e = access_factor_rule(t, &rule);

    if (!e && rule != changing->rule)
        e = access_set_factor_rule(t, changing->actor, changing->rule);
    if (!e)
        e = access_first_days(t, &days);
    return e || !changing->first_days || changing->first_days == days
               ? e
               : access_set_first_days(t, changing->actor, changing->first_days);
}

enum err access_post_security(struct task *t, struct request *request, struct response *response)
{
    struct changing changing = {.actor = request->actor};
    struct json *input;
    enum err e = form_check(t, &security_form, request->body, S(""), &input);

    if (e)
        return e;
    (void)second_factor_rule(json_get_str(input, "second_factor"), &changing.rule);
    changing.first_days = json_get_int(input, "first_days");
    e = store_write(t, change, &changing);
    if (e)
        return e;
    response->redirect = S("/admin/security");
    return access_get_security(t, request, response);
}
