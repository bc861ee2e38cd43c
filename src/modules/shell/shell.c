#include "modules/shell/shell.h"

#include <string.h>

#include "core/crypto.h"
#include "core/text.h"
#include "core/time.h"
#include "modules/access/access.h"
#include "modules/access/staff.h"
#include "modules/org/org.h"

static const struct field link_fields[] = {
    FIELD(struct shell_link, address, F_STR, NULL),  FIELD(struct shell_link, icon, F_STR, NULL),
    FIELD(struct shell_link, title, F_STR, NULL),    FIELD(struct shell_link, badge, F_INT, NULL),
    FIELD(struct shell_link, current, F_BOOL, NULL), {0},
};
static const struct shape link_shape = {"shell_link", sizeof(struct shell_link), link_fields};

static const struct field grant_fields[] = {
    FIELD(struct shell_grant, id, F_ID, NULL),
    FIELD(struct shell_grant, title, F_STR, NULL),
    FIELD(struct shell_grant, unit, F_STR, NULL),
    FIELD(struct shell_grant, current, F_BOOL, NULL),
    {0},
};
static const struct shape grant_row_shape = {"shell_grant", sizeof(struct shell_grant),
                                             grant_fields};

static const struct field shell_fields[] = {
    FIELD(struct shell, page_title, F_STR, NULL),
    FIELD(struct shell, has_errors, F_BOOL, NULL),
    FIELD(struct shell, centre, F_STR, NULL),
    FIELD(struct shell, city, F_STR, NULL),
    FIELD(struct shell, hotline, F_STR, NULL),
    FIELD(struct shell, host_unit, F_STR, NULL),
    FIELD(struct shell, staff, F_BOOL, NULL),
    FIELD(struct shell, place, F_STR, NULL),
    FIELD(struct shell, actor_name, F_STR, NULL),
    FIELD(struct shell, post_title, F_STR, NULL),
    FIELD(struct shell, csrf, F_STR, NULL),
    FIELD(struct shell, key, F_STR, NULL),
    FIELD(struct shell, single_keys, F_STR, NULL),
    FIELD(struct shell, contrast, F_BOOL, NULL),
    FIELD(struct shell, elder, F_BOOL, NULL),
    FIELD(struct shell, elder_href, F_STR, NULL),
    FIELD(struct shell, lang, F_STR, NULL),
    FIELD(struct shell, other_href, F_STR, NULL),
    FIELD(struct shell, other_name, F_STR, NULL),
    FIELD(struct shell, other_lang, F_STR, NULL),
    FIELD(struct shell, here, F_STR, NULL),
    FIELD(struct shell, can_search, F_BOOL, NULL),
    FIELD(struct shell, search_text, F_STR, NULL),
    FIELD(struct shell, today, F_STR, NULL),
    FIELD_OF(struct shell, nav, F_LIST, &link_shape, NULL),
    FIELD_OF(struct shell, my_posts, F_LIST, &grant_row_shape, NULL),
    {0},
};
const struct shape shell_shape = {"shell", sizeof(struct shell), shell_fields};

/* The navigation: what the post may use. */
static const struct nav_row {
    const char *address, *icon, *title, *permission;
} nav_rows[] = {
    {"/orders", "list-check", "工单", "order.read"},
    {"/orders/new", "user-plus", "登记", "order.create"},
    {"/research", "search", "查依据", "research.use"},
    {"/knowledge", "message-2", "知识", "knowledge.keep"},
    {"/orders?due=overdue", "eye-check", "督办", "order.read"},
    {"/orders?status=closed", "archive", "办结", "order.read"},
    {"/admin/staff", "users", "人员", "access.read"},
    {"/admin/security", "lock", "安全", "access.secure"},
    {"/admin/units", "building", "机构", "org.manage"},
    {"/admin/calendar", "calendar", "日历", "calendar.load"},
    {"/admin/machine", "printer", "运行", "machine.keep"},
    {"/audit", "eye", "留痕", "audit.read"},
    {"/account", "user-circle", "账号", "account.own"},
};

static void url_encode(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '~')
            buf_add_char(b, (char)c);
        else
            buf_format(b, "%%%02X", c);
    }
}

/* A member of the query; one that was given several times is a list. */
static void add_member(struct task *t, struct buf *b, struct str name, const struct json *value)
{
    if (value->kind == JSON_LIST) {
        JSON_EACH (item, value)
            add_member(t, b, name, item);
        return;
    }
    if (value->kind != JSON_STRING && value->kind != JSON_INT)
        return;
    buf_add_char(b, str_find(buf_str(b), S("?")) == SIZE_MAX ? '?' : '&');
    url_encode(b, name);
    buf_add_char(b, '=');
    url_encode(b, value->kind == JSON_INT ? str_format(t, "%lld", (long long)value->number)
                                          : value->text);
}

/* The address of this page, with its query but without `without`. */
static struct str address_of(struct task *t, const struct request *request, const char *without)
{
    struct buf b = buf_new(t, LIMIT_TARGET * 3);

    buf_add(&b, request->path);
    JSON_EACH (member, request->query) {
        if (!without || !str_is(member->name, without))
            add_member(t, &b, member->name, member);
    }
    return buf_str(&b);
}

static struct str elder_address(struct task *t, const struct request *request)
{
    struct str address = address_of(t, request, "elder");

    return str_format(t, "%.*s%selder=%d", STR_ARG(address),
                      str_find(address, S("?")) == SIZE_MAX ? "?" : "&", request->elder ? 0 : 1);
}

