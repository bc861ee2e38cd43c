/*
 * pdf_draw.c - pieces on pages, pages as a PDF.
 *
 * One lock around all of it: the font map is shared, and its caches are what makes the second paper
 * ten times faster than the first.  The arena is not touched while the lock is held.
 */
#include "paper/pdf_layout.h"

#include <cairo-pdf.h>
#include <pthread.h>
#include <time.h>

struct placed { /* a piece, or a rule that closes a table at the foot of a page */
    guint piece;
    int page;
    double y;
    bool close;
};

struct page {
    int number, of; /* within its copy */
};

struct drawing {
    const struct pdf *pdf;
    struct layout *layout;
    GArray *placed, *pages;
    GByteArray *bytes;
    cairo_surface_t *surface;
    cairo_t *cairo;
};

static pthread_mutex_t drawing_lock = PTHREAD_MUTEX_INITIALIZER;

/* --- Pages ------------------------------------------------------------------------------------ */

static struct piece *piece_at(const struct drawing *d, guint i)
{
    return &g_array_index(d->layout->pieces, struct piece, i);
}

static void put(struct drawing *d, guint piece, double y, bool close)
{
    struct placed placed = {piece, (int)d->pages->len - 1, y, close};

    g_array_append_val(d->placed, placed);
}

static void new_page(struct drawing *d, bool new_copy)
{
    struct page page = {1, 1};

    if (!new_copy && d->pages->len)
        page.number = g_array_index(d->pages, struct page, d->pages->len - 1).number + 1;
    g_array_append_val(d->pages, page);
}

/* Height of the piece and of those that must stay with it. */
static double height_together(const struct drawing *d, guint i)
{
    double height = piece_at(d, i)->before + piece_at(d, i)->height;

    for (; piece_at(d, i)->keep && i + 1 < d->layout->pieces->len; i++)
        height += piece_at(d, i + 1)->before + piece_at(d, i + 1)->height;
    return height;
}

static void break_into_pages(struct drawing *d)
{
    g_array_set_size(d->placed, 0);
    g_array_set_size(d->pages, 0);
    double top = d->pdf->letter ? TOP_LETTER : TOP_NOTICE, y = top;
    bool kept = false; /* the piece before holds this one on its page */

    new_page(d, true);
    for (guint i = 0; i < d->layout->pieces->len; i++) {
        const struct piece *piece = piece_at(d, i);
        double together = height_together(d, i);

        if (piece->copy) {
            new_page(d, true);
            y = top = d->pdf->letter ? TOP_LETTER : TOP_NOTICE;
            kept = false;
            continue;
        }
        if (kept || together > BOTTOM - top)
            together = piece->before + piece->height;
        if (y > top && y + together > BOTTOM) {
            bool inside = piece->table && i > piece->head;

            if (inside)
                put(d, i, y, true);
            new_page(d, false);
            y = top = TOP_NOTICE;
            for (guint head = piece->head;
                 inside && head < i && piece_at(d, head)->keep &&
                 piece_at(d, head)->head == piece->head && head == piece->head;
                 head++) {
                put(d, head, y, false);
                y += piece_at(d, head)->height;
            }
        }
        y += y > top ? piece->before : 0;
        put(d, i, y, false);
        y += piece->height;
        kept = piece->keep;
    }
    for (guint i = d->pages->len; i-- > 0;) {
        struct page *page = &g_array_index(d->pages, struct page, i);
        const struct page *next = page + 1;

        page->of = i + 1 < d->pages->len && next->number > page->number ? next->of : page->number;
    }
}

/* --- Drawing ---------------------------------------------------------------------------------- */

static void draw_qr(cairo_t *cairo, const struct item *item, double y)
{
    struct qr qr;

    if (!qr_make(item->text, &qr))
        return;
    double module = item->w / qr.width;
    for (int row = 0; row < qr.width; row++)
        for (int column = 0; column < qr.width; column++)
            if (qr.dark[row * qr.width + column])
                cairo_rectangle(cairo, item->x + column * module, y + row * module, module, module);
    cairo_fill(cairo);
    qr_free(&qr);
}

static void draw_seal(cairo_t *cairo, const struct item *item, double y)
{
    const double dashes[] = {3, 2};

    cairo_save(cairo);
    cairo_set_source_rgb(cairo, 0.45, 0.45, 0.45);
    cairo_set_line_width(cairo, 0.6);
    cairo_set_dash(cairo, dashes, 2, 0);
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, item->x, y, item->w / 2, 0, 2 * G_PI);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

static void draw_item(cairo_t *cairo, const struct item *item, double top)
{
    double y = top + item->y;

    switch (item->kind) {
    case ITEM_LINE:
        cairo_move_to(cairo, item->x, y);
        pango_cairo_show_layout_line(cairo, item->line);
        break;
    case ITEM_RULE:
        cairo_move_to(cairo, item->x, y);
        cairo_rel_line_to(cairo, item->w, item->h);
        cairo_stroke(cairo);
        break;
    case ITEM_FILL:
        cairo_set_source_rgb(cairo, 0.94, 0.94, 0.94);
        cairo_rectangle(cairo, item->x, y, item->w, item->h);
        cairo_fill(cairo);
        cairo_set_source_rgb(cairo, 0, 0, 0);
        break;
    case ITEM_QR:
        draw_qr(cairo, item, y);
        break;
    case ITEM_SEAL:
        draw_seal(cairo, item, y);
        break;
    }
}

