/*
 * world.h - a whole city for a story: the profile `lanjiang` installed in a folder of its own, a
 * virtual clock, and the site in process.  Nothing listens on a port.  With YIMEN_TEST_POSTGRES
 * (tools/postgres) its rows are in a PostgreSQL database of its own.
 *
 * A story is a cmocka test in tests/stories/NAME.c, with NAME in the list of tests/meson.build:
 *
 *     static void a_clerk_answers_on_the_spot(void **state)
 *     {
 *         struct world *w = *state;
 *
 *         world_as(w, "wuhaitao");                            // signs in; 值班律师岗, 市中心
 *         world_post_json(w, "/orders", WORLD_CONSULTATION);  // the API: /api/v1/orders
 *         assert_int_equal(w->status, 201);
 *         int64_t id = json_get_id(w->json, "id");
 *         world_get(w, world_f(w, "/orders/%lld", id));       // the page
 *         WORLD_SAYS(w, "待解答");
 *         world_pass(w, "2 hours");                           // timers run
 *         world_verify(w);                                    // the invariants of every order
 *     }
 *     int main(void)
 *     {
 *         return WORLD_TESTS(cmocka_unit_test(a_clerk_answers_on_the_spot));
 *     }
 *
 * The world begins on Wednesday 2026-10-14 at 09:42 (TEST_NOW) and is made once for all tests of a
 * file: what one test does the next one sees.  Logins stand in profiles/lanjiang.yaml; everybody's
 * password is WORLD_PASSWORD.
 *
 * After a request: w->status, w->head, w->body, w->location, w->json (when the answer is JSON; else
 * NULL).  They live until the next request.  What must live longer: world_keep().
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "app.h"
#include "core/test.h"
#include "core/time.h"
#include "modules/access/access.h"
#include "modules/orders/orders.h"
#include "modules/org/org.h"

#define WORLD_PASSWORD "lanjiang-demo"

/* A consultation with a name and a right (impossible) id number, for POST /orders. */
#define WORLD_CONSULTATION                                                                          \
    "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"公司拖欠工资\"," \
    "\"content\":\"干了三个月没发工资，怎么办？\",\"parties\":[" WORLD_APPLICANT "]}"
#define WORLD_APPLICANT                                                                            \
    "{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"王小满\","            \
    "\"paper\":\"id-card\",\"paper_number\":\"990101199003154024\",\"phone\":\"13900001234\","     \
    "\"address\":\"岚江市双塔街道枣园社区\"}}"

struct world {
    char *folder;
    char *database; /* the URL of its PostgreSQL database; NULL: SQLite in the folder */
    void *reader;   /* the session of world_select() */
    struct app app;
    struct task home; /* lives as long as the world */
    struct task t;    /* of the last request or call */
    struct site *site;
    int64_t now;
    int64_t tenant, other_tenant; /* the second: world_second_tenant() */
    struct str host;              /* Host of the requests */
    struct str session, csrf;     /* of whoever asks; empty: nobody */
    bool renewed;                 /* the last answer brought another session cookie */
    int64_t keys;                 /* idempotency keys given */

    int status;
    struct str head, body, location;
    struct json *json;
};

int world_set_up(void **state);
int world_set_up_at(void **state, int64_t now);
int world_tear_down(void **state);
#define WORLD_TESTS(...)                                                                           \
    cmocka_run_group_tests(((const struct CMUnitTest[]){__VA_ARGS__}), world_set_up,               \
                           world_tear_down)

/* --- Who asks -------------------------------------------------------------------------------- */

void world_as(struct world *w, const char *login);
/* The same in another of the person's posts. */
void world_as_post(struct world *w, const char *login, const char *post);
/* A citizen with number and code. */
void world_as_citizen(struct world *w, struct str no, struct str code);
void world_as_nobody(struct world *w);

/* --- Requests -------------------------------------------------------------------------------- */

/* A page; a path that begins with /api/v1 gives JSON. */
void world_get(struct world *w, const char *path);
void world_get_json(struct world *w, const char *path); /* /api/v1 and the path */
/* A page's form, URL-encoded ("a=1&b=%E5%A5%BD"); _csrf and _key are added. */
void world_post(struct world *w, const char *path, const char *fields);
/* The API: /api/v1 and the path.  The key is a new one; world_post_json_key() says its own. */
void world_post_json(struct world *w, const char *path, const char *json);
void world_post_json_key(struct world *w, const char *path, const char *json, const char *key);
/* A multipart form with one file; `fields` as in world_post(). */
void world_post_file(struct world *w, const char *path, const char *fields, const char *field,
                     const char *file_name, const char *type, struct str content);
/* Any bytes; headers end with \r\n each. */
void world_send(struct world *w, const char *method, const char *path, const char *headers,
                struct str body);
/* A value of a form field, percent-encoded. */
const char *world_escape(struct world *w, const char *text);
/* The value of a hidden field of the last page; empty when there is none. */
struct str world_hidden(struct world *w, const char *name);
bool world_says(const struct world *w, const char *words);

#define WORLD_SAYS(w, words)                                                                       \
    do {                                                                                           \
        if (!world_says(w, words)) {                                                               \
            print_error("%.*s\n", STR_ARG((w)->body));                                             \
            fail_msg("the answer does not say \"%s\"", words);                                     \
        }                                                                                          \
    } while (0)
#define WORLD_STATUS(w, expected)                                                                  \
    do {                                                                                           \
        if ((w)->status != (expected)) {                                                           \
            print_error("%.*s\n\n%.*s\n", STR_ARG((w)->head), STR_ARG((w)->body));                 \
            fail_msg("status %d, expected %d", (w)->status, expected);                             \
        }                                                                                          \
    } while (0)

/* --- The clock ------------------------------------------------------------------------------- */

/* To a moment ("2026-10-20T09:00"); timers run once an hour on the way, all
 * jobs at its end. */
void world_until(struct world *w, const char *moment);
/* "20 minutes", "3 hours", "2 days" */
void world_pass(struct world *w, const char *amount);

/* --- The engine, without pages --------------------------------------------------------------- */

/* The actor of a login in a post (NULL: the first one). */
struct actor world_actor(struct world *w, const char *login, const char *post);
/* Register, from the text of a JSON object as for order_create(); gives id, number and code. */
struct act_done world_create(struct world *w, const struct actor *actor, const char *json);
/* Do an action; fails the test on any error.  `json` may be NULL. */
struct act_done world_act(struct world *w, const struct actor *actor, int64_t order,
                          const char *action, const char *json);
/* The same, for what must fail; the note and the field errors are in w->t. */
enum err world_try(struct world *w, const struct actor *actor, int64_t order, const char *action,
                   const char *json);
struct order world_order(struct world *w, int64_t id);
int64_t world_unit(struct world *w, const char *code);
int64_t world_staff(struct world *w, const char *login);
/* Every order keeps the invariants, or the test fails with what was found. */
void world_verify(struct world *w);
/* One more tenant beside the first, at the host other.test: login `centre`. */
void world_second_tenant(struct world *w);

/* --- Memory ---------------------------------------------------------------------------------- */

struct str world_keep(struct world *w, struct str s); /* as long as the world */
const char *world_f(struct world *w, const char *format, ...) PRINTF_LIKE(2, 3); /* the same */

#endif
