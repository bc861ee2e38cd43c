#include "paper/pdf_layout.h"

#include <string.h>

/* Serif for what is read, sans for what is found; the first family that is installed is taken. */
static const struct style {
    const char *font;
    double size, pitch, before;
    double indent; /* characters */
    PangoAlignment align;
    double inset; /* from both sides */
} styles[FONTS] = {
    [PDF_BODY] = {"FangSong,Noto Serif CJK SC", 11, 18.7, 3.5, 2, PANGO_ALIGN_LEFT, 0},
    [PDF_FLUSH] = {"FangSong,Noto Serif CJK SC", 11, 18.7, 3.5, 0, PANGO_ALIGN_LEFT, 0},
    [PDF_HEADING] = {"SimHei,Noto Sans CJK SC Bold", 12, 20, 8, 0, PANGO_ALIGN_LEFT, 0},
    [PDF_ISSUER] = {"FZXiaoBiaoSong-B05S,Noto Serif CJK SC", 15, 24, 0, 0, PANGO_ALIGN_CENTER, 0},
    [PDF_TITLE] = {"FZXiaoBiaoSong-B05S,Noto Serif CJK SC Bold", 22, 34, 0, 0, PANGO_ALIGN_CENTER,
                   0},
    [PDF_RIGHT] = {"FangSong,Noto Serif CJK SC", 11, 19, 0, 0, PANGO_ALIGN_RIGHT, 0},
    [PDF_SMALL] = {"FangSong,Noto Serif CJK SC", 9.5, 15.5, 4, 0, PANGO_ALIGN_LEFT, 0},
    [PDF_QUOTE] = {"FangSong,Noto Serif CJK SC", 11, 18.7, 3.5, 0, PANGO_ALIGN_LEFT, 14},
    [FONT_CELL] = {"FangSong,Noto Serif CJK SC", 10.3, 16.4, 0, 0, PANGO_ALIGN_LEFT, 0},
    [FONT_HEAD] = {"SimHei,Noto Sans CJK SC Bold", 9.6, 16.4, 0, 0, PANGO_ALIGN_LEFT, 0},
    [FONT_FOOT] = {"SimHei,Noto Sans CJK SC", 9, 14, 0, 0, PANGO_ALIGN_LEFT, 0},
};

enum { ROW_WHOLE = 14 }; /* a row of so many lines at most stays on one page */
#define CELL_X    5.6
#define CELL_Y    3.2
#define QR_SIZE   74.0
#define QR_APART  30.0
#define SEAL_SIZE 88.0
#define SIGN_LINE 23.0

void layout_free(struct layout *l)
{
    for (int i = 0; i < FONTS; i++)
        pango_font_description_free(l->fonts[i]);
    g_array_free(l->pieces, TRUE);
    g_array_free(l->items, TRUE);
    g_ptr_array_free(l->texts, TRUE);
    g_object_unref(l->context);
    g_free(l);
}

/* --- Pieces and items ------------------------------------------------------------------------- */

static struct piece *last_piece(struct layout *l)
{
    return &g_array_index(l->pieces, struct piece, l->pieces->len - 1);
}

static void piece_add(struct layout *l, double before, double height)
{
    struct piece piece = {.before = before, .height = height, .first = l->items->len};

    g_array_append_val(l->pieces, piece);
}

static void item_add(struct layout *l, struct item item)
{
    g_array_append_val(l->items, item);
    last_piece(l)->count++;
}

/* In the middle of a line of this pitch: a Chinese character stands 0.88 above its baseline and
 * 0.12 below. */
static double baseline(const struct layout *l, int font)
{
    return l->tight * styles[font].pitch / 2 + 0.38 * styles[font].size;
}

/* `x` and `width`: of the box the line stands in; the line's own indent and alignment come from
 * pango. */
static void line_add(struct layout *l, PangoLayout *text, int n, double x, double width, double y)
{
    PangoLayoutLine *line = pango_layout_get_line_readonly(text, n);
    int used, indent = pango_layout_get_indent(text);
    PangoRectangle box;
    double at = n == 0 ? indent / (double)PANGO_SCALE : 0;

    pango_layout_line_get_extents(line, NULL, &box);
    used = box.width;
    switch (pango_layout_get_alignment(text)) {
    case PANGO_ALIGN_CENTER:
        at = (width - used / (double)PANGO_SCALE) / 2;
        break;
    case PANGO_ALIGN_RIGHT:
        at = width - used / (double)PANGO_SCALE;
        break;
    case PANGO_ALIGN_LEFT:
        break;
    }
    item_add(l, (struct item){.kind = ITEM_LINE, .x = x + at, .y = y, .line = line});
}

