/*
 * The process that draws the papers dies: before it was asked, in the middle, with half an answer,
 * once or always.  Once is not felt; always is said (503, come again), holds nothing else up, and
 * when it draws again every paper is kept once, with the same bytes.
 *
 * The child is this program again (drawer.h starts its own program): what it does instead of
 * drawing stands in a file.
 */
int story_main(void);
#define main story_main
#include "../stories/papers.c"
#undef main

#include <signal.h>

#define HOW "FAULT_CHILD" /* the file: a word, and "once" or "always" */

static const char *const ways[] = {"leaves", "dies", "half", "long", "nothing"};

/* --- The child -------------------------------------------------------------------------------- */

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file))
        abort();
}

static void answer(uint64_t length, const char *bytes)
{
    ssize_t ignored = write(STDOUT_FILENO, &length, sizeof length);

    ignored = write(STDOUT_FILENO, bytes, strlen(bytes));
    (void)ignored;
}

static int child(void)
{
    const char *path = getenv(HOW);
    char how[16] = "", often[16] = "", pid[600], bytes[64];
    FILE *file = path ? fopen(path, "r") : NULL;

    if (file && fscanf(file, "%15s %15s", how, often) == 2 && !strcmp(often, "once"))
        unlink(path);
    if (file)
        fclose(file);
    snprintf(pid, sizeof pid, "%s.pid", path ? path : "");
    snprintf(bytes, sizeof bytes, "%d", (int)getpid());
    if (path)
        put(pid, bytes);
    if (!*how)
        return paper_draw_on_request();
    if (!strcmp(how, "leaves"))
        return 0;
    if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0)
        return 0;
    if (!strcmp(how, "half"))
        answer(100000, "half of it");
    else if (!strcmp(how, "long"))
        answer(UINT64_MAX / 2, "no end");
    else if (!strcmp(how, "nothing"))
        answer(0, "");
    kill(getpid(), SIGKILL);
    return 0;
}

/* --- The server ------------------------------------------------------------------------------- */

static const char *how_path;

static void behave(const char *how, const char *often)
{
    if (how) {
        char text[64];

        snprintf(text, sizeof text, "%s %s", how, often);
        put(how_path, text);
    } else {
        unlink(how_path);
    }
}

static void kill_child(struct world *w)
{
    int pid = 0;
    FILE *file = fopen(world_f(w, "%s.pid", how_path), "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    assert_true(pid > 1);
    kill(pid, SIGKILL);
}

static int64_t keep_papers(struct world *w)
{
    struct task t;
    int64_t done = 0;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(order_keep_papers(&t, 1000, &done), OK);
    task_end(&t);
    return done;
}

static int64_t kept_events(struct world *w, struct actor *actor, int64_t order)
{
    struct papers_of a = look(w, actor, order);
    int64_t n = 0;

    LIST_EACH (struct event_view, event, a.events)
        n += str_is(event->action, "paper-drawn");
    return n;
}

static void whole(struct world *w, const char *page, const char *when, struct str *pdf)
{
    world_get(w, page);
    if (w->status != 200)
        print_error("%s:\n", when);
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("%PDF-")));
    if (pdf->len)
        assert_true(str_eq(w->body, *pdf));
    else
        *pdf = world_keep(w, w->body);
}

static void a_child_that_dies(void **state)
{
    struct world *w = *state;
    struct actor zhoumin = world_actor(w, "zhoumin", NULL);
    struct str pdf = {0};

    how_path = world_f(w, "%s/how", w->folder);
    assert_int_equal(setenv(HOW, how_path, 1), 0);
    paper_use_child(true);
    world_as(w, "zhoumin");
    world_post_json(w, "/orders", AID);
    WORLD_STATUS(w, 201);
    int64_t order = json_get_id(w->json, "id");
    struct papers_of a = look(w, &zhoumin, order);
    int64_t papers = (int64_t)a.papers.count;
    assert_true(papers > 0);
    const char *page = world_f(w, "/orders/%lld/papers/%lld", (long long)order,
                               (long long)((struct paper_view *)a.papers.at)->id);

    behave("half", "once");
    whole(w, page, "at first", &pdf);
    kill_child(w); /* nobody had asked for a while */
    whole(w, page, "after it was killed", &pdf);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        kill_child(w);
        behave(ways[i], "always");
        world_get(w, page);
        WORLD_STATUS(w, 503);
        assert_true(str_find(w->head, S("Retry-After: ")) != SIZE_MAX);
        WORLD_SAYS(w, "文书暂时不能生成，请稍后再试");
        assert_int_equal(keep_papers(w), 0);
        assert_int_equal(kept_events(w, &zhoumin, order), 0);
        behave(ways[i], "once");
        whole(w, page, ways[i], &pdf);
    }
    kill_child(w);
    w->now += 10 * 60 * 1000; /* what could not be drawn was put off */
    assert_int_equal(keep_papers(w), papers);
    assert_int_equal(keep_papers(w), 0);
    assert_int_equal(kept_events(w, &zhoumin, order), papers);
    behave("dies", "always"); /* what is kept needs nobody to draw it */
    kill_child(w);
    whole(w, page, "kept", &pdf);
    world_verify(w);
    paper_use_child(false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_child_that_dies)};

    if (argc == 2 && !strcmp(argv[1], "draw-papers"))
        return child();
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
