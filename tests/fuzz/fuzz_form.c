/*
 * Any bytes as a form.  What is accepted is a tree that can be written as JSON, read again and
 * written the same; it is no deeper and no larger than promised.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "http/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct json *tree, int depth)
{
    assert(depth <= INPUT_DEPTH + 2);
    assert(tree->kind == JSON_OBJECT || tree->kind == JSON_LIST || tree->kind == JSON_STRING);
    size_t children = 0;
    JSON_EACH (child, tree) {
        check_tree(child, depth + 1);
        children++;
    }
    assert(children == tree->count && children <= INPUT_FIELDS);
    assert(tree->kind != JSON_STRING || utf8_valid(tree->text));
}

static enum err read(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct json *tree = NULL, *again;
    enum err e = input_urlencoded(t, *text, &tree);

    if (tree)
        check_tree(tree, 0);
    if (e) {
        assert(e == ERR_BAD_INPUT || e == ERR_TOO_LARGE);
        return e;
    }
    assert(tree && !t->err && !t->field_errors);
    struct str json = json_text(t, tree);
    enum err parsed = json_parse(t, json, &again);
    assert(parsed == OK && str_eq(json_text(t, again), json));
    return OK;
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
