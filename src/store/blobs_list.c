/*
 * Which blobs there are: for the sweep of those that no row names.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/store_private.h"

enum { HASH_DIGITS = 64, UNFINISHED_SECONDS = 24 * 3600 };

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

enum err blob_list(struct task *t, int first_byte, struct list *ret_names)
{
    struct list names = {0};
    char *path = str_terminated(t, str_format(t, "%s/blobs/%lld/%02x", t->store->directory,
                                              (long long)t->tenant, first_byte));
    DIR *folder = opendir(path);

    if (!folder && errno == ENOENT) {
        *ret_names = names;
        return OK;
    }
    if (!folder)
        return task_fail(t, ERR_STORE, "读不了文件目录；请联系管理员检查数据目录。");
    task_defer(t, close_folder, folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strlen(entry->d_name) == HASH_DIGITS)
            *(struct str *)list_add(t, &names, sizeof(struct str)) =
                str_copy(t, str_of(entry->d_name));
        else
            clear_unfinished(dirfd(folder), entry->d_name);
    }
    *ret_names = names;
    return OK;
}
