#include "modules/desk/worklist.h"

#include "core/task.h"
#include "modules/access/staff.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/desk/presence.h"
#include "core/text.h"
#include "modules/orders/read_page.h"

enum { REMINDERS_SHOWN = 20 };

struct worklist {
    struct str page_title, heading, now_text, here, poll_query, result, trouble, shown_text;
    struct str empty_title, empty_text, empty_href, empty_action, clear_href, first_href, next_href;
    struct str next_cursor, sort_title, time_text;
    bool can_create, can_save, can_act, can_export, can_take, rows_present;
    struct list state; /* struct desk_option: the filters in force, for the form of the export */
    struct list views, pills, active_filters; /* struct desk_link */
    struct list saved;                        /* struct saved_view */
    struct list filters;                      /* struct desk_filter */
    struct list rows;                         /* struct list_row */
    struct list colleagues;                   /* struct desk_option */
    struct list reminders;                    /* struct desk_reminder */
    int64_t reminder_count;
};

struct desk_reminder {
    int64_t id, order;
    struct str title, number, when;
};
static const struct shape reminder_shape = {
    "DeskReminder", sizeof(struct desk_reminder),
    (const struct field[]){FIELD(struct desk_reminder, id, F_ID, "编号"),
                           FIELD(struct desk_reminder, order, F_ID, "工单"),
                           FIELD(struct desk_reminder, title, F_STR, "什么事"),
                           FIELD(struct desk_reminder, number, F_STR, "工单号"),
                           FIELD(struct desk_reminder, when, F_STR, NULL),
                           {0}}};

static const struct field worklist_fields[] = {
    FIELD(struct worklist, page_title, F_STR, NULL),
    FIELD(struct worklist, heading, F_STR, NULL),
    FIELD(struct worklist, now_text, F_STR, NULL),
    FIELD(struct worklist, here, F_STR, NULL),
    FIELD(struct worklist, poll_query, F_STR, NULL),
    FIELD(struct worklist, result, F_STR, NULL),
    FIELD(struct worklist, trouble, F_STR, NULL),
    FIELD(struct worklist, shown_text, F_STR, NULL),
    FIELD(struct worklist, empty_title, F_STR, NULL),
    FIELD(struct worklist, empty_text, F_STR, NULL),
    FIELD(struct worklist, empty_href, F_STR, NULL),
    FIELD(struct worklist, empty_action, F_STR, NULL),
    FIELD(struct worklist, clear_href, F_STR, NULL),
    FIELD(struct worklist, first_href, F_STR, NULL),
    FIELD(struct worklist, next_href, F_STR, NULL),
    FIELD(struct worklist, next_cursor, F_STR,
          "下一页的游标，作 after 传入；有它就还没有看完，哪怕这一页不满"),
    FIELD(struct worklist, sort_title, F_STR, NULL),
    FIELD(struct worklist, time_text, F_STR, NULL),
    FIELD(struct worklist, can_create, F_BOOL, NULL),
    FIELD(struct worklist, can_save, F_BOOL, NULL),
    FIELD(struct worklist, can_act, F_BOOL, NULL),
    FIELD(struct worklist, can_export, F_BOOL, NULL),
    FIELD(struct worklist, can_take, F_BOOL, NULL),
    FIELD_OF(struct worklist, state, F_LIST, &desk_option_shape, NULL),
    FIELD(struct worklist, rows_present, F_BOOL, NULL),
    FIELD_OF(struct worklist, views, F_LIST, &desk_link_shape, NULL),
    FIELD_OF(struct worklist, pills, F_LIST, &desk_link_shape, NULL),
    FIELD_OF(struct worklist, saved, F_LIST, &desk_saved_view_shape, NULL),
    FIELD_OF(struct worklist, active_filters, F_LIST, &desk_link_shape, NULL),
    FIELD_OF(struct worklist, filters, F_LIST, &desk_filter_shape, NULL),
    FIELD_OF(struct worklist, rows, F_LIST, &desk_list_row_shape, "工单"),
    FIELD_OF(struct worklist, colleagues, F_LIST, &desk_option_shape, NULL),
    FIELD(struct worklist, reminder_count, F_INT, NULL),
    FIELD_OF(struct worklist, reminders, F_LIST, &reminder_shape,
             "站内提醒，还没有看的，最新 20 条"),
    {0},
};
const struct shape desk_worklist_shape = {"Worklist", sizeof(struct worklist), worklist_fields};

static const struct choice view_choices[] = {
    {"mine", "我的"}, {"desk", "本岗待办"}, {"unit", "本机构"}, {"subtree", "全域"}, {NULL, NULL}};
static const struct choice status_choices[] = {
    {"open", "在办"}, {"closed", "已办结"}, {"all", "全部"}, {NULL, NULL}};
