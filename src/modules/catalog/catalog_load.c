#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "modules/catalog/catalog_private.h"
#include "store/store.h"

/* --- Files ----------------------------------------------------------------------------------- */

static void close_file(void *file)
{
    fclose(file);
}

enum err catalog_read_file(struct task *t, const char *path, size_t most, struct str *ret_text)
{
    FILE *file = fopen(path, "rb");
    struct stat about;

    if (!file)
        return task_fail(t, ERR_NOT_FOUND, "打不开文件 %s：%s", path, strerror(errno));
    task_defer(t, close_file, file);
    if (fstat(fileno(file), &about) || !S_ISREG(about.st_mode))
        return task_fail(t, ERR_NOT_FOUND, "%s 不是文件", path);
    if ((size_t)about.st_size > most)
        return task_fail(t, ERR_TOO_LARGE, "文件 %s 太大，最多 %zu KiB", path, most / 1024);
    char *at = NEW(t, char, (size_t)about.st_size + 1);
    size_t n = fread(at, 1, (size_t)about.st_size, file);
    if (ferror(file))
        return task_fail(t, ERR_NOT_FOUND, "读不了文件 %s", path);
    *ret_text = (struct str){at, n};
    return OK;
}

static bool name_is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return name.len > 0 && name.len <= 40;
}

/* Parts lie beside the procedure; a name with a slash or a dot leads nowhere. */
bool procedure_part_of_folder(struct task *t, void *arg, struct str name, struct str *ret_text)
{
    const char *folder = arg;

    if (!name_is_plain(name))
        return false;
    struct str path = str_format(t, "%s/parts/%.*s.yaml", folder, STR_ARG(name));
    if (catalog_read_file(t, str_terminated(t, path), NODE_MAX_PROCEDURE, ret_text)) {
        task_clear_error(t);
        return false;
    }
    return true;
}

/* --- Matters --------------------------------------------------------------------------------- */

static struct str spelled_out(struct task *t, const struct node *node)
{
    struct node root = {.kind = NODE_MAP};
    struct buf b = buf_new(t, NODE_MAX_PROCEDURE);

    node_append(&root, node_copy(t, node));
    node_write(&b, &root, 0);
    return buf_str(&b);
}

static void read_matters(struct task *t, struct str text, struct catalogue *c, struct list *faults)
{
    struct node *root = node_parse(t, S("matters.yaml"), text, NODE_MAX_FILE, faults);
    struct node *matters = node_get(root, "matters"), *shared = node_get(root, "shared-materials");

    if (!root)
        return;
    if (!matters || matters->kind != NODE_MAP) {
        node_fault(t, faults, root, "缺少“matters”：一组“代码: 事项”");
        return;
    }
    NODE_EACH(child, root)
    if (!str_is(child->key, "matters") && !str_is(child->key, "shared-materials"))
        node_fault(t, faults, child, "不认识“%.*s”，可以用 matters、shared-materials",
                   STR_ARG(child->key));
    c->matters = NEW(t, struct matter, matters->count + 1);
    c->texts = NEW(t, struct str, matters->count + 1);
    NODE_EACH(node, matters)
    {
        matter_spell(t, faults, node, shared);
        if (matter_read(t, faults, node, &c->matters[c->count]))
            c->texts[c->count++] = spelled_out(t, node);
    }
}

/* Rules may only name matters that are there. */
static void read_routing(struct task *t, struct str text, struct catalogue *c, struct list *faults)
{
    struct node *root = node_parse(t, S("routing.yaml"), text, NODE_MAX_FILE, faults);
    struct route_rule *rules;
    size_t count;

    if (!root || !routing_read(t, faults, root, &rules, &count))
        return;
    for (size_t i = 0; i < count; i++)
        LIST_EACH (struct tag, tag, rules[i].matters) {
            bool there = false;
            for (size_t m = 0; m < c->count; m++)
                there = there || str_eq(c->matters[m].code, tag->code);
            if (!there)
                node_fault(t, faults, root, "分流规则里的事项“%.*s”不存在", STR_ARG(tag->code));
        }
    struct buf b = buf_new(t, NODE_MAX_PROCEDURE);
    node_write(&b, root, 0);
    c->routing = buf_str(&b);
}

enum err catalog_read(struct task *t, struct str matters, struct str routing,
                      struct catalogue **ret_catalogue, struct list *ret_faults)
{
    struct catalogue *c = NEW(t, struct catalogue, 1);
    struct list faults = {0};

    read_matters(t, matters, c, &faults);
    if (routing.len)
        read_routing(t, routing, c, &faults);
    faults_sort(&faults);
    *ret_faults = faults;
    if (faults.count)
        return task_fail(t, ERR_BAD_INPUT, "事项目录有 %zu 处不对", faults.count);
    *ret_catalogue = c;
    return OK;
}

/* --- All of it ------------------------------------------------------------------------------- */

struct named_text {
    struct str name, text;
};

struct collection {
    struct list files; /* struct named_text: procedures */
    procedure_part_fn *part;
    void *part_arg;
    struct str matters, routing;
    struct list procedures; /* struct procedure * */
    struct catalogue *catalogue;
};

