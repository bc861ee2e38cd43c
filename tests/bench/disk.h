/*
 * disk.h - the pages of a database, counted for each table and its indexes (SQLite's dbstat).
 */
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* The goal for an order of eight events. */
enum { DISK_GOAL = 6 * 1024 };

/* Bytes for each of `orders` orders; true when the sum is within the goal.  The figures of a
 * database that a program has open are those of its last checkpoint.  Where the library was built
 * without dbstat there is only the sum. */
bool disk_print(const char *data, int64_t orders, bool json);

#endif
