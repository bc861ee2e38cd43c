#include "modules/calendar/calendar.h"

#include "calendar_sql.h"
#include "core/crypto.h"
#include "core/json.h"
#include "modules/access/access.h"
#include "modules/org/org.h"

enum { VERSIONS_MAX = 50, TEXT_MAX = 4 * 1024 * 1024, NOTE_MAX = 200 };

/* 全国年节及纪念日放假办法 gives 13 days (11 before 2025): a year with fewer is no whole notice. */
enum { DAYS_OFF_LEAST = 11 };

_Static_assert((int)HASH_BYTES == (int)CALENDAR_KEY_BYTES, "a hash is the key of a calendar");

static const struct field version_fields[] = {
    FIELD(struct calendar_version, version, F_INT, "版次"),
    FIELD(struct calendar_version, kind, F_STR, "种类代码"),
    FIELD(struct calendar_version, kind_title, F_STR, "种类"),
    FIELD(struct calendar_version, hash, F_STR, "内容散列"),
    FIELD(struct calendar_version, published_until, F_DAY, "公布到"),
    FIELD(struct calendar_version, note, F_STR, "说明"),
    FIELD(struct calendar_version, loaded_by, F_ID, "载入人编号"),
    FIELD(struct calendar_version, loaded_name, F_STR, "载入人"),
    FIELD(struct calendar_version, loaded_at, F_MOMENT, "载入时间"),
    FIELD(struct calendar_version, recomputed, F_BOOL, "时限已重算"),
    {0},
};
const struct shape calendar_version_shape = {"calendar-version", sizeof(struct calendar_version),
                                             version_fields};

struct head {
    int64_t version, national, own; /* 0: none */
    struct str hash;                /* of all three, hexadecimal */
};

static const struct field head_fields[] = {
    FIELD(struct head, version, F_INT, NULL),
    FIELD(struct head, national, F_INT, NULL),
    FIELD(struct head, own, F_INT, NULL),
    FIELD(struct head, hash, F_STR, NULL),
    {0},
};
static const struct shape head_shape = {"calendar-head", sizeof(struct head), head_fields};

static enum err read_head(struct task *t, struct head *ret_head)
{
    struct head head = {0};
    enum err e =
        store_one(t, &q_calendar_head_read, ARGS(INT("tenant", t->tenant)), &head_shape, &head);

    if (e && e != ERR_NOT_FOUND)
        return e;
    *ret_head = e ? (struct head){0} : head;
    return OK;
}

/* The text of a version; of version 0, what a tenant has that never loaded that kind. */
static enum err read_days(struct task *t, int64_t version, struct str when_none,
                          struct str *ret_days)
{
    struct rows *rows;

    if (!version) {
        *ret_days = when_none;
        return OK;
    }
    enum err e = store_run(t, &q_calendar_version_days,
                           ARGS(INT("tenant", t->tenant), INT("version", version)), &rows);
    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_STORE, "日历第 %lld 版不见了", (long long)version);
    *ret_days = row_str(rows, "days");
    return OK;
}

static const struct str no_days = STR_INIT("{\"years\":{}}");

static struct str hash_texts(struct task *t, int64_t version, struct str national, struct str own)
{
    unsigned char hash[HASH_BYTES];
    struct str parts[] = {str_format(t, "%lld", (long long)version), national, own};

    crypto_digest(parts, sizeof parts / sizeof *parts, hash);
    return str_hex(t, hash, sizeof hash);
}

/* The calendar in force */

static enum err build(struct task *t, struct str national, struct str own, int64_t version,
                      struct calendar **ret_calendar)
{
    struct calendar_day *days, *own_days;
    size_t count, own_count;
    int32_t until, no_matter;

