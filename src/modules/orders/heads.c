/*
 * heads.c - the heads of all chains as lines of text, to be kept where nobody of this house writes.
 */
#include "modules/orders/seal.h"

#include <stdlib.h>
#include <string.h>

#include "modules/orders/slice.h"
#include "orders_seal_sql.h"

enum { HEADS_AT_ONCE = 1000, LINE_MOST = 1024, WORDS = 5 };

static const char first_line[] = "yimen heads 1\n";

/* Of all lines so far. */
struct digest {
    unsigned char bytes[HASH_BYTES];
};

static void digest_add(struct digest *digest, struct str line)
{
    struct str parts[] = {{(const char *)digest->bytes, HASH_BYTES}, line};

    crypto_digest(parts, 2, digest->bytes);
}

static struct str end_text(struct task *t, const struct digest *digest)
{
    return str_format(t, "yimen heads %.*s", STR_ARG(str_hex(t, digest->bytes, HASH_BYTES)));
}

static enum err read_key(struct task *t, void *arg)
{
    return seal_key(t, arg);
}

/* --- Writing ---------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    struct digest digest;
    int64_t after, orders;
    bool more;
};

static enum err put_line(struct task *t, struct writing *w, struct str line)
{
    digest_add(&w->digest, line);
    if (fwrite(line.at, 1, line.len, w->out) != line.len)
        return task_fail(t, ERR_STORE, "写不了文件；请检查磁盘空间");
    return OK;
}

static enum err write_seals(struct task *t, void *arg)
{
    struct writing *w = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_seals_after,
        ARGS(INT("tenant", t->tenant), INT("after", w->after), INT("most", HEADS_AT_ONCE)), &rows);

    if (e)
        return e;
    w->more = rows_count(rows) == HEADS_AT_ONCE;
    while (rows_next(rows)) {
        struct str hash = row_str(rows, "hash"), signature = row_str(rows, "signature");

        w->after = row_int(rows, "n");
        e = put_line(t, w,
                     str_format(t, "seal %lld %.*s %.*s\n", (long long)w->after,
                                STR_ARG(str_hex(t, hash.at, hash.len)),
                                STR_ARG(str_hex(t, signature.at, signature.len))));
        if (e)
            return e;
    }
    return OK;
}

static enum err write_orders(struct task *t, void *arg)
{
    struct writing *w = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_heads_after,
        ARGS(INT("tenant", t->tenant), INT("after", w->after), INT("most", HEADS_AT_ONCE)), &rows);

    if (e)
        return e;
    w->more = rows_count(rows) == HEADS_AT_ONCE;
    while (rows_next(rows)) {
        struct str head = row_str(rows, "head");

        w->after = row_int(rows, "id");
        w->orders++;
        e = put_line(t, w,
                     str_format(t, "order %lld %lld %.*s\n", (long long)w->after,
                                (long long)row_int(rows, "version"),
                                STR_ARG(str_hex(t, head.at, head.len))));
        if (e)
            return e;
    }
    return OK;
}

static enum err write_all(struct task *t, struct writing *w, store_fn *fn,
                          void (*progress)(int64_t done))
{
    enum err e;

    w->after = 0;
    do {
        e = slice_read(t, fn, w);
        if (progress)
            progress(w->orders);
    } while (!e && w->more);
    return e;
}

enum err heads_write(struct task *t, FILE *out, void (*progress)(int64_t done), int64_t *ret_orders)
{
    struct writing w = {.out = out};
    struct key key;
    enum err e = store_read(t, read_key, &key);

    if (e)
        return e;
    struct str public = sign_public(t, &key);
    e = put_line(t, &w,
                 str_format(t, "%stenant %lld\nat %.*s\nkey %.*s\n", first_line,
                            (long long)t->tenant, STR_ARG(moment_rfc3339(t, t->now)),
                            STR_ARG(str_hex(t, public.at, public.len))));
    if (!e)
        e = write_all(t, &w, write_seals, progress);
    if (!e)
        e = write_all(t, &w, write_orders, progress);
    if (!e) {
        struct digest digest = w.digest;
        struct str signature = sign_text(t, &key, end_text(t, &digest));

        e = put_line(t, &w,
                     str_format(t, "end %lld %.*s %.*s\n", (long long)w.orders,
                                STR_ARG(str_hex(t, digest.bytes, HASH_BYTES)),
                                STR_ARG(str_hex(t, signature.at, signature.len))));
    }
    key_clear(&key);
    if (!e)
        *ret_orders = w.orders;
    return e;
}

/* --- Checking --------------------------------------------------------------------------------- */

int64_t heads_tenant(FILE *in)
{
    char line[LINE_MOST];
    int64_t tenant = 0;

    rewind(in);
    if (fgets(line, sizeof line, in) && !strcmp(line, first_line) && fgets(line, sizeof line, in) &&
        !strncmp(line, "tenant ", 7))
        tenant = store_id_at(str_trim(str_of(line + 7)));
    rewind(in);
    return tenant;
}

