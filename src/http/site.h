/*
 * site.h - the web face of the program without its sockets: bytes of a request in, bytes of an
 * answer out.
 *
 * site_make() compiles the routes, binds every template with its shape, and writes the OpenAPI
 * document; it fails at start on anything that could fail later.  A site is immutable but for its
 * counters, and serves any number of threads.  http_handle() is the whole way of a request, the
 * same for the server and for a story test.
 *
 * Beside the routes a site answers /healthz, /readyz, /metrics (to the host itself only),
 * /static/... and /api/v1/openapi.json.
 */
#ifndef HTTP_SITE_H
#define HTTP_SITE_H

#include "http/http.h"

struct asset;
struct site;

/* What the modules know and the frame does not. */
struct site_hooks {
    /* Who is asking: sets t->tenant and request->actor, which stays NULL for nobody.  Runs for
     * every routed request and before error pages; may write (a session's last use).  NULL: nobody,
     * ever. */
    enum err (*authenticate)(struct task *t, struct request *request);
    /* May request->actor (possibly NULL) use request->route?  OK, ERR_UNAUTHENTICATED,
     * ERR_FORBIDDEN. NULL: public routes only. */
    enum err (*admit)(struct task *t, const struct request *request);
    /* The token a POST of this actor must carry; empty when the actor came without a cookie. */
    struct str (*csrf)(const struct actor *actor);
    /* The struct of the shell's shape for a page. */
    enum err (*shell)(struct task *t, const struct request *request, const void **ret_shell);
    /* Where a page sends somebody who must sign in first (303); empty: an error page instead. */
    struct str (*sign_in)(struct task *t, const struct request *request);
    /* Can requests be served?  OK, or an error whose note goes into the log. */
    enum err (*ready)(struct task *t);
    /* Further lines of /metrics. */
    void (*metrics)(struct task *t, struct buf *out);
    /* Did request->actor prove lately who they are, or does the body's PROOF_FIELD do it now?  Runs
     * for ROUTE_PROVE routes; takes the field out of the body.  OK, or ERR_PROVE.  May write, and
     * set a cookie in the response.  NULL: nobody is asked. */
    enum err (*prove)(struct task *t, struct request *request, struct response *response);
};

struct site_options {
    const char *title, *version;       /* of the OpenAPI document */
    const struct route *const *routes; /* tables of routes, the list ended by NULL */
    const struct shape *shell;         /* NULL: pages without a shell */
    struct site_hooks hooks;
    const struct asset *assets;  /* ended by a NULL path; NULL: none */
    const void *setup;           /* request->setup */
    const char *trusted_proxies; /* addresses, separated by blanks; NULL: 127.0.0.1 and ::1 */
    bool secure_cookies;         /* the browser always speaks TLS, whatever the proxy says */
    int secret_burst,
        secret_per_minute; /* tries of ROUTE_SECRET per address; 0: 30, 30; < 0: no limit */
    bool quiet;            /* no access log */
};

/* NULL on failure; *ret_why is malloc'ed, for a message that ends the program. */
struct site *site_make(const struct site_options *options, char **ret_why);
void site_free(struct site *site);

/* One complete request (head and body, as on the wire) from `peer`, an address.  The answer, as on
 * the wire, lives in the task's arena.  The caller began the task: store and moment are his, so a
 * test has its own clock. */
struct str http_handle(struct task *t, struct site *site, struct str raw, struct str peer);

/* The OpenAPI document, as served. */
struct str site_openapi(const struct site *site);

#endif