static void add_faults(struct task *t, struct list *faults, struct list found)
{
    LIST_EACH (struct fault, fault, found)
        *(struct fault *)list_add(t, faults, sizeof *fault) = *fault;
}

/* Faults of all files are gathered. */
static enum err read_collection(struct task *t, struct collection *c, struct list *ret_faults)
{
    struct list faults = {0}, found = {0};
    enum err e;

    LIST_EACH (struct named_text, file, c->files) {
        struct procedure *procedure;
        e = procedure_read(t, file->name, file->text, c->part, c->part_arg, &procedure, &found);
        if (e && e != ERR_BAD_INPUT)
            return e;
        if (!e)
            *(struct procedure **)list_add(t, &c->procedures, sizeof procedure) = procedure;
        task_clear_error(t);
        add_faults(t, &faults, found);
    }
    e = catalog_read(t, c->matters, c->routing, &c->catalogue, &found);
    if (e && e != ERR_BAD_INPUT)
        return e;
    task_clear_error(t);
    add_faults(t, &faults, found);
    *ret_faults = faults;
    return faults.count ? task_fail(t, ERR_BAD_INPUT, "规程和事项的文件有 %zu 处不对", faults.count)
                        : OK;
}

static enum err store_collection(struct task *t, void *arg)
{
    const struct collection *c = arg;
    int64_t changed;
    int32_t version;

    LIST_EACH (struct procedure *, procedure, c->procedures) {
        enum err e = catalog_store_procedure(t, *procedure, &version);
        if (e)
            return e;
    }
    return catalog_store(t, c->catalogue, &changed);
}

static enum err load_collection(struct task *t, struct collection *c, struct list *ret_faults)
{
    enum err e = read_collection(t, c, ret_faults);

    return e ? e : store_write(t, store_collection, c);
}

/* --- A folder -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void close_directory(void *directory)
{
    closedir(directory);
}

static enum err list_procedures(struct task *t, const char *path, struct list *ret_names)
{
    DIR *directory = opendir(path);

    if (!directory)
        return task_fail(t, ERR_NOT_FOUND, "打不开文件夹 %s：%s", path, strerror(errno));
    task_defer(t, close_directory, directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct str name = str_of(entry->d_name);
        if (str_ends(name, S(".yaml")) && name.at[0] != '.')
            *(char **)list_add(t, ret_names, sizeof(char *)) = str_terminated(t, name);
    }
    if (ret_names->count)
        qsort(ret_names->at, ret_names->count, sizeof(char *), compare_names);
    return OK;
}

static enum err read_beside(struct task *t, const char *directory, const char *name, size_t most,
                            struct str *ret_text)
{
    return catalog_read_file(t, str_terminated(t, str_format(t, "%s/%s", directory, name)), most,
                             ret_text);
}

enum err catalog_load_folder(struct task *t, const char *directory, struct list *ret_faults)
{
    char *path = str_terminated(t, str_format(t, "%s/procedures", directory));
    struct collection c = {.part = procedure_part_of_folder, .part_arg = path};
    struct list names = {0};
    enum err e = list_procedures(t, path, &names);

    if (e)
        return e;
    LIST_EACH (char *, name, names) {
        struct named_text *file = list_add(t, &c.files, sizeof *file);
        file->name = str_format(t, "%s/%s", path, *name);
        e = catalog_read_file(t, str_terminated(t, file->name), NODE_MAX_PROCEDURE, &file->text);
        if (e)
            return e;
    }
    e = read_beside(t, directory, "data/matters.yaml", NODE_MAX_FILE, &c.matters);
    if (!e)
        e = read_beside(t, directory, "data/routing.yaml", NODE_MAX_FILE, &c.routing);
    return e ? e : load_collection(t, &c, ret_faults);
}

/* --- What the program brings along ----------------------------------------------------------- */

extern const struct str shipped_procedures[][2], shipped_data[][2]; /* generated */

static bool shipped_file(const struct str (*files)[2], struct str name, struct str *ret_text)
{
    for (; (*files)[0].at; files++)
        if (str_eq((*files)[0], name)) {
            *ret_text = (*files)[1];
            return true;
        }
    return false;
}

bool procedure_part_shipped(struct task *t, void *arg, struct str name, struct str *ret_text)
{
    (void)arg;
    return name_is_plain(name) &&
           shipped_file(shipped_procedures, str_format(t, "parts/%.*s.yaml", STR_ARG(name)),
                        ret_text);
}

enum err catalog_load_shipped(struct task *t, struct list *ret_faults)
{
    struct collection c = {.part = procedure_part_shipped};

    for (size_t i = 0; shipped_procedures[i][0].at; i++)
        if (!str_starts(shipped_procedures[i][0], S("parts/")))
            *(struct named_text *)list_add(t, &c.files, sizeof(struct named_text)) =
                (struct named_text){shipped_procedures[i][0], shipped_procedures[i][1]};
    if (!shipped_file(shipped_data, S("matters.yaml"), &c.matters) ||
        !shipped_file(shipped_data, S("routing.yaml"), &c.routing))
        return task_fail(t, ERR_INTERNAL, "程序里没有带事项目录");
    return load_collection(t, &c, ret_faults);
}
