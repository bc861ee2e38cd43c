/* Making a site, and the way of a request through it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/log.h"
#include "core/task.h"
#include "core/time.h"
#include "http/frame.h"
#include "store/committed.h"
#include "view/asset.h"

enum { SECRET_BURST = 30, SECRET_PER_MINUTE = 30 };

/* ---- making ---------------------------------------------------------------------------------- */

static bool complain(char **ret_why, const char *what, const char *path)
{
    if (asprintf(ret_why, "route %s: %s", path, what) < 0)
        *ret_why = NULL;
    return false;
}

/* The GET row whose handler shows a form again: of the same address when there are several. */
static size_t find_shower(const struct site *site, const struct route *route)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < router_count(site->router); i++) {
        const struct route *other = router_route(site->router, i);

        if (other->method != GET || other->handler != route->on_bad_input || !other->page)
            continue;
        if (found == SIZE_MAX || strcmp(other->path, route->path) == 0)
            found = i;
    }
    return found;
}

/* Every page in one language. */
static bool bind_language(struct site *site, size_t number, char **ret_why)
{
    const struct shape *shell = site->options.shell ? site->options.shell : &nothing_shape;
    const struct language *language = &languages[number];
    size_t n = router_count(site->router);

    if (!(site->pages[number] = calloc(n + 1, sizeof *site->pages[number]))) {
        *ret_why = strdup("out of memory");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct route *route = router_route(site->router, i);

        if (!route->page)
            continue;
        site->pages[number][i] = template_bind(
            route->page, route->view ? route->view : &nothing_shape, shell, language, ret_why);
        if (!site->pages[number][i])
            return false;
    }
    if (page_exists("shell/error") &&
        !(site->error_page[number] =
              template_bind("shell/error", &error_page_shape, shell, language, ret_why)))
        return false;
    if (page_exists("shell/prove") &&
        !(site->prove_page[number] =
              template_bind("shell/prove", &prove_page_shape, shell, language, ret_why)))
        return false;
    return true;
}

static bool bind_pages(struct site *site, char **ret_why)
{
    for (size_t i = 0; i < router_count(site->router); i++) {
        const struct route *route = router_route(site->router, i);

        if (!route->on_bad_input)
            continue;
        site->shows_index[i] = find_shower(site, route);
        if (site->shows_index[i] == SIZE_MAX)
            return complain(ret_why, "no GET page has the handler of on_bad_input", route->path);
        site->shows[i] = router_route(site->router, site->shows_index[i]);
    }
    for (size_t i = 0; languages[i].tag; i++)
        if (!bind_language(site, i, ret_why))
            return false;
    return true;
}

static bool fill(struct site *site, char **ret_why)
{
    const struct site_options *o = &site->options;
    unsigned char hash[HASH_BYTES];
    size_t n;

    site->router = router_make(o->routes, ret_why);
    if (!site->router)
        return false;
    n = router_count(site->router);
    site->shows = calloc(n + 1, sizeof *site->shows);
    site->shows_index = calloc(n + 1, sizeof *site->shows_index);
    site->metrics = metrics_make(n);
    if (o->secret_burst >= 0)
        site->limiter =
            limiter_make(o->secret_burst ? o->secret_burst : SECRET_BURST,
                         o->secret_per_minute ? o->secret_per_minute : SECRET_PER_MINUTE);
    if (!site->shows || !site->shows_index || !site->metrics ||
        (o->secret_burst >= 0 && !site->limiter)) {
        *ret_why = strdup("out of memory");
        return false;
    }
    if (!bind_pages(site, ret_why))
        return false;
    while (o->assets && o->assets[site->asset_count].path)
        site->asset_count++;
    random_bytes(&site->id_seed, sizeof site->id_seed);
    site->openapi = openapi_write(site, &site->openapi_len, ret_why);
    if (!site->openapi)
        return false;
    crypto_digest(&(struct str){site->openapi, site->openapi_len}, 1, hash);
    for (int i = 0; i < 8; i++)
        snprintf(site->openapi_etag + 2 * i, 3, "%02x", hash[i]);
    return true;
}

