#include "city.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "http/site.h"
#include "install.h"
#include "modules/access/staff.h"
#include "modules/orders/feed.h"
#include "modules/orders/seal.h"
#include "office/office.h"

static const char *const logins[OFFICERS] = {"chenliqun", "tangyi"};

const struct city_act city_acts[ACTS] = {
    {"note", "{\"text\":\"来电询问进度，已告知审查期限，并请其准备工资流水。\"}"},
    {"take", "{}"},
    {"release", "{\"reason\":\"今天外出开庭，请同事接着办\"}"},
    {"note", "{\"text\":\"已向用人单位核实，对方承认尚欠三个月工资。\"}"},
    {"begin", "{}"},
    {"grant", "{\"reason\":\"申请人系农民工，请求支付劳动报酬，依法免予核查经济困难状况。\"}"},
};

const struct city_act city_denial = {"deny", "{\"reason\":\"所请求的事项不属于法律援助的范围\","
                                             "\"remedies\":\"可以向司法行政部门提出异议\"}"};

void bench_die(const char *what, const struct task *t)
{
    fprintf(stderr, "bench: %s", what);
    if (t && t->note.len)
        fprintf(stderr, ": %.*s", STR_ARG(t->note));
    for (const struct field_error *error = t ? t->field_errors : NULL; error; error = error->next)
        fprintf(stderr, "\n  %.*s: %.*s", STR_ARG(error->field), STR_ARG(error->message));
    fputc('\n', stderr);
    exit(1);
}

void city_task(struct city *city, struct task *t)
{
    task_begin(t, city->app.store, time_now(), TASK_BUDGET);
    t->tenant = city->tenant;
}

/* --- Making ----------------------------------------------------------------------------------- */

static void install(struct city *city)
{
    struct install_options options = {.password = S("lanjiang-bench")};
    struct task *t = &city->home;
    struct list faults = {0}, sign_ins;
    enum err e = profile_read_file(t, "lanjiang", &options.profile, &faults);

    if (!e)
        e = install_tenant(t, &options, &sign_ins, &faults);
    print_faults(&faults);
    if (e)
        bench_die("install", t);
    city->tenant = t->tenant;
}

struct finding_officer {
    const char *login;
    int64_t staff;
    struct actor actor;
};

static enum err find_officer(struct task *t, void *arg)
{
    struct finding_officer *f = arg;
    struct staff staff;
    struct list grants;
    enum err e = staff_by_login(t, str_of(f->login), &staff);

    if (!e)
        e = staff_grants(t, staff.id, true, &grants);
    if (e)
        return e;
    f->staff = staff.id;
    return access_actor_of_grant(t, ((struct grant *)grants.at)->id, &f->actor);
}

static void hire(struct city *city)
{
    struct task *t = &city->home;

    for (int i = 0; i < OFFICERS; i++) {
        struct finding_officer f = {.login = logins[i]};
        int64_t id;

        if (store_read(t, find_officer, &f))
            bench_die(logins[i], t);
        city->officers[i] = f.actor;
        if (access_create_token(t, &city->officers[i], f.staff, S("bench"), f.actor.grant, 2, &id,
                                &city->tokens[i]))
            bench_die("token", t);
    }
}

static void begin(struct city *city, const char *data)
{
    task_begin(&city->home, NULL, time_now(), (size_t)4 * TASK_BUDGET);
    city->app.data = str_terminated(&city->home, str_of(data));
    setenv("YIMEN_LOG_LEVEL", "error", 0);
    log_set_level(LEVEL_ERROR);
}

static void ready(struct city *city)
{
    log_set_level(LEVEL_ERROR);
    city->app.conf.access_log = false;
    hire(city);
    app_wire();
    city->site = app_site(&city->app, &city->why);
    if (!city->site)
        bench_die(city->why ? city->why : "no site", NULL);
}

void city_make(struct city *city, const char *parent)
{
    const char *tmp = getenv("TMPDIR");
    char *data;

    *city = (struct city){0};
    if (!parent)
        parent = tmp ? tmp : "/tmp";
    if (asprintf(&city->folder, "%s/yimen-bench-XXXXXX", parent) < 0 || !mkdtemp(city->folder) ||
        asprintf(&data, "%s/data", city->folder) < 0)
        bench_die(parent, NULL);
    begin(city, data);
    free(data);
    if (install_folder(&city->home, &city->app))
        bench_die("install_folder", &city->home);
    install(city);
    ready(city);
}

void city_open(struct city *city, const char *data)
{
    *city = (struct city){0};
    begin(city, data);
    if (app_open(&city->home, &city->app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT))
        bench_die("app_open", &city->home);
    city->tenant = city->home.tenant;
    ready(city);
}

