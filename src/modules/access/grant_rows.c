/* Grants as pages and the API show them. */
#include "modules/access/pages.h"

#include "modules/access/staff_private.h"
#include "modules/org/org.h"

#define GRANT(member, type, title) FIELD(struct grant_row, member, type, title)

static const struct field grant_fields[] = {
    GRANT(id, F_ID, "授权编号"),
    GRANT(unit, F_ID, "机构"),
    GRANT(post, F_STR, "岗位代码"),
    GRANT(post_title, F_STR, "岗位"),
    GRANT(unit_name, F_STR, "机构名称"),
    GRANT(from_day, F_STR, "起"),
    GRANT(to_day, F_STR, "止，空为长期"),
    GRANT(now, F_BOOL, "今天有效"),
    GRANT(current, F_BOOL, "正在使用"),
    GRANT(ended, F_BOOL, "已结束"),
    {0},
};
const struct shape grant_row_shape = {"grant-row", sizeof(struct grant_row), grant_fields};

enum err grant_rows(struct task *t, const struct list *grants, int64_t current,
                    struct list *ret_rows)
{
    int32_t today = day_of(t->now);
    struct list rows = {0};

    LIST_EACH (struct grant, grant, *grants) {
        struct grant_row *row = list_add(t, &rows, sizeof *row);
        const struct post *post = post_find(grant->post);
        struct str to = day_text(t, grant->to_day);
        struct unit unit;
        enum err e = org_unit(t, grant->unit, &unit);

        if (e)
            return e;
        *row = (struct grant_row){
            .id = grant->id,
            .unit = grant->unit,
            .post = grant->post,
            .post_title = str_of(post ? post->title : NULL),
            .unit_name = unit.name,
            .from_day = day_text(t, grant->from_day),
            .to_day = str_is(to, OPEN_END) ? S("") : to,
            .now = grant->from_day <= today && grant->to_day >= today,
            .current = grant->id == current,
            .ended = grant->to_day < today,
        };
    }
    *ret_rows = rows;
    return OK;
}
