#include "world_rows.h"

#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/site.h"
#include "install.h"
#include "modules/access/staff.h"
#include "store/postgres_fixture.h"

enum { REQUEST_MOST = 40 * 1024 * 1024, HOUR_MS = 3600 * 1000 };

/* Under the leak checker: fontconfig keeps its configuration, cairo 1.16 loses a table of each
 * subset of a font when a surface ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:libcairo\n";
}

/* --- Making and unmaking ---------------------------------------------------------------------- */

/* Every call has a task of its own, as every request has. */
static struct task *fresh(struct world *w)
{
    int64_t tenant = w->tenant;

    task_end(&w->t);
    task_begin(&w->t, w->app.store, w->now, (size_t)4 * TASK_BUDGET);
    w->t.tenant = tenant;
    return &w->t;
}

static void ended_well(struct world *w, enum err e, const char *what)
{
    if (!e)
        return;
    for (const struct field_error *error = w->t.field_errors; error; error = error->next)
        print_error("  %.*s: %.*s\n", STR_ARG(error->field), STR_ARG(error->message));
    fail_msg("%s: %s: %.*s", what, err_word(e), STR_ARG(w->t.note));
}

/* A neighbour in the same installation, at an address of its own. */
#define OTHER_PROFILE                                                                                                 \
    "tenant: {code: other, name: 邻市公共法律服务中心, city: 邻市, hotline: '12348', host: other.test}\n" \
    "units: [{key: centre, kind: city, code: C01, name: 邻市中心, short: 市中心}]\n"                           \
    "windows: [{unit: centre, name: 1 号窗, kind: comprehensive}]\n"                                                \
    "staff: [{login: centre, name: 值班人员, posts: [{post: clerk, unit: centre}, "                               \
    "{post: head, unit: centre}]}]\n"

/* One that the program brings along, or the neighbour. */
static void install(struct world *w, const char *profile)
{
    struct install_options options = {.password = S(WORLD_PASSWORD)};
    struct task *t = &w->home;
    struct list faults = {0}, sign_ins;
    enum err e = profile ? profile_read_file(t, profile, &options.profile, &faults)
                         : profile_read(t, S("other"), S(OTHER_PROFILE), &options.profile, &faults);

    if (!e)
        e = install_tenant(t, &options, &sign_ins, &faults);
    print_faults(&faults);
    if (e)
        fail_msg("%s: %s: %.*s", profile ? profile : "other", err_word(e), STR_ARG(t->note));
}

int world_set_up(void **state)
{
    return world_set_up_at(state, TEST_NOW);
}

