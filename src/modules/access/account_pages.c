/* The page of one's own account: posts, sessions, tokens, and what keeps one from a matter. */
#include "modules/access/account_page.h"

#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "modules/org/org.h"
#include "session_sql.h"
#include "staff_sql.h"
#include "core/text.h"
#include "store/store.h"

struct token_row {
    int64_t id;
    struct str name, post_title, unit_name;
    int64_t made_at, expires_at, seen_at;
    bool open;
};

#define TOKEN(member, type, title) FIELD(struct token_row, member, type, title)

static const struct field token_fields[] = {
    TOKEN(id, F_ID, "令牌编号"),
    TOKEN(name, F_STR, "给谁用"),
    TOKEN(post_title, F_STR, "岗位"),
    TOKEN(unit_name, F_STR, "机构"),
    TOKEN(made_at, F_MOMENT, "建立"),
    TOKEN(expires_at, F_MOMENT, "到期"),
    TOKEN(seen_at, F_MOMENT, "上次使用"),
    TOKEN(open, F_BOOL, "有效"),
    {0},
};
static const struct shape token_shape = {"token-row", sizeof(struct token_row), token_fields};

struct session_row {
    int64_t made_at, seen_at;
    bool here;
};

static const struct field session_fields[] = {
    FIELD(struct session_row, made_at, F_MOMENT, "登录"),
    FIELD(struct session_row, seen_at, F_MOMENT, "上次使用"),
    FIELD(struct session_row, here, F_BOOL, "就是这里"),
    {0},
};
static const struct shape session_shape = {"session-row", sizeof(struct session_row),
                                           session_fields};

struct relative_row {
    int64_t n;
    struct str relation, name, id_number, error;
};

static const struct field relative_fields[] = {
    FIELD(struct relative_row, n, F_INT, "序号"),
    FIELD(struct relative_row, relation, F_STR, "关系"),
    FIELD(struct relative_row, name, F_STR, "姓名"),
    FIELD(struct relative_row, id_number, F_STR, "身份证号"),
    FIELD(struct relative_row, error, F_STR, "错误"),
    {0},
};
static const struct shape relative_shape = {"relative", sizeof(struct relative_row),
                                            relative_fields};

static const struct field code_fields[] = {FIELD(struct code_row, code, F_STR, "恢复码"), {0}};
static const struct shape code_shape = {"recovery-code", sizeof(struct code_row), code_fields};

#define ACCOUNT(member, type, title) FIELD(struct account_view, member, type, title)

static const struct field account_fields[] = {
    ACCOUNT(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct account_view),
    ACCOUNT(name, F_STR, "姓名"),
    ACCOUNT(login, F_STR, "登录名"),
    ACCOUNT(totp, F_BOOL, "已开两步验证"),
    ACCOUNT(recovery_left, F_INT, "剩余恢复码"),
    FIELD_OF(struct account_view, held, F_LIST, &grant_row_shape, "岗位"),
    FIELD_OF(struct account_view, tokens, F_LIST, &token_shape, "接口令牌"),
    FIELD_OF(struct account_view, sessions, F_LIST, &session_shape, "登录"),
    ACCOUNT(elsewhere, F_BOOL, "在别处也登录着"),
    FIELD_OF(struct account_view, facts, F_LIST, &page_field_shape, "回避信息"),
    FIELD_OF(struct account_view, code_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct account_view, off_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct account_view, token_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct account_view, relatives, F_LIST, &relative_shape, "近亲属"),
    ACCOUNT(secret, F_STR, "新密钥"),
    ACCOUNT(secret_address, F_STR, "新密钥的地址"),
    ACCOUNT(secret_code, F_HTML, NULL),
    ACCOUNT(confirming, F_BOOL, "等手机的验证码"),
    FIELD_OF(struct account_view, codes, F_LIST, &code_shape, "恢复码，只显示这一次"),
    ACCOUNT(new_token, F_STR, "新令牌，只显示这一次"),
    {0},
};
const struct shape account_shape = {"account", sizeof(struct account_view), account_fields};

struct reading {
    struct account_view *view;
    const struct request *request;
    const struct actor *actor;
};

