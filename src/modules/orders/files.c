/*
 * files.c - what was handed in: sealed with a key of its own before the transaction, rows with the
 * event.
 */
#include "modules/orders/read.h"

#include "core/text.h"
#include "orders_sql.h"
#include "orders_upkeep_sql.h"

static struct str file_place(void)
{
    return S("attachment");
}

/* A name says little: the first bytes must fit the type, and only these types are taken. */
static const struct {
    const char *type, *suffix, *magic;
    size_t magic_len;
} file_types[] = {
    {"application/pdf", ".pdf", "%PDF-", 5},
    {"image/jpeg", ".jpg", "\xff\xd8\xff", 3},
    {"image/png", ".png", "\x89PNG\r\n\x1a\n", 8},
    {"application/zip", ".docx", "PK\x03\x04", 4},
    {"application/zip", ".xlsx", "PK\x03\x04", 4},
    {"audio/mpeg", ".mp3", "ID3", 3},
    {"video/mp4", ".mp4", NULL, 0},
    {"text/plain", ".txt", NULL, 0},
};

static struct str lower(struct task *t, struct str s)
{
    char *text = str_terminated(t, s);

    for (size_t i = 0; i < s.len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + 32);
    return (struct str){text, s.len};
}

static bool fits(struct str content, const char *suffix, const char *magic, size_t magic_len)
{
    if (magic)
        return content.len >= magic_len &&
               str_eq(str_first(content, magic_len), (struct str){magic, magic_len});
    if (str_is(str_of(suffix), ".mp4"))
        return content.len > 12 && str_eq(str_first(str_from(content, 4), 4), S("ftyp"));
    return utf8_valid(content);
}

static enum err check_file(struct task *t, struct file_in *file, size_t index)
{
    struct str name = lower(t, file->name);
    struct str field = str_format(t, "files[%zu]", index);
    bool known = false;

    if (str_ends(name, S(".jpeg")))
        name = S(".jpg");
    for (size_t i = 0; i < sizeof file_types / sizeof *file_types; i++) {
        if (!str_ends(name, str_of(file_types[i].suffix)))
            continue;
        known = true;
        file->type = str_of(file_types[i].type);
        if (!fits(file->content, file_types[i].suffix, file_types[i].magic,
                  file_types[i].magic_len))
            task_field_error(t, field, "“%.*s”的内容和它的类型不符，请重新导出或拍照再交",
                             STR_ARG(file->name));
    }
    if (!known)
        task_field_error(t, field,
                         "“%.*s”不能收，请交 PDF、照片（JPG、PNG）、Word、Excel、文本、录音或录像",
                         STR_ARG(file->name));
    if (!file->content.len)
        task_field_error(t, field, "“%.*s”是空的", STR_ARG(file->name));
    return OK;
}

enum err order_store_files(struct task *t, struct list files)
{
    size_t i = 0;
    enum err e;

    LIST_EACH (struct file_in, file, files) {
        e = check_file(t, file, i++);
        if (e)
            return e;
    }
    e = task_input_verdict(t);
    if (e)
        return e;
    LIST_EACH (struct file_in, file, files) {
        file->size = (int64_t)file->content.len;
        file->key = key_random();
        e = blob_put(t, crypto_seal(t, &file->key, file_place(), file->content), &file->blob);
        if (e)
            return e;
    }
    return OK;
}

const struct shape attachment_view_shape = {
    .name = "Attachment",
    .size = sizeof(struct attachment_view),
    .fields =
        (const struct field[]){
            FIELD(struct attachment_view, id, F_ID, "编号"),
            FIELD(struct attachment_view, seq, F_INT, "随哪条留痕"),
            FIELD(struct attachment_view, size, F_INT, "字节"),
            FIELD(struct attachment_view, name, F_STR, "文件名"),
            FIELD(struct attachment_view, type, F_STR, "类型"),
            FIELD(struct attachment_view, material, F_STR, "材料"),
            FIELD(struct attachment_view, size_text, F_STR, "大小"),
            {0},
        },
};

static struct str size_text(struct task *t, int64_t bytes)
{
    if (bytes < 1024)
        return str_format(t, tr(t, "%lld 字节"), (long long)bytes);
    if (bytes < 1024 * 1024)
        return str_format(t, "%lld KB", (long long)((bytes + 1023) / 1024));
    return str_format(t, "%.1f MB", (double)bytes / (1024 * 1024));
}

