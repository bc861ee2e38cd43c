/* data/triage/topics.yaml: what people come with, and which matters may help. */
#include "core/task.h"
#include "modules/knowledge/cite.h"
#include "modules/knowledge/triage_rules.h"

static bool is_difficulty(struct str word)
{
    return str_is(word, "simple") || str_is(word, "ordinary") || str_is(word, "complex");
}

/* 675 or 133-1, as 第六百七十五条, 第一百三十三条之一; empty: neither. */
static struct str read_number(struct rule_file *f, const struct node *map)
{
    enum { ARTICLE_MOST = 1999 };
    struct str rest = rule_text(f, map, "article", true), number, of;
    int64_t n = 0, part = 0;

    if (!rest.len)
        return rest;
    str_cut(&rest, '-', &number);
    of = rest;
    if (!str_int(number, &n) || n < 1 || n > ARTICLE_MOST ||
        (of.len && (!str_int(of, &part) || part < 1 || part > ARTICLE_MOST))) {
        node_fault(f->t, f->faults, node_get(map, "article"),
                   "“article”应当是条的数字，例如 675 或者 133-1");
        return S("");
    }
    return cite_article_zh(f->t, n, part);
}

static void read_grounds(struct rule_file *f, const struct node *topic, struct list *grounds)
{
    const struct node *list = rule_part(f, topic, "grounds", NODE_LIST, false);

    NODE_EACH(child, list)
    {
        if (child->kind != NODE_MAP) {
            node_fault(f->t, f->faults, child,
                       "依据应当写成 {law: 民法典, article: 675}，可以加 words");
            continue;
        }
        rule_keys(f, child, "law article words");
        struct triage_ground ground = {.law = rule_text(f, child, "law", true),
                                       .article = read_number(f, child),
                                       .words = rule_words(f, child, "words", false)};
        LIST_EACH (const struct triage_ground, there, *grounds)
            if (str_eq(there->law, ground.law) && str_eq(there->article, ground.article))
                node_fault(f->t, f->faults, child, "“%.*s %.*s”写了两次", STR_ARG(ground.law),
                           STR_ARG(ground.article));
        *(struct triage_ground *)list_add(f->t, grounds, sizeof ground) = ground;
    }
}

static void read_topic(struct rule_file *f, const struct node *node, struct triage_topic *topic)
{
    rule_code(f, node, node->key);
    if (node->kind != NODE_MAP) {
        node_fault(f->t, f->faults, node, "主题应当是一组“键: 值”");
        return;
    }
    rule_keys(f, node, "title kind difficulty matters words grounds");
    *topic = (struct triage_topic){.code = node->key,
                                   .title = rule_text(f, node, "title", true),
                                   .kind = rule_text(f, node, "kind", true),
                                   .difficulty = rule_text(f, node, "difficulty", true),
                                   .matters = rule_words(f, node, "matters", false),
                                   .words = rule_words(f, node, "words", true)};
    read_grounds(f, node, &topic->grounds);
    if (topic->difficulty.len && !is_difficulty(topic->difficulty))
        node_fault(f->t, f->faults, node_get(node, "difficulty"),
                   "“difficulty”只能是 simple、ordinary、complex");
    if (topic->matters.count > TRIAGE_MATTERS + 1)
        node_fault(f->t, f->faults, node_get(node, "matters"), "一个主题最多 %d 个事项",
                   TRIAGE_MATTERS + 1);
}

static void read_wishes(struct rule_file *f, const struct node *root, struct list *wishes)
{
    const struct node *asks = rule_part(f, root, "asks", NODE_MAP, false);

    NODE_EACH(child, asks)
    {
        struct triage_wish *wish = list_add(f->t, wishes, sizeof *wish);
        *wish = (struct triage_wish){child->key,
                                     rule_words(f, asks, str_terminated(f->t, child->key), true)};
    }
}

enum err triage_read_topics(struct task *t, struct str file, struct str text,
                            struct triage_topics **ret_topics, struct list *ret_faults)
{
    struct triage_topics *topics = NEW(t, struct triage_topics, 1);
    struct list faults = {0};
    struct rule_file f = {t, &faults};
    const struct node *root = node_parse(t, file, text, NODE_MAX_FILE, &faults), *list = NULL;

    if (root && root->kind != NODE_MAP)
        node_fault(t, &faults, root, "文件应当是一组“键: 值”");
    else if (root) {
        rule_keys(&f, root, "silence sure asks topics");
        topics->silence = rule_share(&f, root, "silence");
        topics->sure = rule_share(&f, root, "sure");
        read_wishes(&f, root, &topics->wishes);
        list = rule_part(&f, root, "topics", NODE_MAP, true);
    }
    if (list && list->count > CLASSIFY_MAX_LABELS)
        node_fault(t, &faults, list, "主题最多 %d 个", CLASSIFY_MAX_LABELS);
    topics->topics = NEW(t, struct triage_topic, list ? list->count + 1 : 1);
    NODE_EACH(child, list)
    read_topic(&f, child, &topics->topics[topics->count++]);
    faults_sort(&faults);
    *ret_faults = faults;
    if (faults.count)
        return task_fail(t, ERR_BAD_INPUT, "主题文件有 %zu 处不对", faults.count);
    *ret_topics = topics;
    return OK;
}
