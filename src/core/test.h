/*
 * test.h - what every unit test begins with: cmocka, a task, and checks that read well.
 */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/str.h"
#include "core/task.h"

/* 2026-10-14 09:42 +08:00, a Wednesday. */
#define TEST_NOW ((int64_t)1791942120000)

#define assert_str(got, expected)                                                                  \
    do {                                                                                           \
        struct str got_ = (got);                                                                   \
        struct str expected_ = str_of(expected);                                                   \
        if (!str_eq(got_, expected_))                                                              \
            fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(got_), expected);                    \
    } while (0)

/* The message of the field error at `field`; NULL when there is none. */
static inline const char *error_at(const struct task *t, const char *field)
{
    for (const struct field_error *e = t->field_errors; e; e = e->next)
        if (str_is(e->field, field))
            return e->message.at;
    return NULL;
}

static inline size_t error_count(const struct task *t)
{
    size_t n = 0;

    for (const struct field_error *e = t->field_errors; e; e = e->next)
        n++;
    return n;
}

#endif
