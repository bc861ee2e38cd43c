/*
 * err.h - the closed list of ways a call can fail, the same for the whole program.
 *
 * A function that can fail returns `enum err`, OK being 0.  Results leave through `ret_`
 * parameters and are untouched on failure.  The HTTP status and the exit code of each row
 * stand in one table, in err.c.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#define MUST_USE             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, va) __attribute__((format(printf, fmt, va)))

enum err {
    OK,
    ERR_BAD_INPUT,       /* what was sent cannot be accepted; task_field_error() says which field */
    ERR_UNAUTHENTICATED, /* who is asking is not known */
    ERR_FORBIDDEN,       /* known, but may not */
    ERR_PROVE,           /* known and may, but is to prove again who they are: password or code */
    ERR_NOT_FOUND,       /* no such thing, or the actor may not know that it exists */
    ERR_METHOD,          /* the address exists, the method does not */
    ERR_CONFLICT,        /* somebody acted meanwhile, or the rule of the step forbids it now */
    ERR_TOO_LARGE,       /* beyond a stated limit of size */
    ERR_TOO_MANY,        /* beyond a stated limit of rate */
    ERR_BUSY,            /* cannot be done now; nothing happened; try again */
    ERR_UNCERTAIN,       /* it is not known whether the commit happened; repeat with the same key */
    ERR_STORE,           /* the database or the disk failed; nothing happened */
    ERR_NO_MEMORY,       /* the task's budget is spent */
    ERR_INTERNAL,        /* a fault of the program or of an installed file */
    ERR_COUNT
};

/* "bad-input", "not-found" ...: the word used in JSON errors and logs. */
const char *err_word(enum err e);
/* One Chinese sentence for a person: what happened and what to do. */
const char *err_sentence(enum err e);
int err_http_status(enum err e);
/* Exit code of a command: 0 fine, 1 failed, 2 bad usage or input, 3 not found, 4 refused, 5 try
 * again. */
int err_exit_code(enum err e);

#endif
