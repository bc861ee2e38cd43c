/* Guided interviews: which question comes next, and what all the answers lead to. */
#include "modules/knowledge/interview.h"

#include <pthread.h>

#include "core/task.h"
#include "modules/knowledge/interview_rules.h"

static const struct field line_fields[] = {
    FIELD(struct interview_line, code, F_STR, "代码"),
    FIELD(struct interview_line, title, F_STR, "主题"),
    FIELD(struct interview_line, intro, F_STR, "是什么"),
    FIELD(struct interview_line, topic, F_STR, "分诊的主题"),
    FIELD(struct interview_line, icon, F_STR, NULL),
    {0},
};
const struct shape interview_line_shape = {"InterviewLine", sizeof(struct interview_line),
                                           line_fields};

static const struct field str_fields[] = {{"text", "文字", F_STR, 0, NULL}, {0}};
static const struct shape str_shape = {"InterviewText", sizeof(struct str), str_fields};
static const struct field choice_fields[] = {
    FIELD(struct interview_choice, value, F_STR, "回答的代码"),
    FIELD(struct interview_choice, title, F_STR, "回答"),
    {0},
};
static const struct shape choice_shape = {"InterviewChoice", sizeof(struct interview_choice),
                                          choice_fields};
static const struct field answered_fields[] = {
    FIELD(struct interview_answered, name, F_STR, "问题的代码"),
    FIELD(struct interview_answered, question, F_STR, "问题"),
    FIELD(struct interview_answered, value, F_STR, "回答的代码"),
    FIELD(struct interview_answered, answer, F_STR, "回答"),
    {0},
};
static const struct shape answered_shape = {"InterviewAnswered", sizeof(struct interview_answered),
                                            answered_fields};
static const struct field article_fields[] = {
    FIELD(struct interview_article, law, F_STR, "法律"),
    FIELD(struct interview_article, article, F_STR, "条"),
    {0},
};
static const struct shape article_shape = {"InterviewArticle", sizeof(struct interview_article),
                                           article_fields};
static const struct field deadline_fields[] = {
    FIELD(struct interview_deadline, text, F_STR, "期限"),
    FIELD(struct interview_deadline, law, F_STR, "依据"),
    FIELD(struct interview_deadline, months, F_INT, "月数"),
    FIELD(struct interview_deadline, days, F_INT, "天数"),
    {0},
};
static const struct shape deadline_shape = {"InterviewDeadline", sizeof(struct interview_deadline),
                                            deadline_fields};
static const struct field step_fields[] = {
    FIELD(struct interview_step, code, F_STR, "代码"),
    FIELD(struct interview_step, title, F_STR, "主题"),
    FIELD_OF(struct interview_step, answered, F_LIST, &answered_shape, "已经回答的"),
    FIELD(struct interview_step, number, F_INT, "第几个问题"),
    FIELD(struct interview_step, most, F_INT, "最多几个问题"),
    FIELD(struct interview_step, done, F_BOOL, "问完了"),
    FIELD(struct interview_step, name, F_STR, "问题的代码"),
    FIELD(struct interview_step, question, F_STR, "问题"),
    FIELD(struct interview_step, hint, F_STR, "提示"),
    FIELD_OF(struct interview_step, choices, F_LIST, &choice_shape, "可以怎样回答"),
    FIELD(struct interview_step, query, F_STR, "检索的词"),
    FIELD_OF(struct interview_step, says, F_LIST, &str_shape, "结论"),
    FIELD_OF(struct interview_step, articles, F_LIST, &article_shape, "法条"),
    FIELD_OF(struct interview_step, deadlines, F_LIST, &deadline_shape, "期限"),
    FIELD_OF(struct interview_step, matters, F_LIST, &str_shape, "事项"),
    FIELD_OF(struct interview_step, bring, F_LIST, &str_shape, "带什么"),
    FIELD_OF(struct interview_step, calls, F_LIST, &str_shape, "电话"),
    {0},
};
const struct shape interview_step_shape = {"InterviewStep", sizeof(struct interview_step),
                                           step_fields};

/* --- What the program brings along ----------------------------------------------------------- */

extern const struct str shipped_data[][2]; /* generated */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct task keeper;
static struct list kept; /* const struct interview * */
static bool is_kept;

static enum err read_all(struct task *t, void *arg)
{
    struct list *all = arg, faults;

    for (size_t i = 0; shipped_data[i][0].at; i++) {
        const struct interview *it;
        if (!str_starts(shipped_data[i][0], S("interviews/")))
            continue;
        enum err e = interview_read(t, shipped_data[i][0], shipped_data[i][1], &it, &faults);
        if (e)
            return e;
        *(const struct interview **)list_add(t, all, sizeof it) = it;
    }
    return OK;
}

static enum err all_interviews(struct task *t, struct list *ret_all)
{
    enum err e = OK;

    pthread_mutex_lock(&lock);
    if (!is_kept) {
        task_begin(&keeper, NULL, t->now, TASK_BUDGET);
        kept = (struct list){0};
        e = task_protect(&keeper, read_all, &kept);
        is_kept = e == OK;
        if (e)
            task_end(&keeper);
    }
    pthread_mutex_unlock(&lock);
    if (e)
        return task_fail(t, ERR_INTERNAL, "程序自带的问答文件不能用");
    *ret_all = kept;
    return OK;
}

