#include "http/head.h"

#include <string.h>
#include <strings.h>

enum { LONGEST_HOST = 255, LONGEST_METHOD = 20, REST_OF_LINE = 64 };

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* tchar of RFC 9110 5.6.2 */
static bool is_token(struct str s)
{
    if (!s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.at[i]) && (!s.at[i] || !strchr("!#$%&'*+-.^_`|~", s.at[i])))
            return false;
    return true;
}

static bool same_word(struct str s, const char *lower_case)
{
    return s.len == strlen(lower_case) && strncasecmp(s.at, lower_case, s.len) == 0;
}

int head_end(struct str bytes, size_t *scanned, size_t *ret_size)
{
    const unsigned char *p = (const unsigned char *)bytes.at;
    size_t most = bytes.len < LIMIT_HEAD ? bytes.len : LIMIT_HEAD;
    /* An empty line before the request is not its end. */
    size_t first = bytes.len >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;

    for (size_t i = *scanned; i < most; i++) {
        bool after_cr = i > 0 && p[i - 1] == '\r';

        if (after_cr != (p[i] == '\n'))
            return 400; /* bare CR or bare LF */
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\r' && p[i] != '\n') || p[i] == 0x7f)
            return 400;
        if (p[i] == '\n' && i >= first + 3 && p[i - 2] == '\n') {
            *scanned = i + 1;
            *ret_size = i + 1;
            return HEAD_DONE;
        }
    }
    *scanned = most;
    if (bytes.len >= first + LIMIT_TARGET + REST_OF_LINE &&
        !memchr(bytes.at + first, '\n', LIMIT_TARGET + REST_OF_LINE))
        return 414;
    return bytes.len >= LIMIT_HEAD ? 431 : HEAD_MORE;
}

/* Is every byte of the raw path one that may stand there (RFC 3986 pchar and '/')? */
static bool path_char(char c)
{
    return is_alnum(c) || (c && strchr("-._~!$&'()*+,;=:@/%", c));
}

/* Browsers leave some characters of a query bare that RFC 3986 would have encoded (URL standard).
 */
static bool query_char(char c)
{
    return c > ' ' && c < 0x7f && !strchr("\"<>#", c);
}

size_t path_decode(struct str raw, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];

        if (!path_char(c))
            return SIZE_MAX;
        if (c == '%') {
            int high = i + 2 < raw.len ? hex_value(raw.at[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_value(raw.at[i + 2]) : -1;

            if (high < 0 || low < 0)
                return SIZE_MAX;
            c = (char)(high << 4 | low);
            i += 2;
            if ((unsigned char)c < 0x20 || c == 0x7f || c == '/' || c == '\\')
                return SIZE_MAX;
        }
        out[n++] = c;
    }
    struct str path = {out, n}, rest = path, segment;
    if (n == 0 || out[0] != '/' || !utf8_valid(path))
        return SIZE_MAX;
    rest = str_from(rest, 1);
    while (str_cut(&rest, '/', &segment))
        if (segment.len == 0 || str_is(segment, ".") || str_is(segment, ".."))
            return SIZE_MAX;
    return n;
}

static bool port_valid(struct str port)
{
    int64_t number;

    for (size_t i = 0; i < port.len; i++)
        if (!is_digit(port.at[i]))
            return false;
    return port.len && port.len <= 5 && str_int(port, &number) && number <= 65535;
}

bool host_valid(struct str host)
{
    size_t i = 0;

    if (host.len == 0 || host.len > LONGEST_HOST)
        return false;
    if (host.at[0] == '[') {
        i = 1;
        while (i < host.len &&
               (hex_value(host.at[i]) >= 0 || host.at[i] == ':' || host.at[i] == '.'))
            i++;
        if (i == 1 || i == host.len || host.at[i] != ']')
            return false;
        i++;
    } else {
        while (i < host.len && (is_alnum(host.at[i]) || strchr("-._", host.at[i])))
            i++;
        if (i == 0)
            return false;
    }
    if (i == host.len)
        return true;
    return host.at[i] == ':' && port_valid(str_from(host, i + 1));
}

