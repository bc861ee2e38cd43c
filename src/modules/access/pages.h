/* pages.h - the handlers of this module, and what its pages share. */
#ifndef ACCESS_PAGES_H
#define ACCESS_PAGES_H

#include "core/form.h"
#include "http/http.h"
#include "modules/access/staff.h"
#include "modules/org/page_form.h"

struct grant_row {
    int64_t id, unit;
    struct str post, post_title, unit_name;
    struct str from_day, to_day; /* to_day empty: open end */
    bool now, current, ended;
};
extern const struct shape grant_row_shape;
/* Grants with their titles, as pages and the API show them.  Inside store_read(). */
MUST_USE enum err grant_rows(struct task *t, const struct list *grants, int64_t current,
                             struct list *ret_rows);

/* account_pages.c, account_acts.c: one's own account */
extern const struct shape account_shape;
extern const struct form account_facts_form, account_code_form, account_token_form,
    account_confirm_form;
handler_fn access_get_account, access_post_facts, access_post_totp, access_post_totp_confirm,
    access_post_totp_off, access_post_token, access_post_token_revoke, access_post_sessions_end;

/* staff_list.c, staff_pages.c: the accounts of others */
extern const struct shape staff_list_shape, staff_one_shape;
struct str staff_state_title(struct str state);
extern const struct form staff_new_form, staff_grant_form, staff_why_form;
handler_fn access_get_staff_list, access_get_staff, access_post_staff, access_post_grant,
    access_post_grant_end, access_post_suspend, access_post_resume, access_post_reset,
    access_post_unlock, access_post_factor_reset, access_post_staff_out;

/* enrol_pages.c: the second factor at the next sign-in, when the tenant asks for it */
extern const struct shape enrol_shape;
extern const struct form enrol_form;
handler_fn access_get_enrol, access_post_enrol, access_post_enrol_confirm;

/* security_pages.c: the tenant's rules for signing in */
extern const struct shape security_shape;
extern const struct form security_form;
handler_fn access_get_security, access_post_security;

/* token_pages.c: tokens in force, of everybody */
extern const struct shape tokens_shape;
extern const struct form tokens_form;
handler_fn access_get_tokens, access_post_token_end;

extern const struct route access_routes[];

#endif
