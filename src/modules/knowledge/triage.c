/*
 * A question in everyday words: the model gives topics, topics give matters, words that name what
 * somebody wants done and the matters' own words order them.
 */
#include "modules/knowledge/triage.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/crypto.h"
#include "core/task.h"
#include "core/text.h"
#include "modules/knowledge/triage_rules.h"
#include "search/tokens.h"

static const struct field triage_call_fields[] = {
    FIELD(struct triage_call, number, F_STR, "号码"),
    FIELD(struct triage_call, title, F_STR, "是什么"),
    {0},
};
const struct shape triage_call_shape = {"Call", sizeof(struct triage_call), triage_call_fields};
static const struct field triage_urgent_fields[] = {
    FIELD(struct triage_urgent, code, F_STR, "代码"),
    FIELD(struct triage_urgent, title, F_STR, "情形"),
    FIELD(struct triage_urgent, now, F_BOOL, "危及人身"),
    FIELD(struct triage_urgent, say, F_STR, "先做什么"),
    FIELD(struct triage_urgent, law, F_STR, "依据"),
    FIELD(struct triage_urgent, words, F_STR, "原话"),
    FIELD_OF(struct triage_urgent, calls, F_LIST, &triage_call_shape, "电话"),
    {0},
};
const struct shape triage_urgent_shape = {"Urgent", sizeof(struct triage_urgent),
                                          triage_urgent_fields};

/* --- What the program brings along ----------------------------------------------------------- */

extern const struct str shipped_data[][2]; /* generated */
extern const struct str triage_model;      /* generated */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct task keeper;
static struct triage_shipped kept;
static bool is_kept;

struct str triage_shipped_file(struct str name)
{
    for (size_t i = 0; shipped_data[i][0].at; i++)
        if (str_eq(shipped_data[i][0], name))
            return shipped_data[i][1];
    return (struct str){0};
}

struct str triage_source(struct task *t, struct str questions)
{
    struct str parts[] = {str_format(t, "analysis %d\n", TOKENS_VERSION), questions,
                          triage_shipped_file(S("triage/topics.yaml"))};
    unsigned char hash[HASH_BYTES];

    crypto_digest(parts, sizeof parts / sizeof *parts, hash);
    return str_hex(t, hash, 16);
}

static enum err read_shipped(struct task *t, void *arg)
{
    struct triage_shipped *shipped = arg;
    struct triage_topics *topics;
    struct triage_alarms *alarms;
    struct list faults;
    enum err e = triage_read_topics(t, S("triage/topics.yaml"),
                                    triage_shipped_file(S("triage/topics.yaml")), &topics, &faults);

    if (!e)
        e = triage_read_urgent(t, S("urgent.yaml"), triage_shipped_file(S("urgent.yaml")), &alarms,
                               &faults);
    if (!e)
        e = classify_open(t, triage_model, &shipped->model);
    if (!e && classify_label_count(shipped->model) != topics->count)
        e = ERR_INTERNAL;
    for (size_t i = 0; !e && i < topics->count; i++)
        if (!str_eq(classify_label(shipped->model, i), topics->topics[i].code))
            e = ERR_INTERNAL;
    if (e)
        return e;
    shipped->topics = topics;
    shipped->alarms = alarms;
    return OK;
}

enum err triage_shipped(struct task *t, const struct triage_shipped **ret_shipped)
{
    enum err e = OK;

    pthread_mutex_lock(&lock);
    if (!is_kept) {
        task_begin(&keeper, NULL, t->now, TASK_BUDGET);
        e = task_protect(&keeper, read_shipped, &kept);
        is_kept = e == OK;
        if (e)
            task_end(&keeper);
    }
    pthread_mutex_unlock(&lock);
    if (e)
        return task_fail(t, ERR_INTERNAL,
                         "程序自带的分诊规则不能用，请用 tools/train-triage 重新生成");
    *ret_shipped = &kept;
    return OK;
}

/* --- Topics ---------------------------------------------------------------------------------- */

struct triage_guess triage_guess_topic(struct task *t, const struct triage_shipped *shipped,
                                       struct str text)
{
    struct triage_guess guess = {.all = NEW(t, double, CLASSIFY_MAX_LABELS)};

    classify_run(t, shipped->model, str_first(text, TRIAGE_TEXT_MAX), guess.all);
    for (size_t i = 0; i < shipped->topics->count; i++)
        if (guess.all[i] > guess.confidence) {
            guess.confidence = guess.all[i];
            guess.topic = &shipped->topics->topics[i];
        }
    return guess;
}

/* --- Matters --------------------------------------------------------------------------------- */

struct candidate {
    const struct matter *matter;
    double fits;  /* confidence that it is among what fits */
    double order; /* by which they are shown */
};

static bool has_any(struct str text, struct list words)
{
    LIST_EACH (struct str, word, words)
        if (str_find(text, *word) != SIZE_MAX)
            return true;
    return false;
}

static bool wished(const struct triage_topics *topics, struct str kind, struct str text)
{
    LIST_EACH (struct triage_wish, wish, topics->wishes)
        if (str_eq(wish->kind, kind) && has_any(text, wish->words))
            return true;
    return false;
}

