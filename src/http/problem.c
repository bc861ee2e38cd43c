/* What went wrong, told: a problem document for programs, a page for people. */
#include "core/log.h"
#include "http/frame.h"

enum { LARGEST_PROBLEM = 1024 * 1024, LARGEST_BARE = 8 * 1024 * 1024, RETRY_BUSY_S = 2 };

static const struct field error_line_fields[] = {FIELD(struct error_line, field, F_STR, "字段"),
                                                 FIELD(struct error_line, message, F_STR, "说明"),
                                                 {0}};
static const struct shape error_line_shape = {"error_line", sizeof(struct error_line),
                                              error_line_fields};

static const struct field error_page_fields[] = {
    FIELD(struct error_page, status, F_INT, "状态"),
    FIELD(struct error_page, word, F_STR, "代号"),
    FIELD(struct error_page, sentence, F_STR, "一句话"),
    FIELD(struct error_page, note, F_STR, "说明"),
    FIELD_OF(struct error_page, errors, F_LIST, &error_line_shape, "各处"),
    FIELD(struct error_page, request_id, F_STR, "请求编号"),
    FIELD(struct error_page, retry, F_BOOL, "可以再试"),
    FIELD(struct error_page, sign_in, F_BOOL, "要登录"),
    FIELD(struct error_page, sign_in_address, F_STR, "登录地址"),
    FIELD_OF(struct error_page, kept, F_LINK, &kept_form_shape, "填过的内容"),
    {0}};
const struct shape error_page_shape = {"error_page", sizeof(struct error_page), error_page_fields};

/* What was on the task, taken off it, so that the hooks below begin afresh. */
struct trouble {
    enum err e;
    int status;
    struct str note;
    const struct field_error *errors;
};

static struct trouble take_trouble(struct frame *f, enum err e)
{
    struct trouble trouble = {.e = e, .status = err_http_status(e), .errors = f->t->field_errors};

    if (f->response.status >= 400)
        trouble.status = f->response.status;
    /* A note that only repeats the sentence, with its full stop or without, is not said twice. */
    if (!str_starts(str_of(tr(f->t, err_sentence(e))), f->t->note))
        trouble.note = f->t->note;
    task_clear_error(f->t);
    if (!f->response.retry_after_s && (e == ERR_BUSY || e == ERR_STORE || e == ERR_UNCERTAIN))
        f->response.retry_after_s = RETRY_BUSY_S;
    if (trouble.status >= 500)
        log_write(trouble.status == 503 ? LEVEL_WARN : LEVEL_ERROR, "http.error",
                  LOG_PAIRS(LOG_STR("id", f->request.id), LOG_STR("route", str_of(f->pattern)),
                            LOG_STR("error", str_of(err_word(e))), LOG_STR("note", trouble.note)));
    /* What is wrong inside is for the log: names of queries and tables are nobody else's. */
    if (e == ERR_INTERNAL)
        trouble.note = (struct str){0};
    return trouble;
}

static struct buf error_lines(struct frame *f)
{
    struct buf more = buf_new(f->t, 4096);

    /* A session that was renewed on the way stays renewed, whatever came of the rest. */
    if (f->response.set_cookie.len)
        buf_format(&more, "Set-Cookie: %.*s\r\n", STR_ARG(f->response.set_cookie));
    if (f->response.retry_after_s > 0)
        buf_format(&more, "Retry-After: %lld\r\n", (long long)f->response.retry_after_s);
    if (f->match.known && !f->match.route) {
        buf_add(&more, S("Allow: "));
        buf_add(&more, f->match.methods & 1u << GET ? S("GET, HEAD") : S(""));
        if (f->match.methods & 1u << POST)
            buf_add(&more, f->match.methods & 1u << GET ? S(", POST") : S("POST"));
        buf_add(&more, S("\r\n"));
    }
    return more;
}