static const struct choice due_choices[] = {
    {"overdue", "已超期"}, {"today", "今天到期"}, {NULL, NULL}};

const struct form desk_list_form = {
    "OrderListQuery",
    (const struct ask[]){
        {.name = "view", .title = "范围", .type = ASK_CHOICE, .choices = view_choices},
        {.name = "status", .title = "在办还是办结", .type = ASK_CHOICE, .choices = status_choices},
        {.name = "due", .title = "时限", .type = ASK_CHOICE, .choices = due_choices},
        {.name = "green", .title = "只看绿色通道", .type = ASK_BOOL},
        {.name = "emergency", .title = "只看紧急", .type = ASK_BOOL},
        {.name = "step", .title = "环节", .type = ASK_TEXT, .max = 60},
        {.name = "matter", .title = "事项", .type = ASK_TEXT, .max = 60},
        {.name = "channel", .title = "渠道", .type = ASK_TEXT, .max = 20},
        {.name = "owner", .title = "承办人", .type = ASK_ID},
        {.name = "q", .title = "工单号、姓名、电话后四位、证件号", .type = ASK_TEXT, .max = 60},
        {.name = "after", .title = "上一页的 next_cursor", .type = ASK_TEXT, .max = 60},
        {.name = "limit", .title = "几件，最多 100", .type = ASK_INT, .min = 1, .max = 100},
        {.name = "result", .title = "页面用", .type = ASK_TEXT, .max = 100},
        {.name = "trouble", .title = "页面用", .type = ASK_TEXT, .max = 100},
        {0},
    },
};

struct list_work {
    const struct request *request;
    const struct actor *actor;
    struct desk_list_state state;
    int64_t limit;
    struct worklist *view;
};

/* What an actor who asked for nothing sees: own work, or what one answers for. */
static struct str usual_view(const struct actor *actor)
{
    switch (actor->post->scope) {
    case SCOPE_SUBTREE:
    case SCOPE_TENANT:
        return S("subtree");
    case SCOPE_OWN:
        return S("mine");
    default:
        return S("unit");
    }
}

struct list_query desk_list_query(const struct desk_list_state *s, int64_t most)
{
    struct list_query query = {
        .view = s->view,
        .step = s->step,
        .matter = s->matter,
        .channel = s->channel,
        .owner = store_id_at(s->owner),
        .overdue = str_is(s->due, "overdue"),
        .today = str_is(s->due, "today"),
        .green = s->green.len > 0,
        .emergency = s->emergency.len > 0,
        .status = s->status,
        .words = s->q,
        .most = most,
    };
    struct str after = s->after, sort;

    if (str_cut(&after, '.', &sort) && str_int(sort, &query.after_sort))
        (void)!str_int(after, &query.after_id);
    return query;
}

static enum err fill_reminders(struct task *t, struct list_work *w)
{
    struct list reminders;
    enum err e = order_reminders(t, w->actor, REMINDERS_SHOWN, &reminders);

    if (e)
        return e;
    w->view->reminder_count = (int64_t)reminders.count;
    LIST_EACH (struct reminder, reminder, reminders) {
        *(struct desk_reminder *)list_add(t, &w->view->reminders, sizeof(struct desk_reminder)) =
            (struct desk_reminder){reminder->id, reminder->order, reminder->title, reminder->no,
                                   desk_when(t, reminder->recorded_at)};
    }
    return OK;
}

static enum err fill_rows(struct task *t, struct list_work *w)
{
    struct worklist *view = w->view;
    const struct calendar *calendar;
    struct list orders = {0}, names = {0};
    struct list_end end;
    struct list_query query = desk_list_query(&w->state, w->limit);
    enum err e = calendar_current(t, &calendar);

    if (e)
        return e;
    e = order_list(t, w->actor, &query, &orders, &end);
    if (e)
        return e;
    LIST_EACH (struct order, order, orders) {
        struct list_row *row = list_add(t, &view->rows, sizeof *row);
        e = desk_list_row(t, calendar, &names, order, row);
        if (e)
            return e;
        row->looked_by = presence_other(t, w->actor, order->id);
    }
    view->rows_present = orders.count > 0;
    view->shown_text = str_format(
        t, end.cut ? tr(t, "只列前 %zu 件，请写得更准再找") : tr(t, "本页 %zu 件"), orders.count);
    if (end.more) {
        view->next_cursor = str_format(t, "%lld.%lld", (long long)end.sort, (long long)end.id);
        view->next_href = desk_list_href(t, &w->state, "after", view->next_cursor);
    }
    if (w->state.after.len)
        view->first_href = desk_list_href(t, &w->state, NULL, S(""));
    return OK;
}

static void add_link(struct task *t, struct list *links, struct str href, const char *title,
                     int64_t count, const char *tone, bool current)
{
    *(struct desk_link *)list_add(t, links, sizeof(struct desk_link)) =
        (struct desk_link){href, str_of(title), str_of(tone), count, current};
}

