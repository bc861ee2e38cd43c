/*
 * Blobs in a bucket that speaks S3: <prefix><tenant>/<hash>.  libcurl signs (AWS Signature V4); the
 * name of a blob is the hash that the signature wants anyway.
 *
 * A service that does not answer, or answers 429 or 5xx, is asked again twice.  Putting and
 * removing may be done twice without harm, for a name stands for its bytes.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/log.h"
#include "store/store_private.h"

enum {
    IDLE = 16,
    TRIES = 3,
    CONNECT_SECONDS = 5,
    SLOW_SECONDS = 20, /* so long without a kilobyte a second */
    LIST_MOST = 8 * 1024 * 1024,
    PAGES_MOST = 100000,
    URL_MOST = 2000
};

struct s3 {
    char *address; /* of the bucket, without a slash at its end */
    char *prefix;  /* empty, or with a slash at its end */
    char *key_pair, *sign;
    pthread_mutex_t lock;
    CURL *idle[IDLE]; /* with their connections */
    int idle_count;
};

static struct s3 *s3_of(const struct task *t)
{
    return t->store->files.s3;
}

static CURL *take_handle(struct s3 *s3)
{
    CURL *handle = NULL;

    pthread_mutex_lock(&s3->lock);
    if (s3->idle_count)
        handle = s3->idle[--s3->idle_count];
    pthread_mutex_unlock(&s3->lock);
    if (!handle)
        return curl_easy_init();
    curl_easy_reset(handle); /* its connections stay */
    return handle;
}

static void give_back(struct s3 *s3, CURL *handle)
{
    pthread_mutex_lock(&s3->lock);
    bool room = s3->idle_count < IDLE;
    if (room)
        s3->idle[s3->idle_count++] = handle;
    pthread_mutex_unlock(&s3->lock);
    if (!room)
        curl_easy_cleanup(handle);
}

/* ---- one request ----------------------------------------------------------------------------- */

enum verb { PUT, GET, REMOVE };

struct ask {
    enum verb verb;
    const char *url;
    struct str body, hash; /* of the body; hexadecimal */
    size_t most;           /* bytes of an answer */
};

/* Memory of the library's callback, so not of the task: hung on the task before it is there. */
struct received {
    char *at;
    size_t len, capacity, most;
    bool too_much;
};

static void drop_received(void *thing)
{
    struct received *received = thing;

    free(received->at);
    received->at = NULL;
}

static size_t receive(char *at, size_t size, size_t n, void *to)
{
    struct received *received = to;
    size_t bytes = size * n, need = received->len + bytes;

    if (need > received->most) {
        received->too_much = true;
        return 0;
    }
    if (need > received->capacity) {
        size_t capacity = need > 2 * received->capacity ? need : 2 * received->capacity;
        char *bigger = realloc(received->at, capacity);
        if (!bigger)
            return 0;
        received->at = bigger;
        received->capacity = capacity;
    }
    memcpy(received->at + received->len, at, bytes);
    received->len = need;
    return bytes;
}

struct sending {
    struct str rest;
};

static size_t give_bytes(char *at, size_t size, size_t n, void *from)
{
    struct sending *sending = from;
    size_t bytes = sending->rest.len < size * n ? sending->rest.len : size * n;

    if (bytes)
        memcpy(at, sending->rest.at, bytes);
    sending->rest = str_from(sending->rest, bytes);
    return bytes;
}

static void describe(CURL *handle, const struct s3 *s3, const struct ask *ask,
                     struct sending *sending, struct received *received)
{
    curl_easy_setopt(handle, CURLOPT_URL, ask->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1024L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, s3->sign);
    curl_easy_setopt(handle, CURLOPT_USERPWD, s3->key_pair);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, received);
    if (ask->verb == REMOVE)
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "DELETE");
    if (ask->verb != PUT)
        return;
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_bytes);
    curl_easy_setopt(handle, CURLOPT_READDATA, sending);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)ask->body.len);
}

static struct curl_slist *headers_of(const struct ask *ask)
{
    char line[120];

    snprintf(line, sizeof line, "x-amz-content-sha256: %.*s", STR_ARG(ask->hash));
    return curl_slist_append(NULL, line);
}

/* The status, 0 when no answer came. */
static long perform(const struct s3 *s3, CURL *handle, const struct ask *ask,
                    struct received *received, const char **ret_why)
{
    struct sending sending = {ask->body};
    struct curl_slist *headers = headers_of(ask);
    long status = 0;

    received->len = 0;
    describe(handle, s3, ask, &sending, received);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(handle);
    if (!code)
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    *ret_why = code ? curl_easy_strerror(code) : "";
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return status;
}

static bool asks_again(long status)
{
    return !status || status == 429 || status >= 500;
}

