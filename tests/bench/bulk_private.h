/* bulk_private.h - what bulk.c (models, loading) and bulk_copy.c (copies) share. */
#ifndef BENCH_BULK_PRIVATE_H
#define BENCH_BULK_PRIVATE_H

#include "bulk.h"

#include <sqlite3.h>
#include <stdatomic.h>

#include "core/crypto.h"

enum { MODELS_OPEN = 70, MODELS_CLOSED = 40, COLUMNS_MOST = 48, ROWS_MOST = 64, ID_STEP = 4096 };

/* In the order in which a copy is written. */
enum bulk_table {
    T_ORDER,
    T_EVENT,
    T_DUTY,
    T_ORDER_PARTY,
    T_CODE,
    T_NOTICE,
    T_PAPER,
    T_PARTY,
    T_LOOK_UP,
    TABLES
};

struct table {
    const char *name, *id_column; /* the column that holds the order's id, or the party's */
    const char *sealed;           /* the column that is sealed */
    sqlite3_stmt *insert;
    int columns;
    char names[COLUMNS_MOST][32];
};

struct value {
    bool is_null, is_text, is_bytes;
    int64_t number;
    struct str text;
};

struct copied_row {
    struct value values[COLUMNS_MOST];
    struct str plain;   /* of the sealed column: packed, as it is sealed */
    struct str effects; /* of an event that names its order: to be renamed and packed again */
};

struct model {
    int64_t id, party;
    struct str id_text, state;
    bool open;
    struct copied_row *rows[TABLES];
    int counts[TABLES];
    int64_t copies;
};

struct bulk {
    struct city *city;
    struct task *t; /* holds the models */
    sqlite3 *db;
    struct table tables[TABLES];
    struct model *models;
    int model_count;
    atomic_int next_model;
    int64_t first_id, next, n;
    int64_t *open, open_most, open_count;
};

int table_column(const struct table *table, const char *name);
struct str bulk_place(struct task *t, enum bulk_table which, int64_t order,
                      const struct table *table, const struct copied_row *row);
void bulk_insert(struct bulk *b, enum bulk_table which, const struct copied_row *row);
/* Inside store_read(), for keys. */
void copy_order(struct bulk *b, struct task *t, struct model *m, int64_t i);

#endif
