/* Requests of a world: through the program's own HTTP, in process. */
#include "world_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/site.h"

enum { REQUEST_MOST = 40 * 1024 * 1024 };

static void keep_session(struct world *w, struct str line)
{
    struct str value;

    if (!str_starts(line, S(SESSION_COOKIE "=")) || !str_cut(&line, ';', &value))
        return;
    w->session = world_keep(w, str_from(value, sizeof SESSION_COOKIE));
    w->renewed = w->session.len > 0;
}

/* A session that was renewed has another token for its forms: a browser reads it off the next
 * page. */
static void take_csrf(struct world *w)
{
    const struct actor *actor;
    struct task t;

    w->renewed = false;
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    if (access_actor_of_session(&t, w->session, &actor) == OK && actor)
        w->csrf = world_keep(w, actor->csrf);
    task_end(&t);
}

static void take_answer(struct world *w, struct str raw)
{
    size_t cut = str_find(raw, S("\r\n\r\n"));
    struct str lines, line, type = {0};

    assert_true(cut != SIZE_MAX);
    w->head = str_first(raw, cut);
    w->body = str_from(raw, cut + 4);
    w->status = atoi(raw.at + 9);
    w->location = (struct str){0};
    w->json = NULL;
    for (lines = w->head; str_cut(&lines, '\n', &line);) {
        line = str_trim(line);
        if (str_starts(line, S("Set-Cookie: ")))
            keep_session(w, str_from(line, 12));
        if (str_starts(line, S("Location: ")))
            w->location = str_from(line, 10);
        if (str_starts(line, S("Content-Type: ")))
            type = str_from(line, 14);
    }
    if (w->renewed)
        take_csrf(w);
    if (str_find(type, S("json")) != SIZE_MAX && w->body.len)
        world_ended_well(w, json_parse(&w->t, w->body, &w->json), "JSON");
}

void world_send(struct world *w, const char *method, const char *path, const char *headers,
                struct str body)
{
    struct str kept_path = str_of(world_f(w, "%s", path));
    struct task *t = world_fresh(w);
    struct buf raw = buf_new(t, REQUEST_MOST);

    /* The site finds the tenant itself: by session, token or host. */
    t->tenant = 0;
    buf_format(&raw, "%s %.*s HTTP/1.1\r\nHost: %.*s\r\n", method, STR_ARG(kept_path),
               STR_ARG(w->host));
    if (w->session.len)
        buf_format(&raw, "Cookie: " SESSION_COOKIE "=%.*s\r\n", STR_ARG(w->session));
    buf_add(&raw, str_of(headers));
    if (body.len || !strcmp(method, "POST"))
        buf_format(&raw, "Content-Length: %zu\r\n", body.len);
    buf_add(&raw, S("\r\n"));
    buf_add(&raw, body);
    assert_false(buf_overflown(&raw));
    take_answer(w, http_handle(t, w->site, buf_str(&raw), S("127.0.0.1")));
}

void world_get(struct world *w, const char *path)
{
    world_send(w, "GET", path, "", (struct str){0});
}

void world_get_json(struct world *w, const char *path)
{
    world_get(w, world_f(w, "/api/v1%s", path));
}

void world_post(struct world *w, const char *path, const char *fields)
{
    struct str body = str_format(&w->home, "%s%s_csrf=%.*s&_key=world-%08lld", fields,
                                 *fields ? "&" : "", STR_ARG(w->csrf), (long long)++w->keys);

    world_send(w, "POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", body);
}

void world_post_json_key(struct world *w, const char *path, const char *json, const char *key)
{
    const char *headers = world_f(w,
                                  "Content-Type: application/json\r\nX-CSRF-Token: %.*s\r\n"
                                  "Idempotency-Key: %s\r\n",
                                  STR_ARG(w->csrf), key);

    world_send(w, "POST", world_f(w, "/api/v1%s", path), headers, str_of(json));
}

void world_post_json(struct world *w, const char *path, const char *json)
{
    world_post_json_key(w, path, json, world_f(w, "world-%08lld", (long long)++w->keys));
}

static char hex_digit(unsigned char c)
{
    return (char)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
}

/* The reverse of world_escape(), for the parts of a multipart form. */
static struct str unescape(struct world *w, struct str text)
{
    char *plain = NEW(&w->home, char, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '%' && i + 2 < text.len) {
            plain[len++] = (char)(hex_digit((unsigned char)text.at[i + 1]) * 16 +
                                  hex_digit((unsigned char)text.at[i + 2]));
            i += 2;
        } else {
            plain[len++] = text.at[i];
        }
    }
    return (struct str){plain, len};
}

void world_post_file(struct world *w, const char *path, const char *fields, const char *field,
                     const char *file_name, const char *type, struct str content)
{
    struct str rest = str_format(&w->home, "%s%s_csrf=%.*s&_key=world-%08lld", fields,
                                 *fields ? "&" : "", STR_ARG(w->csrf), (long long)++w->keys);
    struct buf body = buf_new(&w->home, REQUEST_MOST);
    struct str pair, name;

    while (str_cut(&rest, '&', &pair)) {
        (void)str_cut(&pair, '=', &name);
        struct str value = unescape(w, pair);

        buf_format(&body, "--world\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n",
                   STR_ARG(name));
        buf_add(&body, value);
        buf_add(&body, S("\r\n"));
    }
    buf_format(&body,
               "--world\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
               "Content-Type: %s\r\n\r\n",
               field, file_name, type);
    buf_add(&body, content);
    buf_add(&body, S("\r\n--world--\r\n"));
    world_send(w, "POST", path, "Content-Type: multipart/form-data; boundary=world\r\n",
               buf_str(&body));
}

const char *world_escape(struct world *w, const char *text)
{
    struct buf b = buf_new(&w->home, 1024 * 1024);

    for (const char *at = text; *at; at++) {
        if (isalnum((unsigned char)*at) || *at == '-' || *at == '_')
            buf_add_char(&b, *at);
        else
            buf_format(&b, "%%%02X", (unsigned char)*at);
    }
    return str_terminated(&w->home, buf_str(&b));
}

struct str world_hidden(struct world *w, const char *name)
{
    struct str mark = str_of(world_f(w, "name=\"%s\" value=\"", name));
    size_t at = str_find(w->body, mark);

    if (at == SIZE_MAX)
        return (struct str){0};
    struct str rest = str_from(w->body, at + mark.len);
    return str_first(rest, str_find(rest, S("\"")));
}

bool world_says(const struct world *w, const char *words)
{
    return str_find(w->body, str_of(words)) != SIZE_MAX;
}
