/* The parts of the order page that look back and aside: the trace, the people, the papers. */
#include <string.h>

#include "core/task.h"
#include "modules/access/staff.h"
#include "modules/desk/order_page.h"
#include "modules/desk/presence.h"
#include "modules/notices/notices.h"
#include "core/text.h"
#include "modules/orders/read_page.h"

enum { PARTIES_SHOWN = 12 };

/* --- The trace ------------------------------------------------------------------------------- */

static struct str tone_of(const struct event_view *event)
{
    if (event->internal)
        return S("grey");
    if (str_is(event->action, "overdue") || str_is(event->action, "emergency"))
        return S("red");
    if (str_is(event->action, "pause") || str_is(event->action, "correct"))
        return S("violet");
    return (struct str){0};
}

/* Phones and numbers of papers in what was said are masked like those of the parties. */
static struct str with_masks(struct task *t, struct str text)
{
    char *copy = NEW(t, char, text.len + 1);

    if (text.len)
        memcpy(copy, text.at, text.len);
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && copy[end] >= '0' && copy[end] <= '9')
            end++;
        size_t digits = end - i;
        size_t keep = digits == 11 && copy[i] == '1' ? 3 : digits >= 15 && digits <= 18 ? 6 : 0;
        if (keep)
            memset(copy + i + keep, '*', digits - keep - (digits == 17 ? 3 : 4));
        i = end > i ? end : i + 1;
    }
    return (struct str){copy, text.len};
}

static struct order_event event_row(struct task *t, const struct event_view *event, bool clear)
{
    struct order_event row = {
        .seq = event->seq,
        .action = event->action,
        .title = event->title,
        .occurred_at = event->occurred_at,
        .recorded_at = event->recorded_at,
        .when = desk_when(t, event->occurred_at),
        .step_to = event->step_to,
        .who = event->who,
        .law = event->law,
        .hash = event->hash,
        .tone = tone_of(event),
        .internal = event->internal,
        .has_text = event->text.len > 0,
    };
    struct str line, rest = clear ? event->text : with_masks(t, event->text);

    row.text = rest;
    if (event->unit.len)
        row.post = event->post.len
                       ? str_format(t, "%.*s %.*s", STR_ARG(event->unit), STR_ARG(event->post))
                       : event->unit;
    else
        row.post = event->post;
    if (event->late)
        row.recorded = desk_when(t, event->recorded_at);
    while (str_cut(&rest, '\n', &line))
        if (str_trim(line).len)
            ((struct desk_text *)list_add(t, &row.lines, sizeof(struct desk_text)))->text = line;
    return row;
}

/* Newest first, as they happened. */
enum err order_page_events(struct task *t, struct order_work *w)
{
    struct list events = {0};
    const struct request *request = w->request;
    int64_t seen = json_get_int(request->body, "_version");
    enum err e = order_events(t, &w->order, &events);

    if (e)
        return e;
    const struct event_view *all = events.at;
    for (size_t i = events.count; i > 0; i--)
        *(struct order_event *)list_add(t, &w->page->events, sizeof(struct order_event)) =
            event_row(t, &all[i - 1], w->revealed.count > 0);
    if (request->error != ERR_CONFLICT || !seen || seen >= w->order.version)
        return OK;
    w->page->stale = true;
    for (size_t i = 0; i < events.count; i++)
        if (all[i].seq > seen)
            *(struct order_event *)list_add(t, &w->page->since, sizeof(struct order_event)) =
                event_row(t, &all[i], false);
    return OK;
}

struct events_view {
    struct list events;
};

struct events_work {
    const struct request *request;
    struct events_view *view;
};

static enum err read_events(struct task *t, void *arg)
{
    struct events_work *w = arg;
    struct order order;
    struct list events = {0};
    enum err e = order_load(t, w->request->actor, json_get_id(w->request->params, "id"), &order);

    w->view->events = (struct list){0};
    if (e)
        return e;
    e = order_events_since(t, &order, json_get_int(w->request->query, "after"), &events);
    if (e)
        return e;
    LIST_EACH (struct event_view, event, events) {
        *(struct order_event *)list_add(t, &w->view->events, sizeof(struct order_event)) =
            event_row(t, event, false);
    }
    return OK;
}

