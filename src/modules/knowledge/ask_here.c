/*
 * What to do here: the matter that fits, from the catalogue of this city; where to go; a person to
 * talk to, with all that was said.
 */
#include "ask.h"

#include <string.h>

#include "core/text.h"
#include "interview.h"
#include "modules/catalog/catalog.h"
#include "modules/org/org.h"
#include "triage_rules.h"

static const double SURE = 0.7;

enum { GROUNDS_OPEN = 3, MATTERS_MOST = 4, TALK_BYTES = 16 * 1024 };

/* --- The matter ------------------------------------------------------------------------------ */

static struct str materials_word(struct task *t, const struct matter *matter)
{
    struct buf b = buf_new(t, 4096);
    int shown = 0;

    LIST_EACH (const struct material, material, matter->materials) {
        if (!material->required || material->here)
            continue;
        if (shown++ == 4) {
            buf_add(&b, tr_str(t, S("等，见告知单")));
            break;
        }
        if (shown > 1)
            buf_add(&b, S("、"));
        buf_add(&b, tr_str(t, material->title));
    }
    if (!shown)
        return tr_str(t, S("不用带材料，说清楚事情就行"));
    return buf_str(&b);
}

static void show_matter(struct task *t, const struct matter *matter, struct str why,
                        struct ask_here *here)
{
    bool guided = str_is(matter->treatment, "guide");

    *here = (struct ask_here){
        .code = matter->code,
        .title = matter->title,
        .why = why,
        .summary = matter->summary,
        .limit = matter->limit,
        .fee = matter->fee,
        .materials = guided ? (struct str){0} : materials_word(t, matter),
        .body = guided ? matter->body : (struct str){0},
        .body_law = guided ? matter->body_law : (struct str){0},
        .remedies = guided ? matter->remedies : (struct str){0},
        .guided = guided,
        .can_apply = !guided,
        .consult = str_is(matter->nature, "consultation"),
        .apply_word = str_is(matter->nature, "consultation") ? tr_str(t, S("写下来，等人答复"))
                                                             : tr_str(t, S("开始申请")),
    };
}

static enum err add_matter(struct task *t, struct str code, struct str why, struct ask_view *view,
                           struct matter *matter)
{
    struct matter one;
    enum err e = catalog_matter(t, code, &one);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (e || str_is(one.kind, "internal") || str_eq(code, view->here.code))
        return e;
    if (!view->has_here) {
        view->has_here = true;
        show_matter(t, &one, why, &view->here);
        *matter = one;
        return OK;
    }
    if (view->more_matters.count < MATTERS_MOST)
        *(struct ask_option *)list_add(t, &view->more_matters, sizeof(struct ask_option)) =
            (struct ask_option){.title = one.title,
                                .href = str_format(t, "/guide/%.*s", STR_ARG(one.code))};
    return OK;
}

/* Of several ways the first that can be gone here stands open, the others beside it. */
static enum err add_outcome(struct task *t, const struct interview_step *step,
                            struct ask_view *view, struct matter *ret_matter)
{
    for (int guided = 0; guided < 2; guided++)
        LIST_EACH (const struct str, code, step->matters) {
            struct matter one;
            enum err e = catalog_matter(t, *code, &one);

            if (e == ERR_NOT_FOUND)
                task_clear_error(t);
            else if (e)
                return e;
            else if (str_is(one.treatment, "guide") == guided &&
                     (e = add_matter(t, *code, (struct str){0}, view, ret_matter)))
                return e;
        }
    return OK;
}

/* What an interview came to goes before what the words seem to be about. */
static enum err find_matters(struct task *t, const struct triage *triage,
                             const struct interview_step *step, struct ask_view *view,
                             struct matter *matter)
{
    enum err e = OK;

    if (step->done && (e = add_outcome(t, step, view, matter)))
        return e;
    LIST_EACH (const struct triage_matter, one, triage->matters)
        if ((e = add_matter(t, one->code, one->why, view, matter)))
            return e;
    view->has_more_matters = view->more_matters.count > 0;
    return OK;
}

