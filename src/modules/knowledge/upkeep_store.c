/* Proposals as rows: what is written stands sealed until everybody may read it. */
#include "modules/org/keys.h"
#include "modules/orders/orders.h"
#include "research_sql.h"
#include "store/store.h"
#include "upkeep.h"

enum { PARTIES_CHECKED = 30, ADDRESS_LEAST = 5 };

static struct str place_of(struct task *t, int64_t id)
{
    return str_format(t, "proposal/%lld", (long long)id);
}

static enum err of_row(struct task *t, const struct key *key, const struct rows *rows,
                       struct proposal *p)
{
    struct str plain;
    struct json *json;

    *p = (struct proposal){
        .id = row_int(rows, "id"),
        .order = row_int(rows, "order_id"),
        .staff = row_int(rows, "staff"),
        .decided_staff = row_int(rows, "decided_staff"),
        .changed_at = row_int(rows, "changed_at"),
        .proposed_at = row_int(rows, "proposed_at"),
        .state = row_str(rows, "state"),
        .proposed_by = row_str(rows, "proposed_by"),
        .decided_by = row_str(rows, "decided_by"),
    };
    enum err e = crypto_open(t, key, place_of(t, p->id), row_str(rows, "sealed"), &plain);
    if (!e)
        e = json_parse(t, plain, &json);
    if (!e)
        proposal_take(p, json);
    return e;
}

void proposal_take(struct proposal *p, const struct json *input)
{
    p->question = json_get_str(input, "question");
    p->answer = json_get_str(input, "answer");
    p->topic = json_get_str(input, "topic");
    p->laws = json_get_str(input, "laws");
    p->note = json_get_str(input, "note");
}

bool proposal_same(const struct proposal *a, const struct proposal *b)
{
    return str_eq(a->question, b->question) && str_eq(a->answer, b->answer) &&
           str_eq(a->topic, b->topic) && str_eq(a->laws, b->laws) && str_eq(a->note, b->note);
}

enum err proposal_get(struct task *t, int64_t id, struct proposal *ret_proposal)
{
    struct rows *rows;
    struct key key;
    enum err e =
        store_run(t, &q_proposal_get, ARGS(INT("tenant", t->tenant), INT("id", id)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_NOT_FOUND, "没有这一条");
    e = lasting_key(t, "knowledge-proposal", &key);
    if (!e)
        e = of_row(t, &key, rows, ret_proposal);
    key_clear(&key);
    return e;
}

enum err proposal_list(struct task *t, struct str state, int64_t before, int64_t most,
                       struct list *ret_proposals)
{
    struct list list = {0};
    struct rows *rows;
    struct key key;
    enum err e = store_run(t, &q_proposals_in,
                           ARGS(INT("tenant", t->tenant), TEXT("state", state),
                                INT("before", before), INT("most", most)),
                           &rows);

    if (e)
        return e;
    e = lasting_key(t, "knowledge-proposal", &key);
    while (!e && rows_next(rows))
        e = of_row(t, &key, rows, list_add(t, &list, sizeof(struct proposal)));
    key_clear(&key);
    *ret_proposals = list;
    return e;
}

enum err proposal_put(struct task *t, struct proposal *p)
{
    bool is_new = !p->id;
    struct json *json = json_object(t);
    struct key key;

    if (is_new)
        p->id = store_new_id(t);
    json_put_str(t, json, "question", p->question);
    json_put_str(t, json, "answer", p->answer);
    json_put_str(t, json, "topic", p->topic);
    json_put_str(t, json, "laws", p->laws);
    json_put_str(t, json, "note", p->note);
    enum err e = lasting_key(t, "knowledge-proposal", &key);
    if (e)
        return e;
    struct str sealed = crypto_seal(t, &key, place_of(t, p->id), json_text(t, json));
    key_clear(&key);
    if (is_new)
        return store_run(t, &q_proposal_add,
                         ARGS(INT("tenant", t->tenant), INT("id", p->id), INT("order_id", p->order),
                              BYTES("sealed", sealed), INT("staff", p->staff),
                              TEXT("proposed_by", p->proposed_by), INT("now", t->now)),
                         NULL);
    return store_run(t, &q_proposal_change,
                     ARGS(INT("tenant", t->tenant), INT("id", p->id), BYTES("sealed", sealed),
                          TEXT("state", p->state), INT("decided_staff", p->decided_staff),
                          TEXT("decided_by", p->decided_by), INT("now", t->now)),
                     NULL);
}

/* --- Who somebody is ------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Seven digits in a row, or eleven that begin with 1 and only blanks or dashes between: numbers of
 * telephones, papers, orders.  A day (2026-10-14) is none. */
static bool has_number(struct str text)
{
    for (size_t i = 0; i < text.len;) {
        size_t digits = 0, row = 0, longest = 0, end = i;

        while (end < text.len && (is_digit(text.at[end]) ||
                                  (digits && (text.at[end] == ' ' || text.at[end] == '-')))) {
            bool digit = is_digit(text.at[end]);

            digits += digit;
            row = digit ? row + 1 : 0;
            longest = row > longest ? row : longest;
            end++;
        }
        if (longest >= 7 || (digits == 11 && text.at[i] == '1'))
            return true;
        i = end > i ? end : i + 1;
    }
    return false;
}

static void check_numbers(struct task *t, const char *field, struct str text)
{
    if (has_number(text))
        task_field_error(t, str_of(field),
                         "有电话、证件号或者工单号这样的长号码，请去掉或者改成“某某号”");
}

static void check_word(struct task *t, const struct proposal *p, struct str word, size_t least,
                       const char *what)
{
    const struct {
        const char *field;
        struct str text;
    } texts[] = {{"question", p->question}, {"answer", p->answer}, {"topic", p->topic}};

    if (utf8_length(word) < least)
        return;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_find(texts[i].text, word) != SIZE_MAX)
            task_field_error(t, str_of(texts[i].field), "有当事人的%s，请去掉", what);
}

static enum err gather_parties(struct task *t, int64_t id, struct list *ret_identities)
{
    struct actor everywhere = system_actor;
    struct order order;

    everywhere.tenant = t->tenant;
    enum err e = order_load(t, &everywhere, id, &order);
    for (int64_t n = 1; !e && order.wrapped_key.len && n <= PARTIES_CHECKED; n++) {
        struct identity who;

        e = order_identity(t, &order, n, &who);
        if (!e)
            *(struct identity *)list_add(t, ret_identities, sizeof who) = who;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    return OK;
}

enum err proposal_check_personal(struct task *t, const struct proposal *p)
{
    struct list identities = {0};
    enum err e = p->order ? gather_parties(t, p->order, &identities) : OK;

    if (e)
        return e;
    check_numbers(t, "question", p->question);
    check_numbers(t, "answer", p->answer);
    check_numbers(t, "topic", p->topic);
    LIST_EACH (struct identity, who, identities) {
        check_word(t, p, who->name, 2, "姓名");
        check_word(t, p, who->contact, 2, "联系人姓名");
        check_word(t, p, who->phone, 6, "电话");
        check_word(t, p, who->paper_number, 6, "证件号");
        check_word(t, p, who->address, ADDRESS_LEAST, "住址");
        check_word(t, p, who->household, ADDRESS_LEAST, "住址");
    }
    return task_input_verdict(t);
}