static enum err refused(struct task *t, const struct ask *ask, long status, const char *why)
{
    static const char *const verbs[] = {[PUT] = "put", [GET] = "get", [REMOVE] = "remove"};

    if (status == 404 && ask->verb != PUT)
        return task_fail(t, ERR_NOT_FOUND, "文件不在存储中；请联系管理员检查。");
    log_write(LEVEL_ERROR, "store.s3",
              LOG_PAIRS(LOG_STR("verb", str_of(verbs[ask->verb])), LOG_INT("status", status),
                        LOG_STR("why", str_of(why))));
    if (status == 401 || status == 403)
        return task_fail(t, ERR_STORE, "文件存储不认这个账号；请联系管理员检查设置。");
    return task_fail(t, ERR_STORE, "文件存储没有应答，没有办成；请稍后再试或联系管理员。");
}

static enum err ask_service(struct task *t, const struct ask *ask, struct str *ret_answer)
{
    struct s3 *s3 = s3_of(t);
    struct received *received = NEW(t, struct received, 1);
    const char *why = "";
    long status = 0;

    received->most = ask->most;
    task_defer(t, drop_received, received);
    CURL *handle = take_handle(s3);
    if (!handle)
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    for (int i = 0; i < TRIES; i++) {
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = i * 250000000L}, NULL);
        status = perform(s3, handle, ask, received, &why);
        if (!asks_again(status) || received->too_much)
            break;
        curl_easy_reset(handle);
    }
    give_back(s3, handle);
    if (received->too_much)
        return task_fail(t, ERR_STORE, "文件已损坏，与登记的不符；请联系管理员从备份恢复。");
    if (status < 200 || status > 299)
        return refused(t, ask, status, why);
    if (ret_answer)
        *ret_answer = (struct str){received->at, received->len};
    return OK;
}

/* ---- blobs ----------------------------------------------------------------------------------- */

static const char *url_of(struct task *t, struct str name)
{
    const struct s3 *s3 = s3_of(t);

    return str_terminated(t, str_format(t, "%s/%s%lld/%.*s", s3->address, s3->prefix,
                                        (long long)t->tenant, STR_ARG(name)));
}

enum { SMALL = 64 * 1024 };

static enum err s3_put(struct task *t, struct str name, struct str sealed)
{
    struct ask ask = {
        .verb = PUT, .url = url_of(t, name), .body = sealed, .hash = name, .most = SMALL};

    return ask_service(t, &ask, NULL);
}

static enum err s3_get(struct task *t, struct str name, size_t most, struct str *ret_sealed)
{
    struct ask ask = {
        .verb = GET, .url = url_of(t, name), .hash = store_hash(t, S("")), .most = most};

    return ask_service(t, &ask, ret_sealed);
}

static enum err s3_remove(struct task *t, struct str name)
{
    struct ask ask = {
        .verb = REMOVE, .url = url_of(t, name), .hash = store_hash(t, S("")), .most = SMALL};

    return ask_service(t, &ask, NULL);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            strchr("-_.~", c)) {
            buf_add_char(out, (char)c);
        } else {
            buf_add_char(out, '%');
            buf_add_char(out, digits[c >> 4]);
            buf_add_char(out, digits[c & 15]);
        }
    }
}

/* Parameters in the order of their names, as the signature wants them. */
static const char *list_url(struct task *t, int first_byte, struct str token)
{
    const struct s3 *s3 = s3_of(t);
    struct buf out = buf_new(t, 4 * URL_MOST);

    buf_format(&out, "%s?", s3->address);
    if (token.len) {
        buf_add(&out, S("continuation-token="));
        add_escaped(&out, token);
        buf_add_char(&out, '&');
    }
    buf_add(&out, S("list-type=2&prefix="));
    add_escaped(&out, str_format(t, "%s%lld/%02x", s3->prefix, (long long)t->tenant, first_byte));
    return str_terminated(t, buf_str(&out));
}

/* What stands in the next <name>...</name>; *rest goes on behind it. */
static bool next_element(struct str *rest, struct str open, struct str close, struct str *ret_text)
{
    size_t at = str_find(*rest, open);

    if (at == SIZE_MAX)
        return false;
    struct str text = str_from(*rest, at + open.len);
    size_t end = str_find(text, close);
    if (end == SIZE_MAX)
        return false;
    *ret_text = str_first(text, end);
    *rest = str_from(text, end + close.len);
    return true;
}

static void take_names(struct task *t, struct str page, struct list *names)
{
    struct str key;

    while (next_element(&page, S("<Key>"), S("</Key>"), &key)) {
        struct str name = key.len > 64 ? str_from(key, key.len - 64) : key;
        if (blob_name_good(name))
            *(struct str *)list_add(t, names, sizeof(struct str)) = str_copy(t, name);
    }
}

static enum err s3_list(struct task *t, int first_byte, struct list *ret_names)
{
    struct list names = {0};
    struct str token = {0}, page, said, rest;
    bool more = true;

