/*
 * testing_phone.h - for tests: one person, one phone, no account, and a city behind it, through
 * HTTP in process and without script.
 */
#ifndef PORTAL_TESTING_PHONE_H
#define PORTAL_TESTING_PHONE_H

#include "http/site.h"
#include "modules/org/testing.h"
#include "portal_private.h"

struct phone {
    struct city city;
    struct site *site;
    struct task t; /* of the last request */
    char cookies[4][400];
    int status;
    struct str head, body, location;
    char here[300]; /* the page that go() led to */
};

int phone_set_up(void **state); /* of each test: a city of its own */
int phone_tear_down(void **state);

/* What comes back stands in the phone; cookies are kept. */
void phone_send(struct phone *phone, const char *method, const char *path, const char *type,
                struct str body);
void phone_get(struct phone *phone, const char *path);
void phone_post(struct phone *phone, const char *path, const char *fields);
void phone_upload(struct phone *phone, const char *path, struct str content);
void phone_go(struct phone *phone); /* where the answer leads */
const char *phone_hidden(struct phone *phone, const char *name);
bool phone_says(struct phone *phone, const char *words);
/* An application for legal aid up to its materials. */
void phone_apply(struct phone *phone);
extern char phone_photo[300];

#define SAYS(phone, words)                                                                         \
    do {                                                                                           \
        if (!phone_says(phone, words)) {                                                           \
            print_error("%.*s\n", STR_ARG((phone)->body));                                         \
            fail_msg("the page does not say %s", words);                                           \
        }                                                                                          \
    } while (0)

#define STORY(f) cmocka_unit_test_setup_teardown(f, phone_set_up, phone_tear_down)

#endif
