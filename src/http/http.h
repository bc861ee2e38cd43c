/*
 * http.h - requests, responses, routes: what modules see of the web.
 *
 * A route row stands for two addresses: the page (/orders/{id}) and the API (/api/v1/orders/{id}).
 * One handler serves both: it fills `view` (a struct with a shape) and the frame makes a page
 * through the route's template or JSON from it.  Input is one JSON tree, whether it came as a query
 * string, a form, multipart or JSON: form names like parties[0].name become nested members.
 *
 * The frame checks, in this order and before the handler runs: head and body within limits, route,
 * who is asking, permission, CSRF token (session-borne POSTs), idempotency key present, for
 * ROUTE_PROVE that who asks proved it lately.
 * GET handlers can only read: store_write() from a GET fails with ERR_INTERNAL.
 *
 * A handler that fails has its error rendered: in the API as application/problem+json, on a page as
 * the template "shell/error" (shape error_page_shape).  A POST page with `on_bad_input` shows its
 * form again instead, unless the error is one that no form can mend (forbidden, not found,
 * internal): that handler is called with request->error, error_note and errors set, and its page
 * gets the error's status.  What was typed is never lost: an error page that answers a form has all
 * of it, in a form that sends it again with the same key (kept.c).
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"
#include "store/store.h"

enum method { GET, POST };

enum { /* limits, in bytes */
       LIMIT_HEAD = 16 * 1024,
       LIMIT_TARGET = 4 * 1024,
       LIMIT_HEADERS = 64, /* a count */
       LIMIT_BODY = 1024 * 1024,
       LIMIT_UPLOAD = 32 * 1024 * 1024,
       LIMIT_FILES = 20 /* a count */
};

struct upload {
    struct str field;    /* name of the form field */
    struct str filename; /* as sent, base name only, valid UTF-8 */
    struct str type;     /* as claimed */
    struct str content;
};

struct actor; /* who is asking: modules/access/access.h */

#define SESSION_COOKIE  "yimen_session" /* the name in Set-Cookie; read into cookie_session */
#define ELDER_COOKIE    "yimen_elder"   /* "1": large type */
#define LANGUAGE_COOKIE "yimen_lang"    /* a tag of languages[] (core/text.h) */
/* Before each of these names, with Secure, when the browser speaks TLS: then no other host of the
 * domain and no plain connection can set them. */
#define HOST_PREFIX "__Host-"

struct request {
    enum method method;
    struct str path;     /* decoded, without /api/v1 */
    bool api;            /* answer with JSON */
    struct json *params; /* {id} of the route */
    struct json *query;  /* of the address */
    struct json *body;   /* of a POST; an empty object otherwise */
    struct list uploads; /* struct upload */
    struct str remote;   /* address of the client (X-Real-IP only from a trusted proxy) */
    struct str language; /* as <html lang> has it; chosen by ?lang= or the cookie, else Chinese */
    struct str idempotency_key; /* header Idempotency-Key or field _key; POST only */
    struct str cookie_session;
    struct str bearer;
    struct str csrf;           /* header X-CSRF-Token or field _csrf */
    bool htmx;                 /* asks for a fragment */
    bool elder;                /* large-type mode: cookie or ?elder=1 */
    const struct actor *actor; /* NULL: nobody signed in */
    const struct route *route;
    const void *setup; /* the program's struct, given to site_make() */
    struct str host;   /* as asked for, with the port */
    bool secure;       /* the browser speaks TLS (X-Forwarded-Proto from a trusted proxy, or set) */
    struct str id;     /* of this request, for logs and error pages */
    /* For on_bad_input: what went wrong.  `body` still holds what was typed. */
    enum err error;
    struct str error_note;
    const struct field_error *errors;
    struct str (*header)(const struct request *, const char *lower_case_name);
    const void *raw;
};

/* The message at a field ("phone", "parties[1].name"); empty when it is right. */
struct str request_error(const struct request *request, const char *field);

