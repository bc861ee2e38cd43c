/*
 * posts.h - the posts of a city's network and what each may do.  A grant gives a person a post at a
 * unit from day to day; its scope says how far it reaches.
 */
#ifndef ACCESS_POSTS_H
#define ACCESS_POSTS_H

#include "core/str.h"

enum scope {
    SCOPE_OWN,       /* orders the person owns or registered */
    SCOPE_UNIT,      /* orders of the unit */
    SCOPE_SUBTREE,   /* of the unit and all below */
    SCOPE_TENANT,    /* all of the tenant */
    SCOPE_ASSISTING, /* orders that were lent to the unit (child orders, links) */
    SCOPE_PARTY      /* the one order of a citizen's session, and what is linked to it */
};

struct post {
    const char *code;
    const char *title; /* 窗口受理岗 */
    enum scope scope;
    const char *const *permissions; /* ended by NULL */
};

extern const struct post posts[]; /* ended by a NULL code */
const struct post *post_find(struct str code);
bool post_may(const struct post *post, const char *permission);

/*
 * clerk 窗口受理岗 (unit)      dispatcher 分派岗 (subtree)   aid-officer 法律援助审查岗 (unit)
 * lawyer 值班律师岗 (unit)      mediator 调解员岗 (unit)      notary 公证接待岗 (unit)
 * handler 承办岗 (unit)         caller 回访岗 (subtree)       archivist 归档岗 (unit)
 * head 主任岗 (subtree)         bureau 司法局监督岗 (tenant)   grid 网格员岗 (own)
 * gateway 平台对接账号 (tenant)  keeper 知识管理岗 (tenant, no orders)  sysadmin 系统管理岗,
 * secadmin 安全管理岗, auditor 审计岗 (tenant, no orders)
 *
 * Permissions: order.read order.create order.act order.export order.backdate party.reveal
 * catalog.read catalog.load calendar.load org.manage access.read access.manage access.grant
 * access.unlock audit.read metrics.read research.use
 * knowledge.keep; every post has account.own.
 *
 * Duties are apart: sysadmin makes accounts but cannot give them posts, secadmin gives posts but
 * makes no accounts and not to itself, auditor only reads the record, and none of the three sees an
 * order.
 */

#endif
