/*
 * router.h - which route row an address means.
 *
 * Rows are kept by number of segments, those with literal segments before those with a parameter,
 * so /orders/new is found before /orders/{id}.  Matching needs no memory.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/http.h"

struct router;

enum { ROUTE_PARAMS = 8, ROUTE_SEGMENTS = 16 };

struct route_param {
    struct str name, value;
};

struct match {
    const struct route *route; /* NULL: none */
    size_t index;              /* of the row, in the order of router_route() */
    bool api;
    bool known;       /* no route, but the address exists with other methods */
    unsigned methods; /* bits 1 << method that the address has */
    struct route_param params[ROUTE_PARAMS];
    size_t param_count;
};

/* NULL on failure, *ret_why then says what is wrong with the rows (malloc'ed). */
struct router *router_make(const struct route *const *tables, char **ret_why);
void router_free(struct router *router);
size_t router_count(const struct router *router);
const struct route *router_route(const struct router *router, size_t index);

/* `path` is decoded; slices of it are returned.  /api/v1 is taken off here. */
void router_match(const struct router *router, enum method method, struct str path,
                  struct match *ret_match);

#endif
