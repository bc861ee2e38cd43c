/* /sign-in/enrol: who must have a second factor and has none sets it up before anything else. */
#include "modules/access/pages.h"

#include "core/text.h"
#include "modules/access/qr.h"
#include "modules/access/staff_private.h"
#include "store/store.h"

struct enrol_code {
    struct str code;
};

static const struct field enrol_code_fields[] = {
    FIELD(struct enrol_code, code, F_STR, "恢复码"),
    {0},
};
static const struct shape enrol_code_shape = {"enrol-code", sizeof(struct enrol_code),
                                              enrol_code_fields};

struct enrol_view {
    struct str page_title;
    struct page_errors errors;
    struct list fields;         /* struct page_field: the six digits */
    struct str secret, address; /* of the device; empty: not begun */
    struct str picture;
    bool has_codes;
    struct list codes; /* struct enrol_code: done, shown once */
    struct str next;   /* where the person wanted to go */
};

#define ENROL(member, type, title) FIELD(struct enrol_view, member, type, title)

static const struct field enrol_fields[] = {
    ENROL(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct enrol_view),
    FIELD_OF(struct enrol_view, fields, F_LIST, &page_field_shape, NULL),
    ENROL(secret, F_STR, "密钥"),
    ENROL(address, F_STR, "密钥的地址"),
    ENROL(picture, F_HTML, NULL),
    ENROL(has_codes, F_BOOL, "已设好"),
    FIELD_OF(struct enrol_view, codes, F_LIST, &enrol_code_shape, "恢复码，只显示这一次"),
    ENROL(next, F_STR, "之后去哪里"),
    {0},
};
const struct shape enrol_shape = {"enrol", sizeof(struct enrol_view), enrol_fields};

static const struct ask enrol_asks[] = {
    {"code", "验证器上的 6 位数字", ASK_TEXT, true, .max = 20},
    {"next", "之后去哪里", ASK_TEXT, .max = 500},
    {NULL},
};
const struct form enrol_form = {"enrol-code-input", enrol_asks};

struct enrolling {
    const struct actor *actor;
    struct str secret, address, code;
    struct list codes;
};

static enum err read_waiting(struct task *t, void *arg)
{
    struct enrolling *enrolling = arg;

    return staff_totp_waiting(t, enrolling->actor->staff, &enrolling->secret, &enrolling->address);
}

static struct enrol_view *view_of(struct task *t, struct request *request,
                                  struct response *response)
{
    struct enrol_view *view = NEW(t, struct enrol_view, 1);
    struct str typed = json_get_str(request->body, "next");

    view->page_title = S("设置两步验证");
    view->errors = page_errors(t, request);
    view->next = site_path(typed.len ? typed : json_get_str(request->query, "next"));
    if (!view->next.len)
        view->next = post_home(request->actor->post);
    response->view = view;
    return view;
}

static void show_secret(struct task *t, struct request *request, struct enrol_view *view,
                        const struct enrolling *enrolling)
{
    static const struct ask code_ask[] = {
        {"code", "验证器上的 6 位数字", ASK_TEXT, true, .max = 20},
        {NULL},
    };
    static const struct form code_form = {"enrol-code", code_ask};

    view->secret = enrolling->secret;
    view->address = enrolling->address;
    view->picture = qr_svg(t, enrolling->address);
    view->fields = page_fields(t, &code_form, request, NULL, page_refused(request, "/confirm"));
}

/* Nobody comes here past a second factor that is there already, or that nobody asks for. */
static bool wanted(const struct request *request)
{
    return request->actor->must_enrol && !request->actor->second_factor_due;
}

enum err access_get_enrol(struct task *t, struct request *request, struct response *response)
{
    struct enrol_view *view = view_of(t, request, response);
    struct enrolling enrolling = {.actor = request->actor};

    if (!wanted(request)) {
        response->redirect = view->next;
        return OK;
    }
    enum err e = store_read(t, read_waiting, &enrolling);
    if (!e && enrolling.secret.len)
        show_secret(t, request, view, &enrolling);
    return e;
}

static enum err begin(struct task *t, void *arg)
{
    struct enrolling *enrolling = arg;

    return staff_totp_begin(t, enrolling->actor->staff, &enrolling->secret, &enrolling->address);
}

enum err access_post_enrol(struct task *t, struct request *request, struct response *response)
{
    struct enrolling enrolling = {.actor = request->actor};

    if (!wanted(request))
        return task_fail(t, ERR_CONFLICT, "不用在这里设置两步验证");
    struct enrol_view *view = view_of(t, request, response);
    enum err e = store_write(t, begin, &enrolling);
    if (!e)
        show_secret(t, request, view, &enrolling);
    return e;
}

static enum err confirm(struct task *t, void *arg)
{
    struct enrolling *enrolling = arg;
    const struct actor *actor = enrolling->actor;

    return staff_totp_confirm(t, actor, actor->staff, enrolling->code, &enrolling->codes);
}

enum err access_post_enrol_confirm(struct task *t, struct request *request,
                                   struct response *response)
{
    struct enrolling enrolling = {.actor = request->actor};
    struct json *input;

    if (!wanted(request))
        return task_fail(t, ERR_CONFLICT, "不用在这里设置两步验证");
    enum err e = form_check(t, &enrol_form, request->body, S(""), &input);
    if (e)
        return e;
    enrolling.code = json_get_str(input, "code");
    e = store_write(t, confirm, &enrolling);
    if (!e)
        e = access_renew(t, request, response);
    if (e)
        return e;
    struct enrol_view *view = view_of(t, request, response);
    view->has_codes = true;
    LIST_EACH (struct str, code, enrolling.codes)
        ((struct enrol_code *)list_add(t, &view->codes, sizeof(struct enrol_code)))->code = *code;
    return OK;
}