int world_set_up_at(void **state, int64_t now)
{
    struct world *w = calloc(1, sizeof *w);
    const char *tmp = getenv("TMPDIR");
    char *why = NULL;

    if (!w || asprintf(&w->folder, "%s/yimen-world-XXXXXX", tmp ? tmp : "/tmp") < 0 ||
        !mkdtemp(w->folder))
        return -1;
    w->now = now;
    task_begin(&w->home, NULL, w->now, (size_t)4 * TASK_BUDGET);
    w->app.data = str_terminated(&w->home, str_format(&w->home, "%s/data", w->folder));
    if (postgres_wanted())
        w->app.url = w->database = postgres_database(NULL);
    log_set_level(LEVEL_ERROR);
    enum err e = install_folder(&w->home, &w->app);
    if (e)
        fail_msg("install_folder: %.*s", STR_ARG(w->home.note));
    log_set_level(LEVEL_ERROR);
    w->app.conf.access_log = false;
    w->app.conf.secret_per_minute = -1;
    task_begin(&w->t, w->app.store, w->now, TASK_BUDGET);
    install(w, "lanjiang");
    w->tenant = w->home.tenant;
    w->host = S("lanjiang.test");
    app_wire();
    w->site = app_site(&w->app, &why);
    if (!w->site)
        fail_msg("%s", why ? why : "no site");
    *state = w;
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

int world_tear_down(void **state)
{
    struct world *w = *state;

    if (!w)
        return 0;
    site_free(w->site);
    task_end(&w->t);
    app_close(&w->app);
    world_rows_end(w);
    postgres_drop(w->database);
    task_end(&w->home);
    nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(w->folder);
    free(w);
    return 0;
}

void world_second_tenant(struct world *w)
{
    int64_t first = w->home.tenant;

    if (w->other_tenant)
        return;
    w->home.now = w->now;
    w->home.tenant = 0;
    install(w, NULL);
    w->other_tenant = w->home.tenant;
    w->home.tenant = first;
}

struct str world_keep(struct world *w, struct str s)
{
    return str_copy(&w->home, s);
}

const char *world_f(struct world *w, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return str_terminated(&w->home, str_of(text));
}

/* --- Who asks --------------------------------------------------------------------------------- */

static void sign_in(struct world *w, const char *login)
{
    struct task *t = fresh(w);
    struct signed_in in;
    int64_t wait;

    ended_well(w, access_sign_in(t, str_of(login), S(WORLD_PASSWORD), S("127.0.0.1"), &in, &wait),
               login);
    w->session = world_keep(w, in.cookie);
    w->csrf = world_keep(w, in.csrf);
}

void world_as(struct world *w, const char *login)
{
    sign_in(w, login);
}

struct post_of {
    const char *login, *post;
    int64_t staff;
    struct grant grant;
};

static enum err find_grant(struct task *t, void *arg)
{
    struct post_of *of = arg;
    struct staff staff;
    struct list grants;
    enum err e = staff_by_login(t, str_of(of->login), &staff);

    if (!e)
        e = staff_grants(t, staff.id, true, &grants);
    if (e)
        return e;
    of->staff = staff.id;
    LIST_EACH (struct grant, grant, grants) {
        if (!of->post || str_is(grant->post, of->post)) {
            of->grant = *grant;
            return OK;
        }
    }
    return task_fail(t, ERR_NOT_FOUND, "%s: no such post", of->login);
}

struct actor_of {
    struct post_of of;
    struct actor actor;
};

static enum err make_actor(struct task *t, void *arg)
{
    struct actor_of *made = arg;
    enum err e = find_grant(t, &made->of);

    return e ? e : access_actor_of_grant(t, made->of.grant.id, &made->actor);
}

/* In the world's own memory: an actor is used for many calls. */
struct actor world_actor(struct world *w, const char *login, const char *post)
{
    struct actor_of made = {.of = {.login = login, .post = post}};

    w->home.now = w->now;
    enum err e = store_read(&w->home, make_actor, &made);
    if (e)
        fail_msg("%s: %s: %.*s", login, err_word(e), STR_ARG(w->home.note));
    return made.actor;
}

void world_as_post(struct world *w, const char *login, const char *post)
{
    const struct actor *actor;
    struct post_of of = {.login = login, .post = post};

    sign_in(w, login);
    struct task *t = fresh(w);
    ended_well(w, access_actor_of_session(t, w->session, &actor), "session");
    ended_well(w, store_read(t, find_grant, &of), login);
    ended_well(w, access_switch_post(t, actor, of.grant.id, 0), "switch");
}

struct tracking {
    struct str no, code;
    int64_t order, party_n;
};

static enum err track(struct task *t, void *arg)
{
    struct tracking *tracking = arg;

    return order_track(t, tracking->no, tracking->code, &tracking->order, &tracking->party_n);
}

void world_as_citizen(struct world *w, struct str no, struct str code)
{
    struct tracking tracking = {.no = world_keep(w, no), .code = world_keep(w, code)};
    struct task *t = fresh(w);
    struct signed_in in;

    ended_well(w, store_read(t, track, &tracking), "tracking");
    ended_well(w, access_open_party_session(t, tracking.order, tracking.party_n, &in), "session");
    w->session = world_keep(w, in.cookie);
    w->csrf = world_keep(w, in.csrf);
}

void world_as_nobody(struct world *w)
{
    w->session = w->csrf = (struct str){0};
}

/* --- Requests --------------------------------------------------------------------------------- */

static void keep_session(struct world *w, struct str line)
{
    struct str value;

    if (!str_starts(line, S(SESSION_COOKIE "=")) || !str_cut(&line, ';', &value))
        return;
    w->session = world_keep(w, str_from(value, sizeof SESSION_COOKIE));
    w->renewed = w->session.len > 0;
}

/* A session that was renewed has another token for its forms: a browser reads it off the next
 * page. */
static void take_csrf(struct world *w)
{
    const struct actor *actor;
    struct task t;

    w->renewed = false;
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    if (access_actor_of_session(&t, w->session, &actor) == OK && actor)
        w->csrf = world_keep(w, actor->csrf);
    task_end(&t);
}

static void take_answer(struct world *w, struct str raw)
{
    size_t cut = str_find(raw, S("\r\n\r\n"));
    struct str lines, line, type = {0};

    assert_true(cut != SIZE_MAX);
    w->head = str_first(raw, cut);
    w->body = str_from(raw, cut + 4);
    w->status = atoi(raw.at + 9);
    w->location = (struct str){0};
    w->json = NULL;
    for (lines = w->head; str_cut(&lines, '\n', &line);) {
        line = str_trim(line);
        if (str_starts(line, S("Set-Cookie: ")))
            keep_session(w, str_from(line, 12));
        if (str_starts(line, S("Location: ")))
            w->location = str_from(line, 10);
        if (str_starts(line, S("Content-Type: ")))
            type = str_from(line, 14);
    }
    if (w->renewed)
        take_csrf(w);
    if (str_find(type, S("json")) != SIZE_MAX && w->body.len)
        ended_well(w, json_parse(&w->t, w->body, &w->json), "JSON");
}

void world_send(struct world *w, const char *method, const char *path, const char *headers,
                struct str body)
{
    struct str kept_path = str_of(world_f(w, "%s", path));
    struct task *t = fresh(w);
    struct buf raw = buf_new(t, REQUEST_MOST);

    /* The site finds the tenant itself: by session, token or host. */
    t->tenant = 0;
    buf_format(&raw, "%s %.*s HTTP/1.1\r\nHost: %.*s\r\n", method, STR_ARG(kept_path),
               STR_ARG(w->host));
    if (w->session.len)
        buf_format(&raw, "Cookie: " SESSION_COOKIE "=%.*s\r\n", STR_ARG(w->session));
    buf_add(&raw, str_of(headers));
    if (body.len || !strcmp(method, "POST"))
        buf_format(&raw, "Content-Length: %zu\r\n", body.len);
    buf_add(&raw, S("\r\n"));
    buf_add(&raw, body);
    assert_false(buf_overflown(&raw));
    take_answer(w, http_handle(t, w->site, buf_str(&raw), S("127.0.0.1")));
}

void world_get(struct world *w, const char *path)
{
    world_send(w, "GET", path, "", (struct str){0});
}

void world_get_json(struct world *w, const char *path)
{
    world_get(w, world_f(w, "/api/v1%s", path));
}

void world_post(struct world *w, const char *path, const char *fields)
{
    struct str body = str_format(&w->home, "%s%s_csrf=%.*s&_key=world-%08lld", fields,
                                 *fields ? "&" : "", STR_ARG(w->csrf), (long long)++w->keys);

    world_send(w, "POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", body);
}

void world_post_json_key(struct world *w, const char *path, const char *json, const char *key)
{
    const char *headers = world_f(w,
                                  "Content-Type: application/json\r\nX-CSRF-Token: %.*s\r\n"
                                  "Idempotency-Key: %s\r\n",
                                  STR_ARG(w->csrf), key);

    world_send(w, "POST", world_f(w, "/api/v1%s", path), headers, str_of(json));
}

void world_post_json(struct world *w, const char *path, const char *json)
{
    world_post_json_key(w, path, json, world_f(w, "world-%08lld", (long long)++w->keys));
}

static char hex_digit(unsigned char c)
{
    return (char)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
}

/* The reverse of world_escape(), for the parts of a multipart form. */
static struct str unescape(struct world *w, struct str text)
{
    char *plain = NEW(&w->home, char, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '%' && i + 2 < text.len) {
            plain[len++] = (char)(hex_digit((unsigned char)text.at[i + 1]) * 16 +
                                  hex_digit((unsigned char)text.at[i + 2]));
            i += 2;
        } else {
            plain[len++] = text.at[i];
        }
    }
    return (struct str){plain, len};
}

