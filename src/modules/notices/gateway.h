/*
 * gateway.h - one message to the SMS gateway over HTTP; the only place that knows libcurl here.
 */
#ifndef NOTICES_GATEWAY_H
#define NOTICES_GATEWAY_H

#include "modules/notices/notices.h"

enum gateway_answer {
    GATEWAY_TOOK,    /* 2xx */
    GATEWAY_REFUSED, /* 4xx: the same message would be refused again */
    GATEWAY_FAILED   /* no answer, 408, 429, 5xx: later */
};

/* Waits at most 15 seconds.  Redirects are not followed. */
enum gateway_answer gateway_post(struct task *t, const struct gateway *gateway, int64_t id,
                                 struct str to, struct str text);

#endif
