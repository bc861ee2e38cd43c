/* Who may do what: the rules that need no store. */
#include "modules/access/access.h"

#include <string.h>

#include "core/log.h"
#include "http/http.h"
#include "modules/audit/audit.h"
#include "modules/org/org.h"

const struct actor system_actor = {.kind = ACTOR_SYSTEM, .name = STR_INIT("系统")};

bool actor_may(const struct actor *actor, const char *permission)
{
    if (!actor)
        return false;
    if (actor->kind == ACTOR_SYSTEM)
        return true;
    return actor->kind == ACTOR_STAFF && post_may(actor->post, permission);
}

bool actor_reaches(const struct actor *actor, struct str unit_path, int64_t owner,
                   int64_t registrar)
{
    if (actor->kind == ACTOR_SYSTEM)
        return true;
    if (actor->kind != ACTOR_STAFF || !post_may(actor->post, "order.read"))
        return false;
    if (owner && owner == actor->staff)
        return true;
    switch (actor->post->scope) {
    case SCOPE_OWN:
        return registrar && registrar == actor->staff;
    case SCOPE_UNIT:
        return actor->unit_path.len && str_eq(unit_path, actor->unit_path);
    case SCOPE_SUBTREE:
        return actor->unit_path.len && str_starts(unit_path, actor->unit_path);
    case SCOPE_TENANT:
        return true;
    case SCOPE_ASSISTING:
    case SCOPE_PARTY:
        break;
    }
    return false;
}

enum err actor_record(struct task *t, const struct actor *actor, const char *word, int64_t order,
                      int64_t party, struct str subject, struct str detail)
{
    const struct audit_entry entry = {
        .word = word,
        .staff = actor->staff,
        .name = actor->name,
        .post = actor->post ? str_of(actor->post->title) : S(""),
        .unit = actor->unit_name,
        .order = order,
        .party = party,
        .subject = subject,
        .remote = actor->remote,
        .detail = detail,
    };

    return audit_record(t, &entry);
}

static enum err record_org(struct task *t, const struct actor *actor, struct str subject,
                           struct str detail)
{
    return actor_record(t, actor, "org", 0, 0, subject, detail);
}

void access_watch_org(void)
{
    org_when_changed(record_org);
}

struct str access_csrf(const struct actor *actor)
{
    return actor && !actor->token ? actor->csrf : S("");
}

/* Half signed in: only what finishes it. */
static bool is_way_in(const struct route *route)
{
    return str_starts(str_of(route->path), S("/sign-in")) || !strcmp(route->path, "/sign-out");
}

static bool is_change_of_password(const struct route *route)
{
    return !strcmp(route->path, "/account/password") || is_way_in(route);
}

/* What may be done half signed in: nothing but what is missing. */
static enum err admit_half(struct task *t, const struct actor *actor, const struct route *route)
{
    if (actor->second_factor_due && !is_way_in(route))
        return task_fail(t, ERR_UNAUTHENTICATED, "请先完成两步验证");
    if (actor->must_change && !is_change_of_password(route))
        return task_fail(t, ERR_UNAUTHENTICATED, "请先修改初始密码");
    if (actor->must_enrol && !is_change_of_password(route))
        return task_fail(t, ERR_UNAUTHENTICATED, "您的岗位要用两步验证，请先设置");
    return OK;
}

static enum err admit_staff(struct task *t, const struct actor *actor, const struct route *route)
{
    if (!actor || actor->kind != ACTOR_STAFF)
        return task_fail(t, ERR_UNAUTHENTICATED, "请先登录");
    enum err e = admit_half(t, actor, route);
    if (e)
        return e;
    /* A token acts for a person at work; the account stays in the person's own hands. */
    if (actor->token && str_starts(str_of(route->path), S("/account")))
        return task_fail(t, ERR_FORBIDDEN, "接口令牌不能管理账号");
    if (route->permission && !actor_may(actor, route->permission))
        return task_fail(t, ERR_FORBIDDEN, "您的岗位不能做这件事");
    return OK;
}

