/*
 * Any bytes as a request to the whole program with a city in it: every route, every form, every
 * reader of files, tokens and cookies.  "@@clerk" and so on become the session of somebody who may
 * do much, "##clerk" its token for forms.  The line "heads" first: the rest is a file of heads as
 * `yimen verify --heads` reads it. There is no answer that says a fault of the program (500).
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "http/site.h"
#include "modules/orders/seal.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEOPLE = 3, RAW_MOST = 256 * 1024 };

static struct world *world;
static struct {
    const char *word, *csrf_word, *login;
    struct str session, csrf;
} people[PEOPLE] = {{.word = "@@clerk", .csrf_word = "##clerk", .login = "wuhaitao"},
                    {.word = "@@keeper", .csrf_word = "##keeper", .login = "wenjing"},
                    {.word = "@@admin", .csrf_word = "##admin", .login = "shilei"}};

static void end(void)
{
    void *state = world;

    world_tear_down(&state);
}

static void begin(void)
{
    void *state;

    log_set_level(LEVEL_ERROR + 1);
    if (world_set_up(&state))
        abort();
    world = state;
    atexit(end);
    for (size_t i = 0; i < PEOPLE; i++) {
        world_as(world, people[i].login);
        people[i].session = str_copy(&world->home, world->session);
        people[i].csrf = str_copy(&world->home, world->csrf);
    }
}

/* Words become sessions. */
static struct str fill_in(struct task *t, struct str raw)
{
    struct buf out = buf_new(t, RAW_MOST);

    for (size_t i = 0; i < raw.len;) {
        struct str rest = str_from(raw, i);
        size_t k = 0, n = 0;

        for (; k < PEOPLE && !n; k++) {
            if (str_starts(rest, str_of(people[k].word))) {
                buf_add(&out, people[k].session);
                n = strlen(people[k].word);
            } else if (str_starts(rest, str_of(people[k].csrf_word))) {
                buf_add(&out, people[k].csrf);
                n = strlen(people[k].csrf_word);
            }
        }
        if (!n)
            buf_add_char(&out, raw.at[i]);
        i += n ? n : 1;
    }
    return buf_str(&out);
}

/* The length that is told is the body's: most changes are to reach what reads the body. */
static struct str right_length(struct task *t, struct str raw)
{
    size_t end = str_find(raw, S("\r\n\r\n"));
    size_t at = end == SIZE_MAX ? SIZE_MAX : str_find(str_first(raw, end), S("Content-Length: "));

    if (at == SIZE_MAX)
        return raw;
    struct str rest = str_from(raw, at + 16), body = str_from(raw, end + 4);
    while (rest.len && rest.at[0] >= '0' && rest.at[0] <= '9')
        rest = str_from(rest, 1);
    return str_format(t, "%.*s%zu%.*s", (int)(at + 16), raw.at, body.len, STR_ARG(rest));
}

static void check_heads(struct str file)
{
    FILE *in = file.len ? fmemopen((void *)(uintptr_t)file.at, file.len, "r") : NULL;
    struct list findings = {0};
    int64_t orders;
    struct task t;

    if (!in)
        return;
    task_begin(&t, world->app.store, world->now, TASK_BUDGET);
    t.tenant = world->tenant;
    enum err e = heads_check(&t, in, NULL, &findings, 20, &orders);
    assert(e != ERR_INTERNAL);
    fclose(in);
    task_end(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    struct task t;

    if (size > RAW_MOST / 2)
        return 0;
    if (!world)
        begin();
    if (str_starts(raw, S("heads\n"))) {
        check_heads(str_from(raw, 6));
        return 0;
    }
    task_begin(&t, world->app.store, world->now, TASK_BUDGET);
    raw = right_length(&t, fill_in(&t, raw));
    struct str answer = http_handle(&t, world->site, raw, S("203.0.113.9"));
    assert(str_starts(answer, S("HTTP/1.1 ")));
    assert(!str_starts(answer, S("HTTP/1.1 500")));
    task_end(&t);
    return 0;
}
