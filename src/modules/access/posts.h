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
    bool administers; /* one of the three that run the platform and handle no orders */
};

extern const struct post posts[]; /* ended by a NULL code */
const struct post *post_find(struct str code);
bool post_may(const struct post *post, const char *permission);
/* Why one person may not hold both, in Chinese; NULL: they may.  Three administrators keep watch on
 * one another (GB/T 22239-2019, 8.1.5), so no two of their posts go together, nor one of them with
 * a post that sees orders. */
const char *posts_apart(const struct post *a, const struct post *b);

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
 * access.suspend access.unlock access.secure audit.read machine.keep metrics.read research.use
 * knowledge.keep; every post has account.own.
 *
 * Duties are apart: sysadmin makes accounts but cannot give them posts, secadmin gives posts and
 * sets how people sign in, but makes no accounts, resets no passwords and gives nothing to itself;
 * auditor reads the record and nothing else; none of the three sees an order, and nobody holds two
 * of them.  So a new password (sysadmin) and a new second factor (secadmin) take two persons.  None
 * of the three can be suspended or lose the post by another alone (powers.c).
 */

#endif
