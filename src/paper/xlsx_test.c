#include "core/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "paper/xlsx.h"

static struct str cell(const struct list *rows, size_t row, size_t column)
{
    assert_true(row < rows->count);
    return ((const struct sheet_row *)rows->at)[row].cells[column];
}

/* A package with these parts: name, content, ... NULL. */
static struct str package(struct task *t, const char *const *parts)
{
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip;
    zip_stat_t status;

    assert_non_null(source);
    zip_source_keep(source);
    zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (; *parts; parts += 2) {
        zip_source_t *part = zip_source_buffer(zip, parts[1], strlen(parts[1]), 0);

        assert_true(zip_file_add(zip, parts[0], part, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(source), 0);
    assert_int_equal(zip_source_stat(source, &status), 0);
    char *at = NEW(t, char, status.size);
    assert_int_equal(zip_source_read(source, at, status.size), (zip_int64_t)status.size);
    zip_source_close(source);
    zip_source_free(source);
    return (struct str){at, status.size};
}

static void what_is_written_is_read_again(void **state)
{
    static const struct sheet_column columns[] = {{"姓名", 12}, {"身份证号", 22}, {"备注", 30}};
    struct str cells[] = {S("王小满"), S("990101199003154024"), S("=1+1"), S("李“四”"),
                          S(""),       S("第一行\n第二行 <&>")};
    struct str bytes, again;
    struct list rows;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(sheet_write(&t, S("名册"), TEST_NOW, columns, 3, cells, 2, &bytes), OK);
    assert_int_equal(sheet_write(&t, S("名册"), TEST_NOW, columns, 3, cells, 2, &again), OK);
    assert_true(str_eq(bytes, again));
    assert_int_equal(sheet_read(&t, bytes, &rows), OK);
    assert_int_equal(rows.count, 3);
    assert_str(cell(&rows, 0, 1), "身份证号");
    assert_str(cell(&rows, 1, 0), "王小满");
    assert_str(cell(&rows, 1, 1), "990101199003154024");
    assert_str(cell(&rows, 1, 2), "=1+1");
    assert_str(cell(&rows, 2, 0), "李“四”");
    assert_str(cell(&rows, 2, 1), "");
    assert_str(cell(&rows, 2, 2), "第一行\n第二行 <&>");
    task_end(&t);
}

static void csv_is_read_as_programs_write_it(void **state)
{
    static const struct {
        const char *text;
        const char *cells[4]; /* row 0 column 0, row 0 column 1, row 1 column 0, row 1 column 1 */
    } rows[] = {
        {"姓名,电话\n王小满,13900001234\n", {"姓名", "电话", "王小满", "13900001234"}},
        {"\xef\xbb\xbf姓名,电话\r\n王小满,139\r\n", {"姓名", "电话", "王小满", "139"}},
        {"姓名\t电话\n王小满\t139", {"姓名", "电话", "王小满", "139"}},
        {"姓名;电话\n王小满;139", {"姓名", "电话", "王小满", "139"}},
        {"\"姓,名\",\"他说“\"\"好\"\"”\"\n\"两\n行\",139",
         {"姓,名", "他说“\"好\"”", "两\n行", "139"}},
        /* GB18030 */
        {"\xd0\xd5\xc3\xfb,\xb5\xe7\xbb\xb0\n\xcd\xf5\xd0\xa1\xc2\xfa,139",
         {"姓名", "电话", "王小满", "139"}},
        {"a,b\n\"open,1", {"a", "b", "open,1", ""}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct task t;
        struct list read;

        task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
        assert_int_equal(sheet_read(&t, str_of(rows[i].text), &read), OK);
        assert_int_equal(read.count, 2);
        for (size_t c = 0; c < 4; c++)
            assert_str(cell(&read, c / 2, c % 2), rows[i].cells[c]);
        task_end(&t);
    }
}

#define SHEET(cells) "<worksheet><sheetData>" cells "</sheetData></worksheet>"

static void other_programs_write_other_markup(void **state)
{
    const char *const parts[] = {
        "xl/workbook.xml",
        "<workbook xmlns:r='x'><sheets><sheet name='b' r:id='rId7'/><sheet name='a' r:id='rId1'/>"
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/>"
        "<Relationship Id='rId7' Target='/xl/worksheets/other.xml'/></Relationships>",
        "xl/sharedStrings.xml",
        "<sst><si><t>姓</t><r><t>名</t></r><rPh><t>xingming</t></rPh></si><si><t>电话</t></si></sst>",
        "xl/worksheets/sheet1.xml",
        SHEET("<row><c t='inlineStr'><is><t>wrong</t></is></c></row>"),
        "xl/worksheets/other.xml",
        SHEET("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='s'><v>1</v></c></row>"
              "<row r='3'><c r='A3' t='inlineStr'><is><t>王小满</t></is></c>"
              "<c r='C3'><v>1.3900001234E10</v></c><c r='D3' t='s'><v>99</v></c></row>"),
        NULL,
    };
    struct list rows;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(sheet_read(&t, package(&t, parts), &rows), OK);
    assert_int_equal(rows.count, 3);
    assert_str(cell(&rows, 0, 0), "姓名");
    assert_str(cell(&rows, 0, 1), "");
    assert_str(cell(&rows, 0, 2), "电话");
    assert_str(cell(&rows, 1, 0), "");
    assert_str(cell(&rows, 2, 0), "王小满");
    assert_str(cell(&rows, 2, 2), "13900001234");
    assert_str(cell(&rows, 2, 3), "");
    task_end(&t);
}

static void what_cannot_be_trusted_is_refused(void **state)
{
    static const char bomb[] =
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>" SHEET(
            "<row><c><v>&b;</v></c></row>");
    struct task t;
    struct list rows;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    char *large = NEW(&t, char, SHEET_PART + 2);
    memset(large, ' ', SHEET_PART + 1);
    /* Expat would hold some hundred megabytes for this. */
    struct buf nested = buf_new(&t, SHEET_PART);
    while (!buf_overflown(&nested) && buf_str(&nested).len < SHEET_PART - 64)
        buf_add(&nested, S("<a>"));
    const char *deep = str_terminated(&t, buf_str(&nested));
    struct buf many = buf_new(&t, 1 << 20);
    for (int i = 0; i < SHEET_ROWS + 1; i++)
        buf_format(&many, "行%d,x\n", i);
    const char *const packages[][5] = {
        {"xl/worksheets/sheet1.xml", bomb, NULL},
        {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>", NULL},
        {"xl/worksheets/sheet1.xml", large, NULL},
        {"readme.txt", "hello", NULL},
        {"xl/worksheets/sheet1.xml", deep, NULL},
    };
    const enum err wanted[] = {ERR_BAD_INPUT, ERR_BAD_INPUT, ERR_TOO_LARGE, ERR_BAD_INPUT,
                               ERR_TOO_LARGE};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(sheet_read(&t, package(&t, packages[i]), &rows), wanted[i]);
        task_clear_error(&t);
    }
    assert_int_equal(sheet_read(&t, buf_str(&many), &rows), ERR_TOO_LARGE);
    task_clear_error(&t);
    assert_int_equal(sheet_read(&t, S("PK\x03\x04 not really"), &rows), ERR_BAD_INPUT);
    task_clear_error(&t);
    assert_int_equal(sheet_read(&t, S("\xd0\xcf\x11\xe0\xa1\xb1"), &rows), ERR_BAD_INPUT);
    task_clear_error(&t);
    assert_int_equal(sheet_read(&t, S("\x81\xff\x80 broken \xff"), &rows), ERR_BAD_INPUT);
    task_end(&t);
}

/* The last row that fits is read; a cell ends at a character. */
static void ceilings_are_exact(void **state)
{
    struct task t;
    struct list rows;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct buf text = buf_new(&t, 1 << 20);
    for (int i = 0; i < SHEET_ROWS; i++)
        buf_format(&text, "行%d,x\n", i);
    assert_int_equal(sheet_read(&t, buf_str(&text), &rows), OK);
    assert_int_equal(rows.count, SHEET_ROWS);
    struct buf wide = buf_new(&t, 1 << 20);
    for (int i = 0; i < 2000; i++)
        buf_add(&wide, S("很"));
    assert_int_equal(sheet_read(&t, buf_str(&wide), &rows), OK);
    assert_int_equal(cell(&rows, 0, 0).len, SHEET_CELL / 3 * 3);
    assert_true(utf8_valid(cell(&rows, 0, 0)));
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(csv_is_read_as_programs_write_it),
        cmocka_unit_test(other_programs_write_other_markup),
        cmocka_unit_test(what_cannot_be_trusted_is_refused),
        cmocka_unit_test(ceilings_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
