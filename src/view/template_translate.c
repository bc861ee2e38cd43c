/* A template's text in another language, before it is bound. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "view/template_text.h"

struct out {
    char *at;
    size_t len, room;
};

static void add(struct out *out, const char *at, size_t n)
{
    if (out->len + n > out->room) {
        out->room = (out->len + n) * 2;
        out->at = realloc(out->at, out->room);
        if (!out->at)
            abort(); /* at start, with a few hundred kilobytes: nothing can be done */
    }
    if (n)
        memcpy(out->at + out->len, at, n);
    out->len += n;
}

/* Fields get their mark; a translation's own characters cannot end a tag or a quote. */
static void add_run(struct out *out, struct str run, bool translated)
{
    for (size_t i = 0; i < run.len; i++) {
        if (run.at[i] == '{' && i + 1 < run.len && run.at[i + 1] == '{') {
            add(out, "{{~", 3);
            i++;
        } else if (translated && run.at[i] == '<') {
            add(out, "&lt;", 4);
        } else if (translated && run.at[i] == '"') {
            add(out, "&quot;", 6);
        } else {
            add(out, run.at + i, 1);
        }
    }
}

char *template_translate(struct str text, const struct language *language, size_t *ret_len)
{
    struct template_words words = {.text = text};
    struct template_run run;
    struct out out = {0};
    char *key = malloc(text.len + 1);
    size_t done = 0;

    if (!key)
        abort();
    add(&out, "", 0);
    while (template_next_run(&words, &run)) {
        struct str source = {text.at + run.from, run.to - run.from}, said = source;

        if (run.chinese) {
            struct str name = {key, template_run_key(source, key)};
            said = language_text(language, name);
            if (said.at == name.at)
                said = source;
        }
        add(&out, text.at + done, run.from - done);
        add_run(&out, said, said.at != source.at);
        done = run.to;
    }
    add(&out, text.at + done, text.len - done);
    free(key);
    *ret_len = out.len;
    return out.at ? out.at : calloc(1, 1);
}
