/*
 * JSON against a form with every type of field.  What is accepted is clean: it passes the same form
 * again and comes out the same.
 */
#include <assert.h>
#include <stdint.h>

#include "core/form.h"
#include "core/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct choice colours[] = {{"red", "红"}, {"green", "绿"}, {"blue", "蓝"}, {0}};
static const struct ask inner_asks[] = {
    {"name", "名称", ASK_TEXT, .required = true, .max = 20}, {"day", "日期", ASK_DAY}, {0}};
static const struct form inner = {"inner", inner_asks};
static const struct ask asks[] = {{"text", "文字", ASK_TEXT, .max = 30},
                                  {"long", "长文", ASK_LONG},
                                  {"choice", "选项", ASK_CHOICE, .choices = colours},
                                  {"choices", "多选", ASK_CHOICES, .choices = colours},
                                  {"bool", "是否", ASK_BOOL},
                                  {"int", "数", ASK_INT, .min = -5, .max = 1000000},
                                  {"money", "金额", ASK_MONEY, .min = 0, .max = 100000000},
                                  {"day", "日期", ASK_DAY, .min = -365, .max = 0},
                                  {"moment", "时刻", ASK_MOMENT},
                                  {"phone", "电话", ASK_PHONE},
                                  {"id_number", "身份证号", ASK_ID_NUMBER},
                                  {"credit", "信用代码", ASK_CREDIT_CODE},
                                  {"id", "编号", ASK_ID},
                                  {"list", "名单", ASK_LIST, .of = &inner, .max = 4},
                                  {"object", "对象", ASK_OBJECT, .of = &inner},
                                  {0}};
static const struct form form = {"answers", asks};

static enum err read(struct task *t, void *arg)
{
    const struct str *text = arg;
    struct json *tree, *clean = NULL, *again = NULL;
    enum err e = json_parse(t, *text, &tree);

    if (e)
        return e;
    e = form_check(t, &form, tree, S(""), &clean);
    assert(clean);
    if (e) {
        assert(e == ERR_BAD_INPUT && t->field_errors);
        for (const struct field_error *f = t->field_errors; f; f = f->next)
            assert(utf8_valid(f->field) && utf8_valid(f->message) && f->message.len);
        return e;
    }
    if (json_get(clean, "money")) /* yuan came, fen are kept: not the same twice */
        return OK;
    struct str once = json_text(t, clean);
    e = form_check(t, &form, clean, S(""), &again);
    assert(!e && str_eq(json_text(t, again), once));
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_TOO_LARGE || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
