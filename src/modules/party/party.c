#include "modules/party/party.h"

#include <string.h>

#include "core/pack.h"
#include "modules/module.h"
#include "modules/org/keys.h"
#include "modules/party/look_up.h"
#include "party_sql.h"
#include "store/store.h"

enum { LOOK_UPS = 6, LOOK_UP_BYTES = 16 }; /* of a keyed hash; no two people share them */

struct look_up {
    const char *kind;
    struct str value; /* normal; empty: none */
};

struct record {
    int64_t id;
    struct str kind, masked, wrapped_key, sealed;
};

static const struct field record_fields[] = {
    FIELD(struct record, id, F_ID, NULL),      FIELD(struct record, kind, F_STR, NULL),
    FIELD(struct record, masked, F_STR, NULL), FIELD(struct record, wrapped_key, F_STR, NULL),
    FIELD(struct record, sealed, F_STR, NULL), {0},
};
static const struct shape record_shape = {"party-record", sizeof(struct record), record_fields};

/* U+00B7, U+2022, U+30FB, U+FF0E: how the dot in 阿卜杜拉·买买提 comes from different keyboards. */
static bool is_dropped(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0x3000 || c == 0xa0 || c == '.' || c == 0xb7 ||
           c == 0x2022 || c == 0x30fb || c == 0xff0e || c == '-';
}

struct str normal_text(struct task *t, struct str text)
{
    struct buf b = buf_new(t, text.len);

    for (size_t at = 0; at < text.len;) {
        size_t begun = at;
        uint32_t c = utf8_next(text, &at);

        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c < 0x80 && c >= 'a' && c <= 'z')
            c -= 'a' - 'A';
        if (is_dropped(c))
            continue;
        if (c < 0x80)
            buf_add_char(&b, (char)c);
        else if (at > begun)
            buf_add(&b, (struct str){text.at + begun, at - begun});
    }
    return buf_str(&b);
}

static struct str hash_of(struct task *t, const struct key *key, const struct look_up *look_up)
{
    unsigned char mac[HASH_BYTES];

    crypto_hmac(key, (struct str[]){str_of(look_up->kind), look_up->value}, 2, mac);
    return str_copy(t, (struct str){(const char *)mac, LOOK_UP_BYTES});
}

static bool all_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    }
    return text.len > 0;
}

static struct str last_four(struct str digits)
{
    return digits.len >= 4 ? str_from(digits, digits.len - 4) : (struct str){0};
}

static void look_ups_of(struct task *t, const struct identity *identity,
                        struct look_up ret_look_ups[LOOK_UPS])
{
    struct str phone = normal_text(t, identity->phone);

    ret_look_ups[0] = (struct look_up){"name", normal_text(t, identity->name)};
    ret_look_ups[1] = (struct look_up){"phone", phone};
    ret_look_ups[2] = (struct look_up){"tail", last_four(phone)};
    ret_look_ups[3] = (struct look_up){"number", normal_text(t, identity->paper_number)};
    ret_look_ups[4] = (struct look_up){"household", normal_text(t, identity->household)};
    ret_look_ups[5] = (struct look_up){"employer", normal_text(t, identity->employer)};
    /* Who works for a firm is found from the firm too. */
    if (str_is(identity->kind, "firm"))
        ret_look_ups[5].value = ret_look_ups[0].value;
}

static struct str place_of(struct task *t, int64_t party, const char *what)
{
    return str_format(t, "party/%lld/%s", (long long)party, what);
}

static enum err find(struct task *t, const struct key *look_up_key,
                     const struct look_up look_ups[LOOK_UPS], int64_t *ret_party)
{
    if (look_ups[3].value.len)
        return store_number(
            t, &q_party_by_number,
            ARGS(INT("tenant", t->tenant), BYTES("hash", hash_of(t, look_up_key, &look_ups[3]))),
            ret_party);
    *ret_party = 0;
    if (!look_ups[0].value.len || !look_ups[1].value.len)
        return OK;
    return store_number(t, &q_party_by_phone_and_name,
                        ARGS(INT("tenant", t->tenant),
                             BYTES("phone", hash_of(t, look_up_key, &look_ups[1])),
                             BYTES("name", hash_of(t, look_up_key, &look_ups[0]))),
                        ret_party);
}

