#include "core/err.h"

#include <assert.h>

static const struct {
    const char *word;
    const char *sentence;
    int http_status;
    int exit_code;
} rows[ERR_COUNT] = {
    [OK] = {"ok", "成功。", 200, 0},
    [ERR_BAD_INPUT] = {"bad-input", "有内容需要改正，请看各处说明。", 422, 2},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", "请先登录。", 401, 4},
    [ERR_FORBIDDEN] = {"forbidden", "您的岗位不能做这件事。", 403, 4},
    [ERR_PROVE] = {"prove-again", "这一步要再核对一次是您本人。", 403, 4},
    [ERR_NOT_FOUND] = {"not-found", "没有找到，可能编号有误，或不在您的范围内。", 404, 3},
    [ERR_METHOD] = {"method-not-allowed", "这个地址不接受这种请求。", 405, 2},
    [ERR_CONFLICT] = {"conflict", "情况已变化，请看最新内容后再办。", 409, 4},
    [ERR_TOO_LARGE] = {"too-large", "内容太大，请缩小后再交。", 413, 2},
    [ERR_TOO_MANY] = {"too-many", "操作太频繁，请稍等再试。", 429, 5},
    [ERR_BUSY] = {"busy", "系统正忙，什么都没有改动，请稍后再试。", 503, 5},
    [ERR_UNCERTAIN] = {"uncertain", "暂不确定是否办成，请刷新查看；重复提交不会办两次。", 503, 5},
    [ERR_STORE] = {"store", "存储暂时不可用，什么都没有改动，请稍后再试或联系管理员检查磁盘。", 503,
                   1},
    [ERR_NO_MEMORY] = {"no-memory", "内容超出一次能处理的量，请分几次交。", 413, 1},
    [ERR_INTERNAL] = {"internal", "程序出错，已记入日志，请联系管理员。", 500, 1},
};

const char *err_word(enum err e)
{
    assert(e < ERR_COUNT);
    return rows[e].word;
}

const char *err_sentence(enum err e)
{
    assert(e < ERR_COUNT);
    return rows[e].sentence;
}

int err_http_status(enum err e)
{
    assert(e < ERR_COUNT);
    return rows[e].http_status;
}

int err_exit_code(enum err e)
{
    assert(e < ERR_COUNT);
    return rows[e].exit_code;
}
