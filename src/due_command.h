/*
 * due_command.h - `yimen due`: by when, and why.
 *
 * Needs no data folder: it counts with the calendar that the program brings along, or with a file.
 * Returns the exit code: 0 fine, 2 bad usage or input (all of it told at once, on stderr).
 */
#ifndef DUE_COMMAND_H
#define DUE_COMMAND_H

#include <stdio.h>

int due_command(int argc, char **argv); /* argv[0] is "due" */
/* The same with other streams, for tests. */
int due_command_to(int argc, char **argv, FILE *out, FILE *complaints);

#endif
