/*
 * xlsx_private.h - between the readers of CSV and XLSX.
 */
#ifndef PAPER_XLSX_PRIVATE_H
#define PAPER_XLSX_PRIVATE_H

#include "core/task.h"
#include "paper/xlsx.h"

struct sheet {
    struct sheet_row *rows; /* SHEET_ROWS of them */
    size_t count;
    bool too_many;
};

void sheet_put(struct sheet *sheet, size_t row, size_t column, struct str text);
MUST_USE enum err csv_read(struct task *t, struct str content, struct sheet *sheet);
MUST_USE enum err xlsx_read(struct task *t, struct str content, struct sheet *sheet);

#endif
