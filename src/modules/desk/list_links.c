/* The worklist's addresses: what is filtered stands in the address, so a list can be kept and sent.
 */
#include "core/task.h"
#include "modules/catalog/catalog.h"
#include "core/text.h"
#include "modules/desk/worklist.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

const struct shape desk_filter_shape = {
    "DeskFilter", sizeof(struct desk_filter),
    FIELDS(FIELD(struct desk_filter, title, F_STR, NULL),
           FIELD_OF(struct desk_filter, options, F_LIST, &desk_link_shape, NULL))};

static const struct {
    const char *name;
    size_t offset;
} parts[] = {
    {"view", offsetof(struct desk_list_state, view)},
    {"status", offsetof(struct desk_list_state, status)},
    {"due", offsetof(struct desk_list_state, due)},
    {"green", offsetof(struct desk_list_state, green)},
    {"emergency", offsetof(struct desk_list_state, emergency)},
    {"step", offsetof(struct desk_list_state, step)},
    {"matter", offsetof(struct desk_list_state, matter)},
    {"channel", offsetof(struct desk_list_state, channel)},
    {"owner", offsetof(struct desk_list_state, owner)},
    {"q", offsetof(struct desk_list_state, q)},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static const struct str *part(const struct desk_list_state *state, size_t i)
{
    return (const struct str *)(const void *)((const char *)state + parts[i].offset);
}

struct desk_list_state desk_list_state(const struct json *query)
{
    struct desk_list_state state = {0};

    for (size_t i = 0; i < PARTS; i++)
        *(struct str *)(void *)((char *)&state + parts[i].offset) =
            json_as_str(json_get(query, parts[i].name));
    state.after = json_get_str(query, "after");
    return state;
}

struct list desk_list_fields(struct task *t, const struct desk_list_state *state)
{
    struct list fields = {0};

    for (size_t i = 0; i < PARTS; i++)
        if (part(state, i)->len)
            *(struct desk_option *)list_add(t, &fields, sizeof(struct desk_option)) =
                (struct desk_option){.title = str_of(parts[i].name), .value = *part(state, i)};
    return fields;
}

static void add_encoded(struct buf *b, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.') {
            buf_add_char(b, (char)c);
        } else {
            buf_add_char(b, '%');
            buf_add_char(b, digits[c >> 4]);
            buf_add_char(b, digits[c & 15]);
        }
    }
}

struct str desk_list_href(struct task *t, const struct desk_list_state *state, const char *name,
                          struct str value)
{
    struct buf b = buf_new(t, LIMIT_TARGET);
    char joint = '?';

    buf_add(&b, S("/orders"));
    for (size_t i = 0; i < PARTS; i++) {
        struct str is = name && str_is(str_of(parts[i].name), name) ? value : *part(state, i);
        if (!is.len)
            continue;
        buf_add_char(&b, joint);
        buf_add(&b, str_of(parts[i].name));
        buf_add_char(&b, '=');
        add_encoded(&b, is);
        joint = '&';
    }
    if (name && str_is(S("after"), name)) {
        buf_add_char(&b, joint);
        buf_add(&b, S("after="));
        add_encoded(&b, value);
    }
    return buf_str(&b);
}

struct filters {
    struct task *t;
    const struct desk_list_state *state;
    struct list *active;
};

static void add_option(struct filters *f, struct desk_filter *filter, const char *name,
                       struct str is, struct str value, struct str title)
{
    struct desk_link *link = list_add(f->t, &filter->options, sizeof *link);

    link->current = str_eq(is, value);
    link->title = title;
    link->href = desk_list_href(f->t, f->state, name, link->current ? S("") : value);
    if (!link->current)
        return;
    *(struct desk_link *)list_add(f->t, f->active, sizeof(struct desk_link)) = (struct desk_link){
        .href = link->href,
        .title = str_format(f->t, tr(f->t, "%.*s：%.*s"), STR_ARG(filter->title), STR_ARG(title)),
    };
}

/* Steps of the newest procedures; steps that share a name share a row. */
static enum err step_options(struct filters *f, struct desk_filter *filter)
{
    struct list rows = {0}, seen = {0};
    enum err e = catalog_procedures(f->t, &rows);

    if (e)
        return e;
    LIST_EACH (struct procedure_row, row, rows) {
        const struct procedure *procedure;
        e = catalog_procedure(f->t, row->code, (int32_t)row->version, &procedure);
        if (e)
            return e;
        for (size_t i = 0; i < procedure->step_count; i++) {
            const struct step_rule *step = &procedure->steps[i];
            bool known = step->end;
            LIST_EACH (struct str, name, seen) {
                known = known || str_eq(*name, step->name);
            }
            if (known)
                continue;
            *(struct str *)list_add(f->t, &seen, sizeof(struct str)) = step->name;
            add_option(f, filter, "step", f->state->step, step->name, step->title);
        }
    }
    return OK;
}

static enum err matter_options(struct filters *f, struct desk_filter *filter)
{
    struct list matters = {0};
    enum err e = catalog_matters(f->t, S(""), S(""), &matters);

    if (e)
        return e;
    LIST_EACH (struct matter, matter, matters) {
        add_option(f, filter, "matter", f->state->matter, matter->code, matter->title);
    }
    return OK;
}

static void channel_options(struct filters *f, struct desk_filter *filter)
{
    static const char *const words[] = {"window", "phone", "hotline",  "web",    "kiosk",
                                        "grid",   "paper", "transfer", "import", NULL};

    for (const char *const *word = words; *word; word++)
        add_option(f, filter, "channel", f->state->channel, str_of(*word),
                   desk_channel(str_of(*word)));
}

static struct desk_filter *add_filter(struct filters *f, struct list *filters, struct str title)
{
    struct desk_filter *filter = list_add(f->t, filters, sizeof *filter);

    filter->title = title;
    return filter;
}

static void add_active(struct filters *f, const char *name, struct str value, const char *title)
{
    if (value.len)
        *(struct desk_link *)list_add(f->t, f->active, sizeof(struct desk_link)) =
            (struct desk_link){.href = desk_list_href(f->t, f->state, name, S("")),
                               .title = str_of(title)};
}

enum err desk_list_filters(struct task *t, const struct actor *actor,
                           const struct desk_list_state *state, struct list staff,
                           struct list *ret_filters, struct list *ret_active)
{
    struct list filters = {0}, active = {0};
    struct filters f = {t, state, &active};
    enum err e;

    (void)actor;
    add_active(&f, "q", state->q, "");
    if (state->q.len)
        ((struct desk_link *)active.at)->title =
            str_format(t, tr(t, "查找：%.*s"), STR_ARG(state->q));
    add_active(&f, "due", state->due, str_is(state->due, "overdue") ? "已超期" : "今天到期");
    add_active(&f, "green", state->green, "绿色通道");
    add_active(&f, "emergency", state->emergency, "紧急");
    add_active(&f, "status", state->status, str_is(state->status, "all") ? "含已办结" : "已办结");
    e = step_options(&f, add_filter(&f, &filters, S("环节")));
    if (e)
        return e;
    e = matter_options(&f, add_filter(&f, &filters, S("事项")));
    if (e)
        return e;
    if (staff.count) {
        struct desk_filter *owners = add_filter(&f, &filters, S("承办"));
        LIST_EACH (struct desk_option, person, staff) {
            add_option(&f, owners, "owner", state->owner, person->value, person->title);
        }
    }
    channel_options(&f, add_filter(&f, &filters, S("渠道")));
    *ret_filters = filters;
    *ret_active = active;
    return OK;
}
