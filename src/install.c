/*
 * install.c - a profile becomes rows: one transaction for all of it.
 */
#include "install_private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "store/store.h"

struct making {
    const struct profile *profile;
    struct list people;    /* struct profile_person, with the administrator */
    struct str *hashes;    /* of the people's passwords */
    struct list *sign_ins; /* struct sign_in, made before the transaction */
    struct list faults;
    bool must_change;
    int64_t tenant;
};

static struct actor installer(struct task *t)
{
    struct actor actor = system_actor;

    actor.tenant = t->tenant;
    return actor;
}

static enum err make_units(struct task *t, const struct profile *profile, int64_t **ret_ids)
{
    int64_t *ids = NEW(t, int64_t, profile->units.count + 1);
    size_t i = 0;

    LIST_EACH (struct profile_unit, unit, profile->units) {
        struct unit row = unit->unit;

        row.parent = unit->parent < 0 ? 0 : ids[unit->parent];
        enum err e = org_create_unit(t, &row, &ids[i++]);
        if (e)
            return e;
    }
    LIST_EACH (struct profile_window, window, profile->windows) {
        struct window row = window->window;
        int64_t id;

        row.unit = ids[window->unit];
        enum err e = org_create_window(t, &row, &id);
        if (e)
            return e;
    }
    *ret_ids = ids;
    return OK;
}

static enum err make_person(struct task *t, const struct making *making, size_t i,
                            const int64_t *units)
{
    const struct profile_person *person = (struct profile_person *)making->people.at + i;
    struct sign_in *sign_in = (struct sign_in *)making->sign_ins->at + i;
    struct staff_new account = {person->login, person->name, making->hashes[i],
                                making->must_change};
    struct actor actor = installer(t);
    int64_t id, grant_id;
    enum err e = staff_create(t, &actor, &account, &id);

    LIST_EACH (struct profile_post, post, person->posts) {
        struct grant grant = {.staff = id,
                              .post = post->post,
                              .unit = units[post->unit],
                              .from_day = DAY_NONE,
                              .to_day = DAY_NONE};
        if (e)
            return e;
        e = staff_grant(t, &actor, &grant, &grant_id);
    }
    if (!e && person->has_facts)
        e = staff_set_facts(t, &actor, id, &person->facts);
    sign_in->staff = id;
    return e;
}

/* Procedures and matters come from the program itself, so that a tenant is complete or not there.
 */
static enum err make_all(struct task *t, void *arg)
{
    struct making *making = arg;
    int64_t before = t->tenant, version, *units;
    enum err e = org_create_tenant(t, &making->profile->tenant, &making->tenant);

    if (!e)
        e = make_units(t, making->profile, &units);
    for (size_t i = 0; !e && i < making->people.count; i++)
        e = make_person(t, making, i, units);
    if (!e && making->profile->has_factor_rule) {
        struct actor actor = installer(t);

        e = access_set_factor_rule(t, &actor, making->profile->factor_rule);
    }
    if (!e) {
        struct actor actor = installer(t);

        e = calendar_load(t, &actor, CALENDAR_NATIONAL, calendar_shipped(), S("随程序发布"),
                          &version);
    }
    if (!e)
        e = catalog_load_shipped(t, &making->faults);
    if (e)
        t->tenant = before;
    return e;
}

/* --- Before the transaction ------------------------------------------------------------------- */

/* The three administrators are three accounts, though one person may keep all three passwords until
 * the others are there: nobody holds two of these posts (posts_apart()). */
static void add_admins(struct task *t, struct making *making, struct str login)
{
    static const struct {
        const char *post, *ending, *name;
    } admins[] = {
        {"sysadmin", "", "系统管理员"},
        {"secadmin", "-security", "安全管理员"},
        {"auditor", "-audit", "审计管理员"},
    };

    for (size_t i = 0; i < sizeof admins / sizeof *admins; i++) {
        struct profile_person admin = {
            .login = str_format(t, "%.*s%s", STR_ARG(login), admins[i].ending),
            .name = str_of(admins[i].name)};

        *(struct profile_post *)list_add(t, &admin.posts, sizeof(struct profile_post)) =
            (struct profile_post){str_of(admins[i].post), 0};
        *(struct profile_person *)list_add(t, &making->people, sizeof admin) = admin;
    }
}

static struct str posts_text(struct task *t, const struct profile *profile, struct list held)
{
    struct buf b = buf_new(t, 4096);