static enum err read_tokens(struct task *t, const struct reading *reading)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_session_tokens_of,
                  ARGS(INT("tenant", t->tenant), INT("staff", reading->actor->staff)), &rows);

    while (!e && rows_next(rows)) {
        struct token_row *row = list_add(t, &reading->view->tokens, sizeof *row);

        *row = (struct token_row){
            .id = row_int(rows, "id"),
            .name = row_str(rows, "name"),
            .made_at = row_int(rows, "made_at"),
            .expires_at = row_int(rows, "expires_at"),
            .seen_at = row_int(rows, "seen_at"),
            .open = !row_int(rows, "revoked_at") && row_int(rows, "expires_at") > t->now,
        };
        LIST_EACH (struct grant_row, grant, reading->view->held) {
            if (grant->id == row_int(rows, "grant_id")) {
                row->post_title = grant->post_title;
                row->unit_name = grant->unit_name;
            }
        }
    }
    return e;
}

static enum err read_sessions(struct task *t, const struct reading *reading)
{
    struct rows *rows;
    enum err e = store_run(t, &q_session_of_staff,
                           ARGS(INT("tenant", t->tenant), INT("staff", reading->actor->staff),
                                INT("made_after", t->now - SESSION_LONGEST_MS),
                                INT("seen_after", t->now - SESSION_IDLE_MS)),
                           &rows);

    while (!e && rows_next(rows)) {
        struct session_row *row = list_add(t, &reading->view->sessions, sizeof *row);

        *row = (struct session_row){row_int(rows, "made_at"), row_int(rows, "seen_at"),
                                    row_int(rows, "id") == reading->actor->session};
    }
    reading->view->elsewhere = reading->view->sessions.count > 1;
    return e;
}

static void add_relative(struct task *t, const struct reading *reading, struct str relation,
                         struct str name, struct str id_number)
{
    struct list *relatives = &reading->view->relatives;
    struct relative_row *row = list_add(t, relatives, sizeof *row);
    int64_t n = (int64_t)relatives->count - 1;
    struct str field = str_format(t, "relatives[%lld].id_number", (long long)n);

    *row = (struct relative_row){n, relation, name, id_number,
                                 page_refused(reading->request, "/facts")
                                     ? request_error(reading->request, str_terminated(t, field))
                                     : S("")};
}

static struct json *facts_json(struct task *t, const struct staff_facts *facts)
{
    struct buf interests = buf_new(t, 16 * 1024);
    struct json *json = json_object(t);

    LIST_EACH (struct str, interest, facts->interests) {
        buf_add(&interests, *interest);
        buf_add_char(&interests, '\n');
    }
    json_put_str(t, json, "id_number", facts->id_number);
    json_put_str(t, json, "household", facts->household);
    json_put_str(t, json, "employer", facts->employer);
    json_put_str(t, json, "interests", buf_str(&interests));
    return json;
}

/* What is kept, or what was just typed wrongly; and three more lines for relatives. */
static enum err read_facts(struct task *t, const struct reading *reading)
{
    bool typed = page_refused(reading->request, "/facts");
    struct staff_facts facts;
    enum err e = staff_facts(t, reading->actor->staff, &facts);

    if (e)
        return e;
    reading->view->facts =
        page_fields(t, &account_facts_form, reading->request, facts_json(t, &facts), typed);
    if (typed) {
        JSON_EACH (one, json_get(reading->request->body, "relatives"))
            add_relative(t, reading, json_get_str(one, "relation"), json_get_str(one, "name"),
                         json_get_str(one, "id_number"));
    } else {
        LIST_EACH (struct relative, relative, facts.relatives)
            add_relative(t, reading, relative->relation, relative->name, relative->id_number);
    }
    for (int i = 0; i < 3; i++)
        add_relative(t, reading, S(""), S(""), S(""));
    return OK;
}

static void draw_forms(struct task *t, const struct reading *reading)
{
    const struct request *request = reading->request;
    struct account_view *view = reading->view;
    struct json *token = json_object(t);

    json_put_str(t, token, "days", S("90"));
    view->code_fields =
        page_fields(t, &account_code_form, request, NULL, page_refused(request, "/totp/confirm"));
    view->off_fields =
        page_fields(t, &account_confirm_form, request, NULL, page_refused(request, "/totp/off"));
    view->token_fields =
        page_fields(t, &account_token_form, request, token, page_refused(request, "/tokens"));
    LIST_EACH (struct grant_row, grant, view->held) {
        if (grant->now)
            page_field_add_option(t, &view->token_fields, "grant",
                                  str_format(t, "%lld", (long long)grant->id),
                                  str_format(t, tr(t, "%.*s，%.*s"), STR_ARG(grant->post_title),
                                             STR_ARG(grant->unit_name)));
    }
}

