/*
 * parties.c - who takes part in an order, with their identity as it then was, sealed with the
 * order's key.
 */
#include "modules/orders/parties.h"

#include <string.h>

#include "modules/orders/act.h"
#include "modules/orders/intake.h"
#include "orders_sql.h"

const struct choice party_roles[] = {
    {"applicant", "申请人"},   {"respondent", "被申请人"},
    {"agent", "代理人"},       {"guardian", "监护人"},
    {"witness", "证人"},       {"third-party", "第三人"},
    {"beneficiary", "受益人"}, {NULL, NULL},
};

const char *party_role_title(struct str role)
{
    for (const struct choice *choice = party_roles; choice->value; choice++)
        if (str_is(role, choice->value))
            return choice->title;
    return "";
}

struct str party_place(struct task *t, int64_t order, int64_t n)
{
    return str_format(t, "party/%lld/%lld", (long long)order, (long long)n);
}

static enum err insert_party(struct change *c, int64_t n, int64_t party, struct str role,
                             struct str masked, const struct json *facts)
{
    struct task *t = c->t;

    return store_run(t, &q_orders_party_insert,
                     ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id), INT("n", n),
                          INT("party", party), TEXT("role", role), TEXT("masked", masked),
                          BYTES("sealed", text_seal(t, &c->key, party_place(t, c->order.id, n),
                                                    json_text(t, facts)))),
                     NULL);
}

static bool has_word(struct str words, struct str word)
{
    struct str one;

    while (words.len) {
        (void)str_cut(&words, ',', &one);
        if (str_eq(one, word))
            return true;
    }
    return false;
}

/* Whoever of several applicants goes first, the order goes first: every class stands on it (K20).
 */
static void add_green(struct change *c, struct str words)
{
    struct str all = json_get_str(c->state, "green"), word;

    while (words.len) {
        (void)str_cut(&words, ',', &word);
        if (word.len && !has_word(all, word))
            all = all.len ? str_format(c->t, "%.*s,%.*s", STR_ARG(all), STR_ARG(word)) : word;
    }
    if (!str_eq(all, json_get_str(c->state, "green")))
        change_set_str(c, "green", all);
}

enum err party_add(struct change *c, const struct json *item)
{
    struct task *t = c->t;
    struct identity identity = party_identity(t, json_get(item, "identity"));
    int64_t n = json_get_int(c->state, "parties") + 1, party = 0;
    struct str role = json_get_str(item, "role");
    struct json *facts = identity_json(t, &identity);
    enum err e = party_keep(t, &identity, c->actor->kind != ACTOR_PARTY, &party);

    if (e)
        return e;
    json_put_str(t, facts, "authority", json_get_str(item, "authority"));
    json_put_bool(t, facts, "represents", json_get_bool(item, "represents"));
    struct str masked = mask_name(t, identity.name);
    if (str_is(identity.kind, "firm"))
        masked = identity.name;
    e = insert_party(c, n, party, role, masked, facts);
    if (e)
        return e;
    change_set_int(c, "parties", n);
    if (str_is(role, "applicant")) {
        int64_t applicants = json_get_int(c->state, "party_count") + 1;

        change_set_int(c, "party_count", applicants);
        if (applicants == 1)
            change_set_str(c, "party_masked", masked);
        add_green(c, identity.green);
    }
    return OK;
}

struct party_row {
    int64_t n, party;
    struct str role, masked, sealed;
};

static const struct shape party_row_shape = {
    .name = "OrderPartyRow",
    .size = sizeof(struct party_row),
    .fields =
        (const struct field[]){
            FIELD(struct party_row, n, F_INT, NULL),
            FIELD(struct party_row, party, F_ID, NULL),
            FIELD(struct party_row, role, F_STR, NULL),
            FIELD(struct party_row, masked, F_STR, NULL),
            FIELD(struct party_row, sealed, F_STR, NULL),
            {0},
        },
};

static enum err party_rows(struct task *t, int64_t order, size_t most, struct list *ret_rows)
{
    return store_list(
        t, &q_orders_parties,
        ARGS(INT("tenant", t->tenant), INT("order_id", order), INT("most", (int64_t)most)),
        &party_row_shape, ret_rows);
}

static enum err open_party(struct task *t, const struct key *key, int64_t order,
                           const struct party_row *row, struct json **ret_facts)
{
    struct str text;
    enum err e = text_open(t, key, party_place(t, order, row->n), row->sealed, &text);

    return e ? e : json_parse(t, text, ret_facts);
}

enum err order_identity(struct task *t, const struct order *order, int64_t n,
                        struct identity *ret_identity)
{
    struct list rows;
    struct key key;
    enum err e = party_rows(t, order->id, 500, &rows);

