#include "modules/catalog/catalog.h"

#include <pthread.h>
#include <string.h>

#include "catalog_sql.h"
#include "modules/access/access.h"
#include "modules/catalog/catalog_private.h"
#include "store/store.h"

/* --- Shapes ---------------------------------------------------------------------------------- */

static const struct field tag_fields[] = {
    FIELD(struct tag, code, F_STR, "代码"),
    FIELD(struct tag, title, F_STR, "名称"),
    {0},
};
const struct shape tag_shape = {"Tag", sizeof(struct tag), tag_fields};

static const struct field material_fields[] = {
    FIELD(struct material, code, F_STR, "代码"),
    FIELD(struct material, title, F_STR, "材料"),
    FIELD(struct material, where, F_STR, "到哪里取"),
    FIELD(struct material, group, F_STR, "归在哪一类"),
    FIELD(struct material, note, F_STR, "说明"),
    FIELD(struct material, required, F_BOOL, "必须"),
    FIELD(struct material, promise, F_BOOL, "可以承诺后补"),
    FIELD(struct material, here, F_BOOL, "由窗口制作"),
    {0},
};
const struct shape material_shape = {"Material", sizeof(struct material), material_fields};

static const struct field matter_fields[] = {
    FIELD(struct matter, code, F_STR, "代码"),
    FIELD(struct matter, title, F_STR, "事项"),
    FIELD(struct matter, initials, F_STR, "拼音首字母"),
    FIELD(struct matter, summary, F_STR, "一句话说明"),
    FIELD_OF(struct matter, words, F_LIST, &tag_shape, "日常说法"),
    FIELD_OF(struct matter, tiers, F_LIST, &tag_shape, "哪一级办"),
    FIELD(struct matter, nature, F_STR, "性质"),
    FIELD(struct matter, treatment, F_STR, "方式"),
    FIELD(struct matter, treatment_title, F_STR, "方式名称"),
    FIELD(struct matter, kind, F_STR, "业务"),
    FIELD(struct matter, kind_title, F_STR, "业务名称"),
    FIELD(struct matter, procedure, F_STR, "规程"),
    FIELD(struct matter, limit, F_STR, "时限"),
    FIELD(struct matter, limit_law, F_STR, "时限依据"),
    FIELD(struct matter, fee, F_STR, "收费"),
    FIELD(struct matter, fee_basis, F_STR, "收费依据"),
    FIELD(struct matter, fee_relief, F_STR, "减免"),
    FIELD_OF(struct matter, materials, F_LIST, &material_shape, "材料"),
    FIELD_OF(struct matter, risks, F_LIST, &tag_shape, "法律风险"),
    FIELD_OF(struct matter, green, F_LIST, &tag_shape, "绿色通道"),
    FIELD_OF(struct matter, disputes, F_LIST, &tag_shape, "案由"),
    FIELD(struct matter, difficulty, F_STR, "难易"),
    FIELD(struct matter, limitation, F_STR, "时效"),
    FIELD(struct matter, limitation_law, F_STR, "时效依据"),
    FIELD(struct matter, limitation_months, F_INT, "时效月数"),
    FIELD(struct matter, body, F_STR, "应找的机关"),
    FIELD(struct matter, body_law, F_STR, "依据"),
    FIELD(struct matter, remedies, F_STR, "救济途径"),
    FIELD(struct matter, receipt, F_STR, "回执的效力"),
    FIELD(struct matter, law, F_STR, "法律依据"),
    FIELD(struct matter, version, F_INT, "版本"),
    {0},
};
const struct shape matter_shape = {"Matter", sizeof(struct matter), matter_fields};

static const struct field procedure_row_fields[] = {
    FIELD(struct procedure_row, code, F_STR, "代码"),
    FIELD(struct procedure_row, title, F_STR, "规程"),
    FIELD(struct procedure_row, nature, F_STR, "性质"),
    FIELD(struct procedure_row, text, F_STR, "全文"),
    FIELD(struct procedure_row, version, F_INT, "版本"),
    FIELD(struct procedure_row, loaded_at, F_MOMENT, "载入时间"),
    {0},
};
const struct shape procedure_row_shape = {"ProcedureRow", sizeof(struct procedure_row),
                                          procedure_row_fields};

/* --- What is kept in memory ------------------------------------------------------------------ */