static void draw_small(struct drawing *d, const char *text, bool at_right)
{
    PangoLayout *layout = layout_text(d->layout, FONT_FOOT, text, at_right ? 0 : WIDTH * 0.8, 0);
    PangoRectangle box;

    pango_layout_get_extents(layout, NULL, &box);
    cairo_move_to(d->cairo, at_right ? RIGHT - box.width / (double)PANGO_SCALE : LEFT, FOOT + 5);
    pango_cairo_show_layout(d->cairo, layout);
}

static void draw_foot(struct drawing *d, const struct page *page)
{
    char *number = g_strdup_printf("第 %d 页 共 %d 页", page->number, page->of);

    cairo_move_to(d->cairo, LEFT, FOOT);
    cairo_line_to(d->cairo, RIGHT, FOOT);
    cairo_stroke(d->cairo);
    draw_small(d, d->pdf->footer, false);
    draw_small(d, number, true);
    g_free(number);
}

static void draw_pages(struct drawing *d)
{
    guint next = 0;

    for (guint n = 0; n < d->pages->len; n++) {
        cairo_set_line_width(d->cairo, 0.75);
        for (; next < d->placed->len; next++) {
            const struct placed *placed = &g_array_index(d->placed, struct placed, next);
            const struct piece *piece = piece_at(d, placed->piece);

            if (placed->page != (int)n)
                break;
            if (placed->close) {
                cairo_move_to(d->cairo, LEFT, placed->y);
                cairo_line_to(d->cairo, RIGHT, placed->y);
                cairo_stroke(d->cairo);
                continue;
            }
            for (guint i = piece->first; i < piece->first + piece->count; i++)
                draw_item(d->cairo, &g_array_index(d->layout->items, struct item, i), placed->y);
        }
        draw_foot(d, &g_array_index(d->pages, struct page, n));
        cairo_show_page(d->cairo);
    }
}

/* --- The file --------------------------------------------------------------------------------- */

static cairo_status_t append(void *to, const unsigned char *bytes, unsigned n)
{
    g_byte_array_append(to, bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

/* The day stands in the file in UTC, from the document and not from the clock. */
static void set_metadata(struct drawing *d)
{
    time_t seconds = (time_t)(d->pdf->moment / 1000);
    struct tm utc;
    char when[40];

    gmtime_r(&seconds, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_TITLE, d->pdf->title);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATOR, "yimen");
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATE_DATE, when);
}

/* Lines stand a little closer when that saves a page: a notice on one sheet is read, the second
 * sheet is lost. */
static void lay_out(struct drawing *d)
{
    static const double tights[] = {1, 0.95, 0.9, 0.86};
    guint fewest = 0, least = 1;
    double best = 1;

    for (const struct block *block = d->pdf->first; block; block = block->next)
        least += block->kind == BLOCK_COPY;
    for (size_t i = 0; i < G_N_ELEMENTS(tights) && fewest != least; i++) {
        d->layout = layout_make(d->pdf, tights[i]);
        break_into_pages(d);
        if (!i || d->pages->len < fewest) {
            fewest = d->pages->len;
            best = tights[i];
        }
        layout_free(d->layout);
    }
    d->layout = layout_make(d->pdf, best);
    break_into_pages(d);
}

static bool draw_all(struct drawing *d)
{
    d->placed = g_array_new(FALSE, TRUE, sizeof(struct placed));
    d->pages = g_array_new(FALSE, TRUE, sizeof(struct page));
    d->surface = cairo_pdf_surface_create_for_stream(append, d->bytes, PAGE_W, PAGE_H);
    set_metadata(d);
    d->cairo = cairo_create(d->surface);
    lay_out(d);
    draw_pages(d);
    cairo_destroy(d->cairo);
    cairo_surface_finish(d->surface);
    bool right = cairo_surface_status(d->surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(d->surface);
    g_array_free(d->placed, TRUE);
    g_array_free(d->pages, TRUE);
    layout_free(d->layout);
    return right;
}

static void free_bytes(void *bytes)
{
    g_byte_array_free(bytes, TRUE);
}

enum err pdf_draw(struct pdf *pdf, struct str *ret_bytes)
{
    struct drawing d = {.pdf = pdf, .bytes = g_byte_array_new()};

    task_defer(pdf->t, free_bytes, d.bytes);
    pthread_mutex_lock(&drawing_lock);
    bool right = draw_all(&d);
    pthread_mutex_unlock(&drawing_lock);
    if (!right)
        return task_fail(pdf->t, ERR_INTERNAL, "文书没有生成，请联系管理员检查字体");
    *ret_bytes = str_copy(pdf->t, (struct str){(const char *)d.bytes->data, d.bytes->len});
    return OK;
}
