/*
 * demo_people.c - invented people and firms.  Their id numbers are of region 990101, which no place
 * has, with a right check digit; their telephones begin with 1390000.
 */
#include "core/time.h"
#include "demo_private.h"

static const char *const surnames[] = {
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡",
    "郭", "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "韩", "冯", "曹",
    "彭", "曾", "肖", "田", "董", "袁", "潘", "于", "蒋", "蔡", "余", "杜", "叶", "程", "苏",
    "魏", "吕", "丁", "任", "沈", "姚", "卢", "姜", "崔", "钟", "谭", "陆", "汪", "范", "欧阳"};
static const char *const given_male[] = {"建国", "志强", "伟",   "国庆", "大山", "小军", "立新",
                                         "德福", "文斌", "春生", "长河", "永贵", "金宝", "晓东",
                                         "明",   "海波", "树林", "家旺", "向前", "小龙"};
static const char *const given_female[] = {"秀兰", "桂英", "丽",   "小燕", "玉珍", "春梅", "晓红",
                                           "淑芬", "静",   "雪梅", "凤霞", "彩云", "小满", "巧云",
                                           "月娥", "海燕", "玲",   "招弟", "芳",   "春花"};
static const char *const places[] = {"双塔街道枣园社区", "双塔街道南门社区", "双塔街道柳荫社区",
                                     "临江镇渡口村",     "临江镇沙洲村",     "临江镇栗坪村",
                                     "青石镇青石村",     "青石镇云岭村",     "青石镇白鹭村"};
static const char *const firms[] = {"岚江市恒达物业服务有限公司", "岚江市双塔家常菜馆",
                                    "岚江市新安装饰工程有限公司", "岚江市众力劳务有限公司",
                                    "岚江市云岭茶业专业合作社",   "岚江市快捷物流有限公司"};

#define COUNT(table) ((int64_t)(sizeof(table) / sizeof *(table)))

static char check_digit(const char digits[17])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (digits[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static struct str id_number(struct task *t, int32_t birth, int64_t sequence, bool female)
{
    int year, month, day;

    day_to_civil(birth, &year, &month, &day);
    sequence = sequence % 499 * 2 + (female ? 0 : 1);
    struct str digits =
        str_format(t, "990101%04d%02d%02d%03lld", year, month, day, (long long)sequence);
    return str_format(t, "%.*s%c", STR_ARG(digits), check_digit(digits.at));
}

/* What puts a person first (K20); age says two of them by itself. */
static struct json *green_of(struct task *t, struct dice *dice, int age)
{
    static const char *const classes[] = {"low-income",     "disabled", "migrant-worker",
                                          "migrant-worker", "veteran",  "soldier-family"};
    struct json *green = json_list(t);

    if (age >= 60)
        json_append(green, json_str(t, S("elderly")));
    else if (age < 18)
        json_append(green, json_str(t, S("minor")));
    else if (dice_percent(dice, 22))
        json_append(green, json_str(t, str_of(classes[dice_below(dice, COUNT(classes))])));
    return green;
}

struct json *demo_person(struct task *t, int64_t index, int youngest, int oldest)
{
    struct dice own = dice_of(index, youngest, oldest); /* the same person whenever they come */
    struct json *identity = json_object(t);
    bool female = dice_below(&own, 2) == 0;
    const char *given = female ? given_female[dice_below(&own, COUNT(given_female))]
                               : given_male[dice_below(&own, COUNT(given_male))];
    /* Born before a fixed day, so that nobody changes their number from day to day. */
    int32_t birth = day_from_civil(2026, 1, 1) - youngest * 366 -
                    (int32_t)dice_below(&own, (int64_t)(oldest - youngest) * 365 + 1);
    int age = age_on(birth, day_of(t->now));

    json_put_str(t, identity, "kind", S("person"));
    json_put_str(t, identity, "name",
                 str_format(t, "%s%s", surnames[dice_below(&own, COUNT(surnames))], given));
    json_put_str(t, identity, "paper", S("id-card"));
    json_put_str(t, identity, "paper_number", id_number(t, birth, index, female));
    json_put_str(t, identity, "phone", str_format(t, "1390000%04lld", (long long)(index % 10000)));
    json_put_str(t, identity, "address",
                 str_format(t, "岚江市%s %lld 号", places[dice_below(&own, COUNT(places))],
                            (long long)(1 + dice_below(&own, 180))));
    json_put(t, identity, S("green"), green_of(t, &own, age));
    return identity;
}

struct json *demo_firm(struct task *t, int64_t index)
{
    struct json *identity = json_object(t);

    json_put_str(t, identity, "kind", S("firm"));
    json_put_str(t, identity, "name", str_of(firms[index % COUNT(firms)]));
    json_put_str(t, identity, "contact", S("综合部"));
    json_put_str(t, identity, "phone",
                 str_format(t, "1390000%04lld", (long long)(9000 + index % COUNT(firms))));
    return identity;
}

/* The husband of a clerk, as the profile says: she cannot take his order (K11). */
struct json *demo_relative(struct task *t)
{
    struct json *identity = demo_person(t, 0, 40, 50);

    json_put_str(t, identity, "name", S("陆晓峰"));
    json_put_str(t, identity, "paper_number", id_number(t, day_from_civil(1982, 3, 15), 58, false));
    return identity;
}
