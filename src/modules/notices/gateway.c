#include "modules/notices/gateway.h"

#include <curl/curl.h>
#include <pthread.h>

#include "core/log.h"

enum { CONNECT_SECONDS = 5, ANSWER_SECONDS = 15 };

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* What the gateway says beside its status is not kept: it may repeat the phone number. */
static size_t drop(char *at, size_t size, size_t n, void *to)
{
    (void)at;
    (void)to;
    return size * n;
}

static enum gateway_answer answer_of(CURLcode code, long status)
{
    if (code != CURLE_OK)
        return GATEWAY_FAILED;
    if (status >= 200 && status < 300)
        return GATEWAY_TOOK;
    return status >= 400 && status < 500 && status != 408 && status != 429 ? GATEWAY_REFUSED
                                                                           : GATEWAY_FAILED;
}

static struct curl_slist *headers_for(struct task *t, const struct gateway *gateway)
{
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");

    if (gateway->token.len)
        headers =
            curl_slist_append(headers, str_terminated(t, str_format(t, "Authorization: Bearer %.*s",
                                                                    STR_ARG(gateway->token))));
    return headers;
}

enum gateway_answer gateway_post(struct task *t, const struct gateway *gateway, int64_t id,
                                 struct str to, struct str text)
{
    struct json *message = json_object(t);

    json_put_str(t, message, "to", to);
    json_put_str(t, message, "text", text);
    json_put_id(t, message, "id", id);
    struct str body = json_text(t, message);
    const char *url = str_terminated(t, gateway->url);

    pthread_once(&started, start);
    CURL *curl = curl_easy_init();
    if (!curl)
        return GATEWAY_FAILED;
    struct curl_slist *headers = headers_for(t, gateway);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.at);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (answer_of(code, status) != GATEWAY_TOOK)
        log_write(LEVEL_WARN, "notices.gateway",
                  LOG_PAIRS(LOG_ID("notice", id), LOG_INT("status", status),
                            LOG_STR("error", str_of(code ? curl_easy_strerror(code) : ""))));
    return answer_of(code, status);
}