    enum err e = calendar_read_holidays(t, national, &days, &count, &until);
    if (!e)
        e = calendar_read_holidays(t, own, &own_days, &own_count, &no_matter);
    if (e)
        return e;
    struct calendar_day *all = NEW(t, struct calendar_day, count + own_count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = days[i];
    for (size_t i = 0; i < own_count; i++)
        all[count + i] = own_days[i];
    *ret_calendar = calendar_make(all, count + own_count, until, (int32_t)version);
    return *ret_calendar ? OK : task_fail(t, ERR_NO_MEMORY, "内存不够，日历没有读出");
}

static enum err make_shared(struct task *t, const struct head *head,
                            const unsigned char key[CALENDAR_KEY_BYTES],
                            const struct calendar **ret_calendar)
{
    struct str national, own;
    struct calendar *fresh = NULL;
    enum err e = read_days(t, head->national, calendar_shipped(), &national);

    if (!e)
        e = read_days(t, head->own, no_days, &own);
    if (!e)
        e = build(t, national, own, head->version, &fresh);
    if (e)
        return e;
    const struct calendar *shared = calendar_share(key, fresh);
    if (!shared)
        return task_fail(t, ERR_NO_MEMORY, "内存不够，日历没有读出");
    *ret_calendar = shared;
    return OK;
}

enum err calendar_current(struct task *t, const struct calendar **ret_calendar)
{
    static const unsigned char shipped_key[CALENDAR_KEY_BYTES] = "shipped";
    const unsigned char *key = shipped_key;
    struct str bytes;
    struct head head;
    enum err e = read_head(t, &head);

    if (e)
        return e;
    /* The hash is over the texts, so a version that was rolled back is never taken for the one that
     * later got its number, and tenants that loaded the same share one calendar. */
    if (head.version) {
        if (!str_unhex(t, head.hash, &bytes) || bytes.len != CALENDAR_KEY_BYTES)
            return task_fail(t, ERR_STORE, "日历第 %lld 版的散列不对", (long long)head.version);
        key = (const unsigned char *)bytes.at;
    }
    const struct calendar *shared = calendar_shared(key);
    if (shared) {
        *ret_calendar = shared;
        return OK;
    }
    return make_shared(t, &head, key, ret_calendar);
}

/* Loading */

static const struct {
    const char *code, *title;
} kinds[] = {
    [CALENDAR_NATIONAL] = {"national", "国务院放假安排"},
    [CALENDAR_OWN] = {"own", "本地日期"},
};

/* Each year of `fresh` in the place of that year of `before`. */
static enum err merge(struct task *t, struct str before, struct str fresh, struct str *ret_merged)
{
    struct json *old_tree, *new_tree;
    enum err e = json_parse(t, before, &old_tree);

    if (!e)
        e = json_parse(t, fresh, &new_tree);
    if (e)
        return e;
    struct json *years = json_get(old_tree, "years");
    struct json *year = json_get(new_tree, "years")->first;
    while (year) {
        struct json *next = year->next; /* putting it elsewhere takes it off this row */
        json_put(t, years, year->name, year);
        year = next;
    }
    struct json *merged = json_object(t);
    json_put(t, merged, S("years"), years);
    *ret_merged = json_text(t, merged);
    return OK;
}

static int days_off_in(const struct calendar_day *days, size_t count, int year)
{
    int32_t from = day_from_civil(year, 1, 1), to = day_from_civil(year, 12, 31);
    int off = 0;

    for (size_t i = 0; i < count; i++)
        off += days[i].kind == DAY_REST && days[i].day >= from && days[i].day <= to;
    return off;
}

/* A notice is loaded as a whole: half a year's list would make dates look certain that are not. */
static enum err check_national(struct task *t, struct str fresh, struct str before,
                               struct str merged, int32_t *ret_until)
{
    struct calendar_day *days;
    size_t count;
    int32_t until_before;
    struct json *tree;
    enum err e = calendar_read_holidays(t, before, &days, &count, &until_before);

