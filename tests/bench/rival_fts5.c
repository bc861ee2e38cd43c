#include "rivals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

struct fts5 {
    sqlite3 *db;
    sqlite3_stmt *insert, *select;
    char *text;
};

enum { TEXT_MOST = 1 << 20 };

static bool run(struct fts5 *f, const char *sql)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void fts5_close(void *rival)
{
    struct fts5 *f = rival;

    sqlite3_finalize(f->insert);
    sqlite3_finalize(f->select);
    sqlite3_close(f->db);
    free(f->text);
    free(f);
}

static void *fts5_begin(const char *path)
{
    struct fts5 *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->text = malloc(TEXT_MOST);
    if (f->text && sqlite3_open(path, &f->db) == SQLITE_OK &&
        run(f, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144;"
               "CREATE VIRTUAL TABLE f USING fts5(t, content='', tokenize='ascii'); BEGIN") &&
        sqlite3_prepare_v2(f->db, "INSERT INTO f(rowid, t) VALUES (?, ?)", -1, &f->insert, NULL) ==
            SQLITE_OK)
        return f;
    fts5_close(f);
    return NULL;
}

static size_t spell(char *text, const uint64_t *terms, size_t n, const char *between)
{
    size_t len = 0;

    for (size_t i = 0; i < n && len + 64 < TEXT_MOST; i++)
        len +=
            (size_t)sprintf(text + len, "%s%llx", i ? between : "", (unsigned long long)terms[i]);
    return len;
}

static bool fts5_add(void *rival, uint64_t id, const uint64_t *terms, size_t n)
{
    struct fts5 *f = rival;

    sqlite3_bind_int64(f->insert, 1, (sqlite3_int64)id);
    sqlite3_bind_text(f->insert, 2, f->text, (int)spell(f->text, terms, n, " "), SQLITE_STATIC);
    bool fine = sqlite3_step(f->insert) == SQLITE_DONE;
    sqlite3_reset(f->insert);
    return fine;
}

static bool fts5_end(void *rival)
{
    struct fts5 *f = rival;

    return run(f, "COMMIT") && run(f, "INSERT INTO f(f) VALUES ('optimize')") &&
           sqlite3_prepare_v2(f->db, "SELECT rowid FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?",
                              -1, &f->select, NULL) == SQLITE_OK;
}

static size_t fts5_ask(void *rival, const uint64_t *terms, size_t n, size_t most, uint64_t *ret_ids)
{
    struct fts5 *f = rival;
    size_t rows = 0;

    sqlite3_bind_text(f->select, 1, f->text, (int)spell(f->text, terms, n, " OR "), SQLITE_STATIC);
    sqlite3_bind_int64(f->select, 2, (sqlite3_int64)most);
    while (rows < most && sqlite3_step(f->select) == SQLITE_ROW)
        ret_ids[rows++] = (uint64_t)sqlite3_column_int64(f->select, 0);
    sqlite3_reset(f->select);
    return rows;
}

const struct rival rival_fts5 = {"SQLite FTS5", fts5_begin, fts5_add,
                                 fts5_end,      fts5_ask,   fts5_close};
