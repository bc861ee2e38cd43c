/* tables.c - the report as tables, for the sheet and the page alike. */
#include "simulate/tables.h"

static struct sim_cell *cell(struct task *t, struct sim_table *table)
{
    return list_add(t, &table->cells, sizeof(struct sim_cell));
}

static void add_text(struct task *t, struct sim_table *table, struct str text)
{
    *cell(t, table) = (struct sim_cell){.text = text};
}

static void add_number(struct task *t, struct sim_table *table, double number, int digits)
{
    *cell(t, table) = (struct sim_cell){.is_number = true, .number = number, .digits = digits};
}

static struct sim_table *begin(struct task *t, struct list *tables, const char *title,
                               const char *note, const char *const *columns, size_t n)
{
    struct sim_table *table = list_add(t, tables, sizeof *table);

    *table =
        (struct sim_table){.title = title, .note = note, .columns = columns, .column_count = n};
    return table;
}

static double share(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* Mean, half, nine of ten, ninety-nine of a hundred; in minutes or hours. */
static void add_waits(struct task *t, struct sim_table *table, const struct sim_waits *waits,
                      double unit)
{
    static const int percents[] = {50, 90, 99};

    add_number(t, table, sim_waits_mean(waits) / unit, 1);
    for (int i = 0; i < 3; i++)
        add_number(t, table, sim_waits_percentile(waits, percents[i]) / unit, 1);
}

static void row(struct task *t, struct sim_table *table, const char *name, double number,
                int digits, const char *unit)
{
    add_text(t, table, str_of(name));
    add_number(t, table, number, digits);
    add_text(t, table, str_of(unit));
}

static void count_duties(const struct sim *sim, int64_t *ret_all, int64_t *ret_late)
{
    *ret_all = *ret_late = 0;
    LIST_EACH (struct sim_duty_row, duty, sim->duty_rows) {
        *ret_all += duty->count;
        *ret_late += duty->overdue;
    }
}

static void add_overview(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"项目", "数", "单位"};
    static const struct {
        enum sim_count what;
        const char *title, *unit;
    } rows[] = {
        {COUNT_ARRIVED, "来办事的", "人次"},
        {COUNT_REGISTERED, "登记的事项", "件"},
        {COUNT_MADE, "由别的工单开出的工单", "件"},
        {COUNT_ACTS, "登记和操作", "次"},
        {COUNT_CLOSED, "办结", "件次"},
        {COUNT_REOPENED, "重新办理", "件次"},
        {COUNT_BAD_INPUT, "填错、被表单拒绝的", "次"},
        {COUNT_SLIPPED, "填错而没有被拒绝的", "次"},
        {COUNT_REFUSED, "当时没有人能办、改日再看的", "次"},
        {COUNT_UNEXPECTED, "填对了却被拒绝的", "次"},
        {COUNT_DEAD_ENDS, "六十天没有人能办的", "件"},
        {COUNT_TIMERS, "到期自动处理的", "次"},
        {COUNT_SUPPLEMENTED, "补交材料", "次"},
        {COUNT_NEVER, "告知后没有补交的", "件"},
        {COUNT_TRANSFERS, "转办", "次"},
        {COUNT_RETURNED, "退回", "次"},
        {COUNT_WITHDRAWN, "撤回", "次"},
        {COUNT_COMPLAINTS, "投诉", "次"},
        {COUNT_RATINGS, "评价", "次"},
        {COUNT_BAD_RATINGS, "差评", "次"},
        {COUNT_NEXT_DAY, "当天没有轮到的", "人次"},
        {COUNT_ABSENCES, "请假、生病", "人日"},
        {COUNT_CLOCK_JUMPS, "时钟跳变", "次"},
        {COUNT_DISK_ERRORS, "磁盘故障", "次"},
    };
    struct sim_table *table =
        begin(t, tables, "概况", "全部由引擎办理，人和事都是虚构的。", columns, 3);
    int64_t duties, late;

    count_duties(sim, &duties, &late);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        row(t, table, rows[i].title, (double)sim->head->figures.counts[rows[i].what], 0,
            rows[i].unit);
    row(t, table, "时限", (double)duties, 0, "个");
    row(t, table, "超过法定或者承诺日期的时限", share(late, duties), 2, "%");
    row(t, table, "年末还没有办结的",
        (double)sim->orders - (double)sim->head->figures.counts[COUNT_CLOSED] +
            (double)sim->head->figures.counts[COUNT_REOPENED],
        0, "件");
    row(t, table, "核对：工单", (double)sim->orders, 0, "件");
    row(t, table, "核对：留痕", (double)sim->events, 0, "条");
    row(t, table, "核对：问题", (double)sim->findings, 0, "处");
}