void world_post_file(struct world *w, const char *path, const char *fields, const char *field,
                     const char *file_name, const char *type, struct str content)
{
    struct str rest = str_format(&w->home, "%s%s_csrf=%.*s&_key=world-%08lld", fields,
                                 *fields ? "&" : "", STR_ARG(w->csrf), (long long)++w->keys);
    struct buf body = buf_new(&w->home, REQUEST_MOST);
    struct str pair, name;

    while (str_cut(&rest, '&', &pair)) {
        (void)str_cut(&pair, '=', &name);
        struct str value = unescape(w, pair);

        buf_format(&body, "--world\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n",
                   STR_ARG(name));
        buf_add(&body, value);
        buf_add(&body, S("\r\n"));
    }
    buf_format(&body,
               "--world\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
               "Content-Type: %s\r\n\r\n",
               field, file_name, type);
    buf_add(&body, content);
    buf_add(&body, S("\r\n--world--\r\n"));
    world_send(w, "POST", path, "Content-Type: multipart/form-data; boundary=world\r\n",
               buf_str(&body));
}

const char *world_escape(struct world *w, const char *text)
{
    struct buf b = buf_new(&w->home, 1024 * 1024);

    for (const char *at = text; *at; at++) {
        if (isalnum((unsigned char)*at) || *at == '-' || *at == '_')
            buf_add_char(&b, *at);
        else
            buf_format(&b, "%%%02X", (unsigned char)*at);
    }
    return str_terminated(&w->home, buf_str(&b));
}