/* Steps that many procedures share and that are waited in: only shown when something waits there.
 */
static enum err add_step_pills(struct task *t, struct list_work *w)
{
    static const struct {
        const char *step, *title;
    } steps[] = {{"correcting", "待补正"}, {"telling", "待告知结果"}, {"calling", "待回访"}};
    struct desk_list_state bare = {.view = w->state.view};
    bool unit_only = !str_is(w->state.view, "subtree");

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int64_t n = 0;
        struct str step = str_of(steps[i].step);
        enum err e = order_step_count(t, w->actor, unit_only, step, &n);
        if (e)
            return e;
        bool current = str_eq(w->state.step, step);
        if (n > 0 || current)
            add_link(t, &w->view->pills, desk_list_href(t, &bare, "step", step), steps[i].title, n,
                     "", current);
    }
    return OK;
}

/* Views and pills: other lists, one click away, with how much is in them. */
static void add_links(struct task *t, struct list_work *w, const struct order_counts *counts)
{
    const struct desk_list_state *s = &w->state;
    struct desk_list_state bare = {.view = s->view};
    enum scope scope = w->actor->post->scope;
    bool plain = !s->due.len && !s->green.len && !s->emergency.len && !s->status.len && !s->q.len &&
                 !s->step.len && !s->matter.len && !s->channel.len && !s->owner.len;
    w->view->can_take = w->view->can_act && counts->desk > 0;
    int64_t all = str_is(s->view, "mine")      ? counts->mine
                  : str_is(s->view, "desk")    ? counts->desk
                  : str_is(s->view, "subtree") ? counts->subtree
                                               : counts->unit;
    struct list *views = &w->view->views, *pills = &w->view->pills;

    add_link(t, views, S("/orders?view=mine"), "我的", counts->mine, "", str_is(s->view, "mine"));
    add_link(t, views, S("/orders?view=desk"), "本岗待办", counts->desk, "",
             str_is(s->view, "desk"));
    add_link(t, views, S("/orders?view=unit"), "本机构", counts->unit, "", str_is(s->view, "unit"));
    if (scope == SCOPE_SUBTREE || scope == SCOPE_TENANT)
        add_link(t, views, S("/orders?view=subtree"), "全域", counts->subtree, "",
                 str_is(s->view, "subtree"));
    add_link(t, pills, desk_list_href(t, &bare, NULL, S("")), "全部在办", all, "", plain);
    add_link(t, pills, desk_list_href(t, &bare, "due", S("today")), "今天到期", counts->today,
             "amber", str_is(s->due, "today"));
    add_link(t, pills, desk_list_href(t, &bare, "due", S("overdue")), "已超期", counts->overdue,
             "red", str_is(s->due, "overdue"));
    add_link(t, pills, desk_list_href(t, &bare, "green", S("1")), "绿色通道", counts->green, "leaf",
             s->green.len > 0);
    if (counts->emergency || s->emergency.len)
        add_link(t, pills, desk_list_href(t, &bare, "emergency", S("1")), "紧急", counts->emergency,
                 "red", s->emergency.len > 0);
    if (!plain)
        w->view->clear_href = desk_list_href(t, &bare, NULL, S(""));
}

/* What is filtered can be kept, unless it is kept or was searched for. */
static enum err add_saved(struct task *t, struct list_work *w)
{
    enum err e = desk_saved_views(t, w->actor, &w->state, &w->view->saved);

    w->view->can_save = w->view->clear_href.len && !w->state.q.len;
    LIST_EACH (struct saved_view, view, w->view->saved)
        w->view->can_save = w->view->can_save && !view->current;
    return e;
}

/* An empty list says what it is, why it is empty, and one next step. */
static void fill_empty(struct task *t, struct list_work *w)
{
    struct worklist *view = w->view;
    const struct desk_list_state *s = &w->state;

    if (view->next_href.len) {
        view->empty_title = S("看过的 2 万件里没有符合条件的");
        view->empty_text = S("范围里的工单很多，一次看 2 万件。还没有看完。");
        view->empty_href = view->next_href;
        view->empty_action = S("接着往后找");
        return;
    }
    if (s->q.len) {
        view->empty_title = str_format(t, tr(t, "没有找到“%.*s”"), STR_ARG(s->q));
        view->empty_text = S(
            "可以查工单号、完整姓名、完整电话或后四位、证件号。别的机构的工单不在您能看的范围里。");
    } else if (str_is(s->due, "overdue")) {
        view->empty_title = S("没有超期");
        view->empty_text = S("这个范围里所有在办的都还没有过法定日。");
    } else if (str_is(s->due, "today")) {
        view->empty_title = S("今天没有到期的");
        view->empty_text = S("这个范围里没有稳妥日是今天的。");
    } else if (view->clear_href.len) {
        view->empty_title = S("这些条件下没有工单");
        view->empty_text = S("去掉上面的一个条件再看。");
    } else {
        view->empty_title = S("现在没有在办的工单");
        view->empty_text = S("新登记的、转来的、分派给您的会出现在这里。");
    }
    if (view->clear_href.len) {
        view->empty_href = view->clear_href;
        view->empty_action = S("看全部在办");
    } else if (view->can_create) {
        view->empty_href = S("/orders/new");
        view->empty_action = S("登记来访");
    }
}

