/*
 * module.h - what a module offers, in one table.  To add a module is one folder and one line.
 */
#ifndef MODULES_MODULE_H
#define MODULES_MODULE_H

#include "http/http.h"
#include "office/office.h"
#include "office/sweep.h"
#include "store/store.h"

struct permission {
    const char *name;  /* "order.read" */
    const char *title; /* what it allows, Chinese */
};

struct module {
    const char *name;
    const struct permission *permissions; /* each list ended by an empty row */
    const struct route *routes;
    const struct migration *migrations;
    const struct job *jobs;
    blob_names_fn *blobs; /* NULL: its rows name no files */
};

extern const struct module *const modules[]; /* in order; a module calls only those before it */

#endif
