/*
 * bench_disk - how much of the disk an order of eight events takes, table by table, as the engine
 * writes it: registered, six acts by 64 threads in whatever order they come, of which the last
 * closes it, its paper drawn; then eight days later, when the keys of answered requests are swept.
 *
 *   bench_disk [--json] [--orders N] [--keep]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "city.h"
#include "disk.h"

enum { CHUNK = 2000 };

int main(int argc, char **argv)
{
    static struct city city;
    int64_t n = 4000;
    bool json = false, keep = false;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            json = true;
        else if (!strcmp(argv[i], "--keep"))
            keep = true;
        else if (!strcmp(argv[i], "--orders") && i + 1 < argc)
            n = atoll(argv[++i]);
        else
            bench_die("usage: bench_disk [--json] [--orders N] [--keep]", NULL);
    }
    city_make(&city, NULL);
    for (int64_t done = 0; done < n; done += CHUNK) {
        int64_t some = n - done < CHUNK ? n - done : CHUNK;
        int64_t *orders = city_orders(&city, done, some);

        city_close_all(&city, orders, some);
    }
    city_settle(&city);
    city_later(&city, 8);
    city_close(&city);
    bool reached = disk_print(city.app.data, n, json);
    if (keep)
        printf("kept: %s\n", city.app.data);
    else
        city_remove(&city);
    return reached ? 0 : 1;
}
