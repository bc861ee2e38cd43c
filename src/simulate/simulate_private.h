/* simulate_private.h - what the files of the simulator share. */
#ifndef SIMULATE_PRIVATE_H
#define SIMULATE_PRIVATE_H

#include "app.h"
#include "core/time.h"
#include "demo_private.h"
#include "simulate/simulate.h"

enum {
    SIM_PROCEDURES = 32,
    SIM_UNITS = 96,
    SIM_STAFF = 400,
    SIM_POSTS = 24,
    SIM_STEPS = 48,   /* of a procedure */
    SIM_ACTIONS = 64, /* of a step */
    SIM_BUCKETS = 208,
    SIM_GRADES = 6,
    SIM_RECENT = 12,
    SIM_TROUBLES = 256,
    SIM_WALKERS = 1000000, /* address space; memory is taken when they come */
    MINUTE_MS = 60000,
    HOUR_MS = 3600000
};

enum sim_channel {
    CHANNEL_WINDOW,
    CHANNEL_HOTLINE,
    CHANNEL_WEB,
    CHANNEL_PHONE,
    CHANNEL_GRID,
    CHANNEL_KIOSK,
    CHANNEL_COUNT
};
extern const char *const sim_channel_words[CHANNEL_COUNT], *const sim_channel_titles[CHANNEL_COUNT];

/* --- What is remembered: plain numbers, written to a file as they are (state.c) --------------- */

/* Times a thing took, in buckets that are eight to a doubling (figures.c). */
struct sim_waits {
    int64_t count, sum;
    uint32_t bucket[SIM_BUCKETS];
};
void sim_wait(struct sim_waits *waits, int64_t ms);
double sim_waits_mean(const struct sim_waits *waits);              /* minutes */
double sim_waits_percentile(const struct sim_waits *waits, int p); /* minutes */

enum sim_count {
    COUNT_ARRIVED,      /* people who came with a matter */
    COUNT_REGISTERED,   /* matters registered */
    COUNT_MADE,         /* orders opened by another order */
    COUNT_ACTS,         /* registrations and acts that the engine took */
    COUNT_BAD_INPUT,    /* mistakes that a form refused */
    COUNT_SLIPPED,      /* mistakes that no form refused */
    COUNT_REFUSED,      /* by a rule of the procedure: somebody tried what is not allowed */
    COUNT_UNEXPECTED,   /* good input that was refused */
    COUNT_DEAD_ENDS,    /* open orders on which nobody could do anything for sixty days */
    COUNT_TIMERS,       /* what came due by itself */
    COUNT_SUPPLEMENTED, /* handed in after being told */
    COUNT_NEVER,        /* ... never */
    COUNT_TRANSFERS,
    COUNT_RETURNED,
    COUNT_WITHDRAWN,
    COUNT_COMPLAINTS,
    COUNT_RATINGS,
    COUNT_BAD_RATINGS,
    COUNT_CLOSED,
    COUNT_REOPENED,
    COUNT_ABSENCES, /* working days that somebody was not there */
    COUNT_NEXT_DAY, /* people who were not taken the day they came */
    COUNT_CLOCK_JUMPS,
    COUNT_DISK_ERRORS,
    COUNT_SLICES,
    COUNT_COUNT
};

struct sim_figures {
    int64_t counts[COUNT_COUNT];
    int64_t by_channel[CHANNEL_COUNT];
    struct sim_waits channel_first[CHANNEL_COUNT];
    struct sim_waits first[SIM_PROCEDURES], closed[SIM_PROCEDURES];
    struct sim_waits unit_first[SIM_UNITS], unit_closed[SIM_UNITS];
    int64_t unit_registered[SIM_UNITS], unit_acts[SIM_UNITS], unit_late[SIM_UNITS];
    int64_t staff_acts[SIM_STAFF], staff_busy[SIM_STAFF]; /* ms */
    int64_t rated_matter[SIM_GRADES], rated_handler[SIM_GRADES];
    int64_t procedure_late[SIM_PROCEDURES]; /* closed behind their date */
    int64_t visits[SIM_PROCEDURES][SIM_STEPS];
    int64_t refused[SIM_PROCEDURES]; /* acts that a rule refused */
    int64_t dead_step[8], dead_procedure[8], dead_order[8];
};

struct sim_head {
    uint64_t magic;
    int64_t seed, window, matters, faults, first_day; /* the arguments */
    int64_t serial;                                   /* slices so far */
    int64_t mark;     /* number of the newest event after this slice: tells whether it happened */
    int64_t now;      /* moment of the last thing that happened */
    int64_t id_floor; /* ids of the next slice begin behind this moment */
    int64_t day;      /* from 0; arrivals of this day are made */
    int64_t arrival;  /* the next of the day */
    int64_t timers_at;
    int64_t done; /* 1: the end was reached */
    int64_t walker_count;
    int64_t nanoseconds; /* of the wall clock, in all runs */
    uint64_t digest[4];
    int64_t free_at[SIM_STAFF];
    int64_t recent[SIM_RECENT];
    struct sim_figures figures;
    uint64_t check; /* over everything before it and the walkers behind it */
};

