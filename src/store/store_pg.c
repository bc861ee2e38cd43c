/*
 * One session with PostgreSQL: connecting, what is sent and answered, and what refusals mean.
 */
#include "store/store_pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct trouble no_trouble = {OK, NULL};
static const struct trouble no_way = {
    ERR_STORE, "连不上数据库，什么都没有改动；请稍后再试，或联系管理员检查数据库服务。"};
static const struct trouble no_memory = {
    ERR_STORE, "服务器内存不足，什么都没有改动；请稍后再试或联系管理员。"};

/* A standby, or a server that is about to be one: another session may lead to its successor. */
static const char read_only[] = "25006";

/* By SQLSTATE, the longest beginning first. */
static const struct {
    const char *state;
    enum pg_cause cause;
    struct trouble trouble;
} states[] = {
    {"23502", PG_REFUSED, {ERR_INTERNAL, NULL}},
    {"23", PG_REFUSED, {ERR_CONFLICT, "与已有的内容冲突，没有保存；请看最新内容后再办。"}},
    {"40", PG_AGAIN, {ERR_BUSY, "同时办理的人太多，什么都没有改动；请稍后再试。"}},
    {"55P03", PG_AGAIN, {ERR_BUSY, "同时办理的人太多，什么都没有改动；请稍后再试。"}},
    {"57014", PG_REFUSED, {ERR_BUSY, "数据库太忙，什么都没有改动；请稍后再试。"}},
    {"57P", PG_LOST, {ERR_STORE, "连不上数据库，什么都没有改动；请稍后再试。"}},
    {"08", PG_LOST, {ERR_STORE, "连不上数据库，什么都没有改动；请稍后再试。"}},
    {"25P03", PG_LOST, {ERR_STORE, "数据库等得太久，什么都没有改动；请稍后再试。"}},
    {read_only, PG_AGAIN, {ERR_STORE, "数据库是只读的，不能保存；请联系管理员检查数据库服务。"}},
    {"53100", PG_REFUSED, {ERR_STORE, "磁盘已满，什么都没有改动；请联系管理员腾出空间后再试。"}},
    {"53300", PG_LOST, {ERR_BUSY, "数据库的连接太多，什么都没有改动；请稍后再试。"}},
    {"53", PG_REFUSED, {ERR_STORE, "数据库资源不足，什么都没有改动；请联系管理员。"}},
    {"54", PG_REFUSED, {ERR_TOO_LARGE, "内容太大，存不下；请缩小后再交。"}},
    {"22021", PG_REFUSED, {ERR_BAD_INPUT, "文字里有不能保存的字符，请改后再交。"}},
    {"28", PG_REFUSED, {ERR_STORE, "数据库不认这个用户或密码；请联系管理员检查设置。"}},
    {"42501", PG_REFUSED, {ERR_STORE, "没有读写数据库的权限；请联系管理员检查数据库用户。"}},
    {"58", PG_REFUSED, {ERR_STORE, "读写磁盘出错，什么都没有改动；请联系管理员检查磁盘。"}},
    {"XX00", PG_REFUSED, {ERR_STORE, "数据库已损坏或出错；请联系管理员检查数据库服务。"}},
};

struct pg_failure pg_failure_of(const PGresult *answer, const char *name)
{
    struct pg_failure failure = {.cause = PG_REFUSED, .trouble = {ERR_INTERNAL, NULL}};
    const char *state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : NULL;
    const char *words = answer ? PQresultErrorMessage(answer) : "";

    if (!state) /* the library speaks, not the server */
        return (struct pg_failure){.cause = PG_LOST, .trouble = no_way};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (!strncmp(state, states[i].state, strlen(states[i].state))) {
            failure.cause = states[i].cause;
            failure.trouble = states[i].trouble;
            break;
        }
    }
    failure.elsewhere = !strcmp(state, read_only);
    snprintf(failure.words, sizeof failure.words, "%s: %s", name ? name : "", words);
    return failure;
}

enum err pg_fail_query(struct task *t, const struct pg *c)
{
    const struct pg_failure *failure = &c->failure;

