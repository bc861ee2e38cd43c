/* Rendering: one pass over the ops, nothing allocated but the output. */
#include "view/template.h"

#include <string.h>

#include "core/text.h"
#include "core/time.h"
#include "view/template_private.h"

static struct str entity_of(char c)
{
    switch (c) {
    case '&':
        return S("&amp;");
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '"':
        return S("&quot;");
    case '\'':
        return S("&#39;");
    default:
        return S("");
    }
}

static const bool needs_entity[256] = {
    ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true};

void html_escape(struct buf *out, struct str text)
{
    size_t plain = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (!needs_entity[(unsigned char)text.at[i]])
            continue;
        buf_add_bytes(out, text.at + plain, i - plain);
        buf_add(out, entity_of(text.at[i]));
        plain = i + 1;
    }
    if (plain < text.len)
        buf_add_bytes(out, text.at + plain, text.len - plain);
}

static char *two_digits(char *at, int number)
{
    *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

static void write_day(struct buf *out, int32_t day)
{
    char text[16], *at = text;
    int year, month, of_month;

    if (day == DAY_NONE)
        return;
    day_to_civil(day, &year, &month, &of_month);
    at = two_digits(at, year / 100);
    at = two_digits(at, year);
    *at++ = '-';
    at = two_digits(at, month);
    *at++ = '-';
    at = two_digits(at, of_month);
    buf_add_bytes(out, text, (size_t)(at - text));
}

static void write_moment(struct buf *out, int64_t moment)
{
    char text[8], *at = text;

    if (!moment)
        return;
    int32_t day = day_of(moment);
    int minute = (int)((moment - day_start(day)) / 60000);
    write_day(out, day);
    *at++ = ' ';
    at = two_digits(at, minute / 60);
    *at++ = ':';
    at = two_digits(at, minute % 60);
    buf_add_bytes(out, text, (size_t)(at - text));
}

/* Where the named thing lies; NULL when a link on the way leads nowhere. */
static const char *locate(const struct op *op, const void *const *frames)
{
    const char *at = frames[op->frame];

    for (int i = 0; at && i < op->links; i++) {
        const void *next;
        memcpy(&next, at + op->offsets[i], sizeof next);
        at = next;
    }
    return at ? at + op->offsets[op->links] : NULL;
}

static void write_field(struct buf *out, enum field_type type, const char *at)
{
    if (!at)
        return;
    switch (type) {
    case F_STR:
        html_escape(out, *(const struct str *)(const void *)at);
        break;
    case F_HTML:
        buf_add(out, *(const struct str *)(const void *)at);
        break;
    case F_INT:
        buf_add_int(out, *(const int64_t *)(const void *)at);
        break;
    case F_ID:
        if (*(const int64_t *)(const void *)at)
            buf_add_int(out, *(const int64_t *)(const void *)at);
        break;
    case F_BOOL:
        buf_add(out, *(const bool *)(const void *)at ? S("true") : S("false"));
        break;
    case F_MOMENT:
        write_moment(out, *(const int64_t *)(const void *)at);
        break;
    case F_DAY:
        write_day(out, *(const int32_t *)(const void *)at);
        break;
    case F_LIST:
    case F_OBJECT:
    case F_LINK:
        break; /* the binder refuses them */
    }
}

static void write_words(struct buf *out, const struct language *language, const char *at)
{
    if (at)
        html_escape(out, language_text(language, *(const struct str *)(const void *)at));
}

static bool is_there(enum field_type type, const char *at)
{
    if (!at)
        return false;
    switch (type) {
    case F_STR:
    case F_HTML:
        return ((const struct str *)(const void *)at)->len > 0;
    case F_INT:
    case F_ID:
    case F_MOMENT:
        return *(const int64_t *)(const void *)at != 0;
    case F_BOOL:
        return *(const bool *)(const void *)at;
    case F_DAY:
        return *(const int32_t *)(const void *)at != DAY_NONE;
    case F_LIST:
        return ((const struct list *)(const void *)at)->count > 0;
    case F_OBJECT:
        return true;
    case F_LINK:
        return *(const void *const *)(const void *)at != NULL;
    }
    return false;
}

static void run(struct buf *out, const struct template *template, size_t from, size_t to,
                const void **frames);

static void run_section(struct buf *out, const struct template *template, size_t index,
                        const void **frames)
{
    const struct op *op = &template->ops[index];
    const char *at = locate(op, frames);

    if (!is_there(op->type, at))
        return;
    if (op->type == F_LIST) {
        const struct list *list = (const void *)at;
        const char *element = list->at;
        for (size_t i = 0; i < list->count; i++, element += op->size) {
            frames[op->push] = element;
            run(out, template, index + 1, op->end, frames);
        }
        return;
    }
    if (op->type == F_OBJECT)
        frames[op->push] = at;
    else if (op->type == F_LINK)
        memcpy(&frames[op->push], at, sizeof frames[op->push]);
    run(out, template, index + 1, op->end, frames);
}

static void run(struct buf *out, const struct template *template, size_t from, size_t to,
                const void **frames)
{
    for (size_t i = from; i < to;) {
        const struct op *op = &template->ops[i];
        switch (op->kind) {
        case OP_TEXT:
            buf_add_bytes(out, template->pool + op->from, op->len);
            i++;
            break;
        case OP_FIELD:
            if (op->words && op->type == F_STR)
                write_words(out, template->language, locate(op, frames));
            else
                write_field(out, op->type, locate(op, frames));
            i++;
            break;
        case OP_SECTION:
            run_section(out, template, i, frames);
            i = op->end;
            break;
        case OP_INVERTED:
            if (!is_there(op->type, locate(op, frames)))
                run(out, template, i + 1, op->end, frames);
            i = op->end;
            break;
        }
    }
}

void template_render(struct buf *out, const struct template *template, const void *data,
                     const void *shell)
{
    const void *frames[TEMPLATE_MAX_FRAMES] = {shell, data};

    run(out, template, 0, template->count, frames);
}
