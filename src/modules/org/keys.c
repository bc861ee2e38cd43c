#include "keys_private.h"

#include <pthread.h>
#include <string.h>

#include "core/buf.h"
#include "keys_sql.h"
#include "modules/org/org.h"
#include "store/store.h"

/*
 * Data and lasting keys by version never change their bytes, only their wrapping, so once opened
 * they are kept: an act on an order then costs neither a query nor an unwrapping for them.  Few
 * tenants live in one process; a slot that is taken by another is simply overwritten.
 */
enum { SLOTS = 64, VERSION_BYTES = 4 };

struct slot {
    const struct store *store; /* NULL: empty */
    int64_t tenant, version;
    bool lasting;
    struct key key;
};

static struct slot slots[SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

static struct slot *slot_of(const struct task *t, bool lasting, int64_t version)
{
    uint64_t mixed = ((uint64_t)t->tenant ^ (uint64_t)version << 32 ^ (uint64_t)lasting << 63) *
                     UINT64_C(0x9E3779B97F4A7C15);

    return &slots[mixed >> 58];
}

static bool remembered(const struct task *t, bool lasting, int64_t version, struct key *ret_key)
{
    struct slot *slot = slot_of(t, lasting, version);

    pthread_mutex_lock(&slots_lock);
    bool hit = slot->store == t->store && slot->tenant == t->tenant && slot->version == version &&
               slot->lasting == lasting && slot->store;
    if (hit)
        *ret_key = slot->key;
    pthread_mutex_unlock(&slots_lock);
    return hit;
}

static void remember(const struct task *t, bool lasting, int64_t version, const struct key *key)
{
    struct slot *slot = slot_of(t, lasting, version);

    pthread_mutex_lock(&slots_lock);
    *slot = (struct slot){t->store, t->tenant, version, lasting, *key};
    pthread_mutex_unlock(&slots_lock);
}

void keys_forget_remembered(void)
{
    pthread_mutex_lock(&slots_lock);
    for (size_t i = 0; i < SLOTS; i++) {
        key_clear(&slots[i].key);
        slots[i] = (struct slot){0};
    }
    pthread_mutex_unlock(&slots_lock);
}

struct str tenant_key_place(struct task *t, int64_t tenant, struct str purpose, int64_t version)
{
    return str_format(t, "tenant/%lld/%.*s/%lld", (long long)tenant, STR_ARG(purpose),
                      (long long)version);
}

static enum err load(struct task *t, bool lasting, int64_t version, struct key *ret_key)
{
    struct str purpose = lasting ? S("lasting") : S("data");
    struct rows *rows;
    struct key by;

    if (remembered(t, lasting, version, ret_key))
        return OK;
    enum err e = store_run(
        t, &q_keys_by_version,
        ARGS(INT("tenant", t->tenant), TEXT("purpose", purpose), INT("version", version)), &rows);
    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_STORE, "找不到平台密钥（第 %lld 版）", (long long)version);
    if (!installation_key(t, row_str(rows, "wrapped_by"), &by))
        return task_fail(t, ERR_INTERNAL, "密钥文件与数据不符：需要密钥 %.*s",
                         STR_ARG(row_str(rows, "wrapped_by")));
    e = key_unwrap(t, &by, tenant_key_place(t, t->tenant, purpose, version),
                   row_str(rows, "wrapped"), ret_key);
    key_clear(&by);
    if (e)
        return e;
    remember(t, lasting, version, ret_key);
    return OK;
}

enum err data_key_version(struct task *t, int64_t *ret_version)
{
    int64_t version;
    enum err e = store_number(t, &q_keys_current_version,
                              ARGS(INT("tenant", t->tenant), TEXT("purpose", S("data"))), &version);
    if (e)
        return e;
    if (!version)
        return task_fail(t, ERR_STORE, "这个平台没有密钥");
    *ret_version = version;
    return OK;
}

enum err org_tenant_key(struct task *t, struct key *ret_key)
{
    int64_t version;
    enum err e = data_key_version(t, &version);

