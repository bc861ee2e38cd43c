#include "modules/audit/audit.h"

#include <string.h>

#include "audit_sql.h"
#include "core/crypto.h"
#include "modules/audit/audit_private.h"
#include "modules/org/keys.h"
#include "store/store.h"

enum { LIST_MOST = 200, CHAIN_CHUNK = 500, HASHED_FIELDS = 14 };

#define VIEW(member, type, title) FIELD(struct audit_view, member, type, title)

static const struct field view_fields[] = {
    VIEW(seq, F_INT, "序号"),      VIEW(at, F_MOMENT, "时间"),
    VIEW(word, F_STR, "事项代码"), VIEW(title, F_STR, "事项"),
    VIEW(staff, F_ID, "人员编号"), VIEW(name, F_STR, "姓名"),
    VIEW(post, F_STR, "岗位"),     VIEW(unit, F_STR, "机构"),
    VIEW(order, F_ID, "工单编号"), VIEW(party, F_ID, "当事人编号"),
    VIEW(subject, F_STR, "对象"),  VIEW(remote, F_STR, "来源地址"),
    VIEW(detail, F_STR, "说明"),   {0},
};
const struct shape audit_view_shape = {"audit-entry", sizeof(struct audit_view), view_fields};

#define LOOK(member, type, title) FIELD(struct audit_look, member, type, title)

static const struct field look_fields[] = {
    LOOK(at, F_MOMENT, "时间"),
    LOOK(post, F_STR, "岗位"),
    LOOK(unit, F_STR, "机构"),
    LOOK(detail, F_STR, "查看理由"),
    LOOK(order, F_ID, "工单编号"),
    LOOK(party, F_ID, "当事人编号"),
    {0},
};
const struct shape audit_look_shape = {"audit-look", sizeof(struct audit_look), look_fields};

const struct choice audit_words[] = {
    {"sign-in", "登录"},       {"sign-in-failed", "登录失败"},
    {"sign-out", "退出"},      {"post-switch", "切换岗位"},
    {"password", "修改密码"},  {"second-factor", "两步验证"},
    {"token", "接口令牌"},     {"look", "查看个人信息"},
    {"export", "导出"},        {"grant", "岗位授权"},
    {"staff", "人员账号"},     {"unlock", "解除锁定"},
    {"org", "机构变动"},       {"load", "加载规程或日历"},
    {"keys", "更换密钥"},      {"erasure", "删除个人信息"},
    {"backup", "备份与恢复"},  {"knowledge", "维护知识"},
    {"proof", "再次核对身份"}, {"security", "安全设置"},
    {"power", "管理岗变动"},   {NULL, NULL},
};

static struct str title_of(struct str word)
{
    for (const struct choice *row = audit_words; row->value; row++) {
        if (str_is(word, row->value))
            return str_of(row->title);
    }
    return word;
}

const char *audit_title(const char *word)
{
    for (const struct choice *row = audit_words; row->value; row++)
        if (!strcmp(row->value, word))
            return row->title;
    return NULL;
}

struct link {
    int64_t seq, at, staff, order, party;
    struct str word, name, post, unit, subject, remote, detail;
};

static struct str number(struct task *t, int64_t n)
{
    return str_format(t, "%lld", (long long)n);
}

static struct str hash_of(struct task *t, const struct link *link, struct str before)
{
    unsigned char hash[HASH_BYTES];
    const struct str parts[HASHED_FIELDS] = {
        before,
        number(t, t->tenant),
        number(t, link->seq),
        number(t, link->at),
        link->word,
        number(t, link->staff),
        link->name,
        link->post,
        link->unit,
        number(t, link->order),
        number(t, link->party),
        link->subject,
        link->remote,
        link->detail,
    };

    crypto_digest(parts, HASHED_FIELDS, hash);
    return str_copy(t, (struct str){(const char *)hash, sizeof hash});
}

static struct str place_of(struct task *t, int64_t seq)
{
    return str_format(t, "audit/%lld/%lld", (long long)t->tenant, (long long)seq);
}

static enum err seal_detail(struct task *t, int64_t seq, struct str detail, struct str *ret_sealed)
{
    struct key key;

    if (!detail.len) {
        *ret_sealed = (struct str){0};
        return OK;
    }
    enum err e = lasting_key(t, "audit", &key);
    if (e)
        return e;
    *ret_sealed = crypto_seal(t, &key, place_of(t, seq), detail);
    key_clear(&key);
    return OK;
}

