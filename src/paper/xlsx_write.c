#include "paper/xlsx.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "core/task.h"

static lxw_worksheet *begin(lxw_workbook *book, char *title, int64_t moment)
{
    lxw_doc_properties about = {.title = title, .created = (time_t)(moment / 1000)};
    lxw_worksheet *sheet = workbook_add_worksheet(book, NULL);

    if (!sheet)
        return NULL;
    workbook_set_properties(book, &about);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9); /* A4 */
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_freeze_panes(sheet, 1, 0);
    worksheet_repeat_rows(sheet, 0, 0);
    return sheet;
}

static void fill(lxw_workbook *book, lxw_worksheet *sheet, const struct sheet_column *columns,
                 size_t n, const char *const *cells, size_t rows)
{
    lxw_format *head = workbook_add_format(book), *body = workbook_add_format(book);

    format_set_bold(head);
    format_set_bg_color(head, 0xF0F0F0);
    format_set_border(head, LXW_BORDER_THIN);
    format_set_text_wrap(body);
    format_set_align(body, LXW_ALIGN_VERTICAL_TOP);
    for (size_t c = 0; c < n; c++) {
        worksheet_set_column(sheet, (lxw_col_t)c, (lxw_col_t)c, columns[c].width, NULL);
        worksheet_write_string(sheet, 0, (lxw_col_t)c, columns[c].title, head);
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < n; c++)
            worksheet_write_string(sheet, (lxw_row_t)r + 1, (lxw_col_t)c, cells[r * n + c], body);
    if (n)
        worksheet_autofilter(sheet, 0, 0, (lxw_row_t)rows, (lxw_col_t)(n - 1));
}

/* The library writes to a file by name: one in memory, that has no name elsewhere. */
static enum err take(struct task *t, int file, struct str *ret_bytes)
{
    struct stat about;

    if (fstat(file, &about))
        return task_fail(t, ERR_INTERNAL, "表格没有生成");
    char *bytes = NEW(t, char, (size_t)about.st_size + 1);
    if (pread(file, bytes, (size_t)about.st_size, 0) != (ssize_t)about.st_size)
        return task_fail(t, ERR_INTERNAL, "表格没有生成");
    *ret_bytes = (struct str){bytes, (size_t)about.st_size};
    return OK;
}

static void close_file(void *file)
{
    close(*(int *)file);
}

enum err sheet_write(struct task *t, struct str title, int64_t moment,
                     const struct sheet_column *columns, size_t n, const struct str *cells,
                     size_t rows, struct str *ret_bytes)
{
    const char **texts = NEW(t, const char *, n *rows + 1);
    char *name = str_terminated(t, title);
    int *file = NEW(t, int, 1);

    for (size_t i = 0; i < n * rows; i++)
        texts[i] = str_terminated(t, cells[i]);
    *file = memfd_create("list", MFD_CLOEXEC);
    if (*file < 0)
        return task_fail(t, ERR_INTERNAL, "表格没有生成");
    task_defer(t, close_file, file);
    char *path = str_terminated(t, str_format(t, "/proc/self/fd/%d", *file));
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = book ? begin(book, name, moment) : NULL;
    if (!sheet)
        return task_fail(t, ERR_INTERNAL, "表格没有生成");
    fill(book, sheet, columns, n, texts, rows);
    if (workbook_close(book) != LXW_NO_ERROR)
        return task_fail(t, ERR_INTERNAL, "表格没有生成");
    return take(t, *file, ret_bytes);
}
