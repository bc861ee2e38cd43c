/*
 * Files that nothing names go, after a day; everything that a row names stays, and what is being
 * handed in at that moment, too (design 3, 6).
 */
#include "story.h"
#include "world_rows.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "office/sweep.h"

static const unsigned char photo[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1};

static void begin_task(struct world *w, struct task *t)
{
    task_begin(t, w->app.store, w->now, TASK_BUDGET);
    t->tenant = w->tenant;
}

static int64_t sweep(struct world *w)
{
    struct task t;
    int64_t removed;

    begin_task(w, &t);
    assert_int_equal(sweep_blobs(&t, &removed), OK);
    task_end(&t);
    return removed;
}

static int files(struct world *w)
{
    int n = 0;

    for (int i = 0; i < 256; i++) {
        DIR *folder = opendir(
            world_f(w, "%s/blobs/%lld/%02x", w->app.data, (long long)w->tenant, (unsigned)i));

        for (struct dirent *entry; folder && (entry = readdir(folder));)
            n += entry->d_name[0] != '.';
        if (folder)
            closedir(folder);
    }
    return n;
}

static struct str put(struct world *w, const char *content)
{
    struct task t;
    struct str name;

    begin_task(w, &t);
    assert_int_equal(blob_put(&t, str_of(content), &name), OK);
    name = world_keep(w, name);
    task_end(&t);
    return name;
}

static bool is_there(struct world *w, struct str name)
{
    return !access(world_f(w, "%s/blobs/%lld/%.2s/%.*s", w->app.data, (long long)w->tenant, name.at,
                           STR_ARG(name)),
                   F_OK);
}

static int64_t make(struct world *w)
{
    world_as(w, "wuhaitao");
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    WORLD_STATUS(w, 201);
    return json_get_id(w->json, "id");
}

static void hand_in(struct world *w, int64_t order)
{
    world_post_file(w, world_f(w, "/orders/%lld/act/attach", (long long)order), "", "files",
                    "photo.jpg", "image/jpeg", (struct str){(const char *)photo, sizeof photo});
    WORLD_STATUS(w, 303);
}

static void what_nothing_names_goes_after_a_day(void **state)
{
    struct world *w = *state;

    hand_in(w, make(w));
    int before = files(w);
    struct str lost = put(w, "a transaction that failed");

    assert_true(before > 0);
    assert_int_equal(sweep(w), 0);
    w->now += SWEEP_AGE_MS - 1;
    assert_int_equal(sweep(w), 0);
    assert_true(is_there(w, lost));
    w->now += 1;
    assert_int_equal(sweep(w), 1);
    assert_false(is_there(w, lost));
    w->now += 2 * SWEEP_AGE_MS;
    assert_int_equal(sweep(w), 0);
    assert_int_equal(files(w), before);
}

/* The row comes after the first pass has seen the file: the mark goes.  Should the row go later,
 * the file waits for a whole day again. */
static void a_row_that_comes_late_keeps_its_file(void **state)
{
    struct world *w = *state;
    struct str late = put(w, "its row is on the way");

    assert_int_equal(sweep(w), 0);
    world_sql(w, world_f(w,
                         "INSERT INTO portal_draft_file (tenant, draft, blob) "
                         "VALUES (%lld, 'late', '%.*s')",
                         (long long)w->tenant, STR_ARG(late)));
    w->now += 2 * SWEEP_AGE_MS;
    assert_int_equal(sweep(w), 0);
    assert_true(is_there(w, late));
    world_sql(w, "DELETE FROM portal_draft_file WHERE draft = 'late'");
    assert_int_equal(sweep(w), 0);
    assert_true(is_there(w, late));
    w->now += SWEEP_AGE_MS;
    assert_int_equal(sweep(w), 1);
    assert_false(is_there(w, late));
}

/* --- While people hand in --- */

struct sweeper {
    struct world *w;
    atomic_bool stop;
    atomic_int passes;
};

static void *sweep_on(void *arg)
{
    struct sweeper *s = arg;

    while (!s->stop) {
        struct task t;
        int64_t removed = 0;

        begin_task(s->w, &t);
        if (sweep_blobs(&t, &removed) || removed)
            s->stop = true;
        else
            s->passes++;
        task_end(&t);
    }
    return NULL;
}

/* Passes without end beside uploads: files between their storing and their row are seen, marked,
 * and let be. */
static void nothing_is_lost_that_is_handed_in_meanwhile(void **state)
{
    struct world *w = *state;
    struct sweeper sweeper = {.w = w};
    int64_t order = make(w);
    pthread_t thread;
    enum { UPLOADS = 60 };

    assert_int_equal(pthread_create(&thread, NULL, sweep_on, &sweeper), 0);
    for (int i = 0; i < UPLOADS || !sweeper.passes; i++)
        hand_in(w, order);
    assert_false(sweeper.stop);
    sweeper.stop = true;
    pthread_join(thread, NULL);
    w->now += 2 * SWEEP_AGE_MS;
    assert_int_equal(sweep(w), 0);
    world_as(w, "wuhaitao");
    world_get(w, world_f(w, "/api/v1/orders/%lld", (long long)order));
    WORLD_STATUS(w, 200);
    const struct json *attachments = json_get(w->json, "attachments");
    assert_true(attachments->count >= UPLOADS);
    const char *path = world_f(w, "/orders/%lld/attachments/%lld", (long long)order,
                               (long long)json_get_id(attachments->last, "id"));
    world_get(w, path);
    WORLD_STATUS(w, 200);
    assert_int_equal(w->body.len, sizeof photo);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(what_nothing_names_goes_after_a_day),
                       cmocka_unit_test(a_row_that_comes_late_keeps_its_file),
                       cmocka_unit_test(nothing_is_lost_that_is_handed_in_meanwhile));
}
