/*
 * GET /ask: a question in one's own words, and everything that answers it, on one page that is
 * whole without a script; the same as JSON for programs.
 */
#include "ask_page.h"

#include <pthread.h>

#include "ask_phrase.h"
#include "core/text.h"
#include "http/limiter.h"
#include "modules/access/access.h"
#include "modules/setup.h"
#include "store/store.h"
#include "words.h"

enum { ARTICLES = 3, ANSWERS = 3, CASES = 2, TOP_MOST = 100, BURST = 20 };

const struct form ask_form = {
    "Question",
    (const struct ask[]){
        {.name = "q", .title = "问题", .type = ASK_LONG, .max = QUESTION_MOST},
        {.name = "top", .title = "法条最多几条", .type = ASK_INT, .min = 1, .max = TOP_MOST},
        {.name = "i", .title = "追问的回答", .type = ASK_TEXT, .max = 500},
        {0},
    },
};

/* --- How often a stranger may ask ------------------------------------------------------------- */

static struct limiter *limiter; /* made at the first question, of the settings as they then are */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct limiter *the_limiter(int per_minute)
{
    pthread_mutex_lock(&lock);
    if (!limiter)
        limiter = limiter_make(BURST + per_minute, per_minute);
    struct limiter *made = limiter;
    pthread_mutex_unlock(&lock);
    return made;
}

static enum err admit(struct task *t, const struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    int per_minute = (int)setup->conf->ask_per_minute;

    if (per_minute <= 0 || (request->actor && request->actor->kind == ACTOR_STAFF))
        return OK;
    struct limiter *strangers = the_limiter(per_minute);
    int64_t wait = strangers ? limiter_take(strangers, request->remote, t->now) : 0;
    if (!wait)
        return OK;
    response->retry_after_s = wait;
    return task_fail(t, ERR_TOO_MANY, "问得太快了，请 %lld 秒后再问，或者打电话问",
                     (long long)wait);
}

/* --- The page -------------------------------------------------------------------------------- */

static struct ask_option example_options[] = {
    {STR_INIT("老板拖欠工资三个月了怎么办"),
     STR_INIT(
         "/ask?q=%E8%80%81%E6%9D%BF%E6%8B%96%E6%AC%A0%E5%B7%A5%E8%B5%84%E4%B8%89%E4%B8%AA%E6%9C%88%E4%BA%86%E6%80%8E%E4%B9%88%E5%8A%9E"),
     false},
    {STR_INIT("离婚后孩子归谁抚养"),
     STR_INIT(
         "/ask?q=%E7%A6%BB%E5%A9%9A%E5%90%8E%E5%AD%A9%E5%AD%90%E5%BD%92%E8%B0%81%E6%8A%9A%E5%85%BB"),
     false},
    {STR_INIT("借钱不还没有借条怎么办"),
     STR_INIT(
         "/ask?q=%E5%80%9F%E9%92%B1%E4%B8%8D%E8%BF%98%E6%B2%A1%E6%9C%89%E5%80%9F%E6%9D%A1%E6%80%8E%E4%B9%88%E5%8A%9E"),
     false},
};

struct here_question {
    struct asking *asking;
    struct ask_view *view;
};

static enum err read_here(struct task *t, void *arg)
{
    struct here_question *q = arg;
    struct list rules;
    enum err e = ask_here(t, q->asking, q->view);

    if (!e)
        e = words_rules(t, &rules);
    /* What people say is searched with what the law calls it, too. */
    if (!e)
        q->asking->full = words_widen(t, rules, q->asking->full);
    return e;
}

enum err ask_answer(struct task *t, struct asking *asking, struct ask_view *view)
{
    view->question = asking->question;
    view->asked = asking->question.len > 0;
    enum err e = store_read(t, read_here, &(struct here_question){asking, view});
    if (e || !view->asked)
        return e;
    e = ask_find(t, asking, view);
    if (!e)
        ask_finish(t, view);
    return e;
}

enum err ask_get(struct task *t, struct request *request, struct response *response)
{
    const struct setup *setup = request->setup;
    struct ask_view *view = NEW(t, struct ask_view, 1);
    struct json *input;
    enum err e = form_check(t, &ask_form, request->query, S(""), &input);

    response->view = view;
    response->no_store = true;
    if (e)
        return e;
    struct asking asking = {
        .question = json_get_str(input, "q"),
        .full = json_get_str(input, "q"),
        .said = json_get_str(input, "i"),
        .data = setup->data,
        .articles = ARTICLES,
        .answers = ANSWERS,
        .cases = CASES,
    };
    if (json_get_int(input, "top"))
        asking.articles = (size_t)json_get_int(input, "top");
    if (asking.question.len && (e = admit(t, request, response)))
        return e;
    if ((e = ask_answer(t, &asking, view)))
        return e;
    ask_phrase(t, setup->conf, view);
    if (view->asked)
        asked_note(t, view, request->api ? "api" : "web", &view->id);
    else
        view->examples = (struct list){example_options, 3};
    return OK;
}

/* --- Did it help? ---------------------------------------------------------------------------- */

static const struct choice yes_no[] = {{"yes", "有用"}, {"no", "没用"}, {NULL, NULL}};
const struct form ask_useful_form = {
    "AnswerUseful",
    (const struct ask[]){
        {.name = "id", .title = "哪次提问", .type = ASK_ID, .required = true},
        {.name = "useful",
         .title = "有用吗",
         .type = ASK_CHOICE,
         .required = true,
         .choices = yes_no},
        {0},
    },
};

enum err ask_useful_post(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &ask_useful_form, request->body, S(""), &input);

    if (e)
        return e;
    response->redirect = S("/ask/thanks");
    return asked_useful(t, json_get_id(input, "id"), str_is(json_get_str(input, "useful"), "yes"));
}

enum err ask_thanks(struct task *t, struct request *request, struct response *response)
{
    (void)t;
    (void)request;
    (void)response;
    return OK;
}