static enum err add_look_ups(struct task *t, const struct key *look_up_key, int64_t party,
                             const struct look_up look_ups[LOOK_UPS])
{
    enum err e = OK;

    for (size_t i = 0; !e && i < LOOK_UPS; i++) {
        if (!look_ups[i].value.len)
            continue;
        e = store_run(t, &q_party_look_up_add,
                      ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(look_ups[i].kind)),
                           BYTES("hash", hash_of(t, look_up_key, &look_ups[i])),
                           INT("party", party)),
                      NULL);
    }
    return e;
}

static enum err write_look_ups(struct task *t, const struct key *look_up_key, int64_t party,
                               const struct look_up look_ups[LOOK_UPS])
{
    enum err e = store_run(t, &q_party_look_up_drop,
                           ARGS(INT("tenant", t->tenant), INT("party", party)), NULL);

    return e ? e : add_look_ups(t, look_up_key, party, look_ups);
}

static struct str number_hash(struct task *t, const struct key *look_up_key,
                              const struct look_up look_ups[LOOK_UPS])
{
    return look_ups[3].value.len ? hash_of(t, look_up_key, &look_ups[3]) : (struct str){0};
}

#define BYTES_OR_NULL(name, value)                                                                 \
    ((struct arg){name, (value).len ? ARG_BYTES : ARG_NULL, 0, (value)})

static enum err make(struct task *t, const struct key *look_up_key, const struct identity *identity,
                     const struct look_up look_ups[LOOK_UPS], int64_t *ret_party)
{
    int64_t id = store_new_id(t);
    struct str wrapped;
    struct key key;
    enum err e = row_key_make(t, place_of(t, id, "key"), &key, &wrapped);

    if (e)
        return e;
    struct str plain = json_text(t, identity_json(t, identity));
    struct str sealed = text_seal(t, &key, place_of(t, id, "identity"), plain);
    struct str hash = number_hash(t, look_up_key, look_ups);
    key_clear(&key);
    e = store_run(t, &q_party_add,
                  ARGS(INT("tenant", t->tenant), INT("id", id), TEXT("kind", identity->kind),
                       TEXT("masked", identity_masked_name(t, identity)),
                       BYTES("wrapped_key", wrapped), BYTES("sealed", sealed),
                       BYTES_OR_NULL("number_hash", hash), INT("now", t->now)),
                  NULL);
    if (!e)
        e = write_look_ups(t, look_up_key, id, look_ups);
    if (!e)
        *ret_party = id;
    return e;
}

static struct str newer(struct str now, struct str before)
{
    return now.len ? now : before;
}

/* What was said now wins; what was not said now stays as it was known. */
static struct identity merged(const struct identity *now, const struct identity *before)
{
    bool papers = now->paper_number.len > 0;

    return (struct identity){
        .kind = newer(now->kind, before->kind),
        .name = newer(now->name, before->name),
        .paper = papers ? now->paper : before->paper,
        .paper_number = papers ? now->paper_number : before->paper_number,
        .phone = newer(now->phone, before->phone),
        .address = newer(now->address, before->address),
        .contact = newer(now->contact, before->contact),
        .sex = newer(now->sex, before->sex),
        .birth = now->birth != DAY_NONE ? now->birth : before->birth,
        .household = newer(now->household, before->household),
        .employer = newer(now->employer, before->employer),
        .green = newer(now->green, before->green),
        .no_message = now->no_message,
    };
}

static enum err read_record(struct task *t, int64_t party, struct record *ret_record)
{
    enum err e = store_one(t, &q_party_by_id, ARGS(INT("tenant", t->tenant), INT("id", party)),
                           &record_shape, ret_record);

    return e == ERR_NOT_FOUND ? task_fail(t, e, "没有这位当事人") : e;
}

static enum err open_record(struct task *t, const struct record *record, struct key *ret_key,
                            struct str *ret_plain)
{
    struct key key;
    enum err e = row_key_open(t, place_of(t, record->id, "key"), record->wrapped_key, &key);

    if (e)
        return e;
    e = text_open(t, &key, place_of(t, record->id, "identity"), record->sealed, ret_plain);
    if (!e)
        *ret_key = key;
    key_clear(&key);
    return e;
}