/* The next of the languages, the first after the last: with two, the other one. */
static void add_language(struct task *t, const struct request *request, struct shell *shell)
{
    const struct language *now = t->language ? t->language : languages;
    const struct language *other = now[1].tag ? now + 1 : languages;
    struct str address = address_of(t, request, "lang");

    shell->lang = request->language;
    shell->other_name = str_of(other->name);
    shell->other_lang = str_of(other->html);
    shell->other_href = str_format(t, "%.*s%slang=%s", STR_ARG(address),
                                   str_find(address, S("?")) == SIZE_MAX ? "?" : "&", other->tag);
}

static void add_nav(struct task *t, const struct request *request, struct shell *shell)
{
    struct str here = shell->here;

    for (size_t i = 0; i < sizeof nav_rows / sizeof nav_rows[0]; i++) {
        if (!actor_may(request->actor, nav_rows[i].permission))
            continue;
        struct shell_link *link = list_add(t, &shell->nav, sizeof *link);
        link->address = str_of(nav_rows[i].address);
        link->icon = str_of(nav_rows[i].icon);
        link->title = str_of(nav_rows[i].title);
    }
    /* The longest address that this page begins with is where one is. */
    struct shell_link *best = NULL;
    LIST_EACH (struct shell_link, link, shell->nav) {
        if (str_starts(here, link->address) && (!best || link->address.len > best->address.len))
            best = link;
    }
    if (best)
        best->current = true;
}

struct shell_args {
    const struct request *request;
    struct shell *shell;
};

static enum err add_grants(struct task *t, const struct actor *actor, struct shell *shell)
{
    struct list grants = {0};
    enum err e = staff_grants(t, actor->staff, true, &grants);

    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        const struct post *post = post_find(grant->post);
        struct unit unit = {0};
        e = org_unit(t, grant->unit, &unit);
        if (e)
            return e;
        if (!post)
            continue;
        struct shell_grant *row = list_add(t, &shell->my_posts, sizeof *row);
        row->id = grant->id;
        row->title = str_of(post->title);
        row->unit = unit.short_name.len ? unit.short_name : unit.name;
        row->current = grant->id == actor->grant;
    }
    return OK;
}

/* The centre's name stands beside it already: there its window, or the short name, says more. */
static enum err place_of(struct task *t, const struct actor *actor, const struct tenant *tenant,
                         struct str *ret_place)
{
    struct unit unit = {0};
    enum err e = org_unit(t, actor->unit, &unit);

    if (e)
        return e;
    struct str name = unit.short_name.len ? unit.short_name : unit.name;
    if (!actor->window_name.len)
        *ret_place = name;
    else if (actor->unit == tenant->centre)
        *ret_place = actor->window_name;
    else
        *ret_place = str_format(t, "%.*s · %.*s", STR_ARG(name), STR_ARG(actor->window_name));
    return OK;
}

static enum err read_shell(struct task *t, void *arg)
{
    struct shell_args *args = arg;
    struct shell *shell = args->shell;
    const struct actor *actor = args->request->actor;
    struct tenant tenant = {0};

    shell->my_posts = (struct list){0};
    enum err e = org_tenant(t, &tenant);
    if (e)
        return e;
    shell->centre = tenant.name;
    shell->city = tenant.city;
    shell->hotline = tenant.hotline;
    shell->host_unit = str_format(t, tr(t, "%.*s司法局"), STR_ARG(tenant.city));
    if (!shell->staff)
        return OK;
    e = place_of(t, actor, &tenant, &shell->place);
    return e ? e : add_grants(t, actor, shell);
}

/* A form that is shown again after an error keeps its key: when it is not certain that nothing was
 * done, sending it again must not do it twice.  Forms of a page have keys with a common beginning.
 * Where the key itself was refused (a conflict), a new one. */
static struct str key_of(struct task *t, const struct request *request)
{
    unsigned char random[16];
    struct str sent = request->idempotency_key;
    size_t hex = 0;

    random_bytes(random, sizeof random);
    if (!request->error || request->error == ERR_CONFLICT || !sent.len)
        return str_hex(t, random, sizeof random);
    while (hex < sent.len && strchr("0123456789abcdef", sent.at[hex]))
        hex++;
    return hex == 2 * sizeof random ? str_first(sent, hex) : sent;
}

enum err shell_make(struct task *t, const struct request *request, const void **ret_shell)
{
    struct shell *shell = NEW(t, struct shell, 1);
    struct shell_args args = {request, shell};
    const struct actor *actor = request->actor;

    shell->page_title = S("一门");
    shell->key = key_of(t, request);
    shell->single_keys = S("on");
    shell->elder = request->elder;
    shell->here = address_of(t, request, NULL);
    shell->elder_href = elder_address(t, request);
    add_language(t, request, shell);
    shell->search_text = json_get_str(request->query, "q");
    struct str moment = moment_text(t, t->now);
    shell->today = str_format(t, "%.*s %s%.*s", STR_ARG(str_first(moment, 10)),
                              weekday_text(t, day_of(t->now)), STR_ARG(str_from(moment, 10)));
    if (actor) {
        shell->csrf = access_csrf(actor);
        shell->staff =
            actor->kind == ACTOR_STAFF && !actor->second_factor_due && !actor->must_enrol;
    }
    if (shell->staff) {
        shell->actor_name = actor->name;
        shell->post_title = actor->post ? str_of(actor->post->title) : (struct str){0};
        shell->can_search = actor_may(actor, "order.read");
        add_nav(t, request, shell);
    }
    if (t->tenant) {
        enum err e = store_read(t, read_shell, &args);
        if (e)
            return e;
    }
    *ret_shell = shell;
    return OK;
}
