/*
 * roster.c - a group from a table: thirty workers are not typed.
 *
 * The first row names the columns, in any order and wording that people use.  Every row becomes a
 * co-applicant of the form, where it is checked like one that was typed.
 */
#include "core/task.h"
#include "modules/desk/register.h"
#include "paper/xlsx.h"

enum column { COL_NAME, COL_NUMBER, COL_PHONE, COL_SEX, COL_ADDRESS, COL_EMPLOYER, COL_COUNT };

static const struct {
    enum column column;
    const char *word;
} headings[] = {
    {COL_NAME, "姓名"},     {COL_NAME, "名字"},    {COL_NUMBER, "身份证"}, {COL_NUMBER, "身份号码"},
    {COL_NUMBER, "证件号"}, {COL_PHONE, "电话"},   {COL_PHONE, "手机"},    {COL_PHONE, "联系方式"},
    {COL_SEX, "性别"},      {COL_ADDRESS, "住址"}, {COL_ADDRESS, "地址"},  {COL_EMPLOYER, "单位"},
};

static const char *const members[COL_COUNT] = {"name", "paper_number", "phone",
                                               "sex",  "address",      "employer"};

static int column_of(struct str heading)
{
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (str_find(heading, str_of(headings[i].word)) != SIZE_MAX)
            return (int)headings[i].column;
    return -1;
}

static struct json *party_of(struct task *t, const int columns[], const struct str cells[])
{
    struct json *party = json_object(t), *identity = json_object(t);

    json_put_str(t, party, "role", S("applicant"));
    json_put_str(t, identity, "kind", S("person"));
    for (size_t i = 0; i < SHEET_COLUMNS; i++)
        if (columns[i] >= 0 && cells[i].len)
            json_put_str(t, identity, members[columns[i]], cells[i]);
    if (json_get_str(identity, "paper_number").len)
        json_put_str(t, identity, "paper", S("id-card"));
    if (identity->count < 2)
        return NULL;
    json_put(t, party, S("identity"), identity);
    return party;
}

enum err roster_read(struct task *t, struct str file_name, struct str content, struct json *parties,
                     int64_t *ret_count)
{
    struct list list = {0};
    bool named = false;
    int columns[SHEET_COLUMNS];
    enum err e = sheet_read(t, content, &list);
    const struct sheet_row *rows = list.at;

    (void)file_name;
    if (e && e != ERR_TOO_LARGE)
        return e;
    task_clear_error(t);
    if (e == ERR_TOO_LARGE || list.count > ROSTER_ROWS)
        return task_fail(t, ERR_BAD_INPUT, "一次最多读入 %d 人，请只留名册的几列，人多的分成几份",
                         ROSTER_ROWS - 1);
    for (size_t i = 0; i < SHEET_COLUMNS; i++) {
        columns[i] = list.count ? column_of(rows[0].cells[i]) : -1;
        named = named || columns[i] == COL_NAME;
    }
    if (!named)
        return task_fail(t, ERR_BAD_INPUT,
                         "没有找到“姓名”这一列：第一行写列的名称，例如 姓名、身份证号、电话");
    *ret_count = 0;
    for (size_t i = 1; i < list.count; i++) {
        struct json *party = party_of(t, columns, rows[i].cells);
        if (!party)
            continue;
        json_append(parties, party);
        ++*ret_count;
    }
    if (!*ret_count)
        return task_fail(t, ERR_BAD_INPUT, "表格里没有人：标题下面一行写一个人");
    return OK;
}
