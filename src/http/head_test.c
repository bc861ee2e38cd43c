#include "http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/raw_table.h"

static void every_row_of_the_table_gets_its_status(void **state)
{
    size_t n, wrong = 0;
    struct raw_row *rows = raw_table_read(&n);

    (void)state;
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        struct head head;
        const char *why = "";
        int status = head_parse((struct str){rows[i].bytes, rows[i].len}, &head, &why);

        if (status != rows[i].head) {
            print_error("line %d, %s: %d (%s)\n", rows[i].line, rows[i].name, status, why);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    raw_table_free(rows, n);
}

/* What arrives byte by byte is judged as what arrives at once: never accepted earlier or otherwise.
 */
static void pieces_are_judged_like_the_whole(void **state)
{
    size_t n;
    struct raw_row *rows = raw_table_read(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t scanned = 0, size = 0, whole_scanned = 0, whole_size = 0;
        struct str all = {rows[i].bytes, rows[i].len};
        int whole = head_end(all, &whole_scanned, &whole_size), status = HEAD_MORE;

        for (size_t len = 1; len <= all.len && status == HEAD_MORE; len++)
            status = head_end(str_first(all, len), &scanned, &size);
        if (whole == HEAD_DONE)
            assert_int_equal(size, whole_size);
        assert_int_equal(status, whole);
    }
    raw_table_free(rows, n);
}

static void a_head_is_read_into_its_parts(void **state)
{
    static const char raw[] =
        "POST /a%20b?x=1&y HTTP/1.1\r\nHost: Yimen.example:80\r\n"
        "Content-Length: 5\r\nConnection: Keep-Alive, close\r\nX-A:  v w \r\n\r\nbody.";
    struct head head;
    const char *why;

    (void)state;
    assert_int_equal(head_parse((struct str){raw, sizeof raw - 1}, &head, &why), HEAD_DONE);
    assert_int_equal(head.method, POST);
    assert_true(str_is(head.path, "/a%20b"));
    assert_true(str_is(head.query, "x=1&y"));
    assert_true(str_is(head.host, "Yimen.example:80"));
    assert_int_equal(head.content_length, 5);
    assert_false(head.keep_alive);
    assert_true(str_is(head_find(&head, "x-a"), "v w"));
    assert_int_equal(head_find(&head, "x-b").len, 0);
    assert_int_equal(head.size, sizeof raw - 1 - 5);
}

static void old_clients_keep_the_connection_only_when_they_ask(void **state)
{
    struct head head;
    const char *why;

    (void)state;
    assert_int_equal(head_parse(S("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), &head, &why), HEAD_DONE);
    assert_false(head.keep_alive);
    assert_int_equal(
        head_parse(S("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"), &head, &why),
        HEAD_DONE);
    assert_true(head.keep_alive);
    assert_int_equal(head_parse(S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &head, &why), HEAD_DONE);
    assert_true(head.keep_alive);
}

static void paths_are_decoded_once(void **state)
{
    char out[64];

    (void)state;
    assert_int_equal(path_decode(S("/%2541"), out), 4);
    assert_memory_equal(out, "/%41", 4);
    assert_int_equal(path_decode(S("/%E7%8E%8B"), out), 4);
    assert_int_equal(path_decode(S("/a/"), out), 3);
    assert_true(path_decode(S("/a/%2e%2e"), out) == SIZE_MAX);
    assert_true(path_decode(S("/a%2Fb"), out) == SIZE_MAX);
    assert_true(path_decode(S(""), out) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_gets_its_status),
        cmocka_unit_test(pieces_are_judged_like_the_whole),
        cmocka_unit_test(a_head_is_read_into_its_parts),
        cmocka_unit_test(old_clients_keep_the_connection_only_when_they_ask),
        cmocka_unit_test(paths_are_decoded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
