/*
 * A session with PostgreSQL that carries news to the other servers and holds this server's number.
 *
 * News are sent after their commits, many in one NOTIFY: inside a transaction it would make all
 * commits of the database follow each other, waiting for the disk one by one.  Whoever misses
 * some, because this session was cut, is told that anything may have changed.
 *
 * The number that makes this server's ids differ from others' is an advisory lock of the session.
 * When that was cut the same number is asked for again; it is free, or the server still believes in
 * the old session: then another one is taken.  Ids rise all the same.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/log.h"
#include "core/time.h"
#include "store/store_pg.h"

enum {
    PAYLOAD_MOST = 7900, /* the server takes 8000 bytes */
    ORIGIN = 17,         /* sixteen digits and a line break */
    GATHER_MS = 20,      /* what comes within this time goes together */
    LOOK_MS = 5000,      /* a session that says nothing is asked */
    AGAIN_MS = 500,
    HUNG_S = 20 /* so long inside a transaction without a word */
};

struct pg_news {
    struct store *store;
    PGconn *session;
    int wake;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    int64_t looked_ms;
    char origin[ORIGIN + 1];
};

/* ---- the number ------------------------------------------------------------------------------ */

static PGresult *ask(PGconn *session, const char *sql, int n, const char *const *values)
{
    return PQexecParams(session, sql, n, NULL, values, NULL, NULL, 0);
}

/* The first that is free, beginning with this one. */
static bool take_number(struct pg_news *news, int from, int *ret_number)
{
    char class[16], first[16];
    const char *values[] = {class, first};

    snprintf(class, sizeof class, "%d", SERVER_CLASS);
    snprintf(first, sizeof first, "%d", from);
    PGresult *answer = ask(news->session,
                           "SELECT (n + $2::int) % 256 FROM generate_series(0, 255) n "
                           "WHERE pg_try_advisory_lock($1::int, (n + $2::int) % 256) LIMIT 1",
                           2, values);
    bool fine = PQresultStatus(answer) == PGRES_TUPLES_OK;
    *ret_number = fine && PQntuples(answer) ? (int)strtol(PQgetvalue(answer, 0, 0), NULL, 10) : -1;
    PQclear(answer);
    return fine;
}

static void set_number(struct store *store, int number)
{
    pthread_mutex_lock(&store->id_lock);
    store->server = number;
    pthread_mutex_unlock(&store->id_lock);
}

/* ---- the session ----------------------------------------------------------------------------- */

static void cut(struct pg_news *news)
{
    PQfinish(news->session);
    news->session = NULL;
}

static bool is_there(const struct pg_news *news)
{
    return news->session && PQstatus(news->session) == CONNECTION_OK;
}

static bool say(struct pg_news *news, const char *sql)
{
    PGresult *answer = PQexec(news->session, sql);
    bool fine =
        PQresultStatus(answer) == PGRES_COMMAND_OK || PQresultStatus(answer) == PGRES_TUPLES_OK;

    PQclear(answer);
    return fine;
}

/* Listening first: what changes from here on is heard. */
static bool begin(struct pg_news *news, int from, int *ret_number)
{
    news->session = pg_session(news->store->url);
    if (is_there(news) && say(news, "LISTEN yimen") && take_number(news, from, ret_number))
        return true;
    cut(news);
    return false;
}

static void begin_again(struct pg_news *news)
{
    int number;

    if (!begin(news, news->store->server, &number))
        return;
    if (number < 0) { /* 256 others: without a number of its own no server may go on as before */
        cut(news);
        return;
    }
    if (number != news->store->server)
        log_write(LEVEL_WARN, "store.server-number", LOG_PAIRS(LOG_INT("number", number)));
    set_number(news->store, number);
    log_write(LEVEL_INFO, "store.news-again", LOG_NOTHING);
    board_anything(news->store->board);
    board_missed(news->store->board);
}

/* ---- carrying -------------------------------------------------------------------------------- */

static void receive(struct pg_news *news)
{
    PGnotify *notice;

    if (!PQconsumeInput(news->session)) {
        cut(news);
        return;
    }
    while ((notice = PQnotifies(news->session))) {
        struct str lines = str_of(notice->extra);

        if (!str_starts(lines, str_of(news->origin)))
            board_receive(news->store->board, lines.len > ORIGIN ? str_from(lines, ORIGIN) : S(""));
        PQfreemem(notice);
    }
}

