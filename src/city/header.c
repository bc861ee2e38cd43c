#include "city/header.h"

#include <string.h>

#include "city/archive.h"
#include "core/crypto.h"
#include "core/json.h"

enum { TABLES_MOST = 300 };

struct str city_suite(void)
{
    return crypto_suite() == SUITE_CHINESE ? S("chinese") : S("international");
}

struct str city_migrations_text(struct task *t, const struct list *migrations)
{
    struct buf b = buf_new(t, ARCHIVE_HEADER_MOST);

    LIST_EACH (struct migration, m, *migrations) {
        unsigned char hash[HASH_BYTES];
        struct str text = str_of(m->sql);

        crypto_digest(&text, 1, hash);
        buf_format(&b, "%s/%04d_%s %.*s\n", m->module, m->number, m->name,
                   STR_ARG(str_hex(t, hash, 16)));
    }
    return buf_str(&b);
}

struct str city_header_text(struct task *t, const struct city_header *header)
{
    struct json *json = json_object(t), *keys = json_list(t), *tables = json_object(t);

    json_put_int(t, json, "format", ARCHIVE_FORMAT);
    json_put_str(t, json, "suite", header->suite);
    json_put_id(t, json, "tenant", header->tenant);
    json_put_str(t, json, "code", header->code);
    json_put_str(t, json, "name", header->name);
    json_put_str(t, json, "host", header->host);
    LIST_EACH (struct str, key, header->keys) {
        json_append(keys, json_str(t, *key));
    }
    json_put(t, json, S("keys"), keys);
    json_put_int(t, json, "rows", header->rows);
    for (const struct sql_table *table = sql_tables; table->name; table++)
        if (!table_stays(table))
            json_put_int(t, tables, table->name, header->counts[table - sql_tables]);
    json_put(t, json, S("tables"), tables);
    json_put_str(t, json, "migrations", header->migrations);
    return json_text(t, json);
}

/* Which of the two is ahead: for the sentence that says what to do. */
static enum err refuse_migrations(struct task *t, struct str theirs, struct str ours)
{
    struct str line, left = theirs;

    while (str_cut(&left, '\n', &line))
        if (str_find(ours, line) == SIZE_MAX)
            return task_fail(
                t, ERR_BAD_INPUT,
                "归档的数据表与这个程序不同（%.*s），是较新的版本写的；请升级这里的程序",
                STR_ARG(str_first(line, str_find(line, S(" ")))));
    return task_fail(t, ERR_BAD_INPUT,
                     "归档是较旧的版本写的；请先升级原来的程序，启动一次，再导出");
}

static enum err not_a_header(struct task *t)
{
    task_clear_error(t);
    return task_fail(t, ERR_BAD_INPUT, "归档损坏：开头的说明读不懂");
}

static enum err read_counts(struct task *t, const struct json *tables, struct city_header *header)
{
    int64_t *counts = NEW(t, int64_t, TABLES_MOST);
    int64_t rows = 0;

    for (const struct sql_table *table = sql_tables; table->name; table++) {
        int64_t n = tables ? json_get_int(tables, table->name) : 0;

        if (n < 0 || n > INT64_MAX / TABLES_MOST || (table_stays(table) && n))
            return not_a_header(t);
        counts[table - sql_tables] = n;
        rows += n;
    }
    if (rows != header->rows)
        return not_a_header(t);
    header->counts = counts;
    return OK;
}

enum err city_header_read(struct task *t, struct str text, const struct list *migrations,
                          bool any_suite, struct city_header *ret)
{
    struct city_header header = {0};
    struct json *json;
    enum err e = json_parse(t, text, &json);

    if (e || json->kind != JSON_OBJECT)
        return not_a_header(t);
    if (json_get_int(json, "format") > ARCHIVE_FORMAT)
        return task_fail(t, ERR_BAD_INPUT, "归档的格式比这个程序新，请升级这里的程序");
    header.suite = json_get_str(json, "suite");
    if (!str_is(header.suite, "international") && !str_is(header.suite, "chinese"))
        return not_a_header(t);
    if (any_suite)
        crypto_set_suite(str_is(header.suite, "chinese") ? SUITE_CHINESE : SUITE_INTERNATIONAL);
    if (!str_eq(header.suite, city_suite()))
        return task_fail(t, ERR_BAD_INPUT, "归档用的密码算法是 %.*s，这里的是 %.*s，不能导入",
                         STR_ARG(header.suite), STR_ARG(city_suite()));
    header.migrations = json_get_str(json, "migrations");
    struct str ours = city_migrations_text(t, migrations);
    if (!str_eq(header.migrations, ours))
        return refuse_migrations(t, header.migrations, ours);
    header.tenant = json_get_id(json, "tenant");
    header.rows = json_get_int(json, "rows");
    header.code = json_get_str(json, "code");
    header.name = json_get_str(json, "name");
    header.host = json_get_str(json, "host");
    const struct json *keys = json_get(json, "keys");
    if (header.tenant <= 0 || !header.code.len || !keys || keys->kind != JSON_LIST)
        return not_a_header(t);
    JSON_EACH (key, keys) {
        *(struct str *)list_add(t, &header.keys, sizeof(struct str)) = json_as_str(key);
    }
    e = read_counts(t, json_get(json, "tables"), &header);
    if (!e)
        *ret = header;
    return e;
}
