/*
 * setup.h - what a running program was started with; handlers find it in request->setup, jobs get
 * it.
 */
#ifndef MODULES_SETUP_H
#define MODULES_SETUP_H

#include "core/conf.h"
#include "store/store.h"

struct setup {
    const struct conf *conf;
    struct store *store;
    const char *data; /* the data folder */
};

#endif