    LIST_EACH (struct profile_post, post, held) {
        const struct profile_unit *unit = (struct profile_unit *)profile->units.at + post->unit;
        struct str where = unit->unit.short_name.len ? unit->unit.short_name : unit->unit.name;

        buf_format(&b, "%s%s（%.*s）", b.len ? "、" : "", post_find(post->post)->title,
                   STR_ARG(where));
    }
    return buf_str(&b);
}

/* Hashing takes its time by design: outside the transaction, once for a common password, else for
 * several people at a time. */
enum { HASHERS_MOST = 4 };

struct hashing {
    const struct sign_in *sign_ins;
    struct str *hashes;
    size_t count;
    _Atomic size_t next;
};

struct hasher {
    struct hashing *all;
    struct task t; /* the hashes are in its memory */
    enum err err;
};

static enum err hash_some(struct task *t, void *arg)
{
    struct hashing *all = arg;
    enum err e = OK;

    for (size_t i; !e && (i = all->next++) < all->count;)
        e = password_hash(t, all->sign_ins[i].password, &all->hashes[i]);
    return e;
}

static void *hash_beside(void *arg)
{
    struct hasher *hasher = arg;

    hasher->err = task_protect(&hasher->t, hash_some, hasher->all);
    return NULL;
}

static enum err hash_all(struct task *t, struct hashing *all)
{
    struct hasher hashers[HASHERS_MOST];
    pthread_t threads[HASHERS_MOST];
    bool beside[HASHERS_MOST];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores < HASHERS_MOST ? (size_t)cores : HASHERS_MOST;
    enum err e = OK;

    for (size_t i = 0; i < n; i++) {
        hashers[i].all = all;
        task_begin(&hashers[i].t, t->store, t->now, TASK_BUDGET);
        beside[i] = !pthread_create(&threads[i], NULL, hash_beside, &hashers[i]);
        if (!beside[i])
            hash_beside(&hashers[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (beside[i])
            pthread_join(threads[i], NULL);
    for (size_t i = 0; i < all->count; i++)
        all->hashes[i] = str_copy(t, all->hashes[i]);
    for (size_t i = 0; i < n; i++) {
        if (!e && hashers[i].err)
            e = task_fail(t, hashers[i].err, "%.*s", STR_ARG(hashers[i].t.note));
        task_end(&hashers[i].t);
    }
    return e;
}

static enum err prepare_people(struct task *t, const struct install_options *options,
                               struct making *making)
{
    struct str common = options->password;

    LIST_EACH (struct profile_person, person, options->profile->people)
        *(struct profile_person *)list_add(t, &making->people, sizeof *person) = *person;
    if (options->admin.len)
        add_admins(t, making, options->admin);
    making->hashes = NEW(t, struct str, making->people.count + 1);
    making->must_change = !common.len;
    const char *fault = common.len ? password_fault(t, common, S(""), S("")) : NULL;
    if (fault)
        return task_fail(t, ERR_BAD_INPUT, "%s", fault);
    LIST_EACH (struct profile_person, person, making->people) {
        *(struct sign_in *)list_add(t, making->sign_ins, sizeof(struct sign_in)) = (struct sign_in){
            .login = person->login,
            .password = common.len ? common : password_random(t),
            .name = person->name,
            .posts = posts_text(t, options->profile, person->posts),
        };
    }
    struct hashing all = {making->sign_ins->at, making->hashes, making->people.count, 0};
    if (common.len && all.count)
        all.count = 1;
    enum err e = hash_all(t, &all);
    for (size_t i = 1; common.len && i < making->people.count; i++)
        making->hashes[i] = making->hashes[0];
    return e;
}

static enum err code_is_free(struct task *t, void *arg)
{
    const struct profile *profile = arg;
    struct tenant tenant;
    enum err e = org_tenant_by_code(t, profile->tenant.code, &tenant);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    return e ? e
             : task_fail(t, ERR_CONFLICT, "平台 %.*s（%.*s）已经有了，没有改动",
                         STR_ARG(tenant.code), STR_ARG(tenant.name));
}

enum err install_tenant(struct task *t, const struct install_options *options,
                        struct list *ret_sign_ins, struct list *ret_faults)
{
    struct profile *profile = NEW(t, struct profile, 1);
    struct list sign_ins = {0};
    struct making making = {.profile = profile, .sign_ins = &sign_ins};

    *profile = *options->profile;
    enum err e = store_read(t, code_is_free, profile);
    if (!e)
        e = prepare_people(t, options, &making);
    if (!e)
        e = store_write(t, make_all, &making);
    *ret_faults = making.faults;
    if (e)
        return e;
    t->tenant = making.tenant;
    *ret_sign_ins = sign_ins;
    return OK;
}
