/*
 * Any text as an id number, a phone, a credit code, a tracking code, a day; and as JSON, checked by
 * a form with every type.  What is accepted is normal: checked again it is accepted and stays the
 * same.
 */
#include <assert.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/form.h"
#include "core/task.h"
#include "core/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct choice choices[] = {{"a", "甲"}, {"b", "乙"}, {"c", NULL}, {NULL, NULL}};
static const struct ask person_asks[] = {
    {.name = "name", .title = "姓名", .type = ASK_TEXT, .required = true, .max = 10},
    {.name = "id", .title = "身份证号", .type = ASK_ID_NUMBER},
    {.name = "phone", .title = "电话", .type = ASK_PHONE},
    {0},
};
static const struct form person = {"person", person_asks};
static const struct ask asks[] = {
    {.name = "t", .title = "标题", .type = ASK_TEXT, .min = 2},
    {.name = "l", .title = "经过", .type = ASK_LONG, .max = 100},
    {.name = "c", .title = "事由", .type = ASK_CHOICE, .choices = choices},
    {.name = "cs", .title = "标记", .type = ASK_CHOICES, .choices = choices, .max = 2},
    {.name = "b", .title = "同意", .type = ASK_BOOL},
    {.name = "i", .title = "人数", .type = ASK_INT, .min = -5, .max = 500},
    {.name = "d", .title = "日期", .type = ASK_DAY},
    {.name = "m", .title = "时间", .type = ASK_MOMENT},
    {.name = "id", .title = "事项", .type = ASK_ID},
    {.name = "firm", .title = "单位", .type = ASK_CREDIT_CODE},
    {.name = "o", .title = "代理人", .type = ASK_OBJECT, .of = &person},
    {.name = "ps", .title = "当事人", .type = ASK_LIST, .of = &person, .max = 3},
    {0},
};
static const struct form form = {"form", asks};
static const struct ask money_asks[] = {
    {.name = "y", .title = "金额", .type = ASK_MONEY, .max = 99999}, {0}};
static const struct form money = {"money", money_asks};

typedef const char *check_fn(struct task *t, struct str text, struct str *ret_normal);

static struct str check(struct task *t, check_fn *fn, struct str text)
{
    struct str normal = {0}, again = {0};
    const char *message = fn(t, text, &normal);

    if (message) {
        assert(*message && utf8_valid(str_of(message)));
        return (struct str){0};
    }
    assert(!fn(t, normal, &again) && str_eq(normal, again));
    return normal;
}

static void check_values(struct task *t, struct str text)
{
    struct str id = check(t, check_id_number, text), code = code_normalise(t, text);
    int32_t day;
    int64_t moment;

    check(t, check_phone, text);
    check(t, check_credit_code, text);
    if (id.len) {
        assert(id.len == 18);
        assert(age_on(id_number_birth(id), day_of(t->now)) >= 0);
        id_number_female(id);
    }
    assert(str_eq(code, code_normalise(t, code)));
    if (day_parse(text, &day))
        assert(str_eq(day_text(t, day), text));
    if (moment_parse(text, &moment))
        assert(day_of(moment) > DAY_NONE);
    if (base64url_decode(t, text, &code))
        assert(str_eq(base64url(t, code.at, code.len), text));
}

static void check_form(struct task *t, struct str text)
{
    struct json *json, *clean, *again;

    if (json_parse(t, text, &json))
        return;
    enum err e = form_check(t, &money, json, S("p"), &clean);
    assert((e == OK) == !t->field_errors);
    task_clear_error(t);
    e = form_check(t, &form, json, S(""), &clean);
    assert(e == OK || (e == ERR_BAD_INPUT && t->field_errors));
    if (e)
        return;
    e = form_check(t, &form, clean, S(""), &again);
    assert(e == OK);
    assert(str_eq(json_text(t, clean), json_text(t, again)));
}

static enum err check_all(struct task *t, void *arg)
{
    check_values(t, *(const struct str *)arg);
    check_form(t, *(const struct str *)arg);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, 4 << 20);
    enum err e = task_protect(&t, check_all, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