static void add_procedures(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"规程", "接触件数", "平均（分）", "P50",     "P90",
                                          "P99",  "办结件数", "平均（时）", "P50 ",    "P90 ",
                                          "P99 ", "超期办结", "超期 %",     "改日再看"};
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_table *table = begin(
        t, tables, "按规程", "左边：到工作人员第一次接触；右边：到办结。网上的夜间和假日也算。",
        columns, sizeof columns / sizeof *columns);

    for (int p = 0; p < (int)sim->demo.procedures.count; p++) {
        add_text(t, table, sim_procedure(sim, p)->title);
        add_number(t, table, (double)figures->first[p].count, 0);
        add_waits(t, table, &figures->first[p], 1);
        add_number(t, table, (double)figures->closed[p].count, 0);
        add_waits(t, table, &figures->closed[p], 60);
        add_number(t, table, (double)figures->procedure_late[p], 0);
        add_number(t, table, share(figures->procedure_late[p], figures->closed[p].count), 2);
        add_number(t, table, (double)figures->refused[p], 0);
    }
}

static void add_channels(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"渠道", "登记", "占 %", "平均（分）",
                                          "P50",  "P90",  "P99"};
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_table *table = begin(t, tables, "按渠道", "到工作人员第一次接触。", columns,
                                    sizeof columns / sizeof *columns);

    for (int i = 0; i < CHANNEL_COUNT; i++) {
        add_text(t, table, str_of(sim_channel_titles[i]));
        add_number(t, table, (double)figures->by_channel[i], 0);
        add_number(t, table, share(figures->by_channel[i], figures->counts[COUNT_REGISTERED]), 1);
        add_waits(t, table, &figures->channel_first[i], 1);
    }
    table->bar = 1;
}

static void add_units(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"机构",           "登记",     "操作",
                                          "接触 P50（分）", "接触 P90", "办结",
                                          "办结 P50（时）", "办结 P90", "超期办结"};
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_table *table =
        begin(t, tables, "按机构", "", columns, sizeof columns / sizeof *columns);

    for (int i = 0; i < (int)sim->demo.units.count; i++) {
        add_text(t, table, sim_unit(sim, i)->short_name);
        add_number(t, table, (double)figures->unit_registered[i], 0);
        add_number(t, table, (double)figures->unit_acts[i], 0);
        add_number(t, table, sim_waits_percentile(&figures->unit_first[i], 50), 1);
        add_number(t, table, sim_waits_percentile(&figures->unit_first[i], 90), 1);
        add_number(t, table, (double)figures->unit_closed[i].count, 0);
        add_number(t, table, sim_waits_percentile(&figures->unit_closed[i], 50) / 60, 1);
        add_number(t, table, sim_waits_percentile(&figures->unit_closed[i], 90) / 60, 1);
        add_number(t, table, (double)figures->unit_late[i], 0);
    }
    table->bar = 2;
}

static double hours_of(const struct sim *sim, int staff)
{
    double hours = 0;

    for (int32_t d = 0; d < sim->options->days; d++) {
        int32_t day = sim->options->first_day + d;

        if (calendar_kind(sim->demo.calendar, day) == DAY_WORKING && !sim_absent(sim, staff, day))
            hours += 7;
    }
    return hours;
}