static enum err open_row(struct task *t, const struct order *order, const struct key *key,
                         const struct rows *rows, struct attachment_view *ret_view,
                         struct json **ret_facts)
{
    int64_t id = row_int(rows, "id");
    struct str text, place = str_format(t, "file/%lld/%lld", (long long)order->id, (long long)id);
    enum err e = crypto_open(t, key, place, row_str(rows, "name_sealed"), &text);

    if (e)
        return e;
    e = json_parse(t, text, ret_facts);
    if (e)
        return e;
    *ret_view = (struct attachment_view){
        .id = id,
        .seq = row_int(rows, "seq"),
        .size = row_int(rows, "size"),
        .name = json_get_str(*ret_facts, "name"),
        .type = row_str(rows, "type"),
        .material = row_str(rows, "material"),
        .size_text = size_text(t, row_int(rows, "size")),
    };
    return OK;
}

static enum err rows_of(struct task *t, int64_t order, struct rows **ret_rows)
{
    return store_run(t, &q_orders_attachments,
                     ARGS(INT("tenant", t->tenant), INT("order_id", order)), ret_rows);
}

enum err order_attachments(struct task *t, const struct order *order, struct list *ret_attachments)
{
    struct list views = {0};
    struct rows *rows;
    struct key key;
    enum err e = rows_of(t, order->id, &rows);

    if (e)
        return e;
    if (!order->wrapped_key.len) { /* erased: what they were called stood under the key */
        *ret_attachments = views;
        return OK;
    }
    if (rows_count(rows) && (e = order_key(t, order, &key)))
        return e;
    while (rows_next(rows)) {
        struct attachment_view view;
        struct json *facts;

        e = open_row(t, order, &key, rows, &view, &facts);
        if (e)
            return e;
        *(struct attachment_view *)list_add(t, &views, sizeof view) = view;
    }
    *ret_attachments = views;
    return OK;
}

struct content_args {
    const struct actor *actor;
    int64_t order, id;
    struct attachment_view view;
    struct str blob;
    struct key key;
};

static enum err find_content(struct task *t, void *arg)
{
    struct content_args *a = arg;
    struct order order;
    struct rows *rows;
    struct key key;
    enum err e = order_load(t, a->actor, a->order, &order);

    if (e)
        return e;
    e = order_key(t, &order, &key);
    if (e)
        return e;
    e = rows_of(t, a->order, &rows);
    if (e)
        return e;
    while (rows_next(rows)) {
        struct json *facts;
        struct str bytes;

        if (row_int(rows, "id") != a->id)
            continue;
        e = open_row(t, &order, &key, rows, &a->view, &facts);
        if (e)
            return e;
        if (!str_unhex(t, json_get_str(facts, "key"), &bytes) || bytes.len != KEY_BYTES)
            return task_fail(t, ERR_STORE, "附件的密钥已损坏");
        for (size_t i = 0; i < KEY_BYTES; i++)
            a->key.bytes[i] = (unsigned char)bytes.at[i];
        a->blob = row_str(rows, "blob");
        return OK;
    }
    return task_fail(t, ERR_NOT_FOUND, "没有这个附件");
}

enum err order_attachment_content(struct task *t, const struct actor *actor, int64_t order,
                                  int64_t id, struct attachment_view *ret_view,
                                  struct str *ret_content)
{
    struct content_args a = {.actor = actor, .order = order, .id = id};
    struct str sealed, content;
    enum err e = store_read(t, find_content, &a);

    if (e)
        return e;
    e = blob_get(t, a.blob, &sealed);
    if (e)
        return e;
    e = crypto_open(t, &a.key, file_place(), sealed, &content);
    if (e)
        return e;
    *ret_view = a.view;
    *ret_content = content;
    return OK;
}

enum err order_blobs(struct task *t, struct str from, struct str to, struct list *names)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_blobs,
                  ARGS(INT("tenant", t->tenant), TEXT("from", from), TEXT("to", to)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct str *)list_add(t, names, sizeof(struct str)) = row_str(rows, "blob");
    return OK;
}