    for (int i = 0; more; i++) {
        struct ask ask = {.verb = GET,
                          .url = list_url(t, first_byte, token),
                          .hash = store_hash(t, S("")),
                          .most = LIST_MOST};
        enum err e = i < PAGES_MOST ? ask_service(t, &ask, &page)
                                    : task_fail(t, ERR_STORE, "文件存储的清单没有尽头");
        if (e == ERR_NOT_FOUND) /* for a file that is no answer, for a bucket it is */
            return task_fail(t, ERR_STORE, "没有这个存储桶；请联系管理员检查设置。");
        if (e)
            return e;
        rest = page;
        if (!next_element(&rest, S("<IsTruncated>"), S("</IsTruncated>"), &said))
            return task_fail(t, ERR_STORE, "文件存储的应答读不懂；请联系管理员检查设置。");
        more = str_is(said, "true");
        rest = page;
        take_names(t, page, &names);
        if (more && !next_element(&rest, S("<NextContinuationToken>"),
                                  S("</NextContinuationToken>"), &token))
            return task_fail(t, ERR_STORE, "文件存储的应答读不懂；请联系管理员检查设置。");
        token = str_replaced(t, token, S("&amp;"), S("&"));
    }
    *ret_names = names;
    return OK;
}

static const struct files_driver s3_driver = {s3_put, s3_get, s3_remove, s3_list};

/* ---- opening --------------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Only what needs no escaping in an address. */
static bool plain(const char *text, size_t len, const char *more)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c && strchr(more, c))))
            return false;
    }
    return true;
}

/* With {bucket} in it (some services want it in the host's name), else the bucket is in the path.
 */
static int make_address(struct s3 *s3, const char *endpoint, const char *bucket, int len)
{
    const char *hole = strstr(endpoint, "{bucket}");
    size_t end = strlen(endpoint);

    while (end && endpoint[end - 1] == '/')
        end--;
    if (hole)
        return asprintf(&s3->address, "%.*s%.*s%.*s", (int)(hole - endpoint), endpoint, len, bucket,
                        (int)(end - (size_t)(hole + 8 - endpoint)), hole + 8);
    return asprintf(&s3->address, "%.*s/%.*s", (int)end, endpoint, len, bucket);
}

struct trouble s3_open(struct files *files, const char *place, const struct store_options *o)
{
    static const struct trouble no_memory = {ERR_STORE, "服务器内存不足；请联系管理员。"};
    const char *bucket = place + 5,
               *region = o->s3_region && *o->s3_region ? o->s3_region : "us-east-1";
    size_t len = strcspn(bucket, "/"), prefix_len = bucket[len] ? strlen(bucket + len + 1) : 0;
    const char *prefix = bucket[len] ? bucket + len + 1 : "";

    while (prefix_len && prefix[prefix_len - 1] == '/')
        prefix_len--;
    if (!len || !plain(bucket, len, ".-") || !plain(prefix, prefix_len, ".-_/") ||
        !plain(region, strlen(region), "-") || strlen(place) > URL_MOST / 4)
        return (struct trouble){ERR_BAD_INPUT,
                                "文件存储要写成 s3://存储桶/前缀，只用字母、数字和 . - _ /"};
    if (!o->s3_endpoint || !*o->s3_endpoint || strlen(o->s3_endpoint) > URL_MOST / 4)
        return (struct trouble){ERR_BAD_INPUT, "文件放在 S3 上时，要设置 s3_endpoint。"};
    pthread_once(&once, start_library);
    struct s3 *s3 = files->s3 = calloc(1, sizeof *s3);
    if (!s3)
        return no_memory;
    pthread_mutex_init(&s3->lock, NULL);
    files->driver = &s3_driver;
    if (make_address(s3, o->s3_endpoint, bucket, (int)len) < 0 ||
        asprintf(&s3->prefix, "%.*s%s", (int)prefix_len, prefix, prefix_len ? "/" : "") < 0 ||
        asprintf(&s3->key_pair, "%s:%s", o->s3_key ? o->s3_key : "",
                 o->s3_secret ? o->s3_secret : "") < 0 ||
        asprintf(&s3->sign, "aws:amz:%s:s3", region) < 0)
        return no_memory;
    return (struct trouble){OK, NULL};
}

void s3_close(struct files *files)
{
    struct s3 *s3 = files->s3;

    if (!s3)
        return;
    while (s3->idle_count)
        curl_easy_cleanup(s3->idle[--s3->idle_count]);
    if (s3->key_pair)
        explicit_bzero(s3->key_pair, strlen(s3->key_pair));
    free(s3->address);
    free(s3->prefix);
    free(s3->key_pair);
    free(s3->sign);
    pthread_mutex_destroy(&s3->lock);
    free(s3);
    files->s3 = NULL;
}
