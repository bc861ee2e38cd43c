/* From a head and a body to struct request, and the checks that need nothing of the modules. */
#include <string.h>
#include <strings.h>

#include "core/crypto.h"
#include "http/frame.h"
#include "http/guest.h"
#include "http/input.h"

enum { KEY_SHORTEST = 8, KEY_LONGEST = 100 };

static struct str header(const struct request *request, const char *lower_case_name)
{
    const struct frame *f = request->raw;

    return head_find(&f->head, lower_case_name);
}

struct str request_error(const struct request *request, const char *field)
{
    for (const struct field_error *error = request->errors; error; error = error->next)
        if (str_is(error->field, field))
            return error->message;
    return (struct str){0};
}

static struct str bearer(struct str authorization)
{
    if (authorization.len < 7 || strncasecmp(authorization.at, "bearer ", 7) != 0)
        return (struct str){0};
    return str_trim(str_from(authorization, 7));
}

static void read_query(struct frame *f)
{
    struct request *request = &f->request;
    struct str raw = f->head.query;
    struct json *tree = NULL;

    /* What is wrong is said when it is this check's turn: until then the query is what could be
     * read. */
    if (input_urlencoded(f->t, raw, &tree) != OK) {
        task_clear_error(f->t);
        f->bad_query = true;
        if (!tree)
            tree = json_object(f->t);
    }
    struct str elder = json_get_str(tree, "elder");
    if (elder.len) {
        request->elder = str_is(elder, "1");
        f->size_chosen = true;
    }
    const struct language *language = language_find(json_get_str(tree, "lang"));
    if (language) {
        f->t->language = language;
        f->language_chosen = true;
    }
    json_put(f->t, tree, S("lang"), NULL);
    json_put(f->t, tree, S("elder"), NULL); /* the frame's own: no form knows it */
    request->query = tree;
}

/* A cookie of ours: over TLS only the one that nobody else can have set. */
static struct str cookie(const struct request *request, struct str cookies, const char *name)
{
    return input_cookie(cookies, request->secure ? name : name + sizeof HOST_PREFIX - 1);
}

