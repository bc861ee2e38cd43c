/*
 * report.c - the report of a simulation: a workbook with a sheet for each table, and a page that
 * needs nothing but itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#include "simulate/tables.h"

enum { PAGE_MOST = 4 * 1024 * 1024 };

/* --- The workbook -------------------------------------------------------------------------------
 */

static void write_sheet(struct task *t, lxw_workbook *book, const struct sim_table *table,
                        lxw_format *head, lxw_format *const formats[3])
{
    lxw_worksheet *sheet = workbook_add_worksheet(book, table->title);
    size_t i = 0;

    if (!sheet || !table->column_count)
        return;
    worksheet_freeze_panes(sheet, 1, 1);
    worksheet_set_column(sheet, 0, 0, 26, NULL);
    worksheet_set_column(sheet, 1, (lxw_col_t)(table->column_count - 1), 13, NULL);
    for (size_t c = 0; c < table->column_count; c++)
        worksheet_write_string(sheet, 0, (lxw_col_t)c, table->columns[c], head);
    LIST_EACH (struct sim_cell, cell, table->cells) {
        lxw_row_t r = (lxw_row_t)(1 + i / table->column_count);
        lxw_col_t c = (lxw_col_t)(i++ % table->column_count);

        if (cell->is_number)
            worksheet_write_number(sheet, r, c, cell->number, formats[cell->digits]);
        else
            worksheet_write_string(sheet, r, c, str_terminated(t, cell->text), NULL);
    }
    if (i)
        worksheet_autofilter(sheet, 0, 0, (lxw_row_t)(i / table->column_count),
                             (lxw_col_t)(table->column_count - 1));
}

static enum err write_book(struct task *t, const struct list *tables, const char *file)
{
    static const char *const numbers[3] = {"#,##0", "#,##0.0", "#,##0.00"};
    lxw_workbook *book = workbook_new(file);
    lxw_format *head, *formats[3];

    if (!book)
        return task_fail(t, ERR_STORE, "不能写 %s", file);
    head = workbook_add_format(book);
    format_set_bold(head);
    format_set_text_wrap(head);
    format_set_bg_color(head, 0xE8EEF7);
    format_set_bottom(head, LXW_BORDER_THIN);
    for (int i = 0; i < 3; i++) {
        formats[i] = workbook_add_format(book);
        format_set_num_format(formats[i], numbers[i]);
    }
    LIST_EACH (struct sim_table, table, *tables)
        write_sheet(t, book, table, head, formats);
    if (workbook_close(book) != LXW_NO_ERROR)
        return task_fail(t, ERR_STORE, "不能写 %s：%s", file, strerror(errno));
    return OK;
}

/* --- The page -----------------------------------------------------------------------------------
 */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<title>模拟一年 - 报告</title><style>\n"
    ":root{--ink:#1d2733;--soft:#5b6775;--line:#dfe5ec;--bar:#c9dcf5;--deep:#1f5fae;--back:#f5f7fa}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);"
    "font:15px/1.6 system-ui,\"Noto Sans CJK SC\",\"Microsoft YaHei\",sans-serif}\n"
    "main{max-width:1200px;margin:0 auto;padding:32px 20px 80px}h1{font-size:28px;margin:0 0 4px}\n"
    "p{color:var(--soft);margin:0 0 16px}.tiles{display:grid;gap:12px;margin:24px 0;"
    "grid-template-columns:repeat(auto-fit,minmax(170px,1fr))}\n"
    ".tiles div{background:#fff;border:1px solid var(--line);border-radius:10px;padding:14px 16px}\n"
    ".tiles b{display:block;font-size:26px;font-weight:600;color:var(--deep)}"
    ".tiles span{color:var(--soft)}\n"
    "section{background:#fff;border:1px solid var(--line);border-radius:10px;padding:18px 20px;"
    "margin:0 0 20px;overflow-x:auto}\n"
    "h2,summary{font-size:18px;font-weight:600;margin:0 0 8px}summary{cursor:pointer;margin:0}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th{font-weight:500;color:var(--soft);border-bottom:2px solid var(--line);padding:6px 10px;"
    "text-align:right;white-space:nowrap}td{border-bottom:1px solid var(--line);padding:5px 10px;"
    "text-align:right;white-space:nowrap}\n"
    "th:first-child,td.word{text-align:left}tr:hover td{background-color:#f3f7fc}\n"
    "@media print{body{background:#fff}section{break-inside:avoid}}\n"
    "</style></head><body><main>\n";