static PangoLayout *styled(struct layout *l, const struct block *block, double width)
{
    const struct style *style = &styles[block->style];
    PangoLayout *text = layout_text(l, (int)block->style, block->text, width - 2 * style->inset,
                                    style->indent * style->size);

    pango_layout_set_alignment(text, style->align);
    return text;
}

/* A paragraph: its first two and its last two lines stay together. */
static void place_text(struct layout *l, const struct block *block)
{
    const struct style *style = &styles[block->style];
    PangoLayout *text = styled(l, block, WIDTH);
    int lines = pango_layout_get_line_count(text);

    for (int i = 0; i < lines; i++) {
        piece_add(l, i == 0 ? l->tight * style->before : 0, l->tight * style->pitch);
        last_piece(l)->keep = i + 1 < lines && (i == 0 || i + 2 == lines);
        if (i + 1 == lines && (block->style == PDF_HEADING || block->style == PDF_TITLE ||
                               block->style == PDF_ISSUER))
            last_piece(l)->keep = true;
        if (block->style == PDF_QUOTE)
            item_add(l, (struct item){.kind = ITEM_RULE,
                                      .x = LEFT + style->inset / 2,
                                      .h = l->tight * style->pitch});
        line_add(l, text, i, LEFT + style->inset, WIDTH - 2 * style->inset,
                 baseline(l, (int)block->style));
    }
}

/* --- Tables ----------------------------------------------------------------------------------- */

static void verticals(struct layout *l, const struct block *table)
{
    double x = LEFT, height = last_piece(l)->height;

    item_add(l, (struct item){.kind = ITEM_RULE, .x = x, .h = height});
    for (size_t i = 0; i < table->n; i++) {
        x += table->columns[i].share * WIDTH;
        item_add(l, (struct item){.kind = ITEM_RULE, .x = x, .h = height});
    }
}

static void across(struct layout *l, double y)
{
    item_add(l, (struct item){.kind = ITEM_RULE, .x = LEFT, .y = y, .w = WIDTH});
}

/* One row as pieces of one line each, so that a long cell goes on on the next page. */
static void place_row(struct layout *l, const struct block *table, const char *const *cells,
                      int font, guint head)
{
    PangoLayout *texts[16];
    int most = 1;

    for (size_t i = 0; i < table->n; i++) {
        texts[i] = layout_text(l, font, cells[i], table->columns[i].share * WIDTH - 2 * CELL_X, 0);
        if (table->columns[i].centred)
            pango_layout_set_alignment(texts[i], PANGO_ALIGN_CENTER);
        most = MAX(most, pango_layout_get_line_count(texts[i]));
    }
    for (int n = 0; n < most; n++) {
        bool top = n == 0, bottom = n + 1 == most;
        double x = LEFT,
               height = l->tight * styles[font].pitch + (top ? CELL_Y : 0) + (bottom ? CELL_Y : 0);

        piece_add(l, 0, height);
        last_piece(l)->table = table;
        last_piece(l)->head = head;
        last_piece(l)->keep = font == FONT_HEAD || (!bottom && most <= ROW_WHOLE);
        if (font == FONT_HEAD)
            item_add(l, (struct item){.kind = ITEM_FILL, .x = x, .w = WIDTH, .h = height});
        for (size_t i = 0; i < table->n; i++) {
            double width = table->columns[i].share * WIDTH;

            if (n < pango_layout_get_line_count(texts[i]))
                line_add(l, texts[i], n, x + CELL_X, width - 2 * CELL_X,
                         (top ? CELL_Y : 0) + baseline(l, font));
            x += width;
        }
        verticals(l, table);
        if (font == FONT_HEAD)
            across(l, 0);
        if (bottom)
            across(l, height);
    }
}

static void place_table(struct layout *l, const struct block *table)
{
    const char *titles[16];
    guint head = l->pieces->len;

    g_assert(table->n <= G_N_ELEMENTS(titles));
    for (size_t i = 0; i < table->n; i++)
        titles[i] = table->columns[i].title;
    place_row(l, table, titles, FONT_HEAD, head);
    g_array_index(l->pieces, struct piece, head).before = 4;
    for (size_t i = 0; i < table->rows; i++)
        place_row(l, table, table->cells + i * table->n, FONT_CELL, head);
}

/* --- Groups ----------------------------------------------------------------------------------- */

