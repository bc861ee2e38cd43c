#include "procedure_command.h"

#include <string.h>

#include "modules/access/access.h"
#include "modules/catalog/catalog.h"
#include "modules/catalog/node.h"
#include "store/store.h"

const char procedure_command_help[] =
    "usage: yimen procedure check FILE...\n"
    "       yimen procedure draw FILE [-o OUT.svg|OUT.png|OUT.pdf|OUT.dot]\n"
    "       yimen [--data DIR] procedure load FILE...\n"
    "       yimen [--data DIR] procedure matters MATTERS.yaml [ROUTING.yaml]\n\n"
    "check    all that cannot work, with file and line\n"
    "draw     the procedure as a picture (Graphviz); without -o as SVG on stdout\n"
    "load     check, then store as a new version; orders under way keep theirs\n"
    "matters  check and store the catalogue of matters, and the rules of routing\n\n"
    "The grammar: docs/procedure-grammar.md.\n";

struct run {
    struct task *t;
    const struct procedure_streams *streams;
};

static int complain(struct run *run, enum err e)
{
    fprintf(run->streams->complaints, "yimen: %.*s\n",
            run->t->note.len ? (int)run->t->note.len : (int)strlen(err_sentence(e)),
            run->t->note.len ? run->t->note.at : err_sentence(e));
    return err_exit_code(e);
}

static void print_faults(struct run *run, struct list faults)
{
    LIST_EACH (struct fault, fault, faults)
        fprintf(run->streams->complaints, "%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line,
                STR_ARG(fault->message));
}

/* Parts beside the file come first, so that a city may change one. */
static bool find_part(struct task *t, void *arg, struct str name, struct str *ret_text)
{
    return procedure_part_of_folder(t, arg, name, ret_text) ||
           procedure_part_shipped(t, NULL, name, ret_text);
}

static char *folder_of(struct task *t, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? str_terminated(t, (struct str){path, (size_t)(slash - path)})
                 : str_terminated(t, S("."));
}

static enum err read_file(struct run *run, const char *path, struct procedure **ret_procedure)
{
    struct list faults = {0};
    struct str text;
    enum err e = catalog_read_file(run->t, path, NODE_MAX_PROCEDURE, &text);

    if (e)
        return e;
    e = procedure_read(run->t, str_of(path), text, find_part, folder_of(run->t, path),
                       ret_procedure, &faults);
    print_faults(run, faults);
    return e;
}

/* Every file is read, whatever the ones before it said; the first failure gives the exit code. */
static int check(struct run *run, int argc, char **argv)
{
    int code = 0;

    for (int i = 0; i < argc; i++) {
        struct task_mark mark = task_mark(run->t);
        struct procedure *p;
        enum err e = read_file(run, argv[i], &p);
        if (!e)
            fprintf(run->streams->out, "%s: 没有问题（%.*s，%zu 个环节，%zu 个时限义务）\n",
                    argv[i], STR_ARG(p->title), p->step_count, p->duty_count);
        else if (e == ERR_BAD_INPUT)
            code = code ? code : err_exit_code(e);
        else
            code = complain(run, e);
        task_reset(run->t, mark);
        task_clear_error(run->t);
    }
    return code;
}

static const char *format_of(const char *path)
{
    static const char *const formats[] = {"svg", "png", "pdf", "dot"};
    const char *dot = path ? strrchr(path, '.') : NULL;

    for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++)
        if (!strcmp(dot + 1, formats[i]))
            return formats[i];
    return path ? NULL : "svg";
}

static int write_image(struct run *run, const char *path, struct str image)
{
    FILE *file = path ? fopen(path, "wb") : run->streams->out;
    bool written = file && fwrite(image.at, 1, image.len, file) == image.len;

    if (file && path && fclose(file))
        written = false;
    if (written)
        return 0;
    fprintf(run->streams->complaints, "yimen: 写不了 %s\n", path ? path : "标准输出");
    return 1;
}

