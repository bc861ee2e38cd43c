#include "world_private.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/site.h"
#include "install.h"
#include "modules/access/staff.h"
#include "store/postgres_fixture.h"

enum { HOUR_MS = 3600 * 1000 };

/* Under the leak checker: fontconfig keeps its configuration, cairo 1.16 loses a table of each
 * subset of a font when a surface ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:libcairo\n";
}

/* --- Making and unmaking ---------------------------------------------------------------------- */

/* Every call has a task of its own, as every request has. */
struct task *world_fresh(struct world *w)
{
    int64_t tenant = w->tenant;

    task_end(&w->t);
    task_begin(&w->t, w->app.store, w->now, (size_t)4 * TASK_BUDGET);
    w->t.tenant = tenant;
    return &w->t;
}

void world_ended_well(struct world *w, enum err e, const char *what)
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
    struct task *t = world_fresh(w);
    struct signed_in in;
    int64_t wait;

    world_ended_well(
        w, access_sign_in(t, str_of(login), S(WORLD_PASSWORD), S("127.0.0.1"), S(""), &in, &wait),
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
    struct task *t = world_fresh(w);
    world_ended_well(w, access_actor_of_session(t, w->session, &actor), "session");
    world_ended_well(w, store_read(t, find_grant, &of), login);
    world_ended_well(w, access_switch_post(t, actor, of.grant.id, 0), "switch");
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
    struct task *t = world_fresh(w);
    struct signed_in in;

    world_ended_well(w, store_read(t, track, &tracking), "tracking");
    world_ended_well(w, access_open_party_session(t, tracking.order, tracking.party_n, &in),
                     "session");
    w->session = world_keep(w, in.cookie);
    w->csrf = world_keep(w, in.csrf);
}

void world_as_nobody(struct world *w)
{
    w->session = w->csrf = (struct str){0};
}

/* --- The clock -------------------------------------------------------------------------------- */

static void run_timers(struct world *w)
{
    int64_t done;

    world_ended_well(w, order_timers(world_fresh(w), 1000, &done), "timers");
}

static void go_to(struct world *w, int64_t moment)
{
    assert_true(moment >= w->now);
    while (w->now < moment) {
        int64_t next = w->now - w->now % HOUR_MS + HOUR_MS;

        w->now = next < moment ? next : moment;
        run_timers(w);
    }
    world_ended_well(w, office_run_all(world_fresh(w), app_jobs(), &w->app.setup), "jobs");
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
        world_ended_well(w, json_parse(&w->t, str_of(json), &tree), json);
    return tree;
}

struct act_done world_create(struct world *w, const struct actor *actor, const char *json)
{
    struct task *t = world_fresh(w);
    struct intake intake = {.input = parsed(w, json)};
    struct act_done done = {0};

    world_ended_well(w, order_create(t, actor, &intake, &done), "order_create");
    done.no = world_keep(w, done.no);
    done.code = world_keep(w, done.code);
    done.step = world_keep(w, done.step);
    return done;
}

static enum err act(struct world *w, const struct actor *actor, int64_t order, const char *action,
                    const char *json, struct act_done *done)
{
    struct task *t = world_fresh(w);
    struct act act = {.order = order, .action = str_of(action), .input = parsed(w, json)};

    return order_act(t, actor, &act, done);
}

struct act_done world_act(struct world *w, const struct actor *actor, int64_t order,
                          const char *action, const char *json)
{
    struct act_done done = {0};

    world_ended_well(w, act(w, actor, order, action, json, &done), action);
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

    world_ended_well(w, store_read(world_fresh(w), load, &look), "order");
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

    world_ended_well(w, store_read(world_fresh(w), find_unit, &look), code);
    return look.id;
}

int64_t world_staff(struct world *w, const char *login)
{
    struct post_of of = {.login = login};

    world_ended_well(w, store_read(world_fresh(w), find_grant, &of), login);
    return of.staff;
}

void world_verify(struct world *w)
{
    struct list findings;
    int64_t orders, events;

    world_ended_well(w, order_verify(world_fresh(w), NULL, &findings, &orders, &events), "verify");
    LIST_EACH (struct finding, finding, findings)
        print_error("order %lld, event %lld: %.*s\n", (long long)finding->order,
                    (long long)finding->seq, STR_ARG(finding->what));
    if (findings.count)
        fail_msg("%zu findings", findings.count);
}
