/*
 * Any bytes as a table that somebody sends.  When the first line is "sheet" or "strings" the rest
 * is that part of a package that is right otherwise, so that the reader of the markup is reached.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <zip.h>

#include "core/task.h"
#include "paper/xlsx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(zip_t *zip, const char *name, struct str content)
{
    zip_source_t *source = zip_source_buffer(zip, content.at, content.len, 0);
    zip_int64_t at = zip_file_add(zip, name, source, 0);

    assert(at >= 0);
    zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

static struct str package(struct task *t, struct str strings, struct str sheet)
{
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_stat_t status;

    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    add(zip, "xl/sharedStrings.xml", strings);
    add(zip, "xl/worksheets/sheet1.xml", sheet);
    if (zip_close(zip) || zip_source_open(source) || zip_source_stat(source, &status))
        assert(false);
    char *bytes = NEW(t, char, status.size);
    zip_int64_t n = zip_source_read(source, bytes, status.size);
    assert(n == (zip_int64_t)status.size);
    zip_source_close(source);
    zip_source_free(source);
    return (struct str){bytes, status.size};
}

static enum err read(struct task *t, void *arg)
{
    static const char sheet[] =
        "<worksheet><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row></worksheet>";
    struct str content = *(const struct str *)arg;
    struct list rows;

    if (str_starts(content, S("sheet\n")))
        content = package(t, S("<sst><si><t>a</t></si></sst>"), str_from(content, 6));
    else if (str_starts(content, S("strings\n")))
        content = package(t, str_from(content, 8), str_of(sheet));
    enum err e = sheet_read(t, content, &rows);
    if (e)
        return e;
    assert(rows.count <= SHEET_ROWS);
    LIST_EACH (struct sheet_row, row, rows) {
        for (size_t i = 0; i < SHEET_COLUMNS; i++) {
            assert(row->cells[i].len <= SHEET_CELL);
            assert(utf8_valid(row->cells[i]));
        }
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str content = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, read, &content);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_TOO_LARGE || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
