/*
 * Every article that a shipped procedure, matter or rule cites is there in the law it names.  Reads
 * statutes.jsonl.zst from the test data ($YIMEN_TEST_DATA); without it the test says so and is
 * skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/json.h"
#include "core/test.h"
#include "modules/catalog/catalog.h"

extern const struct str shipped_procedures[][2], shipped_data[][2];

struct citation {
    struct str law, article; /* 法律援助法, 第四十三条 */
    struct str file;
    struct str version; /* of `laws:`; empty: a citation in the text */
    bool law_found, found;
};

static bool is_numeral(struct str s, size_t at)
{
    static const char *const digits[] = {"一", "二", "三", "四", "五", "六", "七",
                                         "八", "九", "十", "百", "零", "千"};

    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++)
        if (str_starts(str_from(s, at), str_of(digits[i])))
            return true;
    return false;
}

/* 第四十三条 at `at`: its length, 0 when there is none. */
static size_t article_at(struct str s, size_t at)
{
    size_t end = at + 3;

    if (!str_starts(str_from(s, at), S("第")))
        return 0;
    while (is_numeral(s, end))
        end += 3;
    return end > at + 3 && str_starts(str_from(s, end), S("条")) ? end + 3 - at : 0;
}

/* The Chinese characters that end before `at`, a blank between and a year in brackets allowed. */
static struct str name_before(struct str s, size_t at)
{
    size_t end = at, begin;

    if (end && s.at[end - 1] == ' ')
        end--;
    begin = end;
    while (begin >= 3 && (unsigned char)s.at[begin - 3] >= 0xe4 &&
           (unsigned char)s.at[begin - 3] <= 0xe9)
        begin -= 3;
    return (struct str){s.at + begin, end - begin};
}

/* 、第八十八条 goes on with the law before. */
static void collect(struct task *t, struct str file, struct str text, struct list *citations)
{
    struct str law = {0};

    for (size_t at = 0; at < text.len; at++) {
        size_t len = article_at(text, at);
        if (!len)
            continue;
        struct str name = name_before(text, at);
        if (name.len)
            law = name;
        struct citation *citation = list_add(t, citations, sizeof *citation);
        *citation = (struct citation){.law = law, .article = {text.at + at, len}, .file = file};
        at += len - 1;
    }
}

/* The versions that the procedures say they were written after. */
static void collect_versions(struct task *t, struct str file, struct str text,
                             struct list *citations)
{
    struct procedure *p;
    struct list faults;

    if (str_starts(file, S("parts/")))
        return;
    assert_int_equal(procedure_read(t, file, text, procedure_part_shipped, NULL, &p, &faults), OK);
    for (size_t i = 0; i < p->law_count; i++) {
        struct citation *citation = list_add(t, citations, sizeof *citation);
        *citation = (struct citation){.law = p->laws[i].law,
                                      .article = S("版本"),
                                      .file = file,
                                      .version = p->laws[i].version};
    }
}

/* The collection may be older than the file, never newer. */
static bool version_holds(const struct citation *c, struct str date)
{
    return c->version.len && date.len && str_compare(c->version, date) >= 0;
}

static void note_article(struct list citations, struct str law, struct str article, struct str date)
{
    LIST_EACH (struct citation, c, citations) {
        /* A short name in running text stands for the long one. */
        bool same =
            str_ends(law, c->law) || (str_ends(c->law, S("诉讼时效规定")) &&
                                      str_find(law, S("诉讼时效制度若干问题的规定")) != SIZE_MAX);
        if (!same)
            continue;
        c->law_found = true;
        c->found =
            c->found || (c->version.len ? version_holds(c, date) : str_eq(c->article, article));
    }
}

static void read_line(struct task *t, struct str line, struct list citations)
{
    struct task_mark mark = task_mark(t);
    struct json *row;

    if (str_find(line, S("\"region\"")) == SIZE_MAX && json_parse(t, line, &row) == OK)
        note_article(citations, json_get_str(row, "law"), json_get_str(row, "article"),
                     json_get_str(row, "date"));
    task_clear_error(t);
    task_reset(t, mark);
}

static bool read_statutes(struct task *t, FILE *file, struct list citations)
{
    enum { IN = 1 << 17, OUT = 1 << 20 };
    ZSTD_DStream *stream = ZSTD_createDStream();
    char *in = NEW(t, char, IN), *out = NEW(t, char, OUT);
    size_t kept = 0, rows = 0, n;

    while ((n = fread(in, 1, IN, file)) > 0) {
        ZSTD_inBuffer from = {in, n, 0};
        while (from.pos < from.size) {
            ZSTD_outBuffer to = {out, OUT, kept};
            assert_false(ZSTD_isError(ZSTD_decompressStream(stream, &to, &from)));
            struct str rest = {out, to.pos}, line;
            size_t end;
            while ((end = str_find(rest, S("\n"))) != SIZE_MAX) {
                line = str_first(rest, end);
                rest = str_from(rest, end + 1);
                read_line(t, line, citations);
                rows++;
            }
            if (rest.len)
                memmove(out, rest.at, rest.len);
            kept = rest.len;
        }
    }
    ZSTD_freeDStream(stream);
    return rows > 100000;
}

static void every_cited_article_is_there(void **state)
{
    const char *source = getenv("YIMEN_SOURCE"), *data = getenv("YIMEN_TEST_DATA");
    char path[1000];
    struct list citations = {0};
    size_t wrong = 0;
    struct task t;

    (void)state;
    snprintf(path, sizeof path,
             data ? "%s/statutes.jsonl.zst" : "%s/../shared/data/statutes.jsonl.zst",
             data     ? data
             : source ? source
                      : ".");
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("no %s: the citations are not compared with the statutes\n", path);
        skip();
    }
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; shipped_procedures[i][0].at; i++) {
        collect(&t, shipped_procedures[i][0], shipped_procedures[i][1], &citations);
        collect_versions(&t, shipped_procedures[i][0], shipped_procedures[i][1], &citations);
    }
    for (size_t i = 0; shipped_data[i][0].at; i++)
        collect(&t, shipped_data[i][0], shipped_data[i][1], &citations);
    assert_true(citations.count > 100);
    assert_true(read_statutes(&t, file, citations));
    fclose(file);
    LIST_EACH (struct citation, c, citations) {
        /* Not in this collection of statutes. */
        if (c->found || (!c->law_found && str_ends(c->law, S("司法鉴定管理问题的决定"))))
            continue;
        print_error("%.*s: %.*s %.*s\n", STR_ARG(c->file), STR_ARG(c->law), STR_ARG(c->article));
        wrong++;
    }
    assert_int_equal(wrong, 0);
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_cited_article_is_there)};

    return cmocka_run_group_tests_name("law", tests, NULL, NULL);
}
