/*
 * /knowledge/files: laws, answers and cases out of a file that is sent by the page; the same
 * reading, limits and bad lines as of the command.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "modules/setup.h"
#include "research.h"
#include "research_sql.h"
#include "store/store.h"

enum { FAULTS_SHOWN = 50, FAULT_LINE = 300, UNPACKED_MOST = 128 * 1024 * 1024 };

const struct form upkeep_files_form = {
    "KnowledgeFile",
    (const struct ask[]){{.name = "file", .title = "文件", .type = ASK_TEXT}, {0}},
};

struct load_row {
    struct str name, state;
    int64_t lines, at;
};
static const struct field load_fields[] = {
    FIELD(struct load_row, name, F_STR, "文件"),
    FIELD(struct load_row, state, F_STR, "读完没有"),
    FIELD(struct load_row, lines, F_INT, "行数"),
    FIELD(struct load_row, at, F_MOMENT, "时间"),
    {0},
};
static const struct shape load_shape = {"KnowledgeLoad", sizeof(struct load_row), load_fields};
struct fault_row {
    struct str text;
};
static const struct field fault_fields[] = {FIELD(struct fault_row, text, F_STR, "哪一行、为什么"),
                                            {0}};
static const struct shape fault_shape = {"KnowledgeFault", sizeof(struct fault_row), fault_fields};

struct files_view {
    struct str page_title;
    struct list loads;  /* struct load_row */
    struct list faults; /* struct fault_row */
    struct str result, file_error;
    int64_t lines, added, changed, same, bad;
    bool has_errors, has_faults, done;
};
static const struct field view_fields[] = {
    FIELD(struct files_view, page_title, F_STR, NULL),
    FIELD_OF(struct files_view, loads, F_LIST, &load_shape, "载入记录"),
    FIELD_OF(struct files_view, faults, F_LIST, &fault_shape, "没有读懂的行"),
    FIELD(struct files_view, result, F_STR, "结果"),
    FIELD(struct files_view, file_error, F_STR, NULL),
    FIELD(struct files_view, lines, F_INT, "读了几行"),
    FIELD(struct files_view, added, F_INT, "新增"),
    FIELD(struct files_view, changed, F_INT, "改动"),
    FIELD(struct files_view, same, F_INT, "没有变化"),
    FIELD(struct files_view, bad, F_INT, "没有读懂"),
    FIELD(struct files_view, has_errors, F_BOOL, NULL),
    FIELD(struct files_view, has_faults, F_BOOL, NULL),
    FIELD(struct files_view, done, F_BOOL, NULL),
    {0},
};
const struct shape upkeep_files_shape = {"KnowledgeFiles", sizeof(struct files_view), view_fields};

static enum err read_loads(struct task *t, void *arg)
{
    struct files_view *v = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_upkeep_loads, ARGS(INT("tenant", t->tenant)), &rows);

    v->page_title = tr_str(t, S("载入文件"));
    v->loads = (struct list){0};
    while (!e && rows_next(rows)) {
        struct load_row *row = list_add(t, &v->loads, sizeof *row);
        struct str source = row_str(rows, "source"), name;

        /* Name, size and time tell one file from another; people know it by its name. */
        (void)str_cut(&source, ' ', &name);
        *row = (struct load_row){
            .name = name,
            .lines = row_int(rows, "lines"),
            .at = row_int(rows, "at_ms"),
            .state = row_int(rows, "finished") ? tr_str(t, S("读完"))
                                               : tr_str(t, S("没有读完，再载入一次会接着读")),
        };
    }
    return e;
}

enum err upkeep_files_get(struct task *t, struct request *request, struct response *response)
{
    struct files_view *v = NEW(t, struct files_view, 1);

    v->file_error = request_error(request, "file");
    if (request->error && !v->file_error.len)
        v->file_error = request->error_note;
    v->has_errors = request->error != OK;
    response->view = v;
    response->shape = &upkeep_files_shape;
    return store_read(t, read_loads, v);
}

/* --- Loading --------------------------------------------------------------------------------- */

/* The name as sent tells the kind and, for Markdown, the law; nothing else of it is used. */
static struct str safe_name(struct task *t, struct str name)
{
    char *at = str_terminated(t, str_first(name, utf8_prefix(name, 80)));

