/*
 * The first sheet of an XLSX file: libzip unpacks, expat reads.  Expat's callbacks do not touch the
 * arena (a jump must not cross its frames): they write into memory that was made before.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "core/task.h"
#include "modules/desk/register.h"

enum { PART_MOST = 8 * 1024 * 1024, STRINGS_MOST = 20000 };

struct reading {
    char *pool; /* as large as the part: text cannot be longer than it */
    size_t pool_len, pool_size;
    size_t text_from;
    bool in_text;
    /* shared strings */
    struct str *strings;
    size_t string_count;
    /* the sheet */
    struct roster_table *table;
    size_t row, column;
    bool shared, too_many;
};

static void on_text(void *arg, const char *text, int len)
{
    struct reading *r = arg;

    if (!r->in_text || r->pool_len + (size_t)len > r->pool_size)
        return;
    memcpy(r->pool + r->pool_len, text, (size_t)len);
    r->pool_len += (size_t)len;
}

/* --- Shared strings: <si> holds one text in one or several <t> -------------------------------- */

static void on_string_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;

    (void)attributes;
    if (strcmp(name, "si") == 0)
        r->text_from = r->pool_len;
    else if (strcmp(name, "t") == 0)
        r->in_text = true;
}

static void on_string_end(void *arg, const char *name)
{
    struct reading *r = arg;

    if (strcmp(name, "t") == 0)
        r->in_text = false;
    if (strcmp(name, "si") == 0 && r->string_count < STRINGS_MOST)
        r->strings[r->string_count++] =
            (struct str){r->pool + r->text_from, r->pool_len - r->text_from};
}

/* --- The sheet: <row><c r="B3" t="s"><v>12</v></c></row> -------------------------------------- */

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

static size_t column_of(const char *reference, size_t otherwise)
{
    size_t column = 0;

    if (!reference)
        return otherwise;
    for (; *reference >= 'A' && *reference <= 'Z' && column < 1000; reference++)
        column = column * 26 + (size_t)(*reference - 'A' + 1);
    return column ? column - 1 : otherwise;
}

static void on_cell_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;

    if (strcmp(name, "row") == 0) {
        r->column = 0;
    } else if (strcmp(name, "c") == 0) {
        const char *type = attribute(attributes, "t");
        r->column = column_of(attribute(attributes, "r"), r->column);
        r->shared = type && strcmp(type, "s") == 0;
        r->text_from = r->pool_len;
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        r->in_text = true;
    }
}

static void on_cell_end(void *arg, const char *name)
{
    struct reading *r = arg;

    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        r->in_text = false;
    } else if (strcmp(name, "c") == 0) {
        struct str text = {r->pool + r->text_from, r->pool_len - r->text_from};
        int64_t index;
        if (r->shared && str_int(text, &index) && index >= 0 && (size_t)index < r->string_count)
            text = r->strings[index];
        if (r->row < ROSTER_ROWS && r->column < ROSTER_COLUMNS)
            r->table->cells[r->row][r->column] = str_trim(text);
        r->column++;
    } else if (strcmp(name, "row") == 0) {
        r->too_many = r->row >= ROSTER_ROWS;
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

/* A part of the package; empty when there is none. */
static enum err part_of(struct task *t, zip_t *zip, const char *name, struct str *ret_part)
{
    zip_stat_t status;

    *ret_part = (struct str){0};
    if (zip_stat(zip, name, 0, &status) != 0 || !(status.valid & ZIP_STAT_SIZE))
        return OK;
    if (status.size > PART_MOST)
        return task_fail(t, ERR_BAD_INPUT, "这个表格太大，请只留名册的几列");
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
    XML_Parser parser = XML_ParserCreate(NULL);

    if (!parser)
        return ERR_NO_MEMORY;
    task_defer(t, free_parser, parser);
    r->pool = NEW(t, char, part.len + 1);
    r->pool_len = 0;
    r->pool_size = part.len;
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, on_text);
    if (XML_Parse(parser, part.at, (int)part.len, 1) != XML_STATUS_OK)
        return task_fail(t, ERR_BAD_INPUT, "这个 XLSX 的内容坏了，请重新导出");
    return OK;
}

enum err roster_xlsx(struct task *t, struct str content, struct roster_table *table)
{
    struct reading r = {.strings = NEW(t, struct str, STRINGS_MOST), .table = table};
    struct str strings, sheet;
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
    if (e == OK)
        e = part_of(t, zip, "xl/worksheets/sheet1.xml", &sheet);
    if (e)
        return e;
    if (!sheet.len)
        return task_fail(t, ERR_BAD_INPUT, "这个文件里没有表格");
    if (strings.len && (e = parse(t, &r, strings, on_string_start, on_string_end)))
        return e;
    e = parse(t, &r, sheet, on_cell_start, on_cell_end);
    if (e)
        return e;
    if (r.too_many)
        return task_fail(t, ERR_BAD_INPUT, "一次最多读入 200 人，请把表格分成几份");
    table->rows = r.row;
    return OK;
}