enum err interview_list(struct task *t, struct list *ret_lines)
{
    struct list all, lines = {0};
    enum err e = all_interviews(t, &all);

    if (e)
        return e;
    LIST_EACH (const struct interview *, it, all)
        *(struct interview_line *)list_add(t, &lines, sizeof(struct interview_line)) =
            (struct interview_line){(*it)->code, (*it)->title, (*it)->intro, (*it)->topic,
                                    (*it)->icon};
    *ret_lines = lines;
    return OK;
}

enum err interview_find(struct task *t, struct str code, const struct interview **ret_interview)
{
    struct list all;
    enum err e = all_interviews(t, &all);

    if (e)
        return e;
    LIST_EACH (const struct interview *, it, all)
        if (str_eq((*it)->code, code)) {
            *ret_interview = *it;
            return OK;
        }
    return task_fail(t, ERR_NOT_FOUND, "没有这个主题的问答");
}

struct str interview_code(const struct interview *interview)
{
    return interview ? interview->code : (struct str){0};
}

enum err interview_of_topic(struct task *t, struct str topic,
                            const struct interview **ret_interview)
{
    struct list all;
    enum err e = all_interviews(t, &all);

    if (e)
        return e;
    *ret_interview = NULL;
    LIST_EACH (const struct interview *, it, all)
        if (str_eq((*it)->topic, topic))
            *ret_interview = *it;
    return OK;
}

/* --- The engine ------------------------------------------------------------------------------ */

/* What was chosen for each question; NULL: not asked or not answered. */
typedef const struct interview_choice *choices_made[INTERVIEW_QUESTIONS];

static bool holds(struct list when, choices_made made)
{
    LIST_EACH (struct interview_test, test, when) {
        bool one = false;
        LIST_EACH (struct str, value, test->values)
            one = one || (made[test->question] && str_eq(made[test->question]->value, *value));
        if (!one)
            return false;
    }
    return true;
}

static const struct interview_choice *choice_of(const struct interview_question *question,
                                                struct str value)
{
    for (size_t i = 0; i < question->choice_count; i++)
        if (str_eq(question->choices[i].value, value))
            return &question->choices[i];
    return NULL;
}

static void add_str(struct task *t, struct list *list, struct str text)
{
    LIST_EACH (struct str, there, *list)
        if (str_eq(*there, text))
            return;
    *(struct str *)list_add(t, list, sizeof text) = text;
}

static void add_all(struct task *t, struct list *list, struct list more)
{
    LIST_EACH (struct str, text, more)
        add_str(t, list, *text);
}

static void add_articles(struct task *t, struct list *list, struct list more)
{
    LIST_EACH (struct interview_article, article, more) {
        bool known = false;
        LIST_EACH (struct interview_article, there, *list)
            known = known ||
                    (str_eq(there->law, article->law) && str_eq(there->article, article->article));
        if (!known)
            *(struct interview_article *)list_add(t, list, sizeof *article) = *article;
    }
}

/* What fits the answers closest comes first: the matters of the most conditions. */
static void add_outcome(struct task *t, const struct interview *it, choices_made made,
                        struct interview_step *step)
{
    struct list words = {0};
    struct buf query = buf_new(t, 4096);

    for (size_t i = 0; i < it->result_count; i++) {
        const struct interview_result *result = &it->results[i];
        if (!holds(result->when, made))
            continue;
        add_all(t, &words, result->words);
        add_all(t, &step->bring, result->bring);
        add_all(t, &step->calls, result->calls);
        add_articles(t, &step->articles, result->articles);
        if (result->say.len)
            add_str(t, &step->says, result->say);
        if (result->deadline.text.len)
            *(struct interview_deadline *)list_add(t, &step->deadlines, sizeof result->deadline) =
                result->deadline;
    }
    for (int conditions = INTERVIEW_QUESTIONS; conditions >= 0; conditions--)
        for (size_t i = 0; i < it->result_count; i++)
            if (it->results[i].when.count == (size_t)conditions && holds(it->results[i].when, made))
                add_all(t, &step->matters, it->results[i].matters);
    LIST_EACH (struct str, word, words) {
        if (query.len)
            buf_add_char(&query, ' ');
        buf_add(&query, *word);
    }
    step->query = buf_str(&query);
}

void interview_step(struct task *t, const struct interview *it, const struct json *answers,
                    struct interview_step *ret_step)
{
    struct interview_step step = {
        .code = it->code, .title = it->title, .most = (int64_t)it->question_count};
    choices_made made = {NULL};

    for (size_t i = 0; i < it->question_count; i++) {
        const struct interview_question *question = &it->questions[i];
        if (!holds(question->when, made))
            continue;
        made[i] = choice_of(question, json_as_str(json_find(answers, question->name)));
        if (!made[i]) {
            step.name = question->name;
            step.question = question->title;
            step.hint = question->hint;
            for (size_t c = 0; c < question->choice_count; c++)
                *(struct interview_choice *)list_add(
                    t, &step.choices, sizeof(struct interview_choice)) = question->choices[c];
            step.number = (int64_t)step.answered.count + 1;
            *ret_step = step;
            return;
        }
        *(struct interview_answered *)list_add(
            t, &step.answered, sizeof(struct interview_answered)) = (struct interview_answered){
            question->name, question->title, made[i]->value, made[i]->title};
    }
    step.done = true;
    add_outcome(t, it, made, &step);
    *ret_step = step;
}
