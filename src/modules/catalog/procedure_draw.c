#include <graphviz/gvc.h>
#include <pthread.h>
#include <stdio.h>

#include "core/task.h"
#include "modules/catalog/procedure.h"

/*
 * Graphviz keeps state of its own: one drawing at a time in the whole program, and one context for
 * good, because its text plugin remembers the name of the last font, which dies with its context.
 */
static pthread_mutex_t drawing = PTHREAD_MUTEX_INITIALIZER;
static GVC_t *context;

static void add_quoted(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '"' || s.at[i] == '\\')
            buf_add_char(b, '\\');
        buf_add_char(b, s.at[i] == '\n' ? ' ' : s.at[i]);
    }
}

/* An action that more than half of the steps have would drown the picture: it is drawn once. */
static bool is_common(const struct procedure *p, struct str name)
{
    size_t open = 0, with = 0;

    for (size_t s = 0; s < p->step_count; s++) {
        open += !p->steps[s].end;
        with += !p->steps[s].end && step_action(&p->steps[s], name);
    }
    return open > 2 && with * 2 > open;
}

static void add_duty(struct task *t, struct buf *b, const struct duty_rule *duty)
{
    struct str limit;

    buf_add(b, S("\\n"));
    add_quoted(b, duty->title);
    buf_add(b, S("："));
    if (duty->until.len) {
        buf_add(b, S("到约定之日"));
    } else if (duty->case_count) {
        for (size_t i = 0; i < duty->case_count; i++) {
            limit = limit_text_zh(t, duty->cases[i].limit);
            buf_add(b, i ? S("／") : S(""));
            add_quoted(b, limit);
        }
    } else {
        add_quoted(b, limit_text_zh(t, duty->limit));
    }
}

static void add_step(struct task *t, struct buf *b, const struct procedure *p, size_t s)
{
    const struct step_rule *step = &p->steps[s];

    buf_format(b, "  s%zu [label=\"", s);
    add_quoted(b, step->title);
    for (size_t i = 0; i < step->owe_count; i++)
        add_duty(t, b, &p->duties[step->owes[i]]);
    for (size_t i = 0; i < step->pause_count; i++) {
        buf_add(b, S("\\n暂停："));
        add_quoted(b, p->duties[step->pauses[i].duty].title);
    }
    if (step->end)
        buf_add(
            b,
            S("\" shape=box style=\"rounded,filled\" fillcolor=\"#e5f4ea\" color=\"#17663a\"];\n"));
    else if (step->keeps || step->pause_count)
        buf_add(b, S("\" style=\"filled,dashed\" fillcolor=\"#efecf8\" color=\"#54458f\"];\n"));
    else
        buf_add(b, S("\"];\n"));
}

static void add_edge(struct buf *b, const char *from, size_t s, int to, struct str title,
                     const struct choice *choice)
{
    if (to < 0)
        return;
    if (from)
        buf_format(b, "  %s -> s%d [label=\"", from, to);
    else
        buf_format(b, "  s%zu -> s%d [label=\"", s, to);
    add_quoted(b, title);
    if (choice) {
        buf_add(b, S("："));
        add_quoted(b, str_of(choice->title));
    }
    buf_add(b, S("\"];\n"));
}

/* The title of a value: of the action's own asks, else of the form. */
static const struct choice *choice_of(const struct procedure *p, const struct action_rule *action,
                                      struct str value)
{
    const struct form *forms[] = {&action->form, &p->form};

    for (size_t f = 0; f < 2; f++)
        for (const struct ask *ask = forms[f]->asks; ask && ask->name; ask++)
            for (const struct choice *c = ask->choices;
                 c && c->value && str_is(action->to_keyed_by, ask->name); c++)
                if (str_is(value, c->value))
                    return c;
    return NULL;
}

static void add_action(struct buf *b, const struct procedure *p, const char *from, size_t s,
                       const struct action_rule *action)
{
    static const struct choice other = {"", "其他"};

    add_edge(b, from, s, action->to, action->title, NULL);
    for (size_t c = 0; c < action->to_case_count; c++) {
        const struct choice *choice = choice_of(p, action, action->to_cases[c].value);
        add_edge(b, from, s, action->to_cases[c].step, action->title, choice ? choice : &other);
    }
}

