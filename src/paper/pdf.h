/*
 * pdf.h - an A4 document: Chinese text, tables, a QR code, signature lines and the place of a seal.
 *
 * A document is first described, block by block, in the task's arena; then pdf_draw() lays it out,
 * breaks it into pages and draws it.  Nothing is ever cut: text wraps, tables and paragraphs go on
 * on the next page (the head of a table is repeated), a heading is never left alone at the foot.
 *
 * The same description gives the same bytes on machines with the same fonts: no clock is read.
 * pdf_draw() may be called from any thread; drawing goes one at a time, because font maps are
 * large and share caches.
 *
 * Texts may hold marks: PDF_BOLD ... PDF_PLAIN and PDF_BLANK ... PDF_PLAIN (underlined, to be
 * filled in by hand).  Other control characters than a line feed are left out.  Dates, figures with
 * their units, numbers and addresses are never broken across lines.
 */
#ifndef PAPER_PDF_H
#define PAPER_PDF_H

#include "core/str.h"

#define PDF_BOLD  "\x01"
#define PDF_PLAIN "\x02"
#define PDF_BLANK "\x03"

enum pdf_style {
    PDF_BODY,    /* a paragraph, its first line indented by two characters */
    PDF_FLUSH,   /* a paragraph without indent */
    PDF_HEADING, /* 一、请补充 */
    PDF_ISSUER,  /* who issues it, above the title */
    PDF_TITLE,
    PDF_RIGHT, /* one line at the right: the number of the document */
    PDF_SMALL, /* a note */
    PDF_QUOTE, /* words of others: set in from both sides, with a line at the left */
    PDF_STYLES
};

struct pdf;

struct pdf_setup {
    struct str title;  /* of the file, as readers show it */
    struct str footer; /* at the left of the foot: procedure and template with their versions */
    int64_t moment;    /* when the document was made */
    bool letter;       /* an official letter keeps 37 mm above (GB/T 9704), a notice 24 mm */
};

struct pdf *pdf_new(struct task *t, const struct pdf_setup *setup);
void pdf_text(struct pdf *pdf, enum pdf_style style, struct str text);
void pdf_space(struct pdf *pdf, double points);

struct pdf_column {
    const char *title;
    double share; /* of the width; all shares of a table make 1 */
    bool centred;
};
/* `cells` are rows x n texts, row by row; a table may have no rows. */
void pdf_table(struct pdf *pdf, const struct pdf_column *columns, size_t n, const struct str *cells,
               size_t rows);

/* Texts between these stand at the left of a QR code, and stay on one page with it. */
void pdf_qr_begin(struct pdf *pdf, struct str content, struct str caption);
void pdf_qr_end(struct pdf *pdf);

/* The end of a paper: lines to fill in and sign at the left, the seal's place with issuer and day
 * at the right.  Stays on one page. */
void pdf_sign(struct pdf *pdf, const struct str *lines, size_t n, struct str issuer,
              struct str day);

/* A new page where page numbers begin again: the second copy. */
void pdf_copy(struct pdf *pdf);

/* ERR_INTERNAL: the libraries could not draw (a font is missing, no memory). */
MUST_USE enum err pdf_draw(struct pdf *pdf, struct str *ret_bytes);

#endif
