/*
 * site_fixture.h - a small site with every kind of route, for the tests of the frame and of the
 * server.
 */
#ifndef HTTP_SITE_FIXTURE_H
#define HTTP_SITE_FIXTURE_H

#include <stdatomic.h>

#include "http/site.h"

#define FIXTURE_CSRF "0123456789abcdef"

/* Sessions "clerk" and "citizen", bearer token "clerk"; ends the program when it cannot be made. */
struct site *fixture_site(int secret_burst);

extern atomic_int fixture_running, fixture_most_running; /* handlers of /slow */

#endif
