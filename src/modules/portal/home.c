/*
 * Finding one's way: the home page, the list of matters in everyday words, the notice sheet of a
 * matter (K14), service points, complaints and suggestions, statements.
 */
#include "portal_private.h"

#include "modules/catalog/catalog.h"
#include "modules/knowledge/triage.h"
#include "core/text.h"
#include "modules/org/org.h"

enum { TYPED_MOST = 300, FOUND_MOST = 8 };

/* --- Home ---------------------------------------------------------------------------------- */

struct life_event {
    struct str title, words;
};
struct home_view {
    struct str consult_code;
    int64_t place_count, matter_count;
    struct list life_events;
    bool draft;
};

static const struct field life_event_fields[] = {
    FIELD(struct life_event, title, F_STR, "说法"),
    FIELD(struct life_event, words, F_STR, "找什么"),
    {0},
};
static const struct shape life_event_shape = {"LifeEvent", sizeof(struct life_event),
                                              life_event_fields};

static const struct field home_fields[] = {
    FIELD(struct home_view, consult_code, F_STR, "咨询的事项"),
    FIELD(struct home_view, place_count, F_INT, "服务点"),
    FIELD(struct home_view, matter_count, F_INT, "事项"),
    FIELD_OF(struct home_view, life_events, F_LIST, &life_event_shape, "常见的事"),
    FIELD(struct home_view, draft, F_BOOL, NULL),
    {0},
};
const struct shape portal_home_shape = {"PortalHome", sizeof(struct home_view), home_fields};

static struct life_event life_events[] = {
    {STR_INIT("拖欠工资"), STR_INIT("拖欠工资")}, {STR_INIT("离婚抚养"), STR_INIT("离婚抚养")},
    {STR_INIT("邻里纠纷"), STR_INIT("邻里纠纷")}, {STR_INIT("交通事故"), STR_INIT("交通事故")},
    {STR_INIT("遗产继承"), STR_INIT("遗产继承")}, {STR_INIT("老人赡养"), STR_INIT("老人赡养")},
};

/* The first matter of a kind of procedure: consultation, complaint ...; empty: none here. */
static struct str matter_of_procedure(const struct list *matters, const char *procedure)
{
    LIST_EACH (const struct matter, matter, *matters)
        if (str_is(matter->procedure, procedure))
            return matter->code;
    return (struct str){0};
}

/* Matters of the house itself (a rating to be put right, supervision) are no citizen's business. */
bool portal_offers(const struct matter *matter)
{
    return !str_is(matter->kind, "internal");
}

/* The general one, else the first: a city names its matters itself. */
static struct str consultation_of(const struct list *matters)
{
    struct str code = {0};

    LIST_EACH (const struct matter, matter, *matters)
        if (str_is(matter->code, "legal-consultation"))
            return matter->code;
        else if (!code.len && str_is(matter->nature, "consultation"))
            code = matter->code;
    return code;
}

static int64_t open_places(const struct list *units)
{
    int64_t n = 0;

    LIST_EACH (const struct unit, unit, *units)
        n += unit->open && !str_is(unit->kind, "department");
    return n;
}

static enum err read_home(struct task *t, void *arg)
{
    struct home_view *view = arg;
    struct list matters, units;
    enum err e = catalog_matters(t, (struct str){0}, (struct str){0}, &matters);

    if (e || (e = org_units(t, (struct str){0}, &units)))
        return e;
    view->consult_code = consultation_of(&matters);
    view->matter_count = 0;
    LIST_EACH (const struct matter, matter, matters)
        view->matter_count += portal_offers(matter);
    view->place_count = open_places(&units);
    return OK;
}

enum err portal_home(struct task *t, struct request *request, struct response *response)
{
    struct home_view *view = NEW(t, struct home_view, 1);

    (void)request;
    view->life_events = (struct list){life_events, sizeof life_events / sizeof *life_events};
    response->view = view;
    return store_read(t, read_home, view);
}

/* --- Matters ------------------------------------------------------------------------------- */

struct matter_line {
    struct str code, title, says, limit, fee;
    struct str why; /* of what was typed, that it was found by */
};
struct matter_group {
    struct str title, id;
    struct list matters;
};
struct guide_view {
    struct str q, consult_code;
    bool nothing;
    struct list groups;
    struct list urgent;  /* struct triage_urgent: hotlines, above everything */
    struct str ask_href; /* the same words to the robot */
};

static const struct field matter_line_fields[] = {
    FIELD(struct matter_line, code, F_STR, "代码"),
    FIELD(struct matter_line, title, F_STR, "事项"),
    FIELD(struct matter_line, says, F_STR, "是什么"),
    FIELD(struct matter_line, limit, F_STR, "多久"),
    FIELD(struct matter_line, fee, F_STR, "收费"),
    FIELD(struct matter_line, why, F_STR, "为什么"),
    {0},
};
static const struct shape matter_line_shape = {"GuideMatter", sizeof(struct matter_line),
                                               matter_line_fields};
