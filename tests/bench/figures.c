#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median(const double *values, int n)
{
    double sorted[PASSES_MOST];

    memcpy(sorted, values, (size_t)n * sizeof *values);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    return n ? sorted[n / 2] : 0;
}

void figure_add(struct figure *figure, double ours, double theirs)
{
    if (figure->passes == PASSES_MOST)
        return;
    figure->ours[figure->passes] = ours;
    figure->theirs[figure->passes++] = theirs;
}

bool figure_print(const struct figure *figure, bool json)
{
    double ratios[PASSES_MOST] = {0};
    int n = figure->passes;
    bool alone = n && figure->theirs[0] == 0;

    for (int i = 0; i < n; i++)
        ratios[i] = alone ? figure->ours[i] : figure->ours[i] / figure->theirs[i];
    double value = median(ratios, n), ours = median(figure->ours, n),
           theirs = median(figure->theirs, n);
    double low = ratios[0], high = ratios[0];
    for (int i = 1; i < n; i++) {
        low = ratios[i] < low ? ratios[i] : low;
        high = ratios[i] > high ? ratios[i] : high;
    }
    bool reached = figure->at_most ? value <= figure->goal : value >= figure->goal;
    if (json) {
        printf(
            "{\"name\":\"%s\",\"value\":%.3f,\"goal\":%.3f,\"at_most\":%s,\"low\":%.3f,"
            "\"high\":%.3f,\"passes\":%d,\"ours\":%.3f,\"against\":%.3f,\"unit\":\"%s\",\"%s\":%.2f,"
            "\"reached\":%s}\n",
            figure->name, value, figure->goal, figure->at_most ? "true" : "false", low, high, n,
            ours, theirs, figure->ours_unit, figure->extra_title ? figure->extra_title : "extra",
            figure->extra, reached ? "true" : "false");
        return reached;
    }
    printf("%-46s %7.2f %s %5.2f %s (%.2f-%.2f)", figure->title, value,
           figure->at_most ? "<=" : ">=", figure->goal, reached ? "yes" : "NO ", low, high);
    if (alone)
        printf("  %s", figure->ours_unit);
    else
        printf("  %.6g against %.6g %s", ours, theirs, figure->ours_unit);
    if (figure->extra_title)
        printf(", %s %.1f", figure->extra_title, figure->extra);
    putchar('\n');
    fflush(stdout);
    return reached;
}
