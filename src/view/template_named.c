/* The embedded templates by name.  Apart from the binder, so that it can be tested without them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/template.h"

struct template *template_bind(const char *name, const struct shape *shape,
                               const struct shape *shell, const struct language *language,
                               char **ret_why)
{
    for (const struct template_file *file = template_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return template_bind_text(name, (struct str){file->text, file->len}, template_files,
                                      shape, shell, language, ret_why);
    if (asprintf(ret_why, "%s: 没有这个模板", name) < 0)
        abort();
    return NULL;
}
