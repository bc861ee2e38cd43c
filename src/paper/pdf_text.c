/*
 * pdf_text.c - text with marks as pango lays it out: bold runs, blanks, and what must not be
 * broken.
 */
#include "paper/pdf_layout.h"

#include <string.h>
#include <wchar.h>

/* Longer runs of Latin text are broken after all: a line would stay half empty. */
enum { UNBROKEN_MOST = 34 };

static void attribute(PangoAttrList *list, PangoAttribute *attribute, size_t from, size_t to)
{
    attribute->start_index = (guint)from;
    attribute->end_index = (guint)to;
    pango_attr_list_insert(list, attribute);
}

/* The text without marks; the marks become attributes. */
static GString *take_marks(const char *text, PangoAttrList *list)
{
    GString *plain = g_string_new(NULL);
    gsize bold = G_MAXSIZE, blank = G_MAXSIZE;

    for (const char *c = text;; c++) {
        if (!*c || *c == PDF_PLAIN[0]) {
            if (bold != G_MAXSIZE)
                attribute(list, pango_attr_weight_new(PANGO_WEIGHT_BOLD), bold, plain->len);
            if (blank != G_MAXSIZE)
                attribute(list, pango_attr_underline_new(PANGO_UNDERLINE_LOW), blank, plain->len);
            bold = blank = G_MAXSIZE;
            if (!*c)
                return plain;
        } else if (*c == PDF_BOLD[0]) {
            bold = plain->len;
        } else if (*c == PDF_BLANK[0]) {
            blank = plain->len;
        } else if (*c == '\t') {
            g_string_append_c(plain, ' ');
        } else if (*c == '\n' || (unsigned char)*c >= 0x20) {
            g_string_append_c(plain, *c);
        }
    }
}

static bool is_latin(gunichar c)
{
    return (c > 0x20 && c < 0x7f) || c == 0x2013;
}

static bool is_unit(gunichar c)
{
    return c && wcschr(L"年月日号时分件天元页个人项份名岁条款周次版", (wchar_t)c);
}

static gunichar character(struct str text, size_t at)
{
    uint32_t c = utf8_next(text, &at);

    return c == UINT32_MAX ? 0 : c;
}

/* 2026 年 10 月 27 日, 15 日, LJ01-20261009-04138 and 5550 0148 are one thing each: where the one
 * that begins here ends. */
static size_t unbroken_end(struct str text, size_t at, size_t *ret_characters)
{
    gunichar before = 0;
    bool digit = false;

    for (*ret_characters = 0; at < text.len; (*ret_characters)++) {
        size_t next = at;
        gunichar now = utf8_next(text, &next), after = character(text, next);
        bool to_unit = now == ' ' && digit && (is_unit(after) || g_unichar_isdigit(after));
        bool to_month = now == ' ' && is_unit(before) && g_unichar_isdigit(after);
        bool unit = is_unit(now) && before == ' ';

        if (!is_latin(now) && !to_unit && !to_month && !unit)
            break;
        if (is_latin(now))
            digit = g_unichar_isdigit(now);
        else if (unit)
            digit = false;
        before = now;
        at = next;
    }
    return at;
}

static void forbid_breaks(struct str text, PangoAttrList *list)
{
    size_t at = 0;

    while (at < text.len) {
        size_t characters = 0, end = at;

        if (is_latin(character(text, at)))
            end = unbroken_end(text, at, &characters);
        if (characters > 1 && characters <= UNBROKEN_MOST)
            attribute(list, pango_attr_allow_breaks_new(FALSE), at, end);
        if (end > at)
            at = end;
        else
            utf8_next(text, &at);
    }
}

/* Two punctuation marks side by side share their white space: a closing one gives up its right half
 * before any other, an opening one its left half after an opening one. */
static void share_space(struct str text, PangoAttrList *list)
{
    static const wchar_t closing[] = L"、。，．：；！？）》」』】〕”", opening[] = L"（《「『【〔“";
    gunichar before = 0;
    size_t last = 0, at = 0;

    while (at < text.len) {
        size_t here = at;
        gunichar now = utf8_next(text, &at);
        bool opens = now && wcschr(opening, (wchar_t)now);

        if (before && wcschr(closing, (wchar_t)before) && (opens || wcschr(closing, (wchar_t)now)))
            attribute(list, pango_attr_font_features_new("halt=1"), last, here);
        else if (before && opens && wcschr(opening, (wchar_t)before))
            attribute(list, pango_attr_font_features_new("halt=1"), here, at);
        before = now;
        last = here;
    }
}

PangoLayout *layout_text(struct layout *l, int font, const char *text, double width, double indent)
{
    PangoLayout *layout = pango_layout_new(l->context);
    PangoAttrList *list = pango_attr_list_new();
    char *valid = g_utf8_make_valid(text, -1);
    GString *plain = take_marks(valid, list);

    g_ptr_array_add(l->texts, layout);
    share_space((struct str){plain->str, plain->len}, list);
    forbid_breaks((struct str){plain->str, plain->len}, list);
    pango_layout_set_font_description(layout, l->fonts[font]);
    pango_layout_set_text(layout, plain->str, (int)plain->len);
    pango_layout_set_attributes(layout, list);
    if (width > 0) {
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    }
    pango_layout_set_indent(layout, (int)(indent * PANGO_SCALE));
    pango_attr_list_unref(list);
    g_string_free(plain, TRUE);
    g_free(valid);
    return layout;
}
