/*
 * pdf_layout.h - a described document turned into pieces with a size, between the files that know
 * cairo and pango.
 *
 * A piece is what no page break divides: a line of a paragraph, a line of a table row, the group
 * around a QR code, the end with the seal.  `keep` holds a piece on the page of the next one.
 * Nothing here touches the arena: drawing holds a lock, and the arena may end a task by a jump.
 */
#ifndef PAPER_PDF_LAYOUT_H
#define PAPER_PDF_LAYOUT_H

#include <pango/pangocairo.h>

#include "paper/pdf_private.h"

#define MM(n) ((n)*72.0 / 25.4)

/* Points; from the top left corner of the sheet. */
#define PAGE_W     595.276
#define PAGE_H     841.89
#define LEFT       MM(28)
#define RIGHT      (PAGE_W - MM(26))
#define WIDTH      (RIGHT - LEFT)
#define TOP_NOTICE MM(24)
#define TOP_LETTER MM(37)
#define FOOT       785.0
#define BOTTOM     (FOOT - 12)

enum item_kind { ITEM_LINE, ITEM_RULE, ITEM_FILL, ITEM_QR, ITEM_SEAL };

struct item {
    enum item_kind kind;
    double x, y, w, h; /* y from the top of the piece; a line: its baseline */
    PangoLayoutLine *line;
    const char *text; /* of a QR code */
};

struct piece {
    double before, height; /* the space before is dropped at the top of a page */
    bool keep, copy;
    const struct block *table;
    guint head;         /* of a table's piece: the piece with the table's head */
    guint first, count; /* items */
};

struct layout {
    const struct pdf *pdf;
    PangoContext *context;
    PangoFontDescription *fonts[PDF_STYLES + 3];
    double tight; /* of all heights: below 1 lines stand closer, to save a page */
    GArray *pieces, *items;
    GPtrArray *texts; /* PangoLayout: kept as long as their lines */
};

enum { FONT_CELL = PDF_STYLES, FONT_HEAD, FONT_FOOT, FONTS };

struct layout *layout_make(const struct pdf *pdf, double tight);
void layout_free(struct layout *l);
/* Text with marks as a pango layout, owned by `l`; width 0: one line. */
PangoLayout *layout_text(struct layout *l, int font, const char *text, double width, double indent);

/* A QR code as rows of modules; NULL when the text is too long.  Owned by the caller. */
struct qr {
    int width;
    unsigned char *dark; /* width x width, 0 or 1 */
};
bool qr_make(const char *text, struct qr *ret_qr);
void qr_free(struct qr *qr);

#endif
