/*
 * slice.h - long work in stretches.  Inside the orders module only.
 */
#ifndef ORDERS_SLICE_H
#define ORDERS_SLICE_H

#include "store/store.h"

/* Run `fn` in one transaction and in a task of its own, at the moment of `t`, so that a million
 * orders take no more memory than one stretch of them.  Outside any transaction; what outlives the
 * stretch is made in the memory of `t`. */
MUST_USE enum err slice_read(struct task *t, store_fn *fn, void *arg);
MUST_USE enum err slice_write(struct task *t, store_fn *fn, void *arg);

#endif
