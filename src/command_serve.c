/*
 * command_serve.c - `yimen serve`: the site on a socket, the jobs beside it, until told to stop.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "core/time.h"
#include "http/server.h"
#include "modules/access/access.h"
#include "modules/calendar/calendar.h"
#include "modules/desk/desk.h"
#include "modules/notices/notices.h"
#include "modules/orders/orders.h"
#include "modules/shell/shell.h"
#include "view/asset.h"

static enum err read_one(struct task *t, void *arg)
{
    struct list ids;

    (void)arg;
    return app_tenants(t, &ids);
}

static enum err ready(struct task *t)
{
    return store_read(t, read_one, NULL);
}

struct site *app_site(struct app *app, char **ret_why)
{
    struct site_options options = {
        .title = "yimen",
        .version = YIMEN_VERSION,
        .routes = app_routes(),
        .shell = &shell_shape,
        .hooks =
            {
                .authenticate = access_authenticate,
                .prove = access_prove,
                .admit = access_admit,
                .csrf = access_csrf,
                .shell = shell_make,
                .sign_in = access_sign_in_address,
                .ready = ready,
            },
        .assets = assets,
        .setup = &app->setup,
        .trusted_proxies = app->conf.trusted_proxies.at,
        .secret_burst = (int)app->conf.secret_per_minute,
        .secret_per_minute = (int)app->conf.secret_per_minute,
        .secure_cookies = app->conf.secure_cookies,
        .quiet = !app->conf.access_log,
    };

    return site_make(&options, ret_why);
}

/* Whose rows name files. */
static void ask_for_blobs(void)
{
    static blob_names_fn *holders[64];
    size_t n = 0;

    for (size_t i = 0; modules[i]; i++)
        if (modules[i]->blobs && n < 63)
            holders[n++] = modules[i]->blobs;
    holders[n] = NULL;
    sweep_ask(holders);
}

void app_wire(void)
{
    access_watch_org();
    orders_watch_staff();
    calendar_follow(orders_follow_calendar);
    ask_for_blobs();
}

const struct job *app_jobs(void)
{
    static struct job jobs[64];
    size_t n = 0;

    for (size_t i = 0; modules[i]; i++)
        for (const struct job *job = modules[i]->jobs; job && job->name && n < 63; job++)
            jobs[n++] = *job;
    for (const struct job *job = office_jobs; job->name && n < 63; job++)
        jobs[n++] = *job;
    jobs[n] = (struct job){0};
    return jobs;
}

/* Signals are waited for by the main thread; all others have them blocked. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int run_until_signal(struct app *app, struct site *site, const sigset_t *signals)
{
    struct server_options options = {
        .site = site,
        .store = app->store,
        .address = app->conf.listen.at,
        .port = (int)app->conf.port,
        .pollers = (int)app->conf.pollers,
        .workers = (int)app->conf.workers,
        .upload_workers = (int)app->conf.upload_workers,
        .queue = (int)app->conf.queue,
        .connections = (int)app->conf.connections,
        .body_memory = (size_t)app->conf.body_memory_mib * 1024 * 1024,
        .guest_connections = (int)app->conf.address_connections,
        .guest_requests = (int)app->conf.address_requests,
        .guest_memory = (size_t)app->conf.address_memory_mib * 1024 * 1024,
    };
    struct office_options jobs = {.store = app->store,
                                  .jobs = app_jobs(),
                                  .setup = &app->setup,
                                  .tenants = app_tenants,
                                  .lease_ms = app->conf.lease_seconds * 1000};
    char *why = NULL;

    task_memory_most((size_t)app->conf.work_memory_mib * 1024 * 1024);
    struct server *server = server_start(&options, &why);
    int signal_number = 0;

    if (!server) {
        fprintf(stderr, "yimen: %s\n", why ? why : "the server does not start");
        free(why);
        return 1;
    }
    struct office *office = office_start(&jobs);
    fprintf(stderr, "yimen: http://%s:%d\n", app->conf.listen.at, server_port(server));
    log_write(LEVEL_INFO, "serve.started", LOG_PAIRS(LOG_INT("port", server_port(server))));
    sigwait(signals, &signal_number);
    log_write(LEVEL_INFO, "serve.stopping", LOG_PAIRS(LOG_INT("signal", signal_number)));
    bool finished = server_stop(server, (int)app->conf.stop_seconds);
    office_stop(office);
    if (!finished)
        _exit(1); /* workers still use what would be freed */
    return 0;
}

int command_serve(struct task *t, struct app *app, int argc, char **argv)
{
    char *why = NULL;
    sigset_t signals;

    block_signals(&signals);
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);
    if (e)
        return app_report(t, e);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--port") && i + 1 < argc) {
            app->conf.port = atoi(argv[++i]);
        } else if (!strcmp(argv[i], "--listen") && i + 1 < argc) {
            app->conf.listen = str_of(argv[++i]);
        } else {
            fprintf(stderr, "yimen serve: %s?\n", argv[i]);
            return 2;
        }
    }
    app_wire();
    presence_hear(app->store);
    paper_use_child(true);
    struct site *site = app_site(app, &why);
    if (!site) {
        fprintf(stderr, "yimen: %s\n", why ? why : "the site cannot be made");
        free(why);
        return 1;
    }
    int code = run_until_signal(app, site, &signals);
    site_free(site);
    return code;
}
