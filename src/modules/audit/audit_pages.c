/* GET /audit: the auditor's page, and the module's table. */
#include "modules/audit/audit.h"

#include "audit_sql.h"
#include "core/form.h"
#include "core/time.h"
#include "modules/audit/audit_private.h"
#include "modules/module.h"

static const struct ask list_asks[] = {
    {"word", "事项", ASK_CHOICE, false, .choices = audit_words},
    {"staff", "人员编号", ASK_ID, false},
    {"order", "工单编号", ASK_ID, false},
    {"from", "起始日", ASK_DAY, false},
    {"until", "截止日", ASK_DAY, false, .hint = "含当天"},
    {"before", "序号小于", ASK_INT, false, .min = 1, .max = INT64_MAX},
    {NULL},
};
static const struct form list_form = {"audit-query", list_asks};

struct audit_page {
    struct list entries; /* struct audit_view */
    struct list words;   /* struct audit_word */
    struct str word, from, until;
    int64_t staff, order;
    int64_t next;   /* `before` of the next page; 0: this is the last */
    int64_t powers; /* what happened to administrators in the last POWER_DAYS days; at most 200 */
    struct str next_address;
};

struct audit_word {
    struct str value, title;
    bool chosen;
};

static const struct field word_fields[] = {
    FIELD(struct audit_word, value, F_STR, "事项代码"),
    FIELD(struct audit_word, title, F_STR, "事项"),
    FIELD(struct audit_word, chosen, F_BOOL, "已选"),
    {0},
};
static const struct shape word_shape = {"audit-word", sizeof(struct audit_word), word_fields};

#define PAGE(member, type, title) FIELD(struct audit_page, member, type, title)

static const struct field page_fields[] = {
    FIELD_OF(struct audit_page, entries, F_LIST, &audit_view_shape, "留痕"),
    FIELD_OF(struct audit_page, words, F_LIST, &word_shape, "事项"),
    PAGE(word, F_STR, "事项"),
    PAGE(from, F_STR, "起始日"),
    PAGE(until, F_STR, "截止日"),
    PAGE(staff, F_ID, "人员编号"),
    PAGE(order, F_ID, "工单编号"),
    PAGE(powers, F_INT, "7 天内管理岗的变动"),
    PAGE(next, F_INT, "下一页从这个序号之前起"),
    PAGE(next_address, F_STR, "下一页"),
    {0},
};
static const struct shape page_shape = {"audit", sizeof(struct audit_page), page_fields};

enum { POWER_DAYS = 7, POWERS_MOST = 200 };

struct reading {
    struct audit_query query;
    struct list entries, powers;
};

static enum err read_entries(struct task *t, void *arg)
{
    struct reading *reading = arg;
    const struct audit_query powers = {
        .word = S("power"), .from = t->now - POWER_DAYS * DAY_MS, .most = POWERS_MOST};
    enum err e = audit_list(t, &reading->query, &reading->entries);

    return e ? e : audit_list(t, &powers, &reading->powers);
}

static int64_t start_of(struct str day_text, int after)
{
    int32_t day;

    return day_parse(day_text, &day) ? day_start(day + after) : 0;
}

static struct str next_address(struct task *t, const struct audit_page *page)
{
    struct buf b = buf_new(t, 1024);

    buf_format(&b, "/audit?before=%lld", (long long)page->next);
    if (page->word.len)
        buf_format(&b, "&word=%.*s", STR_ARG(page->word));
    if (page->from.len)
        buf_format(&b, "&from=%.*s", STR_ARG(page->from));
    if (page->until.len)
        buf_format(&b, "&until=%.*s", STR_ARG(page->until));
    if (page->staff)
        buf_format(&b, "&staff=%lld", (long long)page->staff);
    if (page->order)
        buf_format(&b, "&order=%lld", (long long)page->order);
    return buf_str(&b);
}

/* "2026-08-21" must not break behind a hyphen: a word joiner, which nobody sees, holds it together.
 * On the page only: a program that reads the record gets what was written. */
static struct str dates_joined(struct task *t, struct str text)
{
    struct buf b = buf_new(t, text.len * 4 + 1);

    for (size_t i = 0; i < text.len; i++) {
        buf_add_char(&b, text.at[i]);
        if (text.at[i] == '-' && i && i + 1 < text.len && text.at[i - 1] >= '0' &&
            text.at[i - 1] <= '9' && text.at[i + 1] >= '0' && text.at[i + 1] <= '9')
            buf_add(&b, S("\xe2\x81\xa0"));
    }
    return buf_str(&b);
}

static enum err get_audit(struct task *t, struct request *request, struct response *response)
{
    struct audit_page *page = NEW(t, struct audit_page, 1);
    struct reading reading = {0};
    struct json *input;
    enum err e = form_check(t, &list_form, request->query, S(""), &input);

    if (e)
        return e;
    *page = (struct audit_page){
        .word = json_get_str(input, "word"),
        .from = json_get_str(input, "from"),
        .until = json_get_str(input, "until"),
        .staff = json_get_id(input, "staff"),
        .order = json_get_id(input, "order"),
    };
    reading.query = (struct audit_query){
        .word = page->word,
        .staff = page->staff,
        .order = page->order,
        .from = start_of(page->from, 0),
        .until = start_of(page->until, 1),
        .before = json_get_int(input, "before"),
        .most = 50,
    };
    e = store_read(t, read_entries, &reading);
    if (e)
        return e;
    page->entries = reading.entries;
    page->powers = (int64_t)reading.powers.count;
    if (!request->api)
        LIST_EACH (struct audit_view, entry, page->entries)
            entry->detail = dates_joined(t, entry->detail);
    if (page->entries.count == 50) {
        page->next = ((struct audit_view *)page->entries.at)[49].seq;
        page->next_address = next_address(t, page);
    }
    for (const struct choice *row = audit_words; row->value; row++) {
        struct audit_word *word = list_add(t, &page->words, sizeof *word);

        *word = (struct audit_word){str_of(row->value), str_of(row->title),
                                    str_is(page->word, row->value)};
    }
    response->view = page;
    return OK;
}

static const struct route routes[] = {
    {GET, "/audit", ACCESS_STAFF, "audit.read", get_audit, .page = "audit/audit",
     .view = &page_shape, .form = &list_form, .summary = "留痕：谁在何时做了什么、看了什么"},
    {0},
};

static const struct permission permissions[] = {
    {"audit.read", "查阅留痕"},
    {0},
};

const struct module audit_module = {
    .name = "audit",
    .permissions = permissions,
    .routes = routes,
    .migrations = audit_migrations,
};
