/*
 * Any bytes as a request's head.  The scanner says the same whether they come at once or in pieces,
 * a good head's slices lie within the bytes, and its path is a path: absolute, without dot
 * segments, without a NUL, decodable by everybody in the same way.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_within(struct str all, struct str part)
{
    assert(part.len == 0 || (part.at >= all.at && part.at + part.len <= all.at + all.len));
}

static void check_path(struct str raw)
{
    char *out = malloc(raw.len + 1);
    size_t len = path_decode(raw, out);

    assert(len != SIZE_MAX && len >= 1 && len <= raw.len && out[0] == '/');
    struct str path = {out, len};
    assert(utf8_valid(path));
    assert(str_find(path, S("//")) == SIZE_MAX && str_find(path, S("/../")) == SIZE_MAX);
    assert(!str_ends(path, S("/..")) && !str_ends(path, S("/.")));
    assert(!memchr(out, '\\', len));
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct head head;
    const char *why = "";
    size_t scanned = 0, end = 0, whole_scanned = 0, whole_end = 0;
    int whole = head_end(all, &whole_scanned, &whole_end), pieces = HEAD_MORE;

    for (size_t len = 1; len <= size && pieces == HEAD_MORE; len += 1 + len / 64)
        pieces = head_end(str_first(all, len), &scanned, &end);
    if (pieces == HEAD_MORE)
        pieces = head_end(all, &scanned, &end);
    assert(pieces == whole);

    int status = head_parse(all, &head, &why);
    assert(status == HEAD_MORE || status == HEAD_DONE || (status >= 400 && status < 600));
    if (status != HEAD_DONE)
        return 0;
    assert(head.size == whole_end && end == whole_end && head.size <= LIMIT_HEAD);
    assert(head.count >= 1 && head.count <= LIMIT_HEADERS);
    for (size_t i = 0; i < head.count; i++) {
        assert(head.fields[i].name.len > 0);
        assert_within(all, head.fields[i].name);
        assert_within(all, head.fields[i].value);
    }
    assert_within(all, head.query);
    assert(host_valid(head.host));
    assert(head.method == POST || head.content_length == 0);
    check_path(head.path);
    return 0;
}