static void add_people(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"姓名（虚构）", "岗位",     "机构",
                                          "操作",         "忙（时）", "占在岗 %"};
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_table *table =
        begin(t, tables, "按人员", "", columns, sizeof columns / sizeof *columns);

    for (int i = 0; i < sim->staff_count; i++) {
        double busy = (double)figures->staff_busy[i] / HOUR_MS, hours = hours_of(sim, i);

        add_text(t, table, sim->staff_name[i]);
        add_text(t, table, sim->staff_post[i]);
        add_text(t, table,
                 sim->staff_unit[i] < 0 ? S("") : sim_unit(sim, sim->staff_unit[i])->short_name);
        add_number(t, table, (double)figures->staff_acts[i], 0);
        add_number(t, table, busy, 1);
        add_number(t, table, hours > 0 ? 100 * busy / hours : 0, 1);
    }
    table->bar = 5;
    table->folded = true;
}

static void add_duties(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"时限", "个数", "超期", "超期 %", "未完成"};
    struct sim_table *table =
        begin(t, tables, "按时限", "", columns, sizeof columns / sizeof *columns);

    LIST_EACH (struct sim_duty_row, duty, sim->duty_rows) {
        add_text(t, table, sim_duty_title(sim, duty->name));
        add_number(t, table, (double)duty->count, 0);
        add_number(t, table, (double)duty->overdue, 0);
        add_number(t, table, share(duty->overdue, duty->count), 2);
        add_number(t, table, (double)duty->open, 0);
    }
    table->bar = 3;
}

static void add_ratings(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"评价", "对事项", "对承办人"};
    static const char *const grades[] = {"", "很不满意", "不满意", "基本满意", "满意", "很满意"};
    const struct sim_figures *figures = &sim->head->figures;
    struct sim_table *table =
        begin(t, tables, "评价", "", columns, sizeof columns / sizeof *columns);

    for (int i = 5; i > 0; i--) {
        add_text(t, table, str_of(grades[i]));
        add_number(t, table, (double)figures->rated_matter[i], 0);
        add_number(t, table, (double)figures->rated_handler[i], 0);
    }
    table->bar = 1;
}

static void add_steps(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"规程", "环节", "到过（次）"};
    struct sim_table *table = begin(t, tables, "按环节", "一次也没有到过的，写 0。", columns,
                                    sizeof columns / sizeof *columns);

    for (int p = 0; p < (int)sim->demo.procedures.count; p++)
        for (size_t s = 0; s < sim_procedure(sim, p)->step_count; s++) {
            add_text(t, table, sim_procedure(sim, p)->title);
            add_text(t, table, sim_procedure(sim, p)->steps[s].title);
            add_number(t, table, (double)sim->head->figures.visits[p][s], 0);
        }
    table->folded = true;
}

static void add_speed(struct task *t, struct sim *sim, struct list *tables)
{
    static const char *const columns[] = {"项目", "数", "单位"};
    struct sim_table *table = begin(t, tables, "程序", "", columns, 3);
    double seconds = (double)sim->head->nanoseconds / 1e9;

    row(t, table, "模拟所用的时间", seconds, 1, "秒");
    row(t, table, "每秒登记和操作", seconds > 0 ? (double)simulate_acts(sim) / seconds : 0, 0,
        "次");
    row(t, table, "事务", (double)sim->head->figures.counts[COUNT_SLICES], 0, "个");
    row(t, table, "内存最高", (double)sim->memory_kib / 1024, 1, "MiB");
    row(t, table, "数据库", (double)sim->bytes / (1024.0 * 1024), 1, "MiB");
    row(t, table, "核对", (double)sim->verify_ms / 1000, 1, "秒");
}

struct list sim_tables(struct task *t, struct sim *sim)
{
    struct list tables = {0};

    add_overview(t, sim, &tables);
    add_procedures(t, sim, &tables);
    add_channels(t, sim, &tables);
    add_units(t, sim, &tables);
    add_duties(t, sim, &tables);
    add_ratings(t, sim, &tables);
    add_people(t, sim, &tables);
    add_steps(t, sim, &tables);
    add_speed(t, sim, &tables);
    return tables;
}

struct str sim_duty_title(const struct sim *sim, struct str name)
{
    for (int p = 0; p < (int)sim->demo.procedures.count; p++) {
        int index = procedure_duty_index(sim_procedure(sim, p), name);

        if (index >= 0)
            return sim_procedure(sim, p)->duties[index].title;
    }
    return name;
}
