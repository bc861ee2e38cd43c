/*
 * faulty.c - any story, told on a machine that fails: linked with one, it lets the n-th call of a
 * kind fail in every request, and asks again what was answered with 503.  What was typed into a
 * form must stand in such an answer.  An act that a story does without a request (world_act) is
 * tried in the same way.  The story itself says whether everything then is as it should be.
 *
 *   FAULTS_KIND=write FAULTS_NTH=3 faulty-aid
 *
 * With FAULTS_STEP=1 each request is tried with the n-th call failing, then the one after it and so
 * on until it makes no more: what was refused changed nothing, so this is every call of every
 * request in one telling.  A POST that succeeds although a call failed ends that; then the last
 * line says that another telling has to go on with such requests, and the file FAULTS_STATE where.
 * With a larger step, every such call.
 *
 * Kinds: those of faults.c by name ("disk full", "sync", "read", "lock", "file", "file read" ...),
 * "store call" (the n-th query answers ERR_STORE) and "budget" (the request has 8 * 1.3^n KiB of
 * memory).  At the end it says how many calls failed: none means that n is beyond them all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "http/frame.h"
#include "http/input.h"
#include "http/site.h"
#include "modules/orders/orders.h"
#include "store/store.h"

enum { REQUESTS_MOST = 20000, DONE = -1 };

static struct {
    const struct faults_kind *kind; /* NULL: of our own */
    const char *name;
    int64_t nth, failed, refused, kept;
    int64_t now;   /* which call fails in the request under way */
    int64_t step;  /* 0: one try */
    int64_t again; /* requests that another telling has to go on with */
    int64_t request;
    int64_t from[REQUESTS_MOST]; /* the first call that fails in each; DONE: none any more */
    bool armed, in_request, spared;
    int64_t calls;
} plan;

/* Where each request has to go on in the next telling. */
static void read_state(void)
{
    const char *path = getenv("FAULTS_STATE");
    FILE *file = path ? fopen(path, "r") : NULL;
    long long from;

    for (size_t i = 0; i < REQUESTS_MOST; i++)
        plan.from[i] = file && fscanf(file, "%lld", &from) == 1 ? from : plan.nth;
    if (file)
        fclose(file);
}

static void write_state(void)
{
    const char *path = getenv("FAULTS_STATE");
    FILE *file = path && plan.again ? fopen(path, "w") : NULL;

    for (int64_t i = 0; file && i < plan.request && i < REQUESTS_MOST; i++)
        fprintf(file, "%lld\n", (long long)plan.from[i]);
    if (file)
        fclose(file);
}

static void say_how_many(void)
{
    fprintf(stderr, "faults: %s %lld: %lld calls failed, %lld requests refused, %lld forms kept\n",
            plan.name, (long long)plan.nth, (long long)plan.failed, (long long)plan.refused,
            (long long)plan.kept);
    write_state();
    if (plan.again)
        fprintf(stderr, "again for %lld requests\n", (long long)plan.again);
}

/* Before anything touches SQLite. */
__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAULTS_KIND"), *nth = getenv("FAULTS_NTH");
    const char *step = getenv("FAULTS_STEP");

    faults_install();
    plan.name = name ? name : "store call";
    plan.nth = nth ? atoll(nth) : 1;
    plan.step = step ? atoll(step) : 0;
    if (!strcmp(plan.name, faults_reading.name))
        plan.kind = &faults_reading;
    for (const struct faults_kind *kind = faults_kinds; kind->name; kind++)
        if (!strcmp(kind->name, plan.name))
            plan.kind = kind;
    if (!plan.kind && strcmp(plan.name, "store call") && strcmp(plan.name, "budget")) {
        fprintf(stderr, "no such kind: %s\n", plan.name);
        exit(2);
    }
    read_state();
    atexit(say_how_many);
}

/* --- Queries that fail ------------------------------------------------------------------------ */

static bool budget_ends(void)
{
    return !plan.kind && !strcmp(plan.name, "budget");
}

static bool strike(void)
{
    return plan.armed && ++plan.calls == plan.now;
}

static enum err no_store(struct task *t)
{
    plan.failed++;
    return task_fail(t, ERR_STORE, "读写磁盘出错，什么都没有改动；请联系管理员检查磁盘。");
}

