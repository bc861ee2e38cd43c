/*
 * form.h - what an input must be: one table of fields that checks pages, JSON, imports and the
 * questions of a procedure alike, and that OpenAPI and the pages are drawn from.
 *
 * form_check() reads a JSON tree and gathers an error for every field that is wrong.  What it
 * returns is normalised: trimmed, full-width digits made plain, numbers as numbers, days and
 * moments as ISO text, line ends as \n; unknown members are errors ("没有这个字段"), except those
 * beginning with "_".
 *
 * Pages send every field they have, so what holds nothing (blank text, null, an empty list, an
 * object or a list element in which everything is so) counts as not given: an error when the field
 * is required, else left out of the result.  Members of nested objects and lists have paths like
 * parties[1].name, counted as they were sent.
 */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include "core/json.h"

enum ask_type {
    ASK_TEXT,    /* one line; max characters, default 200 */
    ASK_LONG,    /* several lines; max characters, default 5000 */
    ASK_CHOICE,  /* one of `choices`, by value or by title; normalised to the value */
    ASK_CHOICES, /* a list of `choices`; a single string is a list of one */
    ASK_BOOL,    /* true/false, "1"/"0", "on" */
    ASK_INT,     /* min..max; a max below min is no bound */
    ASK_MONEY,   /* yuan with at most two decimals; normalised to fen (integer), min and max are fen
                  */
    ASK_DAY, /* a day; min and max are days from today (-365, 0: within the last year); 0, 0: any */
    ASK_MOMENT, /* stated moment, not later than now; normalised to ISO with zone */
    ASK_PHONE,  /* mainland mobile or land line; normalised to digits (and one - in land lines) */
    ASK_ID_NUMBER, /* 公民身份号码, GB 11643, 18 characters; also 81/82/83 residence permits */
    ASK_CREDIT_CODE, /* 统一社会信用代码, GB 32100 */
    ASK_ID,          /* a decimal id */
    ASK_LIST,        /* list of objects of `of`; max elements, default 50 */
    ASK_OBJECT       /* object of `of` */
};

struct choice {
    const char *value, *title;
};

struct ask {
    const char *name;
    const char *title; /* Chinese label */
    enum ask_type type;
    bool required;
    int64_t min, max;             /* characters, amount or elements; 0, 0: the default */
    const struct choice *choices; /* ended by a NULL value */
    const struct form *of;
    const char *hint;
};

struct form {
    const char *name;       /* unique; of the schema in OpenAPI */
    const struct ask *asks; /* ended by a NULL name */
};

/* Check `input` (NULL is an empty object).  Errors go to the task with `prefix` before the field's
 * path.  *ret_clean holds what is right even when something else is wrong.  ERR_BAD_INPUT. */
MUST_USE enum err form_check(struct task *t, const struct form *form, const struct json *input,
                             struct str prefix, struct json **ret_clean);

/* Single values; each returns NULL when right, else what to do, in Chinese (static or in the
 * arena). */
const char *check_id_number(struct task *t, struct str text, struct str *ret_normal);
const char *check_phone(struct task *t, struct str text, struct str *ret_normal);
const char *check_credit_code(struct task *t, struct str text, struct str *ret_normal);
/* From a right id number. */
int32_t id_number_birth(struct str id_number);
bool id_number_female(struct str id_number);
int age_on(int32_t birth, int32_t day);

#endif
