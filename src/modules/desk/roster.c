/*
 * roster.c - a group from a table: thirty workers are not typed.
 *
 * The first row names the columns, in any order and wording that people use.  Every row becomes a
 * co-applicant of the form, where it is checked like one that was typed.
 */
#include "core/task.h"
#include "modules/desk/register.h"

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

/* One field of a CSV line; quotes may hold separators, line ends and doubled quotes. */
static struct str csv_field(struct task *t, struct str *rest, char separator, bool *ret_line_ends)
{
    struct buf b = buf_new(t, rest->len + 1);
    size_t i = 0;
    bool quoted = rest->len && rest->at[0] == '"';

    *ret_line_ends = false;
    if (quoted)
        i++;
    for (; i < rest->len; i++) {
        char c = rest->at[i];
        if (quoted && c == '"' && i + 1 < rest->len && rest->at[i + 1] == '"') {
            buf_add_char(&b, '"');
            i++;
        } else if (quoted && c == '"') {
            quoted = false;
        } else if (!quoted && (c == separator || c == '\n')) {
            *ret_line_ends = c == '\n';
            i++;
            break;
        } else if (c != '\r') {
            buf_add_char(&b, c);
        }
    }
    *ret_line_ends = *ret_line_ends || i >= rest->len;
    *rest = str_from(*rest, i);
    return str_trim(buf_str(&b));
}

static enum err read_csv(struct task *t, struct str content, struct roster_table *table)
{
    size_t column = 0;

    if (str_starts(content, S("\xef\xbb\xbf")))
        content = str_from(content, 3);
    if (!utf8_valid(content))
        return task_fail(t, ERR_BAD_INPUT,
                         "这个 CSV 不是 UTF-8 编码，请在表格软件里另存为“CSV UTF-8”或 XLSX");
    struct str line = content;
    size_t end = str_find(content, S("\n"));
    if (end != SIZE_MAX)
        line = str_first(content, end);
    char separator = str_find(line, S(",")) != SIZE_MAX    ? ','
                     : str_find(line, S("\t")) != SIZE_MAX ? '\t'
                                                           : ';';
    while (content.len && table->rows < ROSTER_ROWS) {
        bool line_ends;
        struct str field = csv_field(t, &content, separator, &line_ends);
        if (column < ROSTER_COLUMNS)
            table->cells[table->rows][column++] = field;
        if (line_ends) {
            table->rows++;
            column = 0;
        }
    }
    return content.len ? task_fail(t, ERR_BAD_INPUT, "一次最多读入 200 人，请把表格分成几份") : OK;
}

static struct json *party_of(struct task *t, const int columns[], const struct str cells[])
{
    struct json *party = json_object(t), *identity = json_object(t);

    json_put_str(t, party, "role", S("applicant"));
    json_put_str(t, identity, "kind", S("person"));
    for (size_t i = 0; i < ROSTER_COLUMNS; i++)
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
    struct roster_table *table = NEW(t, struct roster_table, 1);
    bool named = false;
    int columns[ROSTER_COLUMNS];
    bool zip = str_starts(content, S("PK\x03\x04"));
    enum err e = zip ? roster_xlsx(t, content, table) : read_csv(t, content, table);

    (void)file_name;
    if (e)
        return e;
    for (size_t i = 0; i < ROSTER_COLUMNS; i++) {
        columns[i] = table->rows ? column_of(table->cells[0][i]) : -1;
        named = named || columns[i] == COL_NAME;
    }
    if (!named)
        return task_fail(t, ERR_BAD_INPUT,
                         "没有找到“姓名”这一列：第一行写列的名称，例如 姓名、身份证号、电话");
    *ret_count = 0;
    for (size_t i = 1; i < table->rows; i++) {
        struct json *party = party_of(t, columns, table->cells[i]);
        if (!party)
            continue;
        json_append(parties, party);
        ++*ret_count;
    }
    if (!*ret_count)
        return task_fail(t, ERR_BAD_INPUT, "表格里没有人：标题下面一行写一个人");
    return OK;
}
