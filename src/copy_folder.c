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

/* Folders within folders of sealed files; nothing else is followed.  A file that is just being
 * written has another name in a moment, and no row of the copy names it. */
enum err copy_folder(struct task *t, const char *from, const char *to, int64_t *failed)
{
    DIR *folder = opendir(from);
    struct dirent *entry;
    enum err e = OK;

    if (!folder)
        return errno == ENOENT ? OK : fail_at(t, "打不开", from);
    if (mkdir(to, 0700) && errno != EEXIST) {
        closedir(folder);
        return fail_at(t, "建不了", to);
    }
    while (!e && (entry = readdir(folder))) {
        struct task_mark mark = task_mark(t);

        if (entry->d_name[0] == '.' || is_part(entry->d_name))
            continue;
        if (entry->d_type == DT_DIR) {
            e = copy_folder(t, path_of(t, from, entry->d_name), path_of(t, to, entry->d_name),
                            failed);
        } else if (entry->d_type == DT_REG) {
            e = copy_file(t, path_of(t, from, entry->d_name), path_of(t, to, entry->d_name));
            progress_show("文件", ++copied, 0);
            if (e && failed) {
                unlink(path_of(t, to, entry->d_name));
                task_clear_error(t);
                (*failed)++;
                e = OK;
            }
        }
        if (!e)
            task_reset(t, mark);
    }
    closedir(folder);
    return e;
}
