/* data/interviews/<code>.yaml: the grammar stands in docs/triage.md. */
#include <string.h>

#include "core/task.h"
#include "modules/knowledge/interview_rules.h"

/* --- Conditions ------------------------------------------------------------------------------ */

static int question_named(const struct interview *it, struct str name)
{
    for (size_t i = 0; i < it->question_count; i++)
        if (str_eq(it->questions[i].name, name))
            return (int)i;
    return -1;
}

static bool has_choice(const struct interview_question *question, struct str value)
{
    for (size_t i = 0; i < question->choice_count; i++)
        if (str_eq(question->choices[i].value, value))
            return true;
    return false;
}

/* One value, or a list of them. */
static void read_test(struct rule_file *f, const struct interview *it, const struct node *node,
                      struct list *when)
{
    struct interview_test test = {.question = question_named(it, node->key)};

    if (test.question < 0) {
        node_fault(f->t, f->faults, node, "前面没有“%.*s”这个问题", STR_ARG(node->key));
        return;
    }
    const struct interview_question *question = &it->questions[test.question];
    const struct node *first = node->kind == NODE_LIST ? node->first : node;
    if (node->kind == NODE_MAP || (node->kind == NODE_LIST && !node->count)) {
        node_fault(f->t, f->faults, node, "“%.*s”应当是一个或者几个回答", STR_ARG(node->key));
        return;
    }
    for (const struct node *value = first; value;
         value = node->kind == NODE_LIST ? value->next : NULL) {
        if (value->kind != NODE_TEXT || !has_choice(question, value->text))
            node_fault(f->t, f->faults, value, "问题“%.*s”没有“%.*s”这个回答", STR_ARG(node->key),
                       STR_ARG(value->text));
        else
            *(struct str *)list_add(f->t, &test.values, sizeof(struct str)) = value->text;
    }
    *(struct interview_test *)list_add(f->t, when, sizeof test) = test;
}

static struct list read_when(struct rule_file *f, const struct interview *it,
                             const struct node *map)
{
    const struct node *when = rule_part(f, map, "when", NODE_MAP, false);
    struct list tests = {0};

    NODE_EACH(child, when)
    read_test(f, it, child, &tests);
    return tests;
}

/* --- Questions ------------------------------------------------------------------------------- */

static void read_choices(struct rule_file *f, const struct node *node,
                         struct interview_question *question)
{
    const struct node *answers = rule_part(f, node, "answers", NODE_MAP, true);

    NODE_EACH(child, answers)
    {
        if (question->choice_count == INTERVIEW_CHOICES) {
            node_fault(f->t, f->faults, child, "一个问题最多 %d 个回答", INTERVIEW_CHOICES);
            return;
        }
        rule_code(f, child, child->key);
        if (child->kind != NODE_TEXT || !child->text.len) {
            node_fault(f->t, f->faults, child, "回答“%.*s”应当是一段文字", STR_ARG(child->key));
            continue;
        }
        question->choices[question->choice_count++] =
            (struct interview_choice){child->key, child->text};
    }
    if (answers && question->choice_count < 2)
        node_fault(f->t, f->faults, answers, "至少要有两个回答");
}

static void read_question(struct rule_file *f, struct interview *it, const struct node *node)
{
    struct interview_question question = {.name = {0}};

    if (node->kind != NODE_MAP) {
        node_fault(f->t, f->faults, node, "问题应当是一组“键: 值”");
        return;
    }
    if (it->question_count == INTERVIEW_QUESTIONS) {
        node_fault(f->t, f->faults, node, "最多 %d 个问题", INTERVIEW_QUESTIONS);
        return;
    }
    rule_keys(f, node, "ask title hint answers when");
    question.name = rule_text(f, node, "ask", true);
    if (question.name.len)
        rule_code(f, node_get(node, "ask"), question.name);
    if (question.name.len && question_named(it, question.name) >= 0)
        node_fault(f->t, f->faults, node_get(node, "ask"), "问题“%.*s”写了两次",
                   STR_ARG(question.name));
    question.title = rule_text(f, node, "title", true);
    if (utf8_length(question.title) > 40)
        node_fault(f->t, f->faults, node_get(node, "title"), "问题太长，最多 40 字");
    question.hint = rule_text(f, node, "hint", false);
    question.when = read_when(f, it, node);
    read_choices(f, node, &question);
    it->questions[it->question_count++] = question;
}

/* --- Results --------------------------------------------------------------------------------- */

/* 民法典 第一千零七十九条、第一千零八十四条；反家庭暴力法 第二十三条 */
static void read_articles(struct rule_file *f, const struct node *node, struct str text,
                          struct list *articles)
{
    struct str law = {0};

    while (text.len) {
        size_t semicolon = str_find(text, S("；")), comma = str_find(text, S("、"));
        size_t cut = semicolon < comma ? semicolon : comma;
        struct str one = str_trim(str_first(text, cut == SIZE_MAX ? text.len : cut));
        text = str_from(text, cut == SIZE_MAX ? text.len : cut + strlen("；"));
        size_t at = str_find(one, S("第"));
        struct str name = at == SIZE_MAX ? one : str_trim(str_first(one, at));
        struct str article = str_from(one, at == SIZE_MAX ? one.len : at);
        if (name.len)
            law = name;
        if (!law.len || !article.len || str_find(article, S("条")) == SIZE_MAX) {
            if (node)
                node_fault(f->t, f->faults, node, "“%.*s”应当写成“民法典 第一百八十八条”",
                           STR_ARG(one));
            continue;
        }
        *(struct interview_article *)list_add(f->t, articles, sizeof(struct interview_article)) =
            (struct interview_article){law, article};
    }
}

