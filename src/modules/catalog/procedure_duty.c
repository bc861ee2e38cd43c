#include "core/task.h"
#include "modules/catalog/procedure_private.h"

enum { MAX_DUTIES = 60 };

/* --- Small readers --------------------------------------------------------------------------- */

bool read_is_map(struct reader *r, const struct node *node, const char *what)
{
    if (node && node->kind == NODE_MAP)
        return true;
    if (node)
        node_fault(r->t, r->faults, node, "%s应当是一组“键: 值”", what);
    return false;
}

static bool word_in(const char *words, struct str word)
{
    struct str rest = str_of(words), head;

    while (str_cut(&rest, ' ', &head))
        if (str_eq(head, word))
            return true;
    return false;
}

bool read_keys(struct reader *r, const struct node *map, const char *what, const char *allowed)
{
    bool right = true;

    NODE_EACH(child, map)
    {
        if (word_in(allowed, child->key))
            continue;
        node_fault(r->t, r->faults, child, "%s里没有“%.*s”这个键，可以用：%s", what,
                   STR_ARG(child->key), allowed);
        right = false;
    }
    return right;
}

struct str read_text(struct reader *r, const struct node *map, const char *key, bool required)
{
    const struct node *child = node_get(map, key);

    if (child && child->kind != NODE_TEXT)
        node_fault(r->t, r->faults, child, "“%s”应当是一段文字", key);
    else if (child && child->text.len)
        return child->text;
    else if (required && map)
        node_fault(r->t, r->faults, child ? child : map, "缺少“%s”", key);
    return S("");
}

bool read_bool(struct reader *r, const struct node *map, const char *key)
{
    const struct node *child = node_get(map, key);

    if (!child)
        return false;
    if (child->kind == NODE_TEXT && (str_is(child->text, "true") || str_is(child->text, "false")))
        return str_is(child->text, "true");
    node_fault(r->t, r->faults, child, "“%s”只能是 true 或 false", key);
    return false;
}

struct limit read_limit(struct reader *r, const struct node *node)
{
    struct limit limit = {0};
    const char *why = "";

    if (node->kind != NODE_TEXT)
        node_fault(r->t, r->faults, node, "时限应当写成“20 working days”这样");
    else if (!limit_parse(node->text, &limit, &why))
        node_fault(r->t, r->faults, node, "时限“%.*s”不对：%s", STR_ARG(node->text), why);
    return limit;
}

size_t read_items(struct reader *r, const struct node *node, const struct node ***ret_items)
{
    size_t count = 0;

    *ret_items = NULL;
    if (!node)
        return 0;
    *ret_items = NEW(r->t, const struct node *, node->kind == NODE_LIST ? node->count + 1 : 1);
    if (node->kind == NODE_TEXT) {
        (*ret_items)[count++] = node;
        return count;
    }
    if (node->kind == NODE_MAP) {
        node_fault(r->t, r->faults, node, "“%.*s”应当是列表", STR_ARG(node->key));
        return 0;
    }
    NODE_EACH(child, node)
    (*ret_items)[count++] = child;
    return count;
}

/* A limit stands on a law or, said so, on the tenant's promise: one of the two, never both. */
struct str read_basis(struct reader *r, const struct node *map, const char *what)
{
    const struct node *law = node_get(map, "law"), *basis = node_get(map, "basis");

    if (law && basis)
        node_fault(r->t, r->faults, basis, "%s：law 和 basis 只能写一个", what);
    else if (!law && !basis)
        node_fault(r->t, r->faults, map,
                   "%s缺少依据：写 law: 法律条款，或者 basis: tenant（本平台承诺）", what);
    if (basis && !(basis->kind == NODE_TEXT && str_is(basis->text, "tenant")))
        node_fault(r->t, r->faults, basis, "basis 只能是 tenant；法律依据写在 law 里");
    return law ? read_text(r, map, "law", true) : S("");
}

/* --- Duties ---------------------------------------------------------------------------------- */

/* A row of a table: a limit alone, or {for, law or basis, from}. */
static struct limit_case read_limit_case(struct reader *r, const struct node *node)
{
    struct limit_case row = {.value = str_is(node->key, "else") ? S("") : node->key};

    if (node->kind != NODE_MAP) {
        row.limit = read_limit(r, node);
        return row;
    }
    read_keys(r, node, "时限表的一行", "for law basis from");
    if (node_get(node, "for"))
        row.limit = read_limit(r, node_get(node, "for"));
    else
        node_fault(r->t, r->faults, node, "时限表的这一行缺少“for”");
    if (node_get(node, "law") || node_get(node, "basis"))
        row.law = read_basis(r, node, "时限表的这一行");
    row.from = read_text(r, node, "from", false);
    return row;
}

/* Has every row a basis of its own, so that the duty needs none? */
static bool read_within(struct reader *r, const struct node *within, struct duty_rule *duty)
{
    bool all = true;

    if (within->kind != NODE_MAP) {
        duty->limit = read_limit(r, within);
        return false;
    }
    duty->keyed_by = read_text(r, within, "by", true);
    duty->cases = NEW(r->t, struct limit_case, within->count + 1);
    NODE_EACH(child, within)
    {
        if (str_is(child->key, "by"))
            continue;
        duty->cases[duty->case_count++] = read_limit_case(r, child);
        all =
            all && child->kind == NODE_MAP && (node_get(child, "law") || node_get(child, "basis"));
    }
    if (!duty->case_count)
        node_fault(r->t, r->faults, within, "时限表是空的");
    return all && duty->case_count;
}

