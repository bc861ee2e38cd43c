/* All laws, by name and kind. */
#include "ask_page.h"

#include "core/text.h"
#include "knowledge_sql.h"
#include "law_row.h"
#include "schema.h"
#include "store/store.h"

enum { LAWS_AT_ONCE = 50 };

static const struct field law_row_fields[] = {
    FIELD(struct law_row, code, F_STR, "编号"),
    FIELD(struct law_row, href, F_STR, "地址"),
    FIELD(struct law_row, title, F_STR, "名称"),
    FIELD(struct law_row, kind, F_STR, "类别"),
    FIELD(struct law_row, region, F_STR, "地区"),
    FIELD(struct law_row, version, F_STR, "版本日期"),
    FIELD(struct law_row, state, F_STR, "效力"),
    FIELD(struct law_row, in_force, F_BOOL, "现行有效"),
    {0},
};
const struct shape law_row_shape = {"LawRow", sizeof(struct law_row), law_row_fields};

void law_row_fill(struct task *t, const struct rows *rows, struct law_row *row)
{
    *row = (struct law_row){
        .code = row_str(rows, "code"),
        .title = row_str(rows, "title"),
        .kind = row_str(rows, "kind"),
        .region = row_str(rows, "region"),
        .version = row_str(rows, "version"),
        .in_force = !row_int(rows, "expired"),
    };
    row->href = str_format(t, "/laws/%.*s", STR_ARG(row->code));
    row->state = row->in_force ? tr_str(t, S("现行有效")) : tr_str(t, S("已失效"));
}

struct laws_view {
    struct str q, kind;
    int64_t count, page;
    struct list laws, kinds;
    struct str next, before;
    bool nothing;
};
static const struct field laws_fields[] = {
    FIELD(struct laws_view, q, F_STR, "名称里有"),
    FIELD(struct laws_view, kind, F_STR, "类别"),
    FIELD(struct laws_view, count, F_INT, "共几件"),
    FIELD(struct laws_view, page, F_INT, "第几页"),
    FIELD_OF(struct laws_view, laws, F_LIST, &law_row_shape, "法规"),
    FIELD_OF(struct laws_view, kinds, F_LIST, &ask_option_shape, "类别"),
    FIELD(struct laws_view, next, F_STR, "下一页"),
    FIELD(struct laws_view, before, F_STR, "上一页"),
    FIELD(struct laws_view, nothing, F_BOOL, NULL),
    {0},
};
const struct shape laws_view_shape = {"Laws", sizeof(struct laws_view), laws_fields};

const struct form laws_form = {
    "LawsQuery",
    (const struct ask[]){
        {.name = "q", .title = "名称里有", .type = ASK_TEXT, .max = 60},
        {.name = "kind", .title = "类别", .type = ASK_TEXT, .max = 20},
        {.name = "page", .title = "第几页", .type = ASK_INT, .min = 1, .max = 1000},
        {0},
    },
};

struct str url_escape(struct task *t, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *at = NEW(t, char, text.len * 3 + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '~') {
            at[n++] = (char)c;
        } else {
            at[n++] = '%';
            at[n++] = hex[c >> 4];
            at[n++] = hex[c & 15];
        }
    }
    return (struct str){at, n};
}

/* Folded as LOWER() folds: LIKE takes A for a in one database only. */
static struct str like_pattern(struct task *t, struct str q)
{
    struct buf b = buf_new(t, q.len * 2 + 3);

    buf_add_char(&b, '%');
    for (size_t i = 0; i < q.len; i++) {
        if (q.at[i] == '%' || q.at[i] == '_' || q.at[i] == '!')
            buf_add_char(&b, '!');
        bool large = q.at[i] >= 'A' && q.at[i] <= 'Z';
        buf_add_char(&b, large ? (char)(q.at[i] - 'A' + 'a') : q.at[i]);
    }
    buf_add_char(&b, '%');
    return buf_str(&b);
}

static struct str laws_address(struct task *t, const struct laws_view *v, struct str kind,
                               int64_t page)
{
    return str_format(t, "/laws?q=%.*s&kind=%.*s&page=%lld", STR_ARG(url_escape(t, v->q)),
                      STR_ARG(url_escape(t, kind)), (long long)page);
}

static enum err read_laws(struct task *t, void *arg)
{
    struct laws_view *v = arg;
    struct str pattern = like_pattern(t, v->q);
    struct rows *rows;
    enum err e = store_number(t, &q_knowledge_laws_count,
                              ARGS(INT("tenant", t->tenant), TEXT("kind", v->kind),
                                   TEXT("region", S("*")), TEXT("pattern", pattern)),
                              &v->count);

    if (!e)
        e = store_run(t, &q_knowledge_laws_found,
                      ARGS(INT("tenant", t->tenant), TEXT("kind", v->kind), TEXT("region", S("*")),
                           TEXT("pattern", pattern), INT("most", LAWS_AT_ONCE),
                           INT("skip", (v->page - 1) * LAWS_AT_ONCE)),
                      &rows);
    if (e)
        return e;
    v->laws = (struct list){0};
    while (rows_next(rows))
        law_row_fill(t, rows, list_add(t, &v->laws, sizeof(struct law_row)));
    return OK;
}

enum err laws_get(struct task *t, struct request *request, struct response *response)
{
    struct laws_view *v = NEW(t, struct laws_view, 1);
    struct json *input;
    enum err e = form_check(t, &laws_form, request->query, S(""), &input);

    response->view = v;
    if (e)
        return e;
    v->q = json_get_str(input, "q");
    v->kind = json_get_str(input, "kind");
    v->page = json_get_int(input, "page") ? json_get_int(input, "page") : 1;
    if ((e = store_read(t, read_laws, v)))
        return e;
    v->nothing = !v->laws.count;
    if (v->page * LAWS_AT_ONCE < v->count)
        v->next = laws_address(t, v, v->kind, v->page + 1);
    if (v->page > 1)
        v->before = laws_address(t, v, v->kind, v->page - 1);
    *(struct ask_option *)list_add(t, &v->kinds, sizeof(struct ask_option)) = (struct ask_option){
        tr_str(t, S("全部")), laws_address(t, v, (struct str){0}, 1), !v->kind.len};
    for (size_t i = 0; law_kinds[i]; i++)
        *(struct ask_option *)list_add(t, &v->kinds, sizeof(struct ask_option)) =
            (struct ask_option){str_of(law_kinds[i]), laws_address(t, v, str_of(law_kinds[i]), 1),
                                str_is(v->kind, law_kinds[i])};
    return OK;
}