struct response {
    int status;                /* 0: 200, or the status of the error returned */
    const struct shape *shape; /* of `view`; NULL: the route's */
    const void *view;
    struct str redirect;             /* page only: 303 to here */
    struct str file_type, file_name; /* a download: sent as attachment unless `file_inline` */
    struct str file;
    bool file_inline;      /* PDF made by the program itself */
    struct str set_cookie; /* a complete Set-Cookie value; empty: none */
    struct str set_other_cookie;
    struct str clear_site_data;
    int64_t retry_after_s;
    bool no_store;        /* for this visitor's eyes only, though nobody is signed in */
    const char *template; /* another page than the route's */
    /* Of a GET with nothing to tell that the client does not know: the word of store_notify() that
     * may change this, and the id (0: any).  When the client said `Prefer: wait=20` the request is
     * held, without a worker, until it is heard or the seconds are over; then the handler is run
     * again. */
    const char *live;
    int64_t live_id;
    int64_t id; /* of what was made: Location and {"id":...} */
};

/* An address that came from outside, when it is a path of this site; else empty: "//elsewhere" and
 * "/\\elsewhere" are other hosts, and blanks or line ends belong into no address. */
struct str site_path(struct str address);

typedef enum err handler_fn(struct task *t, struct request *request, struct response *response);

/* One input field of a route, for checking and for OpenAPI (core/form.h). */
struct form;

enum access {                 /* who may call a route at all: decided by the hook `admit` */
              ACCESS_PUBLIC,  /* anybody, no session */
              ACCESS_CITIZEN, /* a tracking session (number and code) */
              ACCESS_STAFF    /* a signed-in member of staff whose post grants `permission` */
};

/* The form of this request, where the route alone does not say what is asked (the action of an
 * order, the matter of a registration).  For the labels of what is given back (kept.c): it may only
 * read, the actor may be NULL, and what it tells of is told to whoever sent the request. */
typedef const struct form *form_fn(struct task *t, const struct request *request);

struct route {
    enum method method;
    const char *path; /* "/orders/{id}/act/{action}" */
    enum access access;
    const char *permission; /* "order.read"; NULL for public and citizen routes; for staff: anybody
                               signed in, about themselves */
    handler_fn *handler;
    const char *page; /* template; NULL: API or redirect only */
    const struct shape *view;
    const struct form *form;  /* input: query of a GET, body of a POST; NULL: none or dynamic */
    handler_fn *on_bad_input; /* POST pages: the GET handler that shows the form again */
    const char *summary;      /* Chinese, for OpenAPI and docs */
    unsigned flags;
    form_fn *form_of; /* NULL: `form` says it */
};

enum {                      /* flags */
       ROUTE_PAGE_ONLY = 1, /* not under /api/v1 */
       ROUTE_API_ONLY = 2,
       ROUTE_UPLOAD = 4,  /* body up to LIMIT_UPLOAD, multipart */
       ROUTE_NO_KEY = 8,  /* POST without idempotency key: sign-in, sign-out */
       ROUTE_SECRET = 16, /* carries a code or password: rate-limited per address, never logged */
       ROUTE_PROVE = 32   /* dangerous: who came by a session must have proved lately who they are;
                             else ERR_PROVE, and a page asks and goes on with what was sent */
};

/* The field of a POST to a ROUTE_PROVE route that proves who asks: a password or a code. */
#define PROOF_FIELD "_proof"

/* A field of a form that was sent, to be sent again. */
struct kept_field {
    struct str name, value;
    struct str title; /* empty: not known here */
    struct str id;    /* in the page; empty: hidden */
    bool is_long;     /* wants several lines */
};

/* What was typed, on an error page ("shell/kept"): sent again with the same key. */
struct kept_form {
    struct str address, csrf;
    struct list typed;  /* struct kept_field: words and long numbers, to be seen and mended */
    struct list hidden; /* struct kept_field: the rest */
    struct list files;  /* struct kept_field: value is the file's name; to be chosen again */
    bool multipart;     /* there are some */
};

/* What "shell/prove" is bound with: the form that was sent, kept, and the question. */
struct prove_page {
    struct str page_title;
    struct str action;  /* the address that the form was sent to */
    struct str summary; /* what is about to happen: the route's */
    struct str fault;   /* what was wrong with the proof before */
    struct list kept;   /* struct kept_field */
};
extern const struct shape prove_page_shape;

/* What "shell/error" is bound with. */
struct error_line {
    struct str field, message;
};
struct error_page {
    int64_t status;
    struct str word, sentence, note;
    struct list errors; /* struct error_line */
    struct str request_id;
    bool retry;   /* trying again may help */
    bool sign_in; /* signing in may help */
    struct str sign_in_address;
    const struct kept_form *kept; /* NULL: no form was sent, or one with secrets */
};
extern const struct shape error_page_shape;

#endif
