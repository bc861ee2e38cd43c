/*
 * reading.h - what the tests of the queries hold a plan to, on either database.
 */
#ifndef TESTS_SQL_READING_H
#define TESTS_SQL_READING_H

#include <stdbool.h>
#include <string.h>

/* Tables that grow with the work of a city.  Whoever reads them by the tenant alone reads all of
 * it, which a database with ten orders does not show. */
static const char *const growing[] = {
    "attachment",
    "audit",
    "duty",
    "event",
    "idempotency",
    "knowledge_answer",
    "knowledge_article",
    "knowledge_asked",
    "knowledge_case",
    "notice",
    "order_code",
    "order_link",
    "order_party",
    "order_source",
    "orders",
    "paper",
    "party",
    "party_look_up",
    "portal_draft",
    "portal_draft_file",
    "recovery_code",
    "session",
    "sign_in_try",
    "staff_grant",
    "token",
};

/* They go along the key and stop after a page, or run over everything on purpose, now and then. */
static const char *const meant[] = {
    "notices_as_seen", /* once, when the example city is made */
    "notices_waiting", /* PostgreSQL: all that waits, in a small index */
    "orders_missing",  /* yimen verify */
    "orders_point_numbered", "orders_point_waiting", /* the newest by its key */
    "orders_page_newest",    "portal_draft_count",   /* a ceiling on what strangers may leave */
    "seals_all_events",      "session_sweep",           "session_try_sweep",
    "staff_grants_all",      "session_tokens_in_force", /* at most twenty of a person, in a small
                                                           index */
};

static inline bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(names[i], name))
            return true;
    }
    return false;
}

#define AMONG(name, names) is_among(name, names, sizeof(names) / sizeof(names)[0])

#endif
