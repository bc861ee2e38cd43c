/*
 * portal.h - what a citizen sees: finding a matter, applying, tracking, and acting on an order with
 * number and code, without an account.  Every act goes through order_create() and order_act().
 *
 * An application that was not handed in yet is a draft: sealed with a key that only its resume code
 * gives, so the house itself cannot read it.  It lives seven days.
 */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

#include "modules/module.h"

extern const struct module portal_module;

#endif