    if (failure->trouble.note)
        return task_fail(t, failure->trouble.err, "%s", failure->trouble.note);
    return task_fail(t, ERR_INTERNAL, "程序的查询有误：%s", failure->words);
}

/* ---- the session ---- */

static void say_nothing(void *arg, const char *words)
{
    (void)arg;
    (void)words;
}

PGconn *pg_session(const char *url)
{
    /* What the URL says comes later and wins. */
    static const char *const names[] = {"application_name", "connect_timeout",
                                        "keepalives_idle",  "keepalives_interval",
                                        "keepalives_count", "tcp_user_timeout",
                                        "client_encoding",  "options",
                                        "dbname",           NULL};
    static const char limits[] =
        "-c statement_timeout=60000 -c lock_timeout=10000 -c jit=off -c timezone=UTC "
        /* A machine that lost its power says nothing more: its locks end in a quarter of a minute.
         */
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3 "
        "-c idle_in_transaction_session_timeout=60000 "
        "-c default_transaction_isolation=read\\ committed";
    const char *const values[] = {"yimen", "5", "10", "5", "3", "15000", "UTF8", limits, url, NULL};

    PGconn *session = PQconnectdbParams(names, values, 1);
    if (session)
        PQsetNoticeProcessor(session, say_nothing, NULL);
    return session;
}

/* A standby that took over goes on under a new number, and may not know the last commits.  A server
 * that crashed gives the numbers of transactions that never reached its log to others: then what it
 * says of such a number is about somebody else.  Its statistics begin anew with every such crash.
 */
static bool learn_timeline(struct pg *c)
{
    PGresult *answer = PQexec(c->session, "SELECT c.timeline_id, b.stats_reset"
                                          "  FROM pg_control_checkpoint() c, pg_stat_bgwriter b");
    bool known = PQresultStatus(answer) == PGRES_TUPLES_OK && PQntuples(answer) == 1;

    c->timeline = known ? strtoll(PQgetvalue(answer, 0, 0), NULL, 10) : -1;
    snprintf(c->life, sizeof c->life, "%s", known ? PQgetvalue(answer, 0, 1) : "");
    PQclear(answer);
    return PQstatus(c->session) == CONNECTION_OK;
}

void pg_disconnect(struct pg *c)
{
    PQclear(c->active);
    PQfinish(c->session);
    c->active = NULL;
    c->session = NULL;
    c->waiting = 0;
    c->begun = false;
    for (int i = 0; i < c->statement_count; i++)
        c->statements[i].prepared = false;
}

struct trouble pg_connect(struct pg *c)
{
    if (c->session && PQstatus(c->session) == CONNECTION_OK)
        return no_trouble;
    pg_disconnect(c);
    c->session = pg_session(c->url);
    if (!c->session)
        return no_memory;
    if (PQstatus(c->session) != CONNECTION_OK || !learn_timeline(c) ||
        !PQenterPipelineMode(c->session)) {
        pg_disconnect(c);
        return no_way;
    }
    return no_trouble;
}

/* ---- sending and answers ---- */

static bool lost(struct pg *c)
{
    if (c->failure.cause == PG_NOTHING)
        c->failure = (struct pg_failure){.cause = PG_LOST, .trouble = no_way};
    return false;
}

/* Note what went out, and look at answers before more go out than buffers hold. */
bool pg_sent(struct pg *c, int went, enum sent_kind kind, int slot, const char *name)
{
    if (!went)
        return lost(c);
    c->sent[(c->oldest + c->waiting++) % PIPE_MOST] =
        (struct sent){.kind = kind, .slot = slot, .name = name};
    return c->waiting < PIPE_MOST - 4 || pg_answers(c);
}

bool pg_send(struct pg *c, enum sent_kind kind, const char *sql)
{
    return pg_send_values(c, kind, sql, 0, NULL);
}

bool pg_send_values(struct pg *c, enum sent_kind kind, const char *sql, int n,
                    const char *const *values)
{
    return pg_sent(c, PQsendQueryParams(c->session, sql, n, NULL, values, NULL, NULL, 0), kind, 0,
                   sql);
}

