/* What was typed comes back with every error page that answers a form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/task.h"
#include "http/frame.h"
#include "http/site_fixture.h"
#include "view/template.h"

static struct site *site;

#define FORM   "Content-Type: application/x-www-form-urlencoded\r\n"
#define CLERK  "Cookie: yimen_session=clerk\r\n"
#define HERE   "Sec-Fetch-Site: same-origin\r\n"
#define THERE  "Origin: https://elsewhere.example\r\n"
#define MARKS  "_csrf=" FIXTURE_CSRF "&_key=12345678"
#define WORDS  "&name=%e7%8e%8b%20%22&list[0].a=on&amount=3"
#define HIDDEN "_key=12345678;list[0].a=on;amount=3;"

/* A POST within a budget; its answer terminated, valid until the next call. */
static const char *post_within(size_t budget, const char *path, const char *headers,
                               const char *body)
{
    static char raw[65536], *answer;
    struct task t;

    int n =
        snprintf(raw, sizeof raw, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n%s",
                 path, strlen(body), headers, body);
    assert_true(n > 0 && (size_t)n < sizeof raw);
    free(answer);
    task_begin(&t, NULL, 1792979040000, budget);
    struct answer got;
    site_answer(&t, site, (struct str){raw, (size_t)n}, S("192.0.2.1"), 0, &got);
    assert_true(asprintf(&answer, "%.*s%.*s", STR_ARG(got.head), STR_ARG(got.body)) > 0);
    assert_false(t.read_only);
    task_end(&t);
    return answer;
}

static const char *post(const char *path, const char *headers, const char *body)
{
    return post_within(TASK_BUDGET, path, headers, body);
}

static void says(const char *answer, int status, const char *text)
{
    int got = 0;

    assert_int_equal(sscanf(answer, "HTTP/1.1 %d ", &got), 1);
    if (got != status || !strstr(answer, text))
        fail_msg("not %d with \"%s\": %s", status, text, answer);
}

static void lacks(const char *answer, int status, const char *text)
{
    says(answer, status, "");
    if (strstr(answer, text))
        fail_msg("there is \"%s\" in: %s", text, answer);
}

static void a_failed_form_can_be_sent_again(void **state)
{
    (void)state;
    says(post("/fail?how=store&x=1", FORM CLERK, MARKS WORDS), 503,
         "[/fail?how=store&amp;x=1|" FIXTURE_CSRF "|" HIDDEN "|:name=王 &quot;;|]");
    /* Programs have it still. */
    lacks(post("/api/v1/fail?how=store", FORM "Authorization: Bearer clerk\r\n", MARKS WORDS), 503,
          "王");
}

/* Where what is asked depends on the request, its fields have their labels all the same. */
static void a_field_has_the_label_that_it_had(void **state)
{
    static const char words[] = MARKS "&content=x+y&things[0].amount=1&things[1].note=a+b"
                                      "&inner.name=c+d&other=g+h&inner.other=i+j";

    (void)state;
    says(post("/fail?how=store&asks=1", FORM CLERK, words), 503,
         "|经过:content=x y;物件 2：备注:things[1].note=a b;名称:inner.name=c d;");
    says(post("/fail?how=store&asks=1", FORM CLERK, words), 503, ":inner.other=i j;:other=g h;");
    says(post("/fail?how=store", FORM CLERK, words), 503, "|:content=x y;");
}

/* The form is to be shown again, and that fails too. */
static void a_form_that_cannot_be_shown_again(void **state)
{
    (void)state;
    says(post("/things?again=1", FORM CLERK, MARKS "&amount=12&note=%e7%8e%8b"), 422,
         "[/things?again=1|" FIXTURE_CSRF "|_key=12345678;|数量:amount=12;备注:note=王;|]");
}

