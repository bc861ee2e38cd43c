/* Who works here: the list of accounts. */
#include "modules/access/pages.h"

#include "core/text.h"
#include "store/store.h"

struct staff_row {
    int64_t id;
    struct str login, name, state, state_title, posts;
    bool totp, suspended;
};

#define ROW(member, type, title) FIELD(struct staff_row, member, type, title)

static const struct field row_fields[] = {
    ROW(id, F_ID, "人员编号"),         ROW(login, F_STR, "登录名"),      ROW(name, F_STR, "姓名"),
    ROW(state, F_STR, "状态代码"),     ROW(state_title, F_STR, "状态"),  ROW(posts, F_STR, "岗位"),
    ROW(totp, F_BOOL, "已开两步验证"), ROW(suspended, F_BOOL, "已停用"), {0},
};
static const struct shape row_shape = {"staff-row", sizeof(struct staff_row), row_fields};

struct staff_list_view {
    struct str page_title;
    struct page_errors errors;
    struct list people; /* struct staff_row */
    bool may_manage;
    struct list fields; /* struct page_field: of a new account */
};

#define LIST_VIEW(member, type, title) FIELD(struct staff_list_view, member, type, title)

static const struct field list_fields[] = {
    LIST_VIEW(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct staff_list_view),
    FIELD_OF(struct staff_list_view, people, F_LIST, &row_shape, "人员"),
    LIST_VIEW(may_manage, F_BOOL, "可以管理"),
    FIELD_OF(struct staff_list_view, fields, F_LIST, &page_field_shape, NULL),
    {0},
};
const struct shape staff_list_shape = {"staff-list", sizeof(struct staff_list_view), list_fields};

struct str staff_state_title(struct str state)
{
    return str_is(state, "active") ? S("在用") : S("已停用");
}

static struct str posts_of(struct task *t, const struct list *grants, int64_t staff)
{
    struct buf b = buf_new(t, 4096);
    int32_t today = day_of(t->now);

    LIST_EACH (struct grant, grant, *grants) {
        const struct post *post = post_find(grant->post);

        if (grant->staff != staff || grant->from_day > today || !post)
            continue;
        if (b.len)
            buf_add(&b, tr_str(t, S("、")));
        buf_add(&b, str_of(post->title));
    }
    return buf_str(&b);
}

static enum err read_list(struct task *t, void *arg)
{
    struct staff_list_view *view = arg;
    struct list staff, grants;
    enum err e = staff_all(t, &staff);

    if (!e)
        e = staff_grants(t, 0, false, &grants);
    if (e)
        return e;
    view->people = (struct list){0};
    LIST_EACH (struct staff, one, staff) {
        struct staff_row *row = list_add(t, &view->people, sizeof *row);

        *row = (struct staff_row){
            .id = one->id,
            .login = one->login,
            .name = one->name,
            .state = one->state,
            .state_title = staff_state_title(one->state),
            .posts = posts_of(t, &grants, one->id),
            .totp = one->totp,
            .suspended = !str_is(one->state, "active"),
        };
    }
    return OK;
}

enum err access_get_staff_list(struct task *t, struct request *request, struct response *response)
{
    struct staff_list_view *view = NEW(t, struct staff_list_view, 1);

    view->page_title = S("人员");
    view->errors = page_errors(t, request);
    view->may_manage = actor_may(request->actor, "access.manage");
    view->fields = page_fields(t, &staff_new_form, request, NULL, page_refused(request, "/staff"));
    response->view = view;
    return store_read(t, read_list, view);
}
