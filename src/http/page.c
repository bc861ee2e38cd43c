/* Templates of pages: bound at start by route, or at first use when a handler chose another. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/task.h"
#include "http/frame.h"

enum { LARGEST_PAGE = 8 * 1024 * 1024 };

static const struct field no_fields[] = {{0}};
const struct shape nothing_shape = {"nothing", 1, no_fields};

bool page_exists(const char *name)
{
    for (const struct template_file *file = template_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return true;
    return false;
}

const struct language *page_language(const struct frame *f)
{
    return f->t->language ? f->t->language : languages;
}

const struct template *page_bound(struct site *site, const char *name, const struct shape *shape,
                                  const struct language *language)
{
    struct extra_page *extra;
    char *why = NULL;

    shape = shape ? shape : &nothing_shape;
    pthread_mutex_lock(&site->lock);
    for (extra = site->extra_pages; extra; extra = extra->next)
        if (extra->shape == shape && extra->language == language && strcmp(extra->name, name) == 0)
            break;
    if (!extra && (extra = calloc(1, sizeof *extra))) {
        /* A failure is kept as well: it would only fail again. */
        *extra = (struct extra_page){
            .next = site->extra_pages, .name = name, .shape = shape, .language = language};
        extra->page =
            template_bind(name, shape, site->options.shell ? site->options.shell : &nothing_shape,
                          language, &why);
        site->extra_pages = extra;
    }
    pthread_mutex_unlock(&site->lock);
    if (why)
        log_write(LEVEL_ERROR, "http.template", LOG_PAIRS(LOG_STR("why", str_of(why))));
    free(why);
    return extra ? extra->page : NULL;
}

static enum err render(struct frame *f, const struct template *page, const struct shape *shape,
                       const void *view, struct str *ret_html)
{
    static const char nothing[1] = {0};
    const void *shell = nothing;
    struct buf out = buf_new(f->t, LARGEST_PAGE);
    enum err e;

    if (!page)
        return ERR_INTERNAL;
    if (f->site->options.shell && f->site->options.hooks.shell) {
        e = f->site->options.hooks.shell(f->t, &f->request, &shell);
        if (e && !has_committed(f))
            return e;
        if (e) {
            /* What was done is told without a frame around it: a code may be shown this once. */
            task_clear_error(f->t);
            shell = NEW(f->t, char, f->site->options.shell->size);
        }
    } else if (f->site->options.shell) {
        shell = NEW(f->t, char, f->site->options.shell->size);
    }
    if (!view)
        view = shape && shape->size ? NEW(f->t, char, shape->size) : nothing;
    template_render(&out, page, view, shell);
    if (buf_overflown(&out))
        return task_fail(f->t, ERR_TOO_LARGE, "这一页太长，请缩小范围再看。");
    *ret_html = buf_str(&out);
    return OK;
}

/* What draws a page reads, whatever the request did before. */
enum err page_render(struct frame *f, const struct template *page, const struct shape *shape,
                     const void *view, struct str *ret_html)
{
    bool before = f->t->read_only;

    f->t->read_only = true;
    enum err e = render(f, page, shape, view, ret_html);
    f->t->read_only = before;
    return e;
}