static enum err open_detail(struct task *t, const struct key *key, int64_t seq, struct str sealed,
                            struct str *ret_detail)
{
    *ret_detail = (struct str){0};
    return sealed.len ? crypto_open(t, key, place_of(t, seq), sealed, ret_detail) : OK;
}

static enum err move_head(struct task *t, int64_t seq, struct str hash)
{
    enum err e;

    if (seq == 1)
        return store_run(t, &q_audit_head_first,
                         ARGS(INT("tenant", t->tenant), BYTES("hash", hash)), NULL);
    e = store_run(t, &q_audit_head_move,
                  ARGS(INT("tenant", t->tenant), INT("seq", seq), BYTES("hash", hash),
                       INT("seq_before", seq - 1)),
                  NULL);
    if (e)
        return e;
    return store_changed(t) ? OK : task_fail(t, ERR_BUSY, "留痕正忙，请再试一次");
}

enum err audit_record(struct task *t, const struct audit_entry *entry)
{
    struct str before = {0};
    struct rows *rows;
    struct link link = {
        .seq = 1,
        .at = t->now,
        .staff = entry->staff,
        .order = entry->order,
        .party = entry->party,
        .word = str_of(entry->word),
        .name = entry->name,
        .post = entry->post,
        .unit = entry->unit,
        .subject = entry->subject,
        .remote = entry->remote,
    };
    enum err e = store_run(t, &q_audit_head_read, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    if (rows_next(rows)) {
        link.seq = row_int(rows, "seq") + 1;
        before = row_str(rows, "hash");
    }
    e = seal_detail(t, link.seq, entry->detail, &link.detail);
    if (e)
        return e;
    struct str hash = hash_of(t, &link, before);
    e = move_head(t, link.seq, hash);
    if (e)
        return e;
    return store_run(t, &q_audit_add,
                     ARGS(INT("tenant", t->tenant), INT("seq", link.seq), INT("at", link.at),
                          TEXT("word", link.word), INT("staff", link.staff),
                          TEXT("name", link.name), TEXT("post", link.post), TEXT("unit", link.unit),
                          INT("order_id", link.order), INT("party_id", link.party),
                          TEXT("subject", link.subject), TEXT("remote", link.remote),
                          BYTES("detail", link.detail), BYTES("hash", hash)),
                     NULL);
}

enum err audit_list(struct task *t, const struct audit_query *query, struct list *ret_entries)
{
    struct list entries = {0};
    struct rows *rows;
    struct key key;
    int64_t most = query->most > 0 && query->most <= LIST_MOST ? query->most : 50;
    enum err e = lasting_key(t, "audit", &key);

    if (e)
        return e;
    e = store_run(t, &q_audit_list,
                  ARGS(INT("tenant", t->tenant),
                       INT("before", query->before ? query->before : INT64_MAX),
                       TEXT("word", query->word), INT("staff", query->staff),
                       INT("order_id", query->order), INT("since", query->from),
                       INT("until", query->until ? query->until : INT64_MAX), INT("most", most)),
                  &rows);
    while (!e && rows_next(rows)) {
        struct audit_view *view = list_add(t, &entries, sizeof *view);

        *view = (struct audit_view){
            .seq = row_int(rows, "seq"),
            .at = row_int(rows, "at"),
            .word = row_str(rows, "word"),
            .title = title_of(row_str(rows, "word")),
            .staff = row_int(rows, "staff"),
            .name = row_str(rows, "name"),
            .post = row_str(rows, "post"),
            .unit = row_str(rows, "unit"),
            .order = row_int(rows, "order_id"),
            .party = row_int(rows, "party_id"),
            .subject = row_str(rows, "subject"),
            .remote = row_str(rows, "remote"),
        };
        e = open_detail(t, &key, view->seq, row_str(rows, "detail"), &view->detail);
    }
    key_clear(&key);
    if (!e)
        *ret_entries = entries;
    return e;
}

enum err audit_looks(struct task *t, int64_t order, int64_t party, struct list *ret_looks)
{
    struct list looks = {0};
    struct rows *rows;
    struct key key;
    enum err e = lasting_key(t, "audit", &key);