struct reading {
    struct task *home;
    FILE *in;
    struct list *findings;
    size_t most;
    struct str public;
    struct digest digest;
    char top[4 * LINE_MOST];
    int64_t orders;
    bool ended, proven, at_end;
};

static void found(struct reading *r, int64_t order, int64_t seq, struct str what)
{
    if (r->findings->count < r->most)
        *(struct finding *)list_add(r->home, r->findings, sizeof(struct finding)) =
            (struct finding){order, seq, str_copy(r->home, what)};
}

static enum err check_order(struct task *t, struct reading *r, const struct str words[WORDS])
{
    int64_t order = store_id_at(words[1]), version = store_id_at(words[2]);
    struct rows *rows;
    struct str head;

    r->orders++;
    if (!order || !version || !str_unhex(t, words[3], &head)) {
        found(r, order, 0, S("文件里的这一行读不出来"));
        return OK;
    }
    enum err e = store_run(
        t, &q_heads_event,
        ARGS(INT("tenant", t->tenant), INT("order_id", order), INT("seq", version)), &rows);
    if (e)
        return e;
    if (!rows_next(rows))
        found(r, order, version, S("留存时有这条留痕，现在没有了"));
    else if (!str_eq(row_str(rows, "hash"), head))
        found(r, order, version, S("到这条为止的留痕与留存的不同，被改动过"));
    return OK;
}

static enum err check_seal(struct task *t, struct reading *r, const struct str words[WORDS])
{
    int64_t n = store_id_at(words[1]);
    struct str hash, signature;
    struct rows *rows;
    enum err e = store_run(t, &q_seals_by_n, ARGS(INT("tenant", t->tenant), INT("n", n)), &rows);

    if (e)
        return e;
    if (!rows_next(rows))
        found(r, 0, 0, str_format(t, "第 %lld 号封存留存过，现在没有了", (long long)n));
    else if (!str_unhex(t, words[2], &hash) || !str_unhex(t, words[3], &signature) ||
             !str_eq(row_str(rows, "hash"), hash) || !str_eq(row_str(rows, "signature"), signature))
        found(r, 0, 0, str_format(t, "第 %lld 号封存与留存的不同", (long long)n));
    return OK;
}

/* With the key of this installation, not with the one that the file says. */
static void check_end(struct task *t, struct reading *r, const struct str words[WORDS])
{
    struct str signature;

    r->ended = true;
    r->proven = str_unhex(t, words[3], &signature) && store_id_at(words[1]) == r->orders &&
                sign_check(r->public, end_text(t, &r->digest), signature);
}

static void cut_words(struct str line, struct str ret_words[WORDS])
{
    for (size_t i = 0; i < WORDS; i++) {
        ret_words[i] = (struct str){0};
        (void)!str_cut(&line, ' ', &ret_words[i]);
    }
}

static enum err check_line(struct task *t, struct reading *r, struct str line)
{
    struct str words[WORDS];

    cut_words(str_trim(line), words);
    if (str_is(words[0], "end")) {
        check_end(t, r, words);
        return OK;
    }
    digest_add(&r->digest, line);
    if (str_is(words[0], "order"))
        return check_order(t, r, words);
    return str_is(words[0], "seal") ? check_seal(t, r, words) : OK;
}

/* The four lines at the top were written as one. */
static bool read_top(struct reading *r)
{
    char *at = r->top;

    for (int i = 0; i < 4; i++) {
        if (!fgets(at, LINE_MOST, r->in))
            return false;
        at += strlen(at);
    }
    digest_add(&r->digest, str_of(r->top));
    return true;
}

static enum err check_slice(struct task *t, void *arg)
{
    struct reading *r = arg;
    char line[LINE_MOST];

    for (int i = 0; i < HEADS_AT_ONCE && !r->ended; i++) {
        if (!fgets(line, sizeof line, r->in)) {
            r->at_end = true;
            return OK;
        }
        enum err e = check_line(t, r, str_of(line));
        if (e)
            return e;
    }
    return OK;
}

enum err heads_check(struct task *t, FILE *in, void (*progress)(int64_t done),
                     struct list *findings, size_t most, int64_t *ret_orders)
{
    struct reading r = {.home = t, .in = in, .findings = findings, .most = most};
    struct key key;

    if (heads_tenant(in) != t->tenant || !read_top(&r))
        return task_fail(t, ERR_BAD_INPUT, "这不是本平台的留存文件");
    enum err e = store_read(t, read_key, &key);
    if (e)
        return e;
    r.public = sign_public(t, &key);
    key_clear(&key);
    while (!e && !r.ended && !r.at_end) {
        e = slice_read(t, check_slice, &r);
        if (progress)
            progress(r.orders);
    }
    if (e)
        return e;
    if (!r.proven)
        found(&r, 0, 0, S("留存文件不完整或者被改动：末尾的签名不对"));
    *ret_orders = r.orders;
    return OK;
}
