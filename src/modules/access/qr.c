/* A QR code as a picture inside a page. */
#include "modules/access/qr.h"

#include <qrencode.h>

#include "core/text.h"
#include "core/buf.h"

enum { QUIET = 4 }; /* modules of white around it, as the standard asks */

struct str qr_svg(struct task *t, struct str text)
{
    QRcode *code = QRcode_encodeString8bit(str_terminated(t, text), 0, QR_ECLEVEL_M);
    struct buf b = buf_new(t, 128 * 1024);

    if (!code)
        return S("");
    int side = code->width + 2 * QUIET;
    buf_format(&b,
               "<svg class=\"qr\" role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %d %d\" "
               "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
               "<path d=\"",
               tr(t, "二维码"), side, side, side, side);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            if (code->data[y * code->width + x] & 1)
                buf_format(&b, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    QRcode_free(code);
    buf_add(&b, S("\"/></svg>"));
    return buf_overflown(&b) ? S("") : buf_str(&b);
}
