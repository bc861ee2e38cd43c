/*
 * install_profile.c - reading a profile: every fault with its line, all at once.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/form.h"
#include "install_private.h"
#include "modules/catalog/node.h"
#include "modules/catalog/procedure.h"

extern const struct str shipped_profiles[][2]; /* name, text; embedded from profiles/ */

enum { PROFILE_MOST = 1024 * 1024 };

struct reading {
    struct task *t;
    struct list *faults;
    struct profile *profile;
};

static void check_keys(struct reading *r, const struct node *map, const char *allowed)
{
    NODE_EACH(child, map)
    {
        struct str rest = str_of(allowed), word;
        bool known = false;

        while (str_cut(&rest, ' ', &word))
            known = known || str_eq(word, child->key);
        if (!known)
            node_fault(r->t, r->faults, child, "不认识“%.*s”，可以写：%s", STR_ARG(child->key),
                       allowed);
    }
}

static struct str text_at(struct reading *r, const struct node *map, const char *key, bool required)
{
    const struct node *node = node_get(map, key);

    if (node && node->kind != NODE_TEXT)
        node_fault(r->t, r->faults, node, "“%s”应是一句话", key);
    else if (required && (!node || !node->text.len))
        node_fault(r->t, r->faults, map, "缺少“%s”", key);
    return node_text(map, key);
}

/* The items of a list of maps; anything else is a fault. */
static const struct node *items_at(struct reading *r, const struct node *map, const char *key,
                                   bool required)
{
    const struct node *list = node_get(map, key);

    if (!list || !list->count) {
        if (required)
            node_fault(r->t, r->faults, list ? list : map, "“%s”里还没有内容", key);
        return NULL;
    }
    if (list->kind != NODE_LIST) {
        node_fault(r->t, r->faults, list, "“%s”应是列表", key);
        return NULL;
    }
    return list;
}

static bool is_map(struct reading *r, const struct node *node, const char *what)
{
    if (node->kind == NODE_MAP)
        return true;
    node_fault(r->t, r->faults, node, "%s应写成 {名: 值, ...}", what);
    return false;
}

static int unit_index(struct reading *r, const struct node *map, const char *key, bool required)
{
    struct str name = text_at(r, map, key, required);
    int i = 0;

    if (!name.len)
        return -1;
    LIST_EACH (struct profile_unit, unit, r->profile->units) {
        if (str_eq(unit->key, name))
            return i;
        i++;
    }
    node_fault(r->t, r->faults, node_get(map, key), "没有机构“%.*s”，或写在它的下级后面",
               STR_ARG(name));
    return -1;
}

static void read_tenant(struct reading *r, const struct node *root)
{
    const struct node *map = node_get(root, "tenant");

    if (!map || !is_map(r, map, "tenant")) {
        if (!map)
            node_fault(r->t, r->faults, root, "缺少“tenant”：代码、名称、城市");
        return;
    }
    check_keys(r, map, "code name city hotline host second-factor");
    r->profile->tenant = (struct tenant){
        .code = text_at(r, map, "code", true),
        .name = text_at(r, map, "name", true),
        .city = text_at(r, map, "city", true),
        .hotline = text_at(r, map, "hotline", false),
        .host = text_at(r, map, "host", false),
    };
    struct str rule = text_at(r, map, "second-factor", false);
    r->profile->has_factor_rule = rule.len > 0;
    if (rule.len && !second_factor_rule(rule, &r->profile->factor_rule))
        node_fault(r->t, r->faults, node_get(map, "second-factor"),
                   "second-factor 只能是 administrators、everybody 或 choice");
}

/* GB/T 2260 and its continuation: 6, 9 or 12 digits. */
static bool division_is_sound(struct str code)
{
    for (size_t i = 0; i < code.len; i++)
        if (code.at[i] < '0' || code.at[i] > '9')
            return false;
    return !code.len || code.len == 6 || code.len == 9 || code.len == 12;
}

