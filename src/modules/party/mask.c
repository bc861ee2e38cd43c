/* Masks: what screens show of a person until somebody states a reason. */
#include "modules/party/party.h"

#include <string.h>

/* Family names of two characters; every other name is masked after its first. */
static const char *const compound_names[] = {
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙",
    "司徒", "司空", "夏侯", "端木", "轩辕", "南宫", "独孤", "西门", "百里", "东郭", "呼延", "申屠",
    "澹台", "公羊", "太叔", "钟离", "鲜于", "闻人", "赫连", "濮阳", "淳于", "单于", "仲孙", "闾丘",
    "公冶", "宗政", "第五", "拓跋", "万俟", "贺兰", "纳兰", "叶赫", "完颜", "梁丘", "左丘", "南门",
};

struct str mask_name(struct task *t, struct str name)
{
    name = str_trim(name);
    if (!name.len)
        return (struct str){0};
    size_t keep = utf8_prefix(name, 1);
    for (size_t i = 0; i < sizeof compound_names / sizeof *compound_names; i++) {
        struct str family = str_of(compound_names[i]);

        /* 司空 alone may be 司 and 空: a given name must follow. */
        if (str_starts(name, family) && name.len > family.len)
            keep = family.len;
    }
    return str_format(t, "%.*s*", (int)keep, name.at);
}

static struct str mask_middle(struct task *t, struct str text, size_t front, size_t back)
{
    if (!text.len)
        return (struct str){0};
    /* Too short to hide anything in its middle: only the end stays, or nothing. */
    if (text.len <= front + back) {
        front = 0;
        back = text.len > 4 ? 2 : 0;
    }
    char *masked = str_terminated(t, text);
    memset(masked + front, '*', text.len - front - back);
    return (struct str){masked, text.len};
}

struct str mask_id_number(struct task *t, struct str number)
{
    return number.len == 18 ? mask_middle(t, number, 6, 4) : mask_middle(t, number, 1, 3);
}

struct str mask_phone(struct task *t, struct str phone)
{
    size_t dash = str_find(phone, S("-"));

    if (dash != SIZE_MAX)
        return mask_middle(t, phone, dash + 1, 4);
    return mask_middle(t, phone, phone.len >= 11 ? 3 : 0, 4);
}

/* Up to the street office, town, village or community; what stands behind is a home, and so is
 * everything from the first number on (3 幢 2 单元 西区). */
struct str mask_address(struct task *t, struct str address)
{
    static const char *const ends[] = {"街道", "社区", "镇", "乡", "村", "区", "县", "市", "省"};
    size_t open = 0, keep = 0;

    while (open < address.len && !(address.at[open] >= '0' && address.at[open] <= '9'))
        open++;
    struct str front = str_first(address, open);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct str end = str_of(ends[i]);
        size_t from = 0, at;

        while ((at = str_find(str_from(front, from), end)) != SIZE_MAX) {
            from += at + end.len;
            if (from > keep)
                keep = from;
        }
    }
    if (!address.len)
        return (struct str){0};
    return keep ? str_format(t, "%.*s ***", (int)keep, address.at) : S("***");
}

struct str identity_masked_name(struct task *t, const struct identity *identity)
{
    if (!identity->name.len)
        return S("");
    return str_is(identity->kind, "firm") ? str_copy(t, identity->name)
                                          : mask_name(t, identity->name);
}
