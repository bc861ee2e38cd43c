/*
 * text.h - the words that people read, in their language.
 *
 * Chinese is the source: a Chinese text is its own key, and what a language has no translation for
 * stays Chinese.  A catalogue is a gettext file, data/text/<tag>.po; msgfmt checks at build time
 * that a translation takes the same arguments as its key (the file and the line of one that does
 * not end the build), and the result is embedded.
 *
 * Where words are looked up, so that modules seldom have to:
 *   a page's own words   when the template is bound, once for each language (view/template.h)
 *   a field on a page    when it is written, whole: a title, a state, a label (the same place)
 *   task_fail(), task_field_error()   their format
 * What is left are texts that are put together in C: tr(t, "...") around the format or the piece.
 * What is stored (an event, a notice, a paper, a line of the log) stays Chinese: no tr() there.
 * tools/bare-text, part of `make check`, finds what is put together without it.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/str.h"

struct task;

struct language {
    const char *tag;             /* "en": in ?lang= and the cookie; the name of its .po file */
    const char *html;            /* of <html lang> */
    const char *name;            /* in itself */
    const struct str *catalogue; /* a compiled .mo file; NULL: the source */
};

/* The first is the source, Chinese; the list is ended by a NULL tag. */
extern const struct language languages[];
enum { LANGUAGE_MAX = 8 };
/* NULL when there is none of this tag. */
const struct language *language_find(struct str tag);

/* The translation; `key` itself when there is none, and always when `language` is NULL. */
struct str language_text(const struct language *language, struct str key);

/* In the task's language. */
const char *tr(const struct task *t, const char *key) __attribute__((format_arg(2)));
struct str tr_str(const struct task *t, struct str key);

#endif
