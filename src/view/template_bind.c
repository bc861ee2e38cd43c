/*
 * Binding: the text is read once, every name is looked up in the shapes around it, and what remains
 * are ops that know offsets.  The first fault ends it, with the file and the line it stands in.
 */
#include "view/template.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "view/template_private.h"
#include "view/template_text.h"

struct binder {
    struct template *template;
    const struct template_file *partials;
    const struct language *language; /* NULL: as it is written */
    const struct shape *frames[TEMPLATE_MAX_FRAMES];
    int frame_count;
    size_t barrier; /* text before this op is closed: a section ended there */
    char *why;
};

/* One file being read. */
struct source {
    const char *name;
    struct str text;
    size_t at;
    int partial_depth;
};

struct tag {
    char sigil; /* 0 for a name */
    struct str name;
    size_t start, end;           /* braces included */
    size_t line_start, line_end; /* standalone: the whole line, its newline included */
    bool standalone;
};

static void *grow(void *at, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return at;
    while (*capacity < needed)
        *capacity = *capacity ? *capacity * 2 : 64;
    at = realloc(at, *capacity * size);
    if (!at)
        abort(); /* at start, with a few hundred kilobytes: nothing can be done */
    return at;
}

static bool fault(struct binder *b, const struct source *s, size_t at, const char *format, ...)
    PRINTF_LIKE(4, 5);
static bool fault(struct binder *b, const struct source *s, size_t at, const char *format, ...)
{
    char *what = NULL;
    int line = 1;
    va_list args;

    for (size_t i = 0; i < at && i < s->text.len; i++)
        line += s->text.at[i] == '\n';
    va_start(args, format);
    int n = vasprintf(&what, format, args);
    va_end(args);
    if (n < 0 || asprintf(&b->why, "%s:%d: %s", s->name, line, what) < 0)
        abort();
    free(what);
    return false;
}

static struct op *add_op(struct binder *b, enum op_kind kind)
{
    struct template *t = b->template;

    t->ops = grow(t->ops, &t->capacity, t->count + 1, sizeof *t->ops);
    t->ops[t->count] = (struct op){.kind = kind};
    return &t->ops[t->count++];
}

static void add_text(struct binder *b, struct str text)
{
    struct template *t = b->template;

    if (!text.len)
        return;
    t->pool = grow(t->pool, &t->pool_capacity, t->pool_len + text.len, 1);
    memcpy(t->pool + t->pool_len, text.at, text.len);
    if (t->count > b->barrier && t->ops[t->count - 1].kind == OP_TEXT) {
        t->ops[t->count - 1].len += (uint32_t)text.len;
    } else {
        struct op *op = add_op(b, OP_TEXT);
        op->from = (uint32_t)t->pool_len;
        op->len = (uint32_t)text.len;
    }
    t->pool_len += text.len;
}

static struct str trim(struct str s)
{
    while (s.len && strchr(" \t\r\n", s.at[0]))
        s = (struct str){s.at + 1, s.len - 1};
    while (s.len && strchr(" \t\r\n", s.at[s.len - 1]))
        s.len--;
    return s;
}

static bool is_name(struct str name, bool file)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        bool joint = file ? c == '/' || c == '-' || c == '.' : c == '.';
        if (!word && !(joint && i && i + 1 < name.len && name.at[i - 1] != '.'))
            return false;
    }
    return name.len > 0;
}

/* A tag that opens, closes, includes or comments, alone on its line, takes the line with it. */
static void measure_line(const struct source *s, struct tag *tag)
{
    size_t from = tag->start, to = tag->end;

    while (from > 0 && (s->text.at[from - 1] == ' ' || s->text.at[from - 1] == '\t'))
        from--;
    while (to < s->text.len && (s->text.at[to] == ' ' || s->text.at[to] == '\t'))
        to++;
    if (from > 0 && s->text.at[from - 1] != '\n')
        return;
    if (to + 1 < s->text.len && s->text.at[to] == '\r' && s->text.at[to + 1] == '\n')
        to += 2;
    else if (to < s->text.len && s->text.at[to] == '\n')
        to++;
    else if (to < s->text.len)
        return;
    tag->standalone = true;
    tag->line_start = from;
    tag->line_end = to;
}