    if (e)
        return e;
    e = order_key(t, order, &key);
    if (e)
        return e;
    LIST_EACH (struct party_row, row, rows) {
        struct json *facts;

        if (row->n != n)
            continue;
        e = open_party(t, &key, order->id, row, &facts);
        if (e)
            return e;
        *ret_identity = identity_from_json(t, facts);
        return OK;
    }
    return task_fail(t, ERR_NOT_FOUND, "没有这位当事人");
}

enum err party_change_phone(struct change *c, int64_t n, struct str phone)
{
    struct task *t = c->t;
    struct list rows;
    enum err e = party_rows(t, c->order.id, 500, &rows);

    if (e)
        return e;
    LIST_EACH (struct party_row, row, rows) {
        struct json *facts;

        if (row->n != n)
            continue;
        e = open_party(t, &c->key, c->order.id, row, &facts);
        if (e)
            return e;
        json_put_str(t, facts, "phone", phone);
        struct identity identity = identity_from_json(t, facts);
        int64_t party;
        e = party_keep(t, &identity, c->actor->kind != ACTOR_PARTY, &party);
        if (e)
            return e;
        return store_run(t, &q_orders_party_update,
                         ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id), INT("n", n),
                              TEXT("masked", row->masked),
                              BYTES("sealed", text_seal(t, &c->key, party_place(t, c->order.id, n),
                                                        json_text(t, facts)))),
                         NULL);
    }
    return task_fail(t, ERR_NOT_FOUND, "没有这位当事人");
}

enum err copy_parties(struct change *from, struct change *to)
{
    struct task *t = from->t;
    struct list rows;
    enum err e = party_rows(t, from->order.id, 500, &rows);

    if (e)
        return e;
    LIST_EACH (struct party_row, row, rows) {
        struct json *facts;

        e = open_party(t, &from->key, from->order.id, row, &facts);
        if (e)
            return e;
        e = insert_party(to, row->n, row->party, row->role, row->masked, facts);
        if (e)
            return e;
    }
    change_set_int(to, "parties", (int64_t)rows.count);
    change_set_int(to, "party_count", json_get_int(from->state, "party_count"));
    change_set_str(to, "party_masked", json_get_str(from->state, "party_masked"));
    change_set_str(to, "green", json_get_str(from->state, "green"));
    return OK;
}

/* --- What may stand in the clear --- */

static bool has_long_digits(struct str text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.len; i++) {
        run = text.at[i] >= '0' && text.at[i] <= '9' ? run + 1 : 0;
        if (run >= 7)
            return true;
    }
    return false;
}

bool subject_check_against(struct task *t, struct str subject, const struct identity *identity,
                           struct str field)
{
    if (has_long_digits(subject)) {
        task_field_error(t, field, "事由会显示在列表上，请不要写电话、证件号等号码");
        return false;
    }
    if (identity && str_is(identity->kind, "person") && utf8_length(identity->name) >= 2 &&
        str_find(subject, identity->name) != SIZE_MAX) {
        task_field_error(t, field, "事由会显示在列表上，请不要写当事人的姓名");
        return false;
    }
    return true;
}

enum err subject_check(struct task *t, const struct order *order, struct str subject,
                       struct str field)
{
    struct list rows;
    struct key key;
    enum err e = party_rows(t, order->id, 500, &rows);

    if (e)
        return e;
    e = order_key(t, order, &key);
    if (e)
        return e;
    bool fine = subject_check_against(t, subject, NULL, field);
    LIST_EACH (struct party_row, row, rows) {
        struct json *facts;

        if (!fine)
            break;
        e = open_party(t, &key, order->id, row, &facts);
        if (e)
            return e;
        struct identity identity = identity_from_json(t, facts);
        fine = subject_check_against(t, subject, &identity, field);
    }
    return OK;
}

/* --- Views --- */

const struct shape party_view_shape = {
    .name = "OrderParty",
    .size = sizeof(struct party_view),
    .fields =
        (const struct field[]){
            FIELD(struct party_view, n, F_INT, "序号"),
            FIELD(struct party_view, party, F_ID, "当事人档案"),
            FIELD(struct party_view, role, F_STR, "身份"),
            FIELD(struct party_view, role_title, F_STR, "身份（中文）"),
            FIELD(struct party_view, kind, F_STR, "person 个人，firm 单位，other 其他"),
            FIELD(struct party_view, name, F_STR, "姓名或名称（遮盖）"),
            FIELD(struct party_view, phone, F_STR, "电话（遮盖）"),
            FIELD(struct party_view, paper_number, F_STR, "证件号码（遮盖）"),
            FIELD(struct party_view, address, F_STR, "住址（遮盖）"),
            FIELD(struct party_view, paper_title, F_STR, "证件"),
            FIELD(struct party_view, sex, F_STR, "性别"),
            FIELD(struct party_view, authority, F_STR, "授权范围"),
            FIELD(struct party_view, age, F_INT, "年龄"),
            FIELD(struct party_view, green, F_STR, "绿色通道"),
            FIELD(struct party_view, no_message, F_BOOL, "不可留言（安全联络）"),
            FIELD(struct party_view, represents, F_BOOL, "代表全体"),
            FIELD(struct party_view, unmasked, F_BOOL, "已显示原文"),
            {0},
        },
};

