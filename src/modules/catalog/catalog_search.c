#include <stdlib.h>

#include "modules/catalog/catalog_private.h"

#include "core/text.h"

static const struct field route_answer_fields[] = {
    FIELD(struct route_answer, kind, F_STR, "机构类别"),
    FIELD(struct route_answer, reason, F_STR, "理由"),
    FIELD(struct route_answer, basis, F_STR, "依据"),
    {0},
};
const struct shape route_answer_shape = {"RouteAnswer", sizeof(struct route_answer),
                                         route_answer_fields};

static bool has(struct str text, struct str part)
{
    return part.len && str_find(text, part) != SIZE_MAX;
}

static struct str lower(struct task *t, struct str s)
{
    struct str copy = str_copy(t, s);
    char *at = NEW(t, char, copy.len + 1);

    for (size_t i = 0; i < copy.len; i++)
        at[i] = copy.at[i] >= 'A' && copy.at[i] <= 'Z' ? (char)(copy.at[i] + 32) : copy.at[i];
    return (struct str){at, copy.len};
}

/* --- Finding --------------------------------------------------------------------------------- */

enum { NO_MATCH = 99 };

/* How near a matter is to what was typed: the smaller the nearer. */
static int distance(const struct matter *matter, struct str typed)
{
    int best = NO_MATCH;

    if (!typed.len || str_eq(matter->initials, typed) || str_eq(matter->title, typed) ||
        str_eq(matter->code, typed))
        return 0;
    if (str_starts(matter->initials, typed) || str_starts(matter->title, typed))
        return 1;
    if (has(matter->title, typed))
        best = 2;
    LIST_EACH (struct tag, word, matter->words) {
        if (str_eq(word->code, typed))
            return 1;
        if (best > 3 && (has(word->code, typed) || has(typed, word->code)))
            best = 3;
    }
    if (best > 4 && has(matter->initials, typed))
        best = 4;
    if (best > 5 && has(matter->summary, typed))
        best = 5;
    return best;
}

struct found {
    const struct matter *matter;
    int distance;
    size_t position;
};

static int compare_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance - y->distance;
    return (x->position > y->position) - (x->position < y->position);
}

/* Matters without a tier are the house's own and are offered nowhere. */
static bool offered(const struct shelf *shelf, size_t i, struct str tier)
{
    struct list tiers = shelf->matters[i].tiers;

    return shelf->active[i] && tiers.count && (!tier.len || tags_have(tiers, tier));
}

enum err catalog_matters(struct task *t, struct str tier, struct str typed,
                         struct list *ret_matters)
{
    const struct shelf *shelf;
    enum err e = catalog_shelf(t, &shelf);

    if (e)
        return e;
    struct found *found = NEW(t, struct found, shelf->count + 1);
    struct str words = lower(t, str_trim(typed));
    size_t count = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        int far = offered(shelf, i, tier) ? distance(&shelf->matters[i], words) : NO_MATCH;
        if (far < NO_MATCH)
            found[count++] = (struct found){&shelf->matters[i], far, i};
    }
    qsort(found, count, sizeof *found, compare_found);
    struct matter *matters = NEW(t, struct matter, count + 1);
    for (size_t i = 0; i < count; i++)
        matters[i] = *found[i].matter;
    *ret_matters = (struct list){matters, count};
    return OK;
}

/* --- Routing --------------------------------------------------------------------------------- */

static bool meets(struct list tags, struct str word)
{
    return !tags.count || tags_have(tags, word);
}

enum err catalog_suggest_unit(struct task *t, const struct route_question *question,
                              struct route_answer *ret_answer)
{
    const struct shelf *shelf;
    struct matter matter;
    enum err e = catalog_matter(t, question->matter, &matter);

    if (e)
        return e;
    e = catalog_shelf(t, &shelf);
    if (e)
        return e;
    struct str difficulty = question->difficulty.len ? question->difficulty : matter.difficulty;
    for (size_t i = 0; i < shelf->rule_count; i++) {
        const struct route_rule *rule = &shelf->rules[i];
        if (!meets(rule->matters, matter.code) || !meets(rule->kinds, matter.kind) ||
            !meets(rule->tiers, question->tier) || !meets(rule->difficulties, difficulty) ||
            (rule->place && !question->place_known) || (rule->park && !question->in_park))
            continue;
        *ret_answer = (struct route_answer){rule->to, rule->reason, rule->basis};
        return OK;
    }
    *ret_answer = (struct route_answer){S("here"), S("没有规定要分流，由本机构办理"), S("")};
    return OK;
}