struct list interview_articles(struct task *t, struct str text)
{
    struct rule_file f = {t, NULL};
    struct list articles = {0};

    read_articles(&f, NULL, text, &articles);
    return articles;
}

static int64_t read_count(struct rule_file *f, const struct node *map, const char *key)
{
    struct str text = rule_text(f, map, key, false);
    int64_t number = 0;

    if (text.len && (!str_int(text, &number) || number < 1 || number > 1000)) {
        node_fault(f->t, f->faults, node_get(map, key), "“%s”应当是 1 到 1000 的整数", key);
        return 0;
    }
    return number;
}

static void read_deadline(struct rule_file *f, const struct node *node,
                          struct interview_result *result)
{
    const struct node *map = rule_part(f, node, "deadline", NODE_MAP, false);

    if (!map)
        return;
    rule_keys(f, map, "text law months days");
    result->deadline = (struct interview_deadline){
        .text = rule_text(f, map, "text", true),
        .law = rule_text(f, map, "law", true),
        .months = read_count(f, map, "months"),
        .days = read_count(f, map, "days"),
    };
    if (result->deadline.law.len)
        read_articles(f, node_get(map, "law"), result->deadline.law, &result->articles);
}

static void read_result(struct rule_file *f, struct interview *it, const struct node *node)
{
    struct interview_result *result = &it->results[it->result_count];

    if (node->kind != NODE_MAP) {
        node_fault(f->t, f->faults, node, "结果应当是一组“键: 值”");
        return;
    }
    rule_keys(f, node, "when say law deadline words matters bring calls");
    *result = (struct interview_result){.when = read_when(f, it, node),
                                        .say = rule_text(f, node, "say", false),
                                        .words = rule_words(f, node, "words", false),
                                        .matters = rule_words(f, node, "matters", false),
                                        .bring = rule_words(f, node, "bring", false),
                                        .calls = rule_words(f, node, "calls", false)};
    struct str law = rule_text(f, node, "law", false);
    if (law.len)
        read_articles(f, node_get(node, "law"), law, &result->articles);
    /* Nothing is said without its ground. */
    if (result->say.len && !result->articles.count)
        node_fault(f->t, f->faults, node, "有“say”就要有“law”：这句话依据哪一条");
    read_deadline(f, node, result);
    it->result_count++;
}

/* A doctored or short-sighted file must not lead to an empty page. */
static void check_outcome(struct rule_file *f, const struct interview *it, const struct node *node)
{
    bool matter = false, words = false;

    for (size_t i = 0; i < it->result_count; i++) {
        bool always = !it->results[i].when.count;
        matter = matter || (always && it->results[i].matters.count);
        words = words || (always && it->results[i].words.count);
    }
    if (!matter || !words)
        node_fault(f->t, f->faults, node,
                   "至少要有一项没有“when”的结果，写明事项（matters）和检索的词（words）");
}

/* --- A file ---------------------------------------------------------------------------------- */

/* interviews/wages.yaml: wages */
static struct str code_of(struct str file)
{
    struct str code = file, head;

    while (str_find(code, S("/")) != SIZE_MAX)
        str_cut(&code, '/', &head);
    return str_ends(code, S(".yaml")) ? str_first(code, code.len - strlen(".yaml")) : code;
}

static void read_root(struct rule_file *f, struct interview *it, const struct node *root)
{
    const struct node *questions = rule_part(f, root, "questions", NODE_LIST, true);
    const struct node *results = rule_part(f, root, "results", NODE_LIST, true);

    rule_keys(f, root, "title intro topic icon questions results");
    it->title = rule_text(f, root, "title", true);
    it->intro = rule_text(f, root, "intro", true);
    it->topic = rule_text(f, root, "topic", true);
    it->icon = rule_text(f, root, "icon", false);
    NODE_EACH(child, questions)
    read_question(f, it, child);
    if (questions && it->question_count < 3)
        node_fault(f->t, f->faults, questions, "至少要有三个问题");
    if (results && results->count > INTERVIEW_RESULTS) {
        node_fault(f->t, f->faults, results, "最多 %d 项结果", INTERVIEW_RESULTS);
        return;
    }
    it->results = NEW(f->t, struct interview_result, INTERVIEW_RESULTS);
    NODE_EACH(child, results)
    read_result(f, it, child);
    if (results)
        check_outcome(f, it, results);
}

enum err interview_read(struct task *t, struct str file, struct str text,
                        const struct interview **ret_interview, struct list *ret_faults)
{
    struct interview *it = NEW(t, struct interview, 1);
    struct list faults = {0};
    struct rule_file f = {t, &faults};
    const struct node *root = node_parse(t, file, text, NODE_MAX_PROCEDURE, &faults);

    it->code = code_of(file);
    if (root && root->kind != NODE_MAP)
        node_fault(t, &faults, root, "文件应当是一组“键: 值”");
    else if (root)
        read_root(&f, it, root);
    faults_sort(&faults);
    *ret_faults = faults;
    if (faults.count)
        return task_fail(t, ERR_BAD_INPUT, "问答文件有 %zu 处不对", faults.count);
    *ret_interview = it;
    return OK;
}