struct str world_hidden(struct world *w, const char *name)
{
    struct str mark = str_of(world_f(w, "name=\"%s\" value=\"", name));
    size_t at = str_find(w->body, mark);

    if (at == SIZE_MAX)
        return (struct str){0};
    struct str rest = str_from(w->body, at + mark.len);
    return str_first(rest, str_find(rest, S("\"")));
}

bool world_says(const struct world *w, const char *words)
{
    return str_find(w->body, str_of(words)) != SIZE_MAX;
}

/* --- The clock -------------------------------------------------------------------------------- */

static void run_timers(struct world *w)
{
    int64_t done;

    ended_well(w, order_timers(fresh(w), 1000, &done), "timers");
}

static void go_to(struct world *w, int64_t moment)
{
    assert_true(moment >= w->now);
    while (w->now < moment) {
        int64_t next = w->now - w->now % HOUR_MS + HOUR_MS;

        w->now = next < moment ? next : moment;
        run_timers(w);
    }
    ended_well(w, office_run_all(fresh(w), app_jobs(), &w->app.setup), "jobs");
}

void world_until(struct world *w, const char *moment)
{
    int64_t to;

    if (!moment_parse(str_of(moment), &to))
        fail_msg("%s is no moment", moment);
    go_to(w, to);
}

void world_pass(struct world *w, const char *amount)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"minute", 60 * 1000}, {"hour", HOUR_MS}, {"day", (int64_t)24 * HOUR_MS}};
    char *unit;
    long long n = strtoll(amount, &unit, 10);

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!strncmp(unit + (*unit == ' '), units[i].unit, strlen(units[i].unit))) {
            go_to(w, w->now + n * units[i].ms);
            return;
        }
    }
    fail_msg("%s is no amount of time", amount);
}

/* --- The engine ------------------------------------------------------------------------------- */

static const struct json *parsed(struct world *w, const char *json)
{
    struct json *tree = json_object(&w->t);

    if (json && *json)
        ended_well(w, json_parse(&w->t, str_of(json), &tree), json);
    return tree;
}

struct act_done world_create(struct world *w, const struct actor *actor, const char *json)
{
    struct task *t = fresh(w);
    struct intake intake = {.input = parsed(w, json)};
    struct act_done done = {0};

    ended_well(w, order_create(t, actor, &intake, &done), "order_create");
    done.no = world_keep(w, done.no);
    done.code = world_keep(w, done.code);
    done.step = world_keep(w, done.step);
    return done;
}

static enum err act(struct world *w, const struct actor *actor, int64_t order, const char *action,
                    const char *json, struct act_done *done)
{
    struct task *t = fresh(w);
    struct act act = {.order = order, .action = str_of(action), .input = parsed(w, json)};

    return order_act(t, actor, &act, done);
}

struct act_done world_act(struct world *w, const struct actor *actor, int64_t order,
                          const char *action, const char *json)
{
    struct act_done done = {0};

    ended_well(w, act(w, actor, order, action, json, &done), action);
    done.no = world_keep(w, done.no);
    done.step = world_keep(w, done.step);
    return done;
}

enum err world_try(struct world *w, const struct actor *actor, int64_t order, const char *action,
                   const char *json)
{
    struct act_done done;

    return act(w, actor, order, action, json, &done);
}

struct look {
    int64_t id;
    struct str text;
    struct order order;
};

static enum err load(struct task *t, void *arg)
{
    struct look *look = arg;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    return order_load(t, &system, look->id, &look->order);
}

struct order world_order(struct world *w, int64_t id)
{
    struct look look = {.id = id};

    ended_well(w, store_read(fresh(w), load, &look), "order");
    return look.order;
}

static enum err find_unit(struct task *t, void *arg)
{
    struct look *look = arg;
    struct unit unit;
    enum err e = org_unit_by_code(t, look->text, &unit);

    look->id = e ? 0 : unit.id;
    return e;
}

int64_t world_unit(struct world *w, const char *code)
{
    struct look look = {.text = str_of(code)};

    ended_well(w, store_read(fresh(w), find_unit, &look), code);
    return look.id;
}

int64_t world_staff(struct world *w, const char *login)
{
    struct post_of of = {.login = login};

    ended_well(w, store_read(fresh(w), find_grant, &of), login);
    return of.staff;
}

void world_verify(struct world *w)
{
    struct list findings;
    int64_t orders, events;

    ended_well(w, order_verify(fresh(w), NULL, &findings, &orders, &events), "verify");
    LIST_EACH (struct finding, finding, findings)
        print_error("order %lld, event %lld: %.*s\n", (long long)finding->order,
                    (long long)finding->seq, STR_ARG(finding->what));
    if (findings.count)
        fail_msg("%zu findings", findings.count);
}