enum walker_flag {
    WALKER_CONTACTED = 1,
    WALKER_CLOSED = 2,
    WALKER_MISSING = 4,
    WALKER_HANDED_IN = 8,
    WALKER_NOTICED = 16,
    WALKER_AFTER = 32,  /* closed, and thought about what comes after */
    WALKER_CHOSEN = 64, /* action and actor are chosen: it waits for the person */
    WALKER_RATED = 128,
    WALKER_PROMISED = 256
};

struct sim_walker {  /* one order on its way, or one person who waits to be registered */
    int64_t next;    /* when something happens */
    int64_t order;   /* 0: not registered yet; then `arrival` */
    int64_t arrived; /* moment the person came */
    int64_t arrival; /* running number, for chance */
    int64_t due;     /* legal moment of the most urgent duty; 0: none */
    uint32_t turn;
    int16_t unit, actor, procedure; /* indexes; -1: none */
    int8_t step, action;
    uint16_t flags;
    uint8_t channel, looks, tries;
};

/* --- The simulation --------------------------------------------------------------------------- */

struct sim_habits {     /* data/simulate/habits.yaml */
    int64_t weekday[8]; /* 1 Monday ... 7 Sunday; percent of a usual working day */
    int64_t hours[24];  /* weights of arrivals at windows; others come round the clock a little */
    int64_t channels[CHANNEL_COUNT];
    int64_t procedures[SIM_PROCEDURES];
    int64_t visitors[4]; /* of one city, town, village, park unit */
    int64_t overload_percent, overload_times;
    int64_t mistake_staff, mistake_party, missing, promised, never, late, anonymous;
    int64_t leave, sick, rate, complain, ask_again, object;
    int16_t weight[SIM_PROCEDURES][SIM_STEPS][SIM_ACTIONS];
};

struct sim_offer { /* a matter that a kind of unit offers */
    const struct matter *matter;
    int procedure;
    int64_t weight;
};

struct sim_arrival {
    int64_t at;
    int64_t number;
    int channel;
};

struct sim_trouble { /* an act that is left out, because the engine refused it */
    int64_t who, turn;
};

struct sim {
    struct task *t; /* lives as long as the simulation */
    struct app *app;
    const struct simulate_options *options;
    struct demo demo; /* the city, people, phrases, and how a form is filled */
    struct demo_options demo_options;
    struct sim_habits habits;
    struct sim_head *head;
    struct sim_walker *walkers; /* a heap: the earliest first */
    struct sim_head kept_head;  /* both as they were after the last slice that stands */
    struct sim_walker *kept;
    struct sim_arrival *arrivals;
    size_t arrival_count, arrival_room;
    int64_t jump; /* the clock of this slice is wrong by so much */
    int64_t begun_ns, began_acts;
    struct task *st; /* of the slice that runs */
    int64_t slice_acts;
    int64_t arrivals_day; /* the day that `arrivals` are of */
    int64_t disk_errors;  /* since the last commit */
    bool dirty;           /* something ran since the last commit: restore before running */
    bool too_many;        /* walkers: the slice fails */
    bool anew;            /* the slice failed because somebody was refused */
    struct sim_trouble troubles[SIM_TROUBLES]; /* of this slice */
    size_t trouble_count;
    struct list trouble_lines; /* struct str */
    struct walker demo_walker;
    struct file_in page; /* what everybody hands in */
    /* Tables made once. */
    int unit_parent[SIM_UNITS];
    int centre;
    int actor_staff[SIM_STAFF * 2]; /* of demo.actors: index of the person */
    int staff_count;
    bool suspended[SIM_STAFF]; /* as the rows say: read.c */
    int64_t staff_id[SIM_STAFF];
    struct str staff_name[SIM_STAFF], staff_post[SIM_STAFF];
    int staff_unit[SIM_STAFF];
    struct list offers[4]; /* struct sim_offer; city, town, village, park */
    int64_t offer_weights[4];
    struct list questions[256]; /* const struct question *; by matter */
    /* After the end. */
    struct list duty_rows; /* struct sim_duty_row */
    int64_t findings, events, orders, verify_ms, memory_kib, bytes;
    struct list finding_rows;
};

struct sim_duty_row {
    struct str name;
    int64_t count, overdue, open;
};

static inline const struct procedure *sim_procedure(const struct sim *sim, int index)
{
    return ((const struct procedure *const *)sim->demo.procedures.at)[index];
}
static inline const struct unit *sim_unit(const struct sim *sim, int index)
{
    return (const struct unit *)sim->demo.units.at + index;
}
static inline const struct actor *sim_actor(const struct sim *sim, int index)
{
    return (const struct actor *)sim->demo.actors.at + index;
}
static inline size_t sim_actor_count(const struct sim *sim)
{
    return sim->demo.actors.count;
}
static inline void sim_add(struct sim *sim, enum sim_count what, int64_t n)
{
    sim->head->figures.counts[what] += n;
}
int sim_unit_index(const struct sim *sim, int64_t id); /* -1: none */
int sim_procedure_index(const struct sim *sim, struct str code);
struct dice sim_dice(const struct sim *sim, const struct sim_walker *w, int64_t what);
void sim_digest(struct sim *sim, int64_t a, int64_t b, struct str text);