void city_close(struct city *city)
{
    if (city->site)
        site_free(city->site);
    city->site = NULL;
    app_close(&city->app);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

void city_remove(struct city *city)
{
    city_close(city);
    task_end(&city->home);
    if (city->folder)
        nftw(city->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(city->folder);
    free(city->why);
}

/* --- Jobs --- */

static void run_jobs(struct city *city, int64_t later)
{
    struct task t;

    city_task(city, &t);
    t.now += later;
    if (office_run_all(&t, app_jobs(), &city->app.setup))
        bench_die("jobs", &t);
    task_end(&t);
}

void city_settle(struct city *city)
{
    int64_t done = 1, seals = 1, papers = 1;

    for (int round = 0; round < 3; round++)
        run_jobs(city, 0);
    while (done || seals || papers) {
        struct task t;

        city_task(city, &t);
        if (order_timers(&t, 1000, &done) || order_keep_papers(&t, 1000, &papers) ||
            orders_number_events(&t) || orders_seal(&t, &seals))
            bench_die("timers, papers, seals", &t);
        task_end(&t);
    }
}

void city_later(struct city *city, int days)
{
    run_jobs(city, (int64_t)days * DAY_MS);
}

/* --- Threads ---------------------------------------------------------------------------------- */

struct crew {
    struct city *city;
    atomic_int_least64_t next;
    int64_t first, n, *made;
    const int64_t *orders;
    const struct city_act *last; /* instead of the last of city_acts */
};

static void run_crew(struct crew *crew, void *(*work)(void *))
{
    pthread_t threads[CONNECTIONS];

    for (int i = 0; i < CONNECTIONS; i++)
        if (pthread_create(&threads[i], NULL, work, crew))
            bench_die("pthread_create", NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        pthread_join(threads[i], NULL);
}

/* --- Orders ----------------------------------------------------------------------------------- */

/* An id number of the invented division 990101 with a right check digit. */
static void id_number(int64_t n, char out[19])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int day = day_from_civil(1950, 1, 1) + (int)(n / 1000 % 18000), year, month, in_month, sum = 0;
    char digits[80];

    day_to_civil(day, &year, &month, &in_month);
    snprintf(digits, sizeof digits, "990101%04d%02d%02d%03d", year, month, in_month,
             (int)(n % 1000));
    memcpy(out, digits, 17);
    for (int i = 0; i < 17; i++)
        sum += (out[i] - '0') * weights[i];
    out[17] = "10X98765432"[sum % 11];
    out[18] = '\0';
}

int city_intake(int64_t n, char *out, size_t room)
{
    static const char *const subjects[] = {"公司拖欠工资", "包工头不付工钱", "工地欠薪三个月",
                                           "离职后工资未结清"};
    char number[19];

    id_number(n, number);
    return snprintf(
        out, room,
        "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"%s\","
        "\"content\":\"在工地干了三个月，包工头一直不发工资，打电话也不接，想请律师帮着要。\","
        "\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\","
        "\"name\":\"王小满\",\"paper\":\"id-card\",\"paper_number\":\"%s\","
        "\"phone\":\"139%08lld\",\"address\":\"岚江市双塔街道枣园社区\"}}],"
        "\"materials\":[{\"code\":\"identity-later\",\"state\":\"in\"},"
        "{\"code\":\"aid-application\",\"state\":\"in\"},"
        "{\"code\":\"labour-proof\",\"state\":\"in\"},"
        "{\"code\":\"wage-proof\",\"state\":\"in\"},"
        "{\"code\":\"authority\",\"state\":\"in\"}],"
        "\"fields\":{\"kind\":\"labour\",\"source\":\"self\",\"hardship\":\"exempt\"}}",
        subjects[n % 4], number, (long long)n % 100000000);
}

int64_t city_order(struct city *city, int64_t n, int64_t moment)
{
    struct act_done done = {0};
    struct intake intake = {0};
    char text[2048];
    struct json *input;
    struct task t;

    (void)city_intake(n, text, sizeof text);
    city_task(city, &t);
    t.now = moment;
    if (json_parse(&t, str_of(text), &input))
        bench_die("intake", &t);
    intake.input = input;
    if (order_create(&t, &city->officers[n % OFFICERS], &intake, &done))
        bench_die("order_create", &t);
    task_end(&t);
    return done.order;
}

static void *register_many(void *arg)
{
    struct crew *crew = arg;
    int64_t i;

    while ((i = atomic_fetch_add(&crew->next, 1)) < crew->n)
        crew->made[i] = city_order(crew->city, crew->first + i, time_now());
    return NULL;
}

int64_t *city_orders(struct city *city, int64_t first, int64_t n)
{
    struct crew crew = {
        .city = city, .first = first, .n = n, .made = NEW(&city->home, int64_t, (size_t)n)};

    run_crew(&crew, register_many);
    return crew.made;
}

/* --- Acts ------------------------------------------------------------------------------------- */

static void act_once(struct city *city, int64_t order, int64_t officer, int which,
                     const struct city_act *what)
{
    struct act act = {.order = order, .action = str_of(what->action)};
    struct act_done done;
    struct json *input;
    struct task t;

    city_task(city, &t);
    if (json_parse(&t, str_of(what->input), &input))
        bench_die(what->action, &t);
    act.input = input;
    act.key = str_format(&t, "%lld-%d", (long long)order, which);
    if (order_act(&t, &city->officers[officer], &act, &done))
        bench_die(what->action, &t);
    task_end(&t);
}

static void *act_many(void *arg)
{
    struct crew *crew = arg;
    int64_t i;

    while ((i = atomic_fetch_add(&crew->next, 1)) < crew->n)
        for (int which = 0; which < ACTS; which++)
            act_once(crew->city, crew->orders[i], i % OFFICERS, which,
                     crew->last && which == ACTS - 1 ? crew->last : &city_acts[which]);
    return NULL;
}

double city_act_all(struct city *city, const int64_t *orders, int64_t n)
{
    struct crew crew = {.city = city, .n = n, .orders = orders};
    int64_t begun = time_monotonic_ns();

    run_crew(&crew, act_many);
    return (double)(n * ACTS) * 1e9 / (double)(time_monotonic_ns() - begun);
}

void city_close_all(struct city *city, const int64_t *orders, int64_t n)
{
    struct crew crew = {.city = city, .n = n, .orders = orders, .last = &city_denial};

    run_crew(&crew, act_many);
}
