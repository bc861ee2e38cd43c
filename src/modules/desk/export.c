/*
 * export.c - the list as a table (XLSX): what the filters show, names masked as on the page.  It
 * goes out of the house, so it is a POST and stands on record.
 */
#include "core/task.h"
#include "modules/access/access.h"
#include "modules/calendar/calendar.h"
#include "modules/desk/worklist.h"
#include "paper/xlsx.h"

enum { EXPORT_MOST = 2000, AT_ONCE = 100 };

static const struct sheet_column columns[] = {
    {"工单号", 22}, {"当事人", 12}, {"人数", 6},      {"绿色通道", 14}, {"事项", 26},
    {"事由", 36},   {"环节", 16},   {"时限", 12},     {"稳妥日", 12},   {"法定日", 12},
    {"承办", 14},   {"渠道", 10},   {"发生时间", 18},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

struct export_work {
    const struct actor *actor;
    struct desk_list_state state;
    struct list rows; /* struct list_row */
};

static enum err gather(struct task *t, void *arg)
{
    struct export_work *w = arg;
    struct list_query query = desk_list_query(&w->state, AT_ONCE);
    const struct calendar *calendar;
    struct list names = {0};
    struct list_end end = {.more = true};
    enum err e = calendar_current(t, &calendar);

    w->rows = (struct list){0};
    while (e == OK && end.more && w->rows.count < EXPORT_MOST) {
        struct list orders = {0};
        e = order_list(t, w->actor, &query, &orders, &end);
        if (e)
            break;
        LIST_EACH (struct order, order, orders) {
            e = desk_list_row(t, calendar, &names, order,
                              list_add(t, &w->rows, sizeof(struct list_row)));
            if (e)
                return e;
        }
        query.after_sort = end.sort;
        query.after_id = end.id;
    }
    return e;
}

static enum err record(struct task *t, void *arg)
{
    const struct export_work *w = arg;
    struct str filters = desk_list_href(t, &w->state, NULL, S(""));

    return actor_record(t, w->actor, "export", 0, 0,
                        str_format(t, "工单列表 %zu 件", w->rows.count), filters);
}

static struct str *cells_of(struct task *t, const struct list *rows)
{
    struct str *cells = NEW(t, struct str, rows->count * COLUMNS + 1), *at = cells;

    LIST_EACH (struct list_row, row, *rows) {
        *at++ = row->number;
        *at++ = row->who;
        *at++ = str_format(t, "%lld", (long long)row->party_count);
        *at++ = row->green;
        *at++ = row->matter;
        *at++ = row->cause;
        *at++ = row->step;
        *at++ = row->chip.word;
        *at++ = day_text(t, row->safe_day);
        *at++ = day_text(t, row->legal_day);
        *at++ = row->owner;
        *at++ = row->channel;
        *at++ = moment_text(t, row->occurred_at);
    }
    return cells;
}

enum err desk_export(struct task *t, struct request *request, struct response *response)
{
    struct export_work w = {.actor = request->actor};
    struct json *clean;
    enum err e = form_check(t, &desk_list_form, request->body, S(""), &clean);

    if (e)
        return e;
    w.state = desk_list_state(request->body);
    e = store_read(t, gather, &w);
    if (e)
        return e;
    e = store_write(t, record, &w);
    if (e)
        return e;
    struct str day = day_text(t, day_of(t->now));
    response->file_type = S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    response->file_name = str_format(t, "工单 %.*s.xlsx", STR_ARG(day));
    return sheet_write(t, str_format(t, "工单 %.*s", STR_ARG(day)), t->now, columns, COLUMNS,
                       cells_of(t, &w.rows), w.rows.count, &response->file);
}
