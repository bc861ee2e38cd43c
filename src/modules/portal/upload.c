/*
 * Uploads: what a file is, its first bytes say; what its name says is only a name.  A picture or a
 * PDF is all that a citizen can hand in, and it is never shown inline.
 */
#include "portal_private.h"

enum { UPLOAD_LEAST = 64 };

struct str upload_type(struct str content)
{
    if (content.len < UPLOAD_LEAST)
        return (struct str){0};
    if (str_starts(content, S("\xff\xd8\xff")))
        return S("image/jpeg");
    if (str_starts(content, S("\x89PNG\r\n\x1a\n")))
        return S("image/png");
    if (str_starts(content, S("%PDF-")))
        return S("application/pdf");
    return (struct str){0};
}

enum err upload_check(struct task *t, const struct request *request, struct list *ret_uploads)
{
    struct list uploads = {0};
    bool bad = false;

    LIST_EACH (const struct upload, in, request->uploads) {
        if (!in->content.len && !in->filename.len)
            continue;
        struct str type = upload_type(in->content);

        if (!type.len) {
            task_field_error(t, S("files"), "“%.*s”不是照片或 PDF，请换 JPG、PNG 或 PDF",
                             STR_ARG(str_first(in->filename, utf8_prefix(in->filename, 40))));
            bad = true;
            continue;
        }
        struct upload *out = list_add(t, &uploads, sizeof *out);
        *out = *in;
        out->type = type;
    }
    if (uploads.count > DRAFT_FILES) {
        task_field_error(t, S("files"), "一次最多 %d 个文件，请分几次传", DRAFT_FILES);
        bad = true;
    }
    if (uploads.count && !blob_room(t)) {
        task_field_error(t, S("files"), "现在不能从网上传文件，请稍后再试，或者把材料交到窗口");
        bad = true;
    }
    if (bad)
        return ERR_BAD_INPUT;
    *ret_uploads = uploads;
    return OK;
}
