/* Words that mean the same: reading them, widening a question by them. */
#include "words.h"

#include "research_sql.h"
#include "store/store.h"

enum { FAULTS_TOLD = 20 };

static void fault(struct task *t, int64_t line, const char *what)
{
    size_t told = 0;

    for (const struct field_error *e = t->field_errors; e; e = e->next)
        told++;
    if (told < FAULTS_TOLD)
        task_field_error(t, S("text"), "第 %lld 行：%s", (long long)line, what);
}

/* Up to the first of 、 ， , or the end. */
static bool cut_word(struct str *rest, struct str *ret_word)
{
    static const char *const marks[] = {"、", "，", ",", "；", NULL};
    size_t at = rest->len, width = 0;

    if (!rest->len)
        return false;
    for (const char *const *mark = marks; *mark; mark++) {
        size_t found = str_find(*rest, str_of(*mark));

        if (found < at) {
            at = found;
            width = str_of(*mark).len;
        }
    }
    *ret_word = str_trim(str_first(*rest, at));
    *rest = str_from(*rest, at + width);
    return true;
}

static bool read_words(struct task *t, int64_t line, struct str text, struct list *words)
{
    struct str word;

    while (cut_word(&text, &word)) {
        if (!word.len)
            continue;
        if (utf8_length(word) > WORD_MOST || words->count == WORDS_IN_LINE) {
            fault(t, line, "一个词最多 30 个字，一边最多 30 个词");
            return false;
        }
        *(struct str *)list_add(t, words, sizeof(struct str)) = word;
    }
    if (!words->count)
        fault(t, line, "等号两边都要有词");
    return words->count > 0;
}

static void read_line(struct task *t, int64_t number, struct str line, struct list *rules)
{
    struct word_rule rule = {.line = number};

    if (line.at[0] == '[') {
        size_t end = str_find(line, S("]"));

        if (end == SIZE_MAX || end == 1) {
            fault(t, number, "话题写成 [工资] 的样子");
            return;
        }
        rule.topic = str_trim(str_first(str_from(line, 1), end - 1));
        line = str_trim(str_from(line, end + 1));
    }
    size_t equals = str_find(line, S("=")), width = 1;
    if (equals == SIZE_MAX) {
        equals = str_find(line, S("＝"));
        width = 3;
    }
    if (equals == SIZE_MAX) {
        fault(t, number, "要有等号：大家的说法 = 法律的说法");
        return;
    }
    if (read_words(t, number, str_first(line, equals), &rule.said) &&
        read_words(t, number, str_from(line, equals + width), &rule.means))
        *(struct word_rule *)list_add(t, rules, sizeof rule) = rule;
}

enum err words_parse(struct task *t, struct str text, struct list *ret_rules)
{
    struct list rules = {0};
    struct str line;
    int64_t number = 0;

    while (str_cut(&text, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (!line.len || line.at[0] == '#')
            continue;
        if (rules.count == WORDS_LINES) {
            fault(t, number, "最多 500 行");
            break;
        }
        read_line(t, number, line, &rules);
    }
    *ret_rules = rules;
    return task_input_verdict(t);
}

static bool says_one(const struct word_rule *rule, struct str question)
{
    LIST_EACH (struct str, word, rule->said) {
        if (str_find(question, *word) != SIZE_MAX)
            return true;
    }
    return false;
}

struct str words_widen(struct task *t, struct list rules, struct str question)
{
    enum { WIDENED_MOST = 4096 };
    struct buf b = buf_new(t, question.len + WIDENED_MOST);

    buf_add(&b, question);
    LIST_EACH (struct word_rule, rule, rules) {
        if (!says_one(rule, question))
            continue;
        LIST_EACH (struct str, word, rule->means) {
            if (str_find(buf_str(&b), *word) == SIZE_MAX && b.len + word->len + 1 < b.ceiling) {
                buf_add_char(&b, '\n');
                buf_add(&b, *word);
            }
        }
    }
    return buf_str(&b);
}

struct str words_topic(struct list rules, struct str question)
{
    LIST_EACH (struct word_rule, rule, rules) {
        if (rule->topic.len && says_one(rule, question))
            return rule->topic;
    }
    return (struct str){0};
}

static struct words_version version_of(const struct rows *rows)
{
    return (struct words_version){
        .version = row_int(rows, "version"),
        .at_ms = row_int(rows, "at_ms"),
        .staff = row_int(rows, "staff"),
        .text = row_str(rows, "text"),
        .live = row_int(rows, "live") != 0,
    };
}

enum err words_read(struct task *t, struct words_version *ret_live, struct words_version *ret_draft)
{
    struct rows *rows;
    enum err e = store_run(t, &q_words_newest, ARGS(INT("tenant", t->tenant)), &rows);

    *ret_live = *ret_draft = (struct words_version){0};
    if (e)
        return e;
    if (rows_next(rows)) {
        *ret_draft = version_of(rows);
        if (ret_draft->live) {
            *ret_live = *ret_draft;
            *ret_draft = (struct words_version){0};
            return OK;
        }
    }
    e = store_run(t, &q_words_live, ARGS(INT("tenant", t->tenant)), &rows);
    if (!e && rows_next(rows))
        *ret_live = version_of(rows);
    return e;
}

enum err words_rules(struct task *t, struct list *ret_rules)
{
    struct rows *rows;
    enum err e = store_run(t, &q_words_live, ARGS(INT("tenant", t->tenant)), &rows);

    *ret_rules = (struct list){0};
    if (e || !rows_next(rows))
        return e;
    e = words_parse(t, row_str(rows, "text"), ret_rules);
    /* It was right when it was published; what a later program refuses is left out. */
    if (e == ERR_BAD_INPUT) {
        task_clear_error(t);
        e = OK;
    }
    return e;
}
