/*
 * damage.c - is the file as SQLite wrote it?
 */
#include "store/damage.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/rescue_private.h"
#include "store/store_private.h"

enum { MOST_OF_A_TABLE = 20, TABLES_MOST = 512, WORDS_MOST = 512 };

struct looked {
    char *table, *what;
};

struct look {
    sqlite3 *db;
    char *tables[TABLES_MOST];
    int table_count;
    struct looked found[TABLES_MOST * MOST_OF_A_TABLE];
    int found_count;
};

static void note(struct look *look, const char *table, const char *what)
{
    if (look->found_count < TABLES_MOST * MOST_OF_A_TABLE)
        look->found[look->found_count++] =
            (struct looked){strdup(table), strndup(what, WORDS_MOST)};
}

static int read_tables(struct look *look)
{
    sqlite3_stmt *stmt;
    int code = sqlite3_prepare_v2(
        look->db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", -1, &stmt,
        NULL);

    if (code)
        return code;
    while (sqlite3_step(stmt) == SQLITE_ROW && look->table_count < TABLES_MOST)
        look->tables[look->table_count++] = strdup((const char *)sqlite3_column_text(stmt, 0));
    return sqlite3_finalize(stmt);
}

static void look_at(struct look *look, const char *table, bool whole)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = sqlite3_mprintf("PRAGMA %s_check(\"%w\")", whole ? "integrity" : "quick", table);
    int code = sql ? sqlite3_prepare_v2(look->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;
    int n = 0;

    while (!code && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *what = (const char *)sqlite3_column_text(stmt, 0);

        code = SQLITE_OK;
        if (what && strcmp(what, "ok") && n++ < MOST_OF_A_TABLE)
            note(look, table, what);
    }
    if (code && code != SQLITE_DONE && !n)
        note(look, table, sqlite3_errstr(code));
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
}

static void free_look(struct look *look)
{
    sqlite3_close(look->db);
    for (int i = 0; i < look->table_count; i++)
        free(look->tables[i]);
    for (int i = 0; i < look->found_count; i++) {
        free(look->found[i].table);
        free(look->found[i].what);
    }
    free(look);
}

static void end_look(void *look)
{
    free_look(look);
}

enum err store_check(struct task *t, bool whole,
                     void (*progress)(const char *what, int64_t done, int64_t all),
                     struct list *ret_damages)
{
    struct list damages = {0};

    *ret_damages = damages;
    if (access(t->store->database, F_OK))
        return OK;
    struct look *look = calloc(1, sizeof *look);
    if (!look)
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    task_defer(t, end_look, look);
    int code = sqlite3_open_v2(t->store->database, &look->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code)
        code = sqlite3_busy_timeout(look->db, 10000);
    if (!code)
        code = read_tables(look);
    if (code)
        return task_fail(t, ERR_STORE, "数据库文件读不出来：%s", sqlite3_errstr(code));
    for (int i = 0; i < look->table_count; i++) {
        look_at(look, look->tables[i], whole);
        if (progress)
            progress("核对数据库", i + 1, look->table_count);
    }
    for (int i = 0; i < look->found_count; i++)
        *(struct damage *)list_add(t, &damages, sizeof(struct damage)) = (struct damage){
            str_copy(t, str_of(look->found[i].table)), str_copy(t, str_of(look->found[i].what))};
    *ret_damages = damages;
    return OK;
}

/* --- The log -------------------------------------------------------------------------------- */

enum { LOG_HEADER = 32, FRAME_HEADER = 24 };

static uint32_t be32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

struct sum {
    uint32_t a, b;
    bool big_endian;
};

static void add_sum(struct sum *sum, const unsigned char *at, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint32_t x, y;

        if (sum->big_endian) {
            x = be32(at + i);
            y = be32(at + i + 4);
        } else {
            memcpy(&x, at + i, 4);
            memcpy(&y, at + i + 4, 4);
        }
        sum->a += x + sum->b;
        sum->b += y + sum->a;
    }
}

struct log {
    FILE *file;
    unsigned char head[LOG_HEADER], frame[FRAME_HEADER], *page;
    size_t size;
    struct sum before; /* as the frame before says */
};