static enum err update(struct task *t, const struct key *look_up_key, int64_t party,
                       const struct identity *now, bool vouched)
{
    struct look_up look_ups[LOOK_UPS], typed[LOOK_UPS];
    struct record record;
    struct json *json;
    struct str plain;
    struct key key;
    enum err e = read_record(t, party, &record);

    if (!e)
        e = open_record(t, &record, &key, &plain);
    if (e)
        return e;
    e = json_parse(t, plain, &json);
    if (e)
        return e;
    struct identity before = identity_from_json(t, json);
    /* A stranger on the web may know somebody's number.  What he says beside it takes nothing away
     * from what is known; it is found, and fills what was empty. */
    struct identity both = vouched ? merged(now, &before) : merged(&before, now);
    both.no_message = both.no_message || (!vouched && now->no_message);
    struct str text = json_text(t, identity_json(t, &both));
    look_ups_of(t, now, typed);
    if (str_eq(text, plain)) {
        key_clear(&key);
        return vouched ? OK : add_look_ups(t, look_up_key, party, typed);
    }
    struct str sealed = text_seal(t, &key, place_of(t, party, "identity"), text);
    key_clear(&key);
    look_ups_of(t, &both, look_ups);
    e = store_run(t, &q_party_change,
                  ARGS(INT("tenant", t->tenant), INT("id", party), TEXT("kind", both.kind),
                       TEXT("masked", identity_masked_name(t, &both)), BYTES("sealed", sealed),
                       BYTES_OR_NULL("number_hash", number_hash(t, look_up_key, look_ups)),
                       INT("now", t->now)),
                  NULL);
    if (!e)
        e = write_look_ups(t, look_up_key, party, look_ups);
    return e || vouched ? e : add_look_ups(t, look_up_key, party, typed);
}

static enum err lock_look_up(struct task *t, const struct key *look_up_key,
                             const struct look_up *look_up)
{
    int64_t number;

    if (!look_up->value.len)
        return OK;
    memcpy(&number, hash_of(t, look_up_key, look_up).at, sizeof number);
    return store_lock(t, number);
}

/* Acts of several orders enter people side by side: who asks for the same person waits, and then
 * finds the record that the other one made, or changes what the other one left. */
static enum err find_alone(struct task *t, const struct key *look_up_key,
                           const struct look_up look_ups[LOOK_UPS], int64_t *ret_party)
{
    enum err e = lock_look_up(t, look_up_key, &look_ups[3]);

    if (!e)
        e = lock_look_up(t, look_up_key, &look_ups[1]);
    if (!e)
        e = find(t, look_up_key, look_ups, ret_party);
    return e || !*ret_party ? e : store_lock(t, *ret_party);
}

enum err party_keep(struct task *t, const struct identity *identity, bool vouched,
                    int64_t *ret_party)
{
    struct look_up look_ups[LOOK_UPS];
    struct key key;
    int64_t party;

    if (identity_is_anonymous(identity)) {
        *ret_party = 0;
        return OK;
    }
    enum err e = lasting_key(t, "look-up", &key);
    if (e)
        return e;
    look_ups_of(t, identity, look_ups);
    e = find_alone(t, &key, look_ups, &party);
    if (!e && party)
        e = update(t, &key, party, identity, vouched);
    else if (!e)
        e = make(t, &key, identity, look_ups, &party);
    key_clear(&key);
    if (!e)
        *ret_party = party;
    return e;
}

enum err party_identity_of(struct task *t, int64_t party, struct identity *ret_identity)
{
    struct record record;
    struct json *json;
    struct str plain;
    struct key key;
    enum err e = read_record(t, party, &record);

    if (!e)
        e = open_record(t, &record, &key, &plain);
    if (e)
        return e;
    key_clear(&key);
    e = json_parse(t, plain, &json);
    if (!e)
        *ret_identity = identity_from_json(t, json);
    return e;
}

enum err party_masked(struct task *t, int64_t party, struct str *ret_masked)
{
    struct record record = {0};
    enum err e = store_one(t, &q_party_by_id, ARGS(INT("tenant", t->tenant), INT("id", party)),
                           &record_shape, &record);

    if (e && e != ERR_NOT_FOUND)
        return e;
    *ret_masked = record.masked;
    return OK;
}

