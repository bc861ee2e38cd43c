#include "http/site_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/form.h"
#include "core/task.h"
#include "view/asset.h"
#include "view/template.h"

struct actor {
    bool staff, token;
};

static const struct actor clerk = {.staff = true}, clerk_token = {.staff = true, .token = true},
                          citizen;

atomic_int fixture_running, fixture_most_running;

/* ---- pages ----------------------------------------------------------------------------------- */

#define PAGE(name, text)                                                                           \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }
const struct template_file template_files[] = {
    PAGE("test/home", "<h1>{{centre}}</h1>\n"),
    PAGE("test/thing", "<p>{{id}}: {{name}}</p>\n"),
    PAGE("test/new", "<form>{{error}}|{{name}}|{{note}}</form>\n"),
    PAGE("test/bare", "<b>{{name}}</b>\n"),
    PAGE(
        "shell/error",
        "<h1>{{status}} {{sentence}}</h1><p>{{note}}</p>{{#errors}}<li>{{message}}</li>{{/errors}}{{centre}}\n"
        "{{#kept}}[{{address}}|{{csrf}}|{{#hidden}}{{name}}={{value}};{{/hidden}}|"
        "{{#typed}}{{title}}:{{name}}={{value}};{{/typed}}|{{#files}}{{name}}={{value}}{{/files}}]{{/kept}}\n"),
    {0}};

static const struct asset fixture_assets[] = {
    {"app.js", "text/javascript", "00112233aabbccdd", (const unsigned char *)"let a;\n", 7},
    {"base.css", "text/css", "ffeeddcc00112233", (const unsigned char *)"p{}\n", 4},
    {0}};

struct fixture_shell {
    struct str centre;
};
static const struct field shell_fields[] = {FIELD(struct fixture_shell, centre, F_STR, NULL), {0}};
static const struct shape shell_shape = {"fixture_shell", sizeof(struct fixture_shell),
                                         shell_fields};

struct thing {
    int64_t id;
    struct str name, note, error;
};
static const struct field thing_fields[] = {FIELD(struct thing, id, F_ID, "编号"),
                                            FIELD(struct thing, name, F_STR, "名称"),
                                            FIELD(struct thing, note, F_STR, "备注"),
                                            FIELD(struct thing, error, F_STR, "错误"),
                                            {0}};
static const struct shape thing_shape = {"thing", sizeof(struct thing), thing_fields};

static const struct ask thing_asks[] = {{"name", "名称", ASK_TEXT, .required = true, .max = 20},
                                        {"note", "备注", ASK_LONG},
                                        {"amount", "数量", ASK_INT, .min = 1, .max = 9},
                                        {0}};
static const struct form thing_form = {"thing", thing_asks};

/* ---- handlers -------------------------------------------------------------------------------- */

static enum err show_home(struct task *t, struct request *request, struct response *response)
{
    (void)t, (void)request, (void)response;
    return OK;
}

static enum err show_thing(struct task *t, struct request *request, struct response *response)
{
    struct thing *thing = NEW(t, struct thing, 1);

    thing->id = json_get_id(request->params, "id");
    thing->name = thing->id ? S("<物>") : json_get_str(request->params, "id");
    response->view = thing;
    if (json_get_int(request->query, "bare"))
        response->template = "test/bare";
    return OK;
}

static enum err echo(struct task *t, struct request *request, struct response *response)
{
    struct thing *thing = NEW(t, struct thing, 1);

    thing->name = json_text(t, request->body);
    response->view = thing;
    return OK;
}

static enum err show_new(struct task *t, struct request *request, struct response *response)
{
    struct thing *thing = NEW(t, struct thing, 1);

    if (request->error && !request->errors && request->error_note.len == 0)
        return ERR_INTERNAL;
    if (json_get_int(request->query, "again") == 1)
        return task_fail(t, ERR_STORE, "又坏了。");
    thing->name = json_get_str(request->body, "name");
    thing->error = request_error(request, "name");
    thing->note = request->error_note;
    response->view = thing;
    return OK;
}

