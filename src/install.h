/*
 * install.h - make a tenant from a profile: its units, windows, people, catalogue and calendar.
 *
 * A profile is a YAML file (profiles/lanjiang.yaml shows all of it):
 *
 *   tenant:  {code: lanjiang, name: ..., city: 岚江市, hotline: 12348, host: ...,
 *             second-factor: administrators}   # or everybody, choice: who must use one
 *   units:   - {key: centre, kind: city, code: LJ01, name: ..., short: ..., division: 990101, ...}
 *            - {key: shuangta, parent: centre, kind: town, ...}
 *   windows: - {unit: centre, name: 1 号窗, kind: mediation}
 *   staff:   - {login: zhoumin, name: 周敏, posts: [{post: clerk, unit: centre}]}
 *
 * The first unit without a parent is the tenant's centre.  A person may also have what keeps them
 * from a matter (K11): id-number, phone, household, employer, relatives, interests.
 *
 * Reading finds all faults at once, each with its line.  Making is one transaction: a tenant is
 * there with everything or not at all.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include "core/shape.h"
#include "core/task.h"

struct profile;
struct profile_person;

struct sign_in { /* what is handed to a person */
    struct str login, password, name;
    struct str posts; /* 窗口受理岗（市中心）、... */
    int64_t staff;
};

/* Outside any transaction.  ERR_BAD_INPUT: *ret_faults lists every fault (struct fault). */
MUST_USE enum err profile_read(struct task *t, struct str file, struct str text,
                               const struct profile **ret_profile, struct list *ret_faults);
/* The same for a file, or one of the profiles that the program brings along: "lanjiang". */
MUST_USE enum err profile_read_file(struct task *t, const char *name,
                                    const struct profile **ret_profile, struct list *ret_faults);
struct str profile_code(const struct profile *profile);
struct str profile_name_of(const struct profile *profile);

struct install_options {
    const struct profile *profile;
    /* May be empty: three more accounts, LOGIN (sysadmin), LOGIN-security, LOGIN-audit. */
    struct str admin;
    struct str
        password; /* of everybody, to stay; empty: a random one each, changed when first used */
};
/*
 * Make the tenant at t->now and set t->tenant.  *ret_sign_ins is a list of struct sign_in.
 *
 * ERR_CONFLICT  there is a tenant with this code already
 * ERR_BAD_INPUT the shipped procedures or matters do not pass: *ret_faults
 */
MUST_USE enum err install_tenant(struct task *t, const struct install_options *options,
                                 struct list *ret_sign_ins, struct list *ret_faults);

/*
 * Make what an installation needs and open it: the data folder (0700), the commented settings, the
 * key file beside the folder (0600), the database with all migrations.  What is there already
 * stays. ERR_CONFLICT: a database without its key file.  app_close() closes it.
 */
struct app;
MUST_USE enum err install_folder(struct task *t, struct app *app);
/* The laws and answers that the program brings along, and the search indexes over them.  Seconds
 * the first time, nothing when they are there. */
MUST_USE enum err install_knowledge(struct task *t, const struct app *app);

/* A whole file into the arena.  ERR_NOT_FOUND, ERR_TOO_LARGE. */
MUST_USE enum err read_whole_file(struct task *t, const char *path, size_t most,
                                  struct str *ret_text);

/* A table of at most `most` of them, for people. */
struct str sign_ins_text(struct task *t, const struct list *sign_ins, size_t most);

/* Faults on stderr, one a line: FILE:LINE: what. */
void print_faults(const struct list *faults);

#endif
