/*
 * faults_postgres.h - the same for a world on PostgreSQL: what fails there is the connection.  The
 * n-th query of the program finds it ended, or is sent and its answer never comes.
 */
#ifndef TESTS_FAULTS_FAULTS_POSTGRES_H
#define TESTS_FAULTS_FAULTS_POSTGRES_H

#include "faults.h"

enum { FAULT_BEFORE_QUERY = 1 << 21, FAULT_AFTER_QUERY = 1 << 22 };

extern const struct faults_kind faults_kinds_postgres[];

void faults_postgres_arm(struct world *w, const struct faults_kind *kind, int64_t nth,
                         bool lasting);
int64_t faults_postgres_disarm(int64_t *ret_calls);
void faults_postgres_keep(struct world *w);    /* the store is closed */
void faults_postgres_restore(struct world *w); /* the same */
void faults_postgres_forget(void);
char *faults_postgres_census(struct world *w);

#endif
