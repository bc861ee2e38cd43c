#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/knowledge/knowledge.h"

/* Blanks and line ends are the layout's, not the text's. */
static bool blank(struct str text, size_t *at)
{
    if (text.at[*at] == ' ' || text.at[*at] == '\n' || text.at[*at] == '\f') {
        ++*at;
        return true;
    }
    return false;
}

struct str story_pdf_text(struct world *w)
{
    const char *path = world_f(w, "%s/paper.pdf", w->folder);
    FILE *file = fopen(path, "wb");
    struct buf packed = buf_new(&w->home, (size_t)1024 * 1024), text = packed;
    char part[4096];
    size_t n;

    assert_true(str_starts(w->body, S("%PDF-")));
    if (!file || fwrite(w->body.at, 1, w->body.len, file) != w->body.len || fclose(file))
        fail_msg("%s cannot be written", path);
    if (system("pdftotext -v >/dev/null 2>&1")) {
        print_message("pdftotext (poppler-utils) is missing: what papers say is not tested\n");
        return (struct str){0};
    }
    FILE *in = popen(world_f(w, "pdftotext -enc UTF-8 -layout %s -", path), "r");
    if (!in)
        fail_msg("pdftotext does not start");
    text = buf_new(&w->home, (size_t)1024 * 1024);
    while ((n = fread(part, 1, sizeof part, in)) > 0)
        buf_add(&text, (struct str){part, n});
    if (pclose(in))
        fail_msg("pdftotext failed");
    struct str all = buf_str(&text);
    for (size_t i = 0; i < all.len;)
        if (!blank(all, &i))
            buf_add_char(&packed, all.at[i++]);
    return buf_str(&packed);
}

bool story_pdf_says(struct world *w, struct str text, const char *words)
{
    struct buf packed = buf_new(&w->home, 4096);
    struct str wanted = str_of(words);

    for (size_t i = 0; i < wanted.len;)
        if (!blank(wanted, &i))
            buf_add_char(&packed, wanted.at[i++]);
    return !text.len || str_find(text, buf_str(&packed)) != SIZE_MAX;
}

/* --- A form as it stands on the page --- */

/* The value of an attribute inside a tag; false when it has none of that name. */
static bool attribute(struct str tag, const char *name, struct str *ret_value)
{
    char mark[40];
    snprintf(mark, sizeof mark, " %s=\"", name);
    size_t at = str_find(tag, str_of(mark));

    if (at == SIZE_MAX)
        return false;
    *ret_value = str_from(tag, at + strlen(mark));
    *ret_value = str_first(*ret_value, str_find(*ret_value, S("\"")));
    return true;
}

static void add_field(struct world *w, struct buf *form, struct str name, struct str value)
{
    if (str_is(name, "_csrf") || str_is(name, "_key"))
        return;
    buf_format(form, "%.*s=%s&", STR_ARG(name), world_escape(w, str_terminated(&w->home, value)));
}

static void add_input(struct world *w, struct buf *form, struct str tag)
{
    struct str name, type = {0}, value = {0};

    if (!attribute(tag, "name", &name))
        return;
    (void)attribute(tag, "type", &type);
    (void)attribute(tag, "value", &value);
    if (str_is(type, "file"))
        return;
    if ((str_is(type, "checkbox") || str_is(type, "radio")) &&
        str_find(tag, S(" checked")) == SIZE_MAX)
        return;
    add_field(w, form, name, value);
}

static void add_select(struct world *w, struct buf *form, struct str tag, struct str inside)
{
    struct str name, option, value = {0};

    if (!attribute(tag, "name", &name))
        return;
    inside = str_first(inside, str_find(inside, S("</select>")));
    for (size_t at; (at = str_find(inside, S("<option"))) != SIZE_MAX;) {
        inside = str_from(inside, at);
        option = str_first(inside, str_find(inside, S(">")));
        if (str_find(option, S(" selected")) != SIZE_MAX)
            (void)attribute(option, "value", &value);
        inside = str_from(inside, 7);
    }
    add_field(w, form, name, value);
}

const char *story_form(struct world *w, const char *action)
{
    struct buf form = buf_new(&w->home, (size_t)4 * 1024 * 1024);
    struct str mark = str_of(world_f(w, "action=\"%s\" method=\"post\"", action)), name;
    size_t at = str_find(w->body, mark);

    if (at == SIZE_MAX)
        fail_msg("no form to %s", action);
    struct str page = str_from(w->body, at);
    page = str_first(page, str_find(page, S("</form>")));
    while ((at = str_find(page, S("<"))) != SIZE_MAX) {
        page = str_from(page, at);
        struct str tag = str_first(page, str_find(page, S(">")));
        struct str after = str_from(page, tag.len + 1);

        if (str_starts(tag, S("<input")))
            add_input(w, &form, tag);
        else if (str_starts(tag, S("<select")))
            add_select(w, &form, tag, after);
        else if (str_starts(tag, S("<textarea")) && attribute(tag, "name", &name))
            add_field(w, &form, name, str_first(after, str_find(after, S("</textarea>"))));
        page = str_from(page, 1);
    }
    return str_terminated(&w->home, buf_str(&form));
}

void story_load(struct world *w, int64_t tenant, const char *name, const char *text)
{
    const char *path = world_f(w, "%s/%s", w->app.data, name);
    struct knowledge_load options = {.tenant = tenant, .errors = stderr};
    struct knowledge_loaded loaded;
    struct task t;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    enum err e = knowledge_load_file(&t, path, &options, &loaded);
    if (!e)
        e = knowledge_follow(&t, w->app.data, NULL);
    if (e)
        fail_msg("%s: %.*s", name, STR_ARG(t.note));
    assert_int_equal(loaded.bad, 0);
    task_end(&t);
}
