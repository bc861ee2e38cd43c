/* Recusal (K11): the same person, a near relative or a declared interest keeps away; the same
 * household or employer warns. */
#include "modules/access/staff.h"
#include "modules/party/look_up.h"
#include "core/text.h"
#include "modules/party/party.h"

static bool same_text(struct task *t, struct str a, struct str b)
{
    return a.len && str_eq(normal_text(t, a), normal_text(t, b));
}

#define RELATIVE_BEFORE "与当事人有近亲属关系（"
#define RELATIVE_AFTER  "）"

struct str party_interest_text(struct task *t, struct str why)
{
    struct str relation;

    if (!str_starts(why, S(RELATIVE_BEFORE)) || !str_ends(why, S(RELATIVE_AFTER)))
        return tr_str(t, why);
    relation = str_from(why, sizeof RELATIVE_BEFORE - 1);
    relation = str_first(relation, relation.len - (sizeof RELATIVE_AFTER - 1));
    return str_format(t, tr(t, "与当事人有近亲属关系（%.*s）"), STR_ARG(relation));
}

static enum interest blocks(struct task *t, struct str why, struct str *ret_why)
{
    *ret_why = str_copy(t, why);
    return INTEREST_BLOCKS;
}

unsigned party_ties(struct task *t, const struct staff_facts *facts,
                    const struct identity *identity)
{
    unsigned ties = 0;

    if (same_text(t, facts->household, identity->household))
        ties |= TIE_HOUSEHOLD;
    if (facts->phone.len && str_eq(facts->phone, identity->phone))
        ties |= TIE_PHONE;
    if (same_text(t, facts->employer, identity->employer))
        ties |= TIE_EMPLOYER;
    if (str_is(identity->kind, "firm") && same_text(t, facts->employer, identity->name))
        ties |= TIE_FIRM;
    return ties;
}

struct str party_ties_why(unsigned ties)
{
    bool home = ties & (TIE_HOUSEHOLD | TIE_PHONE), work = ties & (TIE_EMPLOYER | TIE_FIRM);

    if (home && work)
        return S("与当事人同户或共用电话、同一工作单位");
    return home ? S("与当事人同户或共用电话") : S("与当事人同一工作单位");
}

enum interest party_interest(struct task *t, const struct staff_facts *facts,
                             const struct identity *identity, struct str *ret_why)
{
    if (same_text(t, facts->id_number, identity->paper_number))
        return blocks(t, S("就是当事人本人"), ret_why);
    LIST_EACH (struct relative, relative, facts->relatives) {
        /* With both numbers known the numbers decide: namesakes are common. */
        bool numbered = relative->id_number.len && identity->paper_number.len;
        bool same = numbered ? same_text(t, relative->id_number, identity->paper_number)
                             : same_text(t, relative->name, identity->name);

        if (same)
            return blocks(
                t,
                str_format(t, RELATIVE_BEFORE "%.*s" RELATIVE_AFTER, STR_ARG(relative->relation)),
                ret_why);
    }
    LIST_EACH (struct str, interest, facts->interests) {
        if (same_text(t, *interest, identity->name) ||
            same_text(t, *interest, identity->paper_number))
            return blocks(t, S("已申报与当事人有利害关系"), ret_why);
    }
    unsigned ties = party_ties(t, facts, identity);
    if (ties)
        *ret_why = party_ties_why(ties);
    return ties ? INTEREST_WARNS : INTEREST_NONE;
}
