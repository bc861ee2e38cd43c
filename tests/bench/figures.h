/*
 * figures.h - passes that take turns, the median of their ratios, and one row of the table each.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdbool.h>

enum { PASSES = 7, PASSES_MOST = 25 };

struct figure {
    const char *name, *title;
    double goal;
    bool at_most;          /* the goal is an upper bound */
    const char *ours_unit; /* of `ours` and `theirs`: "/s", "ms", "s", "MiB" */
    int passes;
    double ours[PASSES_MOST], theirs[PASSES_MOST]; /* theirs 0: `ours` itself is the figure */
    double extra;                                  /* e.g. the size of groups */
    const char *extra_title;
};

void figure_add(struct figure *figure, double ours, double theirs);
/* A row for people, or a line of JSON.  True when the goal is reached. */
bool figure_print(const struct figure *figure, bool json);
double median(const double *values, int n);

#endif