static int draw(struct run *run, int argc, char **argv)
{
    const char *out = argc == 3 && !strcmp(argv[1], "-o") ? argv[2] : NULL;
    const char *format = format_of(out);
    struct procedure *p;
    struct str image;

    if (argc != 1 && !out) {
        fputs(procedure_command_help, run->streams->complaints);
        return 2;
    }
    if (!format) {
        fprintf(run->streams->complaints, "yimen: %s: 文件名要以 .svg .png .pdf 或 .dot 结尾\n",
                out);
        return 2;
    }
    enum err e = read_file(run, argv[0], &p);
    if (!e)
        e = procedure_draw(run->t, p, format, &image);
    return e ? complain(run, e) : write_image(run, out, image);
}

static struct actor host_of(const struct task *t)
{
    struct actor host = system_actor;

    host.tenant = t->tenant;
    host.name = S("主机命令");
    return host;
}

struct loading {
    const struct procedure **procedures;
    int32_t *versions;
    int count;
};

static enum err store_procedures(struct task *t, void *arg)
{
    struct loading *loading = arg;
    struct actor host = host_of(t);

    for (int i = 0; i < loading->count; i++) {
        enum err e =
            catalog_load_procedure(t, &host, loading->procedures[i], &loading->versions[i]);
        if (e)
            return e;
    }
    return OK;
}

/* All or none: a file with faults leaves the others unloaded. */
static int load(struct run *run, int argc, char **argv)
{
    struct loading loading = {.procedures = NEW(run->t, const struct procedure *, (size_t)argc),
                              .versions = NEW(run->t, int32_t, (size_t)argc),
                              .count = argc};
    enum err e = OK;

    for (int i = 0; i < argc; i++) {
        struct procedure *p = NULL;
        enum err one = read_file(run, argv[i], &p);
        e = e ? e : one;
        loading.procedures[i] = p;
    }
    if (!e)
        e = run->streams->open(run->t, run->streams->open_arg);
    if (!e)
        e = store_write(run->t, store_procedures, &loading);
    if (e)
        return complain(run, e);
    for (int i = 0; i < argc; i++)
        fprintf(run->streams->out, "%s: %.*s，第 %d 版\n", argv[i],
                STR_ARG(loading.procedures[i]->title), (int)loading.versions[i]);
    return 0;
}

struct storing {
    struct catalogue *catalogue;
    int64_t changed;
};

static enum err store_matters(struct task *t, void *arg)
{
    struct storing *storing = arg;

    struct actor host = host_of(t);
    enum err e = catalog_store(t, storing->catalogue, &storing->changed);

    return e ? e
             : actor_record(t, &host, "load", 0, 0,
                            str_format(t, "事项目录（%lld 处有变化）", (long long)storing->changed),
                            S(""));
}

static int load_matters(struct run *run, int argc, char **argv)
{
    struct storing storing = {0};
    struct str matters, routing = {0};
    struct list faults = {0};
    enum err e = catalog_read_file(run->t, argv[0], NODE_MAX_FILE, &matters);

    if (!e && argc > 1)
        e = catalog_read_file(run->t, argv[1], NODE_MAX_FILE, &routing);
    if (!e) {
        e = catalog_read(run->t, matters, routing, &storing.catalogue, &faults);
        print_faults(run, faults);
    }
    if (!e)
        e = run->streams->open(run->t, run->streams->open_arg);
    if (!e)
        e = store_write(run->t, store_matters, &storing);
    if (e)
        return complain(run, e);
    fprintf(run->streams->out, "事项目录已载入，%lld 处有变化\n", (long long)storing.changed);
    return 0;
}

int procedure_command(struct task *t, int argc, char **argv,
                      const struct procedure_streams *streams)
{
    struct run run = {t, streams};

    if (argc >= 3 && !strcmp(argv[1], "check"))
        return check(&run, argc - 2, argv + 2);
    if (argc >= 3 && !strcmp(argv[1], "draw"))
        return draw(&run, argc - 2, argv + 2);
    if (argc >= 3 && !strcmp(argv[1], "load"))
        return load(&run, argc - 2, argv + 2);
    if ((argc == 3 || argc == 4) && !strcmp(argv[1], "matters"))
        return load_matters(&run, argc - 2, argv + 2);
    fputs(procedure_command_help, streams->complaints);
    return 2;
}