/* Texts beside a QR code: one piece; returns the last block that it took. */
static const struct block *place_qr(struct layout *l, const struct block *qr)
{
    double width = WIDTH - QR_SIZE - QR_APART, y = 0, x = RIGHT - QR_SIZE - 14;
    const struct block *last = qr;

    piece_add(l, 0, 0);
    for (; last->next && last->next->kind == BLOCK_TEXT; last = last->next) {
        const struct block *block = last->next;
        const struct style *style = &styles[block->style];
        PangoLayout *text = styled(l, block, width);

        y += y > 0 ? l->tight * style->before : 0;
        for (int i = 0; i < pango_layout_get_line_count(text); i++) {
            line_add(l, text, i, LEFT + style->inset, width - 2 * style->inset,
                     y + baseline(l, (int)block->style));
            y += l->tight * style->pitch;
        }
    }
    item_add(l, (struct item){
                    .kind = ITEM_QR, .x = x, .y = 4, .w = QR_SIZE, .h = QR_SIZE, .text = qr->text});
    PangoLayout *caption = layout_text(l, FONT_FOOT, qr->more, 0, 0);
    pango_layout_set_alignment(caption, PANGO_ALIGN_CENTER);
    line_add(l, caption, 0, x - 14, QR_SIZE + 28, 4 + QR_SIZE + 14);
    last_piece(l)->height = MAX(y, 4 + QR_SIZE + 22);
    return last;
}

static void place_sign(struct layout *l, const struct block *sign)
{
    double centre = LEFT + WIDTH * 0.78, height = (double)sign->n * SIGN_LINE;
    double seal = MAX(0, (height - SEAL_SIZE) / 2);
    PangoLayout *text;

    if (l->pieces->len) /* a seal does not stand on a page without text */
        last_piece(l)->keep = true;
    piece_add(l, l->tight * 14, MAX(height, SEAL_SIZE));
    for (size_t i = 0; i < sign->n; i++) {
        text = layout_text(l, PDF_FLUSH, sign->cells[i], 0, 0);
        line_add(l, text, 0, LEFT, WIDTH / 2, (double)i * SIGN_LINE + SIGN_LINE / 2 + 4);
    }
    item_add(l, (struct item){.kind = ITEM_SEAL,
                              .x = centre,
                              .y = seal + SEAL_SIZE / 2,
                              .w = SEAL_SIZE,
                              .h = SEAL_SIZE});
    const char *const words[] = {"印章处", sign->text, sign->more};
    const double below[] = {16, SEAL_SIZE / 2 - 8, SEAL_SIZE / 2 + 12};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        text = layout_text(l, i ? PDF_FLUSH : FONT_FOOT, words[i], 0, 0);
        pango_layout_set_alignment(text, PANGO_ALIGN_CENTER);
        line_add(l, text, 0, centre - 100, 200, seal + below[i]);
    }
}

static void place_blocks(struct layout *l)
{
    double space = 0;

    for (const struct block *block = l->pdf->first; block; block = block->next) {
        guint first = l->pieces->len;

        switch (block->kind) {
        case BLOCK_TEXT:
            place_text(l, block);
            break;
        case BLOCK_SPACE:
            space += block->points;
            continue;
        case BLOCK_TABLE:
            place_table(l, block);
            break;
        case BLOCK_QR:
            block = place_qr(l, block);
            break;
        case BLOCK_QR_END:
            continue;
        case BLOCK_SIGN:
            place_sign(l, block);
            break;
        case BLOCK_COPY:
            piece_add(l, 0, 0);
            last_piece(l)->copy = true;
            break;
        }
        g_array_index(l->pieces, struct piece, first).before += l->tight * space;
        space = 0;
    }
}

/* One for the program: pango's own default is one for each thread, and a font map is megabytes. */
static PangoFontMap *shared_map(void)
{
    static PangoFontMap *map;

    if (!map) {
        map = pango_cairo_font_map_new();
        pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map), 72);
    }
    return map;
}

struct layout *layout_make(const struct pdf *pdf, double tight)
{
    struct layout *l = g_new0(struct layout, 1);
    PangoFontMap *map = shared_map();

    l->pdf = pdf;
    l->tight = tight;
    l->context = pango_font_map_create_context(map);
    pango_context_set_language(l->context, pango_language_from_string("zh-cn"));
    pango_context_set_base_dir(l->context, PANGO_DIRECTION_LTR);
    for (int i = 0; i < FONTS; i++) {
        l->fonts[i] = pango_font_description_from_string(styles[i].font);
        pango_font_description_set_absolute_size(l->fonts[i], styles[i].size * PANGO_SCALE);
    }
    l->pieces = g_array_new(FALSE, TRUE, sizeof(struct piece));
    l->items = g_array_new(FALSE, TRUE, sizeof(struct item));
    l->texts = g_ptr_array_new_with_free_func(g_object_unref);
    place_blocks(l);
    return l;
}