/* setup.c: inside store_read(). */
MUST_USE enum err sim_read_city(struct task *t, void *arg);
/* habits.c */
MUST_USE enum err sim_read_habits(struct sim *sim);

/* heap.c */
void sim_push(struct sim *sim, const struct sim_walker *w);
bool sim_pop_before(struct sim *sim, int64_t before, struct sim_walker *ret_walker);
int64_t sim_next(const struct sim *sim); /* INT64_MAX: nothing */

/* days.c */
void sim_make_arrivals(struct sim *sim);
bool sim_absent(const struct sim *sim, int staff, int32_t day);
/* The person's next moment at work, not before `moment`. */
int64_t sim_at_work(struct sim *sim, int staff, int64_t moment);
/* Keep the person busy for so long from `moment` on; when they begin. */
int64_t sim_reserve(struct sim *sim, int staff, int64_t moment, int64_t ms);

/* begin.c: somebody comes, or it is their turn; inside the slice's transaction. */
MUST_USE enum err sim_begin(struct sim *sim, struct sim_walker *w);
/* go.c: one look at one order. */
MUST_USE enum err sim_go(struct sim *sim, struct sim_walker *w);
MUST_USE enum err sim_act(struct sim *sim, struct sim_walker *w, struct scene *s);
bool sim_may_now(struct sim *sim, struct sim_walker *w, struct scene *s);
int64_t sim_takes(const struct action_rule *rule, struct dice *dice); /* ms of work */
/* A mistake on purpose was tried: count what became of it. */
void sim_tried_wrongly(struct sim *sim, struct str what, enum err e);
struct json *sim_copy(struct task *t, const struct json *json);
/* Refused against the plan: *ret_done stays empty, the slice is begun anew and gets past it. */
MUST_USE enum err sim_try_create(struct sim *sim, struct sim_walker *w, const struct actor *actor,
                                 const struct intake *intake, struct act_done *ret_done);
/* say.c */
struct json *sim_say(struct sim *sim, struct sim_walker *w, struct scene *s,
                     const struct actor *actor, const struct action_rule *rule);
bool sim_sensible(struct sim *sim, struct scene *s, const struct action_rule *rule,
                  const struct json *input);
void sim_count_rating(struct sim *sim, const struct json *input);
void sim_choose_department(struct sim *sim, struct scene *s, const struct action_rule *rule,
                           struct json *input);
/* choose.c: action and actor into the walker; false: nobody can do anything. */
bool sim_choose(struct sim *sim, struct sim_walker *w, struct scene *s);
bool sim_choose_other(struct sim *sim, struct sim_walker *w, struct scene *s);
int sim_choose_actor(struct sim *sim, struct sim_walker *w, const struct scene *s,
                     const struct action_rule *rule, struct dice *dice);
bool sim_reads(const struct scene *s, const struct actor *actor);
bool sim_has_effect(const struct action_rule *rule, enum effect effect);
/* follow.c */
void sim_acted(struct sim *sim);
void sim_contact(struct sim *sim, struct sim_walker *w);
/* The members of *ret_order that sim_follow() looks at, and no others. */
MUST_USE enum err sim_where(struct sim *sim, int64_t id, struct order *ret_order);
void sim_follow(struct sim *sim, struct sim_walker *w, const struct order *order, bool acted);
MUST_USE enum err sim_follow_made(struct sim *sim, const struct act_done *done);
MUST_USE enum err sim_after(struct sim *sim, struct sim_walker *w, struct scene *s);

/* state.c */
/* Room for walkers, of this process as long as it lives. */
MUST_USE enum err sim_state_room(struct sim *sim);
MUST_USE enum err sim_state_make(struct sim *sim);
/* Inside the transaction, as the last thing: the state goes to the file that is not the last. */
MUST_USE enum err sim_state_write(struct sim *sim);
void sim_state_commit(struct sim *sim);
void sim_state_restore(struct sim *sim); /* as it was after the last slice that stands */
/* ERR_NOT_FOUND: there is none that fits what the store holds; ERR_CONFLICT: other arguments. */
MUST_USE enum err sim_state_read(struct sim *sim, int64_t mark);

/* faults.c */
void sim_fault_slice(struct sim *sim);
void sim_fault_point(struct sim *sim,
                     int point); /* 0 in the middle, 1 before, 2 after the commit */
extern bool sim_disk_fails;

/* run.c */
MUST_USE enum err sim_play(struct sim *sim);
/* read.c: who may not work now, as the store says. */
MUST_USE enum err sim_read_suspended(struct sim *sim);
static inline bool sim_works(const struct sim *sim, int actor)
{
    return !sim->suspended[sim->actor_staff[actor]];
}
/* ... and after the end */
MUST_USE enum err sim_read_end(struct sim *sim);

#endif