static int read_method(struct str word, struct head *head, const char **ret_why)
{
    static const char *const others[] = {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};

    if (!is_token(word) || word.len > LONGEST_METHOD) {
        *ret_why = "method is no token";
        return 400;
    }
    head->head_only = str_is(word, "HEAD");
    head->method = str_is(word, "POST") ? POST : GET;
    if (str_is(word, "GET") || head->head_only || head->method == POST)
        return HEAD_DONE;
    *ret_why = "method";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_is(word, others[i]))
            return 405;
    return 501;
}

static int read_version(struct str word, struct head *head, const char **ret_why)
{
    *ret_why = "version";
    if (word.len != 8 || !str_starts(word, S("HTTP/")) || !is_digit(word.at[5]) ||
        word.at[6] != '.' || !is_digit(word.at[7]))
        return 400;
    if (word.at[5] != '1' || word.at[7] > '1')
        return 505;
    head->keep_alive = word.at[7] == '1'; /* until a Connection field says otherwise */
    return HEAD_DONE;
}

/* "http://authority/path": the authority goes to *ret_authority, *target becomes the rest. */
static bool cut_absolute(struct str *target, struct str *ret_authority)
{
    size_t scheme = str_starts(*target, S("http://"))    ? 7
                    : str_starts(*target, S("https://")) ? 8
                                                         : 0;

    if (!scheme)
        return true;
    struct str rest = str_from(*target, scheme);
    size_t end = 0;
    while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?')
        end++;
    *ret_authority = str_first(rest, end);
    *target = str_from(rest, end);
    return ret_authority->len > 0;
}

static int read_target(struct str target, struct head *head, struct str *ret_authority,
                       const char **ret_why)
{
    char decoded[LIMIT_TARGET];

    if (target.len > LIMIT_TARGET) {
        *ret_why = "target too long";
        return 414;
    }
    *ret_why = "target";
    if (!cut_absolute(&target, ret_authority))
        return 400;
    const char *mark = target.len ? memchr(target.at, '?', target.len) : NULL;
    size_t path_len = mark ? (size_t)(mark - target.at) : target.len;
    head->path = str_first(target, path_len);
    if (ret_authority->len && path_len == 0)
        head->path = S("/");
    head->query = str_from(target, path_len + 1);
    for (size_t i = 0; i < head->query.len; i++)
        if (!query_char(head->query.at[i]))
            return 400;
    return path_decode(head->path, decoded) == SIZE_MAX ? 400 : HEAD_DONE;
}

static int read_request_line(struct str line, struct head *head, struct str *ret_authority,
                             const char **ret_why)
{
    struct str method, target;
    int status;

    *ret_why = "request line";
    if (!str_cut(&line, ' ', &method) || !str_cut(&line, ' ', &target) || line.len == 0)
        return 400;
    /* The version first: what follows is only known for HTTP/1. */
    if ((status = read_version(line, head, ret_why)) != HEAD_DONE)
        return status;
    if ((status = read_method(method, head, ret_why)) != HEAD_DONE)
        return status;
    return read_target(target, head, ret_authority, ret_why);
}

/* Fields that mean something else when they come twice. */
static const struct str single[] = {
    STR_INIT("host"),          STR_INIT("content-length"), STR_INIT("transfer-encoding"),
    STR_INIT("content-type"),  STR_INIT("authorization"),  STR_INIT("cookie"),
    STR_INIT("origin"),        STR_INIT("expect"),         STR_INIT("idempotency-key"),
    STR_INIT("x-csrf-token"),  STR_INIT("x-real-ip"),      STR_INIT("x-forwarded-proto"),
    STR_INIT("sec-fetch-site")};

static bool given_already(const struct head *head, struct str name)
{
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (name.len != single[i].len || strncasecmp(name.at, single[i].at, name.len) != 0)
            continue;
        for (size_t k = 0; k < head->count; k++)
            if (same_word(head->fields[k].name, single[i].at))
                return true;
    }
    return false;
}

