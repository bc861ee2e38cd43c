/*
 * The index of orders: follows the numbered events, so it needs neither to be told nor to
 * read every order again.  It holds ids and words of the row; what is shown is read from the store.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "modules/catalog/catalog.h"
#include "modules/orders/feed.h"
#include "modules/orders/orders.h"
#include "research.h"
#include "schema.h"
#include "store/store.h"

enum { ORDER_SCHEMA = 2, ORDERS_AT_ONCE = 200 };

const struct index_schema order_schema = {
    .version = ORDER_SCHEMA,
    .n_texts = 3,
    .n_fields = 5,
    .n_columns = 6,
    .texts = {"subject", "matter", "keys"},
    .fields =
        {
            {"all", 1u << ORDER_SUBJECT | 1u << ORDER_MATTER, TERMS_PLAIN, 1.2f, 0.75f},
            {"chars", 1u << ORDER_SUBJECT, TERM_UNIGRAM, 1.2f, 0.75f},
            {"cause", 1u << ORDER_SUBJECT, TERMS_PLAIN, 1.2f, 0.75f},
            {"what", 1u << ORDER_MATTER, TERMS_PLAIN, 1.2f, 0.75f},
            {"key", 1u << ORDER_KEYS, TERM_KEYWORD, 1.2f, 0.75f},
        },
    .columns = {"unit", "home", "owner", "registrar", "closed", "open"},
};

static struct str folder_of(struct task *t, const char *data)
{
    return str_format(t, "%s/index/%lld-order", data, (long long)t->tenant);
}

/* --- Following ------------------------------------------------------------------------------- */

struct stretch {
    struct index_writer *writer;
    int64_t after, last;
    struct list orders; /* struct order_doc */
    bool more;
};
struct order_doc {
    struct order order;
    struct str what; /* matter and outcome */
    bool keep;
};

static enum err fill_doc(struct task *t, int64_t id, struct order_doc *doc)
{
    struct actor everywhere = system_actor;
    const struct procedure *procedure;
    struct matter matter;

    everywhere.tenant = t->tenant;
    enum err e = order_load(t, &everywhere, id, &doc->order);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        doc->order.id = id;
        return OK;
    }
    if (e)
        return e;
    /* Erased: what it was about goes, too. */
    doc->keep = doc->order.wrapped_key.len > 0;
    if (!doc->keep)
        return OK;
    e = catalog_matter(t, doc->order.matter, &matter);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        matter = (struct matter){0};
    } else if (e) {
        return e;
    }
    e = order_procedure(t, &doc->order, &procedure);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, doc->order.step);
    doc->what = str_format(t, "%.*s\n%.*s\n%.*s", STR_ARG(matter.title), STR_ARG(procedure->title),
                           STR_ARG(step ? step->title : S("")));
    return OK;
}

static enum err read_stretch(struct task *t, void *arg)
{
    struct stretch *s = arg;
    struct list ids;
    enum err e = orders_fed_after(t, s->after, ORDERS_AT_ONCE, &ids, &s->last);

    s->orders = (struct list){0};
    s->more = !e && ids.count == ORDERS_AT_ONCE;
    for (size_t i = 0; !e && i < ids.count; i++) {
        int64_t id = ((int64_t *)ids.at)[i];
        bool known = false;

        LIST_EACH (struct order_doc, doc, s->orders) {
            known = known || doc->order.id == id;
        }
        if (!known)
            e = fill_doc(t, id, list_add(t, &s->orders, sizeof(struct order_doc)));
    }
    return e;
}

static enum err put_order(struct task *t, struct index_writer *writer, const struct order_doc *doc)
{
    const struct order *o = &doc->order;
    uint64_t keys[] = {term_keyword(o->no), term_keyword(o->matter)};
    struct str id = str_format(t, "%lld", (long long)o->id);
    struct index_doc put = {.id = index_id(id), .payload = id};

