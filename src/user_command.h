/*
 * user_command.h - `yimen user`: accounts from the host, past the web.
 *
 * Works on t->tenant with the store and the key file open.  Prints to stdout; on an error the note
 * and the field errors of the task say what is wrong.  argv[0] is "user".
 *
 * ERR_BAD_INPUT  also for wrong usage
 */
#ifndef USER_COMMAND_H
#define USER_COMMAND_H

#include <stdio.h>

#include "core/task.h"

extern const char user_command_help[];
MUST_USE enum err user_command(struct task *t, int argc, char **argv);
/* The same with other streams, for tests. */
MUST_USE enum err user_command_to(struct task *t, int argc, char **argv, FILE *in, FILE *out);

#endif