static bool log_begin(struct log *log)
{
    if (fread(log->head, 1, LOG_HEADER, log->file) != LOG_HEADER ||
        (be32(log->head) & ~1u) != 0x377f0682)
        return false;
    log->size = be32(log->head + 8);
    log->before = (struct sum){be32(log->head + 24), be32(log->head + 28), be32(log->head) & 1};
    log->page = log->size >= 512 && log->size <= 65536 ? malloc(log->size) : NULL;
    return log->page;
}

static bool log_next(struct log *log)
{
    return fread(log->frame, 1, FRAME_HEADER, log->file) == FRAME_HEADER &&
           fread(log->page, 1, log->size, log->file) == log->size;
}

/* Frames of an older log have another salt; they stand behind the end of every log. */
static bool of_this_log(const struct log *log)
{
    return !memcmp(log->frame + 8, log->head + 16, 8);
}

/* Does it follow the frame before?  Each frame says its own sum, so one that is damaged spoils the
 * sums of the others for SQLite, but not here. */
static bool follows(struct log *log)
{
    struct sum sum = log->before;

    add_sum(&sum, log->frame, 8);
    add_sum(&sum, log->page, log->size);
    log->before.a = be32(log->frame + 16);
    log->before.b = be32(log->frame + 20);
    return sum.a == log->before.a && sum.b == log->before.b;
}

static int64_t count_lost(FILE *file)
{
    struct log log = {.file = file};
    int64_t lost = 0;
    bool sound = true;

    if (!log_begin(&log))
        return 0;
    while (log_next(&log)) {
        sound = follows(&log) && sound && of_this_log(&log);
        lost += !sound && of_this_log(&log) && be32(log.frame + 4) != 0;
    }
    free(log.page);
    return lost > 1 ? lost - 1 : 0;
}

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static bool put_at(FILE *file, long at, const unsigned char *bytes, size_t n)
{
    return !fseek(file, at, SEEK_SET) && fwrite(bytes, 1, n, file) == n;
}

/* The frames that are right, with sums that follow each other again. */
static void mend(struct log *log, FILE *out)
{
    struct sum sum = {.big_endian = log->before.big_endian};
    bool after_damage = false, written;
    long to = LOG_HEADER;

    add_sum(&sum, log->head, 24);
    put32(log->head + 24, sum.a);
    put32(log->head + 28, sum.b);
    written = put_at(out, 0, log->head, LOG_HEADER);
    while (written && log_next(log)) {
        /* Behind a damaged frame there is nothing to compare a sum with. */
        bool right = follows(log) || after_damage;

        after_damage = !right || !of_this_log(log);
        if (after_damage)
            continue;
        add_sum(&sum, log->frame, 8);
        add_sum(&sum, log->page, log->size);
        put32(log->frame + 16, sum.a);
        put32(log->frame + 20, sum.b);
        written = put_at(out, to, log->frame, FRAME_HEADER) &&
                  put_at(out, to + FRAME_HEADER, log->page, log->size);
        to += FRAME_HEADER + (long)log->size;
    }
    /* What stands behind is older. */
    if (!fflush(out))
        (void)!ftruncate(fileno(out), to);
}

void log_mend(const char *path)
{
    struct log log = {.file = fopen(path, "rb")};
    FILE *out = fopen(path, "rb+");

    if (log.file && out && log_begin(&log))
        mend(&log, out);
    free(log.page);
    if (log.file)
        fclose(log.file);
    if (out)
        fclose(out);
}

static bool in_use(const char *folder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 256};
    char *path;
    bool used = false;

    if (asprintf(&path, "%s/yimen.lock", folder) < 0)
        return true;
    int file = open(path, O_RDWR | O_CLOEXEC);
    free(path);
    if (file >= 0) {
        used = fcntl(file, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
        close(file);
    }
    return used;
}

int64_t store_lost_commits(const char *folder)
{
    int64_t lost = 0;
    char *path;

    if (in_use(folder) || asprintf(&path, "%s/yimen.db-wal", folder) < 0)
        return 0;
    FILE *log = fopen(path, "rb");
    free(path);
    if (log) {
        lost = count_lost(log);
        fclose(log);
    }
    return lost;
}
