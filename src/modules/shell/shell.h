/*
 * shell.h - what every page is surrounded by: names of the place, who is signed in, the navigation.
 *
 * One shape for staff and citizen pages: a template looks a name up in its own view first and in
 * the shell last.  shell/head and shell/foot surround staff pages; citizen pages have their own
 * (portal/head ...) and use the same shape.  shell/error is the page of an error, for both.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "http/http.h"

struct shell_link {
    struct str address, icon, title;
    int64_t badge;
    bool current;
};

struct shell_grant { /* a post of the person who is signed in */
    int64_t id;
    struct str title, unit;
    bool current;
};

struct shell {
    struct str page_title; /* for pages that have no title of their own */
    bool has_errors;       /* likewise: pages with a form hide it by their own */
    struct str centre, city, hotline, host_unit;
    bool staff;       /* a member of staff is signed in */
    struct str place; /* 3 号窗 · 综合 */
    struct str actor_name, post_title;
    struct str csrf, key;   /* tokens for the forms of this page */
    struct str single_keys; /* "on" or "off": letters as keys */
    bool contrast, elder;
    struct str elder_href; /* the same page in the other size */
    struct str lang;       /* of <html lang> */
    /* The same page in the other language: its name in itself and its tag. */
    struct str other_href, other_name, other_lang;
    struct str here; /* the address of this page */
    bool can_search; /* the post may look at orders */
    struct str search_text;
    struct str today;     /* 2026-10-14 周三 09:42 */
    struct list nav;      /* struct shell_link */
    struct list my_posts; /* struct shell_grant */
};
extern const struct shape shell_shape;

/* The hook `shell` of a site. */
enum err shell_make(struct task *t, const struct request *request, const void **ret_shell);

#endif
