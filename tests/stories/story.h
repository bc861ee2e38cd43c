/*
 * story.h - the few sentences that most stories are told in, on top of world.h.
 *
 * Everything goes through HTTP: /api/v1 with a session, or the pages of staff and citizens.
 */
#ifndef TESTS_STORIES_STORY_H
#define TESTS_STORIES_STORY_H

#include "world.h"

#define ID(id) ((long long)(id))

struct registered {
    int64_t id;
    struct str no, code; /* live as long as the world */
};

/* Register as whoever is signed in; the test fails when it is refused. */
static inline struct registered story_register(struct world *w, const char *json)
{
    world_post_json(w, "/orders", json);
    WORLD_STATUS(w, 201);
    struct registered made = {json_get_id(w->json, "id"),
                              world_keep(w, json_get_str(w->json, "number")),
                              world_keep(w, json_get_str(w->json, "code"))};
    return made;
}

static inline void story_try(struct world *w, int64_t id, const char *action, const char *json,
                             int status)
{
    world_post_json(w, world_f(w, "/orders/%lld/act/%s", ID(id), action), json ? json : "{}");
    if (w->status != status)
        print_error("%s:\n", action);
    WORLD_STATUS(w, status);
}

/* Do an action as whoever is signed in. */
static inline void story_act(struct world *w, int64_t id, const char *action, const char *json)
{
    story_try(w, id, action, json, 200);
}

/* As this person in this post (NULL: the first one). */
static inline void story_as(struct world *w, const char *login, const char *post)
{
    if (post)
        world_as_post(w, login, post);
    else
        world_as(w, login);
}

static inline void story_act_as(struct world *w, const char *login, const char *post, int64_t id,
                                const char *action, const char *json)
{
    story_as(w, login, post);
    story_act(w, id, action, json);
}

/* What the citizen of the session does. */
static inline void story_citizen_act(struct world *w, const char *action, const char *json)
{
    world_post_json(w, world_f(w, "/track/act/%s", action), json);
    if (w->status != 200 && w->status != 201) {
        print_error("%s:\n", action);
        WORLD_STATUS(w, 200);
    }
}

/* The last duty of that name that the order has; NULL when it never had one.  Lives until the next
 * request. */
static inline const struct json *story_duty(struct world *w, int64_t id, const char *name)
{
    const struct json *found = NULL;

    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_STATUS(w, 200);
    JSON_EACH (duty, json_get(w->json, "duties")) {
        if (str_is(json_get_str(duty, "name"), name) &&
            (!found || json_get_bool(duty, "open") || !json_get_bool(found, "open")))
            found = duty;
    }
    return found;
}

static inline void story_due(struct world *w, int64_t id, const char *name, const char *legal_day)
{
    const struct json *duty = story_duty(w, id, name);

    if (!duty || !json_get_bool(duty, "open"))
        fail_msg("%s is not owed", name);
    assert_str(json_get_str(duty, "legal_day"), legal_day);
}

static inline void story_not_due(struct world *w, int64_t id, const char *name)
{
    const struct json *duty = story_duty(w, id, name);

    if (duty && json_get_bool(duty, "open"))
        fail_msg("%s is still owed", name);
}

/* Where it stands, for everybody. */
static inline void story_step(struct world *w, int64_t id, const char *step)
{
    assert_str(world_order(w, id).step, step);
}

/* What the last answer says at a field: of a problem document, or beside the field of a page. */
static inline struct str story_field_error(const struct world *w, const char *field)
{
    JSON_EACH (error, json_get(w->json, "errors")) {
        if (str_is(json_get_str(error, "field"), field))
            return json_get_str(error, "message");
    }
    return (struct str){0};
}

#define STORY_REFUSED(w, field, words)                                                             \
    do {                                                                                           \
        if (str_find(story_field_error(w, field), str_of(words)) == SIZE_MAX) {                    \
            print_error("%.*s\n", STR_ARG((w)->body));                                             \
            fail_msg("nothing at %s says \"%s\"", field, words);                                   \
        }                                                                                          \
    } while (0)

/* The id of the newest order that hangs on this one; 0 when none does.  Whoever is signed in must
 * see both. */
static inline int64_t story_made(struct world *w)
{
    const struct json *made = json_get(w->json, "made");

    return made && made->first ? json_get_id(made->first, "id") : 0;
}

/* The id of a paper of the order. */
static inline int64_t story_paper(struct world *w, int64_t id, const char *title)
{
    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_STATUS(w, 200);
    JSON_EACH (paper, json_get(w->json, "papers")) {
        if (str_is(json_get_str(paper, "title"), title))
            return json_get_id(paper, "id");
    }
    print_error("%.*s\n", STR_ARG(w->body));
    fail_msg("no paper %s", title);
    return 0;
}

/* What a person reads in the PDF of the last answer, without blanks; empty where pdftotext
 * (poppler-utils) is missing, which is said. */
struct str story_pdf_text(struct world *w);
bool story_pdf_says(struct world *w, struct str text, const char *words);

/* What the browser would send when somebody presses the button of the form on the last page whose
 * address is `action`: every field as it stands there, URL-encoded, without `_csrf` and `_key`. */
const char *story_form(struct world *w, const char *action);

/* Laws, answers or cases, a line of JSON each, of a city or of all (KNOWLEDGE_SHARED); they are
 * found at once.  Whoever calls it calls knowledge_close() before world_tear_down(). */
void story_load(struct world *w, int64_t tenant, const char *name, const char *text);

/* On a machine that fails (faults/faulty.c, which alone has the function): the last request was
 * done although a call failed, so what comes second to it may be missing.  Told plain: never. */
__attribute__((weak)) bool faulty_did_without(void);
static inline bool story_may_lack(void)
{
    return faulty_did_without && faulty_did_without();
}

#define STORY_AID                                                                                  \
    "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"工地欠薪\","          \
    "\"content\":\"从五月起没有拿到工资。\","                                           \
    "\"fields\":{\"kind\":\"labour\",\"source\":\"self\",\"hardship\":\"exempt\"},"                \
    "\"parties\":[" WORLD_APPLICANT "]}"

#define STORY_PERSON(role, name, number, phone)                                                    \
    "{\"role\":\"" role "\",\"identity\":{\"kind\":\"person\",\"name\":\"" name                    \
    "\",\"paper\":\"id-card\",\"paper_number\":\"" number "\",\"phone\":\"" phone "\"}}"

#endif
