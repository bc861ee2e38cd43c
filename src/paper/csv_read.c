#include "paper/xlsx_private.h"

#include <iconv.h>

void sheet_put(struct sheet *sheet, size_t row, size_t column, struct str text)
{
    if (row >= SHEET_ROWS) {
        sheet->too_many = sheet->too_many || str_trim(text).len;
        return;
    }
    text = str_trim(text);
    if (text.len > SHEET_CELL) {
        size_t len = SHEET_CELL;

        while (len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
            len--;
        text.len = len;
    }
    if (column < SHEET_COLUMNS && text.len) {
        sheet->rows[row].cells[column] = text;
        if (row >= sheet->count)
            sheet->count = row + 1;
    }
}

/* Into UTF-8; false when it is not in that encoding. */
static bool convert(struct task *t, const char *from, struct str content, struct str *ret_text)
{
    size_t room = content.len * 3 + 4, left = content.len;
    char *out = NEW(t, char, room), *to = out;
    char *in = str_terminated(t, content);
    iconv_t converter = iconv_open("UTF-8", from);

    if (converter == (iconv_t)-1)
        return false;
    bool right = iconv(converter, &in, &left, &to, &room) != (size_t)-1 && !left;
    iconv_close(converter);
    *ret_text = (struct str){out, (size_t)(to - out)};
    return right && utf8_valid(*ret_text);
}

static enum err decode(struct task *t, struct str content, struct str *ret_text)
{
    if (str_starts(content, S("\xef\xbb\xbf")))
        content = str_from(content, 3);
    if (utf8_valid(content)) {
        *ret_text = content;
        return OK;
    }
    if (content.len >= 2 &&
        (str_starts(content, S("\xff\xfe")) || str_starts(content, S("\xfe\xff")))) {
        if (convert(t, content.at[0] == '\xff' ? "UTF-16LE" : "UTF-16BE", str_from(content, 2),
                    ret_text))
            return OK;
    } else if (convert(t, "GB18030", content, ret_text)) {
        return OK;
    }
    return task_fail(t, ERR_BAD_INPUT,
                     "看不懂这个文件的文字编码，请在表格软件里另存为“CSV UTF-8”或 XLSX");
}

/* Of the three, the one that the first line has most of. */
static char separator_of(struct str text)
{
    static const char candidates[] = {',', '\t', ';'};
    size_t counts[3] = {0}, best = 0;

    for (size_t i = 0; i < text.len && text.at[i] != '\n'; i++)
        for (size_t c = 0; c < 3; c++)
            counts[c] += text.at[i] == candidates[c];
    for (size_t c = 1; c < 3; c++)
        if (counts[c] > counts[best])
            best = c;
    return candidates[best];
}

/* One field; quotes may hold separators, line ends and doubled quotes. */
static struct str take_field(struct task *t, struct str *rest, char separator, bool *ret_line_ends)
{
    size_t i = 0, len = 0;
    bool quoted = rest->len && rest->at[0] == '"';
    char *text = NULL;

    if (quoted) {
        text = NEW(t, char, rest->len < SHEET_CELL * 2 ? rest->len : SHEET_CELL * 2);
        for (i = 1; i < rest->len; i++) {
            if (rest->at[i] == '"' && !(i + 1 < rest->len && rest->at[i + 1] == '"'))
                break;
            i += rest->at[i] == '"';
            if (len < SHEET_CELL * 2 - 1)
                text[len++] = rest->at[i];
        }
        i += i < rest->len;
    }
    size_t from = i;
    while (i < rest->len && rest->at[i] != separator && rest->at[i] != '\n')
        i++;
    struct str field =
        quoted ? (struct str){text, len} : str_first(str_from(*rest, from), i - from);
    *ret_line_ends = i >= rest->len || rest->at[i] == '\n';
    *rest = str_from(*rest, i + 1);
    return field;
}

enum err csv_read(struct task *t, struct str content, struct sheet *sheet)
{
    struct str text;
    enum err e = decode(t, content, &text);

    if (e)
        return e;
    char separator = separator_of(text);
    for (size_t row = 0, column = 0; text.len && !sheet->too_many;) {
        bool line_ends;

        sheet_put(sheet, row, column++, take_field(t, &text, separator, &line_ends));
        if (line_ends) {
            row++;
            column = 0;
        }
    }
    return OK;
}

enum err sheet_read(struct task *t, struct str content, struct list *ret_rows)
{
    struct sheet sheet = {.rows = NEW(t, struct sheet_row, SHEET_ROWS)};
    bool packed = str_starts(content, S("PK\x03\x04"));

    if (content.len > SHEET_PART)
        return task_fail(t, ERR_TOO_LARGE, "这个表格太大，请只留需要的几列");
    if (str_starts(content, S("\xd0\xcf\x11\xe0")))
        return task_fail(t, ERR_BAD_INPUT, "这是旧的 XLS 格式，请另存为 XLSX 或 CSV");
    enum err e = packed ? xlsx_read(t, content, &sheet) : csv_read(t, content, &sheet);
    if (e)
        return e;
    if (sheet.too_many)
        return task_fail(t, ERR_TOO_LARGE, "一次最多读入 %d 行，请把表格分成几份", SHEET_ROWS - 1);
    *ret_rows = (struct list){sheet.rows, sheet.count};
    return OK;
}