    for (char *c = at; *c; c++)
        if (*c == '/' || *c == '\\' || (unsigned char)*c < 0x20)
            *c = '_';
    return str_of(at[0] == '.' ? at + 1 : at);
}

static void remove_file(void *path)
{
    (void)unlink(path);
}

static void remove_folder(void *path)
{
    (void)rmdir(path);
}

static enum err keep_upload(struct task *t, const char *data, const struct upload *upload,
                            const char **ret_path)
{
    char *folder = str_terminated(t, str_format(t, "%s/loading-XXXXXX", data));

    if (!mkdtemp(folder))
        return task_fail(t, ERR_STORE, "不能放下文件：%s", strerror(errno));
    task_defer(t, remove_folder, folder);
    struct str name = safe_name(t, upload->filename);
    char *path = str_terminated(t, str_format(t, "%s/%.*s", folder, STR_ARG(name)));
    FILE *file = fopen(path, "wbx");
    if (!file)
        return task_fail(t, ERR_STORE, "不能放下文件：%s", strerror(errno));
    task_defer(t, remove_file, path);
    size_t written = fwrite(upload->content.at, 1, upload->content.len, file);
    if (fclose(file) || written != upload->content.len)
        return task_fail(t, ERR_STORE, "不能放下文件：%s", strerror(errno));
    *ret_path = path;
    return OK;
}

static void read_faults(struct task *t, FILE *errors, struct files_view *v)
{
    char line[FAULT_LINE * 4];

    rewind(errors);
    while (v->faults.count < FAULTS_SHOWN && fgets(line, sizeof line, errors)) {
        struct str text = str_trim(str_of(line));

        ((struct fault_row *)list_add(t, &v->faults, sizeof(struct fault_row)))->text = str_copy(
            t, str_first(text, utf8_valid(text) ? utf8_prefix(text, FAULT_LINE) : text.len));
    }
    v->has_faults = v->faults.count > 0;
}

struct record {
    const struct actor *actor;
    struct str name, detail;
};

static enum err record_load(struct task *t, void *arg)
{
    const struct record *r = arg;

    return actor_record(t, r->actor, "knowledge", 0, 0, S("knowledge/files"),
                        str_format(t, "%.*s：%.*s", STR_ARG(r->name), STR_ARG(r->detail)));
}

static const struct upload *find_upload(const struct request *request)
{
    LIST_EACH (const struct upload, upload, request->uploads) {
        if (str_is(upload->field, "file") && upload->content.len)
            return upload;
    }
    return NULL;
}

enum err upkeep_files_post(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    const struct upload *upload = find_upload(request);
    struct files_view *v = NEW(t, struct files_view, 1);
    struct knowledge_loaded loaded = {0};
    const char *path = NULL;

    if (!upload) {
        task_field_error(t, S("file"), "请选一个文件");
        return task_input_verdict(t);
    }
    FILE *errors = tmpfile();
    const struct knowledge_load load = {
        .tenant = t->tenant, .most = UNPACKED_MOST, .errors = errors};
    enum err e = errors ? keep_upload(t, setup->data, upload, &path)
                        : task_fail(t, ERR_STORE, "不能记下没有读懂的行：%s", strerror(errno));
    if (!e)
        e = knowledge_load_file(t, path, &load, &loaded);
    if (!e)
        read_faults(t, errors, v);
    if (errors)
        fclose(errors);
    if (e == ERR_BAD_INPUT) {
        task_field_error(t, S("file"), "只认 .jsonl、.csv、.md，后面可以再有 .zst");
        return e;
    }
    if (e)
        return e;
    v->lines = loaded.lines;
    v->added = loaded.added;
    v->changed = loaded.changed;
    v->same = loaded.same;
    v->bad = loaded.bad;
    v->done = true;
    v->result = str_format(t, tr(t, "新增 %lld，改动 %lld，没有变化 %lld，没有读懂 %lld 行"),
                           (long long)v->added, (long long)v->changed, (long long)v->same,
                           (long long)v->bad);
    struct record record = {request->actor, upload->filename,
                            str_format(t, "新增 %lld，改动 %lld，没有读懂 %lld 行",
                                       (long long)v->added, (long long)v->changed,
                                       (long long)v->bad)};
    e = store_write(t, record_load, &record);
    if (!e)
        e = store_read(t, read_loads, v);
    response->view = v;
    response->shape = &upkeep_files_shape;
    response->template = "knowledge/upkeep-files";
    return e;
}
