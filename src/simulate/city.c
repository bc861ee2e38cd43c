/*
 * city.c - a city of the size of W1 (35 departments, 327 people), as the text of a profile.
 */
#include "core/buf.h"
#include "demo_private.h"
#include "simulate/simulate.h"

enum {
    TOWNS = 10,
    VILLAGES = 22,
    PARKS = 2,
    DEPARTMENTS = 35,
    WINDOWS = 34,
    PROFILE_MOST = 512 * 1024
};

static const char *const towns[TOWNS] = {"双塔街道", "文昌街道", "望江街道", "北门街道", "城东街道",
                                         "临江镇",   "青石镇",   "云岭镇",   "白鹭镇",   "栗坪镇"};
static const char *const villages[VILLAGES] = {
    "枣园社区", "南门社区", "柳荫社区", "书院社区", "钟楼社区", "桂花社区", "渡口村", "沙洲村",
    "栗坪村",   "青石村",   "云岭村",   "白鹭村",   "石桥村",   "松林村",   "梅湾村", "大塘村",
    "竹溪村",   "茶园村",   "龙井村",   "杨柳村",   "河口村",   "高坪村"};
static const char *const parks[PARKS] = {"高新技术产业园", "临港物流园"};
static const char *const departments[DEPARTMENTS] = {"司法局",           "人力资源和社会保障局",
                                                     "市场监督管理局",   "公安局",
                                                     "民政局",           "教育局",
                                                     "卫生健康局",       "自然资源局",
                                                     "住房和城乡建设局", "交通运输局",
                                                     "农业农村局",       "水利局",
                                                     "林业局",           "生态环境局",
                                                     "应急管理局",       "财政局",
                                                     "税务局",           "商务局",
                                                     "文化和旅游局",     "体育局",
                                                     "统计局",           "审计局",
                                                     "医疗保障局",       "退役军人事务局",
                                                     "城市管理局",       "数据管理局",
                                                     "行政审批局",       "信访局",
                                                     "气象局",           "烟草专卖局",
                                                     "不动产登记中心",   "住房公积金中心",
                                                     "劳动仲裁院",       "供电公司",
                                                     "自来水公司"};

/* How many people of the centre stand in which post. */
static const struct {
    const char *post;
    int count;
} centre_posts[] = {{"clerk", 62},     {"lawyer", 30}, {"aid-officer", 8}, {"mediator", 8},
                    {"notary", 6},     {"handler", 4}, {"caller", 14},     {"archivist", 4},
                    {"dispatcher", 2}, {"head", 2},    {"keeper", 1},      {"sysadmin", 1},
                    {"secadmin", 1},   {"auditor", 1}, {"gateway", 1}};

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

struct writing {
    struct buf *b;
    struct task *t;
    int people;
};

static void add_unit(struct buf *b, const char *key, const char *parent, const char *kind, int code,
                     const char *name, const char *title)
{
    buf_format(b, "  - {key: %s, ", key);
    if (parent)
        buf_format(b, "parent: %s, ", parent);
    buf_format(b, "kind: %s, code: AN%02d, name: 安澜市%s%s, short: %s, ", kind, code, name, title,
               *name ? name : "市中心");
    buf_format(b, "division: \"990102\", address: 安澜市政务服务中心, phone: 12348 转 %d, ", code);
    buf_add(b, S("hours: \"周一至周五 9:00-12:00，13:30-17:30\"}\n"));
}

static void add_units(struct buf *b, struct task *t)
{
    int code = 1;

    buf_add(b, S("units:\n"));
    add_unit(b, "centre", NULL, "city", code++, "", "公共法律服务中心");
    for (int i = 0; i < TOWNS; i++)
        add_unit(b, str_terminated(t, str_format(t, "town%d", i)), "centre", "town", code++,
                 towns[i], "公共法律服务站");
    for (int i = 0; i < VILLAGES; i++)
        add_unit(b, str_terminated(t, str_format(t, "village%d", i)),
                 str_terminated(t, str_format(t, "town%d", i % TOWNS)), "village", code++,
                 villages[i], "公共法律服务工作室");
    for (int i = 0; i < PARKS; i++)
        add_unit(b, str_terminated(t, str_format(t, "park%d", i)), "centre", "park", code++,
                 parks[i], "公共法律服务站");
    for (int i = 0; i < DEPARTMENTS; i++)
        add_unit(b, str_terminated(t, str_format(t, "dept%d", i)), "centre", "department", code++,
                 departments[i], "进驻窗口");
}

