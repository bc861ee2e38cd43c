/*
 * What clerks made of the suggestions: counted by day, for whoever corrects the topics.  No text,
 * no person and no order is kept.
 */
#include "core/task.h"
#include "core/time.h"
#include "modules/knowledge/triage.h"
#include "modules/knowledge/triage_http.h"
#include "store/store.h"
#include "triage_sql.h"

/* --- Counting -------------------------------------------------------------------------------- */

struct taking {
    struct str text, taken;
};

static enum err note(struct task *t, void *arg)
{
    const struct taking *taking = arg;
    struct triage triage;
    struct str first = {0};
    int64_t place = 0, at = 0;
    enum err e = triage_question(t, (struct str){0}, taking->text, &triage);

    if (e)
        return e;
    LIST_EACH (struct triage_matter, one, triage.matters) {
        first = at++ ? first : one->code;
        if (str_eq(one->code, taking->taken))
            place = at;
    }
    return store_run(t, &q_knowledge_triage_note,
                     ARGS(INT("tenant", t->tenant), TEXT("day", day_text(t, day_of(t->now))),
                          TEXT("topic", triage.topic), TEXT("suggested", first),
                          TEXT("taken", taking->taken), INT("place", place)),
                     NULL);
}

void triage_note_taken(struct task *t, struct str text, struct str taken)
{
    struct taking taking = {text, taken};

    if (text.len && taken.len && store_write(t, note, &taking))
        task_clear_error(t);
}

/* --- Reading --------------------------------------------------------------------------------- */

struct taken_row {
    struct str topic, suggested, taken;
    int64_t place, times;
};
struct taken_view {
    struct list rows;
};

static const struct field row_fields[] = {
    FIELD(struct taken_row, topic, F_STR, "主题，空的是没有把握"),
    FIELD(struct taken_row, suggested, F_STR, "排在第一的事项"),
    FIELD(struct taken_row, taken, F_STR, "登记的事项"),
    FIELD(struct taken_row, place, F_INT, "登记的排第几，零是没有列出"),
    FIELD(struct taken_row, times, F_INT, "次数"),
    {0},
};
static const struct shape row_shape = {"TriageTakenRow", sizeof(struct taken_row), row_fields};
static const struct field view_fields[] = {
    FIELD_OF(struct taken_view, rows, F_LIST, &row_shape, "怎样采用"),
    {0},
};
const struct shape triage_taken_shape = {"TriageTaken", sizeof(struct taken_view), view_fields};
const struct form triage_taken_form = {
    "TriageTakenQuestion",
    (const struct ask[]){
        {.name = "days", .title = "最近多少天", .type = ASK_INT, .min = 1, .max = 400},
        {0},
    },
};

enum { USUAL_DAYS = 30, MOST_ROWS = 200 };

struct taken_asking {
    int64_t days;
    struct taken_view *view;
};

static enum err read_taken(struct task *t, void *arg)
{
    const struct taken_asking *asking = arg;
    int32_t since = day_of(t->now) - (int32_t)asking->days;
    struct arg args[] = {INT("tenant", t->tenant), TEXT("since", day_text(t, since)),
                         INT("most", MOST_ROWS)};

    return store_list(t, &q_knowledge_triage_taken, args, sizeof args / sizeof *args, &row_shape,
                      &asking->view->rows);
}

enum err triage_taken_get(struct task *t, struct request *request, struct response *response)
{
    struct taken_asking asking = {USUAL_DAYS, NEW(t, struct taken_view, 1)};
    struct json *input;
    enum err e = form_check(t, &triage_taken_form, request->query, S(""), &input);

    if (e)
        return e;
    if (json_get(input, "days"))
        asking.days = json_get_int(input, "days");
    e = store_read(t, read_taken, &asking);
    if (e)
        return e;
    response->view = asking.view;
    return OK;
}
