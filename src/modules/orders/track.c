/*
 * track.c - the citizen's number and code.
 */
#include "modules/orders/intake.h"

#include "modules/org/keys.h"
#include "orders_sql.h"

enum err code_hash(struct task *t, struct str no, struct str code, struct str *ret_hash)
{
    unsigned char mac[HASH_BYTES];
    struct key key;
    enum err e = lasting_key(t, "tracking", &key);

    if (e)
        return e;
    struct str parts[] = {no, code_normalise(t, code)};
    crypto_hmac(&key, parts, 2, mac);
    key_clear(&key);
    *ret_hash = str_copy(t, (struct str){(const char *)mac, sizeof mac});
    return OK;
}

/* A wrong number costs the same work as a wrong code, and both give the same answer. */
enum err order_track(struct task *t, struct str no, struct str code, int64_t *ret_order,
                     int64_t *ret_party_n)
{
    struct str hash;
    struct rows *rows;
    int64_t id, found = 0, n = 0;
    enum err e = code_hash(t, no, code, &hash);

    if (e)
        return e;
    e = order_id_of_no(t, no, &id);
    if (e)
        return e;
    e = store_run(t, &q_orders_codes, ARGS(INT("tenant", t->tenant), INT("order_id", id)), &rows);
    if (e)
        return e;
    while (rows_next(rows)) {
        struct str kept = row_str(rows, "hash");

        if (kept.len == hash.len && crypto_equal(kept.at, hash.at, hash.len)) {
            found = id;
            n = row_int(rows, "n");
        }
    }
    if (!found)
        return task_fail(t, ERR_NOT_FOUND, "工单号或查询码不对，请对照回执再看一遍");
    *ret_order = found;
    *ret_party_n = n;
    return OK;
}