/* The next tag after s->at.  *ret_found is false at the end of the text. */
static bool next_tag(struct binder *b, const struct source *s, struct tag *ret_tag, bool *ret_found)
{
    size_t start = str_find(str_from(s->text, s->at), S("{{"));

    *ret_found = false;
    if (start == SIZE_MAX)
        return true;
    start += s->at;
    struct str rest = str_from(s->text, start + 2);
    size_t len = str_find(rest, S("}}"));
    if (len == SIZE_MAX)
        return fault(b, s, start, "标签没有结束：缺少 }}");
    struct tag tag = {.start = start, .end = start + 2 + len + 2};
    struct str inside = trim(str_first(rest, len));
    if (inside.len && (strchr("#^/!>{&=", inside.at[0]) || (b->language && inside.at[0] == '~'))) {
        tag.sigil = inside.at[0];
        inside = trim(str_from(inside, 1));
    }
    tag.name = inside;
    if (tag.sigil == '{' || tag.sigil == '&')
        return fault(b, s, start, "没有不转义的标签；由程序生成的片段用 F_HTML 字段");
    if (tag.sigil == '=')
        return fault(b, s, start, "不能改变标签的界符");
    if (tag.sigil != '!' && !is_name(tag.name, tag.sigil == '>'))
        return fault(b, s, start, "不是名称：“%.*s”", STR_ARG(tag.name));
    if (tag.sigil && tag.sigil != '~')
        measure_line(s, &tag);
    *ret_tag = tag;
    *ret_found = true;
    return true;
}

/* Find the name's first part from the innermost frame outwards, then go along the dots. */
static bool resolve(struct binder *b, const struct source *s, const struct tag *tag, struct op *op,
                    const struct field **ret_field)
{
    struct str rest = tag->name, part;
    const struct field *field = NULL;

    str_cut(&rest, '.', &part);
    for (int i = b->frame_count - 1; i >= 0 && !field; i--) {
        if (b->frames[i])
            field = shape_field(b->frames[i], part);
        op->frame = (uint8_t)i;
    }
    if (!field)
        return fault(b, s, tag->start, "没有字段 %.*s（在 %s 及外层中）", STR_ARG(part),
                     b->frames[b->frame_count - 1] ? b->frames[b->frame_count - 1]->name : "空");
    op->offsets[0] = (uint32_t)field->offset;
    while (rest.len) {
        str_cut(&rest, '.', &part);
        if (field->type == F_LINK) {
            if (op->links == TEMPLATE_MAX_LINKS)
                return fault(b, s, tag->start, "名称 %.*s 太深", STR_ARG(tag->name));
            op->offsets[++op->links] = 0;
        } else if (field->type != F_OBJECT) {
            return fault(b, s, tag->start, "%s 不是对象，不能取 .%.*s", field->name, STR_ARG(part));
        }
        const struct field *inner = shape_field(field->of, part);
        if (!inner)
            return fault(b, s, tag->start, "%s 没有字段 %.*s", field->of->name, STR_ARG(part));
        op->offsets[op->links] += (uint32_t)inner->offset;
        field = inner;
    }
    op->type = field->type;
    *ret_field = field;
    return true;
}

static bool bind_source(struct binder *b, struct source *s, const struct tag *until);

static bool bind_field(struct binder *b, const struct source *s, const struct tag *tag)
{
    const struct field *field = NULL;
    struct op op = {.kind = OP_FIELD, .words = tag->sigil == '~'};

    if (!resolve(b, s, tag, &op, &field))
        return false;
    if (op.type == F_LIST || op.type == F_OBJECT || op.type == F_LINK)
        return fault(b, s, tag->start, "%.*s 是列表或对象，不能直接写出；请用 {{#%.*s}}",
                     STR_ARG(tag->name), STR_ARG(tag->name));
    *add_op(b, OP_FIELD) = op;
    return true;
}

static bool bind_section(struct binder *b, struct source *s, const struct tag *tag)
{
    const struct field *field = NULL;
    struct op op = {.kind = tag->sigil == '^' ? OP_INVERTED : OP_SECTION};
    int frames = b->frame_count;

    if (!resolve(b, s, tag, &op, &field))
        return false;
    if (op.kind == OP_SECTION && (op.type == F_LIST || op.type == F_OBJECT || op.type == F_LINK)) {
        if (frames == TEMPLATE_MAX_FRAMES)
            return fault(b, s, tag->start, "区段套得太深");
        op.push = (uint8_t)frames;
        op.size = (uint32_t)field->of->size;
        b->frames[b->frame_count++] = field->of;
    }
    size_t index = b->template->count;
    *add_op(b, op.kind) = op;
    b->barrier = b->template->count;
    if (!bind_source(b, s, tag))
        return false;
    b->frame_count = frames;
    b->template->ops[index].end = (uint32_t)b->template->count;
    b->barrier = b->template->count;
    return true;
}

