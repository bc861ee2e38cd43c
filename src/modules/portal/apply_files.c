/* Materials of an application: a list, and one page for each.  Files are sealed with the draft's
 * key. */
#include "apply_private.h"

#include "core/text.h"

struct material_row {
    struct str title, state;
    int64_t number;
    bool required, state_done;
};
struct materials_view {
    struct str matter, question, back, action;
    int64_t step, steps;
    struct list materials;
};
struct file_row {
    struct str name, size;
    int64_t number;
};
struct apply_material_view {
    struct portal_form form;
    struct str title, matter, where_from, action, back, file_error;
    int64_t number, count;
    bool has_files;
    struct list files;
};

static const struct field row_fields[] = {
    FIELD(struct material_row, title, F_STR, "材料"),
    FIELD(struct material_row, state, F_STR, "情况"),
    FIELD(struct material_row, number, F_INT, "序号"),
    FIELD(struct material_row, required, F_BOOL, "必交"),
    FIELD(struct material_row, state_done, F_BOOL, "已交"),
    {0},
};
static const struct shape row_shape = {"ApplyMaterialRow", sizeof(struct material_row), row_fields};
static const struct field materials_fields[] = {
    FIELD(struct materials_view, matter, F_STR, "事项"),
    FIELD(struct materials_view, question, F_STR, "问题"),
    FIELD(struct materials_view, back, F_STR, NULL),
    FIELD(struct materials_view, action, F_STR, NULL),
    FIELD(struct materials_view, step, F_INT, "第几步"),
    FIELD(struct materials_view, steps, F_INT, "共几步"),
    FIELD_OF(struct materials_view, materials, F_LIST, &row_shape, "材料"),
    {0},
};
static const struct shape materials_shape = {"ApplyMaterials", sizeof(struct materials_view),
                                             materials_fields};
static const struct field file_fields[] = {
    FIELD(struct file_row, name, F_STR, "文件"),
    FIELD(struct file_row, size, F_STR, "大小"),
    FIELD(struct file_row, number, F_INT, "序号"),
    {0},
};
const struct shape portal_file_shape = {"ApplyFile", sizeof(struct file_row), file_fields};
static const struct field material_fields[] = {
    PORTAL_FORM_FIELDS(struct apply_material_view),
    FIELD(struct apply_material_view, title, F_STR, "材料"),
    FIELD(struct apply_material_view, matter, F_STR, "事项"),
    FIELD(struct apply_material_view, where_from, F_STR, "从哪里得到"),
    FIELD(struct apply_material_view, action, F_STR, NULL),
    FIELD(struct apply_material_view, back, F_STR, NULL),
    FIELD(struct apply_material_view, file_error, F_STR, "错误"),
    FIELD(struct apply_material_view, number, F_INT, "序号"),
    FIELD(struct apply_material_view, count, F_INT, "共几件"),
    FIELD(struct apply_material_view, has_files, F_BOOL, NULL),
    FIELD_OF(struct apply_material_view, files, F_LIST, &portal_file_shape, "已传"),
    {0},
};
const struct shape apply_material_shape = {"ApplyMaterial", sizeof(struct apply_material_view),
                                           material_fields};

static const struct choice instead_promise[] = {
    {"promised", "先承诺，以后补"}, {"later", "我到窗口交"}, {NULL, NULL}};
static const struct choice instead_later[] = {{"later", "我到窗口交"}, {NULL, NULL}};

static const struct form *instead_form(struct task *t, const struct material *material)
{
    struct ask *asks = NEW(t, struct ask, 2);
    struct form *form = NEW(t, struct form, 1);

    asks[0] = (struct ask){
        .name = "instead",
        .title = "现在没有？",
        .type = ASK_CHOICE,
        .choices = material->promise ? instead_promise : instead_later,
        .hint = material->promise ? "承诺以后，事情先办起来，材料在约定的日子前补上" : NULL,
    };
    *form = (struct form){"ApplyInstead", asks};
    return form;
}

static int files_of(const struct wizard *wizard, struct str material)
{
    int n = 0;

    JSON_EACH (file, json_get(wizard->draft.body, "files"))
        n += str_eq(json_get_str(file, "material"), material);
    return n;
}

struct str apply_material_state(struct task *t, const struct wizard *wizard,
                                const struct material *material, bool *ret_done)
{
    int n = files_of(wizard, material->code);
    struct str instead =
        json_as_str(json_find(json_get(wizard->draft.body, "papers"), material->code));

    *ret_done = n || instead.len;
    if (n)
        return str_format(t, tr(t, "已传\xc2\xa0%d\xc2\xa0份"), n);
    if (str_is(instead, "promised"))
        return S("先承诺，以后补");
    if (str_is(instead, "later"))
        return S("到窗口交");
    return material->required ? S("必交，还没传") : S("有就传");
}

enum err apply_materials(struct task *t, struct request *request, struct response *response,
                         const struct wizard *wizard, int64_t n)
{
    struct materials_view *view = NEW(t, struct materials_view, 1);
    bool check = str_is(json_get_str(request->query, "from"), "check");
    int64_t number = 0;

    *view = (struct materials_view){
        .matter = wizard->matter.title,
        .question = str_of(wizard->steps[n - 1].question),
        .back = check ? S("/apply/check") : wizard_address(t, wizard, n - 1),
        .action = wizard_address(t, wizard, n),
        .step = n,
        .steps = wizard->count,
    };
    LIST_EACH (const struct material, material, wizard->materials) {
        struct material_row *row = list_add(t, &view->materials, sizeof *row);

        row->title = material->title;
        row->number = ++number;
        row->required = material->required;
        row->state = apply_material_state(t, wizard, material, &row->state_done);
    }
    response->shape = &materials_shape;
    response->view = view;
    return OK;
}

