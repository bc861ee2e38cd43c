/* Asking again who it is before something dangerous, without losing what was typed. */
#include "http/frame.h"

static const struct field kept_fields[] = {
    FIELD(struct kept_field, name, F_STR, "字段"),
    FIELD(struct kept_field, value, F_STR, "内容"),
    {0},
};
static const struct shape kept_shape = {"kept_field", sizeof(struct kept_field), kept_fields};

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

/* A tree as the fields it came from: {"a":[{"b":"x"}]} is a[0].b=x. */
static void keep(struct task *t, struct list *kept, struct str name, const struct json *value)
{
    int64_t index = 0;

    JSON_EACH (child, value) {
        struct str path = value->kind == JSON_LIST
                              ? str_format(t, "%.*s[%lld]", STR_ARG(name), (long long)index++)
                          : name.len
                              ? str_format(t, "%.*s.%.*s", STR_ARG(name), STR_ARG(child->name))
                              : child->name;

        if (!name.len && (str_is(path, "_csrf") || str_is(path, PROOF_FIELD)))
            continue; /* the page writes its own */
        if (child->kind == JSON_LIST || child->kind == JSON_OBJECT)
            keep(t, kept, path, child);
        else if (child->kind == JSON_STRING)
            *(struct kept_field *)list_add(t, kept, sizeof(struct kept_field)) =
                (struct kept_field){path, child->text};
    }
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
        .action = f->head.query.len ? str_format(f->t, "%.*s?%.*s", STR_ARG(f->request.path),
                                                 STR_ARG(f->head.query))
                                    : f->request.path,
        .summary = str_of(f->match.route->summary ? f->match.route->summary : ""),
        .fault = fault,
    };
    keep(f->t, &page->kept, (struct str){0}, f->request.body);
    task_clear_error(f->t);
    if (page_render(f, template, &prove_page_shape, page, &html) != OK)
        return false;
    if (f->response.set_cookie.len)
        more = str_format(f->t, "Set-Cookie: %.*s\r\n", STR_ARG(f->response.set_cookie));
    answer_body(f, err_http_status(ERR_PROVE), S("text/html; charset=utf-8"), html, more);
    return true;
}