static void add_escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '<')
            buf_add(b, S("&lt;"));
        else if (c == '&')
            buf_add(b, S("&amp;"));
        else if (c == '"')
            buf_add(b, S("&quot;"));
        else
            buf_add_char(b, c);
    }
}

static void add_number(struct buf *b, double number, int digits)
{
    char plain[64];
    int n = snprintf(plain, sizeof plain, "%.*f", digits, number), point = n;

    for (int i = 0; i < n; i++)
        if (plain[i] == '.')
            point = i;
    for (int i = 0; i < n; i++) {
        if (i && i < point && (point - i) % 3 == 0 && plain[i - 1] != '-')
            buf_add_char(b, ',');
        buf_add_char(b, plain[i]);
    }
}

static double largest(const struct sim_table *table)
{
    double most = 0;
    size_t i = 0;

    LIST_EACH (struct sim_cell, cell, table->cells) {
        if (i++ % table->column_count == (size_t)table->bar && cell->number > most)
            most = cell->number;
    }
    return most;
}

static void add_cell(struct buf *b, const struct sim_table *table, const struct sim_cell *cell,
                     size_t column, double most)
{
    int percent = most > 0 ? (int)(cell->number / most * 100) : 0;

    if (!cell->is_number) {
        buf_add(b, S("<td class=\"word\">"));
        add_escaped(b, cell->text);
    } else if (table->bar && column == (size_t)table->bar) {
        buf_format(b,
                   "<td style=\"background-image:linear-gradient(to left,var(--bar) %d%%,"
                   "transparent %d%%)\">",
                   percent, percent);
        add_number(b, cell->number, cell->digits);
    } else {
        buf_add(b, S("<td>"));
        add_number(b, cell->number, cell->digits);
    }
    buf_add(b, S("</td>"));
}

static void add_table(struct buf *b, const struct sim_table *table)
{
    double most = table->bar ? largest(table) : 0;
    size_t i = 0;

    if (!table->column_count)
        return;

    buf_format(b,
               table->folded ? "<section><details><summary>%s</summary>" : "<section><h2>%s</h2>",
               table->title);
    if (*table->note)
        buf_format(b, "<p>%s</p>", table->note);
    buf_add(b, S("<table><thead><tr>"));
    for (size_t c = 0; c < table->column_count; c++)
        buf_format(b, "<th>%s</th>", table->columns[c]);
    buf_add(b, S("</tr></thead><tbody>\n"));
    LIST_EACH (struct sim_cell, cell, table->cells) {
        size_t column = i++ % table->column_count;

        buf_add(b, column ? S("") : S("<tr>"));
        add_cell(b, table, cell, column, most);
        buf_add(b, column + 1 == table->column_count ? S("</tr>\n") : S(""));
    }
    buf_add(b, S("</tbody></table>"));
    buf_add(b, table->folded ? S("</details></section>\n") : S("</section>\n"));
}

static void add_tile(struct buf *b, const char *title, double number, int digits, const char *unit)
{
    buf_add(b, S("<div><b>"));
    add_number(b, number, digits);
    buf_format(b, "%s</b><span>%s</span></div>", unit, title);
}

static void add_tiles(struct buf *b, const struct sim *sim)
{
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_waits first = figures->channel_first[CHANNEL_WINDOW];
    int64_t duties = 0, late = 0;

    LIST_EACH (struct sim_duty_row, duty, sim->duty_rows) {
        duties += duty->count;
        late += duty->overdue;
    }
    buf_add(b, S("<div class=\"tiles\">"));
    add_tile(b, "登记的事项", (double)figures->counts[COUNT_REGISTERED], 0, "");
    add_tile(b, "登记和操作", (double)figures->counts[COUNT_ACTS], 0, "");
    add_tile(b, "超期的时限", duties ? 100.0 * (double)late / (double)duties : 0, 2, "%");
    add_tile(b, "窗口等候，一半的人不超过", sim_waits_percentile(&first, 50), 1, " 分");
    add_tile(b, "窗口等候，九成的人不超过", sim_waits_percentile(&first, 90), 1, " 分");
    add_tile(b, "核对发现的问题", (double)sim->findings, 0, "");
    buf_add(b, S("</div>\n"));
}

