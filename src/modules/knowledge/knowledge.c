/* What the module offers, in one table. */
#include "knowledge_private.h"
#include "knowledge_sql.h"

const struct module knowledge_module = {
    .name = "knowledge",
    .migrations = knowledge_migrations,
};