static const struct template_file *find_file(const struct template_file *files, struct str name)
{
    for (const struct template_file *file = files; file && file->name; file++)
        if (str_is(name, file->name))
            return file;
    return NULL;
}

/* A partial alone on an indented line: each of its lines is indented alike. */
static char *indented(struct str text, struct str indent, size_t *ret_len)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    char *copy = malloc(text.len + lines * indent.len + 1), *at = copy;
    if (!copy)
        abort();
    for (size_t i = 0; i < text.len; i++) {
        if (i == 0 || text.at[i - 1] == '\n') {
            memcpy(at, indent.at, indent.len);
            at += indent.len;
        }
        *at++ = text.at[i];
    }
    *ret_len = (size_t)(at - copy);
    return copy;
}

static bool bind_partial(struct binder *b, const struct source *s, const struct tag *tag)
{
    const struct template_file *file = find_file(b->partials, tag->name);

    if (!file)
        return fault(b, s, tag->start, "没有模板 %.*s", STR_ARG(tag->name));
    if (s->partial_depth == TEMPLATE_MAX_PARTIALS)
        return fault(b, s, tag->start, "模板 %.*s 互相包含或套得太深", STR_ARG(tag->name));
    struct source inner = {file->name, {file->text, file->len}, 0, s->partial_depth + 1};
    char *copy = NULL;
    if (tag->standalone && tag->line_start < tag->start) {
        struct str indent = {s->text.at + tag->line_start, tag->start - tag->line_start};
        copy = indented(inner.text, indent, &inner.text.len);
        inner.text.at = copy;
    }
    char *said = b->language ? template_translate(inner.text, b->language, &inner.text.len) : NULL;
    if (said)
        inner.text.at = said;
    bool fine = bind_source(b, &inner, NULL);
    free(said);
    free(copy);
    return fine;
}

/* Read up to the tag that closes `until`, or to the end when it is NULL. */
static bool bind_source(struct binder *b, struct source *s, const struct tag *until)
{
    for (;;) {
        struct tag tag = {0};
        bool found;
        if (!next_tag(b, s, &tag, &found))
            return false;
        if (!found)
            break;
        size_t text_end = tag.standalone ? tag.line_start : tag.start;
        add_text(b, (struct str){s->text.at + s->at, text_end - s->at});
        s->at = tag.standalone ? tag.line_end : tag.end;

        bool fine = true;
        switch (tag.sigil) {
        case 0:
        case '~':
            fine = bind_field(b, s, &tag);
            break;
        case '#':
        case '^':
            fine = bind_section(b, s, &tag);
            break;
        case '>':
            fine = bind_partial(b, s, &tag);
            break;
        case '/':
            if (!until || !str_eq(until->name, tag.name))
                return fault(b, s, tag.start, "{{/%.*s}} 没有对应的开始", STR_ARG(tag.name));
            return true;
        default:
            break; /* a comment */
        }
        if (!fine)
            return false;
    }
    if (until)
        return fault(b, s, until->start, "{{%c%.*s}} 没有结束", until->sigil, STR_ARG(until->name));
    add_text(b, str_from(s->text, s->at));
    s->at = s->text.len;
    return true;
}

struct template *template_bind_text(const char *name, struct str text,
                                    const struct template_file *partials, const struct shape *shape,
                                    const struct shape *shell, const struct language *language,
                                    char **ret_why)
{
    struct binder b = {.partials = partials, .frames = {shell, shape}, .frame_count = 2};
    struct source source = {.name = name, .text = text};
    char *said = NULL;

    if (language && language->catalogue) {
        b.language = language;
        said = template_translate(text, language, &source.text.len);
        source.text.at = said;
    }
    b.template = calloc(1, sizeof *b.template);
    if (!b.template)
        abort();
    b.template->language = b.language;
    bool fine = bind_source(&b, &source, NULL);
    free(said);
    if (!fine) {
        template_free(b.template);
        *ret_why = b.why;
        return NULL;
    }
    return b.template;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    free(template->ops);
    free(template->pool);
    free(template);
}
