#include "store/postgres_fixture.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* postgresql:///postgres?host=/tmp/x&user=yimen */
static const char server_name[] = "/postgres?";

bool postgres_wanted(void)
{
    const char *url = getenv("YIMEN_TEST_POSTGRES");

    return url && *url;
}

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "PostgreSQL: %s: %s\n", what, why);
    abort();
}

static const char *server_url(void)
{
    const char *url = getenv("YIMEN_TEST_POSTGRES");

    if (!url || !strstr(url, server_name))
        give_up("YIMEN_TEST_POSTGRES", "not a URL of tools/postgres");
    return url;
}

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    va_list args;
    char *made;

    va_start(args, format);
    int len = vasprintf(&made, format, args);
    va_end(args);
    if (len < 0)
        abort();
    return made;
}

/* The name in a URL that postgres_database() made; the caller frees it. */
static char *name_of(const char *url)
{
    const char *end = strchr(url, '?'), *begin = end;

    while (begin && begin > url && begin[-1] != '/')
        begin--;
    return text("%.*s", begin ? (int)(end - begin) : 0, begin ? begin : "");
}

long long postgres_do(const char *url, const char *sql)
{
    PGconn *server = PQconnectdb(*url ? url : server_url());

    if (PQstatus(server) != CONNECTION_OK)
        give_up("connecting", PQerrorMessage(server));
    PGresult *result = PQexec(server, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up(sql, PQerrorMessage(server));
    long long number = status == PGRES_TUPLES_OK && PQntuples(result) && PQnfields(result)
                           ? atoll(PQgetvalue(result, 0, 0))
                           : 0;
    PQclear(result);
    PQfinish(server);
    return number;
}

char *postgres_database(const char *like)
{
    static int made;
    const char *server = server_url(), *place = strstr(server, server_name);
    char *name = text("test_%ld_%d", (long)getpid(), made++);
    char *source = like ? name_of(like) : text("template0");
    char *sql = text("CREATE DATABASE %s TEMPLATE %s", name, source);
    char *url = text("%.*s/%s%s", (int)(place - server), server, name, strchr(place, '?'));

    postgres_do("", sql);
    free(sql);
    free(source);
    free(name);
    return url;
}

void postgres_drop(char *url)
{
    if (!url)
        return;
    char *name = name_of(url), *sql = text("DROP DATABASE IF EXISTS %s WITH (FORCE)", name);

    postgres_do("", sql);
    free(sql);
    free(name);
    free(url);
}