/*
 * Parsed once, kept until the program ends: a procedure version never changes, a catalogue is
 * replaced by its next version, and both are small.  The memory is that of a task that never ends.
 */
enum { KEPT_BUDGET = 256 * 1024 * 1024, BUCKETS = 128 };

struct kept {
    struct kept *next;
    const struct store *store;
    int64_t tenant, version;
    struct str code; /* of a procedure; empty: the tenant's shelf */
    const void *thing;
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct task keeper;
static bool keeper_begun;
static struct kept *buckets[BUCKETS];

static size_t bucket_of(int64_t tenant, struct str code, int64_t version)
{
    uint64_t hash = (uint64_t)tenant * 31 + (uint64_t)version;

    for (size_t i = 0; i < code.len; i++)
        hash = hash * 31 + (unsigned char)code.at[i];
    return (size_t)((hash ^ (hash >> 17)) % BUCKETS);
}

static const void *find_kept(const struct task *t, struct str code, int64_t version)
{
    for (struct kept *kept = buckets[bucket_of(t->tenant, code, version)]; kept; kept = kept->next)
        if (kept->store == t->store && kept->tenant == t->tenant && kept->version == version &&
            str_eq(kept->code, code))
            return kept->thing;
    return NULL;
}

static const void *look_up(const struct task *t, struct str code, int64_t version)
{
    pthread_rwlock_rdlock(&lock);
    const void *thing = find_kept(t, code, version);
    pthread_rwlock_unlock(&lock);
    return thing;
}

struct making {
    const struct task *asker;
    struct str code, text;
    int64_t version;
    struct rows *rows;
    struct str routing;
    const void *thing;
};

static void keep(struct making *m, const void *thing)
{
    struct kept *kept = NEW(&keeper, struct kept, 1);
    size_t bucket = bucket_of(m->asker->tenant, m->code, m->version);

    *kept = (struct kept){.next = buckets[bucket],
                          .store = m->asker->store,
                          .tenant = m->asker->tenant,
                          .version = m->version,
                          .code = str_copy(&keeper, m->code),
                          .thing = thing};
    buckets[bucket] = kept;
    m->thing = thing;
}

/* Run `make` in the keeper's memory, unless somebody else was faster.  What a failed run used is
 * given back. */
static enum err make_kept(struct task *t, struct making *m, task_fn *make)
{
    enum err e = OK;

    pthread_rwlock_wrlock(&lock);
    if (!keeper_begun)
        task_begin(&keeper, NULL, 0, KEPT_BUDGET);
    keeper_begun = true;
    m->thing = find_kept(t, m->code, m->version);
    if (!m->thing) {
        struct task_mark mark = task_mark(&keeper);
        e = task_protect(&keeper, make, m);
        if (e)
            task_reset(&keeper, mark);
        task_clear_error(&keeper);
    }
    pthread_rwlock_unlock(&lock);
    return e ? task_fail(t, ERR_INTERNAL, "库里的规程或事项读不出来：%.*s", STR_ARG(m->code)) : OK;
}

void catalog_forget(void)
{
    pthread_rwlock_wrlock(&lock);
    memset(buckets, 0, sizeof buckets);
    if (keeper_begun)
        task_end(&keeper);
    keeper_begun = false;
    pthread_rwlock_unlock(&lock);
}

/* --- Procedures ------------------------------------------------------------------------------ */

static enum err make_procedure(struct task *t, void *arg)
{
    struct making *m = arg;
    struct procedure *procedure;
    struct list faults;
    enum err e = procedure_read_stored(t, str_copy(t, m->code), m->text, &procedure, &faults);

