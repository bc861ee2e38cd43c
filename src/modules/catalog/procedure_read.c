#include "core/task.h"
#include "core/time.h"
#include "modules/catalog/procedure_private.h"

/* --- Head ------------------------------------------------------------------------------------ */

static void read_title(struct reader *r)
{
    const struct node *title = node_get(r->root, "title");

    if (title && title->kind == NODE_MAP) {
        read_keys(r, title, "“title”", "zh en");
        r->p->title = read_text(r, title, "zh", true);
        r->p->title_en = read_text(r, title, "en", false);
    } else {
        r->p->title = read_text(r, r->root, "title", true);
    }
}

static void read_keep(struct reader *r)
{
    const struct node *keep = node_get(r->root, "keep");
    struct str years, head;
    int64_t number = 0;

    if (!keep) {
        node_fault(r->t, r->faults, r->root,
                   "缺少“keep”：档案保管多久，例如 keep: {for: 10 years, basis: tenant}");
        return;
    }
    if (!read_is_map(r, keep, "“keep”"))
        return;
    read_keys(r, keep, "“keep”", "for law basis");
    r->p->keep_basis = read_basis(r, keep, "保管期限");
    years = read_text(r, keep, "for", true);
    if (!years.len || str_is(years, "permanent"))
        return;
    str_cut(&years, ' ', &head);
    if (!str_int(head, &number) || number < 1 || number > 100 ||
        !(str_is(years, "years") || str_is(years, "year")))
        node_fault(r->t, r->faults, node_get(keep, "for"),
                   "保管期限应当写成“10 years”或者“permanent”");
    r->p->keep_years = (int32_t)number;
}

static void read_stages(struct reader *r)
{
    const struct node **items;
    size_t count = read_items(r, node_get(r->root, "stages"), &items);

    r->p->stages = NEW(r->t, struct str, count + 1);
    for (size_t i = 0; i < count; i++)
        if (items[i]->kind == NODE_TEXT && items[i]->text.len)
            r->p->stages[r->p->stage_count++] = items[i]->text;
}

/* readers: [head, bureau] */
static void read_readers(struct reader *r)
{
    const struct node *list = node_get(r->root, "readers");
    const struct node **items;
    size_t count = read_items(r, list, &items);

    r->p->readers = NEW(r->t, struct str, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct post *post = post_find(items[i]->text);

        if (!post || !post_may(post, "order.read"))
            node_fault(r->t, r->faults, items[i], "没有可以查看工单的岗位“%.*s”",
                       STR_ARG(items[i]->text));
        else
            r->p->readers[r->p->reader_count++] = items[i]->text;
    }
    if (list && !count)
        node_fault(r->t, r->faults, list, "readers 要写上岗位；谁都能看的，不写这一行");
}

/* laws: {法律援助法: 2021-08-20} */
static void read_laws(struct reader *r)
{
    const struct node *map = node_get(r->root, "laws");
    int32_t day;

    if (!map || !read_is_map(r, map, "“laws”"))
        return;
    r->p->laws = NEW(r->t, struct law_version, map->count + 1);
    NODE_EACH(child, map)
    {
        if (child->kind != NODE_TEXT || !day_parse(child->text, &day))
            node_fault(r->t, r->faults, child, "“%.*s”的版本要写成日期，例如 2021-08-20",
                       STR_ARG(child->key));
        else
            r->p->laws[r->p->law_count++] = (struct law_version){child->key, child->text};
    }
}

static void read_head(struct reader *r)
{
    struct str nature;

    read_keys(r, r->root, "规程",
              "procedure title nature keep readers laws interrupts stages form duties anywhere "
              "actions steps");
    r->p->code = read_text(r, r->root, "procedure", true);
    if (r->p->code.len && !name_is_sound(r->p->code))
        node_fault(r->t, r->faults, node_get(r->root, "procedure"),
                   "规程代码“%.*s”不对：用小写字母、数字和 -，字母开头", STR_ARG(r->p->code));
    read_title(r);
    nature = read_text(r, r->root, "nature", true);
    if (nature.len && !str_is(nature, "consultation") && !str_is(nature, "handling"))
        node_fault(r->t, r->faults, node_get(r->root, "nature"),
                   "nature 只能是 consultation（咨询）或 handling（办事）");
    r->p->nature = str_is(nature, "consultation") ? NATURE_CONSULTATION : NATURE_HANDLING;
    r->p->interrupts = read_text(r, r->root, "interrupts", false);
    read_keep(r);
    read_readers(r);
    read_laws(r);
    read_stages(r);
    read_form(r, node_get(r->root, "form"), str_format(r->t, "form-%.*s", STR_ARG(r->p->code)),
              &r->p->form);
}