/* tqgz: letters that are a matter's initials are its filter. */
static enum err initials_to_matter(struct task *t, struct desk_list_state *state)
{
    struct list matters = {0};

    if (state->q.len < 2 || state->q.len > 10 || state->matter.len)
        return OK;
    for (size_t i = 0; i < state->q.len; i++)
        if (state->q.at[i] < 'a' || state->q.at[i] > 'z')
            return OK;
    enum err e = catalog_matters(t, S(""), state->q, &matters);
    if (e)
        return e;
    const struct matter *nearest = matters.at;
    if (matters.count && str_starts(nearest->initials, state->q)) {
        state->matter = nearest->code;
        state->q = (struct str){0};
    }
    return OK;
}

static enum err fill_worklist(struct task *t, void *arg)
{
    struct list_work *w = arg;
    struct worklist *view = w->view;
    struct order_counts counts;
    struct list staff = {0};
    int64_t newest;
    enum err e;

    *view = (struct worklist){0};
    view->page_title = view->heading = str_is(w->state.status, "closed") ? S("已办结的工单")
                                       : str_is(w->state.status, "all")  ? S("全部工单")
                                                                         : S("在办工单");
    bool by_due = !w->state.q.len && !w->state.status.len;
    view->sort_title = by_due ? S("稳妥日 ↑") : S("登记先后 ↓");
    view->can_create = actor_may(w->actor, "order.create");
    view->can_act = actor_may(w->actor, "order.act");
    view->can_export = actor_may(w->actor, "order.export");
    e = initials_to_matter(t, &w->state);
    if (e)
        return e;
    view->state = desk_list_fields(t, &w->state);
    e = fill_rows(t, w);
    if (!e)
        e = fill_reminders(t, w);
    if (e || w->request->api)
        return e;
    e = order_counts(t, w->actor, w->state.view, &counts);
    if (e)
        return e;
    add_links(t, w, &counts);
    e = add_step_pills(t, w);
    if (!e)
        e = add_saved(t, w);
    if (e)
        return e;
    e = desk_staff_options(t, w->actor->unit, &staff);
    if (e)
        return e;
    view->colleagues = staff;
    e = desk_list_filters(t, w->actor, &w->state, staff, &view->filters, &view->active_filters);
    if (e)
        return e;
    e = order_newest(t, &newest);
    if (e)
        return e;
    view->poll_query =
        str_format(t, "newest=%lld&since=%lld", (long long)newest, (long long)t->now);
    if (!view->rows_present)
        fill_empty(t, w);
    return OK;
}

enum err desk_worklist(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    enum err e = form_check(t, &desk_list_form, request->query, S(""), &clean);
    struct list_work w = {.request = request, .actor = request->actor};

    if (e)
        return e;
    w.state = desk_list_state(request->query);
    w.limit = json_get_int(clean, "limit");
    if (!w.state.view.len)
        w.state.view = usual_view(request->actor);
    if (str_is(w.state.status, "open"))
        w.state.status = (struct str){0};
    if (!json_get_bool(clean, "green"))
        w.state.green = (struct str){0};
    if (!json_get_bool(clean, "emergency"))
        w.state.emergency = (struct str){0};
    w.view = NEW(t, struct worklist, 1);
    e = store_read(t, fill_worklist, &w);
    if (e)
        return e;
    struct str moment = moment_text(t, t->now);
    w.view->time_text = str_trim(str_from(moment, 10));
    w.view->now_text = str_format(t, "%.*s %s%.*s", STR_ARG(str_first(moment, 10)),
                                  weekday_text(t, day_of(t->now)), STR_ARG(str_from(moment, 10)));
    w.view->here = desk_list_href(t, &w.state, w.state.after.len ? "after" : NULL, w.state.after);
    w.view->result = json_get_str(clean, "result");
    w.view->trouble = json_get_str(clean, "trouble");
    response->view = w.view;
    /* A whole order number means that order. */
    const struct list_row *only = w.view->rows.at;
    if (!request->api && w.view->rows.count == 1 && w.state.q.len &&
        str_eq(str_trim(w.state.q), only->number))
        response->redirect = str_format(t, "/orders/%lld", (long long)only->id);
    return OK;
}