static void add_edges(struct task *t, struct buf *b, const struct procedure *p)
{
    struct list drawn = {0};

    for (size_t s = 0; s < p->step_count; s++)
        for (size_t a = 0; a < p->steps[s].action_count; a++) {
            const struct action_rule *action = &p->steps[s].actions[a];
            bool again = false;
            if (p->steps[s].end || !is_common(p, action->name)) {
                add_action(b, p, NULL, s, action);
                continue;
            }
            LIST_EACH (struct str, name, drawn)
                again = again || str_eq(*name, action->name);
            if (again)
                continue;
            *(struct str *)list_add(t, &drawn, sizeof(struct str)) = action->name;
            add_action(b, p, "anywhere", 0, action);
        }
}

static struct str draw_text(struct task *t, const struct procedure *p)
{
    struct buf b = buf_new(t, 1024 * 1024);

    buf_add(&b, S("digraph procedure {\n"
                  "  charset=\"UTF-8\"; rankdir=TB; nodesep=0.35; ranksep=0.5; bgcolor=\"white\";\n"
                  "  fontname=\"Noto Sans CJK SC\"; labelloc=t; fontsize=16; label=\""));
    add_quoted(&b, p->title);
    buf_add(&b, S("\";\n  node [shape=box style=filled fillcolor=\"#e8f0f9\" color=\"#14539a\" "
                  "fontname=\"Noto Sans CJK SC\" fontsize=12];\n"
                  "  edge [color=\"#465362\" fontname=\"Noto Sans CJK SC\" fontsize=10];\n"
                  "  anywhere [label=\"任何环节\" shape=plaintext style=\"\"];\n"));
    for (size_t s = 0; s < p->step_count; s++)
        add_step(t, &b, p, s);
    add_edges(t, &b, p);
    buf_add(&b, S("}\n"));
    return buf_str(&b);
}

struct drawing {
    Agraph_t *graph;
    char *data;
    unsigned length;
    bool laid_out, locked;
};

static void end_drawing(void *thing)
{
    struct drawing *d = thing;

    if (d->data)
        gvFreeRenderData(d->data);
    if (d->laid_out)
        gvFreeLayout(context, d->graph);
    if (d->graph)
        agclose(d->graph);
    if (d->locked)
        pthread_mutex_unlock(&drawing);
    *d = (struct drawing){0};
}

static enum err draw(struct task *t, struct drawing *d, const char *dot, const char *format,
                     struct str *ret_image)
{
    if (!context)
        context = gvContext();
    d->graph = context ? agmemread(dot) : NULL;
    if (!d->graph)
        return task_fail(t, ERR_INTERNAL, "流程图画不出来");
    d->laid_out = gvLayout(context, d->graph, "dot") == 0;
    if (!d->laid_out || gvRenderData(context, d->graph, format, &d->data, &d->length) || !d->data)
        return task_fail(t, ERR_INTERNAL, "流程图画不出来：不能生成 %s", format);
    *ret_image = str_copy(t, (struct str){d->data, d->length});
    return OK;
}

enum err procedure_draw(struct task *t, const struct procedure *procedure, const char *format,
                        struct str *ret_image)
{
    struct str text = draw_text(t, procedure);
    char *dot = str_terminated(t, text);

    if (str_is(S("dot"), format)) {
        *ret_image = text;
        return OK;
    }
    if (!str_is(S("svg"), format) && !str_is(S("png"), format) && !str_is(S("pdf"), format))
        return task_fail(t, ERR_BAD_INPUT, "流程图的格式只有 svg、png、pdf、dot");
    /* Deferred in case the arena runs out; done at once otherwise, so that nobody waits for the
     * task's end. */
    struct drawing *d = NEW(t, struct drawing, 1);
    task_defer(t, end_drawing, d);
    pthread_mutex_lock(&drawing);
    d->locked = true;
    enum err e = draw(t, d, dot, format, ret_image);
    end_drawing(d);
    return e;
}
