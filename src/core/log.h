/*
 * log.h - one JSON object per line to stderr, for the journal of the host.
 *
 *   {"at":"2026-10-14T09:42:00.123+08:00","level":"info","event":"http.request","status":200,...}
 *
 * A line is an event word, fixed in the program, and pairs of a fixed name and a value.  There is
 * no free sentence, so what a person typed has no way in; as a second wall a text value is cut at
 * LOG_TEXT_MAX bytes and eleven or more digits in a row (phones, id numbers) become "***": ids go
 * through LOG_ID.  Each line is one write, so lines of many threads do not mix.  Only main, the
 * server and the office log: everything else returns its error.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/str.h"

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum { LOG_TEXT_MAX = 300, LOG_LINE_MAX = 4096 };

enum log_type { LOG_TYPE_INT, LOG_TYPE_STR, LOG_TYPE_ID };

struct log_pair {
    const char *name;
    enum log_type type;
    int64_t number;
    struct str text;
};

#define LOG_INT(name, value) ((struct log_pair){name, LOG_TYPE_INT, (value), {0}})
#define LOG_STR(name, value) ((struct log_pair){name, LOG_TYPE_STR, 0, (value)})
#define LOG_ID(name, value)  ((struct log_pair){name, LOG_TYPE_ID, (value), {0}})
#define LOG_PAIRS(...)                                                                             \
    (const struct log_pair[]){__VA_ARGS__},                                                        \
        sizeof((const struct log_pair[]){__VA_ARGS__}) / sizeof(struct log_pair)
#define LOG_NOTHING NULL, 0

/* log_write(LEVEL_INFO, "http.request", LOG_PAIRS(LOG_INT("status", 200), LOG_STR("route", path)));
 */
void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t n);

/* At start: what is below `level` is not written; `fd` is where lines go (2). */
void log_set_level(enum log_level level);
void log_set_output(int fd);
bool log_level_parse(struct str word, enum log_level *ret_level); /* debug info warn error */

#endif
