/*
 * known.c - browsers in which a login signed in before.
 *
 * A lock that holds for everybody can be kept shut by a stranger with a wrong password an hour.  So
 * a browser keeps a mark of who came in, and its tries are counted apart (lock.c).  The mark is the
 * same in all browsers of a person: they share one tally, and whoever collects marks has no more
 * tries for it.  It ends with the password, so that who knew the old one counts among strangers.
 */
#include "modules/access/staff_private.h"

#include "http/http.h"
#include "http/input.h"
#include "modules/org/keys.h"
#include "store/store.h"

#define COOKIE "yimen_known"

enum { MARK_BYTES = 16, MARK_CHARS = 22, MARKS_MOST = 12, YEAR_S = 365 * 24 * 3600 };

static const char *cookie_name(const struct request *request)
{
    return request->secure ? HOST_PREFIX COOKIE : COOKIE;
}

enum err known_mark(struct task *t, const struct staff *staff, struct str *ret_mark)
{
    struct str about =
        str_format(t, "%lld/%lld", (long long)staff->id, (long long)staff->password_at);
    unsigned char mac[HASH_BYTES];
    struct key key;
    enum err e = lasting_key(t, "known-browser", &key);

    if (e)
        return e;
    crypto_hmac(&key, &about, 1, mac);
    key_clear(&key);
    *ret_mark = base64url(t, mac, MARK_BYTES);
    return OK;
}

bool known_among(struct str marks, struct str mark)
{
    struct str one;
    bool among = false;

    for (int n = 0; n < MARKS_MOST && str_cut(&marks, '.', &one); n++)
        among = among || (one.len == mark.len && crypto_equal(one.at, mark.at, mark.len));
    return among;
}

struct str access_marks(const struct request *request)
{
    return input_cookie(request->header(request, "cookie"), cookie_name(request));
}

static bool is_mark(struct str s)
{
    if (s.len != MARK_CHARS)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return true;
}

/* This one first; who has not been here for the longest time falls off. */
static struct str with_mark(struct task *t, struct str marks, struct str mark)
{
    struct buf b = buf_new(t, (MARK_CHARS + 1) * MARKS_MOST);
    struct str one;

    buf_add(&b, mark);
    for (int n = 1; n < MARKS_MOST && str_cut(&marks, '.', &one);) {
        if (!is_mark(one) || str_eq(one, mark))
            continue;
        buf_add(&b, S("."));
        buf_add(&b, one);
        n++;
    }
    return buf_str(&b);
}

struct remembering {
    int64_t staff;
    struct str mark;
};

static enum err read_mark(struct task *t, void *arg)
{
    struct remembering *r = arg;
    struct staff staff;
    enum err e = staff_by_id(t, r->staff, &staff);

    return e ? e : known_mark(t, &staff, &r->mark);
}

void access_remember(struct task *t, const struct request *request, struct response *response,
                     int64_t staff)
{
    struct remembering r = {.staff = staff};

    if (store_read(t, read_mark, &r)) {
        task_clear_error(t);
        return;
    }
    response->set_other_cookie =
        str_format(t, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%d", cookie_name(request),
                   STR_ARG(with_mark(t, access_marks(request), r.mark)),
                   request->secure ? "; Secure" : "", YEAR_S);
}