static enum err read_account(struct task *t, void *arg)
{
    const struct reading *reading = arg;
    struct account_view *view = reading->view;
    struct staff staff;
    struct list grants;
    enum err e = staff_by_id(t, reading->actor->staff, &staff);

    view->tokens = view->sessions = view->relatives = (struct list){0};
    if (!e)
        e = staff_grants(t, staff.id, false, &grants);
    if (!e)
        e = grant_rows(t, &grants, reading->actor->grant, &view->held);
    if (!e)
        e = store_number(t, &q_staff_recovery_count,
                         ARGS(INT("tenant", t->tenant), INT("staff", staff.id)),
                         &view->recovery_left);
    if (!e)
        e = read_tokens(t, reading);
    if (!e)
        e = read_sessions(t, reading);
    if (e)
        return e;
    view->name = staff.name;
    view->login = staff.login;
    view->totp = staff.totp;
    draw_forms(t, reading);
    return read_facts(t, reading);
}

enum err account_show(struct task *t, struct request *request, struct response *response,
                      struct account_view *view)
{
    struct reading reading = {view, request, request->actor};

    view->page_title = S("我的账号");
    view->confirming = view->secret.len || page_refused(request, "/totp/confirm");
    view->errors = page_errors(t, request);
    response->view = view;
    return store_read(t, read_account, &reading);
}

enum err access_get_account(struct task *t, struct request *request, struct response *response)
{
    return account_show(t, request, response, NEW(t, struct account_view, 1));
}

/* ---- what keeps one from a matter ---- */

static const struct ask relative_asks[] = {
    {"relation", "关系", ASK_TEXT, false, .max = 20},
    {"name", "姓名", ASK_TEXT, false, .max = 60},
    {"id_number", "身份证号", ASK_ID_NUMBER, false},
    {NULL},
};
static const struct form relative_form = {"relative-input", relative_asks};

static const struct ask facts_asks[] = {
    {"id_number", "身份证号", ASK_ID_NUMBER, false},
    {"household", "户号或同住家庭", ASK_TEXT, false, .max = 100},
    {"employer", "兼职或曾任职单位", ASK_TEXT, false, .max = 100},
    {"relatives", "近亲属", ASK_LIST, false, .max = 30, .of = &relative_form},
    {"interests", "利害关系", ASK_LONG, false, .max = 2000, .hint = "人名、单位名，每行一个"},
    {NULL},
};
const struct form account_facts_form = {"account-facts", facts_asks};

struct facts_change {
    const struct actor *actor;
    struct staff_facts facts;
};

static enum err write_facts(struct task *t, void *arg)
{
    struct facts_change *change = arg;
    struct staff_facts before;
    enum err e = staff_facts(t, change->actor->staff, &before);

    if (e)
        return e;
    change->facts.phone = before.phone; /* the house knows it; nobody is asked to declare it */
    return staff_set_facts(t, change->actor, change->actor->staff, &change->facts);
}

enum err access_post_facts(struct task *t, struct request *request, struct response *response)
{
    struct facts_change change = {.actor = request->actor};
    struct staff_facts *facts = &change.facts;
    struct json *input;
    struct str line;
    enum err e = form_check(t, &account_facts_form, request->body, S(""), &input);

    if (e)
        return e;
    facts->id_number = json_get_str(input, "id_number");
    facts->household = json_get_str(input, "household");
    facts->employer = json_get_str(input, "employer");
    JSON_EACH (one, json_get(input, "relatives")) {
        struct relative found = {json_get_str(one, "relation"), json_get_str(one, "name"),
                                 json_get_str(one, "id_number")};

        if (found.name.len || found.id_number.len)
            *(struct relative *)list_add(t, &facts->relatives, sizeof found) = found;
    }
    for (struct str rest = json_get_str(input, "interests"); str_cut(&rest, '\n', &line);) {
        line = str_trim(line);
        if (line.len)
            *(struct str *)list_add(t, &facts->interests, sizeof line) = line;
    }
    e = store_write(t, write_facts, &change);
    if (e)
        return e;
    response->redirect = S("/account");
    return account_show(t, request, response, NEW(t, struct account_view, 1));
}