void request_begin(struct frame *f)
{
    struct request *r = &f->request;
    struct str cookies = head_find(&f->head, "cookie");
    bool proxied = guest_trusted(f->site->options.trusted_proxies, f->peer);
    struct str real_ip = head_find(&f->head, "x-real-ip");
    char *path = NEW(f->t, char, f->head.path.len + 1);
    size_t len = path_decode(f->head.path, path);

    r->raw = f;
    r->header = header;
    r->method = f->head.method;
    r->path = (struct str){path, len == SIZE_MAX ? 0 : len};
    r->host = f->head.host;
    r->remote = proxied && guest_address_good(real_ip) ? real_ip : f->peer;
    r->secure = f->site->options.secure_cookies ||
                (proxied && str_is(head_find(&f->head, "x-forwarded-proto"), "https"));
    f->t->language = language_find(cookie(r, cookies, HOST_PREFIX LANGUAGE_COOKIE));
    r->cookie_session = cookie(r, cookies, HOST_PREFIX SESSION_COOKIE);
    r->elder = str_is(cookie(r, cookies, HOST_PREFIX ELDER_COOKIE), "1");
    r->bearer = bearer(head_find(&f->head, "authorization"));
    r->csrf = head_find(&f->head, "x-csrf-token");
    r->htmx = str_is(head_find(&f->head, "hx-request"), "true");
    r->setup = f->site->options.setup;
    r->params = json_object(f->t);
    r->body = json_object(f->t);
    uint64_t id =
        atomic_fetch_add_explicit(&f->site->ids, 1, memory_order_relaxed) + f->site->id_seed;
    id =
        (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9u; /* mixed, so that it tells no number of requests */
    id = (id ^ (id >> 27)) * 0x94d049bb133111ebu;
    id ^= id >> 31;
    r->id = str_format(f->t, "%08x-%08x", (unsigned)(id >> 32), (unsigned)id);
    read_query(f);
    r->language = str_of(page_language(f)->html);
}

enum err request_who(struct frame *f)
{
    if (f->known_who || !f->site->options.hooks.authenticate)
        return OK;
    f->known_who = true;
    return f->site->options.hooks.authenticate(f->t, &f->request);
}

static enum err wrong_type(struct frame *f)
{
    f->response.status = 415;
    return task_fail(f->t, ERR_BAD_INPUT, "不支持这种内容格式，请用表单或 JSON 提交。");
}

/* JSON that came from a program: an object, so that it has names to check. */
static enum err read_json(struct frame *f, struct str body)
{
    struct json *tree;
    enum err e = json_parse(f->t, body, &tree);

    if (e)
        return e;
    if (tree->kind != JSON_OBJECT)
        return task_fail(f->t, ERR_BAD_INPUT, "JSON 的最外层应为对象。");
    f->request.body = tree;
    return OK;
}

enum err request_read_input(struct frame *f)
{
    struct request *r = &f->request;
    struct str type = head_find(&f->head, "content-type"), body = str_from(f->raw, f->head.size);
    struct json *tree = NULL;
    enum err e = OK;

    f->read_input = true;
    if (f->bad_query) {
        f->response.status = 400;
        return input_urlencoded(f->t, f->head.query, &tree);
    }
    if (r->method != POST || body.len == 0)
        return OK;
    if (input_type_is(type, "application/json"))
        e = read_json(f, body);
    else if (input_type_is(type, "application/x-www-form-urlencoded"))
        e = input_urlencoded(f->t, body, &tree);
    else if (input_type_is(type, "multipart/form-data"))
        e = input_multipart(f->t, type, body, &tree, &r->uploads);
    else
        e = wrong_type(f);
    if (tree)
        r->body = tree;
    if (e && !f->t->field_errors && !f->response.status)
        f->response.status =
            e == ERR_BAD_INPUT ? 400 : 0; /* not understood, rather than not right */
    return e;
}

/* The host of "https://host:port" or "host:port", without its port. */
static struct str host_part(struct str s)
{
    size_t scheme = str_find(s, S("://"));

    if (scheme != SIZE_MAX)
        s = str_from(s, scheme + 3);
    size_t colon = s.len;
    while (colon > 0 && s.at[colon - 1] >= '0' && s.at[colon - 1] <= '9')
        colon--;
    return colon > 0 && s.at[colon - 1] == ':' ? str_first(s, colon - 1) : s;
}

bool request_foreign(const struct frame *f)
{
    struct str site = head_find(&f->head, "sec-fetch-site"), origin = head_find(&f->head, "origin");

    if (site.len && !str_is(site, "same-origin") && !str_is(site, "none"))
        return true;
    if (!origin.len)
        return false;
    struct str theirs = host_part(origin), ours = host_part(f->head.host);
    return theirs.len != ours.len || strncasecmp(theirs.at, ours.at, ours.len) != 0;
}

bool request_from_here(const struct frame *f)
{
    return !request_foreign(f) && (str_is(head_find(&f->head, "sec-fetch-site"), "same-origin") ||
                                   head_find(&f->head, "origin").len > 0);
}

static bool key_valid(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.at[i] <= ' ' || key.at[i] >= 0x7f)
            return false;
    return key.len >= KEY_SHORTEST && key.len <= KEY_LONGEST;
}

static enum err check_csrf(struct frame *f)
{
    struct request *r = &f->request;
    struct str (*csrf)(const struct actor *) = f->site->options.hooks.csrf;
    struct str expected = r->actor && csrf ? csrf(r->actor) : (struct str){0};

    if (r->csrf.len == 0)
        r->csrf = json_get_str(r->body, "_csrf");
    if (r->bearer.len == 0 && request_foreign(f))
        return task_fail(f->t, ERR_FORBIDDEN, "这个请求来自别的网站，没有受理。");
    if (expected.len &&
        (r->csrf.len != expected.len || !crypto_equal(r->csrf.at, expected.at, expected.len)))
        return task_fail(f->t, ERR_FORBIDDEN, "页面已过期，请刷新后再提交。");
    return OK;
}

enum err request_guard(struct frame *f)
{
    struct request *r = &f->request;
    enum err e;

    if (r->method != POST)
        return OK;
    if ((e = check_csrf(f)))
        return e;
    r->idempotency_key = head_find(&f->head, "idempotency-key");
    if (r->idempotency_key.len == 0)
        r->idempotency_key = json_get_str(r->body, "_key");
    if (f->match.route->flags & ROUTE_NO_KEY)
        return OK;
    if (key_valid(r->idempotency_key))
        return OK;
    f->response.status = 400;
    task_field_error(f->t, S("Idempotency-Key"), "每次提交要带一个唯一的键（%d–%d 个可见字符）",
                     KEY_SHORTEST, KEY_LONGEST);
    return task_fail(f->t, ERR_BAD_INPUT, "页面缺少防重复提交的标记，请刷新后再提交。");
}
