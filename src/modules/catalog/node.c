#include "modules/catalog/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/json.h"
#include "core/task.h"
#include "modules/catalog/procedure.h"

__attribute__((format(printf, 5, 0))) static void add_fault(struct task *t, struct list *faults,
                                                            struct str file, int line,
                                                            const char *message, va_list arguments)
{
    char text[400];
    int n = vsnprintf(text, sizeof text, message, arguments);
    struct str whole = {text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1};

    /* A message cut in the middle of a character is cut back to a whole one. */
    while (whole.len && !utf8_valid(whole))
        whole.len--;
    struct fault *fault = list_add(t, faults, sizeof *fault);
    *fault = (struct fault){.file = file, .line = line, .message = str_copy(t, whole)};
}

void fault_add(struct task *t, struct list *faults, struct str file, int line, const char *message,
               ...)
{
    va_list arguments;
    va_start(arguments, message);
    add_fault(t, faults, file, line, message, arguments);
    va_end(arguments);
}

void node_fault(struct task *t, struct list *faults, const struct node *at, const char *message,
                ...)
{
    va_list arguments;
    va_start(arguments, message);
    add_fault(t, faults, at->file, at->line, message, arguments);
    va_end(arguments);
}

static int compare_faults(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    int by_file = str_compare(x->file, y->file);

    return by_file ? by_file : (x->line > y->line) - (x->line < y->line);
}

void faults_sort(struct list *faults)
{
    if (faults->count)
        qsort(faults->at, faults->count, sizeof(struct fault), compare_faults);
}

/* The parser and the event at hand are hung on the task: an arena that runs out leaves nothing
 * behind. */
struct source {
    yaml_parser_t parser;
    yaml_event_t event;
    bool parser_open, event_open;
    struct task *t;
    struct str file;
    struct list *faults;
    size_t events;
};

static void close_source(void *thing)
{
    struct source *s = thing;

    if (s->event_open)
        yaml_event_delete(&s->event);
    if (s->parser_open)
        yaml_parser_delete(&s->parser);
    s->event_open = s->parser_open = false;
}

/* What libyaml says, in Chinese where it is one of the usual slips. */
static const char *parser_word(const char *problem)
{
    static const struct {
        const char *part, *word;
    } words[] = {
        {"tab", "缩进不能用制表符，请改用空格"},
        {"cannot start any token", "有不能这样开头的字符（缩进请用空格，不用制表符）"},
        {"mapping values are not allowed", "冒号的位置不对，或者上一行的缩进不对"},
        {"could not find expected ':'", "缺少冒号"},
        {"did not find expected key", "这里应当是一个键，请看缩进和括号"},
        {"did not find expected ',' or '}'", "花括号没有配对，或者缺少逗号"},
        {"did not find expected ',' or ']'", "方括号没有配对，或者缺少逗号"},
        {"did not find expected '-'", "列表的缩进不对"},
        {"unexpected end of stream", "引号没有配对"},
        {"control characters", "有控制字符"},
        {"UTF-8", "不是有效的 UTF-8 文字"},
    };
    for (size_t i = 0; problem && i < sizeof words / sizeof *words; i++)
        if (strstr(problem, words[i].part))
            return words[i].word;
    return "不是正确的 YAML";
}

static bool next_event(struct source *s)
{
    if (s->event_open)
        yaml_event_delete(&s->event);
    s->event_open = false;
    if (!yaml_parser_parse(&s->parser, &s->event)) {
        /* An open quote is noticed at the end of the file; it is missed where it was opened. */
        bool open =
            s->parser.context && s->parser.problem && strstr(s->parser.problem, "end of stream");
        size_t line = open ? s->parser.context_mark.line : s->parser.problem_mark.line;
        fault_add(s->t, s->faults, s->file, (int)line + 1, "%s", parser_word(s->parser.problem));
        return false;
    }
    s->event_open = true;
    return true;
}

static int event_line(const struct source *s)
{
    return (int)s->event.start_mark.line + 1;
}

