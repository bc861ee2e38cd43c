/*
 * city.h - what the benchmarks of the engine work on: the profile `lanjiang` installed in a folder
 * of its own, orders made by the engine, and the acts that are measured.  The clock is the real
 * one.
 */
#ifndef BENCH_CITY_H
#define BENCH_CITY_H

#include "app.h"
#include "core/time.h"
#include "modules/access/access.h"
#include "modules/orders/orders.h"

enum { CONNECTIONS = 64, OFFICERS = 2 };

struct city {
    char *folder;
    struct app app;
    struct task home; /* lives as long as the city */
    int64_t tenant;
    struct site *site;
    struct actor officers[OFFICERS];
    struct str tokens[OFFICERS]; /* bearer tokens of the officers */
    char *why;
};

/* Every failure ends the program: a benchmark that went wrong has no numbers. */
void bench_die(const char *what, const struct task *t) __attribute__((noreturn));

/* Install a city under `parent` (NULL: the folder for temporary files). */
void city_make(struct city *city, const char *parent);
/* Open one that stands there already; it is not removed in the end. */
void city_open(struct city *city, const char *data);
void city_remove(struct city *city);
/* Close the store, so that its files can be read and copied; city_open() opens them again. */
void city_close(struct city *city);

/* What is overdue is put on record, events are numbered and signed, papers drawn: an idle server
 * has nothing to do then. */
void city_settle(struct city *city);
/* All jobs once, so many days ahead. */
void city_later(struct city *city, int days);

/* A task of its own, as every request has. */
void city_task(struct city *city, struct task *t);

/* What is handed in for the n-th order, as JSON; its length. */
int city_intake(int64_t n, char *out, size_t room);
/* An order of legal aid with a party of its own and all materials handed in, registered at a
 * moment; and n of them from the given one on, registered now by 64 threads. */
int64_t city_order(struct city *city, int64_t n, int64_t moment);
int64_t *city_orders(struct city *city, int64_t first, int64_t n);

/*
 * The acts on one order, in turn: a note, taken, given back, a note, the examination begun (a step
 * that closes a duty and gives an owner), the aid granted (a step that closes and opens duties,
 * with a numbered paper and a notice).
 */
struct city_act {
    const char *action, *input; /* JSON */
};
extern const struct city_act city_acts[];
/* Instead of the last of them: it closes the order. */
extern const struct city_act city_denial;
enum { ACTS = 6 };

/* `n` orders through all acts by 64 threads; acts per second. */
double city_act_all(struct city *city, const int64_t *orders, int64_t n);
/* The same, but the last act closes them. */
void city_close_all(struct city *city, const int64_t *orders, int64_t n);

#endif
