#include "view/template_text.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct str part(struct str text, size_t from, size_t to)
{
    return (struct str){text.at + from, to - from};
}

static bool begins(struct str text, size_t at, const char *word)
{
    size_t n = strlen(word);

    return text.len - at >= n && strncasecmp(text.at + at, word, n) == 0;
}

static bool is(struct str text, const char *word)
{
    return text.len == strlen(word) && begins(text, 0, word);
}

static size_t find(struct str text, size_t at, const char *word)
{
    while (at < text.len && !begins(text, at, word))
        at++;
    return at;
}

/* The end of the {{tag}} at `at`; *ret_field says whether it only writes a field. */
static size_t tag_end(struct str text, size_t at, bool *ret_field)
{
    size_t end = find(text, at + 2, "}}"), inside = at + 2;

    while (inside < end && is_blank(text.at[inside]))
        inside++;
    *ret_field = inside < end && end < text.len && !strchr("#^/!>{&=", text.at[inside]);
    return end < text.len ? end + 2 : text.len;
}

/* U+2E80 to U+9FFF but the wide blank, and the full-width forms: three bytes of UTF-8 each. */
static bool is_chinese(const unsigned char *at)
{
    if (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80)
        return false;
    return (at[0] == 0xe2 && at[1] >= 0xba) || (at[0] >= 0xe3 && at[0] <= 0xe9) ||
           (at[0] == 0xef && at[1] >= 0xbc && at[1] <= 0xbe);
}

bool text_is_chinese(struct str text)
{
    for (size_t i = 0; i < text.len;) {
        bool field;

        if (begins(text, i, "{{"))
            i = tag_end(text, i, &field);
        else if (text.len - i >= 3 && is_chinese((const unsigned char *)text.at + i))
            return true;
        else
            i++;
    }
    return false;
}

size_t template_run_key(struct str run, char *key)
{
    size_t n = 0;

    for (size_t i = 0; i < run.len; i++) {
        if (!is_blank(run.at[i]))
            key[n++] = run.at[i];
        else if (n && key[n - 1] != ' ')
            key[n++] = ' ';
    }
    return n && key[n - 1] == ' ' ? n - 1 : n;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Outside of tags: a tag begins here, or a comment or an element without words is passed over. */
static bool enter_tag(struct template_words *w)
{
    static const char *const without_words[] = {"script", "style", "textarea"};
    struct str text = w->text;
    size_t name = w->at + 1, end = name;

    if (begins(text, w->at, "<!--")) {
        w->at = find(text, w->at, "-->");
        w->at = w->at + 3 < text.len ? w->at + 3 : text.len;
        return true;
    }
    if (name >= text.len ||
        (!is_letter(text.at[name]) && text.at[name] != '/' && text.at[name] != '!'))
        return false;
    if (text.at[name] == '/') {
        /* The text after the end of a tag stands in another one. */
        name = ++end;
    }
    while (end < text.len &&
           (is_letter(text.at[end]) || (text.at[end] >= '0' && text.at[end] <= '9')))
        end++;
    w->verbatim = false;
    w->element = part(text, name, end);
    if (name > w->at + 1)
        w->element.len = 0;
    for (size_t i = 0; i < sizeof without_words / sizeof without_words[0]; i++)
        w->verbatim |= is(w->element, without_words[i]);
    w->in_tag = true;
    w->at = end;
    return true;
}

/* Inside a tag, outside of quotes. */
static void pass_in_tag(struct template_words *w)
{
    struct str text = w->text;
    char c = text.at[w->at];
    bool field;

    if (begins(text, w->at, "{{")) {
        w->at = tag_end(text, w->at, &field);
        return;
    }
    if (c == '"' || c == '\'')
        w->quote = c;
    if (c == '>')
        w->in_tag = false;
    if (c == '=') {
        size_t from = w->at;
        while (from > 0 && (is_letter(text.at[from - 1]) || text.at[from - 1] == '-'))
            from--;
        w->attribute = part(text, from, w->at);
        if (begins(text, w->at, "=\"no\"") && is(w->attribute, "translate"))
            w->verbatim = true;
    }
    w->at++;
}

/* A field alone is words in these attributes; Chinese is in any. */
static bool read_by_people(struct str attribute)
{
    return is(attribute, "title") || is(attribute, "placeholder") || is(attribute, "aria-label") ||
           is(attribute, "alt") || is(attribute, "data-confirm");
}

/* From here to the end of the run: a tag, a quote, or a {{tag}} that is no field. */
static void take_run(struct template_words *w, struct template_run *run, bool *ret_field)
{
    struct str text = w->text;
    bool field = true;

    *run = (struct template_run){.from = w->at, .attribute = w->quote};
    *ret_field = false;
    while (w->at < text.len) {
        if (w->quote ? text.at[w->at] == w->quote : text.at[w->at] == '<')
            break;
        if (begins(text, w->at, "{{")) {
            size_t end = tag_end(text, w->at, &field);
            if (!field)
                break;
            *ret_field = true;
            w->at = end;
        } else {
            w->at++;
        }
    }
    run->to = w->at;
    while (run->from < run->to && is_blank(text.at[run->from]))
        run->from++;
    while (run->to > run->from && is_blank(text.at[run->to - 1]))
        run->to--;
    run->chinese = text_is_chinese(part(text, run->from, run->to));
}

bool template_next_run(struct template_words *w, struct template_run *ret_run)
{
    while (w->at < w->text.len) {
        char c = w->text.at[w->at];
        bool has_field, tag_is_field;

        if (w->quote && c == w->quote) {
            w->quote = 0;
            w->at++;
            continue;
        }
        if (w->in_tag && !w->quote) {
            pass_in_tag(w);
            continue;
        }
        if (!w->quote && c == '<') {
            if (!enter_tag(w))
                w->at++;
            continue;
        }
        if (begins(w->text, w->at, "{{")) {
            size_t end = tag_end(w->text, w->at, &tag_is_field);
            if (!tag_is_field) {
                w->at = end;
                continue;
            }
        }
        take_run(w, ret_run, &has_field);
        bool words = ret_run->attribute ? !is(w->attribute, "value") &&
                                              (ret_run->chinese || read_by_people(w->attribute))
                                        : !w->verbatim;
        if (words && (ret_run->chinese || has_field))
            return true;
    }
    return false;
}
