/* The endpoint of the language model: one POST, with every way it may keep us waiting bounded. */
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#include "ask_phrase.h"
#include "core/log.h"

static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool model_enter(struct model_gate *gate, int64_t now, int64_t per_minute)
{
    pthread_mutex_lock(&lock);
    /* A clock that was set back begins a new minute, and opens again. */
    if (now - gate->minute >= 60 * 1000 || now < gate->minute) {
        gate->minute = now;
        gate->in_minute = 0;
    }
    bool closed = now < gate->closed_until && gate->closed_until - now <= MODEL_CLOSED_MS;
    bool enter = !closed && gate->running < MODEL_AT_ONCE && gate->in_minute < per_minute;
    if (enter) {
        gate->running++;
        gate->in_minute++;
    }
    pthread_mutex_unlock(&lock);
    return enter;
}

void model_leave(struct model_gate *gate, int64_t now, bool answered)
{
    pthread_mutex_lock(&lock);
    gate->running--;
    gate->failures = answered ? 0 : gate->failures + 1;
    if (gate->failures >= MODEL_FAILURES) {
        gate->failures = 0;
        gate->closed_until = now + MODEL_CLOSED_MS;
    }
    pthread_mutex_unlock(&lock);
}

struct answer {
    char *at;
    size_t len;
};

/* Over memory that was there before: nothing of the arena is called inside libcurl. */
static size_t take(char *at, size_t size, size_t n, void *to)
{
    struct answer *answer = to;

    if (size * n > PHRASE_ANSWER_BYTES - answer->len)
        return 0;
    memcpy(answer->at + answer->len, at, size * n);
    answer->len += size * n;
    return size * n;
}

bool model_post(struct task *t, const struct conf *conf, struct str body, struct str *ret_answer)
{
    const char *url =
        str_terminated(t, str_format(t, "%.*s/chat/completions", STR_ARG(conf->model_url)));
    const char *key =
        str_terminated(t, str_format(t, "Authorization: Bearer %.*s", STR_ARG(conf->model_key)));
    struct answer answer = {NEW(t, char, PHRASE_ANSWER_BYTES), 0};
    long status = 0;

    pthread_once(&started, start);
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
    if (conf->model_key.len)
        headers = curl_slist_append(headers, key);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)conf->model_timeout * 1000);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.at);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK || status < 200 || status > 299) {
        log_write(LEVEL_WARN, "knowledge.model",
                  LOG_PAIRS(LOG_INT("status", status),
                            LOG_STR("error", str_of(code ? curl_easy_strerror(code) : ""))));
        return false;
    }
    *ret_answer = (struct str){answer.at, answer.len};
    return true;
}
