#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "city_fixture.h"
#include "core/crypto.h"

enum { LARGE_FILE = 5 * 1024 * 1024 / 2 };

struct list migrations;

struct city_options options_for(const char *file)
{
    return (struct city_options){.file = file, .migrations = &migrations};
}

/* In a folder of that name; on PostgreSQL when there is a URL. */
struct store *open_at(struct world *w, const char *name, const char *url)
{
    struct store_options options = {
        .directory = world_f(w, "%s/%s", w->folder, name), .url = url, .create = true};
    struct store *store = NULL;
    struct task t;

    if (mkdir(options.directory, 0700))
        assert_int_equal(access(options.directory, F_OK), 0);
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    NEED(store_open(&t, &options, &store));
    t.store = store;
    NEED(store_migrate(&t, migrations.at, migrations.count));
    task_end(&t);
    return store;
}

struct store *open_new(struct world *w, const char *name)
{
    return open_at(w, name, NULL);
}

const char *file_in(struct world *w, const char *name)
{
    return world_f(w, "%s/%s", w->folder, name);
}

struct city_figures export_to(struct world *w, struct store *store, const char *file)
{
    struct city_options options = options_for(file);
    struct city_figures figures = {0};
    struct task t;

    task_begin(&t, store, w->now, (size_t)4 * TASK_BUDGET);
    t.tenant = w->tenant;
    NEED(city_export(&t, &options, &figures));
    figures.hash = world_keep(w, figures.hash);
    figures.code = world_keep(w, figures.code);
    task_end(&t);
    return figures;
}

/* The error; its note stays in w->t. */
enum err import_from(struct world *w, struct store *store, struct city_options options,
                     struct city_figures *ret)
{
    struct task *t = &w->t;

    task_end(t);
    task_begin(t, store, w->now, (size_t)4 * TASK_BUDGET);
    return city_import(t, &options, ret);
}

enum err look_at(struct world *w, const char *file, struct city_figures *ret)
{
    struct city_options options = options_for(file);

    task_end(&w->t);
    task_begin(&w->t, NULL, w->now, (size_t)4 * TASK_BUDGET);
    return city_look(&w->t, &options, ret);
}

struct str bytes_of(struct world *w, const char *file)
{
    struct str text = {0};
    FILE *in = fopen(file, "rb");
    struct stat about;

    assert_non_null(in);
    assert_int_equal(fstat(fileno(in), &about), 0);
    char *bytes = malloc((size_t)about.st_size + 1);
    assert_non_null(bytes);
    text = (struct str){bytes, fread(bytes, 1, (size_t)about.st_size, in)};
    fclose(in);
    struct str kept = world_keep(w, text);
    free(bytes);
    return kept;
}

void put_bytes(const char *file, const char *at, size_t n)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(at, 1, n, out), n);
    fclose(out);
}

void expect_note(struct world *w, const char *words)
{
    if (str_find(w->t.note, str_of(words)) == SIZE_MAX)
        fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(w->t.note), words);
}

/* Some work, a file among it. */
int make_city(void **state)
{
    int code = world_set_up(state);
    struct world *w = *state;

    if (code)
        return code;
    migrations = app_migrations(&w->home);
    world_as(w, "wuhaitao");
    for (int i = 0; i < 5; i++) {
        world_post_json(w, "/orders", WORLD_CONSULTATION);
        WORLD_STATUS(w, 201);
    }
    struct task t;
    struct str name;
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    NEED(blob_put(&t, S("what stands in a sealed file"), &name));
    /* Larger than a block of the archive. */
    char *large = NEW(&t, char, LARGE_FILE);
    random_bytes(large, LARGE_FILE);
    NEED(blob_put(&t, (struct str){large, LARGE_FILE}, &name));
    task_end(&t);
    return 0;
}
