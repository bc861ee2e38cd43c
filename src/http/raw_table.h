/*
 * raw_table.h - reads tests/raw/requests.txt, for the tests of the parser and of the server.
 */
#ifndef HTTP_RAW_TABLE_H
#define HTTP_RAW_TABLE_H

#include <stddef.h>

struct raw_row {
    char *name;
    int line;
    int head;   /* status of the parser, 0: more is needed */
    int answer; /* status of the server, 0: none, it waits */
    char *bytes;
    size_t len;
};

/* All rows, malloc'ed; ends the program with a message when the table cannot be read. */
struct raw_row *raw_table_read(size_t *ret_count);
void raw_table_free(struct raw_row *rows, size_t count);

#endif