/* A matter is the likelier the earlier its topic names it, and when its own words were said. */
static double share_of(const struct triage_topics *topics, const struct matter *matter,
                       size_t place, struct str text)
{
    double share = pow(0.75, (double)place);
    size_t said = 0;

    LIST_EACH (struct tag, word, matter->words)
        said += str_find(text, word->code) != SIZE_MAX;
    if (said)
        share *= said > 1 ? 1.6 : 1.35;
    if (wished(topics, matter->kind, text))
        share *= 2.5;
    return share;
}

static void weigh_matter(const struct triage_shipped *shipped, const double *confidence,
                         struct str text, struct candidate *candidate)
{
    for (size_t i = 0; i < shipped->topics->count; i++) {
        size_t place = 0;
        LIST_EACH (struct str, code, shipped->topics->topics[i].matters) {
            if (str_eq(*code, candidate->matter->code)) {
                candidate->fits += confidence[i];
                candidate->order +=
                    confidence[i] * share_of(shipped->topics, candidate->matter, place, text);
            }
            place++;
        }
    }
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? 1 : -1;
    return str_compare(x->matter->code, y->matter->code);
}

/* Words of the topic that were said; else the pieces of the text that spoke for it. */
static struct str why_of(struct task *t, const struct triage_shipped *shipped,
                         const struct triage_topic *topic, struct str text)
{
    size_t label = (size_t)(topic - shipped->topics->topics), told = 0;
    struct buf b = buf_new(t, 1024);

    LIST_EACH (struct str, word, topic->words)
        if (str_find(text, *word) != SIZE_MAX && told++ < 3)
            buf_format(&b, "“%.*s”", STR_ARG(*word));
    if (!told)
        LIST_EACH (struct classify_reason, reason, classify_why(t, shipped->model, text, label, 2))
            buf_format(&b, "“%.*s”", STR_ARG(reason->words));
    return b.len ? str_join(t, tr_str(t, S("提到")), buf_str(&b)) : S("");
}

static struct str matter_why(struct task *t, const struct matter *matter, struct str text,
                             struct str topic_why)
{
    struct buf b = buf_new(t, 1024);
    size_t told = 0;

    LIST_EACH (struct tag, word, matter->words)
        if (str_find(text, word->code) != SIZE_MAX && told++ < 3)
            buf_format(&b, "“%.*s”", STR_ARG(word->code));
    return b.len ? str_join(t, tr_str(t, S("提到")), buf_str(&b)) : topic_why;
}

static enum err find_matters(struct task *t, const struct triage_shipped *shipped,
                             const struct triage_guess *guess, struct str tier, struct str text,
                             struct triage *triage)
{
    struct list offered;
    enum err e = catalog_matters(t, tier, (struct str){0}, &offered);

    if (e)
        return e;
    struct candidate *candidates = NEW(t, struct candidate, offered.count + 1);
    size_t count = 0;
    LIST_EACH (struct matter, matter, offered) {
        candidates[count] = (struct candidate){.matter = matter};
        weigh_matter(shipped, guess->all, text, &candidates[count]);
        count += candidates[count].fits >= shipped->topics->silence / 2;
    }
    qsort(candidates, count, sizeof *candidates, compare_candidates);
    struct str why = why_of(t, shipped, guess->topic, text);
    for (size_t i = 0; i < count && i < TRIAGE_MATTERS; i++) {
        const struct matter *m = candidates[i].matter;
        struct triage_matter *row = list_add(t, &triage->matters, sizeof *row);
        *row = (struct triage_matter){.code = m->code,
                                      .title = m->title,
                                      .summary = m->summary,
                                      .treatment = m->treatment,
                                      .treatment_title = m->treatment_title,
                                      .confidence = fmin(candidates[i].fits, 1),
                                      .sure = candidates[i].fits >= shipped->topics->sure,
                                      .why = matter_why(t, m, text, why)};
        if (!i)
            triage->risks = m->risks;
    }
    return OK;
}

enum err triage_urgent_of(struct task *t, struct str text, struct list *ret_urgent)
{
    const struct triage_shipped *shipped;
    enum err e = triage_shipped(t, &shipped);

    if (!e)
        *ret_urgent = triage_alarms_in(t, shipped->alarms, text);
    return e;
}

enum err triage_question(struct task *t, struct str tier, struct str text,
                         struct triage *ret_triage)
{
    const struct triage_shipped *shipped;
    struct triage triage = {.topic = {0}};
    enum err e = triage_shipped(t, &shipped);

    if (e)
        return e;
    text = str_first(text, TRIAGE_TEXT_MAX);
    triage.urgent = triage_alarms_in(t, shipped->alarms, text);
    struct triage_guess guess = triage_guess_topic(t, shipped, text);
    if (guess.confidence >= shipped->topics->silence && guess.topic->matters.count) {
        triage.topic = guess.topic->code;
        triage.topic_title = guess.topic->title;
        triage.confidence = guess.confidence;
        triage.kind = guess.topic->kind;
        triage.difficulty = guess.topic->difficulty;
        e = find_matters(t, shipped, &guess, tier, text, &triage);
        if (e)
            return e;
    }
    *ret_triage = triage;
    return OK;
}
