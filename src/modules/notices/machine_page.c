/* GET /admin/machine: papers that cannot be drawn. */
#include "modules/notices/machine_page.h"

#include "core/text.h"
#include "core/time.h"
#include "modules/module.h"
#include "modules/notices/notices.h"
#include "store/store.h"

enum { ROWS_MOST = 100 };

struct stuck_row {
    int64_t id, tries;
    struct str title, no, failure, since, next;
};

#define ROW(member, type, title) FIELD(struct stuck_row, member, type, title)

static const struct field row_fields[] = {
    ROW(id, F_ID, "编号"),         ROW(title, F_STR, "文书"),
    ROW(no, F_STR, "文号"),        ROW(since, F_STR, "编号时间"),
    ROW(tries, F_INT, "试过几次"), ROW(failure, F_STR, "原因"),
    ROW(next, F_STR, "下次再试"),  {0},
};
static const struct shape row_shape = {"stuck-paper", sizeof(struct stuck_row), row_fields};

struct machine_page {
    struct list papers; /* struct stuck_row */
    bool more;
};

static const struct field page_fields[] = {
    FIELD_OF(struct machine_page, papers, F_LIST, &row_shape, "生成失败的文书"),
    FIELD(struct machine_page, more, F_BOOL, "还有更多"),
    {0},
};
static const struct shape page_shape = {"machine", sizeof(struct machine_page), page_fields};

static enum err read_stuck(struct task *t, void *arg)
{
    struct machine_page *page = arg;
    struct list papers;
    enum err e = papers_stuck(t, ROWS_MOST + 1, &papers);

    if (e)
        return e;
    page->more = papers.count > ROWS_MOST;
    LIST_EACH (struct paper_stuck, paper, papers) {
        if (page->papers.count == ROWS_MOST)
            break;
        *(struct stuck_row *)list_add(t, &page->papers, sizeof(struct stuck_row)) =
            (struct stuck_row){
                .id = paper->id,
                .tries = paper->tries,
                .title = paper->title,
                .no = paper->no,
                .failure = paper->failure,
                .since = moment_text_zh(t, paper->recorded_at),
                .next = moment_text_zh(t, paper->next_at),
            };
    }
    return OK;
}

static enum err get_machine(struct task *t, struct request *request, struct response *response)
{
    struct machine_page *page = NEW(t, struct machine_page, 1);

    (void)request;
    response->view = page;
    response->shape = &page_shape;
    return store_read(t, read_stuck, page);
}

static enum err try_again(struct task *t, void *arg)
{
    return papers_try_again(t, arg);
}

static enum err post_try_again(struct task *t, struct request *request, struct response *response)
{
    int64_t count = 0;
    enum err e = store_write(t, try_again, &count);

    (void)request;
    if (e)
        return e;
    response->redirect = S("/admin/machine");
    return OK;
}

const struct route machine_routes[] = {
    {GET, "/admin/machine", ACCESS_STAFF, "machine.keep", get_machine, .page = "notices/machine",
     .view = &page_shape, .summary = "系统运行：生成失败的文书"},
    {POST, "/admin/machine/papers", ACCESS_STAFF, "machine.keep", post_try_again,
     .summary = "生成失败的文书现在都再试一次"},
    {0},
};
