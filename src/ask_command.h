/*
 * ask_command.h - `yimen ask`: one question on the command line, or many from a file.
 */
#ifndef ASK_COMMAND_H
#define ASK_COMMAND_H

#include "app.h"

extern const char ask_command_help[];
int command_ask(struct task *t, struct app *app, int argc, char **argv);

#endif
