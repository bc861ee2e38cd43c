/*
 * bulk_copy.c - one copy of a model: every row with its own ids, keys, seals and hashes.
 */
#include "bulk_private.h"

#include <string.h>

#include "core/pack.h"
#include "modules/orders/change.h"
#include "modules/orders/commit.h"
#include "modules/orders/parties.h"
#include "modules/org/keys.h"

/* Ids of a copy's other rows, above its own and below those of the next copy. */
enum { EVENT_IDS = 1, NOTICE_IDS = 100, PAPER_IDS = 200, PARTY_ID = 300 };
/* Of so many people one has the name that the bench looks up; four last digits are shared by many.
 */
enum { ONE_NAME_IN = 5000, NAMES = 50021, TAILS = 10000, LOOK_UP_BYTES = 16 };

struct copy {
    struct bulk *b;
    struct task *t;
    struct model *m;
    int64_t i, id, party;
    struct str id_text;
    struct key key, party_key;
};

static struct value *value(const struct copy *c, enum bulk_table which, struct copied_row *row,
                           const char *name)
{
    return &row->values[table_column(&c->b->tables[which], name)];
}

/* The order's own id stands in its state and effects (`chain`). */
static struct str renamed(const struct copy *c, struct str text)
{
    struct buf b = buf_new(c->t, SIZE_MAX);
    size_t at;

    while ((at = str_find(text, c->m->id_text)) != SIZE_MAX) {
        buf_add(&b, str_first(text, at));
        buf_add(&b, c->id_text);
        text = str_from(text, at + c->m->id_text.len);
    }
    buf_add(&b, text);
    return buf_str(&b);
}

static void seal(const struct copy *c, enum bulk_table which, struct copied_row *row)
{
    const struct table *table = &c->b->tables[which];

    if (table->sealed)
        value(c, which, row, table->sealed)->text =
            crypto_seal(c->t, which == T_PARTY ? &c->party_key : &c->key,
                        bulk_place(c->t, which, c->id, table, row), row->plain);
}

static struct str copy_events(const struct copy *c)
{
    struct str head = {0};
    struct str place = str_format(c->t, "%lld/%lld", (long long)c->t->tenant, (long long)c->id);

    for (int i = 0; i < c->m->counts[T_EVENT]; i++) {
        struct copied_row row = c->m->rows[T_EVENT][i];
        unsigned char hash[HASH_BYTES];

        value(c, T_EVENT, &row, "order_id")->number = c->id;
        value(c, T_EVENT, &row, "id")->number = c->id + EVENT_IDS + i;
        if (row.effects.len)
            value(c, T_EVENT, &row, "packed")->text = text_pack(c->t, renamed(c, row.effects));
        seal(c, T_EVENT, &row);
        struct event_row event = {
            .seq = value(c, T_EVENT, &row, "seq")->number,
            .id = value(c, T_EVENT, &row, "id")->number,
            .action = value(c, T_EVENT, &row, "action")->text,
            .actor_kind = value(c, T_EVENT, &row, "actor_kind")->number,
            .staff = value(c, T_EVENT, &row, "staff")->number,
            .post = value(c, T_EVENT, &row, "post")->text,
            .unit = value(c, T_EVENT, &row, "unit")->number,
            .occurred_at = value(c, T_EVENT, &row, "occurred_at")->number,
            .recorded_at = value(c, T_EVENT, &row, "recorded_at")->number,
            .cause_order = value(c, T_EVENT, &row, "cause_order")->number,
            .cause_seq = value(c, T_EVENT, &row, "cause_seq")->number,
            .effects = value(c, T_EVENT, &row, "effects")->text,
            .packed = value(c, T_EVENT, &row, "packed")->text,
            .body = value(c, T_EVENT, &row, "body")->text,
        };
        event_hash(&event, head, place, hash);
        head = str_copy(c->t, (struct str){(const char *)hash, sizeof hash});
        value(c, T_EVENT, &row, "hash")->text = head;
        bulk_insert(c->b, T_EVENT, &row);
    }
    return head;
}