struct site *site_make(const struct site_options *options, char **ret_why)
{
    struct site *site = calloc(1, sizeof *site);
    char *why = NULL;

    if (!site) {
        *ret_why = strdup("out of memory");
        return NULL;
    }
    pthread_mutex_init(&site->lock, NULL);
    site->options = *options;
    if (fill(site, &why))
        return site;
    *ret_why = why;
    site_free(site);
    return NULL;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    for (size_t number = 0; number < LANGUAGE_MAX; number++) {
        for (size_t i = 0; site->pages[number] && i < router_count(site->router); i++)
            template_free(site->pages[number][i]);
        free(site->pages[number]);
        template_free(site->error_page[number]);
        template_free(site->prove_page[number]);
    }
    while (site->extra_pages) {
        struct extra_page *extra = site->extra_pages;

        site->extra_pages = extra->next;
        if (extra->page)
            template_free(extra->page);
        free(extra);
    }
    free(site->shows);
    free(site->shows_index);
    metrics_free(site->metrics);
    limiter_free(site->limiter);
    router_free(site->router);
    free(site->openapi);
    pthread_mutex_destroy(&site->lock);
    free(site);
}

struct str site_openapi(const struct site *site)
{
    return (struct str){site->openapi, site->openapi_len};
}

/* ---- a request's way ------------------------------------------------------------------------- */

size_t site_body_limit(const struct site *site, const struct head *head)
{
    char path[LIMIT_TARGET];
    struct match match;
    size_t len = path_decode(head->path, path);

    if (len == SIZE_MAX)
        return LIMIT_BODY;
    router_match(site->router, head->method, (struct str){path, len}, &match);
    return match.route && (match.route->flags & ROUTE_UPLOAD) ? LIMIT_UPLOAD : LIMIT_BODY;
}

static enum err take_route(struct frame *f)
{
    struct request *r = &f->request;

    r->api = f->match.api;
    if (f->match.api)
        r->path = r->path.len > 7 ? str_from(r->path, 7) : S("/"); /* without /api/v1 */
    if (f->match.route) {
        f->counted_as = f->match.index;
        f->pattern = f->match.route->path;
    }
    if (f->refuse)
        return task_fail(f->t, f->refuse == 413 ? ERR_TOO_LARGE : ERR_BUSY, "%s",
                         f->refuse == 413 ? tr(f->t, "内容太大，请缩小或分几次交。")
                                          : tr(f->t, "系统正忙，请稍后再试。"));
    if (!f->match.route)
        return f->match.known ? ERR_METHOD : ERR_NOT_FOUND;
    r->route = f->match.route;
    for (size_t i = 0; i < f->match.param_count; i++)
        json_put(f->t, r->params, f->match.params[i].name,
                 json_str(f->t, f->match.params[i].value));
    return OK;
}

static enum err may_try(struct frame *f)
{
    int64_t wait_s;

    if (!(f->request.route->flags & ROUTE_SECRET) || !f->site->limiter)
        return OK;
    wait_s = limiter_take(f->site->limiter, f->request.remote, time_monotonic_ns() / 1000000);
    if (!wait_s)
        return OK;
    f->response.retry_after_s = wait_s;
    return task_fail(f->t, ERR_TOO_MANY, "试得太多了，请过 %lld 秒再试。", (long long)wait_s);
}

static enum err admitted(struct frame *f)
{
    if (f->site->options.hooks.admit)
        return f->site->options.hooks.admit(f->t, &f->request);
    return f->request.route->access == ACCESS_PUBLIC ? OK : ERR_UNAUTHENTICATED;
}

bool has_committed(const struct frame *f)
{
    return f->entered && f->committed != store_committed();
}

enum err not_unchanged(struct frame *f, enum err e)
{
    if ((e != ERR_STORE && e != ERR_BUSY && e != ERR_NO_MEMORY) || !has_committed(f))
        return e;
    task_clear_error(f->t);
    return ERR_UNCERTAIN;
}

/* Every check in the order that http.h promises, then the handler. */
static enum err work(struct frame *f)
{
    enum err e, input;

