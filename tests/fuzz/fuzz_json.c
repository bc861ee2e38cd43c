/* Any bytes as JSON: refused with a note, or read, and then written and read again as the same. */
#include <assert.h>
#include <stdint.h>

#include "core/json.h"
#include "core/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct json *json, int depth)
{
    const struct json *last = NULL;
    size_t count = 0;

    assert(depth <= JSON_MAX_DEPTH);
    assert(utf8_valid(json->text) && utf8_valid(json->name));
    JSON_EACH (child, json) {
        /* The first of a name is itself: no name is there twice. */
        if (json->kind == JSON_OBJECT && json->count < 200)
            assert(json_find(json, child->name) == child);
        check_tree(child, depth + 1);
        last = child;
        count++;
    }
    assert(count == json->count && last == json->last);
}

static enum err read_and_write(struct task *t, void *arg)
{
    struct json *json = NULL, *again;
    enum err e = json_parse(t, *(const struct str *)arg, &json);

    if (e) {
        assert(e == ERR_BAD_INPUT && !json && t->note.len);
        return OK;
    }
    check_tree(json, 0);
    struct str text = json_text(t, json);
    e = json_parse(t, text, &again);
    assert(e == OK);
    assert(str_eq(text, json_text(t, again)));
    for (size_t i = 0; i < text.len; i++)
        assert(text.at[i] != '<' && text.at[i] != '>' && text.at[i] != '&' &&
               (unsigned char)text.at[i] >= 0x20);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 0, 4 << 20);
    enum err e = task_protect(&t, read_and_write, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
