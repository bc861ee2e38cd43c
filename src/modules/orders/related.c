/*
 * related.c - what keeps a member of staff from an order (K11): a near relation does; a household,
 * a phone or an employer shared with a party has to be looked into by somebody.
 *
 * State: related [mark].  What somebody has answered for or was told of is not told again: a
 * household or a phone once for each party, an employer once however many of the parties work
 * there, and once more when it is a party itself.  A mark is a MAC under the order's key, because a
 * state is not sealed and what staff declare is.  Orders of earlier days hold the id of an owner
 * there; it says nothing of what was known.
 *
 * Who adds a party may be trying out what a colleague has declared: of an order that only has to be
 * looked into nobody hears but the owner and the head.  What blocks cannot be kept from them: the
 * order goes back to the queue before their eyes, and the event says why.
 */
#include "modules/access/staff.h"
#include "modules/orders/effects.h"
#include "modules/party/look_up.h"

enum { MARK_BYTES = 8 };

static bool nothing_declared(const struct staff_facts *facts)
{
    return !facts->id_number.len && !facts->phone.len && !facts->household.len &&
           !facts->employer.len && !facts->relatives.count && !facts->interests.count;
}

/* Once for all members of staff that are compared with them. */
static enum err compared_parties(struct change *c, struct list *ret_identities)
{
    int64_t n = json_get_int(c->state, "parties");
    struct list identities = {0};

    if (n > PARTIES_COMPARED)
        n = PARTIES_COMPARED;
    for (int64_t i = 1; i <= n && c->compared.count != (size_t)n; i++) {
        enum err e = order_identity(c->t, &c->order, i,
                                    list_add(c->t, &identities, sizeof(struct identity)));
        if (e)
            return e;
    }
    if (c->compared.count != (size_t)n)
        c->compared = identities;
    *ret_identities = c->compared;
    return OK;
}

enum err recusal_interest(struct change *c, int64_t staff, enum interest *ret_interest,
                          struct str *ret_why)
{
    enum interest worst = INTEREST_NONE;
    struct str why, worst_why = {0};
    struct list identities = {0};
    struct staff_facts facts;
    unsigned ties = 0;
    enum err e = staff_facts(c->t, staff, &facts);

    if (e == OK && !nothing_declared(&facts))
        e = compared_parties(c, &identities);
    if (e)
        return e;
    LIST_EACH (struct identity, identity, identities) {
        enum interest interest = party_interest(c->t, &facts, identity, &why);

        ties |= party_ties(c->t, &facts, identity);
        if (interest > worst) {
            worst = interest;
            worst_why = why;
        }
    }
    *ret_interest = worst;
    *ret_why = worst == INTEREST_WARNS ? party_ties_why(ties) : worst_why;
    return OK;
}

/* --- What is known already --- */

/* The value that matched is in it: what is declared later is news. */
static struct str matched(struct task *t, const struct staff_facts *facts, unsigned tie, int64_t n)
{
    if (tie & (TIE_EMPLOYER | TIE_FIRM))
        return normal_text(t, facts->employer);
    struct str value = tie == TIE_PHONE ? facts->phone : normal_text(t, facts->household);
    return str_format(t, "%lld %.*s", (long long)n, STR_ARG(value));
}

static struct str mark_of(struct task *t, const struct relations *relations, unsigned tie,
                          int64_t n)
{
    struct key key = key_derive(relations->key, "related");
    struct str what = matched(t, relations->facts, tie, n);
    struct str parts[] = {str_format(t, "%lld %u", (long long)relations->staff, tie), what};
    unsigned char mac[HASH_BYTES];

    crypto_hmac(&key, parts, 2, mac);
    key_clear(&key);
    return str_hex(t, mac, MARK_BYTES);
}

static bool known(const struct relations *relations, struct str mark)
{
    const struct json *related = json_get(relations->state, "related");

    JSON_EACH (one, related && related->kind == JSON_LIST ? related : NULL) {
        if (str_eq(json_as_str(one), mark))
            return true;
    }
    LIST_EACH (const struct str, one, relations->marks) {
        if (str_eq(*one, mark))
            return true;
    }
    return false;
}

void relations_add(struct task *t, struct relations *relations, const struct identity *identity,
                   int64_t n)
{
    static const unsigned all[] = {TIE_HOUSEHOLD, TIE_PHONE, TIE_EMPLOYER, TIE_FIRM};
    unsigned ties = party_ties(t, relations->facts, identity);

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!(ties & all[i]))
            continue;
        struct str mark = mark_of(t, relations, all[i], n);
        if (known(relations, mark))
            continue;
        *(struct str *)list_add(t, &relations->marks, sizeof mark) = mark;
        relations->ties |= all[i];
    }
}

static void keep_known(struct change *c, const struct relations *relations)
{
    const struct json *before = json_get(c->state, "related");
    bool list = before && before->kind == JSON_LIST;
    struct json *related = list ? json_copy(c->t, before) : json_list(c->t);

    LIST_EACH (const struct str, mark, relations->marks)
        json_append(related, json_str(c->t, *mark));
    change_set(c, "related", related);
}

/* --- Who hears of it --- */

static struct str said(struct change *c, const struct relations *relations)
{
    return str_format(c->t, "承办人%.*s。", STR_ARG(party_ties_why(relations->ties)));
}

enum err note_despite(struct change *c, int64_t staff)
{
    struct staff_facts facts;
    struct list identities;
    int64_t n = 0;
    enum err e = staff_facts(c->t, staff, &facts);

    if (e == OK)
        e = compared_parties(c, &identities);
    if (e)
        return e;
    struct relations relations = {
        .staff = staff, .facts = &facts, .state = c->state, .key = &c->key};
    LIST_EACH (struct identity, identity, identities)
        relations_add(c->t, &relations, identity, ++n);
    if (!relations.ties)
        return OK;
    keep_known(c, &relations);
    if (c->actor->staff != staff)
        return OK;
    return change_tell_heads(c, staff, S("staff-related"), said(c, &relations));
}

enum err warn_of_owner(struct change *c, const struct relations *relations)
{
    struct str why = said(c, relations);

    keep_known(c, relations);
    enum err e = change_tell_staff(c, relations->staff, S("staff-related"), why);
    return e ? e : change_tell_heads(c, relations->staff, S("staff-related"), why);
}

enum err recuse_related_owner(struct change *c, const struct identity *identity)
{
    int64_t owner = json_get_id(c->state, "owner");
    struct staff_facts facts;
    struct str why;
    enum err e = owner ? staff_facts(c->t, owner, &facts) : OK;

    if (e || !owner)
        return e;
    if (party_interest(c->t, &facts, identity, &why) == INTEREST_BLOCKS) {
        recuse_owner(c, why);
        return OK;
    }
    struct relations relations = {
        .staff = owner, .facts = &facts, .state = c->state, .key = &c->key};
    relations_add(c->t, &relations, identity, json_get_int(c->state, "parties"));
    return relations.ties ? warn_of_owner(c, &relations) : OK;
}