enum err desk_order_events(struct task *t, struct request *request, struct response *response)
{
    struct events_work w = {request, NEW(t, struct events_view, 1)};

    response->view = w.view;
    enum err e = store_read(t, read_events, &w);
    if (e)
        return e;
    presence_note(t, request->actor, json_get_id(request->params, "id"));
    if ((int64_t)w.view->events.count == json_get_int(request->query, "seen")) {
        response->live = "order";
        response->live_id = json_get_id(request->params, "id");
    }
    return OK;
}

/* --- The people ------------------------------------------------------------------------------ */

static const struct choice reveal_reasons[] = {{"电话联系", "电话联系"},
                                               {"核对证件", "核对证件"},
                                               {"制作文书", "制作文书"},
                                               {"其他", "其他"},
                                               {NULL, NULL}};

const struct form desk_unmask_form = {
    "OrderUnmask",
    (const struct ask[]){
        {.name = "party",
         .title = "第几方",
         .type = ASK_INT,
         .required = true,
         .min = 0,
         .max = 1000},
        {.name = "reason",
         .title = "理由",
         .type = ASK_CHOICE,
         .required = true,
         .choices = reveal_reasons},
        {0},
    },
};

static void add_with(struct task *t, struct str *text, const char *joint, struct str more)
{
    if (more.len)
        *text =
            text->len ? str_format(t, "%.*s%s%.*s", STR_ARG(*text), joint, STR_ARG(more)) : more;
}

static struct order_party_row party_row(struct task *t, const struct order_work *w,
                                        const struct party_view *party)
{
    struct order_party_row row = {
        .n = party->n,
        .role = party->role,
        .role_title = party->role_title,
        .name = party->name,
        .asks = str_is(party->role, "applicant"),
        .unmasked = party->unmasked,
        .can_reveal = !party->unmasked && !w->request->error &&
                      actor_may(w->actor, "party.reveal") && w->order.wrapped_key.len,
        .reveal_href = str_format(t, "/orders/%lld?reveal=%lld#unmask", (long long)w->order.id,
                                  (long long)party->n),
        .green = desk_green_titles(t, party->green),
    };

    add_with(t, &row.about, " ", party->sex);
    if (party->age)
        add_with(t, &row.about, " ", str_format(t, tr(t, "%lld 岁"), (long long)party->age));
    if (party->represents)
        add_with(t, &row.about, " · ", S("代表"));
    add_with(t, &row.about, " · ", party->authority);
    if (party->no_message)
        add_with(t, &row.about, " · ", S("不可留言"));
    add_with(t, &row.line, " · ", party->paper_number);
    add_with(t, &row.line, " · ", party->phone);
    add_with(t, &row.line, " · ", party->address);
    return row;
}

static void add_reveal(struct task *t, struct order_work *w, int64_t n, struct str name)
{
    struct order_reveal *reveal = NEW(t, struct order_reveal, 1);

    *reveal =
        (struct order_reveal){.n = n, .name = name, .error = request_error(w->request, "reason")};
    for (const struct choice *reason = reveal_reasons; reason->value; reason++)
        *(struct desk_option *)list_add(t, &reveal->reasons, sizeof(struct desk_option)) =
            (struct desk_option){str_of(reason->value), str_of(reason->title), false};
    w->page->reveal = reveal;
}

/* Those that were revealed stand in the clear among the masked ones. */
static const struct party_view *shown_party(const struct order_work *w,
                                            const struct party_view *party)
{
    LIST_EACH (struct party_view, clear, w->revealed) {
        if (clear->n == party->n)
            return clear;
    }
    return party;
}

enum err order_page_parties(struct task *t, struct order_work *w)
{
    struct list parties = {0};
    size_t most = w->request->api ? 200 : PARTIES_SHOWN;
    int64_t asked = json_get_int(w->request->query, "reveal");
    enum err e = order_parties(t, &w->order, most, &parties);

    if (e)
        return e;
    if (w->request->error && json_get(w->request->body, "party"))
        asked = json_get_int(w->request->body, "party");
    LIST_EACH (struct party_view, party, parties) {
        *(struct order_party_row *)list_add(t, &w->page->parties, sizeof(struct order_party_row)) =
            party_row(t, w, shown_party(w, party));
        if (party->n == asked && actor_may(w->actor, "party.reveal"))
            add_reveal(t, w, party->n, party->name);
    }
    w->page->party_count = w->order.party_count
                               ? str_format(t, tr(t, "%lld 人"), (long long)w->order.party_count)
                               : S("匿名");
    w->page->parties_shown = (int64_t)parties.count;
    w->page->parties_cut = w->order.party_count > (int64_t)parties.count;
    return OK;
}