static void send_waiting(struct pg_news *news)
{
    char payload[PAYLOAD_MOST + 1];
    const char *values[] = {payload};
    size_t n;

    memcpy(payload, news->origin, ORIGIN);
    while (is_there(news) &&
           (n = board_take(news->store->board, payload + ORIGIN, PAYLOAD_MOST - ORIGIN))) {
        payload[ORIGIN + n] = '\0';
        PGresult *answer = ask(news->session, "SELECT pg_notify('yimen', $1)", 1, values);
        if (PQresultStatus(answer) != PGRES_TUPLES_OK)
            cut(news);
        PQclear(answer);
    }
}

/*
 * A server that stopped dead inside a write, but whose machine still answers, would hold its city's
 * lock for ever: in a pipeline the database takes it for busy, so none of its limits for idle
 * transactions apply.  Any of the others ends such a session; nothing of it stands, and should
 * the server come back, it runs the write again.
 */
static void end_hung_sessions(struct pg_news *news)
{
    char seconds[16], class[16];
    const char *values[] = {seconds, class};
    int64_t now_ms = time_monotonic_ns() / 1000000;

    if (now_ms < news->looked_ms + LOOK_MS)
        return;
    news->looked_ms = now_ms;
    snprintf(seconds, sizeof seconds, "%d", HUNG_S);
    snprintf(class, sizeof class, "%d", LOCK_CLASS);
    PGresult *answer = ask(news->session,
                           "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE application_name = 'yimen' AND usename = current_user "
                           "AND datname = current_database() AND pid <> pg_backend_pid() "
                           "AND xact_start IS NOT NULL AND wait_event = 'ClientRead' "
                           "AND state_change < clock_timestamp() - make_interval(secs => $1::int) "
                           "AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' "
                           "AND classid = CAST($2::int AS oid) AND granted)",
                           2, values);
    if (PQresultStatus(answer) != PGRES_TUPLES_OK)
        cut(news);
    else if (PQntuples(answer))
        log_write(LEVEL_WARN, "store.hung-sessions-ended",
                  LOG_PAIRS(LOG_INT("sessions", PQntuples(answer))));
    PQclear(answer);
}

/* Something to do, or the time is over. */
static void wait_for_work(struct pg_news *news)
{
    struct pollfd fds[] = {{.fd = news->wake, .events = POLLIN},
                           {.fd = news->session ? PQsocket(news->session) : -1, .events = POLLIN}};
    int n = poll(fds, 2, news->session ? LOOK_MS : AGAIN_MS);
    uint64_t ignored;

    if (n > 0 && fds[0].revents && read(news->wake, &ignored, sizeof ignored) < 0)
        return;
    if (n > 0 && fds[0].revents && !fds[1].revents && !news->stop)
        poll(&fds[1], 1, GATHER_MS);
}

static void *carry(void *arg)
{
    struct pg_news *news = arg;

    pthread_setname_np(pthread_self(), "store-news");
    while (!news->stop) {
        if (!is_there(news)) {
            cut(news);
            begin_again(news);
        }
        if (is_there(news))
            receive(news);
        if (is_there(news))
            send_waiting(news);
        if (is_there(news))
            end_hung_sessions(news);
        wait_for_work(news);
    }
    if (is_there(news))
        send_waiting(news);
    return NULL;
}

/* ---- start and end --------------------------------------------------------------------------- */

struct trouble pg_news_start(struct store *store)
{
    static const struct trouble none = {ERR_STORE, "不能启动数据库线程；请联系管理员。"};
    struct pg_news *news = calloc(1, sizeof *news);
    uint64_t origin, from;
    int number;

    if (!news)
        return none;
    store->news = news;
    news->store = store;
    news->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    random_bytes(&origin, sizeof origin);
    random_bytes(&from, sizeof from);
    snprintf(news->origin, sizeof news->origin, "%016llx\n", (unsigned long long)origin);
    if (news->wake < 0)
        return none;
    if (!begin(news, (int)(from % 256), &number))
        return (struct trouble){ERR_STORE,
                                "连不上数据库；请稍后再试，或联系管理员检查数据库服务。"};
    if (number < 0)
        return (struct trouble){ERR_BUSY, "同时使用这个数据库的程序太多；请关闭一些再试。"};
    set_number(store, number);
    board_wire(store->board, news->wake);
    if (pthread_create(&news->thread, NULL, carry, news))
        return none;
    news->started = true;
    return (struct trouble){OK, NULL};
}

void pg_news_stop(struct store *store)
{
    struct pg_news *news = store->news;
    uint64_t one = 1;

    if (!news)
        return;
    news->stop = true;
    if (news->started && write(news->wake, &one, sizeof one) >= 0)
        pthread_join(news->thread, NULL);
    board_wire(store->board, -1);
    cut(news);
    if (news->wake >= 0)
        close(news->wake);
    free(news);
    store->news = NULL;
}
