/*
 * blobs.c - sealed files by the hash of their bytes: what is the same wherever they lie.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "store/store_private.h"

enum { HASH_DIGITS = 64, BLOB_MOST = 256 * 1024 * 1024 };

struct str store_hash(struct task *t, struct str bytes)
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)(bytes.at ? bytes.at : ""), bytes.len);
    return str_hex(t, hash, sizeof hash);
}

bool blob_name_good(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!((name.at[i] >= '0' && name.at[i] <= '9') || (name.at[i] >= 'a' && name.at[i] <= 'f')))
            return false;
    }
    return name.len == HASH_DIGITS;
}

/* A name comes from a row or from a stranger: only a hash is ever made part of a path. */
static enum err check_call(struct task *t, struct str name)
{
    if (t->txn && t->txn->writing)
        return task_fail(t, ERR_INTERNAL, "程序有误：在写入之中读写了文件");
    if (!blob_name_good(name))
        return task_fail(t, ERR_NOT_FOUND, "%s", err_sentence(ERR_NOT_FOUND));
    return OK;
}

enum err blob_put(struct task *t, struct str sealed, struct str *ret_name)
{
    struct str name = store_hash(t, sealed);
    enum err e = check_call(t, name);

    if (e)
        return e;
    if (sealed.len > BLOB_MOST)
        return task_fail(t, ERR_TOO_LARGE, "%s", err_sentence(ERR_TOO_LARGE));
    e = t->store->files.driver->put(t, name, sealed);
    if (!e)
        *ret_name = name;
    return e;
}

bool blob_room(const struct task *t)
{
    const struct files *files = t->store ? &t->store->files : NULL;
    struct statvfs disk;

    /* The folder comes with the first file. */
    if (!files || !files->reserve || !files->folder || statvfs(files->folder, &disk))
        return true;
    return (double)disk.f_bavail * (double)disk.f_frsize > (double)files->reserve;
}

enum err blob_get(struct task *t, struct str name, struct str *ret_sealed)
{
    struct str sealed;
    enum err e = check_call(t, name);

    if (!e)
        e = t->store->files.driver->get(t, name, BLOB_MOST, &sealed);
    if (e)
        return e;
    if (!str_eq(store_hash(t, sealed), name))
        return task_fail(t, ERR_STORE, "文件已损坏，与登记的不符；请联系管理员从备份恢复。");
    *ret_sealed = sealed;
    return OK;
}

enum err blob_remove(struct task *t, struct str name)
{
    enum err e = check_call(t, name);

    return e ? e : t->store->files.driver->remove(t, name);
}

enum err blob_list(struct task *t, int first_byte, struct list *ret_names)
{
    return t->store->files.driver->list(t, first_byte, ret_names);
}

/* ---- where they lie ---- */

struct trouble files_open(struct store *store, const struct store_options *options)
{
    struct files *files = &store->files;
    const char *place = options->files && *options->files ? options->files : NULL;

    if (place && !strncmp(place, "s3://", 5))
        return s3_open(files, place, options);
    files->driver = &folder_driver;
    files->reserve = options->reserve;
    int made = place ? asprintf(&files->folder, "%s", place)
                     : asprintf(&files->folder, "%s/blobs", options->directory);
    if (made < 0) {
        files->folder = NULL;
        return (struct trouble){ERR_STORE, err_sentence(ERR_STORE)};
    }
    return (struct trouble){OK, NULL};
}

void files_close(struct store *store)
{
    s3_close(&store->files);
    free(store->files.folder);
    store->files = (struct files){0};
}
