/*
 * head.h - reading a request's head, strictly: a pure function over bytes.
 *
 * What two programs could read differently is refused, not repaired: bare LF or CR, NUL and other
 * control characters, folded lines, a blank before the colon, a second Content-Length, Host or the
 * like, Transfer-Encoding in any form, a Host that is none, percent signs that encode nothing, dot
 * segments, empty segments, an encoded slash.  The only leniency is one empty line before a request
 * (RFC 9112 2.2).
 *
 * Everything returned are slices of the bytes given.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/http.h"

enum { HEAD_MORE = 0, HEAD_DONE = 200 }; /* or the status of the refusal: 400, 405, 411, 414, ... */

struct head_field {
    struct str name, value; /* as sent; the value without blanks at its ends */
};

struct head {
    enum method method;
    bool head_only;   /* HEAD: as GET, without the body */
    struct str path;  /* raw, begins with '/' */
    struct str query; /* raw, without '?' */
    struct str host;
    size_t content_length;
    bool keep_alive;
    bool expect_continue;
    size_t size; /* bytes of the head with its empty line (and one before it) */
    size_t count;
    struct head_field fields[LIMIT_HEADERS];
};

/* Look for the end of the head from *scanned on (begin with 0); refuses as soon as a byte is wrong.
 */
int head_end(struct str bytes, size_t *scanned, size_t *ret_size);

/* HEAD_MORE, HEAD_DONE, or the status of the refusal, with a reason for the log (static, English).
 */
int head_parse(struct str bytes, struct head *ret_head, const char **ret_why);

/* The value of a field by its lower-case name; empty when absent. */
struct str head_find(const struct head *head, const char *lower_case_name);

/* Decode a raw path into `out` (at least raw.len bytes).  The length, or SIZE_MAX when it is
 * refused. */
size_t path_decode(struct str raw, char *out);

/* Value of a hexadecimal digit, or -1. */
int hex_value(char c);

/* "host" or "host:port" as a Host field may have it. */
bool host_valid(struct str host);

#endif
