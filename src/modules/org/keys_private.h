/* keys_private.h - what the files of keys.h share. */
#ifndef ORG_KEYS_PRIVATE_H
#define ORG_KEYS_PRIVATE_H

#include "modules/org/keys.h"

/* keys_file.c: the installation's keys in memory.  False: no such key, or no file open. */
bool installation_key(struct task *t, struct str name, struct key *ret_key);
bool installation_key_in_force(struct task *t, struct str *ret_name, struct key *ret_key);
/* Put a new key in force, keeping those that the file holds; nothing when it holds two already. */
MUST_USE enum err installation_key_add(struct task *t);
/* A key of another file than the one that is open.  ERR_NOT_FOUND: it holds none of that name;
 * otherwise as keys_open(). */
MUST_USE enum err installation_key_of_file(struct task *t, const char *path, struct str name,
                                           struct key *ret_key);
/* Leave only the key in force. */
MUST_USE enum err installation_key_drop_old(struct task *t);

/* keys.c */
struct str tenant_key_place(struct task *t, int64_t tenant, struct str purpose, int64_t version);
MUST_USE enum err data_key_version(struct task *t, int64_t *ret_version);
MUST_USE enum err data_key_add(struct task *t, const char *purpose, int64_t version);
void keys_forget_remembered(void);

#endif
