/*
 * data/urgent.yaml: words that bring a hotline to the top.
 *
 * A pattern is a few pieces of text with `*` between: the pieces follow each other, at most GAP
 * characters apart.  Both sides are analysed as for the search, so full width, traditional
 * characters and punctuation make no difference.  A word of denial right before the first piece
 * (没有被打) and a whole `unless` pattern anywhere in the text take the alarm back.
 */
#include "core/task.h"
#include "modules/knowledge/triage_rules.h"
#include "search/tokens.h"

enum { PIECES = 5, GAP = 10, MOST_PATTERN = 60 };

struct triage_pattern {
    struct units pieces[PIECES];
    size_t count;
};

/* --- Reading --------------------------------------------------------------------------------- */

static bool read_pattern(struct rule_file *f, const struct node *node, struct triage_pattern *ret)
{
    struct str rest = node->text, piece;
    struct triage_pattern pattern = {.count = 0};

    if (node->kind != NODE_TEXT || !rest.len || utf8_length(rest) > MOST_PATTERN) {
        node_fault(f->t, f->faults, node, "句型应当是一段文字，最长 %d 字", MOST_PATTERN);
        return false;
    }
    while (str_cut(&rest, '*', &piece)) {
        if (pattern.count == PIECES) {
            node_fault(f->t, f->faults, node, "句型里最多 %d 段", PIECES);
            return false;
        }
        struct units units = units_of(f->t, piece);
        while (units.n && units.at[units.n - 1] == UNIT_BREAK)
            units.n--;
        if (!units.n) {
            node_fault(f->t, f->faults, node, "句型“%.*s”里有空的一段", STR_ARG(node->text));
            return false;
        }
        pattern.pieces[pattern.count++] = units;
    }
    *ret = pattern;
    return true;
}

static struct list read_patterns(struct rule_file *f, const struct node *map, const char *key,
                                 bool required)
{
    const struct node *list = rule_part(f, map, key, NODE_LIST, required);
    struct list patterns = {0};

    NODE_EACH(child, list)
    {
        struct triage_pattern pattern;
        if (read_pattern(f, child, &pattern))
            *(struct triage_pattern *)list_add(f->t, &patterns, sizeof pattern) = pattern;
    }
    return patterns;
}

static struct list read_calls(struct rule_file *f, const struct node *map)
{
    const struct node *list = rule_part(f, map, "calls", NODE_LIST, true);
    struct list calls = {0};

    NODE_EACH(child, list)
    {
        if (child->kind != NODE_MAP) {
            node_fault(f->t, f->faults, child, "电话应当写成 {number: ..., title: ...}");
            continue;
        }
        rule_keys(f, child, "number title");
        struct triage_call call = {rule_text(f, child, "number", true),
                                   rule_text(f, child, "title", true)};
        for (size_t i = 0; i < call.number.len; i++)
            if (call.number.at[i] < '0' || call.number.at[i] > '9') {
                node_fault(f->t, f->faults, child, "“%.*s”不是电话号码", STR_ARG(call.number));
                break;
            }
        *(struct triage_call *)list_add(f->t, &calls, sizeof call) = call;
    }
    return calls;
}

static struct triage_alarm read_alarm(struct rule_file *f, const struct node *node)
{
    struct triage_alarm alarm = {.shows = {.code = node->key}};

    rule_code(f, node, node->key);
    if (node->kind != NODE_MAP) {
        node_fault(f->t, f->faults, node, "规则应当是一组“键: 值”");
        return alarm;
    }
    rule_keys(f, node, "title level say law calls matters words unless");
    struct str level = rule_text(f, node, "level", true);
    if (level.len && !str_is(level, "now") && !str_is(level, "soon"))
        node_fault(f->t, f->faults, node_get(node, "level"), "“level”只能是 now 或 soon");
    alarm.shows.now = str_is(level, "now");
    alarm.shows.title = rule_text(f, node, "title", true);
    alarm.shows.say = rule_text(f, node, "say", true);
    alarm.shows.law = rule_text(f, node, "law", false);
    alarm.shows.calls = read_calls(f, node);
    alarm.shows.matters = rule_words(f, node, "matters", false);
    alarm.patterns = read_patterns(f, node, "words", true);
    alarm.unless = read_patterns(f, node, "unless", false);
    return alarm;
}

