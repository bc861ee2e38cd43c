/*
 * keys_command.h - `yimen keys` and `yimen erase`: what is done to keys from the host.
 *
 * Both work with the store and the key file open and on t->tenant, print to stdout, and leave what
 * went wrong in the task.  argv[0] is the command's name.
 */
#ifndef KEYS_COMMAND_H
#define KEYS_COMMAND_H

#include <stdio.h>

#include "core/task.h"

extern const char keys_command_help[], erase_command_help[];
MUST_USE enum err keys_command(struct task *t, int argc, char **argv, FILE *out,
                               void (*progress)(const char *what, int64_t done));
MUST_USE enum err erase_command(struct task *t, int argc, char **argv, FILE *out);

#endif
