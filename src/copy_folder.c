#include "copy_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"

static enum err fail_at(struct task *t, const char *what, const char *path)
{
    return task_fail(t, ERR_STORE, "%s %s：%s", what, path, strerror(errno));
}

static const char *path_of(struct task *t, const char *folder, const char *name)
{
    return str_terminated(t, str_format(t, "%s/%s", folder, name));
}

enum err copy_file(struct task *t, const char *from, const char *to)
{
    char bytes[64 * 1024];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    ssize_t n = 0;

    if (in >= 0)
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    while (out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n)
            n = -1;
    bool fine = out >= 0 && n == 0 && fsync(out) == 0;
    enum err e = fine ? OK : fail_at(t, "复制不了", to);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return e;
}

static int64_t copied;

static bool is_part(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && !strcmp(name + len - 5, ".part");
}

/* Not every file system says it with the name. */
static mode_t kind_of(int folder, const struct dirent *entry)
{
    struct stat about;

    if (entry->d_type != DT_UNKNOWN)
        return (mode_t)DTTOIF(entry->d_type);
    return fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) ? 0 : about.st_mode & S_IFMT;
}

static enum err copy_blob(struct task *t, const char *from, const char *to, int64_t *failed)
{
    enum err e = copy_file(t, from, to);
    bool gone = e && access(from, F_OK) && errno == ENOENT;

    progress_show("文件", ++copied, 0);
    if (!e || (!gone && !failed))
        return e;
    /* What went meanwhile belonged to an application that was given up: nobody misses it. */
    unlink(to);
    task_clear_error(t);
    if (!gone)
        ++*failed;
    return OK;
}

enum err sync_folder(struct task *t, const char *to)
{
    int folder = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = folder >= 0 && fsync(folder) == 0;
    enum err e = fine ? OK : fail_at(t, "写不了", to);

    if (folder >= 0)
        close(folder);
    return e;
}

/* Folders within folders of sealed files; nothing else is followed.  A file that is just being
 * written has another name in a moment, and no row of the copy names it. */
static enum err copy_entries(struct task *t, DIR *folder, const char *from, const char *to,
                             int64_t *failed)
{
    struct dirent *entry;
    enum err e = OK;

    while (!e && (errno = 0, entry = readdir(folder))) {
        struct task_mark mark = task_mark(t);

        if (entry->d_name[0] == '.' || is_part(entry->d_name))
            continue;
        const char *source = path_of(t, from, entry->d_name), *copy = path_of(t, to, entry->d_name);
        mode_t kind = kind_of(dirfd(folder), entry);

        if (kind == S_IFDIR)
            e = copy_folder(t, source, copy, failed);
        else if (kind == S_IFREG)
            e = copy_blob(t, source, copy, failed);
        if (!e)
            task_reset(t, mark);
    }
    return e || !errno ? e : fail_at(t, "读不了", from);
}

enum err copy_folder(struct task *t, const char *from, const char *to, int64_t *failed)
{
    DIR *folder = opendir(from);

    if (!folder)
        return errno == ENOENT ? OK : fail_at(t, "打不开", from);
    if (mkdir(to, 0700) && errno != EEXIST) {
        closedir(folder);
        return fail_at(t, "建不了", to);
    }
    enum err e = copy_entries(t, folder, from, to, failed);

    closedir(folder);
    return e ? e : sync_folder(t, to);
}
