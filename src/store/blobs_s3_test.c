/*
 * Blobs in a bucket.  Needs the service of tests/faults/s3_server.mjs, which checks every
 * signature: node tests/faults/s3_server.mjs BUILD/test-blobs_s3 and skips without it.
 */
#include "store/store_fixture.h"

#include <curl/curl.h>
#include <string.h>

#include "store/store_private.h"

struct bucket {
    char *folder;
    struct store *store;
    struct task t;
};

static enum err open_on(const char *folder, const char *files, const char *secret,
                        struct store **ret_store)
{
    const struct store_options options = {
        .directory = folder,
        .create = true,
        .files = files,
        .s3_endpoint = getenv("YIMEN_TEST_S3"),
        .s3_region = "cn-test-1",
        .s3_key = "tester",
        .s3_secret = secret,
    };
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    enum err e = store_open(&t, &options, ret_store);
    task_end(&t);
    return e;
}

static int begin(void **state)
{
    struct bucket *b = *state = calloc(1, sizeof *b);

    b->folder = fresh_folder();
    if (!getenv("YIMEN_TEST_S3"))
        return 0;
    assert_int_equal(open_on(b->folder, "s3://files/city/blobs", "tester-secret", &b->store), OK);
    task_begin(&b->t, b->store, TEST_NOW, TASK_BUDGET);
    b->t.tenant = 42;
    return 0;
}

static int end(void **state)
{
    struct bucket *b = *state;

    if (b->store)
        task_end(&b->t);
    store_close(b->store);
    remove_folder(b->folder);
    free(b->folder);
    free(b);
    return 0;
}

static void need_the_service(void)
{
    if (!getenv("YIMEN_TEST_S3")) {
        print_message("skipped: no S3 service (tests/faults/s3_server.mjs)\n");
        skip();
    }
}

/* Tell the service to misbehave. */
static void control(const char *what)
{
    char url[300];
    CURL *curl = curl_easy_init();
    FILE *nowhere = fopen("/dev/null", "w");

    snprintf(url, sizeof url, "%s/-/%s", getenv("YIMEN_TEST_S3"), what);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, nowhere);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_cleanup(curl);
    fclose(nowhere);
}

static void what_is_put_comes_back_and_goes(void **state)
{
    struct bucket *b = *state;
    struct task *t = &b->t;
    struct str name, again, got;
    char *large;

    need_the_service();
    large = NEW(t, char, 3 * 1024 * 1024);
    for (size_t i = 0; i < 3 * 1024 * 1024; i++)
        large[i] = (char)(i * 31 >> 3);
    const struct str texts[] = {S(""), S("sealed"), {"a\0b", 3}, {large, 3 * 1024 * 1024}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(blob_put(t, texts[i], &name), OK);
        assert_int_equal(blob_put(t, texts[i], &again), OK);
        assert_true(str_eq(name, again));
        assert_int_equal(blob_get(t, name, &got), OK);
        assert_true(str_eq(got, texts[i]));
        assert_int_equal(blob_remove(t, name), OK);
        assert_int_equal(blob_get(t, name, &got), ERR_NOT_FOUND);
        task_clear_error(t);
    }
}

static void tenants_do_not_see_each_other(void **state)
{
    struct bucket *b = *state;
    struct str name, got;

    need_the_service();
    assert_int_equal(blob_put(&b->t, S("of forty-two"), &name), OK);
    b->t.tenant = 43;
    assert_int_equal(blob_get(&b->t, name, &got), ERR_NOT_FOUND);
    task_clear_error(&b->t);
    assert_int_equal(blob_get(&b->t, S("../42/x"), &got), ERR_NOT_FOUND);
}

static void the_list_goes_on_page_by_page(void **state)
{
    struct bucket *b = *state;
    struct task *t = &b->t;
    size_t all = 0;
    struct str name;

    need_the_service();
    b->t.tenant = 77;
    for (int i = 0; i < 300; i++)
        assert_int_equal(blob_put(t, str_format(t, "%d", i), &name), OK);
    for (int byte = 0; byte < 256; byte++) {
        struct list names;

        assert_int_equal(blob_list(t, byte, &names), OK);
        all += names.count;
        LIST_EACH (struct str, one, names) {
            char two[3];
            snprintf(two, sizeof two, "%02x", byte);
            assert_true(str_starts(*one, str_of(two)));
        }
    }
    assert_int_equal(all, 300);
    /* More than one page of seven under one beginning. */
    int under = 0;
    for (int i = 0; under < 20; i++) {
        struct str text = str_format(t, "x%d", i);
        if (!str_starts(store_hash(t, text), S("ab")))
            continue;
        assert_int_equal(blob_put(t, text, &name), OK);
        under++;
    }
    struct list names;
    assert_int_equal(blob_list(t, 0xab, &names), OK);
    assert_true(names.count >= 20);
}

static void trouble_is_asked_again_and_lasting_trouble_is_said(void **state)
{
    struct bucket *b = *state;
    struct task *t = &b->t;
    struct str name, got;

    need_the_service();
    control("fail?times=2");
    assert_int_equal(blob_put(t, S("patience"), &name), OK);
    control("fail?times=2");
    assert_int_equal(blob_get(t, name, &got), OK);
    control("fail?times=3");
    assert_int_equal(blob_get(t, name, &got), ERR_STORE);
    task_clear_error(t);
    control("fail?times=0");
    assert_int_equal(blob_get(t, name, &got), OK);
}

static void a_damaged_file_is_known(void **state)
{
    struct bucket *b = *state;
    struct task *t = &b->t;
    struct str name, got;

    need_the_service();
    assert_int_equal(blob_put(t, S("whole"), &name), OK);
    control(str_terminated(t, str_format(t, "damage?key=city/blobs/42/%.*s", STR_ARG(name))));
    assert_int_equal(blob_get(t, name, &got), ERR_STORE);
}

static void another_secret_is_refused(void **state)
{
    struct bucket *b = *state;
    struct store *store = NULL;
    struct str name;
    struct task t;

    need_the_service();
    assert_int_equal(open_on(b->folder, "s3://files/city/blobs", "guessed", &store), OK);
    task_begin(&t, store, TEST_NOW, TASK_BUDGET);
    assert_int_equal(blob_put(&t, S("x"), &name), ERR_STORE);
    task_end(&t);
    store_close(store);
}

static void addresses_that_cannot_be_are_refused(void **state)
{
    struct bucket *b = *state;
    struct store *store = NULL;

    need_the_service();
    assert_int_equal(open_on(b->folder, "s3://", "x", &store), ERR_BAD_INPUT);
    assert_int_equal(open_on(b->folder, "s3://files/a b", "x", &store), ERR_BAD_INPUT);
    assert_int_equal(open_on(b->folder, "s3://files/a?b", "x", &store), ERR_BAD_INPUT);
    assert_null(store);
}

int main(void)
{
#define BUCKET(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        BUCKET(what_is_put_comes_back_and_goes),
        BUCKET(tenants_do_not_see_each_other),
        BUCKET(the_list_goes_on_page_by_page),
        BUCKET(trouble_is_asked_again_and_lasting_trouble_is_said),
        BUCKET(a_damaged_file_is_known),
        BUCKET(another_secret_is_refused),
        BUCKET(addresses_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