    if (!e)
        e = calendar_read_holidays(t, merged, &days, &count, ret_until);
    if (!e)
        e = json_parse(t, fresh, &tree);
    if (e)
        return e;
    JSON_EACH (entry, json_get(tree, "years")) {
        int64_t year;
        int off = 0;
        const struct json *listed = json_get(entry, "days");
        if (str_int(entry->name, &year))
            off = days_off_in(days, count, (int)year);
        if (listed->count && off < DAYS_OFF_LEAST)
            task_field_error(t, str_format(t, "years.%lld", (long long)year),
                             "只列了 %d 天休息，不是一份完整的放假安排（至少 %d 天）", off,
                             DAYS_OFF_LEAST);
    }
    if (*ret_until == DAY_NONE || (until_before != DAY_NONE && *ret_until < until_before))
        task_field_error(t, S("years"), "载入后，已经公布的年份会变成没有公布，请补全");
    return task_input_verdict(t);
}

struct loading {
    enum calendar_days kind;
    struct str merged, note;
    int32_t until;
    bool same; /* as what is in force */
};

static enum err move_head(struct task *t, const struct head *before, const struct head *after)
{
    if (!before->version)
        return store_run(t, &q_calendar_head_first,
                         ARGS(INT("tenant", t->tenant), INT("version", after->version),
                              INT("national", after->national), INT("own", after->own),
                              TEXT("hash", after->hash)),
                         NULL);
    enum err e = store_run(t, &q_calendar_head_move,
                           ARGS(INT("tenant", t->tenant), INT("version", after->version),
                                INT("national", after->national), INT("own", after->own),
                                TEXT("hash", after->hash), INT("version_before", before->version)),
                           NULL);
    if (!e && store_changed(t) != 1)
        return task_fail(t, ERR_CONFLICT, "刚才有人载入了另一版日历，请刷新后再载入");
    return e;
}

static enum err write_version(struct task *t, const struct actor *actor,
                              const struct loading *loading, int64_t version)
{
    unsigned char hash[HASH_BYTES];

    crypto_digest(&loading->merged, 1, hash);
    struct str until = day_text(t, loading->until);
    enum err e = store_run(
        t, &q_calendar_version_add,
        ARGS(INT("tenant", t->tenant), INT("version", version),
             TEXT("kind", str_of(kinds[loading->kind].code)), TEXT("days", loading->merged),
             TEXT("hash", str_hex(t, hash, sizeof hash)), TEXT_OR_NULL("published_until", until),
             TEXT("note", loading->note), INT("loaded_by", actor->staff),
             TEXT("loaded_name", actor->name), INT("loaded_at", t->now)),
        NULL);
    if (!e)
        e = store_run(t, &q_calendar_recompute_add,
                      ARGS(INT("tenant", t->tenant), INT("version", version)), NULL);
    if (!e && loading->kind == CALENDAR_OWN)
        e = org_set_own_days(t, version);
    if (!e)
        e = actor_record(
            t, actor, "load", 0, 0,
            str_format(t, "calendar/%s@%lld", kinds[loading->kind].code, (long long)version),
            loading->note);
    return e;
}

/* What is loaded, put into what is in force.  The fresh text is checked alone first, so that errors
 * name the entries of the file that was sent. */
static enum err prepare(struct task *t, const struct head *head, struct str text,
                        struct loading *loading)
{
    bool national = loading->kind == CALENDAR_NATIONAL;
    struct calendar_day *days;
    struct str before;
    size_t count;
    int32_t until;

