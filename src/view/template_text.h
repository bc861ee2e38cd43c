/*
 * template_text.h - the words that people read in a template, found for the catalogue.
 *
 * A run is a piece of text between two HTML tags, or of an attribute's value, with the {{fields}}
 * in it: `<p>共 {{count}} 件</p>` is one run, and a translation may put the field elsewhere.  What
 * opens, closes or includes ({{#a}}, {{/a}}, {{>b}}) ends a run.  The key of a run is its text
 * without the blanks around it, blanks inside made one.
 *
 * Never words: script, style and textarea, an attribute `value` (it is sent back), comments, and
 * the text directly inside a tag that says translate="no": what somebody wrote, shown as it is.
 *
 * The binder and the tool that gathers keys (tools/text_keys.c) read templates with the same
 * functions.
 */
#ifndef VIEW_TEMPLATE_TEXT_H
#define VIEW_TEMPLATE_TEXT_H

#include "core/str.h"

struct language;

struct template_words { /* a reader; begin with {.text = text} */
    struct str text;
    size_t at;
    bool in_tag, verbatim;
    char quote;           /* inside an attribute's value */
    struct str attribute; /* its name */
    struct str element;   /* of the last tag that began */
};

struct template_run {
    size_t from, to; /* in the text, blanks around it left out */
    bool chinese;
    bool attribute;
};

/* The next run that holds Chinese or a field; false at the end. */
bool template_next_run(struct template_words *words, struct template_run *ret_run);
/* Is there a Chinese character or punctuation mark in it, outside of tags? */
bool text_is_chinese(struct str text);
/* The key, written to `key`, which has room for text.len bytes. */
size_t template_run_key(struct str run, char *key);

/* The template in a language: malloc'ed.  Fields that people read become {{~field}}, which the
 * binder has looked up when they are written. */
char *template_translate(struct str text, const struct language *language, size_t *ret_len);

#endif
