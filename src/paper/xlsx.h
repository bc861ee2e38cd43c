/*
 * xlsx.h - tables that people send (XLSX, CSV) as rows of text, and lists given out as XLSX.
 *
 * Reading trusts nothing: the parts of a package are bounded before they are unpacked, document
 * types and entities are refused, rows, columns and cells have ceilings.  The first sheet counts.
 * CSV may be UTF-8, UTF-16 with its mark, or GB18030, with commas, tabs or semicolons.
 */
#ifndef PAPER_XLSX_H
#define PAPER_XLSX_H

#include "core/shape.h"
#include "core/str.h"

enum {
    SHEET_ROWS = 501, /* a heading and 500 people */
    SHEET_COLUMNS = 32,
    SHEET_CELL = 4000,           /* bytes; the rest of a cell is dropped at a character's end */
    SHEET_PART = 8 * 1024 * 1024 /* unpacked */
};

struct sheet_row {
    struct str cells[SHEET_COLUMNS]; /* trimmed; what is missing is empty */
};

/* Rows that hold nothing are left out at the end only, so that a row has its number.
 * ERR_BAD_INPUT: the note says what to do; ERR_TOO_LARGE: too many rows or too large. */
MUST_USE enum err sheet_read(struct task *t, struct str content, struct list *ret_rows);

struct sheet_column {
    const char *title;
    double width; /* characters */
};
/* `cells` are rows x n texts, row by row; all are written as text, never as formulas.  The same
 * cells give the same bytes: `moment` is when the list was made.  ERR_INTERNAL. */
MUST_USE enum err sheet_write(struct task *t, struct str title, int64_t moment,
                              const struct sheet_column *columns, size_t n, const struct str *cells,
                              size_t rows, struct str *ret_bytes);

#endif
