/*
 * Files of laws, answers and cases as somebody might hand them in: JSON lines, CSV, Markdown,
 * packed or not.  Whatever comes is a document whose texts are UTF-8, or refused with a reason;
 * what names an article in a text lies within the text.
 */
#include <assert.h>
#include <stdint.h>

#include "modules/knowledge/cite.h"
#include "modules/knowledge/knowledge_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 40 };

static void check_text(struct task *t, struct str text)
{
    assert(utf8_valid(text));
    struct list cites = cites_find(t, text, S("某法"));
    LIST_EACH (const struct cite, cite, cites) {
        assert(cite->begin < cite->end && cite->end <= text.len);
        (void)cite_key(t, cite->law, cite->article);
    }
}

static void read_object(struct task *t, const struct json *json)
{
    struct doc doc;

    if (doc_of_json(t, json, &doc)) {
        assert(t->note.len);
        task_clear_error(t);
        return;
    }
    check_text(t, doc.kind == DOC_ARTICLE  ? doc.article.text
                  : doc.kind == DOC_ANSWER ? doc.answered.answer
                                           : doc.one.text);
}

static void read_json(struct task *t, struct str line)
{
    struct json *json;

    if (!json_parse(t, line, &json))
        read_object(t, json);
    task_clear_error(t);
}

static void read_csv(struct task *t, struct csv *csv, struct str line)
{
    struct str fields[FIELDS];
    size_t count;

    if (!csv_split(t, line, fields, FIELDS, &count))
        return;
    assert(count <= FIELDS);
    if (!csv->count)
        for (csv->count = 0; csv->count < count; csv->count++)
            csv->names[csv->count] = str_copy(t, fields[csv->count]);
    else
        read_object(t, csv_json(t, csv, fields, count));
}

static enum err read_input(struct task *t, void *arg)
{
    const struct str *input = arg;
    char format = input->len ? input->at[0] : 0;
    struct markdown *markdown = markdown_new(t, S("某法"));
    struct csv csv = {.count = 0};
    struct article article;
    struct lines *lines;
    struct str line;
    bool cut;
    enum err e = lines_of_text(t, str_from(*input, 1), format & 4, &lines);

    while (!e && lines_next(lines, &line, &cut)) {
        if (cut || !utf8_valid(line))
            continue;
        if ((format & 3) == 0)
            read_json(t, line);
        else if ((format & 3) == 1)
            read_csv(t, &csv, line);
        else if (markdown_line(t, markdown, &line, &article))
            check_text(t, article.text);
    }
    if (!e && markdown_line(t, markdown, NULL, &article))
        check_text(t, article.text);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = task_protect(&t, read_input, &text);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