    if (text.len > TEXT_MAX)
        return task_fail(t, ERR_TOO_LARGE, "日历文件太大");
    enum err e = calendar_read_holidays(t, text, &days, &count, &until);
    if (!e)
        e = read_days(t, national ? head->national : head->own,
                      national ? calendar_shipped() : no_days, &before);
    if (!e)
        e = merge(t, before, text, &loading->merged);
    if (e)
        return e;
    loading->until = DAY_NONE;
    if (national)
        e = check_national(t, text, before, loading->merged, &loading->until);
    if (e)
        return e;
    /* Before the first load the row has the shipped text, written in another way. */
    loading->same = (national ? head->national : head->own) && str_eq(before, loading->merged);
    return OK;
}

/* Whoever loaded what is in force asks again, because the first answer did not come.  Somebody else
 * may have taken the wrong file. */
static enum err loaded_already(struct task *t, const struct actor *actor, int64_t version,
                               int64_t *ret_version)
{
    int64_t by;
    enum err e = store_number(t, &q_calendar_version_by,
                              ARGS(INT("tenant", t->tenant), INT("version", version)), &by);

    if (e)
        return e;
    if (by != actor->staff)
        return task_fail(t, ERR_CONFLICT, "与现在用的日历没有不同，不用再载入");
    *ret_version = version;
    return OK;
}

enum err calendar_load(struct task *t, const struct actor *actor, enum calendar_days kind,
                       struct str text, struct str note, int64_t *ret_version)
{
    struct loading loading = {.kind = kind, .note = str_first(note, utf8_prefix(note, NOTE_MAX))};
    struct str national, own;
    struct head before;
    enum err e = read_head(t, &before);

    if (!e)
        e = prepare(t, &before, text, &loading);
    if (e)
        return e;
    if (loading.same)
        return loaded_already(t, actor, kind == CALENDAR_NATIONAL ? before.national : before.own,
                              ret_version);
    struct head after = before;
    after.version++;
    if (kind == CALENDAR_NATIONAL)
        after.national = after.version;
    else
        after.own = after.version;
    e = write_version(t, actor, &loading, after.version);
    if (!e)
        e = read_days(t, after.national, calendar_shipped(), &national);
    if (!e)
        e = read_days(t, after.own, no_days, &own);
    if (e)
        return e;
    after.hash = hash_texts(t, after.version, national, own);
    e = move_head(t, &before, &after);
    if (!e)
        *ret_version = after.version;
    return e;
}

enum err calendar_versions(struct task *t, struct list *ret_versions)
{
    struct list list;
    enum err e = store_list(t, &q_calendar_version_list,
                            ARGS(INT("tenant", t->tenant), INT("most", VERSIONS_MAX)),
                            &calendar_version_shape, &list);

    if (e)
        return e;
    LIST_EACH (struct calendar_version, version, list) {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (str_is(version->kind, kinds[i].code))
                version->kind_title = str_of(kinds[i].title);
    }
    *ret_versions = list;
    return OK;
}

/* Reckoning again */

static calendar_follow_fn *follower; /* set at start, before there are threads */

void calendar_follow(calendar_follow_fn *fn)
{
    follower = fn;
}

struct chunk {
    int64_t most;
    bool finished;
};

static enum err recompute_chunk(struct task *t, void *arg)
{
    struct chunk *chunk = arg;
    struct rows *rows;
    bool finished = false;

    chunk->finished = true;
    enum err e = store_run(t, &q_calendar_recompute_next, ARGS(INT("tenant", t->tenant)), &rows);
    if (e || !rows_next(rows))
        return e;
    int64_t version = row_int(rows, "version"), cursor = row_int(rows, "reached");
    e = follower(t, chunk->most, &cursor, &finished);
    if (!e)
        e = store_run(
            t, &q_calendar_recompute_reached,
            ARGS(INT("tenant", t->tenant), INT("version", version), INT("reached", cursor)), NULL);
    if (!e && finished)
        e = store_run(t, &q_calendar_recompute_done,
                      ARGS(INT("tenant", t->tenant), INT("version", version)), NULL);
    if (e)
        return e;
    chunk->finished = finished;
    return OK;
}

enum err calendar_recompute(struct task *t, int64_t most, bool *ret_finished)
{
    struct chunk chunk = {.most = most, .finished = true};

    if (follower) {
        enum err e = store_write(t, recompute_chunk, &chunk);
        if (e)
            return e;
    }
    *ret_finished = chunk.finished;
    return OK;
}