static enum err open_material(struct task *t, const struct request *request,
                              struct response *response, struct wizard *wizard,
                              const struct material **ret_material, int64_t *ret_number)
{
    int64_t number = json_get_int(request->params, "number");
    enum err e = wizard_open(t, request, response, wizard);

    if (e)
        return e;
    if (number < 1 || number > (int64_t)wizard->materials.count)
        return task_fail(t, ERR_NOT_FOUND, "没有这项材料");
    *ret_number = number;
    *ret_material = (const struct material *)wizard->materials.at + number - 1;
    return OK;
}

enum err apply_material(struct task *t, struct request *request, struct response *response)
{
    struct apply_material_view *view = NEW(t, struct apply_material_view, 1);
    const struct material *material;
    struct wizard wizard;
    struct json *values = json_object(t);
    int64_t number;
    enum err e = open_material(t, request, response, &wizard, &material, &number);

    if (e)
        return e;
    json_put_str(t, values, "instead",
                 json_as_str(json_find(json_get(wizard.draft.body, "papers"), material->code)));
    *view = (struct apply_material_view){
        .form = portal_form(t, instead_form(t, material),
                            request->method == POST ? request->body : values, request->errors),
        .title = material->title,
        .matter = wizard.matter.title,
        .where_from = material->where,
        .action = str_format(t, "/apply/material/%lld", (long long)number),
        .back = wizard_address(t, &wizard, wizard_find(&wizard, STEP_MATERIALS)),
        .number = number,
        .count = (int64_t)wizard.materials.count,
        .file_error = request_error(request, "files"),
    };
    JSON_EACH (file, json_get(wizard.draft.body, "files")) {
        if (!str_eq(json_get_str(file, "material"), material->code))
            continue;
        struct file_row *row = list_add(t, &view->files, sizeof *row);
        row->name = json_get_str(file, "name");
        row->size = portal_size(t, json_get_int(file, "size"));
        row->number = (int64_t)view->files.count;
    }
    view->has_files = view->files.count > 0;
    response->view = view;
    return OK;
}

static void clear_files(struct task *t, struct wizard *wizard, struct str material)
{
    struct json *kept = json_list(t), *next;
    struct json *files = json_get(wizard->draft.body, "files");

    for (struct json *file = files ? files->first : NULL; file; file = next) {
        next = file->next;
        if (str_eq(json_get_str(file, "material"), material)) {
            *(struct str *)list_add(t, &wizard->draft.remove, sizeof(struct str)) =
                json_get_str(file, "blob");
            continue;
        }
        file->next = NULL;
        json_append(kept, file);
    }
    json_put(t, wizard->draft.body, S("files"), kept);
}

static enum err keep_uploads(struct task *t, struct wizard *wizard, const struct material *material,
                             const struct list *uploads)
{
    struct json *files = json_get(wizard->draft.body, "files");

    if (!files) {
        files = json_list(t);
        json_put(t, wizard->draft.body, S("files"), files);
    }
    if (files->count + uploads->count > DRAFT_FILES) {
        task_field_error(t, S("files"), "网上最多交 %d 个文件，其余的请到窗口交", DRAFT_FILES);
        return ERR_BAD_INPUT;
    }
    LIST_EACH (const struct upload, upload, *uploads) {
        struct json *file = json_object(t);
        struct str blob;
        enum err e = draft_put_file(t, &wizard->draft, upload->content, &blob);

        if (e)
            return e;
        json_put_str(t, file, "material", material->code);
        json_put_str(t, file, "name", upload->filename);
        json_put_str(t, file, "type", upload->type);
        json_put_int(t, file, "size", (int64_t)upload->content.len);
        json_put_str(t, file, "blob", blob);
        json_append(files, file);
    }
    return OK;
}

enum err apply_material_post(struct task *t, struct request *request, struct response *response)
{
    const struct material *material;
    struct wizard wizard;
    struct list uploads;
    struct json *clean;
    int64_t number;
    enum err e = open_material(t, request, response, &wizard, &material, &number);

    if (e)
        return e;
    bool clear = json_get_str(request->body, "_clear").len > 0;
    enum err wrong = upload_check(t, request, &uploads);
    if ((e = form_check(t, instead_form(t, material), request->body, S(""), &clean)) || (e = wrong))
        return e;
    struct str instead = json_get_str(clean, "instead");
    if (!uploads.count && !instead.len && !clear && !files_of(&wizard, material->code)) {
        task_field_error(t, S("files"), "请拍照或选文件；现在没有的，在下面选一项");
        return ERR_BAD_INPUT;
    }
    if (clear)
        clear_files(t, &wizard, material->code);
    struct json *papers = json_get(wizard.draft.body, "papers");
    if (!papers) {
        papers = json_object(t);
        json_put(t, wizard.draft.body, S("papers"), papers);
    }
    json_put(t, papers, material->code, instead.len ? json_str(t, instead) : NULL);
    if ((e = keep_uploads(t, &wizard, material, &uploads)) || (e = draft_save(t, &wizard.draft)))
        return e;
    response->redirect = clear ? str_format(t, "/apply/material/%lld", (long long)number)
                               : wizard_address(t, &wizard, wizard_find(&wizard, STEP_MATERIALS));
    return OK;
}