static enum err make_thing(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    enum err e = form_check(t, &thing_form, request->body, S(""), &clean);

    if (e)
        return e;
    if (str_is(json_get_str(clean, "name"), "taken"))
        return task_fail(t, ERR_CONFLICT, "已有同名的。");
    response->id = 7;
    response->redirect = S("/things/7");
    return OK;
}

static enum err take_files(struct task *t, struct request *request, struct response *response)
{
    struct thing *thing = NEW(t, struct thing, 1);
    size_t all = 0;

    LIST_EACH (struct upload, upload, request->uploads)
        all += upload->content.len;
    thing->id = (int64_t)all;
    thing->name = request->uploads.count ? ((struct upload *)request->uploads.at)->filename : S("");
    response->view = thing;
    return OK;
}

static enum err give_file(struct task *t, struct request *request, struct response *response)
{
    int64_t size = json_get_int(request->query, "size");
    char *bytes = NEW(t, char, (size_t)size + 1);

    memset(bytes, 'x', (size_t)size);
    response->file = (struct str){bytes, (size_t)size};
    response->file_type = S("application/pdf");
    response->file_name = S("告知书 \"1\".pdf");
    response->file_inline = json_get_int(request->query, "inline") == 1;
    return OK;
}

static enum err be_slow(struct task *t, struct request *request, struct response *response)
{
    int64_t ms = json_get_int(request->query, "ms");
    int running = atomic_fetch_add(&fixture_running, 1) + 1, most = fixture_most_running;

    (void)t, (void)response;
    while (running > most && !atomic_compare_exchange_weak(&fixture_most_running, &most, running))
        ;
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    atomic_fetch_sub(&fixture_running, 1);
    return OK;
}

static enum err fail_as_told(struct task *t, struct request *request, struct response *response)
{
    (void)response;
    if (str_is(json_get_str(request->query, "how"), "memory"))
        for (;;)
            NEW(t, char, 1024 * 1024);
    if (str_is(json_get_str(request->query, "how"), "redirect"))
        response->redirect = S("//evil.example/");
    if (str_is(json_get_str(request->query, "how"), "cookie"))
        response->set_cookie = S("a=1\r\nX-Evil: 1");
    return str_is(json_get_str(request->query, "how"), "store")
               ? task_fail(t, ERR_STORE, "磁盘满了。")
               : OK;
}

static const struct ask asked_asks[] = {{"content", "经过", ASK_LONG, true},
                                        {"things", "物件", ASK_LIST, .of = &thing_form},
                                        {"inner", "里面", ASK_OBJECT, .of = &thing_form},
                                        {0}};
static const struct form asked_form = {"asked", asked_asks};

/* What is asked depends on the request. */
static const struct form *form_of_request(struct task *t, const struct request *request)
{
    (void)t;
    return request->actor && json_get_int(request->query, "asks") ? &asked_form : NULL;
}

/* Says whether the frame marked the task as reading only. */
static enum err tell_read_only(struct task *t, struct request *request, struct response *response)
{
    struct thing *thing = NEW(t, struct thing, 1);

    (void)request;
    thing->name = t->read_only ? S("read-only") : S("writing");
    thing->note = request->remote;
    response->view = thing;
    return OK;
}

