#include "store_sql.h"
#include "store/store_private.h"

struct step {
    const struct migration *migration;
    struct str hash;
    bool read_only;
};

static enum err run_script(struct task *t, struct str what, const char *sql)
{
    t->txn->wrote = true;
    if (!t->store->url)
        changes_forget(&t->store->writer.changes);
    return connection_script(t, t->txn->connection, what, sql);
}

static enum err make_table(struct task *t, void *arg)
{
    (void)arg;
    return run_script(t, S("store"), store_migrations[0].sql);
}

static enum err apply(struct task *t, const struct step *step)
{
    const struct migration *m = step->migration;
    struct str what = str_format(t, "%s %04d_%s", m->module, m->number, m->name);
    enum err e = run_script(t, what, m->sql);

    if (e)
        return e;
    return store_run(t, &q_store_migration_add,
                     ARGS(TEXT("module", str_of(m->module)), INT("number", m->number),
                          TEXT("name", str_of(m->name)), TEXT("hash", step->hash),
                          INT("applied_at", t->now)),
                     NULL);
}

static enum err take_step(struct task *t, void *arg)
{
    const struct step *step = arg;
    const struct migration *m = step->migration;
    struct rows *rows;
    enum err e =
        store_run(t, &q_store_migration_hash,
                  ARGS(TEXT("module", str_of(m->module)), INT("number", m->number)), &rows);

    if (e)
        return e;
    if (rows_next(rows)) {
        if (str_eq(row_str(rows, "hash"), step->hash))
            return OK;
        return task_fail(t, ERR_STORE,
                         "升级文件 %s/%04d_%s 与数据库当时用的不同，程序不能启动；请用原来的版本。",
                         m->module, m->number, m->name);
    }
    if (step->read_only)
        return task_fail(t, ERR_STORE, "数据库是较旧的版本写的；请先用这个版本启动一次服务。");
    return apply(t, step);
}

/* A database that a newer program has written is left alone. */
static enum err refuse_newer(struct task *t, void *arg)
{
    const struct migration *last = arg;
    int64_t number;
    enum err e = store_number(t, &q_store_migration_last,
                              ARGS(TEXT("module", str_of(last->module))), &number);

    if (!e && number > last->number)
        return task_fail(t, ERR_STORE,
                         "数据库是较新的版本写的（%s %04d），这个版本不能打开；请升级程序。",
                         last->module, (int)number);
    return e;
}

/* A writer takes part in the same transaction as the check, so two programs starting at once agree.
 */
static enum err run_step(struct task *t, store_fn *fn, void *arg)
{
    return t->store->read_only ? store_read(t, fn, arg) : store_write(t, fn, arg);
}

enum err store_migrate(struct task *t, const struct migration *migrations, size_t n)
{
    enum err e = OK;

    if (!t->store->read_only)
        e = store_write(t, make_table, NULL);
    for (size_t i = 0; !e && i < n && migrations[i].module; i++) {
        const struct migration *m = &migrations[i];
        struct step step = {.migration = m,
                            .hash = store_hash(t, str_of(m->sql)),
                            .read_only = t->store->read_only};
        bool last = i + 1 == n || !migrations[i + 1].module ||
                    !str_is(str_of(m->module), migrations[i + 1].module);

        e = run_step(t, take_step, &step);
        /* The rows of a module stand together, the last one last. */
        if (!e && last)
            e = run_step(t, refuse_newer, &(struct migration){m->module, m->number, NULL, NULL});
    }
    return e;
}