bool pg_send_sync(struct pg *c)
{
    return pg_sent(c, PQpipelineSync(c->session), SENT_SYNC, 0, NULL);
}

static void take_answer(struct pg *c, const struct sent *sent, PGresult *answer)
{
    ExecStatusType status = PQresultStatus(answer);
    bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

    if (sent->kind == SENT_PREPARE && !fine)
        c->statements[sent->slot - 1].prepared = false;
    if (sent->kind == SENT_WRITE && fine)
        c->changed = strtoll(PQcmdTuples(answer), NULL, 10);
    if (sent->kind == SENT_BEGIN_LOCK && fine && PQntuples(answer) == 1) {
        snprintf(c->transaction, sizeof c->transaction, "%s",
                 PQgetvalue(answer, 0, PQnfields(answer) - 1));
        if (c->pass)
            gate_passed(c->pass);
    }
    if (sent->kind == SENT_COMMIT && fine && strcmp(PQcmdStatus(answer), "COMMIT") != 0)
        fine = false;
    if (!fine && status != PGRES_PIPELINE_ABORTED && c->failure.cause == PG_NOTHING)
        c->failure = pg_failure_of(answer, sent->name);
}

/* A sync is answered by one result; all else by a result and an end. */
static bool next_answer(struct pg *c)
{
    struct sent sent = c->sent[c->oldest];
    PGresult *answer = PQgetResult(c->session);

    PQclear(c->active);
    c->active = answer;
    c->oldest = (c->oldest + 1) % PIPE_MOST;
    c->waiting--;
    if (!answer || PQstatus(c->session) == CONNECTION_BAD) {
        if (answer && sent.kind != SENT_SYNC)
            take_answer(c, &sent, answer);
        if (c->failure.cause != PG_LOST) /* whatever was refused before: the session is gone */
            c->failure = (struct pg_failure){.cause = PG_LOST, .trouble = no_way};
        c->waiting = 0;
        return false;
    }
    if (sent.kind == SENT_SYNC)
        return true;
    take_answer(c, &sent, answer);
    PGresult *end = PQgetResult(c->session);
    PQclear(end);
    return !end || lost(c);
}

bool pg_ask(struct pg *c, const char *sql, int n, const char *const *values, char ret_answer[64])
{
    c->failure = (struct pg_failure){.cause = PG_NOTHING};
    bool answered = pg_send_values(c, SENT_QUERY, sql, n, values) && pg_answers(c);

    ret_answer[0] = '\0';
    if (answered && PQntuples(c->active) > 0)
        snprintf(ret_answer, 64, "%s", PQgetvalue(c->active, 0, 0));
    return answered && pg_send_sync(c) && pg_answers(c);
}

bool pg_answers(struct pg *c)
{
    if (!c->session)
        return lost(c);
    if (!c->waiting)
        return c->failure.cause == PG_NOTHING;
    if (!PQsendFlushRequest(c->session) || PQflush(c->session) < 0)
        (void)lost(c);
    while (c->waiting && next_answer(c))
        continue;
    return c->failure.cause == PG_NOTHING;
}

/* ---- steps ---- */

static struct trouble begin(struct pg *c, const char *sql)
{
    struct trouble trouble = pg_connect(c);

    if (trouble.err)
        return trouble;
    c->failure = (struct pg_failure){.cause = PG_NOTHING};
    c->transaction[0] = '\0';
    c->changed = 0;
    c->begun = pg_send(c, SENT_STEP, sql);
    return c->begun ? no_trouble : c->failure.trouble;
}

/* Answers to what was written may still tell of refusals: they belong to this transaction.  Where
 * there are none, nobody waits; the next user of the session reads the answer first. */
static struct trouble roll_back(struct pg *c)
{
    bool unread = c->waiting > 0;

    c->begun = false;
    if (c->failure.cause == PG_LOST || c->failure.elsewhere || !pg_send_sync(c) ||
        !pg_send(c, SENT_STEP, "ROLLBACK") || !pg_send_sync(c) ||
        (unread && !pg_answers(c) && c->failure.cause == PG_LOST))
        pg_disconnect(c);
    return no_trouble;
}