static enum err write_page(struct task *t, struct sim *sim, const struct list *tables,
                           const char *file)
{
    struct buf b = buf_new(t, PAGE_MOST);
    FILE *out = fopen(file, "w");
    int32_t first = sim->options->first_day;

    if (!out)
        return task_fail(t, ERR_STORE, "不能写 %s：%s", file, strerror(errno));
    buf_add(&b, str_of(page_head));
    buf_format(
        &b,
        "<h1>安澜市公共法律服务：模拟 %lld 天</h1><p>%.*s 起，种子 %lld%s。城市、人和事都是虚构的。"
        "决定的指纹：%.*s</p>\n",
        (long long)sim->options->days, STR_ARG(day_text_zh_full(t, first)),
        (long long)sim->options->seed, sim->options->faults ? "，带故障" : "",
        STR_ARG(simulate_digest(t, sim)));
    add_tiles(&b, sim);
    LIST_EACH (struct sim_table, table, *tables)
        add_table(&b, table);
    buf_add(&b, S("</main></body></html>\n"));
    struct str text = buf_str(&b);
    bool written = fwrite(text.at, 1, text.len, out) == text.len;
    if (fclose(out) || !written || buf_overflown(&b))
        return task_fail(t, ERR_STORE, "不能写 %s：%s", file, strerror(errno));
    return OK;
}

enum err simulate_report(struct task *t, struct sim *sim, const char *file)
{
    struct str stem = str_of(file);
    enum err e = sim_read_end(sim);

    if (e)
        return e;
    if (stem.len > 5 && !strcmp(file + stem.len - 5, ".xlsx"))
        stem.len -= 5;
    struct list tables = sim_tables(t, sim);
    e = write_book(t, &tables, file);
    return e ? e
             : write_page(t, sim, &tables,
                          str_terminated(t, str_format(t, "%.*s.html", STR_ARG(stem))));
}

struct str simulate_summary(struct task *t, struct sim *sim)
{
    const struct sim_figures *figures = &sim->head->figures;
    struct buf b = buf_new(t, 64 * 1024);
    double seconds = (double)sim->head->nanoseconds / 1e9;
    int64_t duties = 0, late = 0;

    LIST_EACH (struct sim_duty_row, duty, sim->duty_rows) {
        duties += duty->count;
        late += duty->overdue;
    }
    buf_format(&b,
               "事项 %lld 件，另由工单开出 %lld 件；登记和操作 %lld 次，%.1f 秒，每秒 %.0f 次\n",
               (long long)figures->counts[COUNT_REGISTERED], (long long)figures->counts[COUNT_MADE],
               (long long)figures->counts[COUNT_ACTS], seconds,
               seconds > 0 ? (double)figures->counts[COUNT_ACTS] / seconds : 0);
    buf_format(
        &b,
        "时限 %lld 个，超期 %.2f%%；填错被拒绝 %lld 次，没有被拒绝 %lld 次；填对被拒绝 %lld 次\n",
        (long long)duties, duties ? 100.0 * (double)late / (double)duties : 0,
        (long long)figures->counts[COUNT_BAD_INPUT], (long long)figures->counts[COUNT_SLIPPED],
        (long long)figures->counts[COUNT_UNEXPECTED]);
    buf_format(
        &b,
        "核对：工单 %lld 件，留痕 %lld 条，问题 %lld 处，%.1f 秒；内存最高 %.1f MiB；数据库 %.1f MiB\n",
        (long long)sim->orders, (long long)sim->events, (long long)sim->findings,
        (double)sim->verify_ms / 1000, (double)sim->memory_kib / 1024,
        (double)sim->bytes / (1024.0 * 1024));
    LIST_EACH (struct finding, finding, sim->finding_rows)
        buf_format(&b, "  工单 %lld 第 %lld 条：%.*s\n", (long long)finding->order,
                   (long long)finding->seq, STR_ARG(finding->what));
    for (int i = 0; i < figures->counts[COUNT_DEAD_ENDS] && i < 8; i++)
        buf_format(&b, "  没有人能办：工单 %lld，%.*s，%.*s\n", (long long)figures->dead_order[i],
                   STR_ARG(sim_procedure(sim, (int)figures->dead_procedure[i])->title),
                   STR_ARG(sim_procedure(sim, (int)figures->dead_procedure[i])
                               ->steps[figures->dead_step[i]]
                               .title));
    LIST_EACH (struct str, line, sim->trouble_lines)
        buf_format(&b, "  被拒绝：%.*s\n", STR_ARG(*line));
    buf_format(&b, "指纹 %.*s\n", STR_ARG(simulate_digest(t, sim)));
    return buf_str(&b);
}