enum err triage_read_urgent(struct task *t, struct str file, struct str text,
                            struct triage_alarms **ret_alarms, struct list *ret_faults)
{
    struct triage_alarms *alarms = NEW(t, struct triage_alarms, 1);
    struct list faults = {0}, later = {0};
    struct rule_file f = {t, &faults};
    const struct node *root = node_parse(t, file, text, NODE_MAX_FILE, &faults), *map = NULL;

    if (root && root->kind != NODE_MAP)
        node_fault(t, &faults, root, "文件应当是一组“键: 值”");
    else if (root) {
        rule_keys(&f, root, "urgent");
        map = rule_part(&f, root, "urgent", NODE_MAP, true);
    }
    NODE_EACH(child, map)
    {
        struct triage_alarm alarm = read_alarm(&f, child);
        struct list *list = alarm.shows.now ? &alarms->alarms : &later;
        *(struct triage_alarm *)list_add(t, list, sizeof alarm) = alarm;
    }
    LIST_EACH (struct triage_alarm, alarm, later)
        *(struct triage_alarm *)list_add(t, &alarms->alarms, sizeof *alarm) = *alarm;
    faults_sort(&faults);
    *ret_faults = faults;
    if (faults.count)
        return task_fail(t, ERR_BAD_INPUT, "紧急规则有 %zu 处不对", faults.count);
    *ret_alarms = alarms;
    return OK;
}

/* --- Looking --------------------------------------------------------------------------------- */

static bool stands_at(struct units text, size_t at, struct units piece)
{
    if (at + piece.n > text.n)
        return false;
    for (size_t i = 0; i < piece.n; i++)
        if (text.at[at + i] != piece.at[i])
            return false;
    return true;
}

/* The rest of a pattern from `at` on; its end, 0 when it is not there. */
static size_t follow(struct units text, size_t at, const struct triage_pattern *pattern, size_t k)
{
    if (k == pattern->count)
        return at;
    for (size_t gap = 0; gap <= GAP && at + gap < text.n; gap++)
        if (stands_at(text, at + gap, pattern->pieces[k])) {
            size_t end = follow(text, at + gap + pattern->pieces[k].n, pattern, k + 1);
            if (end)
                return end;
        }
    return 0;
}

/* 没, 没有, 不是, 并非, 从未 right before. */
static bool denied(struct task *t, struct units text, size_t at)
{
    static const struct str words[] = {STR_INIT("没"),     STR_INIT("没有"),  STR_INIT("不是"),
                                       STR_INIT("并非"),   STR_INIT("从未"),  STR_INIT("没有被"),
                                       STR_INIT("没被"),   STR_INIT("不会"),  STR_INIT("未曾"),
                                       STR_INIT("不算是"), STR_INIT("不属于")};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct units word = units_of(t, words[i]);
        if (word.n <= at && stands_at(text, at - word.n, word))
            return true;
    }
    return false;
}

static bool find_pattern(struct task *t, struct units text, const struct triage_pattern *pattern,
                         size_t *ret_from, size_t *ret_to)
{
    for (size_t at = 0; at < text.n; at++) {
        if (!stands_at(text, at, pattern->pieces[0]) || denied(t, text, at))
            continue;
        size_t end = follow(text, at + pattern->pieces[0].n, pattern, 1);
        if (end) {
            *ret_from = at;
            *ret_to = end - 1;
            return true;
        }
    }
    return false;
}

static bool find_any(struct task *t, struct units text, struct list patterns, size_t *ret_from,
                     size_t *ret_to)
{
    LIST_EACH (struct triage_pattern, pattern, patterns)
        if (find_pattern(t, text, pattern, ret_from, ret_to))
            return true;
    return false;
}

struct list triage_alarms_in(struct task *t, const struct triage_alarms *alarms, struct str text)
{
    struct list found = {0};
    struct text_span *spans;

    text = str_first(text, TRIAGE_TEXT_MAX);
    struct units units = units_with_spans(t, text, &spans);
    LIST_EACH (struct triage_alarm, alarm, alarms->alarms) {
        size_t from, to, ignored;
        if (find_any(t, units, alarm->unless, &ignored, &ignored) ||
            !find_any(t, units, alarm->patterns, &from, &to))
            continue;
        struct triage_urgent *urgent = list_add(t, &found, sizeof *urgent);
        *urgent = alarm->shows;
        urgent->words =
            (struct str){text.at + spans[from].begin, spans[to].end - spans[from].begin};
    }
    return found;
}
