/* tables.h - tables of the report: numbers stay numbers until somebody writes them. */
#ifndef SIMULATE_TABLES_H
#define SIMULATE_TABLES_H

#include "simulate/simulate_private.h"

struct sim_cell {
    bool is_number;
    int digits; /* behind the point */
    double number;
    struct str text;
};

struct sim_table {
    const char *title, *note;
    const char *const *columns;
    size_t column_count;
    struct list cells; /* struct sim_cell, row by row */
    int bar;           /* the column that the page draws as a bar, too; 0: none */
    bool folded;       /* long: the page shows it when asked */
};

struct list sim_tables(struct task *t, struct sim *sim); /* struct sim_table */
struct str sim_duty_title(const struct sim *sim, struct str name);

#endif