static const struct field matter_group_fields[] = {
    FIELD(struct matter_group, title, F_STR, "类别"),
    FIELD(struct matter_group, id, F_STR, NULL),
    FIELD_OF(struct matter_group, matters, F_LIST, &matter_line_shape, "事项"),
    {0},
};
static const struct shape matter_group_shape = {"GuideGroup", sizeof(struct matter_group),
                                                matter_group_fields};
static const struct field guide_fields[] = {
    FIELD(struct guide_view, q, F_STR, "找什么"),
    FIELD(struct guide_view, consult_code, F_STR, "咨询的事项"),
    FIELD(struct guide_view, nothing, F_BOOL, "没有找到"),
    FIELD_OF(struct guide_view, groups, F_LIST, &matter_group_shape, "事项"),
    FIELD_OF(struct guide_view, urgent, F_LIST, &triage_urgent_shape, "紧急的"),
    FIELD(struct guide_view, ask_href, F_STR, NULL),
    {0},
};
const struct shape portal_guide_shape = {"PortalGuide", sizeof(struct guide_view), guide_fields};

static void add_matter(struct task *t, struct matter_group *group, const struct matter *matter,
                       struct str why)
{
    if (!portal_offers(matter))
        return;
    LIST_EACH (const struct matter_line, there, group->matters)
        if (str_eq(there->code, matter->code))
            return;
    struct matter_line *line = list_add(t, &group->matters, sizeof *line);
    *line = (struct matter_line){
        .code = matter->code,
        .title = matter->title,
        .says = matter->summary,
        .limit = portal_glue(t, tr_str(t, matter->limit)),
        .fee = matter->fee,
        .why = why,
    };
}

static struct matter_group *group_titled(struct task *t, struct list *groups, struct str title)
{
    LIST_EACH (struct matter_group, group, *groups)
        if (str_eq(group->title, title))
            return group;
    struct matter_group *group = list_add(t, groups, sizeof *group);
    group->title = title;
    group->id = str_format(t, "g%zu", groups->count);
    return group;
}

/* Somebody who types a matter's name, code or initials means that one. */
static bool is_named(const struct matter *matter, struct str q)
{
    return str_eq(matter->title, q) || str_eq(matter->initials, q) || str_eq(matter->code, q);
}

/* What is named so comes first, then what the words seem to be about, then what has the words. */
static enum err find_matters(struct task *t, struct guide_view *view)
{
    struct matter_group *group = list_add(t, &view->groups, sizeof *group);
    struct triage triage;
    struct list named;
    enum err e = triage_question(t, (struct str){0}, view->q, &triage);

    if (e || (e = catalog_matters(t, (struct str){0}, view->q, &named)))
        return e;
    view->urgent = triage.urgent;
    view->ask_href = triage_ask_address(t, view->q);
    LIST_EACH (const struct matter, matter, named)
        if (is_named(matter, view->q))
            add_matter(t, group, matter, (struct str){0});
    LIST_EACH (const struct triage_matter, one, triage.matters) {
        struct matter matter;

        if ((e = catalog_matter(t, one->code, &matter)))
            return e;
        add_matter(t, group, &matter, one->why);
    }
    LIST_EACH (const struct matter, matter, named)
        if (group->matters.count < FOUND_MOST)
            add_matter(t, group, matter, (struct str){0});
    view->nothing = group->matters.count == 0;
    if (view->nothing)
        view->groups = (struct list){0};
    return OK;
}

static enum err read_guide(struct task *t, void *arg)
{
    struct guide_view *view = arg;
    struct list matters;
    enum err e = catalog_matters(t, (struct str){0}, (struct str){0}, &matters);

    if (e)
        return e;
    view->groups = (struct list){0};
    view->consult_code = consultation_of(&matters);
    if (view->q.len)
        return find_matters(t, view);
    LIST_EACH (const struct matter, matter, matters)
        if (portal_offers(matter))
            add_matter(t, group_titled(t, &view->groups, matter->kind_title), matter,
                       (struct str){0});
    return OK;
}

/* What was typed, cut to a length that is still a question. */
static struct str typed_words(struct task *t, const struct request *request)
{
    struct str q = str_trim(json_get_str(request->query, "q"));

    return str_copy(t, str_first(q, utf8_prefix(q, TYPED_MOST)));
}

enum err portal_guide(struct task *t, struct request *request, struct response *response)
{
    struct guide_view *view = NEW(t, struct guide_view, 1);

    view->q = typed_words(t, request);
    response->view = view;
    return store_read(t, read_guide, view);
}

/* --- Service points ------------------------------------------------------------------------ */

struct place_line {
    struct str name, address, hours, phone, dial, windows;
};
struct place_group {
    struct str title;
    struct list places;
};
struct places_view {
    struct str q;
    bool nothing;
    struct list groups;
};

