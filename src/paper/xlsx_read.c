/*
 * xlsx_read.c - the first sheet of an XLSX file: libzip unpacks, expat reads.
 *
 * Expat's callbacks do not touch the arena (a jump must not cross its frames): they write into
 * memory that was made before, as large as the part, for text is never longer than its markup.
 */
#include "paper/xlsx_private.h"

#include <expat.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum {
    STRINGS_MOST = 50000,
    TARGET_MOST = 200,
    PARSER_MOST = 4 * 1024 * 1024 /* bytes that expat may hold at one time */
};

struct reading {
    XML_Parser parser;
    char *pool;
    size_t pool_len, pool_size, text_from;
    int phonetic; /* inside <rPh>: how it is said, not what it is */
    bool in_text, refused;
    struct str *strings;
    size_t string_count;
    struct sheet *sheet;
    size_t row, column;
    bool shared;
    char first_sheet[TARGET_MOST], target[TARGET_MOST]; /* id of the relation; its part */
};

/* Deep nesting and a million different names make expat hold many times what it reads.  Its memory
 * is counted, per thread: a parser lives within one call.  Each piece knows its size. */
static _Thread_local size_t parser_held;
union piece {
    size_t size;
    max_align_t aligned;
};

static void *parser_realloc(void *old, size_t size)
{
    union piece *piece = old ? (union piece *)old - 1 : NULL;
    size_t before = piece ? piece->size : 0;

    if (size > PARSER_MOST || parser_held - before + size > PARSER_MOST)
        return NULL;
    piece = realloc(piece, sizeof *piece + size);
    if (!piece)
        return NULL;
    piece->size = size;
    parser_held += size - before;
    return piece + 1;
}

static void *parser_malloc(size_t size)
{
    return parser_realloc(NULL, size);
}

static void parser_free(void *old)
{
    union piece *piece = old ? (union piece *)old - 1 : NULL;

    if (piece)
        parser_held -= piece->size;
    free(piece);
}

static void on_text(void *arg, const char *text, int len)
{
    struct reading *r = arg;

    if (!r->in_text || r->phonetic || r->pool_len + (size_t)len > r->pool_size)
        return;
    memcpy(r->pool + r->pool_len, text, (size_t)len);
    r->pool_len += (size_t)len;
}

/* No table has a document type; entities are how small files become large. */
static void on_doctype(void *arg, const char *name, const char *system, const char *public, int own)
{
    struct reading *r = arg;

    (void)name;
    (void)system;
    (void)public;
    (void)own;
    r->refused = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (!strcmp(attributes[0], name))
            return attributes[1];
    return NULL;
}

/* The name without its prefix: some programs write <x:row>. */
static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');

    return colon ? colon + 1 : name;
}

/* --- Which sheet is first --- */

static void on_workbook(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;
    const char *id = NULL;

    if (strcmp(local(name), "sheet") || r->first_sheet[0])
        return;
    for (; attributes[0]; attributes += 2)
        if (strchr(attributes[0], ':') && !strcmp(local(attributes[0]), "id"))
            id = attributes[1];
    if (id)
        snprintf(r->first_sheet, sizeof r->first_sheet, "%s", id);
}

static void on_relation(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;
    const char *id = attribute(attributes, "Id"), *target = attribute(attributes, "Target");

    if (!strcmp(local(name), "Relationship") && id && target && !strcmp(id, r->first_sheet))
        snprintf(r->target, sizeof r->target, "%s", target);
}

static void on_nothing(void *arg, const char *name)
{
    (void)arg;
    (void)name;
}

/* --- Shared strings: <si> holds one text in one or several <t> -------------------------------- */

static void on_string_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;

    (void)attributes;
    name = local(name);
    if (!strcmp(name, "si"))
        r->text_from = r->pool_len;
    else if (!strcmp(name, "rPh"))
        r->phonetic++;
    else if (!strcmp(name, "t"))
        r->in_text = true;
}

static void on_string_end(void *arg, const char *name)
{
    struct reading *r = arg;

    name = local(name);
    if (!strcmp(name, "t"))
        r->in_text = false;
    else if (!strcmp(name, "rPh"))
        r->phonetic--;
    else if (!strcmp(name, "si") && r->string_count < STRINGS_MOST)
        r->strings[r->string_count++] =
            (struct str){r->pool + r->text_from, r->pool_len - r->text_from};
}

/* --- The sheet: <row r="3"><c r="B3" t="s"><v>12</v></c></row> -------------------------------- */

/* B3: column 1, row 2; what is not said goes on from the cell before. */
static void locate(struct reading *r, const char *reference)
{
    size_t column = 0;

    if (!reference)
        return;
    for (; *reference >= 'A' && *reference <= 'Z' && column < 100000; reference++)
        column = column * 26 + (size_t)(*reference - 'A' + 1);
    if (column)
        r->column = column - 1;
}

static void on_cell_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;

    name = local(name);
    if (!strcmp(name, "row")) {
        const char *number = attribute(attributes, "r");
        unsigned long row = number ? strtoul(number, NULL, 10) : 0;

        r->column = 0;
        if (row > 0)
            r->row = row - 1;
    } else if (!strcmp(name, "c")) {
        const char *type = attribute(attributes, "t");

        locate(r, attribute(attributes, "r"));
        r->shared = type && !strcmp(type, "s");
        r->text_from = r->pool_len;
    } else if (!strcmp(name, "rPh")) {
        r->phonetic++;
    } else if (!strcmp(name, "v") || !strcmp(name, "t")) {
        r->in_text = true;
    }
}