static struct node *make_node(struct source *s, enum node_kind kind)
{
    struct node *node = NEW(s->t, struct node, 1);

    node->kind = kind;
    node->line = event_line(s);
    node->file = s->file;
    return node;
}

static bool refuse_anchor(struct source *s, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (!anchor && !tag)
        return true;
    fault_add(s->t, s->faults, s->file, event_line(s), "不能用锚点（&）和类型标记（!）");
    return false;
}

static struct node *read_node(struct source *s, int depth);

static bool refuse_crowd(struct source *s, const struct node *parent)
{
    if (parent->count < NODE_MAX_CHILDREN)
        return true;
    node_fault(s->t, s->faults, parent, "内容太多，最多 %d 项", NODE_MAX_CHILDREN);
    return false;
}

static struct node *read_list(struct source *s, int depth)
{
    struct node *list = make_node(s, NODE_LIST);

    for (;;) {
        if (!next_event(s))
            return NULL;
        if (s->event.type == YAML_SEQUENCE_END_EVENT)
            return list;
        struct node *child = read_node(s, depth + 1);
        if (!child || !refuse_crowd(s, list))
            return NULL;
        node_append(list, child);
    }
}

static struct node *read_map(struct source *s, int depth)
{
    struct node *map = make_node(s, NODE_MAP);

    for (;;) {
        if (!next_event(s))
            return NULL;
        if (s->event.type == YAML_MAPPING_END_EVENT)
            return map;
        struct node *key = read_node(s, depth + 1);
        if (!key || !refuse_crowd(s, map))
            return NULL;
        if (key->kind != NODE_TEXT || !key->text.len) {
            node_fault(s->t, s->faults, key, "键必须是一个词");
            return NULL;
        }
        struct node *same = node_find(map, key->text);
        if (same) {
            node_fault(s->t, s->faults, key, "“%.*s”写了两次，第 %d 行已有", STR_ARG(key->text),
                       same->line);
            return NULL;
        }
        if (!next_event(s))
            return NULL;
        struct node *child = read_node(s, depth + 1);
        if (!child)
            return NULL;
        child->key = key->text;
        child->line = key->line;
        node_append(map, child);
    }
}

static struct node *read_text(struct source *s)
{
    struct str text = {(const char *)s->event.data.scalar.value, s->event.data.scalar.length};
    struct node *node = make_node(s, NODE_TEXT);

    if (!utf8_valid(text)) {
        node_fault(s->t, s->faults, node, "不是有效的 UTF-8 文字");
        return NULL;
    }
    node->text = str_trim(str_copy(s->t, text));
    node->quoted = s->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node->quoted && (str_is(node->text, "~") || str_is(node->text, "null")))
        node->text = S("");
    return node;
}

static struct node *read_node(struct source *s, int depth)
{
    if (depth > NODE_MAX_DEPTH) {
        fault_add(s->t, s->faults, s->file, event_line(s), "层次太深，最多 %d 层", NODE_MAX_DEPTH);
        return NULL;
    }
    switch (s->event.type) {
    case YAML_SCALAR_EVENT:
        /* Quoted text carries no tag of its own, `!` before it does. */
        return refuse_anchor(s, s->event.data.scalar.anchor, s->event.data.scalar.tag)
                   ? read_text(s)
                   : NULL;
    case YAML_SEQUENCE_START_EVENT:
        return refuse_anchor(s, s->event.data.sequence_start.anchor,
                             s->event.data.sequence_start.tag)
                   ? read_list(s, depth)
                   : NULL;
    case YAML_MAPPING_START_EVENT:
        return refuse_anchor(s, s->event.data.mapping_start.anchor, s->event.data.mapping_start.tag)
                   ? read_map(s, depth)
                   : NULL;
    case YAML_ALIAS_EVENT:
        fault_add(s->t, s->faults, s->file, event_line(s), "不能用别名（*），请写全");
        return NULL;
    default:
        fault_add(s->t, s->faults, s->file, event_line(s), "这里缺少内容");
        return NULL;
    }
}

