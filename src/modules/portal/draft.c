/*
 * Drafts: applications not handed in yet.  The resume code is the only key: what stands in the
 * store is found by one keyed hash of it and opened by another, so without the code nobody reads a
 * draft, nor can it be found again.  A session cookie keeps the code on the device until the
 * browser closes.
 */
#include "portal_private.h"

#include "http/input.h"
#include "modules/module.h"
#include "modules/org/keys.h"
#include "portal_sql.h"

#define COOKIE "yimen_draft"

/* Over TLS the name that no other host of the domain can set: else somebody's own draft, put into a
 * visitor's browser, would be filled in by that visitor and read by its owner. */
static const char *cookie_name(const struct request *request)
{
    return request->secure ? HOST_PREFIX COOKIE : COOKIE;
}

enum { CODE_GROUPS = 4, BODY_MOST = 256 * 1024 };

#define IDLE_MS ((int64_t)10 * 60 * 1000)

static enum err keys_of_code(struct task *t, void *arg)
{
    struct draft *draft = arg;
    struct str normal = code_normalise(t, draft->code);
    struct str for_id[] = {S("id"), normal}, for_key[] = {S("key"), normal};
    unsigned char hash[HASH_BYTES];
    struct key lasting;
    enum err e = lasting_key(t, "portal-draft", &lasting);

    if (e)
        return e;
    crypto_hmac(&lasting, for_id, 2, hash);
    draft->id = str_hex(t, hash, sizeof hash);
    crypto_hmac(&lasting, for_key, 2, draft->key.bytes);
    key_clear(&lasting);
    return OK;
}

static struct str place_of(struct task *t, const struct draft *draft, const char *what)
{
    return str_format(t, "draft/%lld/%.*s/%s", (long long)t->tenant, STR_ARG(draft->id), what);
}

static enum err read_draft(struct task *t, void *arg)
{
    struct draft *draft = arg;
    struct rows *rows;
    struct str body;
    enum err e = keys_of_code(t, draft);

    if (e)
        return e;
    e = store_run(t, &q_portal_draft_get,
                  ARGS(INT("tenant", t->tenant), TEXT("id", draft->id), INT("now", t->now)), &rows);
    if (e)
        return e;
    if (!rows_next(rows))
        return ERR_NOT_FOUND;
    draft->version = row_int(rows, "version");
    draft->until = row_int(rows, "until");
    if ((e = crypto_open(t, &draft->key, place_of(t, draft, "body"), row_str(rows, "body"), &body)))
        return e;
    return json_parse(t, body, &draft->body);
}

enum err draft_open_code(struct task *t, struct str typed, struct draft *ret_draft)
{
    struct draft draft = {.code = code_normalise(t, typed)};

    if (draft.code.len != CODE_GROUPS * 4)
        return ERR_NOT_FOUND;
    enum err e = store_read(t, read_draft, &draft);
    if (e)
        return e;
    *ret_draft = draft;
    return OK;
}

enum err draft_open(struct task *t, const struct request *request, struct draft *ret_draft)
{
    struct str code = input_cookie(request->header(request, "cookie"), cookie_name(request));

    return code.len ? draft_open_code(t, code, ret_draft) : ERR_NOT_FOUND;
}

struct str draft_cookie(struct task *t, const struct request *request, struct str code)
{
    return str_format(t, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s", cookie_name(request),
                      STR_ARG(code), request->secure ? "; Secure" : "",
                      code.len ? "" : "; Max-Age=0");
}

static struct str sealed_body(struct task *t, const struct draft *draft)
{
    struct buf b = buf_new(t, BODY_MOST);

    json_write(&b, draft->body);
    return buf_overflown(&b) ? (struct str){0}
                             : crypto_seal(t, &draft->key, place_of(t, draft, "body"), buf_str(&b));
}

/* Every blob that the body names. */
static enum err name_files(struct task *t, const struct draft *draft)
{
    JSON_EACH (file, json_get(draft->body, "files")) {
        enum err e = store_run(t, &q_portal_draft_file_add,
                               ARGS(INT("tenant", t->tenant), TEXT("draft", draft->id),
                                    TEXT("blob", json_get_str(file, "blob"))),
                               NULL);
        if (e)
            return e;
    }
    return OK;
}

/* All places are taken.  Who began and never came to the second page gives way first: else a flood
 * of such drafts would keep everybody out for a week. */
static enum err make_room(struct task *t)
{
    struct rows *rows;
    enum err e = store_run(
        t, &q_portal_draft_idle,
        ARGS(INT("tenant", t->tenant), INT("before", t->now - IDLE_MS + DRAFT_DAYS * DAY_MS)),
        &rows);

    if (!e && !rows_count(rows))
        return task_fail(t, ERR_BUSY, "现在填申请的人太多，请过一会儿再来，或者打电话办");
    while (!e && rows_next(rows))
        e = store_run(t, &q_portal_draft_drop,
                      ARGS(INT("tenant", t->tenant), TEXT("id", row_str(rows, "id"))), NULL);
    return e;
}

