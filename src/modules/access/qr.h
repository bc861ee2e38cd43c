/* qr.h - a QR code as a picture inside a page. */
#ifndef ACCESS_QR_H
#define ACCESS_QR_H

#include "core/task.h"

/* An <svg> element; empty when the text is too long for a code. */
struct str qr_svg(struct task *t, struct str text);

#endif
