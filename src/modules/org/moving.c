#include "modules/org/moving.h"

#include "keys_private.h"
#include "keys_sql.h"
#include "moving_sql.h"
#include "store/store.h"

static const struct field moving_fields[] = {
    FIELD(struct moving, code, F_STR, NULL),
    FIELD(struct moving, archive, F_STR, NULL),
    FIELD(struct moving, table_name, F_STR, NULL),
    FIELD(struct moving, rows_done, F_INT, NULL),
    {0},
};
static const struct shape moving_shape = {"moving", sizeof(struct moving), moving_fields};

enum err moving_find(struct task *t, struct moving *ret_moving)
{
    return store_one(t, &q_moving_find, ARGS(INT("tenant", t->tenant)), &moving_shape, ret_moving);
}

enum err moving_of_code(struct task *t, struct str code, int64_t *ret_tenant)
{
    return store_number(t, &q_moving_of_code, ARGS(TEXT("code", code)), ret_tenant);
}

enum err moving_check_free(struct task *t, struct str code, struct str host)
{
    struct rows *rows;
    enum err e = store_run(
        t, &q_moving_clash,
        ARGS(INT("tenant", t->tenant), TEXT("code", code), TEXT_OR_NULL("host", host)), &rows);

    if (e || !rows_next(rows))
        return e;
    if (row_int(rows, "tenant") == t->tenant)
        return task_fail(t, ERR_CONFLICT, "这里已有这个平台（%.*s），不能再导入一次",
                         STR_ARG(row_str(rows, "code")));
    if (str_eq(row_str(rows, "code"), code))
        return task_fail(t, ERR_CONFLICT, "这里另有一个平台也用代码 %.*s", STR_ARG(code));
    return task_fail(t, ERR_CONFLICT, "这里另有一个平台（%.*s）也用网址 %.*s",
                     STR_ARG(row_str(rows, "code")), STR_ARG(host));
}

enum err moving_begin(struct task *t, struct str code, struct str archive)
{
    return store_run(t, &q_moving_begin,
                     ARGS(INT("tenant", t->tenant), TEXT("code", code), TEXT("archive", archive),
                          INT("now", t->now)),
                     NULL);
}

enum err moving_reached(struct task *t, const char *table, struct str archive, int64_t rows_before,
                        int64_t rows_done)
{
    enum err e = store_run(t, &q_moving_reached,
                           ARGS(INT("tenant", t->tenant), TEXT("table_name", str_of(table)),
                                INT("rows_done", rows_done), TEXT("archive", archive),
                                INT("rows_before", rows_before)),
                           NULL);

    if (e || store_changed(t) == 1)
        return e;
    return task_fail(t, ERR_CONFLICT, "另有人同时在导入或清除这个平台；请看清楚后再导入");
}

enum err moving_spoil(struct task *t)
{
    return store_run(t, &q_moving_spoil, ARGS(INT("tenant", t->tenant)), NULL);
}

enum err moving_end(struct task *t)
{
    return store_run(t, &q_moving_end, ARGS(INT("tenant", t->tenant)), NULL);
}

enum err moving_key_names(struct task *t, struct list *ret_names)
{
    struct list names = {0};
    struct rows *rows;
    enum err e = store_run(t, &q_moving_keys, ARGS(INT("tenant", t->tenant)), &rows);

    while (!e && rows_next(rows)) {
        struct str name = row_str(rows, "wrapped_by");
        bool known = false;

        LIST_EACH (struct str, one, names) {
            known = known || str_eq(*one, name);
        }
        if (!known)
            *(struct str *)list_add(t, &names, sizeof name) = name;
    }
    if (!e)
        *ret_names = names;
    return e;
}

enum err moving_check_key(struct task *t, struct str name, const char *key_file)
{
    struct key key;
    enum err e;

    if (keys_knows(name))
        return OK;
    e = key_file ? installation_key_of_file(t, key_file, name, &key) : ERR_NOT_FOUND;
    if (!e)
        key_clear(&key);
    if (e != ERR_NOT_FOUND || t->note.len)
        return e;
    if (key_file)
        return task_fail(t, ERR_FORBIDDEN, "%s 里没有密钥 %.*s", key_file, STR_ARG(name));
    return task_fail(t, ERR_FORBIDDEN,
                     "这个平台的密钥由别处的密钥 %.*s 包裹；请用 --key 文件 指明那里的密钥文件",
                     STR_ARG(name));
}

/* One key of the city, from the other installation's key to ours. */
static enum err adopt(struct task *t, struct rows *rows, const char *key_file)
{
    struct str purpose = row_str(rows, "purpose"), name;
    int64_t version = row_int(rows, "version");
    struct str place = tenant_key_place(t, t->tenant, purpose, version);
    struct key by, old, key;
    enum err e = installation_key_of_file(t, key_file, row_str(rows, "wrapped_by"), &old);

    if (e)
        return e;
    e = key_unwrap(t, &old, place, row_str(rows, "wrapped"), &key);
    key_clear(&old);
    if (e)
        return e;
    if (installation_key_in_force(t, &name, &by))
        e = store_run(t, &q_keys_wrap_again,
                      ARGS(INT("tenant", t->tenant), TEXT("purpose", purpose),
                           INT("version", version), TEXT("wrapped_by", name),
                           BYTES("wrapped", key_wrap(t, &by, place, &key))),
                      NULL);
    else
        e = task_fail(t, ERR_INTERNAL, "密钥文件没有打开");
    key_clear(&by);
    key_clear(&key);
    return e;
}

enum err moving_adopt_keys(struct task *t, const char *key_file)
{
    struct rows *rows;
    enum err e = store_run(t, &q_moving_keys, ARGS(INT("tenant", t->tenant)), &rows);

    while (!e && rows_next(rows)) {
        struct key known;

        if (installation_key(t, row_str(rows, "wrapped_by"), &known))
            key_clear(&known);
        else if (key_file)
            e = adopt(t, rows, key_file);
        else
            e = moving_check_key(t, row_str(rows, "wrapped_by"), NULL);
    }
    return e;
}
