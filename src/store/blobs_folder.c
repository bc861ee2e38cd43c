/*
 * Blobs in a folder: <folder>/<tenant>/<first two digits>/<hash>; the folder is blobs/ under the
 * data folder, or one that several servers share.  A file is written beside its place, made durable
 * and then renamed, so that a name never stands for half a file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/store_private.h"

enum { UNFINISHED_SECONDS = 24 * 3600 };

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

static bool sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return false;
    bool right = !fsync(folder);
    close(folder);
    return right;
}

/* The folder that a path stands in. */
static char *parent_of(struct task *t, const char *path)
{
    const char *slash = strrchr(path, '/');

    return str_terminated(t, !slash          ? S(".")
                             : slash == path ? S("/")
                                             : (struct str){path, (size_t)(slash - path)});
}

/*
 * Folders whose names this process made durable, or knows to be: the name of a file is on the disk
 * only if those of all its folders are.  Who finds a folder there cannot tell whether whoever made
 * it got as far as that, so each process does it once for each folder that it puts something into.
 * Two that share a place do it again and again, which costs time only.
 */
enum { PLACES = 4096 };
static _Atomic uint64_t durable[PLACES];

static uint64_t mark_of(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
    return hash | 1;
}

/* Make the folders down to that of the blob; each name is made durable in its parent. */
static bool make_folders(struct task *t, struct str name)
{
    const char *root = t->store->files.folder;
    struct str paths[] = {
        str_format(t, "%s", root),
        str_format(t, "%s/%lld", root, (long long)t->tenant),
        str_format(t, "%s/%lld/%.2s", root, (long long)t->tenant, name.at),
    };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *path = str_terminated(t, paths[i]);
        uint64_t mark = mark_of(path);
        _Atomic uint64_t *place = &durable[(mark >> 20) % PLACES];
        bool made = !mkdir(path, 0700);

        if (!made && errno != EEXIST)
            return false;
        if (!made && *place == mark)
            continue;
        /* An administrator's folder may stand in one that the program must not read. */
        if (!sync_folder(parent_of(t, path)) && !(i == 0 && !made && errno == EACCES))
            return false;
        *place = mark;
    }
    return true;
}

static char *folder_of(struct task *t, struct str name)
{
    return str_terminated(
        t, str_format(t, "%s/%lld/%.2s", t->store->files.folder, (long long)t->tenant, name.at));
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

static enum err folder_put(struct task *t, struct str name, struct str sealed)
{
    char *path = path_of(t, name);
    /* Unlike any other writer's, even of the same content. */
    char *part = str_terminated(t, str_format(t, "%s.%lld.part", path, (long long)store_new_id(t)));

    if (make_folders(t, name) && write_file(part, sealed) && !rename(part, path) &&
        sync_folder(folder_of(t, name)))
        return OK;
    enum err e = trouble(t);
    unlink(part);
    return e;
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

static enum err folder_get(struct task *t, struct str name, size_t most, struct str *ret_sealed)
{
    struct stat about;
    char *path = path_of(t, name);

    if (stat(path, &about)) {
        if (errno == ENOENT)
            return task_fail(t, ERR_NOT_FOUND, "文件不在存储中；请联系管理员检查。");
        return trouble(t);
    }
    if ((uintmax_t)about.st_size > most)
        return task_fail(t, ERR_STORE, "文件已损坏，与登记的不符；请联系管理员从备份恢复。");
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
    *ret_sealed = sealed;
    return OK;
}

static enum err folder_remove(struct task *t, struct str name)
{
    if (!unlink(path_of(t, name)))
        return OK;
    if (errno == ENOENT)
        return task_fail(t, ERR_NOT_FOUND, "文件不在存储中；请联系管理员检查。");
    return trouble(t);
}

/* A writer that died left a part behind; one that lives renames it within seconds. */
static void clear_unfinished(int folder, const char *name)
{
    struct stat about;
    size_t len = strlen(name);

    if (len > 5 && !strcmp(name + len - 5, ".part") && !fstatat(folder, name, &about, 0) &&
        time(NULL) - about.st_mtime > UNFINISHED_SECONDS)
        unlinkat(folder, name, 0);
}

static void close_folder(void *folder)
{
    closedir(folder);
}

static enum err folder_list(struct task *t, int first_byte, struct list *ret_names)
{
    struct list names = {0};
    char *path = str_terminated(
        t, str_format(t, "%s/%lld/%02x", t->store->files.folder, (long long)t->tenant, first_byte));
    DIR *folder = opendir(path);

    if (!folder && errno == ENOENT) {
        *ret_names = names;
        return OK;
    }
    if (!folder)
        return task_fail(t, ERR_STORE, "读不了文件目录；请联系管理员检查数据目录。");
    task_defer(t, close_folder, folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (blob_name_good(str_of(entry->d_name)))
            *(struct str *)list_add(t, &names, sizeof(struct str)) =
                str_copy(t, str_of(entry->d_name));
        else
            clear_unfinished(dirfd(folder), entry->d_name);
    }
    *ret_names = names;
    return OK;
}

const struct files_driver folder_driver = {folder_put, folder_get, folder_remove, folder_list};
