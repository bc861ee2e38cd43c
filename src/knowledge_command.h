/*
 * knowledge_command.h - `yimen knowledge ...`: load documents, bring the search indexes up to them.
 */
#ifndef KNOWLEDGE_COMMAND_H
#define KNOWLEDGE_COMMAND_H

#include "app.h"

extern const char knowledge_command_help[];
int command_knowledge(struct task *t, struct app *app, int argc, char **argv);

#endif