static const struct field place_fields[] = {
    FIELD(struct place_line, name, F_STR, "名称"),
    FIELD(struct place_line, address, F_STR, "地址"),
    FIELD(struct place_line, hours, F_STR, "服务时间"),
    FIELD(struct place_line, phone, F_STR, "电话"),
    FIELD(struct place_line, dial, F_STR, NULL),
    FIELD(struct place_line, windows, F_STR, "窗口"),
    {0},
};
const struct shape portal_place_shape = {"Place", sizeof(struct place_line), place_fields};
static const struct field place_group_fields[] = {
    FIELD(struct place_group, title, F_STR, "哪里"),
    FIELD_OF(struct place_group, places, F_LIST, &portal_place_shape, "服务点"),
    {0},
};
static const struct shape place_group_shape = {"PlaceGroup", sizeof(struct place_group),
                                               place_group_fields};
static const struct field places_fields[] = {
    FIELD(struct places_view, q, F_STR, "找什么"),
    FIELD(struct places_view, nothing, F_BOOL, "没有找到"),
    FIELD_OF(struct places_view, groups, F_LIST, &place_group_shape, "服务点"),
    {0},
};
const struct shape portal_places_shape = {"Places", sizeof(struct places_view), places_fields};

static struct str windows_of(struct task *t, const struct list *windows, int64_t unit)
{
    struct buf b = buf_new(t, 2048);

    LIST_EACH (const struct window, window, *windows) {
        const char *title = window->unit == unit ? window_kind_title(window->kind) : NULL;

        if (!title || str_find(buf_str(&b), str_of(title)) != SIZE_MAX)
            continue;
        if (b.len)
            buf_add(&b, tr_str(t, S("、")));
        buf_add(&b, tr_str(t, str_of(title)));
    }
    return buf_str(&b);
}

/* Villages stand under their town; what stands alone under its kind. */
static struct str group_of(const struct list *units, const struct unit *unit)
{
    const char *kind = unit_kind_title(unit->kind);

    if (str_is(unit->kind, "village") || str_is(unit->kind, "town"))
        LIST_EACH (const struct unit, above, *units)
            if (str_is(above->kind, "town") && (above->id == unit->id || above->id == unit->parent))
                return above->short_name.len ? above->short_name : above->name;
    return kind ? str_of(kind) : unit->name;
}

static bool place_matches(const struct list *units, const struct unit *unit, struct str q)
{
    return !q.len || str_find(unit->name, q) != SIZE_MAX ||
           str_find(unit->address, q) != SIZE_MAX || str_find(group_of(units, unit), q) != SIZE_MAX;
}

static enum err read_places(struct task *t, void *arg)
{
    struct places_view *view = arg;
    struct list units, windows;
    enum err e = org_units(t, (struct str){0}, &units);

    view->groups = (struct list){0};
    if (e || (e = org_windows(t, 0, &windows)))
        return e;
    LIST_EACH (const struct unit, unit, units) {
        struct str title = group_of(&units, unit);
        struct place_group *group = NULL;

        if (!unit->open || str_is(unit->kind, "department") ||
            !place_matches(&units, unit, view->q))
            continue;
        LIST_EACH (struct place_group, there, view->groups)
            if (str_eq(there->title, title))
                group = there;
        if (!group) {
            group = list_add(t, &view->groups, sizeof *group);
            group->title = title;
        }
        struct place_line *line = list_add(t, &group->places, sizeof *line);
        *line = (struct place_line){unit->name,
                                    unit->address,
                                    unit->hours,
                                    unit->phone,
                                    portal_dial(t, unit->phone),
                                    windows_of(t, &windows, unit->id)};
    }
    view->nothing = view->groups.count == 0 && view->q.len > 0;
    return OK;
}

enum err portal_places(struct task *t, struct request *request, struct response *response)
{
    struct places_view *view = NEW(t, struct places_view, 1);

    view->q = typed_words(t, request);
    response->view = view;
    return store_read(t, read_places, view);
}

/* --- Complaints and suggestions, statements ------------------------------------------------ */

struct speak_view {
    struct str complaint_code, suggestion_code, review_code;
};

static const struct field speak_fields[] = {
    FIELD(struct speak_view, complaint_code, F_STR, "投诉的事项"),
    FIELD(struct speak_view, suggestion_code, F_STR, "建议的事项"),
    FIELD(struct speak_view, review_code, F_STR, "审查建议的事项"),
    {0},
};
const struct shape portal_speak_shape = {"Speak", sizeof(struct speak_view), speak_fields};

static enum err read_speak(struct task *t, void *arg)
{
    struct speak_view *view = arg;
    struct list matters;
    enum err e = catalog_matters(t, (struct str){0}, (struct str){0}, &matters);

    if (e)
        return e;
    view->complaint_code = matter_of_procedure(&matters, "complaint");
    view->suggestion_code = matter_of_procedure(&matters, "citizen-suggestion");
    view->review_code = matter_of_procedure(&matters, "review-suggestion");
    return OK;
}

enum err portal_speak(struct task *t, struct request *request, struct response *response)
{
    struct speak_view *view = NEW(t, struct speak_view, 1);

    (void)request;
    response->view = view;
    return store_read(t, read_speak, view);
}

enum err portal_statement(struct task *t, struct request *request, struct response *response)
{
    (void)t;
    (void)request;
    (void)response;
    return OK;
}
