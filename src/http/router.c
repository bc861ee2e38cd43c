#include "http/router.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API "/api/v1"

struct segment {
    struct str text; /* the literal, or the parameter's name */
    bool is_param;
};

struct row {
    const struct route *route;
    struct segment segments[ROUTE_SEGMENTS];
    size_t count;
};

struct router {
    struct row *rows;
    size_t count;
    size_t first[ROUTE_SEGMENTS + 2]; /* rows with n segments: first[n] to first[n + 1] */
};

static bool complain(char **ret_why, const char *format, ...) PRINTF_LIKE(2, 3);

static bool complain(char **ret_why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(ret_why, format, args) < 0)
        *ret_why = NULL;
    va_end(args);
    return false;
}

/* "/orders/{id}" into its segments. */
static bool cut_segments(const char *path, struct row *row, char **ret_why)
{
    struct str rest = str_of(path), segment;
    size_t params = 0;

    if (!str_starts(rest, S("/")) || (rest.len > 1 && str_ends(rest, S("/"))))
        return complain(ret_why, "route %s: begins with a slash and ends without one", path);
    rest = str_from(rest, 1);
    while (str_cut(&rest, '/', &segment)) {
        bool param = segment.len > 2 && segment.at[0] == '{' && segment.at[segment.len - 1] == '}';

        if (segment.len == 0 || row->count == ROUTE_SEGMENTS || (param && ++params > ROUTE_PARAMS))
            return complain(ret_why, "route %s: an empty segment or too many", path);
        if (param)
            segment = (struct str){segment.at + 1, segment.len - 2};
        row->segments[row->count++] = (struct segment){segment, param};
    }
    return true;
}

/* By number of segments; at the first difference a literal before a parameter. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    for (size_t i = 0; i < x->count; i++) {
        if (x->segments[i].is_param != y->segments[i].is_param)
            return x->segments[i].is_param ? 1 : -1;
        int order =
            x->segments[i].is_param ? 0 : str_compare(x->segments[i].text, y->segments[i].text);
        if (order)
            return order;
    }
    return (int)x->route->method - (int)y->route->method;
}

/* The same pattern, whatever its parameters are called. */
static bool same_address(const struct row *a, const struct row *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->segments[i].is_param != b->segments[i].is_param ||
            (!a->segments[i].is_param && !str_eq(a->segments[i].text, b->segments[i].text)))
            return false;
    return true;
}

static bool check_route(const struct route *route, char **ret_why)
{
    if (!route->handler)
        return complain(ret_why, "route %s: no handler", route->path);
    if ((route->flags & ROUTE_PAGE_ONLY) && (route->flags & ROUTE_API_ONLY))
        return complain(ret_why, "route %s: neither page nor API", route->path);
    if ((route->flags & ROUTE_PROVE) && (route->method == GET || (route->flags & ROUTE_UPLOAD)))
        return complain(ret_why, "route %s: a proof belongs to a POST without files", route->path);
    if (str_starts(str_of(route->path), S("/api/")) ||
        str_starts(str_of(route->path), S("/static/")))
        return complain(ret_why, "route %s: this part of the address space is the frame's",
                        route->path);
    return true;
}

static bool collect(struct router *router, const struct route *const *tables, char **ret_why)
{
    for (size_t i = 0; tables && tables[i]; i++)
        for (const struct route *route = tables[i]; route->path; route++) {
            struct row *row = &router->rows[router->count++];

            row->route = route;
            if (!check_route(route, ret_why) || !cut_segments(route->path, row, ret_why))
                return false;
        }
    qsort(router->rows, router->count, sizeof *router->rows, compare_rows);
    for (size_t i = 1; i < router->count; i++) {
        const struct row *a = &router->rows[i - 1], *b = &router->rows[i];

        if (same_address(a, b) &&
            (a->route->method == b->route->method || strcmp(a->route->path, b->route->path) != 0))
            return complain(ret_why, "routes %s and %s mean the same address", a->route->path,
                            b->route->path);
    }
    return true;
}

struct router *router_make(const struct route *const *tables, char **ret_why)
{
    struct router *router = calloc(1, sizeof *router);
    size_t n = 0;

    for (size_t i = 0; tables && tables[i]; i++)
        for (const struct route *route = tables[i]; route->path; route++)
            n++;
    if (router)
        router->rows = calloc(n + 1, sizeof *router->rows);
    if (!router || !router->rows)
        complain(ret_why, "out of memory");
    else if (collect(router, tables, ret_why)) {
        size_t at = 0;

        for (size_t count = 0; count < ROUTE_SEGMENTS + 2; count++) {
            while (at < router->count && router->rows[at].count < count)
                at++;
            router->first[count] = at;
        }
        return router;
    }
    router_free(router);
    return NULL;
}

void router_free(struct router *router)
{
    if (router)
        free(router->rows);
    free(router);
}

size_t router_count(const struct router *router)
{
    return router->count;
}

const struct route *router_route(const struct router *router, size_t index)
{
    return router->rows[index].route;
}

static bool row_matches(const struct row *row, const struct str *segments)
{
    for (size_t i = 0; i < row->count; i++)
        if (!row->segments[i].is_param && !str_eq(row->segments[i].text, segments[i]))
            return false;
    return true;
}

static void take_params(const struct row *row, const struct str *segments, struct match *match)
{
    for (size_t i = 0; i < row->count; i++)
        if (row->segments[i].is_param)
            match->params[match->param_count++] =
                (struct route_param){row->segments[i].text, segments[i]};
}

void router_match(const struct router *router, enum method method, struct str path,
                  struct match *ret_match)
{
    struct str segments[ROUTE_SEGMENTS], rest = path;
    size_t count = 0;

    *ret_match = (struct match){0};
    if (str_is(path, API) || str_starts(path, S(API "/"))) {
        ret_match->api = true;
        rest = str_from(path, sizeof API - 1);
    }
    if (rest.len > 1 && str_ends(rest, S("/")))
        return;
    rest = str_from(rest, 1);
    while (count <= ROUTE_SEGMENTS && rest.len) {
        if (count == ROUTE_SEGMENTS)
            return;
        str_cut(&rest, '/', &segments[count++]);
    }
    for (size_t i = router->first[count]; i < router->first[count + 1]; i++) {
        const struct row *row = &router->rows[i];

        if ((row->route->flags & (ret_match->api ? ROUTE_PAGE_ONLY : ROUTE_API_ONLY)) ||
            !row_matches(row, segments))
            continue;
        ret_match->known = true;
        ret_match->methods |= 1u << row->route->method;
        if (row->route->method == method && !ret_match->route) {
            ret_match->route = row->route;
            ret_match->index = i;
            take_params(row, segments, ret_match);
        }
    }
}