    if ((e = take_route(f)))
        return e;
    if (f->raw.len - f->head.size > site_body_limit(f->site, &f->head)) {
        f->answer.close = true;
        return ERR_TOO_LARGE;
    }
    if ((e = may_try(f)) || (e = request_who(f)) || (e = admitted(f)))
        return e;
    input = request_read_input(f);
    if (input && !f->t->field_errors)
        return input; /* nothing could be read, so nothing can be shown again */
    struct field_error *errors = f->t->field_errors, *last = f->t->last_field_error;
    if (input)
        task_clear_error(f->t);
    if ((e = request_guard(f)) || (e = request_prove(f)))
        return e;
    f->entered = true;
    if (input) {
        f->t->field_errors = errors;
        f->t->last_field_error = last;
        return task_input_verdict(f->t);
    }
    f->committed = store_committed();
    f->t->read_only = f->request.method == GET;
    e = f->request.route->handler(f->t, &f->request, &f->response);
    f->t->read_only = false;
    return not_unchanged(f, e);
}

static enum err run(struct task *t, void *arg)
{
    struct frame *f = arg;
    const char *why = "";
    int status = head_parse(f->raw, &f->head, &why);

    (void)t;
    if (status != HEAD_DONE) {
        f->head = (struct head){0};
        answer_plain(f, status == HEAD_MORE ? 400 : status, S("请求格式不正确。\n"));
        return OK;
    }
    request_begin(f);
    if (!f->refuse && f->raw.len - f->head.size != f->head.content_length) {
        answer_plain(f, 400, S("请求内容不完整。\n"));
        return OK;
    }
    if (!f->refuse && builtin_answer(f))
        return OK;
    router_match(f->site->router, f->head.method, f->request.path, &f->match);
    enum err e = work(f);
    if (e) {
        answer_error(f, e);
    } else {
        answer_ok(f);
        answer_may_wait(f);
    }
    return OK;
}

static void count_and_log(struct frame *f)
{
    int64_t took = time_monotonic_ns() - f->began_ns;

    metrics_count(f->site->metrics, f->counted_as, f->match.api, f->answer.status, took);
    if (f->site->options.quiet)
        return;
    log_write(LEVEL_INFO, "http.request",
              LOG_PAIRS(LOG_STR("id", f->request.id),
                        LOG_STR("method", f->head.head_only        ? S("HEAD")
                                          : f->head.method == POST ? S("POST")
                                                                   : S("GET")),
                        LOG_STR("route", str_of(f->pattern)), LOG_INT("api", f->match.api),
                        LOG_INT("status", f->answer.status), LOG_INT("us", took / 1000),
                        LOG_INT("in", (int64_t)f->raw.len),
                        LOG_INT("out", (int64_t)(f->answer.head.len + f->answer.body.len))));
}

void site_answer(struct task *t, struct site *site, struct str raw, struct str peer, int refuse,
                 struct answer *ret_answer)
{
    struct task_mark mark = task_mark(t);
    struct frame f;

    /* Not the head's 64 fields: what is beyond `count` is never read. */
    memset(&f, 0, offsetof(struct frame, head));
    memset((char *)&f + offsetof(struct frame, match), 0, sizeof f - offsetof(struct frame, match));
    f.head.count = 0;
    f.head.head_only = f.head.keep_alive = false;
    f.head.method = GET;
    f.t = t;
    f.site = site;
    f.raw = raw;
    f.peer = peer;
    f.refuse = refuse;
    f.counted_as = SIZE_MAX;
    f.pattern = "";
    f.began_ns = time_monotonic_ns();
    enum err spent = task_protect(t, run, &f);
    if (spent) {
        /* The budget is spent: give the memory back and say so without the modules. */
        task_reset(t, mark);
        t->read_only = false;
        spent = not_unchanged(&f, spent);
        if (!answer_spent(&f, spent)) {
            task_reset(t, mark);
            f.request = (struct request){0};
            answer_plain(&f, err_http_status(spent), str_of(err_sentence(spent)));
        }
    }
    count_and_log(&f);
    *ret_answer = f.answer;
}

struct str http_handle(struct task *t, struct site *site, struct str raw, struct str peer)
{
    struct answer answer;

    site_answer(t, site, raw, peer, 0, &answer);
    return str_join(t, answer.head, answer.body);
}