static void answer_problem(struct frame *f, const struct trouble *trouble)
{
    struct buf out = buf_new(f->t, LARGEST_PROBLEM), more = error_lines(f);
    const char *separator = "";

    if (trouble->status == 401)
        buf_add(&more, S("WWW-Authenticate: Bearer\r\n"));
    buf_format(&out, "{\"type\":\"urn:yimen:problem:%s\",\"title\":", err_word(trouble->e));
    json_write_str(&out, str_of(tr(f->t, err_sentence(trouble->e))));
    buf_format(&out, ",\"status\":%d", trouble->status);
    if (trouble->note.len) {
        buf_add(&out, S(",\"detail\":"));
        json_write_str(&out, trouble->note);
    }
    if (trouble->errors) {
        buf_add(&out, S(",\"errors\":["));
        for (const struct field_error *error = trouble->errors; error; error = error->next) {
            buf_format(&out, "%s{\"field\":", separator);
            json_write_str(&out, error->field);
            buf_add(&out, S(",\"message\":"));
            json_write_str(&out, error->message);
            buf_add_char(&out, '}');
            separator = ",";
        }
        buf_add_char(&out, ']');
    }
    buf_add(&out, S(",\"request_id\":"));
    json_write_str(&out, f->request.id);
    buf_add_char(&out, '}');
    answer_body(f, trouble->status, S("application/problem+json"), buf_str(&out), buf_str(&more));
}

/* When there is no template, or it fails too. */
static struct str bare_page(struct frame *f, const struct error_page *page)
{
    struct buf out = buf_new(f->t, LARGEST_BARE);

    buf_format(&out,
               "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
               page_language(f)->html);
    html_escape(&out, page->sentence);
    buf_add(
        &out,
        S("</title><link rel=\"stylesheet\" href=\"/static/base.css\"></head><body><main><h1>"));
    html_escape(&out, page->sentence);
    buf_add(&out, S("</h1><p>"));
    html_escape(&out, page->note);
    buf_add(&out, S("</p><ul>"));
    LIST_EACH (struct error_line, line, page->errors) {
        buf_add(&out, S("<li>"));
        html_escape(&out, line->message);
        buf_add(&out, S("</li>"));
    }
    buf_add(&out, S("</ul>"));
    if (page->kept)
        buf_add(&out, kept_html(f, page->kept));
    buf_add(&out, S("<p>"));
    buf_format(&out, tr(f->t, "请求编号：%.*s"), STR_ARG(page->request_id));
    buf_format(&out, "</p><p><a href=\"/\">%s</a></p></main></body></html>", tr(f->t, "返回首页"));
    return buf_str(&out);
}

static struct str sign_in_address(struct frame *f)
{
    if (!f->site->options.hooks.sign_in)
        return (struct str){0};
    return f->site->options.hooks.sign_in(f->t, &f->request);
}

static void answer_error_page(struct frame *f, const struct trouble *trouble)
{
    struct error_page *page = NEW(f->t, struct error_page, 1);
    struct buf more = error_lines(f);
    struct str html;

    *page = (struct error_page){.status = trouble->status,
                                .word = str_of(err_word(trouble->e)),
                                .sentence = str_of(tr(f->t, err_sentence(trouble->e))),
                                .note = trouble->note,
                                .request_id = f->request.id,
                                .retry = f->response.retry_after_s > 0,
                                .sign_in = trouble->e == ERR_UNAUTHENTICATED};
    for (const struct field_error *error = trouble->errors; error; error = error->next)
        *(struct error_line *)list_add(f->t, &page->errors, sizeof(struct error_line)) =
            (struct error_line){error->field, error->message};
    if (page->sign_in)
        page->sign_in_address = sign_in_address(f);
    page->sign_in = page->sign_in_address.len > 0;
    /* The page shows who is signed in, if that can still be found out. */
    bool known = !f->match.api && request_who(f) == OK;
    if (!known)
        task_clear_error(f->t);
    page->kept = request_kept(f, trouble->errors, known);
    const struct template *template = f->site->error_page[page_language(f) - languages];
    if (!template || page_render(f, template, &error_page_shape, page, &html) != OK) {
        task_clear_error(f->t);
        html = bare_page(f, page);
    }
    answer_body(f, trouble->status, S("text/html; charset=utf-8"), html, buf_str(&more));
}

