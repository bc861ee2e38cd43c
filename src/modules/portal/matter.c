/*
 * The notice sheet of one matter (K14): everything a person must know before setting out -
 * procedure, limits with their law, all materials, fee, where and when.  Drawn from the catalogue
 * and the procedure, so what is told here is what the engine does.
 */
#include "portal_private.h"

#include "modules/catalog/catalog.h"
#include "core/text.h"
#include "modules/org/org.h"

enum { PLACES_SHOWN = 3 };

struct sheet_material {
    struct str title, where_from, note;
    bool required, promise;
};
struct sheet_limit {
    struct str tell, limit, basis;
};
struct sheet_stage {
    struct str title;
    struct list limits;
};
struct sheet_place {
    struct str name, address, hours, phone, dial;
};
struct sheet_view {
    struct str code, title, says, limit, limit_basis, fee, fee_basis, fee_relief, materials_word,
        first, limitation, limitation_law, body, body_law, remedies, apply_word;
    bool can_apply, no_materials, has_materials, more_places;
    struct list materials, stages, places;
};

static const struct field material_fields[] = {
    FIELD(struct sheet_material, title, F_STR, "材料"),
    FIELD(struct sheet_material, where_from, F_STR, "从哪里得到"),
    FIELD(struct sheet_material, note, F_STR, "说明"),
    FIELD(struct sheet_material, required, F_BOOL, "必带"),
    FIELD(struct sheet_material, promise, F_BOOL, "可以先承诺后补"),
    {0},
};
static const struct shape material_line_shape = {"SheetMaterial", sizeof(struct sheet_material),
                                                 material_fields};
static const struct field limit_fields[] = {
    FIELD(struct sheet_limit, tell, F_STR, "做什么"),
    FIELD(struct sheet_limit, limit, F_STR, "多久"),
    FIELD(struct sheet_limit, basis, F_STR, "依据"),
    {0},
};
static const struct shape limit_line_shape = {"SheetLimit", sizeof(struct sheet_limit),
                                              limit_fields};
static const struct field stage_fields[] = {
    FIELD(struct sheet_stage, title, F_STR, "阶段"),
    FIELD_OF(struct sheet_stage, limits, F_LIST, &limit_line_shape, "期限"),
    {0},
};
static const struct shape stage_shape = {"SheetStage", sizeof(struct sheet_stage), stage_fields};
static const struct field place_fields[] = {
    FIELD(struct sheet_place, name, F_STR, "名称"),
    FIELD(struct sheet_place, address, F_STR, "地址"),
    FIELD(struct sheet_place, hours, F_STR, "服务时间"),
    FIELD(struct sheet_place, phone, F_STR, "电话"),
    FIELD(struct sheet_place, dial, F_STR, NULL),
    {0},
};
static const struct shape place_shape = {"SheetPlace", sizeof(struct sheet_place), place_fields};
static const struct field sheet_fields[] = {
    FIELD(struct sheet_view, code, F_STR, "代码"),
    FIELD(struct sheet_view, title, F_STR, "事项"),
    FIELD(struct sheet_view, says, F_STR, "是什么"),
    FIELD(struct sheet_view, limit, F_STR, "多久"),
    FIELD(struct sheet_view, limit_basis, F_STR, "期限的依据"),
    FIELD(struct sheet_view, fee, F_STR, "收费"),
    FIELD(struct sheet_view, fee_basis, F_STR, "收费的依据"),
    FIELD(struct sheet_view, fee_relief, F_STR, "减免"),
    FIELD(struct sheet_view, materials_word, F_STR, "带什么"),
    FIELD(struct sheet_view, first, F_STR, "谁先办"),
    FIELD(struct sheet_view, limitation, F_STR, "诉讼时效"),
    FIELD(struct sheet_view, limitation_law, F_STR, "时效的依据"),
    FIELD(struct sheet_view, body, F_STR, "归谁管"),
    FIELD(struct sheet_view, body_law, F_STR, "管辖的依据"),
    FIELD(struct sheet_view, remedies, F_STR, "还可以怎么办"),
    FIELD(struct sheet_view, apply_word, F_STR, NULL),
    FIELD(struct sheet_view, can_apply, F_BOOL, "可以网上申请"),
    FIELD(struct sheet_view, no_materials, F_BOOL, NULL),
    FIELD(struct sheet_view, has_materials, F_BOOL, NULL),
    FIELD(struct sheet_view, more_places, F_BOOL, NULL),
    FIELD_OF(struct sheet_view, materials, F_LIST, &material_line_shape, "材料"),
    FIELD_OF(struct sheet_view, stages, F_LIST, &stage_shape, "怎么办"),
    FIELD_OF(struct sheet_view, places, F_LIST, &place_shape, "在哪里办"),
    {0},
};
const struct shape portal_matter_shape = {"PortalMatter", sizeof(struct sheet_view), sheet_fields};

struct sheet_question {
    struct str code;
    struct sheet_view *view;
};

static struct str join_tags(struct task *t, const struct list *tags)
{
    struct buf b = buf_new(t, 4096);

    LIST_EACH (const struct tag, tag, *tags) {
        if (b.len)
            buf_add(&b, tr_str(t, S("、")));
        buf_add(&b, tr_str(t, tag->title));
    }
    return buf_str(&b);
}