/* --- The chain ------------------------------------------------------------------------------- */

static void add_here(struct task *t, struct order_work *w)
{
    struct order_link_row *row = list_add(t, &w->page->chain, sizeof *row);

    *row = (struct order_link_row){
        .id = w->order.id,
        .title = w->procedure->title,
        .kind = S("本件"),
        .state = w->page->step_title,
        .here = true,
    };
}

enum err order_page_chain(struct task *t, struct order_work *w)
{
    struct list links = {0};
    bool here = false;
    int64_t hidden = 0;
    enum err e = order_links(t, w->actor, &w->order, &links, &hidden);

    if (e || (!links.count && !hidden))
        return e;
    w->page->chain_hidden = hidden;
    LIST_EACH (struct link_view, link, links) {
        if (!here && link->id > w->order.id) {
            add_here(t, w);
            here = true;
        }
        *(struct order_link_row *)list_add(t, &w->page->chain, sizeof(struct order_link_row)) =
            (struct order_link_row){
                .id = link->id,
                .title = link->matter_title.len ? link->matter_title : link->subject,
                .kind = link->kind_title,
                .day = day_text_short(t, day_of(link->occurred_at)),
                .state = str_is(link->status, "closed") ? S("已办结") : link->step_title,
            };
    }
    if (!here)
        add_here(t, w);
    w->page->has_chain = true;
    w->page->chain_count = (int64_t)links.count + hidden;
    return OK;
}

/* --- Materials, papers, files, notices ------------------------------------------------------- */

static const struct {
    const char *state, *title, *tone, *icon;
} material_words[] = {
    {"in", "已收", "green", "check"},
    {"promised", "承诺后补", "amber", "hourglass"},
    {"handed-in", "已交待核", "brand", "clock"},
    {"missing", "缺", "red", "alert-circle"},
};

static enum err add_materials(struct task *t, struct order_work *w)
{
    struct list materials = {0};
    int64_t in = 0, required = 0;
    enum err e = order_materials(t, &w->order, &materials);

    if (e)
        return e;
    LIST_EACH (struct material_view, material, materials) {
        struct order_material_row *row =
            list_add(t, &w->page->materials, sizeof(struct order_material_row));
        *row = (struct order_material_row){.code = material->code,
                                           .title = material->title,
                                           .where = material->where,
                                           .required = material->required};
        for (size_t i = 0; i < sizeof material_words / sizeof material_words[0]; i++) {
            if (!str_is(material->state, material_words[i].state))
                continue;
            row->state = str_of(material_words[i].title);
            row->tone = str_of(material_words[i].tone);
            row->icon = str_of(material_words[i].icon);
        }
        if (!material->required && str_is(material->state, "missing")) {
            row->state = S("未交");
            row->tone = S("");
            row->icon = S("circle-dashed");
        }
        required += material->required;
        in += material->required &&
              (str_is(material->state, "in") || str_is(material->state, "promised"));
        if (str_is(material->state, "in"))
            row->where = (struct str){0};
    }
    w->page->has_materials = materials.count > 0;
    w->page->materials_text =
        str_format(t, tr(t, "必需的 %lld / %lld"), (long long)in, (long long)required);
    return OK;
}

static struct str material_title(const struct order_work *w, struct str code)
{
    LIST_EACH (struct material, material, w->matter.materials) {
        if (str_eq(material->code, code))
            return material->title;
    }
    return code;
}

static enum err add_files(struct task *t, struct order_work *w)
{
    struct list papers = {0}, files = {0};
    enum err e = order_papers(t, &w->order, &papers);