    if (!doc->keep)
        return index_delete(t, writer, put.id);
    put.texts[ORDER_SUBJECT] = units_of(t, o->subject);
    put.texts[ORDER_MATTER] = units_of(t, doc->what);
    put.texts[ORDER_KEYS] = units_of_keywords(t, keys, 2);
    put.columns[ORDER_UNIT] = o->unit;
    put.columns[ORDER_HOME] = o->home_unit;
    put.columns[ORDER_OWNER] = o->owner;
    put.columns[ORDER_REGISTRAR] = o->registrar;
    put.columns[ORDER_OPEN] = str_is(o->status, "open");
    if (!put.columns[ORDER_OPEN])
        put.columns[ORDER_CLOSED] = day_column(day_text(t, day_of(o->closed_at)));
    return index_put(t, writer, &put);
}

static enum err follow_stretch(struct task *t, void *arg)
{
    struct stretch *s = arg;
    enum err e = store_read(t, read_stretch, s);

    LIST_EACH (struct order_doc, doc, s->orders) {
        struct task_mark mark = task_mark(t);

        if (!e)
            e = put_order(t, s->writer, doc);
        task_reset(t, mark);
    }
    return e;
}

/* Each stretch in a task of its own: its memory goes with it. */
static enum err run_stretch(struct task *home, struct stretch *s)
{
    struct task t;

    task_begin(&t, home->store, home->now, TASK_BUDGET);
    t.tenant = home->tenant;
    enum err e = task_protect(&t, follow_stretch, s);
    if (e)
        e = task_fail(home, e, "%.*s", STR_ARG(t.note));
    task_end(&t);
    return e;
}

static enum err fill(struct task *t, struct index *index)
{
    struct stretch s = {.after = index_mark(index), .more = true};
    enum err e = index_write(t, index, INDEX_BUDGET, &s.writer);

    if (e)
        return e;
    while (!e && s.more) {
        e = run_stretch(t, &s);
        s.after = s.last;
    }
    if (!e)
        e = index_commit(t, s.writer, s.last);
    index_write_end(s.writer);
    return e;
}

static enum err read_last(struct task *t, void *arg)
{
    return orders_fed_last(t, arg);
}

static enum err begin_again(struct task *t, struct str folder, struct index **ret_index)
{
    log_write(LEVEL_WARN, "research.index-made-again",
              LOG_PAIRS(LOG_STR("folder", folder), LOG_STR("note", t->note)));
    task_clear_error(t);
    knowledge_index_close(folder);
    enum err e = index_discard(t, folder);
    return e ? e : knowledge_index_open(t, folder, &order_schema, ret_index);
}

enum err knowledge_discard_orders(struct task *t, const char *data)
{
    struct str folder = folder_of(t, data);

    if (access(str_terminated(t, folder), F_OK))
        return OK;
    knowledge_index_close(folder);
    return index_discard(t, folder);
}

enum err knowledge_follow_orders(struct task *t, const char *data)
{
    struct str folder = folder_of(t, data);
    const char *parent = str_terminated(t, str_format(t, "%s/index", data));
    struct index *index;
    bool more = true;
    int64_t last = 0;

    if (mkdir(parent, 0700) && errno != EEXIST)
        return task_fail(t, ERR_STORE, "不能建文件夹 %s", parent);
    enum err e = store_read(t, read_last, &last);
    if (e)
        return e;
    e = knowledge_index_open(t, folder, &order_schema, &index);
    if (!e)
        e = index_refresh(t, index);
    /* Ahead of the store: the store was restored from an older copy. */
    if (e == ERR_CONFLICT || (!e && index_mark(index) > last))
        e = begin_again(t, folder, &index);
    if (e || index_mark(index) == last)
        return e;
    e = fill(t, index);
    if (e == ERR_CONFLICT) {
        e = begin_again(t, folder, &index);
        if (!e)
            e = fill(t, index);
    }
    while (!e && more)
        e = index_merge(t, index, &more);
    return e;
}

enum err research_look_orders(struct task *t, const char *data, struct index_view **ret_view)
{
    struct str folder = folder_of(t, data);
    struct index *index;
    enum err e = access(str_terminated(t, folder), F_OK) ? ERR_NOT_FOUND : OK;

    if (!e)
        e = knowledge_index_open(t, folder, &order_schema, &index);
    if (!e)
        e = knowledge_index_refresh(t, folder, index);
    if (!e)
        e = index_look(t, &index, 1, ret_view);
    if (!e)
        return OK;
    task_clear_error(t);
    return task_fail(t, ERR_BUSY, "工单的检索暂时用不了，正在恢复；请过几分钟再查");
}