static enum err add_draft(struct task *t, void *arg)
{
    struct draft *draft = arg;
    int64_t count;
    enum err e = store_number(t, &q_portal_draft_count, ARGS(INT("tenant", t->tenant)), &count);

    if (!e && count >= DRAFT_MOST)
        e = make_room(t);
    if (e || (e = keys_of_code(t, draft)))
        return e;
    return store_run(t, &q_portal_draft_add,
                     ARGS(INT("tenant", t->tenant), TEXT("id", draft->id),
                          BYTES("body", sealed_body(t, draft)), INT("version", draft->version),
                          INT("now", t->now), INT("until", draft->until)),
                     NULL);
}

enum err draft_new(struct task *t, struct json *body, struct draft *ret_draft)
{
    struct draft draft = {
        .code = random_code(t, CODE_GROUPS),
        .version = json_get_bool(body, "saved") ? 2 : 1, /* put aside on purpose: not idle */
        .until = t->now + DRAFT_DAYS * DAY_MS,
        .body = body,
    };
    enum err e = store_write(t, add_draft, &draft);

    if (e)
        return e;
    *ret_draft = draft;
    return OK;
}

static enum err change_draft(struct task *t, void *arg)
{
    struct draft *draft = arg;
    struct str body = sealed_body(t, draft);

    if (!body.len)
        return task_fail(t, ERR_TOO_LARGE, "填的内容太多，请写短一些，细节可以当面说");
    enum err e = store_run(t, &q_portal_draft_change,
                           ARGS(INT("tenant", t->tenant), TEXT("id", draft->id),
                                BYTES("body", body), INT("version", draft->version),
                                INT("now", t->now), INT("until", draft->until)),
                           NULL);
    if (e)
        return e;
    if (store_changed(t) != 1)
        return task_fail(t, ERR_CONFLICT, "这份申请在另一个窗口里改过了，请回到上一页看最新的内容");
    if ((e = store_run(t, &q_portal_draft_files_drop,
                       ARGS(INT("tenant", t->tenant), TEXT("draft", draft->id)), NULL)))
        return e;
    return name_files(t, draft);
}

/* Files no row names any more.  A file that cannot be removed now is not worth a failure: the sweep
 * of unreferenced blobs finds it. */
static void remove_blobs(struct task *t, const struct list *names)
{
    LIST_EACH (const struct str, name, *names)
        if (blob_remove(t, *name))
            task_clear_error(t);
}

enum err draft_save(struct task *t, struct draft *draft)
{
    draft->until = t->now + DRAFT_DAYS * DAY_MS;
    enum err e = store_write(t, change_draft, draft);

    if (e)
        return e;
    draft->version++;
    remove_blobs(t, &draft->remove);
    draft->remove = (struct list){0};
    return OK;
}

struct dropping {
    struct str id;
    struct list blobs;
};

static enum err drop_rows(struct task *t, void *arg)
{
    struct dropping *dropping = arg;
    const struct arg args[] = {INT("tenant", t->tenant), TEXT("draft", dropping->id)};
    struct rows *rows;
    enum err e = store_run(t, &q_portal_draft_files, args, 2, &rows);

    if (e)
        return e;
    dropping->blobs = (struct list){0};
    while (rows_next(rows))
        *(struct str *)list_add(t, &dropping->blobs, sizeof(struct str)) = row_str(rows, "blob");
    if ((e = store_run(t, &q_portal_draft_files_drop, args, 2, NULL)))
        return e;
    return store_run(t, &q_portal_draft_drop,
                     ARGS(INT("tenant", t->tenant), TEXT("id", dropping->id)), NULL);
}

static enum err drop_id(struct task *t, struct str id)
{
    struct dropping dropping = {.id = id};
    enum err e = store_write(t, drop_rows, &dropping);

    if (!e)
        remove_blobs(t, &dropping.blobs);
    return e;
}

enum err draft_drop(struct task *t, const struct draft *draft)
{
    return drop_id(t, draft->id);
}

enum err draft_put_file(struct task *t, const struct draft *draft, struct str content,
                        struct str *ret_blob)
{
    return blob_put(t, crypto_seal(t, &draft->key, place_of(t, draft, "file"), content), ret_blob);
}

enum err draft_get_file(struct task *t, const struct draft *draft, struct str blob,
                        struct str *ret_content)
{
    struct str sealed;
    enum err e = blob_get(t, blob, &sealed);

    return e ? e : crypto_open(t, &draft->key, place_of(t, draft, "file"), sealed, ret_content);
}

static enum err read_expired(struct task *t, void *arg)
{
    struct list *ids = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_portal_draft_expired,
                           ARGS(INT("tenant", t->tenant), INT("now", t->now)), &rows);

    if (e)
        return e;
    *ids = (struct list){0};
    while (rows_next(rows))
        *(struct str *)list_add(t, ids, sizeof(struct str)) = row_str(rows, "id");
    return OK;
}

enum err draft_sweep(struct task *t, const struct setup *setup)
{
    struct list ids;
    enum err e = store_read(t, read_expired, &ids);

    (void)setup;
    if (e)
        return e;
    LIST_EACH (const struct str, id, ids)
        if ((e = drop_id(t, *id)))
            return e;
    return OK;
}