static int read_field(struct str line, struct head *head, const char **ret_why)
{
    struct str name, value = line;

    *ret_why = "header field";
    if (!memchr(line.at, ':', line.len))
        return 400;
    str_cut(&value, ':', &name);
    if (!is_token(name)) /* also a folded line and a blank before the colon */
        return 400;
    while (value.len && (value.at[0] == ' ' || value.at[0] == '\t'))
        value = str_from(value, 1);
    while (value.len && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
        value.len--;
    if (given_already(head, name)) {
        *ret_why = "field given twice";
        return 400;
    }
    if (head->count == LIMIT_HEADERS) {
        *ret_why = "too many fields";
        return 431;
    }
    head->fields[head->count++] = (struct head_field){name, value};
    return HEAD_DONE;
}

struct str head_find(const struct head *head, const char *lower_case_name)
{
    for (size_t i = 0; i < head->count; i++)
        if (same_word(head->fields[i].name, lower_case_name))
            return head->fields[i].value;
    return (struct str){0};
}

static bool has_field(const struct head *head, const char *lower_case_name)
{
    for (size_t i = 0; i < head->count; i++)
        if (same_word(head->fields[i].name, lower_case_name))
            return true;
    return false;
}

static int read_length(struct head *head, const char **ret_why)
{
    bool present = has_field(head, "content-length");
    struct str text = head_find(head, "content-length");
    int64_t number = 0;

    *ret_why = "transfer coding";
    if (has_field(head, "transfer-encoding")) {
        if (present || !head->keep_alive) /* HTTP/1.0 has no transfer codings */
            return 400;
        return same_word(head_find(head, "transfer-encoding"), "chunked") ? 411 : 501;
    }
    *ret_why = "content length";
    if (present) {
        if (text.len == 0 || text.len > 18)
            return 400;
        for (size_t i = 0; i < text.len; i++)
            if (!is_digit(text.at[i]))
                return 400;
        if (!str_int(text, &number))
            return 400;
    }
    if (head->method == POST && !present)
        return 411;
    if (head->method == GET && number > 0)
        return 400;
    head->content_length = (size_t)number;
    return HEAD_DONE;
}

static void read_connection(struct head *head)
{
    for (size_t i = 0; i < head->count; i++) {
        struct str list = head->fields[i].value, word;

        if (!same_word(head->fields[i].name, "connection"))
            continue;
        while (str_cut(&list, ',', &word)) {
            word = str_trim(word);
            if (same_word(word, "keep-alive"))
                head->keep_alive = true;
        }
    }
    for (size_t i = 0; i < head->count; i++) {
        struct str list = head->fields[i].value, word;

        if (!same_word(head->fields[i].name, "connection"))
            continue;
        while (str_cut(&list, ',', &word))
            if (same_word(str_trim(word), "close"))
                head->keep_alive = false;
    }
}

static int check_fields(struct head *head, struct str authority, const char **ret_why)
{
    head->host = head_find(head, "host");
    *ret_why = "host";
    if (!host_valid(head->host))
        return 400;
    /* Two names for one place: refused when they differ, whichever a front would have believed. */
    if (authority.len && (authority.len != head->host.len ||
                          strncasecmp(authority.at, head->host.at, authority.len) != 0))
        return 400;
    int status = read_length(head, ret_why);
    if (status != HEAD_DONE)
        return status;
    if (has_field(head, "expect")) {
        *ret_why = "expectation";
        if (!same_word(head_find(head, "expect"), "100-continue"))
            return 417;
        head->expect_continue = true;
    }
    read_connection(head);
    return HEAD_DONE;
}

int head_parse(struct str bytes, struct head *ret_head, const char **ret_why)
{
    struct str authority = {0}, rest, line;
    size_t scanned = 0, size = 0;
    int status = head_end(bytes, &scanned, &size);

    *ret_why = "bytes of the head";
    if (status != HEAD_DONE)
        return status;
    ret_head->count = 0;
    ret_head->size = size;
    ret_head->content_length = 0;
    ret_head->expect_continue = false;
    rest = str_first(bytes, size - 2); /* without the empty line */
    if (str_starts(rest, S("\r\n")))
        rest = str_from(rest, 2);
    for (bool first = true; str_cut(&rest, '\n', &line); first = false) {
        line.len--; /* its CR: head_end() has seen that there is one */
        status = first ? read_request_line(line, ret_head, &authority, ret_why)
                       : read_field(line, ret_head, ret_why);
        if (status != HEAD_DONE)
            return status;
    }
    return check_fields(ret_head, authority, ret_why);
}
