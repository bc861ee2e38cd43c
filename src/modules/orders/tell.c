/*
 * tell.c - papers and notices that an action names, with what they show (tell_facts.c) frozen.
 */
#include "modules/orders/tell.h"

#include "modules/access/staff.h"
#include "modules/notices/notices.h"
#include "modules/orders/act.h"

static enum err issue(struct change *c, struct str kind, const struct json *facts)
{
    struct paper_request request = {
        .order = c->order.id,
        .seq = c->seq,
        .unit = tell_issuer(c),
        .kind = kind,
        .facts = facts,
    };
    int64_t id;
    enum err e = paper_issue(c->t, &c->key, &request, &id);

    if (e)
        return e;
    *(int64_t *)list_add(c->t, &c->done->papers, sizeof(int64_t)) = id;
    return OK;
}

/* Who has the order, but for what concerns somebody else: who asked for more time, whom a decision
 * was about. */
static int64_t staff_told(const struct change *c, struct str kind)
{
    if (str_is(kind, "staff-resumed") || str_is(kind, "staff-cleared"))
        return json_get_id(c->state, "person");
    if (str_is(kind, "staff-not-extended"))
        return json_get_id(json_get(c->state, "extension_asked"), "by");
    return json_get_id(c->state, "owner");
}

/* struct staff_at: who heads that unit today and may be asked about the order; `but`: 0, or whom it
 * is about. */
static enum err heads_of(struct change *c, int64_t unit, int64_t but, struct list *ret_heads)
{
    struct list heads = {0}, found;
    enum err e = staff_find(c->t, unit, S("head"), &found);
    int64_t last = 0;

    if (e)
        return e;
    /* By person: who holds the post twice stands there twice. */
    LIST_EACH (struct staff_at, head, found) {
        if (head->id != but && head->id != last && !order_recused(c->state, head->id))
            *(struct staff_at *)list_add(c->t, &heads, sizeof *head) = *head;
        last = head->id;
    }
    *ret_heads = heads;
    return OK;
}

/* To each head of the unit that has the order, else of the nearest above it; who `knows` (or 0)
 * counts there, but need not be told.  Where there is none it stands at the order, for who comes.
 */
static enum err post_to_heads(struct change *c, struct notice_request *request, int64_t but,
                              int64_t knows)
{
    for (int64_t at = request->unit; at;) {
        struct list heads;
        struct unit unit;
        enum err e = heads_of(c, at, but, &heads);

        if (e)
            return e;
        LIST_EACH (struct staff_at, head, heads) {
            if (head->id == knows)
                continue;
            request->staff = head->id;
            e = notice_post(c->t, &c->key, request);
            if (e)
                return e;
        }
        if (heads.count)
            return OK;
        e = org_unit(c->t, at, &unit);
        if (e)
            return e;
        at = unit.parent;
    }
    request->staff = 0;
    return notice_post(c->t, &c->key, request);
}

static bool about_one_person(struct str kind)
{
    return str_is(kind, "staff-resumed") || str_is(kind, "staff-cleared") ||
           str_is(kind, "staff-not-extended");
}

static enum err notify(struct change *c, struct str kind, const struct json *facts,
                       const struct identity *applicant)
{
    bool to_staff = str_starts(kind, S("staff-"));
    struct notice_request request = {
        .order = c->order.id,
        .seq = c->seq,
        .party_n = to_staff || !json_get_int(c->state, "parties") ? 0 : 1,
        .staff = to_staff ? staff_told(c, kind) : 0,
        .unit = json_get_id(c->state, "unit"),
        .kind = kind,
        .phone = to_staff ? S("") : applicant->phone,
        .no_message = applicant->no_message,
        .facts = facts,
    };

    if (!to_staff && !request.party_n)
        return OK; /* anonymous: the code is all they have */
    if (!to_staff || request.staff)
        return notice_post(c->t, &c->key, &request);
    if (about_one_person(kind))
        return OK;
    /* Of their own act nobody is told, and of an order about themselves no head is. */
    return post_to_heads(c, &request, json_get_id(c->state, "person"), c->actor->staff);
}

enum err change_tell(struct change *c)
{
    struct str paper = c->rule ? c->rule->paper : S(""), notice = c->rule ? c->rule->notice : S("");
    struct json *facts;
    struct identity applicant;

    if (c->new_order && json_get_bool(json_get(c->body, "input"), "receipt"))
        paper = S("receipt");
    if (c->new_order && json_get_int(c->state, "parties") && !json_get_id(c->state, "parent") &&
        !json_get_id(c->state, "of"))
        notice = S("received");
    if (!paper.len && !notice.len)
        return OK;
    facts = json_object(c->t);
    enum err e = tell_gather(c, facts, &applicant);
    if (e)
        return e;
    if (paper.len && (e = issue(c, paper, facts)))
        return e;
    return notice.len ? notify(c, notice, facts, &applicant) : OK;
}

