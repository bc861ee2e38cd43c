/*
 * Fault loops over the engine: one story of legal aid, with everything that hangs on it, is told
 * again and again, and each time another call to the disk or to memory fails.  Whatever failed: the
 * act says "nothing happened" and that is so, or it is done; the same act with the same key then
 * happens exactly once; the invariants hold; and the story goes on to its end.
 *
 * What must be there after each act is taken from a telling without any fault: the number of rows
 * of every table, and where every order stands.  By chance (with a seed) some calls fail; with the
 * argument `all` every one.
 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault_steps.h"
#include "faults.h"
#include "modules/catalog/catalog.h"
#include "modules/notices/notices.h"

enum { STUCK_AFTER_S = 120 };

static struct {
    struct world *w;
    bool all;
    unsigned seed;
    struct actor actors[STEP_COUNT + 1];
    const char *json[STEP_COUNT + 1];
    char *after[STEP_COUNT + 2]; /* what the database holds before the first step, after each */
    size_t memory[STEP_COUNT];   /* what each took */
    bool press;                  /* papers that failed are tried again at once */
} story;

/* --- One step, once --------------------------------------------------------------------------- */

struct telling {
    int step;
    int64_t order;
    struct list orders;
};

static enum err read_orders(struct task *t, void *arg)
{
    return order_ids_after(t, 0, 100, arg);
}

static int64_t order_of(int step)
{
    struct list ids = {0};
    struct task t;
    int64_t id = 0;

    if (steps[step].order < 0)
        return 0;
    faults_task(&t, story.w, steps[step].moment, TASK_BUDGET);
    assert_int_equal(store_read(&t, read_orders, &ids), OK);
    if ((size_t)steps[step].order < ids.count)
        id = ((int64_t *)ids.at)[steps[step].order];
    task_end(&t);
    return id;
}

static enum err attach_photo(struct task *t, struct list *ret_files)
{
    static const unsigned char photo[100] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    struct list files = {0};
    struct file_in *file = list_add(t, &files, sizeof *file);

    *file = (struct file_in){.name = S("work-card.jpg"),
                             .type = S("image/jpeg"),
                             .content = {(const char *)photo, sizeof photo}};
    enum err e = order_store_files(t, files);
    if (!e)
        *ret_files = files;
    return e;
}

static enum err press(struct task *t, void *arg)
{
    return papers_try_again(t, arg);
}

static enum err tell(struct task *t, void *arg)
{
    const struct telling *telling = arg;
    const struct step *step = &steps[telling->step];
    struct actor actor = story.actors[telling->step];
    struct act_done done;
    struct act act = {.order = telling->order, .key = str_format(t, "story-%d", telling->step)};
    struct intake intake = {.key = act.key};
    struct json *input = json_object(t);
    enum err e = OK;
    int64_t fired;

    if (step->order == TIMERS)
        return order_timers(t, 1000, &fired);
    if (step->order == PAPERS && story.press)
        e = store_write(t, press, &fired);
    if (e)
        return e;
    if (step->order == PAPERS)
        return order_keep_papers(t, 1000, &fired);
    if (story.json[telling->step])
        e = json_parse(t, str_of(story.json[telling->step]), &input);
    if (e)
        return e;
    act.input = intake.input = input;
    if (step->order == REGISTER)
        return order_create(t, &actor, &intake, &done);
    if (!step->who)
        actor.order = telling->order;
    act.action = str_of(step->action);
    if (step->file && (e = attach_photo(t, &act.files)))
        return e;
    return order_act(t, &actor, &act, &done);
}

/* ERR_NO_MEMORY beyond the budget; every error has words for a person. */
static enum err tell_within(int step, int64_t order, size_t budget, size_t *ret_used)
{
    struct telling telling = {.step = step, .order = order};
    struct task t;