    if (e)
        return e;
    procedure->version = (int32_t)m->version;
    keep(m, procedure);
    return OK;
}

static enum err newest_version(struct task *t, struct str code, int64_t *ret_version)
{
    return store_number(t, &q_catalog_procedure_newest,
                        ARGS(INT("tenant", t->tenant), TEXT("code", code)), ret_version);
}

enum err catalog_procedure(struct task *t, struct str code, int32_t version,
                           const struct procedure **ret_procedure)
{
    struct making m = {.asker = t, .code = code, .version = version};
    struct rows *rows;
    enum err e = version ? OK : newest_version(t, code, &m.version);

    if (e)
        return e;
    if (m.version)
        m.thing = look_up(t, code, m.version);
    if (!m.thing) {
        e = store_run(t, &q_catalog_procedure_text,
                      ARGS(INT("tenant", t->tenant), TEXT("code", code), INT("version", m.version)),
                      &rows);
        if (e)
            return e;
        if (!rows_next(rows))
            return task_fail(t, ERR_NOT_FOUND, "没有规程“%.*s”", STR_ARG(code));
        m.text = row_str(rows, "text");
        e = make_kept(t, &m, make_procedure);
        if (e)
            return e;
    }
    *ret_procedure = m.thing;
    return OK;
}

enum err catalog_procedures(struct task *t, struct list *ret_rows)
{
    return store_list(t, &q_catalog_procedures_now, ARGS(INT("tenant", t->tenant)),
                      &procedure_row_shape, ret_rows);
}

enum err catalog_store_procedure(struct task *t, const struct procedure *procedure,
                                 int32_t *ret_version)
{
    struct rows *rows;
    int64_t version;
    enum err e = newest_version(t, procedure->code, &version);

    if (e)
        return e;
    e = store_run(
        t, &q_catalog_procedure_text,
        ARGS(INT("tenant", t->tenant), TEXT("code", procedure->code), INT("version", version)),
        &rows);
    if (e)
        return e;
    if (!rows_next(rows) || !str_eq(row_str(rows, "text"), procedure->text)) {
        version++;
        e = store_run(
            t, &q_catalog_procedure_add,
            ARGS(INT("tenant", t->tenant), TEXT("code", procedure->code), INT("version", version),
                 TEXT("title", procedure->title),
                 TEXT("nature",
                      procedure->nature == NATURE_CONSULTATION ? S("consultation") : S("handling")),
                 TEXT("text", procedure->text), INT("now", t->now)),
            NULL);
        if (e)
            return e;
    }
    *ret_version = (int32_t)version;
    return OK;
}

enum err catalog_load_procedure(struct task *t, const struct actor *actor,
                                const struct procedure *procedure, int32_t *ret_version)
{
    enum err e = catalog_store_procedure(t, procedure, ret_version);

    return e ? e
             : actor_record(t, actor, "load", 0, 0,
                            str_format(t, "%.*s（%.*s）第 %d 版", STR_ARG(procedure->title),
                                       STR_ARG(procedure->code), (int)*ret_version),
                            S(""));
}

/* --- Matters and routing --------------------------------------------------------------------- */

static enum err make_matters(struct task *t, struct making *m, struct shelf *shelf)
{
    struct list faults = {0};

    shelf->matters = NEW(t, struct matter, rows_count(m->rows) + 1);
    shelf->active = NEW(t, bool, rows_count(m->rows) + 1);
    while (rows_next(m->rows)) {
        struct node *root =
            node_parse(t, S("matter"), row_str(m->rows, "text"), NODE_MAX_PROCEDURE, &faults);
        if (!root || root->kind != NODE_MAP || !root->first ||
            !matter_read(t, &faults, root->first, &shelf->matters[shelf->count]))
            return task_fail(t, ERR_INTERNAL, "事项读不出来");
        shelf->matters[shelf->count].version = row_int(m->rows, "version");
        shelf->active[shelf->count++] = row_int(m->rows, "active") != 0;
    }
    return OK;
}

static enum err make_shelf(struct task *t, void *arg)
{
    struct making *m = arg;
    struct shelf *shelf = NEW(t, struct shelf, 1);
    struct list faults = {0};
    enum err e = make_matters(t, m, shelf);

    if (e)
        return e;
    if (m->routing.len) {
        struct node *root = node_parse(t, S("routing"), m->routing, NODE_MAX_PROCEDURE, &faults);
        if (!root || !routing_read(t, &faults, root, &shelf->rules, &shelf->rule_count))
            return task_fail(t, ERR_INTERNAL, "分流规则读不出来");
    }
    keep(m, shelf);
    return OK;
}

static enum err routing_text(struct task *t, struct str *ret_text, int64_t *ret_version)
{
    struct rows *rows;
    enum err e = store_run(t, &q_catalog_routing_now, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    bool there = rows_next(rows);
    *ret_text = there ? row_str(rows, "text") : S("");
    *ret_version = there ? row_int(rows, "version") : 0;
    return OK;
}

enum err catalog_shelf(struct task *t, const struct shelf **ret_shelf)
{
    struct making m = {.asker = t};
    int64_t routing_version;
    enum err e = store_number(t, &q_catalog_state, ARGS(INT("tenant", t->tenant)), &m.version);

