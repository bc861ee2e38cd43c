#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>

#include "city.h"

/* A table and all its indexes are one row; what is less than a byte for each order is left to the
 * sum. */
static const char by_table[] =
    "SELECT m.tbl_name AS name, SUM(s.pgsize) AS bytes, SUM(s.pgsize - s.unused) AS used,"
    "       SUM(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END) AS indexes"
    "  FROM dbstat('main', 1) s JOIN sqlite_schema m ON m.name = s.name"
    " GROUP BY m.tbl_name ORDER BY bytes DESC";

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t n = -1;

    if (!sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) && sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return n;
}

static void print_row(const char *name, double bytes, double indexes, double used, bool json)
{
    if (json)
        printf("{\"name\":\"disk-%s\",\"bytes\":%.1f,\"indexes\":%.1f,\"used\":%.1f}\n", name,
               bytes, indexes, used);
    else
        printf("  %-20s %8.0f bytes, of them indexes %6.0f, filled %3.0f %%\n", name, bytes,
               indexes, bytes > 0 ? used * 100 / bytes : 0);
}

bool disk_print(const char *data, int64_t orders, bool json)
{
    char path[4096];
    sqlite3_stmt *stmt;
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/yimen.db", data);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL))
        bench_die(path, NULL);
    int64_t events = number(db, "SELECT COUNT(*) FROM event");
    double all = (double)(number(db, "PRAGMA page_count") * number(db, "PRAGMA page_size") -
                          number(db, "PRAGMA freelist_count") * number(db, "PRAGMA page_size")) /
                 (double)orders;
    bool reached = all <= DISK_GOAL;

    if (json)
        printf("{\"name\":\"disk\",\"value\":%.0f,\"goal\":%d,\"orders\":%lld,\"events\":%.2f,"
               "\"unit\":\"bytes\",\"reached\":%s}\n",
               all, DISK_GOAL, (long long)orders, (double)events / (double)orders,
               reached ? "true" : "false");
    else
        printf("disk for an order of %.1f events %25.0f <= %d %s  bytes\n",
               (double)events / (double)orders, all, DISK_GOAL, reached ? "yes" : "NO ");
    if (sqlite3_prepare_v2(db, by_table, -1, &stmt, NULL))
        fprintf(stderr, "bench: this SQLite has no dbstat, so the tables are not told apart\n");
    else
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            double bytes = (double)sqlite3_column_int64(stmt, 1) / (double)orders;

            if (bytes >= 1)
                print_row((const char *)sqlite3_column_text(stmt, 0), bytes,
                          (double)sqlite3_column_int64(stmt, 3) / (double)orders,
                          (double)sqlite3_column_int64(stmt, 2) / (double)orders, json);
        }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return reached;
}