    faults_task(&t, story.w, steps[step].moment, budget);
    enum err e = task_protect(&t, tell, &telling);
    if (e && !t.note.len)
        fail_msg("step %d: %s without a word", step, err_word(e));
    if (e && e != ERR_STORE && e != ERR_BUSY && e != ERR_UNCERTAIN && e != ERR_NO_MEMORY)
        faults_say(&t, e, "step %d, %s", step, steps[step].action);
    if (ret_used)
        *ret_used = t.used;
    task_end(&t);
    return e;
}

static enum err tell_step(int step, int64_t order)
{
    return tell_within(step, order, TASK_BUDGET, NULL);
}

static bool is_as(const char *expected)
{
    char *now = faults_census(story.w);
    bool same = !strcmp(now, expected);

    free(now);
    return same;
}

static void stands(int step, const char *expected, const char *when)
{
    char *now = faults_census(story.w);

    if (strcmp(now, expected))
        fail_msg("step %d (%s), %s:\n%s\nbut it should be\n%s", step, steps[step].action, when, now,
                 expected);
    free(now);
}

static void holds(int step, const char *when)
{
    faults_verify(story.w, steps[step].moment, when);
}

/* A job passes over what it cannot do, says so in the log, and does it the next time. */
static bool is_job(int step)
{
    return steps[step].order == TIMERS || steps[step].order == PAPERS;
}

/* What must be so when the fault is over: the error told the truth, and repeating makes it right.
 */
static void settle(int step, int64_t order, enum err e)
{
    bool before = is_as(story.after[step]), after = is_as(story.after[step + 1]);

    holds(step, "after a fault");
    if (is_job(step))
        ;
    else if (!e)
        stands(step, story.after[step + 1], "which was answered with success");
    else if (e != ERR_UNCERTAIN)
        stands(step, story.after[step], "which said that nothing happened");
    else if (!before && !after)
        stands(step, story.after[step], "half done");
    e = tell_step(step, order ? order : order_of(step));
    for (int i = 0; !e && is_job(step) && i < 20 && !is_as(story.after[step + 1]); i++) {
        /* A run of a job is short, whatever is left; a paper that failed is put off. */
        story.press = true;
        e = tell_step(step, 0);
    }
    story.press = false;
    if (e)
        fail_msg("step %d again: %s", step, err_word(e));
    stands(step, story.after[step + 1], "repeated with its key");
}

/* --- The loops -------------------------------------------------------------------------------- */

/* The whole story, the n-th call of the fault's kind failing.  How many such calls there were. */
static int64_t tell_all(const struct faults_kind *kind, int64_t n, bool lasting)
{
    int64_t calls, all = 0, hits = 0;

    faults_restore(story.w);
    for (int i = 0; i < STEP_COUNT; i++) {
        int64_t order = order_of(i);

        if (hits) {
            if (tell_step(i, order))
                fail_msg("step %d cannot be done after %s %lld", i, kind->name, (long long)n);
            stands(i, story.after[i + 1], "after an earlier fault");
            continue;
        }
        faults_arm(kind, n - all, lasting);
        enum err e = tell_step(i, order);
        hits = faults_disarm(kind, &calls);
        all += calls;
        if (hits)
            settle(i, order, e);
        else if (e)
            fail_msg("step %d failed without a fault: %s", i, err_word(e));
    }
    holds(STEP_COUNT - 1, "at the end");
    return all;
}

static void loop(const struct faults_kind *kind)
{
    int64_t calls = tell_all(kind, INT64_MAX, false), told = 0, began = time_monotonic_ns();

    assert_true(calls > 0);
    for (int64_t n = 1; n <= calls;) {
        alarm(STUCK_AFTER_S);
        (void)tell_all(kind, n, rand_r(&story.seed) % 2);
        told++;
        int64_t apart = story.all ? kind->stride : calls / kind->samples + 1;
        n += story.all ? apart : 1 + (int64_t)((unsigned)rand_r(&story.seed) % (2 * apart));
    }
    print_message("  %s: %lld of %lld calls, %lld ms\n", kind->name, (long long)told,
                  (long long)calls, (long long)((time_monotonic_ns() - began) / 1000000));
}