static void read_extend(struct reader *r, const struct node *node, struct duty_rule *duty)
{
    if (!read_is_map(r, node, "延长（extend）"))
        return;
    read_keys(r, node, "延长（extend）", "up-to once law basis");
    duty->extend_law = read_basis(r, node, "延长");
    duty->extend_once = read_bool(r, node, "once");
    if (node_get(node, "up-to"))
        duty->extend_up_to = read_limit(r, node_get(node, "up-to"));
    else
        node_fault(r->t, r->faults, node, "延长缺少“up-to”：最多延长多少");
    if (duty->extend_up_to.kind != duty->limit.kind && duty->limit.kind && duty->extend_up_to.kind)
        node_fault(r->t, r->faults, node, "延长的日子要和时限是同一种（工作日、自然日或者月）");
}

static void read_grounds(struct reader *r, const struct node *node, struct duty_rule *duty)
{
    if (!read_is_map(r, node, "暂停事由（pause-grounds）"))
        return;
    duty->pause_grounds = NEW(r->t, struct str, node->count + 1);
    duty->pause_laws = NEW(r->t, struct str, node->count + 1);
    NODE_EACH(child, node)
    {
        if (child->kind != NODE_TEXT || !child->text.len) {
            node_fault(r->t, r->faults, child, "暂停事由“%.*s”缺少法律依据", STR_ARG(child->key));
            continue;
        }
        duty->pause_grounds[duty->pause_ground_count] = child->key;
        duty->pause_laws[duty->pause_ground_count++] = child->text;
    }
}

/* A same day that ends with the office: "17:00". */
static void read_received_by(struct reader *r, const struct node *map, struct duty_rule *duty)
{
    const struct node *node = node_get(map, "received-by");
    struct str rest = read_text(r, map, "received-by", false), hour;
    int64_t hours = 0, minutes = 0;

    if (!node)
        return;
    if (rest.len != 5 || !str_cut(&rest, ':', &hour) || !str_int(hour, &hours) ||
        !str_int(rest, &minutes) || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 ||
        !(hours + minutes))
        node_fault(r->t, r->faults, node, "received-by 请写成 17:00 这样的时刻");
    else if (duty->keyed_by.len || duty->limit.kind != LIMIT_SAME_DAY || duty->until.len)
        node_fault(r->t, r->faults, node, "received-by 只用于 within: same day");
    else
        duty->received_by = (int32_t)(hours * 60 + minutes);
}

static void read_duty(struct reader *r, const struct node *node, struct duty_rule *duty)
{
    const struct node *within = node_get(node, "within"), *owed_by = node_get(node, "owed-by");
    bool own_bases = false;

    duty->name = node->key;
    if (!read_is_map(r, node, "时限义务"))
        return;
    read_keys(
        r, node, "时限义务",
        "title tell within until law basis owed-by from received-by extend pause-grounds else");
    duty->title = read_text(r, node, "title", true);
    duty->tell = read_text(r, node, "tell", false);
    duty->until = read_text(r, node, "until", false);
    duty->from = read_text(r, node, "from", false);
    duty->otherwise = read_text(r, node, "else", false);
    if (!within == !duty->until.len)
        node_fault(r->t, r->faults, node,
                   "时限义务“%.*s”要写 within（多少日）或者 until（约定的日期），只写一个",
                   STR_ARG(duty->name));
    if (within)
        own_bases = read_within(r, within, duty);
    else
        duty->limit = (struct limit){.kind = LIMIT_SAME_DAY};
    read_received_by(r, node, duty);
    if (!own_bases || node_get(node, "law") || node_get(node, "basis"))
        duty->law = read_basis(r, node, "时限");
    int who = rule_find(owed_by_rules, OWED_COUNT, read_text(r, node, "owed-by", true));
    if (who < 0 && owed_by && owed_by->kind == NODE_TEXT)
        node_fault(r->t, r->faults, owed_by,
                   "owed-by 没有“%.*s”，可以用 owner unit party head centre bureau caller",
                   STR_ARG(owed_by->text));
    duty->owed_by = who < 0 ? OWED_OWNER : (enum owed_by)who;
    if (node_get(node, "extend"))
        read_extend(r, node_get(node, "extend"), duty);
    if (node_get(node, "pause-grounds"))
        read_grounds(r, node_get(node, "pause-grounds"), duty);
}

void read_duties(struct reader *r)
{
    const struct node *map = node_get(r->root, "duties");

    if (!map || !read_is_map(r, map, "“duties”"))
        return;
    if (map->count > MAX_DUTIES) {
        node_fault(r->t, r->faults, map, "时限义务太多，最多 %d 个", MAX_DUTIES);
        return;
    }
    r->p->duties = NEW(r->t, struct duty_rule, map->count + 1);
    r->duty_nodes = NEW(r->t, const struct node *, map->count + 1);
    NODE_EACH(node, map)
    {
        r->duty_nodes[r->p->duty_count] = node;
        read_duty(r, node, &r->p->duties[r->p->duty_count++]);
    }
}
