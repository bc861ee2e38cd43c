/*
 * modules.c - the modules in order.  To add one is a folder, its name in src/modules/meson.build
 * and a line here.
 */
#include "modules/access/access.h"
#include "modules/audit/audit.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/desk/desk.h"
#include "modules/knowledge/knowledge.h"
#include "modules/module.h"
#include "modules/notices/notices.h"
#include "modules/orders/orders.h"
#include "modules/org/org.h"
#include "modules/party/party.h"
#include "modules/portal/portal.h"

const struct module *const modules[] = {
    &org_module,     &audit_module,   &access_module, &calendar_module,  &party_module,
    &catalog_module, &notices_module, &orders_module, &knowledge_module, &research_module,
    &desk_module,    &portal_module,  NULL,
};