static void every_disk_call(void **state)
{
    (void)state;
    for (const struct faults_kind *kind = faults_kinds; kind->name; kind++)
        loop(kind);
}

/* One that registers, one with a paper and a notice, one with a file. */
static bool is_main(int step)
{
    return step == 0 || step == PAPER_STEP || step == FILE_STEP;
}

/* One act alone, on a disk as it is right before it: every call fails. */
static void every_call_of(int step)
{
    int64_t order = order_of(step), points = 0;

    faults_keep(story.w);
    for (const struct faults_kind *kind = faults_kinds; kind->name; kind++) {
        int64_t hits = 1, calls;

        for (int64_t n = 1; hits; n += !story.all ? kind->pace : is_main(step) ? 1 : kind->stride) {
            alarm(STUCK_AFTER_S);
            faults_restore(story.w);
            faults_arm(kind, n, n % 2 == 0);
            enum err e = tell_step(step, order);
            hits = faults_disarm(kind, &calls);
            settle(step, order, e);
            points += hits > 0;
        }
    }
    print_message("  %s: %lld faults\n", steps[step].action, (long long)points);
    assert_true(points > 20);
}

/* What the acts so far issued is drawn, sealed, put on disk, and its hash becomes an event. */
static void papers_are_kept_once(void)
{
    faults_keep(story.w);
    faults_restore(story.w);
    char *end = story.after[DRAW_STEP]; /* of the story, which ends there */
    story.after[DRAW_STEP] = faults_census(story.w);
    for (int i = 0; i < 5; i++)
        assert_int_equal(tell_step(DRAW_STEP, 0), OK);
    story.after[DRAW_STEP + 1] = faults_census(story.w);
    assert_string_not_equal(story.after[DRAW_STEP], story.after[DRAW_STEP + 1]);
    for (const struct faults_kind *kind = faults_kinds; kind->name; kind++) {
        /* Drawing takes long: a short run looks at the files alone. */
        if (kind->kinds & (FAULT_MEMORY | FAULT_SHM_LOCK) ||
            (!story.all && kind->kinds != FAULTS_IN_FILES))
            continue;
        int64_t hits = 1, calls, apart = 1;

        for (int64_t n = 1; hits; n += apart) {
            alarm(STUCK_AFTER_S);
            faults_restore(story.w);
            faults_arm(kind, n, n % 2 == 0);
            enum err e = tell_step(DRAW_STEP, 0);
            hits = faults_disarm(kind, &calls);
            settle(DRAW_STEP, 0, e);
            apart = story.all ? 1 : calls / 2 + 1;
        }
    }
    faults_restore(story.w);
    free(story.after[DRAW_STEP]);
    free(story.after[DRAW_STEP + 1]);
    story.after[DRAW_STEP] = end;
    story.after[DRAW_STEP + 1] = NULL;
}

static void every_call_of_one_act(void **state)
{
    (void)state;
    faults_restore(story.w);
    for (int i = 0; i < STEP_COUNT; i++) {
        if (story.all || is_main(i))
            every_call_of(i);
        else if (tell_step(i, order_of(i)))
            fail_msg("step %d", i);
        if (i == FILE_STEP)
            papers_are_kept_once();
        if (i == FILE_STEP && !story.all)
            break;
    }
}

/* The budget of a task ends after each piece of memory, or after some. */
static void every_memory_budget(void **state)
{
    (void)state;
    if (story.w->database)
        skip(); /* the memory of a task is the same there, and each try a round to a server */
    faults_restore(story.w);
    for (int i = 0; i < STEP_COUNT; i++) {
        size_t apart = story.all ? 512 : story.memory[i] / 8 + 16, budget = 0;
        int64_t order = order_of(i), refused = 0;
        enum err e = ERR_NO_MEMORY;

        alarm(STUCK_AFTER_S);
        for (; e; budget += apart) {
            e = tell_within(i, order, budget, NULL);
            if (e != OK && e != ERR_NO_MEMORY)
                fail_msg("step %d with %zu bytes: %s", i, budget, err_word(e));
            if (!e && is_job(i) && !is_as(story.after[i + 1]))
                e = ERR_NO_MEMORY;
            refused += e != OK;
            if (e && !is_job(i))
                stands(i, story.after[i], "which ran out of memory");
        }
        assert_true(refused > 1);
        settle(i, order, OK);
    }
}

