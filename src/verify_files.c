#include "verify_files.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "modules/orders/orders.h"
#include "modules/orders/point.h"

enum { FOLDERS = 256, FINDINGS_MOST = 1000 };

struct folder {
    struct str from, to;
    struct list named; /* struct str */
};

static enum err read_named(struct task *t, void *arg)
{
    struct folder *folder = arg;

    folder->named = (struct list){0};
    for (size_t i = 0; modules[i]; i++) {
        enum err e =
            modules[i]->blobs ? modules[i]->blobs(t, folder->from, folder->to, &folder->named) : OK;

        if (e)
            return e;
    }
    return OK;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static bool lies_there(const struct list *files, struct str name)
{
    return files->count &&
           bsearch(&name, files->at, files->count, sizeof(struct str), compare_names);
}

struct naming {
    struct str blob;
    struct list orders;
};

static enum err read_orders(struct task *t, void *arg)
{
    struct naming *naming = arg;

    return orders_of_blob(t, naming->blob, &naming->orders);
}

struct checking {
    struct task *home; /* findings outlive the memory of a folder */
    struct list *findings;
    bool whole;
    int64_t files;
};

static void found(struct checking *c, int64_t order, struct str blob, const char *what)
{
    if (c->findings->count < FINDINGS_MOST)
        *(struct finding *)list_add(c->home, c->findings, sizeof(struct finding)) =
            (struct finding){order, 0,
                             str_format(c->home, tr(c->home, "文件 %.*s %s"), STR_ARG(blob), what)};
}

static enum err note(struct task *t, struct checking *c, struct str blob, const char *what)
{
    struct naming naming = {.blob = blob};
    enum err e = store_read(t, read_orders, &naming);

    if (e)
        return e;
    LIST_EACH (int64_t, order, naming.orders)
        found(c, *order, blob, what);
    if (!naming.orders.count)
        found(c, 0, blob, what);
    return OK;
}

static enum err check_one(struct task *t, struct checking *c, const struct list *files,
                          struct str blob)
{
    struct str sealed;

    c->files++;
    if (!lies_there(files, blob))
        return note(t, c, blob, "不见了");
    if (!c->whole)
        return OK;
    enum err e = blob_get(t, blob, &sealed);
    if (!e || (e != ERR_STORE && e != ERR_NOT_FOUND))
        return e;
    task_clear_error(t);
    return note(t, c, blob, e == ERR_STORE ? "已损坏" : "不见了");
}

static enum err check_folder(struct task *t, struct checking *c, int n)
{
    struct folder folder = {.from = str_format(t, "%02x", n),
                            .to = n == FOLDERS - 1 ? S("g") : str_format(t, "%02x", n + 1)};
    struct list files;
    enum err e = store_read(t, read_named, &folder);

    if (e || !folder.named.count)
        return e;
    e = blob_list(t, n, &files);
    if (e)
        return e;
    if (files.count)
        qsort(files.at, files.count, sizeof(struct str), compare_names);
    qsort(folder.named.at, folder.named.count, sizeof(struct str), compare_names);
    struct str last = {0};
    LIST_EACH (struct str, name, folder.named) {
        struct task_mark mark = task_mark(t);

        /* Several rows may name one file. */
        e = str_eq(*name, last) ? OK : check_one(t, c, &files, *name);
        if (e)
            return e;
        last = *name;
        task_reset(t, mark);
    }
    return OK;
}

struct one_folder {
    struct checking *c;
    int n;
};

static enum err check_it(struct task *t, void *arg)
{
    const struct one_folder *folder = arg;

    return check_folder(t, folder->c, folder->n);
}

enum err verify_files(struct task *t, bool whole,
                      void (*progress)(const char *what, int64_t done, int64_t all),
                      int64_t *ret_files, struct list *ret_findings)
{
    struct list findings = {0};
    struct checking c = {.home = t, .findings = &findings, .whole = whole};
    enum err e = OK;

    for (int n = 0; !e && n < FOLDERS; n++) {
        struct task own;

        task_begin(&own, t->store, t->now, (size_t)8 * TASK_BUDGET);
        own.tenant = t->tenant;
        e = task_protect(&own, check_it, &(struct one_folder){&c, n});
        if (e)
            (void)!task_fail(t, e, "%.*s", STR_ARG(own.note));
        task_end(&own);
        if (progress)
            progress("核对文件", n + 1, FOLDERS);
    }
    if (e)
        return e;
    *ret_files = c.files;
    *ret_findings = findings;
    return OK;
}