    return e ? e : load(t, false, version, ret_key);
}

enum err lasting_key(struct task *t, const char *purpose, struct key *ret_key)
{
    struct key key;
    enum err e = load(t, true, 1, &key);

    if (e)
        return e;
    *ret_key = key_derive(&key, purpose);
    key_clear(&key);
    return OK;
}

enum err data_key_add(struct task *t, const char *purpose, int64_t version)
{
    struct str name;
    struct key by, key = key_random();

    if (!installation_key_in_force(t, &name, &by))
        return task_fail(t, ERR_INTERNAL, "密钥文件没有打开");
    struct str place = tenant_key_place(t, t->tenant, str_of(purpose), version);
    struct str wrapped = key_wrap(t, &by, place, &key);
    key_clear(&by);
    key_clear(&key);
    return store_run(t, &q_keys_add,
                     ARGS(INT("tenant", t->tenant), TEXT("purpose", str_of(purpose)),
                          INT("version", version), TEXT("wrapped_by", name),
                          BYTES("wrapped", wrapped), INT("now", t->now)),
                     NULL);
}

enum err keys_make_tenant(struct task *t)
{
    enum err e = data_key_add(t, "data", 1);

    return e ? e : data_key_add(t, "lasting", 1);
}

/* The version in front, little-endian; then what key_wrap() made. */
static struct str with_version(struct task *t, int64_t version, struct str wrapped)
{
    struct buf b = buf_new(t, VERSION_BYTES + wrapped.len);

    for (int i = 0; i < VERSION_BYTES; i++)
        buf_add_char(&b, (char)(unsigned char)(version >> (8 * i)));
    buf_add(&b, wrapped);
    return buf_str(&b);
}

static int64_t version_of(struct str wrapped)
{
    int64_t version = 0;

    for (int i = 0; i < VERSION_BYTES; i++)
        version |= (int64_t)(unsigned char)wrapped.at[i] << (8 * i);
    return version;
}

static struct str row_place(struct task *t, struct str place)
{
    return str_format(t, "row/%lld/%.*s", (long long)t->tenant, STR_ARG(place));
}

static enum err wrap_row_key(struct task *t, struct str place, const struct key *key,
                             struct str *ret_wrapped)
{
    struct key by;
    int64_t version;
    enum err e = data_key_version(t, &version);

    if (e)
        return e;
    e = load(t, false, version, &by);
    if (e)
        return e;
    *ret_wrapped = with_version(t, version, key_wrap(t, &by, row_place(t, place), key));
    key_clear(&by);
    return OK;
}

enum err row_key_make(struct task *t, struct str place, struct key *ret_key,
                      struct str *ret_wrapped)
{
    struct key key = key_random();
    enum err e = wrap_row_key(t, place, &key, ret_wrapped);

    if (!e)
        *ret_key = key;
    key_clear(&key);
    return e;
}

enum err row_key_open(struct task *t, struct str place, struct str wrapped, struct key *ret_key)
{
    struct key by;

    if (!wrapped.len)
        return task_fail(t, ERR_NOT_FOUND, "这项内容已按规定删除");
    if (wrapped.len <= VERSION_BYTES)
        return task_fail(t, ERR_STORE, "密钥已损坏");
    enum err e = load(t, false, version_of(wrapped), &by);
    if (e)
        return e;
    e = key_unwrap(t, &by, row_place(t, place), str_from(wrapped, VERSION_BYTES), ret_key);
    key_clear(&by);
    return e;
}

enum err row_key_rewrap(struct task *t, struct str place, struct str wrapped, struct str *ret_new)
{
    struct key key;
    int64_t version;
    enum err e = data_key_version(t, &version);

    if (e)
        return e;
    if (!wrapped.len || (wrapped.len > VERSION_BYTES && version_of(wrapped) == version)) {
        *ret_new = wrapped;
        return OK;
    }
    e = row_key_open(t, place, wrapped, &key);
    if (e)
        return e;
    e = wrap_row_key(t, place, &key, ret_new);
    key_clear(&key);
    return e;
}
