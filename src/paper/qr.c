#include "paper/pdf_layout.h"

#include <qrencode.h>
#include <string.h>

bool qr_make(const char *text, struct qr *ret_qr)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (!code)
        return false;
    size_t n = (size_t)code->width * (size_t)code->width;
    *ret_qr = (struct qr){code->width, g_malloc(n)};
    for (size_t i = 0; i < n; i++)
        ret_qr->dark[i] = code->data[i] & 1;
    QRcode_free(code);
    return true;
}

void qr_free(struct qr *qr)
{
    g_free(qr->dark);
    *qr = (struct qr){0};
}
