/* demo_private.h - what the files of the example city share. */
#ifndef DEMO_PRIVATE_H
#define DEMO_PRIVATE_H

#include "core/json.h"
#include "core/legal_time.h"
#include "demo.h"
#include "modules/access/access.h"
#include "modules/catalog/catalog.h"
#include "modules/orders/orders.h"
#include "modules/org/org.h"

/* --- Data (demo_data.c) ----------------------------------------------------------------------- */

struct scenario {
    struct str procedure; /* code; "any" is spelled out when read */
    struct str matter;    /* empty: any of the procedure */
    struct list at;       /* struct str: kinds of units; empty: wherever the matter is offered */
    int64_t weight;
    struct list path; /* struct str */
    struct str materials, people;
    int64_t back;  /* days */
    int64_t fresh; /* begins so many working days before the end; 0: early */
    struct json *fields;
    bool stop, spawned, alone;
};

struct phrase {
    struct str key;
    struct list values; /* struct str */
};

struct question {
    struct str matter, subject, text, answer;
};

struct demo;
MUST_USE enum err demo_read_data(struct demo *d);
/* What somebody says when asked `ask` in this action; NULL: nothing is written down for it. */
const struct phrase *demo_phrase(const struct demo *d, struct task *t, struct str procedure,
                                 struct str action, const char *ask);

/* --- Chance: follows from the seed, the order and its turn, so that a batch may be run again ---
 */

struct dice {
    uint64_t state;
};
struct dice dice_of(int64_t seed, int64_t a, int64_t b);
int64_t dice_below(struct dice *dice, int64_t n); /* 0 .. n-1 */
bool dice_percent(struct dice *dice, int percent);

/* --- The city --------------------------------------------------------------------------------- */

struct walker { /* one order on its way */
    const struct scenario *scenario;
    int64_t index;
    int64_t order; /* 0: not registered yet */
    int64_t next;  /* when something happens; INT64_MAX: nothing any more */
    int64_t turn;
    size_t at;  /* in the path */
    int usual;  /* acts on the usual way since the last of the path */
    int waited; /* looks for a timer */
    int refused;
    bool taken;      /* somebody took it in this step */
    struct str step; /* where it stood at the last look */
    struct str no, code, subject;
    struct str answer; /* to the question, for advice */
    int64_t unit;
    bool open;
};

struct demo {
    struct task *t; /* lives as long as the play */
    const struct demo_options *options;
    struct list scenarios, phrases, questions;
    struct list procedures; /* const struct procedure * */
    struct list matters;    /* struct matter */
    struct list units, windows;
    struct list actors; /* struct actor: one for each grant that acts on orders */
    const struct calendar *calendar;
    int64_t centre;
    struct walker *walkers;
    size_t walker_count, walker_room;
    struct demo_report report;
};

const struct unit *demo_unit(const struct demo *d, int64_t id);
const struct procedure *demo_procedure(const struct demo *d, struct str code);

/* Keep where the order stands now; true when it moved since the last look. */
bool demo_stands(struct demo *d, struct walker *w, const struct order *order);

/* demo_people.c: person `index` is always the same; an impossible id number with a right check. */
struct json *demo_person(struct task *t, int64_t index, int youngest, int oldest);
struct json *demo_relative(struct task *t);
struct json *demo_firm(struct task *t, int64_t index);
enum { DEMO_POOL = 320 }; /* people who come, some of them again */

/* demo_city.c */
MUST_USE enum err demo_read_city(struct task *t, void *arg);
/* Moments of working hours */
int64_t demo_working_moment(const struct demo *d, int64_t moment); /* that one or the next */
int64_t demo_later(const struct demo *d, struct dice *dice, int64_t from, int64_t least_minutes,
                   int64_t most_minutes);

/* --- Acts ------------------------------------------------------------------------------------- */

enum deed_kind { DEED_NOTHING, DEED_WAIT, DEED_CREATE, DEED_ACT };

struct deed {
    enum deed_kind kind;
    struct actor actor;
    struct intake intake;
    struct act act;
    struct act_done done;
    bool of_path; /* the next of the path, not the usual way */
    bool end;     /* nothing is left to do */
};

struct scene { /* one look at one order */
    struct demo *d;
    struct task *t;
    struct walker *w;
    struct dice dice;
    const struct procedure *procedure;
    struct order order;
    struct str action;
    int target;             /* step the action leads to; -1: it stays */
    const struct json *say; /* values that the path gives */
};

/* demo_begin.c: what is registered, by whom, where.  Inside store_read(). */
MUST_USE enum err demo_begin(struct scene *s, struct deed *deed);
/* demo_go.c: the next act.  Inside store_read(). */
MUST_USE enum err demo_go(struct scene *s, struct deed *deed);
/* demo_fill.c: the input of a form, and files when the action takes some. */
MUST_USE enum err demo_fill(struct scene *s, const struct form *form, const struct actor *actor,
                            struct json **ret_input);
MUST_USE enum err demo_files(struct scene *s, struct list *ret_files);

/* demo_show.c: fills report.picks. */
MUST_USE enum err demo_show(struct demo *d);

#endif
