#include "modules/module.h"

#include "modules/notices/notices.h"
#include "notices_sql.h"

const struct module notices_module = {
    .name = "notices",
    .migrations = notices_migrations,
};