static enum err say_spent(struct task *t, void *arg)
{
    struct frame *f = arg;
    enum err e = f->request.error;
    struct error_page *page = NEW(t, struct error_page, 1);

    f->request = (struct request){0};
    f->response = (struct response){0};
    f->read_input = false;
    request_begin(f);
    struct trouble trouble = take_trouble(f, e);
    *page = (struct error_page){.sentence = str_of(tr(t, err_sentence(e))),
                                .request_id = f->request.id,
                                .kept = request_kept(f, NULL, false)};
    if (!page->kept)
        return ERR_NOT_FOUND;
    struct buf more = error_lines(f);
    answer_body(f, trouble.status, S("text/html; charset=utf-8"), bare_page(f, page),
                buf_str(&more));
    return OK;
}

bool answer_spent(struct frame *f, enum err e)
{
    f->request.error = e;
    if (!f->match.route || task_protect(f->t, say_spent, f)) {
        task_clear_error(f->t);
        return false;
    }
    return true;
}

/* A page that must be signed in for sends there instead, when it was only looked at. */
static bool sent_to_sign_in(struct frame *f, enum err e)
{
    struct str address;

    if (e != ERR_UNAUTHENTICATED || f->entered || f->request.method != GET)
        return false;
    address = sign_in_address(f);
    if (address.len == 0)
        return false;
    task_clear_error(f->t);
    f->response = (struct response){.redirect = address};
    if (f->request.htmx) { /* a fragment cannot be the sign-in page */
        f->answer.close = false;
        answer_body(f, 200, S("text/html; charset=utf-8"), S(""),
                    str_format(f->t, "HX-Redirect: %.*s\r\n", STR_ARG(address)));
        return true;
    }
    f->request.route = f->match.route;
    answer_ok(f);
    return true;
}

/* The form again, with what was typed and what is wrong with it. */
static bool shown_again(struct frame *f, enum err e)
{
    const struct route *route = f->match.route;
    struct trouble trouble;

    if (!f->entered || !route->on_bad_input || e == ERR_FORBIDDEN || e == ERR_NOT_FOUND ||
        e == ERR_INTERNAL || e == ERR_NO_MEMORY || f->request.error)
        return false;
    trouble = take_trouble(f, e);
    f->request.error = e;
    f->request.error_note = trouble.note;
    f->request.errors = trouble.errors;
    f->match.index = f->site->shows_index[f->match.index];
    f->request.route = f->site->shows[f->counted_as];
    f->response = (struct response){.retry_after_s = f->response.retry_after_s,
                                    .set_cookie = f->response.set_cookie};
    f->t->read_only = true;
    e = route->on_bad_input(f->t, &f->request, &f->response);
    f->t->read_only = false;
    if (e) { /* tell the first trouble: it is the person's */
        task_clear_error(f->t);
        f->response = (struct response){.retry_after_s = f->response.retry_after_s,
                                        .set_cookie = f->response.set_cookie};
        answer_error_page(f, &trouble);
        return true;
    }
    if (!f->response.status)
        f->response.status = trouble.status;
    answer_ok(f);
    return true;
}

/* What was wrong with a proof that came along. */
static struct str proof_fault(const struct frame *f)
{
    for (const struct field_error *error = f->t->field_errors; error; error = error->next)
        if (str_is(error->field, PROOF_FIELD))
            return error->message;
    return (struct str){0};
}

void answer_error(struct frame *f, enum err e)
{
    if (!f->request.api && (sent_to_sign_in(f, e) || shown_again(f, e)))
        return;
    if (e == ERR_PROVE && !f->request.api && answer_prove(f, proof_fault(f)))
        return;
    struct trouble trouble = take_trouble(f, e);
    if (f->request.api)
        answer_problem(f, &trouble);
    else
        answer_error_page(f, &trouble);
}