static void add_windows(struct buf *b)
{
    static const char *const kinds[] = {"mediation", "legal-aid", "consultation", "comprehensive"};

    buf_add(b, S("windows:\n"));
    for (int i = 0; i < WINDOWS; i++)
        buf_format(b, "  - {unit: centre, name: %d 号窗, kind: %s}\n", i + 1, kinds[i % 4]);
    for (int i = 0; i < TOWNS; i++)
        for (int n = 0; n < 3; n++)
            buf_format(b, "  - {unit: town%d, name: %d 号窗, kind: %s}\n", i, n + 1, kinds[n + 1]);
    for (int i = 0; i < VILLAGES; i++)
        buf_format(b, "  - {unit: village%d, name: 1 号窗, kind: comprehensive}\n", i);
    for (int i = 0; i < PARKS; i++)
        buf_format(b, "  - {unit: park%d, name: 1 号窗, kind: comprehensive}\n", i);
}

/* `held`: posts with blanks between them; all at one unit. */
static void add_person(struct writing *w, const char *key, int n, const char *held)
{
    struct json *person = demo_person(w->t, 7000 + w->people, 24, 58);
    struct str rest = str_of(held), post;
    bool first = true;

    w->people++;
    buf_format(w->b, "  - {login: p%03d, name: %.*s, posts: [", w->people,
               STR_ARG(json_get_str(person, "name")));
    while (str_cut(&rest, ' ', &post)) {
        buf_format(w->b, "%s{post: %.*s, unit: %s", first ? "" : ", ", STR_ARG(post), key);
        if (n >= 0)
            buf_format(w->b, "%d", n);
        buf_add(w->b, S("}"));
        first = false;
    }
    buf_add(w->b, S("]}\n"));
}

static void add_people(struct writing *w)
{
    static const char *const in_town[] = {
        "clerk",          "clerk lawyer", "lawyer", "mediator handler", "handler archivist",
        "head dispatcher"};
    static const char *const in_department[] = {"head dispatcher clerk", "handler archivist"};
    static const char *const in_park[] = {"lawyer head", "notary clerk", "mediator handler clerk",
                                          "lawyer clerk"};

    buf_add(w->b, S("staff:\n"));
    for (int i = 0; i < COUNT(centre_posts); i++)
        for (int n = 0; n < centre_posts[i].count; n++)
            add_person(w, "centre", -1, centre_posts[i].post);
    for (int i = 0; i < TOWNS; i++)
        for (int n = 0; n < COUNT(in_town); n++)
            add_person(w, "town", i, in_town[n]);
    for (int i = 0; i < VILLAGES; i++) {
        add_person(w, "village", i, "clerk lawyer mediator handler archivist head");
        add_person(w, "village", i, "grid");
    }
    for (int i = 0; i < PARKS; i++)
        for (int n = 0; n < COUNT(in_park); n++)
            add_person(w, "park", i, in_park[n]);
    for (int i = 0; i < DEPARTMENTS; i++)
        for (int n = 0; n < COUNT(in_department); n++)
            add_person(w, "dept", i, i == 0 ? "bureau" : in_department[n]);
}

struct str simulate_profile(struct task *t)
{
    struct buf b = buf_new(t, PROFILE_MOST);
    struct writing w = {&b, t, 0};

    buf_add(&b, S("tenant: {code: anlan, name: 安澜市公共法律服务中心, city: 安澜市, "
                  "hotline: \"12348\"}\n"));
    add_units(&b, t);
    add_windows(&b);
    add_people(&w);
    return buf_str(&b);
}
