/* multipart/form-data (RFC 7578), strictly: no preamble, no transfer encodings, every line end
 * CRLF. */
#include <string.h>
#include <strings.h>

#include "http/input.h"

enum { LONGEST_BOUNDARY = 70, PART_HEADERS = 8, LONGEST_HEADER = 1024, LONGEST_FILENAME = 255 };

struct part {
    struct str name, filename, type, content;
    bool is_file;
};

static enum err malformed(struct task *t)
{
    return task_fail(t, ERR_BAD_INPUT, "上传的内容不完整或格式不正确，请重新选择文件后再交。");
}

static bool boundary_valid(struct str b)
{
    if (b.len == 0 || b.len > LONGEST_BOUNDARY || b.at[b.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < b.len; i++) {
        char c = b.at[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!alnum && (!c || !strchr("'()+_,-./:=? ", c)))
            return false;
    }
    return true;
}

/* The name as a person would call the file: no folders, no control characters. */
static bool file_name(struct task *t, struct str sent, struct str *ret_name)
{
    size_t start = 0;

    if (!utf8_valid(sent))
        return false;
    for (size_t i = 0; i < sent.len; i++) {
        if ((unsigned char)sent.at[i] < ' ' || sent.at[i] == 0x7f)
            return false;
        if (sent.at[i] == '/' || sent.at[i] == '\\')
            start = i + 1;
    }
    struct str name = str_trim(str_from(sent, start));
    if (name.len > LONGEST_FILENAME)
        return false;
    if (name.len == 0 || str_is(name, ".") || str_is(name, ".."))
        name = S("file");
    *ret_name = str_copy(t, name);
    return true;
}

static enum err read_disposition(struct task *t, struct str value, struct part *part)
{
    struct str sent;

    if (!input_type_is(value, "form-data") || part->name.at ||
        !input_parameter(t, value, "name", &part->name) || part->name.len == 0)
        return malformed(t);
    part->is_file = input_parameter(t, value, "filename", &sent);
    if (part->is_file && sent.len && !file_name(t, sent, &part->filename)) {
        task_field_error(t, utf8_valid(part->name) ? part->name : S("file"),
                         "文件名太长或含有无法识别的字符，请改名后再交");
        part->filename = S("file");
    }
    return OK;
}

/* The headers of a part; *rest stands behind their empty line afterwards. */
static enum err read_headers(struct task *t, struct str *rest, struct part *part)
{
    for (int n = 0;; n++) {
        size_t end = str_find(str_first(*rest, LONGEST_HEADER), S("\r\n"));
        struct str line, name;
        enum err e;

        if (end == SIZE_MAX || n > PART_HEADERS)
            return malformed(t);
        line = str_first(*rest, end);
        *rest = str_from(*rest, end + 2);
        if (line.len == 0)
            break;
        if (memchr(line.at, '\n', line.len) || memchr(line.at, '\r', line.len) ||
            memchr(line.at, 0, line.len) || !memchr(line.at, ':', line.len))
            return malformed(t);
        str_cut(&line, ':', &name);
        line = str_trim(line);
        if (name.len == 19 && strncasecmp(name.at, "content-disposition", 19) == 0) {
            if ((e = read_disposition(t, line, part)))
                return e;
        } else if (name.len == 12 && strncasecmp(name.at, "content-type", 12) == 0) {
            part->type = utf8_valid(line) ? str_copy(t, line) : (struct str){0};
        } else if (name.len == 25 && strncasecmp(name.at, "content-transfer-encoding", 25) == 0) {
            /* These three leave nothing to undo. */
            if (!input_type_is(line, "7bit") && !input_type_is(line, "8bit") &&
                !input_type_is(line, "binary"))
                return malformed(t);
        }
    }
    return part->name.len ? OK : malformed(t);
}

static enum err keep_part(struct task *t, const struct part *part, struct input *input,
                          struct list *uploads)
{
    if (!part->is_file)
        return input_put(t, input, part->name, part->content);
    if (part->filename.len == 0 && part->content.len == 0)
        return OK;
    if (!utf8_valid(part->name) || part->name.len > INPUT_NAME)
        return malformed(t);
    if (uploads->count == LIMIT_FILES)
        return task_fail(t, ERR_TOO_LARGE, "一次最多上传 %d 个文件，请分几次交。", LIMIT_FILES);
    struct upload *upload = list_add(t, uploads, sizeof *upload);
    *upload = (struct upload){.field = part->name,
                              .filename = part->filename.len ? part->filename : S("file"),
                              .type = part->type,
                              .content = part->content};
    return OK;
}

/* Is this, behind the word "filename", what a browser sends for a file that was not chosen? */
static bool no_file(struct str rest)
{
    if (!str_starts(rest, S("=\"\"\r\n")))
        return false;
    size_t end = str_find(str_first(rest, LONGEST_HEADER), S("\r\n\r\n"));
    return end != SIZE_MAX && str_starts(str_from(rest, end + 4), S("\r\n--"));
}

bool input_brings_files(struct str body)
{
    static const char word[] = "filename";
    const size_t len = sizeof word - 1;

    for (size_t i = 0; i + len <= body.len; i++)
        if ((body.at[i] | 0x20) == 'f' && strncasecmp(body.at + i, word, len) == 0 &&
            !no_file(str_from(body, i + len)))
            return true;
    return false;
}

enum err input_multipart(struct task *t, struct str content_type, struct str body,
                         struct json **ret_tree, struct list *ret_uploads)
{
    struct input input = input_new(t);
    struct list uploads = {0};
    struct str boundary, mark, rest;
    size_t parts = 0;
    enum err e;

    if (!input_parameter(t, content_type, "boundary", &boundary) || !boundary_valid(boundary))
        return malformed(t);
    mark = str_format(t, "\r\n--%.*s", STR_ARG(boundary));
    if (!str_starts(body, str_from(mark, 2)))
        return malformed(t);
    rest = str_from(body, mark.len - 2);
    while (!str_is(rest, "--") && !str_is(rest, "--\r\n")) {
        struct part part = {0};
        size_t end;

        if (!str_starts(rest, S("\r\n")))
            return malformed(t);
        if (++parts > INPUT_FIELDS)
            return task_fail(t, ERR_TOO_LARGE, "一次提交的栏目太多，请分几次交。");
        rest = str_from(rest, 2);
        if ((e = read_headers(t, &rest, &part)))
            return e;

        end = str_find(rest, mark);
        if (end == SIZE_MAX)
            return malformed(t);
        part.content = str_first(rest, end);
        rest = str_from(rest, end + mark.len);
        if ((e = keep_part(t, &part, &input, &uploads)))
            return e;
    }
    *ret_tree = input.root;
    *ret_uploads = uploads;
    return task_input_verdict(t);
}