/* --- Making the world ------------------------------------------------------------------------- */

static const char *filled(struct world *w, const char *json)
{
    struct buf b = buf_new(&w->home, 16 * 1024);

    for (const char *at = json; at && *at; at++) {
        size_t n = *at == '$' ? strcspn(at, "\"") - 1 : 0;

        if (!n) {
            buf_add_char(&b, *at);
            continue;
        }
        const char *word = world_f(w, "%.*s", (int)n, at + 1);
        int64_t id = strncmp(word, "LJ", 2) ? world_staff(w, word) : world_unit(w, word);
        buf_format(&b, "%lld", (long long)id);
        at += n;
    }
    return json ? str_terminated(&w->home, buf_str(&b)) : NULL;
}

static enum err load_procedures(struct task *t, void *arg)
{
    struct procedure *const *procedures = arg;
    int32_t version;

    for (int i = 0; i < 2; i++) {
        enum err e = catalog_store_procedure(t, procedures[i], &version);

        if (e)
            return e;
    }
    return OK;
}

static void bring_procedures(struct world *w)
{
    static const char *const texts[] = {asked_together, asked_unit};
    struct procedure *procedures[2];
    struct list wrong = {0};

    w->home.store = w->app.store;
    for (int i = 0; i < 2; i++) {
        enum err e = procedure_read(&w->home, S("story.yaml"), str_of(texts[i]),
                                    procedure_part_shipped, NULL, &procedures[i], &wrong);
        LIST_EACH (struct fault, fault, wrong)
            print_error("line %d: %.*s\n", fault->line, STR_ARG(fault->message));
        assert_int_equal(e, OK);
    }
    assert_int_equal(store_write(&w->home, load_procedures, procedures), OK);
}

static int set_up(void **state)
{
    faults_install();
    world_set_up(state);
    struct world *w = story.w = *state;

    bring_procedures(w);
    for (int i = 0; i < STEP_COUNT; i++) {
        story.json[i] = filled(w, steps[i].json);
        story.actors[i] = steps[i].who ? world_actor(w, steps[i].who, NULL)
                                       : (struct actor){.kind = ACTOR_PARTY,
                                                        .tenant = w->tenant,
                                                        .name = S("当事人"),
                                                        .order_party = 1};
    }
    log_set_level((enum log_level)(LEVEL_ERROR + 1)); /* jobs log what they pass over */
    faults_keep(w);
    faults_restore(w);
    story.after[0] = faults_census(w);
    for (int i = 0; i < STEP_COUNT; i++) {
        enum err e = tell_within(i, order_of(i), TASK_BUDGET, &story.memory[i]);

        if (e)
            fail_msg("step %d, %s: %s", i, steps[i].action, err_word(e));
        story.after[i + 1] = faults_census(w);
        if (!strcmp(story.after[i], story.after[i + 1]))
            fail_msg("step %d, %s, leaves no trace", i, steps[i].action);
    }
    holds(STEP_COUNT - 1, "without a fault");
    return 0;
}

static int tear_down(void **state)
{
    for (int i = 0; i <= STEP_COUNT + 1; i++)
        free(story.after[i]);
    faults_forget();
    return world_tear_down(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_disk_call), cmocka_unit_test(every_memory_budget),
        cmocka_unit_test(every_call_of_one_act), /* the last: it moves the beginning */
    };

    story.all = argc > 1 && !strcmp(argv[1], "all");
    story.seed = argc > 1 && !story.all ? (unsigned)atoi(argv[1]) : 20261014;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
