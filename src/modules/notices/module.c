#include "modules/module.h"

#include "modules/notices/machine_page.h"
#include "modules/notices/notices.h"
#include "notices_sql.h"

static enum err names_of_files(struct task *t, struct str from, struct str to, struct list *names)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_papers_blobs,
                  ARGS(INT("tenant", t->tenant), TEXT("from", from), TEXT("to", to)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct str *)list_add(t, names, sizeof(struct str)) = row_str(rows, "blob");
    return OK;
}

static const struct permission permissions[] = {
    {"machine.keep", "查看生成失败的文书，让系统再试"},
    {0},
};

const struct module notices_module = {
    .name = "notices",
    .permissions = permissions,
    .routes = machine_routes,
    .migrations = notices_migrations,
    .blobs = names_of_files,
};