    if (e)
        return e;
    if (order)
        e = store_run(
            t, &q_audit_looks_of_order,
            ARGS(INT("tenant", t->tenant), INT("order_id", order), INT("party_id", party)), &rows);
    else
        e = store_run(t, &q_audit_looks_of_party,
                      ARGS(INT("tenant", t->tenant), INT("party_id", party)), &rows);
    while (!e && rows_next(rows)) {
        struct audit_look *look = list_add(t, &looks, sizeof *look);

        *look = (struct audit_look){
            .at = row_int(rows, "at"),
            .post = row_str(rows, "post"),
            .unit = row_str(rows, "unit"),
            .order = row_int(rows, "order_id"),
            .party = row_int(rows, "party_id"),
        };
        e = open_detail(t, &key, row_int(rows, "seq"), row_str(rows, "detail"), &look->detail);
    }
    key_clear(&key);
    if (!e)
        *ret_looks = looks;
    return e;
}

struct walk {
    int64_t seq, bad;
    unsigned char hash[HASH_BYTES];
    size_t hash_len; /* 0 before the first entry */
    bool ended;
};

/* The chain is read in one transaction per chunk; entries are never changed, so chunks fit
 * together. */
static enum err walk_chunk(struct task *t, void *arg)
{
    struct walk *walk = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_audit_chain,
        ARGS(INT("tenant", t->tenant), INT("after", walk->seq), INT("most", CHAIN_CHUNK)), &rows);

    if (e)
        return e;
    walk->ended = rows_count(rows) < CHAIN_CHUNK;
    while (!walk->bad && rows_next(rows)) {
        const struct link link = {
            .seq = row_int(rows, "seq"),
            .at = row_int(rows, "at"),
            .staff = row_int(rows, "staff"),
            .order = row_int(rows, "order_id"),
            .party = row_int(rows, "party_id"),
            .word = row_str(rows, "word"),
            .name = row_str(rows, "name"),
            .post = row_str(rows, "post"),
            .unit = row_str(rows, "unit"),
            .subject = row_str(rows, "subject"),
            .remote = row_str(rows, "remote"),
            .detail = row_str(rows, "detail"),
        };
        struct str hash = hash_of(t, &link, (struct str){(const char *)walk->hash, walk->hash_len});

        if (link.seq != walk->seq + 1 || !str_eq(hash, row_str(rows, "hash"))) {
            walk->bad = walk->seq + 1;
            break;
        }
        walk->seq = link.seq;
        memcpy(walk->hash, hash.at, HASH_BYTES);
        walk->hash_len = HASH_BYTES;
    }
    if (!walk->ended || walk->bad)
        return OK;

    /* The head is read in the transaction that saw the last entry. */
    e = store_run(t, &q_audit_head_read, ARGS(INT("tenant", t->tenant)), &rows);
    if (e)
        return e;
    bool has_head = rows_next(rows);
    struct str end = {(const char *)walk->hash, walk->hash_len};
    if (has_head != (walk->seq > 0) ||
        (has_head && (row_int(rows, "seq") != walk->seq || !str_eq(row_str(rows, "hash"), end))))
        walk->bad = walk->seq + 1;
    return OK;
}

enum err audit_verify(struct task *t, int64_t *ret_bad_seq, int64_t *ret_count)
{
    struct walk walk = {0};

    while (!walk.ended && !walk.bad) {
        struct task_mark mark = task_mark(t);
        struct walk next = walk;
        enum err e = store_read(t, walk_chunk, &next);

        if (e)
            return e;
        walk = next;
        task_reset(t, mark);
    }
    *ret_bad_seq = walk.bad;
    *ret_count = walk.seq;
    return OK;
}

enum err audit_head(struct task *t, int64_t *ret_seq, struct str *ret_hash)
{
    struct rows *rows;
    enum err e = store_run(t, &q_audit_head_read, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    bool any = rows_next(rows);
    *ret_seq = any ? row_int(rows, "seq") : 0;
    *ret_hash = any ? row_str(rows, "hash") : (struct str){0};
    return OK;
}

enum err audit_hash_at(struct task *t, int64_t seq, struct str *ret_hash)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_audit_hash, ARGS(INT("tenant", t->tenant), INT("seq", seq)), &rows);

    if (e)
        return e;
    *ret_hash = rows_next(rows) ? row_str(rows, "hash") : (struct str){0};
    return OK;
}
