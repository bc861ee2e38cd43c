#include "procedure_command.h"

#include <string.h>

#include "modules/audit/audit.h"
#include "modules/catalog/catalog.h"
#include "modules/org/testing.h"

/* What a command printed, and its exit code. */
struct outcome {
    int code;
    char *out, *complaints;
    size_t out_len, complaints_len;
};

static struct city *city;

static enum err use_city(struct task *t, void *arg)
{
    (void)arg;
    t->store = city->store;
    t->tenant = city->tenant;
    return OK;
}

static struct outcome run(const char *const *words)
{
    struct outcome o = {0};
    struct procedure_streams streams = {.open = use_city};
    char *argv[8];
    int argc = 0;
    struct task t;

    argv[argc++] = strdup("procedure");
    for (; *words; words++)
        argv[argc++] = strdup(*words);
    streams.out = open_memstream(&o.out, &o.out_len);
    streams.complaints = open_memstream(&o.complaints, &o.complaints_len);
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    o.code = procedure_command(&t, argc, argv, &streams);
    task_end(&t);
    fclose(streams.out);
    fclose(streams.complaints);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return o;
}

static void forget(struct outcome *o)
{
    free(o->out);
    free(o->complaints);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static char *path(const char *folder, const char *name)
{
    static char at[4][600];
    static int next;

    next = (next + 1) % 4;
    snprintf(at[next], sizeof at[next], "%s/%s", folder, name);
    return at[next];
}

static char *source(const char *name)
{
    const char *folder = getenv("YIMEN_SOURCE");

    return path(folder ? folder : ".", name);
}

static char *written(const char *name, const char *text)
{
    char *file = path(city->folder, name);
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    return file;
}

static const char good[] =
    "procedure: tiny\ntitle: 小事\nnature: handling\nkeep: {for: 1 years, basis: tenant}\n"
    "use: [base]\n"
    "duties: {d: {title: 做, within: 1 working days, basis: tenant, owed-by: unit}}\n"
    "steps:\n  a: {title: 甲, owes: [d], actions: {go: {title: 走, by: [clerk], to: z}}}\n"
    "  z: {title: 终, end: resolved}\n";

static void check_says_where(void **state)
{
    struct outcome o =
        RUN("check", source("procedures/legal-aid.yaml"), source("procedures/consultation.yaml"));

    (void)state;
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "没有问题（法律援助"));
    assert_non_null(strstr(o.out, "没有问题（法律咨询"));
    assert_int_equal(o.complaints_len, 0);
    forget(&o);

    char *bad = written("bad.yaml",
                        "procedure: bad\ntitle: 坏\nnature: handling\nsteps: {a: {title: 甲}}\n");
    o = RUN("check", bad, source("procedures/notary.yaml"));
    assert_int_equal(o.code, 2);
    assert_non_null(strstr(o.complaints, "bad.yaml:1: 缺少“keep”"));
    /* The other file is still read. */
    assert_non_null(strstr(o.out, "notary.yaml: 没有问题"));
    forget(&o);

    o = RUN("check", path(city->folder, "no-such.yaml"));
    assert_int_equal(o.code, 3);
    forget(&o);
}

/* Beside the file there are no parts: those of the program serve. */
static void parts_come_with_the_program(void **state)
{
    struct outcome o = RUN("check", written("tiny.yaml", good));

    (void)state;
    assert_int_equal(o.code, 0);
    forget(&o);
}

static void draw_writes_what_the_name_says(void **state)
{
    char begin[8] = {0};
    char *file = written("tiny.yaml", good), *image = path(city->folder, "tiny.png");
    struct outcome o = RUN("draw", file, "-o", image);

    (void)state;
    assert_int_equal(o.code, 0);
    FILE *in = fopen(image, "rb");
    assert_non_null(in);
    assert_int_equal(fread(begin, 1, 4, in), 4);
    fclose(in);
    assert_memory_equal(begin, "\x89PNG", 4);
    forget(&o);
    o = RUN("draw", file);
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "<svg"));
    forget(&o);
    o = RUN("draw", file, "-o", path(city->folder, "tiny.bmp"));
    assert_int_equal(o.code, 2);
    forget(&o);
}

static enum err newest(struct task *t, void *arg)
{
    const struct procedure **procedure = arg;

    return catalog_procedure(t, S("tiny"), 0, procedure);
}

static void load_makes_versions(void **state)
{
    const struct procedure *procedure;
    struct outcome o = RUN("load", written("tiny.yaml", good));

    (void)state;
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "小事，第 1 版"));
    forget(&o);
    /* One file has a fault: none is loaded. */
    char *bad = written("bad.yaml", "procedure: bad\n");
    char *changed = written("tiny.yaml", good);
    o = RUN("load", changed, bad);
    assert_int_equal(o.code, 2);
    forget(&o);
    CITY_OK(city, store_read(&city->t, newest, &procedure));
    assert_int_equal(procedure->version, 1);
}

static void matters_follow_their_procedures(void **state)
{
    struct outcome o = RUN("matters", source("data/matters.yaml"), source("data/routing.yaml"));

    (void)state;
    /* No procedure is there yet. */
    assert_int_equal(o.code, 2);
    assert_non_null(strstr(o.complaints, "还没有载入"));
    forget(&o);
    struct list faults;
    CITY_OK(city, catalog_load_shipped(&city->t, &faults));
    o = RUN("matters", source("data/matters.yaml"), source("data/routing.yaml"));
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "0 处有变化"));
    forget(&o);
}

static void wrong_usage_is_told(void **state)
{
    struct outcome o = RUN("chek", "x");

    (void)state;
    assert_int_equal(o.code, 2);
    assert_non_null(strstr(o.complaints, "usage: yimen procedure check"));
    forget(&o);
}

static int set_up(void **state)
{
    (void)state;
    city = calloc(1, sizeof *city);
    city_build(city,
               (const struct migration *const[]){org_module.migrations, audit_module.migrations,
                                                 catalog_module.migrations, NULL});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    city_clear(city);
    free(city);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(check_says_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_come_with_the_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(draw_writes_what_the_name_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load_makes_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(matters_follow_their_procedures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_usage_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("procedure_command", tests, NULL, NULL);
}