static struct trouble commit(struct pg *c)
{
    bool fine = pg_send(c, SENT_COMMIT, "COMMIT") && pg_send_sync(c);

    if (!pg_answers(c) || !fine)
        return c->failure.trouble.note ? c->failure.trouble
                                       : (struct trouble){ERR_STORE, no_way.note};
    c->begun = false;
    return no_trouble;
}

static struct trouble pg_step(struct connection *base, enum connection_step step)
{
    struct pg *c = pg_of(base);

    switch (step) {
    case BEGIN_READ:
        return begin(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    case BEGIN_WRITE:
        return begin(c, "BEGIN");
    case COMMIT:
        return commit(c);
    case ROLLBACK:
        return roll_back(c);
    default:
        return (struct trouble){ERR_INTERNAL, "程序有误：数据库没有这一步"};
    }
}

static bool pg_in_transaction(const struct connection *base)
{
    const struct pg *c = (const struct pg *)base;

    return c->begun && c->failure.cause == PG_NOTHING;
}

static void pg_settle(struct connection *base)
{
    struct pg *c = pg_of(base);

    PQclear(c->active);
    c->active = NULL;
}

static int64_t pg_changed(struct connection *base)
{
    struct pg *c = pg_of(base);

    return pg_answers(c) ? c->changed : 0;
}

/* Texts are ordered by their bytes, as in SQLite, whatever the language of the database: ranges of
 * paths and names rest on it. */
static const char *in_its_words(struct task *t, const char *sql)
{
    struct str text = str_replaced(t, str_of(sql), S("%BYTES%"), S("BYTEA"));

    return str_terminated(t, str_replaced(t, text, S(" TEXT"), S(" TEXT COLLATE \"C\"")));
}

/* Outside the pipeline, where several statements may come as one text. */
static enum err pg_script(struct task *t, struct connection *base, struct str what, const char *sql)
{
    struct pg *c = pg_of(base);
    const char *script = in_its_words(t, sql);

    if (!pg_send_sync(c) || !pg_answers(c))
        return pg_fail_query(t, c);
    pg_settle(base);
    PQexitPipelineMode(c->session);
    PQclear(PQexec(c->session, "SET LOCAL statement_timeout = 0"));
    c->active = PQexec(c->session, script);
    bool fine = PQresultStatus(c->active) == PGRES_COMMAND_OK ||
                PQresultStatus(c->active) == PGRES_TUPLES_OK;
    if (!fine)
        c->failure = pg_failure_of(c->active, "");
    pg_settle(base);
    if (!PQenterPipelineMode(c->session))
        (void)lost(c);
    if (fine)
        return OK;
    if (c->failure.trouble.note && c->failure.trouble.err != ERR_CONFLICT)
        return pg_fail_query(t, c);
    return task_fail(t, ERR_INTERNAL, "升级数据库的 %.*s 有误：%s", STR_ARG(what),
                     c->failure.words);
}

static void pg_close(struct connection *base)
{
    struct pg *c = pg_of(base);

    pg_disconnect(c);
    for (int i = 0; i < c->statement_count; i++) {
        struct columns *columns = &c->statements[i].columns;
        for (size_t n = 0; n < columns->count && columns->names; n++)
            free((void *)(uintptr_t)columns->names[n]);
        free(columns->names);
        free(columns->fields);
    }
    free(c->statements);
    free(c->cells);
    free(c);
}

static const struct driver pg_driver = {
    .close = pg_close,
    .run_step = pg_step,
    .in_transaction = pg_in_transaction,
    .settle = pg_settle,
    .run = pg_run,
    .changed = pg_changed,
    .prepare = pg_prepare,
    .script = pg_script,
};

/* Without a session: that is made when the connection is first used. */
struct trouble pg_open(const char *url, enum connection_role role, struct connection **ret)
{
    struct pg *c = calloc(1, sizeof *c);

    if (!c)
        return no_memory;
    c->base.driver = &pg_driver;
    c->role = role;
    c->url = url;
    *ret = &c->base;
    return no_trouble;
}
