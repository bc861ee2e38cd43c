#include "keys_private.h"

#include "keys_sql.h"
#include "store/store.h"

enum { CHUNK = 200 };

/* One chunk of tenant keys from the old installation key to the one in force.
 * arg: how many were found. */
static enum err wrap_tenant_keys(struct task *t, void *arg)
{
    int64_t *found = arg;
    struct rows *rows;
    struct str name;
    struct key by, key, old;

    if (!installation_key_in_force(t, &name, &by))
        return task_fail(t, ERR_INTERNAL, "密钥文件没有打开");
    enum err e = store_run(t, &q_keys_wrapped_by_others,
                           ARGS(TEXT("wrapped_by", name), INT("limit_rows", CHUNK)), &rows);
    *found = 0;
    while (!e && rows_next(rows)) {
        struct str purpose = row_str(rows, "purpose");
        int64_t tenant = row_int(rows, "tenant"), version = row_int(rows, "version");
        struct str place = tenant_key_place(t, tenant, purpose, version);

        if (!installation_key(t, row_str(rows, "wrapped_by"), &old))
            return task_fail(t, ERR_INTERNAL, "密钥文件与数据不符：需要密钥 %.*s",
                             STR_ARG(row_str(rows, "wrapped_by")));
        e = key_unwrap(t, &old, place, row_str(rows, "wrapped"), &key);
        if (e)
            break;
        e = store_run(t, &q_keys_wrap_again,
                      ARGS(INT("tenant", tenant), TEXT("purpose", purpose), INT("version", version),
                           TEXT("wrapped_by", name),
                           BYTES("wrapped", key_wrap(t, &by, place, &key))),
                      NULL);
        ++*found;
    }
    key_clear(&by);
    key_clear(&key);
    key_clear(&old);
    return e;
}

enum err keys_rotate_installation(struct task *t)
{
    int64_t found;
    enum err e = installation_key_add(t);

    if (e)
        return e;
    do {
        e = store_write(t, wrap_tenant_keys, &found);
        if (e)
            return e;
    } while (found);
    return installation_key_drop_old(t);
}

struct rotation {
    int64_t version;
    struct str holder; /* being wrapped; empty: the first */
    int64_t last_row;
    const struct key_holder *now;
    int64_t seen;
};

static const struct field rotation_fields[] = {
    FIELD(struct rotation, version, F_INT, NULL),
    FIELD(struct rotation, holder, F_STR, NULL),
    FIELD(struct rotation, last_row, F_INT, NULL),
    {0},
};
static const struct shape rotation_shape = {"rotation", sizeof(struct rotation), rotation_fields};

/* Take up the rotation that was interrupted, or begin one with a new key. */
static enum err begin(struct task *t, void *arg)
{
    struct rotation *rotation = arg;
    enum err e =
        store_one(t, &q_keys_rotation, ARGS(INT("tenant", t->tenant)), &rotation_shape, rotation);

    if (e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    *rotation = (struct rotation){0};
    e = data_key_version(t, &rotation->version);
    if (e)
        return e;
    rotation->version++;
    e = data_key_add(t, "data", rotation->version);
    if (e)
        return e;
    return store_run(
        t, &q_keys_rotation_begin,
        ARGS(INT("tenant", t->tenant), INT("version", rotation->version), INT("now", t->now)),
        NULL);
}

static enum err wrap_chunk(struct task *t, void *arg)
{
    struct rotation *rotation = arg;
    int64_t last = rotation->last_row, seen = 0;
    enum err e = rotation->now->rewrap(t, rotation->last_row, CHUNK, &last, &seen);

    if (e)
        return e;
    e = store_run(t, &q_keys_rotation_reached,
                  ARGS(INT("tenant", t->tenant), TEXT("holder", str_of(rotation->now->name)),
                       INT("last_row", last)),
                  NULL);
    if (e)
        return e;
    rotation->last_row = last;
    rotation->seen = seen;
    return OK;
}

static enum err finish(struct task *t, void *arg)
{
    struct rotation *rotation = arg;
    enum err e = store_run(
        t, &q_keys_retire,
        ARGS(INT("tenant", t->tenant), INT("version", rotation->version), INT("now", t->now)),
        NULL);

    return e ? e : store_run(t, &q_keys_rotation_end, ARGS(INT("tenant", t->tenant)), NULL);
}

enum err keys_rotate_tenant(struct task *t, const struct key_holder *const *holders,
                            void (*progress)(const char *holder, int64_t done))
{
    struct rotation rotation;
    enum err e = store_write(t, begin, &rotation);

    if (e)
        return e;
    if (rotation.holder.len) {
        while (*holders && !str_is(rotation.holder, (*holders)->name))
            holders++;
        if (!*holders)
            return task_fail(t, ERR_INTERNAL, "中断的密钥更换属于未知的部分：%.*s",
                             STR_ARG(rotation.holder));
    }
    for (; *holders; holders++) {
        int64_t done = 0;

        rotation.now = *holders;
        do {
            /* A city has millions of rows: each chunk gives its memory back. */
            struct task_mark mark = task_mark(t);

            e = store_write(t, wrap_chunk, &rotation);
            if (e)
                return e;
            task_reset(t, mark);
            done += rotation.seen;
            if (progress)
                progress((*holders)->name, done);
        } while (rotation.seen);
        rotation.last_row = 0;
    }
    return store_write(t, finish, &rotation);
}

static enum err forget(struct task *t, void *arg)
{
    return store_run(t, &q_keys_forget,
                     ARGS(INT("tenant", t->tenant), INT("before", *(int64_t *)arg)), NULL);
}

enum err keys_forget_retired(struct task *t, int64_t before)
{
    return store_write(t, forget, &before);
}