/* 1.3900001234E10 is a telephone number that a program took for a measure. */
static struct str plain_number(struct reading *r, struct str text)
{
    char digits[32], *end;
    double value;

    if (text.len > 24 || str_find(text, S("E")) == SIZE_MAX)
        return text;
    memcpy(digits, text.at, text.len);
    digits[text.len] = 0;
    value = strtod(digits, &end);
    if (*end || !(value >= 0 && value < 9e15) || value != (double)(int64_t)value)
        return text;
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
    if (r->pool_len + (size_t)n > r->pool_size)
        return text;
    char *at = r->pool + r->pool_len;
    memcpy(at, digits, (size_t)n);
    r->pool_len += (size_t)n;
    return (struct str){at, (size_t)n};
}

static void on_cell_end(void *arg, const char *name)
{
    struct reading *r = arg;

    name = local(name);
    if (!strcmp(name, "v") || !strcmp(name, "t")) {
        r->in_text = false;
    } else if (!strcmp(name, "rPh")) {
        r->phonetic--;
    } else if (!strcmp(name, "c")) {
        struct str text = {r->pool + r->text_from, r->pool_len - r->text_from};
        int64_t index;

        if (!r->shared)
            text = plain_number(r, text);
        else if (str_int(text, &index) && index >= 0 && (size_t)index < r->string_count)
            text = r->strings[index];
        else
            text = (struct str){0};
        sheet_put(r->sheet, r->row, r->column++, text);
    } else if (!strcmp(name, "row")) {
        r->row++;
    }
}

/* --- The file -------------------------------------------------------------------------------- */

static void close_zip(void *zip)
{
    zip_discard(zip);
}

static void free_parser(void *parser)
{
    XML_ParserFree(parser);
}

/* A part of the package; empty when there is none.  What the directory says of its size is the
 * ceiling of what is unpacked. */
static enum err part_of(struct task *t, zip_t *zip, const char *name, struct str *ret_part)
{
    zip_stat_t status;

    *ret_part = (struct str){0};
    if (zip_stat(zip, name, 0, &status) != 0 || !(status.valid & ZIP_STAT_SIZE))
        return OK;
    if (status.size > SHEET_PART)
        return task_fail(t, ERR_TOO_LARGE, "这个表格太大，请只留需要的几列");
    char *at = NEW(t, char, status.size + 1);
    zip_file_t *file = zip_fopen(zip, name, 0);
    zip_int64_t n = file ? zip_fread(file, at, status.size) : -1;
    if (file)
        zip_fclose(file);
    if (n != (zip_int64_t)status.size)
        return task_fail(t, ERR_BAD_INPUT, "这个 XLSX 读不出来，请重新导出");
    *ret_part = (struct str){at, (size_t)n};
    return OK;
}

static enum err parse(struct task *t, struct reading *r, struct str part,
                      XML_StartElementHandler start, XML_EndElementHandler end)
{
    static const XML_Memory_Handling_Suite memory = {parser_malloc, parser_realloc, parser_free};
    XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);

    if (!parser)
        return task_fail(t, ERR_NO_MEMORY, "内存不够");
    task_defer(t, free_parser, parser);
    r->parser = parser;
    r->pool_size = part.len + 64;
    r->pool = NEW(t, char, r->pool_size);
    r->pool_len = r->text_from = 0;
    r->in_text = false;
    r->phonetic = 0;
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    enum XML_Status status = XML_Parse(parser, part.at, (int)part.len, 1);
    if (status != XML_STATUS_OK && XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY)
        return task_fail(t, ERR_TOO_LARGE, "这个表格太复杂，请另存为只有文字的表格");
    if (status != XML_STATUS_OK || r->refused)
        return task_fail(t, ERR_BAD_INPUT, "这个 XLSX 的内容坏了，请重新导出");
    return OK;
}

/* The part of the first sheet, as the workbook says; without a word of it, the usual name. */
static enum err first_sheet(struct task *t, zip_t *zip, struct reading *r, struct str *ret_sheet)
{
    struct str part;
    enum err e = part_of(t, zip, "xl/workbook.xml", &part);

    if (e == OK && part.len)
        e = parse(t, r, part, on_workbook, on_nothing);
    if (e == OK)
        e = part_of(t, zip, "xl/_rels/workbook.xml.rels", &part);
    if (e == OK && part.len)
        e = parse(t, r, part, on_relation, on_nothing);
    if (e)
        return e;
    const char *target = r->target[0] ? r->target : "worksheets/sheet1.xml";
    return part_of(
        t, zip, target[0] == '/' ? target + 1 : str_terminated(t, str_format(t, "xl/%s", target)),
        ret_sheet);
}

enum err xlsx_read(struct task *t, struct str content, struct sheet *sheet)
{
    struct reading r = {.strings = NEW(t, struct str, STRINGS_MOST), .sheet = sheet};
    struct str strings, cells;
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(content.at, content.len, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;

    if (!zip) {
        if (source)
            zip_source_free(source);
        return task_fail(t, ERR_BAD_INPUT, "这个文件不是 XLSX 表格");
    }
    task_defer(t, close_zip, zip);
    enum err e = part_of(t, zip, "xl/sharedStrings.xml", &strings);
    if (e == OK && strings.len)
        e = parse(t, &r, strings, on_string_start, on_string_end);
    if (e == OK)
        e = first_sheet(t, zip, &r, &cells);
    if (e)
        return e;
    if (!cells.len)
        return task_fail(t, ERR_BAD_INPUT, "这个文件里没有表格");
    return parse(t, &r, cells, on_cell_start, on_cell_end);
}