static void read_unit(struct reading *r, const struct node *map)
{
    struct profile_unit unit = {.parent = -1};

    if (!is_map(r, map, "机构"))
        return;
    check_keys(r, map, "key parent kind code name short division address phone hours");
    unit.key = text_at(r, map, "key", true);
    unit.parent = unit_index(r, map, "parent", r->profile->units.count > 0);
    unit.unit = (struct unit){
        .kind = text_at(r, map, "kind", true),
        .code = text_at(r, map, "code", true),
        .name = text_at(r, map, "name", true),
        .short_name = text_at(r, map, "short", false),
        .division = text_at(r, map, "division", false),
        .address = text_at(r, map, "address", false),
        .phone = text_at(r, map, "phone", false),
        .hours = text_at(r, map, "hours", false),
        .open = true,
    };
    if (unit.unit.kind.len && !unit_kind_title(unit.unit.kind))
        node_fault(r->t, r->faults, node_get(map, "kind"), "没有机构类别“%.*s”",
                   STR_ARG(unit.unit.kind));
    if (!division_is_sound(unit.unit.division))
        node_fault(r->t, r->faults, node_get(map, "division"),
                   "行政区划代码应是 6、9 或 12 位数字");
    LIST_EACH (struct profile_unit, other, r->profile->units) {
        if (unit.key.len && str_eq(other->key, unit.key))
            node_fault(r->t, r->faults, map, "机构“%.*s”写了两次", STR_ARG(unit.key));
        if (unit.unit.code.len && str_eq(other->unit.code, unit.unit.code))
            node_fault(r->t, r->faults, map, "机构代码 %.*s 用了两次", STR_ARG(unit.unit.code));
    }
    *(struct profile_unit *)list_add(r->t, &r->profile->units, sizeof unit) = unit;
}

static void read_window(struct reading *r, const struct node *map)
{
    if (!is_map(r, map, "窗口"))
        return;
    check_keys(r, map, "unit name kind");
    struct profile_window window = {
        .unit = unit_index(r, map, "unit", true),
        .window = {.name = text_at(r, map, "name", true), .kind = text_at(r, map, "kind", true)},
    };
    if (window.window.kind.len && !window_kind_title(window.window.kind))
        node_fault(r->t, r->faults, node_get(map, "kind"), "没有窗口类别“%.*s”",
                   STR_ARG(window.window.kind));
    *(struct profile_window *)list_add(r->t, &r->profile->windows, sizeof window) = window;
}

static void read_facts(struct reading *r, const struct node *map, struct profile_person *person)
{
    struct staff_facts *facts = &person->facts;
    struct str normal;

    *facts = (struct staff_facts){
        .id_number = text_at(r, map, "id-number", false),
        .phone = text_at(r, map, "phone", false),
        .household = text_at(r, map, "household", false),
        .employer = text_at(r, map, "employer", false),
    };
    if (facts->id_number.len) {
        const char *fault = check_id_number(r->t, facts->id_number, &normal);
        if (fault)
            node_fault(r->t, r->faults, node_get(map, "id-number"), "%s", fault);
    }
    NODE_EACH(item, items_at(r, map, "relatives", false))
    {
        if (!is_map(r, item, "近亲属"))
            continue;
        check_keys(r, item, "relation name id-number");
        *(struct relative *)list_add(r->t, &facts->relatives, sizeof(struct relative)) =
            (struct relative){text_at(r, item, "relation", true), text_at(r, item, "name", true),
                              text_at(r, item, "id-number", false)};
    }
    NODE_EACH(item, items_at(r, map, "interests", false))
    *(struct str *)list_add(r->t, &facts->interests, sizeof(struct str)) = item->text;
    person->has_facts = facts->id_number.len || facts->phone.len || facts->household.len ||
                        facts->employer.len || facts->relatives.count || facts->interests.count;
}

