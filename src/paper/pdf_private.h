/*
 * pdf_private.h - a described document, between pdf.c and pdf_draw.c.
 */
#ifndef PAPER_PDF_PRIVATE_H
#define PAPER_PDF_PRIVATE_H

#include "core/task.h"
#include "paper/pdf.h"

enum block_kind {
    BLOCK_TEXT,
    BLOCK_SPACE,
    BLOCK_TABLE,
    BLOCK_QR, /* the blocks up to BLOCK_QR_END stand beside it */
    BLOCK_QR_END,
    BLOCK_SIGN,
    BLOCK_COPY
};

struct block {
    struct block *next;
    enum block_kind kind;
    enum pdf_style style;
    const char *text, *more; /* QR: content, caption.  Sign: issuer, day */
    double points;
    const struct pdf_column *columns;
    const char **cells; /* table: rows x n.  Sign: n lines */
    size_t n, rows;
};

struct pdf {
    struct task *t;
    const char *title, *footer;
    int64_t moment;
    bool letter;
    struct block *first, *last;
};

#endif