enum err __real_store_run(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, struct rows **ret_rows);
enum err __wrap_store_run(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, struct rows **ret_rows);
enum err __real_store_list(struct task *t, const struct query *query, const struct arg *args,
                           size_t n, const struct shape *shape, struct list *ret_list);
enum err __wrap_store_list(struct task *t, const struct query *query, const struct arg *args,
                           size_t n, const struct shape *shape, struct list *ret_list);
enum err __real_store_one(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, const struct shape *shape, void *ret_struct);
enum err __wrap_store_one(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, const struct shape *shape, void *ret_struct);
enum err __real_store_number(struct task *t, const struct query *query, const struct arg *args,
                             size_t n, int64_t *ret_number);
enum err __wrap_store_number(struct task *t, const struct query *query, const struct arg *args,
                             size_t n, int64_t *ret_number);

enum err __wrap_store_run(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, struct rows **ret_rows)
{
    return strike() ? no_store(t) : __real_store_run(t, query, args, n, ret_rows);
}

enum err __wrap_store_list(struct task *t, const struct query *query, const struct arg *args,
                           size_t n, const struct shape *shape, struct list *ret_list)
{
    return strike() ? no_store(t) : __real_store_list(t, query, args, n, shape, ret_list);
}

enum err __wrap_store_one(struct task *t, const struct query *query, const struct arg *args,
                          size_t n, const struct shape *shape, void *ret_struct)
{
    return strike() ? no_store(t) : __real_store_one(t, query, args, n, shape, ret_struct);
}

enum err __wrap_store_number(struct task *t, const struct query *query, const struct arg *args,
                             size_t n, int64_t *ret_number)
{
    return strike() ? no_store(t) : __real_store_number(t, query, args, n, ret_number);
}

/* --- Passwords ---------------------------------------------------------------------------------
 *
 * A sign-in is tried with each of its calls failing, and four fifths of a story's time would go
 * into the same hash again and again: here it is the cheapest that there is. */

enum { PASSES_LEAST = 1, MEMORY_LEAST = 8192 }; /* of libsodium */

int __real_crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len,
                                 unsigned long long passes, size_t memory, int algorithm);
int __wrap_crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len,
                                 unsigned long long passes, size_t memory, int algorithm);

int __wrap_crypto_pwhash_str_alg(char *out, const char *password, unsigned long long len,
                                 unsigned long long passes, size_t memory, int algorithm)
{
    (void)passes;
    (void)memory;
    return __real_crypto_pwhash_str_alg(out, password, len, PASSES_LEAST, MEMORY_LEAST, algorithm);
}

/* --- A request -------------------------------------------------------------------------------- */

struct str __real_http_handle(struct task *t, struct site *site, struct str raw, struct str peer);
struct str __wrap_http_handle(struct task *t, struct site *site, struct str raw, struct str peer);

static void arm(struct task *t, int64_t nth)
{
    plan.calls = 0;
    plan.now = nth;
    if (nth == DONE)
        return;
    if (plan.kind) {
        faults_arm(plan.kind, nth, false);
    } else if (!strcmp(plan.name, "budget")) {
        double room = 8 * 1024; /* what a refusal itself takes */

        for (int64_t i = 0; i < nth; i++)
            room *= 1.3;
        t->budget = t->used + (size_t)room;
    } else {
        plan.armed = true;
    }
}

static void disarm(struct task *t, size_t budget)
{
    int64_t calls;

    plan.armed = false;
    t->budget = budget;
    if (plan.kind && plan.now != DONE)
        plan.failed += faults_disarm(plan.kind, &calls);
}

/* The code of a new order stands in the first answer and nowhere else.  Where the memory ends while
 * that answer is written, the order is there and asking again finds it, without its code: a person
 * is given another one, which the stories do not tell. */
static bool shows_a_code_once(struct str raw)
{
    return budget_ends() &&
           (str_starts(raw, S("POST /api/v1/orders ")) || str_starts(raw, S("POST /orders ")) ||
            str_starts(raw, S("POST /orders/new")) || str_starts(raw, S("POST /apply")) ||
            str_starts(raw, S("POST /api/v1/apply")));
}