static enum err found(struct task *t, const struct look_up *look_up, int64_t but, size_t max,
                      struct list *ret_ids)
{
    struct list ids = {0};
    struct rows *rows;
    struct key key;

    if (!look_up->value.len) {
        *ret_ids = ids;
        return OK;
    }
    enum err e = lasting_key(t, "look-up", &key);
    if (e)
        return e;
    e = store_run(t, &q_party_found,
                  ARGS(INT("tenant", t->tenant), TEXT("kind", str_of(look_up->kind)),
                       BYTES("hash", hash_of(t, &key, look_up)), INT("but", but),
                       INT("most", (int64_t)max)),
                  &rows);
    key_clear(&key);
    while (!e && rows_next(rows)) {
        int64_t *id = list_add(t, &ids, sizeof *id);

        *id = row_int(rows, "party");
    }
    if (!e)
        *ret_ids = ids;
    return e;
}

enum err party_look_up(struct task *t, struct str typed, size_t max, struct list *ret_ids)
{
    struct str normal = normal_text(t, typed);
    const char *kind = "name";

    if (all_digits(normal) && normal.len == 4)
        kind = "tail";
    else if (all_digits(normal) && normal.len <= 12)
        kind = "phone";
    else if (normal.len == 18 && normal.at[0] >= '0' && (unsigned char)normal.at[0] < 0x80)
        kind = "number";
    const struct look_up look_up = {kind, normal};
    enum err e = found(t, &look_up, 0, max, ret_ids);
    /* A passport number looks like neither; a landline like a number of a household book. */
    if (e || ret_ids->count || !normal.len || (unsigned char)normal.at[0] >= 0x80 ||
        normal.len == 4)
        return e;
    return found(t, &(struct look_up){"number", normal}, 0, max, ret_ids);
}

static enum err shared(struct task *t, int64_t party, size_t at, size_t max, struct list *ret_ids)
{
    struct look_up look_ups[LOOK_UPS];
    struct identity identity;
    enum err e = party_identity_of(t, party, &identity);

    if (e)
        return e;
    look_ups_of(t, &identity, look_ups);
    return found(t, &look_ups[at], party, max, ret_ids);
}

enum err party_household(struct task *t, int64_t party, size_t max, struct list *ret_ids)
{
    return shared(t, party, 4, max, ret_ids);
}

enum err party_colleagues(struct task *t, int64_t party, size_t max, struct list *ret_ids)
{
    return shared(t, party, 5, max, ret_ids);
}

enum err party_erase(struct task *t, int64_t party)
{
    enum err e =
        store_run(t, &q_party_erase,
                  ARGS(INT("tenant", t->tenant), INT("id", party), INT("now", t->now)), NULL);

    if (e)
        return e;
    if (!store_changed(t))
        return task_fail(t, ERR_NOT_FOUND, "没有这位当事人，或已经删除");
    return store_run(t, &q_party_look_up_drop, ARGS(INT("tenant", t->tenant), INT("party", party)),
                     NULL);
}

static enum err rewrap_keys(struct task *t, int64_t after, int64_t limit, int64_t *ret_last,
                            int64_t *ret_seen)
{
    int64_t seen = 0, last = after;
    struct rows *rows;
    enum err e =
        store_run(t, &q_party_keys_after,
                  ARGS(INT("tenant", t->tenant), INT("after", after), INT("most", limit)), &rows);

    while (!e && rows_next(rows)) {
        struct str wrapped;

        last = row_int(rows, "id");
        seen++;
        if (row_is_null(rows, "wrapped_key"))
            continue;
        e = row_key_rewrap(t, place_of(t, last, "key"), row_str(rows, "wrapped_key"), &wrapped);
        if (!e)
            e = store_run(
                t, &q_party_set_key,
                ARGS(INT("tenant", t->tenant), INT("id", last), BYTES("wrapped_key", wrapped)),
                NULL);
    }
    if (e)
        return e;
    *ret_last = last;
    *ret_seen = seen;
    return OK;
}

const struct key_holder party_key_holder = {"party", rewrap_keys};

static const struct permission permissions[] = {
    {"party.reveal", "说明理由后查看个人信息原文"},
    {0},
};

const struct module party_module = {
    .name = "party",
    .permissions = permissions,
    .migrations = party_migrations,
};
