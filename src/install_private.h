/* install_private.h - a profile in memory: between reading it and making a tenant of it. */
#ifndef INSTALL_PRIVATE_H
#define INSTALL_PRIVATE_H

#include "install.h"
#include "modules/access/staff.h"
#include "modules/org/org.h"

struct profile_unit {
    struct str key;
    int parent; /* index; -1: a root */
    struct unit unit;
};

struct profile_window {
    int unit;
    struct window window;
};

struct profile_post {
    struct str post;
    int unit;
};

struct profile_person {
    struct str login, name;
    struct list posts; /* struct profile_post */
    bool has_facts;
    struct staff_facts facts;
};

struct profile {
    struct tenant tenant;
    bool has_factor_rule;
    enum second_factor_rule factor_rule;
    struct list units, windows, people; /* struct profile_unit, _window, _person */
};

#endif