static struct party_view party_view_of(struct task *t, const struct party_row *row,
                                       const struct json *facts, bool clear)
{
    struct identity identity = identity_from_json(t, facts);
    bool firm = str_is(identity.kind, "firm");

    return (struct party_view){
        .n = row->n,
        .party = row->party,
        .role = row->role,
        .role_title = str_of(party_role_title(row->role)),
        .kind = identity.kind,
        .name = clear || firm ? identity.name : mask_name(t, identity.name),
        .phone = clear ? identity.phone : mask_phone(t, identity.phone),
        .paper_number =
            clear || firm ? identity.paper_number : mask_id_number(t, identity.paper_number),
        .address = clear ? identity.address : mask_address(t, identity.address),
        .paper_title = party_paper_title(identity.paper),
        .sex = identity.sex,
        .authority = json_get_str(facts, "authority"),
        .age = identity.birth == DAY_NONE ? 0 : age_on(identity.birth, day_of(t->now)),
        .green = identity.green,
        .no_message = identity.no_message,
        .represents = json_get_bool(facts, "represents"),
        .unmasked = clear,
    };
}

/* After erasure only the roles are left. */
static struct list erased_parties(struct task *t, const struct list *rows)
{
    struct list views = {0};

    LIST_EACH (const struct party_row, row, *rows)
        *(struct party_view *)list_add(t, &views, sizeof(struct party_view)) =
            (struct party_view){.n = row->n,
                                .party = row->party,
                                .role = row->role,
                                .role_title = str_of(party_role_title(row->role)),
                                .kind = S("other"),
                                .name = S("（已清除）")};
    return views;
}

static enum err parties(struct task *t, const struct order *order, size_t most, int64_t only,
                        bool clear, struct list *ret_parties)
{
    struct list rows, views = {0};
    struct key key;
    enum err e = party_rows(t, order->id, most, &rows);

    if (e)
        return e;
    if (!order->wrapped_key.len && !clear) {
        *ret_parties = erased_parties(t, &rows);
        return OK;
    }
    e = order_key(t, order, &key);
    if (e)
        return e;
    LIST_EACH (struct party_row, row, rows) {
        struct json *facts;

        if (only && row->n != only)
            continue;
        e = open_party(t, &key, order->id, row, &facts);
        if (e)
            return e;
        *(struct party_view *)list_add(t, &views, sizeof(struct party_view)) =
            party_view_of(t, row, facts, clear);
    }
    *ret_parties = views;
    return OK;
}

enum err order_parties(struct task *t, const struct order *order, size_t most,
                       struct list *ret_parties)
{
    return parties(t, order, most, 0, false, ret_parties);
}

struct reveal {
    const struct actor *actor;
    int64_t order, n;
    struct str reason;
    struct list parties;
};

static enum err reveal(struct task *t, void *arg)
{
    struct reveal *r = arg;
    struct order order;
    enum err e = order_load(t, r->actor, r->order, &order);

    if (e)
        return e;
    e = parties(t, &order, 500, r->n, true, &r->parties);
    if (e)
        return e;
    if (!r->parties.count)
        return task_fail(t, ERR_NOT_FOUND, "没有这位当事人");
    LIST_EACH (struct party_view, party, r->parties) {
        e = actor_record(t, r->actor, "look", r->order, party->party, S(""), r->reason);
        if (e)
            return e;
    }
    return OK;
}

enum err order_reveal(struct task *t, const struct actor *actor, int64_t order, int64_t party_n,
                      struct str reason, struct list *ret_parties)
{
    struct reveal r = {.actor = actor, .order = order, .n = party_n, .reason = str_trim(reason)};

    if (!actor_may(actor, "party.reveal"))
        return task_fail(t, ERR_FORBIDDEN, "您的岗位不能查看个人信息原文");
    if (!r.reason.len) {
        task_field_error(t, S("reason"), "请选择查看的理由");
        return task_input_verdict(t);
    }
    enum err e = store_write(t, reveal, &r);
    if (e)
        return e;
    *ret_parties = r.parties;
    return OK;
}