static enum err admit(struct task *t, const struct request *request)
{
    const struct actor *actor = request->actor;

    switch (request->route->access) {
    case ACCESS_PUBLIC:
        return OK;
    case ACCESS_CITIZEN:
        return actor && actor->kind == ACTOR_PARTY
                   ? OK
                   : task_fail(t, ERR_UNAUTHENTICATED, "请先用工单号和查询码登录");
    case ACCESS_STAFF:
        return admit_staff(t, actor, request->route);
    }
    return task_fail(t, ERR_INTERNAL, "路由没有写明谁能用");
}

/* Who tries what is not theirs leaves a trace in the journal; ids and codes, nothing personal. */
enum err access_admit(struct task *t, const struct request *request)
{
    const struct actor *actor = request->actor;
    enum err e = admit(t, request);

    if (e == ERR_FORBIDDEN && actor)
        log_write(LEVEL_WARN, "access.refused",
                  LOG_PAIRS(LOG_STR("id", request->id), LOG_ID("staff", actor->staff),
                            LOG_STR("post", actor->post ? str_of(actor->post->code) : S("")),
                            LOG_STR("method", request->method == POST ? S("POST") : S("GET")),
                            LOG_STR("route", str_of(request->route->path))));
    return e;
}

/* Only what an address bar may hold as it is; everything else is written as %XX. */
static void add_escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '/' || c == '-' || c == '_' || c == '.')
            buf_add_char(b, (char)c);
        else
            buf_format(b, "%%%02X", c);
    }
}

struct str access_sign_in_address(struct task *t, const struct request *request)
{
    const struct actor *actor = request->actor;
    struct buf b = buf_new(t, LIMIT_TARGET * 4);

    if (request->route && request->route->access == ACCESS_CITIZEN)
        return S("/track");
    if (actor && actor->second_factor_due)
        return S("/sign-in/code");
    if (actor && actor->must_change)
        return S("/account/password");
    buf_add(&b, actor && actor->must_enrol ? S("/sign-in/enrol") : S("/sign-in"));
    if (request->method == GET && request->path.len > 1) {
        buf_add(&b, S("?next="));
        add_escaped(&b, request->path);
    }
    return buf_str(&b);
}

bool post_may_use(const struct post *post, const struct route *route)
{
    switch (route->access) {
    case ACCESS_PUBLIC:
        return true;
    case ACCESS_CITIZEN:
        return false;
    case ACCESS_STAFF:
        return !route->permission || post_may(post, route->permission);
    }
    return false;
}

struct str post_home(const struct post *post)
{
    if (post_may(post, "order.read"))
        return S("/orders");
    if (post_may(post, "access.read"))
        return S("/admin/staff");
    if (post_may(post, "knowledge.keep"))
        return S("/knowledge");
    return post_may(post, "audit.read") ? S("/audit") : S("/account");
}

void access_matrix(struct buf *out, const struct route *const *routes)
{
    buf_add(out, S("| Route | Permission |"));
    for (const struct post *post = posts; post->code; post++)
        buf_format(out, " %s |", post->code);
    buf_add(out, S("\n|---|---|"));
    for (const struct post *post = posts; post->code; post++)
        buf_add(out, S("---|"));
    buf_add_char(out, '\n');
    for (; *routes; routes++) {
        for (const struct route *route = *routes; route->path; route++) {
            const char *needs = route->access == ACCESS_PUBLIC    ? "(anybody)"
                                : route->access == ACCESS_CITIZEN ? "(number and code)"
                                : route->permission               ? route->permission
                                                                  : "(any staff)";

            buf_format(out, "| %s %s | %s |", route->method == GET ? "GET" : "POST", route->path,
                       needs);
            for (const struct post *post = posts; post->code; post++)
                buf_format(out, " %s |", post_may_use(post, route) ? "x" : "");
            buf_add_char(out, '\n');
        }
    }
}
