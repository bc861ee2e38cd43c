/*
 * Asked back: the interview of the topic, one question on a page.  What was said stands in the
 * address (wages!since=month!contract=no), so nothing is kept and going back takes nothing away.
 */
#include "ask.h"

#include "ask_page.h"
#include "cite.h"
#include "core/text.h"
#include "interview.h"
#include "knowledge_sql.h"
#include "store/store.h"

enum { SAID_BYTES = 2000, FULL_BYTES = 8000 };

/* code!name=value!name=value */
static struct json *answers_of(struct task *t, struct str said, struct str *ret_code)
{
    struct json *answers = json_object(t);
    struct str part, rest = said;

    str_cut(&rest, '!', ret_code);
    while (str_cut(&rest, '!', &part)) {
        struct str value = part, name;

        str_cut(&value, '=', &name);
        if (name.len)
            json_put(t, answers, name, json_str(t, value));
    }
    return answers;
}

static struct str address(struct task *t, const struct asking *asking,
                          const struct interview_step *step, struct str name, struct str value)
{
    struct buf b = buf_new(t, SAID_BYTES);

    buf_add(&b, step->code);
    LIST_EACH (const struct interview_answered, said, step->answered)
        buf_format(&b, "!%.*s=%.*s", STR_ARG(said->name), STR_ARG(said->value));
    buf_format(&b, "!%.*s=%.*s", STR_ARG(name), STR_ARG(value));
    return str_format(t, "/ask?q=%.*s&i=%.*s#follow", STR_ARG(url_escape(t, asking->question)),
                      STR_ARG(url_escape(t, buf_str(&b))));
}

static void add_line(struct task *t, struct list *lines, struct str text, struct str law)
{
    *(struct ask_line *)list_add(t, lines, sizeof(struct ask_line)) = (struct ask_line){text, law};
}

static void show_outcome(struct task *t, const struct interview_step *step, struct ask_view *view)
{
    LIST_EACH (const struct str, text, step->says)
        add_line(t, &view->says, *text, (struct str){0});
    LIST_EACH (const struct interview_deadline, deadline, step->deadlines)
        add_line(t, &view->deadlines, deadline->text, deadline->law);
    LIST_EACH (const struct str, text, step->bring)
        add_line(t, &view->bring, *text, (struct str){0});
    view->has_says = view->says.count > 0;
    view->has_deadlines = view->deadlines.count > 0;
    view->has_bring = view->bring.count > 0;
    if (!step->calls.count)
        return;
    struct ask_urgent *urgent = list_add(t, &view->urgent, sizeof *urgent);
    *urgent = (struct ask_urgent){.title = tr_str(t, S("先保证人身安全")), .now = true};
    LIST_EACH (const struct str, number, step->calls)
        *(struct ask_call *)list_add(t, &urgent->calls, sizeof(struct ask_call)) =
            (struct ask_call){*number, tr_str(t, S("打"))};
    view->has_urgent = true;
}

static void show_question(struct task *t, const struct asking *asking,
                          const struct interview_step *step, struct ask_view *view)
{
    view->follow_title = step->title;
    view->follow_question = step->question;
    view->follow_hint = step->hint;
    view->follow_number = step->number;
    view->follow_most = step->most;
    LIST_EACH (const struct interview_choice, choice, step->choices)
        *(struct ask_option *)list_add(t, &view->follow, sizeof(struct ask_option)) =
            (struct ask_option){choice->title, address(t, asking, step, step->name, choice->value),
                                false};
    view->has_follow = view->follow.count > 0;
}

enum err ask_follow(struct task *t, struct asking *asking, struct ask_view *view,
                    struct interview_step *ret_step, bool *ret_any)
{
    const struct interview *interview = NULL;
    struct json *answers = json_object(t);
    struct str code = {0};
    enum err e = OK;

    *ret_any = false;
    if (asking->said.len) {
        answers = answers_of(t, asking->said, &code);
        e = interview_find(t, code, &interview);
        if (e == ERR_NOT_FOUND) {
            task_clear_error(t);
            e = OK;
        }
    } else if (view->topic.len) {
        e = interview_of_topic(t, view->topic, &interview);
    }
    if (e || !interview)
        return e;
    interview_step(t, interview, answers, ret_step);
    *ret_any = true;
    struct buf full = buf_new(t, FULL_BYTES);
    buf_add(&full, asking->question);
    LIST_EACH (const struct interview_answered, said, ret_step->answered) {
        *(struct ask_turn *)list_add(t, &view->turns, sizeof(struct ask_turn)) =
            (struct ask_turn){said->question, said->answer};
        buf_format(&full, " %.*s", STR_ARG(said->answer));
    }
    if (ret_step->done && ret_step->query.len)
        buf_format(&full, " %.*s", STR_ARG(ret_step->query));
    asking->full = buf_str(&full);
    view->has_turns = view->turns.count > 0;
    if (ret_step->done)
        show_outcome(t, ret_step, view);
    else
        show_question(t, asking, ret_step, view);
    return OK;
}

/* --- What an outcome stands on --------------------------------------------------------------- */

static enum err add_ground(struct task *t, const struct interview_article *ground,
                           struct ask_view *view)
{
    struct article a;
    int64_t tenant;
    struct str id;
    enum err e = ask_article_named(t, ground->law, ground->article, &tenant, &id);

    if (e || !id.len)
        return e;
    if ((e = article_get(t, id, &a)))
        return e;
    const struct str parts[LAW_PARTS] = {
        [LP_ID] = a.id,
        [LP_LAW] = a.law,
        [LP_TITLE] = a.of.title,
        [LP_KIND] = a.of.kind,
        [LP_REGION] = a.of.region,
        [LP_VERSION] = a.of.version,
        [LP_EXPIRED] = a.of.expired ? S("1") : S(""),
        [LP_ARTICLE] = a.article,
        [LP_CHAPTER] = a.chapter,
        [LP_TEXT] = a.text,
    };
    const struct ask_terms none = {0};
    ask_article_of_parts(t, parts, &none, list_add(t, &view->articles, sizeof(struct ask_article)));
    return OK;
}

enum err ask_grounds(struct task *t, const struct interview_step *step, struct ask_view *view)
{
    enum err e = OK;

    if (step->done)
        LIST_EACH (const struct interview_article, ground, step->articles)
            if ((e = add_ground(t, ground, view)))
                return e;
    return OK;
}
