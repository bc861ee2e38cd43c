/*
 * template.h - pages: a logic-less mustache subset, bound to shapes at start.
 *
 * {{name}} writes a field, escaped by its type; {{a.b}} goes into objects and links; {{.}} is not
 * in the subset.  {{#name}}...{{/name}} is shown when the field is true (text not empty, number not
 * 0, list with each element in turn, object, link there); {{^name}} when it is not.  {{>partial}}
 * includes another template in the current context.  {{!comment}}.  A name is looked for in the
 * innermost section's shape, then outwards, then in the shell.  There is no unescaped tag: only a
 * field of type F_HTML is written as it is.  A tag alone on its line leaves no empty line.
 *
 * Every name is resolved when the template is bound: a name that does not exist fails at start.
 * Templates are embedded (generated table `template_files`).  The Chinese text in a template is the
 * key of the text catalogue (core/text.h, view/template_text.h): a template is bound once for each
 * language, its own words and the attributes that people read already translated, so a page costs
 * no more.  In another language than Chinese a text field that people read (not in `value`, not in
 * a textarea, not directly in an element with translate="no") is looked up when it is written:
 * words of the program and titles of shipped data are keys, and what has no translation stays as it
 * is.
 */
#ifndef VIEW_TEMPLATE_H
#define VIEW_TEMPLATE_H

#include "core/buf.h"
#include "core/shape.h"

struct language;
struct template; /* bound; immutable; lives as long as the program */

struct template_file {
    const char *name; /* "orders/order", "shell/staff" */
    const char *text;
    size_t len;
};
extern const struct template_file template_files[]; /* ended by a NULL name */

/* Bind a named template (its partials with it) for a language; NULL: Chinese.  On failure returns
 * NULL and *ret_why says file, line and reason (malloc'ed, for a message that ends the program). */
struct template *template_bind(const char *name, const struct shape *shape,
                               const struct shape *shell, const struct language *language,
                               char **ret_why);
/* The same from text, for tests and for the specification's own cases. */
struct template *template_bind_text(const char *name, struct str text,
                                    const struct template_file *partials, const struct shape *shape,
                                    const struct shape *shell, const struct language *language,
                                    char **ret_why);
void template_free(struct template *template);

void template_render(struct buf *out, const struct template *template, const void *data,
                     const void *shell);

void html_escape(struct buf *out, struct str text);

#endif
