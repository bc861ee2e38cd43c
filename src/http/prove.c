/* Asking again who it is before something dangerous, without losing what was typed. */
#include "http/frame.h"

static const struct field prove_page_fields[] = {
    FIELD(struct prove_page, page_title, F_STR, "页名"),
    FIELD(struct prove_page, action, F_STR, "提交到"),
    FIELD(struct prove_page, summary, F_STR, "要做的事"),
    FIELD(struct prove_page, fault, F_STR, "核对没有通过的原因"),
    FIELD_OF(struct prove_page, kept, F_LIST, &kept_shape, "已填的内容"),
    {0},
};
const struct shape prove_page_shape = {"prove_page", sizeof(struct prove_page), prove_page_fields};

enum err request_prove(struct frame *f)
{
    enum err (*prove)(struct task *, struct request *, struct response *) =
        f->site->options.hooks.prove;

    if (!(f->match.route->flags & ROUTE_PROVE) || !prove)
        return OK;
    return prove(f->t, &f->request, &f->response);
}

bool answer_prove(struct frame *f, struct str fault)
{
    const struct template *template = f->site->prove_page[page_language(f) - languages];
    struct prove_page *page = NEW(f->t, struct prove_page, 1);
    struct str more = {0}, html;

    if (!template)
        return false;
    *page = (struct prove_page){
        .page_title = S("再核对一次是您本人"),
        .action = request_address(f),
        .summary = str_of(f->match.route->summary ? f->match.route->summary : ""),
        .fault = fault,
        .kept = request_kept_fields(f),
    };
    task_clear_error(f->t);
    if (page_render(f, template, &prove_page_shape, page, &html) != OK)
        return false;
    if (f->response.set_cookie.len)
        more = str_format(f->t, "Set-Cookie: %.*s\r\n", STR_ARG(f->response.set_cookie));
    answer_body(f, err_http_status(ERR_PROVE), S("text/html; charset=utf-8"), html, more);
    return true;
}
