/*
 * Any bytes as a whole request to a small site that has every kind of route: head, cookies, bearer,
 * query, form, multipart, JSON.  Whatever comes, the answer is one HTTP answer: its lines are
 * lines, its length is its body's, and nothing that was sent begins a line of its head.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/task.h"
#include "http/site_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct site *site;

static void begin(void)
{
    log_set_level(LEVEL_ERROR);
    site = fixture_site(-1);
}

static bool known_line(struct str line)
{
    static const char *const names[] = {"Server",
                                        "Content-Type",
                                        "Content-Length",
                                        "Connection",
                                        "Retry-After",
                                        "Cache-Control",
                                        "X-Content-Type-Options",
                                        "X-Frame-Options",
                                        "Referrer-Policy",
                                        "Permissions-Policy",
                                        "Content-Security-Policy",
                                        "Location",
                                        "Set-Cookie",
                                        "Clear-Site-Data",
                                        "Content-Disposition",
                                        "ETag",
                                        "Vary",
                                        "Allow",
                                        "WWW-Authenticate",
                                        "HX-Redirect",
                                        "X-Request-Id",
                                        "Content-Language",
                                        "Strict-Transport-Security",
                                        "Date",
                                        "Link",
                                        "Idempotency-Replayed",
                                        "Accept-Ranges",
                                        "Cross-Origin-Opener-Policy",
                                        "Cross-Origin-Resource-Policy"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);

        if (line.len > n + 1 && !memcmp(line.at, names[i], n) && line.at[n] == ':')
            return true;
    }
    return false;
}

static void check_answer(struct str answer)
{
    size_t end = str_find(answer, S("\r\n\r\n")), length = SIZE_MAX;
    struct str head = str_first(answer, end + 2), line, body = str_from(answer, end + 4);
    bool first = true;

    assert(end != SIZE_MAX && str_starts(answer, S("HTTP/1.1 ")));
    while (str_cut(&head, '\n', &line)) {
        assert(line.len && line.at[line.len - 1] == '\r');
        line.len--;
        assert(!memchr(line.at, '\r', line.len) && !memchr(line.at, 0, line.len));
        if (!first)
            assert(known_line(line));
        if (str_starts(line, S("Content-Length: ")))
            length = strtoul(line.at + 16, NULL, 10);
        first = false;
    }
    assert(length == SIZE_MAX || body.len == length || body.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    struct task t;

    if (!site)
        begin();
    if (str_find(raw, S("slow")) != SIZE_MAX) /* a handler that sleeps */
        return 0;
    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    struct str answer = http_handle(&t, site, raw, S("203.0.113.9"));
    check_answer(answer);
    task_end(&t);
    return 0;
}
