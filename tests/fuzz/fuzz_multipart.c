/*
 * Any bytes as a multipart body.  The first line is the Content-Type, the rest the body.  What is
 * accepted has files whose names are base names in UTF-8 and whose contents lie within the body.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "http/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_upload(const struct upload *upload, struct str body)
{
    assert(upload->filename.len > 0 && utf8_valid(upload->filename) && utf8_valid(upload->field));
    assert(!memchr(upload->filename.at, '/', upload->filename.len));
    assert(!memchr(upload->filename.at, '\\', upload->filename.len));
    assert(!str_is(upload->filename, "..") && !str_is(upload->filename, "."));
    for (size_t i = 0; i < upload->filename.len; i++)
        assert((unsigned char)upload->filename.at[i] >= ' ');
    assert(upload->content.len == 0 ||
           (upload->content.at >= body.at &&
            upload->content.at + upload->content.len <= body.at + body.len));
}

static enum err read(struct task *t, void *arg)
{
    struct str body = *(const struct str *)arg, type = {0};
    struct json *tree = NULL;
    struct list uploads = {0};

    str_cut(&body, '\n', &type);
    enum err e = input_multipart(t, type, body, &tree, &uploads);
    assert(uploads.count <= LIMIT_FILES);
    LIST_EACH (struct upload, upload, uploads)
        check_upload(upload, body);
    if (e == OK) {
        struct json *again;
        enum err parsed = json_parse(t, json_text(t, tree), &again);

        assert(parsed == OK);
    }
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_TOO_LARGE || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