/* Sixteen bytes that belong to a number; the same number, the same bytes. */
static struct str bytes_of(struct task *t, const char *what, int64_t n)
{
    struct str text = str_format(t, "%s %lld", what, (long long)n);
    unsigned char hash[HASH_BYTES];

    crypto_digest(&text, 1, hash);
    return str_copy(t, (struct str){(const char *)hash, LOOK_UP_BYTES});
}

static void look_up_of(const struct copy *c, struct copied_row *row)
{
    struct value *hash = value(c, T_LOOK_UP, row, "hash");
    struct str kind = value(c, T_LOOK_UP, row, "kind")->text;

    if (str_is(kind, "name") && c->i % ONE_NAME_IN)
        hash->text = bytes_of(c->t, "name", c->i * 7919 % NAMES);
    else if (str_is(kind, "tail"))
        hash->text = bytes_of(c->t, "tail", c->i * 7919 % TAILS);
    else if (!str_is(kind, "name"))
        hash->text = bytes_of(c->t, str_terminated(c->t, kind), c->i);
}

/* What was to be said was said: nobody waits for it any more. */
static void settle_notice(const struct copy *c, struct copied_row *row)
{
    struct value *status = value(c, T_NOTICE, row, "status");

    if (str_is(status->text, "waiting"))
        status->text = S("sent");
    else if (!c->m->open)
        status->text = S("seen");
}

static void copy_others(const struct copy *c)
{
    for (enum bulk_table which = T_DUTY; which < TABLES; which++) {
        for (int i = 0; i < c->m->counts[which]; i++) {
            struct copied_row row = c->m->rows[which][i];

            if (which == T_PARTY || which == T_LOOK_UP)
                value(c, which, &row, which == T_PARTY ? "id" : "party")->number = c->party;
            else
                value(c, which, &row, "order_id")->number = c->id;
            if (which == T_NOTICE || which == T_PAPER)
                value(c, which, &row, "id")->number =
                    c->id + (which == T_NOTICE ? NOTICE_IDS : PAPER_IDS) + i;
            if (which == T_NOTICE)
                settle_notice(c, &row);
            if (which == T_ORDER_PARTY)
                value(c, which, &row, "party")->number = c->party;
            if (which == T_CODE)
                value(c, which, &row, "hash")->text =
                    str_join(c->t, bytes_of(c->t, "code", c->i), bytes_of(c->t, "more", c->i));
            if (which == T_PARTY)
                value(c, which, &row, "number_hash")->text = bytes_of(c->t, "number", c->i);
            if (which == T_LOOK_UP)
                look_up_of(c, &row);
            seal(c, which, &row);
            bulk_insert(c->b, which, &row);
        }
    }
}

void copy_order(struct bulk *b, struct task *t, struct model *m, int64_t i)
{
    struct copied_row row = m->rows[T_ORDER][0];
    int64_t id = b->first_id + i * ID_STEP;
    struct copy c = {.b = b,
                     .t = t,
                     .m = m,
                     .i = i,
                     .id = id,
                     .party = id + PARTY_ID,
                     .id_text = str_format(t, "%lld", (long long)id)};
    struct str party_wrapped;

    if (row_key_make(t, order_key_place(t, id), &c.key,
                     &value(&c, T_ORDER, &row, "wrapped_key")->text) ||
        row_key_make(t, str_format(t, "party/%lld/key", (long long)c.party), &c.party_key,
                     &party_wrapped))
        bench_die("row_key_make", t);
    value(&c, T_ORDER, &row, "id")->number = id;
    value(&c, T_ORDER, &row, "chain")->number = id;
    value(&c, T_ORDER, &row, "no")->text = str_format(t, "LJ01-20250101-%08lld", (long long)i);
    value(&c, T_ORDER, &row, "packed")->text = text_pack(t, renamed(&c, m->state));
    value(&c, T_ORDER, &row, "head")->text = copy_events(&c);
    bulk_insert(b, T_ORDER, &row);
    value(&c, T_PARTY, &m->rows[T_PARTY][0], "wrapped_key")->text = party_wrapped;
    copy_others(&c);
    m->copies++;
    if (m->open && b->open_count < b->open_most)
        b->open[b->open_count++] = id;
}
