#include "story.h"

#include <stdio.h>
#include <stdlib.h>

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
