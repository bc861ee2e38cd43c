#include "office/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "office_sql.h"

enum { FOLDERS = 256 };

static blob_names_fn *const *holders; /* set at start, before there are threads */

void sweep_ask(blob_names_fn *const *fns)
{
    holders = fns;
}

static int compare_names(const void *a, const void *b)
{
    const struct str *one = a, *two = b;
    size_t n = one->len < two->len ? one->len : two->len;
    int order = n ? memcmp(one->at, two->at, n) : 0;

    return order ? order : (one->len > two->len) - (one->len < two->len);
}

static void sort_names(struct list *names)
{
    if (names->count)
        qsort(names->at, names->count, sizeof(struct str), compare_names);
}

static bool has_name(const struct list *names, struct str name)
{
    return names->count &&
           bsearch(&name, names->at, names->count, sizeof(struct str), compare_names);
}

struct pass {
    struct str from, to;
    struct list files;  /* struct str, what lies in the folder */
    struct list doomed; /* struct str, decided by the transaction */
    bool needed;        /* there is something to decide */
};

static enum err read_names(struct task *t, const struct pass *pass, struct list *ret_names)
{
    struct list names = {0};

    for (size_t i = 0; holders[i]; i++) {
        enum err e = holders[i](t, pass->from, pass->to, &names);

        if (e)
            return e;
    }
    sort_names(&names);
    *ret_names = names;
    return OK;
}

static enum err mark(struct task *t, struct str name)
{
    return store_run(t, &q_office_suspect_add,
                     ARGS(INT("tenant", t->tenant), TEXT("blob", name), INT("since", t->now)),
                     NULL);
}

static enum err unmark(struct task *t, struct str name)
{
    return store_run(t, &q_office_suspect_drop, ARGS(INT("tenant", t->tenant), TEXT("blob", name)),
                     NULL);
}

struct suspect {
    struct str name;
    int64_t since;
};

static enum err read_suspects(struct task *t, const struct pass *pass, struct list *ret_suspects)
{
    struct list suspects = {0};
    struct rows *rows;
    enum err e = store_run(
        t, &q_office_suspects,
        ARGS(INT("tenant", t->tenant), TEXT("from", pass->from), TEXT("to", pass->to)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct suspect *)list_add(t, &suspects, sizeof(struct suspect)) =
            (struct suspect){row_str(rows, "blob"), row_int(rows, "since")};
    *ret_suspects = suspects;
    return OK;
}

/* Marks of files that are gone or named are dropped; of those that are old enough, too: the file
 * goes after the commit. */
static enum err judge_suspects(struct task *t, struct pass *pass, const struct list *named,
                               const struct list *suspects)
{
    LIST_EACH (struct suspect, suspect, *suspects) {
        bool stays = has_name(named, suspect->name);
        bool old = t->now - suspect->since >= SWEEP_AGE_MS;
        enum err e = OK;

        if (stays || old || !has_name(&pass->files, suspect->name))
            e = unmark(t, suspect->name);
        if (e)
            return e;
        if (!stays && old)
            *(struct str *)list_add(t, &pass->doomed, sizeof(struct str)) = suspect->name;
    }
    return OK;
}

static enum err judge(struct task *t, void *arg)
{
    struct pass *pass = arg;
    struct list named, suspects, marked = {0};
    enum err e = read_names(t, pass, &named);

    pass->doomed = (struct list){0};
    if (!e)
        e = read_suspects(t, pass, &suspects);
    if (!e)
        e = judge_suspects(t, pass, &named, &suspects);
    if (e)
        return e;
    LIST_EACH (struct suspect, suspect, suspects)
        *(struct str *)list_add(t, &marked, sizeof(struct str)) = suspect->name;
    sort_names(&marked);
    LIST_EACH (struct str, file, pass->files) {
        if (!has_name(&named, *file) && !has_name(&marked, *file) && (e = mark(t, *file)))
            return e;
    }
    return OK;
}

/* Is there anything to decide?  Most folders hold only what rows name, and need no write. */
static enum err look(struct task *t, void *arg)
{
    struct pass *pass = arg;
    struct list named, suspects;
    enum err e = read_names(t, pass, &named);

    if (!e)
        e = read_suspects(t, pass, &suspects);
    if (e)
        return e;
    pass->needed = suspects.count > 0;
    LIST_EACH (struct str, file, pass->files)
        pass->needed = pass->needed || !has_name(&named, *file);
    return OK;
}

static enum err sweep_folder(struct task *t, int folder, int64_t *removed)
{
    struct pass pass = {.from = str_format(t, "%02x", folder),
                        .to = folder == FOLDERS - 1 ? S("g") : str_format(t, "%02x", folder + 1)};
    enum err e = blob_list(t, folder, &pass.files);

    if (!e) {
        sort_names(&pass.files);
        e = store_read(t, look, &pass);
    }
    if (e || !pass.needed)
        return e;
    e = store_write(t, judge, &pass);
    if (e)
        return e;
    LIST_EACH (struct str, name, pass.doomed) {
        e = blob_remove(t, *name);
        if (e && e != ERR_NOT_FOUND)
            return e;
        *removed += e == OK;
        task_clear_error(t);
    }
    return OK;
}

enum err sweep_blobs(struct task *t, int64_t *ret_removed)
{
    int64_t removed = 0;

    if (!holders || !holders[0])
        return task_fail(t, ERR_INTERNAL, "程序有误：清理文件前没有说明谁引用文件");
    for (int folder = 0; folder < FOLDERS; folder++) {
        struct task_mark task = task_mark(t);
        enum err e = sweep_folder(t, folder, &removed);

        if (e)
            return e;
        task_reset(t, task);
    }
    *ret_removed = removed;
    return OK;
}
