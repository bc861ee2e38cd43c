/*
 * procedure.h - a procedure as read from its file: steps, actions, duties.
 * docs/procedure-grammar.md is the manual of the file.  A loaded procedure is checked, immutable
 * and shared.
 */
#ifndef CATALOG_PROCEDURE_H
#define CATALOG_PROCEDURE_H

#include "core/form.h"
#include "core/legal_time.h"
#include "modules/catalog/rules.h"

enum nature { NATURE_CONSULTATION, NATURE_HANDLING };

struct limit_case { /* `within:` as a table keyed by one choice; `value` empty: `else` */
    struct str value;
    struct limit limit;
    struct str
        law; /* of this row; empty: the duty's (its `basis: tenant` when that is empty too) */
    struct str from; /* of this row; empty: the duty's */
};

struct duty_rule {
    struct str name, title;
    struct str tell;     /* to the citizen, after "最晚 ... ": 告诉您是否给予援助 */
    struct limit limit;  /* when there is no table */
    struct str keyed_by; /* name of the choice; empty: no table */
    struct limit_case *cases;
    size_t case_count;
    struct str law; /* citation; empty when it is the tenant's promise (`basis: tenant`) */
    enum owed_by owed_by;
    struct str from; /* "" = the event that opens it; else a named moment: "received" */
    int32_t
        received_by; /* minute of the day, 1..1439: what comes later, or on a day off, counts as
                        come on the next working day (only of `same day`); 0: any day is its own */
    struct str
        until; /* name of an ask of type day in the action that opens it (or of the form): due
                  at the end of that stated day; then limit is LIMIT_SAME_DAY, started there */
    struct limit extend_up_to; /* LIMIT_NONE: cannot be extended */
    struct str extend_law;
    bool extend_once;
    struct str *pause_grounds; /* what may pause it by action: "听证", each with its law */
    struct str *pause_laws;
    size_t pause_ground_count;
    struct str
        otherwise; /* action done by the timer when the legal date has passed; may be empty */
};

struct step_pause {
    int duty; /* index in duties */
    struct str law;
};

struct action_effect {
    enum effect effect;
    /* EFFECT_SPAWN.  The new order's form is filled from the asks of the same name; what it
     * requires and did not get is asked there.  matter empty: this order's.  link: a word of
     * link_rules. */
    struct str procedure, matter, link;
    bool each_unit;   /* one order per unit of the ask `units`; else one, at the unit of the ask
                         `unit` */
    bool conditional; /* `if:`: only when `only_if` is met after the effects before it */
    enum condition only_if;
};

struct action_to {    /* `to:` as a table */
    struct str value; /* of the choice; empty: else */
    int step;
};

enum { TO_STAY = -1, TO_BACK = -2 }; /* TO_BACK: the step it came from, kept on the order */

struct action_rule {
    struct str name, title;
    struct str citizen; /* words in the citizen's timeline; empty: not shown */
    struct str law;
    struct str hint; /* what happens next, beside the button */
    enum acting *by; /* parallel arrays: kind, and post code for ACTING_POST */
    struct str *by_post;
    size_t by_count;
    int to; /* step, TO_STAY, TO_BACK */
    struct str to_keyed_by;
    struct action_to *to_cases;
    size_t to_case_count;
    enum condition *when;
    size_t when_count;
    struct action_effect *effects;
    size_t effect_count;
    struct form form; /* `ask:`; `file:` as a field error never happens: files come with attach */
    int *opens, *closes; /* duties, besides those of the step */
    size_t open_count, close_count;
    struct str sets; /* named moment = when the event occurred ... */
    struct str
        sets_as; /* ... or, when not empty, the value of this moment (deemed accepted, 许可法 32) */
    struct str paper, notice; /* names known to modules/notices */
    int32_t tries; /* `after-tries`: so many calls reached nobody in this step before; 0 */
    struct limit tries_apart; /* days or hours between two that count; LIMIT_NONE: any */
    bool once;
    bool danger, primary; /* how its button looks */
};

struct step_rule {
    struct str name, title, stage, citizen;
    struct str citizen_must; /* what the citizen must do now; empty: nothing */
    struct str *desk;        /* posts whose queue takes it; empty: keep the owner */
    size_t desk_count;
    int *owes;
    size_t owe_count;
    struct step_pause *pauses;
    size_t pause_count;
    bool keeps; /* `keeps: all`: a detour; duties of the step before run on untouched */
    struct action_rule *actions; /* its own, those of `also:`, and then those of `anywhere` */
    size_t action_count;
    struct str joined; /* action done by the engine when the last child closes, or on entering the
                          step with children of which none is open; may be empty */
    bool end; /* an end may have actions (rate, complain, reopen): its own and those of `also:` */
    struct str outcome; /* of an end: resolved, withdrawn, refused, guided, void, merged */
};

struct law_version {         /* which text of a law the procedure was written after */
    struct str law, version; /* 法律援助法, 2021-08-20 */
};

struct procedure {
    struct str code, title, title_en;
    int32_t version; /* given when loaded */
    enum nature nature;
    int32_t keep_years; /* 0: permanent */
    struct str keep_basis;
    struct str
        interrupts; /* law by which a request here interrupts limitation (P4); empty: it does not */
    struct law_version *laws; /* every law that is cited stands here */
    size_t law_count;
    struct form form;
    struct str *readers; /* posts that see its orders; none: every post that reaches them */
    size_t reader_count;
    struct str *stages;
    size_t stage_count;
    struct duty_rule *duties;
    size_t duty_count;
    struct step_rule *steps; /* the first is where an order begins */
    size_t step_count;
    struct str text; /* the file with its parts spelled out, as stored */
};

/* A fault in a file. */
struct fault {
    struct str file;
    int line;
    struct str message; /* Chinese */
};

/* How the parser finds the fragments named in `use:`. */
typedef bool procedure_part_fn(struct task *t, void *arg, struct str name, struct str *ret_text);

/* Read and check.  On ERR_BAD_INPUT *ret_faults lists every fault (struct fault) with file and
 * line. Everything returned lives in the task's arena. */
MUST_USE enum err procedure_read(struct task *t, struct str file_name, struct str text,
                                 procedure_part_fn *part, void *part_arg,
                                 struct procedure **ret_procedure, struct list *ret_faults);
/* The same without the check: for text that was checked when it was loaded, perhaps by an earlier
 * version of the program. */
MUST_USE enum err procedure_read_stored(struct task *t, struct str file_name, struct str text,
                                        struct procedure **ret_procedure, struct list *ret_faults);
/* Graphviz: format "svg", "png", "pdf" or "dot". */
MUST_USE enum err procedure_draw(struct task *t, const struct procedure *procedure,
                                 const char *format, struct str *ret_image);

/* The version of the law that a citation (法律援助法 第四十三条) names; empty: none. */
struct str procedure_law_version(const struct procedure *p, struct str citation);
const struct step_rule *procedure_step(const struct procedure *p, struct str name);
int procedure_step_index(const struct procedure *p, struct str name); /* -1: none */
int procedure_duty_index(const struct procedure *p, struct str name); /* -1: none */
const struct action_rule *step_action(const struct step_rule *step, struct str name);

#endif
