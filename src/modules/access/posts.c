#include "modules/access/posts.h"

#include <string.h>

#define MAY(...) ((const char *const[]){"account.own", __VA_ARGS__, NULL})
#define WORK     "order.read", "order.create", "order.act", "party.reveal", "catalog.read"
#define RESEARCH "research.use"

const struct post posts[] = {
    {"clerk", "窗口受理岗", SCOPE_UNIT, MAY(WORK, RESEARCH)},
    {"dispatcher", "分派岗", SCOPE_SUBTREE, MAY(WORK)},
    {"aid-officer", "法律援助审查岗", SCOPE_UNIT, MAY(WORK, RESEARCH)},
    {"lawyer", "值班律师岗", SCOPE_UNIT, MAY(WORK, RESEARCH)},
    {"mediator", "调解员岗", SCOPE_UNIT, MAY(WORK, RESEARCH)},
    {"notary", "公证接待岗", SCOPE_UNIT, MAY(WORK)},
    {"handler", "承办岗", SCOPE_UNIT, MAY(WORK)},
    {"caller", "回访岗", SCOPE_SUBTREE,
     MAY("order.read", "order.act", "party.reveal", "catalog.read")},
    {"archivist", "归档岗", SCOPE_UNIT,
     MAY("order.read", "order.act", "order.export", "catalog.read")},
    {"head", "主任岗", SCOPE_SUBTREE, MAY(WORK, RESEARCH, "order.export", "order.backdate")},
    {"bureau", "司法局监督岗", SCOPE_TENANT,
     MAY("order.read", "order.act", "order.export", "order.backdate", "party.reveal",
         "catalog.read")},
    {"grid", "网格员岗", SCOPE_OWN, MAY("order.read", "order.create", "order.act", "catalog.read")},
    {"gateway", "平台对接账号", SCOPE_TENANT,
     MAY("order.read", "order.create", "order.act", "catalog.read")},
    {"keeper", "知识管理岗", SCOPE_TENANT, MAY("knowledge.keep", RESEARCH, "catalog.read")},
    {"sysadmin", "系统管理岗", SCOPE_TENANT,
     MAY("org.manage", "access.read", "access.manage", "access.suspend", "catalog.read",
         "catalog.load", "calendar.load", "machine.keep", "metrics.read"),
     .administers = true},
    {"secadmin", "安全管理岗", SCOPE_TENANT,
     MAY("access.read", "access.grant", "access.suspend", "access.unlock", "access.secure",
         "catalog.read"),
     .administers = true},
    {"auditor", "审计岗", SCOPE_TENANT, MAY("audit.read"), .administers = true},
    {NULL, NULL, SCOPE_OWN, NULL},
};

const char *posts_apart(const struct post *a, const struct post *b)
{
    if (!a || !b || a == b || (!a->administers && !b->administers))
        return NULL;
    if (a->administers && b->administers)
        return "系统管理岗、安全管理岗、审计岗不能由同一个人担任";
    if (post_may(a->administers ? b : a, "order.read"))
        return "系统管理岗、安全管理岗、审计岗的人不能同时办理工单";
    return NULL;
}

const struct post *post_find(struct str code)
{
    for (const struct post *post = posts; post->code; post++) {
        if (str_is(code, post->code))
            return post;
    }
    return NULL;
}

bool post_may(const struct post *post, const char *permission)
{
    if (!post)
        return false;
    for (const char *const *may = post->permissions; *may; may++) {
        if (!strcmp(*may, permission))
            return true;
    }
    return false;
}
