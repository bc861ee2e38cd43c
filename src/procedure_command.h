/*
 * procedure_command.h - `yimen procedure`: check, draw, load procedures; load a catalogue of
 * matters.
 *
 * check and draw need no data folder.  Parts named by `use:` are looked for in parts/ beside the
 * file, then among those the program brings along.  Returns the exit code: 0 fine, 2 bad usage or
 * faults (all of them on stderr as FILE:LINE: what), 3 no such file, 1 anything else.
 */
#ifndef PROCEDURE_COMMAND_H
#define PROCEDURE_COMMAND_H

#include <stdio.h>

#include "core/task.h"

extern const char procedure_command_help[];

struct procedure_streams {
    FILE *out, *complaints;
    /* Open the data folder for `load` and `matters`: sets t->store and t->tenant. */
    enum err (*open)(struct task *t, void *arg);
    void *open_arg;
};

int procedure_command(struct task *t, int argc, char **argv,
                      const struct procedure_streams *streams);

#endif