    if (e)
        return e;
    LIST_EACH (struct paper_view, paper, papers) {
        *(struct order_paper_row *)list_add(t, &w->page->papers, sizeof(struct order_paper_row)) =
            (struct order_paper_row){
                .id = paper->id,
                .order = w->order.id,
                .title = paper->title,
                .no = paper->no,
                .drawn = str_is(paper->status, "drawn"),
                .state = str_is(paper->status, "drawn")   ? S("已生成")
                         : str_is(paper->status, "stuck") ? S("生成失败，系统会再试")
                                                          : S("打开时生成"),
            };
    }
    e = order_attachments(t, &w->order, &files);
    if (e)
        return e;
    LIST_EACH (struct attachment_view, file, files) {
        *(struct order_attachment_row *)list_add(t, &w->page->attachments,
                                                 sizeof(struct order_attachment_row)) =
            (struct order_attachment_row){
                .id = file->id,
                .order = w->order.id,
                .size = file->size,
                .name = file->name,
                .type = file->type,
                .size_text = file->size_text,
                .material = material_title(w, file->material),
            };
    }
    w->page->no_papers = !papers.count && !files.count;
    return OK;
}

/* The citizen's code is the citizen's: staff see that one was sent, not which. */
static struct str without_code(struct task *t, struct str text)
{
    static const char word[] = "查询码";
    size_t at = str_find(text, str_of(word)), to;

    if (at == SIZE_MAX)
        return text;
    at += strlen(word);
    for (to = at; to < text.len; to++) {
        char c = text.at[to];
        bool of_code = c == ' ' || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (!of_code && (unsigned char)c != 0xef && (unsigned char)c != 0xbc &&
            (unsigned char)c != 0x9a) /* the three bytes of a full-width colon */
            break;
    }
    /* A comma after the code begins with the same byte as the colon. */
    while (to > at && (unsigned char)text.at[to - 1] >= 0x80)
        to--;
    if (to - at < 16) /* "请凭查询码查看": the word, and no code */
        return text;
    return str_format(t, "%.*s ****%.*s", (int)at, text.at, (int)(text.len - to), text.at + to);
}

/* 赵明 10 月 14 日 09:50 电话告知 */
static enum err told_text(struct task *t, const struct notice_view *notice, struct str *ret_text)
{
    struct str name, when = desk_when(t, notice->told_at);
    enum err e = staff_name(t, notice->told_by, &name);

    if (e)
        return e;
    struct str how = tr_str(t, notice_how_title(notice->told_how));
    *ret_text = how.len ? str_format(t, tr(t, "%.*s %.*s %.*s告知"), STR_ARG(name), STR_ARG(when),
                                     STR_ARG(how))
                        : str_format(t, tr(t, "%.*s %.*s 看到"), STR_ARG(name), STR_ARG(when));
    return OK;
}

static struct order_notice_row notice_row(struct task *t, const struct order_work *w,
                                          const struct notice_view *notice, bool mine)
{
    bool done = str_is(notice->status, "sent") || notice->told_at;
    bool failed = str_is(notice->status, "failed");
    bool waits = failed || str_is(notice->status, "to-call");

    return (struct order_notice_row){
        .id = notice->id,
        .order = w->order.id,
        .title = notice->title,
        .when = desk_when(t, notice->sent_at ? notice->sent_at : notice->recorded_at),
        .text = without_code(t, notice->text),
        .state = notice->status_title,
        .tone = done     ? S("green")
                : failed ? S("red")
                         : S(""),
        .icon = str_is(notice->channel, "voice") ? S("phone") : S("message-2"),
        .told_at = notice->told_at,
        .told_by = notice->told_by,
        .can_tell = waits && notice->party_n && w->page->can_act,
        .can_see = waits && mine,
    };
}

static enum err add_notices(struct task *t, struct order_work *w)
{
    struct list notices = {0};
    enum err e = order_notices(t, w->actor, &w->order, &notices);

    if (e)
        return e;
    LIST_EACH (struct notice_view, notice, notices) {
        struct order_notice_row *row = list_add(t, &w->page->notices, sizeof *row);
        bool mine;

        e = order_notice_is_for(t, w->actor, &w->order, notice, &mine);
        if (e)
            return e;
        *row = notice_row(t, w, notice, mine);
        if (notice->told_at && (e = told_text(t, notice, &row->told)))
            return e;
    }
    w->page->has_notices = notices.count > 0;
    return OK;
}

enum err order_page_papers(struct task *t, struct order_work *w)
{
    enum err e = add_materials(t, w);

    if (e)
        return e;
    e = add_files(t, w);
    return e ? e : add_notices(t, w);
}
