/*
 * track_private.h - one order as its citizen sees it: shared by track.c, track_view.c and
 * track_act.c.
 */
#ifndef PORTAL_TRACK_PRIVATE_H
#define PORTAL_TRACK_PRIVATE_H

#include "modules/catalog/catalog.h"
#include "modules/org/org.h"
#include "portal_private.h"

struct tracked { /* everything one page needs, read in one transaction */
    const struct actor *actor;
    struct order order;
    const struct procedure *procedure;
    const struct step_rule *step;
    struct matter matter;
    struct str title;
    struct list duties;  /* struct duty_view */
    struct list actions; /* struct action_view */
    struct list events;  /* struct event_view; only where a page needs them */
    struct unit unit;
};
/* Inside store_read(). */
MUST_USE enum err tracked_read(struct task *t, struct tracked *tracked, bool explain);
/* Is it made at the counter, so that the citizen has nothing to bring? */
bool material_made_here(const struct matter *matter, struct str code);
/* What the house promised and still owes; NULL: nothing that has a date for the citizen. */
const struct duty_view *tracked_told(const struct tracked *tracked);
/* What the citizen owes; NULL: nothing. */
const struct duty_view *tracked_owed(const struct tracked *tracked);
/* The rule of an action the citizen may do now; NULL: none. */
const struct action_rule *tracked_rule(const struct tracked *tracked, struct str action);
bool rule_has_effect(const struct action_rule *rule, enum effect effect);
/* Does it close the order with this outcome? */
bool rule_ends(const struct procedure *procedure, const struct action_rule *rule,
               const char *outcome);
/* The action by which the citizen hands in files; NULL: none now. */
const struct action_view *tracked_attach(const struct tracked *tracked);

struct track_entry {
    struct str what, when, detail, link, href;
    bool current;
    int64_t at, place; /* sort */
};
extern const struct shape track_entry_shape;
/* `state` is what stands at its head while the order is open. */
MUST_USE enum err track_timeline(struct task *t, const struct tracked *tracked, struct str state,
                                 struct list *ret_timeline);

/* How the portal speaks about what a citizen may do: by effect, then by where the action leads. */
struct act_words {
    const char *entry;    /* in "您可以" */
    const char *question; /* heading of the page */
    const char *lead;
    const char *button;
    const char *after;
    const char *done;
    int place; /* order in "您可以" */
};
struct act_words act_words_of(struct task *t, const struct procedure *procedure,
                              const struct action_rule *rule);

#endif
