/*
 * postgres_fixture.h - databases for tests on the PostgreSQL server of YIMEN_TEST_POSTGRES, which
 * tools/postgres starts:
 *
 *     tools/postgres run meson test -C build story_aid
 *
 * A database lives until postgres_drop(), else as long as the server.
 */
#ifndef STORE_POSTGRES_FIXTURE_H
#define STORE_POSTGRES_FIXTURE_H

#include <stdbool.h>

/* Tests shall run on PostgreSQL. */
bool postgres_wanted(void);

/* A new database, empty or like another one that nobody uses now (the name in its URL), and its
 * URL, which the caller frees.  Ends the test when it cannot be made. */
char *postgres_database(const char *like);
void postgres_drop(char *url); /* and whoever is still connected; frees the text; may be NULL */

/* Run statements in the database of `url` ("": in that of the server); ends the test when they
 * fail.  The first value of the first row as a number, 0 when there is none. */
long long postgres_do(const char *url, const char *sql);

#endif