static void read_person(struct reading *r, const struct node *map)
{
    struct profile_person person = {0};

    if (!is_map(r, map, "人员"))
        return;
    check_keys(r, map, "login name posts id-number phone household employer relatives interests");
    person.login = text_at(r, map, "login", true);
    person.name = text_at(r, map, "name", true);
    NODE_EACH(item, items_at(r, map, "posts", true))
    {
        if (!is_map(r, item, "岗位"))
            continue;
        check_keys(r, item, "post unit");
        struct profile_post post = {text_at(r, item, "post", true),
                                    unit_index(r, item, "unit", true)};
        if (post.post.len && !post_find(post.post))
            node_fault(r->t, r->faults, item, "没有岗位“%.*s”", STR_ARG(post.post));
        *(struct profile_post *)list_add(r->t, &person.posts, sizeof post) = post;
    }
    read_facts(r, map, &person);
    LIST_EACH (struct profile_person, other, r->profile->people) {
        if (person.login.len && str_eq(other->login, person.login))
            node_fault(r->t, r->faults, map, "登录名 %.*s 用了两次", STR_ARG(person.login));
    }
    *(struct profile_person *)list_add(r->t, &r->profile->people, sizeof person) = person;
}

enum err profile_read(struct task *t, struct str file, struct str text,
                      const struct profile **ret_profile, struct list *ret_faults)
{
    struct list faults = {0};
    struct reading r = {t, &faults, NEW(t, struct profile, 1)};
    const struct node *root = node_parse(t, file, text, PROFILE_MOST, &faults);

    if (root && is_map(&r, root, "平台档案")) {
        check_keys(&r, root, "tenant units windows staff");
        read_tenant(&r, root);
        NODE_EACH(map, items_at(&r, root, "units", true))
        read_unit(&r, map);
        NODE_EACH(map, items_at(&r, root, "windows", false))
        read_window(&r, map);
        NODE_EACH(map, items_at(&r, root, "staff", true))
        read_person(&r, map);
    }
    faults_sort(&faults);
    *ret_faults = faults;
    if (faults.count)
        return task_fail(t, ERR_BAD_INPUT, "%.*s 有 %zu 处不对", STR_ARG(file), faults.count);
    *ret_profile = r.profile;
    return OK;
}

/* --- Files ------------------------------------------------------------------------------------ */

static void close_file(void *file)
{
    fclose(file);
}

enum err read_whole_file(struct task *t, const char *path, size_t most, struct str *ret_text)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return task_fail(t, ERR_NOT_FOUND, "打不开文件 %s：%s", path, strerror(errno));
    task_defer(t, close_file, file);
    char *at = NEW(t, char, most + 1);
    size_t len = fread(at, 1, most + 1, file);
    if (ferror(file))
        return task_fail(t, ERR_NOT_FOUND, "读不了文件 %s", path);
    if (len > most)
        return task_fail(t, ERR_TOO_LARGE, "文件 %s 太大，最多 %zu KiB", path, most / 1024);
    *ret_text = (struct str){at, len};
    return OK;
}

enum err profile_read_file(struct task *t, const char *name, const struct profile **ret_profile,
                           struct list *ret_faults)
{
    struct str text;

    for (size_t i = 0; shipped_profiles[i][0].len; i++)
        if (str_is(shipped_profiles[i][0], name) ||
            str_is(shipped_profiles[i][0], str_terminated(t, str_format(t, "%s.yaml", name))))
            return profile_read(t, shipped_profiles[i][0], shipped_profiles[i][1], ret_profile,
                                ret_faults);
    enum err e = read_whole_file(t, name, PROFILE_MOST, &text);
    return e ? e : profile_read(t, str_of(name), text, ret_profile, ret_faults);
}

struct str profile_code(const struct profile *profile)
{
    return profile->tenant.code;
}

struct str profile_name_of(const struct profile *profile)
{
    return profile->tenant.name;
}

void print_faults(const struct list *faults)
{
    LIST_EACH (struct fault, fault, *faults)
        fprintf(stderr, "%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line,
                STR_ARG(fault->message));
}