/* What failed before the form's turn came. */
static void a_form_that_was_not_read_yet(void **state)
{
    (void)state;
    says(post("/things", FORM "Cookie: yimen_session=unknown\r\n", MARKS WORDS), 503,
         "[/things|" FIXTURE_CSRF "|" HIDDEN "|名称:name=王");
    /* Signed out meanwhile. */
    says(post("/things", FORM, MARKS WORDS), 401,
         "[/things|" FIXTURE_CSRF "|" HIDDEN "|名称:name=王");
    says(post("/things", FORM "Cookie: yimen_session=citizen\r\n", MARKS WORDS), 403, "name=王");
}

/* A new token only for a page that the browser says is ours; for others what they sent. */
static void a_token_is_given_to_our_own_pages_only(void **state)
{
    (void)state;
    says(post("/things", FORM CLERK HERE, "_csrf=old&_key=12345678" WORDS), 403,
         "[/things|" FIXTURE_CSRF "|");
    says(post("/things", FORM CLERK "Origin: http://a\r\n", "_csrf=old&_key=12345678" WORDS), 403,
         "[/things|" FIXTURE_CSRF "|");
    says(post("/things", FORM CLERK, "_csrf=old&_key=12345678" WORDS), 403, "[/things|old|");
    lacks(post("/things", FORM CLERK THERE, MARKS WORDS), 403, "王");
    lacks(post("/things", FORM CLERK "Sec-Fetch-Site: cross-site\r\n", MARKS WORDS), 403, "王");
}

static void secrets_are_not_sent_back(void **state)
{
    (void)state;
    lacks(post("/secret", FORM HERE, "password=%e7%8e%8b&a=%ff"), 422, "王");
    lacks(post("/fail?how=store", FORM CLERK, MARKS WORDS "&_proof=geheim"), 503, "geheim");
}

static void files_are_to_be_chosen_again(void **state)
{
    static const char body[] =
        "--b\r\nContent-Disposition: form-data; name=\"_key\"\r\n\r\n12345678\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n两行\r\n字\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"卡.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n\r\nbytes\r\n--b--\r\n";

    (void)state;
    says(post("/fail?how=store", "Content-Type: multipart/form-data; boundary=b\r\n", body), 503,
         "||_key=12345678;|:text=两行\n字;|files=卡.jpg]");
}

/* When the memory of the task is spent, a page without a template has it all. */
static void a_request_that_takes_too_much(void **state)
{
    const char *answer =
        post_within(2 * 1024 * 1024, "/fail?how=memory&x=1", FORM CLERK, MARKS WORDS);

    (void)state;
    says(answer, 413, "action=\"/fail?how=memory&amp;x=1\"");
    says(answer, 413, "<input type=\"hidden\" name=\"_csrf\" value=\"" FIXTURE_CSRF "\">");
    says(answer, 413, "<input type=\"hidden\" name=\"_key\" value=\"12345678\">");
    says(answer, 413, "<textarea name=\"name\">\n王 &quot;</textarea>");
    /* And where even that is too much: a sentence. */
    static char body[30 * 1024] = MARKS WORDS;
    int pages = 0, sentences = 0;
    for (size_t len = strlen(body); len < sizeof body - 1; len++)
        body[len] = "x+"[len % 2];
    for (size_t kib = 18; kib < 186; kib += 4) {
        answer = post_within(kib * 1024, "/fail?how=memory", FORM CLERK, body);
        says(answer, 413, "");
        pages += strstr(answer, "王") != NULL;
        sentences += strstr(answer, "<") == NULL;
    }
    if (!pages || !sentences || pages + sentences != 42)
        fail_msg("%d pages and %d sentences of 42", pages, sentences);
}

static int set_up(void **state)
{
    (void)state;
    site = fixture_site(-1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_free(site);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_form_can_be_sent_again),
        cmocka_unit_test(a_field_has_the_label_that_it_had),
        cmocka_unit_test(a_form_that_cannot_be_shown_again),
        cmocka_unit_test(a_form_that_was_not_read_yet),
        cmocka_unit_test(a_token_is_given_to_our_own_pages_only),
        cmocka_unit_test(secrets_are_not_sent_back),
        cmocka_unit_test(files_are_to_be_chosen_again),
        cmocka_unit_test(a_request_that_takes_too_much),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