static const struct route routes[] = {
    {GET, "/", ACCESS_PUBLIC, NULL, show_home, "test/home", .flags = ROUTE_PAGE_ONLY},
    {GET, "/hello", ACCESS_PUBLIC, NULL, show_home, "test/home", .summary = "你好"},
    {GET, "/orders/{id}", ACCESS_PUBLIC, NULL, show_thing, "test/thing", &thing_shape,
     .summary = "看一件"},
    {POST, "/echo", ACCESS_PUBLIC, NULL, echo, NULL, &thing_shape, .flags = ROUTE_NO_KEY,
     .summary = "回声"},
    {GET, "/things/new", ACCESS_STAFF, "thing.make", show_new, "test/new", &thing_shape,
     .flags = ROUTE_PAGE_ONLY},
    {POST, "/things", ACCESS_STAFF, "thing.make", make_thing, NULL, NULL, &thing_form, show_new,
     "登记一件"},
    {GET, "/things/{id}", ACCESS_STAFF, "thing.read", show_thing, "test/thing", &thing_shape,
     .summary = "看"},
    {GET, "/boss", ACCESS_STAFF, "boss", show_home, "test/home", .summary = "主任"},
    {POST, "/files", ACCESS_PUBLIC, NULL, take_files, NULL, &thing_shape, .summary = "上传",
     .flags = ROUTE_UPLOAD | ROUTE_NO_KEY},
    {GET, "/file", ACCESS_PUBLIC, NULL, give_file, .summary = "下载"},
    {GET, "/slow", ACCESS_PUBLIC, NULL, be_slow, .summary = "慢"},
    {GET, "/fail", ACCESS_PUBLIC, NULL, fail_as_told, .summary = "坏"},
    {POST, "/fail", ACCESS_PUBLIC, NULL, fail_as_told, .summary = "坏", .flags = ROUTE_UPLOAD,
     .form_of = form_of_request},
    {GET, "/mode", ACCESS_PUBLIC, NULL, tell_read_only, NULL, &thing_shape, .summary = "读写"},
    {POST, "/mode", ACCESS_PUBLIC, NULL, tell_read_only, NULL, &thing_shape, .summary = "读写"},
    {POST, "/secret", ACCESS_PUBLIC, NULL, show_home, .flags = ROUTE_NO_KEY | ROUTE_SECRET,
     .summary = "密"},
    {0}};
static const struct route *const tables[] = {routes, NULL};

/* ---- hooks ----------------------------------------------------------------------------------- */

static enum err authenticate(struct task *t, struct request *request)
{
    if (str_is(request->cookie_session, "unknown"))
        return task_fail(t, ERR_STORE, "查不到是谁。");
    if (str_is(request->bearer, "clerk"))
        request->actor = &clerk_token;
    else if (str_is(request->cookie_session, "clerk"))
        request->actor = &clerk;
    else if (str_is(request->cookie_session, "citizen"))
        request->actor = &citizen;
    return OK;
}

static enum err admit(struct task *t, const struct request *request)
{
    (void)t;
    if (request->route->access == ACCESS_PUBLIC)
        return OK;
    if (!request->actor)
        return ERR_UNAUTHENTICATED;
    return request->actor->staff && strcmp(request->route->permission, "boss") != 0 ? OK
                                                                                    : ERR_FORBIDDEN;
}

static struct str csrf(const struct actor *actor)
{
    return actor->token ? S("") : S(FIXTURE_CSRF);
}

static enum err shell(struct task *t, const struct request *request, const void **ret_shell)
{
    struct fixture_shell *shell = NEW(t, struct fixture_shell, 1);

    shell->centre = request->actor ? S("岚江 & 人") : S("岚江 & 无");
    *ret_shell = shell;
    return OK;
}

static struct str sign_in(struct task *t, const struct request *request)
{
    return str_format(t, "/sign-in?to=%.*s", STR_ARG(request->path));
}

struct site *fixture_site(int secret_burst)
{
    const struct site_options options = {
        .title = "试验",
        .version = "1",
        .routes = tables,
        .shell = &shell_shape,
        .hooks = {authenticate, admit, csrf, shell, sign_in, NULL, NULL},
        .assets = fixture_assets,
        .secret_burst = secret_burst,
        .quiet = true,
    };
    char *why = NULL;
    struct site *site = site_make(&options, &why);

    if (!site) {
        fprintf(stderr, "fixture: %s\n", why);
        exit(1);
    }
    return site;
}
