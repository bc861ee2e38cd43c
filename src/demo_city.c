/*
 * demo_city.c - the example city as it was installed, and its working hours.
 */
#include "core/time.h"
#include "demo_private.h"
#include "modules/access/staff.h"
#include "modules/calendar/calendar.h"
#include "store/store.h"

enum { MINUTE_MS = 60000 };

/* --- Moments of working hours --- */

/* Where a moment outside working hours is moved to: anywhere in the next working day, and the same
 * moment always to the same place. */
static int64_t minute_of(int64_t moment)
{
    enum { MORNING = 180, ALL = 410 };
    struct dice dice = dice_of(moment, 0, 0);
    int64_t minute = dice_below(&dice, ALL);

    return minute < MORNING ? 9 * 60 + minute : 13 * 60 + 35 + minute - MORNING;
}

int64_t demo_working_moment(const struct demo *d, int64_t moment)
{
    int32_t day = day_of(moment);
    int64_t minute = (moment - day_start(day)) / MINUTE_MS;
    bool rest = calendar_kind(d->calendar, day) == DAY_REST;

    if (!rest && minute >= 8 * 60 + 50 && minute < 17 * 60 + 30 &&
        (minute < 12 * 60 || minute >= 13 * 60 + 30))
        return moment;
    if (!rest && minute < 8 * 60 + 50)
        return day_start(day) + minute_of(moment) * MINUTE_MS;
    if (!rest && minute < 13 * 60 + 30)
        return moment + 90 * MINUTE_MS;
    return day_start(calendar_add_working_days(d->calendar, day, 1)) +
           minute_of(moment) * MINUTE_MS;
}

int64_t demo_later(const struct demo *d, struct dice *dice, int64_t from, int64_t least_minutes,
                   int64_t most_minutes)
{
    int64_t minutes = least_minutes + dice_below(dice, most_minutes - least_minutes + 1);

    return demo_working_moment(d, from + minutes * MINUTE_MS + dice_below(dice, MINUTE_MS));
}

/* --- The city, read --- */

const struct unit *demo_unit(const struct demo *d, int64_t id)
{
    LIST_EACH (struct unit, unit, d->units) {
        if (unit->id == id)
            return unit;
    }
    return NULL;
}

const struct procedure *demo_procedure(const struct demo *d, struct str code)
{
    LIST_EACH (const struct procedure *, procedure, d->procedures) {
        if (str_eq((*procedure)->code, code))
            return *procedure;
    }
    return NULL;
}

static enum err read_actors(struct task *t, struct demo *d)
{
    struct list people, grants;
    enum err e = staff_all(t, &people);

    if (e)
        return e;
    LIST_EACH (struct staff, staff, people) {
        e = staff_grants(t, staff->id, false, &grants);
        if (e)
            return e;
        LIST_EACH (struct grant, grant, grants) {
            struct actor actor;

            e = access_actor_as_granted(t, grant->id, &actor);
            if (e)
                return e;
            /* A machine registers, it does not handle. */
            if (actor_may(&actor, "order.act") && !str_is(grant->post, "gateway"))
                *(struct actor *)list_add(t, &d->actors, sizeof actor) = actor;
        }
    }
    return OK;
}

/* What the house does for itself is not offered to anybody, so no list has it: its matter has the
 * code of its procedure. */
static enum err add_own_matter(struct task *t, struct demo *d, struct str procedure)
{
    struct matter own;

    LIST_EACH (struct matter, matter, d->matters) {
        if (str_eq(matter->procedure, procedure))
            return OK;
    }
    enum err e = catalog_matter(t, procedure, &own);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (!e)
        *(struct matter *)list_add(t, &d->matters, sizeof own) = own;
    return e;
}

/* Copied, because a list that grows must have grown from nothing. */
static enum err read_matters(struct task *t, struct demo *d)
{
    struct list offered;
    enum err e = catalog_matters(t, (struct str){0}, (struct str){0}, &offered);

    if (e)
        return e;
    LIST_EACH (struct matter, matter, offered)
        *(struct matter *)list_add(t, &d->matters, sizeof *matter) = *matter;
    return OK;
}

static enum err read_procedures(struct task *t, struct demo *d)
{
    struct list rows;
    enum err e = catalog_procedures(t, &rows);

    if (e)
        return e;
    LIST_EACH (struct procedure_row, row, rows) {
        const struct procedure *procedure;

        e = catalog_procedure(t, row->code, 0, &procedure);
        if (e)
            return e;
        *(const struct procedure **)list_add(t, &d->procedures, sizeof procedure) = procedure;
        e = add_own_matter(t, d, row->code);
        if (e)
            return e;
        for (size_t i = 0; i < procedure->step_count; i++)
            *(struct demo_visit *)list_add(t, &d->report.visits, sizeof(struct demo_visit)) =
                (struct demo_visit){procedure->code, procedure->steps[i].name, 0};
    }
    return OK;
}

enum err demo_read_city(struct task *t, void *arg)
{
    struct demo *d = arg;
    struct tenant tenant;
    enum err e = org_tenant(t, &tenant);

    if (!e)
        e = org_units(t, (struct str){0}, &d->units);
    if (!e)
        e = org_windows(t, 0, &d->windows);
    if (!e)
        e = read_matters(t, d);
    if (!e)
        e = calendar_current(t, &d->calendar);
    if (!e)
        e = read_actors(t, d);
    if (!e)
        e = read_procedures(t, d);
    d->centre = e ? 0 : tenant.centre;
    return e;
}
