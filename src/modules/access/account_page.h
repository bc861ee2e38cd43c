/* account_page.h - the page of one's own account, for those who show it with something besides. */
#ifndef ACCESS_ACCOUNT_PAGE_H
#define ACCESS_ACCOUNT_PAGE_H

#include "modules/access/pages.h"

struct code_row { /* of recovery, shown once */
    struct str code;
};

struct account_view {
    struct str page_title;
    struct page_errors errors;
    struct str name, login;
    bool totp;
    int64_t recovery_left;
    struct list held;      /* struct grant_row */
    struct list tokens;    /* struct token_row */
    struct list sessions;  /* struct session_row */
    bool elsewhere;        /* signed in in other places, too */
    struct list facts;     /* struct page_field */
    struct list relatives; /* struct relative_row, three of them empty */
    struct list code_fields, off_fields, token_fields; /* struct page_field */
    struct str secret, secret_address;                 /* after asking for the second factor */
    struct str secret_code;                            /* that address as a QR code */
    bool confirming;                                   /* the device is to prove itself */
    struct list codes;                                 /* after confirming it, shown once */
    struct str new_token;                              /* shown once */
};

/* The page of who asks, with whatever the handler put into `view`. */
MUST_USE enum err account_show(struct task *t, struct request *request, struct response *response,
                               struct account_view *view);

#endif
