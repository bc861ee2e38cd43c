#include "http/raw_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 500, MOST_BYTES = 64 * 1024 };

static void fail(int line, const char *why)
{
    fprintf(stderr, "tests/raw/requests.txt:%d: %s\n", line, why);
    exit(1);
}

static void add(struct raw_row *row, const char *bytes, size_t n)
{
    if (row->len + n > MOST_BYTES)
        fail(row->line, "too long");
    memcpy(row->bytes + row->len, bytes, n);
    row->len += n;
}

/* Appends what the text means, up to `end`. */
static void add_escaped(struct raw_row *row, const char *text, const char *end);

/* \(x*N), after the opening bracket; returns what stands behind the closing one. */
static const char *add_repeated(struct raw_row *row, const char *text, const char *end)
{
    const char *star = memchr(text, '*', (size_t)(end - text));
    char *behind = NULL;
    long n = star ? strtol(star + 1, &behind, 10) : 0;

    if (!star || n < 1 || behind >= end || *behind != ')')
        fail(row->line, "expected \\(x*N)");
    for (long i = 0; i < n; i++)
        add_escaped(row, text, star);
    return behind + 1;
}

static void add_escaped(struct raw_row *row, const char *text, const char *end)
{
    static const char letters[] = "rnt\\", meanings[] = "\r\n\t\\";

    while (text < end) {
        if (*text != '\\') {
            add(row, text++, 1);
            continue;
        }
        text++;
        const char *letter = *text ? strchr(letters, *text) : NULL;
        if (letter) {
            add(row, &meanings[letter - letters], 1);
            text++;
        } else if (*text == 'x') {
            char digits[3] = {text[1], text[2], 0};
            char byte = (char)strtol(digits, NULL, 16);

            add(row, &byte, 1);
            text += 3;
        } else if (*text == '(') {
            text = add_repeated(row, text + 1, end);
        } else {
            fail(row->line, "unknown escape");
        }
    }
}

static FILE *open_table(void)
{
    const char *source = getenv("YIMEN_SOURCE");
    char path[4096];

    snprintf(path, sizeof path, "%s/tests/raw/requests.txt", source ? source : ".");
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

struct raw_row *raw_table_read(size_t *ret_count)
{
    struct raw_row *rows = calloc(MOST_ROWS, sizeof *rows), *row = NULL;
    FILE *file = open_table();
    char *line = NULL;
    size_t capacity = 0, count = 0;
    ssize_t len;

    for (int number = 1; rows && (len = getline(&line, &capacity, file)) >= 0; number++) {
        while (len > 0 && line[len - 1] == '\n')
            line[--len] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        if (line[0] == '[' && len > 2 && line[len - 1] == ']') {
            if (count == MOST_ROWS)
                fail(number, "too many rows");
            row = &rows[count++];
            line[len - 1] = '\0';
            *row = (struct raw_row){
                .name = strdup(line + 1), .line = number, .bytes = malloc(MOST_BYTES)};
            if (!row->name || !row->bytes)
                fail(number, "out of memory");
        } else if (!row) {
            fail(number, "before the first row");
        } else if (strncmp(line, "head ", 5) == 0) {
            row->head = row->answer = atoi(line + 5);
        } else if (strncmp(line, "answer ", 7) == 0) {
            row->answer = strcmp(line + 7, "none") == 0 ? 0 : atoi(line + 7);
        } else {
            add_escaped(row, line, line + len);
        }
    }
    free(line);
    fclose(file);
    *ret_count = count;
    return rows;
}

void raw_table_free(struct raw_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].name);
        free(rows[i].bytes);
    }
    free(rows);
}