/* One document: stream start, document start, the node, document end, stream end. */
static struct node *read_document(struct source *s)
{
    if (!next_event(s) || !next_event(s))
        return NULL;
    if (s->event.type != YAML_DOCUMENT_START_EVENT) {
        fault_add(s->t, s->faults, s->file, 1, "文件是空的");
        return NULL;
    }
    if (!next_event(s))
        return NULL;
    struct node *root = read_node(s, 1);
    if (!root || !next_event(s) || !next_event(s))
        return NULL;
    if (s->event.type != YAML_STREAM_END_EVENT) {
        fault_add(s->t, s->faults, s->file, event_line(s), "一个文件只能有一份内容");
        return NULL;
    }
    return root;
}

struct node *node_parse(struct task *t, struct str file, struct str text, size_t most,
                        struct list *faults)
{
    if (text.len > most) {
        fault_add(t, faults, file, 1, "文件太大：最多 %zu KiB", most / 1024);
        return NULL;
    }
    struct source *s = NEW(t, struct source, 1);
    s->t = t;
    s->file = file;
    s->faults = faults;
    task_defer(t, close_source, s);
    if (!yaml_parser_initialize(&s->parser)) {
        fault_add(t, faults, file, 1, "内存不够，读不了文件");
        return NULL;
    }
    s->parser_open = true;
    yaml_parser_set_encoding(&s->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&s->parser, (const unsigned char *)(text.at ? text.at : ""),
                                 text.len);

    struct node *root = read_document(s);
    close_source(s);
    return root;
}

struct node *node_find(const struct node *map, struct str key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    NODE_EACH(child, map)
    if (str_eq(child->key, key))
        return child;
    return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
    return node_find(map, str_of(key));
}

struct str node_text(const struct node *map, const char *key)
{
    const struct node *child = node_get(map, key);

    return child && child->kind == NODE_TEXT ? child->text : S("");
}

void node_append(struct node *parent, struct node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

void node_remove(struct node *parent, struct node *child)
{
    struct node *before = NULL;

    for (struct node *at = parent->first; at; before = at, at = at->next) {
        if (at != child)
            continue;
        if (before)
            before->next = child->next;
        else
            parent->first = child->next;
        if (parent->last == child)
            parent->last = before;
        parent->count--;
        return;
    }
}

struct node *node_copy(struct task *t, const struct node *node)
{
    struct node *copy = NEW(t, struct node, 1);

    *copy = *node;
    copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    NODE_EACH(child, node)
    node_append(copy, node_copy(t, child));
    return copy;
}

static void write_line_start(struct buf *b, int indent)
{
    for (int i = 0; i < indent; i++)
        buf_add(b, S("  "));
}

/* Words of letters, digits and - stand plain; everything else is quoted as JSON, which YAML reads.
 */
static void write_text(struct buf *b, struct str text, bool quoted)
{
    bool plain = text.len > 0 && !quoted;

    for (size_t i = 0; i < text.len && plain; i++) {
        char c = text.at[i];
        plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                (c == '-' && i > 0) || (c == ' ' && i > 0);
    }
    if (plain && !str_is(text, "null"))
        buf_add(b, text);
    else
        json_write_str(b, text);
}

void node_write(struct buf *b, const struct node *node, int indent)
{
    if (node->kind == NODE_TEXT) {
        write_text(b, node->text, node->quoted);
        buf_add_char(b, '\n');
        return;
    }
    if (!node->count) {
        buf_add(b, node->kind == NODE_MAP ? S("{}\n") : S("[]\n"));
        return;
    }
    if (indent)
        buf_add_char(b, '\n');
    NODE_EACH(child, node)
    {
        write_line_start(b, indent);
        if (node->kind == NODE_MAP) {
            write_text(b, child->key, false);
            buf_add(b, S(": "));
        } else {
            buf_add(b, S("- "));
        }
        node_write(b, child, indent + 1);
    }
}
