/* sign_in.h - handlers of signing in and out, of one's password and posts.  Inside the desk only.
 */
#ifndef DESK_SIGN_IN_H
#define DESK_SIGN_IN_H

#include "http/http.h"

extern const struct shape desk_sign_in_shape;
extern const struct form desk_sign_in_form, desk_code_form, desk_password_form, desk_post_form;

handler_fn desk_sign_in_page, desk_sign_in, desk_code_page, desk_code, desk_password_page,
    desk_password, desk_sign_out, desk_switch_post;

#endif
