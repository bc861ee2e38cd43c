/*
 * Short texts that somebody types or that stand in an address: tracking codes, one-time codes,
 * base64, days and moments, numbers, places to go on to after signing in.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/crypto.h"
#include "core/task.h"
#include "core/time.h"
#include "http/http.h"
#include "modules/access/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read(struct task *t, void *arg)
{
    struct str text = *(const struct str *)arg, bytes, code = code_normalise(t, text);
    int64_t number, counter = 0;
    int32_t day;

    assert(str_eq(code_normalise(t, code), code));
    if (base64url_decode(t, text, &bytes))
        assert(bytes.len <= text.len);
    if (day_parse(text, &day))
        assert(str_eq(day_text(t, day), text));
    (void)moment_parse(text, &number);
    (void)str_int(text, &number);
    (void)totp_matches(t, S("12345678901234567890"), t->now, 0, text, &counter);

    /* A browser takes two slashes, or a slash and a backslash, for another host. */
    struct str path = site_path(text);
    assert(!path.len ||
           (path.at[0] == '/' && (path.len == 1 || (path.at[1] != '/' && path.at[1] != '\\'))));
    for (size_t i = 0; i < path.len; i++)
        assert((unsigned char)path.at[i] > ' ' && path.at[i] != '\\' && path.at[i] != 0x7f);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