static enum err find_urgent(struct task *t, const struct triage *triage, struct ask_view *view)
{
    LIST_EACH (const struct triage_urgent, one, triage->urgent) {
        struct ask_urgent *row = list_add(t, &view->urgent, sizeof *row);

        *row = (struct ask_urgent){
            .title = one->title, .say = one->say, .law = one->law, .now = one->now};
        LIST_EACH (const struct triage_call, call, one->calls)
            *(struct ask_call *)list_add(t, &row->calls, sizeof(struct ask_call)) =
                (struct ask_call){call->number, call->title};
        LIST_EACH (const struct str, code, one->matters) {
            struct matter matter;
            enum err e = catalog_matter(t, *code, &matter);

            if (e == ERR_NOT_FOUND) {
                task_clear_error(t);
                continue;
            }
            if (e)
                return e;
            *(struct ask_option *)list_add(t, &row->matters, sizeof(struct ask_option)) =
                (struct ask_option){.title = matter.title,
                                    .href = str_format(t, "/guide/%.*s", STR_ARG(matter.code))};
        }
    }
    view->has_urgent = view->urgent.count > 0;
    return OK;
}

/* The short answer may also be the procedure's own words (ui 10.5). */
static void short_of_matter(struct task *t, struct ask_view *view)
{
    /* That there is advice to be had answers nothing. */
    if (view->has_short || view->has_says || !view->has_here || !view->here.summary.len ||
        view->here.consult)
        return;
    view->has_short = true;
    view->short_title = view->here.guided ? view->here.title
                                          : str_format(t, tr(t, "可以在这里办：%.*s"),
                                                       STR_ARG(tr_str(t, view->here.title)));
    view->short_text = view->here.summary;
    view->short_by = tr_str(t, S("事项的办事规程"));
    view->short_href = str_format(t, "/guide/%.*s", STR_ARG(view->here.code));
}

/* --- Where ----------------------------------------------------------------------------------- */

static bool takes(const struct matter *matter, const struct unit *unit)
{
    LIST_EACH (const struct tag, tier, matter->tiers)
        if (str_eq(tier->code, unit->kind))
            return true;
    return matter->tiers.count == 0;
}

/* 双塔街道中心 is named by 双塔街道, and by 双塔. */
static bool names(struct str text, const struct unit *unit)
{
    static const char *const ends[] = {"公共法律服务", "街道", "镇",   "社区",
                                       "村",           "园区", "中心", "工作站"};
    struct str name = unit->short_name.len ? unit->short_name : unit->name;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t at = str_find(name, str_of(ends[i]));

        if (at != SIZE_MAX && at >= 6 && str_find(text, str_first(name, at)) != SIZE_MAX)
            return true;
    }
    return false;
}

static struct str dial(struct task *t, struct str phone)
{
    char *at = NEW(t, char, phone.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < phone.len; i++)
        if ((phone.at[i] >= '0' && phone.at[i] <= '9') || phone.at[i] == '+')
            at[n++] = phone.at[i];
        else if ((unsigned char)phone.at[i] >= 0x80 && n && at[n - 1] != ',')
            at[n++] = ',';
    return (struct str){at, n};
}

/* The place that the question names, else the centre: nobody's position is asked for. */
static enum err find_place(struct task *t, const struct asking *asking, const struct matter *matter,
                           struct ask_view *view)
{
    const struct unit *chosen = NULL;
    struct list units;
    enum err e = org_units(t, (struct str){0}, &units);

    if (e)
        return e;
    LIST_EACH (const struct unit, unit, units) {
        if (!unit->open || str_is(unit->kind, "department") || (matter && !takes(matter, unit)))
            continue;
        if (!chosen || (names(asking->full, unit) && !names(asking->full, chosen)))
            chosen = unit;
    }
    if (!chosen)
        return OK;
    view->has_place = true;
    view->place = (struct ask_place){
        .name = chosen->name,
        .address = chosen->address,
        .hours = chosen->hours,
        .phone = chosen->phone,
        .dial = dial(t, chosen->phone),
    };
    return OK;
}

/* --- A person -------------------------------------------------------------------------------- */

static struct str told(struct task *t, const struct ask_view *view)
{
    struct buf b = buf_new(t, TALK_BYTES);

    buf_add(&b, view->question);
    LIST_EACH (const struct ask_turn, turn, view->turns)
        buf_format(&b, "\n%.*s%.*s", STR_ARG(turn->question), STR_ARG(turn->answer));
    return buf_str(&b);
}

/* All that was asked and shown, so that nobody has to say it again. */
static struct str conversation(struct task *t, const struct ask_view *view)
{
    struct buf b = buf_new(t, TALK_BYTES);

