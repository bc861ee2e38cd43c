/* simulate.c - make the city or find it, and go on to the end. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "install.h"
#include "modules/orders/feed.h"
#include "simulate/simulate_private.h"
#include "store/store.h"

extern const struct str demo_scan_png; /* generated */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static const char *beside(struct task *t, const char *folder, const char *name)
{
    return str_terminated(t, str_format(t, "%s%s", folder, name));
}

/* One transaction makes the city; it is older than its first day. */
static enum err install(struct sim *sim)
{
    struct task *t = sim->t;
    struct install_options options = {.password = S("anlan-simulated")};
    struct list faults = {0}, sign_ins;
    enum err e = profile_read(t, S("simulate"), simulate_profile(t), &options.profile, &faults);

    t->now = day_start(sim->options->first_day) - DAY_MS;
    store_seed_ids(t->store, sim->options->seed);
    if (!e)
        e = install_tenant(t, &options, &sign_ins, &faults);
    print_faults(&faults);
    return e;
}

static enum err read_mark(struct task *t, void *arg)
{
    return orders_fed_last(t, arg);
}

/* What everybody hands in: one file, sealed and stored before any transaction. */
static enum err store_page(struct sim *sim)
{
    struct list files = {0};

    *(struct file_in *)list_add(sim->t, &files, sizeof(struct file_in)) =
        (struct file_in){.name = S("补充材料.png"), .content = demo_scan_png};
    enum err e = order_store_files(sim->t, files);
    if (!e)
        sim->page = *(struct file_in *)files.at;
    return e;
}

static enum err get_ready(struct sim *sim)
{
    struct task *t = sim->t;

    sim->demo = (struct demo){.t = t, .options = &sim->demo_options};
    sim->demo_options = (struct demo_options){.seed = sim->options->seed,
                                              .now = day_start(sim->options->first_day)};
    sim->demo_walker.scenario = NEW(t, struct scenario, 1);
    t->now = day_start(sim->options->first_day) - 2 * HOUR_MS;
    enum err e = store_read(t, sim_read_city, sim);
    return e ? e : store_page(sim);
}

/* In a folder beside, which gets its name when all of it is there. */
static enum err make_city(struct sim *sim)
{
    struct app *app = sim->app;
    const char *data = app->data, *part = beside(sim->t, data, ".part");

    if (rmdir(data) && errno != ENOENT)
        return task_fail(sim->t, ERR_CONFLICT, "%s 里有别的文件，模拟请用一个新的文件夹", data);
    nftw(part, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    remove(beside(sim->t, part, ".key"));
    app->data = part;
    app_wire();
    enum err e = install_folder(sim->t, app);
    if (!e)
        e = install(sim);
    if (!e)
        e = sim_state_make(sim);
    if (!e)
        e = sim_state_write(sim);
    app_close(app);
    app->data = data;
    sim->t->store = NULL;
    sim->t->tenant = 0;
    if (e)
        return e;
    if (rename(beside(sim->t, part, ".key"), beside(sim->t, data, ".key")) || rename(part, data))
        return task_fail(sim->t, ERR_STORE, "不能把 %s 改名为 %s：%s", part, data, strerror(errno));
    return OK;
}

static enum err open_city(struct sim *sim)
{
    struct task *t = sim->t;
    int64_t mark = 0;
    enum err e = app_open(t, sim->app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);

    log_set_level(LEVEL_WARN); /* jobs of a year would fill the screen */
    if (!e)
        e = get_ready(sim);
    if (!e)
        e = store_read(t, read_mark, &mark);
    if (!e)
        e = sim_state_read(sim, mark);
    if (e == ERR_NOT_FOUND)
        return task_fail(t, ERR_CONFLICT, "%s 里的数据不是模拟出来的，或者后来有人用过",
                         sim->app->data);
    if (e == ERR_CONFLICT)
        return task_fail(t, e, "%s 是用别的参数开始的；请用同样的参数，或者换一个文件夹",
                         sim->app->data);
    return e;
}

enum err simulate_run(struct task *t, struct app *app, const struct simulate_options *options,
                      struct sim **ret_sim)
{
    struct sim *sim = NEW(t, struct sim, 1);

    *sim = (struct sim){.t = t, .app = app, .options = options};
    sim->head = NEW(t, struct sim_head, 1);
    enum err e = sim_state_room(sim);
    if (!e && access(beside(t, app->data, "/yimen.db"), F_OK))
        e = make_city(sim);
    if (!e) {
        app_wire();
        e = open_city(sim);
    }
    if (!e)
        e = sim_play(sim);
    if (!e)
        *ret_sim = sim;
    return e;
}
