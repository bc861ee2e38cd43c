/*
 * Blobs: blobs/<tenant>/<first two digits>/<hash> under the data folder.  A file is written beside
 * its place, made durable and then renamed, so that a name never stands for half a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "store/store_private.h"

enum { HASH_DIGITS = 64, BLOB_MOST = 256 * 1024 * 1024 };

struct str store_hash(struct task *t, struct str bytes)
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)(bytes.at ? bytes.at : ""), bytes.len);
    return str_hex(t, hash, sizeof hash);
}

static enum err trouble(struct task *t)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return task_fail(t, ERR_STORE, "磁盘已满，文件没有保存；请联系管理员腾出空间后再试。");
    case EACCES:
    case EPERM:
    case EROFS:
        return task_fail(t, ERR_STORE, "没有读写文件目录的权限；请联系管理员检查数据目录。");
    default:
        return task_fail(t, ERR_STORE, "读写文件出错；请联系管理员检查磁盘。");
    }
}

static bool good_name(struct str name)
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
    if (!good_name(name))
        return task_fail(t, ERR_NOT_FOUND, "%s", err_sentence(ERR_NOT_FOUND));
    return OK;
}

static bool sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return false;
    bool right = !fsync(folder);
    close(folder);
    return right;
}

/* Make the folders down to that of the blob; each new name is made durable in its parent. */
static bool make_folders(struct task *t, struct str name)
{
    const char *root = t->store->directory;
    struct str paths[] = {
        str_format(t, "%s", root),
        str_format(t, "%s/blobs", root),
        str_format(t, "%s/blobs/%lld", root, (long long)t->tenant),
        str_format(t, "%s/blobs/%lld/%.2s", root, (long long)t->tenant, name.at),
    };

    for (size_t i = 1; i < sizeof paths / sizeof *paths; i++) {
        if (!mkdir(str_terminated(t, paths[i]), 0700)) {
            if (!sync_folder(str_terminated(t, paths[i - 1])))
                return false;
        } else if (errno != EEXIST) {
            return false;
        }
    }
    return true;
}

static char *folder_of(struct task *t, struct str name)
{
    return str_terminated(
        t, str_format(t, "%s/blobs/%lld/%.2s", t->store->directory, (long long)t->tenant, name.at));
}

static char *path_of(struct task *t, struct str name)
{
    return str_terminated(t, str_format(t, "%s/%.*s", folder_of(t, name), STR_ARG(name)));
}

static bool write_all(int file, struct str bytes)
{
    while (bytes.len) {
        ssize_t n = write(file, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return !fsync(file);
}

static bool write_file(const char *path, struct str bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (file < 0)
        return false;
    bool right = write_all(file, bytes);
    int why = errno;
    right = !close(file) && right;
    errno = why;
    return right;
}

enum err blob_put(struct task *t, struct str sealed, struct str *ret_name)
{
    struct str name = store_hash(t, sealed);
    enum err e = check_call(t, name);

    if (e)
        return e;
    if (sealed.len > BLOB_MOST)
        return task_fail(t, ERR_TOO_LARGE, "%s", err_sentence(ERR_TOO_LARGE));
    char *path = path_of(t, name);
    /* Unlike any other writer's, even of the same content. */
    char *part = str_terminated(t, str_format(t, "%s.%lld.part", path, (long long)store_new_id(t)));
    if (!make_folders(t, name) || !write_file(part, sealed) || rename(part, path) ||
        !sync_folder(folder_of(t, name))) {
        e = trouble(t);
        unlink(part);
        return e;
    }
    *ret_name = name;
    return OK;
}

static bool read_all(int file, char *at, size_t n)
{
    while (n) {
        ssize_t got = read(file, at, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

enum err blob_get(struct task *t, struct str name, struct str *ret_sealed)
{
    enum err e = check_call(t, name);
    struct stat about;

    if (e)
        return e;
    char *path = path_of(t, name);
    if (stat(path, &about)) {
        if (errno == ENOENT)
            return task_fail(t, ERR_NOT_FOUND, "文件不在存储中；请联系管理员检查。");
        return trouble(t);
    }
    /* Memory first: a jump for want of it must not leave a file open.  Blobs never change. */
    char *bytes = NEW(t, char, (size_t)about.st_size);
    struct str sealed = {bytes, (size_t)about.st_size};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return trouble(t);
    bool right = read_all(file, bytes, sealed.len);
    int why = errno;
    close(file);
    errno = why;
    if (!right)
        return trouble(t);
    if (!str_eq(store_hash(t, sealed), name))
        return task_fail(t, ERR_STORE, "文件已损坏，与登记的不符；请联系管理员从备份恢复。");
    *ret_sealed = sealed;
    return OK;
}

enum err blob_remove(struct task *t, struct str name)
{
    enum err e = check_call(t, name);

    if (e)
        return e;
    if (!unlink(path_of(t, name)))
        return OK;
    if (errno == ENOENT)
        return task_fail(t, ERR_NOT_FOUND, "文件不在存储中；请联系管理员检查。");
    return trouble(t);
}