/* Every text of a form that was sent stands in the answer: nothing that was typed is lost. */
static void has_all(struct task *t, struct str raw, struct str answer, const struct json *value)
{
    JSON_EACH (child, value) {
        struct buf text = buf_new(t, 2 * LIMIT_BODY + 64);

        if (child->kind == JSON_LIST || child->kind == JSON_OBJECT) {
            has_all(t, raw, answer, child);
            continue;
        }
        if (child->kind != JSON_STRING || str_is(child->name, "_csrf"))
            continue;
        html_escape(&text, child->text);
        if (str_find(answer, buf_str(&text)) != SIZE_MAX)
            continue;
        fprintf(stderr, "what was typed is lost: %.*s=%.*s\nof %.*s\nin %.*s\n",
                STR_ARG(child->name), STR_ARG(child->text), STR_ARG(raw), STR_ARG(answer));
        exit(4);
    }
}

static bool holds_secrets(struct str raw)
{
    static const char *const paths[] = {"POST /sign-in", "POST /account/password", "POST /track ",
                                        "POST /apply/resume", "POST /apply/check"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (str_starts(raw, str_of(paths[i])))
            return true;
    return false;
}

static void nothing_is_lost(struct task *t, struct str raw, struct str answer)
{
    struct json *tree = NULL;
    struct list uploads = {0};
    struct head head;
    const char *why;

    if (!str_starts(raw, S("POST /")) || str_starts(raw, S("POST /api/")) || holds_secrets(raw) ||
        head_parse(raw, &head, &why) != HEAD_DONE)
        return;
    struct str type = head_find(&head, "content-type"), body = str_from(raw, head.size);
    enum err e = OK;
    if (input_type_is(type, "application/x-www-form-urlencoded"))
        e = input_urlencoded(t, body, &tree);
    else if (input_type_is(type, "multipart/form-data"))
        e = input_multipart(t, type, body, &tree, &uploads);
    (void)e;
    task_clear_error(t);
    if (tree)
        has_all(t, raw, answer, tree);
    plan.kept += tree != NULL;
}

/* One try with the n-th call failing.  True: it was refused because of that, and changed nothing.
 */
static bool refuses(struct task *t, struct site *site, struct str raw, struct str peer, int64_t n,
                    struct str *ret_answer, bool *ret_hit)
{
    size_t budget = t->budget;
    int64_t failed = plan.failed;
    struct answer first;

    if (!shows_a_code_once(raw))
        arm(t, n);
    site_answer(t, site, raw, peer, 0, &first);
    disarm(t, budget);
    struct str answer = *ret_answer = str_join(t, first.head, first.body);
    bool by_budget =
        budget_ends() && !memcmp(answer.at + 9, "413", 3); /* too much for one request */
    *ret_hit = plan.failed > failed || by_budget;
    /* A form with mistakes in it that could not be shown again as it is. */
    bool less = plan.failed > failed && !memcmp(answer.at + 9, "422", 3);
    if (!by_budget && !less && memcmp(answer.at + 9, "503", 3) != 0)
        return false;
    plan.refused++;
    plan.failed += by_budget;
    if (!by_budget && !less && str_find(answer, S("Retry-After: ")) == SIZE_MAX) {
        fprintf(stderr, "503 without Retry-After:\n%.*s\n", STR_ARG(answer));
        exit(3);
    }
    if (!by_budget)
        nothing_is_lost(t, raw, answer);
    return true;
}

static void begin_again(struct task *t, struct task_mark mark)
{
    task_reset(t, mark);
    task_clear_error(t);
    t->tenant = 0;
    t->txn = NULL;
    t->read_only = false;
}

static int64_t *next_request(void)
{
    return &plan.from[plan.request < REQUESTS_MOST ? plan.request++ : REQUESTS_MOST - 1];
}

/* For the stories (story.h).  Where memory ended is not known, only where it might. */
bool faulty_did_without(void);
bool faulty_did_without(void)
{
    return plan.spared;
}

static struct str handle(struct task *t, struct site *site, struct str raw, struct str peer)
{
    struct task_mark mark = task_mark(t);
    int64_t *from = next_request();

    for (int64_t n = *from;; n += plan.step) {
        struct str answer;
        bool hit, refused = refuses(t, site, raw, peer, n, &answer, &hit);

        plan.spared = !refused && (hit || budget_ends());
        if (refused && (!plan.step || !hit)) {
            begin_again(t, mark);
            return __real_http_handle(t, site, raw, peer);
        }
        *from = DONE;
        if (!plan.step || !hit)
            return answer;
        /* Done although something failed: the calls after that one are for another telling. */
        if (!refused && str_starts(raw, S("POST "))) {
            *from = n + plan.step;
            plan.again++;
            return answer;
        }
        begin_again(t, mark);
    }
}

struct str __wrap_http_handle(struct task *t, struct site *site, struct str raw, struct str peer)
{
    plan.in_request = true;
    struct str answer = handle(t, site, raw, peer);
    plan.in_request = false;
    return answer;
}

/* --- An act without a request ----------------------------------------------------------------- */

enum err __real_order_act(struct task *t, const struct actor *actor, const struct act *act,
                          struct act_done *ret_done);
enum err __wrap_order_act(struct task *t, const struct actor *actor, const struct act *act,
                          struct act_done *ret_done);
enum err __real_order_create(struct task *t, const struct actor *actor, const struct intake *intake,
                             struct act_done *ret_done);
enum err __wrap_order_create(struct task *t, const struct actor *actor, const struct intake *intake,
                             struct act_done *ret_done);

struct doing {
    const struct actor *actor;
    const struct act *act; /* or */
    const struct intake *intake;
    struct act_done *done;
};

static enum err do_it(struct task *t, void *arg)
{
    const struct doing *doing = arg;

    return doing->act ? __real_order_act(t, doing->actor, doing->act, doing->done)
                      : __real_order_create(t, doing->actor, doing->intake, doing->done);
}

/* One try with the n-th call failing.  True: it was not done because of that. */
static bool does_not(struct task *t, struct doing *doing, int64_t n, enum err *ret_e, bool *ret_hit)
{
    size_t budget = t->budget;
    int64_t failed = plan.failed;

    arm(t, n);
    enum err e = *ret_e = task_protect(t, do_it, doing);
    disarm(t, budget);
    plan.failed += e == ERR_NO_MEMORY && !plan.kind;
    *ret_hit = plan.failed > failed;
    if (e != ERR_STORE && e != ERR_BUSY && e != ERR_UNCERTAIN && e != ERR_NO_MEMORY)
        return false;
    plan.refused++;
    if (!t->note.len) {
        fprintf(stderr, "%s without a word\n", err_word(e));
        exit(3);
    }
    return true;
}

static enum err do_at_last(struct task *t, struct doing *doing)
{
    struct task_mark mark = task_mark(t);
    int64_t tenant = t->tenant, *from = next_request(), n = *from;
    enum err e, by_rule = OK;

    for (;; n += plan.step) {
        bool hit, not_done = does_not(t, doing, n, &e, &hit), ended = !plan.step || !hit;

        *from = DONE;
        if (ended && !not_done)
            break;
        if (!not_done && !e) {
            *from = n + plan.step;
            plan.again++;
            return OK;
        }
        if (!not_done)
            by_rule = e; /* so it says: then it says that, too, when nothing fails */
        begin_again(t, mark);
        t->tenant = tenant;
        if (ended) {
            e = do_it(t, doing);
            break;
        }
    }
    if (by_rule && by_rule != e) {
        fprintf(stderr, "refused as %s, and without a fault %s\n", err_word(by_rule), err_word(e));
        exit(5);
    }
    return e;
}

static bool is_a_storys(const struct task *t, const struct actor *actor)
{
    return !plan.in_request && !t->txn && actor->kind != ACTOR_SYSTEM;
}

enum err __wrap_order_act(struct task *t, const struct actor *actor, const struct act *act,
                          struct act_done *ret_done)
{
    struct act keyed = *act;
    struct doing doing = {.actor = actor, .act = &keyed, .done = ret_done};

    if (!is_a_storys(t, actor))
        return __real_order_act(t, actor, act, ret_done);
    if (!keyed.key.len)
        keyed.key = str_format(t, "faulty-%lld", (long long)plan.request);
    return do_at_last(t, &doing);
}

enum err __wrap_order_create(struct task *t, const struct actor *actor, const struct intake *intake,
                             struct act_done *ret_done)
{
    struct intake keyed = *intake;
    struct doing doing = {.actor = actor, .intake = &keyed, .done = ret_done};

    if (!is_a_storys(t, actor) || budget_ends())
        return __real_order_create(t, actor, intake, ret_done);
    if (!keyed.key.len)
        keyed.key = str_format(t, "faulty-%lld", (long long)plan.request);
    return do_at_last(t, &doing);
}
