/* From what a handler left to the bytes of an answer. */
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/time.h"
#include "http/frame.h"

enum { LARGEST_JSON = 32 * 1024 * 1024, LARGEST_HEAD = 16 * 1024, RETRY_BUSY_S = 2 };

#define CSP                                                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "            \
    "base-uri 'none'"

/* On every answer. */
#define SECURITY                                                                                   \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: same-origin\r\n"                                                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                \
    "Permissions-Policy: camera=(self), microphone=(self), geolocation=(), payment=(), usb=()\r\n"

const char *status_words(int status)
{
    static const struct {
        int status;
        const char *words;
    } rows[] = {{200, "OK"},
                {201, "Created"},
                {204, "No Content"},
                {303, "See Other"},
                {304, "Not Modified"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {408, "Request Timeout"},
                {409, "Conflict"},
                {411, "Length Required"},
                {413, "Content Too Large"},
                {414, "URI Too Long"},
                {415, "Unsupported Media Type"},
                {417, "Expectation Failed"},
                {422, "Unprocessable Content"},
                {429, "Too Many Requests"},
                {431, "Request Header Fields Too Large"},
                {500, "Internal Server Error"},
                {501, "Not Implemented"},
                {503, "Service Unavailable"},
                {505, "HTTP Version Not Supported"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].words;
    return "Other";
}

/* RFC 9110 5.6.7: "Sun, 22 Nov 2026 07:05:00 GMT". */
static void add_date(struct buf *out, int64_t now)
{
    static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t s = now / 1000;
    int32_t day = (int32_t)(s / 86400);
    int year, month, mday, second = (int)(s % 86400);

    day_to_civil(day, &year, &month, &mday);
    buf_format(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[day_weekday(day) - 1], mday,
               months[month - 1], year, second / 3600, second / 60 % 60, second % 60);
}

void answer_body(struct frame *f, int status, struct str type, struct str body, struct str more)
{
    struct buf out = buf_new(f->t, LARGEST_HEAD);
    struct answer *answer = &f->answer;

    if (f->refuse || !f->head.keep_alive ||
        atomic_load_explicit(&f->site->closing, memory_order_relaxed))
        answer->close = true;
    buf_add(&out, S("HTTP/1.1 "));
    buf_add_int(&out, status);
    buf_add_char(&out, ' ');
    buf_add(&out, str_of(status_words(status)));
    buf_add(&out, S("\r\nServer: yimen\r\n"));
    add_date(&out, f->t->now);
    if (type.len) {
        buf_add(&out, S("Content-Type: "));
        buf_add(&out, type);
        buf_add(&out, S("\r\n"));
    }
    if (status != 204 && status != 304) {
        buf_add(&out, S("Content-Length: "));
        buf_add_int(&out, (int64_t)body.len);
        buf_add(&out, S("\r\n"));
    }
    if (answer->close)
        buf_add(&out, S("Connection: close\r\n"));
    if (f->request.id.len) {
        buf_add(&out, S("X-Request-Id: "));
        buf_add(&out, f->request.id);
        buf_add(&out, S("\r\n"));
    }
    buf_add(&out, S(SECURITY));
    if (str_find(more, S("Content-Security-Policy:")) == SIZE_MAX)
        buf_add(&out, S("Content-Security-Policy: " CSP "\r\n"));
    if (str_find(more, S("Cache-Control:")) == SIZE_MAX)
        buf_add(&out, f->request.actor || f->request.api || f->response.set_cookie.len ||
                              f->response.no_store
                          ? S("Cache-Control: no-store\r\n")
                          : S("Cache-Control: no-cache\r\n"));
    buf_add(&out, more);
    buf_add(&out, S("\r\n"));
    answer->status = status;
    answer->head = buf_str(&out);
    answer->body = f->head.head_only || status == 304 ? (struct str){0} : body;
}

void answer_plain(struct frame *f, int status, struct str sentence)
{
    f->answer.close = true;
    answer_body(f, status, S("text/plain; charset=utf-8"), sentence,
                status == 503 ? S("Retry-After: 2\r\n") : S(""));
}

size_t answer_canned(char *out, size_t size, int status, const char *sentence, bool close)
{
    /* Whoever sent a form has it still in the browser, and reloading sends it with its key. */
    bool later = status == 503 || status == 429;
    const char *again = later ? "过几秒刷新本页就会再交一次；填过的不会丢，也不会办两次。\n" : "";
    int n = snprintf(
        out, size,
        "HTTP/1.1 %d %s\r\nServer: yimen\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: %zu\r\n%s%s" SECURITY "Content-Security-Policy: " CSP "\r\n"
        "Cache-Control: no-store\r\n\r\n%s%s",
        status, status_words(status), strlen(sentence) + strlen(again),
        close ? "Connection: close\r\n" : "", later ? "Retry-After: 2\r\n" : "", sentence, again);

    return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

/* A value that goes into a header line: nothing in it may end the line. */
static bool line_safe(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
            return false;
    return true;
}

static void add_line(struct buf *out, const char *name, struct str value)
{
    if (value.len == 0 || !line_safe(value))
        return;
    buf_add(out, str_of(name));
    buf_add(out, S(": "));
    buf_add(out, value);
    buf_add(out, S("\r\n"));
}

/* An address of this site as a header may hold it: what is not ASCII is percent-encoded. */
static void add_address(struct buf *out, const char *name, const char *prefix, struct str address)
{
    buf_format(out, "%s: %s", name, prefix);
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.at[i];

        if (c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\')
            buf_format(out, "%%%02X", c);
        else
            buf_add_char(out, (char)c);
    }
    buf_add(out, S("\r\n"));
}

/* RFC 6266 with RFC 8187: a plain name for old readers, the real one beside it. */
static void add_disposition(struct buf *out, const struct response *response)
{
    buf_add(out, response->file_inline ? S("Content-Disposition: inline")
                                       : S("Content-Disposition: attachment"));
    if (response->file_name.len) {
        buf_add(out, S("; filename=\""));
        for (size_t i = 0; i < response->file_name.len; i++) {
            char c = response->file_name.at[i];

            if (((unsigned char)c & 0xc0) != 0x80) /* one "_" for a character that is not ASCII */
                buf_add_char(out, (unsigned char)c < ' ' || (unsigned char)c >= 0x7f ||
                                          strchr("\"\\%/", c)
                                      ? '_'
                                      : c);
        }
        buf_add(out, S("\"; filename*=UTF-8''"));
        for (size_t i = 0; i < response->file_name.len; i++) {
            char c = response->file_name.at[i];
            bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';

            if (plain)
                buf_add_char(out, c);
            else
                buf_format(out, "%%%02X", (unsigned char)c);
        }
    }
    buf_add(out, S("\r\n"));
}

/* What a visitor chose, kept for a year, or forgotten.  No script of ours reads it. */
static void add_choice(const struct frame *f, struct buf *more, const char *name, const char *value,
                       bool kept)
{
    bool secure = f->request.secure;

    buf_format(more, "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%d\r\n",
               secure ? name : name + sizeof HOST_PREFIX - 1, value, secure ? "; Secure" : "",
               kept ? 365 * 24 * 3600 : 0);
}

/* Header lines that any answer of a handler may have. */
static struct buf common_lines(struct frame *f)
{
    struct response *r = &f->response;
    struct buf more = buf_new(f->t, LARGEST_HEAD);

    add_line(&more, "Set-Cookie", r->set_cookie);
    add_line(&more, "Set-Cookie", r->set_other_cookie);
    if (f->size_chosen && !f->request.api)
        add_choice(f, &more, HOST_PREFIX ELDER_COOKIE, "1", f->request.elder);
    if (f->language_chosen && !f->request.api)
        add_choice(f, &more, HOST_PREFIX LANGUAGE_COOKIE, page_language(f)->tag,
                   page_language(f) != languages);
    add_line(&more, "Clear-Site-Data", r->clear_site_data);
    if (r->retry_after_s > 0)
        buf_format(&more, "Retry-After: %lld\r\n", (long long)r->retry_after_s);
    return more;
}

struct str site_path(struct str address)
{
    if (!address.len || address.at[0] != '/' ||
        (address.len > 1 && (address.at[1] == '/' || address.at[1] == '\\')))
        return (struct str){0};
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.at[i] <= ' ' || address.at[i] == '\\' || address.at[i] == 0x7f)
            return (struct str){0};
    return address;
}

static void answer_redirect(struct frame *f, struct str address)
{
    struct buf more = common_lines(f);

    /* Only to this site: "//elsewhere" is another host. */
    if (!str_starts(address, S("/")) || str_starts(address, S("//")) ||
        str_starts(address, S("/\\"))) {
        task_fail(f->t, ERR_INTERNAL, "跳转地址不在本站。");
        answer_error(f, ERR_INTERNAL);
        return;
    }
    add_address(&more, "Location", "", address);
    answer_body(f, 303, S(""), S(""), buf_str(&more));
}

static void answer_file(struct frame *f)
{
    struct response *r = &f->response;
    struct buf more = common_lines(f);

    add_disposition(&more, r);
    buf_add(&more,
            r->file_inline
                ? S("Content-Security-Policy: default-src 'none'; object-src 'self'; style-src "
                    "'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'\r\n")
                : S("Content-Security-Policy: default-src 'none'; sandbox\r\n"));
    buf_add(&more, S("Cache-Control: no-store\r\n"));
    struct str type =
        r->file_type.len && line_safe(r->file_type) ? r->file_type : S("application/octet-stream");
    answer_body(f, r->status ? r->status : 200, type, r->file, buf_str(&more));
}

static void answer_json(struct frame *f, const struct shape *shape)
{
    struct response *r = &f->response;
    struct buf more = common_lines(f), body = buf_new(f->t, LARGEST_JSON);
    int status = r->status ? r->status : r->id ? 201 : 200;

    if (r->view && shape)
        shape_write_json(&body, shape, r->view);
    else if (r->id)
        buf_format(&body, "{\"id\":\"%lld\"}", (long long)r->id);
    else if (f->request.method == GET)
        buf_add(&body, S("{}"));
    else
        status = r->status ? r->status : 204;
    if (buf_overflown(&body)) {
        answer_error(f, task_fail(f->t, ERR_TOO_LARGE, "结果太多，请缩小范围。"));
        return;
    }
    if (r->id && r->redirect.len)
        add_address(&more, "Location", "/api/v1", r->redirect);
    answer_body(f, status, body.len ? S("application/json") : S(""), buf_str(&body),
                buf_str(&more));
}

static void answer_page(struct frame *f)
{
    struct response *r = &f->response;
    const struct route *route = f->request.route;
    const struct shape *shape = r->shape ? r->shape : route->view;
    const struct template *page;
    struct str html;

    if (!r->template && (!r->shape || r->shape == route->view))
        page = f->site->pages[page_language(f) - languages][f->match.index];
    else
        page =
            page_bound(f->site, r->template ? r->template : route->page, shape, page_language(f));
    enum err e = page_render(f, page, shape, r->view, &html);
    if (e) {
        answer_error(f, not_unchanged(f, e));
        return;
    }
    struct buf more = common_lines(f);
    answer_body(f, r->status ? r->status : 200, S("text/html; charset=utf-8"), html,
                buf_str(&more));
}

void answer_ok(struct frame *f)
{
    struct response *r = &f->response;
    const struct route *route = f->request.route;

    if (r->file_type.len || r->file.at)
        answer_file(f);
    else if (f->request.api)
        answer_json(f, r->shape ? r->shape : route->view);
    else if (r->redirect.len)
        answer_redirect(f, r->redirect);
    else if (r->template || route->page)
        answer_page(f);
    else
        answer_json(f, r->shape ? r->shape : route->view);
}