    if (e)
        return e;
    m.thing = look_up(t, m.code, m.version);
    if (!m.thing) {
        e = store_run(t, &q_catalog_matters_now, ARGS(INT("tenant", t->tenant)), &m.rows);
        if (e)
            return e;
        e = routing_text(t, &m.routing, &routing_version);
        if (e)
            return e;
        e = make_kept(t, &m, make_shelf);
        if (e)
            return e;
    }
    *ret_shelf = m.thing;
    return OK;
}

/* A closed matter is still found: its orders are under way. */
enum err catalog_matter(struct task *t, struct str code, struct matter *ret_matter)
{
    const struct shelf *shelf;
    enum err e = catalog_shelf(t, &shelf);

    if (e)
        return e;
    for (size_t i = 0; i < shelf->count; i++)
        if (str_eq(shelf->matters[i].code, code)) {
            *ret_matter = shelf->matters[i];
            return OK;
        }
    return task_fail(t, ERR_NOT_FOUND, "没有事项“%.*s”", STR_ARG(code));
}

struct stored_matter {
    struct str code, text;
    int64_t version, position;
    bool active, kept;
};

static enum err put_matter(struct task *t, struct str code, int64_t version, bool active,
                           size_t position, struct str text)
{
    return store_run(t, &q_catalog_matter_add,
                     ARGS(INT("tenant", t->tenant), TEXT("code", code), INT("version", version),
                          INT("active", active), INT("position", (int64_t)position),
                          TEXT("text", text), INT("now", t->now)),
                     NULL);
}

static enum err stored_matters(struct task *t, struct list *ret_stored)
{
    struct rows *rows;
    enum err e = store_run(t, &q_catalog_matters_now, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct stored_matter *stored = list_add(t, ret_stored, sizeof *stored);
        *stored = (struct stored_matter){.code = row_str(rows, "code"),
                                         .text = row_str(rows, "text"),
                                         .version = row_int(rows, "version"),
                                         .position = row_int(rows, "position"),
                                         .active = row_int(rows, "active") != 0};
    }
    return OK;
}

static enum err store_matter(struct task *t, const struct catalogue *c, size_t i,
                             struct list stored, int64_t *changed)
{
    struct stored_matter none = {0}, *before = &none;
    int64_t version;
    enum err e = newest_version(t, c->matters[i].procedure, &version);

    if (e)
        return e;
    if (!version)
        return task_fail(t, ERR_BAD_INPUT, "事项“%.*s”的规程“%.*s”还没有载入",
                         STR_ARG(c->matters[i].code), STR_ARG(c->matters[i].procedure));
    LIST_EACH (struct stored_matter, one, stored)
        if (str_eq(one->code, c->matters[i].code))
            before = one;
    before->kept = true;
    if (before->active && before->position == (int64_t)i && str_eq(before->text, c->texts[i]))
        return OK;
    ++*changed;
    return put_matter(t, c->matters[i].code, before->version + 1, true, i, c->texts[i]);
}

static enum err store_routing(struct task *t, struct str text, int64_t *changed)
{
    struct str before;
    int64_t version;
    enum err e = routing_text(t, &before, &version);

    if (e || !text.len || str_eq(before, text))
        return e;
    ++*changed;
    return store_run(t, &q_catalog_routing_add,
                     ARGS(INT("tenant", t->tenant), INT("version", version + 1), TEXT("text", text),
                          INT("now", t->now)),
                     NULL);
}

enum err catalog_store(struct task *t, const struct catalogue *catalogue, int64_t *ret_changed)
{
    struct list stored = {0};
    int64_t changed = 0;
    enum err e = stored_matters(t, &stored);

    for (size_t i = 0; !e && i < catalogue->count; i++)
        e = store_matter(t, catalogue, i, stored, &changed);
    LIST_EACH (struct stored_matter, gone, stored) {
        if (e || gone->kept || !gone->active)
            continue;
        changed++;
        e = put_matter(t, gone->code, gone->version + 1, false, (size_t)gone->position, gone->text);
    }
    if (!e)
        e = store_routing(t, catalogue->routing, &changed);
    if (!e && changed)
        e = store_run(t, &q_catalog_state_raise, ARGS(INT("tenant", t->tenant)), NULL);
    if (e)
        return e;
    *ret_changed = changed;
    return OK;
}