    buf_format(&b, "%.*s\n", STR_ARG(view->told));
    LIST_EACH (const struct ask_line, line, view->says)
        buf_format(&b, "%.*s\n", STR_ARG(line->text));
    if (view->articles.count || view->answers.count)
        buf_add(&b, tr_str(t, S("\n自动检索给出的：\n")));
    LIST_EACH (const struct ask_article, article, view->articles)
        buf_format(&b, "《%.*s》%.*s\n", STR_ARG(article->short_law), STR_ARG(article->article));
    LIST_EACH (const struct ask_answered, answered, view->answers)
        buf_format(&b, tr(t, "相近的问题：%.*s\n"), STR_ARG(answered->question));
    return str_trim(buf_str(&b));
}

static enum err find_consultation(struct task *t, struct ask_view *view)
{
    struct list matters;
    enum err e = catalog_matters(t, (struct str){0}, (struct str){0}, &matters);

    if (e)
        return e;
    LIST_EACH (const struct matter, matter, matters)
        if (str_is(matter->code, "legal-consultation") ||
            (!view->consult_code.len && str_is(matter->nature, "consultation")))
            view->consult_code = matter->code;
    return OK;
}

/* How sure it is that this is about something we know: a question of two topics shares its
 * confidence between them, an alarm is about something in any case. */
static enum err aboutness(struct task *t, struct str text, bool alarm, double *ret_confidence)
{
    const struct triage_shipped *shipped;
    double first = 0, second = 0;
    enum err e = triage_shipped(t, &shipped);

    if (e)
        return e;
    struct triage_guess guess = triage_guess_topic(t, shipped, text);
    for (size_t i = 0; i < shipped->topics->count; i++) {
        /* A topic without matters is none of ours: small talk. */
        if (!shipped->topics->topics[i].matters.count)
            continue;
        if (guess.all[i] > first) {
            second = first;
            first = guess.all[i];
        } else if (guess.all[i] > second) {
            second = guess.all[i];
        }
    }
    bool ours = guess.topic && guess.topic->matters.count;
    *ret_confidence = alarm ? 1 : ours && first >= shipped->topics->silence ? first + second : 0;
    return OK;
}

/* The function may be run again: what an earlier run wrote goes. */
static void begin(struct asking *asking, struct ask_view *view)
{
    asking->full = asking->question;
    *view = (struct ask_view){.question = view->question, .asked = view->asked};
}

enum err ask_here(struct task *t, struct asking *asking, struct ask_view *view)
{
    struct interview_step step = {0};
    struct matter matter = {0};
    struct triage triage;
    bool any;

    begin(asking, view);
    enum err e = find_consultation(t, view);
    if (e || !view->asked)
        return e;
    if ((e = triage_question(t, (struct str){0}, asking->question, &triage)))
        return e;
    view->topic = triage.topic;
    view->topic_title = triage.topic_title;
    e = aboutness(t, asking->question, triage.urgent.count > 0, &view->topic_confidence);
    if (e)
        return e;
    e = find_urgent(t, &triage, view);
    if (!e)
        e = ask_follow(t, asking, view, &step, &any);
    if (!e)
        e = find_matters(t, &triage, &step, view, &matter);
    if (!e)
        e = find_place(t, asking, view->has_here && !view->here.guided ? &matter : NULL, view);
    if (!e)
        e = ask_topic_grounds(t, asking, &triage, view);
    return e ? e : ask_grounds(t, &step, view);
}

/* The first grounds of an outcome are shown open, the others folded. */
static void fold_grounds(struct ask_view *view)
{
    struct ask_article *first = view->articles.at;

    if (!view->has_says || view->articles.count <= GROUNDS_OPEN)
        return;
    view->more_articles = (struct list){first + GROUNDS_OPEN, view->articles.count - GROUNDS_OPEN};
    view->articles.count = GROUNDS_OPEN;
    view->has_more_articles = true;
}

void ask_finish(struct task *t, struct ask_view *view)
{
    /* What is about nothing we know is about no matter either. */
    if (view->none && view->topic_confidence < SURE)
        view->has_here = view->has_more_matters = view->has_follow = view->has_place = false;
    short_of_matter(t, view);
    view->told = told(t, view);
    view->talk = conversation(t, view);
    fold_grounds(view);
}
