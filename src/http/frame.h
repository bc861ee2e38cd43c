/*
 * frame.h - one request under way; shared by the files of the frame and by nobody else.
 */
#ifndef HTTP_FRAME_H
#define HTTP_FRAME_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/text.h"
#include "http/head.h"
#include "http/limiter.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/site.h"
#include "view/template.h"

/* A template bound with another shape than its route's: kept from its first use on. */
struct extra_page {
    struct extra_page *next;
    const char *name;
    const struct shape *shape;
    const struct language *language;
    struct template *page;
};

struct site {
    struct site_options options;
    struct router *router;
    struct template **pages[LANGUAGE_MAX]; /* by language and route */
    const struct route **shows;            /* by route: the GET row behind on_bad_input */
    size_t *shows_index;
    struct template *error_page[LANGUAGE_MAX]; /* NULL: the frame's own */
    struct template *prove_page[LANGUAGE_MAX]; /* NULL: an error page */
    pthread_mutex_t lock;                      /* of extra_pages */
    struct extra_page *extra_pages;
    struct metrics *metrics;
    struct limiter *limiter; /* NULL: no limit */
    char *openapi;
    size_t openapi_len;
    char openapi_etag[20];
    size_t asset_count;
    _Atomic bool closing; /* the server stops: every answer ends its connection */
    uint64_t id_seed;
    _Atomic uint64_t ids;
    void (*gauges)(const void *server, struct gauges *ret_gauges); /* set by a server */
    const void *server;
};

/* What a held request waits for (live.c). */
struct watch {
    int64_t tenant, id;
    const char *word;
    int wait_ms; /* 0: nothing, answer at once */
};

struct answer {
    int status;
    struct watch watch;
    struct str head, body; /* body: empty for HEAD, though its length is told */
    bool close;            /* the connection ends with this answer */
};

struct frame {
    struct task *t;
    struct site *site;
    struct str raw, peer;
    struct head head;
    struct match match;
    size_t counted_as;   /* index of the route, for the metrics */
    const char *pattern; /* of the route, for the log */
    struct request request;
    struct response response;
    bool bad_query;       /* the query could not be read */
    bool known_who;       /* authenticate ran */
    bool read_input;      /* request_read_input() ran */
    bool size_chosen;     /* ?elder= stood in the address: the choice is kept in a cookie */
    bool language_chosen; /* ?lang= likewise */
    bool entered;         /* every check passed: the handler ran */
    int64_t committed;    /* store_committed() before it */
    int refuse;           /* status the server decided before the body was read, or 0 */
    int64_t began_ns;
    struct answer answer;
};

/* The whole way: never fails, always leaves an answer.  `refuse` as above; `began_ns` for the
 * figures. */
void site_answer(struct task *t, struct site *site, struct str raw, struct str peer, int refuse,
                 struct answer *ret_answer);
/* Most bytes of body for this head, by its route. */
size_t site_body_limit(const struct site *site, const struct head *head);

/* Did the handler commit anything?  Then, whatever fails afterwards, nobody may say that nothing
 * was changed: ERR_UNCERTAIN for an error that says so. */
bool has_committed(const struct frame *f);
enum err not_unchanged(struct frame *f, enum err e);

/* request.c */
void request_begin(struct frame *f);
MUST_USE enum err request_read_input(struct frame *f);
MUST_USE enum err request_guard(struct frame *f); /* CSRF token, origin, idempotency key */
MUST_USE enum err request_who(struct frame *f);   /* the hook `authenticate`, once */

/* By what the browser says: does another site's page send this; does a page of ours? */
bool request_foreign(const struct frame *f);
bool request_from_here(const struct frame *f);

/* kept.c: the form that was sent, to be sent again; NULL when there is none.  `errors`: the fields
 * that are wrong.  `may_read`: the store answers, and may be asked what the fields are called. */
extern const struct shape kept_shape, kept_form_shape;
struct kept_form *request_kept(struct frame *f, const struct field_error *errors, bool may_read);
struct list request_kept_fields(struct frame *f); /* struct kept_field, all of them */
struct str request_address(struct frame *f);      /* path and query */
struct str kept_html(struct frame *f, const struct kept_form *form);

/* prove.c */
MUST_USE enum err request_prove(
    struct frame *f); /* the hook `prove`, where the route asks for it */
/* The page that asks, with the form kept; false when there is none to show. */
bool answer_prove(struct frame *f, struct str fault);

/* live.c: is this an answer that may wait? */
void answer_may_wait(struct frame *f);

/* builtin.c: /healthz and the like; false when the address is none of them. */
bool builtin_answer(struct frame *f);

/* response.c */
void answer_ok(struct frame *f);
void answer_error(struct frame *f, enum err e); /* takes note and field errors off the task */
/* The memory of the task is spent and given back: say so, with the form kept where there is one.
 * False when that is too much as well. */
bool answer_spent(struct frame *f, enum err e);
/* Without templates and modules: for heads that could not be read and for the last resort. */
void answer_plain(struct frame *f, int status, struct str sentence);
/* Finish: head for a body of this type.  `more` are further header lines, each ended by CRLF. */
void answer_body(struct frame *f, int status, struct str type, struct str body, struct str more);
const char *status_words(int status);
/* A text answer made without a task: for the server's own refusals. */
size_t answer_canned(char *out, size_t size, int status, const char *sentence, bool close);

/* page.c */
MUST_USE enum err page_render(struct frame *f, const struct template *page,
                              const struct shape *shape, const void *view, struct str *ret_html);
/* A page by name, shape and language; NULL, with a note in the log, when it cannot be bound. */
const struct template *page_bound(struct site *site, const char *name, const struct shape *shape,
                                  const struct language *language);
/* The language of the answer, and its place in languages[]. */
const struct language *page_language(const struct frame *f);
bool page_exists(const char *name);
extern const struct shape nothing_shape;

/* openapi.c: the document, malloc'ed; NULL with a reason. */
char *openapi_write(const struct site *site, size_t *ret_len, char **ret_why);

#endif