static void read_materials(struct task *t, const struct matter *matter, struct sheet_view *view)
{
    int must = 0, may = 0;

    LIST_EACH (const struct material, material, matter->materials) {
        struct sheet_material *line = list_add(t, &view->materials, sizeof *line);

        *line = (struct sheet_material){
            .title = material->title,
            .where_from = material->here ? S("不用带，窗口当场办") : material->where,
            .note = material->note,
            .required = material->required,
            .promise = material->promise && str_find(material->note, S("承诺")) == SIZE_MAX,
        };
        must += material->required && !material->here;
        may += !material->required;
    }
    view->has_materials = view->materials.count > 0;
    view->no_materials = !view->has_materials;
    struct str words = !view->has_materials ? S("不用带材料，说清楚事情就行")
                       : must && may ? str_format(t, tr(t, "%d 件必带，%d 件有就带"), must, may)
                       : must        ? str_format(t, tr(t, "%d 件，都在下面"), must)
                              : str_format(t, tr(t, "没有必带的；%d 件有就带"), may);
    view->materials_word = portal_glue(t, words);
}

/* "最长 7 日", but "7 日内". */
static struct str without_within(struct str within)
{
    return str_ends(within, S("内")) ? str_first(within, within.len - S("内").len) : within;
}

static void add_limit(struct task *t, struct sheet_stage *stage, const struct duty_rule *duty)
{
    struct str law;
    struct str within = portal_within(t, portal_longest(duty, &law));

    if (!duty->tell.len || !within.len || duty->owed_by == OWED_PARTY)
        return;
    struct sheet_limit *line = list_add(t, &stage->limits, sizeof *line);
    *line = (struct sheet_limit){
        .tell = duty->tell,
        .limit = duty->case_count
                     ? str_format(t, tr(t, "最长 %.*s"), STR_ARG(without_within(within)))
                     : within,
        .basis = law.len ? law : S("本平台承诺"),
    };
}

/* The last stage in which the duty is owed: there it is kept. */
static struct str stage_of_duty(const struct procedure *procedure, size_t duty)
{
    struct str last = {0};

    for (size_t s = 0; s < procedure->stage_count; s++)
        for (size_t i = 0; i < procedure->step_count; i++) {
            const struct step_rule *step = &procedure->steps[i];

            for (size_t d = 0; str_eq(step->stage, procedure->stages[s]) && d < step->owe_count;
                 d++)
                if (step->owes[d] == (int)duty)
                    last = procedure->stages[s];
        }
    return last;
}

static void read_stages(struct task *t, const struct procedure *procedure, struct sheet_view *view)
{
    for (size_t s = 0; s < procedure->stage_count; s++) {
        struct sheet_stage *stage = list_add(t, &view->stages, sizeof *stage);

        stage->title = procedure->stages[s];
        for (size_t d = 0; d < procedure->duty_count; d++)
            if (str_eq(stage_of_duty(procedure, d), stage->title))
                add_limit(t, stage, &procedure->duties[d]);
    }
}

static bool taken_at(const struct matter *matter, const struct unit *unit)
{
    LIST_EACH (const struct tag, tier, matter->tiers)
        if (str_eq(tier->code, unit->kind))
            return true;
    return matter->tiers.count == 0;
}

static enum err read_where(struct task *t, const struct matter *matter, struct sheet_view *view)
{
    struct list units;
    enum err e = org_units(t, (struct str){0}, &units);

    if (e)
        return e;
    LIST_EACH (const struct unit, unit, units) {
        if (!unit->open || str_is(unit->kind, "department") || !taken_at(matter, unit))
            continue;
        if (view->places.count == PLACES_SHOWN) {
            view->more_places = true;
            break;
        }
        struct sheet_place *place = list_add(t, &view->places, sizeof *place);
        *place = (struct sheet_place){unit->name, unit->address, unit->hours, unit->phone,
                                      portal_dial(t, unit->phone)};
    }
    return OK;
}

static enum err read_sheet(struct task *t, void *arg)
{
    const struct sheet_question *question = arg;
    struct sheet_view *view = question->view;
    const struct procedure *procedure;
    struct matter matter;
    enum err e = catalog_matter(t, question->code, &matter);

    if (e == ERR_NOT_FOUND || (!e && !portal_offers(&matter)))
        return task_fail(t, ERR_NOT_FOUND, "没有这个事项，可能已经改名，请从全部事项里找");
    if (e || (e = catalog_procedure(t, matter.procedure, 0, &procedure)))
        return e;
    bool guided = str_is(matter.treatment, "guide");
    *view = (struct sheet_view){
        .code = matter.code,
        .title = matter.title,
        .says = matter.summary,
        .limit = portal_glue(t, tr_str(t, matter.limit)),
        .limit_basis =
            matter.limit_law.len || !matter.limit.len ? matter.limit_law : S("本平台承诺"),
        .fee = matter.fee,
        .fee_basis = matter.fee_basis,
        .fee_relief = matter.fee_relief,
        .first = join_tags(t, &matter.green),
        .limitation = matter.limitation,
        .limitation_law = matter.limitation_law,
        .body = guided ? matter.body : (struct str){0},
        .body_law = matter.body_law,
        .remedies = matter.remedies,
        .can_apply = !guided,
        .apply_word = str_is(matter.nature, "consultation") ? S("写下来，等答复") : S("现在申请"),
    };
    read_materials(t, &matter, view);
    read_stages(t, procedure, view);
    return read_where(t, &matter, view);
}

enum err portal_matter(struct task *t, struct request *request, struct response *response)
{
    struct sheet_question question = {json_get_str(request->params, "code"),
                                      NEW(t, struct sheet_view, 1)};

    response->view = question.view;
    return store_read(t, read_sheet, &question);
}