static struct procedure *build(struct reader *r, struct str text)
{
    if (!procedure_merge(r, text))
        return NULL;
    r->p = NEW(r->t, struct procedure, 1);
    read_head(r);
    read_duties(r);
    if (read_step_names(r)) {
        read_shared_actions(r);
        for (size_t i = 0; i < r->p->step_count; i++)
            read_step(r, r->step_nodes[i], &r->p->steps[i]);
        refuse_unused_actions(r);
    }
    struct buf whole = buf_new(r->t, NODE_MAX_PROCEDURE);
    node_write(&whole, r->root, 0);
    r->p->text = buf_str(&whole);
    if (buf_overflown(&whole))
        fault_add(r->t, r->faults, r->file, 1, "连同部件太大，最多 %d KiB",
                  NODE_MAX_PROCEDURE / 1024);
    return r->p;
}

static enum err finish(struct reader *r, struct procedure **ret_procedure, struct list *ret_faults)
{
    faults_sort(r->faults);
    *ret_faults = *r->faults;
    if (r->faults->count)
        return task_fail(r->t, ERR_BAD_INPUT, "规程文件有 %zu 处不对", r->faults->count);
    *ret_procedure = r->p;
    return OK;
}

enum err procedure_read(struct task *t, struct str file_name, struct str text,
                        procedure_part_fn *part, void *part_arg, struct procedure **ret_procedure,
                        struct list *ret_faults)
{
    struct list faults = {0};
    struct reader r = {
        .t = t, .faults = &faults, .file = file_name, .part = part, .part_arg = part_arg};

    /* The check walks what was built; on a half-built tree it would only repeat the faults. */
    if (build(&r, text) && !faults.count)
        procedure_check(&r);
    return finish(&r, ret_procedure, ret_faults);
}

enum err procedure_read_stored(struct task *t, struct str file_name, struct str text,
                               struct procedure **ret_procedure, struct list *ret_faults)
{
    struct list faults = {0};
    struct reader r = {.t = t, .faults = &faults, .file = file_name};

    build(&r, text);
    return finish(&r, ret_procedure, ret_faults);
}

/* 法律援助法 第四十三条 -> 法律援助法 */
static struct str law_of_citation(struct str citation)
{
    size_t end = str_find(citation, S("第"));

    return str_trim(str_first(citation, end == SIZE_MAX ? citation.len : end));
}

/* --- Looking --------------------------------------------------------------------------------- */

struct str procedure_law_version(const struct procedure *p, struct str citation)
{
    struct str law = law_of_citation(citation);

    for (size_t i = 0; i < p->law_count; i++)
        if (str_eq(p->laws[i].law, law))
            return p->laws[i].version;
    return S("");
}

int procedure_step_index(const struct procedure *p, struct str name)
{
    for (size_t i = 0; i < p->step_count; i++)
        if (str_eq(p->steps[i].name, name))
            return (int)i;
    return -1;
}

const struct step_rule *procedure_step(const struct procedure *p, struct str name)
{
    int index = procedure_step_index(p, name);

    return index < 0 ? NULL : &p->steps[index];
}

int procedure_duty_index(const struct procedure *p, struct str name)
{
    for (size_t i = 0; i < p->duty_count; i++)
        if (str_eq(p->duties[i].name, name))
            return (int)i;
    return -1;
}

const struct action_rule *step_action(const struct step_rule *step, struct str name)
{
    for (size_t i = 0; i < step->action_count; i++)
        if (str_eq(step->actions[i].name, name))
            return &step->actions[i];
    return NULL;
}
