#include "core/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/time.h"

enum { MASKED_DIGITS = 11 };

static const char *const words[] = {"debug", "info", "warn", "error"};
static atomic_int lowest = LEVEL_INFO;
static atomic_int output = STDERR_FILENO;

void log_set_level(enum log_level level)
{
    lowest = (int)level;
}

void log_set_output(int fd)
{
    output = fd;
}

bool log_level_parse(struct str word, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(word, words[i])) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static size_t digits_at(struct str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.len && s.at[at + n] >= '0' && s.at[at + n] <= '9')
        n++;
    return n;
}

/* Valid UTF-8 within the limit, with long numbers hidden. */
static void write_text(struct buf *line, struct str text)
{
    char safe[LOG_TEXT_MAX + 8];
    size_t n = 0, at = 0;

    while (at < text.len && n < LOG_TEXT_MAX) {
        size_t digits = digits_at(text, at), from = at;

        if (digits >= MASKED_DIGITS) {
            for (int i = 0; i < 3; i++)
                safe[n++] = '*';
            at += digits;
        } else if (utf8_next(text, &at) == UINT32_MAX) {
            safe[n++] = '?';
            at++;
        } else {
            while (from < at)
                safe[n++] = text.at[from++];
            /* The rest of a short number, lest its tail be taken for another. */
            for (size_t i = 1; i < digits && n < LOG_TEXT_MAX; i++)
                safe[n++] = text.at[at++];
        }
    }
    json_write_str(line, (struct str){safe, n});
}

static void write_pair(struct buf *line, const struct log_pair *pair)
{
    buf_add_char(line, ',');
    json_write_str(line, str_of(pair->name));
    buf_add_char(line, ':');
    if (pair->type == LOG_TYPE_STR) {
        write_text(line, pair->text);
        return;
    }
    if (pair->type == LOG_TYPE_ID)
        buf_add_char(line, '"');
    buf_add_int(line, pair->number);
    if (pair->type == LOG_TYPE_ID)
        buf_add_char(line, '"');
}

static void write_moment(struct buf *line, int64_t now)
{
    char text[MOMENT_PRINT];
    size_t n = moment_print_rfc3339(text, now);
    int milli = (int)(now % 1000);
    char fraction[4] = {'.', (char)('0' + milli / 100), (char)('0' + milli / 10 % 10),
                        (char)('0' + milli % 10)};

    buf_add_bytes(line, text, n - 6);
    buf_add_bytes(line, fraction, sizeof fraction);
    buf_add_bytes(line, text + n - 6, 6);
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t n)
{
    char memory[LOG_LINE_MAX];
    struct buf line = buf_over(memory, sizeof memory - 16); /* kept back: a cut line still ends */

    if ((int)level < lowest)
        return;
    buf_add(&line, S("{\"at\":\""));
    write_moment(&line, time_now());
    buf_add(&line, S("\",\"level\":\""));
    buf_add(&line, str_of(words[level]));
    buf_add(&line, S("\",\"event\":"));
    json_write_str(&line, str_of(event));
    for (size_t i = 0; i < n; i++) {
        struct buf before = line;

        write_pair(&line, &pairs[i]);
        if (buf_overflown(&line)) {
            line = before;
            line.ceiling = line.capacity = sizeof memory;
            buf_add(&line, S(",\"cut\":true"));
            break;
        }
    }
    line.ceiling = line.capacity = sizeof memory;
    buf_add(&line, S("}\n"));
    /* Nobody can be told when the log itself fails. */
    while (write(output, line.at, line.len) < 0 && errno == EINTR)
        ;
}
