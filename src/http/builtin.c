/* Addresses that the frame answers itself. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "http/frame.h"
#include "http/input.h"
#include "view/asset.h"

enum { LARGEST_METRICS = 4 * 1024 * 1024 };

static int compare_asset(const void *key, const void *element)
{
    const struct str *path = key;

    return str_compare(*path, str_of(((const struct asset *)element)->path));
}

static void answer_asset(struct frame *f, struct str name)
{
    const struct asset *table = f->site->options.assets;
    const struct asset *asset = f->site->asset_count ? bsearch(&name, table, f->site->asset_count,
                                                               sizeof *table, compare_asset)
                                                     : NULL;

    if (!asset) {
        answer_body(f, 404, S("text/plain; charset=utf-8"), S("没有这个文件。\n"), S(""));
        return;
    }
    /* The address with the right ?v= can never mean another content. */
    bool forever = str_is(json_get_str(f->request.query, "v"), asset->hash);
    struct str more = str_format(f->t, "ETag: \"%s\"\r\nCache-Control: %s\r\n", asset->hash,
                                 forever ? "public, max-age=31536000, immutable" : "no-cache");
    struct str known = head_find(&f->head, "if-none-match");
    bool same = known.len == strlen(asset->hash) + 2 && known.at[0] == '"' &&
                str_starts(str_from(known, 1), str_of(asset->hash));
    answer_body(f, same ? 304 : 200, str_of(asset->type),
                (struct str){(const char *)asset->bytes, asset->len}, more);
}

static void answer_ready(struct frame *f)
{
    enum err (*ready)(struct task * t) = f->site->options.hooks.ready;
    enum err e = ready ? ready(f->t) : OK;

    if (e) {
        log_write(LEVEL_WARN, "http.not-ready",
                  LOG_PAIRS(LOG_STR("error", str_of(err_word(e))), LOG_STR("note", f->t->note)));
        task_clear_error(f->t);
        answer_body(f, 503, S("text/plain; charset=utf-8"), S("not ready\n"),
                    S("Retry-After: 2\r\n"));
        return;
    }
    answer_body(f, 200, S("text/plain; charset=utf-8"), S("ready\n"), S(""));
}

/* Only for the host itself: figures say when a town's window is busy. */
static bool from_this_host(const struct frame *f)
{
    return str_starts(f->request.remote, S("127.")) || str_is(f->request.remote, "::1");
}

static void answer_metrics(struct frame *f)
{
    struct buf out = buf_new(f->t, LARGEST_METRICS);
    struct gauges gauges = {0};

    if (f->site->gauges)
        f->site->gauges(f->site->server, &gauges);
    metrics_write(f->site->metrics, f->site->router, &gauges, &out);
    if (f->site->options.hooks.metrics)
        f->site->options.hooks.metrics(f->t, &out);
    answer_body(f, 200, S("text/plain; version=0.0.4; charset=utf-8"), buf_str(&out), S(""));
}

static void answer_openapi(struct frame *f)
{
    struct str known = head_find(&f->head, "if-none-match");
    struct str etag = str_format(f->t, "\"%s\"", f->site->openapi_etag);

    answer_body(f, str_eq(known, etag) ? 304 : 200, S("application/json"), site_openapi(f->site),
                str_format(f->t, "ETag: %.*s\r\nCache-Control: no-cache\r\n", STR_ARG(etag)));
}

bool builtin_answer(struct frame *f)
{
    struct str path = f->request.path;

    if (f->request.method != GET)
        return false;
    if (str_starts(path, S("/static/"))) {
        f->pattern = "/static/";
        answer_asset(f, str_from(path, 8));
    } else if (str_is(path, "/healthz")) {
        f->pattern = "/healthz";
        answer_body(f, 200, S("text/plain; charset=utf-8"), S("ok\n"), S(""));
    } else if (str_is(path, "/readyz")) {
        f->pattern = "/readyz";
        answer_ready(f);
    } else if (str_is(path, "/metrics") && from_this_host(f)) {
        f->pattern = "/metrics";
        answer_metrics(f);
    } else if (str_is(path, "/api/v1/openapi.json")) {
        f->pattern = "/api/v1/openapi.json";
        answer_openapi(f);
    } else {
        return false;
    }
    return true;
}