/* --- Dates that a calendar moved --- */

static const struct moved_date *moved_of(const struct list *moved, int64_t n)
{
    LIST_EACH (const struct moved_date, date, *moved) {
        if (date->n == n)
            return date;
    }
    return NULL;
}

/* The day that ends at this moment, or the moment itself when hours count. */
static struct str end_text(struct task *t, const struct duty_facts *duty, int64_t at)
{
    return duty->limit.kind == LIMIT_HOURS ? moment_text_zh(t, at) : day_text_zh(t, day_of(at - 1));
}

static void say_moved(struct change *c, const struct duty_facts *duty,
                      const struct moved_date *date, struct buf *text)
{
    int index = procedure_duty_index(c->procedure, duty->name);

    buf_format(text, "%s“%.*s”由 %.*s改为 %.*s", buf_str(text).len ? "；" : "",
               STR_ARG(index < 0 ? duty->name : c->procedure->duties[index].title),
               STR_ARG(end_text(c->t, duty, date->was)), STR_ARG(end_text(c->t, duty, date->is)));
}

/* The facts of a notice name those duties alone that moved and concern whom it goes to. */
static struct json *only_duties(struct task *t, const struct json *duties, const struct list *names)
{
    struct json *kept = json_list(t);

    JSON_EACH (duty, duties) {
        LIST_EACH (const struct str, name, *names)
            if (str_eq(*name, json_get_str(duty, "name")))
                json_append(kept, json_copy(t, duty));
    }
    return kept;
}

struct moved_names {
    struct list told, owed; /* struct str: told to the party; owed by the party */
    bool house;
};

static struct moved_names sort_moved(struct change *c, const struct list *moved)
{
    struct list duties = state_duties(c->t, c->state);
    struct moved_names names = {0};
    struct buf text = buf_new(c->t, 4000);

    LIST_EACH (struct duty_facts, duty, duties) {
        const struct moved_date *date = moved_of(moved, duty->n);
        int index = procedure_duty_index(c->procedure, duty->name);

        if (!date || index < 0)
            continue;
        say_moved(c, duty, date, &text);
        names.house = names.house || duty->owed_by != OWED_PARTY;
        if (duty->owed_by == OWED_PARTY)
            *(struct str *)list_add(c->t, &names.owed, sizeof(struct str)) = duty->name;
        else if (c->procedure->duties[index].tell.len)
            *(struct str *)list_add(c->t, &names.told, sizeof(struct str)) = duty->name;
    }
    json_put_str(c->t, c->body, "what", buf_str(&text));
    json_put_bool(c->t, c->body, "internal", !names.told.count && !names.owed.count);
    return names;
}

enum err change_tell_moved(struct change *c, const struct list *moved)
{
    struct moved_names names = sort_moved(c, moved);
    struct json *facts = json_object(c->t), *duties;
    struct identity applicant;
    enum err e = tell_gather(c, facts, &applicant);

    if (e)
        return e;
    duties = json_get(facts, "duties");
    if (names.told.count) {
        json_put(c->t, facts, S("duties"), only_duties(c->t, duties, &names.told));
        e = notify(c, S("date-moved"), facts, &applicant);
    }
    if (!e && names.owed.count) {
        json_put(c->t, facts, S("duties"), only_duties(c->t, duties, &names.owed));
        e = notify(c, S("supplement-moved"), facts, &applicant);
    }
    if (!e && names.house && json_get_id(c->state, "owner"))
        e = notify(c, S("staff-date-moved"), facts, &applicant);
    return e;
}

static enum err desk_request(struct change *c, struct str kind, struct str why,
                             struct notice_request *ret_request)
{
    struct json *facts = json_object(c->t);
    struct identity applicant;
    enum err e = tell_gather(c, facts, &applicant);

    if (e)
        return e;
    json_put_str(c->t, facts, "why", why);
    *ret_request = (struct notice_request){
        .order = c->order.id,
        .seq = c->seq,
        .unit = json_get_id(c->state, "unit"),
        .kind = kind,
        .facts = facts,
    };
    return OK;
}

enum err change_tell_staff(struct change *c, int64_t staff, struct str kind, struct str why)
{
    struct notice_request request;
    enum err e = desk_request(c, kind, why, &request);

    if (e)
        return e;
    request.staff = staff;
    return notice_post(c->t, &c->key, &request);
}

enum err change_tell_heads(struct change *c, int64_t but, struct str kind, struct str why)
{
    struct notice_request request;
    enum err e = desk_request(c, kind, why, &request);

    return e ? e : post_to_heads(c, &request, but, 0);
}
