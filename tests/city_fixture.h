/* city_fixture.h - a city with some work in it, and the ways out of and into a store: for the tests
 * of whole cities. */
#ifndef TESTS_CITY_FIXTURE_H
#define TESTS_CITY_FIXTURE_H

#include "city/city.h"
#include "world.h"

#define NEED(call)                                                                                 \
    do {                                                                                           \
        enum err need_e = (call);                                                                  \
        if (need_e)                                                                                \
            fail_msg(#call ": %s: %.*s", err_word(need_e), STR_ARG(t.note));                       \
    } while (0)

/* Of all modules; by make_city(). */
extern struct list migrations;

/* The set-up of a group of tests: some work, files among it. */
int make_city(void **state);
struct city_options options_for(const char *file);

/* Another store, in a folder of that name; on PostgreSQL when there is a URL. */
struct store *open_at(struct world *w, const char *name, const char *url);
struct store *open_new(struct world *w, const char *name);

const char *file_in(struct world *w, const char *name);
struct str bytes_of(struct world *w, const char *file);
void put_bytes(const char *file, const char *at, size_t n);

struct city_figures export_to(struct world *w, struct store *store, const char *file);
/* The error; its note stays in w->t. */
enum err import_from(struct world *w, struct store *store, struct city_options options,
                     struct city_figures *ret);
enum err look_at(struct world *w, const char *file, struct city_figures *ret);
void expect_note(struct world *w, const char *words);

#endif
